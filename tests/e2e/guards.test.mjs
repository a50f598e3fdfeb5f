// The guards of automation, end to end: a run that would act too often waits whole for a person, and an owner's day, in the
// owner's own time zone, has so many new Tasks and one digest.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { told } from './alike.mjs';
import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('guards');
/** @typedef {Awaited<ReturnType<typeof open>>} World */

test('more actions than a run may cause: held whole, approved by a person, then in Salesforce once', async () => {
  const world = await open('held', { sessionMinutes: 1e6 });
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  const rules = [{ name: 'all', when: 'true', on_first: true, mode: 'on', task: { subject: 'Call' }, chatter: { text: 'Look' } }];
  const config = JSON.stringify({ rules, limits: { actions_per_run: { at_least: 5, percent: 2 }, tasks_per_owner_day: 1000 } });
  const first = await world.sync({ config });
  const scored = first.find(({ event }) => event === 'scored');
  assert.deepEqual([scored?.held, scored?.tasks + scored?.posts], [true, 40], JSON.stringify(scored));
  assert.deepEqual(world.rows('select state, count(*) n from outbox where kind <> ? group by 1', 'fields'), [{ state: 'held', n: 40 }]);
  // Nothing of it leaves by itself, however often.
  await world.advance(HOUR);
  await world.sync({ config });
  assert.deepEqual([(await told(world)).tasks, (await told(world)).posts], [[], []]);
  const held = (await world.run({ command: 'actions' })).filter(({ event }) => event === 'action');
  assert.equal(held.length, 40);

  const decided = await world.run({ command: 'actions_decide', decision: 'approve' });
  assert.deepEqual(decided[0], { event: 'decided', decision: 'approve', actions: 40 });
  await world.sync({ config });
  await world.sync({ config });
  const keys = (/** @type {string} */ kind) => world.rows("select key from outbox where kind = ? and state = 'done' order by key", kind).map(({ key }) => key);
  const there = await told(world);
  assert.deepEqual([there.tasks.length, there.posts.length], [20, 20]);
  assert.deepEqual([there.tasks, there.posts], [keys('task'), keys('chatter')]);
  await world.close();
});

test("tasks of an owner's day, by the owner's own midnight: the rest in one digest a day", async () => {
  // 23:20 in Auckland, 02:20 in Los Angeles. An hour later the day is another one in Auckland alone.
  const world = await open('zones', { start: Date.UTC(2026, 10, 23, 10, 20), sessionMinutes: 1e6 });
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  const { org } = /** @type {any} */ (world.server);
  const users = org.tables.get('User');
  const active = Array.from({ length: users.count }, (_, row) => row).filter((row) => users.get(row, 'IsActive') && users.keyOf(row) !== org.otherAdmin);
  const [east, west] = active.map((row) => org.ids.text(users.keyOf(row)));
  await world.edit({ action: 'update', object: 'User', id: east, fields: { TimeZoneSidKey: 'Pacific/Auckland' } });
  await world.edit({ action: 'update', object: 'User', id: west, fields: { TimeZoneSidKey: 'America/Los_Angeles' } });
  const accounts = org.tables.get('Account');
  const ids = Array.from({ length: accounts.count }, (_, row) => org.ids.text(accounts.keyOf(row)));
  for (const [i, id] of ids.entries()) await world.edit({ action: 'update', object: 'Account', id, fields: { OwnerId: i % 2 ? east : west, Industry: 'Retail' } });
  await world.advance(0.2 * HOUR); // 10:32
  const rules = [
    { name: 'first', when: 'true', on_first: true, mode: 'on', task: { subject: 'Call ${account.name}' } },
    { name: 'ships', when: "account.industry == 'Shipping'", mode: 'on', task: { subject: 'Ship to ${account.name}' } },
  ];
  const config = JSON.stringify({ rules, limits: { actions_per_run: { at_least: 1000, percent: 100 }, tasks_per_owner_day: 2 } });
  /** Kinds, by owner. */
  const given = () => {
    /** @type {Record<string, number>} */
    const counts = {};
    for (const { kind, fields } of world.rows("select kind, fields from outbox where kind <> 'fields' and state = 'done'")) {
      const name = `${JSON.parse(fields).owner_id === east ? 'east' : 'west'} ${kind}`;
      counts[name] = (counts[name] ?? 0) + 1;
    }
    return counts;
  };
  await world.sync({ config });
  assert.deepEqual(given(), { 'east task': 2, 'east digest': 1, 'west task': 2, 'west digest': 1 });

  for (const id of ids) await world.edit({ action: 'update', object: 'Account', id, fields: { Industry: 'Shipping' } });
  await world.advance(0.9 * HOUR); // 11:26, and the cut is after 11:00, Auckland's midnight
  await world.sync({ config });
  assert.deepEqual(given(), { 'east task': 4, 'east digest': 2, 'west task': 2, 'west digest': 1 });
  const digests = world.rows("select fields from outbox where kind = 'digest'").map(({ fields }) => JSON.parse(fields));
  const lines = (/** @type {string} */ owner) => digests.filter(({ owner_id }) => owner_id === owner).map(({ description }) => description.match(/Call|Ship to/g).length).sort((a, b) => a - b);
  assert.deepEqual([lines(east), lines(west)], [[8, 8], [18]], 'what is over the limit stands in the digest of its day');
  const { tasks } = await told(world);
  assert.deepEqual(tasks, world.rows("select key from outbox where kind in ('task', 'digest') order by key").map(({ key }) => key));
  await world.close();
});
