/*
 * Text that must fit a Salesforce field, and the marker by which our own posts are found again.
 */
#ifndef PERLY_SALESFORCE_TEXT_H
#define PERLY_SALESFORCE_TEXT_H

#include "base/buffer.h"
#include "base/error.h"

enum { SF_KEY_BYTES = 40 };

/*
 * Appends the text, cut to `units_max` UTF-16 code units, which is how Salesforce counts; a cut text ends in
 * an ellipsis and never inside a character. Invalid UTF-8 becomes U+FFFD, and control characters but tab and
 * line ends are left out, since Salesforce refuses some of them.
 */
void sf_text_append(Buffer *buffer, Slice text, size_t units_max);

/* True for 40 lower-case hexadecimal digits: the key of an action (SHA-256, cut). */
bool sf_key_valid(Slice key);

/* Appends "[perly:<key>]", by which a post or task that may have been created is looked for. */
void sf_marker_append(Buffer *buffer, Slice key);

/* True when the text holds the marker of this key, wherever: rich text comes back rewritten. */
bool sf_marker_found(Slice text, Slice key);

#endif
