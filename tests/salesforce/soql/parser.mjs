// SOQL tokens to a tree. What is parsed: SELECT of fields, relationship fields, COUNT(), aggregates, FIELDS(),
// toLabel(), convertCurrency(), TYPEOF and child subqueries; WHERE with its operators, semi-joins, date literals and
// amounts of a currency; GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET.

import { badRequest } from '../base/errors.mjs';
import { soqlError, tokens } from './lexer.mjs';

/**
 * @typedef {object} Query
 * @property {string} soql
 * @property {Array<{kind: 'field' | 'aggregate' | 'fields' | 'subquery' | 'typeof', name: string, at: number,
 *   fn?: 'tolabel' | 'convertcurrency', alias?: string, of?: string, query?: Query,
 *   whens?: When[], otherwise?: Array<{name: string, at: number}> | null}>} select
 * @property {boolean} count SELECT COUNT()
 * @property {string} from
 * @property {number} fromAt
 * @property {object | null} where
 * @property {Array<{name: string, at: number}>} groupBy
 * @property {object | null} having terms with `of` compare the aggregate `name` of that field
 * @property {Array<{name: string, at: number, down: boolean, nullsLast: boolean | null}>} orderBy
 * @property {number | null} limit
 * @property {number | null} offset
 * @property {boolean} allRows
 */

/** @typedef {{ type: string, at: number, fields: Array<{name: string, at: number}> }} When */

const AGGREGATES = new Set(['count', 'count_distinct', 'min', 'max', 'sum', 'avg']);
/** Words that begin something else where a field could stand. */
const RESERVED = new Set(['from', 'typeof', 'where', 'select', 'limit', 'order', 'group']);
/** Characters of a text in WHERE; rows that OFFSET may skip. */
const TEXT_MOST = 4000,
  OFFSET_MOST = 2000;
const COMPARISONS = new Set(['=', '!=', '<>', '<', '<=', '>', '>=']);

/** @param {string} soql @returns {Query} */
export function parseSoql(soql) {
  const reader = createReader(soql);
  const query = readQuery(reader);
  if (reader.peek().kind !== 'end') throw reader.unexpected();
  return query;
}

function createReader(soql) {
  const list = tokens(soql);
  let at = 0;
  const reader = {
    soql,
    peek: (ahead = 0) => list[Math.min(at + ahead, list.length - 1)],
    next: () => list[Math.min(at++, list.length - 1)],
    unexpected(token = reader.peek()) {
      return soqlError(soql, token.at, 'MALFORMED_QUERY', `unexpected token: '${token.text}'`);
    },
    is: (word, ahead = 0) => {
      const token = reader.peek(ahead);
      return (token.kind === 'word' || token.kind === 'symbol') && token.text.toLowerCase() === word;
    },
    take(word) {
      return reader.is(word) ? (reader.next(), true) : false;
    },
    expect(word) {
      if (!reader.take(word)) throw reader.unexpected();
    },
    word() {
      if (reader.peek().kind !== 'word') throw reader.unexpected();
      return reader.next();
    },
  };
  return reader;
}

/** @returns {Query} */
function readQuery(reader) {
  reader.expect('select');
  const query = {
    soql: reader.soql,
    select: [],
    count: false,
    where: null,
    groupBy: [],
    having: null,
    orderBy: [],
    limit: null,
    offset: null,
    allRows: false,
  };
  readSelect(reader, query);
  reader.expect('from');
  const from = reader.word();
  query.from = from.text;
  query.fromAt = from.at;
  query.alias = readAlias(reader);
  if (reader.take('using')) {
    reader.expect('scope');
    reader.word();
  }
  if (reader.take('where')) query.where = readCondition(reader);
  readTail(reader, query);
  return query;
}

const CLAUSES = new Set([
  'where',
  'order',
  'limit',
  'offset',
  'group',
  'all',
  'for',
  'using',
  'having',
  'with',
]);

function readAlias(reader) {
  const token = reader.peek();
  return token.kind === 'word' && !CLAUSES.has(token.text.toLowerCase()) ? reader.next().text : null;
}

function readSelect(reader, query) {
  do {
    if (reader.is('(')) {
      const at = reader.next().at;
      const inner = readQuery(reader);
      reader.expect(')');
      query.select.push({ kind: 'subquery', name: inner.from, at, query: inner });
      continue;
    }
    const name = reader.word();
    if (name.text.toLowerCase() === 'typeof' && reader.peek().kind === 'word' && !reader.is('from')) {
      query.select.push(readTypeOf(reader));
      continue;
    }
    if (RESERVED.has(name.text.toLowerCase())) throw reader.unexpected(name);
    if (!reader.take('(')) {
      query.select.push({ kind: 'field', name: name.text, at: name.at });
      continue;
    }
    readCall(reader, query, name);
  } while (reader.take(','));
  if (query.count && query.select.length) throw reader.unexpected();
}

/** TYPEOF What WHEN Account THEN Phone, Type WHEN Opportunity THEN Amount ELSE Name END */
function readTypeOf(reader) {
  const name = reader.word();
  const item = { kind: 'typeof', name: name.text, at: name.at, whens: [], otherwise: null };
  do {
    reader.expect('when');
    const type = reader.word();
    reader.expect('then');
    item.whens.push({ type: type.text, at: type.at, fields: readNames(reader) });
  } while (reader.is('when'));
  if (reader.take('else')) item.otherwise = readNames(reader);
  reader.expect('end');
  return item;
}

const TYPEOF_WORDS = new Set(['typeof', 'when', 'then', 'else', 'end']);

function readNames(reader) {
  const names = [];
  do {
    const name = reader.word();
    if (TYPEOF_WORDS.has(name.text.toLowerCase())) throw reader.unexpected(name);
    names.push({ name: name.text, at: name.at });
  } while (reader.take(','));
  return names;
}

function readCall(reader, query, name) {
  const fn = name.text.toLowerCase();
  if (fn === 'count' && reader.take(')')) {
    query.count = true;
    return;
  }
  const of = reader.word();
  reader.expect(')');
  if (fn === 'fields') query.select.push({ kind: 'fields', name: of.text.toLowerCase(), at: name.at });
  else if (fn === 'tolabel' || fn === 'convertcurrency') {
    query.select.push({ kind: 'field', fn, name: of.text, at: of.at, alias: readResultName(reader) });
  } else if (AGGREGATES.has(fn)) {
    const alias = readResultName(reader);
    query.select.push({ kind: 'aggregate', name: fn, of: of.text, at: of.at, alias });
  } else throw reader.unexpected(name);
}

const readResultName = (reader) =>
  reader.peek().kind === 'word' && !reader.is('from') ? reader.next().text : undefined;

function readTail(reader, query) {
  if (reader.take('group')) {
    reader.expect('by');
    do {
      const name = reader.word();
      query.groupBy.push({ name: name.text, at: name.at });
    } while (reader.take(','));
    if (reader.take('having')) query.having = readCondition(reader, true);
  }
  if (reader.take('order')) {
    reader.expect('by');
    do query.orderBy.push(readOrder(reader));
    while (reader.take(','));
  }
  if (reader.take('limit')) query.limit = readCount(reader);
  if (reader.take('offset')) query.offset = readOffset(reader);
  if (reader.take('for')) reader.word();
  if (reader.take('all')) {
    reader.expect('rows');
    query.allRows = true;
  }
}

function readOrder(reader) {
  const name = reader.word();
  const order = { name: name.text, at: name.at, down: false, nullsLast: null };
  if (reader.take('desc')) order.down = true;
  else reader.take('asc');
  if (reader.take('nulls')) order.nullsLast = reader.take('last') || (reader.expect('first'), false);
  return order;
}

function readCount(reader) {
  const token = reader.next();
  if (token.kind !== 'number' || !/^\d+$/.test(token.text)) throw reader.unexpected(token);
  return Number(token.text);
}

function readOffset(reader) {
  const offset = readCount(reader);
  if (offset <= OFFSET_MOST) return offset;
  throw badRequest(
    'NUMBER_OUTSIDE_VALID_RANGE',
    `Maximum SOQL offset allowed is ${OFFSET_MOST}, you requested ${offset}.`,
  );
}

/** AND and OR may not be mixed without parentheses. Of groups, aggregates are compared as well. */
function readCondition(reader, ofGroups = false) {
  const terms = [readTerm(reader, ofGroups)];
  const joiner = reader.is('and') ? 'and' : reader.is('or') ? 'or' : null;
  while (joiner && reader.take(joiner)) terms.push(readTerm(reader, ofGroups));
  if (reader.is('and') || reader.is('or')) throw reader.unexpected();
  return joiner ? { kind: joiner, terms } : terms[0];
}

function readTerm(reader, ofGroups) {
  if (reader.take('not')) return { kind: 'not', term: readTerm(reader, ofGroups) };
  if (reader.take('(')) {
    const inner = readCondition(reader, ofGroups);
    reader.expect(')');
    return inner;
  }
  const field = reader.word();
  const base = { kind: 'compare', name: field.text, at: field.at };
  if (ofGroups && AGGREGATES.has(field.text.toLowerCase()) && reader.take('(')) {
    Object.assign(base, { name: field.text.toLowerCase(), of: reader.word().text });
    reader.expect(')');
  }
  const operator = reader.next();
  const text = operator.text.toLowerCase();
  if (operator.kind === 'symbol' && COMPARISONS.has(text)) {
    return { ...base, operator: text === '<>' ? '!=' : text, value: readLiteral(reader) };
  }
  if (text === 'like') return { ...base, operator: 'like', value: readLiteral(reader) };
  if (text === 'in') return { ...base, operator: 'in', ...readList(reader) };
  if (text === 'not' && reader.take('in')) return { ...base, operator: 'not in', ...readList(reader) };
  if (text === 'includes' || text === 'excludes') return { ...base, operator: text, ...readList(reader) };
  throw reader.unexpected(operator);
}

function readList(reader) {
  reader.expect('(');
  if (reader.is('select')) {
    const query = readQuery(reader);
    reader.expect(')');
    return { query };
  }
  const values = [];
  do values.push(readLiteral(reader));
  while (reader.take(','));
  reader.expect(')');
  return { values };
}

function readLiteral(reader) {
  const token = reader.next();
  if (token.kind === 'word') {
    const text = token.text.toLowerCase();
    if (text === 'true' || text === 'false' || text === 'null') return { ...token, kind: text };
    if (/^[a-z]{3}\d+$/.test(text)) return readMoney(reader, token);
    if (/^[a-z_0-9]+(:\d+)?$/.test(text)) return { ...token, kind: 'period', text: token.text.toUpperCase() };
  }
  if (token.kind === 'string' && token.text.length > TEXT_MOST)
    throw soqlError(reader.soql, token.at, 'MALFORMED_QUERY', 'String literal is too long');
  if (['string', 'number', 'time', 'date'].includes(token.kind)) return token;
  throw reader.unexpected(token);
}

/** `USD5000.50`: an amount of that currency. */
function readMoney(reader, token) {
  const text = token.text.toUpperCase(),
    rest = reader.peek();
  const isOne = rest.kind === 'number' && /^\.\d+$/.test(rest.text) && rest.at === token.at + text.length;
  return { ...token, kind: 'money', text: isOne ? text + reader.next().text : text };
}
