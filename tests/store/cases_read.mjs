/** store_query and store_compare. */
import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { End } from '../../host-node/src/ports.mjs';
import { BatchReader } from '../../wasm/record.mjs';
import { notes, notesOf, putNotes } from './cases_schema.mjs';
import { typesOf } from './records.mjs';
import { endsWith } from './subject.mjs';

/** @typedef {import('./cases.mjs').Case} Case */

const numbered = {
  name: 'numbered',
  sqlite: 'SELECT id, body FROM note ORDER BY id',
  postgresql: 'SELECT id, body FROM {schema}.note ORDER BY id',
};
const counted = {
  name: 'counted',
  sqlite: 'SELECT count(*) FROM note',
  postgresql: 'SELECT count(*) FROM {schema}.note',
};
const TYPES = /** @type {['text', 'text']} */ (['text', 'text']);

/** @param {import('./subject.mjs').Subject} subject @param {number} count */
async function fill(subject, count) {
  await subject.migrate(notes);
  /** @type {[string, string][]} */
  const rows = Array.from({ length: count }, (_, i) => [String(i).padStart(6, '0'), 'x'.repeat(100)]);
  await subject.apply(putNotes(rows));
  return rows;
}

/** @param {Uint8Array} bytes */
const decode = (bytes) => [...new BatchReader(bytes, typesOf(TYPES)).rows()];

/** Of columns: key text, hash int64, stamp time, seen time, note text, size double. */
const doc = /** @type {import('./records.mjs').Table} */ ({
  name: 'doc',
  columns: [
    { name: 'id', type: 'text', key: true },
    { name: 'digest', type: 'int64' },
    { name: 'stamp', type: 'time' },
    { name: 'seen', type: 'time' },
    { name: 'note', type: 'text' },
    { name: 'size', type: 'double' },
  ],
});
const docKeys = { key: 'id', hash: 'digest', stamp: 'stamp', seen: 'seen' };

/** @type {Case[]} */
export const readCases = [
  {
    name: 'a query without rows has no batch',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      for await (const _ of subject.batches(numbered, { types: TYPES })) assert.fail('a batch');
    },
  },
  {
    name: 'batches are at most as large as asked, or one row',
    async run({ open }) {
      const subject = await open();
      const rows = await fill(subject, 3000);
      const found = [];
      for await (const bytes of subject.batches(numbered, { types: TYPES, bytes: 4096 })) {
        assert.ok(bytes.length <= 4096, `${bytes.length} bytes`);
        found.push(...decode(bytes));
      }
      assert.deepEqual(found, rows);
      let batches = 0;
      for await (const bytes of subject.batches(numbered, { types: TYPES, bytes: 1 })) {
        assert.equal(decode(bytes).length, 1);
        batches++;
      }
      assert.equal(batches, rows.length);
    },
  },
  {
    name: 'a query that is left alone reads one snapshot while writing goes on',
    async run({ open }) {
      const subject = await open();
      const rows = await fill(subject, 5000);
      const batches = subject.batches(numbered, { types: TYPES, bytes: 8192 });
      const first = await batches.next();
      assert.ok(!first.done);
      const found = decode(Uint8Array.from(first.value));
      await pause(50);
      const wipe = {
        name: 'wipe',
        sqlite: "DELETE FROM note WHERE id > '000500'",
        postgresql: "DELETE FROM {schema}.note WHERE id > '000500'",
      };
      await subject.apply(
        { run: wipe },
        putNotes([
          ['000001', 'changed'],
          ['999999', 'new'],
        ]),
      );
      for await (const bytes of batches) found.push(...decode(bytes));
      assert.deepEqual(found, rows);
      assert.equal((await notesOf(subject)).length, 502);
    },
  },
  {
    name: 'several queries at once, each with its own rows',
    async run({ open }) {
      const subject = await open();
      const rows = await fill(subject, 500);
      const from = {
        name: 'from',
        sqlite: 'SELECT id, body FROM note WHERE id >= ?1 ORDER BY id',
        postgresql: 'SELECT id, body FROM {schema}.note WHERE id >= $1::text ORDER BY id',
        types: /** @type {['text']} */ (['text']),
      };
      const starts = ['000000', '000100', '000200', '000300'];
      const open4 = starts.map((start) => subject.batches(from, { row: [start], types: TYPES, bytes: 2048 }));
      /** @type {unknown[][]} */
      const found = starts.map(() => []);
      let left = open4.length;
      while (left > 0) {
        left = 0;
        for (const [i, batches] of open4.entries()) {
          const next = await batches.next();
          if (next.done) continue;
          left++;
          found[i].push(...decode(next.value));
        }
      }
      assert.deepEqual(
        found,
        starts.map((start) => rows.filter((row) => row[0] >= start)),
      );
    },
  },
  {
    name: 'a query that is left early lets the next one work',
    async run({ open }) {
      const subject = await open();
      await fill(subject, 2000);
      for (let i = 0; i < 20; i++) {
        for await (const bytes of subject.batches(numbered, { types: TYPES, bytes: 4096 })) {
          assert.ok(decode(bytes).length > 0);
          break;
        }
      }
      await subject.apply(putNotes([['last', 'x']]));
      // By another statement than the one that was left: it sees what was written meanwhile.
      assert.deepEqual(await subject.rows(counted, { types: ['int64'] }), [[2001n]]);
      assert.equal((await notesOf(subject)).length, 2001);
    },
  },
  {
    name: 'a cancelled query ends as cancelled',
    async run({ open }) {
      const subject = await open();
      await fill(subject, 2000);
      const stop = new AbortController();
      const batches = subject.batches(numbered, { types: TYPES, bytes: 4096, signal: stop.signal });
      assert.ok(!(await batches.next()).done);
      stop.abort();
      const rest = (async () => {
        for await (const bytes of batches) assert.ok(bytes);
      })();
      await endsWith(rest, End.cancelled);
    },
  },
  {
    name: 'a wrong statement, and a column of another type, fail',
    async run({ open }) {
      const subject = await open();
      await fill(subject, 1);
      const wrong = {
        name: 'wrong',
        sqlite: 'SELECT x FROM nowhere',
        postgresql: 'SELECT x FROM {schema}.nowhere',
      };
      await endsWith(subject.rows(wrong, { types: ['text'] }), End.failed, /nowhere/);
      await endsWith(subject.rows(numbered, { types: ['text'] }), End.failed);
      await endsWith(subject.rows(numbered, { types: ['text', 'time'] }), End.failed);
      assert.equal((await notesOf(subject)).length, 1);
    },
  },
  {
    name: 'numbers of expressions come in the type that was asked for',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      const numbers = {
        name: 'numbers',
        sqlite: "SELECT 1, 2, 0.5, 1 = 1, 'x', NULL",
        postgresql: "SELECT 1::bigint, 2::double precision, 0.5::double precision, 1 = 1, 'x', NULL::text",
      };
      const types = /** @type {import('./records.mjs').TypeName[]} */ ([
        'int64',
        'double',
        'double',
        'bool',
        'text',
        'text',
      ]);
      assert.deepEqual(await subject.rows(numbers, { types }), [[1n, 2, 0.5, true, 'x', null]]);
    },
  },
  {
    name: 'compare: absent, same, older, different',
    async run({ open }) {
      const subject = await open();
      await subject.migrate({ number: 1, hash: 'doc', tables: [doc] });
      await subject.apply({
        upsert: 'doc',
        columns: doc.columns,
        rows: [
          ['same', 1n, 1000, 1000, 'a', 1],
          ['same but newer', 1n, 9000, 9000, 'b', 1],
          ['newer stamp', 2n, 9000, 1, 'c', 1],
          ['newer seen', 2n, 1000, 2001, 'd', 1],
          ['equal times', 2n, 1000, 2000, 'e', null],
          ['older stamp', 2n, 999, 9000, null, 2.5],
          ['no stamp', 2n, null, null, 'g', -1],
          ['no hash', null, 1000, 1000, 'h', 1],
          ['largest', 9223372036854775807n, 1000, 1000, 'i', 1],
        ],
      });
      const names = [
        'missing',
        'older stamp',
        'same',
        'newer stamp',
        'same but newer',
        'equal times',
        'newer seen',
        'no stamp',
        'no hash',
        'largest',
      ];
      const rows = names.map((name) => [name, name.startsWith('same') ? 1n : 7n, 1000, 2000]);
      rows[9][1] = 9223372036854775806n;
      const old = doc.columns.slice(4);
      const { verdicts, old: found } = await subject.compare({ table: 'doc', columns: docKeys, old, rows });
      assert.deepEqual(verdicts, [0, 3, 1, 2, 1, 3, 2, 3, 3, 3]);
      assert.deepEqual(found, [
        ['older stamp', null, 2.5],
        ['equal times', 'e', null],
        ['no stamp', 'g', -1],
        ['no hash', 'h', 1],
        ['largest', 'i', 1],
      ]);
    },
  },
  {
    name: 'compare: a null asked about is less than anything stored',
    async run({ open }) {
      const subject = await open();
      await subject.migrate({ number: 1, hash: 'doc', tables: [doc] });
      await subject.apply({
        upsert: 'doc',
        columns: doc.columns,
        rows: [
          ['a', 1n, -5, null, 'x', 1],
          ['b', 1n, null, null, 'y', 1],
        ],
      });
      const rows = [
        ['a', 2n, null, 5],
        ['b', 2n, null, null],
      ];
      const answer = await subject.compare({ table: 'doc', columns: docKeys, old: [doc.columns[4]], rows });
      assert.deepEqual(answer, { verdicts: [2, 3], old: [['b', 'y']] });
    },
  },
  {
    name: 'compare: what is compared by may be among the old columns',
    async run({ open }) {
      const subject = await open();
      await subject.migrate({ number: 1, hash: 'doc', tables: [doc] });
      await subject.apply({ upsert: 'doc', columns: doc.columns, rows: [['a', 7n, 5, 6, 'x', 1]] });
      const [, digest, stamp, , note] = doc.columns;
      const answer = await subject.compare({ table: 'doc', columns: docKeys, old: [digest, note, stamp], rows: [['a', 8n, 9, 9]] });
      assert.deepEqual(answer, { verdicts: [3], old: [['a', 7n, 'x', 5]] });
    },
  },
  {
    name: 'compare: without old columns the hash alone decides',
    async run({ open }) {
      const subject = await open();
      await subject.migrate({ number: 1, hash: 'doc', tables: [doc] });
      await subject.apply({
        upsert: 'doc',
        columns: doc.columns,
        rows: [
          ['same', -1n, 1000, 1000, 'a', 1],
          ['newer stamp', 2n, 9000, 9000, 'b', 1],
          ['older stamp', 2n, 1, 1, 'c', 1],
          ['no hash', null, 1000, 1000, 'd', 1],
        ],
      });
      const rows = ['no hash', 'missing', 'newer stamp', 'older stamp', 'same'].map((name) => [name, -1n, 5000, 5000]);
      for (let times = 0; times < 3; times++) { // from which end a store begins is its own business
        const answer = await subject.compare({ table: 'doc', columns: docKeys, old: [], rows });
        assert.deepEqual(answer, { verdicts: [3, 0, 3, 3, 1], old: [] });
      }
    },
  },
  {
    name: 'compare: eight thousand keys, and none',
    async run({ open }) {
      const subject = await open();
      await subject.migrate({ number: 1, hash: 'doc', tables: [doc] });
      const stored = Array.from({ length: 6000 }, (_, i) => [`k${i}`, BigInt(i), 1000, 1000, `n${i}`, i]);
      await subject.apply({ upsert: 'doc', columns: doc.columns, rows: stored });
      const rows = Array.from({ length: 8000 }, (_, i) => [
        `k${(i * 3) % 8000}`,
        BigInt((i * 3) % 8000) + (i % 2 ? 1n : 0n),
        2000,
        2000,
      ]);
      const answer = await subject.compare({ table: 'doc', columns: docKeys, old: [doc.columns[4]], rows });
      const expected = rows.map(([key], i) => (Number(String(key).slice(1)) >= 6000 ? 0 : i % 2 ? 3 : 1));
      assert.deepEqual(answer.verdicts, expected);
      assert.deepEqual(
        answer.old,
        rows.filter((_, i) => expected[i] === 3).map(([key]) => [key, `n${String(key).slice(1)}`]),
      );
      assert.deepEqual(await subject.compare({ table: 'doc', columns: docKeys, old: [], rows: [] }), {
        verdicts: [],
        old: [],
      });
    },
  },
];
