/*
 * A plan: what is pulled of one Salesforce object and what becomes of it. It names the fields of the SELECT
 * list and says, for each column of the entity's table, how its value comes about. A plan is made before each
 * window from the configuration and the org's describe; it does not change afterwards and may be shared.
 */
#ifndef PERLY_MAP_PLAN_H
#define PERLY_MAP_PLAN_H

#include "cel/cel.h"
#include "map/attributes.h"
#include "map/money.h"

/* The columns that every pulled table begins with. */
typedef enum PlanFixed {
    PLAN_ID,
    PLAN_STAMP,      /* SystemModstamp, or source_stamp */
    PLAN_SEEN,       /* server time of the window that brought the row */
    PLAN_FIRST_SEEN, /* the same, of the window that brought it first */
    PLAN_HASH,       /* of all columns below */
    PLAN_DELETED,
    PLAN_MASTER_ID, /* of the record that this one was merged into */
    PLAN_FIXED_COUNT
} PlanFixed;

/*
 * A column beyond the attributes: `expression` is CEL over `record`. A further one is kept in the table of
 * the entity's fields; further ones come last.
 */
typedef struct PlanMapping {
    Slice name;
    Slice expression;
    bool further;
} PlanMapping;

typedef struct PlanMappings {
    const PlanMapping *items;
    size_t count;
    CelCalendar calendar; /* of their expressions; it outlives the plan */
} PlanMappings;

/* A field of the org, as its describe tells. */
typedef struct PlanField {
    Slice name;
    RowType type;
    bool calculated; /* it changes without a trace in SystemModstamp, as formulas do */
    bool money;      /* an amount in the record's currency */
} PlanField;

typedef struct PlanColumn {
    Slice name;
    RowType type;
    bool logged;
    bool money;                /* the field as it is, and that is an amount in the record's currency */
    bool calculated;           /* a field of it is */
    bool converts;             /* its expression reads an amount, and sees it in the corporate currency */
    Slice expression;          /* empty: the field as it is */
    uint32_t field;            /* index into `fields`, when there is no program */
    const CelProgram *program; /* over `record`; NULL: the field as it is */
} PlanColumn;

typedef struct Plan {
    Source source;
    Slice table_name; /* into which its rows go */
    RowSchema
        fields; /* of `record`: Id, SystemModstamp, IsDeleted and MasterRecordId if there are, the rest */
    uint32_t column_fields;  /* those before the filter's own, at the end of `fields` */
    bool *money;             /* for each field: an amount that an expression reads */
    uint32_t currency_field; /* of the record; UINT32_MAX: amounts are what they are */
    uint32_t day_field;      /* whose rate holds; UINT32_MAX: the one that has no day */
    CelCalendar calendar;
    const MoneyRates *rates; /* set after the plan is made, before rows are mapped by it; NULL: none */
    bool *missing; /* for each field: the org (or the user's rights) lacks it: not selected, always null */
    PlanColumn *columns; /* after the fixed ones */
    uint32_t column_count;
    uint32_t table_columns;   /* the first of them, in the entity's table; the others are kept beside it
                                 (sync/pull/further.h) */
    const CelProgram *filter; /* rows for which it is false are left out; NULL: none */
    bool partial;             /* some of the columns, of rows that are there: none is added */
    const struct Plan *whole; /* of which it is a part */
    RowSchema table;          /* fixed columns, then `columns` */
    uint32_t *flags;          /* of `table`, for store_ops_upsert */
} Plan;

/* Whether its entity has further columns: its own, or those of the plan that it is a part of. */
static inline bool plan_has_further(const Plan *plan)
{
    const Plan *whole = plan->whole == NULL ? plan : plan->whole;
    return whole->table_columns < whole->column_count;
}

/*
 * Makes the plan of `source` in `arena`. `org` is what the describe lists. A field of a standard attribute
 * that the org lacks is null; one that a mapping names is ERROR_CONFIG_FIELD, with the name. A mapping with
 * an attribute's name replaces its expression, and gives what the attribute is. ERROR_CEL_... for an
 * expression that does not fit the org's types, or whose result no column, or not its own, can hold.
 */
Error plan_make(Arena *arena, Source source, const PlanField *org, size_t org_count,
                const PlanMappings *mappings, Plan **result);

/*
 * The plan of some columns of `whole`, plan_make's, by name: rows that are there get these columns, and
 * nothing else of them changes. The source's filter does not matter: what it left out is not there.
 */
Error plan_make_part(Arena *arena, const Plan *whole, const PlanField *org, size_t org_count,
                     const PlanMappings *mappings, const Slice *names, size_t name_count, Plan **result);

/*
 * What each column is made of, as text: "name=hash;", the hash over its expression, the fields that the org
 * has of it, the rates by which its amounts are converted, the holidays and the release of the zones where
 * it may ask for them, and whether it is a further one. Columns with the same entry in two such texts have
 * the same values for the same record.
 */
Error plan_recipes(Arena *arena, const Plan *plan, Slice *recipes);

/* The fields that columns need and the org lacks, or hides: "Title, IsEmailBounced". Without those that an
 * org may lack (attributes.def, OPTIONAL). */
Error plan_unseen(Arena *arena, const Plan *plan, Slice *names);

/*
 * The plan that reads which rows there are and nothing of them: the fixed columns into `table_name`, with the
 * source's filter.
 */
Error plan_make_ids(Arena *arena, Source source, const PlanField *org, size_t org_count, Slice table_name,
                    Plan **result);

#endif
