// Contacts to Multiple Accounts: a contact counts on every account that it belongs to, with the roles it has there.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR, personOf } from './world.mjs';

const open = createWorlds('relations');
/** @typedef {Awaited<ReturnType<typeof open>>} World */

const config = JSON.stringify({
  model: {
    signals: { people: 'contacts.size()', champions: "contacts.filter(c, 'Champion' in c.roles).size()" },
    components: [{ name: 'people', label: 'People', weight: 1, score: 'linear(signals.people + signals.champions, 0, 20)' }],
  },
});

/** [people, champions] of each account. @param {World} world @returns {Record<string, number[]>} */
const counted = (world) =>
  Object.fromEntries(
    world.rows('select account_id, signals from health order by account_id').map(({ account_id, signals }) => {
      const { people, champions } = JSON.parse(signals);
      return [account_id, [people.value, champions.value]];
    }),
  );

/** How many people each account has, as the org tells it. @param {World} world */
function people(world) {
  const { org } = /** @type {any} */ (world.server);
  const [contacts, relations] = [org.tables.get('Contact'), org.tables.get('AccountContactRelation')];
  /** @type {Map<string, Set<number>>} */
  const found = new Map();
  const add = (/** @type {number} */ account, /** @type {number} */ contact) => {
    const id = org.ids.text(account);
    found.set(id, (found.get(id) ?? new Set()).add(contact));
  };
  for (let row = 0; row < contacts.count; row++) if (contacts.life[row] === 0 && contacts.get(row, 'AccountId') !== null) add(contacts.get(row, 'AccountId'), contacts.keyOf(row));
  for (let row = 0; row < relations.count; row++) {
    const contact = relations.get(row, 'ContactId');
    const ended = relations.get(row, 'EndDate') !== null && relations.get(row, 'EndDate') < org.now();
    if (relations.life[row] === 0 && relations.get(row, 'IsActive') && !ended && contacts.life[contacts.rowOf(contact)] === 0) add(relations.get(row, 'AccountId'), contact);
  }
  return found;
}

/** @param {World} world */
function assertTold(world) {
  const expected = people(world);
  for (const [account, [count]] of Object.entries(counted(world))) assert.equal(count, expected.get(account)?.size ?? 0, account);
}

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`a contact counts on every account that it belongs to (${host})`, async () => {
    const world = await open(`shared-${host}`, { accounts: 40, contactsToMultipleAccounts: true }, host);
    await world.advance(HOUR); // past the lag of the window
    await world.sync({ config });
    assert.ok(world.rows('select id from account_contact where not direct and active').length > 5);
    assertTold(world);
    const line = (await world.run({ command: 'status' })).find(({ name }) => name === 'pull AccountContactRelation');
    assert.deepEqual([line?.ok, line?.state], [true, 'done'], JSON.stringify(line));

    const [{ contact, home }] = world.rows('select c.id as contact, c.account_id as home from contact c where not deleted order by id limit 1');
    const [{ id: other }] = world.rows('select id from account where id not in (select account_id from account_contact where contact_id = ?) order by id desc limit 1', contact);
    const before = counted(world);
    await world.advance(HOUR);
    const { id } = await world.edit({ action: 'insert', object: 'AccountContactRelation', fields: { AccountId: other, ContactId: contact, Roles: 'Champion;Evaluator', IsActive: true } });
    await world.advance(HOUR);
    await world.sync({ config });
    assert.deepEqual(counted(world)[other], before[other].map((count) => count + 1), 'with its roles');
    assert.deepEqual(counted(world)[home], before[home], 'which it does not have at home');

    // What changes of the contact concerns both accounts.
    await world.edit({ action: 'update', object: 'Contact', id: contact, fields: { Title: 'Chief of Everything' } });
    await world.advance(HOUR);
    const scored = (await world.sync({ config })).find(({ event }) => event === 'scored');
    assert.ok(scored?.accounts >= 2, JSON.stringify(scored));

    await world.edit({ action: 'update', object: 'AccountContactRelation', id, fields: { IsActive: false } });
    await world.advance(HOUR);
    await world.sync({ config });
    assert.deepEqual(counted(world)[other], before[other], 'one that has ended is none');
    await world.edit({ action: 'update', object: 'AccountContactRelation', id, fields: { IsActive: true } });
    await world.advance(HOUR);
    await world.sync({ config });
    assert.deepEqual(counted(world)[other], before[other].map((count) => count + 1));
    await world.edit({ action: 'delete', object: 'AccountContactRelation', id });
    await world.advance(HOUR);
    await world.sync({ config });
    assert.deepEqual(counted(world)[other], before[other], 'a deleted one is none');
    assertTold(world);
    await world.close();
  });
}

test('without the feature a contact counts on its own account, and status says so', async () => {
  const world = await open('single');
  await world.sync({ config });
  const line = (await world.run({ command: 'status' })).find(({ name }) => name === 'pull AccountContactRelation');
  assert.deepEqual([line?.ok, line?.state], [true, 'absent'], JSON.stringify(line));
  assert.match(line?.text, /a contact counts on its own account alone/);
  await world.close();
});

test('a person who is forgotten is forgotten on every account', async () => {
  const world = await open('forgotten', { accounts: 40, contactsToMultipleAccounts: true, sessionMinutes: 1e6 });
  await world.sync({ config });
  const { id, forget } = personOf(world);
  assert.notEqual(world.rows('select id from account_contact where contact_id = ?', id).length, 0);
  await forget();
  await world.advance(8 * DAY);
  await world.sync({ config });
  assert.deepEqual(world.rows('select id from contact where id = ?', id), []);
  assert.deepEqual(world.rows('select id from account_contact where contact_id = ?', id), []);
  await world.close();
});
