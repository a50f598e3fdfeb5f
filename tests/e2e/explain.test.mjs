// explain: what a score changed by, in four causes that sum exactly, under both hosts and on the stored rows alone.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('explain');
const causes = ['late', 'time', 'customer', 'model'];

/** @param {any} row */
const sum = (row) => causes.reduce((total, cause) => total + row[cause], 0);

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`time passes, data arrives late, the customer acts, the model changes: ${host}`, async () => {
    const world = await open(`causes ${host}`, {}, host);
    /** @param {string} account @param {string} [since] */
    const explain = async (account, since) => {
      const events = await world.run({ command: 'explain', account, ...(since ? { since } : {}) });
      assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
      return { change: events.find(({ event }) => event === 'change'), none: events.find(({ event }) => event === 'no_change'), parts: events.filter(({ event }) => event === 'change_part') };
    };
    /** What is told sums, and is the difference of the stored scores. @param {string} account @param {string} since @param {number} [from] cut */
    const since = async (account, since, from = 1) => {
      const { change, parts } = await explain(account, since);
      assert.ok(change, 'a change is told');
      assert.equal(change.note, '');
      assert.equal(sum(change), change.total);
      for (const part of parts) assert.equal(sum(part), part.total);
      for (const cause of [...causes, 'total']) assert.equal(parts.reduce((total, part) => total + part[cause], 0), change[cause], cause);
      const [{ raw: before }] = world.rows('select raw from score where account_id = ? and cut <= ? order by cut desc limit 1', account, from);
      const [{ raw: now }] = world.rows('select raw from health where account_id = ?', account);
      assert.equal(change.total, Math.round(now * 1000) - Math.round(before * 1000));
      return { change, parts };
    };

    await world.sync();
    // Accounts that were touched some weeks ago: time makes them worse, and a meeting better.
    const [passing, acting, late] = world
      .rows("select account_id as id from health where json_extract(signals, '$.days_since_touch.value') between 12 and 45 order by account_id limit 3")
      .map(({ id }) => id);
    assert.ok(late, 'three such accounts');
    assert.match((await explain(passing)).none.note, /no other score/);
    const first = world.rows('select at from cut where number = 1')[0].at;

    await world.advance(6 * DAY);
    const [contact] = world.rows('select id from contact where account_id = ? and not deleted order by id limit 1', acting);
    const met = { Subject: 'Meeting: Review', DurationInMinutes: 30, OwnerId: world.rows('select owner_id from account where id = ?', acting)[0].owner_id, WhoId: contact.id, WhatId: acting };
    const at = Date.parse(first);
    await world.edit({ action: 'insert', object: 'Event', fields: { ...met, ActivityDateTime: new Date(at + 2 * DAY).toISOString() } });
    const [other] = world.rows('select id from contact where account_id = ? and not deleted order by id limit 1', late);
    await world.edit({ action: 'insert', object: 'Event', fields: { ...met, WhoId: other.id, WhatId: late, ActivityDateTime: new Date(at - 2 * DAY).toISOString() } });
    await world.advance(HOUR);
    await world.sync();

    const time = (await since(passing, first)).change;
    assert.deepEqual([time.late, time.customer, time.model], [0, 0, 0], 'nothing but time');
    assert.notEqual(time.time, 0);
    const customer = (await since(acting, first)).change;
    assert.ok(customer.customer > 0 && customer.model === 0 && customer.late === 0, JSON.stringify(customer));
    const known = (await since(late, first)).change;
    assert.ok(known.late > 0 && known.model === 0, JSON.stringify(known));

    const components = world.rows('select text from configuration')[0].text;
    const document = JSON.parse(components);
    for (const component of document.model.components) if (component.name === 'recency') component.weight = 60;
    const second = world.rows('select at from cut where number = 2')[0].at;
    await world.advance(DAY);
    await world.sync({ config: JSON.stringify({ model: document.model }) });
    const model = (await since(passing, second, 2)).change;
    assert.notEqual(model.model, 0);
    assert.deepEqual([model.late, model.customer], [0, 0]);
    const both = await since(acting, first);
    assert.ok(both.change.customer > 0 && both.change.model !== 0, JSON.stringify(both.change));

    assert.match((await explain(passing, '2020-01-01')).none.note, /no score at that time/);
    const wrong = await world.run({ command: 'explain', account: passing, since: 'yesterday' });
    assert.equal(wrong.at(-1)?.code, 'COMMAND_ARGUMENT');
    await world.close();
  });
}

test('a value that was imported between two pulls explains the score that it moved, then and later', async () => {
  const world = await open('imported');
  await world.sync();
  const [{ id, at }] = world.rows('select account_id as id, cut.at from health, cut where cut.number = 1 and health.score between 30 and 90 order by account_id limit 1');
  const explain = async () => {
    const change = (await world.run({ command: 'explain', account: id, since: at })).find(({ event }) => event === 'change');
    const [{ raw: before }] = world.rows('select raw from score where account_id = ? and cut = 1', id);
    const [{ raw: now }] = world.rows('select raw from health where account_id = ?', id);
    assert.deepEqual([change?.note, change?.total], ['', Math.round(now * 1000) - Math.round(before * 1000)], JSON.stringify(change));
    return change;
  };
  const told = await world.run({ command: 'signals_import', rows: [{ account_id: id, name: 'sentiment', value: 5, at: new Date(Date.parse(at) - DAY).toISOString() }] });
  assert.equal(told.at(-1)?.ok, true, JSON.stringify(told));
  await world.sync({ pull: false });
  const late = (await explain())?.late;
  assert.ok(late < 0, `${late}`);
  await world.advance(2 * HOUR);
  await world.sync();
  assert.equal((await explain())?.late, late);
  await world.close();
});
