// History thins out: what is older than limits.history_months keeps the last score of each month.
import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('retention');

test('of scores older than the history the last of each month stays, of changes none', async () => {
  const world = await open('thin');
  await world.sync();
  const [{ id, model_hash: model }] = world.rows('select account_id as id, model_hash from health order by account_id desc limit 1');
  const database = new DatabaseSync(world.database);
  const now = new Date(world.server.org.now());
  const ago = (/** @type {number} */ months, /** @type {number} */ day) =>
    new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() - months, day, 8)).toISOString();
  // Cuts -6 to -1 stand before the real ones.
  const old = [[40, 3], [40, 9], [40, 28], [39, 1], [20, 3], [20, 9]].map(([months, day], i) => ({ cut: i - 6, at: ago(months, day) }));
  database.exec('begin');
  for (const { cut, at } of old) {
    database.prepare('insert into cut (number, at, started_at, whole, model_hash, accounts, scored, changed, actions, held) values (?, ?, ?, 1, ?, 1, 1, 0, 0, 0)').run(cut, at, at, model);
    database.prepare("insert into score (account_id, cut, scored_at, model_hash, raw, score, level) values (?, ?, ?, ?, 50, 50, 'Medium')").run(id, cut, at, model);
    database.prepare("insert into change (object, id, column_name, old, new, seen) values ('account', ?, 'name', 'a', 'b', ?)").run(id, at);
  }
  database.exec('commit');
  database.close();
  const kept = () => world.rows('select cut from score where account_id = ? and cut < 0 order by cut', id).map(({ cut }) => cut);
  await world.advance(HOUR);
  await world.sync();
  assert.deepEqual(kept(), [-6, -5, -4, -3, -2, -1], 'not before a week has passed');

  await world.advance(8 * DAY);
  await world.sync();
  assert.deepEqual(kept(), [-4, -3, -2, -1], 'of 40 months ago the last one, of 39 the only one, of 20 all');
  assert.equal(world.rows("select count(*) as n from change where old = 'a' and new = 'b'")[0].n, 2);

  await world.advance(8 * DAY);
  await world.sync({ config: JSON.stringify({ limits: { history_months: 13 } }) });
  assert.deepEqual(kept(), [-4, -3, -1], 'what the configuration says');
  assert.equal(world.rows("select count(*) as n from change where old = 'a' and new = 'b'")[0].n, 0);
  await world.close();
});
