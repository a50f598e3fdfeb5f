// Every release opens the database of every earlier one: the stored databases of fixtures/, each with ten days of
// scores, and with entries of the outbox that are done, held, ready and unclear.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import pg from 'pg';

import { startServer } from '../salesforce/server.mjs';
import { startPostgres } from '../store/postgres_server.mjs';
import { connect, nativeHost, nodeHost, startCore } from './core.mjs';
import { dump } from './tables.mjs';

const fixtures = join(import.meta.dirname, 'fixtures');
const releases = readdirSync(fixtures).filter((name) => name.endsWith('.db.gz')).map((name) => name.slice(0, -'.db.gz'.length));
const folder = mkdtempSync(join(tmpdir(), 'perly-upgrade-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** What an upgrade must leave as it was: what was decided, and what came of it. */
const kept = {
  score: 'select * from score where cut <= 10 order by account_id, cut',
  cut: 'select number, at, started_at, model_hash, accounts, scored, changed, actions, held from cut where number <= 10 order by number',
  change: 'select object, id, column_name, old, new, stamp, seen from change where seen <= (select at from cut where number = 10) order by 1, 2, 3, 6, 7',
  configuration: 'select hash, text from configuration where since <= (select at from cut where number = 10) order by hash',
  outbox: "select key, kind, account_id, rule, cause, cut, fields, state, attempt, sent_at, result_id from outbox where kind <> 'fields' and (state = 'held' or sent_at < (select started_at from cut where number = 11) or sent_at is not null and not exists (select 1 from cut where number = 11)) order by key",
};

/**
 * Tables, columns and indexes, in an order that does not tell when they were made; without the indexes that a table
 * gets when its rows are first compared.
 * @param {string} file
 */
function schemaOf(file) {
  const database = new DatabaseSync(file, { readOnly: true });
  const tables = database.prepare("select name from sqlite_schema where type = 'table' order by name").all().map(({ name }) => String(name));
  const schema = tables.map((table) => ({
    table,
    columns: database.prepare('select name, type, "notnull", pk from pragma_table_info(?) order by name').all(table),
    indexes: database
      .prepare("select l.name, l.\"unique\", (select group_concat(name) from (select name from pragma_index_info(l.name) order by seqno)) as columns from pragma_index_list(?) l where l.origin = 'c' and l.name not like '%\\_compare' escape '\\' order by l.name")
      .all(table),
  }));
  database.close();
  return schema;
}

/** @param {import('./core.mjs').Event[]} events */
function good(events) {
  assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
  return events;
}

assert.ok(releases.length > 0);
for (const release of releases) {
  for (const [host, hostOf] of /** @type {const} */ ([['native', nativeHost], ['node', nodeHost]])) {
    test(`the database of ${release} under the ${host} host: opened, migrated, synced on`, async () => {
      const files = { database: join(folder, `${release}-${host}.db`), key: join(folder, `${release}-${host}.key`) };
      writeFileSync(files.database, gunzipSync(readFileSync(join(fixtures, `${release}.db.gz`))));
      writeFileSync(files.key, readFileSync(join(fixtures, `${release}.key`)), { mode: 0o600 });
      const stored = dump(files.database, kept);
      const waiting = dump(files.database, { outbox: "select key from outbox where state in ('ready', 'unclear') order by key" }).outbox;
      assert.ok(stored.score.length >= 240 && stored.outbox.length > 50 && waiting.length > 5, 'the fixture holds something');

      // The org of the fixture, ten days on, at another address and with other sessions.
      const server = /** @type {any} */ (await startServer({ accounts: 24, seed: 7, clock: 'virtual' }));
      const { database, key } = { database: join(folder, `fresh-${release}-${host}.db`), key: join(folder, 'fresh.key') };
      const org = { url: server.url, client_id: server.client.id, client_secret: server.client.secret };
      const env = { PERLY_TEST_CLOCK: server.url };
      const old = new DatabaseSync(files.database);
      server.org.id = server.org.ids.parse(old.prepare('select org_id from connection').get()?.org_id);
      old.prepare('update connection set instance_url = ?, login_host = ?').run(server.url, server.url);
      old.close();
      await fetch(`${server.url}/_control/live`, { method: 'POST', body: JSON.stringify({ days: 10, advance: true }) });
      let core = startCore({ host: hostOf(files), env });
      try {
        const status = await core.run({ command: 'status' });
        assert.equal(status.find(({ name }) => name === 'last scoring')?.cut, 10, JSON.stringify(status));
        const accounts = good(await core.run({ command: 'accounts', limit: 100 })).filter(({ event }) => event === 'account');
        assert.equal(accounts.length, 24);
        const explained = good(await core.run({ command: 'explain', account: accounts[0].id }));
        assert.equal(explained.filter(({ event }) => event === 'history').at(-1)?.cut, 1, 'back to the first score');

        // Its sealed tokens are read: Salesforce itself says that it does not know them any more.
        assert.equal((await core.run({ command: 'sync' })).at(-1)?.code, 'SF_ACCESS_REVOKED');
        good(await connect(core, org));
        good(await core.run({ command: 'setup' }));
        const synced = good(await core.run({ command: 'sync' }));
        assert.equal(synced.find(({ event }) => event === 'scored')?.cut, 11);
        good(await core.run({ command: 'sync' }));

        assert.deepEqual(dump(files.database, kept), stored);
        const keys = `('${waiting.map(({ key }) => key).join("','")}')`;
        const sent = dump(files.database, { outbox: `select key, state, result_id from outbox where key in ${keys} order by key` }).outbox;
        assert.deepEqual(sent.map(({ key, state }) => ({ key, state })), waiting.map(({ key }) => ({ key, state: 'done' })));
        const feed = await fetch(`${server.url}/_control/feed`).then((answer) => answer.json());
        const marked = feed.map((/** @type {any} */ { Id, Body }) => ({ key: /\[perly:([0-9a-f]{40})\]/.exec(Body ?? '')?.[1], id: Id }));
        for (const { key, result_id } of sent) {
          assert.deepEqual(marked.filter((/** @type {any} */ post) => post.key === key).map((/** @type {any} */ { id }) => id), [result_id], 'posted once');
        }
        for (const { key } of stored.outbox) assert.ok(!marked.some((/** @type {any} */ post) => post.key === key), 'what is done or held is not posted');

        await core.close();
        core = startCore({ host: hostOf({ database, key }), env });
        good(await connect(core, org));
        for (let i = 0; i < 2; i++) good(await core.run({ command: 'sync' }));
        assert.deepEqual(schemaOf(files.database), schemaOf(database));
      } finally {
        await core.close();
        await server.close();
      }
    });
  }
}

/** Rows of the tables that became others. */
const older = [
  "create table if not exists forgotten (id text, at timestamptz); insert into forgotten values ('003F', '2026-11-23T08:00:00.000Z')",
  "create table if not exists erasing (id text, account_id text, name text); insert into erasing values ('003E', '001E', 'Ada')",
  "create table if not exists quiet (object text, from_at timestamptz, to_at timestamptz); delete from quiet; insert into quiet values ('Task', '2026-11-23T08:00:00.000Z', '2026-11-23T09:00:00.000Z')",
  "create table if not exists rejected (object text, id text, column_name text, at timestamptz); insert into rejected values ('Account', '001R', 'revenue', '2026-11-23T08:00:00.000Z')",
  "create table if not exists made (what text, name text, at timestamptz); delete from made; insert into made values ('field', 'Account.Perly_Health_Score__c', '2026-11-23T08:00:00.000Z')",
  "create table if not exists ingest (job_id text, api_version text, created_at timestamptz); insert into ingest values ('750I', '66.0', '2026-11-23T08:00:00.000Z')",
  "create table if not exists api_limit (name text, max bigint, remaining bigint, at timestamptz); delete from api_limit; insert into api_limit values ('limits', 7, 5, '2026-11-23T08:00:00.000Z')",
  "create table if not exists tally (id bigint, cut bigint, at timestamptz, started_at timestamptz, accounts bigint, changed bigint, low bigint, medium bigint, high bigint, critical bigint); insert into tally values (1, 2, '2026-11-23T08:00:00.000Z', '2026-11-23T08:00:00.000Z', 5, 4, 3, 1, 0, 1)",
  "insert into record_error values ('outbox', 'fields:001', '2026-11-23T08:00:00.000Z', 'SF_RECORD_GONE', 'gone')",
];
/** What they are in `note`. @param {string} since the beginning of a window, as the database writes it */
const noted = (since) => [
  ['erasing', '003E', '001E', null, null, 'Ada'],
  ['failed', 'outbox', 'fields:001', null, 'SF_RECORD_GONE', 'gone'],
  ['forgotten', '', '003F', null, null, null],
  ['ingest', '', '750I', null, null, '66.0'],
  ['made', 'field', 'Account.Perly_Health_Score__c', null, null, null],
  ['quiet', 'Task', since, since, null, null],
  ['rejected', 'Account', '001R', null, null, 'revenue'],
];

for (const [host, hostOf] of /** @type {const} */ ([['native', nativeHost], ['node', nodeHost]])) {
  test(`small tables became one, with what they held (${host})`, async () => {
    const files = { database: join(folder, `small-${host}.db`), key: join(folder, `small-${host}.key`) };
    writeFileSync(files.database, gunzipSync(readFileSync(join(fixtures, 'schema-10.db.gz'))));
    writeFileSync(files.key, readFileSync(join(fixtures, 'schema-10.key')), { mode: 0o600 });
    const database = new DatabaseSync(files.database);
    database.exec(older.join('; '));
    database.exec("insert into signal values ('001S', 'nps', '2026-11-23T08:00:00.000Z', 7, '2026-11-23T08:00:00.000Z'); insert into inbox values ('rescore:001', '2026-11-23T08:00:00.000Z', 'rescore', '001')");
    const anew = ['signal', 'inbox', 'dirty', 'rule_state', 'configuration'];
    database.exec('create view "of a person" as select count(*) as n from signal');
    const held = () => anew.map((table) => database.prepare(`select * from ${table} order by 1, 2`).all());
    const before = held();
    assert.ok(before[3]?.length && before[4]?.length, 'rules have seen accounts');
    const core = startCore({ host: hostOf(files) });
    try {
      good(await core.run({ command: 'status' }));
    } finally {
      await core.close();
    }
    const rows = database.prepare('select kind, object, id, since, code, text from note order by kind').all();
    assert.deepEqual(rows.map((row) => Object.values(row)), noted('2026-11-23T08:00:00.000Z'));
    assert.deepEqual({ ...database.prepare("select purpose, calls, max, remaining from api_usage where day = ''").get() }, { purpose: 'limits', calls: 0, max: 7, remaining: 5 });
    assert.deepEqual({ ...database.prepare('select cut, accounts, critical from lease').get() }, { cut: 2, accounts: 5, critical: 1 });
    const joined = before.map((rows, i) => (anew[i] === 'rule_state' ? rows.map((row) => Object.assign(row, { condition: null })) : rows));
    assert.deepEqual(held(), joined, 'and a column that joined is empty');
    assert.deepEqual({ ...database.prepare('select n from "of a person"').get() }, { n: 1 }, 'a view of a person stays');
    database.close();
  });
}

test('PostgreSQL: what the tables alone do not tell is migrated as well', async () => {
  const postgres = await startPostgres();
  const server = await startServer({ accounts: 5, seed: 7, clock: 'virtual' });
  const { host, port, user, database } = postgres.connection;
  const url = `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  const start = () => startCore({ host: nodeHost({ postgres: url, schema: 'perly', key: join(folder, 'postgres.key') }), env: { PERLY_TEST_CLOCK: server.url } });
  const client = new pg.Client({ host, port, user, database });
  let core = start();
  try {
    await client.connect();
    good(await connect(core, { url: server.url, client_id: server.client.id, client_secret: server.client.secret }));
    good(await core.run({ command: 'sync' }));
    await core.close();
    await client.query(`set search_path to perly; set time zone 'UTC'; update perly_schema set number = 2; drop index rule_state_key;
      create unique index rule_state_key on rule_state (rule, account_id); create index account_parent on account (parent_id);
      drop table note; delete from api_usage where day = ''; alter table api_usage drop max, drop remaining, drop at;
      alter table lease drop cut, drop at, drop started_at, drop accounts, drop changed, drop low, drop medium, drop high, drop critical;
      create table record_error (object text, id text, at timestamptz, code text, message text); ${older.join('; ')}`);
    core = start();
    good(await core.run({ command: 'status' }));
    const { rows: notes } = await client.query("select kind, object, id, to_char(since, 'YYYY-MM-DD HH24:MI:SS+00') as since, code, text from note order by kind");
    assert.deepEqual(notes.map((row) => Object.values(row)), noted('2026-11-23 08:00:00+00'));
    const { rows: limits } = await client.query("select purpose, calls::int, max::int, remaining::int from api_usage where day = ''");
    assert.deepEqual(limits, [{ purpose: 'limits', calls: 0, max: 7, remaining: 5 }]);
    assert.deepEqual((await client.query('select cut::int, accounts::int, critical::int from lease')).rows, [{ cut: 2, accounts: 5, critical: 1 }]);
    await client.query('update lease set cut = null');
    good(await core.run({ command: 'sync' }));
    const { rows } = await client.query("select indexname, indexdef from pg_indexes where schemaname = 'perly' and (indexname = 'rule_state_key' or indexname = 'account_parent')");
    assert.deepEqual(rows.map(({ indexname }) => indexname), ['rule_state_key']);
    assert.match(rows[0].indexdef, /\(account_id, rule\)/);
  } finally {
    await client.end();
    await core.close();
    await server.close();
    await postgres.stop();
  }
});
