// Running a compiled query: the matching rows in order, records as JSON, aggregates.

import { badRequest } from '../base/errors.mjs';
import { jsonWriter } from '../store/format.mjs';
import { compileCondition, compileWhere, objectOf, resolve } from './compile.mjs';
import { convertColumn, converted } from './currency.mjs';
import { soqlError } from './lexer.mjs';
import { openSource } from './source.mjs';
import { planTypeOf } from './typeof.mjs';

/**
 * @typedef {object} Plan
 * @property {import('../schema/schema.mjs').SObject} object
 * @property {import('./source.mjs').Source} source
 * @property {Array<{path: string[], field: object, get: (row: number) => any}>} columns
 * @property {Array<{name: string, plan: Plan, link: object}>} children
 * @property {import('./typeof.mjs').TypeOf[]} typeOfs
 * @property {() => number[]} rows
 */

/**
 * @param {object} ctx
 * @param {import('./parser.mjs').Query} query
 * @param {boolean} all queryAll: archived and deleted rows too
 * @returns {Plan}
 */
export function planQuery(ctx, query, all) {
  const object = objectOf(ctx, query);
  const seesAll = all || query.allRows;
  const source = openSource(ctx, object, seesAll, query.where);
  const columns = [],
    children = [],
    typeOfs = [];
  for (const item of query.select) {
    if (item.kind === 'field') columns.push(column(ctx, source, query, item));
    else if (item.kind === 'fields') columns.push(...allFields(ctx, source, query, item));
    else if (item.kind === 'subquery') children.push(planChild(ctx, object, item, seesAll));
    else if (item.kind === 'typeof') typeOfs.push(planTypeOf(ctx, source, query, item));
  }
  checkColumns(query, columns);
  checkFeed(ctx, object, query);
  const where = compileWhere(ctx, source, query, query.where);
  const order = compileOrder(ctx, source, query);
  const rows = () => select(ctx, query, source, where, order);
  return { object, source, columns, children, typeOfs, query, rows };
}

/** A field, or a function of one, under the name that the query gives it. */
function column(ctx, source, query, item) {
  const found =
    item.fn === 'convertcurrency'
      ? convertColumn(ctx, source, query, item)
      : resolve(ctx, source, query, item.name, item.at);
  return item.alias ? { ...found, path: [item.alias], steps: [] } : found;
}

function allFields(ctx, source, query, item) {
  if (item.name !== 'standard' && !isBounded(query)) {
    throw soqlError(
      query.soql,
      item.at,
      'MALFORMED_QUERY',
      'The SOQL FIELDS function must have a LIMIT of at most 200',
    );
  }
  const { org, user } = ctx;
  const wanted = { all: () => true, custom: (field) => field.custom, standard: (field) => !field.custom }[
    item.name
  ];
  if (!wanted) throw soqlError(query.soql, item.at, 'MALFORMED_QUERY', `unexpected token: '${item.name}'`);
  const fields = source.object.fields.filter(
    (field) => wanted(field) && org.access.fieldRight(user, source.object, field, 'read'),
  );
  if (!fields.length && query.select.length === 1) {
    throw badRequest(
      'MALFORMED_QUERY',
      "'FIELDS(...)' expansion function must result in at least one field being selected.",
    );
  }
  return fields.map((field) => ({
      field,
      object: source.object,
      get: source.accessor(field),
      path: [field.name],
      steps: [],
    }));
}

/** By LIMIT, or by the ids that are asked for. */
function isBounded({ limit, where }) {
  if (limit !== null && limit <= BOUND) return true;
  const terms = where?.kind === 'or' ? where.terms : [where];
  const ids = terms.map((term) => (term?.name?.toLowerCase() === 'id' ? idCount(term) : Infinity));
  return ids.reduce((a, b) => a + b, 0) <= BOUND;
}

function idCount({ operator, values }) {
  if (operator === '=') return 1;
  return operator === 'in' && values ? values.length : Infinity;
}

/** Rows that a query whose fields nobody named may have. */
const BOUND = 200;

/** Parents that a query may reach through its relationships. */
const RELATIONSHIPS_MOST = 55;

function checkColumns(query, columns) {
  const names = columns.map((column) => column.path.join('.'));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice) throw badRequest('INVALID_FIELD', `duplicate field selected: ${twice}`);
  const parents = new Set(
    columns.filter(({ path }) => path.length > 1).map(({ path }) => path.slice(0, -1).join('.')),
  );
  if (parents.size <= RELATIONSHIPS_MOST) return;
  throw soqlError(
    query.soql,
    query.fromAt,
    'MALFORMED_QUERY',
    `Only ${RELATIONSHIPS_MOST} child-to-parent relationships are allowed`,
  );
}

/** Direct queries of FeedItem need View All Data; others go through the feed of a record. */
function checkFeed(ctx, object, query) {
  if (object.name !== 'FeedItem' || ctx.org.access.permission(ctx.user, 'ViewAllData')) return;
  throw soqlError(
    query.soql,
    query.fromAt,
    'MALFORMED_QUERY',
    'Implementation restriction: FeedItem requires a filter by Id or the "View All Data" permission',
  );
}

function planChild(ctx, object, item, all) {
  const link = object.children.find(([, , name]) => name.toLowerCase() === item.query.from.toLowerCase());
  if (!link) {
    throw soqlError(
      item.query.soql,
      item.query.fromAt,
      'INVALID_TYPE',
      `Didn't understand relationship '${item.query.from}' in FROM part of query call.`,
    );
  }
  const plan = planQuery(ctx, { ...item.query, from: link[0] }, all);
  const key = plan.source.accessor(plan.object.byName.get(link[1].toLowerCase()));
  return { name: link[2], plan, key, index: null };
}

function compileOrder(ctx, source, query) {
  if (!query.orderBy.length || query.groupBy.length) return null;
  const keys = query.orderBy.map((order) => {
    const found = resolve(ctx, source, query, order.name, order.at);
    if (!found.field.sortable) {
      throw soqlError(
        query.soql,
        order.at,
        'INVALID_FIELD',
        `field '${order.name}' can not be sorted in a query call`,
      );
    }
    return { ...order, get: converted(ctx, source, query, order, found), last: order.nullsLast ?? false };
  });
  return (a, b) => {
    for (const { get, down, last } of keys) {
      const x = get(a),
        y = get(b);
      if (x === y) continue;
      if (x === null) return last ? 1 : -1;
      if (y === null) return last ? -1 : 1;
      const sign = typeof x === 'string' ? compareText(x, y) : x < y ? -1 : 1;
      if (sign) return down ? -sign : sign;
    }
    return 0;
  };
}

function compareText(x, y) {
  const a = x.toLowerCase(),
    b = y.toLowerCase();
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Without ORDER BY the order is nobody's promise: shuffled, so that a client that relies on one is found
 * out.
 */
function select(ctx, query, source, where, order) {
  const rows = [];
  const id = singleId(ctx, source, query.where);
  const from = id ?? 0,
    to = id === null ? source.count : id + 1;
  for (let row = from; row < to; row++) if (source.visible(row) && where(row)) rows.push(row);
  if (order) rows.sort(order);
  else if (!source.object.virtual) ctx.org.shuffler.shuffle(rows);
  const start = query.offset ?? 0;
  return query.limit === null && !start
    ? rows
    : rows.slice(start, query.limit === null ? undefined : start + query.limit);
}

/** `WHERE Id = '...'` alone reads one row; null when the condition is another. */
function singleId(ctx, source, where) {
  if (!where || source.object.virtual || where.kind !== 'compare' || where.operator !== '=') return null;
  if (where.name.toLowerCase() !== 'id' || where.value.kind !== 'string') return null;
  const row = ctx.org.tables.get(source.object.name).rowOf(ctx.org.ids.parse(where.value.text));
  return row < 0 ? source.count : row;
}

/** @returns {(row: number) => object} a record as the REST API writes it */
export function recordWriter(ctx, plan) {
  const { org } = ctx;
  const name = plan.object.name;
  const id = plan.object.virtual ? () => null : (row) => org.ids.text(org.tables.get(name).keyOf(row));
  const base = `/services/data/v${ctx.version}/${ctx.tooling ? 'tooling/' : ''}sobjects/`;
  const writer = (column) => ({ ...column, write: jsonWriter(org, column.field) });
  const cells = plan.columns.map(writer);
  const kinds = plan.typeOfs.map((one) => ({
    ...one,
    whens: new Map([...one.whens].map(([type, columns]) => [type, columns.map(writer)])),
    otherwise: one.otherwise?.map(writer),
  }));
  return (row) => {
    const key = id(row);
    const record = { attributes: key ? { type: name, url: `${base}${name}/${key}` } : { type: name } };
    for (const cell of cells) put(org, base, record, cell, row);
    for (const one of kinds) record[one.name] = pointed(org, base, one, row);
    for (const child of plan.children)
      record[child.name] = childRecords(ctx, child, org.tables.get(name).keyOf(row));
    return record;
  };
}

/** The record that a relationship points to, with the fields that TYPEOF names for its object. */
function pointed(org, base, { name, key, whens, otherwise }, row) {
  const to = key(row);
  if (to === null) return null;
  const table = org.byPrefix.get(org.ids.prefix(to));
  const cells = whens.get(table?.name);
  if (cells) {
    const record = { attributes: { type: table.name, url: `${base}${table.name}/${org.ids.text(to)}` } };
    for (const cell of cells) put(org, base, record, cell, table.rowOf(to));
    return record;
  }
  const outer = {};
  for (const cell of otherwise ?? []) put(org, base, outer, cell, row);
  return outer[name] ?? { attributes: { type: 'Name', url: `${base}Name/${org.ids.text(to)}` } };
}

/** Through a relationship: nested records with their own attributes; null where there is no parent. */
function put(org, base, record, cell, row) {
  let at = record;
  for (let i = 0; i < cell.steps.length; i++) {
    const step = cell.steps[i],
      key = step.key(row),
      name = cell.path[i];
    if (key === null) {
      at[name] = null;
      return;
    }
    at = at[name] ??= { attributes: { type: step.type, url: `${base}${step.type}/${org.ids.text(key)}` } };
  }
  at[cell.path.at(-1)] = cell.write(cell.get(row));
}

function childRecords(ctx, child, parent) {
  if (!child.index) {
    child.index = new Map();
    for (const row of child.plan.rows()) {
      const key = child.key(row);
      if (!child.index.has(key)) child.index.set(key, []);
      child.index.get(key).push(row);
    }
  }
  const rows = child.index.get(parent);
  if (!rows) return null;
  return { totalSize: rows.length, done: true, records: rows.map(recordWriter(ctx, child.plan)) };
}

/** COUNT() is a number alone; COUNT(Id), MIN, ... give AggregateResult rows, one a group. */
export function aggregate(ctx, query, all) {
  const plan = planQuery(
    ctx,
    {
      ...query,
      limit: null,
      offset: null,
      orderBy: [],
      select: query.select.filter((item) => item.kind !== 'aggregate'),
    },
    all,
  );
  if (query.count) {
    const totalSize = Math.min(plan.rows().length, query.limit ?? Infinity);
    return { totalSize, done: true, records: [] };
  }
  checkGrouped(query, plan);
  const groups = new Map();
  const keys = query.groupBy.map((item) => resolve(ctx, plan.source, query, item.name, item.at));
  for (const row of plan.rows()) {
    const values = keys.map((key) => key.get(row));
    const name = JSON.stringify(values);
    if (!groups.has(name)) groups.set(name, { values, rows: [] });
    groups.get(name).rows.push(row);
  }
  if (!groups.size && !keys.length) groups.set('', { values: [], rows: [] });
  const having = compileCondition(ctx, query, query.having, (term) => ofGroup(ctx, query, plan, keys, term));
  const records = [...groups.values()].filter(having).map((group) => groupRecord(ctx, query, plan, keys, group));
  const limited = query.limit === null ? records : records.slice(0, query.limit);
  return { totalSize: limited.length, done: true, records: limited };
}

/** What a term of HAVING compares: an aggregate of the group's rows, or a field that it is grouped by. */
function ofGroup(ctx, query, plan, keys, term) {
  if (term.of === undefined) {
    const at = query.groupBy.findIndex((one) => one.name.toLowerCase() === term.name.toLowerCase());
    if (at < 0) throw badRequest('MALFORMED_QUERY', `Field must be grouped or aggregated: ${term.name}`);
    return { field: keys[at].field, get: (group) => group.values[at] };
  }
  const { field, get } = summed(ctx, plan, query, term);
  const isNumber = !['min', 'max'].includes(term.name);
  const read = (group) => group.rows.map(get).filter((value) => value !== null);
  return { field: isNumber ? NUMBER : field, get: (group) => summary(term.name, read(group)) };
}

/** What an aggregate is of: currencies in that of the org. */
function summed(ctx, plan, query, { of, at }) {
  const found = resolve(ctx, plan.source, query, of, at);
  return { ...found, get: converted(ctx, plan.source, query, { name: of, at }, found) };
}

function checkGrouped(query, plan) {
  if (plan.typeOfs.length) throw badRequest('MALFORMED_QUERY', 'TYPEOF is not allowed in queries with GROUP BY');
  for (const column of plan.columns) {
    const name = column.path.join('.').toLowerCase();
    if (query.groupBy.some((item) => item.name.toLowerCase() === name)) continue;
    throw badRequest('MALFORMED_QUERY', `Field must be grouped or aggregated: ${column.path.join('.')}`);
  }
}

function groupRecord(ctx, query, plan, keys, group) {
  const record = { attributes: { type: 'AggregateResult' } };
  let unnamed = 0;
  for (const item of query.select) {
    if (item.kind === 'field') {
      const at = query.groupBy.findIndex((one) => one.name.toLowerCase() === item.name.toLowerCase());
      record[keys[at].path.at(-1)] = jsonWriter(ctx.org, keys[at].field)(group.values[at]);
    } else if (item.kind === 'aggregate') {
      const { field, get } = summed(ctx, plan, query, item);
      const values = group.rows.map(get).filter((value) => value !== null);
      record[item.alias ?? `expr${unnamed++}`] = summarise(ctx.org, item.name, field, values);
    }
  }
  return record;
}

const NUMBER = { name: 'expr', type: 'double' };

function summarise(org, name, field, values) {
  const value = summary(name, values);
  return value !== null && (name === 'min' || name === 'max') ? jsonWriter(org, field)(value) : value;
}

function summary(name, values) {
  if (name === 'count') return values.length;
  if (name === 'count_distinct') return new Set(values).size;
  if (!values.length) return null;
  if (name === 'min') return values.reduce((a, b) => (b < a ? b : a));
  if (name === 'max') return values.reduce((a, b) => (b > a ? b : a));
  const sum = values.reduce((a, b) => a + b, 0);
  return name === 'sum' ? sum : sum / values.length;
}
