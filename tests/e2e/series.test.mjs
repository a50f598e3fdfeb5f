// Activities that are none: the parent of a series, the copies of a meeting for those who are invited, and our own Tasks,
// with a field for their key and without. And what we wrote: it comes back and changes nothing, and what another user
// writes over it is written again.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('series');
const config = JSON.stringify({
  model: { signals: { activity_count: { label: 'Activities', value: 'activities.size()' } } },
  rules: [{ name: 'all', when: 'true', on_first: true, mode: 'on', task: { subject: 'Call' } }],
  limits: { actions_per_run: { at_least: 1000, percent: 100 }, tasks_per_owner_day: 1000 },
});

test('a series counts by its occurrences, a meeting once whoever is invited', async () => {
  const world = await open('series');
  await world.sync();
  const [{ id: account }] = world.rows('select id from account order by id limit 1');
  const held = (/** @type {string} */ prefix) => world.rows("select id from activity where account_id = ? and substr(id, 1, 3) = ? and at > '2026-11-23T00'", account, prefix).map(({ id }) => id);
  const before = [held('00T').length, held('00U').length];
  const series = { IsRecurrence: true, WhatId: account, Subject: 'Weekly call' };
  await world.edit({
    action: 'insert', object: 'Task',
    fields: { ...series, RecurrenceType: 'RecursWeekly', RecurrenceInterval: 1, RecurrenceDayOfWeekMask: 2, RecurrenceStartDateOnly: '2026-11-23', RecurrenceEndDateOnly: '2026-12-20' },
  });
  const { org } = /** @type {any} */ (world.server);
  const events = org.tables.get('Event');
  const meeting = async (/** @type {object} */ more, /** @type {[string, any][]} */ ...columns) => {
    const { id } = await world.edit({ action: 'insert', object: 'Event', fields: { WhatId: account, Subject: 'Review', StartDateTime: '2026-11-24T09:00:00Z', DurationInMinutes: 60, ...more } });
    for (const [name, value] of columns) events.set(events.rowOf(org.ids.parse(id)), name, value); // what no caller may write
    return id;
  };
  const parent = await meeting({ IsRecurrence: true });
  const whole = [];
  for (const day of [24, 25, 26]) whole.push(await meeting({ StartDateTime: `2026-11-${day}T09:00:00Z` }, ['RecurrenceActivityId', org.ids.parse(parent)]));
  whole.push(await meeting({}, ['IsGroupEvent', true]));
  for (let attendee = 0; attendee < 3; attendee++) await meeting({}, ['IsGroupEvent', true], ['IsChild', true]);
  await world.advance(HOUR);
  await world.sync();
  const tasks = world.rows("select at from activity where account_id = ? and substr(id, 1, 3) = '00T' and at > '2026-11-23T00' order by at", account);
  assert.deepEqual([held('00T').length - before[0], held('00U').length - before[1]], [4, 4], JSON.stringify(tasks));
  for (const id of whole) assert.ok(held('00U').includes(id), 'each occurrence, and the meeting of the one who invites');
  await world.close();
});

test('without a field for their key our own Tasks are no activities of the account', async () => {
  const world = await open('own', { sessionMinutes: 1e6 });
  await world.sync({ config });
  const counts = () => world.rows('select account_id, signals from health order by account_id').map(({ account_id, signals }) => [account_id, JSON.parse(signals).activity_count.value]);
  const before = counts();
  assert.ok(before.length > 0 && before.every(([, count]) => count >= 0));
  const own = world.rows("select result_id, account_id from outbox where kind = 'task' and state = 'done'");
  assert.equal(own.length, 20);
  await world.advance(HOUR);
  await world.sync({ config });
  assert.equal(world.rows("select count(*) as n from activity where id in (select result_id from outbox where kind = 'task')")[0].n, 20, 'they are read as any other');
  assert.deepEqual(counts(), before);
  await world.close();
});

test('what another user writes over our fields is written again in the next sync', async () => {
  const world = await open('overwritten', { sessionMinutes: 1e6 });
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  await world.sync();
  const { org } = /** @type {any} */ (world.server);
  const accounts = org.tables.get('Account');
  const shown = (/** @type {string} */ id) => ['Perly_Health_Score__c', 'Perly_Risk_Level__c'].map((name) => accounts.get(accounts.rowOf(org.ids.parse(id)), name));
  const [one, other] = world.rows('select account_id as id, score, level from health where score is not null order by account_id limit 2');
  assert.deepEqual(shown(one.id), [one.score, one.level]);
  const as = org.ids.text(org.otherAdmin);
  await world.edit({ action: 'update', object: 'Account', id: one.id, fields: { Industry: 'Banking' }, as });
  accounts.set(accounts.rowOf(org.ids.parse(one.id)), 'Perly_Health_Score__c', 1); // an import by somebody who sees it
  assert.notDeepEqual(shown(one.id), [one.score, one.level]);
  await world.edit({ action: 'update', object: 'Account', id: other.id, fields: { Phone: '1' }, as });
  await world.advance(HOUR);
  const events = await world.sync();
  assert.deepEqual(shown(one.id), [one.score, one.level]);
  assert.equal(events.find(({ event }) => event === 'pushed')?.accounts, 1, 'and no other');
  assert.deepEqual(world.rows("select * from change where object = 'account' and column_name like '%perly%'"), []);
  await world.advance(HOUR);
  assert.deepEqual((await world.sync()).filter(({ event }) => event === 'pushed'), []);
  await world.close();
});

test('what we wrote ourselves comes back, changes nothing and scores nothing', async () => {
  const world = await open('echo', { sessionMinutes: 1e6 });
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  await world.sync({ config });
  assert.deepEqual(world.rows('select kind, state, count(*) as n from outbox group by kind, state order by kind').map(({ kind, state, n }) => [kind, state, n]), [['fields', 'done', 20], ['task', 'done', 20]]);
  const state = () => world.rows('select id, cast(hash as text) as hash, first_seen from account order by id');
  const before = [state(), world.rows('select count(*) as n from change')[0].n, world.rows('select max(cut) as cut from health')[0].cut];
  await world.advance(HOUR);
  const events = await world.sync({ config });
  const pulled = (/** @type {string} */ object) => events.find((event) => event.event === 'pulled' && event.object === object);
  assert.deepEqual([pulled('Account')?.rows, pulled('Account')?.changed], [20, 0], JSON.stringify(pulled('Account')));
  assert.deepEqual([pulled('Task')?.rows, pulled('Task')?.new], [20, 0], JSON.stringify(pulled('Task')));
  assert.equal(world.rows("select left_out from pull where object = 'Task'")[0].left_out, 20);
  assert.equal(events.find(({ event }) => event === 'scored')?.accounts ?? 0, 0);
  assert.deepEqual([state(), world.rows('select count(*) as n from change')[0].n, world.rows('select max(cut) as cut from health')[0].cut], before);
  assert.deepEqual(events.filter(({ event }) => event === 'pushed' || event === 'acted'), []);
  await world.close();
});

for (const keyed of [true, false]) {
  test(`an own Task that a person completes is no contact with the customer, ${keyed ? 'with' : 'without'} the key field`, async () => {
    const world = await open(`touch ${keyed}`, { start: Date.UTC(2026, 10, 23, 3), sessionMinutes: 1e6 });
    if (keyed) assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
    const { model: _, ...rest } = JSON.parse(config);
    const asShipped = JSON.stringify(rest);
    await world.sync({ config: asShipped });
    const days = () => new Map(world.rows('select account_id, signals from health order by account_id').map(({ account_id, signals }) => [account_id, JSON.parse(signals).days_since_touch?.value]));
    const before = days();
    const own = world.rows("select result_id, account_id from outbox where kind = 'task' and state = 'done'");
    assert.equal(own.length, 20);
    const { org } = /** @type {any} */ (world.server);
    const tasks = org.tables.get('Task');
    const done = { Status: 'Completed', TaskSubtype: 'Call', ActivityDate: new Date(org.now()).toISOString().slice(0, 10) };
    for (const { result_id } of own) {
      const { TaskSubtype, ...fields } = done;
      await world.edit({ action: 'update', object: 'Task', id: result_id, fields });
      tasks.set(tasks.rowOf(org.ids.parse(result_id)), 'TaskSubtype', TaskSubtype); // what no caller may change
    }
    // A person's call with one of them is a contact.
    const [[called]] = [...before].filter(([, value]) => value > 1);
    await world.edit({ action: 'insert', object: 'Task', fields: { ...done, Subject: 'Call', WhatId: called } });
    await world.advance(HOUR);
    await world.sync({ config: asShipped, full: true });
    assert.deepEqual(days(), new Map(before).set(called, 0));
    await world.close();
  });
}
