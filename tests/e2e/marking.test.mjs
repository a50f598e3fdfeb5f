// Rows that do not name their account still mark it: whatever a score depends on is scored in the cycle that brings it,
// not first by the daily scoring of everything.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR, personOf } from './world.mjs';

const open = createWorlds('marking');
/** @typedef {Awaited<ReturnType<typeof open>>} World */

const config = JSON.stringify({
  model: {
    signals: {
      people: 'contacts.size()',
      champions: "contacts.filter(c, 'Champion' in c.roles).size()",
      cared_for: 'owner.active ? 1 : 0',
    },
    components: [{ name: 'people', label: 'People', weight: 1, score: 'linear(signals.people + signals.champions + signals.cared_for, 0, 20)' }],
  },
});

/** @param {World} world @param {string} account @param {string} signal */
const signal = (world, account, signal) => JSON.parse(world.rows('select signals from health where account_id = ?', account)[0].signals)[signal].value;
/** @param {import('./core.mjs').Event[]} events */
const scored = (events) => events.find(({ event }) => event === 'scored')?.accounts;

/** What another version, or another program, left. @param {World} world @param {string} sql */
const change = (world, sql) => world.write((database) => database.exec(sql));

/** A contact that another account shares and an opportunity of that account. @param {World} world */
const shared = (world) =>
  world.rows(`select c.id as contact, c.account_id as home, r.account_id as other, o.id as opportunity from contact c
    join account_contact r on r.contact_id = c.id and not r.direct and r.active and r.ends is null and not r.deleted
    join opportunity o on o.account_id = r.account_id and not o.deleted
    where not c.deleted and c.account_id is not null and not exists (select 1 from contact_role x where x.contact_id = c.id)
      and coalesce(r.roles, '') not like '%Champion%' order by c.id limit 1`)[0];

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`a role on an opportunity of an account that shares the contact (${host})`, async () => {
    const world = await open(`role-${host}`, { accounts: 60, contactsToMultipleAccounts: true, sessionMinutes: 1e6 }, host);
    await world.advance(HOUR); // past the lag of the window
    await world.sync({ config });
    const { contact, home, other, opportunity } = shared(world);
    const before = [home, other].map((account) => signal(world, account, 'champions'));
    const { id } = await world.edit({ action: 'insert', object: 'OpportunityContactRole', fields: { OpportunityId: opportunity, ContactId: contact, Role: 'Champion' } });
    await world.advance(HOUR);
    assert.equal(scored(await world.sync({ config })), 2);
    assert.deepEqual([home, other].map((account) => signal(world, account, 'champions')), before.map((count) => count + 1));

    // The role is another person's now: who had it is looked at as well.
    const [{ id: next, account_id: account }] = world.rows(
      `select id, account_id from contact where not deleted and account_id is not null and account_id <> ? and account_id <> ?
       and id not in (select contact_id from account_contact where not direct) order by id limit 1`, home, other);
    await world.edit({ action: 'update', object: 'OpportunityContactRole', id, fields: { ContactId: next } });
    await world.advance(HOUR);
    assert.equal(scored(await world.sync({ config })), 3, account);
    assert.deepEqual([home, other].map((account) => signal(world, account, 'champions')), before);
    await world.edit({ action: 'update', object: 'OpportunityContactRole', id, fields: { ContactId: contact } });
    await world.advance(HOUR);
    await world.sync({ config });

    // Deleted, and purged before a window saw it: the sweep finds that, and marks the same accounts.
    await world.edit({ action: 'delete', object: 'OpportunityContactRole', id });
    await world.edit({ action: 'purge', object: 'OpportunityContactRole', id });
    change(world, "update pull set first_done = '2020-01-01T00:00:00.000Z'"); // it is due
    await world.advance(HOUR);
    const swept = await world.sync({ config });
    assert.equal(swept.find(({ event, object }) => event === 'swept' && object === 'OpportunityContactRole')?.purged, 1);
    assert.deepEqual([home, other].map((account) => signal(world, account, 'champions')), before);
    await world.close();
  });
}

test('the first load of relations in a database that had none', async () => {
  const world = await open('first load', { accounts: 60, contactsToMultipleAccounts: true, sessionMinutes: 1e6 });
  await world.sync({ config });
  const accounts = world.rows('select count(distinct account_id) as n from account_contact')[0].n;
  assert.ok(accounts > 5 && accounts <= 60, `${accounts}`);
  change(world, "delete from pull where object = 'AccountContactRelation'; delete from account_contact");
  await world.advance(HOUR);
  assert.equal(scored(await world.sync({ config })), accounts);
  await world.advance(HOUR);
  assert.equal(scored(await world.sync({ config })), 0, 'once');
  await world.close();
});

test('rows of a window that was stopped, when another takes its place', async () => {
  const world = await open('replaced', { accounts: 60, contactsToMultipleAccounts: true, sessionMinutes: 1e6 });
  await world.advance(HOUR);
  await world.sync({ config });
  const roles = world.rows(`select c.id as contact, min(o.id) as opportunity, c.account_id from contact c join opportunity o on o.account_id = c.account_id
    where not c.deleted and not o.deleted and c.id not in (select contact_id from contact_role) and c.id not in (select contact_id from account_contact where not direct)
    group by c.account_id order by c.id limit 3`);
  for (const { contact, opportunity } of roles) {
    await world.edit({ action: 'insert', object: 'OpportunityContactRole', fields: { OpportunityId: opportunity, ContactId: contact, Role: 'Champion' } });
  }
  await world.advance(HOUR);
  const rest = { method: 'GET', path: 'jobs/query/.*locator=' };
  await world.control('faults', [{ match: rest, fault: { kind: 'limit' }, times: 0 }]);
  assert.equal((await world.run({ command: 'sync', config, page_rows: 1 })).at(-1)?.ok, false);
  assert.equal(world.rows('select count(*) as n from contact_role where seen > (select max(at) from cut)')[0].n, 1, 'one of three came');
  await world.control('faults', undefined, 'DELETE');
  await world.advance(HOUR);
  assert.equal(scored(await world.sync({ config, full: true })), 3);
  for (const { account_id } of roles) assert.ok(signal(world, account_id, 'champions') > 0, account_id);
  await world.close();
});

test('what changes of an owner concerns the accounts that are owned', async () => {
  const world = await open('owner', { accounts: 60, sessionMinutes: 1e6 });
  await world.sync({ config });
  const [{ owner_id, n }] = world.rows('select owner_id, count(*) as n from account a join "user" u on u.id = a.owner_id and u.active where not a.deleted group by owner_id order by n limit 1');
  await world.edit({ action: 'update', object: 'User', id: owner_id, fields: { IsActive: false } });
  await world.advance(HOUR);
  assert.equal(scored(await world.sync({ config })), n);
  const [{ id }] = world.rows('select id from account where owner_id = ? limit 1', owner_id);
  assert.equal(signal(world, id, 'cared_for'), 0);
  await world.close();
});

test('a person who is forgotten leaves the count of every account at once', async () => {
  const world = await open('forgotten', { accounts: 40, contactsToMultipleAccounts: true, sessionMinutes: 1e6 });
  await world.sync({ config });
  const { id, forget } = personOf(world);
  const accounts = world.rows('select account_id from contact where id = ?1 union select account_id from account_contact where contact_id = ?1', id).map(({ account_id }) => account_id);
  const before = accounts.map((account) => signal(world, account, 'people'));
  await forget();
  change(world, "delete from pull where object = 'Contact (forgotten)'"); // asked for once a day
  await world.advance(HOUR);
  await world.sync({ config });
  assert.deepEqual(accounts.map((account) => signal(world, account, 'people')), before.map((count) => count - 1));
  await world.close();
});
