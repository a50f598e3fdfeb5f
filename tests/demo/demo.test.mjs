// The demo, small: what a user's first command shows must be there and must add up.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { DatabaseSync } from 'node:sqlite';
import { promisify } from 'node:util';

const demo = join(import.meta.dirname, 'demo.mjs');
const folder = mkdtempSync(join(tmpdir(), 'perly-demo-'));
after(() => rmSync(folder, { recursive: true }));

/** @param {'native' | 'node'} host */
async function run(host) {
  const data = join(folder, host);
  const options = ['--accounts', '250', '--days', '10', '--seed', '4', '--host', host, '--data', data];
  const { stdout } = await promisify(execFile)(process.execPath, [demo, ...options]);
  return { stdout, database: new DatabaseSync(join(data, 'default/perly.db'), { readOnly: true }) };
}

const runs = Promise.all([run('native'), run('node')]);

test('the demo connects, sets up, pulls, scores, pushes and acts', async () => {
  const [{ stdout }] = await runs;
  assert.match(stdout, /created {2}field Account\.Perly_Health_Score__c/);
  assert.match(stdout, /Account +250 rows/);
  assert.match(stdout, /day 10 of 10/);
  const caused = /(\d+) changes of level, (\d+) tasks and (\d+) posts caused/.exec(stdout)?.slice(1).map(Number) ?? [];
  assert.ok(caused[2] > 0, stdout);
  const inSalesforce = [/(\d+) Tasks/, /(\d+) Chatter posts/].map((pattern) => Number(pattern.exec(stdout)?.[1]));
  assert.deepEqual(inSalesforce, [caused[1], caused[2]], 'each task and each post exists exactly once');
  const shown = [...(/(.*) on Account$/m.exec(stdout)?.[1] ?? '').matchAll(/([\d,]+) (Low|Medium|High|Critical)/g)];
  const total = shown.reduce((sum, [, number]) => sum + Number(number.replace(',', '')), 0);
  assert.ok(total >= 245 && total <= 250, `${total} accounts show a level`);
});

test('the demo says what it cost', async () => {
  const [{ stdout, database }] = await runs;
  const [first, quiet, all] = /(\d+) API calls for the first sync, (\d+) on the quietest day, (\d+) in all/.exec(stdout)?.slice(1).map(Number) ?? [];
  const purposes = "purpose in ('pull', 'push', 'act')";
  const sum = (/** @type {string} */ where) => Number(database.prepare(`select sum(calls) as calls from api_usage where ${where}`).get()?.calls);
  assert.ok(quiet >= 20 && quiet < first, stdout);
  assert.equal(first, sum(`${purposes} and day = (select min(day) from api_usage where day <> '')`), 'of its day');
  assert.equal(all, sum("purpose <> 'cycles'"));
});

test('an account whose level is not what its score says is shown as that', async () => {
  const [{ stdout, database }] = await runs;
  const shown = stdout.split('\n').filter((line) => / → \d+ +\w+ → \w+/.test(line));
  assert.equal(shown.length, 10, stdout);
  for (const line of shown) {
    const [, score, level, standing] = /** @type {RegExpExecArray} */ (/→ (\d+) +\w+ → (\w+)(?:, (.*))?$/.exec(line));
    const plain = Number(score) >= 75 ? 'Low' : Number(score) >= 50 ? 'Medium' : Number(score) >= 25 ? 'High' : 'Critical';
    assert.equal(standing === undefined, plain === level, line);
    if (standing !== undefined) assert.match(standing, new RegExp(`^still ${level} until `));
  }
  const told = database.prepare("select fields from outbox where kind = 'chatter'").all().map(({ fields }) => JSON.parse(String(fields)).text);
  assert.ok(told.some((text) => /to \w+ \(still \w+ until \d+\), health/.test(text)), 'posts say it too');
});

test('one seed gives one result: the same rows and times under both hosts, however busy the machine', async () => {
  const [native, node] = await runs;
  for (const table of ['cut', 'health', 'score', 'rule_state', 'outbox', 'change', 'account', 'activity']) {
    const rows = (/** @type {{ database: DatabaseSync }} */ { database }) => {
      const select = database.prepare(`select * from "${table}" order by 1, 2, 3`);
      select.setReadBigInts(true);
      return select.all();
    };
    assert.ok(rows(native).length > 0, table);
    assert.deepEqual(rows(node), rows(native), table);
  }
  const places = /127\.0\.0\.1:\d+|in [\d.]+ s$|\S+default\/perly\.db|--data \S+/gm;
  assert.equal(node.stdout.replace(places, ''), native.stdout.replace(places, ''));
});
