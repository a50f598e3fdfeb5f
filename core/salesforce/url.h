/*
 * Text inside URLs and forms (RFC 3986).
 */
#ifndef PERLY_SALESFORCE_URL_H
#define PERLY_SALESFORCE_URL_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * Appends bytes with everything but letters, digits and - . _ ~ as %XX: right for a path segment, a query
 * value and a form value alike (a space is %20, which a form decoder reads too).
 */
void sf_url_append(Buffer *buffer, Slice text);

/* Appends "name=value", after a '&' unless the buffer is empty or ends in '?'. `name` is our own literal. */
void sf_url_append_pair(Buffer *buffer, Slice name, Slice value);

/*
 * The value of a parameter in "a=1&b=2", decoded into `arena` (%XX, and '+' as a space). `*found` tells an
 * empty value from none. ERROR_SF_ANSWER when the value is not well encoded, or when the name stands there
 * twice: which of the two was meant is not ours to guess.
 */
Error sf_url_parameter(Arena *arena, Slice query, Slice name, Slice *value, bool *found);

#endif
