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
  const why = first.find(({ event }) => event === 'held');
  assert.deepEqual([why?.actions, why?.allowed], [40, 5], JSON.stringify(why));
  assert.match(why?.text, /^one run caused 40 actions, most of them by "\w+", and 5 may be sent unseen/);
  assert.ok(held.every(({ reason }) => reason === why?.text));

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

test('an action that cannot be read is parked with the reason, and the others go on', async () => {
  const world = await open('unread', { sessionMinutes: 1e6 });
  await world.run({ command: 'setup' });
  const rules = [{ name: 'all', when: 'true', on_first: true, mode: 'on', task: { subject: 'Call' } }];
  const config = JSON.stringify({ rules, limits: { actions_per_run: { at_least: 5, percent: 2 }, tasks_per_owner_day: 1000 } });
  await world.sync({ config });
  const [ownerless, broken, ...rest] = world.rows("select key from outbox where state = 'held' order by key").map(({ key }) => key);
  assert.equal(rest.length, 18);
  world.write((database) => {
    database.prepare("update outbox set fields = json_remove(fields, '$.owner_id') where key = ?").run(ownerless);
    database.prepare("update outbox set fields = '{' where key = ?").run(broken);
  });
  await world.advance(25 * HOUR);
  const scored = (await world.sync({ config })).find(({ event }) => event === 'scored');
  assert.equal(scored?.accounts, 20, 'all are scored');
  const actions = (await world.run({ command: 'actions' })).filter(({ event }) => event === 'action');
  /** @param {string} name */
  const of = (name) => actions.find(({ key }) => key === name);
  for (const [key, why] of /** @type {[string, RegExp][]} */ ([[ownerless, /cannot be read: .*owner_id|cannot be read: .*text/], [broken, /cannot be read: /]])) {
    assert.equal(of(key)?.state, 'parked');
    assert.match(of(key)?.reason, why);
  }
  assert.deepEqual(actions.filter(({ state }) => state === 'held').map(({ key }) => key).sort(), rest);
  const lines = (await world.run({ command: 'status' })).filter(({ name }) => name === 'outbox').map(({ text }) => text);
  assert.ok(lines.some((text) => /^2 with nobody to go to, or unreadable: perly actions/.test(text)), lines.join('\n'));
  await world.run({ command: 'actions_decide', decision: 'approve', keys: rest });
  await world.sync({ config });
  assert.deepEqual((await told(world)).tasks, rest);
  assert.deepEqual(world.rows("select state, count(*) n from outbox where kind = 'task' group by 1 order by 1"), [{ state: 'done', n: 18 }, { state: 'parked', n: 2 }]);
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

  for (const id of ids) await ship(world, id);
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

/** Health follows the industry and meetings of long ago, so that a test decides about it. */
const DECIDED = JSON.stringify({
  model: {
    components: [{
      name: 'decided', label: 'Decided', weight: 1, reason: 'so it is',
      score: "account.industry == 'Shipping' || activities.exists(a, a.at < timestamp('2010-01-01T00:00:00Z')) ? 0 : 100",
    }],
    gates: [],
  },
});
/** A program or a person writes something down. @param {World} world @param {string} id */
const ship = (world, id) => world.edit({ action: 'update', object: 'Account', id, fields: { Industry: 'Shipping' } });
const meet = (/** @type {World} */ world, /** @type {string} */ WhatId) =>
  world.edit({ action: 'insert', object: 'Event', fields: { WhatId, Subject: 'Review', StartDateTime: '2009-05-04T09:00:00Z', DurationInMinutes: 60 } });
/** What a sync told of rules that stayed silent, by account and by rule. @param {import('./core.mjs').Event[]} events @param {(event: any) => string} by */
const silent = (events, by) => Object.entries(Object.groupBy(events.filter(({ event }) => event === 'not_fired'), by)).map(([key, notes]) => [key, notes?.length]).sort();

test('a third of the accounts get meetings of years ago at once: no rule fires, and it is told; what people do beside it does', async () => {
  const world = await open('load', { accounts: 100, sessionMinutes: 1e6 });
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  await world.sync({ config: DECIDED });
  const ids = world.rows('select id from account order by id').map(({ id }) => id);
  const [loaded, person, both] = [ids.slice(0, 30), ids[40], ids[0]];
  await world.advance(HOUR);
  const [contact] = world.rows('select id from contact where account_id = ?', both);
  await world.edit({ action: 'update', object: 'Contact', id: contact.id, fields: { Title: 'Head of Buying' } });
  await meet(world, person);
  await world.advance(HOUR);
  for (const id of loaded) await meet(world, id);
  await world.advance(HOUR);
  const events = await world.sync({ config: DECIDED });
  const [load] = events.filter(({ event }) => event === 'mass_load');
  assert.equal(load?.accounts, 29, 'of one a row was changed by a person as well');
  const [scored] = events.filter(({ event }) => event === 'scored');
  assert.deepEqual([scored?.changed, scored?.tasks, scored?.posts, scored?.held], [31, 2, 2, false], JSON.stringify(scored));
  assert.deepEqual(silent(events, ({ rule, kind }) => `${rule} ${kind}`), [['risk-changed import', 29], ['risk-worsened import', 29]]);
  assert.equal(silent(events, ({ account_id }) => account_id).length, 29);
  const caused = world.rows("select distinct account_id from outbox where kind <> 'fields' order by 1").map(({ account_id }) => account_id);
  assert.deepEqual(caused, [both, person].sort());
  const levels = world.rows("select level, count(*) as n from health where level = 'Critical' group by 1");
  assert.deepEqual(levels, [{ level: 'Critical', n: 31 }], 'scores are what they are');

  // The day after nothing is left to fire, and what a person does then is a cause again.
  await world.advance(24 * HOUR);
  await world.sync({ config: DECIDED });
  assert.equal(world.rows("select count(*) as n from outbox where kind <> 'fields'")[0].n, 4);
  await meet(world, ids[50]);
  await world.advance(HOUR);
  await world.sync({ config: DECIDED });
  assert.equal(world.rows("select count(*) as n from outbox where kind <> 'fields'")[0].n, 6);
  await world.close();
});

test('as many changes of the present, at once or over hours, are no mass load: the limit of a run holds them for a person', async () => {
  for (const pause of [0, HOUR / 10]) {
    const world = await open(`present ${pause}`, { accounts: 100, sessionMinutes: 1e6 });
    await world.sync({ config: DECIDED });
    const ids = world.rows('select id from account order by id limit 30').map(({ id }) => id);
    for (const id of ids) {
      await ship(world, id);
      await world.advance(pause);
    }
    await world.advance(HOUR);
    const events = await world.sync({ config: DECIDED });
    assert.deepEqual(events.filter(({ event }) => event === 'mass_load'), []);
    const [scored] = events.filter(({ event }) => event === 'scored');
    assert.deepEqual([scored?.tasks + scored?.digests > 0, scored?.posts, scored?.held], [true, 30, true], JSON.stringify(scored));
    await world.close();
  }
});

test('a mass load that is scored in slices fires no rule in the later ones either', async () => {
  const world = await open('sliced load', { accounts: 500, sessionMinutes: 1e6 });
  await world.sync({ config: DECIDED });
  const ids = world.rows('select id from account order by id').map(({ id }) => id).filter((_, i) => i % 8 === 0);
  for (const id of ids) await meet(world, id);
  await world.advance(25 * HOUR); // every account is scored, 200 at a time
  await world.control('faults', [{ match: { method: 'GET', path: '/limits/recordCount' }, fault: { kind: 'limit' } }]);
  assert.equal((await world.run({ command: 'sync', config: DECIDED })).at(-1)?.ok, false, 'all is pulled, and nothing scored');
  await world.control('faults', undefined, 'DELETE');
  await world.advance(10 * 60_000);
  // The first slice dies behind its first chunk, which leaves fewer accounts than are a load.
  const scored = () => world.rows('select count(*) as n from health where cut = 2')[0].n;
  for (let commit = 2; scored() === 0; commit++) assert.ok(await world.killed({ command: 'sync', pull: false, config: DECIDED }, 'committed', commit));
  assert.equal(scored(), 200);
  assert.ok(world.rows('select count(*) as n from dirty')[0].n < 50);
  await world.sync({ pull: false, config: DECIDED });
  assert.equal(world.rows("select count(*) as n from outbox where kind <> 'fields'")[0].n, 0);
  assert.equal(world.rows("select count(*) as n from health where level = 'Critical'")[0].n, ids.length);
  await world.close();
});
