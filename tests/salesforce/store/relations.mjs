// Shared Activities: TaskRelation and EventRelation rows say what an activity names (WhoId, WhatId), and the contacts
// that it was with besides. The platform keeps those of WhoId and WhatId itself. And EmailMessageRelation: whom a
// message was from and to.

import { wholeSecond } from '../base/time.mjs';
import { DELETED, LIVE } from './table.mjs';

const FIELD = { Task: 'TaskId', Event: 'EventId' };

/** @param {any} org @param {any} activities the table of the activity @param {number} row @param {number} to key @param {boolean} what */
export function relate(org, activities, row, to, what) {
  const table = org.tables.get(`${activities.name}Relation`);
  const at = activities.get(row, 'LastModifiedDate') ?? wholeSecond(org.now());
  const by = activities.get(row, 'LastModifiedById');
  const values = {
    AccountId: activities.get(row, 'AccountId'),
    [FIELD[/** @type {'Task' | 'Event'} */ (activities.name)]]: activities.keyOf(row),
    RelationId: to,
    IsWhat: what,
    CreatedDate: at,
    CreatedById: by,
    LastModifiedDate: at,
    LastModifiedById: by,
    SystemModstamp: at,
  };
  const made = table.addRow();
  for (const [name, value] of Object.entries(values)) table.set(made, name, value);
  if (activities.name === 'Event') table.set(made, 'IsParent', !what);
}

/** The rows of WhoId and WhatId of an activity that has none yet. */
export function relateActivity(org, activities, row) {
  for (const [field, what] of /** @type {const} */ ([['WhoId', false], ['WhatId', true]])) {
    const to = activities.get(row, field);
    if (to !== null) relate(org, activities, row, to, what);
  }
}

/** After a write: what the activity named before is no relation of it any more, what it names now is one. */
export function followActivity(ctx, activities, row, old) {
  const { org } = ctx;
  if (!org.options.sharedActivities) return;
  for (const [field, what] of /** @type {const} */ ([['WhoId', false], ['WhatId', true]])) {
    const to = activities.get(row, field);
    if (old.size && (!old.has(field) || old.get(field) === to)) continue;
    if (old.size && old.get(field) !== null) endRelations(ctx, activities, row, (found) => found === old.get(field));
    endRelations(ctx, activities, row, (found) => found === to);
    if (to !== null) relate(org, activities, row, to, what);
  }
}

/** A row of EmailMessageRelation. @param {number | null} to null: an address that is of no record */
export function addRecipient(org, messages, row, to, type) {
  const table = org.tables.get('EmailMessageRelation');
  const at = messages.get(row, 'CreatedDate') ?? wholeSecond(org.now());
  const made = table.addRow();
  const by = messages.get(row, 'CreatedById');
  const values = { EmailMessageId: messages.keyOf(row), RelationId: to, RelationType: type };
  const stamps = { CreatedDate: at, CreatedById: by, SystemModstamp: at };
  for (const [name, value] of Object.entries({ ...values, ...whoIs(org, to), ...stamps })) table.set(made, name, value);
}

/** What the platform tells of whom a relation of a message points to. */
function whoIs(org, to) {
  const found = to === null ? null : org.find(to);
  if (!found) return { RelationObjectType: null, RelationAddress: 'someone@elsewhere.example' };
  return { RelationObjectType: found.table.name, RelationAddress: found.table.get(found.row, 'Email') };
}

/** Kind and address of a recipient are the platform's to tell. */
export function recipientBefore(ctx, values, old) {
  if (old && !values.has('RelationId')) return;
  const known = whoIs(ctx.org, values.get('RelationId') ?? null);
  values.set('RelationObjectType', known.RelationObjectType);
  if (!old && !values.get('RelationAddress')) values.set('RelationAddress', known.RelationAddress);
}

/** A message that is deleted takes its relations with it. */
export function dropMessage(ctx, messages, row) {
  const table = ctx.org.tables.get('EmailMessageRelation');
  const key = messages.keyOf(row);
  for (let at = 0; at < (table?.count ?? 0); at++) {
    if (table.life[at] !== LIVE || table.get(at, 'EmailMessageId') !== key) continue;
    table.touch(at);
    table.setLife(at, DELETED);
    table.set(at, 'SystemModstamp', ctx.stampAt ?? wholeSecond(ctx.org.now()));
  }
}

/** An activity that is deleted takes its relations with it. */
export function dropActivity(ctx, activities, row) {
  if (ctx.org.options.sharedActivities) endRelations(ctx, activities, row, () => true);
}

/** @param {(relation: number) => boolean} which by RelationId */
function endRelations(ctx, activities, row, which) {
  const table = ctx.org.tables.get(`${activities.name}Relation`);
  const field = FIELD[/** @type {'Task' | 'Event'} */ (activities.name)];
  const key = activities.keyOf(row);
  for (let at = 0; at < table.count; at++) {
    if (table.life[at] !== LIVE || table.get(at, field) !== key || !which(table.get(at, 'RelationId'))) continue;
    table.touch(at);
    table.setLife(at, DELETED);
    table.set(at, 'SystemModstamp', ctx.stampAt ?? wholeSecond(ctx.org.now()));
  }
}
