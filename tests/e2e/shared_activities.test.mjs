// Shared Activities: a call, an e-mail or a meeting counts for every contact that it was with.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('attendees');
/** @typedef {Awaited<ReturnType<typeof open>>} World */

const config = JSON.stringify({
  model: {
    signals: {
      met: 'contacts.filter(c, has(c.last_touch)).size()',
      several: 'activities.filter(a, has(a.contact_ids) && a.contact_ids.size() > 1).size()',
    },
    components: [{ name: 'met', label: 'Met', weight: 1, score: 'linear(double(signals.met + signals.several), 0.0, 100.0)' }],
  },
});

/** [met, several] of each account. @param {World} world @returns {Record<string, number[]>} */
const counted = (world) =>
  Object.fromEntries(
    world.rows('select account_id, signals from health order by account_id').map(({ account_id, signals }) => {
      const { met, several } = JSON.parse(signals);
      return [account_id, [met.value, several.value]];
    }),
  );

/** What the org says: contacts of the account that its done activities were with. @param {World} world @returns {Record<string, number[]>} */
function expected(world) {
  const { org } = world.server;
  const [accounts, contacts] = ['Account', 'Contact'].map((name) => org.tables.get(name));
  /** @type {Map<number, Set<number>>} */
  const people = new Map();
  for (const [name, field] of [['Task', 'TaskId'], ['Event', 'EventId']]) {
    const relations = org.tables.get(`${name}Relation`);
    for (let row = 0; row < relations.count; row++) {
      const to = relations.get(row, 'RelationId');
      if (relations.life[row] !== 0 || relations.get(row, 'IsWhat') || org.ids.prefix(to) !== '003') continue;
      if (name === 'Event' && relations.get(row, 'Status') === 'Declined') continue;
      const activity = relations.get(row, field);
      people.set(activity, (people.get(activity) ?? new Set()).add(to));
    }
  }
  /** @type {Record<string, number[]>} */
  const result = {};
  for (let row = 0; row < accounts.count; row++) {
    if (accounts.life[row] !== 0) continue;
    const account = accounts.keyOf(row);
    const met = new Set();
    let several = 0;
    for (const name of ['Task', 'Event']) {
      const table = org.tables.get(name);
      for (let at = 0; at < table.count; at++) {
        if (table.life[at] !== 0 || table.get(at, 'AccountId') !== account) continue;
        if (name === 'Event' && (table.get(at, 'IsChild') || table.get(at, 'IsRecurrence'))) continue;
        const with_ = people.get(table.keyOf(at)) ?? new Set();
        several += with_.size > 1 ? 1 : 0;
        const kind = name === 'Event' || ['Email', 'Call'].includes(table.get(at, 'TaskSubtype'));
        const done = name === 'Event' || table.get(at, 'Status') === 'Completed';
        const when = name === 'Event' ? table.get(at, 'StartDateTime') : table.get(at, 'ActivityDate');
        if (!kind || !done || when > org.now() - 10 * 60 * 1000) continue;
        for (const contact of with_) {
          const its = contacts.rowOf(contact);
          if (contacts.life[its] === 0 && contacts.get(its, 'AccountId') === account) met.add(contact);
        }
      }
    }
    result[org.ids.text(account)] = [met.size, several];
  }
  return result;
}

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`an activity counts for every contact that it was with (${host})`, async () => {
    const world = await open(`shared-${host}`, { accounts: 20, sharedActivities: true, enhancedEmail: false }, host);
    await world.advance(HOUR);
    await world.sync({ config });
    assert.ok(world.rows('select id from activity_contact').length > 100);
    assert.deepEqual(counted(world), expected(world));
    assert.ok(Object.values(counted(world)).some(([, several]) => several > 5));

    // A new call with two people, one of whom was never met; then it is not with him after all.
    const [{ account, first, other }] = world.rows(
      `select a.id as account, min(c.id) as first, max(c.id) as other from account a join contact c on c.account_id = a.id
       where not c.deleted group by a.id having count(*) > 2 order by a.id limit 1`,
    );
    const before = counted(world)[account];
    const call = { WhoId: first, WhatId: account, Subject: 'Call', Status: 'Completed', TaskSubtype: 'Call' };
    const { id: task } = await world.edit({ action: 'insert', object: 'Task', fields: { ...call, ActivityDate: new Date(world.server.org.now() - DAY).toISOString().slice(0, 10) } });
    const { id: relation } = await world.edit({ action: 'insert', object: 'TaskRelation', fields: { TaskId: task, RelationId: other } });
    await world.advance(HOUR);
    await world.sync({ config });
    assert.deepEqual(counted(world), expected(world));
    assert.equal(counted(world)[account][1], before[1] + 1);

    // A contact who joins later marks the account by the relation alone.
    const { id: third } = await world.edit({ action: 'insert', object: 'Contact', fields: { LastName: 'Latecomer', AccountId: account } });
    await world.advance(HOUR);
    await world.sync({ config });
    await world.edit({ action: 'insert', object: 'TaskRelation', fields: { TaskId: task, RelationId: third } });
    await world.advance(HOUR);
    const scored = (await world.sync({ config })).find(({ event }) => event === 'scored');
    assert.ok(scored?.accounts >= 1 && scored?.accounts < 20, JSON.stringify(scored));
    assert.deepEqual(counted(world), expected(world));

    // Who declined was not there; whoever comes after all, is.
    const at = new Date(world.server.org.now() - DAY).toISOString();
    const { id: event } = await world.edit({ action: 'insert', object: 'Event', fields: { WhoId: first, WhatId: account, Subject: 'Meeting', StartDateTime: at, DurationInMinutes: 30 } });
    const { id: invited } = await world.edit({ action: 'insert', object: 'EventRelation', fields: { EventId: event, RelationId: other, Status: 'Declined' } });
    const [, several] = counted(world)[account];
    await world.advance(HOUR);
    await world.sync({ config });
    assert.deepEqual(counted(world), expected(world));
    assert.equal(counted(world)[account][1], several, 'declined');
    await world.edit({ action: 'update', object: 'EventRelation', id: invited, fields: { Status: 'Accepted' } });
    await world.advance(HOUR);
    await world.sync({ config });
    assert.deepEqual(counted(world), expected(world));
    assert.equal(counted(world)[account][1], several + 1, 'accepted');

    await world.edit({ action: 'delete', object: 'TaskRelation', id: relation });
    await world.edit({ action: 'delete', object: 'Task', id: task });
    await world.advance(HOUR);
    await world.sync({ config });
    assert.deepEqual(counted(world), expected(world));
    await world.close();
  });
}

test('without the feature an activity counts for the contact that it names, and status says so', async () => {
  const world = await open('single');
  await world.sync({ config });
  const lines = (await world.run({ command: 'status' })).filter(({ name }) => /pull (Task|Event)Relation/.test(name));
  assert.deepEqual(lines.map(({ ok, state }) => [ok, state]), [[true, 'absent'], [true, 'absent']], JSON.stringify(lines));
  assert.match(lines[0].text, /counts for the contact that it names alone/);
  await world.close();
});
