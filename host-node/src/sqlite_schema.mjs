/**
 * How the core's schema is written in SQLite: the text of every statement that is not the core's own.
 */

/** @typedef {import('./store_records.mjs').SchemaTable} SchemaTable */
/** @typedef {import('./store_records.mjs').SchemaColumn} SchemaColumn */
/** @typedef {import('./store_records.mjs').SchemaIndex} SchemaIndex */
/** @typedef {import('./store_records.mjs').Upsert} Upsert */
/** @typedef {import('./store_records.mjs').Compare} Compare */

/** By column type; a time is text, a list is text. */
const TYPES = ['INTEGER', 'REAL', 'INTEGER', 'TEXT', 'BLOB', 'TEXT', 'TEXT'];

/**
 * The adapter's own tables: the one row of the schema, and the tables whose first load has begun, with the
 * columns of the unique index that its end makes again.
 */
export const OWN_TABLES = `
  CREATE TABLE IF NOT EXISTS perly_schema (number INTEGER NOT NULL, hash TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS perly_load (table_name TEXT PRIMARY KEY, key_columns TEXT NOT NULL);
`;

/** @param {string} name */
export const quote = (name) => `"${name.replaceAll('"', '""')}"`;

/** @param {readonly string[]} names */
const quoteAll = (names) => names.map(quote).join(', ');

/** The unique index on a table's key. @param {string} table */
export const keyIndexName = (table) => `${table}_key`;

/** @param {SchemaColumn} column */
export function columnSql(column) {
  const rules = `${column.notNull ? ' NOT NULL' : ''}${column.default ? ` DEFAULT ${column.default}` : ''}`;
  return `${quote(column.name)} ${TYPES[column.type]}${rules}`;
}

/** @param {SchemaTable} table */
export const keysOf = (table) => table.columns.filter((column) => column.key).map((column) => column.name);

/** @param {SchemaTable} table */
export function tableSql(table) {
  const lines = table.columns.map(columnSql);
  if (table.withoutRowid) lines.push(`PRIMARY KEY (${quoteAll(keysOf(table))})`);
  const suffix = table.withoutRowid ? ' WITHOUT ROWID' : '';
  return `CREATE TABLE ${quote(table.name)} (\n  ${lines.join(',\n  ')}\n)${suffix}`;
}

/** @param {string} table @param {readonly string[]} keys */
export const keyIndexSql = (table, keys) =>
  `CREATE UNIQUE INDEX ${quote(keyIndexName(table))} ON ${quote(table)} (${quoteAll(keys)})`;

/** @param {string} table @param {SchemaIndex} index */
export const indexSql = (table, index) =>
  `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX IF NOT EXISTS ${quote(index.name)} ` +
  `ON ${quote(table)} (${quoteAll(index.columns)})`;

/** @param {Upsert} upsert @param {boolean} loading the table has no unique index now */
export function upsertSql({ table, columns }, loading) {
  const names = columns.map((column) => column.name);
  const insert =
    `INSERT INTO ${quote(table)} (${quoteAll(names)}) ` + `VALUES (${columns.map(() => '?').join(', ')})`;
  const keys = columns.filter((column) => column.key).map((column) => column.name);
  if (loading || keys.length === 0) return insert;
  const changed = columns.filter((column) => !column.key && !column.keep);
  const set = changed.map(({ name }) => `${quote(name)} = excluded.${quote(name)}`).join(', ');
  return `${insert} ON CONFLICT (${quoteAll(keys)}) DO ${set ? `UPDATE SET ${set}` : 'NOTHING'}`;
}

/**
 * Keeps of each key the row inserted last: rowids grow. It is quick with an index on the key, which the
 * caller has made.
 * @param {string} table @param {readonly string[]} keys
 */
export function keepLastSql(table, keys) {
  const same = keys.map((key) => `later.${quote(key)} = ${quote(table)}.${quote(key)}`).join(' AND ');
  return (
    `DELETE FROM ${quote(table)} WHERE EXISTS (select 1 FROM ${quote(table)} AS later ` +
    `WHERE ${same} AND later.rowid > ${quote(table)}.rowid)`
  );
}

/** @param {Compare} compare */
export const compareSql = ({ table, key, hash, stamp, seen, old }) =>
  `select ${quoteAll([hash, stamp, seen, ...old.map((column) => column.name)])} ` +
  `FROM ${quote(table)} WHERE ${quote(key)} = ?`;
