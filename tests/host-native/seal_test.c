/* Sealing, signing and keys. */
#include "perly/host.h"
#include "record.h"
#include "seal.h"
#include "test.h"
#include <fcntl.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/perly-seal-XXXXXX";
static char key_file[64];

#define KEY_A "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define KEY_B "ffeeddccbbaa99887766554433221100ffeeddccbbaa99887766554433221100"

static NativeEnd with_record(NativeEnd (*call)(const NativeKeys *, const char *, size_t),
                             const NativeKeys *keys, NativeText purpose, NativeText bytes)
{
    NativeBuffer record = {0};
    native_record_put_text(&record, purpose);
    native_record_put_text(&record, bytes);
    const NativeEnd end = call(keys, record.bytes, record.length);
    native_buffer_free(&record);
    return end;
}

static NativeKeys keys_of(const char *text)
{
    NativeKeys keys;
    CHECK(setenv("PERLY_KEY", text, 1) == 0);
    NativeEnd end = native_keys_load(&keys, "/nowhere", true);
    CHECK_INT(end.end, PERLY_END_OK, text);
    native_end_free(&end);
    CHECK(unsetenv("PERLY_KEY") == 0);
    return keys;
}

static void seals_and_unseals(void)
{
    static const char *const texts[] = {"", "x", "a token that is plainly fake"};
    const NativeKeys keys = keys_of(KEY_A);
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        NativeEnd sealed = with_record(native_seal, &keys, NATIVE_TEXT("00D|token"), native_text(texts[i]));
        CHECK_INT(sealed.end, PERLY_END_OK, texts[i]);
        CHECK_INT(sealed.payload.length, 3 + 4 + 12 + strlen(texts[i]) + 16, "length of the envelope");
        CHECK(memcmp(sealed.payload.bytes, "PS\1", 3) == 0);
        const NativeText envelope = {sealed.payload.bytes, sealed.payload.length};
        NativeEnd plain = with_record(native_unseal, &keys, NATIVE_TEXT("00D|token"), envelope);
        CHECK_INT(plain.end, PERLY_END_OK, texts[i]);
        CHECK_TEXT(((Slice){plain.payload.bytes, plain.payload.length}), slice_from_text(texts[i]), "plain");
        native_end_free(&plain);
        NativeEnd other = with_record(native_unseal, &keys, NATIVE_TEXT("00D|other"), envelope);
        CHECK_INT(other.end, PERLY_END_FAILED, "another purpose");
        native_end_free(&other);
        for (size_t at = 0; at < sealed.payload.length; at++) { /* each byte counts */
            sealed.payload.bytes[at] = (char)(sealed.payload.bytes[at] ^ 1);
            NativeEnd changed = with_record(native_unseal, &keys, NATIVE_TEXT("00D|token"), envelope);
            CHECK_INT(changed.end, PERLY_END_FAILED, "a changed byte");
            native_end_free(&changed);
            sealed.payload.bytes[at] = (char)(sealed.payload.bytes[at] ^ 1);
        }
        native_end_free(&sealed);
    }
}

static void two_keys_are_accepted(void)
{
    const NativeKeys old = keys_of(KEY_A);
    const NativeKeys both = keys_of(KEY_B "," KEY_A);
    const NativeKeys new = keys_of(KEY_B);
    NativeEnd sealed = with_record(native_seal, &old, NATIVE_TEXT("p"), NATIVE_TEXT("secret"));
    const NativeText envelope = {sealed.payload.bytes, sealed.payload.length};
    NativeEnd end = with_record(native_unseal, &both, NATIVE_TEXT("p"), envelope);
    CHECK_INT(end.end, PERLY_END_OK, "the older key of two");
    native_end_free(&end);
    end = with_record(native_unseal, &new, NATIVE_TEXT("p"), envelope);
    CHECK_INT(end.end, PERLY_END_FAILED, "a key that is gone");
    native_end_free(&end);
    native_end_free(&sealed);
    sealed = with_record(native_seal, &both, NATIVE_TEXT("p"), NATIVE_TEXT("secret"));
    end = with_record(native_unseal, &new, NATIVE_TEXT("p"),
                      (NativeText){sealed.payload.bytes, sealed.payload.length});
    CHECK_INT(end.end, PERLY_END_OK, "the newer key seals");
    native_end_free(&end);
    native_end_free(&sealed);
}

static void wrong_keys_are_refused(void)
{
    static const char *const wrong[] = {"",
                                        "00",
                                        KEY_A "0",
                                        KEY_A ",",
                                        KEY_A "," KEY_B "," KEY_A,
                                        KEY_A " " KEY_B,
                                        "g0112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        NativeKeys keys;
        CHECK(setenv("PERLY_KEY", wrong[i], 1) == 0);
        NativeEnd end = native_keys_load(&keys, "/nowhere", true);
        const bool trailing = strcmp(wrong[i], KEY_A ",") == 0; /* a separator at the end is a line's end */
        CHECK_INT(end.end, trailing ? PERLY_END_OK : PERLY_END_FAILED, wrong[i]);
        native_end_free(&end);
    }
    CHECK(unsetenv("PERLY_KEY") == 0);
}

static void key_files_are_private(void)
{
    NativeKeys keys;
    NativeKeys again;
    struct stat status;
    CHECK(mkdtemp(folder) != NULL);
    (void)snprintf(key_file, sizeof key_file, "%s/key", folder);
    NativeEnd end = native_keys_load(&keys, key_file, true);
    CHECK_INT(end.end, PERLY_END_OK, "made on first use");
    native_end_free(&end);
    CHECK(stat(key_file, &status) == 0 && (status.st_mode & 0777) == 0600);
    end = native_keys_load(&again, key_file, true);
    CHECK(end.end == PERLY_END_OK && memcmp(keys.keys[0], again.keys[0], NATIVE_KEY_BYTES) == 0);
    native_end_free(&end);
    CHECK(chmod(key_file, 0640) == 0);
    end = native_keys_load(&again, key_file, true);
    CHECK_INT(end.end, PERLY_END_FAILED, "readable by a group");
    native_end_free(&end);
    CHECK(unlink(key_file) == 0);
}

/* A key of its own for this run; the signature is checked with its public half. */
static void signs(void)
{
    char path[96];
    NativeBuffer record = {0};
    (void)snprintf(path, sizeof path, "%s/jwt.pem", folder);
    EVP_PKEY *key = EVP_RSA_gen(2048);
    FILE *file = fopen(path, "w");
    CHECK(key != NULL && file != NULL && PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    CHECK(fclose(file) == 0);
    native_record_put_text(&record, NATIVE_TEXT("jwt"));
    native_record_put_text(&record, NATIVE_TEXT("header.claims"));
    NativeEnd end = native_sign(folder, record.bytes, record.length);
    CHECK_INT(end.end, PERLY_END_OK, "signed");
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    CHECK(EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1);
    CHECK(EVP_DigestVerify(context, (const unsigned char *)end.payload.bytes, end.payload.length,
                           (const unsigned char *)"header.claims", 13) == 1);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    native_end_free(&end);
    native_buffer_free(&record);
    native_record_put_text(&record, NATIVE_TEXT("../jwt"));
    native_record_put_text(&record, NATIVE_TEXT("header.claims"));
    end = native_sign(folder, record.bytes, record.length);
    CHECK_INT(end.end, PERLY_END_FAILED, "a name is no path");
    native_end_free(&end);
    native_buffer_free(&record);
    CHECK(unlink(path) == 0);
    CHECK(rmdir(folder) == 0);
}

static void random_is_random(void)
{
    char first[32] = {0};
    char second[32] = {0};
    CHECK(native_random(first, sizeof first) && native_random(second, sizeof second));
    CHECK(memcmp(first, second, sizeof first) != 0);
}

/* A disk without room, as far as a limit on files is one. */
static void half_a_key_file_is_none(void)
{
    NativeKeys keys;
    struct rlimit before;
    char path[80];
    (void)snprintf(path, sizeof path, "%s/half", folder);
    CHECK(getrlimit(RLIMIT_FSIZE, &before) == 0 && signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
    CHECK(setrlimit(RLIMIT_FSIZE, &(struct rlimit){10, before.rlim_max}) == 0);
    NativeEnd end = native_keys_load(&keys, path, true);
    CHECK(setrlimit(RLIMIT_FSIZE, &before) == 0);
    CHECK_INT(end.end, PERLY_END_FAILED, "no room");
    native_end_free(&end);
    CHECK(access(path, F_OK) != 0);
    end = native_keys_load(&keys, path, true);
    CHECK_INT(end.end, PERLY_END_OK, "room again");
    native_end_free(&end);
    CHECK(unlink(path) == 0);
    CHECK(rmdir(folder) == 0); /* nothing was left beside it */
    CHECK(mkdir(folder, 0700) == 0);
}

TEST_MAIN(seals_and_unseals, two_keys_are_accepted, wrong_keys_are_refused, key_files_are_private,
          half_a_key_file_is_none, signs, random_is_random)
