/*
 * Base64 (RFC 4648): the standard alphabet with padding (§4), and the URL-safe one without (§5), which is
 * what PKCE (RFC 7636) and JSON Web Tokens (RFC 7515) are written in.
 */
#ifndef PERLY_BASE_BASE64_H
#define PERLY_BASE_BASE64_H

#include "base/buffer.h"

/* Room that the text of `bytes` needs at most; exact for the standard form. */
#define BASE64_TEXT_BYTES(bytes) (((bytes) + 2) / 3 * 4)

/* Writes the text of any bytes into BASE64_TEXT_BYTES of room; the number of characters, no NUL. */
size_t base64_print(Slice bytes, char *text);

/* The same in A-Z a-z 0-9 - _, without '=': may stand in a URL and in a header as it is. */
size_t base64url_print(Slice bytes, char *text);

/* Appends the URL-safe text, or nothing to a buffer that is full. */
void base64url_append(Buffer *buffer, Slice bytes);

#endif
