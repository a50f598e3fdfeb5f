/** The disk is full in the middle of a sync: three lines that a person can act on, nothing lost, and it goes on. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { createPerly } from '../demo/perly.mjs';
import { startServer } from '../salesforce/server.mjs';

const program = fileURLToPath(new URL('../../build/native/host-native/perly', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'perly-disk-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A connected org of its own, with the Perly fields. @param {string} name */
async function prepare(name) {
  const server = await startServer({ accounts: 120, seed: 21, clock: 'virtual' });
  const data = join(folder, name);
  const perly = createPerly({ program, data, clock: server.url });
  await perly.connect({ url: server.url, id: server.client.id, secret: server.client.secret });
  await perly.run(['setup', '--yes']);
  return { server, data };
}

/** One sync on a database of at most so many pages. @param {Awaited<ReturnType<typeof prepare>>} world @param {number} [pages] */
async function sync({ server, data }, pages) {
  const env = { ...process.env, PERLY_TEST_CLOCK: server.url, ...(pages && { PERLY_TEST_STORE_PAGES: String(pages) }) };
  const child = spawn(program, ['sync', '--data', data], { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  for await (const text of child.stderr.setEncoding('utf8')) said += text;
  if (child.exitCode === null) await new Promise((resolve) => child.once('exit', resolve));
  const database = new DatabaseSync(join(data, 'default/perly.db'), { readOnly: true });
  const size = Number(database.prepare('pragma page_count').get()?.page_count);
  database.close();
  return { code: child.exitCode, said, size };
}

/** What was read and decided, not when. @param {string} data */
function dump(data) {
  const database = new DatabaseSync(join(data, 'default/perly.db'), { readOnly: true });
  const queries = [
    'select id, stamp, name, owner_id, hash from account order by id', 'select id, stamp, account_id, hash from contact order by id',
    'select id, stamp, stage, amount, hash from opportunity order by id', 'select id, stamp, account_id, kind, at, hash from activity order by id',
    'select id, contact_id, role, hash from contact_role order by id',
    'select account_id, score, level, components, pushed_score, pushed_level from health order by account_id',
    'select key, state from outbox where kind != \'fields\' order by key', 'select count(*) as n from dirty',
  ];
  const rows = queries.map((query) => {
    const statement = database.prepare(query);
    statement.setReadBigInts(true);
    return [query, statement.all()];
  });
  database.close();
  return Object.fromEntries(rows);
}

test('a full disk', { timeout: 120_000 }, async () => {
  const [calm, tight] = [await prepare('calm'), await prepare('tight')];
  try {
    const undisturbed = await sync(calm);
    assert.equal(undisturbed.code, 0, undisturbed.said);
    let failed = 0;
    // Room for a little more each time, until the whole org fits.
    for (let pages = 80; pages < undisturbed.size; pages += Math.ceil(undisturbed.size / 6)) {
      const { code, said } = await sync(tight, pages);
      if (code === 0) break;
      assert.equal(code, 1, said);
      const lines = said.split('\n').filter((line) => /^perly:|^ {2}(at|do) /.test(line));
      assert.equal(lines.length, 3, said);
      assert.match(lines[0], /^perly: no space is left/);
      assert.match(lines[1], /tight\/default\/perly\.db$/);
      assert.match(lines[2], /Make room on the disk.*nothing was lost/);
      failed++;
    }
    assert.ok(failed >= 3, `${failed} runs met a full disk`);
    const last = await sync(tight);
    assert.equal(last.code, 0, last.said);
    assert.deepEqual(dump(tight.data), dump(calm.data));
  } finally {
    await calm.server.close();
    await tight.server.close();
  }
});
