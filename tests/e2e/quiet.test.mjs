// What a sync costs when nothing happened, and what is asked again when something did.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR, OBJECTS } from './world.mjs';

const open = createWorlds('quiet');

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`a quiet sync creates and polls one job an object, and describes all in one call (${host})`, async (t) => {
    const world = await open(`calls-${host}`, { sessionMinutes: 720 }, host);
    await world.run({ command: 'setup' });
    await world.sync();
    await world.advance(2 * HOUR);
    await world.sync(); // our own first push comes back
    await world.advance(2 * HOUR);
    await world.control('stats/reset', {});
    const events = await world.sync();
    const { calls } = await world.control('stats');
    const asked = { ...calls };
    assert.equal(asked['POST /services/data/composite'], 1);
    assert.equal(asked['POST /services/data/jobs/query'], OBJECTS);
    assert.equal(asked['GET /services/data/jobs/query/:id'], OBJECTS);
    const total = Object.values(asked).reduce((sum, count) => sum + count, 0);
    t.diagnostic(`${total} calls for ${OBJECTS} objects: ${JSON.stringify(asked)}`);
    assert.ok(total <= 2 * OBJECTS + 3, JSON.stringify(asked));
    const read = new Set(['POST /services/data/composite', 'POST /services/data/jobs/query', 'GET /services/data/jobs/query/:id', 'GET /services/data/limits/recordCount']);
    assert.deepEqual(Object.keys(asked).filter((kind) => !read.has(kind)), [], 'nothing else, and nothing that writes records');
    for (const event of events.filter(({ event }) => event === 'pulled')) assert.equal(event.rows, 0, JSON.stringify(event));
    await world.close();
  });
}

test('an unchanged describe costs no body, a changed one is read', async () => {
  const world = await open('describes');
  await world.sync();
  const [before] = world.rows("select count(*) as fields, max(seen) as seen from field where object = 'Account'");
  assert.ok(before.fields > 30);
  await world.advance(2 * HOUR);
  await world.sync();
  assert.deepEqual(world.rows("select count(*) as fields, max(seen) as seen from field where object = 'Account'"), [before], 'not told again');

  await world.control('_control/permissions', { deny: ['Account.Industry.read'] });
  await world.advance(25 * HOUR);
  await world.sync();
  const [{ gone }] = world.rows("select gone from field where object = 'Account' and name = 'Industry'");
  assert.notEqual(gone, null, 'a field that the user may not read any more is gone, at the latest after a day');
  await world.close();
});

test('two objects that fill one table load it together', async () => {
  const world = await open('together');
  await world.control('faults', [
    { match: { method: 'POST', path: '/jobs/query$', body: 'FROM OpportunityContactRole ' }, fault: { kind: 'slow_job', ms: 600000 } },
    { match: { method: 'POST', path: '/jobs/query$', body: 'FROM AccountContactRole ' }, fault: { kind: 'delay', ms: 1000 } },
  ]);
  /** @type {[string, number][]} */
  const loading = [];
  const events = await world.run({ command: 'sync' }, (event) => {
    if (event.event !== 'pulled' || !/Role$/.test(event.object)) return;
    const [{ count }] = world.rows("select count(*) as count from perly_loading where table_name = 'contact_role'");
    loading.push([event.object, count > 0 ? 1 : 0]);
  });
  assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
  assert.deepEqual(loading.map(([, count]) => count), [1, 0], 'the first of the two does not end the load of the other');
  const indexes = world.rows("select name from sqlite_schema where type = 'index' and tbl_name = 'contact_role'");
  assert.ok(indexes.some(({ name }) => name === 'contact_role_key'), JSON.stringify(indexes));
  await world.close();
});
