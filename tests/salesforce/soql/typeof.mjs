// TYPEOF in SELECT: which fields are read of a record that What or Who points to depends on its object.

import { objectOf, resolve } from './compile.mjs';
import { soqlError } from './lexer.mjs';
import { openSource } from './source.mjs';

const OLDEST = 46;

/**
 * @typedef {object} TypeOf
 * @property {string} name of the relationship
 * @property {(row: number) => number | null} key of the record that is pointed to
 * @property {Map<string, object[]>} whens object -> columns of its rows
 * @property {object[] | null} otherwise columns of the row itself, through the relationship
 */

/** @returns {TypeOf} */
export function planTypeOf(ctx, source, query, item) {
  const refuse = (reason, at = item.at) => soqlError(query.soql, at, 'MALFORMED_QUERY', reason);
  if (Number(ctx.version) < OLDEST) throw refuse('SOQL TYPEOF expressions are not supported in this organization');
  if (query.count || query.groupBy.length || query.select.some(({ kind, fn }) => kind === 'aggregate' || fn)) {
    throw refuse('TYPEOF is not allowed in queries with functions, GROUP BY or HAVING');
  }
  const name = item.name.toLowerCase();
  const twice = query.select.find((one) => one.kind === 'field' && one.name.toLowerCase().startsWith(`${name}.`));
  if (twice) throw refuse(`A relationship in TYPEOF cannot be selected as well: ${twice.name}`, twice.at);
  const field = source.object.fields.find((one) => one.relationship?.toLowerCase() === name);
  if (!field || field.referenceTo.length < 2) throw refuse(`'${item.name}' is not a polymorphic relationship`);
  const { get } = resolve(ctx, source, query, field.name, item.at);
  const whens = new Map(item.whens.map((when) => whenColumns(ctx, query, field, when, refuse)));
  const otherwise = item.otherwise?.map((one) => resolve(ctx, source, query, `${item.name}.${one.name}`, one.at));
  return { name: field.relationship, key: get, whens, otherwise: otherwise ?? null };
}

function whenColumns(ctx, query, field, when, refuse) {
  const object = objectOf(ctx, { ...query, from: when.type, fromAt: when.at });
  if (!field.referenceTo.includes(object.name)) {
    throw refuse(`'${when.type}' is not a type of '${field.relationship}'`, when.at);
  }
  const source = openSource(ctx, object, true, null);
  const inner = { ...query, alias: null };
  return [object.name, when.fields.map((one) => resolve(ctx, source, inner, one.name, one.at))];
}
