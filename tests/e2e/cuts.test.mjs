// A cut that is scored in several goes is one cut: it has the counts of all of them, and closes after all that marked its
// accounts.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, startCore } from './core.mjs';
import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('cuts');
const folder = mkdtempSync(join(tmpdir(), 'perly-cut-'));
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** @param {string} file @param {string} sql @returns {any} */
function one(file, sql) {
  const database = new DatabaseSync(file, { readOnly: true });
  const row = database.prepare(sql).get();
  database.close();
  return { ...row };
}

test('a cut that was killed between its chunks has the counts of the whole', async () => {
  const cuts = [];
  for (const kill of [false, true]) {
    // Each has an org of its own: what one writes would be the other's change.
    const server = await startServer({ accounts: 500, seed: 3, clock: 'virtual', sessionMinutes: 1e6, refreshIdleDays: 365 });
    closing.push(() => server.close());
    const database = join(folder, `${kill}.db`);
    const start = (/** @type {NodeJS.ProcessEnv} */ env = {}) => {
      const core = startCore({ host: nativeHost({ database, key: join(folder, 'key') }), env: { PERLY_TEST_CLOCK: server.url, ...env } });
      closing.push(() => core.child.kill('SIGKILL'));
      return core;
    };
    const first = start();
    assert.ok((await connect(first, { url: server.url, client_id: server.client.id, client_secret: server.client.secret })).at(-1)?.ok);
    assert.ok((await first.run({ command: 'sync' })).at(-1)?.ok);
    await first.close();
    await fetch(`${server.url}/_clock/advance`, { method: 'POST', body: JSON.stringify({ ms: 60 * DAY }) });
    const scored = `select count(*) as n, (select count(*) from cut) as cuts from health where cut = 2`;
    for (let [goes, done, at] = [0, 0, 2]; kill && goes < 2; at++) { // after the first chunk, and then after the second
      assert.ok(at < 30, 'it is killed between chunks');
      await assert.rejects(start({ CORE_RUN_KILL: `committed:${at}` }).run({ command: 'sync', pull: false }), /the core ended/);
      const { n, cuts } = one(database, scored);
      assert.equal(cuts, 1);
      if (n > done) [goes, done, at] = [goes + 1, n, 1];
    }
    const last = start();
    const told = await last.run({ command: 'sync', pull: false });
    assert.ok(told.at(-1)?.ok, JSON.stringify(told.at(-1)));
    await last.close();
    const { accounts, changed, unscored, tasks, posts, low, medium, high, critical } = told.find(({ event }) => event === 'scored') ?? {};
    cuts.push({
      row: one(database, 'select number, whole, accounts, scored, changed, actions, held from cut where number = 2'),
      told: { accounts, changed, unscored, tasks, posts, low, medium, high, critical },
    });
  }
  assert.ok(cuts[0]?.row.changed > 0 && cuts[0]?.row.accounts === 500, JSON.stringify(cuts[0]));
  assert.deepEqual(cuts[1], cuts[0]);
});

test('what a refresh of columns marked is scored by the cut of the next slice, and once', async () => {
  const world = await open('refreshed', { sessionMinutes: 1e6 });
  const config = JSON.stringify({ mapping: { account: { days: 'record.Days_To_Renewal__c' } } });
  await world.sync({ config });
  await world.advance(2 * DAY);
  // Windows and columns are read, and then the org's calls are used up: before anything is scored.
  await world.control('faults', [{ match: { method: 'GET', path: '/limits/recordCount' }, fault: { kind: 'limit' } }]);
  assert.equal((await world.run({ command: 'sync', config })).at(-1)?.ok, false);
  const marked = world.rows('select account_id from dirty').length;
  assert.ok(marked > 0);
  await world.control('faults', undefined, 'DELETE');
  await world.advance(10 * 60_000);
  const events = await world.sync({ config });
  assert.deepEqual(events.filter(({ event }) => event === 'columns_read'), [], 'not read again');
  assert.deepEqual(world.rows('select account_id from dirty'), [], 'its cut closes after what the columns marked');
  await world.close();
});

test('a refresh is as old as its question to Salesforce, however long the answer took', async () => {
  const world = await open('slow', { sessionMinutes: 1e6 });
  const config = JSON.stringify({ mapping: { account: { days: 'record.Days_To_Renewal__c' } } });
  const slow = { match: { method: 'POST', path: '/jobs/query$', body: 'FROM Account ' }, fault: { kind: 'slow_job', ms: 20 * 60_000 }, times: 0 };
  const times = () => {
    const [{ refreshed_at, finished_at }] = world.rows("select refreshed_at, finished_at from pull where object = 'Account'");
    return [refreshed_at, finished_at].map((time) => Date.parse(time));
  };
  await world.control('faults', [slow]);
  await world.sync({ config });
  const [read = NaN, done = NaN] = times();
  assert.ok(done - read >= 19 * 60_000 && done - read < HOUR, `of all rows: ${new Date(read)}, done ${new Date(done)}`);
  await world.advance(2 * DAY);
  const began = (await world.control('_clock')).wall;
  await world.sync({ config });
  const [again = NaN] = times();
  assert.ok(again - began >= 20 * 60_000 && again - began < 25 * 60_000, `asked ${new Date(again)}, begun ${new Date(began)}`); // the window comes first
  await world.close();
});
