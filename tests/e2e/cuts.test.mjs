// A cut that is scored in several goes is one cut: it has the counts of all of them, and closes after all that marked its
// accounts.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('cuts');

test('a cut that was killed between its chunks has the counts of the whole', async () => {
  const cuts = [];
  for (const kill of [false, true]) {
    // Each has an org of its own: what one writes would be the other's change.
    const world = await open(`killed ${kill}`, { accounts: 500, seed: 3, sessionMinutes: 1e6, refreshIdleDays: 365 });
    await world.sync();
    await world.advance(60 * DAY);
    for (let [goes, done, at] = [0, 0, 2]; kill && goes < 2; at++) { // after the first chunk, and then after the second
      assert.ok(at < 30, 'it is killed between chunks');
      assert.ok(await world.killed({ command: 'sync', pull: false }, 'committed', at));
      const [{ n, cuts }] = world.rows('select count(*) as n, (select count(*) from cut) as cuts from health where cut = 2');
      assert.equal(cuts, 1);
      if (n > done) [goes, done, at] = [goes + 1, n, 1];
    }
    const told = await world.sync({ pull: false });
    const { accounts, changed, unscored, tasks, posts, low, medium, high, critical } = told.find(({ event }) => event === 'scored') ?? {};
    cuts.push({
      row: world.rows('select number, whole, accounts, scored, changed, actions, held from cut where number = 2')[0],
      told: { accounts, changed, unscored, tasks, posts, low, medium, high, critical },
    });
    await world.close();
  }
  assert.ok(cuts[0]?.row.changed > 0 && cuts[0]?.row.accounts === 500, JSON.stringify(cuts[0]));
  assert.deepEqual(cuts[1], cuts[0]);
});

test('what a refresh of columns marked is scored by the cut of the next slice, and once', async () => {
  const world = await open('refreshed', { sessionMinutes: 1e6 });
  const config = JSON.stringify({ mapping: { account: { days: 'record.Days_To_Renewal__c' } } });
  await world.sync({ config });
  await world.advance(2 * DAY);
  // Windows and columns are read, and then the org's calls are used up: before anything is scored.
  await world.control('faults', [{ match: { method: 'GET', path: '/limits/recordCount' }, fault: { kind: 'limit' } }]);
  assert.equal((await world.run({ command: 'sync', config })).at(-1)?.ok, false);
  const marked = world.rows('select account_id from dirty').length;
  assert.ok(marked > 0);
  await world.control('faults', undefined, 'DELETE');
  await world.advance(10 * 60_000);
  const events = await world.sync({ config });
  assert.deepEqual(events.filter(({ event }) => event === 'columns_read'), [], 'not read again');
  assert.deepEqual(world.rows('select account_id from dirty'), [], 'its cut closes after what the columns marked');
  await world.close();
});

test('a refresh is as old as its question to Salesforce, however long the answer took', async () => {
  const world = await open('slow', { sessionMinutes: 1e6 });
  const config = JSON.stringify({ mapping: { account: { days: 'record.Days_To_Renewal__c' } } });
  const slow = { match: { method: 'POST', path: '/jobs/query$', body: 'FROM Account ' }, fault: { kind: 'slow_job', ms: 20 * 60_000 }, times: 0 };
  const times = () => {
    const [{ refreshed_at, finished_at }] = world.rows("select refreshed_at, finished_at from pull where object = 'Account'");
    return [refreshed_at, finished_at].map((time) => Date.parse(time));
  };
  await world.control('faults', [slow]);
  await world.sync({ config });
  const [read = NaN, done = NaN] = times();
  assert.ok(done - read >= 19 * 60_000 && done - read < HOUR, `of all rows: ${new Date(read)}, done ${new Date(done)}`);
  await world.advance(2 * DAY);
  const began = (await world.control('_clock')).wall;
  await world.sync({ config });
  const [again = NaN] = times();
  assert.ok(again - began >= 20 * 60_000 && again - began < 25 * 60_000, `asked ${new Date(again)}, begun ${new Date(began)}`); // the window comes first
  await world.close();
});
