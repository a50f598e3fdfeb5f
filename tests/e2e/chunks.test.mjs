// What a scoring reads at once: the rows of the accounts that it scores, and no more of them than memory is meant for.
// On the Node host, whose storage is looked at from outside: rows are counted where they cross.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { readQuery } from '../../host-node/src/store_records.mjs';
import { BatchReader } from '../../wasm/record.mjs';
import { coreInside } from './inside.mjs';
import { createWorlds } from './world.mjs';

const open = createWorlds('chunks');
const ROWS = 1 << 14;

/** Chunks of the last scoring: what they read. @type {{ accounts: number, rows: number }[]} */
let chunks = [];
/** Statements that read of a chunk's accounts what is no record. */
const KNOWN = new Set(['HEALTH_READ', 'RULE_STATE_READ', 'SIGNAL_READ', 'CHANGE_READ']);

/** @param {import('./inside.mjs').Store} store @returns {import('./inside.mjs').Store} */
function counted(store) {
  /** @type {typeof store.query} */
  async function* query(record, options) {
    const { statement, types } = readQuery(record);
    const kind = statement.name === 'BLOCK_account' ? 'accounts' : 'rows';
    if (kind === 'accounts') chunks.push({ accounts: 0, rows: 0 });
    for await (const batch of store.query(record, options)) {
      const chunk = chunks.at(-1);
      const ofChunk = /^BLOCK_(?!user|rate)/.test(statement.name) || KNOWN.has(statement.name);
      if (chunk && ofChunk) chunk[kind] += new BatchReader(batch, types).rowCount;
      yield batch;
    }
  }
  return { ...store, query };
}

/** @type {import('./inside.mjs').Inside} */
const inside = (files, url) => coreInside(files, url, counted);

/** Scores what is asked for; the chunks that were read to their end. @param {any} world @param {string[]} accounts */
async function rescored(world, accounts) {
  await world.run({ command: 'rescore', accounts });
  chunks = [];
  const scored = (await world.sync({ pull: false })).find((/** @type {any} */ { event }) => event === 'scored');
  assert.equal(scored.accounts, accounts.length);
  return chunks.filter(({ accounts: count }) => count > 0);
}

test('of accounts far apart their own rows are read, not those of all between', async () => {
  const world = await open('apart', { accounts: 60, seed: 5 }, inside);
  await world.sync();
  const ids = world.rows('select id from account order by id').map(({ id }) => id);
  const two = [ids[0], ids.at(-1)];
  const own = world.rows(`select (select count(*) from activity where account_id in (?1, ?2)) + (select count(*) from contact where account_id in (?1, ?2)) as n,
    (select count(*) from activity) as all_activities`, ...two)[0];
  const read = await rescored(world, two);
  assert.deepEqual(read.map(({ accounts }) => accounts), [2]);
  assert.ok(read[0].rows >= own.n, `${read[0].rows} rows were read, of ${own.n} contacts and activities`);
  assert.ok(read[0].rows < own.all_activities / 4, `${read[0].rows} rows were read, where all accounts have ${own.all_activities} activities`);
  await world.close();
});

test('accounts with many rows are scored a few at a time', async () => {
  const world = await open('many', { accounts: 20, seed: 5 }, inside);
  await world.sync();
  const ids = world.rows('select id from account order by id').map(({ id }) => id);
  world.write((database) => database.exec(`with recursive number(n) as (select 1 union all select n + 1 from number where n < 3000)
    insert into activity (id, stamp, seen, first_seen, hash, deleted, account_id, kind, at, done)
    select printf('00T9%05d%05dAA', a.rowid, n), a.stamp, a.seen, a.first_seen, 0, 0, a.id, 'call', a.stamp, 1 from account a, number`));
  const read = await rescored(world, ids);
  const whole = read.filter(({ rows, accounts }) => rows <= ROWS || accounts === 1);
  assert.equal(whole.reduce((sum, { accounts }) => sum + accounts, 0), ids.length, JSON.stringify(read));
  assert.ok(read.length - whole.length <= 2, `read again: ${JSON.stringify(read)}`);
  assert.ok(whole.some(({ accounts }) => accounts > 1), JSON.stringify(read));
  await world.close();
});
