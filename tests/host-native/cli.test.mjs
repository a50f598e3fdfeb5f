/** The command line `perly` with a core that plays a script (fake_core.c): words in, events out, exit codes. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect as connectTo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../build/native/tests/host-native/perly_fake', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'perly-cli-'));
after(() => rmSync(home, { recursive: true, force: true }));

let scripts = 0;

/** @param {string[]} lines */
function environment(lines = ['{"event":"command_end","ok":true}']) {
  const path = join(home, `script${++scripts}`);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return { PATH: process.env.PATH, HOME: home, FAKE_EVENTS: path };
}

/** Runs it to its end. @param {string[]} words @param {{ events?: string[], input?: string }} [options] */
function perly(words, { events, input = '' } = {}) {
  const ran = spawnSync(program, words, { env: environment(events), input, encoding: 'utf8', timeout: 20_000 });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** Starts it. @param {string[]} words @param {string[]} [events] */
function start(words, events) {
  const child = spawn(program, words, { env: environment(events) });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  return {
    child,
    said: () => out + err,
    /** @param {RegExp} what */
    async until(what) {
      for (let tries = 0; !what.test(out + err) && tries < 500; tries++) await pause(10);
      return /** @type {RegExpExecArray} */ (what.exec(out + err));
    },
    async code() {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child.exitCode;
    },
  };
}

/** A connection with a database. @param {string} name */
function connected(name) {
  const made = perly(['connect', '--client-id', 'fake', '--headless', '--no-sync', '--connection', name], {
    input: 'http://localhost:8717/callback?code=fake&state=fake\n',
  });
  assert.equal(made.code, 0, made.err);
  return ['--connection', name];
}

/** @param {string} out */
const events = (out) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

test('what is misspelt is named, with what to type instead', () => {
  connected('words');
  for (const [words, problem, remedy] of /** @type {[string[], RegExp, RegExp][]} */ ([
    [['snyc'], /no command "snyc"/, /do {2}perly sync/],
    [['sync', '--wach'], /no option --wach/, /do {2}perly sync --watch/],
    [['sync', '--risk', 'High'], /no option --risk/, /perly help sync/],
    [['explain'], /needs ACCOUNT/, /perly explain ACCOUNT/],
    [['sync', 'now'], /does not take "now"/, /perly sync/],
    [['accounts', '--limit'], /--limit needs a value/, /--limit N/],
    [['accounts', '--limit', 'abc'], /--limit takes a whole number, not "abc"/, /--limit 10/],
    [['accounts', '--limit=-1'], /--limit takes a whole number, not "-1"/, /--limit 10/],
    [['connect', '--port', '80a'], /--port takes a whole number, not "80a"/, /--port 10/],
    [['sync', '--once', '--watch', '--connection', 'words'], /exclude each other/, /sync --watch/],
    [['explain', 'a b', 'c'], /does not take "c"/, /perly explain ACCOUNT/],
    [['connect'], /consumer key is missing/, /--client-id/],
    [['status', '--connection', '../x'], /no name for a connection/, /sandbox/],
    [['status', '--connection', 'nobody'], /no such connection/, /perly connect/],
  ])) {
    const ran = perly(words);
    assert.equal(ran.code, 4, words.join(' '));
    assert.match(ran.err, problem);
    assert.match(ran.err, remedy);
    const lines = ran.err.trim().split('\n').map((line) => line.slice(0, 6));
    assert.deepEqual(lines, ['perly:', '  at  ', '  do  '], ran.err);
    const typed = ['perly', ...words].map((word) => (word.includes(' ') ? `"${word}"` : word)).join(' ');
    if (/exclude|takes?|needs|no option|no command/.test(ran.err)) assert.ok(ran.err.includes(`  at  ${typed}\n`), ran.err);
  }
});

test('the examples of the help are commands that work', () => {
  const connection = connected('examples');
  for (const name of ['accounts', 'actions', 'errors', 'sync']) {
    const { out } = perly(['help', name]);
    for (const [, line] of out.matchAll(/^ {4}perly (.*)$/gm)) {
      if (line.includes('--watch')) continue;
      const words = [.../** @type {IterableIterator<RegExpMatchArray>} */ (line.matchAll(/"([^"]*)"|(\S+)/g))].map(([, quoted, plain]) => quoted ?? plain);
      const ran = perly([...words, '--json', ...connection]);
      assert.equal(ran.code, 0, line);
      const { id } = events(ran.out)[0].asked;
      if (name === 'actions' && id !== undefined) assert.match(id, /^[0-9a-f]{4,40}$/, 'a key is hexadecimal');
    }
  }
});

test('with --json every line is one object, wherever the mistake stands', () => {
  for (const words of [['accounts', '--limit', 'x', '--json'], ['--bogus', '--json'], ['snyc', '--json'], ['status', '--json', '--connection', 'nobody']]) {
    const ran = perly(words);
    assert.deepEqual([ran.code, ran.err], [4, ''], words.join(' '));
    const [error, exit] = events(ran.out);
    assert.deepEqual([error.event, error.exit, exit], ['error', 4, { event: 'exit', code: 4 }]);
    assert.equal(error.remedy, error.remedy.trim());
  }
  for (const words of [['help', '--json'], ['config', 'schema', '--json', ...connected('texts')], ['--version', '--json']]) {
    const ran = perly(words);
    assert.equal(ran.code, 0);
    assert.doesNotMatch(ran.out, /"event"/, 'a text stays a text');
  }
});

test('connections are listed, and named where another one was meant', () => {
  connected('listed');
  const own = mkdtempSync(join(home, 'data-'));
  const none = perly(['connections', '--data', own]);
  assert.deepEqual([none.code, none.out], [0, 'there is none yet: perly connect --client-id ID\n']);
  assert.match(perly(['connections']).out, /^listed$/m);
  assert.ok(events(perly(['connections', '--json']).out).some(({ event, name }) => event === 'connection' && name === 'listed'));
  assert.match(perly(['status', '--connection', 'nobody']).err, /do {2}perly connect --client-id ID, or --connection NAME: .*listed/);
  assert.match(perly(['status', '--data', own]).err, /do {2}perly connect --client-id ID\n$/);
  const file = join(own, 'file');
  writeFileSync(file, '');
  const unreadable = perly(['status', '--data', file]);
  assert.equal(unreadable.code, 1);
  assert.match(unreadable.err, /^perly: Not a directory\n {2}at {2}\S+\/file\/default\/perly\.db\n {2}do {2}run perly as the user/);
});

test('mistakes of a configuration are told one by one, none twice', () => {
  const issue = { message: 'unknown key `ruls`', source: 'c.json', pointer: '/ruls', line: 1, column: 10 };
  const ran = perly(['config', 'check', ...connected('mistakes')], {
    events: [JSON.stringify({ event: 'issue', ...issue }), JSON.stringify({ event: 'command_end', command: 'config_check', ok: false, code: 'CONFIG_KEY', exit: 4, remedy: 'correct it', ...issue })],
  });
  assert.equal(ran.out, 'c.json /ruls line 1, column 10: unknown key `ruls`\n');
  assert.equal(ran.err, 'perly: the configuration has mistakes, told above\n  at  c.json /ruls line 1, column 10\n  do  correct it\n');
});

test('help teaches: every command, its options, the exit codes', () => {
  const all = perly(['help']);
  assert.equal(all.code, 0);
  for (const name of /** @type {string[]} */ (all.out.match(/^ {2}([a-z]+)(?= )/gm)?.map((word) => word.trim()))) {
    if (name === 'perly' || name === 'help') continue;
    const one = perly(['help', name]);
    assert.equal(one.code, 0, name);
    assert.match(one.out, /Exit codes: 0 done/, name);
    assert.equal(one.out, perly([name, '--help']).out, name);
  }
  assert.equal(perly([]).code, 4);
  const version = perly(['--version']);
  assert.deepEqual([version.code, version.err], [0, '']);
  assert.match(version.out, /^perly \d+\.\d+\.\d+\n$/);
});

test('options and operands reach the core as members', () => {
  const connection = connected('members');
  writeFileSync(join(home, '.local/share/perly/members/config.json'), '{"a": "\\u00e9"}\n');
  const ran = perly(['sync', '--full', '--only=Account', '--json', ...connection]);
  assert.equal(ran.code, 0, ran.err);
  const [{ asked }, end, exit] = events(ran.out);
  assert.deepEqual(
    [asked.command, asked.full, asked.only, asked.holder_dead, asked.config],
    ['sync', true, 'Account', true, '{"a": "\\u00e9"}\n'],
  );
  assert.deepEqual([end.event, exit], ['command_end', { event: 'exit', code: 0 }]);
  const explain = perly(['explain', 'A "quoted" name', '--json', ...connection]);
  assert.deepEqual(
    [events(explain.out)[0].asked.account, events(explain.out)[0].asked.holder_dead],
    ['A "quoted" name', undefined],
  );
  const limited = perly(['accounts', '--limit', '7', '--risk', 'High', '--json', ...connection]);
  assert.deepEqual([events(limited.out)[0].asked.limit, events(limited.out)[0].asked.risk], [7, 'High']);
});

test('events become tables and lines; what a CRM holds cannot steer the terminal', () => {
  const connection = connected('tables');
  const account = (/** @type {object} */ more) =>
    JSON.stringify({ event: 'account', score: 24, level: 'Critical', change: -12, reasons: ['no touch', 'late'], ...more });
  const ran = perly(['accounts', ...connection], {
    events: [
      account({ name: 'Acme \u001b[2J GmbH', owner: 'Ada' }),
      account({ name: '\u{1F600}'.repeat(40), owner: null, change: 3, standing: 'still Critical until 30' }),
      '{"event":"pulled","object":"Account","rows":1234567,"new":12,"changed":0}',
      '{"event":"imported","rows":1,"accounts":1,"failed":2}',
      '{"event":"unknown","text":"for machines"}',
      '{"event":"command_end","ok":true}',
    ],
  });
  assert.equal(ran.code, 0, ran.err);
  const lines = ran.out.trimEnd().split('\n');
  assert.match(lines[0], /^Health {2}Risk {6}Change {2}Account/);
  assert.match(lines[1], /^ {4}24 {2}Critical {5}-12 {2}Acme {2}\[2J GmbH {2,}Ada {2,}no touch; late$/);
  assert.match(lines[2], /\+3 {2}\u{1F600}{31}\u2026 {2}- {2,}still Critical until 30; no touch; late$/u);
  assert.equal(lines[3], 'pulled  Account: 1,234,567 rows, 12 new, 0 changed');
  assert.equal(lines[4], 'imported 1 value of 1 account, 2 lines refused');
  assert.equal(lines.length, 5);
});

test('explain says when the level is not what the score says', () => {
  const connection = connected('standing');
  const explained = (/** @type {object} */ more) => JSON.stringify({ event: 'explained', name: 'Acme', score: 52, level: 'High', at: '2026-11-23T08:00:00.000Z', note: '', ...more });
  const ran = perly(['explain', 'Acme', ...connection], {
    events: [explained({ standing: 'still High until 55' }), explained({ score: 40 }), '{"event":"command_end","ok":true}'],
  });
  assert.deepEqual(ran.out.trimEnd().split('\n').map((line) => line.trimEnd()), [
    'Acme: health 52, risk High, still High until 55, as of 2026-11-23 08:00 UTC.',
    'Acme: health 40, risk High, as of 2026-11-23 08:00 UTC.',
  ]);
});

test('an error is three lines and its exit code', () => {
  const connection = connected('errors');
  const failed = {
    event: 'command_end', ok: false, code: 'SF_ACCESS_REVOKED', exit: 3,
    message: 'the access was revoked', source: 'config.json', pointer: '/model', line: 3, column: 7,
    remedy: 'perly connect',
  };
  const ran = perly(['sync', ...connection], { events: [JSON.stringify(failed)] });
  assert.equal(ran.code, 3);
  assert.equal(ran.err, 'perly: the access was revoked\n  at  config.json /model line 3, column 7\n  do  perly connect\n');
  const argument = {
    event: 'command_end', ok: false, code: 'COMMAND_ARGUMENT', exit: 4, message: 'limit is 1 to 1,000,000',
    pointer: '/limit', line: 1, column: 111, remedy: 'correct it',
  };
  const typed = perly(['accounts', '--limit', '0', ...connection], { events: [JSON.stringify(argument)] });
  assert.equal(typed.err, 'perly: limit is 1 to 1,000,000\n  at  perly accounts --limit 0 --connection errors\n  do  perly help accounts\n');
  const busy = perly(['sync', ...connection], { events: ['{"event":"command_end","ok":false,"code":"LEASE_TAKEN","exit":6,"message":"taken","pointer":"/x","remedy":"wait"}'] });
  assert.equal(busy.err, 'perly: taken\n  at  the connection "errors"\n  do  wait\n');
  const different = perly(['status', ...connection], { events: ['{"event":"command_end","ok":true,"exit":2}'] });
  assert.equal(different.code, 2);
  const plan = perly(['setup', '--plan', '--readers', 'Sales', '--json', ...connection], {
    events: ['{"event":"command_end","ok":true,"exit":2}', '{"event":"command_end","ok":true}'],
  });
  assert.deepEqual([plan.code, events(plan.out).filter(({ asked }) => asked).map(({ asked }) => asked.command)], [2, ['setup', 'setup_readers']]);
});

test('certificates of earlier pulls are a table, those that failed with their reason', () => {
  const connection = connected('history');
  const told = [
    { event: 'certificate', cut: 2, at: '2026-11-23T08:00:00.000Z', object: 'Account', rows: 1234, inserted: 0, changed: 12, rejected: 0, held_rows: 2000, org_rows: 2010 },
    { event: 'certificate', cut: 2, at: '2026-11-23T08:00:00.000Z', object: 'Task', failed_since: '2026-11-22T08:00:00.000Z', error: 'the Bulk job failed' },
    { event: 'command_end', ok: true },
  ];
  const ran = perly(['status', '--history', '--limit', '3', ...connection], { events: told.map((event) => JSON.stringify(event)) });
  const [heading, account, task] = ran.out.split('\n');
  assert.match(heading, /^Scored as of +Object +Rows +New +Changed +Rejected +Held +In the org +Failed because$/);
  assert.match(account, /^2026-11-23 08:00 UTC +Account +1,234 +0 +12 +0 +2,000 +2,010 +-$/);
  assert.match(task, /^2026-11-23 08:00 UTC +Task +-.* +the Bulk job failed$/);
  const asked = events(perly(['status', '--history', '--limit', '3', '--json', ...connection], { events: ['{"event":"command_end","ok":true}'] }).out)[0]?.asked;
  assert.deepEqual([asked?.command, asked?.history, asked?.limit], ['status', true, 3]);
  const none = perly(['status', '--history', ...connection], { events: ['{"event":"command_end","ok":true}'] });
  assert.match(none.out, /no scoring has followed a pull yet: perly sync/);
});

test('progress is plain lines when nobody watches', () => {
  const connection = connected('progress');
  const progress = (/** @type {number} */ done) =>
    `{"event":"progress","object":"Account","rows":${done},"total":2000}`;
  const ran = perly(['sync', ...connection], {
    events: [progress(0), progress(500), progress(1000), progress(2000), '{"event":"command_end","ok":true}'],
  });
  assert.equal(ran.err, 'pull Account: 0 of 2,000\npull Account: 2,000 of 2,000\n');
});

test('every object has its bar', () => {
  const connection = connected('many');
  const names = Array.from({ length: 13 }, (_, i) => `Object${i}`);
  const ran = perly(['sync', ...connection], {
    events: [...names.map((name) => `{"event":"progress","object":"${name}","rows":1,"total":2}`), '{"event":"command_end","ok":true}'],
  });
  assert.deepEqual(ran.err.trim().split('\n'), names.map((name) => `pull ${name}: 1 of 2`));
});

test('on a terminal the rate counts what came while it was watched', () => {
  const connection = connected('terminal');
  const progress = (/** @type {number} */ done) => `{"event":"progress","object":"Account","rows":${done},"total":90000}`;
  const waits = (/** @type {number} */ count) => Array(count).fill('{wait}');
  const env = environment([progress(50000), ...waits(10), progress(51000), '{"event":"command_end","ok":true}']);
  const before = performance.now();
  const ran = spawnSync('script', ['-qec', `stty cols 120; ${program} sync ${connection.join(' ')}`, '/dev/null'], { env, encoding: 'utf8', timeout: 20_000 });
  const most = 1000 / 0.5;
  const least = 1000 / ((performance.now() - before) / 1000);
  const shown = /** @type {RegExpExecArray} */ (/51,000 {2}([\d,]+)\/s {2}(\d+):(\d\d) left/.exec(ran.stdout));
  assert.ok(shown, JSON.stringify(ran.stdout));
  const rate = Number(shown[1].replace(',', ''));
  assert.ok(rate <= most + 1 && rate >= least - 1, `${rate}/s is not between ${least} and ${most}`);
  const left = Number(shown[2]) * 60 + Number(shown[3]);
  assert.ok(Math.abs(left - 39000 / rate) <= 1, `${left} s for 39,000 rows at ${rate}/s`);
  assert.doesNotMatch(ran.stdout, /50,000 {2}[\d,]+\/s/, 'the first event tells no rate');
});

test('what a user lacks is told whole on a narrow terminal, and apart from what Perly does without', () => {
  const connection = connected('narrow');
  const check = (/** @type {string} */ name, /** @type {string} */ answer, /** @type {boolean} */ needed, text = '') =>
    JSON.stringify({ event: 'check', name, ok: answer === 'yes', answer, needed, text });
  const env = environment([
    check('can_use_api', 'yes', true),
    check('can_write_scores', 'no', true, 'Run perly setup: the fields on Account are missing or hidden'),
    check('can_read_TaskRelation', 'no', false, 'Turn on Shared Activities'),
    check('can_see_all_Account', 'unknown', false, 'Wörter ganz ohne Ende'),
    JSON.stringify({ event: 'record_error', id: 'fields:001000000000001AAA', account: 'Acme', message: 'x'.repeat(120), remedy: 'give it' }),
    '{"event":"command_end","ok":true}',
  ]);
  const ran = spawnSync('script', ['-qec', `stty cols 80; ${program} check ${connection.join(' ')}`, '/dev/null'], { env, encoding: 'utf8', timeout: 20_000 });
  const lines = ran.stdout.replaceAll(/\x1b\[[\d;]*m/g, '').split('\r\n');
  const below = ' '.repeat(53);
  assert.deepEqual(lines, [
    '         The connected user',
    'ok       can use api',
    'missing  can write scores                            Run perly setup: the fields',
    `${below}on Account are missing or`,
    `${below}hidden`,
    'without  can read TaskRelation                       Turn on Shared Activities',
    'unknown  can see all Account                         Wörter ganz ohne Ende',
    'fields:001000000000001AAA  Acme',
    `    ${'x'.repeat(120)}`,
    '    give it',
    '',
  ]);
});

test('a table fits the terminal: names give way, the last column goes on below itself', () => {
  const connection = connected('fits');
  const env = environment([
    JSON.stringify({ event: 'account', score: 24, level: 'Critical', change: -12, name: 'A'.repeat(30), owner: 'Ada Lovelace', reasons: ['no call, email or meeting for 64 days', 'a lost renewal'] }),
    '{"event":"command_end","ok":true}',
  ]);
  const ran = spawnSync('script', ['-qec', `stty cols 80; ${program} accounts ${connection.join(' ')}`, '/dev/null'], { env, encoding: 'utf8', timeout: 20_000 });
  const lines = ran.stdout.replaceAll(/\x1b\[[\d;]*m/g, '').trimEnd().split('\r\n');
  assert.ok(lines.length > 2 && lines.every((line) => line.length <= 80), ran.stdout);
  assert.match(lines[1], /^ {4}24 {2}Critical {5}-12 {2}A{11,14}\u2026 {2}Ada Lovelace/);
  const why = lines.slice(1).map((line) => line.slice(lines[0].indexOf('Why')).trim()).join(' ');
  assert.equal(why, 'no call, email or meeting for 64 days; a lost renewal');
});

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
