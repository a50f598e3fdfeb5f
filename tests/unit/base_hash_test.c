#include "base/hash.h"
#include "base/sha256.h"
#include "test.h"

static Slice sha256_text(Slice bytes, char text[SHA256_HEX_BYTES])
{
    Sha256 hash;
    uint8_t digest[SHA256_BYTES];
    sha256_init(&hash);
    sha256_update(&hash, bytes);
    sha256_finish(&hash, digest);
    hash_hex(digest, sizeof digest, text);
    return slice_make(text, SHA256_HEX_BYTES);
}

/* FIPS 180-4's examples, and NIST's short messages at the edges of a block. */
static void sha256_of_known_messages(void)
{
    static const struct {
        Slice message;
        Slice want;
    } rows[] = {
        {SLICE_INIT(""), SLICE_INIT("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")},
        {SLICE_INIT("abc"), SLICE_INIT("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")},
        {SLICE_INIT("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
         SLICE_INIT("248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")},
        {SLICE_INIT(
             "abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrl"
             "mnopqrsmnopqrstnopqrstu"),
         SLICE_INIT("cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1")},
        {SLICE_INIT("\xbd"), SLICE_INIT("68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b")},
        {SLICE_INIT("\xc9\x8c\x8e\x55"),
         SLICE_INIT("7abc22c0ae5af26ce93dbb94433a0e0b2e119d014f8e7f65bd56c61ccccd9504")},
    };
    char text[SHA256_HEX_BYTES];
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_TEXT(sha256_text(rows[i].message, text), rows[i].want, "known message");
    }
}

static void sha256_of_long_messages(void)
{
    static char million[1000000];
    char text[SHA256_HEX_BYTES];
    memset(million, 'a', sizeof million);
    CHECK_TEXT(sha256_text(slice_make(million, sizeof million), text),
               SLICE("cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"), "a million a");
    memset(million, 0, sizeof million);
    static const struct {
        size_t zeros;
        Slice want;
    } rows[] = {
        {55, SLICE_INIT("02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7")},
        {56, SLICE_INIT("d4817aa5497628e7c77e6b606107042bbba3130888c5f47a375e6179be789fbb")},
        {57, SLICE_INIT("65a16cb7861335d5ace3c60718b5052e44660726da4cd13bb745381b235a1785")},
        {64, SLICE_INIT("f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b")},
        {1000, SLICE_INIT("541b3e9daa09b20bf85fa273e5cbd3e80185aa4ec298e765db87742b70138a53")},
        {1000000, SLICE_INIT("d29751f2649b32ff572b5e0a9f541ea660a50f94ff0beedfb0b692b924cc8025")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_TEXT(sha256_text(slice_make(million, rows[i].zeros), text), rows[i].want, "zeros");
    }
}

static void sha256_of_every_split(void)
{
    char message[200];
    char whole[SHA256_HEX_BYTES];
    for (size_t i = 0; i < sizeof message; i++) {
        message[i] = (char)(i * 7);
    }
    const Slice want = sha256_text(slice_make(message, sizeof message), whole);
    for (size_t first = 0; first <= sizeof message; first++) {
        for (size_t second = first; second <= sizeof message; second += 13) {
            Sha256 hash;
            uint8_t digest[SHA256_BYTES];
            char text[SHA256_HEX_BYTES];
            sha256_init(&hash);
            sha256_update(&hash, slice_make(message, first));
            sha256_update(&hash, slice_make(message + first, second - first));
            sha256_update(&hash, slice_make(message + second, sizeof message - second));
            sha256_finish(&hash, digest);
            hash_hex(digest, sizeof digest, text);
            CHECK_TEXT(slice_make(text, sizeof text), want, "split");
        }
    }
}

/* Stored in databases: the values may never change. */
static void hash64_keeps_its_values(void)
{
    static const struct {
        uint64_t seed;
        Slice bytes;
        uint64_t want;
    } rows[] = {
        {0, {NULL, 0}, 0x146a6b2ea9984c76},
        {0, SLICE_INIT("a"), 0xb97347612482e0c1},
        {1, SLICE_INIT("a"), 0x17186b52721b886d},
        {0, SLICE_INIT("12345678"), 0x08b151d48087baa7},
        {0, SLICE_INIT("1234567890123456"), 0xb406de1dbe3ee749},
        {0, SLICE_INIT("12345678901234567"), 0x72c4a14db6fe6929},
        {42, SLICE_INIT("the quick brown fox jumps over the lazy dog"), 0x24853d185621dbc6},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_INT(hash64(rows[i].seed, rows[i].bytes), rows[i].want, "stored value");
    }
}

static int order_of(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Equal values among `count`, and among their upper 32 bits. */
static void check_collisions(uint64_t *hashes, size_t count, const char *name)
{
    size_t equal = 0;
    size_t equal_high = 0;
    qsort(hashes, count, sizeof hashes[0], order_of);
    for (size_t i = 1; i < count; i++) {
        equal += hashes[i] == hashes[i - 1] ? 1 : 0;
        equal_high += hashes[i] >> 32 == hashes[i - 1] >> 32 ? 1 : 0;
    }
    CHECK_INT(equal, 0, name);
    /* count^2 / 2^33 are expected: 29 for half a million. */
    CHECK_NAMED(equal_high > 5 && equal_high < 80, name);
}

static void hash64_collides_as_chance_would(void)
{
    enum { COUNT = 500000 };
    static uint64_t hashes[COUNT];
    char text[64];
    for (unsigned i = 0; i < COUNT; i++) {
        hashes[i] = hash64(0, slice_make(text, (size_t)snprintf(text, sizeof text, "%u", i)));
    }
    check_collisions(hashes, COUNT, "decimal numbers");
    for (unsigned i = 0; i < COUNT; i++) {
        const int length = snprintf(text, sizeof text, "001%012u|Prospecting|%u.00", i / 50, i % 50);
        hashes[i] = hash64(1, slice_make(text, (size_t)length));
    }
    check_collisions(hashes, COUNT, "rows of records");
    for (unsigned i = 0; i < COUNT; i++) {
        hashes[i] = hash64(i, SLICE("same bytes"));
    }
    check_collisions(hashes, COUNT, "seeds");
}

/* One bit of input changes each bit of the hash in half of the cases. */
static void hash64_spreads_every_bit(void)
{
    enum { TRIALS = 2000 };
    for (size_t length = 1; length <= 40; length += 3) {
        int flips[64] = {0};
        uint64_t state = length;
        for (int trial = 0; trial < TRIALS; trial++) {
            char bytes[40];
            for (size_t i = 0; i < length; i++) {
                state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
                bytes[i] = (char)(state >> 56);
            }
            const uint64_t before = hash64(7, slice_make(bytes, length));
            const size_t bit = (size_t)(state >> 33) % (8 * length);
            bytes[bit / 8] = (char)(bytes[bit / 8] ^ (int)(1U << (bit % 8)));
            const uint64_t changed = before ^ hash64(7, slice_make(bytes, length));
            for (unsigned i = 0; i < 64; i++) {
                flips[i] += (int)((changed >> i) & 1);
            }
        }
        for (size_t i = 0; i < 64; i++) {
            CHECK_NAMED(flips[i] > TRIALS / 2 - 150 && flips[i] < TRIALS / 2 + 150,
                        "6.7 standard deviations");
        }
    }
}

static void hash64_tells_lengths_apart(void)
{
    static const char zeros[64];
    uint64_t hashes[65];
    for (size_t length = 0; length <= 64; length++) {
        hashes[length] = hash64(0, slice_make(zeros, length));
        for (size_t other = 0; other < length; other++) {
            CHECK(hashes[length] != hashes[other]);
        }
    }
    char moved[80];
    memset(moved, 'q', sizeof moved);
    for (size_t shift = 1; shift < 8; shift++) {
        CHECK_INT(hash64(0, slice_make(moved + shift, 60)), hash64(0, slice_make(moved, 60)),
                  "any alignment");
    }
}

TEST_MAIN(sha256_of_known_messages, sha256_of_long_messages, sha256_of_every_split, hash64_keeps_its_values,
          hash64_collides_as_chance_would, hash64_spreads_every_bit, hash64_tells_lengths_apart)
