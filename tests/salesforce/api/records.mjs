// Single records: create, read, update, delete, upsert by external id, getUpdated and getDeleted.

import { ApiError, badRequest, notFound } from '../base/errors.mjs';
import { DAY, MINUTE, parseDateTime, restTime } from '../base/time.mjs';
import { accessor } from '../store/computed.mjs';
import { insert, liveRow, remove, rowsByExternalId, update, writable } from '../store/dml.mjs';
import { jsonWriter } from '../store/format.mjs';
import { DELETED, LIVE } from '../store/table.mjs';
import { empty, json, jsonOf } from '../wire/http.mjs';

const created = (ctx, name, key) => {
  const id = ctx.org.ids.text(key);
  return json(
    201,
    { id, success: true, errors: [] },
    { location: `/services/data/v${ctx.version}/sobjects/${name}/${id}` },
  );
};

function createRecord(ctx, request, { name }) {
  const object = ctx.org.schema.object(name);
  if (!object) throw notFound();
  return created(ctx, object.name, insert(ctx, name, jsonOf(request)));
}

function readable(ctx, name) {
  const object = ctx.org.schema.object(name);
  if (!object || object.virtual || !ctx.org.access.objectRight(ctx.user, object, 'read')) throw notFound();
  return object;
}

/** @param {string[] | null} names fields wanted; null: all this user may read */
export function recordOf(ctx, object, row, names) {
  const { org } = ctx;
  const table = org.tables.get(object.name);
  const record = {
    attributes: {
      type: object.name,
      url: `/services/data/v${ctx.version}/sobjects/${object.name}/${org.ids.text(table.keyOf(row))}`,
    },
  };
  const fields = names ? names.map((name) => fieldOf(ctx, object, name)) : object.fields;
  for (const field of fields) {
    if (!org.access.fieldRight(ctx.user, object, field, 'read')) continue;
    record[field.name] = jsonWriter(org, field)(accessor(org, object, field)(row));
  }
  return record;
}

function fieldOf(ctx, object, name) {
  const field = object.byName.get(name.trim().toLowerCase());
  if (field && ctx.org.access.fieldRight(ctx.user, object, field, 'read')) return field;
  throw badRequest('INVALID_FIELD', `No such column '${name}' on sobject of type ${object.name}`);
}

const fieldList = (request) => request.query.get('fields')?.split(',') ?? null;

function readRecord(ctx, request, { name, id }) {
  const object = readable(ctx, name);
  return json(200, recordOf(ctx, object, liveRow(ctx, object, id), fieldList(request)));
}

function updateRecord(ctx, request, { name, id }) {
  update(ctx, name, id, jsonOf(request));
  return empty(204);
}

function deleteRecord(ctx, _request, { name, id }) {
  remove(ctx, name, id);
  return empty(204);
}

/** The field of an upsert: an external id, or an idLookup field. */
export function externalField(ctx, object, name) {
  const field = object.byName.get(name.toLowerCase());
  const known =
    field &&
    (field.external || field.type === 'id') &&
    ctx.org.access.fieldRight(ctx.user, object, field, 'read');
  if (known) return field;
  throw notFound(`Provided external ID field does not exist or is not accessible: ${name}`);
}

/**
 * Upsert one record.
 * @returns {{key: number, created: boolean}}
 */
export function upsert(ctx, object, field, value, record) {
  const rest = Object.fromEntries(
    Object.entries(record).filter(([key]) => key.toLowerCase() !== field.name.toLowerCase()),
  );
  if (field.type === 'id') {
    if (value) return { key: update(ctx, object.name, value, rest), created: false };
    return { key: insert(ctx, object.name, rest), created: true };
  }
  if (value === null || value === undefined || value === '') {
    throw badRequest('MISSING_ARGUMENT', `${field.name} not specified`, []);
  }
  const rows = rowsByExternalId(ctx, object, field, value);
  if (rows.length > 1) {
    const error = new ApiError(
      300,
      'DUPLICATE_EXTERNAL_ID',
      `external id field: more than one record found for ${value}`,
      [],
    );
    error.paths = rows.map(
      (row) =>
        `/services/data/v${ctx.version}/sobjects/${object.name}/` +
        ctx.org.ids.text(ctx.org.tables.get(object.name).keyOf(row)),
    );
    throw error;
  }
  if (rows.length === 1) {
    const id = ctx.org.ids.text(ctx.org.tables.get(object.name).keyOf(rows[0]));
    return { key: update(ctx, object.name, id, rest), created: false };
  }
  return { key: insert(ctx, object.name, { ...rest, [field.name]: value }), created: true };
}

function upsertRecord(ctx, request, { name, field: fieldName, value }) {
  const object = writable(ctx, name, 'edit');
  const field = externalField(ctx, object, fieldName);
  const record = jsonOf(request);
  if (Object.keys(record).some((key) => key.toLowerCase() === field.name.toLowerCase())) {
    throw badRequest('INVALID_FIELD', `The ${field.name} field should not be specified in the sobject data.`);
  }
  try {
    const done = upsert(ctx, object, field, value, record);
    if (!done.created && Number(ctx.version) < 46) return empty(204);
    return json(done.created ? 201 : 200, {
      id: ctx.org.ids.text(done.key),
      success: true,
      errors: [],
      created: done.created,
    });
  } catch (error) {
    if (error.paths) return json(300, error.paths);
    throw error;
  }
}

function readByExternal(ctx, request, { name, field: fieldName, value }) {
  const object = readable(ctx, name);
  const rows = rowsByExternalId(ctx, object, externalField(ctx, object, fieldName), value);
  if (!rows.length) throw notFound();
  const table = ctx.org.tables.get(object.name);
  if (rows.length > 1) {
    return json(
      300,
      rows.map(
        (row) =>
          `/services/data/v${ctx.version}/sobjects/${object.name}/${ctx.org.ids.text(table.keyOf(row))}`,
      ),
    );
  }
  return json(200, recordOf(ctx, object, rows[0], fieldList(request)));
}

/** The window of getUpdated and getDeleted: minutes count, seconds are ignored. */
function replicationWindow(ctx, request, days) {
  const [start, end] = ['start', 'end'].map((name) =>
    parseDateTime(request.query.get(name)?.replace(' ', '+') ?? ''),
  );
  if (Number.isNaN(start) || Number.isNaN(end))
    throw badRequest('INVALID_REPLICATION_DATE', 'start and end are required');
  const from = Math.floor(start / MINUTE) * MINUTE,
    to = Math.floor(end / MINUTE) * MINUTE;
  if (to - from < MINUTE)
    throw badRequest('INVALID_REPLICATION_DATE', 'startDate must be before endDate by at least one minute');
  if (from < ctx.org.now() - days * DAY) {
    throw badRequest(
      'INVALID_REPLICATION_DATE',
      `startDate before org replication enabled date or more than ${days} days ago`,
    );
  }
  return [from, to];
}

function updated(ctx, request, { name }) {
  const [from, to] = replicationWindow(ctx, request, 30);
  const { table, shared } = replicated(ctx, name);
  const ids = [];
  for (let row = 0; row < table.count; row++) {
    const at = table.get(row, 'SystemModstamp');
    if (table.life[row] === LIVE && at >= from && at < to && (!shared || shared(row)))
      ids.push(ctx.org.ids.text(table.keyOf(row)));
  }
  checkCount(ctx.org, ids);
  return json(200, {
    ids,
    latestDateCovered: restTime(Math.min(to, Math.floor(ctx.org.now() / MINUTE) * MINUTE)),
  });
}

function deleted(ctx, request, { name }) {
  const [from, to] = replicationWindow(ctx, request, 30);
  const { table } = replicated(ctx, name);
  const earliest = Math.max(ctx.org.now() - 15 * DAY, ctx.org.options.deletedSince ?? 0);
  const records = [];
  for (let row = 0; row < table.count; row++) {
    const at = table.get(row, 'SystemModstamp');
    if (table.life[row] >= DELETED && at >= Math.max(from, earliest) && at < to) {
      records.push({ id: ctx.org.ids.text(table.keyOf(row)), deletedDate: restTime(at) });
    }
  }
  checkCount(ctx.org, records);
  return json(200, {
    deletedRecords: records,
    earliestDateAvailable: restTime(earliest),
    latestDateCovered: restTime(Math.min(to, Math.floor(ctx.org.now() / MINUTE) * MINUTE)),
  });
}

function checkCount(org, found) {
  const most = org.options.replicationIds;
  if (found.length > most)
    throw badRequest('EXCEEDED_ID_LIMIT', `entity has more than ${most} ids in the given time`);
}

function replicated(ctx, name) {
  const object = readable(ctx, name);
  if (object.system || object.chatter) throw badRequest('INVALID_TYPE', `${object.name} is not replicable`);
  return { table: ctx.org.tables.get(object.name), shared: ctx.org.access.rowFilter(ctx.user, object) };
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [
  ['POST', '/services/data/v:version/sobjects/:name', createRecord],
  ['GET', '/services/data/v:version/sobjects/:name/updated', updated],
  ['GET', '/services/data/v:version/sobjects/:name/deleted', deleted],
  ['GET', '/services/data/v:version/sobjects/:name/:id', readRecord],
  ['PATCH', '/services/data/v:version/sobjects/:name/:id', updateRecord],
  ['DELETE', '/services/data/v:version/sobjects/:name/:id', deleteRecord],
  ['GET', '/services/data/v:version/sobjects/:name/:field/:value', readByExternal],
  ['PATCH', '/services/data/v:version/sobjects/:name/:field/:value', upsertRecord],
];
