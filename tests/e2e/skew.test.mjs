// The host that answers and the one that stamps records may have different clocks: nothing is missed, nothing twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('skew');
const MINUTE = 60_000;

for (const [name, skewMs, lateMs] of /** @type {[string, number, number][]} */ ([['ahead', HOUR, 0], ['behind', -HOUR, HOUR], ['a little off', 40_000, 0]])) {
  test(`Date headers of a clock that is ${name}: every change is pulled`, async () => {
    const world = await open(name, { skewMs });
    const { org } = /** @type {any} */ (world.server);
    const account = org.ids.text(org.tables.get('Account').keyOf(3));
    await world.sync();
    for (let n = 1; n <= 4; n++) {
      await world.advance(MINUTE);
      await world.edit({ action: 'update', object: 'Account', id: account, fields: { NumberOfEmployees: 1000 + n } });
      await world.advance(20 * MINUTE + lateMs);
      await world.sync();
      assert.equal(world.rows('select employees from account where id = ?', account)[0].employees, 1000 + n, `change ${n}`);
    }
    const [{ last_end }] = world.rows("select last_end from pull where object = 'Account'");
    assert.ok(Date.parse(last_end) <= org.now(), 'no window ends in the future of the stamps');
    await world.close();
  });
}

/** Which clocks are ahead of those that stamp records. @type {[string, object][]} */
const AHEAD = [['the Date header is an hour', { skewMs: HOUR }], ['both clocks are two minutes', { skewMs: 2 * MINUTE, clientSkewMs: 2 * MINUTE }]];
for (const [name, options] of AHEAD) test(`a post whose answer was lost is found again though ${name} ahead`, async () => {
  const world = await open(`lost post ${name}`, options);
  const { org } = /** @type {any} */ (world.server);
  const account = org.ids.text(org.tables.get('Account').keyOf(3));
  const key = 'c'.repeat(40);
  world.write((database) => database
    .prepare("insert into outbox (key, kind, account_id, fields, state, attempt, looks, created_at) values (?, 'chatter', ?, ?, 'ready', 0, 0, '2026-11-23T07:00:00.000Z')")
    .run(key, account, JSON.stringify({ text: `Health fell\n\n[perly:${key}]` })));
  await world.control('faults', { match: { method: 'POST', path: '/sobjects/FeedItem' }, fault: { kind: 'lost' } });
  await world.run({ command: 'push' });
  const feed = await world.control('feed');
  assert.equal(feed.filter((/** @type {any} */ one) => one.Body?.includes(key)).length, 1);
  assert.equal(world.rows('select state from outbox where key = ?', key)[0].state, 'done');
  await world.close();
});
