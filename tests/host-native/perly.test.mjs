/** The program `perly` against the local Salesforce, on its clock: connect as a person does, then sync. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { assertAlike } from '../e2e/alike.mjs';
import { startServer } from '../salesforce/server.mjs';
import { NativeDriver } from '../store/native_driver.mjs';

const program = fileURLToPath(new URL('../../build/native/host-native/perly', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'perly-home-'));
after(() => rmSync(home, { recursive: true, force: true }));

/**
 * Runs it; `onText` sees what it has said so far, and may write to it.
 * @param {any} server
 * @param {string[]} words
 * @param {(text: string, child: import('node:child_process').ChildProcess) => void} [onText]
 * @param {(child: import('node:child_process').ChildProcess) => void} [onStart]
 */
async function perly(server, words, onText, onStart) {
  const [file, ...rest] = ['script', 'sh'].includes(words[0]) ? words : [program, ...words];
  const child = spawn(file, rest, {
    env: {
      PATH: process.env.PATH,
      HOME: home,
      PERLY_CLIENT_SECRET: server.client.secret,
      PERLY_TEST_CLOCK: server.url,
    },
  });
  onStart?.(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      said += text;
      onText?.(said, child);
    });
  }
  await once(child, 'close');
  return { code: child.exitCode, said };
}

test('a configuration is checked before any connection exists, and the schema is at hand', () => {
  const none = mkdtempSync(join(home, 'none-'));
  const run = (/** @type {string[]} */ ...words) => spawnSync(program, words, { env: { HOME: none, TMPDIR: none }, encoding: 'utf8', timeout: 20_000 });
  const file = join(none, 'c.json');
  writeFileSync(file, '{"ruls": []}');
  const bad = run('config', 'check', '--config', file);
  assert.equal(bad.status, 4, bad.stderr);
  assert.match(bad.stdout, /c\.json \/ruls line 1, column 10: unknown key `ruls`; did you mean `rules`\?/);
  writeFileSync(file, '{"limits": {"tasks_per_owner_day": 3}}');
  const good = run('config', 'check', '--config', file);
  assert.deepEqual([good.status, good.stderr], [0, '']);
  assert.match(good.stdout, /the configuration is good; what the org has is compared after a first sync/);
  assert.equal(JSON.parse(run('config', 'show', '--config', file).stdout).limits.tasks_per_owner_day, 3);
  assert.equal(run('config', 'check', '--connection', 'nobody').status, 4, 'one that is named must be there');
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const examples = [...readme.matchAll(/^```json\n([^]*?)^```$/gm)].map(([, text]) => text);
  assert.ok(examples.length > 0);
  for (const text of examples) {
    writeFileSync(file, text);
    assert.equal(run('config', 'check', '--config', file).status, 0, text);
  }
  const schema = readFileSync(new URL('../../core/config/perly-config.schema.json', import.meta.url), 'utf8');
  assert.equal(run('config', 'schema').stdout, schema);
  assert.deepEqual(readdirSync(none), ['c.json'], 'nothing is left behind');
});

test('connect by a pasted address, sync, sync again', { timeout: 60_000 }, async () => {
  const server = await startServer({ accounts: 150, seed: 5, clock: 'virtual' });
  try {
    let asked = false;
    const login = ['connect', '--login-url', server.url, '--client-id', server.client.id];
    const connected = await perly(server, [...login, '--headless', '--no-sync'], async (text, child) => {
      const url = /^ {2}(http:\S+)$/m.exec(text)?.[1];
      if (url === undefined || asked) return;
      asked = true;
      const answer = await fetch(url, { redirect: 'manual' });
      child.stdin?.end(`${answer.headers.get('location')}\n`);
    });
    assert.equal(connected.code, 0, connected.said);
    assert.match(connected.said, /^connected to http:/m);

    const first = await perly(server, ['sync']);
    assert.equal(first.code, 3, 'our fields are missing: a person must run setup');
    assert.match(first.said, /^stopped fields: .*are missing.*Run perly setup/m);
    const setup = await perly(server, ['setup']);
    assert.equal(setup.code, 0, setup.said);
    assert.match(first.said, /^pulled {2}Account: 150 rows, 150 new, 0 changed$/m);
    const second = await perly(server, ['sync', '--full']);
    assert.equal(second.code, 0, second.said);
    assert.match(second.said, /^pulled {2}Account: 150 rows, 0 new, 0 changed$/m);

    const database = new DatabaseSync(join(home, '.local/share/perly/default/perly.db'), { readOnly: true });
    assert.equal(database.prepare('select count(*) as n from account').get()?.n, 150);
    database.close();
  } finally {
    server.close();
  }
});

test('--watch goes on by the clock, until it is stopped', { timeout: 60_000 }, async () => {
  const server = await startServer({ accounts: 20, seed: 5, clock: 'virtual' });
  try {
    const login = ['connect', '--login-url', server.url, '--client-id', server.client.id, '--connection', 'watch'];
    let asked = false;
    const connected = await perly(server, [...login, '--headless', '--no-sync'], async (text, child) => {
      const url = /^ {2}(http:\S+)$/m.exec(text)?.[1];
      if (url === undefined || asked) return;
      asked = true;
      const answer = await fetch(url, { redirect: 'manual' });
      child.stdin?.end(`${answer.headers.get('location')}\n`);
    });
    assert.equal(connected.code, 0, connected.said);
    const both = await perly(server, ['sync', '--watch', '--once', '--connection', 'watch']);
    assert.equal(both.code, 4, both.said);
    // The fields are missing: a person must act, and the watch goes on meanwhile.
    let stopped = false;
    const ran = await perly(server, ['sync', '--watch', '--connection', 'watch'], (text, child) => {
      if ((text.match(/^next cycle at /gm)?.length ?? 0) < 4 || stopped) return;
      stopped = true;
      child.kill('SIGTERM');
    });
    assert.equal(ran.code, 130, ran.said);
    const times = [...ran.said.matchAll(/^next cycle at (\S+ \S+) UTC$/gm)].map((found) => Date.parse(`${found[1]}Z`));
    assert.ok(times[1] - times[0] >= 7_200_000 && times[1] - times[0] < 7_500_000, ran.said);
  } finally {
    server.close();
  }
});

test('without its key a connection can be looked at, made anew and erased', { timeout: 120_000 }, async () => {
  const server = await startServer({ accounts: 5, seed: 5, clock: 'virtual' });
  const named = ['--connection', 'keyless'];
  const key = join(home, '.local/share/perly/keyless/perly.key');
  const connectNow = async () => {
    const ran = await perly(server, [...connecting(server, 'keyless'), '--no-sync'], (text, child) => void paste(text, child));
    assert.equal(ran.code, 0, ran.said);
  };
  try {
    await connectNow();
    rmSync(key);
    const status = await perly(server, ['status', ...named]);
    assert.equal(status.code, 3, status.said);
    assert.match(status.said, /^act +connection .*its tokens are sealed under another key.*perly connect$/m);
    const sync = await perly(server, ['sync', ...named]);
    assert.equal(sync.code, 3, sync.said);
    assert.match(sync.said, /^ {2}do {2}Restore the key \(perly\.key, or PERLY_KEY\), or connect again/m);
    assert.equal((await perly(server, ['actions', ...named])).code, 0);
    assert.equal(existsSync(key), false, 'no new key beside what another one sealed');
    await connectNow();
    assert.equal((await perly(server, ['sync', ...named])).code, 3, 'our fields are missing: it reaches Salesforce');
    rmSync(key);
    const gone = await perly(server, ['disconnect', '--yes', ...named]);
    assert.equal(gone.code, 0, gone.said);
    assert.match(gone.said, /not revoked.*Connected Apps OAuth Usage/);
    assert.equal(existsSync(join(key, '..')), false);
    await connectNow();
    const database = openSync(join(key, '../perly.db'), 'r+');
    writeSync(database, Buffer.alloc(1 << 20, 7));
    closeSync(database);
    for (const words of [['status'], ['disconnect', '--yes'], ['connect', '--client-id', 'fake']]) {
      const ran = await perly(server, [...words, ...named]);
      assert.equal(ran.code, 1, ran.said);
      assert.match(ran.said, /is not a database\. The file is damaged: move it away with its -wal and -shm, .*or run perly connect\n {2}at {2}\S+perly\.db\n/);
    }
    rmSync(join(key, '../perly.db'));
    await connectNow();
  } finally {
    server.close();
  }
});

test('--watch reads the configuration again, keeps the last good one, and tells an outage', { timeout: 120_000 }, async () => {
  const server = await startServer({ accounts: 5, seed: 5, clock: 'virtual' });
  const file = join(home, '.local/share/perly/edited/config.json');
  try {
    const made = await perly(server, [...connecting(server, 'edited'), '--no-sync'], (text, child) => void paste(text, child));
    assert.equal(made.code, 0, made.said);
    writeFileSync(file, '{}');
    /** What is done when the text says so, in this order. @type {[RegExp, () => unknown][]} */
    const steps = [
      [/^next cycle at/m, () => writeFileSync(file, '{"salesforce": {"poll": "3h"}}')],
      [/the configuration is good/, () => writeFileSync(file, '{"ruls": []}')],
      [/unknown key `ruls`[^]*stays as it was[^]*next cycle at/, () => rmSync(file)],
      [/the configuration is gone\n {2}at {2}\S+config\.json\n {2}do {2}\S[^]*next cycle at/, () =>
        fetch(`${server.url}/_control/faults`, { method: 'POST', body: JSON.stringify({ match: { path: '/services/' }, times: 1000, fault: { kind: 'status', status: 503 } }) })],
      [/^perly: SERVER_UNAVAILABLE.*\n {2}at {2}.*\n {2}do {2}.*\nnext cycle at/m, () => watching?.kill('SIGTERM')],
    ];
    /** @type {import('node:child_process').ChildProcess | undefined} */
    let watching;
    let from = 0;
    const line = `exec ${program} sync --watch --connection edited 2>&1`; // one stream: in the order it is said
    const ran = await perly(server, ['sh', '-c', line], (text) => {
      const [step] = steps;
      if (step === undefined || !step[0].test(text.slice(from))) return;
      from = text.length;
      steps.shift();
      void step[1]();
    }, (child) => void (watching = child));
    assert.equal(ran.code, 130, ran.said);
    assert.equal(steps.length, 0, ran.said);
  } finally {
    server.close();
  }
});

test('Ctrl-C is heard while an address is waited for', { timeout: 60_000 }, async () => {
  const server = await startServer({ accounts: 5, seed: 5, clock: 'virtual' });
  try {
    const login = ['connect', '--login-url', server.url, '--client-id', server.client.id, '--connection', 'asked'];
    let sent = false;
    const asked = await perly(server, [...login, '--headless', '--no-sync'], (text, child) => {
      if (sent || !text.includes('Paste the address')) return;
      sent = true;
      child.kill('SIGINT');
    });
    assert.equal(asked.code, 130, asked.said);
    const ended = await perly(server, [...login, '--headless', '--no-sync'], (_, child) => child.stdin?.end());
    assert.equal(ended.code, 4, ended.said);
    assert.match(ended.said, /nothing was pasted/);
  } finally {
    server.close();
  }
});

/** Pastes where the address leads that the text tells. @param {string} text @param {import('node:child_process').ChildProcess} child @param {string} [more] */
async function paste(text, child, more) {
  const url = /^ {2}(http:\S+)\r?$/m.exec(text)?.[1];
  if (url === undefined || pasted.has(child)) return;
  pasted.add(child);
  const answer = await fetch(url, { redirect: 'manual' });
  const line = `${answer.headers.get('location')}\n`;
  if (more === undefined) child.stdin?.end(line);
  else child.stdin?.write(line);
}
/** @type {WeakSet<object>} */
const pasted = new WeakSet();

/** @param {any} server @param {string} name */
const connecting = (server, name) => ['connect', '--login-url', server.url, '--client-id', server.client.id, '--headless', '--connection', name];
/** Rows of a connection's database. @param {string} name */
const databaseOf = (name) => ({
  rows(/** @type {string} */ sql, /** @type {any[]} */ ...params) {
    const database = new DatabaseSync(join(home, `.local/share/perly/${name}/perly.db`), { readOnly: true });
    const rows = database.prepare(sql).all(...params).map((row) => ({ ...row }));
    database.close();
    return rows;
  },
});

test('connect --yes: checks, sets up and syncs, in one go', { timeout: 120_000 }, async () => {
  const server = await startServer({ accounts: 20, seed: 5, clock: 'virtual' });
  try {
    const ran = await perly(server, [...connecting(server, 'whole'), '--yes'], (text, child) => void paste(text, child));
    assert.equal(ran.code, 0, ran.said);
    assert.equal(ran.said.match(/can use api/g)?.length, 1, 'what is well is not told again behind the set-up');
    assert.match(ran.said, /^pulled {2}Account: 20 rows, 20 new, 0 changed$/m);
    assert.equal(databaseOf('whole').rows('select count(*) n from health where pushed_at is not null')[0].n, 20);
    assert.equal(server.org.calls['POST /services/data/tooling/sobjects/CustomField'], 4);
  } finally {
    server.close();
  }
});

test('connect on a terminal, where a person says no: nothing is made in the org, and the first sync runs', { timeout: 120_000 }, async () => {
  const server = await startServer({ accounts: 20, seed: 5, clock: 'virtual' });
  try {
    const line = [program, ...connecting(server, 'declined')].join(' ');
    let answered = false;
    const ran = await perly(server, ['script', '-qec', line, '/dev/null'], (text, child) => {
      void paste(text, child, 'more comes');
      if (answered || !text.includes("Create Perly's three fields on Account now? [y/N]")) return;
      answered = true;
      child.stdin?.write('n\n');
    });
    assert.equal(ran.code, 3, ran.said);
    assert.ok(answered, ran.said);
    assert.match(ran.said, /missing.* can write scores /);
    assert.doesNotMatch(ran.said, /lacks/, 'what was just told is not told again as an error');
    assert.match(ran.said, /perly setup creates Perly's fields when you want them; until then nothing is pushed\./);
    assert.equal(server.org.calls['POST /services/data/tooling/sobjects/CustomField'], undefined);
    const { rows } = databaseOf('declined');
    assert.deepEqual([rows('select count(*) n from account')[0].n, rows('select count(*) n from health where pushed_at is not null')[0].n], [20, 0]);
  } finally {
    server.close();
  }
});

test('after Ctrl-C nothing more is begun: what is pulled is neither scored nor pushed', { timeout: 60_000 }, async () => {
  const server = await startServer({ accounts: 20, seed: 5 });
  try {
    const connected = await perly(server, [...connecting(server, 'begun'), '--no-sync'], (text, child) => void paste(text, child));
    assert.equal(connected.code, 0, connected.said);
    assert.equal((await perly(server, ['setup', '--connection', 'begun'])).code, 0);
    const before = server.org.calls['PATCH /services/data/composite/sobjects'] ?? 0;
    /** @type {import('node:child_process').ChildProcess | undefined} */
    let running;
    const act = async () => void running?.kill('SIGINT');
    server.org.faults.add({ match: { method: 'GET', path: 'jobs/query/\\w+/results' }, fault: { kind: 'then', act } });
    const ran = await perly(server, ['sync', '--connection', 'begun'], undefined, (child) => void (running = child));
    assert.equal(ran.code, 130, ran.said);
    assert.doesNotMatch(ran.said, /scored|pushed/);
    assert.equal(server.org.calls['PATCH /services/data/composite/sobjects'] ?? 0, before);
    assert.equal(databaseOf('begun').rows('select count(*) n from cut')[0].n, 0);
  } finally {
    server.close();
  }
});

test('Ctrl-C in a pull and in a push: a clean stop, and the next run goes on to the same end', { timeout: 180_000 }, async () => {
  const options = { accounts: 40, seed: 5, clock: 'virtual', start: Date.UTC(2026, 10, 23, 3) };
  const [calm, stopped] = [await startServer(options), await startServer(options)];
  const prepare = async (/** @type {any} */ server, /** @type {string} */ name) => {
    const connected = await perly(server, [...connecting(server, name), '--no-sync'], (text, child) => void paste(text, child));
    assert.equal(connected.code, 0, connected.said);
    assert.equal((await perly(server, ['setup', '--connection', name])).code, 0);
  };
  /** A sync that hears Ctrl-C while it waits for the answer to a request. @param {object} match */
  const interrupted = async (match) => {
    /** @type {import('node:child_process').ChildProcess | undefined} */
    let running;
    const act = async () => {
      running?.kill('SIGINT');
      await stopped.org.clock.sleep(600_000);
    };
    stopped.org.faults.add({ match, fault: { kind: 'then', act } });
    const ran = await perly(stopped, ['sync', '--connection', 'stopped'], undefined, (child) => void (running = child));
    assert.equal(ran.code, 130, ran.said);
    assert.match(ran.said, /stopped; what is done stays/);
    assert.equal(stopped.org.faults.list()[0].left, 0, 'it was met');
    stopped.org.faults.clear();
  };
  try {
    await prepare(calm, 'calm');
    await prepare(stopped, 'stopped');
    assert.equal((await perly(calm, ['sync', '--connection', 'calm'])).code, 0);
    await interrupted({ method: 'GET', path: 'jobs/query/\\w+/results', nth: 4 });
    const { rows } = databaseOf('stopped');
    assert.equal(rows('select count(*) n from cut')[0].n, 0, 'the pull was not at its end');
    assert.equal(rows('select holder from lease')[0].holder, '', 'the lease is given back');
    await interrupted({ method: 'PATCH', path: 'composite/sobjects' });
    const last = await perly(stopped, ['sync', '--connection', 'stopped']);
    assert.equal(last.code, 0, last.said);
    const worlds = [['stopped', stopped], ['calm', calm]].map(([name, server]) => ({
      ...databaseOf(name), server,
      control: async (/** @type {string} */ path) => (await fetch(`${server.url}/_control/${path}`)).json(),
    }));
    await assertAlike(/** @type {any} */ (worlds[0]), /** @type {any} */ (worlds[1]), 'after Ctrl-C in a pull and in a push');
  } finally {
    calm.close();
    stopped.close();
  }
});

test('a test clock that is gone ends a process that waits for it', { timeout: 60_000 }, async () => {
  const server = await startServer({ accounts: 5, seed: 5, clock: 'virtual' });
  const login = ['connect', '--login-url', server.url, '--client-id', server.client.id, '--connection', 'gone'];
  let asked = false;
  const connected = await perly(server, [...login, '--headless', '--no-sync'], async (text, child) => {
    const url = /^ {2}(http:\S+)$/m.exec(text)?.[1];
    if (url === undefined || asked) return;
    asked = true;
    const answer = await fetch(url, { redirect: 'manual' });
    child.stdin?.end(`${answer.headers.get('location')}\n`);
  });
  assert.equal(connected.code, 0, connected.said);
  let closed = false;
  const watching = await perly(server, ['sync', '--watch', '--connection', 'gone'], (text) => {
    if (closed || !/^next cycle at /m.test(text)) return;
    closed = true;
    server.close();
  });
  assert.equal(watching.code, 1, watching.said);
  assert.match(watching.said, /the test clock at http:\S+ is gone/);
});

test('with the test clock no request leaves the machine', { timeout: 60_000 }, async () => {
  const server = await startServer({ accounts: 5, seed: 5, clock: 'virtual' });
  const driver = new NativeDriver(join(home, 'driver.db'), { PERLY_TEST_CLOCK: server.url });
  try {
    const far = driver.http().send(Buffer.from('GET https://acme.my.salesforce.com/ HTTP/1.1\r\n\r\n'));
    const { value } = await far.next();
    assert.equal(value.outcome, 1);
    assert.match(value.text, /only loopback/);
  } finally {
    await driver.close();
    server.close();
  }
});
