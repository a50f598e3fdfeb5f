// E-mail messages as activities: with a direction, each counted once, and nothing read of what they say.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('emails');
/** @typedef {Awaited<ReturnType<typeof open>>} World */

const config = JSON.stringify({
  model: {
    signals: {
      emails: "activities.filter(a, a.kind == 'email').size()",
      received: "activities.filter(a, a.kind == 'email' && a.direction == 'in').size()",
      sent: "activities.filter(a, a.kind == 'email' && a.direction == 'out').size()",
    },
    components: [{ name: 'emails', label: 'E-mails', weight: 1, score: 'linear(signals.emails + signals.received + signals.sent, 0, 100)' }],
  },
});

/** [emails, received, sent] of each account. @param {World} world @returns {Record<string, number[]>} */
const counted = (world) =>
  Object.fromEntries(
    world.rows('select account_id, signals from health order by account_id').map(({ account_id, signals }) => {
      const { emails, received, sent } = JSON.parse(signals);
      return [account_id, [emails.value, received.value, sent.value]];
    }),
  );

/** The same as the org has it: e-mail Tasks, with what the messages beside them say, and messages alone. @param {World} world */
function told(world) {
  const { org } = /** @type {any} */ (world.server);
  const [tasks, messages, opportunities] = ['Task', 'EmailMessage', 'Opportunity'].map((name) => org.tables.get(name));
  const live = (/** @type {any} */ table) => [...Array(table?.count ?? 0).keys()].filter((row) => table.life[row] === 0);
  const isEmail = (/** @type {number} */ row) => tasks.get(row, 'TaskSubtype') === 'Email';
  /** @type {Record<string, number[]>} */
  const counts = {};
  const add = (/** @type {number | null} */ account, /** @type {number} */ column) => {
    if (account !== null) (counts[org.ids.text(account)] ??= [0, 0, 0])[column] += 1;
  };
  const liveTasks = new Map(live(tasks).filter(isEmail).map((row) => [tasks.keyOf(row), tasks.get(row, 'AccountId')]));
  for (const account of liveTasks.values()) add(account, 0);
  for (const row of live(messages)) {
    const [task, about] = [messages.get(row, 'ActivityId'), messages.get(row, 'RelatedToId')];
    const alone = org.ids.prefix(about) === '006' ? opportunities.get(opportunities.rowOf(about), 'AccountId') : about;
    const account = liveTasks.has(task) ? liveTasks.get(task) : alone;
    if (!liveTasks.has(task)) add(account, 0);
    add(account, messages.get(row, 'Incoming') ? 1 : 2);
  }
  return counts;
}

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`a message gives its Task a direction and is not counted beside it (${host})`, async () => {
    const world = await open(`told-${host}`, { accounts: 40 }, host);
    await world.advance(HOUR); // past the lag of the window
    await world.sync({ config });
    const [expected, found] = [told(world), counted(world)];
    assert.ok(Object.values(found).some(([, received, sent]) => received > 0 && sent > 0));
    for (const [account, counts] of Object.entries(found)) assert.deepEqual(counts, expected[account] ?? [0, 0, 0], account);
    const columns = world.rows('pragma table_info(email)').map(({ name }) => name);
    assert.deepEqual(columns.slice(7), ['activity_id', 'related_id', 'direction', 'at'], 'nothing of what they say, and to whom');
    await world.close();
  });
}

test('a message without a Task is an activity of what it is about, a draft is none', async () => {
  const world = await open('alone');
  await world.sync({ config });
  const before = counted(world);
  const [{ id: opportunity, account_id: first }] = world.rows('select id, account_id from opportunity where not deleted order by id limit 1');
  const [{ id: second }] = world.rows('select id from account where id <> ? order by id limit 1', first);
  await world.advance(HOUR);
  const insert = async (/** @type {object} */ fields) => (await world.edit({ action: 'insert', object: 'EmailMessage', fields })).id;
  const at = new Date(world.server.org.now()).toISOString();
  const message = await insert({ RelatedToId: opportunity, Incoming: true, Status: 'Read', MessageDate: at });
  await insert({ RelatedToId: second, Incoming: false, Status: 'Sent', MessageDate: at });
  await insert({ RelatedToId: second, Incoming: false, Status: 'Draft', MessageDate: at });
  await world.advance(HOUR);
  const events = await world.sync({ config });
  assert.equal(events.find(({ event }) => event === 'scored')?.accounts, 2, 'whose accounts are due');
  const after = counted(world);
  assert.deepEqual(after[first], before[first].map((count, i) => count + [1, 1, 0][i]));
  assert.deepEqual(after[second], before[second].map((count, i) => count + [1, 0, 1][i]));

  await world.edit({ action: 'delete', object: 'EmailMessage', id: message });
  await world.advance(HOUR);
  await world.sync({ config });
  assert.deepEqual(counted(world)[first], before[first], 'a deleted one is none');
  await world.close();
});

test('a message whose Task is deleted is counted by itself', async () => {
  const world = await open('taskless', { accounts: 40 });
  await world.sync({ config });
  const before = counted(world);
  const [{ task, account }] = world.rows(
    `select a.id as task, a.account_id as account from email e join activity a on a.id = e.activity_id
      where not a.deleted and e.related_id = a.account_id order by a.id limit 1`,
  );
  await world.advance(HOUR);
  await world.edit({ action: 'delete', object: 'Task', id: task });
  await world.advance(HOUR);
  await world.sync({ config });
  assert.equal(world.rows('select deleted from activity where id = ?', task)[0].deleted, 1);
  assert.deepEqual(counted(world)[account], before[account]);
  await world.close();
});

const people = JSON.stringify({
  model: {
    signals: {
      met: 'contacts.filter(c, has(c.last_touch)).size()',
      several: "activities.filter(a, a.kind == 'email' && has(a.contact_ids) && a.contact_ids.size() > 1).size()",
    },
    components: [{ name: 'met', label: 'Met', weight: 1, score: 'linear(double(signals.met + signals.several), 0.0, 100.0)' }],
  },
});

/** [met, several] of an account. @param {World} world @param {string} account @returns {number[]} */
function counts(world, account) {
  const [{ signals }] = world.rows('select signals from health where account_id = ?', account);
  const { met, several } = JSON.parse(signals);
  return [met.value, several.value];
}

/** E-mails of each account that were with more than one contact, as the org has it. @param {World} world */
function withSeveral(world) {
  const { org } = /** @type {any} */ (world.server);
  const [tasks, messages, relations] = ['Task', 'EmailMessage', 'EmailMessageRelation'].map((name) => org.tables.get(name));
  /** @type {Map<number, Set<number>>} by message */
  const people = new Map();
  for (let row = 0; row < relations.count; row++) {
    const [message, to] = [relations.get(row, 'EmailMessageId'), relations.get(row, 'RelationId')];
    if (to === null || org.ids.prefix(to) !== '003') continue;
    people.set(message, (people.get(message) ?? new Set()).add(to));
  }
  /** @type {Record<string, number>} */
  const several = {};
  for (let row = 0; row < messages.count; row++) {
    const task = tasks.rowOf(messages.get(row, 'ActivityId'));
    const account = tasks.get(task, 'AccountId');
    const all = new Set([...(people.get(messages.keyOf(row)) ?? []), tasks.get(task, 'WhoId')].filter((one) => one !== null));
    if (account !== null && all.size > 1) several[org.ids.text(account)] = (several[org.ids.text(account)] ?? 0) + 1;
  }
  return several;
}

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`a message counts for every contact whom it was from and to (${host})`, async () => {
    const world = await open(`people-${host}`, { emailRelations: true }, host);
    await world.advance(HOUR);
    await world.sync({ config: people });
    const [{ kept, others }] = world.rows("select count(*) as kept, sum(contact_id not like '003%') as others from activity_contact");
    assert.ok(kept > 50 && others === 0, `${kept} contacts, ${others} users and strangers`);
    const expected = withSeveral(world);
    assert.ok(Object.keys(expected).length > 3, JSON.stringify(expected));
    for (const { account_id } of world.rows('select account_id from health')) assert.equal(counts(world, account_id)[1], expected[account_id] ?? 0, account_id);

    // Somebody new on the account: in copy of a message that has a Task, then the sender of one that has none.
    const [{ message, account }] = world.rows(
      'select e.id as message, a.account_id as account from email e join activity a on a.id = e.activity_id where not a.deleted and not e.deleted order by e.id limit 1',
    );
    const insert = async (/** @type {string} */ object, /** @type {object} */ fields) => (await world.edit({ action: 'insert', object, fields })).id;
    const [copied, sender] = [await insert('Contact', { LastName: 'Copied', AccountId: account }), await insert('Contact', { LastName: 'Sender', AccountId: account })];
    await world.advance(HOUR);
    await world.sync({ config: people });
    const [met] = counts(world, account);
    const relation = await insert('EmailMessageRelation', { EmailMessageId: message, RelationId: copied, RelationType: 'CcAddress' });
    await world.advance(HOUR);
    const scored = (await world.sync({ config: people })).find(({ event }) => event === 'scored');
    assert.equal(scored?.accounts, 1, 'the relation alone marks the account');
    assert.equal(counts(world, account)[0], met + 1);
    const at = new Date(world.server.org.now()).toISOString();
    const alone = await insert('EmailMessage', { RelatedToId: account, Incoming: true, Status: 'Read', MessageDate: at });
    await world.advance(HOUR);
    await world.sync({ config: people });
    assert.equal(counts(world, account)[0], met + 1, 'of nobody yet');
    await insert('EmailMessageRelation', { EmailMessageId: alone, RelationId: sender, RelationType: 'FromAddress' });
    await world.advance(HOUR);
    await world.sync({ config: people });
    assert.equal(counts(world, account)[0], met + 2);
    await world.edit({ action: 'delete', object: 'EmailMessageRelation', id: relation });
    await world.advance(HOUR);
    await world.sync({ config: people });
    assert.equal(counts(world, account)[0], met + 1, 'not in copy after all');
    await world.close();
  });
}

test('an org without Enhanced Email: Tasks alone, and status says so', async () => {
  const world = await open('classic', { enhancedEmail: false });
  await world.sync({ config });
  const [expected, found] = [told(world), counted(world)];
  for (const [account, counts] of Object.entries(found)) assert.deepEqual(counts, expected[account] ?? [0, 0, 0], account);
  const line = (await world.run({ command: 'status' })).find(({ name }) => name === 'pull EmailMessage');
  assert.deepEqual([line?.ok, line?.state], [true, 'absent'], JSON.stringify(line));
  await world.advance(DAY);
  await world.sync({ config });
  await world.close();
});
