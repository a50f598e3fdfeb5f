// Small windows read by REST: the same tables as by Bulk, page by page, through kills and weather; what is larger is left
// to Bulk.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { update } from '../salesforce/store/dml.mjs';
import { dump } from './alike.mjs';
import { createWorlds, DAY, HOUR, OBJECTS } from './world.mjs';

const open = createWorlds('rest');
/** @typedef {Awaited<ReturnType<typeof open>>} World */
const REST = { config: JSON.stringify({ salesforce: { small_windows: 'rest' } }) };
const FIRST = { method: 'GET', path: '/queryAll\\?q=' };
const NEXT = { method: 'GET', path: '/query/01g' };

/** @param {World} world */
const insider = (world) => {
  const { org } = /** @type {any} */ (world.server);
  return { org, user: org.otherAdmin, version: '66.0', origin: org.origin };
};
/** @param {World} world @param {string} object @param {number} row */
const idOf = (world, object, row) => {
  const { org } = insider(world);
  return org.ids.text(org.tables.get(object).keyOf(row));
};

/** Another user changes so many rows of an object. @param {World} world @param {string} object @param {number} count @param {(n: number) => object} fields */
function change(world, object, count, fields) {
  const ctx = insider(world);
  const table = ctx.org.tables.get(object);
  for (let row = 0, n = 0; n < count; row++) {
    if (table.life[row] !== 0) continue;
    update(ctx, object, idOf(world, object, row), fields(n++));
  }
}

/** Calls since the last look, by kind. @param {World} world */
async function calls(world) {
  const { calls } = await world.control('stats');
  await world.control('stats/reset', {});
  return calls;
}
/** Windows that were asked for by REST; a command asks who is to be forgotten by the same call. @param {World} world */
const windows = (world) => insider(world).org.requests.filter((/** @type {any} */ { path, query }) => /queryAll$/.test(path) && !/ShouldForget/.test(query)).length;
const jobs = (/** @type {Record<string, number>} */ made) => made['POST /services/data/jobs/query'] ?? 0;

/** @param {World} world @param {string} object */
const certificate = (world, object) => world.rows('select api, state, announced, received, inserted, changed, rejected, error from pull where object = ?', object)[0];

// Books of what was done when; and columns that say when, or under which configuration, something was read, scored or sent.
const BOOKS = ['pull', 'lease', 'connection', 'api_usage', 'configuration', 'cut', 'field'];
const TIMES = ['seen', 'first_seen', 'since', 'created_at', 'sent_at', 'not_before', 'scored_at', 'pushed_at', 'candidate_since', 'changed_at', 'claimed_at', 'config_hash', 'at'];

/** `at` is the record's own in three tables. @param {string} table */
const timesOf = (table) => TIMES.filter((column) => column !== 'at' || !['activity', 'opportunity_history', 'email'].includes(table));

/** A day in which everything happens that a window can bring. @param {World} world */
async function eventful(world) {
  const id = (/** @type {string} */ object, /** @type {number} */ row) => idOf(world, object, row);
  await world.edit({ action: 'update', object: 'Account', id: id('Account', 0), fields: { Name: 'Größe "A"\nsecond, line 😀\\', NumberOfEmployees: 12345678, AnnualRevenue: 98765432.1, Industry: null } });
  await world.edit({ action: 'update', object: 'Account', id: id('Account', 1), fields: { ARR__c: 0.5, Products__c: 'Core;Mobile', Onboarded__c: true, CurrencyIsoCode: 'USD' } });
  await world.edit({ action: 'update', object: 'Account', id: id('Account', 2), fields: { ARR__c: null, Products__c: null, Onboarded__c: false, ParentId: id('Account', 1) } });
  await world.edit({ action: 'delete', object: 'Account', id: id('Account', 3) });
  await world.edit({ action: 'merge', object: 'Account', id: id('Account', 4), loser: id('Account', 5) });
  await world.edit({ action: 'delete', object: 'Contact', id: id('Contact', 1) });
  await world.edit({ action: 'delete', object: 'Contact', id: id('Contact', 2) });
  await world.edit({ action: 'undelete', object: 'Contact', id: id('Contact', 2) });
  await world.edit({ action: 'update', object: 'Contact', id: id('Contact', 3), fields: { Title: '', AccountId: id('Account', 1) } });
  await world.edit({ action: 'insert', object: 'Contact', fields: { LastName: "O'Neill, née Ørsted", AccountId: id('Account', 0) } });
  await world.edit({ action: 'update', object: 'Opportunity', id: id('Opportunity', 0), fields: { Amount: 1234.56, CloseDate: '2027-02-28', CurrencyIsoCode: 'GBP' } });
  await world.edit({ action: 'update', object: 'Opportunity', id: id('Opportunity', 1), fields: { Amount: null, StageName: 'Closed Won' } });
  await world.edit({ action: 'insert', object: 'Task', fields: { Subject: 'Call', WhatId: id('Account', 0), WhoId: id('Contact', 0), Status: 'Completed', TaskSubtype: 'Call', CallType: 'Inbound', ActivityDate: '2026-11-20' } });
  await world.edit({ action: 'insert', object: 'Event', fields: { Subject: 'Meeting', WhatId: id('Account', 1), StartDateTime: '2026-11-20T10:00:00Z', DurationInMinutes: 30 } });
  await world.edit({ action: 'update', object: 'User', id: id('User', 3), fields: { IsActive: false } });
  await world.edit({ action: 'insert', object: 'EmailMessage', fields: { RelatedToId: id('Account', 0), Incoming: true, Status: 'Read', MessageDate: '2026-11-23T08:00:00.000Z' } });
}

const ORG = { accounts: 40, seed: 21, multiCurrency: true, datedRates: true, contactsToMultipleAccounts: true, personAccounts: true, sessionMinutes: 1e6 };
const MAPPED = { mapping: { account: { '*': true, upper: 'record.Name.upperAscii()', since: 'record.CreatedDate' }, contact: { born: 'record.Birthdate' }, opportunity: { chance: 'record.Probability' } } };

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`a window by REST leaves the tables that one by Bulk leaves (${host})`, async () => {
    const ends = [];
    for (const api of ['bulk', 'rest']) {
      const world = await open(`same-${api}-${host}`, ORG, host);
      const config = JSON.stringify({ ...MAPPED, salesforce: { small_windows: api } });
      await world.run({ command: 'setup' });
      await world.sync({ config });
      await world.advance(HOUR);
      await eventful(world);
      await world.advance(HOUR);
      await calls(world);
      const told = await world.sync({ config });
      const made = await calls(world);
      const [accounts] = told.filter(({ event, object }) => event === 'pulled' && object === 'Account');
      assert.ok(accounts.changed >= 5, JSON.stringify(accounts));
      assert.equal(jobs(made) === 0, api === 'rest', JSON.stringify(made));
      const { received, announced } = certificate(world, 'Account');
      assert.deepEqual([received, announced, accounts.rows], [announced, received, received]);
      const [{ api: by }] = world.rows("select distinct api from pull where object not like '% (%' and state <> 'absent'");
      assert.equal(by, api);
      ends.push(dump(world, { books: BOOKS, ours: timesOf, asSent: true }));
      await world.close();
    }
    const [bulk, rest] = ends;
    assert.ok(bulk.change.length >= 12, `${bulk.change.length} changes are in the log`);
    for (const table of Object.keys(bulk)) assert.deepEqual(rest[table], bulk[table], table);
    assert.deepEqual(Object.keys(rest), Object.keys(bulk));
  });
}

test('a quiet sync by REST: one call an object, and one for all describes', async () => {
  const world = await open('quiet', { sessionMinutes: 720 });
  await world.run({ command: 'setup' });
  await world.sync(REST);
  await world.advance(2 * HOUR);
  await world.sync(REST);
  await world.advance(2 * HOUR);
  await calls(world);
  await world.sync(REST);
  assert.deepEqual(await calls(world), { 'POST /services/data/composite': 1, 'GET /services/data/queryAll': OBJECTS });
  await world.close();
});

test('a first load and --full are read by Bulk, and so is what columns and sweeps read', async () => {
  const world = await open('whole', { sessionMinutes: 1e6, record: true });
  await world.sync(REST);
  assert.deepEqual([windows(world), jobs(await calls(world))], [0, OBJECTS]);
  await world.advance(DAY);
  await world.sync({ full: true, ...REST });
  assert.equal(windows(world), 0);
  await world.advance(8 * DAY);
  await calls(world);
  const swept = await world.sync(REST);
  assert.equal(windows(world), OBJECTS);
  assert.equal(swept.filter(({ event }) => event === 'swept').length, OBJECTS);
  assert.ok(jobs(await calls(world)) >= OBJECTS, 'the lists of ids');
  await world.close();
});

test('of more than 2,000 rows the first page is one call too many, and Bulk reads them', async () => {
  const world = await open('large', { accounts: 200, sessionMinutes: 1e6 });
  await world.sync(REST);
  await world.advance(HOUR);
  change(world, 'Task', 3500, (n) => ({ ActivityDate: `2021-11-${String((n % 20) + 1).padStart(2, '0')}` }));
  await world.advance(HOUR);
  await calls(world);
  const told = await world.sync(REST);
  const made = await calls(world);
  assert.equal(jobs(made), 1);
  assert.equal(made['GET /services/data/query/:cursor'], undefined, 'no second page');
  const [tasks] = told.filter(({ event, object }) => event === 'pulled' && object === 'Task');
  assert.ok(tasks.rows >= 3500, JSON.stringify(tasks));
  const { api, announced, received, state } = certificate(world, 'Task');
  assert.deepEqual([api, state, received], ['bulk', 'done', announced]);
  assert.equal(certificate(world, 'Account').api, 'rest');
  await world.close();
});

/** 450 Tasks are changed: three pages of 200. @param {World} world */
async function threePages(world) {
  await world.sync(REST);
  await world.advance(HOUR);
  change(world, 'Task', 450, (n) => ({ ActivityDate: `2021-10-${String((n % 28) + 1).padStart(2, '0')}` }));
  await world.advance(HOUR);
  await calls(world);
}
const PAGES = { ...REST, page_rows: 200 };
const tasks = "select id, stamp, deleted, account_id, at, cast(hash as text) as hash from activity where substr(id, 1, 3) = '00T' order by id";

test('pages follow one another, and each is asked for once', async () => {
  const world = await open('pages', { accounts: 60, record: true, sessionMinutes: 1e6 });
  await threePages(world);
  await world.sync(PAGES);
  const made = await calls(world);
  assert.equal(made['GET /services/data/query/:cursor'], 2);
  assert.deepEqual({ ...certificate(world, 'Task') }, { api: 'rest', state: 'done', announced: 450, received: 450, inserted: 0, changed: 450, rejected: 0, error: null });
  const { org } = insider(world);
  const asked = org.requests.filter((/** @type {any} */ { path }) => /queryAll$/.test(path));
  for (const { headers } of asked) assert.equal(headers['sforce-query-options'], 'batchSize=200');
  await world.close();
});

test('a page that meets weather comes again; another cursor begins the window anew', async () => {
  const calm = await open('calm', { accounts: 60, sessionMinutes: 1e6 });
  await threePages(calm);
  await calm.sync(PAGES);
  const bad = { status: 400, code: 'INVALID_QUERY_LOCATOR', message: 'invalid query locator' };
  /** @type {[string, any[], number | null][]} rules, and next pages asked for */
  const weather = [
    ['503 in the middle', [{ match: NEXT, fault: { kind: 'status', status: 503 }, times: 2 }], 4],
    ['cut in the middle', [{ match: NEXT, fault: { kind: 'cut', after_bytes: 3000 } }], 3],
    ['a lost first page', [{ match: { ...FIRST, path: 'FROM.Task' }, fault: { kind: 'lost' } }], 2],
    ['a wrong total, once', [{ match: { ...FIRST, path: 'FROM.Task' }, fault: { kind: 'wrong_total', off: -300 } }], 2],
    ['a wrong total at the end', [{ match: { ...NEXT, nth: 2 }, fault: { kind: 'wrong_total', off: 1 } }], 3],
    ['a cursor that is gone', [{ match: { ...NEXT, nth: 2 }, fault: { kind: 'status', ...bad } }], 4],
    ['a cursor that is always gone', [{ match: NEXT, fault: { kind: 'status', ...bad }, times: 0 }], 3],
    ['an answer that is none', [{ match: { ...FIRST, path: 'FROM.Task' }, fault: { kind: 'garbled' } }], null],
    ['a next page that is none', [{ match: NEXT, fault: { kind: 'garbled' } }], 1],
  ];
  const toBulk = new Set(['a cursor that is always gone', 'an answer that is none', 'a next page that is none']);
  for (const [name, rules, next] of weather) {
    const world = await open(name, { accounts: 60, sessionMinutes: 1e6 });
    await threePages(world);
    await world.control('faults', rules);
    await world.sync(PAGES);
    assert.ok((await world.control('stats')).faults.length > 0, `${name} was met`);
    const made = await calls(world);
    assert.equal(made['GET /services/data/query/:cursor'] ?? null, next, `${name}: ${JSON.stringify(made)}`);
    const { api, announced, received, error } = certificate(world, 'Task');
    assert.deepEqual([api, announced, received, error], [toBulk.has(name) ? 'bulk' : 'rest', 450, 450, null], name);
    assert.deepEqual(world.rows(tasks), calm.rows(tasks), name);
    await world.close();
  }
  await calm.close();
});

test('a total that stays wrong is an error, never an end', async () => {
  const world = await open('wrong', { accounts: 60, sessionMinutes: 1e6 });
  await threePages(world);
  await world.control('faults', { match: NEXT, fault: { kind: 'wrong_total', off: 7 }, times: 0 });
  const told = await world.sync(PAGES);
  const [incident] = told.filter(({ event }) => event === 'incident');
  assert.deepEqual([incident?.object, incident?.code], ['Task', 'SF_ROW_COUNT'], JSON.stringify(told));
  assert.match(incident.message, /a query announced 457 rows and had 450/);
  await world.control('faults', undefined, 'DELETE');
  await world.advance(HOUR);
  const after = await world.sync(PAGES);
  assert.ok(after.some(({ event }) => event === 'incident_over'));
  const { api, announced, received } = certificate(world, 'Task');
  assert.deepEqual([api, received], ['rest', announced]);
  assert.ok(received >= 450, 'the window begins anew');
  await world.close();
});

test('killed at any effect, a window by REST goes on where it was, and repeats one page at most', async () => {
  const calm = await open('calm kills', { accounts: 60, sessionMinutes: 1e6 });
  await threePages(calm);
  await calm.sync(PAGES);
  const kinds = ['request', 'answer', 'commit', 'committed'];
  let resumed = 0;
  for (let kill = 0; kill < 16; kill++) {
    const kind = kinds[kill % kinds.length];
    const at = 3 + ((kill * 5) % 17);
    const world = await open(`kill ${kill}`, { accounts: 60, sessionMinutes: 1e6 });
    await threePages(world);
    assert.ok(await world.killed({ command: 'sync', ...PAGES }, kind, at), `${kind} ${at} came`);
    const [{ state, api, rows_received: before }] = world.rows("select state, api, rows_received from pull where object = 'Task'");
    const under_way = state === 'running' && api === 'rest' && before > 0;
    await calls(world);
    await world.sync(PAGES);
    const made = await calls(world);
    if (under_way) {
      resumed++;
      const rest = 2 - (before / 200 - 1);
      assert.ok((made['GET /services/data/query/:cursor'] ?? 0) <= rest, `${kind}:${at}: ${JSON.stringify(made)} after ${before} rows`);
      assert.equal(certificate(world, 'Task').received, 450);
    }
    assert.deepEqual(world.rows(tasks), calm.rows(tasks), `killed at ${kind} ${at}`);
    await world.close();
  }
  assert.ok(resumed > 0, 'one was killed between two pages');
  await calm.close();
});

test('a cursor that was lost while no process worked: the window begins anew', async () => {
  const world = await open('cursor', { accounts: 60, sessionMinutes: 1e6 });
  await threePages(world);
  await world.control('faults', { match: { ...NEXT, nth: 2 }, fault: { kind: 'status', status: 503 }, times: 0 });
  const end = (await world.run({ command: 'sync', ...PAGES })).at(-1);
  assert.deepEqual([end?.ok, world.rows("select state, rows_received from pull where object = 'Task'")[0]], [true, { state: 'running', rows_received: 400 }], JSON.stringify(end));
  await world.control('faults', undefined, 'DELETE');
  await world.control('expire', { what: 'cursors' });
  await world.sync(PAGES);
  const { api, announced, received, changed } = certificate(world, 'Task');
  assert.deepEqual([api, announced, received, changed], ['rest', 450, 450, 450], 'each row is counted once');
  await world.close();
});

test('a text with a NUL is read by Bulk, which strips it', async () => {
  const world = await open('nul', { sessionMinutes: 1e6 });
  await world.sync(REST);
  await world.advance(HOUR);
  const { org } = insider(world);
  const id = idOf(world, 'Account', 0);
  await world.edit({ action: 'update', object: 'Account', id, fields: { Name: 'NUL' } });
  org.tables.get('Account').set(0, 'Name', 'a\u0000b');
  await world.advance(HOUR);
  await world.sync(REST);
  assert.equal(world.rows('select name from account where id = ?', id)[0].name, 'ab');
  assert.deepEqual([certificate(world, 'Account').api, certificate(world, 'Contact').api], ['bulk', 'rest']);
  await world.close();
});

test('more fields than a URL holds are read by Bulk, and status says so', async () => {
  const world = await open('fields', { sessionMinutes: 1e6 });
  const { org } = insider(world);
  const account = org.schema.object('Account');
  const table = org.tables.get('Account');
  const like = account.byName.get('arr__c');
  /** @type {Record<string, string>} */
  const mapped = {};
  for (let n = 0; n < 400; n++) {
    const name = `A_field_of_an_org_with_a_long_name_${n}__c`;
    org.schema.addField(account, { ...like, name, label: name }, org.now());
    table.column(name, like.type);
    mapped[`f${n}`] = `record.${name}`;
  }
  const config = JSON.stringify({ salesforce: { small_windows: 'rest' }, mapping: { account: mapped } });
  await world.sync({ config });
  await world.advance(HOUR);
  const id = idOf(world, 'Account', 0);
  await world.edit({ action: 'update', object: 'Account', id, fields: { A_field_of_an_org_with_a_long_name_399__c: 4.5 } });
  await world.advance(HOUR);
  await calls(world);
  await world.sync({ config });
  const made = await calls(world);
  assert.equal(jobs(made), 1, JSON.stringify(made));
  assert.equal(world.rows('select f399 from account where id = ?', id)[0].f399, 4.5);
  assert.deepEqual([certificate(world, 'Account').api, certificate(world, 'Contact').api], ['bulk, too long', 'rest']);
  const line = (await world.run({ command: 'status', config })).find(({ name }) => name === 'pull Account');
  assert.match(line?.text, /, by Bulk, as a URL of REST does not hold so many fields$/);
  await world.sync({ config, full: true });
  assert.equal(certificate(world, 'Account').api, 'bulk');
  await world.close();
});

for (const [name, skewMs, lateMs] of /** @type {[string, number, number][]} */ ([['ahead', HOUR, 0], ['behind', -HOUR, HOUR]])) {
  test(`Date headers of a clock that is ${name}: what a Bulk job told of it holds for windows by REST`, async () => {
    const world = await open(`skew ${name}`, { skewMs, sessionMinutes: 1e6 });
    const account = idOf(world, 'Account', 3);
    await world.sync(REST);
    for (let n = 1; n <= 4; n++) {
      await world.advance(60_000);
      await world.edit({ action: 'update', object: 'Account', id: account, fields: { NumberOfEmployees: 1000 + n } });
      await world.advance(20 * 60_000 + lateMs);
      await world.sync(REST);
      assert.equal(world.rows('select employees from account where id = ?', account)[0].employees, 1000 + n, `change ${n}`);
    }
    const [{ last_end, api }] = world.rows("select last_end, api from pull where object = 'Account'");
    assert.ok(Date.parse(last_end) <= insider(world).org.now(), 'no window ends in the future of the stamps');
    assert.equal(api, 'rest');
    await world.close();
  });
}
