/* The file of time zones as a host hands it over: what is refused, and what holds afterwards. */
#include "base/zones.h"
#include "fake_host.h"
#include "perly/perly.h"

static char file[ZONES_BYTES_MAX];
static size_t file_length;

static void read_zones(void)
{
    FILE *from = fopen(PERLY_ROOT "/toolchain/perly_zones.bin", "rb");
    CHECK_NAMED(from != NULL, "perly_zones.bin");
    if (from != NULL) {
        file_length = fread(file, 1, sizeof file, from);
        (void)fclose(from);
    }
    CHECK(file_length > 0);
}

/* Does the core take `now.getHours('Europe/Berlin')` for right? The store has nothing to tell. */
static bool knows_berlin(FakeHost *fake, Perly *perly)
{
    const Slice command = SLICE("{\"command\":\"config_check\",\"config\":\"{\\\"model\\\":{\\\"signals\\\":"
                                "{\\\"a\\\":\\\"now.getHours('Europe/Berlin')\\\"}}}\"}");
    CHECK_INT(perly_command_run(perly, 0, 0, command.data, command.length), 0, "begun");
    bool issue = false;
    for (FakeEffect effect = fake_take(fake); effect.kind != FAKE_NONE; effect = fake_take(fake)) {
        issue = issue || slice_find(effect.bytes, SLICE("\"event\":\"issue\""), 0) != SIZE_MAX;
        if (effect.kind == FAKE_MIGRATE || effect.kind == FAKE_QUERY || effect.kind == FAKE_APPLY) {
            CHECK_INT(perly_zones_set(perly, file, file_length), 1, "while a command runs");
            perly_call_end(perly, 0, 0, effect.call, PERLY_END_OK, NULL, 0);
        }
    }
    CHECK_INT(perly_core_busy(perly), 0, "ended");
    return !issue;
}

static void zones_are_checked_and_kept(void)
{
    FakeHost fake;
    read_zones();
    fake_host_init(&fake);
    Perly *perly = perly_core_new(&fake.host, PERLY_DIALECT_SQLITE);
    CHECK(!knows_berlin(&fake, perly));
    CHECK_INT(perly_zones_set(perly, NULL, 0), 1, "nothing");
    CHECK_INT(perly_zones_set(perly, "PZ01", 4), 1, "a beginning");
    CHECK_INT(perly_zones_set(perly, file, file_length - 1), 1, "one byte short");
    CHECK(!knows_berlin(&fake, perly));
    CHECK_INT(perly_zones_set(perly, file, file_length), 0, "the file");
    CHECK(knows_berlin(&fake, perly));
    CHECK_INT(perly_zones_set(perly, "PZ01", 4), 1, "a beginning, later");
    CHECK(knows_berlin(&fake, perly));
    CHECK_INT(perly_zones_set(perly, file, file_length), 0, "again");
    CHECK(knows_berlin(&fake, perly));
    perly_core_free(perly);
    fake_host_free(&fake);
    CHECK_INT(fake.memory.bytes, 0, "all memory returned");
}

TEST_MAIN(zones_are_checked_and_kept)
