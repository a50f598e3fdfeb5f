/**
 * Storage in an SQLite file by node:sqlite, which only this file imports. One connection writes; each open
 * query has a connection of its own, so that its rows are one snapshot while writing goes on.
 */
import { closeSync, openSync } from 'node:fs';
import { open as openFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { BatchWriter, ColumnType, RecordWriter } from '../../wasm/record.mjs';
import { Dialect, End, PortError } from './ports.mjs';
import * as sql from './sqlite_schema.mjs';
import {
  Op,
  parameterRows,
  readCompare,
  readOperations,
  readQuery,
  readSchema,
  Verdict,
  verdictOf,
} from './store_records.mjs';
import { timeFromText, timeWriter } from './time_text.mjs';

/** @typedef {import('./ports.mjs').Store} Store */
/** @typedef {import('./store_records.mjs').Schema} Schema */
/** @typedef {import('./store_records.mjs').Operation} Operation */
/** @typedef {import('./store_records.mjs').Query} Query */
/** @typedef {import('./store_records.mjs').Run} Run */
/** @typedef {import('./store_records.mjs').Guard} Guard */
/** @typedef {import('../../wasm/record.mjs').Value} Value */
/** @typedef {import('../../wasm/record.mjs').BatchReader} BatchReader */
/** @typedef {import('node:sqlite').StatementSync} StatementSync */
/** @typedef {import('node:sqlite').SQLInputValue} SqlInput */
/** @typedef {import('node:sqlite').SQLOutputValue} SqlOutput */

/**
 * Prepared statements are kept by their text: the core's catalogue is finite.
 * @typedef {{ database: DatabaseSync, statements: Map<string, StatementSync> }} Connection
 */

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_IOERR_WRITE = 778; // a full disk can also look like this
const SQLITE_FULL = 13;
const SQLITE_CONSTRAINT = 19;
/** Pages of 16 KiB write wide tables fastest. */
const PRAGMAS = `PRAGMA page_size = 16384; PRAGMA cache_size = -8192; PRAGMA journal_mode = WAL;
  PRAGMA journal_size_limit = ${64 << 20}; PRAGMA synchronous = NORMAL; PRAGMA trusted_schema = OFF`;
const COMPARE_TYPES = [ColumnType.text, ColumnType.int64, ColumnType.time, ColumnType.time];

/**
 * Opens (and creates) the database file.
 * @param {{ path: string, busyMs?: number }} options `busyMs`: how long another process's lock is waited for;
 *   the event loop stands still that long
 * @returns {Store}
 */
export function openSqlite({ path, busyMs = 200 }) {
  makePrivate(path);
  const writer = connect(path, { timeout: busyMs });
  // What the core calls committed (a refresh token, a claimed send) must survive a power cut once anything is sent:
  // `settle` writes the log to the disk then, not each commit.
  try {
    guarded(() => writer.database.exec(PRAGMAS));
  } catch (error) {
    writer.database.close();
    throw error;
  }
  /** @type {Promise<import('node:fs/promises').FileHandle> | undefined} */
  let log;
  let unsettled = false;
  let settling = Promise.resolve();
  /** @type {Connection[]} */
  const idle = [];
  /** @type {Set<Connection>} */
  const reading = new Set();
  let open = true;

  async function writeLog() {
    log ??= openFile(`${path}-wal`, 'r+');
    const file = await log.catch((error) => {
      log = undefined;
      throw error;
    });
    await file.datasync();
  }

  const store = {
    dialect: Dialect.sqlite,
    migrate: async (/** @type {Uint8Array} */ record) => {
      unsettled = true;
      inTransaction(writer, () => migrate(writer, record));
    },
    apply: async (/** @type {Uint8Array} */ record) => {
      unsettled = true;
      return inTransaction(writer, () => {
        const out = new RecordWriter();
        for (const operation of readOperations(record)) out.uint32(applyOne(writer, operation));
        return out.finish();
      });
    },
    settle() {
      if (!unsettled) return settling; // who asks while the log is being written waits for it too
      unsettled = false; // a commit that comes meanwhile says it again
      settling = writeLog().catch((error) => {
        unsettled = true;
        throw error;
      });
      return settling;
    },
    compare: async (/** @type {Uint8Array} */ record) => guarded(() => compare(writer, record)),
    /** @param {Uint8Array} record @param {{ signal?: AbortSignal }} [options] */
    async *query(record, { signal } = {}) {
      const reader = idle.pop() ?? connect(path, { timeout: busyMs, readOnly: true });
      reading.add(reader);
      try {
        const batches = query(reader, readQuery(record));
        try {
          for (let next = guarded(() => batches.next()); !next.done; next = guarded(() => batches.next())) {
            yield next.value;
            if (signal?.aborted || !open) throw new PortError(End.cancelled, 'the query was cancelled');
          }
        } finally {
          if (open) batches.return(); // a statement that is left in its midst keeps its snapshot
        }
      } finally {
        reading.delete(reader);
        if (open) idle.push(reader);
      }
    },
    async close() {
      if (!open) return;
      open = false;
      for (const { database } of [...idle, ...reading, writer]) database.close();
      await log?.then((file) => file.close());
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}

/** SQLite makes files with the mode 0644; what comes from a customer's CRM is for its owner only. @param {string} path */
function makePrivate(path) {
  try {
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw new PortError(End.failed, `the database cannot be opened: ${/** @type {Error} */ (error).message}`, { cause: error });
  }
}

/** @param {string} path @param {import('node:sqlite').DatabaseSyncOptions} options @returns {Connection} */
function connect(path, options) {
  return guarded(() => ({ database: new DatabaseSync(path, options), statements: new Map() }));
}

/** @param {Connection} connection @param {string} text */
function prepare(connection, text) {
  let statement = connection.statements.get(text);
  if (statement === undefined) {
    statement = connection.database.prepare(text);
    statement.setReturnArrays?.(true); // Node 24 and 22.16
    connection.statements.set(text, statement);
  }
  return statement;
}

/**
 * A row as its values in order. Before Node 22.16 it is an object, and no two columns may have one name.
 * @param {unknown} row
 */
const valuesOf = (row) => /** @type {SqlOutput[]} */ (Array.isArray(row) ? row : Object.values(Object(row)));

/** Runs `work`; what SQLite throws becomes a PortError. @template T @param {() => T} work */
function guarded(work) {
  try {
    return work();
  } catch (error) {
    throw asPortError(error);
  }
}

/** @param {unknown} error */
function asPortError(error) {
  if (error instanceof PortError) return error;
  const { errcode = 0, message = String(error) } = /** @type {{ errcode?: number, message?: string }} */ (
    error
  );
  const primary = errcode & 0xff;
  const end =
    primary === SQLITE_BUSY || primary === SQLITE_LOCKED
      ? End.busy
      : primary === SQLITE_FULL || errcode === SQLITE_IOERR_WRITE
        ? End.full
        : End.failed;
  return new PortError(end, `SQLite: ${message}`, { cause: error });
}

/** All of `work` or nothing. @template T @param {Connection} connection @param {() => T} work */
function inTransaction(connection, work) {
  const { database } = connection;
  return guarded(() => {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      database.exec('COMMIT');
      return result;
    } catch (error) {
      // Some errors (a full disk) have rolled back already.
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
  });
}

/** @param {Connection} connection @param {Uint8Array} record */
function migrate(connection, record) {
  const { database } = connection;
  const schema = readSchema(record);
  database.exec(sql.OWN_TABLES);
  const stored = database.prepare('select number, hash FROM perly_schema').all();
  // A newer release has been here: its schema serves this one too.
  if (stored.some(({ number, hash }) => Number(number) > schema.number || (number === schema.number && hash === schema.hash))) return;
  const before = Math.max(...stored.map(({ number }) => Number(number)));
  for (const view of schema.views) database.exec(`DROP VIEW IF EXISTS ${sql.quote(view.name)}`);
  for (const migration of schema.migrations) {
    if (stored.length > 0 && migration.number > before) database.exec(migration.sql);
  }
  for (const table of schema.tables) createTable(connection, table);
  for (const { name, select } of schema.views) if (select !== '') database.exec(`CREATE VIEW ${sql.quote(name)} AS ${select}`);
  // Beside those of the same number: nothing that they asked for is gone, unless it was a view.
  if (schema.views.length > 0) database.exec('DELETE FROM perly_schema');
  else database.prepare('DELETE FROM perly_schema WHERE number <> ?').run(schema.number);
  database.prepare('INSERT INTO perly_schema VALUES (?, ?)').run(schema.number, schema.hash);
}

/** @param {Connection} connection @param {import('./store_records.mjs').SchemaTable} table */
function createTable(connection, table) {
  const { database } = connection;
  const found = new Set(
    database
      .prepare('select name FROM pragma_table_info(?)')
      .all(table.name)
      .map((row) => row.name),
  );
  if (found.size === 0) database.exec(sql.tableSql(table));
  for (const column of found.size === 0 ? [] : table.columns) {
    if (found.has(column.name)) continue;
    database.exec(`ALTER TABLE ${sql.quote(table.name)} ADD COLUMN ${sql.columnSql(column)}`);
  }
  const keys = table.withoutRowid ? [] : sql.keysOf(table);
  if (keys.length > 0) createIndex(connection, table.name, sql.keyIndexName(table.name), sql.keyIndexSql(table.name, keys));
  for (const index of table.indexes) createIndex(connection, table.name, index.name, sql.indexSql(table.name, index));
}

/**
 * Makes the index unless it is there; a table being loaded gets it when it has loaded.
 * @param {Connection} connection @param {string} table @param {string} name @param {string} text
 */
function createIndex(connection, table, name, text) {
  const { database } = connection;
  if (database.prepare("select 1 FROM sqlite_schema WHERE type = 'index' AND name = ?").get(name) !== undefined) return;
  if (isLoading(connection, table)) {
    database.prepare('INSERT OR REPLACE INTO perly_loading VALUES (?, ?, ?)').run(table, name, text);
  } else database.exec(text);
}

/** The rows it affected. @param {Connection} connection @param {Operation} operation */
function applyOne(connection, operation) {
  switch (operation.kind) {
    case Op.upsert: {
      const statement = prepare(connection, sql.upsertSql(operation, isLoading(connection, operation.table)));
      const bind = binder(operation.rows);
      for (let row = 0; row < operation.rows.rowCount; row++) statement.run(...bind(row));
      return operation.rows.rowCount;
    }
    case Op.run:
      return run(connection, operation);
    case Op.guard: {
      const affected = run(connection, operation);
      if (affected !== operation.affects) {
        const { name } = operation.statement;
        throw new PortError(End.guard, `guard ${name}: ${affected} rows, not ${operation.affects}`);
      }
      return affected;
    }
    case Op.loadBegin:
      loadBegin(connection, operation.table);
      return 0;
    case Op.loadEnd:
      loadEnd(connection, operation);
      return 0;
  }
}

/** @param {Connection} connection @param {Run | Guard} operation */
function run(connection, { statement: { sql: text, types }, rows }) {
  const statement = prepare(connection, text);
  const bind = binder(rows);
  const count = types.length === 0 ? 1 : rows.rowCount;
  let affected = 0;
  for (let row = 0; row < count; row++) affected += Number(statement.run(...bind(row)).changes);
  return affected;
}

/** @param {Connection} connection @param {string} table */
const isLoading = (connection, table) =>
  prepare(connection, 'select 1 FROM perly_loading WHERE table_name = ?').get(table) !== undefined;

/** Puts the indexes of an empty table aside. @param {Connection} connection @param {string} table */
function loadBegin(connection, table) {
  const { database } = connection;
  if (isLoading(connection, table)) return;
  if (database.prepare(`select 1 FROM ${sql.quote(table)} LIMIT 1`).get() !== undefined) return;
  const indexes = database
    .prepare("select name, sql FROM sqlite_schema WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL")
    .all(table);
  // WITHOUT ROWID the key is the table.
  if (!indexes.some(({ name }) => name === sql.keyIndexName(table))) return;
  const aside = database.prepare('INSERT INTO perly_loading VALUES (?, ?, ?)');
  for (const { name, sql: text } of indexes) {
    aside.run(table, name, text);
    database.exec(`DROP INDEX ${sql.quote(String(name))}`);
  }
  connection.statements.clear(); // some name an index
}

/** @param {Connection} connection @param {import('./store_records.mjs').LoadEnd} operation */
function loadEnd(connection, { table, newest }) {
  const { database } = connection;
  const aside = database.prepare('select index_name, sql FROM perly_loading WHERE table_name = ?').all(table);
  if (aside.length === 0) return;
  const textOf = (/** @type {boolean} */ key) =>
    aside.filter(({ index_name: name }) => (name === sql.keyIndexName(table)) === key).map(({ sql: text }) => String(text));
  const [makeKey] = textOf(true);
  try {
    database.exec(makeKey); // most loads repeat no key: the attempt is the check
  } catch (error) {
    if ((/** @type {any} */ (error).errcode & 0xff) !== SQLITE_CONSTRAINT) throw error;
    database.exec(sql.keepNewestSql(table, keysOfIndex(makeKey), newest));
    database.exec(makeKey);
  }
  for (const text of textOf(false)) database.exec(text);
  database.prepare('DELETE FROM perly_loading WHERE table_name = ?').run(table);
  connection.statements.clear();
}

/** The columns in the parentheses of an index's text, as sqlite_schema.mjs wrote them. @param {string} text */
const keysOfIndex = (text) =>
  text.slice(text.lastIndexOf('(') + 2, text.lastIndexOf(')') - 1).split('", "').map((name) => name.replaceAll('""', '"'));

/**
 * A function that gives the values of a row as node:sqlite binds them. It returns the same array each time.
 * @param {BatchReader} rows
 */
function binder(rows) {
  const { types } = rows;
  /** @type {SqlInput[]} */
  const values = new Array(types.length).fill(null);
  const timeToText = timeWriter();
  return (/** @type {number} */ row) => {
    for (let column = 0; column < types.length; column++) {
      const value = rows.value(row, column);
      if (value === undefined) throw new PortError(End.failed, 'store: a value to be written is absent');
      if (value === null) values[column] = null;
      else if (types[column] === ColumnType.time) values[column] = timeToText(Number(value));
      // A number would be bound as a double.
      else if (types[column] === ColumnType.bool) values[column] = value ? 1n : 0n;
      else values[column] = /** @type {SqlInput} */ (value);
    }
    return values;
  };
}

/** Batches of at most `bytes`, or of one row. @param {Connection} connection @param {Query} query */
function* query(connection, { statement: { sql: text, types: parameterTypes }, parameters, types, bytes }) {
  const statement = prepare(connection, text);
  statement.setReadBigInts(types.includes(ColumnType.int64));
  const bound = parameterTypes.length === 0 ? [] : binder(parameters)(0);
  const out = new BatchWriter(types);
  for (const row of statement.iterate(...bound)) {
    const values = rowValues(valuesOf(row), types);
    out.append(values);
    if (out.byteLength > bytes && out.rowCount > 1) {
      out.dropLast();
      yield out.finish();
      out.append(values);
    }
  }
  if (out.rowCount > 0) yield out.finish();
}

/** @param {SqlOutput[]} row @param {readonly number[]} types @returns {Value[]} */
function rowValues(row, types) {
  if (row.length !== types.length) {
    throw new PortError(End.failed, `store: a statement gave ${row.length} columns, not ${types.length}`);
  }
  return row.map((value, column) => fromSql(value, types[column]));
}

/** @param {SqlOutput} value @param {number} type @returns {Value} */
function fromSql(value, type) {
  if (value === null) return null;
  const number = typeof value === 'bigint' || typeof value === 'number';
  if (type === ColumnType.int64 && number && Number.isInteger(Number(value))) return BigInt(value);
  if (type === ColumnType.double && number) return Number(value);
  if (type === ColumnType.bool && number) return Number(value) !== 0;
  if (type === ColumnType.bytes && value instanceof Uint8Array) return value;
  if (type === ColumnType.time && typeof value === 'string') return timeFromText(value);
  if ((type === ColumnType.text || type === ColumnType.list) && typeof value === 'string') return value;
  throw new PortError(
    End.failed,
    `store: a ${typeof value} stands where a column of type ${type} was expected`,
  );
}

/** @param {Connection} connection @param {Uint8Array} record */
function compare(connection, record) {
  const asked = readCompare(record, COMPARE_TYPES);
  const loading = isLoading(connection, asked.table);
  if (!loading) connection.database.exec(sql.compareIndexSql(asked));
  // One transaction: otherwise SQLite locks and unlocks the file for each row.
  connection.database.exec('BEGIN');
  try {
    return compareRows(connection, asked, loading);
  } finally {
    connection.database.exec('COMMIT');
  }
}

/** @param {Connection} connection @param {import('./store_records.mjs').Compare} asked @param {boolean} loading */
function compareRows(connection, asked, loading) {
  const hashes = prepare(connection, sql.compareHashSql(asked, loading));
  const rows = prepare(connection, sql.compareRowSql(asked));
  hashes.setReadBigInts(true);
  rows.setReadBigInts(true);
  const types = asked.old.map((column) => column.type);
  const verdicts = new Uint8Array(asked.rows.rowCount);
  const old = new BatchWriter([ColumnType.text, ...types]);
  for (let row = 0; row < verdicts.length; row++) {
    const key = /** @type {string} */ (asked.rows.value(row, 0));
    const hash = asked.rows.value(row, 1);
    const [stored, rowid] = valuesOf(hashes.get(key));
    if (stored === undefined || (stored !== null && stored === hash)) {
      verdicts[row] = stored === undefined ? Verdict.absent : Verdict.same;
      continue;
    }
    if (types.length === 0) {
      verdicts[row] = Verdict.different;
      continue;
    }
    const [storedHash, stamp, seen, ...values] = valuesOf(rows.get(rowid));
    verdicts[row] = verdictOf(
      { hash, stamp: /** @type {number} */ (asked.rows.value(row, 2)), seen: /** @type {number} */ (asked.rows.value(row, 3)) },
      { hash: storedHash, stamp: time(stamp), seen: time(seen) },
    );
    if (verdicts[row] === Verdict.different) old.append([key, ...rowValues(values, types)]);
  }
  return writeVerdicts(verdicts, old.finish());
}

/** @param {SqlOutput} text */
const time = (text) => (text === null ? null : timeFromText(String(text)));

/** @param {Uint8Array} verdicts @param {Uint8Array} old */
function writeVerdicts(verdicts, old) {
  return new RecordWriter().bytes(verdicts).batch(old).finish();
}
