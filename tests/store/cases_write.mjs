/** store_apply: upsert, run, guard, loads; all or nothing. */
import assert from 'node:assert/strict';
import { End } from '../../host-node/src/ports.mjs';
import { notes, notesOf, putNotes } from './cases_schema.mjs';
import { endsWith } from './subject.mjs';

/** @typedef {import('./cases.mjs').Case} Case */
/** @typedef {import('./records.mjs').Column} Column */

/** @type {Column[]} */
export const everyColumn = [
  { name: 'id', type: 'text', key: true },
  { name: 'long', type: 'int64' },
  { name: 'real', type: 'double' },
  { name: 'flag', type: 'bool' },
  { name: 'words', type: 'text' },
  { name: 'raw', type: 'bytes' },
  { name: 'at', type: 'time' },
  { name: 'many', type: 'list' },
];
/** @type {import('./records.mjs').Schema} */
export const everySchema = { number: 1, hash: 'every', tables: [{ name: 'every', columns: everyColumn }] };
export const selectEvery = {
  name: 'every',
  sqlite: 'SELECT id, long, "real", flag, words, raw, at, many FROM every ORDER BY id',
  postgresql: 'SELECT id, long, "real", flag, words, raw, at, many FROM {schema}.every ORDER BY id',
};
export const everyType = everyColumn.map((column) => column.type);

const MOST = 9223372036854775807n;
const TEXTS = [
  '',
  'a',
  '\u00e9\u00df',
  '\u{1F600}\u{10FFFF}',
  '\uFEFFbom',
  `quote " \\ ' {x,"y"} NULL`,
  'line\r\nfeed\ttab',
  '\u007f\u0080\uffff',
];

/** @type {import('../../wasm/record.mjs').Value[][]} */
export const everyRow = [
  ['01', 0n, 0, false, '', new Uint8Array(0), 0, ''],
  [
    '02',
    MOST,
    5e-324,
    true,
    TEXTS.join('|'),
    Uint8Array.from({ length: 256 }, (_, i) => i),
    1795420800123,
    'a;b',
  ],
  ['03', -MOST - 1n, -1.7976931348623157e308, false, '\u{1F600}', Uint8Array.of(0), -1, ';'],
  ['04', 9007199254740993n, 0.1, true, 'NULL', Uint8Array.of(92, 120), -62135596800000, '"'],
  ['05', -1n, 1e21, false, 'null', Uint8Array.of(255), 253402300799999, '{}'],
  ['06', null, null, null, null, null, null, null],
  ['07', 1n, 123456789.123456789, true, ' padded ', Uint8Array.of(10), 951782400000, 'x'],
];

/** @type {Case[]} */
export const writeCases = [
  {
    name: 'every type comes back as it went in, to the last bit, new and replaced',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(everySchema);
      const upsert = { upsert: 'every', columns: everyColumn, rows: everyRow };
      assert.deepEqual(await subject.apply(upsert), [everyRow.length]);
      assert.deepEqual(await subject.rows(selectEvery, { types: everyType }), everyRow);
      const turned = everyRow.map((row, i) => [row[0], ...everyRow[(i + 1) % everyRow.length].slice(1)]);
      assert.deepEqual(await subject.apply({ ...upsert, rows: turned }), [everyRow.length]);
      assert.deepEqual(await subject.rows(selectEvery, { types: everyType }), turned);
    },
  },
  {
    name: 'each text alone, as value, as key and as parameter',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      await subject.apply(putNotes(TEXTS.map((text) => [text, text])));
      const one = {
        name: 'one note',
        sqlite: 'SELECT id, body FROM note WHERE id = ?1 AND body = ?1',
        postgresql: 'SELECT id, body FROM {schema}.note WHERE id = $1::text AND body = $1::text',
        types: /** @type {['text']} */ (['text']),
      };
      for (const text of TEXTS) {
        assert.deepEqual(await subject.rows(one, { row: [text], types: ['text', 'text'] }), [[text, text]]);
      }
    },
  },
  {
    name: 'keys are ordered by their bytes',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      const ids = ['b', 'B', 'a', '_', '\u00e9', 'ab', 'a b', '\uffff', '\u{10000}'];
      await subject.apply(putNotes(ids.map((id) => [id, null])));
      const sorted = ids.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      assert.deepEqual(
        (await notesOf(subject)).map((row) => row[0]),
        sorted,
      );
    },
  },
  {
    name: 'a column to keep is written once, columns not named stay',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(everySchema);
      await subject.apply({ upsert: 'every', columns: everyColumn, rows: [everyRow[1]] });
      /** @type {Column[]} */
      const columns = [
        { name: 'id', type: 'text', key: true },
        { name: 'long', type: 'int64', keep: true },
        { name: 'words', type: 'text' },
      ];
      await subject.apply({
        upsert: 'every',
        columns,
        rows: [
          ['02', 5n, 'new'],
          ['99', 6n, 'newer'],
        ],
      });
      const [id, long, real, flag, , ...rest] = everyRow[1];
      assert.deepEqual(await subject.rows(selectEvery, { types: everyType }), [
        [id, long, real, flag, 'new', ...rest],
        ['99', 6n, null, null, 'newer', null, null, null],
      ]);
    },
  },
  {
    name: 'keys of two columns; an upsert of keys alone leaves what is there',
    async run({ open }) {
      /** @type {Column[]} */
      const columns = [
        { name: 'a', type: 'text', key: true },
        { name: 'b', type: 'int64', key: true },
        { name: 'c', type: 'text' },
      ];
      const subject = await open();
      await subject.migrate({
        number: 1,
        hash: 'pair',
        tables: [{ name: 'pair', columns, withoutRowid: true }],
      });
      await subject.apply({
        upsert: 'pair',
        columns,
        rows: [
          ['x', 1n, 'one'],
          ['x', 2n, 'two'],
        ],
      });
      const some = columns.slice(0, 2);
      assert.deepEqual(
        await subject.apply({
          upsert: 'pair',
          columns: some,
          rows: [
            ['x', 2n],
            ['y', 1n],
          ],
        }),
        [2],
      );
      const select = {
        name: 'pairs',
        sqlite: 'SELECT a, b, c FROM pair ORDER BY a, b',
        postgresql: 'SELECT a, b, c FROM {schema}.pair ORDER BY a, b',
      };
      assert.deepEqual(await subject.rows(select, { types: ['text', 'int64', 'text'] }), [
        ['x', 1n, 'one'],
        ['x', 2n, 'two'],
        ['y', 1n, null],
      ]);
    },
  },
  {
    name: 'an upsert without a key column appends',
    async run({ open }) {
      /** @type {Column[]} */
      const columns = [{ name: 'line', type: 'text' }];
      const subject = await open();
      await subject.migrate({ number: 1, hash: 'log', tables: [{ name: 'log', columns }] });
      await subject.apply({ upsert: 'log', columns, rows: [['a'], ['a']] });
      const count = {
        name: 'lines',
        sqlite: 'SELECT count(*) FROM log',
        postgresql: 'SELECT count(*) FROM {schema}.log',
      };
      assert.deepEqual(await subject.rows(count, { types: ['int64'] }), [[2n]]);
    },
  },
  {
    name: 'no operations, and operations of no rows, are nothing',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      assert.deepEqual(await subject.apply(), []);
      assert.deepEqual(await subject.apply(putNotes([])), [0]);
    },
  },
  {
    name: 'ten thousand rows in one upsert, then again with others between',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      const id = (/** @type {number} */ i) => String((i * 7919) % 20000).padStart(5, '0');
      /** @type {[string, string][]} */
      const rows = Array.from({ length: 10000 }, (_, i) => [id(i), `first ${i}`]);
      assert.deepEqual(await subject.apply(putNotes(rows)), [10000]);
      /** @type {[string, string][]} */
      const again = Array.from({ length: 20000 }, (_, i) => [id(i), `second ${i}`]);
      assert.deepEqual(await subject.apply(putNotes(again)), [20000]);
      const found = await notesOf(subject);
      assert.deepEqual(
        found,
        again.sort((a, b) => (a[0] < b[0] ? -1 : 1)),
      );
    },
  },
  {
    name: 'run counts the rows of all its parameter rows',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      await subject.apply(
        putNotes([
          ['a', 'x'],
          ['b', 'x'],
          ['c', 'y'],
        ]),
      );
      const by = {
        name: 'delete by body',
        sqlite: 'DELETE FROM note WHERE body = ?1',
        postgresql: 'DELETE FROM {schema}.note WHERE body = $1::text',
        types: /** @type {['text']} */ (['text']),
      };
      const all = { name: 'delete all', sqlite: 'DELETE FROM note', postgresql: 'DELETE FROM {schema}.note' };
      assert.deepEqual(await subject.apply({ run: by, rows: [['x'], ['z']] }, { run: all }), [2, 1]);
      assert.deepEqual(await subject.apply({ run: by, rows: [] }), [0]);
      assert.deepEqual(await notesOf(subject), []);
    },
  },
  {
    name: 'run of a statement that takes arrays on PostgreSQL: the same rows, nulls too',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      const rows = Array.from({ length: 6000 }, (_, i) => /** @type {[string, string]} */ ([`k${String(i).padStart(4, '0')}`, 'old']));
      await subject.apply(putNotes(rows));
      const change = {
        name: 'change body',
        sqlite: 'UPDATE note SET body = coalesce(?2, body) WHERE id = ?1',
        postgresql:
          'UPDATE {schema}.note AS n SET body = coalesce(p.body, n.body) FROM unnest($1::text[], $2::text[]) AS p(id, body) WHERE n.id = p.id',
        types: /** @type {['text', 'text']} */ (['text', 'text']),
      };
      const changes = rows.map(([key], i) => [i % 3 === 2 ? `${key} is not there` : key, i % 3 === 1 ? null : 'new']);
      assert.deepEqual(await subject.apply({ run: change, rows: changes }), [4000]);
      assert.deepEqual(await notesOf(subject), rows.map(([key], i) => [key, i % 3 === 0 ? 'new' : 'old']));
      assert.deepEqual(await subject.apply({ run: change, rows: [] }), [0]);
    },
  },
  {
    name: 'every type as a parameter',
    async run({ open }) {
      const types = /** @type {import('./records.mjs').TypeName[]} */ ([
        'int64',
        'double',
        'bool',
        'text',
        'bytes',
        'time',
        'list',
      ]);
      const subject = await open();
      await subject.migrate(everySchema);
      const insert = {
        name: 'insert every',
        sqlite:
          'INSERT INTO every (id, long, real, flag, words, raw, at, many) ' +
          "VALUES (?4 || '!', ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        postgresql:
          'INSERT INTO {schema}.every (id, long, "real", flag, words, raw, at, many) VALUES ' +
          "($4::text || '!', $1::bigint, $2::double precision, $3::boolean, $4::text, " +
          '$5::bytea, $6::timestamptz, $7::text)',
        types,
      };
      const rows = everyRow.slice(0, 5).map((row) => row.slice(1));
      assert.deepEqual(await subject.apply({ run: insert, rows }), [5]);
      const expected = rows
        .map((row) => [`${row[3]}!`, ...row])
        .sort((a, b) => Buffer.compare(Buffer.from(String(a[0])), Buffer.from(String(b[0]))));
      assert.deepEqual(await subject.rows(selectEvery, { types: everyType }), expected);
    },
  },
  {
    name: 'a guard that affects its rows lets the transaction pass, any other number rolls it back',
    async run({ open }) {
      const lease = {
        name: 'lease',
        sqlite: "UPDATE note SET body = ?2 WHERE id = 'lease' AND body = ?1",
        postgresql: "UPDATE {schema}.note SET body = $2::text WHERE id = 'lease' AND body = $1::text",
        types: /** @type {['text', 'text']} */ (['text', 'text']),
      };
      const subject = await open();
      await subject.migrate(notes);
      await subject.apply(putNotes([['lease', '1']]));
      const work = putNotes([['work', 'done']]);
      assert.deepEqual(await subject.apply({ guard: lease, row: ['1', '2'], affects: 1 }, work), [1, 1]);
      await endsWith(
        subject.apply(
          putNotes([['lost', 'before']]),
          { guard: lease, row: ['1', '3'], affects: 1 },
          putNotes([['lost', 'after']]),
        ),
        End.guard,
        /lease/,
      );
      await endsWith(subject.apply({ guard: lease, row: ['2', '3'], affects: 0 }), End.guard);
      assert.deepEqual(await notesOf(subject), [
        ['lease', '2'],
        ['work', 'done'],
      ]);
    },
  },
  {
    name: 'an error in the middle rolls everything back, and the next call works',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      const wrong = {
        name: 'wrong',
        sqlite: 'DELETE FROM nowhere',
        postgresql: 'DELETE FROM {schema}.nowhere',
      };
      await endsWith(
        subject.apply(putNotes([['a', 'x']]), { run: wrong }, putNotes([['b', 'x']])),
        End.failed,
        /nowhere/,
      );
      assert.deepEqual(await notesOf(subject), []);
      await subject.apply(putNotes([['c', 'x']]));
      assert.deepEqual(await notesOf(subject), [['c', 'x']]);
    },
  },
  {
    name: 'a constraint that fails rolls everything back',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      const column = /** @type {Column[]} */ ([
        { name: 'id', type: 'text' },
        { name: 'body', type: 'text' },
      ]);
      await subject.apply(putNotes([['a', 'x']]));
      const noKey = {
        upsert: 'note',
        columns: column,
        rows: [
          ['b', 'y'],
          ['a', 'z'],
        ],
      };
      await endsWith(subject.apply(putNotes([['a', 'changed']]), noKey), End.failed);
      await endsWith(
        subject.apply(
          putNotes([
            ['a', 'changed'],
            [/** @type {any} */ (null), 'y'],
          ]),
        ),
        End.failed,
      );
      assert.deepEqual(await notesOf(subject), [['a', 'x']]);
    },
  },
  {
    name: 'a time outside the years 1 to 9999 fails',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(everySchema);
      for (const ms of [253402300800000, -62135596800001]) {
        const row = [...everyRow[0]];
        row[6] = ms;
        await endsWith(
          subject.apply({ upsert: 'every', columns: everyColumn, rows: [row] }),
          End.failed,
          /time/,
        );
      }
      assert.deepEqual(await subject.rows(selectEvery, { types: everyType }), []);
    },
  },
  {
    name: 'a damaged record fails and changes nothing',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      for (const record of [
        Uint8Array.of(1, 0, 0, 0),
        Uint8Array.of(1, 0, 0, 0, 9, 0, 0, 0),
        Uint8Array.of(255, 255, 255, 255),
      ]) {
        await endsWith(subject.store.apply(record), End.failed);
      }
      assert.deepEqual(await notesOf(subject), []);
    },
  },
];
