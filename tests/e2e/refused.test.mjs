// Records that Salesforce refuses: kept with their error and a sentence, tried again when the record or the
// configuration changes or a person says so, never before; and what waits for an account that was merged.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('refused');

/** A world that is set up and scored once. @param {string} name */
async function begin(name) {
  const world = await open(name);
  const setup = (await world.run({ command: 'setup' })).at(-1);
  assert.equal(setup?.ok, true, JSON.stringify(setup));
  await world.sync();
  const { org } = /** @type {any} */ (world.server);
  return {
    ...world,
    account: (/** @type {number} */ row) => org.ids.text(org.tables.get('Account').keyOf(row)),
    /** An entry that is due. @param {string} kind @param {string} account @param {object} fields @param {string} [key] */
    entry(kind, account, fields, key = `${kind}:${account}`) {
      this.write((database) =>
        database
          .prepare("insert or replace into outbox (key, kind, account_id, fields, state, attempt, looks, created_at) values (?, ?, ?, ?, 'ready', 0, 0, '2026-11-23T07:00:00.000Z')")
          .run(key, kind, account, JSON.stringify(fields)),
      );
    },
    state: (/** @type {string} */ key) => world.rows('select state, attempt, account_id from outbox where key = ?', key)[0],
    errors: async () => (await world.run({ command: 'errors' })).filter(({ event }) => event === 'record_error'),
  };
}

test('each kind of refusal is told with what to do about it', async () => {
  const world = await begin('sentences');
  const [ruled, locked, gone, listed] = [0, 1, 2, 3].map(world.account);
  await world.control('rules', { object: 'Account', field: 'Perly_Health_Score__c', equals: 13, message: 'Thirteen brings bad luck' });
  await world.edit({ action: 'delete', object: 'Account', id: gone });
  world.entry('fields', ruled, { Perly_Health_Score__c: 13 });
  world.entry('fields', locked, { Perly_Health_Score__c: 14 });
  world.entry('fields', gone, { Perly_Health_Score__c: 15 });
  world.entry('fields', listed, { Perly_Risk_Level__c: 'Dire' });
  await world.control('lock', { id: locked, times: 1 });
  await world.run({ command: 'push' });
  const told = Object.fromEntries((await world.errors()).map(({ account_id, code, message, remedy }) => [account_id, { code, message, remedy }]));
  assert.deepEqual(Object.keys(told).sort(), [ruled, gone, listed].sort(), 'a lock passes by itself');
  assert.equal(told[ruled].code, 'SF_VALIDATION_RULE');
  assert.match(told[ruled].message, /Thirteen brings bad luck/);
  assert.match(told[ruled].remedy, /validation rule/);
  assert.equal(told[gone].code, 'SF_RECORD_GONE');
  assert.match(told[gone].remedy, /deleted or merged/);
  assert.equal(told[listed].code, 'SF_PICKLIST_VALUE');
  assert.match(told[listed].remedy, /picklist/);
  const status = (await world.run({ command: 'status' })).filter(({ name }) => name === 'refused records');
  assert.equal(status.length, 3);
  await world.close();
});

test('a trigger, a required field and an inactive owner each have their sentence', async () => {
  const world = await begin('more sentences');
  const rule = { object: 'Account', field: 'Perly_Health_Score__c' };
  const [triggered, required, owned] = [0, 1, 2].map(world.account);
  await world.control('rules', { ...rule, equals: 13, code: 'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY', message: 'AccountGuard: execution of BeforeUpdate caused by: System.NullPointerException' });
  await world.control('rules', { ...rule, equals: 14, code: 'REQUIRED_FIELD_MISSING', message: 'Required fields are missing: [Region__c]' });
  const { org } = /** @type {any} */ (world.server);
  const users = org.tables.get('User');
  const left = users.keyOf([...Array(users.count).keys()].find((row) => !users.get(row, 'IsActive')));
  const key = 'c'.repeat(40);
  world.entry('fields', triggered, { Perly_Health_Score__c: 13 });
  world.entry('fields', required, { Perly_Health_Score__c: 14 });
  world.entry('task', owned, { owner_id: org.ids.text(left), subject: 'Call', priority: 'High', due: '2026-11-25', description: 'call' }, key);
  assert.equal((await world.run({ command: 'push' })).at(-1)?.exit, 3, 'records were refused: a person must act');
  const told = new Map((await world.errors()).map(({ account_id, code, message, remedy }) => [account_id, `${code} ${message}. ${remedy}`]));
  assert.match(told.get(triggered) ?? '', /^SF_TRIGGER_FAILED .*AccountGuard.* maintains the Apex trigger or flow/);
  assert.match(told.get(required) ?? '', /^SF_REQUIRED_FIELD .*Region__c.*Fill in the record's required field/);
  assert.match(told.get(owned) ?? '', /^SF_OWNER_INACTIVE .*Give the record an active owner/);
  assert.equal(told.size, 3);
  await world.close();
});

/** What is taken away, what waits, what its error says. @type {[string[], string, object, string, RegExp][]} */
const RIGHTS = [
  [['Account.Perly_Risk_Level__c.edit'], 'fields', { Perly_Health_Score__c: 13, Perly_Risk_Level__c: 'High' }, 'SF_FIELD_READ_ONLY', /Grant Edit on the three Perly fields of Account, in the permission set Perly Sync/],
  [['Task.Description.edit'], 'task', { owner_id: '', subject: 'Call', priority: 'High', due: '2026-11-25', description: 'call' }, 'SF_FIELD_READ_ONLY', /Grant Edit on the Task fields Subject, .* Comments/],
];
for (const [deny, kind, fields, code, grant] of RIGHTS) {
  test(`without ${deny} the error of a write names what to grant`, async () => {
    const world = await begin(`right ${deny[0]}`);
    const { org } = /** @type {any} */ (world.server);
    const account = world.account(3);
    const key = 'd'.repeat(40);
    world.entry(kind, account, 'owner_id' in fields ? { ...fields, owner_id: org.ids.text(org.connectedUser) } : fields, key);
    await world.control('permissions', { deny });
    const events = await world.run({ command: 'push' });
    const stopped = events.find(({ event }) => event === 'outbox_stopped');
    assert.deepEqual([stopped?.kind, stopped?.code, stopped?.exit], [kind, code, 3], JSON.stringify(events));
    assert.match(stopped?.message, grant);
    assert.equal(world.state(key).state, 'ready', 'it waits until a person has granted it');
    await world.control('permissions', { allow: deny });
    await world.run({ command: 'push' });
    assert.equal(world.state(key).state, 'done');
    await world.close();
  });
}

test('a refused record waits until it, or the configuration, has changed', async () => {
  const world = await begin('waits');
  const account = world.account(4);
  const key = `fields:${account}`;
  await world.control('rules', { object: 'Account', field: 'Perly_Health_Score__c', equals: 13, message: 'No' });
  world.entry('fields', account, { Perly_Health_Score__c: 13 });
  await world.run({ command: 'push' });
  assert.equal(world.state(key).state, 'failed');
  const { calls } = await world.control('stats');
  await world.run({ command: 'push' });
  assert.deepEqual((await world.control('stats')).calls, calls, 'nothing changed: not one request');

  await world.control('rules', undefined, 'DELETE');
  await world.advance(HOUR);
  await world.edit({ action: 'update', object: 'Account', id: account, fields: { Industry: 'Banking' } });
  await world.advance(HOUR);
  await world.sync();
  assert.equal(world.state(key).state, 'done', 'the record changed');

  await world.control('rules', { object: 'Account', field: 'Perly_Health_Score__c', equals: 13, message: 'No' });
  world.entry('fields', account, { Perly_Health_Score__c: 13 });
  await world.run({ command: 'push' });
  assert.equal(world.state(key).state, 'failed');
  await world.control('rules', undefined, 'DELETE');
  await world.advance(2 * HOUR);
  await world.sync({ config: JSON.stringify({ limits: { tasks_per_owner_day: 7 } }) });
  assert.equal(world.state(key).state, 'done', 'the configuration changed');
  assert.deepEqual(await world.errors(), []);
  await world.close();
});

test('a refused score is not sent again by scoring the account anew, unless it is another', async () => {
  const world = await open('rescored');
  await world.run({ command: 'setup' });
  await world.control('rules', { object: 'Account', field: 'Perly_Health_Score__c', above: -1, message: 'No score is welcome' });
  await world.sync();
  const errors = async () => (await world.run({ command: 'errors' })).filter(({ event }) => event === 'record_error');
  const read = () => new Map(world.rows("select o.account_id, o.state, o.cut, o.fields, h.cut as scored, h.score, h.level from outbox o join health h on h.account_id = o.account_id where o.kind = 'fields'").map((row) => [row.account_id, row]));
  let before = read();
  assert.ok(before.size > 5 && [...before.values()].every(({ state }) => state === 'failed'), JSON.stringify([...before.values()]));
  let [same, other] = [0, 0];
  for (let day = 0; day < 3; day++) {
    await world.advance(DAY + HOUR);
    await world.sync();
    const now = read();
    for (const [id, row] of now) {
      const old = before.get(id);
      assert.ok(row.scored > old.scored, 'scored anew');
      const changed = old.score !== row.score || old.level !== row.level;
      assert.equal(row.cut > old.cut, changed, `${id}: ${JSON.stringify([old, row])}`);
      changed ? other++ : same++;
    }
    before = now;
  }
  assert.ok(same > 0, `scores that stay: ${same}, that change: ${other}`);
  assert.equal((await errors()).length, before.size);
  await world.control('rules', undefined, 'DELETE');
  await world.run({ command: 'actions_decide', decision: 'retry' });
  await world.sync();
  assert.ok([...read().values()].every(({ state }) => state === 'done'), 'a person says so');
  await world.close();
});

test('what waits for an account that was merged goes to the winner; its own score is dropped', async () => {
  const world = await begin('merged');
  const [winner, loser] = [5, 6].map(world.account);
  const key = 'b'.repeat(40);
  world.entry('fields', loser, { Perly_Health_Score__c: 1 });
  world.entry('chatter', loser, { text: `Health fell\n\n[perly:${key}]` }, key);
  await world.edit({ action: 'merge', object: 'Account', id: winner, loser });
  await world.advance(HOUR);
  await world.sync();
  assert.equal(world.state(`fields:${loser}`).state, 'dropped');
  const posted = world.state(key);
  assert.deepEqual([posted.state, posted.account_id], ['done', winner]);
  const feed = await world.control('feed');
  assert.deepEqual(feed.filter((/** @type {any} */ one) => one.Body?.includes(key)).map((/** @type {any} */ one) => one.ParentId), [winner]);
  await world.close();
});

for (const [touch, days, touched] of /** @type {[string, number, boolean][]} */ ([['daily', 1, true], ['weekly', 1, false], ['weekly', 7, true], ['never', 20, false]])) {
  test(`touch ${touch}: an unchanged account shows a new Last Updated after ${days} days: ${touched}`, async () => {
    const world = await begin(`touch-${touch}-${days}`);
    const config = JSON.stringify({ salesforce: { touch } });
    await world.advance(days * DAY + 2 * HOUR);
    const before = new Map(world.rows('select account_id, pushed_score, pushed_level from health').map((row) => [row.account_id, row]));
    await world.sync({ config });
    const after = world.rows('select h.account_id, h.score, h.level, h.pushed_at, c.at from health h, (select max(at) at from cut) c where score is not null');
    const same = after.filter(({ account_id, score, level }) => before.get(account_id)?.pushed_score === score && before.get(account_id)?.pushed_level === level);
    assert.ok(same.length > 0, 'some account is as it was');
    for (const row of same) assert.equal(row.pushed_at >= row.at, touched, JSON.stringify(row));
    await world.close();
  });
}
