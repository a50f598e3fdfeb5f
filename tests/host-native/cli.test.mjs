/** The command line `perly`: words in, events out as lines and tables, exit codes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connected, environment, events, home, perly, program } from './fake.mjs';

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
