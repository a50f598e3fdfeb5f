// Changed rows that a pull collects over the batches of a page, and writes in several transactions in order of Id.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR } from './world.mjs';

test('killed between the transactions of what it collected, a pull ends as one that was not', async () => {
  const open = createWorlds('pull-collected');
  const written = `select count(distinct id) as n from change where object = 'activity'`;
  /** Thousands of tasks, every tenth of which changed since. @param {string} name */
  async function lived(name) {
    const world = await open(name, { accounts: 400, seed: 11 });
    await world.sync();
    await world.advance(HOUR);
    const tasks = world.rows(`select id from activity where id like '00T%' and not deleted order by id`).filter((_, i) => i % 10 === 0);
    for (const { id } of tasks) await world.edit({ action: 'update', object: 'Task', id, fields: { ActivityDate: '2020-02-29' } });
    await world.advance(HOUR);
    return { world, tasks: tasks.length };
  }
  const { world: calm, tasks } = await lived('calm');
  await calm.sync({ full: true });
  assert.equal(calm.rows(written)[0].n, tasks);

  const { world: killed } = await lived('killed');
  const between = new Set();
  for (let at = 1, n = 0; n < tasks; at++) {
    assert.ok(await killed.killed({ command: 'sync', only: 'Task', full: true }, at % 2 ? 'commit' : 'committed', at), 'it wrote all of them at once');
    n = killed.rows(written)[0].n;
    if (n > 0 && n < tasks) between.add(n);
  }
  await killed.sync({ full: true });
  assert.ok(between.size >= 2, `rows written at the kills, of ${tasks}: ${[...between]}`);
  for (const query of [
    'select id, deleted, account_id, cast(hash as text) as hash from activity order by id',
    'select object, id, column_name, old, new from change order by object, id, column_name',
  ]) {
    assert.deepEqual(killed.rows(query), calm.rows(query));
  }
});
