/*
 * Errors as values. A function that can fail returns an Error and writes its results through out-parameters,
 * which it leaves untouched when it fails. An Error names what happened (code, message), where (place), what
 * the machine may do about it (class) and what a person can do (remedy).
 *
 *     Error error = number_parse_int64(text, &count);
 *     if (error.code != ERROR_OK) {
 *         return error;
 *     }
 */
#ifndef PERLY_BASE_ERROR_H
#define PERLY_BASE_ERROR_H

#include "base/arena.h"

/* What the machine does about an error; a person reads the remedy. */
typedef enum ErrorClass {
    ERROR_CLASS_NONE,        /* no error */
    ERROR_CLASS_RETRY_NOW,   /* the same again, at once */
    ERROR_CLASS_RETRY_LATER, /* the same again after a pause, or when Retry-After says */
    ERROR_CLASS_REFRESH,     /* the session is over: refresh it, then the same again */
    ERROR_CLASS_RECONNECT,   /* a person must connect again */
    ERROR_CLASS_SKIP_RECORD, /* this record fails, the rest goes on */
    ERROR_CLASS_STOP_JOB     /* nothing helps but a change by a person */
} ErrorClass;

typedef enum ErrorCode {
#define ERROR_CODE(name, class, exit, remedy) ERROR_##name,
#include "base/error_codes.def"
#undef ERROR_CODE
    ERROR_CODE_COUNT
} ErrorCode;

/* Where it happened. Each part may be empty (or 0): only what is known is filled in. */
typedef struct Place {
    Slice source;    /* a file, an object ("Account"), a request */
    Slice pointer;   /* JSON pointer, or record id */
    uint32_t line;   /* from 1 */
    uint32_t column; /* from 1, in code points */
} Place;

/* `message` and the place's slices live as long as the arena they were made in (or are literals). */
typedef struct Error {
    ErrorCode code;
    Slice message;
    Place place;
} Error;

#define ERROR_NONE ((Error){.code = ERROR_OK})

/* With a message that outlives the error: a literal, or one already in the right arena. */
static inline Error error_make(ErrorCode code, Slice message)
{
    return (Error){.code = code, .message = message};
}

/*
 * With a message joined from `count` parts, copied into `arena`. When the arena is full the message is the
 * first part alone (which is therefore best a literal).
 */
Error error_join(Arena *arena, ErrorCode code, const Slice *parts, size_t count);

/* error_join of the slices that follow: ERROR_TEXT(arena, ERROR_JSON_TYPE, SLICE("expected "), wanted). */
#define ERROR_TEXT(arena, code, ...)                                                                         \
    error_join((arena), (code), (const Slice[]){__VA_ARGS__},                                                \
               sizeof((const Slice[]){__VA_ARGS__}) / sizeof(Slice))

/* The error with all its texts copied into `arena`, for one whose own arena ends; what does not fit is empty.
 */
Error error_copy(Arena *arena, Error error);

ErrorClass error_class(ErrorCode code);

/* "JSON_SYNTAX": stable, for logs and for programs. A literal. */
Slice error_name(ErrorCode code);

/* The code of that name; false when there is none (a database may be of a newer version). */
bool error_find(Slice name, ErrorCode *code);

/* What a person can do; a literal without a full stop. */
Slice error_remedy(ErrorCode code);

/* The exit code of a command that ends with this error. */
int error_exit(ErrorCode code);

/* Returns the error of `expr` from the calling function, if it is one. */
#define RETURN_IF_ERROR(expr)                                                                                \
    do {                                                                                                     \
        const Error returned_ = (expr);                                                                      \
        if (returned_.code != ERROR_OK) {                                                                    \
            return returned_;                                                                                \
        }                                                                                                    \
    } while (0)

#endif
