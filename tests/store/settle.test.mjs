/** What is sent at the same time waits for the same disk. */
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
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
    const both = [settle(`first ${text}`), settle(`second ${text}`)];
    // The disk answers to the event loop, which does not turn here: who is settled by now did not wait for it.
    for (let turn = 0; turn < 100; turn++) await null;
    assert.deepEqual(settled, []);
    await Promise.all(both);
    assert.deepEqual(settled.splice(0), [`first ${text}`, `second ${text}`]);
  }
  const files = readdirSync(folder).sort();
  assert.deepEqual(files, ['a.db', 'a.db-shm', 'a.db-wal']);
  for (const file of files) assert.equal(statSync(join(folder, file)).mode & 0o777, 0o600, `${file} is for its owner only`);
  await store.close();
  rmSync(folder, { recursive: true });
});
