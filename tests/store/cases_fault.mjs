/** Ends other than OK that a database causes: busy, full. */
import assert from 'node:assert/strict';
import { End } from '../../host-node/src/ports.mjs';
import { notes, notesOf, putNotes } from './cases_schema.mjs';
import { endsWith } from './subject.mjs';

/** @type {import('./cases.mjs').Case[]} */
export const faultCases = [
  {
    name: 'another writer that holds the lock: busy, and later the same again',
    async run({ open, lock }) {
      const subject = await open();
      await subject.migrate(notes);
      const unlock = await lock('note');
      await endsWith(subject.apply(putNotes([['a', 'x']])), End.busy);
      await unlock();
      await subject.apply(putNotes([['a', 'x']]));
      assert.deepEqual(await notesOf(subject), [['a', 'x']]);
    },
  },
  {
    name: 'no space left: full, and nothing written',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      // SQLite has a limit that a statement can set; PostgreSQL is made to say what it says then.
      const limit = {
        name: 'limit',
        sqlite: 'PRAGMA max_page_count = 12',
        postgresql: "DO $$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$",
      };
      /** @type {[string, string][]} */
      const rows = Array.from({ length: 2000 }, (_, i) => [String(i), 'x'.repeat(500)]);
      await endsWith(subject.apply({ run: limit }, putNotes(rows)), End.full);
      assert.deepEqual(await notesOf(subject), []);
    },
  },
];
