/**
 * The Node host, end to end: the same core by WebAssembly, on SQLite and PostgreSQL, ends in the same rows as the native host.
 */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { compile, connect, open, run, runUntil } from '../../host-node/src/index.mjs';
import { openPostgres } from '../../host-node/src/postgres.mjs';
import { openSqlite } from '../../host-node/src/sqlite.mjs';
import { startServer } from '../salesforce/server.mjs';
import { startPostgres } from '../store/postgres_server.mjs';
import { Subject } from '../store/subject.mjs';
import { connect as connectNative, nativeHost, startCore } from './core.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-node-'));
const key = 'fa'.repeat(32);

/** Of each table some columns of every type; times of our own reads differ between runs. */
const columns = {
  account: 'id text, stamp time, deleted bool, name text, employees int64, revenue double, hash int64',
  contact: 'id text, stamp time, account_id text, name text, email_bounced bool, hash int64',
  opportunity: 'id text, stamp time, stage text, amount double, close_date time, hash int64',
};

/** @type {any} */
let server;
/** @type {{ url: string, client_id: string, client_secret: string }} */
let org;
/** @type {Promise<Record<string, unknown[][]>>} */
let expected;

before(async () => {
  server = await startServer({ accounts: 150, seed: 5 });
  org = { url: server.url, client_id: server.client.id, client_secret: server.client.secret };
  expected = nativeTables();
});
after(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

/** @param {import('../../host-node/src/ports.mjs').Store} store */
async function tablesOf(store) {
  const subject = new Subject(store);
  /** @type {Record<string, unknown[][]>} */
  const tables = {};
  for (const [table, list] of Object.entries(columns)) {
    const pairs = list.split(', ').map((pair) => pair.split(' '));
    const types = /** @type {import('../store/records.mjs').TypeName[]} */ (pairs.map(([, type]) => type));
    const select = `select ${pairs.map(([name]) => name)} from`;
    const statement = {
      name: table,
      sqlite: `${select} ${table} order by id`,
      postgresql: `${select} {schema}.${table} order by id`,
    };
    tables[table] = await subject.rows(statement, { types });
  }
  assert.equal(tables.account.length, 150);
  return tables;
}

async function nativeTables() {
  const database = join(folder, 'native.db');
  const core = startCore({ host: nativeHost({ database, key: join(folder, 'native.key') }) });
  assert.ok((await connectNative(core, org)).at(-1)?.ok);
  assert.ok((await core.run({ command: 'sync' })).at(-1)?.ok);
  await core.close();
  const store = openSqlite({ path: database });
  const tables = await tablesOf(store);
  await store.close();
  return tables;
}

/** As a browser does. @param {string} url */
const authorize = async (url) => (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';

/** @param {import('../../host-node/src/index.mjs').Connection} connection */
const connectNode = (connection) => {
  const { url: login, client_id, client_secret } = org;
  return connect(connection, { login, client_id, client_secret, authorize });
};

test('SQLite: connect, a sync, and one that finds nothing new', async () => {
  const store = openSqlite({ path: join(folder, 'node.db') });
  const connection = await open({ store, key, module: await compile() });
  await connectNode(connection);
  await run(connection, { command: 'sync' });
  assert.deepEqual(await tablesOf(store), await expected);
  /** @type {any[]} */
  const events = [];
  await run(connection, { command: 'sync', full: true }, { onEvent: (event) => events.push(event) });
  const pulled = events.filter(({ event }) => event === 'pulled');
  assert.ok(pulled.length > 0 && pulled.every((event) => event.new === 0 && event.changed === 0));
  await connection.close();
  await store.close();
});

test('PostgreSQL: the same rows', async () => {
  const cluster = await startPostgres();
  const pool = new pg.Pool({ ...cluster.connection, max: 10 });
  try {
    const store = openPostgres({ pool, schema: 'org' });
    const connection = await open({ store, key });
    await connectNode(connection);
    await run(connection, { command: 'sync' });
    assert.deepEqual(await tablesOf(store), await expected);
    await connection.close();
    await store.close();
  } finally {
    await pool.end();
    await cluster.stop();
  }
});

test('perly-node: what was typed wrong ends with 4 and says what was meant', () => {
  const cli = fileURLToPath(new URL('../../host-node/src/cli.mjs', import.meta.url));
  const typed = (/** @type {string[]} */ ...words) => spawnSync(process.execPath, [cli, '--sqlite', join(folder, 'typed.db'), '--key-file', join(folder, 'typed.key'), ...words], { encoding: 'utf8' });
  for (const [words, said] of /** @type {[string[], RegExp][]} */ ([
    [['--deadline-ms', '5s', '{"command":"status"}'], /--deadline-ms takes milliseconds, such as 5000, not 5s/],
    [['sync'], /a command is a JSON object such as \{"command":"sync"\}, not sync/],
    [['--nonsense'], /nonsense/],
  ])) {
    const ran = typed(...words);
    assert.equal(ran.status, 4, ran.stderr);
    assert.match(ran.stderr, said);
  }
});

/** How many files of that folder this process has open. @param {string} path */
const opened = (path) =>
  readdirSync('/proc/self/fd').filter((name) => {
    try {
      return readlinkSync(`/proc/self/fd/${name}`).startsWith(path);
    } catch {
      return false;
    }
  }).length;

test('a core that traps gives back what it held, and closes', async () => {
  const sqlite = openSqlite({ path: join(folder, 'trap.db') });
  let [queries, left] = [0, 0];
  /** More bytes than there is memory. */
  const tooLarge = Object.create(Uint8Array.prototype, { length: { value: 2 ** 32 - 1 } });
  /** @type {typeof sqlite.query} */
  async function* query() {
    queries++;
    try {
      yield tooLarge;
      yield tooLarge;
    } finally {
      left++;
    }
  }
  const connection = await open({ store: { ...sqlite, query }, key });
  await assert.rejects(run(connection, { command: 'status' }), { code: 'PERLY_CORE_TRAP' });
  await assert.rejects(run(connection, { command: 'status' }), { code: 'PERLY_CORE_TRAP' });
  await connection.close();
  assert.ok(queries > 0);
  assert.equal(left, queries, 'every query was ended');
  await sqlite.close();
});

test('open that fails leaves nothing open', async () => {
  const path = join(folder, 'failed.db');
  await assert.rejects(open({ sqlite: path, key, zones: new Uint8Array(3) }), /not a file of time zones/);
  assert.equal(opened(path), 0);
  await assert.rejects(open({ sqlite: path, key: 'no key' }), /64 hex digits/);
  assert.equal(opened(path), 0);
});

test('a deadline that is no time is refused, not taken for none', async () => {
  await using connection = await open({ sqlite: join(folder, 'deadline.db'), key });
  await assert.rejects(runUntil(connection, { command: 'status' }, { deadline: new Date('no date') }), TypeError);
});

test('a key file is made whole, or not at all', async () => {
  const keyFile = join(folder, 'made.key');
  await (await open({ sqlite: join(folder, 'made.db'), keyFile })).close();
  assert.match(readFileSync(keyFile, 'utf8'), /^[0-9a-f]{64}\n$/);
  assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('made.key')), ['made.key']);
  const line = `trap "" XFSZ; ulimit -f 0; exec ${process.execPath} --input-type=module -e '
    import { openKeys } from "${new URL('../../host-node/src/seal.mjs', import.meta.url)}";
    openKeys({ keyFile: "${join(folder, 'full.key')}" });'`;
  const full = spawnSync('/bin/bash', ['-c', line], { encoding: 'utf8' });
  assert.match(full.stderr, /the key file cannot be made/);
  assert.deepEqual(readdirSync(folder).filter((name) => name.startsWith('full.key')), []);
});

test('a database is for its owner only, and one that is none leaves nothing open', async () => {
  const path = join(folder, 'private.db');
  await (await open({ sqlite: path, key })).close();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  const broken = join(folder, 'broken.db');
  writeFileSync(broken, 'not a database at all'.repeat(1000));
  await assert.rejects(open({ sqlite: broken, key }), /file is not a database/);
  assert.equal(opened(broken), 0);
});

/** The command line, with its standard input open. @param {string[]} words */
function startCli(...words) {
  const cli = fileURLToPath(new URL('../../host-node/src/cli.mjs', import.meta.url));
  const child = spawn(process.execPath, [cli, '--sqlite', join(folder, 'cli.db'), ...words], { env: { ...process.env, PERLY_KEY: key } });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text));
  return { child, said: () => said, ended: once(child, 'exit') };
}

test('the command line ends by SIGTERM while it waits for a command', async () => {
  const { child, ended } = startCli();
  child.stdin.write('{"command":"status"}\n');
  for await (const line of createInterface({ input: child.stdout })) {
    if (JSON.parse(line).event === 'command_end') break;
  }
  child.kill('SIGTERM');
  assert.deepEqual(await ended, [130, null]);
});

test('the command line stops when its reader leaves, without a trace', async () => {
  const { child, said, ended } = startCli();
  child.stdout.destroy();
  child.stdin.write('{"command":"status"}\n');
  assert.deepEqual([await ended, said()], [[130, null], '']);
});
