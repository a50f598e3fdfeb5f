/**
 * Storage in one schema of a PostgreSQL database, by a pool of `pg` that the caller makes and ends. Nothing
 * outlives a transaction: no prepared statement by name, no temporary table, no session setting or lock. A
 * pooler in transaction mode therefore works.
 *
 * A query that is open keeps one connection of the pool; an org that runs needs up to eight.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { BatchWriter, ColumnType, RecordWriter } from '../../wasm/record.mjs';
import { Dialect, End, PortError } from './ports.mjs';
import * as sql from './postgres_schema.mjs';
import { arrayBytes, fromText, rowTexts } from './postgres_values.mjs';
import {
  Op,
  readCompare,
  readOperations,
  readQuery,
  readSchema,
  Verdict,
  verdictOf,
} from './store_records.mjs';

/** @typedef {import('./ports.mjs').Store} Store */
/** @typedef {import('./store_records.mjs').Operation} Operation */
/** @typedef {import('./store_records.mjs').Query} Query */
/** @typedef {import('./store_records.mjs').Upsert} Upsert */
/** @typedef {import('./store_records.mjs').Run} Run */
/** @typedef {import('./store_records.mjs').Guard} Guard */
/** @typedef {import('../../wasm/record.mjs').BatchReader} BatchReader */
/** @typedef {(string | null)[][]} TextRows */
/** @typedef {{ rows: TextRows, rowCount: number | null, command: string, fields: { name: string }[] }} Answer */
/** @typedef {Pick<import('pg').PoolClient, 'query' | 'release' | 'on' | 'off'>} Client */
/**
 * A `pg.Pool`.
 * @typedef {{ connect(): Promise<Client>, on: Function, listenerCount(name: string): number }} Pool
 */

/** A statement's rows at most; beyond this a longer array gains nothing. */
const ROWS_MAX = 5000;
const COMPARE_TYPES = [ColumnType.text, ColumnType.int64, ColumnType.time, ColumnType.time];

/** SQLSTATEs after which the same transaction may succeed. */
const BUSY = new Set(['40001', '40P01', '55P03', '57P01', '57P02', '57P03', '53300', '25P03']);
const DISK_FULL = '53100';
const UNIQUE_VIOLATION = '23505';
const DEPENDED_ON = '2BP01';
const NOT_THERE = new Set(['42P01', '3F000']); // table, schema

/** Every value comes as the server's text. */
const AS_TEXT = { getTypeParser: () => (/** @type {string} */ text) => text };

/**
 * @param {object} options
 * @param {Pool} options.pool
 * @param {string} options.schema of this connection alone; made when it is missing
 * @param {number} [options.lockMs] how long another transaction's lock is waited for
 * @returns {Store}
 */
export function openPostgres({ pool, schema, lockMs = 5000 }) {
  /** @type {Promise<unknown>} */
  let writing = Promise.resolve();
  let open = true;
  const begin = sql.beginSql(lockMs);
  // An idle connection that breaks must not end the process; the pool has already dropped it.
  if (pool.listenerCount('error') === 0) pool.on('error', ignore);

  /** One write after another: our own transactions never wait for each other's locks. @template T */
  const inTurn = (/** @type {() => Promise<T>} */ work) => {
    const mine = writing.then(work, work);
    writing = mine.catch(() => {});
    return mine;
  };

  const store = {
    dialect: Dialect.postgresql,
    migrate: (/** @type {Uint8Array} */ record) => inTurn(() => migrate({ pool, schema, begin }, record)),
    apply: (/** @type {Uint8Array} */ record) => inTurn(() => apply({ pool, schema, begin }, record)),
    compare: (/** @type {Uint8Array} */ record) =>
      transaction({ pool, begin }, (client) => compare(client, schema, record)),
    /** @param {Uint8Array} record @param {{ signal?: AbortSignal }} [options] */
    async *query(record, { signal } = {}) {
      const client = await checkOut(pool);
      let broken = true;
      try {
        await ask(client, `${begin}; SET TRANSACTION READ ONLY`);
        for await (const batch of query(client, schema, readQuery(record))) {
          yield batch;
          if (signal?.aborted || !open) throw new PortError(End.cancelled, 'the query was cancelled');
        }
        await ask(client, 'COMMIT');
        broken = false;
      } catch (error) {
        throw asPortError(error);
      } finally {
        checkIn(client, broken ? await rollback(client) : undefined);
      }
    },
    async close() {
      open = false;
      await writing;
    },
    [Symbol.asyncDispose]: () => store.close(),
  };
  return store;
}

const ignore = () => {};

/** @param {Pool} pool */
async function checkOut(pool) {
  try {
    const client = await pool.connect();
    // A connection that breaks between two queries says so by an event; the next query fails too.
    client.on('error', ignore);
    return client;
  } catch (error) {
    throw asPortError(error);
  }
}

/** @param {Client} client @param {unknown} [broken] it is not used again */
function checkIn(client, broken) {
  client.off('error', ignore);
  client.release(broken !== undefined);
}

/** What kept it from rolling back, if anything did. @param {Client} client */
async function rollback(client) {
  try {
    await ask(client, 'ROLLBACK');
    return undefined;
  } catch (error) {
    return error;
  }
}

/**
 * The answer to the last statement of `text`. Without values it may hold several statements.
 * @param {Client} client @param {string} text @param {(string | null | Buffer)[]} [values]
 * @returns {Promise<Answer>}
 */
async function ask(client, text, values) {
  const answer = /** @type {any} */ (await client.query({ text, values, rowMode: 'array', types: AS_TEXT }));
  return Array.isArray(answer) ? answer[answer.length - 1] : answer;
}

/** @param {unknown} error @param {boolean} [committing] */
function asPortError(error, committing = false) {
  if (error instanceof PortError) return error;
  const { code = '', message = String(error), syscall } = /** @type {any} */ (error);
  const sqlState = /^[0-9A-Z]{5}$/.test(code) ? code : '';
  const lost = sqlState
    ? sqlState.startsWith('08') || sqlState.startsWith('57P')
    : syscall !== undefined ||
      /^(Connection terminated|timeout exceeded|Client has encountered)/.test(message);
  const end =
    committing && (lost || !sqlState)
      ? End.unclear
      : sqlState === DISK_FULL
        ? End.full
        : lost || BUSY.has(sqlState)
          ? End.busy
          : End.failed;
  return new PortError(end, `PostgreSQL: ${message}${sqlState && ` (${sqlState})`}`, { cause: error });
}

/**
 * All of `work` or nothing.
 * @template T
 * @param {{ pool: Pool, begin: string }} place
 * @param {(client: Client, begun: Answer) => Promise<T>} work
 */
async function transaction({ pool, begin }, work) {
  const client = await checkOut(pool);
  let committing = false;
  try {
    const result = await work(client, await ask(client, begin));
    committing = true;
    const { command } = await ask(client, 'COMMIT');
    if (command !== 'COMMIT')
      throw new PortError(End.failed, 'PostgreSQL: rolled back instead of committing');
    checkIn(client);
    return result;
  } catch (error) {
    checkIn(client, await rollback(client));
    throw asPortError(error, committing);
  }
}

/** @param {{ pool: Pool, schema: string, begin: string }} place @param {Uint8Array} record */
async function migrate(place, record) {
  const schema = readSchemaOf(record);
  const isCurrent = (/** @type {TextRows} */ rows) =>
    rows.some(([number, hash]) => Number(number) > schema.number || (Number(number) === schema.number && hash === schema.hash));
  const stored = `select number, hash FROM ${sql.qualified(place.schema, 'perly_schema')}`;
  try {
    if (isCurrent(await transaction(place, async (client) => (await ask(client, stored)).rows))) return;
  } catch (error) {
    if (!NOT_THERE.has(/** @type {any} */ (error).cause?.code)) throw error;
  }
  await transaction(place, async (client) => {
    // Two processes may come here at once; the second finds it done.
    await ask(client, 'select pg_advisory_xact_lock(hashtextextended($1, 0))', [place.schema]);
    await createSchema(client, place.schema);
    const { rows } = await ask(client, stored);
    const before = rows.length === 0 ? undefined : Math.max(...rows.map(([number]) => Number(number)));
    if (!isCurrent(rows)) await bringTo(client, place.schema, schema, before);
  });
}

/** @param {Uint8Array} record */
function readSchemaOf(record) {
  try {
    return readSchema(record);
  } catch (error) {
    throw asPortError(error);
  }
}

/** @param {Client} client @param {string} name */
async function createSchema(client, name) {
  // IF NOT EXISTS alone asks for the right to create, which a role that owns only its schema lacks.
  const found = await ask(client, 'select 1 FROM pg_namespace WHERE nspname = $1', [name]);
  if (found.rows.length === 0) await ask(client, `CREATE SCHEMA ${sql.quote(name)}`);
  await ask(client, sql.ownTablesSql(name));
}

/**
 * @param {Client} client
 * @param {string} place
 * @param {import('./store_records.mjs').Schema} schema
 * @param {number | undefined} storedNumber undefined: the database is new
 */
async function bringTo(client, place, schema, storedNumber) {
  /** @type {Map<string, string>} those that stay, and why */
  const kept = new Map();
  for (const { name } of [...schema.views].reverse()) {
    const why = await dropView(client, sql.qualified(place, name));
    if (why !== undefined) kept.set(name, why);
  }
  for (const { number, sql: text } of schema.migrations) {
    if (storedNumber !== undefined && number > storedNumber)
      await ask(client, sql.inSchema(place, text));
  }
  const { rows: loading } = await ask(client, `select table_name FROM ${sql.qualified(place, 'perly_load')}`);
  const withoutKey = new Set(loading.map(([name]) => name));
  for (const table of schema.tables) await createTable(client, place, table, withoutKey.has(table.name));
  for (const { name, select } of schema.views) {
    if (select === '') continue; // it is gone, or a person's view keeps it
    const [view, text, why] = [sql.qualified(place, name), sql.inSchema(place, select), kept.get(name)];
    if (why === undefined) await ask(client, `CREATE VIEW ${view} AS ${text}`);
    else await replaceView(client, view, text, why);
  }
  const row = sql.qualified(place, 'perly_schema');
  // Beside those of the same number: nothing that they asked for is gone, unless it was a view.
  await ask(client, `DELETE FROM ${row} WHERE number <> $1::bigint OR $2::boolean`, [String(schema.number), String(schema.views.length > 0)]);
  await ask(client, `INSERT INTO ${row} VALUES ($1::bigint, $2)`, [String(schema.number), schema.hash]);
}

/** What of a person's depends on it, so that it stays; or undefined. @param {Client} client @param {string} view */
async function dropView(client, view) {
  await ask(client, 'SAVEPOINT perly_view');
  try {
    await ask(client, `DROP VIEW IF EXISTS ${view}`);
    return undefined;
  } catch (error) {
    const { code, detail } = /** @type {any} */ (error);
    if (code !== DEPENDED_ON) throw error;
    await ask(client, 'ROLLBACK TO perly_view');
    return String(detail ?? '').replaceAll('\n', ', ');
  }
}

/**
 * PostgreSQL lets columns of a view that others depend on neither move nor go: those it had come first, null when
 * they are gone, the new ones behind them.
 * @param {Client} client @param {string} view @param {string} select @param {string} why
 */
async function replaceView(client, view, select, why) {
  const { fields } = await ask(client, `select * FROM (${select}) AS v LIMIT 0`);
  const { rows } = await ask(client, sql.VIEW_COLUMNS_SQL, [view]);
  const wanted = new Set(fields.map(({ name }) => name));
  const had = rows.map(([column, type]) => {
    const name = String(column);
    return wanted.delete(name) ? sql.quote(name) : `NULL::${type} AS ${sql.quote(name)}`;
  });
  const columns = [...had, ...[...wanted].map(sql.quote)].join(', ');
  try {
    await ask(client, `CREATE OR REPLACE VIEW ${view} AS select ${columns} FROM (${select}) AS v`);
  } catch (error) {
    const { end, message } = asPortError(error);
    const remedy = `Drop what depends on ${view}, run the command again, and make it anew`;
    throw new PortError(end, `${message}: ${why}. ${remedy}`, { cause: error });
  }
}

/**
 * @param {Client} client
 * @param {string} place
 * @param {import('./store_records.mjs').SchemaTable} table
 * @param {boolean} loading its index on the key is made when it has loaded
 */
async function createTable(client, place, table, loading) {
  const { rows } = await ask(client, sql.TABLE_COLUMNS_SQL, [sql.qualified(place, table.name)]);
  const found = new Set(rows.map(([name]) => name));
  if (found.size === 0) {
    await ask(client, sql.tableSql(place, table));
  } else {
    const missing = table.columns.filter((column) => !found.has(column.name));
    const added = missing.map((column) => `ADD COLUMN ${sql.columnSql(column)}`).join(', ');
    if (added) await ask(client, `ALTER TABLE ${sql.qualified(place, table.name)} ${added}`);
  }
  const keys = table.columns.filter((column) => column.key).map((column) => column.name);
  if (keys.length > 0 && !loading) await ask(client, sql.keyIndexSql(place, table.name, keys));
  for (const index of table.indexes) await ask(client, sql.indexSql(place, table.name, index));
}

/**
 * What a transaction of store_apply knows: the key columns of tables that are loading.
 * @typedef {{ client: Client, schema: string, loading: Map<string, string[]> }} Writing
 */

/** @param {{ pool: Pool, schema: string, begin: string }} place @param {Uint8Array} record */
async function apply({ pool, schema, begin }, record) {
  const loads = `select table_name, key_columns FROM ${sql.qualified(schema, 'perly_load')}`;
  return transaction({ pool, begin: `${begin}; ${loads}` }, async (client, { rows }) => {
    const loading = new Map(rows.map(([table, keys]) => [String(table), JSON.parse(String(keys))]));
    const out = new RecordWriter();
    for (const operation of readOperations(record)) {
      out.uint32(await applyOne({ client, schema, loading }, operation));
    }
    return out.finish();
  });
}

/** The rows it affected. @param {Writing} writing @param {Operation} operation */
async function applyOne(writing, operation) {
  switch (operation.kind) {
    case Op.upsert:
      return upsert(writing, operation);
    case Op.run:
      return run(writing, operation);
    case Op.guard: {
      const affected = await run(writing, operation);
      if (affected !== operation.affects) {
        const { name } = operation.statement;
        throw new PortError(End.guard, `guard ${name}: ${affected} rows, not ${operation.affects}`);
      }
      return affected;
    }
    case Op.loadBegin:
      await loadBegin(writing, operation.table);
      return 0;
    case Op.loadEnd:
      await loadEnd(writing, operation);
      return 0;
  }
}

/** @param {Writing} writing @param {Upsert} operation */
async function upsert({ client, schema, loading }, operation) {
  const { rows, table, columns } = operation;
  const text = sql.upsertSql(schema, operation, loading.has(table));
  for (let from = 0; from < rows.rowCount; from += ROWS_MAX) {
    const to = Math.min(from + ROWS_MAX, rows.rowCount);
    const values = columns.map((_, column) => arrayBytes(rows, column, from, to));
    await ask(client, text, values);
    if (to < rows.rowCount) await turn();
  }
  return rows.rowCount;
}

/**
 * For each row of parameters; a statement that takes arrays does all of them at once.
 * @param {Writing} writing @param {Run | Guard} operation
 */
async function run({ client, schema }, { statement, rows }) {
  const text = sql.inSchema(schema, statement.sql);
  if (sql.takesArrays(text)) return runAll(client, text, rows);
  const count = statement.types.length === 0 ? 1 : rows.rowCount;
  let affected = 0;
  for (let row = 0; row < count; row++) {
    const values = statement.types.length === 0 ? [] : rowTexts(rows, row);
    affected += (await ask(client, text, values)).rowCount ?? 0;
  }
  return affected;
}

/** @param {Client} client @param {string} text @param {import('../../wasm/record.mjs').BatchReader} rows */
async function runAll(client, text, rows) {
  let affected = 0;
  for (let from = 0; from < rows.rowCount; from += ROWS_MAX) {
    const to = Math.min(from + ROWS_MAX, rows.rowCount);
    const values = rows.types.map((_, column) => arrayBytes(rows, column, from, to));
    affected += (await ask(client, text, values)).rowCount ?? 0;
  }
  return affected;
}

/** @param {Writing} writing @param {string} table */
async function loadBegin({ client, schema, loading }, table) {
  if (loading.has(table)) return;
  const some = await ask(client, `select 1 FROM ${sql.qualified(schema, table)} LIMIT 1`);
  if (some.rows.length > 0) return;
  const index = sql.qualified(schema, sql.keyIndexName(table));
  const keys = (await ask(client, sql.INDEX_COLUMNS_SQL, [index])).rows.map(([name]) => String(name));
  if (keys.length === 0) return;
  await ask(client, sql.dropKeyIndexSql(schema, table));
  const insert = `INSERT INTO ${sql.qualified(schema, 'perly_load')} VALUES ($1, $2)`;
  await ask(client, insert, [table, JSON.stringify(keys)]);
  loading.set(table, keys);
}

/** @param {Writing} writing @param {import('./store_records.mjs').LoadEnd} operation */
async function loadEnd({ client, schema, loading }, { table, newest }) {
  const keys = loading.get(table);
  if (keys === undefined) return;
  const makeIndex = sql.keyIndexSql(schema, table, keys);
  try {
    await ask(client, `SAVEPOINT perly_load; ${makeIndex}`); // most loads repeat no key: the attempt is the check
  } catch (error) {
    if (/** @type {any} */ (error).code !== UNIQUE_VIOLATION) throw error;
    await ask(client, 'ROLLBACK TO SAVEPOINT perly_load');
    await ask(client, sql.keepNewestSql(schema, table, keys, newest));
    await ask(client, makeIndex);
  }
  await ask(client, `DELETE FROM ${sql.qualified(schema, 'perly_load')} WHERE table_name = $1`, [table]);
  loading.delete(table);
}

/**
 * Batches of at most `bytes`, or of one row.
 * @param {Client} client @param {string} schema @param {Query} query
 */
async function* query(client, schema, { statement, parameters, types, bytes }) {
  const values = statement.types.length === 0 ? [] : rowTexts(parameters, 0);
  const text = sql.inSchema(schema, statement.sql);
  await ask(client, `DECLARE perly NO SCROLL CURSOR FOR ${text}`, values);
  const out = new BatchWriter(types);
  let count = Math.max(1, Math.min(ROWS_MAX, bytes >> 8));
  for (;;) {
    const { rows } = await ask(client, `FETCH FORWARD ${count} FROM perly`);
    let fetched = 0;
    for (const texts of rows) {
      const row = rowValues(texts, types);
      const before = out.byteLength;
      out.append(row);
      fetched += out.byteLength - before;
      if (out.byteLength > bytes && out.rowCount > 1) {
        out.dropLast();
        yield out.finish();
        out.append(row);
      }
    }
    if (rows.length < count) break;
    count = Math.max(1, Math.min(ROWS_MAX, Math.floor((bytes * rows.length) / fetched)));
  }
  if (out.rowCount > 0) yield out.finish();
}

/** @param {(string | null)[]} row @param {readonly number[]} types */
function rowValues(row, types) {
  if (row.length !== types.length) {
    throw new PortError(End.failed, `store: a statement gave ${row.length} columns, not ${types.length}`);
  }
  return row.map((text, column) => fromText(text, types[column]));
}

/** @param {Client} client @param {string} schema @param {Uint8Array} record */
async function compare(client, schema, record) {
  const asked = readCompare(record, COMPARE_TYPES);
  const text = sql.compareSql(schema, asked);
  const types = asked.old.map((column) => column.type);
  const verdicts = new Uint8Array(asked.rows.rowCount);
  const old = new BatchWriter([ColumnType.text, ...types]);
  for (let from = 0; from < verdicts.length; from += ROWS_MAX) {
    const to = Math.min(from + ROWS_MAX, verdicts.length);
    const values = [arrayBytes(asked.rows, 0, from, to), arrayBytes(asked.rows, 1, from, to)];
    /** @type {Map<number, (string | null)[]>} */
    const found = new Map();
    for (const row of (await ask(client, text, values)).rows) found.set(from + Number(row[0]) - 1, row);
    for (let row = from; row < to; row++) {
      const [key] = asked.rows.row(row);
      const [, ...stored] = found.get(row) ?? [];
      verdicts[row] = types.length === 0 ? hashVerdict(asked.rows.value(row, 1), stored) : verdict(asked.rows, row, stored);
      if (types.length !== 0 && verdicts[row] === Verdict.different) old.append([key, ...rowValues(stored.slice(3), types)]);
    }
  }
  return new RecordWriter().bytes(verdicts).batch(old.finish()).finish();
}

/** @param {import('../../wasm/record.mjs').Value} hash @param {(string | null)[]} stored empty: it is absent */
function hashVerdict(hash, stored) {
  if (stored.length === 0) return Verdict.absent;
  return hash !== null && stored[0] === String(hash) ? Verdict.same : Verdict.different;
}

/** @param {BatchReader} asked @param {number} row @param {(string | null)[]} stored empty: it is absent */
function verdict(asked, row, stored) {
  const [, ...keys] = asked.row(row);
  const state = (/** @type {import('../../wasm/record.mjs').Value[]} */ [hash, stamp, seen]) => ({
    hash,
    stamp: /** @type {number | null} */ (stamp),
    seen: /** @type {number | null} */ (seen),
  });
  if (stored.length === 0) return verdictOf(state(keys), undefined);
  return verdictOf(state(keys), state(rowValues(stored.slice(0, 3), COMPARE_TYPES.slice(1))));
}
