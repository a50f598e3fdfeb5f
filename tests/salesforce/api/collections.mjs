// sObject Collections: up to 200 records in one request, results in input order, one record's failure its
// own.

import { ApiError, badRequest, notFound } from '../base/errors.mjs';
import { insert, remove, update, writable } from '../store/dml.mjs';
import { LIVE } from '../store/table.mjs';
import { json, jsonOf } from '../wire/http.mjs';
import { externalField, recordOf, upsert } from './records.mjs';

const MOST = 200,
  MOST_RETRIEVED = 2000;

const ROLLED_BACK = {
  statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  fields: [],
  message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
};

function recordsOf(request) {
  const body = jsonOf(request);
  if (!Array.isArray(body.records)) throw badRequest('JSON_PARSER_ERROR', 'records are required');
  checkCount(body.records.length, MOST);
  return body;
}

function checkCount(count, most) {
  if (count > most)
    throw badRequest(
      'INVALID_BATCH_SIZE',
      `record limit reached. cannot submit more than ${most} records in this request`,
    );
}

/**
 * Run `act` on each record; with allOrNone one failure takes back all of them.
 * @param {(record: any) => object} act returns the result of a success
 */
function each(ctx, records, allOrNone, act) {
  const undo = allOrNone ? ctx.org.begin() : null;
  const results = records.map((record) => attempt(() => act(record)));
  const failed = results.some((result) => !result.success);
  undo?.(failed);
  if (!undo || !failed) return json(200, results);
  return json(
    200,
    results.map((result) => (result.success ? { success: false, errors: [ROLLED_BACK] } : result)),
  );
}

function attempt(act) {
  try {
    return act();
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return { success: false, errors: [error.record()] };
  }
}

const ok = (ctx, key, more = {}) => ({ id: ctx.org.ids.text(key), success: true, errors: [], ...more });

function typeOf(record) {
  const type = record.attributes?.type;
  if (!type) throw badRequest('INVALID_TYPE', 'attributes.type is required');
  return type;
}

const recordContext = (ctx) => ({ ...ctx, isRecord: true });

function create(ctx, request) {
  const { records, allOrNone } = recordsOf(request);
  return each(ctx, records, allOrNone, (record) =>
    ok(ctx, insert(recordContext(ctx), typeOf(record), record)),
  );
}

function change(ctx, request) {
  const { records, allOrNone } = recordsOf(request);
  return each(ctx, records, allOrNone, (record) => {
    const { id, Id, ...rest } = record;
    if (!(id ?? Id)) throw badRequest('MISSING_ARGUMENT', 'Id not specified in an update call', ['Id']);
    return ok(ctx, update(recordContext(ctx), typeOf(record), id ?? Id, rest));
  });
}

function upsertAll(ctx, request, { name, field: fieldName }) {
  const object = writable(ctx, name, 'edit');
  const field = externalField(ctx, object, fieldName);
  const { records, allOrNone } = recordsOf(request);
  return each(ctx, records, allOrNone, (record) => {
    const entry = Object.entries(record).find(([key]) => key.toLowerCase() === field.name.toLowerCase());
    const done = upsert(recordContext(ctx), object, field, entry?.[1], record);
    return ok(ctx, done.key, { created: done.created });
  });
}

function removeAll(ctx, request) {
  const ids = (request.query.get('ids') ?? '').split(',').filter(Boolean);
  checkCount(ids.length, MOST);
  return each(ctx, ids, request.query.get('allOrNone') === 'true', (id) => {
    const table = ctx.org.byPrefix.get(id.slice(0, 3));
    if (!table) throw badRequest('MALFORMED_ID', `malformed id ${id}`, ['Id']);
    return ok(ctx, remove(recordContext(ctx), table.name, id));
  });
}

function retrieve(ctx, request, { name }) {
  const object = ctx.org.schema.object(name);
  if (!object || object.virtual) throw notFound();
  const body =
    request.method === 'POST'
      ? jsonOf(request)
      : {
          ids: (request.query.get('ids') ?? '').split(','),
          fields: (request.query.get('fields') ?? 'Id').split(','),
        };
  checkCount(body.ids.length, MOST_RETRIEVED);
  const table = ctx.org.tables.get(object.name),
    shared = ctx.org.access.rowFilter(ctx.user, object);
  return json(
    200,
    body.ids.map((id) => {
      const row = table.rowOf(ctx.org.ids.parse(id));
      if (row < 0 || table.life[row] !== LIVE || (shared && !shared(row))) return null;
      return recordOf(ctx, object, row, body.fields);
    }),
  );
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [
  ['POST', '/services/data/v:version/composite/sobjects', create],
  ['PATCH', '/services/data/v:version/composite/sobjects', change],
  ['DELETE', '/services/data/v:version/composite/sobjects', removeAll],
  ['PATCH', '/services/data/v:version/composite/sobjects/:name/:field', upsertAll],
  ['GET', '/services/data/v:version/composite/sobjects/:name', retrieve],
  ['POST', '/services/data/v:version/composite/sobjects/:name', retrieve],
];
