// Every statement of the jobs, on both databases: it compiles there, takes parameters of the types it says and gives
// columns of the types it says. The texts are read from their sources: core/sync/run/statements.def, core/store/tables.c
// and, for the tables of what is pulled, core/map/attributes.def.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';
import pg from 'pg';

import { startPostgres } from '../store/postgres_server.mjs';

const root = join(import.meta.dirname, '../..');
const TEXT = String.raw`(?:"(?:\\.|[^"\\])*"\s*)+`;
/** Adjacent literals, as C joins them. @param {string | undefined} literals */
const joined = (literals) => [...(literals ?? '').matchAll(/"((?:\\.|[^"\\])*)"/g)].map(([, part]) => part.replaceAll('\\"', '"')).join('');

/** Letters of statements: how PostgreSQL calls the type, its number, a value of it, the number of its array. @type {Record<string, [string, number, any, number]>} */
const LETTERS = {
  i: ['bigint', 20, 7, 1016],
  d: ['double precision', 701, 0.5, 1022],
  b: ['boolean', 16, true, 1000],
  t: ['text', 25, '["text"]', 1009], // a list of JSON is a text too
  y: ['bytea', 17, Buffer.from('bytes'), 1001],
  m: ['timestamptz', 1184, '2026-11-23T08:00:00.000Z', 1185],
  l: ['text', 25, 'a;b', 1009],
};
/** @param {string} letter */
const letterOf = (letter) => {
  const known = LETTERS[letter];
  assert.ok(known, `no type has the letter ${letter}`);
  return known;
};

const source = readFileSync(join(root, 'core/sync/run/statements.def'), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
const statements = [
  ...source.matchAll(new RegExp(`STATEMENT\\((\\w+),\\s*(${TEXT}),\\s*(${TEXT}),\\s*(${TEXT}),\\s*(${TEXT})\\)`, 'g')),
].map(([, name, params, results, sqlite, postgresql]) => ({
  name, params: [...joined(params)], results: [...joined(results)], sqlite: joined(sqlite), postgresql: joined(postgresql),
}));

/** @param {string} name @param {string[][]} columns name, letter, flag @param {string} [indexes] "name: column, column; ..." */
function table(name, columns, indexes = '') {
  const key = columns.filter(([, , flag]) => flag === 'key').map(([column]) => `"${column}"`);
  const lines = columns.map(([column, letter]) => `"${column}" ${letterOf(letter ?? '')[0]}`);
  return {
    name, definition: [...lines, ...(key.length ? [`primary key (${key})`] : [])].join(', '),
    indexes: indexes.split(';').filter((index) => index.trim()).map((index) => index.replace('unique ', '').split(':')),
  };
}

const fixed = [
  ...readFileSync(join(root, 'core/store/tables.c'), 'utf8').matchAll(
    new RegExp(`TABLE\\(\\s*(${TEXT}),\\s*(${TEXT})(?:,\\s*(${TEXT}))?\\)`, 'g'),
  ),
].map(([, name, columns, indexes]) =>
  table(joined(name), joined(columns).split(',').map((column) => column.trim().split(' ')), joined(indexes)),
);

const attributes = readFileSync(join(root, 'core/map/attributes.def'), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
/** @type {Record<string, string>} */
const TYPES = { INT64: 'i', DOUBLE: 'd', BOOL: 'b', TEXT: 't', BYTES: 'y', TIME: 'm', LIST: 'l' };
const EVERY = 'id t key, stamp m, seen m, first_seen m, hash i, deleted b, master_id t'.split(', ').map((one) => one.split(' '));
const sources = new Map([...attributes.matchAll(/SOURCE\((\w+), "\w+", "(\w+)"/g)].map(([, one, entity]) => [entity, one]));
const pulled = [...sources].map(([entity, one]) => {
  const own = [...attributes.matchAll(new RegExp(`ATTRIBUTE\\(${one}, (\\w+), (\\w+),`, 'g'))];
  const children = own.some(([, name]) => name === 'account_id') ? `${entity}_account: account_id` : '';
  return table(entity ?? '', [...EVERY, ...own.map(([, name, type]) => [name ?? '', TYPES[type ?? ''] ?? ''])], children);
});
const further = ['account', 'contact'].map((entity) => table(`${entity}_field`, 'id t key, name t key, text t, number d, time m'.split(', ').map((one) => one.split(' '))));
const tables = [...fixed, ...pulled, ...further];

/** @type {Awaited<ReturnType<typeof startPostgres>>} */
let server;
/** @type {pg.Client} */
let client;
before(async () => {
  server = await startPostgres();
  client = new pg.Client(server.connection);
  await client.connect();
  await client.query('create schema perly');
  for (const { name, definition } of tables) await client.query(`create table perly."${name}" (${definition})`);
});
after(async () => {
  await client?.end();
  await server?.stop();
});

test('the sources were read whole', () => {
  assert.equal(statements.length, [...source.matchAll(/STATEMENT\(/g)].length);
  assert.ok(statements.length > 10 && tables.length > 10);
});

test('on SQLite every statement compiles and has the columns it says', () => {
  const database = new DatabaseSync(':memory:');
  for (const { name, definition } of tables) database.exec(`create table "${name}" (${definition})`);
  for (const { name, params, results, sqlite } of statements) {
    const prepared = database.prepare(sqlite);
    assert.equal(prepared.columns().length, results.length, name);
    prepared.all(...params.map((letter) => (letter === 'b' ? 1 : letterOf(letter)[2])));
  }
  database.close();
});

test('what belongs to a range of accounts is found by an index: a cut reads it for every 200 accounts', () => {
  const database = new DatabaseSync(':memory:');
  for (const { name, definition, indexes } of tables) {
    database.exec(`create table "${name}" (${definition})`);
    for (const [index, columns] of indexes) database.exec(`create index "${index?.trim()}" on "${name}" (${columns})`);
  }
  const ranges = statements.filter(({ sqlite }) => /account_id BETWEEN \?1 AND \?2/.test(sqlite));
  assert.ok(ranges.length >= 4);
  for (const { name, sqlite } of ranges) {
    const plan = database.prepare(`explain query plan ${sqlite}`).all('a', 'b').map(({ detail }) => String(detail));
    assert.ok(!plan.some((step) => /^SCAN/.test(step)), `${name}: ${plan.join('; ')}`);
  }
  database.close();
});

/** Changes of one value, seen at one time and logged the wrong way round; the oldest has no stamp. */
const LOGGED = ['2026-11-23T08:00:02.000Z', '2026-11-23T08:00:01.000Z', null];
const changeRead = () => statements.find(({ name }) => name === 'CHANGE_READ') ?? assert.fail();

test('on SQLite changes that were seen at one time come in the order of their stamps', () => {
  const database = new DatabaseSync(':memory:');
  for (const { name, definition } of tables) database.exec(`create table "${name}" (${definition})`);
  const insert = database.prepare("insert into change (object, id, column_name, old, stamp, seen) values ('account', 'a', 'name', ?, ?, 'now')");
  LOGGED.forEach((stamp, at) => insert.run(String(at), stamp));
  assert.deepEqual(database.prepare(changeRead().sqlite).all('a', 'b').map(({ old }) => old), ['2', '1', '0']);
  database.close();
});

test('on PostgreSQL changes that were seen at one time come in the order of their stamps', async () => {
  const insert = "insert into perly.change (object, id, column_name, old, stamp, seen) values ('account', 'a', 'name', $1, $2, '2026-11-23T09:00:00Z')";
  for (const [at, stamp] of LOGGED.entries()) await client.query(insert, [String(at), stamp]);
  const { rows } = await client.query(changeRead().postgresql.replaceAll('{schema}', 'perly'), ['a', 'b']);
  assert.deepEqual(rows.map(({ old }) => old), ['2', '1', '0']);
});

test('on PostgreSQL every statement takes and gives the types it says', async () => {
  for (const { name, params, results, postgresql } of statements) {
    const text = postgresql.replaceAll('{schema}', 'perly');
    const arrays = /\$1::[a-z ]+\[\]/.test(text); // of many rows at once
    const values = params.map((letter) => (arrays ? [letterOf(letter)[2]] : letterOf(letter)[2]));
    const answer = await client.query({ text, values, name }).catch((error) => assert.fail(`${name}: ${error.message}`));
    const types = results.map((letter) => letterOf(letter)[1]);
    assert.deepEqual(answer.fields.map(({ dataTypeID }) => dataTypeID), types, name);
    const { rows } = await client.query('select parameter_types::oid[] as types from pg_prepared_statements where name = $1', [name]);
    assert.deepEqual(rows[0].types.map(Number), params.map((letter) => letterOf(letter)[arrays ? 3 : 1]), name);
  }
});
