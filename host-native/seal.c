#include "seal.h"
#include "files.h"
#include "perly/host.h"
#include "record.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NONCE_BYTES = 12, TAG_BYTES = 16, PREFIX_BYTES = 3, KEY_DIGITS = 2 * NATIVE_KEY_BYTES };
enum { HEAD_BYTES = PREFIX_BYTES + NATIVE_KEY_ID_BYTES + NONCE_BYTES, FILE_MAX = 512 };

static const char prefix[PREFIX_BYTES] = {'P', 'S', 1};

static NativeEnd failed(const char *text, const char *detail)
{
    NativeEnd end = {PERLY_END_FAILED, {0}};
    native_buffer_format(&end.payload, "%s%s", text, detail);
    return end;
}

static NativeEnd ok(void)
{
    return (NativeEnd){PERLY_END_OK, {0}};
}

bool native_random(char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        const ssize_t got = getrandom(bytes + at, length - at, 0);
        if (got < 0 && errno != EINTR) {
            return false;
        }
        at += got > 0 ? (size_t)got : 0;
    }
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    const char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static bool read_key(const char *digits, uint8_t *key)
{
    for (int i = 0; i < NATIVE_KEY_BYTES; i++) {
        const int high = hex_digit(digits[2 * (size_t)i]);
        const int low = high < 0 ? -1 : hex_digit(digits[2 * (size_t)i + 1]);
        if (low < 0) {
            return false;
        }
        key[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

/* One or two keys with one separator between, and perhaps one at the end. */
static bool read_keys(NativeKeys *keys, const char *text, char separator)
{
    size_t at = 0;
    keys->count = 0;
    while (keys->count < NATIVE_KEYS_MAX && read_key(text + at, keys->keys[keys->count])) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        if (EVP_Digest(keys->keys[keys->count], NATIVE_KEY_BYTES, digest, NULL, EVP_sha256(), NULL) != 1) {
            return false;
        }
        memcpy(keys->ids[keys->count++], digest, NATIVE_KEY_ID_BYTES);
        at += KEY_DIGITS;
        at += text[at] == separator ? 1 : 0;
        if (text[at] == '\0') {
            return true;
        }
    }
    return false;
}

/* Makes the file with a new key; fails with EEXIST when another process was faster. */
static bool make_key_file(const char *path)
{
    uint8_t key[NATIVE_KEY_BYTES];
    char text[KEY_DIGITS + 1];
    if (!native_random((char *)key, sizeof key)) {
        return false;
    }
    for (size_t i = 0; i < sizeof key; i++) {
        text[2 * i] = "0123456789abcdef"[key[i] >> 4];
        text[2 * i + 1] = "0123456789abcdef"[key[i] & 15];
    }
    text[KEY_DIGITS] = '\n';
    const bool made = native_file_make(path, text, sizeof text);
    explicit_bzero(key, sizeof key);
    explicit_bzero(text, sizeof text);
    return made;
}

static NativeEnd read_key_file(NativeKeys *keys, const char *path)
{
    char text[FILE_MAX + 1];
    struct stat status;
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) {
        return failed("the key file cannot be read: ", path);
    }
    const bool known = fstat(file, &status) == 0;
    const ssize_t length = known ? read(file, text, FILE_MAX) : -1;
    (void)close(file);
    if (length < 0) {
        return failed("the key file cannot be read: ", path);
    }
    if ((status.st_mode & 077) != 0) {
        return failed("other users may read the key file; run: chmod 600 ", path);
    }
    text[length] = '\0';
    const bool good = read_keys(keys, text, '\n');
    explicit_bzero(text, sizeof text);
    return good ? ok() : failed("the key file does not hold one or two lines of 64 hex digits: ", path);
}

NativeEnd native_keys_load(NativeKeys *keys, const char *key_file, bool make)
{
    const char *text = getenv("PERLY_KEY");
    *keys = (NativeKeys){0};
    if (text != NULL) {
        return read_keys(keys, text, ',')
                   ? ok()
                   : failed("PERLY_KEY is not 64 hex digits, or two such keys with a comma", "");
    }
    const bool missing = access(key_file, F_OK) != 0 && errno == ENOENT;
    if (missing && !make) {
        return ok();
    }
    const bool made = missing && make_key_file(key_file);
    if (missing && !made && errno != EEXIST) {
        return failed("the key file cannot be made: ", key_file);
    }
    const NativeEnd end = read_key_file(keys, key_file);
    keys->made = made;
    return end;
}

void native_keys_wipe(NativeKeys *keys)
{
    explicit_bzero(keys, sizeof *keys);
}

typedef struct Sealed {
    NativeText purpose;
    NativeText bytes;
} Sealed;

static bool read_record(const char *record, size_t length, Sealed *sealed)
{
    NativeRecord reader = native_record_open(record, length);
    sealed->purpose = native_record_text(&reader);
    sealed->bytes = native_record_text(&reader);
    return !reader.broken && sealed->purpose.length <= INT32_MAX && sealed->bytes.length <= INT32_MAX - 64;
}

static const unsigned char *unsigned_bytes(const char *bytes)
{
    return (const unsigned char *)bytes;
}

static bool encrypt(const uint8_t *key, const Sealed *sealed, unsigned char *nonce, unsigned char *out)
{
    int length = 0;
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const bool done =
        context != NULL && EVP_EncryptInit_ex(context, EVP_aes_256_gcm(), NULL, key, nonce) == 1 &&
        EVP_EncryptUpdate(context, NULL, &length, unsigned_bytes(sealed->purpose.bytes),
                          (int)sealed->purpose.length) == 1 &&
        EVP_EncryptUpdate(context, out, &length, unsigned_bytes(sealed->bytes.bytes),
                          (int)sealed->bytes.length) == 1 &&
        EVP_EncryptFinal_ex(context, out + length, &length) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, TAG_BYTES, out + sealed->bytes.length) == 1;
    EVP_CIPHER_CTX_free(context);
    return done;
}

NativeEnd native_seal(const NativeKeys *keys, const char *record, size_t length)
{
    Sealed sealed;
    NativeEnd end = ok();
    if (!read_record(record, length, &sealed)) {
        return failed("the record of seal is not as host.h draws it", "");
    }
    native_buffer_bytes(&end.payload, prefix, PREFIX_BYTES);
    native_buffer_bytes(&end.payload, keys->ids[0], NATIVE_KEY_ID_BYTES);
    native_buffer_zeros(&end.payload, NONCE_BYTES + sealed.bytes.length + TAG_BYTES);
    if (end.payload.failed || keys->count == 0) {
        native_end_free(&end);
        return failed(keys->count == 0 ? "there is no key" : "there is not enough memory", "");
    }
    char *nonce = end.payload.bytes + PREFIX_BYTES + NATIVE_KEY_ID_BYTES;
    unsigned char *out = (unsigned char *)end.payload.bytes + HEAD_BYTES;
    if (!native_random(nonce, NONCE_BYTES) || !encrypt(keys->keys[0], &sealed, (unsigned char *)nonce, out)) {
        native_end_free(&end);
        return failed("OpenSSL could not encrypt", "");
    }
    return end;
}

static bool decrypt(const uint8_t *key, const Sealed *sealed, unsigned char *out)
{
    int length = 0;
    char tag[TAG_BYTES]; /* OpenSSL's parameter is not const */
    const char *bytes = sealed->bytes.bytes;
    const size_t size = sealed->bytes.length - HEAD_BYTES - TAG_BYTES;
    memcpy(tag, bytes + sealed->bytes.length - TAG_BYTES, TAG_BYTES);
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    const bool done =
        context != NULL &&
        EVP_DecryptInit_ex(context, EVP_aes_256_gcm(), NULL, key,
                           unsigned_bytes(bytes + HEAD_BYTES - NONCE_BYTES)) == 1 &&
        EVP_DecryptUpdate(context, NULL, &length, unsigned_bytes(sealed->purpose.bytes),
                          (int)sealed->purpose.length) == 1 &&
        EVP_DecryptUpdate(context, out, &length, unsigned_bytes(bytes + HEAD_BYTES), (int)size) == 1 &&
        EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_SET_TAG, TAG_BYTES, tag) == 1 &&
        EVP_DecryptFinal_ex(context, out + length, &length) == 1;
    EVP_CIPHER_CTX_free(context);
    return done;
}

NativeEnd native_unseal(const NativeKeys *keys, const char *record, size_t length)
{
    Sealed sealed;
    NativeEnd end = ok();
    if (!read_record(record, length, &sealed)) {
        return failed("the record of unseal is not as host.h draws it", "");
    }
    if (sealed.bytes.length < HEAD_BYTES + TAG_BYTES ||
        memcmp(sealed.bytes.bytes, prefix, PREFIX_BYTES) != 0) {
        return failed("what is to be unsealed is no sealed envelope", "");
    }
    for (uint32_t i = 0; i < keys->count; i++) {
        if (memcmp(sealed.bytes.bytes + PREFIX_BYTES, keys->ids[i], NATIVE_KEY_ID_BYTES) != 0) {
            continue;
        }
        /* One byte more than the text, so that an empty text has a place to be written to as well. */
        native_buffer_zeros(&end.payload, sealed.bytes.length - HEAD_BYTES - TAG_BYTES + 1);
        if (!end.payload.failed && decrypt(keys->keys[i], &sealed, (unsigned char *)end.payload.bytes)) {
            end.payload.length--;
            return end;
        }
        native_end_free(&end);
        return failed("the sealed envelope was changed, or belongs to another purpose", "");
    }
    return failed("it was sealed under a key that this host does not have", "");
}

static bool is_name(NativeText name)
{
    for (size_t i = 0; i < name.length; i++) {
        const char c = name.bytes[i];
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
              c == '_')) {
            return false;
        }
    }
    return name.length > 0 && name.length <= 64;
}

static EVP_PKEY *read_private_key(const char *path)
{
    BIO *file = BIO_new_file(path, "r");
    EVP_PKEY *key = file == NULL ? NULL : PEM_read_bio_PrivateKey(file, NULL, NULL, NULL);
    BIO_free(file);
    return key;
}

static bool is_rsa(const EVP_PKEY *key)
{
    return key != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
}

bool native_sign_key(const char *path)
{
    EVP_PKEY *key = read_private_key(path);
    const bool usable = is_rsa(key);
    EVP_PKEY_free(key);
    return usable;
}

/* The key may stand behind a link; a person knows the file. */
static NativeEnd no_key(const char *path)
{
    char file[PATH_MAX];
    const ssize_t length = readlink(path, file, sizeof file - 1);
    file[length < 0 ? 0 : length] = '\0';
    return failed("there is no RSA private key in ", length < 0 ? path : file);
}

NativeEnd native_sign(const char *folder, const char *record, size_t length)
{
    Sealed asked; /* purpose: the key's name */
    NativeEnd end = ok();
    if (!read_record(record, length, &asked) || !is_name(asked.purpose)) {
        return failed("the record of sign is not as host.h draws it", "");
    }
    NativeBuffer path = {0};
    const bool ends = folder[0] != '\0' && folder[strlen(folder) - 1] == '/';
    native_buffer_format(&path, "%s%s%.*s.pem", folder, ends ? "" : "/", (int)asked.purpose.length,
                         asked.purpose.bytes);
    EVP_PKEY *key = path.failed ? NULL : read_private_key(path.bytes);
    if (!is_rsa(key)) {
        end = no_key(path.failed ? folder : path.bytes);
        EVP_PKEY_free(key);
        native_buffer_free(&path);
        return end;
    }
    native_buffer_free(&path);
    size_t size = (size_t)EVP_PKEY_get_size(key);
    native_buffer_zeros(&end.payload, size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    const bool done = !end.payload.failed && context != NULL &&
                      EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                      EVP_DigestSign(context, (unsigned char *)end.payload.bytes, &size,
                                     unsigned_bytes(asked.bytes.bytes), asked.bytes.length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    if (!done) {
        native_end_free(&end);
        return failed("OpenSSL could not sign", "");
    }
    end.payload.length = size;
    return end;
}
