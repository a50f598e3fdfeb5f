/*
 * How the builders of this folder make a RequestSpec.
 */
#ifndef PERLY_SALESFORCE_INTERNAL_H
#define PERLY_SALESFORCE_INTERNAL_H

#include "base/buffer.h"
#include "job/request.h"

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

/* Appends text as a JSON string (RFC 8259 §7): what must be escaped is, everything else is kept. */
void spec_json_text(Buffer *body, Slice text);

/* Appends "name":"text", after a ',' unless an object has just begun. `name` is a literal that needs no
 * escape. */
void spec_json_pair(Buffer *body, Slice name, Slice text);

/* The same with a value that is already JSON. */
void spec_json_raw(Buffer *body, Slice name, Slice json);

#endif
