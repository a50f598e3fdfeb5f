// Shared Activities: TaskRelation and EventRelation rows say what an activity names (WhoId, WhatId), and the contacts
// that it was with besides. The platform keeps those of WhoId and WhatId itself.

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
