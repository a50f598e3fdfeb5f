// Thousands of scores at once: a Bulk ingest job in place of a request for every two hundred, whatever fails on the
// way and wherever the process is killed; and what becomes of records that Salesforce refuses.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, beforeEach, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, startCore } from './core.mjs';
import { control } from './world.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-bulk-push-'));
const ROWS = 2100;
/** @type {any} */
let server;
/** @type {DatabaseSync} */
let database;
/** @type {string[]} */
let accounts;

/** @param {NodeJS.ProcessEnv} [env] */
const start = (env) =>
  startCore({
    host: nativeHost({ database: join(folder, 'a.db'), key: join(folder, 'key') }),
    env: { PERLY_TEST_CLOCK: server.url, ...env },
  });

/** @param {object} command @returns {Promise<any[]>} */
async function run(command) {
  const core = start();
  const events = await core.run(command);
  await core.close();
  return events;
}

/** @param {string} kill */
async function killed(kill) {
  const core = start({ CORE_RUN_KILL: kill });
  await assert.rejects(core.run({ command: 'push' }), /the core ended/, kill);
  await core.close();
  await fetch(`${server.url}/_clock/unregister`, { method: 'POST', body: JSON.stringify({ process: `perly-${core.child.pid}` }) });
}

/** One entry an account. @param {(row: number) => object} fields @param {number} [count] */
function fill(fields, count = ROWS) {
  database.exec("begin; delete from outbox; delete from note where kind = 'failed'");
  const insert = database.prepare(
    'insert into outbox (key, kind, account_id, fields, state, attempt, looks, created_at) ' +
      "values (?, 'fields', ?, ?, 'ready', 0, 0, '2026-11-23T07:00:00.000Z')",
  );
  for (let row = 0; row < count; row++) insert.run(`fields:${accounts[row]}`, accounts[row], JSON.stringify(fields(row)));
  database.exec('commit');
}

/** @param {string} [where] */
const count = (where = '1 = 1') => Number(database.prepare(`select count(*) n from outbox where ${where}`).get()?.['n']);
/** What Salesforce shows, by account. @returns {Promise<Map<string, any>>} */
async function shown() {
  const rows = new Map();
  const query = 'SELECT Id, Perly_Health_Score__c, Perly_Risk_Level__c FROM Account';
  for (let path = `/services/data/v66.0/query?q=${encodeURIComponent(query)}`; path; ) {
    const answer = await fetch(server.url + path, { headers: { authorization: `Bearer ${server.tokens.access_token}` } });
    assert.equal(answer.status, 200, await answer.clone().text());
    const { records, nextRecordsUrl } = await answer.json();
    for (const record of records) rows.set(record.Id, record);
    path = nextRecordsUrl;
  }
  return rows;
}
const calls = async () => (await control(server, 'stats', undefined, 'GET')).calls;

before(async () => {
  server = await startServer({ accounts: ROWS + 20, seed: 3, clock: 'virtual' });
  const core = start();
  assert.equal((await connect(core, { url: server.url, client_id: server.client.id, client_secret: server.client.secret })).at(-1)?.ok, true);
  assert.equal((await core.run({ command: 'setup' })).at(-1)?.ok, true);
  await core.close();
  database = new DatabaseSync(join(folder, 'a.db'));
  database.exec('pragma busy_timeout = 5000');
  const table = server.org.tables.get('Account');
  accounts = Array.from({ length: ROWS + 20 }, (_, row) => server.org.ids.text(table.keyOf(row)));
});
beforeEach(async () => {
  await control(server, 'faults', undefined, 'DELETE');
  await control(server, 'stats/reset', {});
  server.org.jobs.clear();
});
after(async () => {
  database?.close();
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('two thousand scores are one job, each row matched by its Id, null clears a field', async () => {
  const levels = ['Low', 'Medium', 'High', 'Critical'];
  fill((row) => (row % 50 === 7 ? { Perly_Health_Score__c: null, Perly_Risk_Level__c: null } : { Perly_Health_Score__c: row % 101, Perly_Risk_Level__c: levels[row % 4] }));
  await control(server, 'rules', { object: 'Account', field: 'Perly_Health_Score__c', above: 99, message: 'One hundred is too good' });
  const events = await run({ command: 'push' });
  await control(server, 'rules', undefined, 'DELETE');
  const refused = accounts.slice(0, ROWS).filter((_, row) => row % 101 === 100 && row % 50 !== 7);
  assert.ok(refused.length > 10);
  const pushed = events.find(({ event }) => event === 'pushed');
  assert.deepEqual([pushed.accounts, pushed.failed, pushed.later], [ROWS - refused.length, refused.length, 0]);
  const made = await calls();
  assert.equal(made['POST /services/data/jobs/ingest'], 1);
  assert.equal(made['PATCH /services/data/composite/sobjects'], undefined, 'not 200 a request');
  assert.ok(Object.values(made).reduce((sum, n) => sum + n, 0) <= 12, JSON.stringify(made));
  assert.equal(server.org.jobs.size, 0, 'the job is deleted');
  assert.equal(database.prepare("select count(*) n from note where kind = 'ingest'").get()?.['n'], 0);
  const there = await shown();
  for (let row = 0; row < ROWS; row++) {
    const wanted = refused.includes(accounts[row]) || row % 50 === 7 ? [null, null] : [row % 101, levels[row % 4]];
    const one = there.get(accounts[row]);
    assert.deepEqual([one.Perly_Health_Score__c, one.Perly_Risk_Level__c], wanted, `row ${row}`);
  }
  // Each refused record is kept with its error, and told with a sentence.
  const errors = await run({ command: 'errors' });
  const told = errors.filter(({ event }) => event === 'record_error');
  assert.deepEqual(told.map(({ account_id }) => account_id).sort(), [...refused].sort());
  assert.equal(errors.at(-1).exit, 3);
  assert.match(told[0].message, /One hundred is too good/);
  assert.equal(told[0].code, 'SF_VALIDATION_RULE');
  assert.match(told[0].remedy, /validation rule/);
  // The rule is gone: a person's word sends one of them, then all.
  const one = await run({ command: 'actions_decide', decision: 'retry', id: told[0].id });
  assert.deepEqual(one[0], { event: 'decided', decision: 'retry', actions: 1 });
  await run({ command: 'actions_decide', decision: 'retry' });
  await run({ command: 'push' });
  assert.equal(count("state = 'done'"), ROWS);
  assert.deepEqual((await run({ command: 'errors' })).length, 1, 'none is left');
});

test('accounts of one parent stand together in the upload', async () => {
  fill((row) => ({ Perly_Health_Score__c: row % 100 }));
  database.exec('begin');
  const insert = database.prepare('insert into account (id, parent_id) values (?, ?)');
  for (const [row, id] of accounts.slice(0, ROWS).entries()) insert.run(id, row % 3 ? accounts[row % 7] : null);
  database.exec('commit');
  /** @type {string[]} */
  const uploads = [];
  const kept = server.org.jobs.set.bind(server.org.jobs);
  server.org.jobs.set = (/** @type {string} */ id, /** @type {any} */ job) => {
    let text = job.text;
    Object.defineProperty(job, 'text', { get: () => text, set: (value) => { if (value) uploads.push(value); text = value; }, configurable: true });
    return kept(id, job);
  };
  await run({ command: 'push' });
  server.org.jobs.set = kept;
  const [upload] = uploads.filter((text) => text.startsWith('"Id","Perly_Health_Score__c"'));
  const order = upload.trim().split('\n').slice(1).map((line) => line.slice(1, 19));
  const parents = new Map(database.prepare("select id, coalesce(parent_id, '') parent from account").all().map((row) => [row['id'], String(row['parent'])]));
  const keys = order.map((id) => `${parents.get(id)} ${id}`);
  assert.equal(keys.length, ROWS);
  assert.deepEqual(keys, [...keys].sort((a, b) => (a < b ? -1 : 1)));
  assert.equal(new Set(parents.values()).size, 8);
  database.exec('delete from account');
});

test('an upload whose answer is lost is not sent twice: the job is aborted, another one made', async () => {
  fill(() => ({ Perly_Health_Score__c: 31 }));
  await control(server, 'faults', [
    { match: { method: 'PUT', path: '/batches$' }, fault: { kind: 'lost' } },
    { match: { method: 'PUT', path: '/batches$', nth: 2 }, fault: { kind: 'drop' } },
  ]);
  await run({ command: 'push' });
  assert.equal(count("state = 'done'"), ROWS);
  const made = await calls();
  assert.equal(made['POST /services/data/jobs/ingest'], 2, 'after the second one entries come back one by one, 200 a request');
  assert.equal([...(await shown()).values()].filter((row) => row.Perly_Health_Score__c === 31).length, ROWS);
});

test('a close whose answer is lost was a close', async () => {
  fill(() => ({ Perly_Health_Score__c: 32 }));
  await control(server, 'faults', { match: { method: 'PATCH', path: '/jobs/ingest/\\w+$' }, fault: { kind: 'lost' } });
  await run({ command: 'push' });
  assert.equal(count("state = 'done'"), ROWS);
  assert.equal((await calls())['POST /services/data/jobs/ingest'], 1);
});

test('a job that fails says why; the entries wait, with their attempts', async () => {
  fill(() => ({ Perly_Health_Score__c: 33 }));
  await control(server, 'faults', { match: { method: 'PATCH', path: '/jobs/ingest/\\w+$' }, fault: { kind: 'failed_job', message: 'InternalServerError : something broke' } });
  const events = await run({ command: 'push' });
  const stopped = events.find(({ event }) => event === 'outbox_stopped');
  assert.deepEqual([stopped.kind, stopped.code], ['fields', 'SF_BULK_JOB_FAILED']);
  assert.match(stopped.message, /something broke/);
  assert.equal(count("state = 'ready' and attempt = 0"), ROWS);
  await run({ command: 'push' });
  assert.equal(count("state = 'done'"), ROWS);
});

test('fields that are hidden from the user are told as that, also by a job', async () => {
  fill(() => ({ Perly_Health_Score__c: 33 }));
  const rights = ['read', 'edit'].map((right) => `Account.Perly_Health_Score__c.${right}`);
  await control(server, 'permissions', { deny: rights });
  const events = await run({ command: 'push' });
  await control(server, 'permissions', { allow: rights });
  const stopped = events.find(({ event }) => event === 'outbox_stopped');
  assert.deepEqual([stopped.code, events.at(-1).exit], ['SF_OWN_FIELDS', 3], JSON.stringify(stopped));
  assert.match(stopped.message, /Field name not found/);
  assert.match(stopped.remedy, /Run perly setup/);
  assert.equal(count("state = 'ready' and attempt = 0"), ROWS);
  await run({ command: 'push' });
  assert.equal(count("state = 'done'"), ROWS);
});

test('a slow job is left to the next run, which goes on with it; nothing overtakes it', async () => {
  fill(() => ({ Perly_Health_Score__c: 34 }));
  await control(server, 'faults', { match: { method: 'PATCH', path: '/jobs/ingest/\\w+$' }, fault: { kind: 'slow_job', ms: 15 * 60000 } });
  const events = await run({ command: 'push' });
  assert.match(events.find(({ event }) => event === 'outbox_stopped').message, /longer than ten minutes/);
  assert.equal(count("state = 'claimed'"), ROWS);
  // A newer score comes while the job runs: it must be what Salesforce shows in the end.
  database.exec(`update outbox set state = 'ready', attempt = 0, fields = '{"Perly_Health_Score__c":77}' where account_id = '${accounts[5]}'`);
  await run({ command: 'push' });
  assert.equal(count("state = 'done'"), ROWS);
  const there = await shown();
  assert.deepEqual([there.get(accounts[4]).Perly_Health_Score__c, there.get(accounts[5]).Perly_Health_Score__c], [34, 77]);
  assert.equal((await calls())['POST /services/data/jobs/ingest'], 1, 'one job, taken up again');
});

test('killed at any effect of a job, the next run ends with every score there once', async () => {
  // The effects of a push: revived; created, uploaded, closed, polled, results; claimed and stored between them.
  const kills = ['request:1', 'answer:1', 'request:2', 'answer:2', 'request:3', 'answer:3', 'request:4', 'answer:4', 'commit:4', 'committed:4', 'commit:5', 'committed:5'];
  for (const [index, kill] of kills.entries()) {
    fill(() => ({ Perly_Health_Score__c: 40 + index }));
    await killed(kill);
    await run({ command: 'push' });
    assert.equal(count("state = 'done'"), ROWS, kill);
    assert.equal([...(await shown()).values()].filter((row) => row.Perly_Health_Score__c === 40 + index).length, ROWS, kill);
    assert.equal(database.prepare("select count(*) n from note where kind = 'ingest'").get()?.['n'], 0, kill);
  }
});

test('when the day has few ingest batches left for others, 200 a request do', async () => {
  fill(() => ({ Perly_Health_Score__c: 60 }));
  database.exec("insert or replace into api_usage values ('', 'DailyBulkApiBatches', 0, 15000, 2500, '2026-11-23T08:00:00.000Z')");
  await run({ command: 'push' });
  database.exec("delete from api_usage where purpose = 'DailyBulkApiBatches'");
  const made = await calls();
  assert.equal(made['POST /services/data/jobs/ingest'], undefined);
  assert.equal(made['PATCH /services/data/composite/sobjects'], Math.ceil(ROWS / 200));
  assert.equal(count("state = 'done'"), ROWS);
});
