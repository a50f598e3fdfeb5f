/*
 * Text that must fit a Salesforce field.
 */
#ifndef PERLY_SALESFORCE_TEXT_H
#define PERLY_SALESFORCE_TEXT_H

#include "base/buffer.h"

/*
 * Appends the text, cut to `units_max` UTF-16 code units, which is how Salesforce counts; a cut text ends in
 * an ellipsis and never inside a character. Invalid UTF-8 becomes U+FFFD, and control characters but tab and
 * line ends are left out, since Salesforce refuses some of them.
 */
void sf_text_append(Buffer *buffer, Slice text, size_t units_max);

#endif
