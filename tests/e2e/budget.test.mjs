// The budget of API calls: counted by purpose and shown, a reserve for others and a ceiling of our own, which stop
// the pull first, then actions, then scores; and what polling more often would cost.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, startCore } from './core.mjs';
import { DAY } from './world.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-budget-'));
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** An org, and a database connected to it. @param {string} name */
async function open(name) {
  const server = await startServer({ accounts: 40, seed: 11, clock: 'virtual' });
  closing.push(() => server.close());
  const file = join(folder, `${name}.db`);
  const start = () => {
    const started = startCore({
      host: nativeHost({ database: file, key: join(folder, 'key') }),
      env: { PERLY_TEST_CLOCK: server.url },
    });
    closing.push(() => started.child.kill('SIGKILL'));
    return started;
  };
  let core = start();
  const last = (await connect(core, { url: server.url, client_id: server.client.id, client_secret: server.client.secret })).at(-1);
  assert.equal(last?.ok, true, JSON.stringify(last));
  assert.equal((await core.run({ command: 'setup' })).at(-1)?.ok, true);
  const database = new DatabaseSync(file);
  database.exec('pragma busy_timeout = 5000');
  closing.push(() => database.close());
  const { org } = /** @type {any} */ (server);
  return {
    org,
    database,
    /** Time passes while no process works. @param {number} ms */
    async pass(ms) {
      assert.equal(await core.close(), 0);
      org.clock.advance(ms);
      core = start();
    },
    /** @param {object} command */
    run: async (command) => core.run(command),
    /** @param {number} calls */
    others: (calls) => org.meter.add('other', calls),
    /** The status line of that name. @param {string} line @param {object} [more] */
    status: async (line, more) =>
      /** @type {any} */ ((await core.run({ command: 'status', ...more })).find(({ event, name }) => event === 'status' && name === line)),
    /** An entry of the outbox. @param {string} kind @param {string} key @param {object} fields @param {number} [row] */
    entry: (kind, key, fields, row = 0) =>
      database
        .prepare(
          'insert into outbox (key, kind, account_id, fields, state, attempt, looks, created_at) ' +
            "values (?, ?, ?, ?, 'ready', 0, 0, '2026-11-23T07:00:00.000Z')",
        )
        .run(key, kind, org.ids.text(org.tables.get('Account').keyOf(row)), JSON.stringify(fields)),
    state: (/** @type {string} */ key) => /** @type {any} */ (database.prepare('select state, attempt from outbox where key = ?').get(key)),
  };
}

/** @param {any[]} events */
const end = (events) => events.at(-1);
const POST = 'a'.repeat(40);
const post = { text: `Health fell\n\n[perly:${POST}]` };

test('every call is counted by its purpose, and status shows them with what the org has left', async () => {
  const { org, run, status, database } = await open('counted');
  const before = org.meter.count('requests');
  const checked = end(await run({ command: 'check' }));
  const synced = end(await run({ command: 'sync' }));
  const made = org.meter.count('requests') - before;
  assert.equal(checked.api_calls + synced.api_calls, made + 1, 'the identity URL, which Salesforce does not count');
  const calls = await status('api calls');
  assert.equal(calls.check, checked.api_calls - 1, 'but for the identity URL, which is the session\'s');
  assert.equal(calls.pull + calls.push + calls.act, synced.api_calls);
  assert.ok(calls.session >= 2, 'the login: token, identity, versions');
  assert.deepEqual([calls.org_limit, calls.org_free], [100000, 100000 - org.usage()]);
  assert.match(calls.text, /\d+ today \(pull \d+, .*check \d+.*of the org's 100000 in 24 hours \d+ are free, 20000 kept for others/);
  assert.equal(calls.short, false);
  const rows = database.prepare("select purpose, calls from api_usage where purpose in ('pull', 'cycles') order by purpose").all();
  assert.deepEqual(rows.map((row) => Number(row.calls)), [1, calls.pull]);
  const limits = database.prepare("select purpose, max, remaining from api_usage where day = '' order by purpose").all();
  assert.deepEqual(limits.map(({ purpose }) => purpose), ['DailyApiRequests', 'DailyBulkApiBatches', 'DailyBulkV2QueryFileStorageMB', 'DailyBulkV2QueryJobs', 'limits']);
});

test('the forecast is what a cycle costs, times how often; polling every 15 minutes has its price', async () => {
  const { org, run, status, database } = await open('forecast');
  assert.equal(await status('forecast'), undefined);
  await run({ command: 'sync' });
  const day = (/** @type {number} */ ago) => new Date(org.now() - ago * DAY).toISOString().slice(0, 10);
  database.exec(`delete from api_usage where day <> '';
    insert into api_usage (day, purpose, calls) values ('${day(2)}', 'pull', 900), ('${day(2)}', 'cycles', 1),
      ('${day(1)}', 'pull', 240), ('${day(1)}', 'cycles', 12), ('${day(1)}', 'push', 6), ('${day(1)}', 'act', 4)`);
  const forecast = await status('forecast');
  // The first day, with its first pull of everything, does not count: 20 calls a cycle, 10 a day for what is written.
  assert.deepEqual([forecast.calls_per_day, forecast.calls_per_day_2h, forecast.calls_per_day_15m], [250, 250, 1930]);
  assert.equal(forecast.text, "every 2 h: about 250 calls a day (0.2 % of the org's); every 15 min: about 1930 calls a day (1.9 % of the org's); touch weekly writes up to 40 accounts a week that did not change: about 1 call, and each write runs the org's flows and triggers on Account");
  assert.deepEqual([forecast.touch, forecast.touch_days, forecast.touch_writes, forecast.touch_calls], ['weekly', 7, 40, 1]);
  const never = await status('forecast', { config: JSON.stringify({ salesforce: { touch: 'never' } }) });
  assert.deepEqual([never.touch, never.touch_writes, /touch/.test(never.text)], ['never', undefined, false]);
  database.exec(`with recursive n(i) as (select 1 union all select i + 1 from n where i < 12345)
    insert into health (account_id, cut, scored_at, changed_at, model_hash, score, level) select printf('001T%014d', i), 1, '2026-11-23T07:00:00.000Z', '2026-11-23T07:00:00.000Z', 'm', 50, 'High' from n`);
  const many = await status('forecast', { config: JSON.stringify({ salesforce: { touch: 'daily' } }) });
  assert.deepEqual([many.touch_days, many.touch_writes, many.touch_calls], [1, 12385, 24], 'two Bulk jobs');
  database.exec("delete from health where account_id like '001T%'");
  const config = JSON.stringify({ salesforce: { poll: '30m' } });
  assert.match((await status('forecast', { config })).text, /^every 30 min: about 970 .*; every 2 h: about 250 .*; every 15 min/);
});

test('what was read while the clock of the machine was years ahead is not believed until then', async () => {
  const { run, database, entry, state, pass } = await open('ahead');
  assert.equal(end(await run({ command: 'sync' })).ok, true);
  entry('chatter', POST, post);
  database.exec(`update outbox set not_before = '2041-01-01T00:00:00.000Z' where key = '${POST}'`);
  database.exec("update api_usage set remaining = 0, at = '2041-01-01T00:00:00.000Z' where day = ''");
  database.exec("insert into api_usage (day, purpose, calls, at) values ('', 'bulk refused', 0, '2041-01-01T00:00:00.000Z')");
  assert.equal(end(await run({ command: 'sync' })).ok, true);
  const read = database.prepare("select distinct substr(at, 1, 4) as year from api_usage where day = '' and purpose <> 'bulk refused'").all();
  assert.deepEqual(read.map(({ year }) => year), ['2026'], 'and is read anew');
  await pass(120_000);
  assert.equal(end(await run({ command: 'sync' })).ok, true);
  assert.equal(state(POST).state, 'done', 'what waits is sent');
});

test('at the reserve the pull stops, actions and scores go on; a call looks again after an hour', async () => {
  const { org, run, status, others, entry, state, pass } = await open('reserve');
  assert.equal(end(await run({ command: 'sync' })).ok, true);
  // 20,000 of 100,000 are kept; of the 80,000 that are ours the pull leaves 8,000.
  others(100000 - 27500 - org.usage());
  entry('chatter', POST, post);
  const events = await run({ command: 'sync' });
  assert.deepEqual([end(events).ok, end(events).code, end(events).exit], [false, 'API_BUDGET', 5]);
  assert.match(end(events).message, /no calls are left to pull: 274\d\d of the org's 100000 .* 20000 are kept .*api_reserve.* again at \d{4}-\d\d-\d\dT\d\d:\d\dZ/);
  const short = events.find(({ event }) => event === 'budget_short');
  assert.deepEqual([short?.purpose, short?.code], ['pull', 'API_BUDGET']);
  assert.equal(state(POST).state, 'done');

  const calls = await status('api calls');
  assert.equal(calls.short, true);
  assert.match(calls.text, /no calls are left to pull/);
  // Within the hour the reading is believed: not one call is spent to hear the same.
  const before = org.meter.count('requests');
  assert.equal(end(await run({ command: 'sync' })).code, 'API_BUDGET');
  assert.equal(org.meter.count('requests'), before);
  await pass(25 * 3600 * 1000);
  const later = end(await run({ command: 'sync' }));
  assert.equal(later.ok, true, JSON.stringify(later));
  assert.equal((await status('api calls')).short, false);
});

test('when it gets shorter actions wait too, with their attempts kept, and last of all scores', async () => {
  const { org, run, others, entry, state } = await open('shorter');
  assert.equal(end(await run({ command: 'sync' })).ok, true);
  others(100000 - 23000 - org.usage());
  entry('chatter', POST, post);
  entry('fields', 'fields:1', { Perly_Health_Score__c: 12 });
  const pushed = await run({ command: 'push' });
  // The first answer tells how little is left; the score was sent before, the post is not.
  assert.deepEqual([end(pushed).code, end(pushed).exit], ['API_BUDGET', 5]);
  const stopped = pushed.filter(({ event }) => event === 'outbox_stopped').map(({ kind, code }) => [kind, code]);
  assert.deepEqual(stopped.filter(([, code]) => code === 'API_BUDGET'), [['chatter', 'API_BUDGET']]);
  assert.deepEqual({ ...state(POST) }, { state: 'ready', attempt: 0 });
  assert.notEqual(Number(state('fields:1').attempt), 0);

  others(4000);
  await run({ command: 'check' }); // what a person asks for goes on, and reads the header
  entry('fields', 'fields:2', { Perly_Health_Score__c: 12 }, 1);
  const before = org.meter.count('requests');
  const none = await run({ command: 'push' });
  assert.equal(end(none).code, 'API_BUDGET');
  assert.match(end(none).message, /no calls are left to push/);
  assert.deepEqual({ ...state('fields:2') }, { state: 'ready', attempt: 0 });
  assert.equal(org.meter.count('requests'), before);
});

test('the ceiling of a day holds whatever the org has left, and ends with the day', async () => {
  const { org, run } = await open('ceiling');
  const config = JSON.stringify({ limits: { api_calls_per_day: 45 } });
  const first = end(await run({ command: 'sync', config }));
  assert.deepEqual([first.code, first.exit], ['API_BUDGET', 5]);
  assert.match(first.message, /Perly has made \d+ of the 45 calls a day of limits.api_calls_per_day; it goes on at \d{4}-\d\d-\d\dT00:00Z/);
  assert.ok(org.meter.count('requests') <= 45);
  const again = end(await run({ command: 'sync', config }));
  assert.deepEqual([again.code, again.api_calls], ['API_BUDGET', 0]);
  // Nothing was lost: without the ceiling the pull goes on where it stopped.
  assert.equal(end(await run({ command: 'sync' })).ok, true);
});

test('too few Bulk queries left for others stop the pull as well', async () => {
  const { org, run } = await open('bulk');
  org.options.dailyQueryJobs = 100;
  org.meter.add('queryJobs', 85);
  const events = await run({ command: 'sync' });
  assert.deepEqual([end(events).code, end(events).exit], ['API_BUDGET', 5]);
  assert.match(end(events).message, /no Bulk queries are left: 15 of the org's 100 jobs/);
  assert.equal(org.meter.count('queryJobs'), 85);
});

test('a user who may not ask for limits pulls all the same', async () => {
  const { run, status, org } = await open('no-limits');
  org.faults.add({ match: { method: 'GET', path: '/limits$' }, fault: { kind: 'status', status: 403, body: 'json' }, times: 0 });
  const last = end(await run({ command: 'sync' }));
  assert.equal(last.ok, true, JSON.stringify(last));
  assert.equal((await status('api calls')).org_limit, 100000);
});
