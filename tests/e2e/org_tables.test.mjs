// How much a database an org takes: a cell of PostgreSQL holds 500 orgs, and each backend that touched one keeps what
// it knows of its tables and indexes. An org with every feature, pulled and pulled again in full.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import pg from 'pg';

import { startServer } from '../salesforce/server.mjs';
import { startPostgres } from '../store/postgres_server.mjs';
import { connect, nativeHost, nodeHost, startCore } from './core.mjs';

const TABLES_MAX = 32;
const INDEXES_MAX = 48;

const folder = mkdtempSync(join(tmpdir(), 'perly-org-tables-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const features = { multiCurrency: true, datedRates: true, contactsToMultipleAccounts: true, personAccounts: true, sharedActivities: true, emailRelations: true };
const config = JSON.stringify({ mapping: { account: { '*': true }, contact: { '*': true } } });

/** @param {string[]} host */
async function fill(host) {
  const server = await startServer({ accounts: 8, seed: 3, clock: 'virtual', ...features });
  const core = startCore({ host, env: { PERLY_TEST_CLOCK: server.url } });
  try {
    const good = (/** @type {import('./core.mjs').Event[]} */ events) => assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
    good(await connect(core, { url: server.url, client_id: server.client.id, client_secret: server.client.secret }));
    good(await core.run({ command: 'setup' }));
    good(await core.run({ command: 'sync', config }));
    good(await core.run({ command: 'sync', config, full: true }));
  } finally {
    await core.close();
    await server.close();
  }
}

/** @param {string[]} tables @param {string[]} indexes */
function fits(tables, indexes) {
  assert.ok(tables.includes('currency_rate') && tables.includes('activity_contact') && tables.length > 25, String(tables));
  assert.ok(tables.length <= TABLES_MAX, `${tables.length} tables: ${tables}`);
  assert.ok(indexes.length > 20 && indexes.length <= INDEXES_MAX, `${indexes.length} indexes: ${indexes}`);
}

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`an org's tables and indexes are counted: SQLite under the ${host} host`, async () => {
    const files = { database: join(folder, `${host}.db`), key: join(folder, 'key') };
    await fill(host === 'native' ? nativeHost(files) : nodeHost(files));
    const database = new DatabaseSync(files.database, { readOnly: true });
    const names = (/** @type {string} */ type) => database.prepare('select name from sqlite_schema where type = ? order by 1').all(type).map(({ name }) => String(name));
    const [tables, indexes, triggers] = ['table', 'index', 'trigger'].map(names);
    database.close();
    fits(tables ?? [], indexes ?? []);
    assert.deepEqual(triggers, []);
  });
}

test("an org's tables and indexes are counted: PostgreSQL, where it has nothing else of its own", async () => {
  const postgres = await startPostgres();
  const { host, port, user, database } = postgres.connection;
  const client = new pg.Client({ host, port, user, database });
  try {
    const url = `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
    await fill(nodeHost({ postgres: url, schema: 'perly', key: join(folder, 'key') }));
    await client.connect();
    const { rows } = await client.query("select relname, relkind::text as kind from pg_class where relnamespace = 'perly'::regnamespace order by 1");
    const names = (/** @type {string} */ kinds) => rows.filter(({ kind }) => kinds.includes(kind)).map(({ relname }) => relname);
    fits(names('r'), names('i'));
    assert.deepEqual(names('SpIm'), [], 'sequences, partitions, materialized views');
    const { rows: others } = await client.query("select proname as name from pg_proc where pronamespace = 'perly'::regnamespace union all select t.tgname from pg_trigger t join pg_class c on c.oid = t.tgrelid where c.relnamespace = 'perly'::regnamespace");
    assert.deepEqual(others, [], 'functions and triggers');
  } finally {
    await client.end();
    await postgres.stop();
  }
});
