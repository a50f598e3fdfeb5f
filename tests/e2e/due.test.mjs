// Accounts that are scored though no row of them changed: a better level that was held for a day, and those that
// somebody outside asks for.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('due');

const config = JSON.stringify({
  model: { components: [{ name: 'size', label: 'Size', weight: 1, score: 'linear(double(account.employees), 0.0, 100.0)' }] },
});

test('a better level comes into force once it has been held, not with the daily rescoring', async () => {
  const world = await open('held');
  await world.sync({ config });
  const [{ id }] = world.rows('select id from account order by id');
  const employees = (/** @type {number} */ count) => world.edit({ action: 'update', object: 'Account', id, fields: { NumberOfEmployees: count } });
  const level = () => world.rows('select level, candidate from health where account_id = ?', id)[0];
  const pass = async (/** @type {number} */ hours) => {
    await world.advance(hours * HOUR);
    return (await world.sync({ config })).find(({ event }) => event === 'scored');
  };

  await employees(10);
  await pass(1);
  assert.deepEqual(level(), { level: 'Critical', candidate: null });
  await employees(90);
  await pass(4);
  assert.deepEqual(level(), { level: 'Critical', candidate: 'Low' });
  assert.equal((await pass(20))?.accounts, 20, 'everything is looked at once a day');
  assert.deepEqual(level(), { level: 'Critical', candidate: 'Low' }, '20 hours are not enough');
  assert.equal((await pass(2))?.accounts, 0, 'nothing happens in between');
  const scored = await pass(3);
  assert.deepEqual([scored?.accounts, scored?.changed], [1, 1], JSON.stringify(scored));
  assert.deepEqual(level(), { level: 'Low', candidate: null });
  await world.close();
});

test('an account that is asked for is scored by the next cut, once', async () => {
  const world = await open('asked');
  await world.sync({ config });
  await world.advance(HOUR);
  await world.sync({ config });
  const [{ id }] = world.rows('select id from account order by id desc limit 1');
  const asked = await world.run({ command: 'rescore', accounts: [id, id, '001000000000001AAA'] });
  assert.deepEqual([asked[0], asked.at(-1)?.ok], [{ event: 'requested', accounts: 3 }, true]);
  assert.equal(world.rows('select count(*) as n from inbox')[0].n, 2, 'each once');
  const scored = async () => (await world.sync({ config, pull: false })).find(({ event }) => event === 'scored')?.accounts;
  assert.equal(await scored(), 1, 'an account that is not there is passed over');
  assert.equal(world.rows('select count(*) as n from inbox')[0].n, 0);
  assert.equal(await scored(), 0);
  const wrong = (await world.run({ command: 'rescore', accounts: ['001'] })).at(-1);
  assert.deepEqual([wrong?.code, wrong?.message], ['COMMAND_ARGUMENT', 'an id of an account has 15 or 18 characters']);
  await world.close();
});
