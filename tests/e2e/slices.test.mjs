// The demo's first sync (2,000 accounts) in slices of 300 ms, each in a process of its own, ends in the tables of one
// that nobody stopped; and of two processes on one org one works while the other says who does.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

import { connect, open, run } from '../../host-node/src/index.mjs';
import { startServer } from '../salesforce/server.mjs';
import { connect as connectCore, nativeHost, nodeHost, startCore } from './core.mjs';
import { dump } from './tables.mjs';

const SLICE_MS = 300;

const folder = mkdtempSync(join(tmpdir(), 'perly-slices-'));
const keyFile = join(folder, 'key');
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

// Not compared: when something was read, scored or sent, and the books of pulls, later cuts and calls. (A slice that sends
// what an earlier one decided goes on with the next cycle, which finds nothing new.)
const queries = {
  account: 'select id, stamp, deleted, master_id, name, parent_id, owner_id, industry, revenue, hash from account order by id',
  contact: 'select id, stamp, deleted, account_id, name, title, email_bounced, hash from contact order by id',
  opportunity: 'select id, stamp, deleted, account_id, stage, amount, close_date, hash from opportunity order by id',
  activity: 'select id, stamp, deleted, account_id, contact_ids, kind, direction, at, done, hash from activity order by id',
  user: 'select id, stamp, name, active, hash from "user" order by id',
  contact_role: 'select id, stamp, contact_id, record_id, role, hash from contact_role order by id',
  opportunity_history: 'select id, stamp, opportunity_id, stage, close_date, at, hash from opportunity_history order by id',
  email: 'select id, stamp, deleted, activity_id, related_id, direction, at, hash from email order by id',
  pull: 'select object, state from pull order by object',
  health: 'select account_id, cut, raw, score, level, coverage, reasons, components, signals, pushed_score, pushed_level from health order by account_id',
  score: 'select account_id, cut, raw, score, level from score order by account_id, cut',
  cut: 'select number, whole, accounts, scored, changed, actions, held from cut where number = 1',
  dirty: 'select * from dirty',
};

/** How far the sync has come: changes with every step that a slice makes durable. @param {string} file */
function progress(file) {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database
    .prepare(
      `select (select group_concat(object || state || rows_received) from pull) as pulls, (select count(*) from field where name = '') as described,
              (select count(*) from health) as scored, (select count(*) from outbox where state = 'done') as done,
              (select count(*) from health where pushed_at is not null) as pushed`,
    )
    .get();
  database.close();
  return JSON.stringify(row);
}

/** As a browser does. @param {string} url */
const authorize = async (url) => (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';

// At three in the morning: nobody works, so no signal that counts in days changes while the slices run.
const start = new Date().setUTCHours(3, 0, 0, 0);

/** A database connected to an org of its own, the same one for each: what one writes would be the other's change. @param {string} sqlite */
async function prepare(sqlite) {
  const server = await startServer({ accounts: 2000, seed: 2, start });
  closing.push(() => server.close());
  const connection = await open({ sqlite, keyFile });
  await connect(connection, { login: server.url, client_id: server.client.id, client_secret: server.client.secret, authorize });
  await run(connection, { command: 'setup' });
  return connection;
}

test('a sync in slices of 300 ms ends as one that nobody stopped', { timeout: 600_000 }, async () => {
  const [whole, sliced] = [join(folder, 'whole.db'), join(folder, 'sliced.db')];
  const connection = await prepare(whole);
  await run(connection, { command: 'sync' });
  await connection.close();

  await (await prepare(sliced)).close();
  let [slices, ms] = [0, SLICE_MS];
  for (;;) {
    const before = progress(sliced);
    const slice = [join(import.meta.dirname, 'slice.mjs'), sliced, keyFile, String(ms)];
    const began = Date.now();
    const { stdout } = await promisify(execFile)(process.execPath, slice);
    const end = JSON.parse(stdout);
    slices++;
    const again = Date.parse(end.again_at);
    if (end.ok) {
      const due = again - 2 * 3600_000; // the polling interval
      assert.ok(due >= began && due <= Date.now(), `comes again at ${end.again_at}`);
      break;
    }
    assert.ok(again >= began && again <= Date.now(), `what a stop left is due at once, not at ${end.again_at}`);
    assert.deepEqual([end.code, end.exit], ['CANCELLED', 5], stdout);
    // On a machine where nothing is done in 300 ms the next slice is longer.
    ms = progress(sliced) === before ? ms * 2 : SLICE_MS;
    assert.ok(ms < 60_000 && slices < 500, 'the slices get somewhere');
  }
  assert.ok(slices > 2, `${slices} slices`);
  assert.deepEqual(dump(sliced, queries), dump(whole, queries));
});

const holders = /** @type {const} */ ([['native', nativeHost, 'the first process'], ['Node', nodeHost, 'the first process'], ['nameless', nativeHost, '']]);
for (const [name, host, holder] of holders) {
  test(`${name}: of two processes one works, the other says who does`, { timeout: 120_000 }, async () => {
    // On the virtual clock, where the Bulk jobs of the first take minutes.
    const server = await startServer({ accounts: 20, seed: 3, clock: 'virtual', pace: true });
    closing.push(() => server.close());
    server.org.faults.add({ match: { method: 'POST', path: '/jobs/query$' }, fault: { kind: 'slow_job', ms: 300_000 }, times: 0 });
    const database = join(folder, `two-${name}.db`);
    const start = () => startCore({ host: host({ database, key: keyFile }), env: { PERLY_TEST_CLOCK: server.url } });
    const first = start();
    const org = { url: server.url, client_id: server.client.id, client_secret: server.client.secret };
    assert.ok((await connectCore(first, org)).at(-1)?.ok);
    const holding = new Promise((resolve) => server.org.clock.schedule(server.org.now() + 60_000, () => resolve(undefined)));
    const working = first.run({ command: 'sync', holder, holder_dead: false });
    await holding;
    const second = start();
    const refused = (await second.run({ command: 'sync', holder: 'the second process', holder_dead: false })).at(-1);
    assert.deepEqual([refused?.ok, refused?.code, refused?.exit], [false, 'LEASE_HELD', 6], JSON.stringify(refused));
    assert.match(refused?.message, holder === '' ? /another process/ : /the first process/);
    await second.close();
    const ended = (await working).at(-1);
    assert.equal(ended?.ok, true, JSON.stringify(ended));
    await first.close();
  });
}
