#include "base/nearest.h"
#include "test.h"

static void finds_the_nearest(void)
{
    static const Slice names[] = {SLICE_INIT("ARR__c"), SLICE_INIT("AnnualRevenue"), SLICE_INIT("Name"),
                                  SLICE_INIT("")};
    static const struct {
        const char *name;
        Slice wanted;
        Slice nearest;
    } rows[] = {
        {"one letter left out", SLICE_INIT("ARR_c"), SLICE_INIT("ARR__c")},
        {"another case", SLICE_INIT("name"), SLICE_INIT("Name")},
        {"letters changed places", SLICE_INIT("AnnualReveune"), SLICE_INIT("AnnualRevenue")},
        {"neighbours changed places: one edit", SLICE_INIT("Nmae"), SLICE_INIT("Name")},
        {"nothing is near", SLICE_INIT("Birthdate"), SLICE_INIT("")},
        {"empty", SLICE_INIT(""), SLICE_INIT("")},
        {"too long to compare",
         SLICE_INIT("AnnualRevenueAnnualRevenueAnnualRevenueAnnualRevenueAnnualRevenueX"), SLICE_INIT("")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        CHECK_TEXT(nearest_name(rows[i].wanted, names, sizeof names / sizeof names[0]), rows[i].nearest,
                   rows[i].name);
    }
    CHECK_TEXT(nearest_name(SLICE("Name"), NULL, 0), SLICE(""), "no names");
}

TEST_MAIN(finds_the_nearest)
