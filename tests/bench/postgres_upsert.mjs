// postgres_upsert.mjs URL CSV ROWS: one prepared upsert a row into PostgreSQL, 10,000 rows a transaction, rows parsed
// beforehand: what a careful program without arrays does.
import { createReadStream } from 'node:fs';
import pg from 'pg';
import { COLS, report, req } from './peers/js_lib.mjs';

const [url, csv, count] = process.argv.slice(2);
const { parse } = req('csv-parse');
const rows = [];
for await (const row of createReadStream(csv).pipe(parse({ from_line: 2, to: Number(count) + 1 }))) rows.push(row);
const client = new pg.Client(url);
await client.connect();
const names = COLS.map((name) => `"${name.toLowerCase()}"`);
await client.query(`CREATE SCHEMA peer; CREATE TABLE peer.account(${names.map((name, i) => `${name} text${i === 0 ? ' PRIMARY KEY' : ''}`)})`);
const text =
  `INSERT INTO peer.account VALUES (${names.map((_, i) => `$${i + 1}`)}) ON CONFLICT (id) DO UPDATE SET ` +
  names.slice(1).map((name) => `${name} = excluded.${name}`).join(', ');
const begun = performance.now();
await client.query('BEGIN');
for (const [i, values] of rows.entries()) {
  await client.query({ name: 'upsert', text, values });
  if ((i + 1) % 10000 === 0) await client.query('COMMIT; BEGIN');
}
await client.query('COMMIT');
report('one prepared upsert a row into PostgreSQL', rows.length, begun);
await client.query('DROP SCHEMA peer CASCADE');
await client.end();
