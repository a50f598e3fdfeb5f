// Writing records: rights, values, rules and stamps, the same for every API that writes.

import { ApiError, badRequest, notFound } from '../base/errors.mjs';
import { isIdText } from '../base/ids.mjs';
import { DAY, wholeSecond } from '../base/time.mjs';
import { hooksOf } from './hooks.mjs';
import { DELETED, LIVE, PURGED } from './table.mjs';
import { crossReference, toStored } from './validate.mjs';

/**
 * @typedef {object} Context
 * @property {object} org
 * @property {number} user key of the acting user
 * @property {string} version `66.0`
 * @property {boolean} [isText] values came as CSV
 */

/** @returns {import('../schema/schema.mjs').SObject} */
export function writable(ctx, name, right) {
  const object = ctx.org.schema.object(name);
  if (!object || !ctx.org.access.objectRight(ctx.user, object, 'read')) throw notFound();
  const lacks = object.needs && !ctx.org.access.permission(ctx.user, object.needs);
  if (object.readOnly || object.virtual) {
    throw badRequest(
      'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
      `entity type cannot be ${right}d: ${object.label}`,
      [],
    );
  }
  if (lacks || !ctx.org.access.objectRight(ctx.user, object, right)) {
    throw new ApiError(
      lacks ? 403 : 400,
      lacks ? 'INSUFFICIENT_ACCESS' : 'INSUFFICIENT_ACCESS_OR_READONLY',
      `insufficient access rights on ${object.name}`,
      [],
    );
  }
  return object;
}

/** @returns {number} key of the new record */
export function insert(ctx, name, record) {
  const object = writable(ctx, name, 'create');
  const values = readRecord(ctx, object, record, 'createable');
  applyDefaults(ctx, object, values);
  const hooks = hooksOf(object);
  const table = ctx.org.tables.get(object.name);
  hooks.before?.(ctx, values, null, object);
  checkRequired(object, values);
  checkUnique(ctx.org, object, table, values, -1);
  checkRules(ctx.org, object, (field) => values.get(field) ?? null);
  const row = table.addRow();
  for (const [field, value] of values) table.set(row, field, value);
  stamp(ctx, table, row, true);
  hooks.after?.(ctx, table, row, new Map());
  return table.keyOf(row);
}

/** Update a record; returns its key. @param {string} id */
export function update(ctx, name, id, record) {
  const object = writable(ctx, name, 'edit');
  const table = ctx.org.tables.get(object.name);
  const row = liveRow(ctx, object, id);
  checkLock(ctx.org, table.keyOf(row));
  const values = readRecord(ctx, object, record, 'updateable');
  const hooks = hooksOf(object);
  const old = new Map([...values.keys()].map((field) => [field, table.get(row, field)]));
  hooks.before?.(ctx, values, { table, row, old }, object);
  checkUnique(ctx.org, object, table, values, row);
  checkRules(ctx.org, object, (field) => (values.has(field) ? values.get(field) : table.get(row, field)));
  table.touch(row);
  for (const [field, value] of values) {
    if (!old.has(field)) old.set(field, table.get(row, field));
    table.set(row, field, value);
  }
  stamp(ctx, table, row, false);
  hooks.after?.(ctx, table, row, old);
  return table.keyOf(row);
}

/** To the recycle bin, or for objects without one, away. */
export function remove(ctx, name, id) {
  const object = writable(ctx, name, 'delete');
  const table = ctx.org.tables.get(object.name);
  const row = liveRow(ctx, object, id);
  checkLock(ctx.org, table.keyOf(row));
  hooksOf(object).removing?.(ctx, table, row);
  table.touch(row);
  table.setLife(row, object.name === 'FeedItem' || object.system ? PURGED : DELETED);
  stamp(ctx, table, row, false);
  hooksOf(object).removed?.(ctx, table, row);
  return table.keyOf(row);
}

/** Out of the recycle bin; bumps SystemModstamp. */
export function undelete(ctx, name, id) {
  const { object, table, row } = anyRow(ctx, name, id);
  if (table.life[row] !== DELETED || !object.undeletable) {
    throw badRequest('UNDELETE_FAILED', 'Entity is not in the recycle bin', []);
  }
  table.touch(row);
  table.setLife(row, LIVE);
  if (table.columns.has('MasterRecordId')) table.set(row, 'MasterRecordId', null);
  stamp(ctx, table, row, false);
  return table.keyOf(row);
}

/** Out of the recycle bin for good: nobody sees the row again, and nothing says so. */
export function purge(ctx, name, id) {
  const { table, row } = anyRow(ctx, name, id);
  table.touch(row);
  table.setLife(row, PURGED);
  return table.keyOf(row);
}

/** Merge: the loser is deleted with MasterRecordId = winner, its children move. */
export function merge(ctx, name, winnerId, loserId) {
  const object = writable(ctx, name, 'edit');
  if (!object.mergeable) throw badRequest('INVALID_OPERATION', `${object.name} cannot be merged`);
  const winner = ctx.org.tables.get(object.name).keyOf(liveRow(ctx, object, winnerId));
  const loser = ctx.org.tables.get(object.name).keyOf(liveRow(ctx, object, loserId));
  remove(ctx, name, loserId);
  const table = ctx.org.tables.get(object.name);
  table.set(table.rowOf(loser), 'MasterRecordId', winner);
  for (const child of ctx.org.schema.objects.values()) {
    if (!child.prefix) continue;
    for (const field of child.fields) {
      if (
        field.type === 'reference' &&
        field.name !== 'MasterRecordId' &&
        field.referenceTo.includes(object.name)
      ) {
        reparent(ctx, child, field.name, loser, winner);
      }
    }
  }
}

function reparent(ctx, object, field, from, to) {
  const table = ctx.org.tables.get(object.name);
  for (let row = 0; row < table.count; row++) {
    if (table.get(row, field) !== from) continue;
    table.touch(row);
    table.set(row, field, to);
    stamp(ctx, table, row, false);
  }
}

function anyRow(ctx, name, id) {
  const object = ctx.org.schema.object(name);
  const table = object && ctx.org.tables.get(object.name);
  const row = table ? table.rowOf(ctx.org.ids.parse(id)) : -1;
  if (row < 0) throw notFound();
  return { object, table, row };
}

/** The row of an id this user may see, or the error the API gives. */
export function liveRow(ctx, object, id) {
  if (!isIdText(id)) {
    throw badRequest('MALFORMED_ID', `${object.label} ID: id value of incorrect type: ${id}`, ['Id']);
  }
  if (id.slice(0, 3) !== object.prefix) {
    throw badRequest('MALFORMED_ID', `${object.label} ID: id value of incorrect type: ${id}`, ['Id']);
  }
  const table = ctx.org.tables.get(object.name);
  const row = table.rowOf(ctx.org.ids.parse(id));
  if (row < 0 || table.life[row] === PURGED) {
    throw ctx.isRecord ? crossReference() : notFound();
  }
  if (table.life[row] === DELETED) throw new ApiError(404, 'ENTITY_IS_DELETED', 'entity is deleted', []);
  const shared = ctx.org.access.rowFilter(ctx.user, object);
  if (shared && !shared(row)) throw crossReference();
  return row;
}

/** @returns {Map<string, any>} field -> stored value */
function readRecord(ctx, object, record, right) {
  const values = new Map();
  for (const [name, value] of Object.entries(record)) {
    if (name === 'attributes') continue;
    const field = object.byName.get(name.toLowerCase()) ?? null;
    if (!field && value !== null && typeof value === 'object') {
      const [found, key] = byExternalId(ctx, object, name, value);
      values.set(found.name, key);
      continue;
    }
    if (!field || !ctx.org.access.fieldRight(ctx.user, object, field, 'read')) {
      throw badRequest('INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
    }
    if (field.name === 'Id' && right === 'updateable') {
      throw badRequest('INVALID_FIELD', 'The Id field should not be specified in the sobject data.');
    }
    checkRight(ctx, object, field, right);
    values.set(field.name, toStored(ctx.org, field, value, ctx.isText ?? false));
    if (field.type === 'reference') checkSeen(ctx, values.get(field.name));
  }
  return values;
}

/** Nobody points to a record that he does not see. */
function checkSeen(ctx, key) {
  const found = ctx.org.find(key ?? -1);
  const shared = found && ctx.org.access.rowFilter(ctx.user, ctx.org.schema.object(found.table.name));
  if (!shared || shared(found.row)) return;
  if (ctx.org.options.unseenError === 'INVALID_CROSS_REFERENCE_KEY') throw crossReference();
  throw badRequest(ctx.org.options.unseenError, 'insufficient access rights on cross-reference id', []);
}

function checkRight(ctx, object, field, right) {
  if (field[right] && !field.formula && ctx.org.access.fieldRight(ctx.user, object, field, 'edit')) return;
  throw badRequest(
    'INVALID_FIELD_FOR_INSERT_UPDATE',
    `Unable to create/update fields: ${field.name}. Please check the ` +
      'security settings of this field and verify that it is read/write for your profile or permission set.',
    [field.name],
  );
}

/** `"Account": {"Ext__c": "v"}`: a parent named by its external id. */
function byExternalId(ctx, object, name, value) {
  const field = object.fields.find((one) => one.relationship?.toLowerCase() === name.toLowerCase());
  const target = field && ctx.org.schema.object(field.referenceTo[0]);
  const entry = Object.entries(value).find(([key]) => key !== 'attributes');
  const outer = entry && target?.byName.get(entry[0].toLowerCase());
  if (!outer) throw badRequest('INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
  const rows = rowsByExternalId(ctx, target, outer, entry[1]);
  if (rows.length === 1) return [field, ctx.org.tables.get(target.name).keyOf(rows[0])];
  throw badRequest(
    'INVALID_FIELD',
    `Foreign key external ID: ${entry[1]} not found for field ${outer.name} in entity ` + target.name,
  );
}

/** Rows whose external id has a value; texts compare without case unless the field says otherwise. */
export function rowsByExternalId(ctx, object, field, value) {
  const table = ctx.org.tables.get(object.name);
  const wanted = foldUnique(field)(toStored(ctx.org, field, value, true));
  const index = table.unique.get(field.name);
  if (index) {
    const row = index.map.get(wanted);
    return row !== undefined && table.life[row] === LIVE ? [row] : [];
  }
  const rows = [],
    fold = foldUnique(field);
  for (let row = 0; row < table.count; row++) {
    if (table.life[row] === LIVE && fold(table.get(row, field.name)) === wanted) rows.push(row);
  }
  return rows;
}

export const foldUnique = (field) => (value) =>
  typeof value === 'string' && !field.caseSensitive ? value.toLowerCase() : value;

function applyDefaults(ctx, object, values) {
  for (const field of object.fields) {
    if (values.has(field.name) || field.computed) continue;
    if (field.defaultValue !== null) values.set(field.name, field.defaultValue);
    else if (field.name === 'OwnerId') values.set('OwnerId', ctx.user);
  }
}

function checkRequired(object, values) {
  const missing = object.fields
    .filter((field) => field.required && (values.get(field.name) ?? null) === null)
    .map((field) => field.name);
  if (missing.length) {
    throw badRequest(
      'REQUIRED_FIELD_MISSING',
      `Required fields are missing: [${missing.join(', ')}]`,
      missing,
    );
  }
}

function checkUnique(org, object, table, values, self) {
  for (const [name, value] of values) {
    const index = table.unique.get(name);
    if (!index || value === null) continue;
    const row = index.map.get(index.fold(value));
    if (row !== undefined && row !== self && table.life[row] === LIVE) {
      throw badRequest(
        'DUPLICATE_VALUE',
        `duplicate value found: ${name} duplicates value on record with id: ` +
          org.ids.text(table.keyOf(row)).slice(0, 15),
        [name],
      );
    }
  }
}

/** Validation rules, and triggers, that a test defines: {object, field, above | below | equals, message, code}. */
function checkRules(org, object, value) {
  for (const rule of org.validationRules) {
    if (rule.object !== object.name) continue;
    const found = value(rule.field);
    if (found === null) continue;
    if (
      (rule.above !== undefined && found > rule.above) ||
      (rule.below !== undefined && found < rule.below) ||
      (rule.equals !== undefined && found === rule.equals)
    ) {
      throw badRequest(
        rule.code ?? 'FIELD_CUSTOM_VALIDATION_EXCEPTION',
        rule.message ?? 'Refused by a validation rule',
        rule.atField ? [rule.field] : [],
      );
    }
  }
}

/** A record locked by another transaction: {until: ms} or {times: n}. */
function checkLock(org, key) {
  const lock = org.locks.get(key);
  if (!lock) return;
  const held = lock.until !== undefined ? org.now() < lock.until : lock.times-- > 0;
  if (!held) {
    org.locks.delete(key);
    return;
  }
  throw badRequest(
    'UNABLE_TO_LOCK_ROW',
    `unable to obtain exclusive access to this record or 1 records: ${org.ids.text(key)}`,
    [],
  );
}

/** Stamps have whole seconds, so rows of one moment share one. */
export function stamp(ctx, table, row, isNew) {
  const at = ctx.stampAt ?? wholeSecond(ctx.org.now());
  const set = (name, value) => {
    if (table.columns.has(name)) table.set(row, name, value);
  };
  if (isNew) {
    if (table.get(row, 'CreatedDate') === null) set('CreatedDate', at);
    if (table.get(row, 'CreatedById') === null) set('CreatedById', ctx.user);
  }
  set('LastModifiedDate', at);
  set('LastModifiedById', ctx.user);
  set('SystemModstamp', at);
}

/** Days a deleted row stays in the recycle bin. */
export const RECYCLE_DAYS = 15;

/** What time does by itself: empties the recycle bin, archives old activities. Neither bumps a stamp. */
export function housekeeping(org) {
  const now = org.now();
  for (const object of org.schema.objects.values()) {
    const table = object.prefix && org.tables.get(object.name);
    if (!table) continue;
    const stamps = table.columns.get('SystemModstamp');
    if (!stamps) continue;
    for (let row = 0; row < table.count; row++) {
      if (table.life[row] === DELETED && stamps.get(row) < now - RECYCLE_DAYS * DAY)
        table.setLife(row, PURGED);
    }
    if (object.activity) archive(table, now, org.options.archivingStamps);
  }
}

function archive(table, now, stamps) {
  const limit = now - 365 * DAY,
    isTask = table.name === 'Task';
  for (let row = 0; row < table.count; row++) {
    if (table.get(row, 'IsArchived') || (isTask && table.get(row, 'Status') !== 'Completed')) continue;
    if ((table.get(row, 'ActivityDate') ?? table.get(row, 'CreatedDate')) > limit) continue;
    table.set(row, 'IsArchived', true);
    if (stamps) table.set(row, 'SystemModstamp', wholeSecond(now));
  }
}
