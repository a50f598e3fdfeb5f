// Columns over time: a field that joins is filled for old rows, a formula is read again, one that goes is not forgotten.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parseField } from '../salesforce/schema/parse.mjs';
import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('fields');
/** @param {import('./core.mjs').Event[]} events @param {string} name @param {string} [object] */
const only = (events, name, object) => events.filter((event) => event.event === name && (!object || event.object === object));
/** @param {object} account */
const mapping = (account) => JSON.stringify({ mapping: { account } });

/** What was read anew: columns, rows, changed. @param {import('./core.mjs').Event[]} events */
const anew = (events) => only(events, 'columns_read').map(({ object, columns, rows, changed }) => [object, columns, rows, changed]);

/** @param {string} file @param {string} sql */
async function change(file, sql) {
  const { DatabaseSync } = await import('node:sqlite');
  const database = new DatabaseSync(file);
  database.exec(sql);
  database.close();
}

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`a field that joins the mapping is filled for rows that did not change, and they stay as they are (${host})`, async () => {
    const world = await open(`joins-${host}`, { sessionMinutes: 1e6 }, host);
    await world.sync();
    const [{ id: gone }] = world.rows('select id from account order by id desc limit 1');
    await change(world.database, `update account set industry = 'as it was'; delete from account where id = '${gone}'`);
    await world.advance(2 * HOUR);
    const config = mapping({ arr: 'record.ARR__c' });
    const events = await world.sync({ config });
    assert.equal(only(events, 'pulled', 'Account')[0]?.rows, 0, 'no window brings them');
    const arr = await world.control(`query?q=${encodeURIComponent('SELECT Id, ARR__c FROM Account ORDER BY Id')}`);
    const known = arr.filter((/** @type {any} */ { Id, ARR__c }) => Id !== gone && ARR__c !== null);
    assert.deepEqual(anew(events), [['Account', ['arr'], 20, known.length]]);
    const held = new Map(world.rows('select id, arr from account').map(({ id, arr }) => [id, arr]));
    assert.ok(known.some((/** @type {any} */ { ARR__c }) => ARR__c > 0));
    for (const { Id, ARR__c } of known) assert.equal(held.get(Id), ARR__c, Id);
    assert.ok(!held.has(gone), 'no row is added: a sweep does that');
    assert.deepEqual(world.rows('select distinct industry from account'), [{ industry: 'as it was' }], 'nothing else is touched');
    assert.equal(only(events, 'scored')[0]?.accounts, held.size, 'another mapping is another model: all are scored');
    assert.deepEqual(world.rows('select account_id from dirty'), [], 'once');
    assert.equal(world.rows("select count(*) as n from change where column_name = 'arr' and old is null and object = 'account'")[0].n, known.length);

    await world.advance(2 * HOUR);
    assert.deepEqual(anew(await world.sync({ config })), [], 'and not again');
    // Made otherwise, it is read again; gone and back, it may be old.
    const twice = mapping({ arr: 'record.ARR__c * 2.0' });
    await world.advance(2 * HOUR);
    assert.deepEqual(anew(await world.sync({ config: twice })).map(([, columns]) => columns), [['arr']]);
    assert.equal(world.rows('select arr from account where id = ?', known[0].Id)[0].arr, 2 * known[0].ARR__c);
    await world.advance(2 * HOUR);
    assert.deepEqual(anew(await world.sync()), []);
    await world.advance(2 * HOUR);
    assert.deepEqual(anew(await world.sync({ config: twice })).map(([, columns]) => columns), [['arr']]);
    await world.close();
  });
}

test('a column of a child is read anew, and marks its account', async () => {
  const world = await open('child', { sessionMinutes: 1e6 });
  await world.sync();
  await world.advance(2 * HOUR);
  const config = JSON.stringify({ mapping: { contact: { level: 'record.Seniority__c' } } });
  const events = await world.sync({ config });
  const [[object, columns, , changed]] = /** @type {any[][]} */ (anew(events));
  assert.deepEqual([object, columns], ['Contact', ['level']]);
  assert.ok(changed > 0);
  const accounts = world.rows('select count(distinct account_id) as n from contact where level is not null')[0].n;
  assert.equal(only(events, 'scored')[0]?.accounts, accounts);
  await world.close();
});

test('a formula is read again once a day, since it changes without a trace', async () => {
  const world = await open('formula', { sessionMinutes: 1e6 });
  const config = mapping({ days: 'record.Days_To_Renewal__c' });
  await world.sync({ config });
  const before = world.rows('select id, days from account where days is not null order by id');
  assert.ok(before.length > 0);
  await world.advance(5 * HOUR);
  assert.deepEqual(anew(await world.sync({ config })), []);
  await world.advance(2 * DAY);
  const events = await world.sync({ config });
  assert.deepEqual(anew(events), [['Account', ['days'], 20, before.length]]);
  assert.equal(only(events, 'pulled', 'Account')[0]?.rows, 0);
  const after = world.rows('select id, days from account where days is not null order by id');
  for (const [i, { id, days }] of after.entries()) assert.deepEqual([id, days < before[i].days], [before[i].id, true]);
  await world.close();
});

test('so is a field that changes without a stamp: one that is known to, and one that the configuration names', async () => {
  const world = await open('unstamped', { sessionMinutes: 1e6 });
  const fields = { last: 'record.LastActivityDate', arr: 'record.ARR__c', size: 'record.NumberOfEmployees' };
  const config = JSON.stringify({ mapping: { account: fields }, salesforce: { refresh: ['Account.ARR__c'] } });
  await world.sync({ config });
  const { org } = /** @type {any} */ (world.server);
  const accounts = org.tables.get('Account');
  accounts.set(3, 'LastActivityDate', Date.parse('2026-11-20'));
  accounts.set(3, 'ARR__c', 77);
  accounts.set(3, 'NumberOfEmployees', 77);
  await world.advance(25 * HOUR);
  const events = await world.sync({ config });
  assert.deepEqual(anew(events).map(([object, columns]) => [object, columns]), [['Account', ['arr', 'last']]]);
  const [row] = world.rows('select last, arr, size from account where id = ?', org.ids.text(accounts.keyOf(3)));
  assert.deepEqual([row.last, row.arr, row.size !== 77], ['2026-11-20T00:00:00.000Z', 77, true]);
  await world.close();
});

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`equal values write nothing and score nobody, by a refresh as by the next window (${host})`, async () => {
    const world = await open(`equal-${host}`, { sessionMinutes: 1e6, refreshIdleDays: 365 }, host);
    /** Everything that a write leaves. */
    const traces = () => [
      world.rows('select id, seen, cast(hash as text) as hash, days from account order by id'),
      world.rows('select count(*) as n from change')[0].n,
      world.rows('select count(*) as n from dirty')[0].n,
    ];
    const config = mapping({ days: 'record.Days_To_Renewal__c' });
    const both = mapping({ days: 'record.Days_To_Renewal__c', arr: 'record.ARR__c' });
    await world.advance(HOUR);
    await world.sync({ config });
    const before = traces();
    await change(world.database, "update pull set refreshed_at = '2020-01-01T00:00:00.000Z'"); // it is due, and the day the same
    await world.advance(HOUR);
    const same = await world.sync({ config });
    assert.deepEqual(anew(same), [['Account', ['days'], 20, 0]]);
    assert.equal(only(same, 'scored')[0]?.accounts, 0);
    assert.deepEqual(traces(), before);

    // Other values, and a column that joins: the window after that finds all rows as they are.
    await world.advance(2 * DAY);
    await world.sync({ config });
    await world.advance(HOUR);
    const [[, columns, , changed]] = /** @type {any[][]} */ (anew(await world.sync({ config: both })));
    assert.deepEqual(columns, ['arr', 'days']);
    assert.ok(changed > 0 && changed < 20, `${changed} have an ARR`);
    const refreshed = traces();
    await world.advance(HOUR);
    const full = await world.sync({ config: both, full: true });
    assert.deepEqual(only(full, 'pulled', 'Account').map(({ rows, changed }) => [rows, changed]), [[20, 0]]);
    assert.equal(only(full, 'scored')[0]?.accounts, 0);
    assert.deepEqual(traces(), refreshed);
    const [{ id }] = world.rows('select id from account order by id limit 1');
    await world.edit({ action: 'update', object: 'Account', id, fields: { Industry: 'Shipping' } });
    await world.advance(HOUR);
    assert.deepEqual(only(await world.sync({ config: both }), 'pulled', 'Account').map(({ changed }) => changed), [1], 'and what changed');
    await world.close();
  });
}

test('columns that cannot be read are an outage of their object, and are read when it is over', async () => {
  const world = await open('unread', { sessionMinutes: 1e6 });
  await world.sync();
  await world.advance(2 * HOUR);
  const config = mapping({ arr: 'record.ARR__c' });
  // The window's job is well, the other one fails.
  await world.control('faults', [{ match: { method: 'POST', path: '/jobs/query$', body: 'SELECT Id,SystemModstamp,ARR__c FROM Account ' }, fault: { kind: 'failed_job', message: 'InternalServerError' } }]);
  const [incident] = only(await world.sync({ config }), 'incident');
  assert.deepEqual([incident?.object, incident?.code], ['Account', 'SF_BULK_JOB_FAILED'], JSON.stringify(incident));
  await world.control('faults', undefined, 'DELETE');
  await world.advance(2 * HOUR);
  const events = await world.sync({ config });
  assert.deepEqual(anew(events).map(([, columns]) => columns), [['arr']]);
  assert.equal(only(events, 'incident_over').length, 1);
  await world.close();
});

test('a column that joins while the table is in its first load is filled once that is over', async () => {
  const world = await open('loading', { sessionMinutes: 1e6 });
  const failing = { match: { method: 'POST', path: '/jobs/query$', body: 'FROM Event ' }, fault: { kind: 'failed_job', message: 'InternalServerError' } };
  await world.control('faults', [failing]);
  assert.equal((await world.run({ command: 'sync' })).at(-1)?.ok, false, 'tasks are there, meetings are not');
  const tasks = world.rows("select count(*) as n from activity where substr(id, 1, 3) = '00T'")[0].n;
  const config = JSON.stringify({ mapping: { activity: { said: 'record.Subject' } } });
  for (const failed of [true, false]) {
    await world.advance(2 * HOUR);
    await world.control('faults', undefined, 'DELETE');
    if (failed) await world.control('faults', [failing]);
    assert.equal((await world.run({ command: 'sync', config })).at(-1)?.ok, !failed);
    const held = world.rows("select count(*) as n, count(distinct id) as ids, count(stamp) as whole, count(said) as said from activity where substr(id, 1, 3) = '00T'")[0];
    assert.deepEqual([held.n, held.ids, held.whole], [tasks, tasks, tasks], `no row in part, ${JSON.stringify(held)}`);
    if (!failed) assert.ok(held.said === tasks, `${held.said} of ${tasks} are filled`);
  }
  await world.close();
});

test('a field that the user does not see any more is an outage, until it is back or a person goes on without it', async () => {
  const world = await open('lost', { sessionMinutes: 1e6 });
  await world.sync();
  const industries = world.rows('select id, industry from account order by id');
  await world.control('permissions', { deny: ['Account.Industry.read'] });
  await world.advance(25 * HOUR);
  const [incident] = only(await world.sync(), 'incident');
  assert.deepEqual([incident?.object, incident?.code], ['Account', 'SF_FIELD_LOST'], JSON.stringify(incident));
  assert.match(incident?.message, /Account\.Industry/);
  assert.deepEqual(world.rows('select id, industry from account order by id'), industries, 'unknown is not empty');
  await world.advance(2 * HOUR);
  assert.deepEqual(only(await world.sync(), 'incident'), [], 'told once, also when the describe is not told again');

  await world.control('permissions', { allow: ['Account.Industry.read'] });
  await world.advance(25 * HOUR);
  assert.equal(only(await world.sync(), 'incident_over').length, 1);

  await world.control('permissions', { deny: ['Account.Industry.read'] });
  await world.advance(25 * HOUR);
  assert.equal(only(await world.sync(), 'incident').length, 1);
  await world.sync({ full: true });
  assert.deepEqual(world.rows('select distinct industry from account'), [{ industry: null }]);
  await world.advance(2 * HOUR);
  assert.deepEqual(only(await world.sync(), 'incident'), []);
  await world.close();
});

test('a field that was hidden without a sign in the describe is known by its name in the next cycle', async () => {
  const world = await open('unsaid', { sessionMinutes: 1e6, rightsInDescribes: false });
  await world.sync();
  await world.control('permissions', { deny: ['Account.Industry.read'] });
  const [seen] = world.rows("select seen from field where object = 'Account' and name = ''");
  await world.advance(HOUR);
  const [incident] = only(await world.sync(), 'incident');
  assert.deepEqual([incident?.object, incident?.code], ['Account', 'SF_FIELD_UNKNOWN'], JSON.stringify(incident));
  assert.deepEqual(world.rows("select seen from field where object = 'Account' and name = ''"), [seen], 'it was not told anew');
  await world.advance(HOUR);
  await world.sync();
  const line = (await world.run({ command: 'status' })).find(({ name }) => name === 'pull Account');
  assert.match(line?.text, /does not see Account\.Industry any more/, JSON.stringify(line));
  await world.close();
});

test('what check was told of the fields is kept', async () => {
  const world = await open('told', { sessionMinutes: 1e6 });
  await world.sync();
  const { org } = /** @type {any} */ (world.server);
  const late = parseField('Late__c string 20 CUN');
  org.schema.addField(org.schema.object('Account'), late, org.now());
  org.tables.get('Account').column(late.name, late.type);
  await world.run({ command: 'check' });
  assert.ok((await world.run({ command: 'fields' })).some(({ name }) => name === 'Late__c'));
  await world.close();
});

test('fields that the user never saw are told by their names, and are no outage', async () => {
  const world = await open('never seen', { sessionMinutes: 1e6 });
  await world.control('permissions', { deny: ['Contact.Title.read', 'Contact.IsEmailBounced.read', 'Account.ARR__c.read'] });
  const events = await world.sync();
  assert.deepEqual(only(events, 'incident'), []);
  const pull = async (/** @type {string} */ object) => (await world.run({ command: 'status' })).find(({ name }) => name === `pull ${object}`);
  const line = await pull('Contact');
  assert.deepEqual([line?.ok, line?.unseen_fields], [true, 'Title, IsEmailBounced'], JSON.stringify(line));
  assert.match(line?.text, /the connected user does not see the fields Title, IsEmailBounced/);
  assert.equal((await pull('Account'))?.unseen_fields, null, 'what an org may lack is not missed');
  const check = async (/** @type {string} */ object, /** @type {object} */ more = {}) => (await world.run({ command: 'check', ...more })).find(({ name }) => name === `can_read_fields_of_${object}`);
  assert.deepEqual((({ ok, needed }) => [ok, needed])((await check('Contact')) ?? {}), [false, false]);
  assert.equal((await check('Account'))?.ok, true);
  const mapped = await check('Account', { config: mapping({ arr: 'record.ARR__c' }) });
  assert.deepEqual([mapped?.ok, mapped?.needed], [false, true], 'without a field that is mapped nothing is pulled');
  assert.match(mapped?.text, /ARR__c/);
  await world.control('permissions', { allow: ['Contact.Title.read', 'Contact.IsEmailBounced.read'] });
  await world.advance(25 * HOUR);
  await world.sync();
  assert.equal((await pull('Contact'))?.unseen_fields || null, null);
  await world.close();
});

test('status tells how many rows the org has beside those that are held', async () => {
  const world = await open('counts', { sessionMinutes: 1e6 });
  await world.sync();
  const line = (await world.run({ command: 'status' })).find(({ name }) => name === 'pull Account');
  assert.deepEqual([line?.org_rows, line?.held_rows, line?.inserted, line?.rows_announced], [20, 20, 20, 20], JSON.stringify(line));
  assert.match(line?.text, /20 held of 20 in the org/);
  await world.close();
});
