// The same core under every host and on every storage: one org, pulled and scored by each, ends in the same rows
// and in the same bits of every score.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import pg from 'pg';

import { startServer } from '../salesforce/server.mjs';
import { startPostgres } from '../store/postgres_server.mjs';
import { connect, nativeHost, nodeHost, startCore } from './core.mjs';
import { OBJECTS } from './world.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-hosts-'));
const key = join(folder, 'key');

/** What a host leaves, without the times of its own reads. */
const queries = {
  account: 'select id, case when deleted then 1 else 0 end as gone, name, parent_id, owner_id, industry, revenue, currency, employees, arr from account order by id',
  activity: 'select id, account_id, contact_ids, kind, direction, done from activity order by id',
  opportunity: 'select id, account_id, stage, amount, currency from opportunity order by id',
  opportunity_history: 'select id, opportunity_id, stage from opportunity_history order by id',
  email: 'select id, activity_id, related_id, direction from email order by id',
  account_contact: 'select id, account_id, contact_id, roles, case when direct then 1 else 0 end as own from account_contact order by id',
  health: 'select account_id, score, level, raw, coverage, reasons, components, signals from health order by account_id',
};

/** @type {any} */
let server;
/** @type {any} */
let postgres;
/** @type {Record<string, any>} */
const results = {};

before(async () => {
  // The virtual clock stands still, so that each host scores the same moment.
  server = await startServer({ accounts: 150, seed: 11, clock: 'virtual', multiCurrency: true, datedRates: true, contactsToMultipleAccounts: true });
  postgres = await startPostgres();
});
after(async () => {
  await server.close();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** @param {string[]} host */
async function pullAndScore(host) {
  const core = startCore({ host, env: { PERLY_TEST_CLOCK: server.url } });
  try {
    const org = { url: server.url, client_id: server.client.id, client_secret: server.client.secret };
    // The second one sweeps as well, and the third reads a column anew: their statements are made at run time.
    const config = JSON.stringify({ mapping: { account: { arr: 'record.ARR__c' } } });
    const runs = [await connect(core, org), await core.run({ command: 'sync' }), await core.run({ command: 'sync', full: true }), await core.run({ command: 'sync', config })];
    for (const events of runs) {
      const last = /** @type {any} */ (events.at(-1));
      assert.equal(last.ok, true, JSON.stringify(last));
    }
    const [read] = runs.at(-1)?.filter(({ event }) => event === 'columns_read') ?? [];
    assert.deepEqual([read?.object, read?.columns, read?.rows], ['Account', ['arr'], 150], JSON.stringify(read));
    assert.ok(read?.changed > 100);
  } finally {
    await core.close();
  }
}

/** Rows as plain values: both databases give numbers, texts and booleans of their own kind. @param {any[]} rows */
const plain = (rows) =>
  rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, name === 'done' ? Number(value) : typeof value === 'string' && /^-?\d+$/.test(value) ? Number(value) : value]),
    ),
  );

/** @param {string} file */
function readSqlite(file) {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = Object.entries(queries).map(([name, sql]) => [name, plain(database.prepare(sql).all())]);
  database.close();
  return Object.fromEntries(rows);
}

test('the native host on SQLite', async () => {
  const database = join(folder, 'native.db');
  await pullAndScore(nativeHost({ database, key }));
  results.native = readSqlite(database);
  assert.equal(results.native.health.length, 150);
});

test('the Node host on SQLite ends in the same', async () => {
  const database = join(folder, 'node.db');
  await pullAndScore(nodeHost({ database, key }));
  assert.deepEqual(readSqlite(database), results.native);
});

test('the Node host on PostgreSQL ends in the same', async () => {
  const { host, port, user, database } = postgres.connection;
  const url = `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  await pullAndScore(nodeHost({ postgres: url, schema: 'perly', key }));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('set search_path to perly; set extra_float_digits to 3');
  const rows = [];
  for (const [name, sql] of Object.entries(queries)) rows.push([name, plain((await client.query(sql)).rows)]);
  await client.end();
  assert.deepEqual(Object.fromEntries(rows), results.native);
});

test('PostgreSQL: the lease passes on after 45 s of the server\'s clock, and the old holder changes nothing any more', { timeout: 120_000 }, async () => {
  const { host, port, user, database } = postgres.connection;
  const url = `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  const org = await startServer({ accounts: 20, seed: 5, start: Date.UTC(2026, 10, 23, 3) }); // real time: that of the server's clock
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const start = () => startCore({ host: nodeHost({ postgres: url, schema: 'lease', key }) });
  const [old, other] = [start(), start()];
  /** @type {(() => void)[]} */
  const waiting = [];
  const answer = () => waiting.forEach((go) => go());
  const sync = (/** @type {string} */ holder) => ({ command: 'sync', holder, holder_dead: false });
  try {
    const login = { url: org.url, client_id: org.client.id, client_secret: org.client.secret };
    assert.equal((await connect(old, login)).at(-1)?.ok, true);
    // The old one waits for its answers, and its commits with them.
    const held = new Promise((/** @type {(value?: unknown) => void} */ all) => {
      const act = () => {
        if (waiting.length === OBJECTS - 1) all();
        return new Promise((resolve) => void waiting.push(() => resolve(undefined)));
      };
      org.org.faults.add({ match: { method: 'POST', path: 'jobs/query$' }, fault: { kind: 'then', act }, times: 0 });
    });
    const working = old.run(sync('the old one'));
    await held;
    org.org.faults.clear();

    const age = async (/** @type {number} */ seconds) => {
      await client.query(`update lease.lease set renewed = clock_timestamp() - interval '${seconds} seconds'`);
      return (await other.run(sync('the other'))).at(-1);
    };
    const refused = await age(30);
    assert.deepEqual([refused?.ok, refused?.code], [false, 'LEASE_HELD'], JSON.stringify(refused));
    assert.match(refused?.message, /the old one/);
    const before = (await client.query('select token from lease.lease')).rows[0].token;
    let taken = await age(46);
    for (let tries = 0; taken?.code === 'LEASE_HELD' && tries < 5; tries++) taken = await age(46); // it renews every 10 s
    assert.equal(taken?.ok, true, JSON.stringify(taken));
    const row = (await client.query('select token, holder from lease.lease')).rows[0];
    assert.deepEqual([Number(row.token), row.holder], [Number(before) + 1, '']);

    // The answers come; what it writes of them is refused by the guard, and nothing of it is there.
    const tables = ['account', 'contact', 'activity', 'pull', 'health', 'score', 'outbox', 'cut', 'lease'];
    const state = async () => {
      const rows = [];
      for (const table of tables) rows.push((await client.query(`select * from lease."${table}" order by 1, 2, 3`)).rows);
      return rows;
    };
    const kept = await state();
    assert.equal(kept[0].length, 20);
    answer();
    const ended = (await working).at(-1);
    assert.deepEqual([ended?.ok, ended?.code], [false, 'STORE_GUARD'], JSON.stringify(ended));
    assert.deepEqual(await state(), kept);
  } finally {
    answer();
    await client.end();
    await Promise.all([old.close(), other.close()]);
    await org.close();
  }
});
