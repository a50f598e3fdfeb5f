// Columns by configuration: expressions and plain fields become real columns with the org's types, expressions of
// the model read them, and a field that the org lacks is told before anything is pulled.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, before, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, startCore } from './core.mjs';
import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('mapping');

const folder = mkdtempSync(join(tmpdir(), 'perly-mapping-'));
const database = join(folder, 'perly.db');
/** @type {any} */
let server;
/** @type {ReturnType<typeof startCore>} */
let core;

before(async () => {
  server = await startServer({ accounts: 80, seed: 2 });
  core = startCore({ host: nativeHost({ database, key: join(folder, 'key') }) });
  await connect(core, { url: server.url, client_id: server.client.id, client_secret: server.client.secret });
});
after(async () => {
  await core.close();
  await server.close();
  rmSync(folder, { recursive: true, force: true });
});

/** @param {object} [config] */
async function sync(config) {
  const events = await core.run({ command: 'sync', full: true, ...(config ? { config: JSON.stringify(config) } : {}) });
  return /** @type {any} */ (events.at(-1));
}

/** @param {string} sql */
function read(sql) {
  const file = new DatabaseSync(database, { readOnly: true });
  const rows = file.prepare(sql).all();
  file.close();
  return /** @type {any[]} */ (rows);
}

test('without a mapping the tables have the attributes alone', async () => {
  assert.equal((await sync()).ok, true);
  assert.ok(!read('pragma table_info(account)').some(({ name }) => name === 'arr'));
});

test('a mapping adds columns to tables that are full, with the types of the org', async () => {
  const end = await sync({
    mapping: { account: { arr: 'record.ARR__c', size: "record.NumberOfEmployees >= 1000 ? 'large' : 'small'" } },
    model: {
      signals: { rich: 'account.arr > 20000.0' },
      components: [{ name: 'arr', label: 'Revenue', weight: 1, score: "signals.rich && account.size == 'large' ? 90.0 : 20.0" }],
    },
  });
  assert.equal(end.ok, true, JSON.stringify(end));
  const columns = Object.fromEntries(read('pragma table_info(account)').map(({ name, type }) => [name, type]));
  assert.deepEqual([columns.arr, columns.size], ['REAL', 'TEXT']);
  assert.equal(read("select id from account where size = 'large' and employees < 1000").length, 0);
  assert.ok(read("select id from account where size = 'large'").length > 0);
  const wrong = read(
    `select a.id from account a join health h on h.account_id = a.id
      where h.score != case when a.arr > 20000 and a.size = 'large' then 90 else 20 end`,
  );
  assert.deepEqual(wrong, []);
});

test('every custom field comes along when asked for, but ours', async () => {
  assert.equal((await sync({ mapping: { account: { '*': true } } })).ok, true);
  const names = read('pragma table_info(account)').map(({ name }) => name);
  assert.ok(names.includes('arr__c') && names.includes('segment__c'));
  assert.ok(!names.some((name) => name.startsWith('perly_')));
});

test('a field of the record that a reference leads to', async () => {
  const world = await open('parents', { recordTypes: true });
  const config = JSON.stringify({
    mapping: {
      account: { owner_name: 'record.Owner.Name', kind: 'record.RecordType.DeveloperName', boss: "coalesce(record.Parent.Name, 'none')" },
    },
  });
  await world.sync({ config });
  const wrong = `select a.id from account a left join account p on p.id = a.parent_id left join "user" u on u.id = a.owner_id
     where a.owner_name is not u.name or a.boss is not coalesce(p.name, 'none') or a.kind is null`;
  assert.deepEqual(world.rows(wrong), []);
  assert.ok(world.rows("select id from account where boss <> 'none'").length > 0);

  // No stamp of the account moves when its parent changes: it is read again once a day.
  const [{ parent }] = world.rows('select parent_id as parent from account where parent_id is not null limit 1');
  await world.edit({ action: 'update', object: 'Account', id: parent, fields: { Name: 'Renamed' } });
  await world.advance(26 * HOUR);
  await world.sync({ config });
  assert.deepEqual(world.rows(wrong), []);
  assert.ok(world.rows("select id from account where boss = 'Renamed'").length > 0);

  const refused = (await world.run({ command: 'sync', config: JSON.stringify({ mapping: { account: { x: 'record.Ownr.Name' } } }) })).at(-1);
  assert.deepEqual([refused?.code, refused?.message], ['CONFIG_FIELD', 'no field `Ownr.Name` on Account']);
  await world.close();
});

test('a field that the org lacks is an error that names it, and nothing is pulled', async () => {
  const before = read('select finished_at from pull order by object');
  const end = await sync({ mapping: { account: { arr: 'record.ARR_c' } } });
  assert.equal(end.ok, false);
  assert.equal(end.code, 'CONFIG_FIELD');
  assert.equal(end.message, 'no field `ARR_c` on Account; did you mean `ARR__c`?');
  const other = await sync({ mapping: { account: { employees: 'record.AnnualRevenue / 1000.0' } } });
  assert.deepEqual([other.code, other.message], ['CEL_TYPE', '`employees` is an integer, and this is double']);
  assert.deepEqual(read('select finished_at from pull order by object'), before);
});

test('fields of an object are listed with their types and the values of picklists', async () => {
  const events = await core.run({ command: 'fields', object: 'opportunity' });
  assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
  const fields = new Map(events.filter(({ event }) => event === 'field').map((field) => [field.name, field]));
  assert.deepEqual(fields.get('Amount'), { event: 'field', name: 'Amount', label: 'Amount', type: 'currency', custom: false, formula: false, values: null });
  assert.deepEqual([fields.get('StageName')?.type, fields.get('StageName')?.values.includes('Closed Won')], ['picklist', true]);
  const account = (await core.run({ command: 'fields' })).find(({ name }) => name === 'ARR__c');
  assert.deepEqual([account?.custom, account?.type], [true, 'currency']);
  const wrong = (await core.run({ command: 'fields', object: 'Acount' })).at(-1);
  assert.deepEqual([wrong?.code, wrong?.message], ['COMMAND_ARGUMENT', 'no object that is pulled is called Acount; did you mean Account?']);
  const absent = (await core.run({ command: 'fields', object: 'TaskRelation' })).at(-1);
  assert.match(absent?.message, /no fields of TaskRelation are known: the org lacks it/);
});
