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
 * The adapter's own tables: the one row of the schema, and the indexes of tables whose first load has begun, which
 * its end makes again. The native host has the same ones.
 */
export const OWN_TABLES = `
  CREATE TABLE IF NOT EXISTS perly_schema (number INTEGER NOT NULL, hash TEXT NOT NULL);
  CREATE TABLE IF NOT EXISTS perly_loading (table_name TEXT NOT NULL, index_name TEXT NOT NULL, sql TEXT NOT NULL,
    PRIMARY KEY (table_name, index_name)) WITHOUT ROWID;
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
  `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${quote(index.name)} ON ${quote(table)} (${quoteAll(index.columns)})`;

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

const LOAD_KEYS = 'perly_load_keys';

/**
 * Keeps of each key the row that is the greatest by the columns `newest`. A plain index lets SQLite find the repeated
 * keys in one walk.
 * @param {string} table @param {readonly string[]} keys @param {readonly string[]} newest
 */
export function keepNewestSql(table, keys, newest) {
  const key = quoteAll(keys);
  const order = [...newest.map((column) => `d.${quote(column)} DESC`), 'd.rowid DESC'].join(', ');
  return (
    `CREATE INDEX ${LOAD_KEYS} ON ${quote(table)} (${key}); DELETE FROM ${quote(table)} WHERE rowid IN (select perly_row ` +
    `FROM (select d.rowid AS perly_row, row_number() OVER (PARTITION BY ${key} ORDER BY ${order}) AS perly_place FROM ` +
    `(select ${key} FROM ${quote(table)} INDEXED BY ${LOAD_KEYS} GROUP BY ${key} HAVING count(*) > 1) AS g CROSS JOIN ` +
    `${quote(table)} AS d INDEXED BY ${LOAD_KEYS} USING (${key})) WHERE perly_place > 1); DROP INDEX ${LOAD_KEYS}`
  );
}

/**
 * The index on (key, hash), which settles an equal hash without touching the row. A first load does without, so it is
 * made when rows are first compared.
 * @param {Compare} compare
 */
export const compareIndexSql = ({ table, key, hash }) =>
  `CREATE INDEX IF NOT EXISTS ${quote(`${table}_compare`)} ON ${quote(table)} (${quoteAll([key, hash])})`;

/** @param {Compare} compare @param {boolean} loading the table has no index now */
export const compareHashSql = ({ table, key, hash }, loading) =>
  `select ${quote(hash)}, rowid FROM ${quote(table)}${loading ? '' : ` INDEXED BY ${quote(`${table}_compare`)}`} ` +
  `WHERE ${quote(key)} = ?`;

/**
 * The first three have names of their own, since they may be asked for among the old columns as well.
 * @param {Compare} compare
 */
export const compareRowSql = ({ table, hash, stamp, seen, old }) => {
  const keys = [hash, stamp, seen].map((name, i) => `${quote(name)} AS ${quote(`perly_${i}`)}`);
  return `select ${[...keys, ...old.map((column) => quote(column.name))].join(', ')} FROM ${quote(table)} WHERE rowid = ?`;
};
