// What the platform itself does around a write, object by object: defaults, derived values, side rows.

import { badRequest } from '../base/errors.mjs';
import { startOfDay, wholeSecond } from '../base/time.mjs';
import { addOccurrences, checkSeries } from './recurrence.mjs';
import { dropActivity, dropMessage, followActivity, recipientBefore } from './relations.mjs';
import { addFieldHistory } from './history.mjs';
import { STAGES } from './computed.mjs';
import { DELETED, LIVE, PURGED } from './table.mjs';

/** @param {import('../schema/schema.mjs').SObject} object */
export const hooksOf = (object) => HOOKS[object.name] ?? NONE;

const NONE = {};

/** @type {Record<string, {before?: Function, after?: Function, removing?: Function, removed?: Function}>} */
const HOOKS = {
  Account: { before: accountBefore },
  Contact: { before: checkOwner, after: directRelation, removed: dropRelations },
  AccountContactRelation: { before: relationBefore },
  Opportunity: { before: opportunityBefore, after: opportunityAfter },
  Task: { before: taskBefore, after: taskAfter, removed: dropActivity },
  Event: { before: eventBefore, after: eventAfter, removed: dropActivity },
  TaskRelation: { before: activityRelationBefore },
  EventRelation: { before: activityRelationBefore },
  EmailMessage: { removed: dropMessage },
  EmailMessageRelation: { before: recipientBefore },
  FeedItem: { before: feedBefore },
  User: { after: (ctx) => ctx.org.access.changed() },
  PermissionSet: { after: (ctx) => ctx.org.access.changed(), removing: refuseAssigned, removed: dropPermissions },
  PermissionSetAssignment: {
    before: assignmentBefore,
    after: (ctx) => ctx.org.access.changed(),
    removed: (ctx) => ctx.org.access.changed(),
  },
  FieldPermissions: {
    before: fieldPermissionBefore,
    after: fieldPermissionAfter,
    removed: (ctx) => ctx.org.access.changed(),
  },
  ObjectPermissions: {
    before: (ctx, values, old) => {
      if (!old) noTwin(ctx, 'ObjectPermissions', values, ['ParentId', 'SobjectType']);
    },
    after: (ctx) => ctx.org.access.changed(),
    removed: (ctx) => ctx.org.access.changed(),
  },
};

/** The Name of a person account is first and last name, and cannot be written. */
function accountBefore(ctx, values, old, object) {
  checkOwner(ctx, values, old, object);
  if (!old?.table.columns.has('IsPersonAccount') || !old.table.get(old.row, 'IsPersonAccount')) return;
  if (values.has('Name')) {
    throw badRequest(
      'INVALID_FIELD_FOR_INSERT_UPDATE',
      'Account: bad field names on insert/update call: Name',
      ['Name'],
    );
  }
  if (!values.has('FirstName') && !values.has('LastName')) return;
  const names = ['FirstName', 'LastName'].map((name) => merged(values, old, name));
  values.set('Name', names.filter(Boolean).join(' '));
}

/** Inactive users can own nothing new. */
function checkOwner(ctx, values, _old, object) {
  const owner = values.get('OwnerId');
  if (owner === undefined || owner === null) return;
  const users = ctx.org.tables.get('User');
  const row = users.rowOf(owner);
  if (row < 0 || users.get(row, 'IsActive')) return;
  throw badRequest(
    'INACTIVE_OWNER_OR_USER',
    `operation performed with inactive user [${ctx.org.ids.text(owner)}] as owner of ` +
      object.name.toLowerCase(),
    ['OwnerId'],
  );
}

/** The platform keeps one direct relation of each contact that has an account: when it moves, it is another. */
function directRelation(ctx, table, row, old) {
  if (!ctx.org.options.contactsToMultipleAccounts) return;
  const account = table.get(row, 'AccountId');
  if (old.size && (!old.has('AccountId') || old.get('AccountId') === account)) return;
  const relations = ctx.org.tables.get('AccountContactRelation');
  const contact = table.keyOf(row);
  endRelations(ctx, (at) => relations.get(at, 'ContactId') === contact && relations.get(at, 'IsDirect'));
  if (account === null) return;
  endRelations(ctx, (at) => relations.get(at, 'ContactId') === contact && relations.get(at, 'AccountId') === account);
  const to = relations.addRow();
  const at = wholeSecond(ctx.org.now());
  const values = {
    AccountId: account,
    ContactId: table.keyOf(row),
    IsDirect: true,
    IsActive: true,
    CreatedDate: at,
    CreatedById: ctx.user,
    LastModifiedDate: at,
    LastModifiedById: ctx.user,
    SystemModstamp: at,
  };
  for (const [name, value] of Object.entries(values)) relations.set(to, name, value);
}

/** @param {(row: number) => boolean} which */
function endRelations(ctx, which) {
  const relations = ctx.org.tables.get('AccountContactRelation');
  for (let row = 0; relations && row < relations.count; row++) {
    if (relations.life[row] !== LIVE || !which(row)) continue;
    relations.touch(row);
    relations.setLife(row, DELETED);
    relations.set(row, 'SystemModstamp', ctx.stampAt ?? wholeSecond(ctx.org.now()));
  }
}

function dropRelations(ctx, table, row) {
  const relations = ctx.org.tables.get('AccountContactRelation');
  endRelations(ctx, (at) => relations.get(at, 'ContactId') === table.keyOf(row));
}

/** One row an account and contact; the direct one is the platform's. */
function relationBefore(ctx, values, old) {
  if (!old) noTwin(ctx, 'AccountContactRelation', values, ['AccountId', 'ContactId']);
}

function opportunityBefore(ctx, values, old, object) {
  checkOwner(ctx, values, old, object);
  const stage = values.get('StageName');
  if (stage && !values.has('Probability') && (!old || old.old.get('StageName') !== stage)) {
    values.set('Probability', STAGES[stage]?.[0] ?? 10);
  }
  if (stage && (!old || old.old.get('StageName') !== stage)) {
    values.set('LastStageChangeDate', wholeSecond(ctx.org.now()));
  }
}

const HISTORY = ['StageName', 'Amount', 'CloseDate', 'Probability'];

/** A row of history whenever stage, amount, close date or probability changed, and one at the start. */
function opportunityAfter(ctx, table, row, old) {
  const changed = HISTORY.some((name) => old.has(name) && old.get(name) !== table.get(row, name));
  if (old.size && !changed) return;
  const history = ctx.org.tables.get('OpportunityHistory');
  const to = history.addRow();
  const at = ctx.stampAt ?? wholeSecond(ctx.org.now());
  const now = Object.fromEntries(HISTORY.map((name) => [name, table.get(row, name)]));
  const before = old.size ? { ...now, ...Object.fromEntries(old) } : null;
  addFieldHistory(ctx.org, { opportunity: table.keyOf(row), user: ctx.user, at }, before, now);
  if (table.columns.has('CurrencyIsoCode'))
    history.set(to, 'CurrencyIsoCode', table.get(row, 'CurrencyIsoCode'));
  for (const name of HISTORY) history.set(to, name, table.get(row, name));
  history.set(to, 'OpportunityId', table.keyOf(row));
  history.set(to, 'ForecastCategory', STAGES[table.get(row, 'StageName')]?.[1] ?? 'Pipeline');
  history.set(to, 'CreatedById', ctx.user);
  history.set(to, 'CreatedDate', at);
  history.set(to, 'SystemModstamp', at);
}

/**
 * The account of an activity: of its WhatId, else of its WhoId. Later moves of a contact do not rewrite it.
 */
export function accountOfActivity(org, what, who) {
  for (const key of [what, who]) {
    const found = key === null || key === undefined ? null : org.find(key);
    if (!found) continue;
    if (found.table.name === 'Account') return key;
    if (found.table.columns.has('AccountId')) return found.table.get(found.row, 'AccountId');
  }
  return null;
}

const merged = (values, old, name) =>
  values.has(name) ? values.get(name) : old ? old.table.get(old.row, name) : null;

function deriveAccount(ctx, values, old) {
  if (old && !values.has('WhatId') && !values.has('WhoId')) return;
  values.set(
    'AccountId',
    accountOfActivity(ctx.org, merged(values, old, 'WhatId'), merged(values, old, 'WhoId')),
  );
}

function taskBefore(ctx, values, old, object) {
  checkOwner(ctx, values, old, object);
  checkSeries(values);
  deriveAccount(ctx, values, old);
  const closed = values.get('Status') === 'Completed';
  if (values.has('Status')) values.set('CompletedDateTime', closed ? wholeSecond(ctx.org.now()) : null);
  if (old || values.get('TaskSubtype') !== 'Cadence') return;
  throw badRequest(
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    'Task Subtype: bad value for restricted picklist field: Cadence',
    ['TaskSubtype'],
  );
}

/** A new task on a feed-tracked account shows in its feed as an ActivityEvent. */
function taskAfter(ctx, table, row, old) {
  activityTouched(ctx, table, row);
  followActivity(ctx, table, row, old);
  if (!old.size) addOccurrences(table, row);
  const what = table.get(row, 'WhatId');
  if (old.size || !ctx.org.options.chatter || what === null || ctx.org.ids.prefix(what) !== '001') return;
  const feed = ctx.org.tables.get('FeedItem');
  const to = feed.addRow();
  const at = wholeSecond(ctx.org.now());
  const values = {
    ParentId: what,
    Type: 'ActivityEvent',
    CreatedById: ctx.user,
    CreatedDate: at,
    InsertedById: ctx.user,
    LastModifiedDate: at,
    SystemModstamp: at,
    RelatedRecordId: table.keyOf(row),
    Visibility: 'InternalUsers',
  };
  for (const [name, value] of Object.entries(values)) feed.set(to, name, value);
}

function eventAfter(ctx, table, row, old) {
  activityTouched(ctx, table, row);
  followActivity(ctx, table, row, old);
}

/** A relation is of the activity's account; one contact is related once. */
function activityRelationBefore(ctx, values, old, object) {
  if (old) return;
  const field = object.name === 'TaskRelation' ? 'TaskId' : 'EventId';
  noTwin(ctx, object.name, values, [field, 'RelationId']);
  const found = ctx.org.find(values.get(field));
  if (found) values.set('AccountId', found.table.get(found.row, 'AccountId'));
  const kind = ctx.org.ids.prefix(values.get('RelationId'));
  values.set('IsWhat', kind === '001' || kind === '006');
}

/** LastActivityDate of the account and the contact follows their activities; no stamp moves. */
export function activityTouched(ctx, table, row) {
  const { org } = ctx;
  const date = table.get(row, 'ActivityDate');
  if (date === null || (table.name === 'Task' && table.get(row, 'Status') !== 'Completed')) return;
  for (const field of ['AccountId', 'WhoId', 'WhatId']) {
    const found = org.find(table.get(row, field) ?? -1);
    if (!found || !found.table.columns.has('LastActivityDate')) continue;
    if ((found.table.get(found.row, 'LastActivityDate') ?? -Infinity) < date) {
      found.table.touch(found.row);
      found.table.set(found.row, 'LastActivityDate', date);
    }
  }
}

function eventBefore(ctx, values, old, object) {
  checkOwner(ctx, values, old, object);
  deriveAccount(ctx, values, old);
  if (old) return;
  const start = values.get('StartDateTime') ?? values.get('ActivityDateTime') ?? null;
  if (start === null && (values.get('ActivityDate') ?? null) === null) {
    throw badRequest('REQUIRED_FIELD_MISSING', 'Required fields are missing: [StartDateTime]', [
      'StartDateTime',
    ]);
  }
  const from = start ?? values.get('ActivityDate');
  const minutes = values.get('DurationInMinutes') ?? ((values.get('EndDateTime') ?? from) - from) / 60000;
  values.set('StartDateTime', from);
  values.set('ActivityDateTime', from);
  values.set('ActivityDate', startOfDay(from));
  values.set('DurationInMinutes', minutes);
  values.set('EndDateTime', from + minutes * 60000);
}

function feedBefore(ctx, values, old) {
  if (old) return;
  if (!values.get('Type')) values.set('Type', values.get('LinkUrl') ? 'LinkPost' : 'TextPost');
  if (values.get('Type') === 'TextPost' && !values.get('Body')) {
    throw badRequest('REQUIRED_FIELD_MISSING', 'Required fields are missing: [Body]', ['Body']);
  }
  const parent = ctx.org.find(values.get('ParentId') ?? -1);
  const object = parent && ctx.org.schema.object(parent.table.name);
  if (object && !object.feed) {
    throw badRequest('FIELD_INTEGRITY_EXCEPTION', `Feed not enabled for ${object.name}`, ['ParentId']);
  }
  values.set('InsertedById', ctx.user);
}

function noTwin(ctx, name, values, fields) {
  const table = ctx.org.tables.get(name);
  for (let row = 0; row < table.count; row++) {
    if (table.life[row] !== LIVE || fields.some((field) => table.get(row, field) !== values.get(field)))
      continue;
    throw badRequest(
      'DUPLICATE_VALUE',
      `duplicate value found: <unknown> duplicates value on record with id: ` +
        ctx.org.ids.text(table.keyOf(row)).slice(0, 15),
      [],
    );
  }
}

function assignmentBefore(ctx, values, old) {
  if (old) return;
  noTwin(ctx, 'PermissionSetAssignment', values, ['PermissionSetId', 'AssigneeId']);
  values.set('IsActive', true);
}

/** Live rows whose field is that key. */
function childrenOf(ctx, name, field, key) {
  const table = ctx.org.tables.get(name),
    rows = [];
  for (let row = 0; row < table.count; row++)
    if (table.life[row] === LIVE && table.get(row, field) === key) rows.push(row);
  return rows;
}

/** A set that somebody has stays. */
function refuseAssigned(ctx, table, row) {
  if (childrenOf(ctx, 'PermissionSetAssignment', 'PermissionSetId', table.keyOf(row)).length === 0) return;
  throw badRequest(
    'DELETE_FAILED',
    `Your attempt to delete ${table.get(row, 'Label')} could not be completed because it is assigned to users.`,
    [],
  );
}

/** What a set grants goes with it. */
function dropPermissions(ctx, table, row) {
  for (const name of ['FieldPermissions', 'ObjectPermissions']) {
    const children = ctx.org.tables.get(name);
    for (const child of childrenOf(ctx, name, 'ParentId', table.keyOf(row))) {
      children.touch(child);
      children.setLife(child, PURGED);
    }
  }
  ctx.org.access.changed();
}

/** Read without which there is no Edit; formulas can only be read; required fields have no row. */
function fieldPermissionBefore(ctx, values, old) {
  if (values.get('PermissionsEdit') && merged(values, old, 'PermissionsRead') !== true) {
    throw badRequest('FIELD_INTEGRITY_EXCEPTION', 'Field Permissions: Edit requires Read', [
      'PermissionsEdit',
    ]);
  }
  if (old) return;
  const [objectName, fieldName] = String(values.get('Field')).split('.');
  const object = ctx.org.schema.object(objectName);
  const field = object?.byName.get(fieldName?.toLowerCase());
  if (!field || object.name !== values.get('SobjectType')) {
    throw badRequest(
      'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
      `Field Name: bad value for restricted picklist field: ${values.get('Field')}`,
      ['Field'],
    );
  }
  if (!field.permissionable || (field.formula && values.get('PermissionsEdit'))) {
    throw badRequest('FIELD_INTEGRITY_EXCEPTION', `${values.get('Field')} has no such field permission`, [
      'Field',
    ]);
  }
  noTwin(ctx, 'FieldPermissions', values, ['ParentId', 'Field']);
}

/** Task and Event share the custom fields of Activity: what is granted on one is granted on the other. */
function fieldPermissionAfter(ctx, table, row) {
  const [objectName, fieldName] = table.get(row, 'Field').split('.');
  const twin = { Task: 'Event', Event: 'Task' }[objectName];
  if (twin && ctx.org.schema.object(twin).byName.get(fieldName.toLowerCase())?.ofActivity)
    copyGrant(ctx, table, row, twin, fieldName);
  if (!table.get(row, 'PermissionsRead')) table.setLife(row, 2);
  ctx.org.access.changed();
}

function copyGrant(ctx, table, row, twin, fieldName) {
  const field = `${twin}.${fieldName}`,
    parent = table.get(row, 'ParentId');
  let to = -1;
  for (let i = 0; i < table.count; i++) {
    if (table.life[i] === LIVE && table.get(i, 'Field') === field && table.get(i, 'ParentId') === parent)
      to = i;
  }
  if (to < 0) to = table.addRow();
  const values = {
    ParentId: parent,
    SobjectType: twin,
    Field: field,
    PermissionsRead: table.get(row, 'PermissionsRead'),
    PermissionsEdit: table.get(row, 'PermissionsEdit'),
    SystemModstamp: table.get(row, 'SystemModstamp'),
  };
  for (const [name, value] of Object.entries(values)) table.set(to, name, value);
}
