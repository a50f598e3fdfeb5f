/** What is sent at the same time waits for the same disk. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { openSqlite } from '../../host-node/src/sqlite.mjs';
import { notes, putNotes } from './cases_schema.mjs';
import { Subject } from './subject.mjs';

test('node:sqlite: nobody goes on before the log is on the disk, not even a second one who asks meanwhile', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'perly-settle-'));
  const store = openSqlite({ path: join(folder, 'a.db') });
  const subject = new Subject(store);
  await subject.migrate(notes);
  /** @type {string[]} */
  const settled = [];
  const settle = (/** @type {string} */ name) => store.settle?.().then(() => void settled.push(name));
  for (const text of ['x', 'y']) {
    await subject.apply(putNotes([[text, text]]));
    await Promise.all([settle(`first ${text}`), settle(`second ${text}`)]);
  }
  assert.deepEqual(settled, ['first x', 'second x', 'first y', 'second y']);
  await store.close();
  rmSync(folder, { recursive: true });
});
