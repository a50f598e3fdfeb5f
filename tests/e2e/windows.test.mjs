// Windows that take Salesforce too long are halved, by time and then by Id; a job that does not move is aborted; and
// both are reported when that does not help.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR, OBJECTS } from './world.mjs';

const open = createWorlds('windows');
/** Of a sync's jobs the first is Account's. */
const create = { method: 'POST', path: '/jobs/query$' };
const TIMEOUT = 'QUERY_TIMEOUT : Your query request was running for too long.';
const ids = 'select id, cast(hash as text) as hash from account order by id';

/** How many jobs were created. @param {Awaited<ReturnType<typeof open>>} world */
const windows = async (world) => (await world.control('requests')).filter((/** @type {any} */ { method, path }) => method === 'POST' && /jobs\/query$/.test(path)).length;

test('a window that times out is halved until it passes, and all rows come', async () => {
  const calm = await open('calm');
  await calm.sync();
  const world = await open('halved');
  await world.control('faults', [
    { match: { ...create, nth: 1 }, fault: { kind: 'failed_job', message: TIMEOUT } },
    { match: { ...create, nth: OBJECTS + 1 }, fault: { kind: 'failed_job', message: 'Retried more than fifteen times' } },
  ]);
  const events = await world.sync({ page_rows: 5 });
  assert.ok((await windows(world)) > OBJECTS + 1, 'more windows than objects');
  assert.deepEqual(world.rows(ids), calm.rows(ids));
  const pulled = events.find(({ event, object }) => event === 'pulled' && object === 'Account');
  assert.equal(pulled?.rows, 20);
  const [pull] = world.rows("select state, announced, received, inserted, error from pull where object = 'Account'");
  assert.deepEqual(pull, { state: 'done', announced: 20, received: 20, inserted: 20, error: null });

  await world.advance(DAY);
  const before = await windows(world);
  await world.sync();
  assert.equal((await windows(world)) - before, OBJECTS, 'the next pull takes whole windows again');
  await calm.close();
  await world.close();
});

test("a job that ends by an exception of Salesforce's own is begun once more in the cycle", async () => {
  const world = await open('exception');
  const fault = { kind: 'failed_job', message: 'Unexpected exception encountered in query processing. Please contact support with the following id: 1' };
  await world.control('faults', [{ match: { ...create, nth: 3 }, fault }]);
  const events = await world.sync();
  assert.deepEqual(events.filter(({ event }) => event === 'incident'), []);
  assert.equal(await windows(world), OBJECTS + 1);
  await world.advance(DAY);
  await world.control('faults', [{ match: { ...create, body: 'FROM Contact ' }, fault, times: 0 }]);
  const before = await windows(world);
  const [incident] = (await world.sync()).filter(({ event }) => event === 'incident');
  assert.deepEqual([incident?.object, incident?.code], ['Contact', 'SF_UNAVAILABLE'], JSON.stringify(incident));
  assert.equal((await windows(world)) - before, OBJECTS + 1, 'and no third time');
  await world.close();
});

test('a window that times out however short it is, is reported', async () => {
  const world = await open('hopeless', { record: true });
  await world.control('faults', [{ match: create, fault: { kind: 'failed_job', message: TIMEOUT }, times: 0 }]);
  const end = (await world.run({ command: 'sync' })).at(-1);
  assert.deepEqual([end?.ok, end?.code], [false, 'SF_QUERY_TIMEOUT'], JSON.stringify(end));
  /** @type {Record<string, number>} */
  const made = {};
  for (const { method, path, body } of world.server.org.requests) {
    if (method !== 'POST' || !path.endsWith('/jobs/query')) continue;
    const object = / FROM (\w+)/.exec(JSON.parse(body).query)?.[1] ?? '';
    made[object] = (made[object] ?? 0) + 1;
  }
  assert.ok(Object.values(made).every((count) => count <= 1 + 3 + 6), 'nine halvings an object at most');
  assert.deepEqual(made, {
    Account: 7, Contact: 9, Opportunity: 8, OpportunityHistory: 9, Task: 10, Event: 10, EmailMessage: 10, User: 6,
    OpportunityContactRole: 9, AccountContactRole: 7,
  });
  assert.equal(await windows(world), 85);
  await world.control('faults', undefined, 'DELETE');
  await world.sync();
  await world.close();
});

test('a job that does not move for an hour is aborted, and half of its window asked for', async () => {
  const world = await open('stuck');
  await world.control('faults', [{ match: { ...create, nth: 1 }, fault: { kind: 'slow_job', ms: 3 * HOUR } }]);
  await world.sync();
  const requests = await world.control('requests');
  assert.ok(requests.some((/** @type {any} */ { method, path }) => method === 'PATCH' && /jobs\/query\/\w+$/.test(path)), 'aborted');
  assert.equal(world.rows('select id from account').length, 20);
  await world.close();
});

test('a kill between two windows of a pull loses neither', async () => {
  const world = await open('between');
  await world.control('faults', [
    { match: { ...create, nth: 1 }, fault: { kind: 'failed_job', message: TIMEOUT } },
    { match: { ...create, nth: OBJECTS + 2 }, fault: { kind: 'status', status: 400, code: 'MALFORMED_QUERY', message: 'for the test' } },
  ]);
  const end = (await world.run({ command: 'sync' })).at(-1);
  assert.equal(end?.ok, false);
  const [pull] = world.rows("select state, window_start, goal from pull where object = 'Account'");
  assert.equal(pull.state, 'between');
  await world.sync();
  assert.equal(world.rows('select id from account').length, 20);
  await world.close();
});

test('--full reads everything, also where an interrupted pull would only go on with what changed', async () => {
  const world = await open('full after a stop');
  await world.sync();
  await world.advance(DAY);
  await world.control('faults', [{ match: { method: 'GET', path: 'jobs/query/' }, fault: { kind: 'status', status: 503 }, times: 0 }]);
  assert.equal((await world.run({ command: 'sync' })).at(-1)?.ok, false);
  assert.deepEqual(world.rows("select state from pull where object = 'Account' and window_start is not null").map(({ state }) => state), ['running']);
  await world.control('faults', undefined, 'DELETE');
  const told = await world.sync({ full: true });
  assert.equal(told.find(({ event, object }) => event === 'pulled' && object === 'Account')?.rows, 20);
  await world.close();
});

test('a pull of everything that was stopped between its windows goes on, also by --full: it would never end otherwise', async () => {
  const world = await open('full in halves');
  await world.sync();
  await world.advance(DAY);
  const account = { ...create, body: 'FROM Account ' };
  await world.control('faults', [
    { match: { ...account, nth: 1 }, fault: { kind: 'failed_job', message: TIMEOUT } },
    { match: { ...account, nth: 3 }, fault: { kind: 'status', status: 400, code: 'MALFORMED_QUERY', message: 'for the test' } },
  ]);
  await world.run({ command: 'sync', full: true });
  const stood = () => world.rows("select state, everything, window_start, window_end from pull where object = 'Account'")[0];
  const { state, everything, window_end: middle } = stood();
  assert.deepEqual([state, everything], ['between', 1], 'one half is read');
  await world.control('faults', undefined, 'DELETE');
  await world.advance(HOUR);
  await world.sync({ full: true });
  assert.deepEqual([stood().state, stood().window_start], ['done', middle], 'the other half alone is asked for');
  await world.close();
});

const tables = {
  account: 'select id, stamp, hash from account order by id',
  contact: 'select id, stamp, hash from contact order by id',
  activity: 'select id, stamp, hash from activity order by id',
  pull: `select object, state, announced, received, inserted, changed, error from pull
         where object not like '%(%' and state <> 'absent' order by object`,
};
/** @param {Awaited<ReturnType<typeof open>>} world */
const held = (world) => Object.fromEntries(Object.entries(tables).map(([name, sql]) => [name, world.rows(sql.replace('hash', 'cast(hash as text) as hash'))]));

/** A mass load: all rows of an object have one stamp, so that no window of time has few of them. @param {any} server @param {string} name */
function loadAtOnce(server, name) {
  const table = server.org.tables.get(name);
  const stamp = server.org.now() - 3 * DAY;
  for (let row = 0; row < table.count; row++) table.set(row, 'SystemModstamp', stamp);
}

/** The queries of an object's jobs, one a range, as they were asked. @param {any} server @param {string} object */
const asked = (server, object) =>
  server.org.requests.map((/** @type {any} */ { method, path, body }) => (method === 'POST' && path.endsWith('/jobs/query') ? JSON.parse(body).query : ''))
    .filter((/** @type {string} */ query) => query.includes(` FROM ${object} `) || query.endsWith(` FROM ${object}`));

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`${host}: many rows with one stamp are halved by Id, each is read once, and the next pull takes whole windows`, async () => {
    const options = { accounts: 60, record: true };
    const calm = await open(`whole-${host}`, options, host);
    loadAtOnce(calm.server, 'Contact');
    await calm.sync();
    const world = await open(`by-id-${host}`, { ...options, timeoutRows: 60 }, host);
    loadAtOnce(world.server, 'Contact');
    const events = await world.sync();
    const contacts = calm.rows('select count(*) as count from contact')[0].count;
    assert.ok(contacts > 180, `${contacts} contacts`);
    assert.equal(events.find(({ event, object }) => event === 'pulled' && object === 'Contact')?.rows, contacts);
    assert.deepEqual(held(world), held(calm));
    const ranges = asked(world.server, 'Contact').filter((/** @type {string} */ query) => query.includes(' Id '));
    assert.ok(ranges.length >= 4, ranges.join('\n'));
    assert.match(ranges[0], /SystemModstamp < \S+ AND Id < '003\w{12}'$/);
    assert.match(ranges.at(-1), /AND Id >= '003\w{12}'$/);
    world.server.org.requests.length = 0;
    await world.advance(DAY);
    await world.sync();
    assert.deepEqual(asked(world.server, 'Contact').filter((/** @type {string} */ query) => query.includes(' Id ')), []);
    await calm.close();
    await world.close();
  });
}

test('a job that does not move is halved three times in all, whatever its rows', async () => {
  const world = await open('never moves');
  await world.control('faults', [{ match: { ...create, body: 'FROM Account WHERE' }, fault: { kind: 'slow_job', ms: 30 * HOUR }, times: 0 }]);
  const end = (await world.run({ command: 'sync' })).at(-1);
  assert.match(JSON.stringify(end), /SF_QUERY_TIMEOUT.*did not move/);
  assert.equal(world.server.org.faults.fired.length, 4, 'the whole and three halves');
  await world.close();
});

test('stopped between two ranges of ids, a pull goes on at the next one', async () => {
  const options = { accounts: 60, record: true };
  const calm = await open('unstopped', options);
  loadAtOnce(calm.server, 'Contact');
  await calm.sync();
  const world = await open('stopped', { ...options, timeoutRows: 60 });
  loadAtOnce(world.server, 'Contact');
  // Of the ranges the third is refused for another reason.
  await world.control('faults', [{ match: { ...create, body: "FROM Contact .*Id >= ", nth: 2 }, fault: { kind: 'status', status: 400, code: 'MALFORMED_QUERY', message: 'for the test' } }]);
  await world.run({ command: 'sync' });
  const [stood] = world.rows("select state, id_start, id_end from pull where object = 'Contact'");
  assert.match(stood.id_start ?? '', /^003\w{12}$/, JSON.stringify(stood));
  assert.deepEqual([stood.state, stood.id_end], ['between', null]);
  world.server.org.requests.length = 0;
  await world.sync();
  assert.ok(asked(world.server, 'Contact')[0].endsWith(`AND Id >= '${stood.id_start}'`), asked(world.server, 'Contact')[0]);
  assert.deepEqual(held(world).contact, held(calm).contact);
  await calm.close();
  await world.close();
});

test('a job that another user had begun is not taken up, one of the same user is', async () => {
  const world = await open('another user', { record: true });
  const sync = { command: 'sync', only: 'Account' };
  const dies = () => world.killed(sync, 'request', 1, { match: { method: 'GET', path: 'jobs/query/' } });
  assert.ok(await dies());
  world.server.org.requests.length = 0;
  assert.ok(await dies());
  assert.equal(asked(world.server, 'Account').length, 0);
  world.write((database) => database.exec("update connection set user_id = '005000000000000AAA'"));
  await world.sync(sync);
  assert.equal(asked(world.server, 'Account').length, 1);
  assert.equal(world.rows('select id from account').length, 20);
  await world.close();
});

for (const [name, object, match, bound] of /** @type {const} */ ([
  ['time', 'Account', 'FROM Account ', /SystemModstamp <=? [^ ]+$/],
  ['Id', 'Contact', "FROM Contact .* Id < '", / Id < '003\w{12}'$/],
])) {
  test(`killed between a window that takes too long and the half by ${name} in its place, a pull goes on with that half`, async () => {
    const options = { accounts: 60, record: true };
    const [calm, killed] = [await open(`calm by ${name}`, options), await open(`killed by ${name}`, { ...options, ...(object === 'Contact' && { timeoutRows: 60 }) })];
    for (const { server } of [calm, killed]) loadAtOnce(server, 'Contact');
    if (object === 'Account') await killed.control('faults', [{ match: { ...create, body: match, nth: 1 }, fault: { kind: 'failed_job', message: TIMEOUT } }]);
    // The half is asked for, and the process does not learn of it.
    const sync = { command: 'sync', only: object };
    assert.ok(await killed.killed(sync, 'request', object === 'Account' ? 2 : 1, { match: { ...create, body: match } }));
    const before = asked(killed.server, object);
    killed.server.org.requests.length = 0;
    await killed.sync(sync);
    const after = asked(killed.server, object);
    assert.match(before.at(-1), bound);
    assert.equal(after[0], before.at(-1), before.join('\n'));
    assert.ok(!after.includes(before[0]), 'the whole is not asked for again');
    await calm.sync(sync);
    assert.deepEqual(held(killed), held(calm));
    await calm.close();
    await killed.close();
  });
}

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`${host}: killed again and again in and between the ranges of ids, a pull goes on at the range it was in`, async (t) => {
    const options = { accounts: 60, record: true, timeoutRows: 60 };
    const [calm, killed] = [await open(`calm-${host}`, options, host), await open(`killed-${host}`, options, host)];
    for (const { server } of [calm, killed]) loadAtOnce(server, 'Contact');
    const sync = { command: 'sync', only: 'Contact', page_rows: 20 };
    await calm.sync(sync);
    const stand = () => killed.rows("select state, id_start, id_end, received from pull where object = 'Contact'")[0];
    const range = { method: 'POST', path: 'jobs/query$', body: "FROM Contact .* Id >= '" };
    assert.ok(await killed.killed(sync, 'request', 1, { match: range }));
    assert.match(stand().id_start, /^003\w{12}$/, 'the first range is read');
    killed.server.org.requests.length = 0;
    const stood = [stand()];
    for (let death = 0; ; death++) {
      assert.ok(death < 40, JSON.stringify(stood));
      const kind = ['answer', 'commit', 'committed', 'request'][death % 4];
      const match = { method: 'GET', path: 'results' };
      if (!(await killed.killed(sync, kind, kind === 'request' ? 2 : 5, kind === 'request' ? { match } : {}))) break;
      stood.push(stand());
    }
    const story = stood.map(({ state, id_start, received }) => `${state} ${id_start} ${received}`).join('\n');
    t.diagnostic(story);
    for (const state of ['running', 'between']) assert.ok(stood.some((at) => at.state === state && at.id_start), `${state}\n${story}`);
    assert.ok(stood.every((at, n) => n === 0 || at.received >= stood[n - 1].received), story);
    for (const query of asked(killed.server, 'Contact')) assert.match(query, / Id >= '003/);
    assert.deepEqual(held(killed), held(calm));
  });
}

for (const [name, salesforce, all] of /** @type {[string, object, boolean][]} */ ([
  ['the lag and overlap that are built in', {}, false], ['an overlap of two hours', { overlap: '2h' }, true], ['a lag of an hour', { lag: '1h' }, true],
])) {
  test(`rows that become visible 40 minutes after their stamp: ${name} ${all ? 'brings' : 'misses'} them`, async () => {
    const world = await open(name, { sessionMinutes: 1e6 });
    const config = JSON.stringify({ salesforce });
    await world.sync({ config });
    await world.advance(HOUR);
    await world.sync({ config });
    const { org } = /** @type {any} */ (world.server);
    const accounts = org.tables.get('Account');
    const begun = org.now(); // a transaction that ends 40 minutes later
    await world.advance(HOUR / 3);
    await world.sync({ config });
    await world.advance(HOUR / 3);
    for (const { id } of world.rows('select id from account')) await world.edit({ action: 'update', object: 'Account', id, fields: { Industry: 'Shipping' } });
    for (let row = 0; row < accounts.count; row++) accounts.set(row, 'SystemModstamp', begun);
    await world.advance(2 * HOUR);
    await world.sync({ config });
    assert.equal(world.rows("select count(*) as n from account where industry = 'Shipping'")[0].n, all ? 20 : 0);
    const [{ last_end }] = world.rows("select last_end from pull where object = 'Account'");
    assert.ok(Math.abs(org.now() - Date.parse(last_end) - ('lag' in salesforce ? HOUR : HOUR / 12)) < 60_000, last_end);
    await world.close();
  });
}

test('jobs that were begun before the API version changed are polled and read at their own', async () => {
  const world = await open('version');
  const { org } = world.server;
  assert.ok(await world.killed({ command: 'sync' }, 'request', 1, { match: { method: 'GET', path: '/jobs/query/\\w+/results' } }));
  const begun = world.rows("select job_id, job_version from pull where state = 'running' and job_id <> ''");
  assert.ok(begun.length > 3 && begun.every(({ job_version }) => job_version === '66.0'), JSON.stringify(begun));
  world.write((database) => database.exec("update connection set api_version = '65.0'"));
  org.requests.length = 0;
  await world.sync();
  /** @param {(path: string) => boolean} which */
  const versions = (which) => {
    const paths = org.requests.map((/** @type {any} */ { path }) => path).filter(which);
    return [...new Set(paths.map((/** @type {string} */ path) => path.split('/')[3]))];
  };
  assert.deepEqual(versions((path) => begun.some(({ job_id }) => path.includes(job_id))), ['v66.0']);
  assert.deepEqual(versions((path) => path.endsWith('/composite')), ['v65.0']);
  assert.equal(world.rows('select count(*) as n from account')[0].n, 20);
  await world.close();
});

test('jobs that are gone when their pull goes on (deleted, or seven days old) are made anew', async () => {
  const [calm, world] = [await open('kept'), await open('gone')];
  await calm.sync();
  const { org } = world.server;
  assert.ok(await world.killed({ command: 'sync' }, 'request', 1, { match: { method: 'GET', path: '/jobs/query/\\w+/results' } }));
  assert.ok(world.rows("select job_id from pull where state = 'running' and job_id <> ''").length > 3);
  org.jobs.clear();
  await world.sync();
  assert.deepEqual(world.rows(ids), calm.rows(ids));
  assert.deepEqual(world.rows("select object from pull where state = 'running'"), []);
  for (const one of [calm, world]) await one.close();
});
