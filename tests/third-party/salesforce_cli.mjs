// Salesforce's own command line tool against the local Salesforce: ./build.sh test-third-party fetches it and
// runs this. It does what an administrator would: log in, look around, take data out, put data in.
//
// What the tool wants: Node 22.15 or newer (the pinned one), an https host or one on the loopback, which it
// takes with a warning; and, since a test has no keychain, SF_USE_GENERIC_UNIX_KEYCHAIN with a home of its own.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';

import { startServer } from '../salesforce/server.mjs';

const root = join(import.meta.dirname, '../..');
const program = join(root, 'build/third-party/node_modules/@salesforce/cli/bin/run.js');
const home = mkdtempSync(join(tmpdir(), 'salesforce-cli-'));
const run = promisify(execFile);

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
before(async () => {
  server = await startServer({ accounts: 60, pageRows: 300 });
});
after(async () => {
  await server.close();
  rmSync(home, { recursive: true, force: true });
});

/** One command; its JSON, whether it succeeded or not. @param {...string} words */
async function sf(...words) {
  const env = {
    PATH: process.env.PATH,
    HOME: home,
    SF_ACCESS_TOKEN: server.tokens.access_token,
    SF_USE_GENERIC_UNIX_KEYCHAIN: 'true',
    SF_AUTOUPDATE_DISABLE: 'true',
    SF_SKIP_NEW_VERSION_CHECK: 'true',
    SF_DISABLE_TELEMETRY: 'true',
  };
  const options = { env, cwd: home, maxBuffer: 1 << 26 };
  const done = await run(process.execPath, [program, ...words, '--json'], options).catch((error) => error);
  assert.ok(done.stdout, `sf ${words.join(' ')}: ${done.stderr ?? done.message}`);
  return JSON.parse(done.stdout);
}

const org = ['--target-org', 'local'];

/** @param {string} object */
const rows = (object) => {
  const table = server.org.tables.get(object);
  return Array.from({ length: table.count }, (_, row) => row).filter((row) => table.life[row] === 0);
};

test('sf org login access-token', async () => {
  const words = ['--instance-url', server.url, '--alias', 'local', '--no-prompt'];
  const { status, result } = await sf('org', 'login', 'access-token', ...words);
  assert.equal(status, 0);
  assert.equal(result.orgId, server.org.ids.text(server.org.id));
  assert.equal(result.username, 'integration@local.example');
});

test('sf data query: rows, relationships, groups, subqueries, and an error with its place', async () => {
  const query = async (/** @type {string} */ soql) => sf('data', 'query', ...org, '--query', soql);
  const accounts = (await query('SELECT Id, Name, Owner.Name FROM Account')).result;
  assert.equal(accounts.totalSize, rows('Account').length);
  assert.match(accounts.records[0].Owner.Name, /^Owner \d+$/);
  const groups = (await query('SELECT Type, COUNT(Id) FROM Account GROUP BY Type')).result.records;
  assert.equal(groups.reduce((/** @type {number} */ sum, /** @type {any} */ one) => sum + one.expr0, 0), accounts.totalSize);
  const nested = (await query('SELECT Name, (SELECT LastName FROM Contacts) FROM Account LIMIT 2')).result;
  assert.equal(nested.records.length, 2);
  const wrong = await query('SELECT Nope FROM Account');
  assert.equal(wrong.name, 'INVALID_FIELD');
  assert.match(wrong.message, /ERROR at Row:1:Column:8\nNo such column 'Nope' on entity 'Account'/);
});

test('sf data export bulk: a file with every row, over several pages', async () => {
  const file = join(home, 'contacts.csv');
  const words = ['--query', 'SELECT Id FROM Contact', '--output-file', file, '--result-format', 'csv', '--wait', '2'];
  const { status, result } = await sf('data', 'export', 'bulk', ...org, ...words);
  assert.deepEqual([status, result.totalSize], [0, rows('Contact').length]);
  const lines = readFileSync(file, 'utf8').trimEnd().split('\n').slice(1);
  assert.equal(new Set(lines).size, rows('Contact').length);
});

test('sf data upsert bulk: rows by id, what failed apart', async () => {
  const accounts = server.org.tables.get('Account');
  const ids = rows('Account').slice(0, 3).map((row) => server.org.ids.text(accounts.keyOf(row)));
  const file = join(home, 'sites.csv');
  const upsert = () => sf('data', 'upsert', 'bulk', ...org, '--sobject', 'Account', '--file', file, '--external-id', 'Id', '--wait', '2');
  writeFileSync(file, `Id,Site\n${ids.map((id) => `${id},North\n`).join('')}`);
  const good = await upsert();
  assert.deepEqual([good.status, good.result.jobInfo.numberRecordsProcessed], [0, 3], JSON.stringify(good));
  assert.deepEqual(rows('Account').slice(0, 3).map((row) => accounts.get(row, 'Site')), ['North', 'North', 'North']);
  writeFileSync(file, `Id,Type\n${ids[0]},Partner\n001000000000000AAA,Partner\n`);
  const bad = await upsert();
  assert.equal(bad.name, 'FailedRecordDetailsError', JSON.stringify(bad));
  assert.equal(accounts.get(0, 'Type'), 'Partner');
});

test('sf sobject describe, sf org list limits', async () => {
  const describe = (await sf('sobject', 'describe', ...org, '--sobject', 'Account')).result;
  assert.deepEqual([describe.name, describe.keyPrefix, describe.fields[0].name], ['Account', '001', 'Id']);
  const limits = (await sf('org', 'list', 'limits', ...org)).result;
  assert.ok(limits.some((/** @type {any} */ one) => one.name === 'DailyApiRequests' && one.max === 100000));
});
