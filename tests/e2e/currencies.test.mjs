// Several currencies: tables keep what was entered, expressions see the corporate currency.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('currencies');
/** @typedef {Awaited<ReturnType<typeof open>>} World */

const config = JSON.stringify({
  mapping: {
    account: { arr: 'record.ARR__c', known: 'coalesce(record.ARR__c, 0.0)' },
    opportunity: { twice: 'record.Amount * 2.0', large: 'record.Amount > 40000.0 ? 1 : 0' },
  },
  model: {
    signals: {
      total: 'sum(opportunities.map(o, o.amount))',
      revenue: 'coalesce(account.revenue, -1.0)',
      arr: 'coalesce(account.arr, -1.0)',
      known: 'account.known',
      twice: 'sum(opportunities.map(o, o.twice))',
      large: 'sum(opportunities.map(o, coalesce(o.large, 0)))',
    },
    components: [{ name: 'money', label: 'Money', weight: 1, score: 'linear(signals.total + signals.arr + signals.revenue + signals.known + signals.twice + double(signals.large), 0, 1000000)' }],
  },
});

/** @param {World} world @returns {Record<string, Record<string, number>>} */
const signals = (world) =>
  Object.fromEntries(
    world.rows('select account_id, signals from health order by account_id').map(({ account_id, signals }) => [
      account_id,
      Object.fromEntries(Object.entries(JSON.parse(signals)).map(([name, { value }]) => [name, value])),
    ]),
  );

/** The org's own sums, in the corporate currency. @param {World} world @param {boolean} dated */
function told(world, dated) {
  const { org } = /** @type {any} */ (world.server);
  const [accounts, opportunities, types, rates] = ['Account', 'Opportunity', 'CurrencyType', 'DatedConversionRate'].map((name) => org.tables.get(name));
  const rows = (/** @type {any} */ table) => [...Array(table?.count ?? 0).keys()].filter((row) => table.life[row] === 0);
  const fixed = new Map(rows(types).map((row) => [types.get(row, 'IsoCode'), types.get(row, 'ConversionRate')]));
  const rateOf = (/** @type {string} */ code, /** @type {number} */ day) => {
    const row = rows(rates).find((at) => rates.get(at, 'IsoCode') === code && rates.get(at, 'StartDate') <= day && (rates.get(at, 'NextStartDate') ?? Infinity) > day);
    return dated && row !== undefined ? rates.get(row, 'ConversionRate') : (fixed.get(code) ?? 1);
  };
  const currency = (/** @type {any} */ table, /** @type {number} */ row) => (fixed.size === 0 ? '' : table.get(row, 'CurrencyIsoCode'));
  const amount = (/** @type {any} */ value, /** @type {number} */ rate) => (value === null ? -1 : value / rate);
  /** @type {Record<string, Record<string, number>>} */
  const sums = {};
  for (const row of rows(accounts)) {
    const rate = fixed.get(currency(accounts, row)) ?? 1;
    sums[org.ids.text(accounts.keyOf(row))] = { total: 0, revenue: amount(accounts.get(row, 'AnnualRevenue'), rate), arr: amount(accounts.get(row, 'ARR__c'), rate), known: (accounts.get(row, 'ARR__c') ?? 0) / rate, twice: 0, large: 0 };
  }
  for (const row of rows(opportunities)) {
    const of = sums[org.ids.text(opportunities.get(row, 'AccountId'))];
    const value = opportunities.get(row, 'Amount');
    if (!of || value === null) continue;
    const converted = value / rateOf(currency(opportunities, row), opportunities.get(row, 'CloseDate'));
    of.total += converted;
    of.twice += 2 * converted;
    of.large += converted > 40000 ? 1 : 0;
  }
  return sums;
}

/** @param {World} world @param {boolean} dated */
function assertTold(world, dated) {
  const expected = told(world, dated);
  for (const [account, found] of Object.entries(signals(world))) {
    for (const [name, value] of Object.entries(found)) {
      const want = expected[account]?.[name] ?? 0;
      assert.ok(Math.abs(value - want) <= 1e-9 * Math.max(1, Math.abs(want)), `${account} ${name}: ${value}, not ${want}`);
    }
  }
}

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`amounts are converted by the org's rates, and kept as they were entered (${host})`, async () => {
    const world = await open(`fixed-${host}`, { accounts: 40, multiCurrency: true }, host);
    await world.advance(HOUR); // past the lag of the window
    await world.sync({ config });
    assert.deepEqual(world.rows('select distinct currency from opportunity where currency is not null order by 1').map(({ currency }) => currency), ['EUR', 'USD']);
    assertTold(world, false);

    // A new rate is a new amount for everybody.
    const { org } = /** @type {any} */ (world.server);
    const id = world.rows("select id from currency_rate where code = 'USD'")[0].id;
    await world.advance(HOUR);
    const types = org.tables.get('CurrencyType');
    const row = types.rowOf(org.ids.parse(id));
    types.touch(row);
    types.set(row, 'ConversionRate', 1.25);
    types.set(row, 'SystemModstamp', Math.floor(org.now() / 1000) * 1000);
    await world.advance(HOUR);
    const scored = (await world.sync({ config })).find(({ event }) => event === 'scored');
    assert.equal(scored?.accounts, world.rows('select count(*) as n from account')[0].n);
    assertTold(world, false);
    await world.close();
  });
}

test('with dated exchange an opportunity has the rate of the day on which it closes', async () => {
  const world = await open('dated', { accounts: 40, multiCurrency: true, datedRates: true });
  await world.advance(HOUR);
  await world.sync({ config });
  assert.ok(world.rows('select id from currency_rate where starts is not null').length > 2);
  assertTold(world, true);
  assert.notDeepEqual(told(world, true), told(world, false), 'the rates differ');
  await world.close();
});

test('an attribute that is mapped by an expression is converted once; without rates what reads it stays as it was', async () => {
  const world = await open('mapped', { accounts: 40, multiCurrency: true, datedRates: true, sessionMinutes: 1e6 });
  const config = JSON.stringify({
    mapping: { opportunity: { amount: 'coalesce(record.Amount, 0.0)' } },
    model: {
      signals: { total: 'sum(opportunities.map(o, o.amount))', people: 'contacts.size()' },
      components: [
        { name: 'money', label: 'Money', weight: 1, score: 'linear(signals.total, 0, 1000000)' },
        { name: 'people', label: 'People', weight: 1, score: 'linear(signals.people, 0, 20)' },
      ],
    },
  });
  await world.advance(HOUR);
  await world.sync({ config });
  const expected = told(world, true);
  for (const [account, { total }] of Object.entries(signals(world))) {
    const want = expected[account]?.total ?? 0;
    assert.ok(Math.abs((total ?? 0) - want) <= 1e-9 * Math.max(1, want), `${account}: ${total}, not ${want}`);
  }
  await world.control('faults', [{ match: { method: 'POST', path: '/jobs/query$', body: 'FROM CurrencyType ' }, fault: { kind: 'failed_job', message: 'InternalServerError' } }]);
  await world.advance(HOUR);
  const incident = (await world.sync({ config })).find(({ event }) => event === 'incident');
  assert.deepEqual([incident?.object, incident?.frozen], ['CurrencyType', ['money']], JSON.stringify(incident));
  await world.close();
});

test('an amount whose rate is not known is unknown', async () => {
  const world = await open('unknown', { accounts: 40, multiCurrency: true });
  const { org } = /** @type {any} */ (world.server);
  const types = org.tables.get('CurrencyType');
  types.set([...Array(types.count).keys()].find((row) => types.get(row, 'IsoCode') === 'USD'), 'IsoCode', 'GBP');
  await world.sync({ config });
  const [{ account_id }] = world.rows("select account_id from opportunity where not deleted and amount is not null group by account_id having min(currency) = 'USD' limit 1");
  assert.equal(signals(world)[account_id]?.total, 0, 'a sum leaves out what is unknown');

  // A parent whose revenue is in USD: its group is weighted by its child's alone.
  const [{ parent }] = world.rows("select min(id) as parent from account where currency = 'USD' and parent_id is null");
  const [{ child }] = world.rows('select min(id) as child from account where parent_id is null and id <> ? and currency <> ?', parent, 'USD');
  await world.edit({ action: 'update', object: 'Account', id: parent, fields: { AnnualRevenue: 9000000 } });
  await world.edit({ action: 'update', object: 'Account', id: child, fields: { ParentId: parent, AnnualRevenue: 1000 } });
  await world.advance(HOUR);
  await world.sync({ config });
  const [group] = world.rows('select p.group_accounts, p.group_score, round(c.raw) as of_child from health p join health c on c.account_id = ? where p.account_id = ?', child, parent);
  assert.deepEqual([group.group_accounts, group.group_score], [2, group.of_child]);
  await world.close();
});

test('a hierarchy is weighed in the corporate currency, whichever amount it is weighed by', async () => {
  const world = await open('weighed', { accounts: 40, multiCurrency: true });
  const byEmployees = { signals: {}, components: [{ name: 'size', label: 'Size', weight: 1, score: 'linear(double(account.employees), 0.0, 100.0)' }] };
  await world.sync();
  const [parent, child] = world.rows('select min(id) as id, currency from account where parent_id is null and id not in (select parent_id from account where parent_id is not null) group by currency order by currency limit 2');
  const rate = (/** @type {string} */ code) => Number(world.rows('select rate from currency_rate where code = ? and starts is null', code)[0].rate);
  assert.notEqual(rate(parent.currency), rate(child.currency));
  await world.edit({ action: 'update', object: 'Account', id: parent.id, fields: { NumberOfEmployees: 90, AnnualRevenue: 1000, ParentId: null } });
  await world.edit({ action: 'update', object: 'Account', id: child.id, fields: { NumberOfEmployees: 10, AnnualRevenue: 1000, ParentId: parent.id } });
  await world.advance(HOUR);
  const [a, b] = [1000 / rate(parent.currency), 1000 / rate(child.currency)];
  for (const arr of [undefined, 'record.AnnualRevenue', 'record.AnnualRevenue * 1.0']) {
    await world.sync({ config: JSON.stringify({ model: byEmployees, ...(arr && { mapping: { account: { arr } } }) }) });
    const [group] = world.rows('select group_accounts, group_at_risk, group_weighed_by from health where account_id = ?', parent.id);
    assert.deepEqual([group.group_accounts, group.group_weighed_by], [2, arr ? 'arr' : 'revenue']);
    assert.ok(Math.abs(group.group_at_risk - b / (a + b)) < 1e-12, `${arr}: ${group.group_at_risk}`);
  }
  await world.close();
});

test('an org with one currency has its amounts as they are, and no word about it', async () => {
  const world = await open('single', { accounts: 40 });
  await world.advance(HOUR);
  await world.sync({ config });
  assertTold(world, false);
  assert.deepEqual(world.rows('select id from opportunity where currency is not null'), []);
  const checked = await world.run({ command: 'check' });
  assert.deepEqual(checked.filter(({ name }) => /Currency|Conversion/.test(String(name))), []);
  const status = await world.run({ command: 'status' });
  assert.ok(!status.some(({ name }) => /Currency|Dated/.test(name ?? '')), 'nothing is missed');
  await world.close();
});
