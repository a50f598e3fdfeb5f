// again_at in the end of a command: when a host that runs slices should come again.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('again');
const MINUTE = 60_000;

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`a sync comes again after a polling interval, or when the outbox has something due (${host})`, async () => {
    const world = await open(`poll-${host}`, { sessionMinutes: 720 }, host);
    const now = async () => (await world.control('_clock')).wall;
    /** @param {object} command @returns {Promise<any>} */
    const end = async (command) => (await world.run(command)).at(-1);

    const began = await now();
    const first = Date.parse((await end({ command: 'sync', config: '{"salesforce":{"poll":"30m"}}' })).again_at);
    assert.ok(first >= began + 30 * MINUTE && first <= (await now()) + 30 * MINUTE, `${new Date(first).toISOString()}`);
    assert.equal((await end({ command: 'sync', pull: false })).again_at, undefined, 'without a pull nobody knows when there is something new');
    assert.equal((await end({ command: 'sync', only: 'Account' })).again_at, undefined);
    assert.equal((await end({ command: 'push' })).again_at, undefined, 'nothing waits');
    assert.equal((await end({ command: 'status' })).again_at, undefined);

    const due = new Date((await now()) + 10 * MINUTE).toISOString();
    const [{ id, owner }] = world.rows('select id, owner_id as owner from account limit 1');
    const created = new Date(await now()).toISOString();
    world.write((database) => database
      .prepare("insert into outbox (key, kind, account_id, rule, cause, cut, fields, state, attempt, looks, created_at, not_before) values (?, 'task', ?, 'r', 'customer', 1, ?, 'ready', 0, 0, ?, ?)")
      .run('a'.repeat(40), id, JSON.stringify({ subject: 'Call', description: '', owner_id: owner, priority: 'Normal', due: '2026-12-01', status: 'Not Started' }), created, due));
    assert.equal((await end({ command: 'push' })).again_at, due);
    assert.equal((await end({ command: 'sync' })).again_at, due, 'before the next cycle');
    await world.close();
  });
}

test('what may pass is tried again in five minutes, what a person must do is not', async () => {
  const world = await open('errors');
  await world.sync();
  await world.advance(3 * HOUR);
  await world.control('faults', [{ match: { method: 'POST', path: '/composite$' }, fault: { kind: 'status', status: 503 }, times: 0 }]);
  const busy = /** @type {any} */ ((await world.run({ command: 'sync' })).at(-1));
  assert.equal(busy.class, 'retry_later', JSON.stringify(busy));
  const wait = Date.parse(busy.again_at) - (await world.control('_clock')).wall;
  assert.ok(wait > 4 * MINUTE && wait <= 5 * MINUTE, `${wait} ms`);
  await world.control('faults', undefined, 'DELETE');
  await world.control('faults', { match: { method: 'POST', path: '/composite$' }, fault: { kind: 'limit' } });
  const short = /** @type {any} */ ((await world.run({ command: 'sync' })).at(-1));
  assert.deepEqual([short.code, short.exit], ['SF_API_LIMIT', 5]);
  assert.ok(Date.parse(short.again_at) > (await world.control('_clock')).wall, 'calls come free again');
  const wrong = /** @type {any} */ ((await world.run({ command: 'sync', only: 'Nothing' })).at(-1));
  assert.deepEqual([wrong.ok, wrong.again_at], [false, undefined]);
  await world.close();
});
