/*
 * Inside core/salesforce: how the builders make a RequestSpec, and how the readers read answers.
 */
#ifndef PERLY_SALESFORCE_INTERNAL_H
#define PERLY_SALESFORCE_INTERNAL_H

#include "base/buffer.h"
#include "job/request.h"
#include "json/writer.h"
#include "salesforce/query.h"

/* Salesforce takes 16,384 bytes of request line and headers; what else the host and the session add is less.
 */
enum { SPEC_PATH_BYTES_MAX = 12 << 10 };

#define SPEC_JSON SLICE("application/json")
#define SPEC_CSV SLICE("text/csv")
#define SPEC_FORM SLICE("application/x-www-form-urlencoded")

/* Begins a path: "/services/data/v66.0" and `rest`, a literal of ours. */
void spec_path(Buffer *path, Arena *arena, Slice version, Slice rest);

/*
 * Writes a spec of this path without a body (`body` NULL) or with one. ERROR_OUT_OF_MEMORY when path or body
 * was cut, ERROR_SF_REQUEST_TOO_LONG for a path that Salesforce would refuse.
 */
Error spec_finish(RequestSpec *spec, RequestMethod method, Slice purpose, const Buffer *path,
                  Slice content_type, const Buffer *body);

/* Only visible ASCII: anything else in a path or token would be another header, or another request. */
bool spec_is_visible(Slice text);

/* Writes "name":"text". */
void spec_json_pair(JsonWriter *json, Slice name, Slice text);

/*
 * Answers. A body that is not what Salesforce documents is ERROR_SF_ANSWER, whatever is wrong with it as
 * JSON; the place says which answer and where in it. What a reader returns lives in its arena, beside the
 * parsed document: a caller who reads many answers rewinds it.
 */

/* ERROR_OK and ERROR_OUT_OF_MEMORY as they are, what JSON objects to as ERROR_SF_ANSWER about `what`, a
 * literal. */
Error answer_error(Slice what, Error error);

/* The text of a member, copied into `arena`; `otherwise` when it is absent or null. */
Error answer_text(Arena *arena, JsonValue object, Slice key, Slice otherwise, Slice *text);

/* A member that must be there and not be empty. */
Error answer_text_required(Arena *arena, JsonValue object, Slice key, Slice *text);

/* A time as REST writes it ("...+0000"); `otherwise` when it is absent or null. */
Error answer_time(JsonValue object, Slice key, int64_t otherwise, int64_t *ms);

/* A count: an integer that is not negative; `*found` is false when it is absent or null. */
Error answer_count(JsonValue object, Slice key, bool *found, uint64_t *count);

/* A member that is true or false; false when it is absent or null. */
Error answer_flag(JsonValue object, Slice key, bool *flag);

/*
 * Calls `element` with each element of the array `array_key` of the document (of the document itself when the
 * key is empty), parsed one by one in `scratch`, which is rewound after each: memory does not grow with their
 * number. The rest of the document, the array left empty, is in `*rest` when that is not NULL, and lives in
 * `scratch`. ERROR_SF_ANSWER when there is no such array.
 */
typedef Error AnswerElement(void *context, JsonValue element);
Error answer_split(Arena *scratch, Slice body, Slice array_key, AnswerElement *element, void *context,
                   JsonDocument *rest);

/* What a page of a query, whose `rows` records were read, tells of itself. Its next_path lives in `arena`. */
Error query_read_page(Arena *arena, JsonValue root, uint64_t rows, SfQueryPage *page);

#endif
