/**
 * The records of the storage ports (core/include/perly/host.h) as plain objects, for every adapter.
 */
import { BatchReader, RecordReader } from '../../wasm/record.mjs';
import { End, PortError } from './ports.mjs';

/** Kinds of operations in a store_apply record. */
export const Op = /** @type {const} */ ({ upsert: 1, run: 2, guard: 3, loadBegin: 4, loadEnd: 5 });

/** Verdicts of store_compare. */
export const Verdict = /** @type {const} */ ({ absent: 0, same: 1, older: 2, different: 3 });

const TABLE_WITHOUT_ROWID = 1;
const COLUMN_NOT_NULL = 1;
const COLUMN_KEY = 2;
const INDEX_UNIQUE = 1;
const UPSERT_KEY = 1;
const UPSERT_KEEP = 2;

/** @typedef {{ name: string, type: number, notNull: boolean, key: boolean, default: string }} SchemaColumn */
/** @typedef {{ name: string, unique: boolean, columns: string[] }} SchemaIndex */
/**
 * @typedef {object} SchemaTable
 * @property {string} name
 * @property {boolean} withoutRowid
 * @property {SchemaColumn[]} columns
 * @property {SchemaIndex[]} indexes
 */
/**
 * @typedef {object} Schema
 * @property {number} number
 * @property {string} hash
 * @property {SchemaTable[]} tables
 * @property {{ name: string, select: string }[]} views
 * @property {{ number: number, sql: string }[]} migrations
 */
/** @typedef {{ name: string, sql: string, types: number[] }} Statement */
/** @typedef {{ name: string, type: number, key: boolean, keep: boolean }} UpsertColumn */
/** @typedef {{ kind: 1, table: string, columns: UpsertColumn[], rows: BatchReader }} Upsert */
/** @typedef {{ kind: 2, statement: Statement, rows: BatchReader }} Run */
/** @typedef {{ kind: 3, statement: Statement, rows: BatchReader, affects: number }} Guard */
/** @typedef {{ kind: 4, table: string }} LoadBegin */
/** @typedef {{ kind: 5, table: string, newest: string[] }} LoadEnd */
/** @typedef {Upsert | Run | Guard | LoadBegin | LoadEnd} Operation */
/** @typedef {{ statement: Statement, parameters: BatchReader, types: number[], bytes: number }} Query */
/**
 * @typedef {object} Compare
 * @property {string} table
 * @property {string} key
 * @property {string} hash
 * @property {string} stamp
 * @property {string} seen
 * @property {{ name: string, type: number }[]} old
 * @property {BatchReader} rows key, hash, stamp, seen
 */

/**
 * A count, and that many items. @template T
 * @param {RecordReader} reader
 * @param {() => T} item
 */
function list(reader, item) {
  const count = reader.uint32();
  const items = [];
  for (let i = 0; i < count; i++) items.push(item());
  return items;
}

/** @param {Uint8Array} record @returns {Schema} */
export function readSchema(record) {
  const reader = new RecordReader(record);
  const number = reader.uint32();
  const hash = reader.text();
  const tables = list(reader, () => readTable(reader));
  const views = list(reader, () => ({ name: reader.text(), select: reader.text() }));
  const migrations = list(reader, () => ({ number: reader.uint32(), sql: reader.text() }));
  return { number, hash, tables, views, migrations };
}

/** @param {RecordReader} reader @returns {SchemaTable} */
function readTable(reader) {
  const name = reader.text();
  const withoutRowid = (reader.uint32() & TABLE_WITHOUT_ROWID) !== 0;
  const columns = list(reader, () => {
    const column = { name: reader.text(), type: reader.uint32() };
    const flags = reader.uint32();
    return {
      ...column,
      notNull: (flags & COLUMN_NOT_NULL) !== 0,
      key: (flags & COLUMN_KEY) !== 0,
      default: reader.text(),
    };
  });
  const indexes = list(reader, () => ({
    name: reader.text(),
    unique: (reader.uint32() & INDEX_UNIQUE) !== 0,
    columns: list(reader, () => reader.text()),
  }));
  return { name, withoutRowid, columns, indexes };
}

/** @param {RecordReader} reader @returns {Statement} */
function readStatement(reader) {
  return { name: reader.text(), sql: reader.text(), types: list(reader, () => reader.uint32()) };
}

/** @param {Uint8Array} record @returns {Operation[]} */
export function readOperations(record) {
  const reader = new RecordReader(record);
  return list(reader, () => readOperation(reader));
}

/** @param {RecordReader} reader @returns {Operation} */
function readOperation(reader) {
  const kind = reader.uint32();
  switch (kind) {
    case Op.upsert:
      return readUpsert(reader);
    case Op.run: {
      const statement = readStatement(reader);
      return { kind, statement, rows: new BatchReader(reader.batch(), statement.types) };
    }
    case Op.guard: {
      const statement = readStatement(reader);
      const rows = new BatchReader(reader.batch(), statement.types);
      return { kind, statement, rows, affects: reader.uint32() };
    }
    case Op.loadBegin:
      return { kind, table: reader.text() };
    case Op.loadEnd:
      return { kind, table: reader.text(), newest: list(reader, () => reader.text()) };
    default:
      throw new PortError(End.failed, `store_apply: operation ${kind} is not known to this host`);
  }
}

/** @param {RecordReader} reader @returns {Upsert} */
function readUpsert(reader) {
  const table = reader.text();
  const columns = list(reader, () => {
    const column = { name: reader.text(), type: reader.uint32() };
    const flags = reader.uint32();
    return { ...column, key: (flags & UPSERT_KEY) !== 0, keep: (flags & UPSERT_KEEP) !== 0 };
  });
  const types = columns.map((column) => column.type);
  return { kind: Op.upsert, table, columns, rows: new BatchReader(reader.batch(), types) };
}

/**
 * The parameter rows of a statement; one without parameters has one row of none.
 * @param {Statement} statement
 * @param {BatchReader} rows
 */
export function parameterRows(statement, rows) {
  return statement.types.length === 0 ? [[]] : rows.rows();
}

/** @param {Uint8Array} record @returns {Query} */
export function readQuery(record) {
  const reader = new RecordReader(record);
  const statement = readStatement(reader);
  const parameters = new BatchReader(reader.batch(), statement.types);
  return { statement, parameters, types: list(reader, () => reader.uint32()), bytes: reader.uint32() };
}

/** @param {Uint8Array} record @param {readonly number[]} types of the four columns @returns {Compare} */
export function readCompare(record, types) {
  const reader = new RecordReader(record);
  const [table, key, hash, stamp, seen] = Array.from({ length: 5 }, () => reader.text());
  const old = list(reader, () => ({ name: reader.text(), type: reader.uint32() }));
  return { table, key, hash, stamp, seen, old, rows: new BatchReader(reader.batch(), types) };
}

/**
 * What store_compare says of one row. Times in milliseconds; a null is less than anything.
 * @param {{ hash: unknown, stamp: number | null, seen: number | null }} asked
 * @param {{ hash: unknown, stamp: number | null, seen: number | null } | undefined} stored
 */
export function verdictOf(asked, stored) {
  if (stored === undefined) return Verdict.absent;
  if (stored.hash !== null && stored.hash === asked.hash) return Verdict.same;
  const stamp = (stored.stamp ?? -Infinity) - (asked.stamp ?? -Infinity);
  const seen = (stored.seen ?? -Infinity) - (asked.seen ?? -Infinity);
  // -Infinity minus itself is NaN: equal.
  const newer = stamp > 0 || ((stamp === 0 || Number.isNaN(stamp)) && seen > 0);
  return newer ? Verdict.older : Verdict.different;
}
