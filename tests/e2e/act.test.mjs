// What rules cause in Salesforce: reminders, mentions by the Connect API with its own limit of an hour, and who gets a
// Task when the owner has left.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('act');

/** Every account acts at its first score. @param {object} rule */
const configOf = (rule, more = {}) =>
  JSON.stringify({
    rules: [{ name: 'all', when: 'true', on_first: true, mode: 'on', ...rule }],
    limits: { actions_per_run: { at_least: 1000, percent: 100 }, tasks_per_owner_day: 1000 },
    ...more,
  });
/** @param {Awaited<ReturnType<typeof open>>} world @param {string} kind */
const states = (world, kind) => world.rows('select state, count(*) n from outbox where kind = ? group by state', kind).map(({ state, n }) => `${state} ${n}`);
/** Posts in the feed by their marker. @param {Awaited<ReturnType<typeof open>>} world @returns {Promise<Map<string, any[]>>} */
async function posts(world) {
  const found = new Map();
  for (const item of await world.control('feed')) {
    const key = /\[perly:([0-9a-f]{40})\]/.exec(item.Body ?? '')?.[1];
    if (key) found.set(key, [...(found.get(key) ?? []), item]);
  }
  return found;
}
/** Each post of the outbox exists exactly once. @param {Awaited<ReturnType<typeof open>>} world */
async function assertOnce(world) {
  const there = await posts(world);
  const keys = world.rows("select key, result_id from outbox where kind = 'chatter' and state = 'done'");
  assert.ok(keys.length > 0);
  for (const { key, result_id } of keys) assert.deepEqual(there.get(key)?.map(({ Id }) => Id), [result_id], key);
}

test('a reminder is set for the hour of the due day; a mention names the owner and is posted once', async () => {
  const world = await open('mention');
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  const config = configOf({ task: { subject: 'Call ${account.name}', due: { business_days: 1 }, reminder: { hour: 9 } }, chatter: { text: 'Look at ${account.name}', mention: 'owner' } });
  await world.control('faults', { match: { method: 'POST', path: 'chatter/feed-elements', nth: 3 }, fault: { kind: 'lost' } });
  await world.sync({ config });
  assert.deepEqual(states(world, 'task'), ['done 20']);
  assert.deepEqual(states(world, 'chatter'), ['done 20']);
  const tasks = await world.control(`query?q=${encodeURIComponent("SELECT Id, ActivityDate, IsReminderSet, ReminderDateTime FROM Task WHERE Subject LIKE 'Perly: Call %'")}`);
  assert.equal(tasks.length, 20);
  for (const task of tasks) {
    assert.equal(task.IsReminderSet, true);
    assert.match(task.ReminderDateTime, /T\d\d:00:00/);
    assert.ok(Math.abs(Date.parse(task.ReminderDateTime) - Date.parse(`${task.ActivityDate}T09:00:00Z`)) <= 14 * HOUR);
  }
  await assertOnce(world);
  const owners = new Map(world.rows('select a.id, u.name from account a join "user" u on u.id = a.owner_id where u.active').map(({ id, name }) => [id, name]));
  assert.ok(owners.size > 3 && owners.size < 20, 'some have left');
  for (const [, [item]] of await posts(world)) {
    const name = owners.get(item.ParentId);
    assert.ok(item.Body.startsWith(name ? `@${name} Look at` : 'Look at'), item.Body);
  }
  const { calls } = await world.control('stats');
  assert.ok(calls['POST /services/data/chatter/feed-elements'] >= owners.size, JSON.stringify(calls));
  await world.close();
});

/** What the Connect API says of a user who cannot see the record, and of one that there is not. */
const MENTIONS = [
  { status: 403, code: 'INSUFFICIENT_ACCESS', message: 'The mentioned user does not have access to this record.' },
  { status: 400, code: 'INVALID_ID_FIELD', message: 'Invalid identifier: 005000000000000AAA' },
];
for (const { status, code, message } of MENTIONS) test(`a mention that Salesforce refuses (${code}) leaves the post, without it, and all others`, async () => {
  const world = await open(`refused mention ${status}`);
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  const refusal = { kind: 'status', status, code, message };
  await world.control('faults', { match: { method: 'POST', path: 'chatter/feed-elements', nth: 3 }, fault: refusal });
  const events = await world.sync({ config: configOf({ chatter: { text: 'Look at ${account.name}', mention: 'owner' } }) });
  assert.deepEqual(events.filter(({ event }) => event === 'outbox_stopped'), []);
  assert.deepEqual(states(world, 'chatter'), ['done 20']);
  await assertOnce(world);
  const active = world.rows('select a.id from account a join "user" u on u.id = a.owner_id where u.active').map(({ id }) => id);
  const plain = [...(await posts(world)).values()].filter(([{ ParentId, Body }]) => active.includes(ParentId) && Body.startsWith('Look at'));
  assert.equal(plain.length, 1);
  const told = world.rows("select account_id, error, error_code from outbox where kind = 'chatter' and error is not null");
  assert.deepEqual(told.map(({ account_id, error_code }) => [account_id, error_code]), [[plain[0][0].ParentId, null]]);
  assert.match(told[0].error, new RegExp(`^posted without the mention: .*${message}`));
  await world.close();
});

test("Chatter's limit of an hour: what is over it waits, nothing is posted twice or lost", async () => {
  const world = await open('hourly');
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  await world.control('options', { chatterHourly: 7 });
  const config = configOf({ chatter: { text: 'Look at ${account.name}', mention: 'owner' } });
  const first = await world.run({ command: 'sync', config });
  assert.equal(first.at(-1)?.ok, true, JSON.stringify(first.at(-1)));
  assert.ok(first.some(({ event, kind, later }) => event === 'acted' && kind === 'chatter' && later > 0), 'it says that some wait');
  const mentions = [...(await posts(world)).values()].filter(([item]) => item.Body.startsWith('@'));
  assert.equal(mentions.length, 7);
  for (let hour = 0; hour < 4 && states(world, 'chatter')[0] !== 'done 20'; hour++) {
    await world.advance(HOUR + 60000);
    await world.run({ command: 'push', config });
  }
  assert.deepEqual(states(world, 'chatter'), ['done 20']);
  await assertOnce(world);
  await world.close();
});

test('a holiday is no business day of a due date', async () => {
  const days = new Map();
  for (const [name, holidays] of [['plain', []], ['feast', ['2026-11-25', '2026-11-24', '2026-11-26']]]) {
    const world = await open(`holidays ${name}`);
    assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
    await world.sync({ config: configOf({ task: { subject: 'Call', due: { business_days: 1 } } }, { holidays }) });
    days.set(name, world.rows("select distinct json_extract(fields, '$.due') as due from outbox where kind = 'task' order by 1").map(({ due }) => due));
    await world.close();
  }
  assert.deepEqual([days.get('plain').at(-1), days.get('feast').at(-1)], ['2026-11-24', '2026-11-27'], JSON.stringify([...days]));
});

test('a post that Salesforce was too busy for follows at once; one with no answer of Salesforce after two look-ups', async () => {
  const world = await open('busy');
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  const match = { method: 'POST', path: '/sobjects/FeedItem' };
  await world.control('faults', { match: { ...match, nth: 3 }, fault: { kind: 'status', status: 503, retry_after: 2 } });
  await world.control('faults', { match: { ...match, nth: 6 }, fault: { kind: 'status', status: 502, body: 'html' } });
  await world.control('faults', { match: { ...match, nth: 9 }, fault: { kind: 'lost' } });
  await world.sync({ config: configOf({ chatter: { text: 'Look at ${account.name}' } }) });
  assert.deepEqual(states(world, 'chatter'), ['done 20']);
  await assertOnce(world);
  const created = [...(await posts(world)).entries()].map(([key, [{ CreatedDate }]]) => ({ key, at: Date.parse(CreatedDate) }));
  const began = Math.min(...created.map(({ at }) => at));
  const attempts = new Map(world.rows("select key, attempt from outbox where kind = 'chatter'").map(({ key, attempt }) => [key, attempt]));
  const again = created.filter(({ key }) => attempts.get(key) > 1).map(({ at }) => (at - began) / 1000).sort((a, b) => a - b);
  assert.equal(again.length, 2, 'what was posted and not answered is found, not posted again');
  assert.ok(again[0] < 20 && again[1] >= 60 && again[1] < 100, `${again} s of Salesforce's clock after the first post`);
  await world.close();
});

test('the owner has left: the manager, else the fallback, else it is parked with the reason', async () => {
  const world = await open('owners');
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  const { org } = /** @type {any} */ (world.server);
  const accounts = org.tables.get('Account');
  const owner = org.ids.text(accounts.get(0, 'OwnerId'));
  await world.edit({ action: 'update', object: 'User', id: owner, fields: { IsActive: false } });
  await world.advance(HOUR);
  const fallback = org.ids.text(org.connectedUser);
  await world.sync({ config: configOf({ task: { subject: 'Call' } }, { salesforce: { fallback_owner: fallback } }) });
  const given = world.rows("select o.fields, o.state, a.owner_id from outbox o join account a on a.id = o.account_id where o.kind = 'task'");
  assert.ok(given.some((row) => row.owner_id === owner), 'an account of the one who left');
  const people = new Map(world.rows('select id, active, manager_id from "user"').map((row) => [row.id, row]));
  const given_to = { owner: 0, manager: 0, fallback: 0 };
  for (const { fields, state, owner_id } of given) {
    assert.equal(state, 'done');
    const person = people.get(owner_id);
    const who = person.active ? 'owner' : people.get(person.manager_id)?.active ? 'manager' : 'fallback';
    given_to[who]++;
    assert.equal(JSON.parse(fields).owner_id, { owner: owner_id, manager: person.manager_id, fallback }[who]);
  }
  assert.ok(given_to.owner > 0 && given_to.manager + given_to.fallback > 0, JSON.stringify(given_to));
  await world.close();

  const nobody = await open('nobody');
  assert.equal((await nobody.run({ command: 'setup' })).at(-1)?.ok, true);
  const other = /** @type {any} */ (nobody.server).org;
  const left = other.tables.get('User');
  for (let row = 0; row < left.count; row++) {
    const key = left.keyOf(row);
    if (key !== other.connectedUser && key !== other.otherAdmin && left.get(row, 'IsActive')) {
      await nobody.edit({ action: 'update', object: 'User', id: other.ids.text(key), fields: { IsActive: false } });
    }
  }
  await nobody.advance(HOUR);
  await nobody.sync({ config: configOf({ task: { subject: 'Call' } }) });
  const parked = nobody.rows("select state, why from outbox where kind = 'task' and state = 'parked'");
  assert.ok(parked.length > 0);
  assert.match(parked[0].why, /neither the account's owner nor the owner's manager is active, and salesforce.fallback_owner is not set/);
  await nobody.close();
});
