/*
 * seal, unseal, sign and random of perly/host.h, with OpenSSL's libcrypto.
 *
 * The key of the host: 32 bytes as 64 hex digits. It is in the environment variable PERLY_KEY, or else in a
 * key file of mode 0600. Two keys may stand there, the newer first (PERLY_KEY: a comma
 * between them; the file: a line each): the first seals, both unseal, so a key can be replaced without losing
 * what was sealed under the old one. A key's id is the first 4 bytes of its SHA-256.
 */
#ifndef PERLY_HOST_NATIVE_SEAL_H
#define PERLY_HOST_NATIVE_SEAL_H

#include "sqlite.h"

enum { NATIVE_KEY_BYTES = 32, NATIVE_KEY_ID_BYTES = 4, NATIVE_KEYS_MAX = 2 };

typedef struct NativeKeys {
    uint8_t keys[NATIVE_KEYS_MAX][NATIVE_KEY_BYTES];
    uint8_t ids[NATIVE_KEYS_MAX][NATIVE_KEY_ID_BYTES];
    uint32_t count;
    bool made; /* the key file was missing, and is new */
} NativeKeys;

/*
 * FAILED with what to do: a key that is not 64 hex digits, a key file that others may read. A key file that
 * is missing is made where `make` says so; else there is no key, and what was sealed stays sealed.
 */
NativeEnd native_keys_load(NativeKeys *keys, const char *key_file, bool make);
void native_keys_wipe(NativeKeys *keys);

/* Records and envelope as perly/host.h says. */
NativeEnd native_seal(const NativeKeys *keys, const char *record, size_t length);
NativeEnd native_unseal(const NativeKeys *keys, const char *record, size_t length);

/* Whether the file holds a private RSA key (PEM). */
bool native_sign_key(const char *path);

/* RS256 under the private key (PEM) in `folder`/NAME.pem; NAME is letters, digits, '-' and '_'. */
NativeEnd native_sign(const char *folder, const char *record, size_t length);

/* False when the system gave none: the caller ends the process, since nothing safe can follow. */
bool native_random(char *bytes, size_t length);

#endif
