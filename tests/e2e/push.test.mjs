// The outbox, end to end under the native host: fields, tasks and posts arrive once, whatever fails on the way and
// wherever the process is killed. Time is that of the local Salesforce, so that waits of minutes take none.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, startCore } from './core.mjs';

const V = '/services/data/v66.0';
const folder = mkdtempSync(join(tmpdir(), 'perly-push-'));
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing) await close();
});
after(() => rmSync(folder, { recursive: true, force: true }));

const LEVELS = ['Low', 'Medium', 'High', 'Critical'].map((name) => ({ fullName: name, label: name, default: false }));
const FIELDS = [
  ['Account.Perly_Health_Score__c', { label: 'Perly Health Score', type: 'Number', precision: 3, scale: 0 }],
  [
    'Account.Perly_Risk_Level__c',
    {
      label: 'Perly Risk Level',
      type: 'Picklist',
      valueSet: { restricted: true, valueSetDefinition: { sorted: false, value: LEVELS } },
    },
  ],
  ['Account.Perly_Last_Updated__c', { label: 'Perly Last Updated', type: 'DateTime' }],
];
const KEY = [
  'Activity.Perly_Key__c',
  { label: 'Perly Key', type: 'Text', length: 64, externalId: true, unique: true, caseSensitive: true },
];

/** One key as the rules make them. @param {unknown} text */
const keyOf = (text) => createHash('sha256').update(String(text)).digest('hex').slice(0, 40);
/** @param {any} error */
const alreadyGone = (error) => assert.match(error.message, /the core ended/);

/** An org with our fields, a database connected to it, and what a test does with both. */
async function open({ name = '', accounts = 40, keyed = true } = {}) {
  const server = await startServer({ accounts, clock: 'virtual', seed: 11 });
  closing.push(() => server.close());
  const files = { database: join(folder, `${name}.db`), key: join(folder, 'key') };
  const client = /** @type {any} */ (server.client);
  /** @param {string} method @param {string} path @param {any} [body] */
  const call = async (method, path, body) => {
    const answer = await fetch(server.url + path, {
      method,
      headers: {
        authorization: `Bearer ${/** @type {any} */ (server.tokens).access_token}`,
        'content-type': 'application/json',
      },
      body: body === undefined ? null : JSON.stringify(body),
    });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${text}`);
    return text === '' ? null : JSON.parse(text);
  };
  await setUp(server, call, keyed ? [...FIELDS, KEY] : FIELDS);

  /** @param {NodeJS.ProcessEnv} [env] */
  const start = (env) => {
    const core = startCore({ host: nativeHost(files), env: { PERLY_TEST_CLOCK: server.url, ...env } });
    closing.push(() => core.child.kill('SIGKILL'));
    return core;
  };
  const first = start();
  ended(await connect(first, { url: server.url, client_id: client.id, client_secret: client.secret }));
  await first.close();
  const database = new DatabaseSync(files.database);
  database.exec('pragma busy_timeout = 5000');
  closing.push(() => database.close());
  const insert = database.prepare(
    'insert into outbox (key, kind, account_id, fields, state, attempt, looks, created_at) ' +
      "values (?, ?, ?, ?, 'ready', 0, 0, '2026-11-23T07:00:00.000Z')",
  );
  const org = /** @type {any} */ (server.org);
  const owner = org.ids.text(org.connectedUser);
  return {
    server,
    call,
    start,
    database,
    control: (/** @type {string} */ what, /** @type {any} */ body) => call('POST', `/_control/${what}`, body),
    account: (/** @type {number} */ row) => org.ids.text(org.tables.get('Account').keyOf(row)),
    query: async (/** @type {string} */ soql) =>
      (await call('GET', `${V}/queryAll?q=${encodeURIComponent(soql)}`)).records,
    tasks: () => call('GET', '/_control/tasks'),
    feed: () => call('GET', '/_control/feed'),
    states: () => tally(database.prepare('select kind, state, count(*) n from outbox group by kind, state').all()),
    /** @param {string} account @param {any} fields */
    addFields: (account, fields) => insert.run(`fields:${account}`, 'fields', account, JSON.stringify(fields)),
    /** @param {string} account @param {string} text @param {string} [kind] */
    addTask: (account, text, kind = 'task') =>
      insert.run(keyOf(text), kind, account, JSON.stringify({
        owner_id: owner, subject: `Perly: ${text}`, priority: 'High', due: '2026-11-25',
        description: `Why: ${text}\n\n[perly:${keyOf(text)}]`,
      })),
    /** @param {string} account @param {string} text */
    addPost: (account, text) =>
      insert.run(keyOf(text), 'chatter', account, JSON.stringify({ text: `${text}\n\n[perly:${keyOf(text)}]` })),
    /** One run, by a process of its own. */
    async push() {
      const core = start();
      const events = ended(await core.run({ command: 'push' }));
      await core.close();
      return events;
    },
    /** A run whose process is killed; the clock must not wait for it. @param {string} kill */
    async pushKilled(kill) {
      const core = start({ CORE_RUN_KILL: kill });
      const killed = await core.run({ command: 'push' }).then(() => false, (error) => {
        alreadyGone(error);
        return true;
      });
      await core.close();
      await call('POST', '/_clock/unregister', { process: `perly-${core.child.pid}` });
      return killed;
    },
  };
}

/** @param {any} server @param {(method: string, path: string, body?: any) => Promise<any>} call @param {any[]} fields */
async function setUp(server, call, fields) {
  const set = (await call('POST', `${V}/sobjects/PermissionSet`, { Name: 'Perly_Sync', Label: 'Perly Sync' })).id;
  for (const [FullName, Metadata] of fields) {
    await call('POST', `${V}/tooling/sobjects/CustomField`, { FullName, Metadata });
    const [owner, name] = FullName.split('.');
    const object = owner === 'Activity' ? 'Task' : owner;
    await call('POST', `${V}/sobjects/FieldPermissions`, {
      ParentId: set, SobjectType: object, Field: `${object}.${name}`, PermissionsRead: true, PermissionsEdit: true,
    });
  }
  const AssigneeId = server.org.ids.text(server.org.connectedUser);
  await call('POST', `${V}/sobjects/PermissionSetAssignment`, { PermissionSetId: set, AssigneeId });
}

/** @param {any[]} events */
function ended(events) {
  const last = events.at(-1);
  assert.equal(last.ok, true, JSON.stringify(events));
  return events;
}

/** @param {any[]} rows */
const tally = (rows) => Object.fromEntries(rows.map(({ kind, state, n }) => [`${kind} ${state}`, n]));
/** @param {any[]} events @param {string} name */
const named = (events, name) => events.filter(({ event }) => event === name);

/** How often each text's marker stands in one field of these records. @param {any[]} records @param {string} field @param {string[]} texts */
const times = (records, field, texts) =>
  texts.map((text) => records.filter((record) => (record[field] ?? '').includes(`[perly:${keyOf(text)}]`)).length);

test('450 scores, one of an account that is gone: 449 are in Salesforce and in health', async () => {
  const s = await open({ name: 'fields', accounts: 450 });
  const gone = s.account(17);
  const health = s.database.prepare(
    'insert into health (account_id, cut, scored_at, changed_at, model_hash, score, level) ' +
      "values (?, 1, '2026-11-23T07:00:00.000Z', '2026-11-23T07:00:00.000Z', 'm', ?, ?)",
  );
  for (let row = 0; row < 450; row++) {
    const [score, level] = row === 3 ? [null, null] : [row % 101, LEVELS[row % 4]?.fullName ?? null];
    health.run(s.account(row), score, level);
    s.addFields(s.account(row), {
      Perly_Health_Score__c: score, Perly_Risk_Level__c: level, Perly_Last_Updated__c: '2026-11-23T07:00:00.000Z',
    });
  }
  await s.control('edit', { action: 'delete', object: 'Account', id: gone });
  const calls = (await s.call('GET', '/_control/stats')).api_usage;
  const events = await s.push();
  assert.deepEqual(named(events, 'pushed'), [{ event: 'pushed', accounts: 449, failed: 1, later: 0 }]);
  assert.deepEqual(s.states(), { 'fields done': 449, 'fields failed': 1 });
  assert.equal((await s.call('GET', '/_control/stats')).api_usage - calls, 3, 'three requests of at most 200');
  const records = await s.query('SELECT Id, Perly_Health_Score__c, Perly_Risk_Level__c FROM Account');
  const shown = new Map(records.map((/** @type {any} */ one) => [one.Id, one]));
  for (const row of s.database.prepare('select * from health').all()) {
    const account = /** @type {any} */ (row);
    const there = shown.get(account.account_id);
    const pushed = account.account_id === gone ? [null, null] : [account.score, account.level];
    assert.deepEqual([there.Perly_Health_Score__c, there.Perly_Risk_Level__c], pushed, account.account_id);
    assert.deepEqual([account.pushed_score, account.pushed_level], pushed, account.account_id);
    assert.equal(account.pushed_at !== null, account.account_id !== gone);
  }
  const errors = s.database.prepare("select object, id, code from note where kind = 'failed'").all();
  assert.deepEqual(errors.map((row) => ({ ...row })), [
    { object: 'outbox', id: `fields:${gone}`, code: 'SF_RECORD_GONE' },
  ]);
  assert.deepEqual(named(await s.push(), 'pushed'), [], 'a second run has nothing to do');
});

test('one locked record of 200 in a request waits by itself, the others do not', async () => {
  const s = await open({ name: 'locked', accounts: 200 });
  for (let row = 0; row < 200; row++) s.addFields(s.account(row), { Perly_Health_Score__c: 50 });
  await s.control('lock', { id: s.account(104), times: 2 });
  const calls = (await s.call('GET', '/_control/stats')).api_usage;
  const events = await s.push();
  assert.deepEqual(named(events, 'pushed'), [{ event: 'pushed', accounts: 200, failed: 0, later: 0 }]);
  assert.deepEqual(s.states(), { 'fields done': 200 });
  assert.equal((await s.call('GET', '/_control/stats')).api_usage - calls, 3, 'the 200, then twice the one');
  const [{ count }] = (await s.query('SELECT COUNT(Id) count FROM Account WHERE Perly_Health_Score__c = 50'));
  assert.equal(count, 200);
  const attempts = s.database.prepare('select attempt, count(*) n from outbox group by attempt').all();
  assert.deepEqual(attempts.map((row) => ({ ...row })), [{ attempt: 1, n: 199 }, { attempt: 3, n: 1 }]);
});

test('a session that ends on the way is renewed, and nothing is sent twice', async () => {
  const s = await open({ name: 'expired' });
  s.addTask(s.account(1), 'still there');
  s.addPost(s.account(2), 'still here');
  await s.control('faults', [
    { match: { method: 'PATCH', path: 'composite/sobjects/Task' }, fault: { kind: 'expire' } },
    { match: { method: 'POST', path: 'sobjects/FeedItem' }, fault: { kind: 'expire' } },
  ]);
  await s.push();
  assert.deepEqual(s.states(), { 'task done': 1, 'chatter done': 1 });
  assert.deepEqual(times(await s.tasks(), 'Description', ['still there']), [1]);
  assert.deepEqual(times(await s.feed(), 'Body', ['still here']), [1]);
});

test('no API calls are left: the run ends and says so, all entries wait as they were', async () => {
  const s = await open({ name: 'limit' });
  s.addFields(s.account(1), { Perly_Health_Score__c: 70 });
  s.addPost(s.account(1), 'not yet');
  await s.control('faults', { match: { path: 'composite/sobjects' }, fault: { kind: 'limit' } });
  const core = s.start();
  const events = await core.run({ command: 'push' });
  await core.close();
  const last = events.at(-1);
  assert.deepEqual([last?.ok, last?.code, last?.exit], [false, 'SF_API_LIMIT', 5]);
  assert.deepEqual(named(events, 'pushed'), [{ event: 'pushed', accounts: 0, failed: 0, later: 1 }]);
  assert.deepEqual(named(events, 'acted'), [{ event: 'acted', kind: 'chatter', count: 0, failed: 0, later: 1 }]);
  const left = s.database.prepare('select state, attempt from outbox').all();
  assert.deepEqual(left.map((row) => ({ ...row })), [{ state: 'ready', attempt: 0 }, { state: 'ready', attempt: 0 }]);
  assert.deepEqual(times(await s.feed(), 'Body', ['not yet']), [0]);
});

for (const [status, retry_as] of /** @type {const} */ ([[503, 'seconds'], [429, 'seconds'], [503, 'date']])) {
  test(`${status} with Retry-After in ${retry_as}: the request is repeated when Salesforce says`, async () => {
    const s = await open({ name: `busy ${status} ${retry_as}` });
    await s.control('options', { skewMs: 3_600_000 }); // a date is one of Salesforce's clock
    for (let row = 0; row < 5; row++) s.addFields(s.account(row), { Perly_Health_Score__c: 60 });
    const match = { method: 'PATCH', path: 'composite/sobjects' };
    await s.control('faults', { match, fault: { kind: 'status', status, retry_after: 40, retry_as }, times: 2 });
    await s.push();
    assert.deepEqual(s.states(), { 'fields done': 5 });
    const sent = (await s.call('GET', '/_control/requests')).filter((/** @type {any} */ { path }) => path.endsWith(match.path));
    assert.deepEqual(sent.map((/** @type {any} */ one) => one.status), [status, status, 200]);
    const waits = [sent[1].at - sent[0].at, sent[2].at - sent[1].at];
    for (const wait of waits) assert.ok(wait >= 40_000 && wait < 60_000, `not before the 40 s, and soon after: ${waits}`);
  });
}

test('an answer that is lost: a task is upserted again, a post is looked up, both exist once', async () => {
  const s = await open({ name: 'lost' });
  s.addTask(s.account(1), 'call them');
  s.addTask('', 'three more', 'digest');
  s.addPost(s.account(2), 'usage fell');
  s.addPost(s.account(3), 'went quiet');
  await s.control('faults', [
    { match: { method: 'PATCH', path: 'composite/sobjects/Task' }, fault: { kind: 'lost' } },
    { match: { method: 'POST', path: 'sobjects/FeedItem' }, fault: { kind: 'lost' } },
  ]);
  const events = await s.push();
  const acted = Object.fromEntries(named(events, 'acted').map(({ kind, count }) => [kind, count]));
  assert.deepEqual(acted, { task: 1, digest: 1, chatter: 2 });
  assert.deepEqual(s.states(), { 'task done': 1, 'digest done': 1, 'chatter done': 2 });
  assert.deepEqual(times(await s.feed(), 'Body', ['usage fell', 'went quiet']), [1, 1]);
  assert.deepEqual(times(await s.tasks(), 'Description', ['call them', 'three more']), [1, 1]);
  for (const row of s.database.prepare('select kind, result_id from outbox').all()) {
    assert.match(String(row['result_id']), row['kind'] === 'chatter' ? /^0D5/ : /^00T/);
  }
});

test('a post that is refused in words nobody knows is that post alone', async () => {
  const s = await open({ name: 'odd refusal' });
  s.addPost(s.account(2), 'refused');
  s.addPost(s.account(3), 'posted');
  const refusal = { kind: 'status', status: 400, code: 'INVALID_ID_FIELD', message: 'Invalid identifier: something' };
  await s.control('faults', { match: { method: 'POST', path: 'sobjects/FeedItem', body: 'refused' }, fault: refusal, times: 0 });
  await s.push();
  assert.deepEqual(s.states(), { 'chatter done': 1, 'chatter failed': 1 });
  assert.deepEqual(times(await s.feed(), 'Body', ['refused', 'posted']), [0, 1]);
});

test('a post that never arrived is sent again, after two look-ups a minute apart', async () => {
  const s = await open({ name: 'dropped' });
  s.addPost(s.account(2), 'never arrived');
  await s.control('faults', { match: { method: 'POST', path: 'sobjects/FeedItem' }, fault: { kind: 'drop' } });
  const before = (await s.call('GET', '/_clock')).wall;
  await s.push();
  assert.deepEqual(s.states(), { 'chatter done': 1 });
  assert.deepEqual(times(await s.feed(), 'Body', ['never arrived']), [1]);
  assert.ok((await s.call('GET', '/_clock')).wall - before >= 70000);
});

test('an org without the key field: tasks are looked up by their marker', async () => {
  const s = await open({ name: 'keyless', keyed: false });
  s.addTask(s.account(1), 'first');
  s.addTask(s.account(2), 'second');
  s.addTask('', 'a digest', 'digest');
  await s.control('faults', { match: { method: 'POST', path: 'composite/sobjects' }, fault: { kind: 'lost' } });
  await s.push();
  assert.deepEqual(s.states(), { 'task done': 2, 'digest done': 1 });
  assert.deepEqual(times(await s.tasks(), 'Description', ['first', 'second', 'a digest']), [1, 1, 1]);
  // The digest gets another line: its Task is the same one.
  s.database.exec("update outbox set state = 'ready', fields = replace(fields, 'Why:', 'And:') where kind = 'digest'");
  await s.push();
  const digests = (await s.tasks()).filter((/** @type {any} */ task) => task.Subject === 'Perly: a digest');
  assert.deepEqual(digests.map((/** @type {any} */ task) => task.Description), [
    `And: a digest\n\n[perly:${keyOf('a digest')}]`,
  ]);
});

test('a permission that is missing stops its kind, loses nothing and costs no attempt', async () => {
  const s = await open({ name: 'denied' });
  s.addFields(s.account(1), { Perly_Health_Score__c: 70 });
  s.addPost(s.account(1), 'told anyway');
  await s.control('permissions', { deny: ['Account.Perly_Health_Score__c.edit', 'Account.Perly_Health_Score__c.read'] });
  const events = await s.push();
  const [stopped] = named(events, 'outbox_stopped');
  assert.deepEqual([stopped?.kind, stopped?.class], ['fields', 'stop_job'], JSON.stringify(events));
  assert.deepEqual(s.states(), { 'fields ready': 1, 'chatter done': 1 });
  assert.equal(s.database.prepare("select attempt from outbox where kind = 'fields'").get()?.['attempt'], 0);
  await s.control('permissions', { allow: ['Account.Perly_Health_Score__c.edit', 'Account.Perly_Health_Score__c.read'] });
  await s.push();
  assert.deepEqual(s.states(), { 'fields done': 1, 'chatter done': 1 });
});

test('killed at any effect, the next run ends with each task and post once', async () => {
  const s = await open({ name: 'killed' });
  const kills = [];
  for (let at = 1; at <= 5; at++) kills.push(`request:${at}`, `answer:${at}`);
  for (let at = 2; at <= 10; at++) kills.push(`commit:${at}`, `committed:${at}`);
  for (const kill of kills) {
    const tasks = [`${kill} one`, `${kill} two`];
    const posts = [`${kill} three`, `${kill} four`];
    for (const [row, text] of tasks.entries()) s.addTask(s.account(row), text);
    for (const [row, text] of posts.entries()) s.addPost(s.account(row), text);
    s.database.exec("delete from outbox where kind = 'fields'");
    const score = kills.indexOf(kill);
    for (let row = 0; row < 4; row++) s.addFields(s.account(row), { Perly_Health_Score__c: score });
    assert.ok(await s.pushKilled(kill), `${kill} never came`);
    await s.push();
    assert.deepEqual(times(await s.tasks(), 'Description', tasks), [1, 1], kill);
    assert.deepEqual(times(await s.feed(), 'Body', posts), [1, 1], kill);
    const records = await s.query(`SELECT Id FROM Account WHERE Perly_Health_Score__c = ${score}`);
    assert.equal(records.length, 4, kill);
    const open = s.database.prepare("select key, state from outbox where state <> 'done'").all();
    assert.deepEqual(open, [], kill);
  }
});
