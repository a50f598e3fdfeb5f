/*
 * Base64 (RFC 4648): the standard alphabet with padding (§4), and the URL-safe one without (§5), which is
 * what PKCE (RFC 7636) and JSON Web Tokens (RFC 7515) are written in.
 */
#ifndef PERLY_BASE_BASE64_H
#define PERLY_BASE_BASE64_H

#include "base/buffer.h"

/* Appends the text of any bytes; nothing for none. A full buffer is remembered by the buffer. */
void base64_append(Buffer *buffer, Slice bytes);

/* The same in A-Z a-z 0-9 - _, without '=': may stand in a URL and in a header as it is. */
void base64url_append(Buffer *buffer, Slice bytes);

#endif
