/**
 * Records of the storage ports, made from plain objects: what the core writes, in a form that a test can
 * read. A statement is `{ name, sqlite, postgresql, types }`; `types` are those of its parameters.
 */
import { BatchWriter, ColumnType, RecordWriter } from '../../wasm/record.mjs';

/** @typedef {import('../../wasm/record.mjs').Value} Value */
/** @typedef {keyof typeof ColumnType} TypeName */
/**
 * @typedef {object} Column
 * @property {string} name
 * @property {TypeName} type
 * @property {boolean} [notNull]
 * @property {boolean} [key]
 * @property {boolean} [keep]
 * @property {string} [default]
 */
/** @typedef {{ name: string, unique?: boolean, columns: string[] }} Index */
/** @typedef {{ name: string, columns: Column[], indexes?: Index[], withoutRowid?: boolean }} Table */
/**
 * @typedef {object} Schema
 * @property {number} number
 * @property {string} hash
 * @property {Table[]} tables
 * @property {{ name: string, select: string }[]} [views]
 * @property {{ number: number, sql: string }[]} [migrations]
 */
/** @typedef {{ name: string, sqlite: string, postgresql: string, types?: TypeName[] }} Statement */
/**
 * @typedef {{ upsert: string, columns: Column[], rows: readonly (readonly Value[])[] }} Upsert
 * @typedef {Upsert
 *   | { run: Statement, rows?: readonly (readonly Value[])[] }
 *   | { guard: Statement, row?: Value[], affects: number }
 *   | { loadBegin: string }
 *   | { loadEnd: string, newest: string[] }} Operation
 */
/**
 * @typedef {object} Compare
 * @property {string} table
 * @property {{ key: string, hash: string, stamp: string, seen: string }} columns
 * @property {Column[]} old
 * @property {readonly (readonly Value[])[]} rows
 */

const flag = (/** @type {boolean | undefined} */ on, /** @type {number} */ bit) => (on ? bit : 0);

/** @param {readonly TypeName[]} names */
export const typesOf = (names) => names.map((name) => ColumnType[name]);

/** @param {readonly TypeName[]} types @param {readonly (readonly Value[])[]} rows */
export function batch(types, rows) {
  const writer = new BatchWriter(typesOf(types));
  for (const row of rows) writer.append(row);
  return writer.finish();
}

/** @template T @param {RecordWriter} out @param {readonly T[]} items @param {(item: T) => void} write */
function list(out, items, write) {
  out.uint32(items.length);
  items.forEach(write);
}

/** @param {Schema} schema */
export function schemaRecord({ number, hash, tables, views = [], migrations = [] }) {
  const out = new RecordWriter().uint32(number).text(hash);
  list(out, tables, (table) => {
    out.text(table.name).uint32(flag(table.withoutRowid, 1));
    list(out, table.columns, (column) => {
      out.text(column.name).uint32(ColumnType[column.type]);
      out.uint32(flag(column.notNull, 1) | flag(column.key, 2)).text(column.default ?? '');
    });
    list(out, table.indexes ?? [], (index) => {
      out.text(index.name).uint32(flag(index.unique, 1));
      list(out, index.columns, (column) => out.text(column));
    });
  });
  list(out, views, (view) => out.text(view.name).text(view.select));
  list(out, migrations, (migration) => out.uint32(migration.number).text(migration.sql));
  return out.finish();
}

/** @param {RecordWriter} out @param {Statement} statement @param {number} dialect */
function writeStatement(out, statement, dialect) {
  out.text(statement.name).text(dialect === 0 ? statement.sqlite : statement.postgresql);
  list(out, statement.types ?? [], (type) => out.uint32(ColumnType[type]));
}

/** @param {readonly Operation[]} operations @param {number} dialect */
export function applyRecord(operations, dialect) {
  const out = new RecordWriter();
  list(out, operations, (operation) => {
    if ('upsert' in operation) writeUpsert(out, operation);
    else if ('run' in operation) {
      writeStatement(out.uint32(2), operation.run, dialect);
      out.batch(batch(operation.run.types ?? [], operation.rows ?? []));
    } else if ('guard' in operation) {
      writeStatement(out.uint32(3), operation.guard, dialect);
      out.batch(batch(operation.guard.types ?? [], operation.row ? [operation.row] : []));
      out.uint32(operation.affects);
    } else if ('loadBegin' in operation) out.uint32(4).text(operation.loadBegin);
    else list(out.uint32(5).text(operation.loadEnd), operation.newest, (column) => out.text(column));
  });
  return out.finish();
}

/** @param {RecordWriter} out @param {Upsert} operation */
function writeUpsert(out, { upsert, columns, rows }) {
  out.uint32(1).text(upsert);
  list(out, columns, (column) => {
    out.text(column.name).uint32(ColumnType[column.type]);
    out.uint32(flag(column.key, 1) | flag(column.keep, 2));
  });
  out.batch(
    batch(
      columns.map((column) => column.type),
      rows,
    ),
  );
}

/**
 * @param {Statement} statement
 * @param {{ row?: Value[], types: TypeName[], bytes?: number, dialect: number }} options
 */
export function queryRecord(statement, { row = [], types, bytes = 1 << 20, dialect }) {
  const out = new RecordWriter();
  writeStatement(out, statement, dialect);
  out.batch(batch(statement.types ?? [], statement.types?.length ? [row] : []));
  list(out, typesOf(types), (type) => out.uint32(type));
  return out.uint32(bytes).finish();
}

/** @param {Compare} compare */
export function compareRecord({ table, columns: { key, hash, stamp, seen }, old, rows }) {
  const out = new RecordWriter().text(table).text(key).text(hash).text(stamp).text(seen);
  list(out, old, (column) => out.text(column.name).uint32(ColumnType[column.type]));
  return out.batch(batch(['text', 'int64', 'time', 'time'], rows)).finish();
}
