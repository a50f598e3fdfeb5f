// Columns over time: a field that joins is filled for old rows, a formula is read again, one that goes is not forgotten.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('fields');
/** @param {import('./core.mjs').Event[]} events @param {string} name @param {string} [object] */
const only = (events, name, object) => events.filter((event) => event.event === name && (!object || event.object === object));
/** @param {object} account */
const mapping = (account) => JSON.stringify({ mapping: { account } });

test('a field that joins the mapping is filled for rows that did not change', async () => {
  const world = await open('joins', { sessionMinutes: 1e6 });
  await world.sync();
  await world.advance(2 * HOUR);
  const config = mapping({ arr: 'record.ARR__c' });
  const [pulled] = only(await world.sync({ config }), 'pulled', 'Account');
  assert.equal(pulled?.rows, 20, 'all rows are read once');
  const arr = await world.control(`query?q=${encodeURIComponent('SELECT Id, ARR__c FROM Account ORDER BY Id')}`);
  const held = new Map(world.rows('select id, arr from account').map(({ id, arr }) => [id, arr]));
  assert.ok(arr.some((/** @type {any} */ { ARR__c }) => ARR__c > 0));
  for (const { Id, ARR__c } of arr) assert.equal(held.get(Id), ARR__c, Id);
  await world.advance(2 * HOUR);
  assert.equal(only(await world.sync({ config }), 'pulled', 'Account')[0]?.rows, 0, 'and not again');
  await world.close();
});

test('a formula is read again once a day, since it changes without a trace', async () => {
  const world = await open('formula', { sessionMinutes: 1e6 });
  const config = mapping({ days: 'record.Days_To_Renewal__c' });
  await world.sync({ config });
  const before = world.rows('select id, days from account where days is not null order by id');
  assert.ok(before.length > 0);
  await world.advance(5 * HOUR);
  assert.equal(only(await world.sync({ config }), 'pulled', 'Account')[0]?.rows, 0);
  await world.advance(2 * DAY);
  assert.equal(only(await world.sync({ config }), 'pulled', 'Account')[0]?.rows, 20);
  const after = world.rows('select id, days from account where days is not null order by id');
  for (const [i, { id, days }] of after.entries()) assert.deepEqual([id, days < before[i].days], [before[i].id, true]);
  await world.close();
});

test('a field that the user does not see any more is an outage, until it is back or a person goes on without it', async () => {
  const world = await open('lost', { sessionMinutes: 1e6 });
  await world.sync();
  const industries = world.rows('select id, industry from account order by id');
  await world.control('permissions', { deny: ['Account.Industry.read'] });
  await world.advance(25 * HOUR);
  const [incident] = only(await world.sync(), 'incident');
  assert.deepEqual([incident?.object, incident?.code], ['Account', 'SF_FIELD_LOST'], JSON.stringify(incident));
  assert.match(incident?.message, /Account\.Industry/);
  assert.deepEqual(world.rows('select id, industry from account order by id'), industries, 'unknown is not empty');
  await world.advance(2 * HOUR);
  assert.deepEqual(only(await world.sync(), 'incident'), [], 'told once, also when the describe is not told again');

  await world.control('permissions', { allow: ['Account.Industry.read'] });
  await world.advance(25 * HOUR);
  assert.equal(only(await world.sync(), 'incident_over').length, 1);

  await world.control('permissions', { deny: ['Account.Industry.read'] });
  await world.advance(25 * HOUR);
  assert.equal(only(await world.sync(), 'incident').length, 1);
  await world.sync({ full: true });
  assert.deepEqual(world.rows('select distinct industry from account'), [{ industry: null }]);
  await world.advance(2 * HOUR);
  assert.deepEqual(only(await world.sync(), 'incident'), []);
  await world.close();
});

test('status tells how many rows the org has beside those that are held', async () => {
  const world = await open('counts', { sessionMinutes: 1e6 });
  await world.sync();
  const line = (await world.run({ command: 'status' })).find(({ name }) => name === 'pull Account');
  assert.deepEqual([line?.org_rows, line?.held_rows, line?.inserted, line?.rows_announced], [20, 20, 20, 20], JSON.stringify(line));
  assert.match(line?.text, /20 held of 20 in the org/);
  await world.close();
});
