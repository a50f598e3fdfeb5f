// Flow control from the storage back to the socket: a store that takes a second a batch, against a page of 1 GB
// that the server would send at once. What has reached the host and is not stored stays within 4 MiB.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';

import { open, run } from '../../host-node/src/index.mjs';
import { openSqlite } from '../../host-node/src/sqlite.mjs';
import { readCompare } from '../../host-node/src/store_records.mjs';
import { ColumnType } from '../../wasm/record.mjs';
import { arrived } from '../http/server.mjs';
import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, nodeHost, startCore } from './core.mjs';

const AHEAD = 4 << 20;
const PAGE = 1 << 30;
const BATCHES = 4;
/** Of a load that comes to its end: as many records as go into one page. */
const LOAD = 8 << 20;
const LOOKS = 8;

const folder = mkdtempSync(join(tmpdir(), 'perly-ahead-'));
const key = join(folder, 'key');
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** Every so many records change from the first load to the second. @typedef {{ bytes: number, changed: number }} Load */

/**
 * A CSV record of one length, whatever its number.
 * @param {string[]} columns @param {number} number @param {number} [changed] every so manieth is another than before
 */
function record(columns, number, changed = 0) {
  const other = changed !== 0 && number % changed === 0;
  const known = {
    Id: `001000000${String(number).padStart(6, '0')}AAA`, SystemModstamp: `2026-11-0${other ? 2 : 1}T08:00:00.000Z`, IsDeleted: 'false',
    MasterRecordId: '', ParentId: '', OwnerId: '005000000000001AAA', NumberOfEmployees: other ? '200' : '100', AnnualRevenue: '1000000',
    CreatedDate: '2020-01-01T08:00:00.000Z', LastActivityDate: '',
  };
  return `${columns.map((name) => `"${known[name] ?? 'x'.repeat(40)}"`).join(',')}\n`;
}

/** Writes the page as fast as the socket takes it. @param {http.ServerResponse} response @param {string[]} columns @param {Load} load */
async function flood(response, columns, { bytes, changed }) {
  const header = `${columns.map((name) => `"${name}"`).join(',')}\n`;
  const length = record(columns, 0).length;
  const records = Math.floor(bytes / length);
  response.writeHead(200, { 'content-type': 'text/csv', 'sforce-numberofrecords': records, 'sforce-locator': 'null' });
  response.write(header);
  let goOn = () => {};
  for (const event of ['drain', 'close']) response.on(event, () => goOn());
  for (let first = 0; first < records && !response.destroyed; first += 1000) {
    let text = '';
    for (let number = first; number < Math.min(first + 1000, records); number++) text += record(columns, number, changed);
    if (!response.write(text)) await new Promise((resolve) => (goOn = () => resolve(undefined)));
  }
  response.end();
}

/** The local Salesforce behind a proxy, which answers Account's page itself. */
async function startFlood() {
  const salesforce = await startServer({ accounts: 20, seed: 3 });
  const { port } = new URL(salesforce.url);
  /** @type {{ job?: string, columns: string[], socket?: import('node:net').Socket, length: number, load: Load }} */
  const account = { columns: [], length: 0, load: { bytes: PAGE, changed: 0 } };
  const proxy = http.createServer(async (request, response) => {
    if (account.job && request.url?.includes(`${account.job}/results`)) {
      account.socket = request.socket;
      account.length = record(account.columns, 0).length;
      return flood(response, account.columns, account.load);
    }
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const { method, url: path, headers } = request;
    const onward = http.request({ port, method, path, headers: { ...headers, 'accept-encoding': 'identity' } }, async (answer) => {
      const told = [];
      for await (const part of answer) told.push(part);
      let text = Buffer.concat(told);
      const select = /SELECT ([\w, ]+?) FROM Account /.exec(body.toString());
      if (select) [account.columns, account.job] = [select[1].split(/, ?/), JSON.parse(text.toString()).id];
      if (account.load.bytes === LOAD && account.job && path?.includes(account.job)) {
        const count = Math.floor(LOAD / record(account.columns, 0).length);
        text = Buffer.from(text.toString().replace(/("numberRecordsProcessed":)\d+/, `$1${count}`));
      }
      const { 'transfer-encoding': chunks, 'content-length': length, ...kept } = answer.headers;
      response.writeHead(answer.statusCode ?? 500, kept).end(text);
    });
    onward.end(body);
    return undefined;
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (proxy.address()).port}`;
  salesforce.org.origin = url;
  closing.push(async () => {
    proxy.closeAllConnections();
    proxy.close();
    await salesforce.close();
  });
  return { account, org: { url, client_id: salesforce.client.id, client_secret: salesforce.client.secret } };
}

/** Looks on until some batches are stored. @param {Awaited<ReturnType<typeof startFlood>>['account']} account @param {string} file */
async function watch(account, file) {
  const database = new DatabaseSync(file, { readOnly: true });
  const count = database.prepare('select count(*) as n from account');
  let [batches, before] = [0, 0];
  while (batches < BATCHES) {
    await pause(100);
    if (!account.socket) continue;
    const ahead = arrived(account.socket); // first: what is stored meanwhile was sent before
    const stored = Number(count.get()?.n);
    assert.ok(ahead - stored * account.length <= AHEAD, `${ahead} bytes had arrived when ${stored} records were stored`);
    if (stored > before) batches++;
    before = stored;
  }
  database.close();
}

test('native: the server sends at most 4 MiB ahead of the store', { timeout: 120_000 }, async () => {
  const { account, org } = await startFlood();
  const database = join(folder, 'native.db');
  const core = startCore({ host: nativeHost({ database, key }), env: { CORE_RUN_BATCH_MS: '1000' } });
  closing.push(() => core.child.kill('SIGKILL'));
  assert.ok((await connect(core, org)).at(-1)?.ok);
  core.run({ command: 'sync' }).catch(() => {}); // killed before its end
  await watch(account, database);
});

test('Node: the server sends at most 4 MiB ahead of the store', { timeout: 120_000 }, async () => {
  const { account, org } = await startFlood();
  const database = join(folder, 'node.db');
  const core = startCore({ host: nodeHost({ database, key }) });
  assert.ok((await connect(core, org)).at(-1)?.ok);
  await core.close();
  const sqlite = openSqlite({ path: database });
  const apply = async (/** @type {Uint8Array} */ record) => {
    if (record.length >= 256 << 10) await pause(1000);
    return sqlite.apply(record);
  };
  const slow = new Proxy(sqlite, {
    get: (store, name) => (name === 'apply' ? apply : typeof store[name] === 'function' ? store[name].bind(store) : store[name]),
  });
  const connection = await open({ store: slow, keyFile: key });
  const stop = new AbortController();
  const running = run(connection, { command: 'sync', holder_dead: true }, { signal: stop.signal });
  await watch(account, database);
  stop.abort();
  await assert.rejects(running, { code: 'CANCELLED' });
  await connection.close();
  await sqlite.close();
});

/** A second load, whose rows are compared, against a store that takes its time to compare them. */
for (const [name, changed] of /** @type {[string, number][]} */ ([['every row', 1], ['every tenth row', 10]])) {
  test(`Node: where ${name} changed, the server sends at most 4 MiB ahead of what was dealt with`, { timeout: 240_000 }, async () => {
    const { account, org } = await startFlood();
    const database = join(folder, `again-${changed}.db`);
    account.load = { bytes: LOAD, changed: 0 };
    const core = startCore({ host: nodeHost({ database, key }) });
    assert.ok((await connect(core, org)).at(-1)?.ok);
    const first = (await core.run({ command: 'sync' })).at(-1);
    assert.ok(first?.ok, JSON.stringify(first));
    await core.close();
    const sqlite = openSqlite({ path: database });
    const reader = new DatabaseSync(database, { readOnly: true });
    const count = reader.prepare('select count(*) as n from account where employees = 200');
    let [compared, worst, looks] = [0, 0, 0];
    const seen = new Set();
    const stop = new AbortController();
    const look = () => {
      if (!account.socket) return;
      const ahead = arrived(account.socket);
      const unchanged = changed === 1 ? 0 : Math.floor((compared * (changed - 1)) / changed);
      worst = Math.max(worst, ahead - (unchanged + Number(count.get()?.n)) * account.length);
      if (++looks === LOOKS) stop.abort();
    };
    const compare = async (/** @type {Uint8Array} */ asked) => {
      const { table, rows } = readCompare(asked, [ColumnType.text, ColumnType.int64, ColumnType.time, ColumnType.time]);
      if (table !== 'account' || rows.rowCount < 100) return sqlite.compare(asked);
      await pause(1000);
      look();
      const answer = await sqlite.compare(asked);
      for (let row = 0; row < rows.rowCount; row++) seen.add(rows.value(row, 0));
      compared = seen.size;
      return answer;
    };
    account.socket = undefined;
    account.load = { bytes: LOAD, changed };
    const connection = await open({ store: { ...sqlite, compare }, keyFile: key });
    await run(connection, { command: 'sync', holder_dead: true }, { signal: stop.signal }).catch(() => {});
    await connection.close();
    await sqlite.close();
    reader.close();
    assert.ok(looks >= LOOKS, `${looks} looks`);
    assert.ok(worst > 1 << 20, `${worst} bytes: the server did not wait for the store`);
    assert.ok(worst <= AHEAD, `${worst} bytes had arrived and were not dealt with`);
  });
}
