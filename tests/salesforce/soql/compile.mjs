// A parsed query against the schema: names resolved, conditions as functions of a row. What is wrong is
// refused here, with the compiler's own error text, so that a Bulk job fails at creation and not later.

import { badRequest } from '../base/errors.mjs';
import { parseValue } from '../store/format.mjs';
import { accessor } from '../store/computed.mjs';
import { converted, moneyLiteral } from './currency.mjs';
import { soqlError } from './lexer.mjs';
import { period } from './periods.mjs';
import { openSource } from './source.mjs';

const HINT =
  "If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. " +
  'Please reference your WSDL or the describe call for the appropriate names.';

/** @returns {import('../schema/schema.mjs').SObject} the object of FROM, if this user may read it */
export function objectOf(ctx, query) {
  const object = ctx.org.schema.object(query.from);
  if (!object || (object.tooling && !ctx.tooling) || !ctx.org.access.objectRight(ctx.user, object, 'read')) {
    throw soqlError(
      query.soql,
      query.fromAt,
      'INVALID_TYPE',
      `sObject type '${query.from}' is not supported. If you ` +
        "are attempting to use a custom object, be sure to append the '__c' after the entity name. Please " +
        'reference your WSDL or the describe call for the appropriate names.',
    );
  }
  return object;
}

/**
 * A name, perhaps through relationships, as its field and an accessor.
 * @returns {{field: object, get: (row: number) => any, path: string[], steps: Array<{type: string | null,
 *   key: (row: number) => number | null}>}} path: canonical names; steps: the records on the way
 */
export function resolve(ctx, source, query, name, at) {
  let parts = name.split('.');
  const own = parts[0].toLowerCase();
  if (parts.length > 1 && (own === query.alias?.toLowerCase() || own === source.object.name.toLowerCase())) {
    parts = parts.slice(1);
  }
  return walk(ctx, source.object, (field) => source.accessor(field), parts, {
    query,
    at,
    path: [],
    steps: [],
  });
}

function walk(ctx, object, open, parts, place) {
  const { org, user } = ctx;
  if (parts.length === 1) {
    const field = object.byName.get(parts[0].toLowerCase());
    if (!field || !org.access.fieldRight(user, object, field, 'read'))
      throw noColumn(place, parts[0], object);
    return { field, object, get: open(field), path: [...place.path, field.name], steps: place.steps };
  }
  const field = object.fields.find((one) => one.relationship?.toLowerCase() === parts[0].toLowerCase());
  if (!field) {
    throw soqlError(
      place.query.soql,
      place.at,
      'INVALID_FIELD',
      `Didn't understand relationship '${parts[0]}' in field path. If you are attempting to use a custom ` +
        "relationship, be sure to append the '__r' after the custom relationship name. Please " +
        'reference your WSDL or the describe call for the appropriate names.',
    );
  }
  const key = open(field),
    path = [...place.path, field.relationship];
  const steps = [...place.steps, { key, type: field.referenceTo.length > 1 ? 'Name' : field.referenceTo[0] }];
  if (field.referenceTo.length > 1 && parts.length === 2) {
    return polymorphic(ctx, field, key, parts, { ...place, path, steps });
  }
  const target = org.schema.object(field.referenceTo[0]);
  if (!target || target.virtual) throw noColumn(place, parts[1], { name: field.referenceTo[0] });
  const table = org.tables.get(target.name);
  const reach = (inner) => through(key, table, accessor(org, target, inner));
  return walk(ctx, target, reach, parts.slice(1), { ...place, path, steps });
}

const through = (key, table, get) => (row) => {
  const to = key(row);
  const found = to === null ? -1 : table.rowOf(to);
  return found < 0 ? null : get(found);
};

const TEXT = { type: 'string', name: 'Type', filterable: true, sortable: true };

/** Of What and Who only a few fields can be read: they exist on every target. */
function polymorphic(ctx, field, key, parts, place) {
  const { org } = ctx;
  const name = parts[1].toLowerCase();
  if (name === 'type') {
    return {
      field: TEXT,
      path: [...place.path, 'Type'],
      steps: place.steps,
      get: (row) => (key(row) === null ? null : (org.byPrefix.get(org.ids.prefix(key(row)))?.name ?? null)),
    };
  }
  const getters = new Map();
  let shown = null;
  for (const target of field.referenceTo) {
    const object = org.schema.object(target);
    const inner = object?.byName.get(name);
    if (!inner) continue;
    shown ??= inner;
    getters.set(object.prefix, through(key, org.tables.get(target), accessor(org, object, inner)));
  }
  if (!shown) throw noColumn(place, parts[1], { name: 'Name' });
  return {
    field: shown,
    path: [...place.path, shown.name],
    steps: place.steps,
    get: (row) => (key(row) === null ? null : (getters.get(org.ids.prefix(key(row)))?.(row) ?? null)),
  };
}

const noColumn = (place, name, object) =>
  soqlError(
    place.query.soql,
    place.at,
    'INVALID_FIELD',
    `No such column '${name}' on entity '${object.name}'. ${HINT}`,
  );

/**
 * A condition over rows, or whatever `find` says where a term's value comes from.
 * @param {(node: object) => {field: object, get: (row: any) => any}} find
 * @returns {(row: any) => boolean}
 */
export function compileCondition(ctx, query, node, find) {
  if (!node) return () => true;
  if (node.kind === 'and' || node.kind === 'or') {
    const terms = node.terms.map((term) => compileCondition(ctx, query, term, find));
    return node.kind === 'and' ? conjunction(terms) : (row) => terms.some((term) => term(row));
  }
  if (node.kind === 'not') {
    const term = compileCondition(ctx, query, node.term, find);
    return (row) => !term(row);
  }
  return compileComparison(ctx, query, node, find(node));
}

/** @returns {(row: number) => boolean} */
export const compileWhere = (ctx, source, query, node) =>
  compileCondition(ctx, query, node, (term) => filterable(ctx, source, query, term));

function filterable(ctx, source, query, node) {
  const found = resolve(ctx, source, query, node.name, node.at);
  if (!found.field.filterable) {
    throw soqlError(
      query.soql,
      node.at,
      'INVALID_FIELD',
      `field '${node.name}' can not be filtered in a query call`,
    );
  }
  return node.value?.kind === 'money' ? { ...found, get: converted(ctx, source, query, node, found) } : found;
}

function conjunction(terms) {
  if (terms.length === 2) return (row) => terms[0](row) && terms[1](row);
  return (row) => terms.every((term) => term(row));
}

function compileComparison(ctx, query, node, { field, get }) {
  if (node.operator === 'in' || node.operator === 'not in') return compileIn(ctx, query, node, field, get);
  if (node.operator === 'like') return compileLike(query, node, field, get);
  if (node.operator === 'includes' || node.operator === 'excludes') return compileMulti(node, get);
  if (node.value.kind === 'period') return compilePeriod(ctx, query, node, field, get);
  const value = literal(ctx, query, node, field, node.value);
  return compare(node.operator, get, fold(field, value), (found) => fold(field, found));
}

/** Texts compare without regard to case; ids by their 15 characters, which their keys are. */
const fold = (field, value) =>
  typeof value === 'string' && !field.caseSensitive ? value.toLowerCase() : value;

function compare(operator, get, value, norm) {
  switch (operator) {
    case '=':
      return (row) => norm(get(row)) === value;
    case '!=':
      return (row) => norm(get(row)) !== value;
    case '<':
      return (row) => {
        const v = norm(get(row));
        return v !== null && v < value;
      };
    case '<=':
      return (row) => {
        const v = norm(get(row));
        return v !== null && v <= value;
      };
    case '>':
      return (row) => {
        const v = norm(get(row));
        return v !== null && v > value;
      };
    default:
      return (row) => {
        const v = norm(get(row));
        return v !== null && v >= value;
      };
  }
}

function compilePeriod(ctx, query, node, field, get) {
  const range = period(node.value.text, ctx.org.now());
  if (!range || (field.type !== 'date' && field.type !== 'datetime')) {
    throw soqlError(
      query.soql,
      node.value.at,
      range ? 'INVALID_FIELD' : 'MALFORMED_QUERY',
      range ? `${typeHint(field)}` : `unexpected token: '${node.value.text}'`,
    );
  }
  const [from, to] = range;
  const inside = (v) => v >= from && v < to;
  const tests = {
    '=': inside,
    '!=': (v) => !inside(v),
    '<': (v) => v < from,
    '<=': (v) => v < to,
    '>': (v) => v >= to,
    '>=': (v) => v >= from,
  };
  const test = tests[node.operator];
  return (row) => {
    const v = get(row);
    return v !== null && test(v);
  };
}

const typeHint = (field) =>
  `value of filter criterion for field '${field.name}' must be of type ` +
  `${{ datetime: 'dateTime', reference: 'id', picklist: 'string' }[field.type] ?? field.type}`;

const TAKES = {
  string: [
    'id',
    'reference',
    'string',
    'picklist',
    'multipicklist',
    'combobox',
    'textarea',
    'phone',
    'email',
    'url',
  ],
  number: ['int', 'double', 'currency', 'percent'],
  time: ['datetime'],
  date: ['date'],
  true: ['boolean'],
  false: ['boolean'],
};

function literal(ctx, query, node, field, token) {
  if (token.kind === 'null') return null;
  if (token.kind === 'money' && field.type === 'currency') {
    const amount = moneyLiteral(ctx, token);
    if (amount !== null) return amount;
  }
  if (!TAKES[token.kind]?.includes(field.type)) {
    const quotes = token.kind === 'string' ? ' and should not be enclosed in quotes' : '';
    throw soqlError(query.soql, node.at, 'INVALID_FIELD', typeHint(field) + quotes);
  }
  if (field.type === 'id' || field.type === 'reference') return idLiteral(ctx, query, node, token);
  const value = parseValue(field, unescape(token.text));
  if (Number.isNaN(value))
    throw soqlError(query.soql, token.at, 'MALFORMED_QUERY', `Invalid value: ${token.text}`);
  return value;
}

const unescape = (text) => text.replace(/\\([_%])/g, '$1');

function idLiteral(ctx, query, node, token) {
  if (!/^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/.test(token.text)) {
    throw soqlError(query.soql, node.at, 'INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${token.text}`);
  }
  const key = ctx.org.ids.parse(token.text);
  return Number.isNaN(key) ? -1 : key;
}

function compileIn(ctx, query, node, field, get) {
  const values = node.query
    ? semiJoin(ctx, node.query)
    : node.values.map((one) => literal(ctx, query, node, field, one));
  const set = new Set(values.map((value) => fold(field, value)));
  const wanted = node.operator === 'in';
  return (row) => set.has(fold(field, get(row))) === wanted;
}

function semiJoin(ctx, inner) {
  const object = objectOf(ctx, inner);
  if (inner.select.length !== 1 || inner.select[0].kind !== 'field') {
    throw soqlError(inner.soql, inner.fromAt, 'MALFORMED_QUERY', 'Invalid field list in semi join');
  }
  const source = openSource(ctx, object, false, inner.where);
  const { get } = resolve(ctx, source, inner, inner.select[0].name, inner.select[0].at);
  const test = compileWhere(ctx, source, inner, inner.where);
  const values = [];
  for (let row = 0; row < source.count; row++) if (source.visible(row) && test(row)) values.push(get(row));
  return values;
}

function compileLike(query, node, field, get) {
  if (node.value.kind !== 'string' || typeof parseValue(field, '') !== 'string') {
    throw badRequest('INVALID_FIELD', `invalid operator on ${field.name}: like`);
  }
  const pattern = node.value.text.replace(/\\[_%]|[.*+?^${}()|[\]\\%_]/g, (part) => {
    if (part === '%') return '[\\s\\S]*';
    if (part === '_') return '[\\s\\S]';
    return part.length === 2 ? part[1] : `\\${part}`;
  });
  const test = new RegExp(`^${pattern}$`, 'i');
  return (row) => {
    const v = get(row);
    return v !== null && test.test(v);
  };
}

function compileMulti(node, get) {
  const wanted = node.values.map((value) => value.text.split(';'));
  const includes = node.operator === 'includes';
  return (row) => {
    const held = new Set((get(row) ?? '').split(';'));
    return wanted.some((group) => group.every((part) => held.has(part))) === includes;
  };
}
