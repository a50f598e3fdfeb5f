/* Mistakes in an expression, collected so that an editor can show them all at once. */
#ifndef PERLY_CEL_ISSUES_H
#define PERLY_CEL_ISSUES_H

#include "cel/value.h"

typedef struct CelIssue {
    CelErrorKind kind;
    uint32_t offset;  /* in bytes */
    uint32_t line;    /* from 1 */
    uint32_t column;  /* from 1, in code points */
    Slice message;    /* what is wrong, and what was expected */
    Slice suggestion; /* "did you mean `ARR__c`?", or empty */
} CelIssue;

enum { CEL_ISSUES_MAX = 32 };

/* In order of discovery: syntax first. More than CEL_ISSUES_MAX are counted in `count` but not kept. */
typedef struct CelIssues {
    CelIssue items[CEL_ISSUES_MAX];
    uint32_t count;
} CelIssues;

/*
 * An issue for people, in `arena`:
 *
 *     1:9: no field `ARR_c` on Account; did you mean `ARR__c`?
 *      | record.ARR_c > 10
 *      |        ^
 */
Slice cel_issue_text(Arena *arena, Slice source, const CelIssue *issue);

#endif
