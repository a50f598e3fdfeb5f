/** store_migrate: what host.h says of it, one sentence a case. */
import assert from 'node:assert/strict';
import { End } from '../../host-node/src/ports.mjs';
import { endsWith } from './subject.mjs';

/** @typedef {import('./cases.mjs').Case} Case */

/** @type {import('./records.mjs').Table} */
export const note = {
  name: 'note',
  columns: [
    { name: 'id', type: 'text', key: true, notNull: true },
    { name: 'body', type: 'text' },
  ],
};
/** @type {import('./records.mjs').Schema} */
export const notes = { number: 1, hash: 'one', tables: [note] };

export const selectNotes = {
  name: 'notes',
  sqlite: 'SELECT id, body FROM note ORDER BY id',
  postgresql: 'SELECT id, body FROM {schema}.note ORDER BY id',
};

/** @param {[string, string | null][]} rows */
export const putNotes = (rows) => ({ upsert: 'note', columns: note.columns, rows });

/** @param {import('./subject.mjs').Subject} subject */
export const notesOf = (subject) => subject.rows(selectNotes, { types: ['text', 'text'] });

/** @type {Case[]} */
export const schemaCases = [
  {
    name: 'migrating twice is migrating once, also after opening again',
    async run({ open }) {
      const first = await open();
      await first.migrate(notes);
      await first.apply(putNotes([['a', 'kept']]));
      await first.migrate(notes);
      const second = await open();
      await second.migrate(notes);
      assert.deepEqual(await notesOf(second), [['a', 'kept']]);
    },
  },
  {
    name: 'a missing column is added with its default; rows stay',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      await subject.apply(putNotes([['a', 'old']]));
      const wider = structuredClone(notes);
      wider.hash = 'two';
      wider.tables[0].columns.push(
        { name: 'mark', type: 'int64', notNull: true, default: '7' },
        { name: 'at', type: 'time' },
      );
      await subject.migrate(wider);
      const select = {
        name: 'marks',
        sqlite: 'SELECT id, mark, at FROM note',
        postgresql: 'SELECT id, mark, at FROM {schema}.note',
      };
      assert.deepEqual(await subject.rows(select, { types: ['text', 'int64', 'time'] }), [['a', 7n, null]]);
    },
  },
  {
    name: 'a new table and a new index are made; what the schema no longer names stays',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      await subject.apply(putNotes([['a', 'old']]));
      await subject.migrate({
        number: 1,
        hash: 'other',
        tables: [
          {
            name: 'word',
            columns: [
              { name: 'text', type: 'text', key: true },
              { name: 'length', type: 'int64' },
            ],
            indexes: [{ name: 'word_length', unique: true, columns: ['length'] }],
          },
        ],
      });
      const columns = /** @type {import('./records.mjs').Column[]} */ ([
        { name: 'text', type: 'text', key: true },
        { name: 'length', type: 'int64' },
      ]);
      await subject.apply({ upsert: 'word', columns, rows: [['tea', 3n]] });
      await endsWith(subject.apply({ upsert: 'word', columns, rows: [['cup', 3n]] }), End.failed);
      assert.deepEqual(await notesOf(subject), [['a', 'old']]);
    },
  },
  {
    name: 'migrations above the stored number run in order, and not on a new database',
    async run({ open, sql }) {
      const migrated = structuredClone(notes);
      Object.assign(migrated, {
        number: 3,
        hash: 'three',
        migrations: [
          { number: 1, sql: sql({ sqlite: 'DROP TABLE note', postgresql: 'DROP TABLE {schema}.note' }) },
          {
            number: 2,
            sql: sql({
              sqlite: "UPDATE note SET body = body || '+2'",
              postgresql: "UPDATE {schema}.note SET body = body || '+2'",
            }),
          },
          {
            number: 3,
            sql: sql({
              sqlite: "UPDATE note SET body = body || '+3'; UPDATE note SET body = upper(body)",
              postgresql:
                "UPDATE {schema}.note SET body = body || '+3'; UPDATE {schema}.note SET body = upper(body)",
            }),
          },
        ],
      });
      const subject = await open();
      await subject.migrate(notes);
      await subject.apply(putNotes([['a', 'x']]));
      await subject.migrate(migrated);
      await subject.migrate(migrated);
      assert.deepEqual(await notesOf(subject), [['a', 'X+2+3']]);
    },
  },
  {
    name: 'an index on a key that a migration drops is made again, of the key as it is now',
    async run({ open, sql }) {
      const columns = /** @type {import('./records.mjs').Column[]} */ ([
        { name: 'a', type: 'text', key: true },
        { name: 'b', type: 'text' },
        { name: 'note', type: 'text' },
      ]);
      const wider = structuredClone(columns);
      wider[1].key = true;
      const subject = await open();
      await subject.migrate({ number: 1, hash: 'one', tables: [{ name: 'pair', columns }] });
      const drop = { sqlite: 'DROP INDEX pair_key', postgresql: 'DROP INDEX {schema}.pair_key' };
      await subject.migrate({
        number: 2,
        hash: 'two',
        tables: [{ name: 'pair', columns: wider }],
        migrations: [{ number: 2, sql: sql(drop) }],
      });
      const rows = [['x', '1', 'one'], ['x', '2', 'two']];
      await subject.apply({ upsert: 'pair', columns: wider, rows });
      await subject.apply({ upsert: 'pair', columns: wider, rows: [['x', '2', 'three']] });
      const select = {
        name: 'pairs',
        sqlite: 'SELECT b, note FROM pair ORDER BY b',
        postgresql: 'SELECT b, note FROM {schema}.pair ORDER BY b',
      };
      assert.deepEqual(await subject.rows(select, { types: ['text', 'text'] }), [['1', 'one'], ['2', 'three']]);
    },
  },
  {
    name: 'a migration that fails leaves everything as it was',
    async run({ open }) {
      const subject = await open();
      await subject.migrate(notes);
      await subject.apply(putNotes([['a', 'x']]));
      const broken = structuredClone(notes);
      Object.assign(broken, {
        number: 2,
        hash: 'broken',
        tables: [...broken.tables, { name: 'extra', columns: [{ name: 'id', type: 'text', key: true }] }],
        views: [{ name: 'bad', select: 'SELECT nothing FROM nowhere' }],
      });
      await endsWith(subject.migrate(broken), End.failed);
      await subject.migrate(notes);
      assert.deepEqual(await notesOf(subject), [['a', 'x']]);
      const extra = { upsert: 'extra', columns: [{ name: 'id', type: 'text', key: true }], rows: [['a']] };
      await endsWith(subject.apply(/** @type {any} */ (extra)), End.failed, /extra/);
    },
  },
  {
    name: 'views are replaced',
    async run({ open, sql }) {
      const table = sql({ sqlite: 'note', postgresql: '{schema}.note' });
      const subject = await open();
      await subject.migrate({ ...notes, views: [{ name: 'shown', select: `SELECT id FROM ${table}` }] });
      await subject.apply(putNotes([['a', 'x']]));
      const select = {
        name: 'shown',
        sqlite: 'SELECT * FROM shown',
        postgresql: 'SELECT * FROM {schema}.shown',
      };
      assert.deepEqual(await subject.rows(select, { types: ['text'] }), [['a']]);
      const views = [{ name: 'shown', select: `SELECT body, id FROM ${table}` }];
      await subject.migrate({ ...notes, hash: 'view', views });
      const renamed = { ...select, name: 'shown again' };
      assert.deepEqual(await subject.rows(renamed, { types: ['text', 'text'] }), [['x', 'a']]);
    },
  },
  {
    name: 'a view without a SELECT goes, and is there again when it has one',
    async run({ open, sql }) {
      const subject = await open();
      const select = `SELECT id FROM ${sql({ sqlite: 'note', postgresql: '{schema}.note' })}`;
      const shown = { name: 'shown', sqlite: 'SELECT * FROM shown', postgresql: 'SELECT * FROM {schema}.shown' };
      await subject.migrate({ ...notes, hash: 'none', views: [{ name: 'shown', select: '' }] });
      for (let time = 0; time < 2; time++) {
        await subject.migrate({ ...notes, hash: 'view', views: [{ name: 'shown', select }] });
        assert.deepEqual(await subject.rows({ ...shown, name: `shown ${time}` }, { types: ['text'] }), []);
        await subject.migrate({ ...notes, hash: 'none', views: [{ name: 'shown', select: '' }] });
        const there = sql({ sqlite: "SELECT name FROM sqlite_master WHERE name = 'shown'", postgresql: "SELECT 'shown' WHERE to_regclass('{schema}.shown') IS NOT NULL" });
        assert.deepEqual(await subject.rows({ name: `there ${time}`, sqlite: there, postgresql: there }, { types: ['text'] }), []);
      }
    },
  },
  {
    name: 'a schema older than the stored one changes nothing: both releases work side by side',
    async run({ open, sql }) {
      const subject = await open();
      await subject.migrate({ ...notes, number: 2, hash: 'newer' });
      await subject.apply(putNotes([['a', 'x']]));
      await subject.migrate(notes);
      const update = {
        sqlite: "UPDATE note SET body = 'run again'",
        postgresql: "UPDATE {schema}.note SET body = 'run again'",
      };
      await subject.migrate({
        ...notes,
        number: 2,
        hash: 'newer',
        migrations: [{ number: 2, sql: sql(update) }],
      });
      assert.deepEqual(await notesOf(subject), [['a', 'x']]);
    },
  },
  {
    name: 'schemas that take turns are each brought once',
    async run({ open }) {
      const subject = await open();
      const wider = structuredClone(notes);
      wider.hash = 'wider';
      wider.tables.push({ name: 'extra', columns: [{ name: 'id', type: 'text', key: true }] });
      await subject.migrate(notes);
      await subject.migrate(wider);
      // What tells whether work is done: a table that somebody took away comes back only then.
      await subject.apply({
        run: { name: 'drop', sqlite: 'DROP TABLE extra', postgresql: 'DROP TABLE {schema}.extra' },
      });
      await subject.migrate(notes);
      await subject.migrate(wider);
      const count = { name: 'count', sqlite: 'SELECT count(*) FROM extra', postgresql: 'SELECT count(*) FROM {schema}.extra' };
      await endsWith(subject.rows(count, { types: ['int64'] }), End.failed);
      await subject.migrate({ ...wider, hash: 'another' });
      assert.deepEqual(await subject.rows(count, { types: ['int64'] }), [[0n]]);
    },
  },
  {
    name: 'names with capitals, quotes and spaces are names',
    async run({ open }) {
      const odd = /** @type {import('./records.mjs').Table} */ ({
        name: 'Odd "table"',
        columns: [
          { name: 'Order', type: 'text', key: true },
          { name: 'a "b" c', type: 'text' },
        ],
        indexes: [{ name: 'Odd index', columns: ['a "b" c', 'Order'] }],
      });
      const subject = await open();
      await subject.migrate({ number: 1, hash: 'odd', tables: [odd] });
      await subject.apply({ upsert: odd.name, columns: odd.columns, rows: [['1', 'one']] });
      await subject.apply({ upsert: odd.name, columns: odd.columns, rows: [['1', 'ONE']] });
      const select = {
        name: 'odd',
        sqlite: 'SELECT "Order", "a ""b"" c" FROM "Odd ""table"""',
        postgresql: 'SELECT "Order", "a ""b"" c" FROM {schema}."Odd ""table"""',
      };
      assert.deepEqual(await subject.rows(select, { types: ['text', 'text'] }), [['1', 'ONE']]);
    },
  },
];
