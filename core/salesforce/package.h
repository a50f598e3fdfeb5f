/*
 * Perly's fields and their permission set as files of a Salesforce DX project (source format), for an
 * administrator who deploys them with Salesforce's own CLI:
 *
 *     sf project deploy start --source-dir DIR
 *     sf org assign permset --name Perly_Sync
 *
 * Activity fields carry their access for Task and for Event: a deploy that names one alone switches the other
 * off (Object Reference, "Task").
 */
#ifndef PERLY_SALESFORCE_PACKAGE_H
#define PERLY_SALESFORCE_PACKAGE_H

#include "salesforce/own_fields.h"

/* The project's own file, each field, the permission set. */
enum { SF_PACKAGE_FILES = SF_OWN_FIELD_COUNT + 2 };

/* File number `index` of SF_PACKAGE_FILES: its path below the folder, with slashes, and its text. */
Error sf_package_file(Arena *arena, size_t index, Slice version, Slice *path, Slice *text);

#endif
