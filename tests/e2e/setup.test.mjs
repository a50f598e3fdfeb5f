// check and setup under the native host: what is missing is told before anything is tried, setup makes what is
// missing and nothing twice, also when answers are lost on the way.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, startCore } from './core.mjs';
import { control } from './world.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-setup-'));
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

/** A connected core and its org. @param {string} name */
async function connected(name) {
  const server = await startServer({ accounts: 10, seed: 11 });
  closing.push(() => server.close());
  const core = startCore({ host: nativeHost({ database: join(folder, `${name}.db`), key: join(folder, 'key') }) });
  closing.push(() => core.child.kill('SIGKILL'));
  const org = { url: server.url, client_id: server.client.id, client_secret: server.client.secret };
  const last = (await connect(core, org)).at(-1);
  assert.equal(last?.ok, true, JSON.stringify(last));
  return { server, core };
}

/** @param {{ url: string }} server @param {string} soql */
const query = (server, soql) => control(server, `query?q=${encodeURIComponent(soql)}`);

/** @param {import('./core.mjs').Event[]} events */
function states(events) {
  return events.filter(({ event }) => event === 'setup').map(({ state, what, name }) => `${state} ${what} ${name}`);
}

const parts = [
  'field Account.Perly_Health_Score__c',
  'field Account.Perly_Risk_Level__c',
  'field Account.Perly_Last_Updated__c',
  'field Activity.Perly_Key__c',
  'permission_set Perly_Sync',
  'object_access Account',
  'field_access Account.Perly_Health_Score__c',
  'field_access Account.Perly_Risk_Level__c',
  'field_access Account.Perly_Last_Updated__c',
  'field_access Task.Perly_Key__c',
  'assignment Perly_Sync',
];

/** @param {string} state */
const all = (state) => parts.map((part) => `${state} ${part}`);

test('setup makes everything once; a plan and a second run make nothing', async () => {
  const { server, core } = await connected('once');
  const plan = await core.run({ command: 'setup', plan: true });
  assert.deepEqual(states(plan), all('missing'));
  assert.deepEqual([plan.at(-1)?.ok, plan.at(-1)?.exit], [true, 2], 'a plan that would make something says so');
  assert.equal((await query(server, "SELECT Id FROM PermissionSet WHERE Name = 'Perly_Sync'")).length, 0);

  const first = await core.run({ command: 'setup' });
  assert.equal(first.at(-1)?.ok, true, JSON.stringify(first.at(-1)));
  assert.deepEqual(states(first), all('created'));
  const second = await core.run({ command: 'setup' });
  assert.equal(second.at(-1)?.ok, true, JSON.stringify(second.at(-1)));
  assert.deepEqual(states(second), all('present'));
  const nothing = (await core.run({ command: 'setup', plan: true })).at(-1);
  assert.deepEqual([nothing?.ok, nothing?.exit], [true, undefined]);
  const readers = (await core.run({ command: 'setup_readers', readers: 'Perly_Sync', plan: true })).at(-1);
  assert.deepEqual([readers?.ok, readers?.exit], [true, undefined], 'the set has what it needs');
  assert.equal((await query(server, "SELECT Id FROM PermissionSet WHERE Name = 'Perly_Sync'")).length, 1);
  assert.equal(await core.close(), 0);
});

test('setup ends in the same org when every kind of answer is lost once', async () => {
  const { server, core } = await connected('lost');
  for (const path of ['CustomField', 'PermissionSet', 'ObjectPermissions', 'FieldPermissions', 'PermissionSetAssignment']) {
    await control(server, 'faults', { match: { path: `sobjects/${path}$`, method: 'POST' }, fault: { kind: 'lost' }, times: 1 });
  }
  const events = await core.run({ command: 'setup' });
  assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
  assert.deepEqual(
    states(events).map((text) => text.slice(text.indexOf(' ') + 1)),
    parts,
  );
  assert.deepEqual(states(await core.run({ command: 'setup' })), all('present'));
  const [set, ...others] = await query(server, "SELECT Id FROM PermissionSet WHERE Name = 'Perly_Sync'");
  assert.equal(others.length, 0);
  const grants = await query(server, `SELECT Id, Field FROM FieldPermissions WHERE ParentId = '${set.Id}'`);
  const fields = grants.map(({ Field }) => Field);
  assert.equal(new Set(fields).size, fields.length, JSON.stringify(fields));
  await core.close();
});

/** What a check of this org tells, in its order. */
const capabilities = [
  'can_use_api', 'can_refresh', 'can_act_as_user', 'can_create_fields', 'can_grant_access',
  ...[
    'Account', 'Contact', 'Opportunity', 'OpportunityHistory', 'OpportunityFieldHistory', 'Task', 'Event', 'EmailMessage', 'User',
    'OpportunityContactRole', 'AccountContactRelation', 'AccountContactRole', 'TaskRelation',
    'EventRelation', 'EmailMessageRelation', 'Individual',
  ].map((object) => `can_read_${object}`),
  ...[
    'Account', 'Contact', 'Opportunity', 'OpportunityHistory', 'OpportunityFieldHistory', 'Task', 'Event', 'EmailMessage', 'User',
    'OpportunityContactRole', 'AccountContactRole',
  ].map((object) => `can_read_fields_of_${object}`),
  'can_write_scores', 'can_create_task', 'can_key_tasks', 'can_post_chatter',
  'can_see_all_Account', 'can_see_all_Contact', 'can_see_all_Opportunity', 'can_use_bulk', 'can_read_limits',
];

test('check tells what is missing, and all is well after setup', async () => {
  const { server, core } = await connected('check');
  const before = await core.run({ command: 'check' });
  const findings = before.filter(({ event }) => event === 'check');
  assert.deepEqual(findings.map(({ name }) => name), capabilities);
  const scores = findings.find(({ name }) => name === 'can_write_scores');
  assert.equal(scores?.ok, false);
  assert.match(scores?.text, /perly setup/);
  assert.deepEqual(
    { ok: before.at(-1)?.ok, code: before.at(-1)?.code, exit: before.at(-1)?.exit },
    { ok: false, code: 'SF_PERMISSION', exit: 3 },
  );
  assert.match(before.at(-1)?.message, /can_write_scores/);

  assert.equal((await core.run({ command: 'setup' })).at(-1)?.ok, true);
  const healthy = await core.run({ command: 'check' });
  assert.equal(healthy.at(-1)?.ok, true, JSON.stringify(healthy));

  await control(server, 'permissions', { deny: ['Contact.read', 'ViewAllData', 'ModifyAllData'] });
  const after = await core.run({ command: 'check' });
  const answers = Object.fromEntries(after.filter(({ event }) => event === 'check').map(({ name, answer }) => [name, answer]));
  assert.equal(answers.can_read_Contact, 'no');
  assert.equal(answers.can_read_Account, 'yes');
  assert.equal(answers.can_see_all_Contact, 'no');
  assert.equal(after.at(-1)?.exit, 3);
  assert.match(after.at(-1)?.message, /can_read_Contact/);
  assert.doesNotMatch(after.at(-1)?.message, /can_see_all/);
  await core.close();
});

test("a field of that name and another type is the customer's: setup says so and leaves it", async () => {
  const { server, core } = await connected('taken');
  const answer = await fetch(`${server.url}/services/data/v66.0/tooling/sobjects/CustomField`, {
    method: 'POST',
    headers: { authorization: `Bearer ${server.tokens.access_token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      FullName: 'Account.Perly_Risk_Level__c',
      Metadata: { label: 'Perly Risk Level', type: 'Text', length: 20, required: false },
    }),
  });
  assert.equal(answer.status, 201, await answer.clone().text());
  const events = await core.run({ command: 'setup' });
  const last = events.at(-1);
  assert.deepEqual([last?.ok, last?.code, last?.exit], [false, 'SF_NAME_TAKEN', 3]);
  assert.match(last?.message, /Account\.Perly_Risk_Level__c exists, but not as Picklist/);
  assert.ok(states(events).includes('present field Account.Perly_Risk_Level__c'));
  await core.close();
});
