// The preflight: each permission that is taken away is named, exactly, with what to grant; and the split of
// privileges: an administrator sets up once, a minimal integration user does the daily work.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { connect } from './core.mjs';
import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('permissions');
/** @param {any[]} events */
const end = (events) => events.at(-1);
/** @param {any[]} events @returns {Record<string, any>} */
const answers = (events) => Object.fromEntries(events.filter(({ event }) => event === 'check').map((one) => [one.name, one]));

/** An org that has all that Perly may read. */
const WHOLE = { contactsToMultipleAccounts: true, multiCurrency: true, datedRates: true, sharedActivities: true, emailRelations: true };
const definition = readFileSync(new URL('../../core/map/attributes.def', import.meta.url), 'utf8');
/** Each object that is pulled, what lets the user see it, and whether an org may lack it. */
const SOURCES = [...definition.matchAll(/^SOURCE\((\w+), "(\w+)", "\w+", \d, \d,\s*(?:"[^"]*"\s*)+,\s*"([^"]*)",\s*(\d), /gm)].map(([, source, object, grant, optional]) => ({
  object, grant, optional: optional === '1',
  /** A field that an attribute is. */
  field: new RegExp(`^ATTRIBUTE\\(${source}, (?!account_id)\\w+, \\w+, \\d,\\s*"record\\.(\\w+)"`, 'm').exec(definition)?.[1] ?? '',
}));
const TASK_FIELDS = ['Subject', 'OwnerId', 'WhatId', 'ActivityDate', 'Description', 'Priority', 'IsReminderSet', 'ReminderDateTime'];

/** @typedef {Awaited<ReturnType<typeof open>>} World */
/** @param {World} world @param {string} sql */
const write = (world, sql) => world.write((database) => database.exec(sql));
/** @param {World} world @param {boolean} active */
function activate(world, active) {
  const { org } = /** @type {any} */ (world.server);
  const users = org.tables.get('User');
  users.set(users.rowOf(org.connectedUser), 'IsActive', active);
}
/** What a person takes away otherwise than by a permission, and gives back. @type {Record<string, { take: (world: World) => unknown, give?: (world: World) => unknown }>} */
const OTHERWISE = {
  'the scope refresh_token': {
    take: (world) => write(world, "update connection set scope = 'api'"),
    give: (world) => write(world, "update connection set scope = 'api refresh_token full'"),
  },
  'the user is active': { take: (world) => activate(world, false), give: (world) => activate(world, true) },
  'Bulk API': { take: (world) => world.control('faults', { match: { path: '/jobs/query$' }, fault: { kind: 'status', status: 400, code: 'FEATURENOTENABLED', message: 'Bulk API is not enabled' } }) },
};

/** What is taken away, which capability that ends, what is to be granted, whether the daily work needs it. @type {[string[], string, RegExp, boolean][]} */
const TAKEN = [
  [['ApiEnabled'], 'can_use_api', /API Enabled/, true],
  [['the scope refresh_token'], 'can_refresh', /scope refresh_token/, true],
  [['the user is active'], 'can_act_as_user', /Activate the user/, true],
  [['Bulk API'], 'can_use_bulk', /Bulk API 2.0/, true],
  ...SOURCES.map(({ object, grant, optional }) => /** @type {any} */ ([[`${object}.read`], `can_read_${object}`, new RegExp(`^${grant}`), !optional])),
  ...SOURCES.map(({ object, field }) => /** @type {any} */ ([[`${object}.${field}.read`], `can_read_fields_of_${object}`, new RegExp(`Read on the fields of ${object}: ${field}: until then`), false])),
  [['Individual.read'], 'can_read_Individual', /Data Protection and Privacy.* Individual/, false],
  ...['Account', 'Contact', 'Opportunity'].map((object) => /** @type {any} */ ([
    ['ViewAllData', 'ModifyAllData'], `can_see_all_${object}`, new RegExp(`View All Records on the object ${object}, or .*View All Data`), false,
  ])),
  [['Account.edit'], 'can_write_scores', /Edit on the object Account/, true],
  ...['Health_Score', 'Risk_Level', 'Last_Updated'].flatMap((name) => /** @type {any} */ ([
    [[`Account.Perly_${name}__c.edit`], 'can_write_scores', /Edit on the three Perly fields/, true],
    [[`Account.Perly_${name}__c.read`], 'can_write_scores', /missing or hidden/, true],
  ])),
  [['EditTask'], 'can_create_task', /Edit Tasks/, true],
  ...TASK_FIELDS.map((name) => /** @type {any} */ ([[`Task.${name}.edit`], 'can_create_task', /Task fields Subject, .* Reminder Date\/Time/, true])),
  [['Task.Perly_Key__c.edit'], 'can_key_tasks', /perly setup.* Perly Key on Activity/, false],
  [['ChatterInternalUser'], 'can_post_chatter', /Chatter/, true],
  [['CustomizeApplication'], 'can_create_fields', /Customize Application/, false],
  [['ViewSetup'], 'can_create_fields', /View Setup and Configuration/, false],
  [['ViewSetup'], 'can_read_limits', /View Setup and Configuration/, false],
  [['AssignPermissionSets', 'ManageUsers'], 'can_grant_access', /Assign Permission Sets/, false],
];

test('each permission that is missing is named with what to grant, and nothing else is', async () => {
  const world = await open('taken', WHOLE);
  assert.equal(end(await world.run({ command: 'setup' })).ok, true);
  const whole = await world.run({ command: 'check' });
  assert.deepEqual(Object.values(answers(whole)).filter(({ answer }) => answer !== 'yes'), [], 'an administrator may do all of it');
  assert.deepEqual(Object.keys(answers(whole)).filter((name) => !TAKEN.some(([, taken]) => taken === name)), [], 'each finding has its row');
  for (const [deny, name, grant, needed] of TAKEN) {
    const otherwise = OTHERWISE[deny[0]];
    await (otherwise ? otherwise.take(world) : world.control('permissions', { deny }));
    const events = await world.run({ command: 'check' });
    await (otherwise ? otherwise.give?.(world) : world.control('permissions', { allow: deny }));
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

test('findings are told in the order in which they depend on each other; a session of another org is refused', async () => {
  const world = await open('order', WHOLE);
  const names = Object.keys(answers(await world.run({ command: 'check' })));
  const order = ['can_use_api', 'can_refresh', 'can_act_as_user', 'can_create_fields', 'can_read_Account', 'can_write_scores', 'can_create_task', 'can_key_tasks', 'can_see_all_Account', 'can_use_bulk', 'can_read_limits'];
  assert.deepEqual(names.filter((name) => order.includes(name)), order);
  const identity = { user_id: '005000000000001AAA', organization_id: '00D000000000001EAA', username: 'a@example.com', display_name: 'A', user_type: 'STANDARD', active: true };
  await world.control('faults', { match: { path: '^/id/' }, fault: { kind: 'garbled', text: JSON.stringify(identity) } });
  const last = end(await world.run({ command: 'check' }));
  assert.deepEqual([last.code, last.exit], ['SF_ORG_CHANGED', 3], JSON.stringify(last));
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
  assert.match(await told(), /held of 60 in the org \(sharing hides the others from the connected user: perly check names/);
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
  const world = await open('split', WHOLE);
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
  assert.deepEqual(no.map(({ name, needed }) => [name, needed]), [['can_create_fields', false], ['can_grant_access', false], ['can_read_limits', false]]);
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
