// The commands besides connect, setup and sync, under the native host: what they tell, what they refuse, and
// that those that only read need neither the lease nor Salesforce.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, startCore } from './core.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-commands-'));
const file = join(folder, 'a.db');
/** @type {any} */
let server;
/** @type {ReturnType<typeof startCore>} */
let core;
/** @type {string[]} */
let ids;

const orgOf = () => ({ url: server.url, client_id: server.client.id, client_secret: server.client.secret });

/** @template T @param {(database: DatabaseSync) => T} use @returns {T} */
function withDatabase(use) {
  const database = new DatabaseSync(file);
  try {
    return use(database);
  } finally {
    database.close();
  }
}

/** @param {object} command */
async function good(command) {
  const events = await core.run(command);
  assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
  return events;
}

/** @param {object} command @param {string} code @param {RegExp} message */
async function refused(command, code, message) {
  const last = (await core.run(command)).at(-1);
  assert.deepEqual([last?.ok, last?.code], [false, code], JSON.stringify(last));
  assert.match(last?.message, message);
}

/** @param {import('./core.mjs').Event[]} events @param {string} name */
const only = (events, name) => events.filter(({ event }) => event === name);

before(async () => {
  server = await startServer({ accounts: 40, seed: 11 });
  core = startCore({ host: nativeHost({ database: file, key: join(folder, 'key') }) });
  const nobody = await core.run({ command: 'status' });
  assert.deepEqual([nobody[0].name, nobody[0].ok, nobody.at(-1)?.exit], ['connection', false, 3]);
  assert.equal((await connect(core, orgOf())).at(-1)?.ok, true);
  await good({ command: 'setup' });
  await good({ command: 'sync' });
  ids = withDatabase((database) =>
    database.prepare('select id from account order by id').all().map((row) => String(row.id)),
  );
});

after(async () => {
  core?.child.kill('SIGKILL');
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

test('status tells connection, pulls, scores and outbox, and exits with 3 when a person must act', async () => {
  const events = await good({ command: 'status' });
  const rows = only(events, 'status');
  const connection = rows.find(({ name }) => name === 'connection');
  assert.equal(connection?.ok, true);
  assert.equal(connection?.instance_url, server.url);
  const accounts = rows.find(({ name }) => name === 'accounts');
  assert.equal(accounts?.critical + accounts?.high + accounts?.medium + accounts?.low + accounts?.unscored, 40);
  assert.equal(rows.find(({ name }) => name === 'pull Account')?.state, 'done');
  assert.equal(events.at(-1)?.exit, undefined);

  withDatabase((database) => database.exec("update pull set failed_since = last_end, error = 'no such field' where object = 'Contact'"));
  const failed = await good({ command: 'status' });
  const pull = only(failed, 'status').find(({ name }) => name === 'pull Contact');
  assert.equal(pull?.ok, false);
  assert.match(pull?.text, /no such field/);
  assert.equal(failed.at(-1)?.exit, 3);
  withDatabase((database) => database.exec("update pull set failed_since = null, error = null where object = 'Contact'"));
});

test('accounts come in the order asked for, filtered and limited', async () => {
  const all = only(await good({ command: 'accounts', limit: 100 }), 'account');
  assert.equal(all.length, 40);
  const scores = all.map(({ score }) => score);
  assert.deepEqual(scores, [...scores].sort((a, b) => a - b));
  assert.ok(all[0].reasons.length > 0 && typeof all[0].owner === 'string');
  const high = only(await good({ command: 'accounts', risk: 'high', limit: 100 }), 'account');
  assert.deepEqual(high, all.filter(({ level }) => level === 'High'));
  const names = only(await good({ command: 'accounts', sort: 'name', limit: 5 }), 'account').map(({ name }) => name);
  assert.deepEqual(names, all.map(({ name }) => name).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))).slice(0, 5));

  const fallen = all[20].id;
  withDatabase((database) => {
    database.exec(`insert into score (account_id, cut, scored_at, model_hash, score, level)
      select account_id, 0, '2020-01-01T00:00:00.000Z', model_hash, 100, 'Low' from health where account_id = '${fallen}'`);
  });
  const worse = only(await good({ command: 'accounts', sort: 'change', limit: 1 }), 'account');
  assert.deepEqual([worse[0].id, worse[0].change], [fallen, worse[0].score - 100]);
  withDatabase((database) => database.exec('delete from score where cut = 0'));

  await refused({ command: 'accounts', sort: 'size' }, 'COMMAND_ARGUMENT', /score, change, name; not size/);
  await refused({ command: 'accounts', risk: 'Awful' }, 'COMMAND_ARGUMENT', /Critical; not Awful/);
  await refused({ command: 'accounts', limit: 0 }, 'COMMAND_ARGUMENT', /limit/);
});

test('a level that is not what the score says is told with the score at which it is left', async () => {
  const [first, second, third] = ids.slice(10);
  const set = (/** @type {string} */ id, /** @type {number} */ score, /** @type {string} */ level) =>
    withDatabase((database) => database.prepare('update health set score = ?, level = ? where account_id = ?').run(score, level, id));
  const before = withDatabase((database) => database.prepare('select account_id, score, level from health').all());
  set(first, 52, 'High');
  set(second, 47, 'Medium');
  set(third, 47, 'High');
  const listed = new Map(only(await good({ command: 'accounts', limit: 100 }), 'account').map((account) => [account.id, account]));
  const told = (/** @type {any} */ { until, standing }) => [until, standing];
  assert.deepEqual(told(listed.get(first)), [55, 'still High until 55']);
  assert.deepEqual(told(listed.get(second)), [44, 'still Medium until 44']);
  assert.deepEqual(told(listed.get(third)), [undefined, undefined]);
  assert.deepEqual(told((await good({ command: 'explain', account: first }))[0]), [55, 'still High until 55']);
  const config = JSON.stringify({ model: { risk: { hysteresis: 2 } } });
  assert.deepEqual(told((await good({ command: 'explain', account: first, config }))[0]), [52, 'still High until Medium has held for 1d']);
  for (const { account_id, score, level } of before) set(String(account_id), Number(score), String(level));
});

test('a command that fails at once has made no calls, whatever the one before made', async () => {
  assert.ok((await good({ command: 'check' })).at(-1)?.api_calls > 0);
  const last = (await core.run({ command: 'nonsense' })).at(-1);
  assert.deepEqual([last?.code, last?.api_calls], ['UNKNOWN_COMMAND', 0]);
});

test('explain finds an account by id, short id or name, and its points add up', async () => {
  const [worst] = only(await good({ command: 'accounts', limit: 1 }), 'account');
  for (const account of [worst.id, worst.id.slice(0, 15), worst.name, worst.name.toUpperCase()]) {
    const events = await good({ command: 'explain', account });
    assert.deepEqual([events[0].event, events[0].id, events[0].score], ['explained', worst.id, worst.score]);
  }
  const events = await good({ command: 'explain', account: worst.id });
  const points = only(events, 'component').reduce((sum, { points: lost }) => sum + (lost ?? 0), 0);
  assert.equal(Math.round((100000 + points) / 1000), worst.score);
  assert.equal(only(events, 'component').find(({ name }) => name === 'ownership')?.label, 'Steadiness of the owner');
  assert.match(only(events, 'action')[0].text, new RegExp(`^${worst.score}, ${worst.level}, 20`));
  assert.ok(only(events, 'signal').some(({ name }) => name === 'days_since_touch'));
  assert.ok(only(events, 'rule').some(({ name }) => name === 'risk-worsened'));
  assert.equal(only(events, 'history')[0].score, worst.score);
  assert.equal(events.at(-1)?.api_calls, 0);

  await refused({ command: 'explain', account: 'Nobody & Sons' }, 'ACCOUNT_UNKNOWN', /Nobody & Sons/);
  withDatabase((database) => database.exec(`update account set name = 'Twin' where id in ('${ids[0]}', '${ids[1]}')`));
  await refused({ command: 'explain', account: 'twin' }, 'ACCOUNT_UNKNOWN', new RegExp(`${ids[0]}, ${ids[1]}`));
});

test('actions that wait are listed; a decision meets the ones that are meant and no other', async () => {
  const key = (/** @type {string} */ digit) => digit.repeat(40);
  withDatabase((database) => {
    const insert = database.prepare(
      `insert into outbox (key, kind, account_id, rule, cause, cut, fields, state, attempt, looks, created_at, error, why)
       values (?, ?, ?, 'risk-worsened', 'customer', 1, ?, ?, 3, 1, '2026-01-01T00:00:00.000Z', ?, ?)`,
    );
    insert.run(key('a'), 'task', ids[2], '{"subject":"Call them","owner_id":"005"}', 'held', null, 'too many at once');
    insert.run(key('b'), 'chatter', ids[2], '{"text":"It fell"}', 'parked', null, 'no active owner');
    insert.run(key('c'), 'task', ids[3], '{"subject":"Call"}', 'failed', 'a validation rule', null);
    insert.run(key('d'), 'task', ids[3], '{"subject":"Done"}', 'done', null, null);
  });
  const listed = only(await good({ command: 'actions' }), 'action');
  assert.deepEqual(
    listed.map(({ id, state, kind, text, reason }) => [id, state, kind, text, reason]),
    [
      ['aaaaaaaa', 'held', 'task', 'Call them', 'too many at once'],
      ['bbbbbbbb', 'parked', 'chatter', 'It fell', 'no active owner'],
      ['cccccccc', 'failed', 'task', 'Call', 'a validation rule'],
    ],
  );
  assert.equal((await good({ command: 'status' })).at(-1)?.exit, 3);

  await refused({ command: 'actions_decide', decision: 'approve', id: 'dddddddd' }, 'COMMAND_ARGUMENT', /dddddddd/);
  await refused({ command: 'actions_decide', decision: 'approve', id: 'a' }, 'COMMAND_ARGUMENT', /four/);
  const { pointer, line, column } = /** @type {any} */ ((await core.run({ command: 'actions_decide', decision: 'drop', id: 'a' })).at(-1));
  assert.deepEqual([pointer, line, column], ['/id', undefined, undefined], 'a line of a command is its host\'s, of no use to a person');
  await refused({ command: 'actions_decide', decision: 'maybe' }, 'COMMAND_ARGUMENT', /approve, drop, retry; not maybe/);
  await refused({ command: 'actions_decide', decision: 'drop', keys: ['aaaaaaaa', 'eeee'] }, 'COMMAND_ARGUMENT', /eeee/);
  const states = () =>
    withDatabase((database) =>
      database.prepare("select state, attempt from outbox where kind <> 'fields' order by key").all().map(({ state, attempt }) => `${state} ${attempt}`),
    );
  assert.deepEqual(states(), ['held 3', 'parked 3', 'failed 3', 'done 3']);
  assert.equal(only(await good({ command: 'actions_decide', decision: 'drop', keys: [] }), 'decided')[0].actions, 0);
  assert.equal(only(await good({ command: 'actions_decide', decision: 'approve', id: 'aaaaaaaa' }), 'decided')[0].actions, 1);
  assert.deepEqual(states(), ['ready 0', 'parked 3', 'failed 3', 'done 3']);
  assert.equal(only(await good({ command: 'actions_decide', decision: 'drop' }), 'decided')[0].actions, 2);
  assert.deepEqual(states().map((text) => text.split(' ')[0]), ['ready', 'dropped', 'dropped', 'done']);
  assert.deepEqual((await good({ command: 'actions' })).map(({ event }) => event), ['command_end']);
});

const stored = () =>
  withDatabase((database) =>
    database.prepare('select account_id, name, at, value from signal order by account_id, name, at').all().map((row) => Object.values(row)),
  );

test('signals come as rows, CSV or NDJSON; wrong rows are told and left out', async () => {
  const at = '2026-01-02T03:04:05.000Z';
  const short = ids[5].slice(0, 15);
  const rows = await good({
    command: 'signals_import',
    rows: [
      { account_id: ids[4], name: 'usage', value: 10, at },
      { account_id: ids[4], name: 'usage', value: 80, at },
      { account_id: short, name: 'support', value: true, at: '2026-01-02' },
      { account_id: ids[4].toLowerCase(), name: 'usage', value: 1, at },
      { account_id: '005000000000001AAA', name: 'usage', value: 1, at },
      { account_id: ids[4], name: 'days_since_touch', value: 1, at },
      { account_id: ids[4], name: 'usagee', value: 1, at },
      { account_id: ids[4], name: 'usage', value: 'many', at },
      { account_id: ids[4], name: 'usage', value: 1, at: 'yesterday' },
      { account_id: ids[4], name: 'usage', value: 1, at: '2999-01-01' },
    ],
  });
  assert.deepEqual(
    only(rows, 'record_failed').map(({ id, code }) => [id, code]),
    [
      ['line 4', 'SF_ID'],
      ['line 5', 'SF_ID'],
      ['line 6', 'COMMAND_ARGUMENT'],
      ['line 7', 'COMMAND_ARGUMENT'],
      ['line 8', 'JSON_TYPE'],
      ['line 9', 'TIME_SYNTAX'],
      ['line 10', 'TIME_SYNTAX'],
    ],
  );
  const { rows: count, accounts, failed } = only(rows, 'imported')[0];
  assert.deepEqual([count, accounts, failed], [3, 2, 7]);
  assert.deepEqual(stored(), [
    [ids[4], 'usage', at, 80],
    [ids[5], 'support', '2026-01-02T00:00:00.000Z', 1],
  ]);
  const dirty = withDatabase((database) => database.prepare('select account_id from dirty order by account_id').all());
  assert.deepEqual(dirty.map(({ account_id }) => account_id), [ids[4], ids[5]]);

  const csv = `time,Signal,value,"Account ID",note\r\n${at},usage,1.5,${ids[6]},"a, ""b"""\r\n,usage,x,${ids[6]},\r\n`;
  const second = await good({ command: 'signals_import', name: 'usage.csv', text: csv });
  assert.deepEqual(
    only(second, 'record_failed').map(({ object, id, code }) => [object, id, code]),
    [['usage.csv', 'line 3', 'NUMBER_SYNTAX']],
  );
  const header = 'account_id,name,value,at\n';
  const third = await good({ command: 'signals_import', header, line: 101, text: `${ids[7]},usage,2,${at}\nx,usage,2,${at}` });
  assert.deepEqual(only(third, 'record_failed').map(({ id }) => id), ['line 102']);
  const lines = `{"account_id":"${ids[8]}","name":"usage","value":3,"at":"${at}"}\n\n{"account_id":}\n`;
  const fourth = await good({ command: 'signals_import', text: lines });
  assert.deepEqual(only(fourth, 'record_failed').map(({ id, code }) => [id, code]), [['line 3', 'JSON_SYNTAX']]);
  assert.deepEqual(stored().slice(2).map(([id, , , value]) => [id, value]), [[ids[6], 1.5], [ids[7], 2], [ids[8], 3]]);

  await refused({ command: 'signals_import', text: 'account_id,value\n' }, 'COMMAND_ARGUMENT', /no column name/);
  await refused({ command: 'signals_import', text: `${header}"${ids[8]},usage` }, 'COMMAND_ARGUMENT', /./);
  await refused({ command: 'signals_import' }, 'JSON_TYPE', /./);
});

test('config check tells every mistake with its place, show the whole configuration', async () => {
  const shown = only(await good({ command: 'config_show' }), 'config')[0];
  const whole = JSON.parse(shown.text);
  assert.ok(whole.model.components.length > 5 && shown.text.includes('\n  "'));
  const again = only(await good({ command: 'config_show', config: shown.text }), 'config')[0];
  assert.deepEqual([again.hash, again.text], [shown.hash, shown.text]);
  assert.equal((await good({ command: 'config_check' })).length, 2);

  const config = '{\n "limits": { "tasks_per_owner_day": "five" },\n "ruls": []\n}';
  const events = await core.run({ command: 'config_check', config, config_name: 'mine.json' });
  const issues = only(events, 'issue');
  assert.deepEqual(
    issues.map(({ source, pointer, line }) => [source, pointer, line]).sort(),
    [
      ['mine.json', '/limits/tasks_per_owner_day', 2],
      ['mine.json', '/ruls', 3],
    ],
  );
  assert.deepEqual([events.at(-1)?.ok, events.at(-1)?.exit], [false, 4]);
});

test('config check compares the mapping with what the org told', async () => {
  const check = async (/** @type {object} */ document) => {
    const config = JSON.stringify(document, null, 1);
    const events = await core.run({ command: 'config_check', config, config_name: 'mine.json' });
    return { ok: events.at(-1)?.ok, issues: only(events, 'issue'), text: only(events, 'config')[0]?.text };
  };
  const good = await check({ mapping: { account: { arr: 'record.ARR__c', twice: 'record.ARR__c * 2.0' }, activity: { place: 'record.Subject' } } });
  assert.deepEqual([good.ok, good.issues], [true, []]);
  assert.match(good.text, /the org has the fields that it maps/);

  const wrong = await check({
    mapping: { account: { arr: 'record.ARR_c', flag: 'record.Name', sum: 'record.Name + 1' }, contact: { level: 'record.Senority__c == "a"' }, activity: { who: 'record.NoSuch__c' } },
  });
  assert.deepEqual(
    wrong.issues.map(({ source, pointer, line, code }) => [source, pointer, line, code]),
    [
      ['mine.json', '/mapping/account/arr', 4, 'CONFIG_FIELD'],
      ['mine.json', '/mapping/account/sum', 6, 'CEL_TYPE'],
      ['mine.json', '/mapping/contact/level', 9, 'CONFIG_FIELD'],
      ['mine.json', '/mapping/activity/who', 12, 'CONFIG_FIELD'],
    ],
  );
  assert.match(wrong.issues[0].message, /no field `ARR_c` on Account; did you mean `ARR__c`\?/);
  assert.equal(wrong.ok, false);

  const typed = await check({ mapping: { account: { flag: 'record.Name' } }, rules: [{ name: 'r', when: 'account.flag > 1', chatter: { text: 'x' } }] });
  assert.deepEqual(typed.issues.map(({ pointer }) => pointer), ['/rules/0/when'], JSON.stringify(typed.issues));
});

test('commands that only read work while another process holds the lease', async () => {
  withDatabase((database) => database.exec("update lease set holder = 'somebody', counter = counter + 1"));
  const reading = startCore({ host: nativeHost({ database: file, key: join(folder, 'key') }) });
  for (const command of ['status', 'accounts', 'actions', 'config_show']) {
    const events = await reading.run({ command, holder_dead: false });
    assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
  }
  assert.equal(await reading.close(), 0);
});

test('disconnect revokes and forgets, also a grant that is gone; erase leaves nothing', async () => {
  const first = await good({ command: 'disconnect' });
  assert.deepEqual(only(first, 'disconnected').map(({ revoked, erased }) => [revoked, erased]), [[true, false]]);
  const status = await good({ command: 'status' });
  assert.deepEqual([status[0].state, status[0].ok, status.at(-1)?.exit], ['disconnected', false, 3]);
  assert.equal(withDatabase((database) => database.prepare('select count(*) as n from account').get()?.n), 40);
  await refused({ command: 'sync' }, 'NOT_CONNECTED', /./);

  assert.equal((await connect(core, orgOf())).at(-1)?.ok, true);
  await fetch(`${server.url}/_control/expire`, { method: 'POST', body: JSON.stringify({ what: 'all' }) });
  const second = await good({ command: 'disconnect', erase: true });
  assert.deepEqual(only(second, 'disconnected').map(({ revoked, erased }) => [revoked, erased]), [[false, true]]);
  withDatabase((database) => {
    for (const { name } of database.prepare("select name from sqlite_master where type = 'table' and name not like 'sqlite%'").all()) {
      const { n } = /** @type {any} */ (database.prepare(`select count(*) as n from "${name}"`).get());
      if (name !== 'lease' && !String(name).startsWith('perly')) assert.equal(n, 0, `${name} still has rows`);
    }
  });
});
