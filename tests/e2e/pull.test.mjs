// The pull, end to end under the native host: tables equal the org, nothing is written twice, and changes leave a
// trace.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { startServer } from '../salesforce/server.mjs';
import { dump as dumpAll } from './alike.mjs';
import { connect, nativeHost, startCore } from './core.mjs';
import { dump } from './tables.mjs';
import { control, createWorlds, DAY, HOUR } from './world.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-pull-'));
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing) await close();
});
after(() => rmSync(folder, { recursive: true, force: true }));

// Times of our own reads differ between runs; everything else must not.
const tables = {
  account: 'id, stamp, deleted, master_id, name, parent_id, owner_id, type, industry, employees, revenue, created, hash',
  contact: 'id, stamp, deleted, master_id, account_id, name, title, email_bounced, hash',
  opportunity: 'id, stamp, deleted, account_id, name, stage, amount, close_date, type, is_closed, is_won, created, hash',
  user: 'id, stamp, name, active, manager_id, zone, hash',
  contact_role: 'id, stamp, deleted, contact_id, record_id, role, hash',
};

const queries = Object.fromEntries(
  Object.entries(tables).map(([table, columns]) => [table, `select ${columns} from "${table}" order by id`]),
);

/** @param {string} name */
const files = (name) => ({ database: join(folder, `${name}.db`), key: join(folder, 'key') });
/** @param {string} name */
const native = (name) => ({ host: nativeHost(files(name)) });

/** A local Salesforce that ends with the tests, whatever becomes of them. @param {object} options */
async function serve(options) {
  const server = await startServer(options);
  closing.push(() => server.close());
  return server;
}

/** @param {Parameters<typeof startCore>[0]} options */
function start(options) {
  const core = startCore(options);
  closing.push(() => core.child.kill('SIGKILL'));
  return core;
}

/** @param {any} server */
const orgOf = (server) => ({ url: server.url, client_id: server.client.id, client_secret: server.client.secret });

/** @param {object[]} events */
function ended(events) {
  const last = /** @type {any} */ (events.at(-1));
  assert.equal(last.ok, true, JSON.stringify(last));
  return events;
}

test('a first sync brings every record, a second one writes nothing', async () => {
  const server = await serve({ accounts: 120, seed: 3 });
  const core = start(native('first'));
  const org = orgOf(server);
  ended(await connect(core, org));
  ended(await core.run({ command: 'sync', page_rows: 50 }));
  const tables = dump(files('first').database, queries);
  assert.equal(tables.account.length, 120);
  assert.ok(tables.contact.length > 300 && tables.opportunity.length > 200);
  const again = ended(await core.run({ command: 'sync', full: true }));
  for (const event of again.filter(({ event }) => event === 'pulled')) {
    assert.deepEqual([event.object, event.new, event.changed], [event.object, 0, 0]);
  }
  assert.equal(await core.close(), 0);
});

test('a changed value is logged, and its account becomes dirty', async () => {
  const server = await serve({ accounts: 20, seed: 5 });
  const core = start(native('change'));
  ended(await connect(core, orgOf(server)));
  ended(await core.run({ command: 'sync' }));
  const database = new DatabaseSync(files('change').database);
  const { id, industry } = /** @type {any} */ (database.prepare('select id, industry from account limit 1').get());
  await control(server, 'edit', { action: 'update', object: 'Account', id, fields: { Industry: 'Shipping' } });
  ended(await core.run({ command: 'sync', full: true }));
  ended(await core.run({ command: 'sync', full: true }));
  await core.close();
  // The change lies within the lag of five minutes at first: it must not be seen before its window is closed.
  const changes = database.prepare('select object, id, column_name, old, new from change').all();
  assert.ok(changes.length <= 1, JSON.stringify(changes));
  for (const change of changes) assert.deepEqual({ ...change }, { object: 'account', id, column_name: 'industry', old: industry, new: 'Shipping' });
  database.close();
});

test('the few that changed are found among thousands that did not, whatever order they come in', async () => {
  const open = createWorlds('pull-sieve');
  const world = await open('thousands', { accounts: 400, seed: 11 });
  await world.sync();
  await world.advance(HOUR);
  const ids = world.rows('select id from contact order by id').map(({ id }) => id);
  assert.ok(ids.length > 1000, `${ids.length} contacts`);
  const activities = world.rows(`select id from activity where id like '00T%' and not deleted order by id`).map(({ id }) => id);
  assert.ok(activities.length > 6000, `${activities.length} tasks`); // more than two batches of half a megabyte
  const changed = [0, 1, 2, 3, 4, 5, 6].map((i) => activities[Math.floor((i * (activities.length - 1)) / 6)]).sort();
  for (const id of changed) await world.edit({ action: 'update', object: 'Task', id, fields: { ActivityDate: '2020-02-29' } });
  await world.advance(HOUR);
  const before = world.rows('select id, cast(hash as text) as hash from activity order by id');
  const events = await world.sync({ full: true });
  const pulled = events.find(({ event, object }) => event === 'pulled' && object === 'Task');
  assert.deepEqual([pulled.new, pulled.changed], [0, changed.length]);
  const after = world.rows('select id, cast(hash as text) as hash from activity order by id');
  assert.deepEqual(after.filter(({ hash }, i) => hash !== before[i].hash).map(({ id }) => id), changed);
  assert.equal(after.length, before.length);
});

test('objects are pulled side by side: the first page waits, the others come', async () => {
  const open = createWorlds('pull-side');
  const world = await open('side');
  const { org } = /** @type {any} */ (world.server);
  const page = /jobs\/query\/\w+\/results$/;
  const others = () => new Set(org.requests.map((/** @type {any} */ { path }) => path).filter((/** @type {string} */ path) => page.test(path))).size - 1;
  let beside = 0;
  const act = async () => {
    const until = Date.now() + 20_000;
    while ((beside = others()) < 3 && Date.now() < until) await pause(10);
  };
  org.faults.add({ match: { method: 'GET', path: 'jobs/query/\\w+/results' }, fault: { kind: 'then', act } });
  await world.sync();
  assert.ok(beside >= 3, `${beside} pages of other objects while the first one waited`);
  await world.close();
});

test('rows in any order, and repeated, end in the same tables: twenty seeds', { timeout: 300_000 }, async () => {
  const open = createWorlds('pull-order');
  /** A first load and a window, whose pages are short. @param {string} name @param {number} [seed] */
  const ended = async (name, seed) => {
    const world = await open(name, { accounts: 8, seed: 7, start: Date.UTC(2026, 10, 23, 3), sessionMinutes: 1e6 });
    const fault = { kind: 'repeat', seed, share: 0.5 };
    if (seed !== undefined) await world.control('faults', { match: { method: 'POST', path: 'jobs/query$' }, fault, times: 0 });
    const sync = { page_rows: 30, config: JSON.stringify({ rules: [] }) };
    const first = await world.sync(sync);
    await world.advance(0);
    await world.live(20);
    for (const { id } of world.rows('select id from account order by id')) await world.edit({ action: 'update', object: 'Account', id, fields: { Industry: 'Shipping' } });
    await world.advance(DAY);
    await world.sync(sync);
    const tables = dumpAll(world);
    await world.close();
    return { tables, rows: first.find(({ event, object }) => event === 'pulled' && object === 'Task')?.rows };
  };
  const calm = await ended('calm');
  assert.ok(calm.rows > 100 && calm.tables.change.length > 0, `${calm.rows} Tasks, ${calm.tables.change.length} changes`);
  for (let seed = 1; seed <= 20; seed++) {
    const { tables, rows } = await ended(`seed ${seed}`, seed);
    assert.ok(rows > calm.rows * 1.2, `${rows} rows, with those that were repeated`);
    assert.deepEqual(tables, calm.tables, `seed ${seed}`);
  }
});

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`${host}: of several versions of a record in one result the newest counts, in any order, also when it is as the stored one`, async () => {
    const open = createWorlds('pull-versions');
    const world = await open(`versions ${host}`, { accounts: 8, seed: 7, start: Date.UTC(2026, 10, 23, 3), sessionMinutes: 1e6 }, host);
    const { org } = /** @type {any} */ (world.server);
    await world.sync();
    const { id } = world.rows('select id from account order by id')[0];
    const write = (/** @type {string} */ Industry) => world.edit({ action: 'update', object: 'Account', id, fields: { Industry } });
    await world.advance(HOUR);
    await write('Shipping');
    await world.advance(HOUR);
    await world.sync();
    const versions = [{ industry: 'Shipping', ago: 2 }, { industry: 'Energy', ago: 1 }, { industry: 'Shipping', ago: 0 }];
    for (const order of [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]) {
      await world.advance(4 * HOUR);
      await write('Energy');
      await write('Shipping');
      let newest = '';
      const act = () => {
        const job = [...org.jobs.values()].findLast(({ object }) => object === 'Account');
        const line = [...job.rows].map((row) => job.writer.line(row)).find((text) => text.includes(id));
        newest = line.match(/\d{4}-\d\d-\d\dT[\d:.]+Z/g).sort().at(-1);
        job.rows = versions.map((_, at) => -1 - at);
        order.forEach((version, at) => {
          const { industry, ago } = versions[version];
          const stamp = new Date(Date.parse(newest) - ago * HOUR).toISOString();
          job.frozen.set(-1 - at, line.replaceAll(newest, stamp).replace('"Shipping"', `"${industry}"`));
        });
      };
      org.faults.add({ match: { method: 'POST', path: 'jobs/query$', body: 'FROM Account ' }, fault: { kind: 'then', act } });
      await world.advance(HOUR);
      await world.sync({ page_rows: 1 });
      const [stored] = world.rows('select stamp, industry from account where id = ?', id);
      assert.deepEqual(stored, { stamp: newest, industry: 'Shipping' }, `order ${order}`);
    }
    await world.close();
  });
}
