// No secret in any output: every token, code and client secret that the login host ever saw or issued is searched
// in what the command line prints, in every file that it leaves (a backup too), in the events and logs of the core, and
// in the whole memory of the WebAssembly instance, while it is idle and after it was released.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { compile, open } from '../../host-node/src/index.mjs';
import { startServer } from '../salesforce/server.mjs';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'perly-secrets-'));
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** An org that remembers every secret: tokens and codes as they are made, and what clients sent. */
async function startOrg() {
  const server = await startServer({ accounts: 15, seed: 4 });
  closing.push(() => server.close());
  const { auth } = /** @type {any} */ (server).org;
  const issued = new Set([String(server.client.secret)]);
  for (const name of ['codes', 'refresh', 'sessions']) {
    for (const known of auth[name].keys()) issued.add(known);
    const set = auth[name].set.bind(auth[name]);
    auth[name].set = (/** @type {string} */ key, /** @type {any} */ value) => {
      issued.add(key);
      return set(key, value);
    };
  }
  return { server, issued };
}

/** The secrets that these bytes hold, as they are or as a URL or JSON writes them. @param {Set<string>} issued @param {Buffer} bytes @param {string} place */
function assertClean(issued, bytes, place) {
  for (const secret of issued) {
    for (const form of new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1)])) {
      assert.ok(form.length >= 16, 'a secret worth searching for');
      assert.equal(bytes.indexOf(form), -1, `${place} holds ${form.slice(0, 12)}...`);
    }
  }
}

/**
 * The command line, everything said kept. `answer` is called with the event "authorize" and gives what is pasted.
 * @param {string[]} words @param {NodeJS.ProcessEnv} env @param {Buffer[]} said @param {(url: string) => Promise<string>} [answer]
 */
async function perly(words, env, said, answer) {
  const child = spawn(join(root, 'build/native/host-native/perly'), words, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let asked = false;
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (bytes) => {
      out += bytes;
      said.push(Buffer.from(bytes));
      const url = /https?:\/\/\S*oauth2\/authorize[^\s"]*/.exec(out)?.[0];
      if (url && answer && !asked && out.includes('Paste')) {
        asked = true;
        void answer(url).then((line) => child.stdin.end(`${line}\n`));
      }
    });
  }
  if (!answer) child.stdin.end();
  const [code] = await once(child, 'close');
  return { code, out };
}

/** @param {string} place @returns {string[]} */
const files = (place) =>
  readdirSync(place, { recursive: true, encoding: 'utf8' }).map((name) => join(place, name)).filter((path) => statSync(path).isFile());

test('the command line: nothing printed, logged, stored or backed up holds a secret', async () => {
  const { server, issued } = await startOrg();
  const data = join(folder, 'data');
  const env = { PERLY_LOG: 'debug', PERLY_CLIENT_SECRET: server.client.secret };
  /** @type {Buffer[]} */
  const said = [];
  const place = ['--data', data];
  const browse = async (/** @type {string} */ url) => (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
  const connected = await perly(['connect', ...place, '--headless', '--no-sync', '--login-url', server.url, '--client-id', server.client.id], env, said, browse);
  assert.equal(connected.code, 0, connected.out);
  const verbs = [['check'], ['setup'], ['sync'], ['status'], ['accounts'], ['actions'], ['errors'], ['config', 'show'], ['sync', '--full']];
  for (const verb of verbs) {
    for (const more of [[], ['--json']]) {
      const { code, out } = await perly([...verb, ...place, ...more], env, said);
      assert.ok(code === 0 || code === 3, `${verb}: ${out}`);
    }
    await fetch(`${server.url}/_control/expire`, { method: 'POST', body: '{"what":"access"}' });
  }
  // Answers that hold what was sent: the login host repeats nothing, but errors are printed too.
  for (const fault of [{ kind: 'status', status: 400, body: 'oauth', code: 'invalid_grant', message: 'expired access/refresh token' }, { kind: 'lost' }, { kind: 'status', status: 500, body: 'html' }]) {
    await fetch(`${server.url}/_control/expire`, { method: 'POST', body: '{"what":"access"}' });
    await fetch(`${server.url}/_control/faults`, { method: 'POST', body: JSON.stringify({ match: { path: 'oauth2/token' }, fault }) });
    await perly(['sync', ...place], env, said);
    await perly(['status', ...place, '--json'], env, said);
  }
  const backup = join(folder, 'backup.db');
  assert.equal((await perly(['backup', ...place, backup], env, said)).code, 0);
  for (const path of [...files(data), backup]) {
    const bytes = readFileSync(path);
    assertClean(issued, bytes, path);
    assert.ok(bytes.length > 0 || /lock|wal$/.test(path), path);
  }
  await perly(['disconnect', ...place, '--yes'], env, said);
  assertClean(issued, Buffer.concat(said), 'the output');
  assert.ok(issued.size >= 6, `${issued.size} secrets were issued`);
});

test('the WebAssembly core: events, logs and the whole memory hold none once it rests', async () => {
  const { server, issued } = await startOrg();
  const module = await compile();
  /** @type {WebAssembly.Memory[]} */
  const memories = [];
  const Instance = WebAssembly.Instance;
  // Each instance that the host makes, its memory kept for this test to read.
  WebAssembly.Instance = /** @type {any} */ (
    class extends Instance {
      /** @param {WebAssembly.Module} source @param {WebAssembly.Imports} [imports] */
      constructor(source, imports) {
        super(source, imports);
        memories.push(/** @type {any} */ (this.exports).memory);
      }
    }
  );
  closing.push(() => {
    WebAssembly.Instance = Instance;
  });
  /** @type {Buffer[]} */
  const said = [];
  const connection = await open({
    sqlite: join(folder, 'node.db'), keyFile: join(folder, 'node.key'), module,
    log: (level, text) => said.push(Buffer.from(`${level} ${text}\n`)),
  });
  /** @param {any} command */
  const run = async (command) => {
    const events = [];
    for await (const event of connection.run(command)) {
      events.push(event);
      said.push(Buffer.from(`${JSON.stringify(event)}\n`));
    }
    return /** @type {any[]} */ (events);
  };
  const asked = await run({ command: 'connect', login: server.url, client_id: server.client.id, client_secret: server.client.secret, redirect_uri: 'http://localhost:8717/callback' });
  const url = asked.find(({ event }) => event === 'authorize').url;
  const redirect = (await fetch(url, { redirect: 'manual' })).headers.get('location');
  assert.equal((await run({ command: 'connect_finish', redirect })).at(-1).ok, true);
  for (const command of ['setup', 'check', 'sync', 'status']) {
    assert.equal((await run({ command })).at(-1).ok, true, command);
    await fetch(`${server.url}/_control/expire`, { method: 'POST', body: '{"what":"access"}' });
    for (const memory of memories) assertClean(issued, Buffer.from(memory.buffer), `the memory after ${command}`);
  }
  assert.ok(issued.size >= 8, 'sessions were renewed on the way');
  const holds = (/** @type {string} */ text) => memories.some((memory) => Buffer.from(memory.buffer).includes(text));
  assert.ok(holds(server.client.id), 'the search finds what is no secret');
  await connection.close();
  assert.ok(memories.length > 0);
  for (const memory of memories) assertClean(issued, Buffer.from(memory.buffer), 'the memory after release');
  assertClean(issued, Buffer.concat(said), 'events and logs');
  assertClean(issued, readFileSync(join(folder, 'node.db')), 'the database');
});
