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
import { arrived } from '../http/server.mjs';
import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, nodeHost, startCore } from './core.mjs';

const AHEAD = 4 << 20;
const PAGE = 1 << 30;
const BATCHES = 4;

const folder = mkdtempSync(join(tmpdir(), 'perly-ahead-'));
const key = join(folder, 'key');
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A CSV record of one length, whatever its number. @param {string[]} columns @param {number} number */
function record(columns, number) {
  const known = {
    Id: `001000000${String(number).padStart(6, '0')}AAA`, SystemModstamp: '2026-11-01T08:00:00.000Z', IsDeleted: 'false',
    MasterRecordId: '', ParentId: '', OwnerId: '005000000000001AAA', NumberOfEmployees: '100', AnnualRevenue: '1000000',
    CreatedDate: '2020-01-01T08:00:00.000Z', LastActivityDate: '',
  };
  return `${columns.map((name) => `"${known[name] ?? 'x'.repeat(40)}"`).join(',')}\n`;
}

/** Writes the page as fast as the socket takes it. @param {http.ServerResponse} response @param {string[]} columns */
async function flood(response, columns) {
  const header = `${columns.map((name) => `"${name}"`).join(',')}\n`;
  const length = record(columns, 0).length;
  const records = Math.floor(PAGE / length);
  response.writeHead(200, { 'content-type': 'text/csv', 'sforce-numberofrecords': records, 'sforce-locator': 'null' });
  response.write(header);
  let goOn = () => {};
  for (const event of ['drain', 'close']) response.on(event, () => goOn());
  for (let first = 0; first < records && !response.destroyed; first += 1000) {
    let text = '';
    for (let number = first; number < first + 1000; number++) text += record(columns, number);
    if (!response.write(text)) await new Promise((resolve) => (goOn = () => resolve(undefined)));
  }
  response.end();
}

/** The local Salesforce behind a proxy, which answers Account's page itself. */
async function startFlood() {
  const salesforce = await startServer({ accounts: 20, seed: 3 });
  const { port } = new URL(salesforce.url);
  /** @type {{ job?: string, columns: string[], socket?: import('node:net').Socket, length: number }} */
  const account = { columns: [], length: 0 };
  const proxy = http.createServer(async (request, response) => {
    if (account.job && request.url?.includes(`${account.job}/results`)) {
      account.socket = request.socket;
      account.length = record(account.columns, 0).length;
      return flood(response, account.columns);
    }
    const parts = [];
    for await (const part of request) parts.push(part);
    const body = Buffer.concat(parts);
    const { method, url: path, headers } = request;
    const onward = http.request({ port, method, path, headers: { ...headers, 'accept-encoding': 'identity' } }, async (answer) => {
      const told = [];
      for await (const part of answer) told.push(part);
      const text = Buffer.concat(told);
      const select = /SELECT ([\w, ]+?) FROM Account /.exec(body.toString());
      if (select) [account.columns, account.job] = [select[1].split(/, ?/), JSON.parse(text.toString()).id];
      response.writeHead(answer.statusCode ?? 500, answer.headers).end(text);
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
