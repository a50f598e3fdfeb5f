/*
 * Commands that only read: a list of questions to the storage, asked one after another, each row of the
 * answer told at once. Memory does not grow with the number of rows.
 *
 *     static const Question questions[] = {{STATEMENT_STATUS_CUT, NULL, tell_cut, NULL}, ...};
 *     query_start(command, questions, count, state);
 */
#ifndef PERLY_SYNC_RUN_QUERY_H
#define PERLY_SYNC_RUN_QUERY_H

#include "score/score.h"
#include "sync/run/command.h"
#include "sync/run/statements.h"

typedef struct Query Query;

typedef struct Question {
    SyncStatement statement;
    void (*params)(Query *query, RowWriter *row); /* NULL: the statement has none */
    Error (*row)(Query *query, RowView row);
    Error (*end)(Query *query); /* after the last row; NULL: nothing */
    void (*then)(Query *query); /* an effect after that; NULL: none */
} Question;

struct Query {
    Job job; /* first */
    Command *command;
    const Question *questions;
    uint32_t count;
    uint32_t at;
    void *state; /* the command's own, in command->memory */

    Arena memory; /* of one question */
    Arena row;    /* of one row; event_begin takes it */
    StoreQuery store;
    Error error;
    uint64_t rows; /* of the question being asked */
};

/* The effect of a command: `questions` is static. */
void query_start(Command *command, const Question *questions, uint32_t count, void *state);

/* The value of a column, or what stands for none. */
Slice query_text(RowView row, uint32_t column);
int64_t query_int(RowView row, uint32_t column, int64_t otherwise);

/* Members of an event; null where the column has no value. */
void query_member_text(Event *event, Slice key, RowView row, uint32_t column);
void query_member_int(Event *event, Slice key, RowView row, uint32_t column);
void query_member_double(Event *event, Slice key, RowView row, uint32_t column);
void query_member_time(Event *event, Slice key, RowView row, uint32_t column);

/* A document of a column, parsed in query->row. False when there is none, or it is no JSON. */
bool query_json(Query *query, Slice text, JsonDocument *document);

/* Member "reasons": the texts of a reasons column, the weightiest first. */
void query_member_reasons(Query *query, Event *event, Slice json);

/*
 * Members "until" and "standing" where the level is not what the score alone says (score.h, score_level_edge
 * and score_standing); nothing else.
 */
void query_member_standing(Query *query, Event *event, const ConfigRisk *risk, RowView row,
                           uint32_t score_column, uint32_t level_column);

/* An argument of the command that must be one of `words` (their first is what is meant when it is absent). */
Error query_word(Command *command, Slice key, const Slice *words, size_t count, Slice *word);

#endif
