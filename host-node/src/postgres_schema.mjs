/**
 * How the core's schema is written in PostgreSQL: the text of every statement that is not the core's own.
 * Texts compare by bytes (COLLATE "C"), whatever the database's own collation is.
 */

/** @typedef {import('./store_records.mjs').SchemaTable} SchemaTable */
/** @typedef {import('./store_records.mjs').SchemaColumn} SchemaColumn */
/** @typedef {import('./store_records.mjs').SchemaIndex} SchemaIndex */
/** @typedef {import('./store_records.mjs').Upsert} Upsert */
/** @typedef {import('./store_records.mjs').Compare} Compare */

/** By column type. */
const TYPES = ['bigint', 'double precision', 'boolean', 'text', 'bytea', 'timestamptz', 'text'];
const COLLATED = [false, false, false, true, false, false, true];

/** @param {string} name */
export const quote = (name) => `"${name.replaceAll('"', '""')}"`;

/** @param {readonly string[]} names */
const quoteAll = (names) => names.map(quote).join(', ');

/** A text of the core, with its schema put in. @param {string} schema @param {string} text */
export const inSchema = (schema, text) => text.replaceAll('{schema}', () => quote(schema));

/** @param {string} schema @param {string} name */
export const qualified = (schema, name) => `${quote(schema)}.${quote(name)}`;

/** The unique index on a table's key. @param {string} table */
export const keyIndexName = (table) => `${table}_key`;

/**
 * Begins a transaction in which texts of values do not depend on how the server or the role is configured.
 * All of it ends with the transaction, as a pooler in transaction mode demands.
 * @param {number} lockMs
 */
export const beginSql = (lockMs) =>
  `BEGIN; select set_config('TimeZone', 'UTC', true), set_config('DateStyle', 'ISO', true), ` +
  `set_config('bytea_output', 'hex', true), set_config('extra_float_digits', '1', true), ` +
  `set_config('lock_timeout', '${Math.ceil(lockMs)}', true)`;

/** The adapter's own tables; see sqlite_schema.mjs. @param {string} schema */
export const ownTablesSql = (schema) =>
  `CREATE TABLE IF NOT EXISTS ${qualified(schema, 'perly_schema')} ` +
  `(number bigint NOT NULL, hash text NOT NULL); ` +
  `CREATE TABLE IF NOT EXISTS ${qualified(schema, 'perly_load')} ` +
  `(table_name text COLLATE "C" PRIMARY KEY, key_columns text NOT NULL)`;

/** @param {SchemaColumn} column */
export function columnSql(column) {
  const collation = COLLATED[column.type] ? ' COLLATE "C"' : '';
  const rules = `${column.notNull ? ' NOT NULL' : ''}${column.default ? ` DEFAULT ${column.default}` : ''}`;
  return `${quote(column.name)} ${TYPES[column.type]}${collation}${rules}`;
}

/** @param {string} schema @param {SchemaTable} table */
export const tableSql = (schema, table) =>
  `CREATE TABLE ${qualified(schema, table.name)} (${table.columns.map(columnSql).join(', ')})`;

/** @param {string} schema @param {string} table @param {readonly string[]} keys */
export const keyIndexSql = (schema, table, keys) =>
  `CREATE UNIQUE INDEX IF NOT EXISTS ${quote(keyIndexName(table))} ON ${qualified(schema, table)} (${quoteAll(keys)})`;

/** @param {string} schema @param {string} table @param {SchemaIndex} index */
export const indexSql = (schema, table, index) =>
  `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${quote(index.name)} ` +
  `ON ${qualified(schema, table)} (${quoteAll(index.columns)})`;

/** A statement whose parameters are arrays: a column of all rows each. @param {string} text */
export const takesArrays = (text) => /\$1::[a-z ]+\[\]/.test(text);

/** Names of the columns of an index, in order; $1 is its name. */
export const INDEX_COLUMNS_SQL =
  'select a.attname FROM pg_index i, unnest(i.indkey::smallint[]) WITH ORDINALITY AS k(number, place) ' +
  'JOIN pg_attribute a ON a.attnum = k.number WHERE i.indexrelid = to_regclass($1) ' +
  'AND a.attrelid = i.indrelid ORDER BY k.place';

/** Names of the columns of a table; $1 is its name. */
export const TABLE_COLUMNS_SQL =
  'select attname FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped';

/** Names and types of our own view's columns, in order. */
export const VIEW_COLUMNS_SQL =
  `select attname, format_type(atttypid, atttypmod) || CASE attcollation WHEN 0 THEN '' ELSE ' COLLATE "C"' END ` +
  'FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 ORDER BY attnum';

/** @param {readonly { type: number }[]} columns */
const unnest = (columns) =>
  `unnest(${columns.map(({ type }, i) => `$${i + 1}::${TYPES[type]}[]`).join(', ')})`;

/**
 * One array a column.
 * @param {string} schema @param {Upsert} upsert @param {boolean} loading
 */
export function upsertSql(schema, { table, columns }, loading) {
  const names = columns.map((column) => column.name);
  const insert = `INSERT INTO ${qualified(schema, table)} (${quoteAll(names)}) select * FROM ${unnest(columns)}`;
  const keys = columns.filter((column) => column.key).map((column) => column.name);
  if (loading || keys.length === 0) return insert;
  const changed = columns.filter((column) => !column.key && !column.keep);
  const set = changed.map(({ name }) => `${quote(name)} = excluded.${quote(name)}`).join(', ');
  return `${insert} ON CONFLICT (${quoteAll(keys)}) DO ${set ? `UPDATE SET ${set}` : 'NOTHING'}`;
}

/** @param {string} schema @param {string} table */
export const dropKeyIndexSql = (schema, table) => `DROP INDEX ${qualified(schema, keyIndexName(table))}`;

/**
 * Keeps of each key the row that is the greatest by the columns `newest`.
 * @param {string} schema @param {string} table @param {readonly string[]} keys @param {readonly string[]} newest
 */
export function keepNewestSql(schema, table, keys, newest) {
  const place = qualified(schema, table);
  const order = [...newest.map((column) => `${quote(column)} DESC NULLS LAST`), 'ctid DESC'].join(', ');
  return (
    `DELETE FROM ${place} WHERE ctid = ANY (ARRAY(select row_place FROM (select ctid AS row_place, row_number() OVER ` +
    `(PARTITION BY ${quoteAll(keys)} ORDER BY ${order}) AS perly_place FROM ${place}) AS d WHERE perly_place > 1))`
  );
}

/**
 * Of each key found: its place among those asked, hash, stamp, seen, and the old columns, which are null
 * when the hash is equal, since nobody will look at them. Without old columns: place and hash.
 * @param {string} schema @param {Compare} compare
 */
export function compareSql(schema, { table, key, hash, stamp, seen, old }) {
  const names = (old.length === 0 ? [hash] : [hash, stamp, seen]).map((name) => `t.${quote(name)}`);
  const values = old.map(
    ({ name }) => `CASE WHEN t.${quote(hash)} = a.hash THEN NULL ELSE t.${quote(name)} END`,
  );
  return (
    `select a.n, ${[...names, ...values].join(', ')} FROM ${qualified(schema, table)} AS t ` +
    `JOIN unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS a(key, hash, n) ON t.${quote(key)} = a.key`
  );
}
