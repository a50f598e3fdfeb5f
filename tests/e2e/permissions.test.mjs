// The preflight: each permission that is taken away is named, exactly, with what to grant; and the split of
// privileges: an administrator sets up once, a minimal integration user does the daily work.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { connect } from './core.mjs';
import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('permissions');
/** @param {any[]} events */
const end = (events) => events.at(-1);
/** @param {any[]} events @returns {Record<string, any>} */
const answers = (events) => Object.fromEntries(events.filter(({ event }) => event === 'check').map((one) => [one.name, one]));

/** What is taken away, which capability that ends, what is to be granted, whether the daily work needs it. @type {[string[], string, RegExp, boolean][]} */
const TAKEN = [
  [['ApiEnabled'], 'can_use_api', /API Enabled/, true],
  [['Account.read'], 'can_read_Account', /Read on the object Account/, true],
  [['Contact.read'], 'can_read_Contact', /Read on the object Contact/, true],
  [['Opportunity.read'], 'can_read_Opportunity', /Read on the object Opportunity/, true],
  [['OpportunityContactRole.read'], 'can_read_OpportunityContactRole', /Opportunity and Contact/, true],
  [['Task.read'], 'can_read_Task', /Access Activities/, true],
  [['Event.read'], 'can_read_Event', /Access Activities/, true],
  [['User.read'], 'can_read_User', /View All Users/, true],
  [['EmailMessage.read'], 'can_read_EmailMessage', /Enhanced Email/, false],
  [['OpportunityHistory.read'], 'can_read_OpportunityHistory', /Read on the object Opportunity/, false],
  ...['Account', 'Contact', 'Opportunity'].map((object) => /** @type {any} */ ([
    ['ViewAllData', 'ModifyAllData'], `can_see_all_${object}`, new RegExp(`View All Records on the object ${object}, or .*View All Data`), false,
  ])),
  [['Account.edit'], 'can_write_scores', /Edit on the object Account/, true],
  [['Account.Perly_Health_Score__c.edit'], 'can_write_scores', /Edit on the three Perly fields/, true],
  [['Account.Perly_Risk_Level__c.read'], 'can_write_scores', /missing or hidden/, true],
  [['EditTask'], 'can_create_task', /Edit Tasks/, true],
  [['Task.Description.edit'], 'can_create_task', /Task fields .*Comments/, true],
  [['ChatterInternalUser'], 'can_post_chatter', /Chatter/, true],
  [['CustomizeApplication'], 'can_create_fields', /Customize Application/, false],
  [['ViewSetup'], 'can_create_fields', /View Setup and Configuration/, false],
  [['AssignPermissionSets', 'ManageUsers'], 'can_grant_access', /Assign Permission Sets/, false],
];

test('each permission that is missing is named with what to grant, and nothing else is', async () => {
  const world = await open('taken');
  assert.equal(end(await world.run({ command: 'setup' })).ok, true);
  const whole = await world.run({ command: 'check' });
  assert.deepEqual(Object.values(answers(whole)).filter(({ answer }) => answer !== 'yes'), [], 'an administrator may do all of it');
  for (const [deny, name, grant, needed] of TAKEN) {
    await world.control('permissions', { deny });
    const events = await world.run({ command: 'check' });
    await world.control('permissions', { allow: deny });
    const found = answers(events);
    if (found[name] === undefined) {
      // Without the API no question is answered: the error itself has to say it.
      assert.match(`${end(events).message} ${end(events).remedy}`, grant, `${deny}: ${JSON.stringify(end(events))}`);
      assert.equal(end(events).exit, 3);
      continue;
    }
    assert.deepEqual([found[name].answer, found[name].needed], ['no', needed], `${deny}: ${JSON.stringify(found[name])}`);
    assert.match(found[name].text, grant);
    assert.equal(end(events).exit, needed ? 3 : undefined, `${deny}`);
  }
  await world.close();
});

/** What a permission set gives to the connected user. @param {any} world @param {string} object */
async function viewAll(world, object) {
  const { org } = world.server;
  const set = await world.edit({ action: 'insert', object: 'PermissionSet', fields: { Name: `See_${object}`, Label: `See ${object}` } });
  await world.edit({ action: 'insert', object: 'ObjectPermissions', fields: { ParentId: set.id, SobjectType: object, PermissionsRead: true, PermissionsViewAllRecords: true } });
  await world.edit({ action: 'insert', object: 'PermissionSetAssignment', fields: { PermissionSetId: set.id, AssigneeId: org.ids.text(org.connectedUser) } });
}

test('View All Records on one object shows all of it, and check says which are still hidden', async () => {
  const world = await open('records', { accounts: 60 });
  await world.run({ command: 'setup' });
  await world.control('permissions', { deny: ['ViewAllData', 'ModifyAllData'] });
  const seen = () => world.rows('select (select count(*) from account) as accounts, (select count(*) from opportunity) as opportunities')[0];
  await world.sync();
  const before = seen();
  assert.ok(before.accounts < 60, 'sharing hides some');
  const told = async () => (await world.run({ command: 'status' })).find(({ name }) => name === 'pull Account')?.text;
  assert.match(await told(), /held of 60 in the org \(of the others, sharing hides what perly check names/);
  await viewAll(world, 'Account');
  const found = answers(await world.run({ command: 'check' }));
  assert.deepEqual(['Account', 'Contact', 'Opportunity'].map((object) => found[`can_see_all_${object}`].answer), ['yes', 'no', 'no']);
  await world.advance(HOUR);
  await world.sync({ full: true });
  assert.equal(seen().accounts, 60);
  assert.doesNotMatch(await told(), /sharing hides/);
  await world.close();
});

/** @type {[string, object, string, 'no' | 'unknown', RegExp][]} */
const TROUBLE = [
  ['Bulk is off', { match: { path: '/jobs/query$' }, fault: { kind: 'status', status: 400, code: 'FEATURENOTENABLED', message: 'Bulk API is not enabled' } }, 'can_use_bulk', 'no', /Bulk API 2.0/],
  ['the Bulk allowance is used up', { match: { path: '/jobs/query$' }, fault: { kind: 'status', status: 400, code: 'LIMIT_EXCEEDED', message: 'Max bulk v2 query jobs (10000) per 24 hrs has been reached' } }, 'can_use_bulk', 'unknown', /used up/],
  ['the identity URL is closed', { match: { path: '^/id/' }, fault: { kind: 'status', status: 403, code: 'FORBIDDEN', message: 'no' } }, 'can_act_as_user', 'unknown', /identity URL/],
];

test('what cannot be asked is unknown, with why; Bulk that is off is a no', async () => {
  const world = await open('trouble');
  await world.run({ command: 'setup' });
  for (const [name, fault, capability, answer, text] of TROUBLE) {
    await world.control('faults', fault);
    const events = await world.run({ command: 'check' });
    const found = answers(events)[capability];
    assert.deepEqual([found?.answer, found?.needed], [answer, true], `${name}: ${JSON.stringify(found ?? end(events))}`);
    assert.match(found.text, text);
    assert.equal(end(events).exit, answer === 'no' ? 3 : undefined);
  }
  await world.control('permissions', { deny: ['ViewAllData', 'ModifyAllData'] });
  await world.control('faults', { match: { path: 'ObjectPermissions' }, fault: { kind: 'status', status: 400, code: 'INVALID_TYPE', message: "sObject type 'ObjectPermissions' is not supported." } });
  const found = answers(await world.run({ command: 'check' }));
  assert.equal(found['can_see_all_Account'].answer, 'unknown');
  assert.match(found['can_see_all_Account'].text, /View Setup and Configuration/);
  await world.close();
});

test('an administrator sets up once; a user without any setup permission does the daily work', async () => {
  const world = await open('split');
  const { org } = /** @type {any} */ (world.server);
  const users = org.tables.get('User');
  const administrator = org.connectedUser;
  // The user of the daily work: the API, tasks, Chatter; nothing that Setup knows.
  const worker = users.keyOf([...Array(users.count).keys()].find((row) => users.keyOf(row) !== administrator && users.keyOf(row) !== org.otherAdmin && users.get(row, 'IsActive')));
  const username = users.get(users.rowOf(worker), 'Username');
  org.access.setProfile(worker, ['ApiEnabled', 'ViewAllData', 'EditTask', 'ChatterInternalUser']);

  const nobody = end(await world.run({ command: 'setup', assign: 'nobody@example.com' }));
  assert.deepEqual([nobody.code, nobody.exit], ['COMMAND_ARGUMENT', 4]);
  assert.equal(end(await world.run({ command: 'setup', assign: username })).ok, true);
  org.connectedUser = worker;
  const core = /** @type {any} */ ({ run: world.run });
  assert.equal(end(await connect(core, world.org)).ok, true);
  assert.deepEqual(world.rows('select username from connection'), [{ username }]);

  const checked = await world.run({ command: 'check' });
  assert.equal(end(checked).ok, true, JSON.stringify(end(checked)));
  const no = Object.values(answers(checked)).filter(({ answer }) => answer === 'no');
  assert.deepEqual(no.map(({ name, needed }) => [name, needed]), [['can_create_fields', false], ['can_grant_access', false]]);
  assert.equal(end(await world.run({ command: 'setup' })).exit, 3, 'it may not set up');
  await world.sync();
  await world.advance(HOUR);
  await world.sync();
  const [{ n }] = world.rows('select count(*) n from health where pushed_at is not null');
  assert.ok(n > 0, 'scores are pushed');
  assert.deepEqual(world.rows("select * from outbox where state <> 'done'"), []);
  await world.close();
});

test('a connection without a refresh token does not lack one', async () => {
  const world = await open('headless');
  const asked = { command: 'connect_headless', flow: 'client_credentials', login: world.org.url, client_id: world.org.client_id, client_secret: world.org.client_secret };
  assert.equal(end(await world.run(asked)).ok, true);
  const found = answers(await world.run({ command: 'check' }));
  assert.equal(found['can_refresh'].answer, 'yes');
  await world.close();
});
