// Bulk queries of the day that are used up, or nearly: what changed is read by REST by itself, what cannot be read so waits,
// and both are told.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { update } from '../salesforce/store/dml.mjs';
import { createWorlds, DAY, HOUR, OBJECTS } from './world.mjs';

const open = createWorlds('short');
/** @typedef {Awaited<ReturnType<typeof open>>} World */
const ORG = { sessionMinutes: 1e6, dailyQueryJobs: 1000 };
const LIMITS = 'GET /services/data/limits';

/** @param {World} world */
const orgOf = (world) => /** @type {any} */ (world.server).org;
/** @param {World} world @param {string} object @param {number} row */
const idOf = (world, object, row) => orgOf(world).ids.text(orgOf(world).tables.get(object).keyOf(row));

/** Calls of one command; books of the day stay as they are. @param {World} world @param {() => Promise<any[]>} act */
async function during(world, act) {
  const before = { ...orgOf(world).calls };
  const events = await act();
  const made = Object.entries(orgOf(world).calls).map(([kind, count]) => [kind, Number(count) - (before[kind] ?? 0)]).filter(([, count]) => count !== 0);
  return { events, made: Object.fromEntries(made) };
}
/** @param {World} world @param {object} [more] */
const sync = (world, more) => during(world, () => world.sync(more));
/** @param {any[]} events */
const told = (events) => events.filter(({ event }) => event === 'bulk_short');
/** @param {World} world @param {string} name */
const status = async (world, name) => /** @type {any} */ ((await world.run({ command: 'status' })).find((event) => event.name === name));

/** An account that changes, and is seen to. @param {World} world @param {number} employees */
async function changes(world, employees) {
  await world.edit({ action: 'update', object: 'Account', id: idOf(world, 'Account', 2), fields: { NumberOfEmployees: employees } });
  await world.advance(HOUR);
}
/** @param {World} world */
const employees = (world) => world.rows('select employees from account where id = ?', idOf(world, 'Account', 2))[0].employees;

/** @type {[string, object, object, RegExp][]} what others take, of which the org then has as much, and how it is told */
const SHORT = [
  ['jobs', { query_jobs: 850 }, { dailyQueryJobs: 1000 }, /no Bulk queries are left: \d+ of the org's 1000 jobs of 24 hours are free, .*again at 2026-11-23T16:/],
  ['megabytes', { query_mb: 81 }, { dailyQueryMB: 100 }, /no Bulk queries are left: 1\d of the org's 100 MB of results of 24 hours are free/],
];
for (const host of /** @type {const} */ (['native', 'node'])) {
  for (const [what, taken, options, text] of SHORT) {
    test(`when limits tell that few ${what} are left, small windows are read by REST until there are more (${host})`, async () => {
      const world = await open(`${what}-${host}`, ORG, host);
      await world.run({ command: 'setup' });
      await world.sync();
      await world.control('options', options);
      await world.control('other_apps', taken);
      await world.advance(6 * HOUR); // limits are asked again
      await changes(world, 4711);
      const first = await sync(world);
      assert.deepEqual([first.made[LIMITS], first.made['POST /services/data/jobs/query']], [1, undefined], JSON.stringify(first.made));
      assert.equal(told(first.events).length, 1);
      assert.match(told(first.events)[0].message, text);
      assert.equal(employees(world), 4711);
      assert.equal(first.events.filter(({ event }) => event === 'pulled').length, OBJECTS);
      assert.equal(first.events.filter(({ event }) => event === 'scored').length, 1, 'scores go on');
      const line = await status(world, 'pull Account');
      assert.deepEqual([line.api, line.ok], ['rest, no bulk', true]);
      assert.match(line.text, /rows, .*, by REST, as no Bulk queries were left$/);
      const calls = await status(world, 'api calls');
      assert.equal(calls.short, true);
      assert.match(calls.text, text);

      await changes(world, 4712);
      const again = await sync(world); // not believed for more than an hour: looked at again, and still so
      assert.deepEqual([again.made[LIMITS], again.made['POST /services/data/jobs/query'], employees(world)], [1, undefined, 4712]);
      await world.advance(DAY);
      await changes(world, 4713);
      const after = await sync(world);
      assert.deepEqual([told(after.events), employees(world)], [[], 4713]);
      assert.ok(after.made['POST /services/data/jobs/query'] >= OBJECTS);
      const free = await status(world, 'pull Account');
      assert.equal(free.api, 'bulk');
      assert.doesNotMatch(free.text, /REST/);
      await world.close();
    });
  }

  test(`when a Bulk query is refused, its window is read by REST, and none is tried for an hour (${host})`, async () => {
    const world = await open(`refused-${host}`, ORG, host);
    await world.run({ command: 'setup' });
    await world.sync();
    await world.control('options', { dailyQueryJobs: 1 });
    await changes(world, 10);
    const first = await sync(world);
    assert.deepEqual([first.made[LIMITS], first.made['POST /services/data/jobs/query'], employees(world)], [undefined, OBJECTS, 10]);
    assert.equal(told(first.events).length, 1);
    assert.match(told(first.events)[0].message, /no Bulk queries are left: Salesforce refused one, .* it is looked at again at 2026-11-23T/);
    const { announced, received, api, error } = world.rows("select announced, received, api, error from pull where object = 'Account'")[0];
    assert.deepEqual([announced, api, error], [received, 'rest, no bulk', null]);
    await world.edit({ action: 'update', object: 'Account', id: idOf(world, 'Account', 2), fields: { NumberOfEmployees: 11 } });
    await world.advance(HOUR / 2);
    const second = await sync(world); // of another process
    assert.deepEqual([second.made['POST /services/data/jobs/query'], employees(world)], [undefined, 11]);
    assert.match((await status(world, 'api calls')).text, /no Bulk queries are left: 0 of the org's 1 jobs/, 'what limits say of it by now');
    await world.control('options', { dailyQueryJobs: 1000 });
    await changes(world, 12);
    const third = await sync(world);
    assert.deepEqual([third.made[LIMITS], employees(world)], [1, 12]);
    assert.equal(third.made['POST /services/data/jobs/query'], OBJECTS);
    await world.close();
  });
}

/**
 * When Bulk queries were answered that a sync asked for, of which the first takes five seconds: after its beginning.
 * @param {World} world
 */
async function answered(world) {
  const org = orgOf(world);
  const began = org.now();
  await world.control('faults', { match: { method: 'POST', path: '/jobs/query$' }, fault: { kind: 'delay', ms: 5000 } });
  const { events } = await sync(world);
  const made = org.requests.filter((/** @type {any} */ one) => one.at >= began && one.method === 'POST' && one.path.endsWith('/jobs/query'));
  return { events, late: made.map((/** @type {any} */ { at }) => at - began >= 5000) };
}

/** A user who may not read limits. @param {World} world */
const blind = (world) =>
  world.control('faults', { match: { method: 'GET', path: '/limits$' }, fault: { kind: 'status', status: 403, code: 'INSUFFICIENT_ACCESS', message: 'none' }, times: 0 });

test('after a refusal one Bulk query an hour is tried in place of one for each object, until one is taken', async () => {
  const world = await open('one', ORG);
  await blind(world);
  await world.run({ command: 'setup' });
  await world.sync();
  await world.control('options', { dailyQueryJobs: 1 });
  await changes(world, 10);
  assert.equal((await sync(world)).made['POST /services/data/jobs/query'], OBJECTS, 'all at once, before the first answer');
  for (const count of [11, 12]) {
    await changes(world, count);
    await world.advance(HOUR);
    const { made, events } = await sync(world);
    assert.deepEqual([made['POST /services/data/jobs/query'], employees(world)], [1, count]);
    assert.equal(told(events).length, 1);
    assert.equal(events.filter(({ event }) => event === 'pulled').length, OBJECTS);
  }
  await world.control('options', { dailyQueryJobs: 1000 });
  await changes(world, 13);
  await world.advance(HOUR);
  const free = await answered(world);
  assert.deepEqual([free.late, employees(world), told(free.events)], [Array(OBJECTS).fill(true), 13, []], 'the others wait for the answer to the first');
  assert.deepEqual(world.rows("select at from api_usage where purpose = 'bulk refused'"), [{ at: null }], 'from now on all at once again');
  await world.close();
});

test('a first load waits for Bulk queries, and says so', async () => {
  const world = await open('first', { ...ORG, dailyQueryJobs: 0 });
  await blind(world);
  const refused = await during(world, () => world.run({ command: 'sync' }));
  const end = refused.events.at(-1);
  assert.deepEqual([end.ok, end.code, end.exit], [false, 'SF_BULK_LIMIT', 5], JSON.stringify(end));
  assert.match(end.message, /Max bulk v2 query jobs \(0\) per 24 hrs has been reached/);
  const waits = await during(world, () => world.run({ command: 'sync' }));
  assert.deepEqual([waits.events.at(-1).code, waits.made['POST /services/data/jobs/query'], waits.made['GET /services/data/queryAll']], ['API_BUDGET', undefined, undefined]);
  assert.match(waits.events.at(-1).message, /no Bulk queries are left: Salesforce refused one/);
  await world.control('options', { dailyQueryJobs: 1000 });
  await world.advance(2 * HOUR);
  const { made } = await sync(world);
  assert.equal(made['POST /services/data/jobs/query'], OBJECTS);
  await world.close();
});

test('while Bulk is short a window of more than 2,000 rows is read by REST too', async () => {
  const world = await open('many', { ...ORG, accounts: 200 });
  await world.sync();
  await world.advance(HOUR);
  const org = orgOf(world);
  const ctx = { org, user: org.otherAdmin, version: '66.0', origin: org.origin };
  const table = org.tables.get('Task');
  for (let row = 0, n = 0; n < 3500; row++) {
    if (table.life[row] !== 0) continue;
    update(ctx, 'Task', idOf(world, 'Task', row), { ActivityDate: '2021-03-04' });
    n++;
  }
  await world.control('options', { dailyQueryJobs: 1 });
  await world.advance(HOUR);
  const { made } = await sync(world);
  assert.equal(made['GET /services/data/query/:cursor'], 1);
  const [task] = world.rows("select api, announced, received from pull where object = 'Task'");
  assert.deepEqual([task.api, task.received], ['rest, no bulk', task.announced]);
  assert.ok(task.received >= 3500);
  await world.close();
});

test('formulas and sweeps wait for Bulk queries without an incident, a column that is new does not go unread', async () => {
  const world = await open('columns', { ...ORG, sessionMinutes: 1e7 });
  await world.run({ command: 'setup' });
  const config = JSON.stringify({ mapping: { account: { owner: 'record.OwnerId' } } });
  await world.sync({ config });
  await world.control('options', { dailyQueryJobs: 1 });
  await world.advance(8 * DAY);
  const waits = await sync(world, { config });
  assert.deepEqual(waits.events.filter(({ event }) => ['swept', 'columns_read', 'incident'].includes(event)), []);
  assert.equal((await world.run({ command: 'status' })).at(-1)?.exit, undefined, 'nothing for a person to do');
  const other = JSON.stringify({ mapping: { account: { owner: 'record.OwnerId', site: 'record.Site' } } });
  const end = (await world.run({ command: 'sync', config: other })).at(-1);
  assert.deepEqual([end?.ok, end?.code], [false, 'API_BUDGET'], JSON.stringify(end));
  await world.control('options', { dailyQueryJobs: 1000 });
  await world.advance(2 * HOUR);
  const { events } = await sync(world, { config: other });
  assert.equal(events.filter(({ event }) => event === 'swept').length, OBJECTS);
  assert.ok(events.some(({ event, object }) => event === 'columns_read' && object === 'Account'));
  await world.close();
});
