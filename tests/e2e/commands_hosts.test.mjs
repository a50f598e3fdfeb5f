// The same commands under both hosts and on both databases tell the same.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { startPostgres } from '../store/postgres_server.mjs';
import { connect, nativeHost, nodeHost, startCore } from './core.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-commands-hosts-'));
const key = join(folder, 'key');
/** @type {any} */
let postgres;

before(async () => {
  postgres = await startPostgres();
});
after(async () => {
  await postgres?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What one host tells, without what is counted or timed by itself. @param {string[]} host */
async function tellAll(host) {
  // An org of its own for each, since a sync changes it; the virtual clock begins at the same moment.
  const server = await startServer({ accounts: 60, seed: 11, clock: 'virtual' });
  const core = startCore({ host, env: { PERLY_TEST_CLOCK: server.url } });
  const told = [];
  try {
    assert.equal((await connect(core, { url: server.url, client_id: server.client.id, client_secret: server.client.secret })).at(-1)?.ok, true);
    assert.equal((await core.run({ command: 'setup' })).at(-1)?.ok, true);
    assert.equal((await core.run({ command: 'sync' })).at(-1)?.ok, true);
    const [worst] = await core.run({ command: 'accounts', limit: 1 });
    const rows = [{ account_id: worst.id, name: 'usage', value: 90, at: '2026-01-01' }];
    for (const command of [
      { command: 'status' },
      { command: 'accounts', limit: 100 },
      { command: 'accounts', sort: 'change' },
      { command: 'accounts', sort: 'name', risk: 'High' },
      { command: 'explain', account: worst.name },
      { command: 'actions' },
      { command: 'actions_decide', decision: 'drop' },
      { command: 'signals_import', rows: [...rows, ...rows] },
      { command: 'check' },
      { command: 'status' },
      { command: 'disconnect', erase: true },
      { command: 'status' },
    ]) {
      told.push(...(await core.run(command)));
    }
  } finally {
    await core.close();
    await server.close();
  }
  // How often a job is asked after, and so the moment of the cut, is a host's own.
  const words = JSON.stringify(told).replaceAll(server.url, 'http://org').replace(/2026-11-23T0[78]:[0-9:.]*Z/g, 'today');
  return JSON.parse(words);
}

test('native on SQLite, Node on SQLite and on PostgreSQL tell the same', async () => {
  const native = await tellAll(nativeHost({ database: join(folder, 'native.db'), key }));
  assert.ok(native.length > 150);
  for (const event of native) if (event.event === 'command_end') assert.equal(event.ok, true, JSON.stringify(event));
  assert.deepEqual(await tellAll(nodeHost({ database: join(folder, 'node.db'), key })), native);
  const { host, port, user, database } = postgres.connection;
  const url = `postgres://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  assert.deepEqual(await tellAll(nodeHost({ postgres: url, schema: 'perly_commands', key })), native);
});
