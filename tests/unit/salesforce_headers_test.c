#include "salesforce/headers.h"
#include "test.h"

static void reads_the_servers_clock(void)
{
    int64_t ms = -1;
    CHECK(sf_server_time(SLICE("date: Sun, 06 Nov 1994 08:49:37 GMT\nx: y\n"), &ms));
    CHECK_INT(ms, INT64_C(784111777000), "server time");
    CHECK(!sf_server_time(SLICE("x: y\n"), &ms) && !sf_server_time(SLICE("date: soon\n"), &ms));
    CHECK_INT(ms, INT64_C(784111777000), "untouched");
}

static void reads_limit_info(void)
{
    SfLimitInfo info = {0};
    CHECK(sf_limit_info_read(SLICE("sforce-limit-info: api-usage=18/5000\n"), &info));
    CHECK(info.used == 18 && info.limit == 5000);
    CHECK(sf_limit_info_read(SLICE("sforce-limit-info: api-usage=25/5000; "
                                   "per-app-api-usage=17/250(appName=sample-connected-app)\n"),
                             &info));
    CHECK(info.used == 25 && info.limit == 5000);
    CHECK(sf_limit_info_read(SLICE("sforce-limit-info: api-usage=6000/5000\n"), &info));
    CHECK(info.used == 6000); /* paid orgs may overrun */
    static const Slice bad[] = {
        SLICE_INIT(""),
        SLICE_INIT("sforce-limit-info: \n"),
        SLICE_INIT("sforce-limit-info: api-usage\n"),
        SLICE_INIT("sforce-limit-info: api-usage=\n"),
        SLICE_INIT("sforce-limit-info: api-usage=18\n"),
        SLICE_INIT("sforce-limit-info: api-usage=18/\n"),
        SLICE_INIT("sforce-limit-info: api-usage=-18/5000\n"),
        SLICE_INIT("sforce-limit-info: api-usage=99999999999999999999/5000\n"),
        SLICE_INIT("sforce-limit-info: per-app-api-usage=17/250(appName=x)\n"),
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        CHECK_NAMED(!sf_limit_info_read(bad[i], &info), bad[i].data);
        CHECK_INT(info.used, 6000, "untouched");
    }
}

TEST_MAIN(reads_the_servers_clock, reads_limit_info)
