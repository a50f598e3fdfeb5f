// Windows that take Salesforce too long are halved, a job that does not move is aborted, and both are reported when
// that does not help.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR, OBJECTS } from './world.mjs';

const open = createWorlds('windows');
const create = { method: 'POST', path: '/jobs/query$' };
const TIMEOUT = 'QUERY_TIMEOUT : Your query request was running for too long.';
const ids = 'select id, cast(hash as text) as hash from account order by id';

/** The first object created is Account. @param {Awaited<ReturnType<typeof open>>} world */
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
  const world = await open('hopeless');
  await world.control('faults', [{ match: create, fault: { kind: 'failed_job', message: TIMEOUT }, times: 0 }]);
  const end = (await world.run({ command: 'sync' })).at(-1);
  assert.deepEqual([end?.ok, end?.code], [false, 'SF_QUERY_TIMEOUT'], JSON.stringify(end));
  assert.ok((await windows(world)) <= OBJECTS * 4, 'three halvings an object at most');
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
