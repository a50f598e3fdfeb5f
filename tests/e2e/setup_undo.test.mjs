// setup taken back, or done by hand: --undo removes what setup made and nothing else; the list and the folder for an
// administrator say the same as setup does, and need no connection.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('undo');
const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'perly-manual-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {import('./core.mjs').Event[]} events */
const states = (events) => events.filter(({ event }) => event === 'setup').map(({ state, what, name }) => `${state} ${what} ${name}`);
/** @param {import('./core.mjs').Event[]} events */
const good = (events) => {
  assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
  return events;
};
const FIELDS = ['Account.Perly_Health_Score__c', 'Account.Perly_Risk_Level__c', 'Account.Perly_Last_Updated__c', 'Activity.Perly_Key__c'];

/** What the org has of ours, as its administrator sees it. @param {Awaited<ReturnType<typeof open>>} world */
async function there(world) {
  const count = async (/** @type {string} */ soql) => (await world.control(`query?q=${encodeURIComponent(soql)}`)).length;
  return {
    set: await count("SELECT Id FROM PermissionSet WHERE Name = 'Perly_Sync'"),
    access: await count('SELECT Id FROM FieldPermissions'),
  };
}

test('undo removes all that setup made; what was pushed is pushed anew after another setup', async () => {
  const world = await open('all');
  good(await world.run({ command: 'setup' }));
  await world.sync();
  assert.ok(world.rows('select count(*) n from health where pushed_at is not null')[0].n > 0);
  const planned = await world.run({ command: 'setup_undo', plan: true });
  assert.equal(planned.at(-1)?.exit, 2);
  const plan = states(good(planned));
  assert.deepEqual(plan, ['removable assignment Perly_Sync', 'removable permission_set Perly_Sync', ...FIELDS.map((name) => `removable field ${name}`)]);
  assert.equal((await there(world)).set, 1, 'a plan removes nothing');
  const removed = states(good(await world.run({ command: 'setup_undo' })));
  assert.deepEqual(removed, plan.map((line) => line.replace('removable', 'removed')));
  assert.deepEqual(await there(world), { set: 0, access: 0 });
  assert.deepEqual(states(good(await world.run({ command: 'setup_undo' }))), [], 'there is nothing left');
  assert.equal((await world.run({ command: 'setup_undo', plan: true })).at(-1)?.exit, undefined);
  const missing = states(good(await world.run({ command: 'setup', plan: true })));
  assert.notEqual(missing.length, 0);
  assert.ok(missing.every((line) => line.startsWith('missing')), missing.join());

  good(await world.run({ command: 'setup' }));
  await world.advance(HOUR);
  await world.sync();
  const [{ n }] = world.rows('select count(*) n from health where pushed_at is not null and score is not null');
  assert.equal(n, world.rows('select count(*) n from health where score is not null')[0].n);
  await world.close();
});

test('a field and a set that were there before stay', async () => {
  const world = await open('kept');
  const call = async (/** @type {string} */ path, /** @type {object} */ body) => {
    const { access_token } = await world.control('grant', {});
    const answer = await fetch(`${world.server.url}/services/data/v66.0${path}`, { method: 'POST', headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }, body: JSON.stringify(body) });
    assert.ok(answer.ok, await answer.clone().text());
  };
  await call('/tooling/sobjects/CustomField', { FullName: 'Account.Perly_Last_Updated__c', Metadata: { label: 'Perly Last Updated', type: 'DateTime' } });
  await call('/sobjects/PermissionSet', { Name: 'Perly_Sync', Label: 'Made by hand' });
  const made = states(good(await world.run({ command: 'setup' })));
  assert.ok(made.includes('present field Account.Perly_Last_Updated__c') && made.includes('present permission_set Perly_Sync'));
  const removed = states(good(await world.run({ command: 'setup_undo' })));
  assert.ok(removed.includes('kept field Account.Perly_Last_Updated__c'), removed.join());
  assert.ok(removed.includes('kept permission_set Perly_Sync'));
  assert.ok(removed.includes('removed field Account.Perly_Health_Score__c'));
  assert.ok(removed.includes('removed assignment Perly_Sync'));
  assert.deepEqual(await there(world), { set: 1, access: 0 });
  await world.close();
});

test('an undo that is cut off anywhere is run again, and ends alike', async () => {
  const world = await open('cut');
  for (const nth of [1, 2, 4, 6]) {
    good(await world.run({ command: 'setup' }));
    await world.control('faults', { match: { method: 'DELETE', nth }, fault: { kind: 'lost' } });
    await world.run({ command: 'setup_undo' });
    good(await world.run({ command: 'setup_undo' }));
    assert.deepEqual(await there(world), { set: 0, access: 0 }, `delete ${nth}`);
  }
  await world.close();
});

test('readers: permission sets and profiles see the fields; a name that is none grants nothing', async () => {
  const world = await open('readers');
  good(await world.run({ command: 'setup' }));
  const { access_token } = await world.control('grant', {});
  const made = await fetch(`${world.server.url}/services/data/v66.0/sobjects/PermissionSet`, { method: 'POST', headers: { authorization: `Bearer ${access_token}`, 'content-type': 'application/json' }, body: JSON.stringify({ Name: 'Sales_Leads', Label: 'Sales Leads' }) });
  const { id } = await made.json();
  const rows = async () => world.control(`query?q=${encodeURIComponent(`SELECT Field, PermissionsRead, PermissionsEdit FROM FieldPermissions WHERE ParentId = '${id}'`)}`);
  const wrong = (await world.run({ command: 'setup_readers', readers: "Sales Leads, Nobody's" })).at(-1);
  assert.deepEqual([wrong?.code, wrong?.exit], ['COMMAND_ARGUMENT', 4]);
  assert.match(wrong?.message, /no permission set and no profile is called Nobody's/);
  assert.deepEqual(await rows(), [], 'looked up before anything is granted');

  assert.equal((await world.run({ command: 'setup_readers', readers: 'Sales Leads', plan: true })).at(-1)?.exit, 2);
  const first = states(good(await world.run({ command: 'setup_readers', readers: 'Sales Leads' })));
  assert.deepEqual(first, FIELDS.slice(0, 3).map((name) => `created reader_access ${name}`));
  assert.deepEqual((await rows()).map((/** @type {any} */ row) => [row.Field, row.PermissionsRead, row.PermissionsEdit]).sort(), FIELDS.slice(0, 3).map((name) => [name, true, false]).sort());
  const again = states(good(await world.run({ command: 'setup_readers', readers: 'Sales_Leads' })));
  assert.deepEqual(again, first.map((line) => line.replace('created', 'present')));
  const profiles = await world.control(`query?q=${encodeURIComponent('SELECT Profile.Name FROM PermissionSet WHERE IsOwnedByProfile = true')}`);
  const profile = states(good(await world.run({ command: 'setup_readers', readers: profiles[0].Profile.Name })));
  assert.deepEqual(profile, first);
  good(await world.run({ command: 'setup_undo' }));
  assert.deepEqual(await rows(), [], 'access goes with the fields');
  await world.close();
});

/** @param {string} place @returns {string[]} */
const files = (place) =>
  readdirSync(place, { recursive: true, encoding: 'utf8' }).filter((name) => statSync(join(place, name)).isFile()).sort();

test('by hand: the list and the folder name what setup makes, without a connection', async () => {
  const perly = (/** @type {string[]} */ ...words) => {
    const ended = spawnSync(join(root, 'build/native/host-native/perly'), [...words, '--data', join(folder, 'data')], { encoding: 'utf8' });
    assert.equal(ended.status, 0, ended.stderr);
    return ended.stdout;
  };
  const list = perly('setup', '--manual', '--json').trim().split('\n').map((line) => JSON.parse(line));
  const wanted = states(list);
  assert.deepEqual(wanted.filter((line) => line.startsWith('wanted field ')), FIELDS.map((name) => `wanted field ${name}`));
  assert.equal(wanted.length, 11);
  assert.match(perly('setup', '--manual'), /Account\.Perly_Health_Score__c +Number\(3, 0\)/);

  const place = join(folder, 'package');
  assert.match(perly('setup', '--package', place), /sf project deploy start --source-dir force-app/);
  const main = 'force-app/main/default';
  assert.deepEqual(files(place), [
    `${main}/objects/Account/fields/Perly_Health_Score__c.field-meta.xml`,
    `${main}/objects/Account/fields/Perly_Last_Updated__c.field-meta.xml`,
    `${main}/objects/Account/fields/Perly_Risk_Level__c.field-meta.xml`,
    `${main}/objects/Activity/fields/Perly_Key__c.field-meta.xml`,
    `${main}/permissionsets/Perly_Sync.permissionset-meta.xml`,
    'sfdx-project.json',
  ]);
  assert.equal(JSON.parse(readFileSync(join(place, 'sfdx-project.json'), 'utf8')).packageDirectories[0].path, 'force-app');
  const read = (/** @type {string} */ name) => readFileSync(join(place, main, name), 'utf8');
  for (const name of files(place).filter((name) => name.endsWith('.xml'))) {
    const xml = readFileSync(join(place, name), 'utf8');
    // Well formed: every element is closed by its own name.
    const stack = [];
    for (const [, close, element] of xml.replace(/<\?.*\?>/, '').matchAll(/<(\/?)(\w+)[^>]*>/g)) {
      if (close) assert.equal(stack.pop(), element, name);
      else stack.push(element);
    }
    assert.deepEqual(stack, [], name);
  }
  const levels = [...read('objects/Account/fields/Perly_Risk_Level__c.field-meta.xml').matchAll(/<label>(\w+)<\/label>/g)].map(([, label]) => label);
  assert.deepEqual(levels, ['Low', 'Medium', 'High', 'Critical']);
  const set = read('permissionsets/Perly_Sync.permissionset-meta.xml');
  const granted = [...set.matchAll(/<field>([^<]+)<\/field>/g)].map(([, field]) => field).sort();
  assert.deepEqual(granted, ['Account.Perly_Health_Score__c', 'Account.Perly_Last_Updated__c', 'Account.Perly_Risk_Level__c', 'Event.Perly_Key__c', 'Task.Perly_Key__c']);
});
