/*
 * Left out: custom fields that "*" of a mapping wants and does not get, since it maps
 * PLANNING_ALL_FIELDS_MAX of an object at most: those that the org lists last, and that no expression of the
 * mapping names. They are told, by name: what is left out without a word would be taken for unknown.
 */
#ifndef PERLY_SYNC_LEFT_OUT_H
#define PERLY_SYNC_LEFT_OUT_H

#include "sync/plan/describing.h"
#include "sync/run/command.h"

typedef enum LeftOutForm {
    LEFT_OUT_EVENT, /* {"event":"fields_left_out","object":"Account","count":3,"fields":[...],"text":"3 fields
                       ..."} */
    LEFT_OUT_STATUS, /* the same members in an event "status" */
    LEFT_OUT_CHECK   /* and in an event "check", of something that is better to have */
} LeftOutForm;

/* An event for each object that has such fields; memory is taken from `arena`. */
Error left_out_tell(LeftOutForm form, const Config *config, const Describing *describing, Arena *arena,
                    Engine *engine);

/* The same by what Salesforce told last, for commands that do not describe what is pulled. */
typedef struct LeftOutRun {
    Job job; /* first */
    Command *command;
    LeftOutForm form;

    Arena memory;
    Describing describing;
} LeftOutRun;

/* Starts the job as an effect of `parent`; what stands before `memory` is filled in, the rest zero. */
void left_out_start(Engine *engine, Job *parent, LeftOutRun *run);

#endif
