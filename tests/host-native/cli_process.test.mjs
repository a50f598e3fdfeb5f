/** The command line `perly` as a process: the browser's callback, signals, locks, and the files that it reads and keeps. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectTo, createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connected, environment, events, home, perly, program, start } from './fake.mjs';

test('connect: the browser comes back to the listener', async () => {
  const port = await freePort();
  const words = ['connect', '--client-id', 'fake', '--no-sync', '--connection', 'browser', '--port', `${port}`];
  const run = start([...words, '--json'], [
    '{"event":"authorize","url":"https://login.example/authorize?x=1"}',
    '{"event":"command_end","ok":true}',
    '{"event":"command_end","ok":true}',
  ]);
  await run.until(/command_end/);
  assert.equal((await get(port, '/favicon.ico')).status, 404);
  const answer = await get(port, '/callback?code=fake%20code&state=s');
  assert.deepEqual([answer.status, /Back to the terminal/.test(answer.text)], [200, true]);
  assert.equal(await run.code(), 0, run.said());
  const asked = events(run.said()).filter((one) => one.event === 'asked');
  assert.deepEqual(
    [asked[0].asked.command, asked[0].asked.redirect_uri, asked[0].asked.login],
    ['connect', `http://localhost:${port}/callback`, 'production'],
  );
  assert.deepEqual([asked[1].asked.command, asked[1].asked.redirect], ['connect_finish', 'code=fake%20code&state=s']);
});

test('connect: connections that say nothing, or say it a byte at a time, keep nobody out', async () => {
  const port = await freePort();
  const run = start(['connect', '--client-id', 'fake', '--no-sync', '--connection', 'slow', '--port', `${port}`, '--json'], [
    '{"event":"authorize","url":"https://login.example/authorize?x=1"}',
    '{"event":"command_end","ok":true}',
    '{"event":"command_end","ok":true}',
  ]);
  await run.until(/command_end/);
  const silent = [];
  for (let i = 0; i < 3; i++) silent.push(connectTo(port, '127.0.0.1'));
  const slow = connectTo(port, '127.0.0.1');
  const drip = setInterval(() => slow.write('G'), 20);
  for (const socket of [...silent, slow]) {
    socket.on('error', () => {}); // perly closes it
    await once(socket, 'connect');
  }
  await pause(100); // the slow one is being heard
  const answer = await get(port, '/callback?code=fake&state=s');
  clearInterval(drip);
  assert.equal(answer.status, 200);
  assert.equal(await run.code(), 0, run.said());
  for (const socket of [...silent, slow]) socket.destroy();
});

test('connect: where another program has the port on ::1, it would get the answer', async (t) => {
  const other = createServer().listen({ port: 0, host: '::1', ipv6Only: true });
  const listening = await Promise.race([once(other, 'listening').then(() => true), once(other, 'error').then(() => false)]);
  if (!listening) return t.diagnostic('this machine has no IPv6');
  const { port } = /** @type {import('node:net').AddressInfo} */ (other.address());
  const ran = start(['connect', '--client-id', 'fake', '--no-sync', '--connection', 'taken', '--port', `${port}`], [
    '{"event":"authorize","url":"https://login.example/authorize?x=1"}', '{"event":"command_end","ok":true}',
  ]);
  await ran.until(/cannot be opened|login\.example/);
  const said = await ran.until(/the port of the callback cannot be opened/);
  assert.ok(said, ran.said());
  assert.equal(await ran.code(), 1);
  other.close();
  return undefined;
});

test('a second Ctrl-C ends it at once, also while nobody reads what it prints', async () => {
  const connection = connected('pipe');
  const lines = Array.from({ length: 20_000 }, (_, i) => `{"event":"notice","text":"line ${i} of many that nobody reads"}`);
  const child = spawn(program, ['sync', '--json', ...connection], { env: environment(lines), stdio: ['ignore', 'pipe', 'ignore'] });
  const blocked = () => /pipe_write|pipe_wait/.test(readFileSync(`/proc/${child.pid}/wchan`, 'latin1')) || /^1 /.test(readFileSync(`/proc/${child.pid}/syscall`, 'latin1'));
  for (let tries = 0; !blocked() && tries < 1000; tries++) await pause(10);
  assert.ok(blocked(), 'it waits for its reader');
  child.kill('SIGINT');
  await pause(50);
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  assert.equal(code, 130);
});

test('what is printed into a full disk is no success; a reader who has enough is no failure', () => {
  const connection = connected('full').join(' ');
  const shell = (/** @type {string} */ line) => spawnSync('/bin/bash', ['-c', line], { env: environment(), encoding: 'utf8', timeout: 20_000 });
  for (const words of ['--version', '--help', 'config schema', `status --json ${connection}`]) {
    const full = shell(`${program} ${words} > /dev/full`);
    assert.equal(full.status, 1, words);
    assert.match(full.stderr, /standard output/, words);
  }
  const enough = shell(`${program} help sync | true; echo \${PIPESTATUS[0]}`);
  assert.match(enough.stdout, /^(0|141)\n$/);
  assert.equal(enough.stderr, '');
});

test('a database that is none: what to do about it', () => {
  const connection = connected('broken');
  const database = join(home, '.local/share/perly/broken/perly.db');
  writeFileSync(database, 'not a database at all'.repeat(1000));
  const ran = perly(['status', ...connection]);
  assert.equal(ran.code, 1);
  assert.match(ran.err, /file is not a database/);
  assert.match(ran.err, /move it away with its -wal and -shm, then put a copy that perly backup made in its place/);
});

test('one process at a time works on a connection, others may look', async () => {
  const connection = connected('lease');
  const first = start(['sync', '--watch', ...connection], ['{"event":"notice","text":"working"}', '{forever}']);
  await first.until(/working/);
  const second = perly(['sync', ...connection]);
  assert.equal(second.code, 6);
  assert.match(second.err, new RegExp(`process ${first.child.pid}`));
  assert.equal(perly(['status', ...connection]).code, 0);
  first.child.kill('SIGINT');
  assert.equal(await first.code(), 130);
  assert.equal(perly(['sync', ...connection]).code, 0);
});

test('while a watch sleeps decisions have their turn, in a cycle they wait; lists never do', async () => {
  const connection = connected('turns');
  const cycle = ['{"event":"command_end","ok":true,"again_at":"2100-01-01T00:00:00.000Z"}'];
  const asleep = start(['sync', '--watch', ...connection], cycle);
  await asleep.until(/next cycle at 2100-01-01 00:00 UTC/);
  assert.match(asleep.said(), /^cycle {3}at \d{4}-\d\d-\d\d \d\d:\d\d UTC$/m);
  for (const words of [['actions', 'approve', '4f2a'], ['errors', 'retry'], ['check'], ['setup'], ['sync'], ['actions']]) {
    const ran = perly([...words, ...connection]);
    assert.equal(ran.code, 0, `${words.join(' ')}: ${ran.err}`);
  }
  const status = perly(['status', ...connection]);
  assert.match(status.out, new RegExp(`^ok +watch +perly sync --watch runs, process ${asleep.child.pid}$`, 'm'));
  for (const words of [['sync', '--watch'], ['disconnect', '--yes']]) {
    const ran = perly([...words, ...connection]);
    assert.equal(ran.code, 6, words.join(' '));
    assert.match(ran.err, /^perly: perly sync --watch runs on this connection/);
  }
  asleep.child.kill('SIGTERM');
  assert.equal(await asleep.code(), 130);
  assert.doesNotMatch(perly(['status', ...connection]).out, /watch/);

  const working = start(['sync', '--watch', ...connection], ['{"event":"notice","text":"working"}', '{forever}']);
  await working.until(/working/);
  for (const word of ['actions', 'errors']) assert.equal(perly([word, ...connection]).code, 0, word);
  const impatient = perly(['actions', 'approve', '--wait', '0', ...connection]);
  assert.equal(impatient.code, 6);
  assert.match(impatient.err, new RegExp(`process ${working.child.pid}\n {2}at {2}\\S+/lock\n {2}do {2}wait with --wait`));
  const patient = start(['actions', 'approve', '--wait', '600', ...connection]);
  await patient.until(/process \d+ works on this connection: waiting up to 600 s/);
  working.child.kill('SIGTERM');
  assert.equal(await patient.code(), 0, patient.said());
  assert.equal(await working.code(), 130);
});

test('what nohup has a process ignore stays ignored; a terminal that closes twice still lets it stop cleanly', async () => {
  const connection = connected('nohup').join(' ');
  const events = ['{"event":"notice","text":"working"}', '{forever}'];
  const child = spawn('/bin/sh', ['-c', `trap "" HUP; exec ${program} sync ${connection}`], { env: environment(events), stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (said += text));
  for (let tries = 0; !/working/.test(said) && tries < 500; tries++) await pause(10);
  child.kill('SIGHUP');
  await pause(200);
  assert.equal(child.exitCode, null, said);
  child.kill('SIGINT');
  const [code] = await once(child, 'exit');
  assert.deepEqual([code, /stopped; what is done stays/.test(said)], [130, true], said);

  const closed = start(['sync', ...connected('closed')], events);
  await closed.until(/working/);
  closed.child.kill('SIGHUP');
  closed.child.kill('SIGHUP');
  assert.equal(await closed.code(), 130);
  assert.match(closed.said(), /stopped; what is done stays/);
});

test('kill -9 leaves the lock free', async () => {
  const connection = connected('killed');
  const first = start(['sync', '--watch', ...connection], ['{"event":"notice","text":"working"}', '{forever}']);
  await first.until(/working/);
  first.child.kill('SIGKILL');
  await first.code();
  assert.equal(perly(['sync', ...connection]).code, 0);
});

test('files are for their owner only; disconnect erases them', () => {
  const connection = connected('files');
  const folder = join(home, '.local/share/perly/files');
  for (const name of ['perly.db', 'perly.key', 'lock']) {
    assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
  }
  assert.match(readFileSync(join(folder, 'perly.key'), 'utf8'), /^[0-9a-f]{64}\n$/);
  assert.equal(perly(['disconnect', ...connection]).code, 4);
  assert.equal(perly(['disconnect', '--yes', ...connection]).code, 0);
  assert.equal(existsSync(folder), false);
});

test('backup copies the database, and never over a file', () => {
  const connection = connected('backup');
  const copy = join(home, 'copy.db');
  assert.equal(perly(['backup', copy, ...connection]).code, 0);
  assert.equal(readFileSync(copy).toString('latin1', 0, 15), 'SQLite format 3');
  const nowhere = perly(['backup', join(home, 'no/such/folder/copy.db'), ...connection]);
  assert.equal(nowhere.code, 1);
  assert.match(nowhere.err, /the file cannot be made: No such file or directory/);
  const again = perly(['backup', copy, ...connection]);
  assert.equal(again.code, 4);
  assert.match(again.err, /already/);
  const folder = mkdtempSync(join(home, 'full-'));
  const full = spawnSync('sh', ['-c', `ulimit -f 80; exec ${program} backup ${folder}/copy.db ${connection.join(' ')}`], { env: environment(), encoding: 'utf8', timeout: 20_000 });
  assert.equal(full.status, 1, full.stderr);
  assert.match(full.stderr, /^perly: copy the database to .*\n {2}at {2}\S+\/copy\.db\n {2}do {2}perly backup FILE/);
  assert.deepEqual(readdirSync(folder), [], 'nothing that looks like a backup is left');
  assert.equal(perly(['backup', join(folder, 'copy.db'), ...connection]).code, 0);
  assert.deepEqual(readdirSync(folder), ['copy.db']);
});

test('a file of signals arrives in pieces of whole lines, each with the header, and is scored', () => {
  const connection = connected('signals');
  const path = join(home, 'signals.csv');
  const line = `${'\u20ac'.repeat(50)}\n`;
  writeFileSync(path, `account_id,name,value\n${line.repeat(5000)}`);
  const ran = perly(['signals', 'import', path, '--json', ...connection], {
    events: ['{"event":"command_end","ok":true}', '{"event":"command_end","ok":true}'],
  });
  assert.equal(ran.code, 0, ran.err);
  // The fake core cuts what it echoes; the line, the name and the header are in its beginning.
  const parts = [...ran.out.matchAll(/"command":"signals_import".{0,60}?"line":(\d+),"name":"[^"]*","header":"([^"]*)"/g)];
  const inFirst = Math.floor((2 ** 19 - 22) / 151);
  assert.deepEqual(
    parts.map(([, first, header]) => [Number(first), header]),
    [
      [2, 'account_id,name,value\\u000a'],
      [2 + inFirst, 'account_id,name,value\\u000a'],
    ],
  );
  assert.match(ran.out, /"command":"sync".*"pull":false/);
});

test('what cannot be read as a file, or is empty, is an error: never the default, never "0 values"', () => {
  const connection = connected('unreadable');
  const own = join(home, '.local/share/perly/unreadable/config.json');
  const empty = join(home, 'empty');
  writeFileSync(empty, '');
  const refused = (/** @type {string[]} */ words, /** @type {string} */ place, /** @type {RegExp} */ problem) => {
    const ran = perly([...words, ...connection]);
    assert.equal(ran.code, 4, words.join(' '));
    const [what, at, remedy] = ran.err.trimEnd().split('\n');
    assert.match(what, problem);
    assert.equal(at, `  at  ${place}`);
    assert.match(remedy, /^ {2}do {2}\S/);
    assert.equal(ran.out, '', 'the core was asked nothing');
  };
  for (const words of [['config', 'check'], ['sync']]) {
    refused([...words, '--config', empty], empty, /the file is empty/);
    refused([...words, '--config', home], home, /Is a directory/);
    refused([...words, '--config', join(home, 'absent')], join(home, 'absent'), /No such file/);
  }
  refused(['signals', 'import', home], home, /Is a directory/);
  refused(['signals', 'import', empty], empty, /the file is empty/);
  mkdirSync(own);
  refused(['sync'], own, /Is a directory/);
  rmSync(own, { recursive: true });
  writeFileSync(own, '');
  refused(['sync'], own, /the file is empty/);
  rmSync(own);
  assert.equal(perly(['sync', ...connection]).code, 0);
});

test('a connect that fails leaves what it found: no folder, no key, the key of the login before', () => {
  const folder = join(home, '.local/share/perly/attempt');
  const words = ['connect', '--client-id', 'fake', '--no-sync', '--connection', 'attempt'];
  const refusal = '{"event":"command_end","ok":false,"code":"SF_CLIENT_REFUSED","exit":3,"message":"refused","remedy":"compare"}';
  const ended = '{"event":"command_end","ok":true}';
  const [good, bad] = [join(home, 'good.pem'), join(home, 'bad.pem')];
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(good, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  writeFileSync(bad, 'no key');
  const jwt = (/** @type {string} */ file) => [...words, '--jwt', file, '--username', 'a@b.c'];
  for (const [typed, code, problem] of /** @type {[string[], number, RegExp][]} */ ([
    [[...words, '--headless'], 3, /refused/],
    [jwt(good), 3, /refused/],
    [jwt(bad), 4, /no RSA private key in this file\n {2}at {2}\S*bad\.pem\n {2}do {2}perly connect --jwt KEYFILE/],
    [[...words, '--username', 'a@b.c'], 4, /--username says who logs in by --jwt/],
    [[...jwt(good), '--client-credentials'], 4, /exclude each other/],
  ])) {
    const ran = perly(typed, { events: [refusal] });
    assert.equal(ran.code, code, ran.err);
    assert.match(ran.err, problem);
    assert.equal(existsSync(folder), false, typed.join(' '));
  }
  assert.equal(perly(jwt(good), { events: [ended] }).code, 0);
  assert.equal(readlinkSync(join(folder, 'salesforce.pem')), good);
  const other = join(home, 'other.pem');
  writeFileSync(other, readFileSync(good));
  assert.equal(perly(jwt(other), { events: [refusal] }).code, 3);
  assert.equal(readlinkSync(join(folder, 'salesforce.pem')), good, 'the login that works keeps its key');
  rmSync(join(folder, 'perly.key'));
  assert.equal(perly(['status', '--connection', 'attempt']).code, 0);
  assert.equal(perly(jwt(good), { events: [refusal] }).code, 3);
  assert.equal(existsSync(join(folder, 'perly.key')), false, 'no new key beside what another one sealed');
  assert.equal(perly(jwt(good), { events: [ended] }).code, 0);
  assert.equal(existsSync(join(folder, 'perly.key')), true);
  // A key or a private key that was there before is not ours to take away, nor to put a link over.
  for (const file of ['perly.db', 'perly.db-wal', 'perly.db-shm']) rmSync(join(folder, file), { force: true });
  const key = readFileSync(join(folder, 'perly.key'), 'utf8');
  assert.equal(perly([...words, '--headless'], { events: [refusal] }).code, 3);
  assert.equal(readFileSync(join(folder, 'perly.key'), 'utf8'), key);
  rmSync(join(folder, 'salesforce.pem'), { force: true });
  const own = join(folder, 'salesforce.pem');
  writeFileSync(own, readFileSync(good));
  const over = perly(jwt(own), { events: [ended] });
  assert.deepEqual([over.code, readFileSync(own, 'utf8')], [4, readFileSync(good, 'utf8')], over.err);
  assert.match(over.err, /move the key elsewhere/);
  rmSync(folder, { recursive: true });
  assert.equal(perly([...words, '--headless', '--config', join(home, 'no.json')]).code, 4);
  assert.equal(existsSync(folder), false, 'nothing was opened yet');
  const setup = perly(['setup', '--connection', 'nobody']);
  assert.deepEqual([setup.code, existsSync(join(home, '.local/share/perly/nobody'))], [4, false]);
});

test('a file of signals of which no line is taken is bad input, and nobody is scored', () => {
  const path = join(home, 'refused.csv');
  writeFileSync(path, 'account_id,name,value\nx,y,z\n');
  const run = (/** @type {number} */ rows) =>
    perly(['signals', 'import', path, ...connected('refusals')], { events: [`{"event":"imported","rows":${rows},"accounts":0,"failed":2}`, '{"event":"command_end","ok":true}', '{"event":"command_end","ok":true}'] });
  const ran = run(0);
  assert.equal(ran.code, 4);
  assert.match(ran.err, /^perly: no line was taken: each was refused\n {2}at {2}\S+refused\.csv\n {2}do {2}perly help signals/);
  assert.equal(run(1).code, 0);
});

test('the test clock must be on loopback', () => {
  const connection = connected('clock');
  const env = { ...environment(), PERLY_TEST_CLOCK: 'http://192.0.2.1:80' };
  const ran = spawnSync(program, ['status', ...connection], { env, encoding: 'utf8', timeout: 20_000 });
  assert.equal(ran.status, 4);
  assert.match(ran.stderr, /not a loopback address/);
});

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  await once(server, 'close');
  return port;
}

/** @param {number} port @param {string} path @returns {Promise<{ status: number | undefined, text: string }>} */
function get(port, path) {
  return new Promise((resolve, reject) => {
    request({ host: 'localhost', port, path }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (part) => (text += part));
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    })
      .on('error', reject)
      .end();
  });
}
