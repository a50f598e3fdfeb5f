// sync --only OBJECT: that object is pulled and no other, nothing is scored or sent, and the next whole sync has it.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('only');

/** @param {import('./core.mjs').Event[]} events @param {string} name */
const named = (events, name) => events.filter(({ event }) => event === name);

test('one object is pulled, nothing is scored or sent, and it is said', async () => {
  const world = await open('one');
  await world.sync();
  const [before] = world.rows('select (select max(number) from cut) as cut, (select count(*) from outbox) as outbox');
  const [{ id }] = world.rows('select id from contact order by id limit 1');
  const [{ id: account }] = world.rows('select id from account order by id limit 1');
  await world.edit({ action: 'update', object: 'Contact', id, fields: { Title: 'Chief of Staff' } });
  await world.edit({ action: 'update', object: 'Account', id: account, fields: { Industry: 'Farming' } });
  await world.advance(3 * HOUR);
  await world.control('stats/reset', {});

  const events = await world.sync({ only: 'contact' });
  assert.deepEqual(named(events, 'pulled').map(({ object, rows, changed }) => [object, rows, changed]), [['Contact', 1, 1]]);
  assert.match(named(events, 'notice')[0].text, /Contact.*nothing was scored/s);
  assert.deepEqual(named(events, 'scored'), []);
  const { calls } = await world.control('stats');
  assert.equal(calls['POST /services/data/jobs/query'], 1, JSON.stringify(calls));
  assert.deepEqual(world.rows('select (select max(number) from cut) as cut, (select count(*) from outbox) as outbox'), [before]);
  assert.equal(world.rows('select title from contact where id = ?', id)[0].title, 'Chief of Staff');

  await world.edit({ action: 'update', object: 'Contact', id, fields: { Title: 'Chair' } });
  await world.advance(20 * 60_000);
  assert.equal(named(await world.sync({ only: 'Contact' }), 'pulled')[0].changed, 1, 'asked again it is pulled again');

  const whole = await world.sync();
  assert.ok(named(whole, 'pulled').some(({ object, changed }) => object === 'Account' && changed === 1));
  assert.ok(named(whole, 'scored')[0].accounts >= 1);
  await world.close();
});

test('with full the rows of that object are read again, and only they are swept', async () => {
  const world = await open('full');
  await world.sync();
  await world.advance(3 * HOUR);
  const [{ rows }] = world.rows('select count(*) as rows from contact');
  const events = await world.sync({ only: 'Contact', full: true });
  assert.deepEqual(named(events, 'pulled').map((event) => [event.object, event.rows]), [['Contact', rows]]);
  assert.deepEqual(named(events, 'swept').map(({ object }) => object), ['Contact']);
  await world.close();
});

test('before anything else was pulled, two objects of one table one after the other', async () => {
  const world = await open('first');
  const tasks = await world.sync({ only: 'Task' });
  assert.ok(named(tasks, 'pulled')[0].rows > 0);
  const loading = () => world.rows("select count(*) as count from perly_loading where table_name = 'activity'")[0].count > 0;
  assert.ok(loading(), 'the load of the table waits for events');
  const events = await world.sync({ only: 'Event' });
  assert.deepEqual(named(events, 'pulled').map(({ object }) => object), ['Event']);
  assert.ok(!loading());
  const whole = await world.sync();
  assert.ok(named(whole, 'scored')[0].accounts > 0);
  const reference = await open('reference');
  await reference.sync();
  const sql = 'select id, kind, account_id from activity order by id';
  assert.deepEqual(world.rows(sql), reference.rows(sql));
  await reference.close();
  await world.close();
});

test('an object that fails is the error of the command, and the others stay well', async () => {
  const world = await open('fails');
  await world.sync();
  await world.advance(3 * HOUR);
  const boom = { match: { method: 'POST', path: '/jobs/query$', body: 'FROM Contact ' }, fault: { kind: 'failed_job', message: 'boom' } };
  await world.control('faults', [boom]);
  const events = await world.run({ command: 'sync', only: 'Contact' });
  assert.equal(events.at(-1)?.ok, false, JSON.stringify(events.at(-1)));
  const failed = () => world.rows('select object from pull where failed_since is not null').map(({ object }) => object);
  assert.deepEqual(failed(), ['Contact']);
  await world.control('faults', [boom]);
  assert.deepEqual(named(await world.sync(), 'incident').map(({ object }) => object), ['Contact'], 'the command told its error, and no incident');
  await world.control('faults', undefined, 'DELETE');
  const accounts = await world.sync({ only: 'Account' });
  assert.deepEqual(named(accounts, 'incident_over'), [], 'of an object that was not pulled nothing is told');
  assert.deepEqual(failed(), ['Contact']);
  assert.equal(named(await world.sync({ only: 'Contact' }), 'incident_over')[0].object, 'Contact');
  await world.close();
});

test('a name that is none of the objects is refused with the nearest, an object that the org lacks by name', async () => {
  const world = await open('names');
  /** @param {object} more @param {RegExp} message */
  async function refused(more, message) {
    const last = (await world.run({ command: 'sync', ...more })).at(-1);
    assert.equal(last?.ok, false, JSON.stringify(last));
    assert.match(last?.message, message);
    return last;
  }
  assert.equal((await refused({ only: 'Acount' }, /Acount; did you mean Account\?/))?.exit, 4);
  await refused({ only: 'Lead' }, /Lead; it is one of .*Account, Contact/);
  await refused({ only: '' }, /one of .*Account/);
  await refused({ only: 'Account', pull: false }, /only/);
  await refused({ only: 'DatedConversionRate' }, /DatedConversionRate/);
  await world.close();
});
