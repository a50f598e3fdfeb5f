// The demo, small: what a user's first command shows must be there and must add up.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';

const demo = join(import.meta.dirname, 'demo.mjs');

test('the demo connects, sets up, pulls, scores, pushes and acts', async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [demo, '--accounts', '250', '--days', '10', '--seed', '4']);
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
