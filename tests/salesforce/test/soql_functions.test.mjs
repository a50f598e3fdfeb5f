// What SOQL can do beyond fields and conditions: TYPEOF, convertCurrency() and amounts of a currency, toLabel(),
// FIELDS(). From the SOQL and SOSL reference; Bulk refuses the first two (Bulk API 2.0, Create a Query Job).

import assert from 'node:assert/strict';
import test from 'node:test';
import { open, refused, V } from './helper.mjs';

const values = async (s, soql) => {
  const { status, body } = await s.query(soql);
  assert.equal(status, 200, JSON.stringify(body));
  return body.records;
};
const MALFORMED = [400, 'MALFORMED_QUERY'];

test('TYPEOF reads other fields of each object that is pointed to', async (t) => {
  const s = await open(t);
  const soql =
    'SELECT Id, WhatId, TYPEOF What WHEN Account THEN Phone, Owner.Name WHEN Opportunity THEN Amount, CloseDate END FROM Task';
  const seen = { '001': 0, '006': 0, null: 0 };
  const phones = new Map((await values(s, 'SELECT Id, Phone FROM Account')).map((row) => [row.Id, row.Phone]));
  for (const { WhatId, What } of await values(s, soql)) {
    const prefix = WhatId?.slice(0, 3) ?? 'null';
    seen[prefix]++;
    if (prefix === 'null') assert.equal(What, null);
    if (prefix === '001') {
      assert.deepEqual(Object.keys(What), ['attributes', 'Phone', 'Owner']);
      assert.deepEqual(What.attributes, { type: 'Account', url: `${V}/sobjects/Account/${WhatId}` });
      assert.equal(What.Phone, phones.get(WhatId));
      assert.equal(typeof What.Owner.Name, 'string');
    }
    if (prefix === '006') assert.deepEqual(Object.keys(What), ['attributes', 'Amount', 'CloseDate']);
  }
  assert.ok(seen['001'] > 0 && seen['006'] > 0, JSON.stringify(seen));
});

test('TYPEOF: what no WHEN names has the fields of ELSE, which are those of every object', async (t) => {
  const s = await open(t);
  const named = (await values(s, 'SELECT WhatId, typeof what when Account then Phone else Name end FROM Event')).filter(
    ({ WhatId }) => WhatId?.startsWith('006'),
  );
  assert.ok(named.length > 0);
  for (const { What } of named) assert.deepEqual(Object.keys(What), ['attributes', 'Name']);
  const bare = await values(s, 'SELECT WhatId, TYPEOF What WHEN Account THEN Phone END FROM Event');
  const other = bare.find(({ WhatId }) => WhatId?.startsWith('006'));
  assert.deepEqual(Object.keys(other.What), ['attributes']);
});

test('TYPEOF is refused where it means nothing', async (t) => {
  const s = await open(t);
  const what = 'TYPEOF What WHEN Account THEN Phone END';
  const wrong = [
    `SELECT Id, What.Name, ${what} FROM Task`,
    `SELECT TYPEOF Owner2 WHEN User THEN Name END FROM Task`,
    'SELECT TYPEOF Parent WHEN Account THEN Name END FROM Account',
    'SELECT TYPEOF What WHEN User THEN Name END FROM Task',
    'SELECT TYPEOF What WHEN Account THEN TYPEOF Owner WHEN User THEN Name END END FROM Task',
    'SELECT TYPEOF What ELSE Name END FROM Task',
    'SELECT TYPEOF What WHEN Account THEN Phone FROM Task',
    `SELECT toLabel(Status), ${what} FROM Task`,
    `SELECT COUNT(Id), ${what} FROM Task GROUP BY WhatId`,
    `SELECT WhatId, ${what} FROM Task GROUP BY WhatId`,
    `SELECT Id FROM Account WHERE Id IN (SELECT ${what} FROM Task)`,
  ];
  for (const soql of wrong) assert.deepEqual(refused(await s.query(soql)), MALFORMED, soql);
  const unknown = await s.query('SELECT TYPEOF What WHEN Account THEN Amount END FROM Task');
  assert.deepEqual(refused(unknown), [400, 'INVALID_FIELD']);
  assert.deepEqual(refused(await s.job(`SELECT Id, ${what} FROM Task`)), [400, 'API_ERROR']);
  const old = await s.get(`/services/data/v45.0/query?q=${encodeURIComponent(`SELECT ${what} FROM Task`)}`);
  assert.deepEqual(refused(old), MALFORMED, 'there since v46');
});

test("convertCurrency() gives the user's currency, by today's rate or by that of the close date", async (t) => {
  const s = await open(t, { multiCurrency: true });
  const me = s.org.ids.text(s.org.connectedUser);
  await s.patch(`${V}/sobjects/User/${me}`, { DefaultCurrencyIsoCode: 'USD' });
  const soql = 'SELECT CurrencyIsoCode, Amount, convertCurrency(Amount) inMine FROM Opportunity WHERE Amount != null';
  const rates = { EUR: 1, USD: 1.08, GBP: 0.86 };
  const rows = await values(s, soql);
  assert.ok(new Set(rows.map((row) => row.CurrencyIsoCode)).size > 1);
  for (const row of rows) {
    assert.ok(Math.abs(row.inMine - (row.Amount / rates[row.CurrencyIsoCode]) * 1.08) < 1e-6, JSON.stringify(row));
  }
  const [plain] = await values(s, 'SELECT Id, convertCurrency(AnnualRevenue) FROM Account WHERE AnnualRevenue != null');
  assert.equal(typeof plain.AnnualRevenue, 'number');
  assert.deepEqual(refused(await s.query('SELECT Amount, convertCurrency(Amount) FROM Opportunity')), [400, 'INVALID_FIELD']);

  const dated = await open(t, { multiCurrency: true, datedRates: true });
  const old = (await values(dated, `${soql} AND CurrencyIsoCode = 'USD' ORDER BY CloseDate LIMIT 1`))[0];
  assert.ok(Math.abs(old.inMine - old.Amount / (1.08 * 1.1)) < 1e-6, 'the rate of that day');
});

test('an amount of a currency compares, sorts and sums what it is worth', async (t) => {
  const s = await open(t, { multiCurrency: true });
  const rates = { EUR: 1, USD: 1.08, GBP: 0.86 };
  const rows = await values(s, 'SELECT Id, Amount, CurrencyIsoCode FROM Opportunity WHERE Amount != null');
  const worth = (row) => row.Amount / rates[row.CurrencyIsoCode];
  const found = await values(s, 'SELECT Id FROM Opportunity WHERE Amount > USD30000.50');
  const wanted = rows.filter((row) => worth(row) > 30000.5 / 1.08).map(({ Id }) => Id);
  assert.deepEqual(found.map(({ Id }) => Id).sort(), wanted.sort());
  const sorted = await values(s, 'SELECT Amount, CurrencyIsoCode FROM Opportunity WHERE Amount != null ORDER BY Amount');
  assert.deepEqual(sorted.map(worth), sorted.map(worth).sort((a, b) => a - b));
  const [{ total }] = await values(s, 'SELECT SUM(Amount) total FROM Opportunity');
  assert.ok(Math.abs(total - rows.reduce((sum, row) => sum + worth(row), 0)) < 1e-3);
  assert.deepEqual(refused(await s.query('SELECT Id FROM Opportunity WHERE Amount > JPY5')), [400, 'INVALID_FIELD']);
});

test('convertCurrency() is refused in one currency, of other fields, outside SELECT, and by Bulk', async (t) => {
  const one = await open(t);
  assert.deepEqual(refused(await one.query('SELECT convertCurrency(Amount) FROM Opportunity')), MALFORMED);
  const s = await open(t, { multiCurrency: true });
  const wrong = [
    'SELECT Id FROM Opportunity WHERE convertCurrency(Amount) > 5',
    'SELECT Id FROM Opportunity ORDER BY convertCurrency(Amount)',
    'SELECT convertCurrency(MAX(Amount)) FROM Opportunity',
  ];
  for (const soql of wrong) assert.deepEqual(refused(await s.query(soql)), MALFORMED, soql);
  assert.deepEqual(refused(await s.query('SELECT convertCurrency(Name) FROM Opportunity')), [400, 'INVALID_FIELD']);
  assert.deepEqual(refused(await s.job('SELECT Id, convertCurrency(Amount) FROM Opportunity')), [400, 'API_ERROR']);
});

test('FIELDS() twice names a field, without any is refused, and is bounded by ids as well', async (t) => {
  const s = await open(t);
  const twice = await s.query('SELECT Id, FIELDS(ALL) FROM User LIMIT 200');
  assert.deepEqual([...refused(twice), twice.body[0].message], [400, 'INVALID_FIELD', 'duplicate field selected: Id']);
  assert.deepEqual(refused(await s.query('SELECT FIELDS(CUSTOM) FROM Event LIMIT 1')), MALFORMED);
  const [a, b] = [s.id('Account', 0), s.id('Account', 1)];
  const some = await values(s, `SELECT FIELDS(ALL) FROM Account WHERE Id IN ('${a}', '${b}')`);
  assert.equal(some.length, 2);
  assert.equal((await values(s, `SELECT FIELDS(ALL) FROM Account WHERE Id = '${a}' OR Id = '${b}'`)).length, 2);
  assert.deepEqual(refused(await s.query("SELECT FIELDS(ALL) FROM Account WHERE Name = 'x'")), MALFORMED);
});
