/** load_begin and load_end: a first load without the unique index. */
import assert from 'node:assert/strict';
import { End } from '../../host-node/src/ports.mjs';
import { BatchReader } from '../../wasm/record.mjs';
import { notes, notesOf, putNotes } from './cases_schema.mjs';
import { endsWith } from './subject.mjs';

/** @type {import('./cases.mjs').Case[]} */
export const loadCases = [
  {
    name: 'of a key loaded several times the newest row stays, whenever it was inserted',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      assert.deepEqual(
        await subject.apply(
          { loadBegin: 'note' },
          putNotes([
            ['b', '2'],
            ['a', '1'],
          ]),
        ),
        [0, 2],
      );
      await subject.apply(
        putNotes([
          ['a', '3'],
          ['c', '1'],
        ]),
      );
      await subject.apply(putNotes([['a', '2']]), putNotes([['b', '1']]), putNotes([['c', null]]));
      assert.deepEqual(await subject.apply({ loadEnd: 'note', newest: ['body'] }), [0]);
      assert.deepEqual(await notesOf(subject), [
        ['a', '3'],
        ['b', '2'],
        ['c', '1'],
      ]);
      await subject.apply(putNotes([['c', 'after']]));
      assert.deepEqual(await notesOf(subject), [
        ['a', '3'],
        ['b', '2'],
        ['c', 'after'],
      ]);
    },
  },
  {
    name: 'a load goes on in another process, through any number of begins and ends',
    async run({ open }) {
      const first = await open();
      await first.migrate(notes);
      await first.apply({ loadBegin: 'note' });
      await first.apply({ loadBegin: 'note' }, putNotes([['a', '1']]));
      await first.store.close();
      const second = await open();
      await second.migrate(notes);
      await second.apply(
        { loadBegin: 'note' },
        putNotes([
          ['a', '2'],
          ['b', '2'],
        ]),
      );
      await second.apply({ loadEnd: 'note', newest: ['body'] });
      await second.apply({ loadEnd: 'note', newest: ['body'] });
      assert.deepEqual(await notesOf(second), [
        ['a', '2'],
        ['b', '2'],
      ]);
    },
  },
  {
    name: 'begin on a table with rows, and end without a begin, do nothing',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      await subject.apply({ loadEnd: 'note', newest: ['body'] }, putNotes([['a', '1']]), { loadBegin: 'note' });
      await subject.apply(putNotes([['a', '2']]));
      await subject.apply({ loadEnd: 'note', newest: ['body'] });
      assert.deepEqual(await notesOf(subject), [['a', '2']]);
    },
  },
  {
    name: 'begin and end inside one transaction, which may fail after them',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      const wrong = {
        name: 'wrong',
        sqlite: 'DELETE FROM nowhere',
        postgresql: 'DELETE FROM {schema}.nowhere',
      };
      const load = [
        { loadBegin: 'note' },
        putNotes([['a', '1']]),
        putNotes([['a', '2']]),
        { loadEnd: 'note', newest: ['body'] },
      ];
      await endsWith(subject.apply(...load, { run: wrong }), End.failed);
      await subject.apply(putNotes([['x', '1']]));
      await subject.apply(putNotes([['x', '2']]));
      assert.deepEqual(await notesOf(subject), [['x', '2']]);
    },
  },
  {
    name: 'a schema that changes while a table loads leaves it loading',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      await subject.apply({ loadBegin: 'note' }, putNotes([['a', '1']]));
      const wider = structuredClone(notes);
      wider.hash = 'wider';
      wider.tables[0].columns.push({ name: 'mark', type: 'int64' });
      await subject.migrate(wider);
      await subject.apply(putNotes([['a', '2']]));
      await subject.apply({ loadEnd: 'note', newest: ['body'] });
      assert.deepEqual(await notesOf(subject), [['a', '2']]);
    },
  },
  {
    name: 'thirty thousand rows with repeats, rows of very different lengths',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      await subject.apply({ loadBegin: 'note' });
      const last = new Map();
      let seed = 1;
      for (let part = 0; part < 10; part++) {
        const rows = new Map();
        for (let i = 0; i < 3000; i++) {
          seed = (seed * 48271) % 2147483647;
          rows.set(`key ${seed % 20000}`, 'x'.repeat(seed % 3 === 0 ? seed % 900 : seed % 7) + part);
        }
        for (const [key, body] of rows) if (!last.has(key) || last.get(key) < body) last.set(key, body);
        await subject.apply(putNotes([...rows]));
      }
      await subject.apply({ loadEnd: 'note', newest: ['body'] });
      const expected = [...last].sort((a, b) => (a[0] < b[0] ? -1 : 1));
      const found = [];
      const select = {
        name: 'loaded',
        sqlite: 'SELECT id, body FROM note ORDER BY id',
        postgresql: 'SELECT id, body FROM {schema}.note ORDER BY id',
      };
      for await (const bytes of subject.batches(select, { types: ['text', 'text'], bytes: 1 << 18 })) {
        found.push(...new BatchReader(bytes, [3, 3]).rows());
      }
      assert.deepEqual(found, expected);
    },
  },
];
