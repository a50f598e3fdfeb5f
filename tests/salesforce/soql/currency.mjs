// Amounts in other currencies: convertCurrency() gives the user's; comparisons with `USD5000`, ORDER BY and aggregates
// are of the corporate currency. With dated rates an opportunity is converted by its close date.

import { LIVE } from '../store/table.mjs';
import { resolve } from './compile.mjs';
import { soqlError } from './lexer.mjs';

const DATED = new Set(['Opportunity', 'OpportunityHistory']);

/** What one unit of the corporate currency is in another, on a day or as of now. */
function rateOf(org, code, day) {
  const dated = day === null ? undefined : org.tables.get('DatedConversionRate');
  for (let row = 0; row < (dated?.count ?? 0); row++) {
    const next = dated.get(row, 'NextStartDate');
    const isThen = dated.get(row, 'StartDate') <= day && (next === null || day < next);
    if (dated.life[row] === LIVE && dated.get(row, 'IsoCode') === code && isThen) return dated.get(row, 'ConversionRate');
  }
  const types = org.tables.get('CurrencyType');
  for (let row = 0; row < types.count; row++)
    if (types.life[row] === LIVE && types.get(row, 'IsoCode') === code) return types.get(row, 'ConversionRate');
  return null;
}

/** The accessor of a currency field, in the corporate currency or, with `to`, in that one. */
export function converted(ctx, source, query, { name, at }, found, to = null) {
  const { org } = ctx;
  if (!org.options.multiCurrency || found.field.type !== 'currency') return found.get;
  const beside = (other) => resolve(ctx, source, query, [...name.split('.').slice(0, -1), other].join('.'), at).get;
  const code = beside('CurrencyIsoCode');
  const day = org.options.datedRates && DATED.has(found.object.name) ? beside('CloseDate') : () => null;
  return (row) => {
    const amount = found.get(row);
    if (amount === null) return null;
    const corporate = amount / (rateOf(org, code(row), day(row)) ?? 1);
    return to === null ? corporate : corporate * (rateOf(org, to, day(row)) ?? 1);
  };
}

/** convertCurrency(field) in SELECT. */
export function convertColumn(ctx, source, query, item) {
  const { org, user } = ctx;
  const found = resolve(ctx, source, query, item.name, item.at);
  const refuse = (code, reason) => soqlError(query.soql, item.at, code, reason);
  if (!org.options.multiCurrency) {
    throw refuse('MALFORMED_QUERY', 'convertCurrency() needs an organization with multiple currencies');
  }
  if (found.field.type !== 'currency') {
    throw refuse('INVALID_FIELD', `convertCurrency() is for currency fields, and ${item.name} is none`);
  }
  const users = org.tables.get('User');
  const mine = users.get(users.rowOf(user), 'DefaultCurrencyIsoCode');
  return { ...found, get: converted(ctx, source, query, item, found, mine) };
}

/** `USD5000` as an amount of the corporate currency; null: it is none of the org's currencies. */
export function moneyLiteral(ctx, token) {
  const [, code, amount] = /^([A-Z]{3})([\d.]+)$/.exec(token.text);
  const rate = ctx.org.options.multiCurrency ? rateOf(ctx.org, code, null) : null;
  return rate === null ? null : Number(amount) / rate;
}
