// Roll-ups: what an account and all below it come to together, kept beside each score and told by explain.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, HOUR } from './world.mjs';

const open = createWorlds('hierarchy');
/** @typedef {Awaited<ReturnType<typeof open>>} World */

/** Health is the number of employees, and the level what the table says of it. */
const config = JSON.stringify({
  model: {
    components: [{ name: 'size', label: 'Size', weight: 1, score: 'linear(double(account.employees), 0.0, 100.0)' }],
    risk: { hysteresis: 0, hold_up: '0s' },
  },
});

/** Health, parent and revenue of the first accounts; all others stand alone. */
const tree = [
  { health: 90, revenue: 1000 }, //               0
  { health: 60, revenue: 3000, parent: 0 }, //    |- 1
  { health: 10, revenue: 500, parent: 0 }, //     `- 2
  { health: 40, revenue: null, parent: 2 }, //       `- 3
  { health: 70, revenue: null, parent: 3 }, //          `- 4
  { health: 30, revenue: null }, //               5
  { health: 80, revenue: null, parent: 5 }, //    `- 6
];

/** @param {World} world */
const groups = (world) =>
  world.rows(
    'select account_id, root_id, group_accounts, group_score, group_worst, group_worst_id, group_at_risk, group_weighed_by from health order by account_id',
  );

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`scores roll up through hierarchies, and follow them (${host})`, async () => {
    const world = await open(`tree-${host}`, { accounts: 20 }, host);
    await world.sync({ config });
    const ids = world.rows('select id from account order by id').map(({ id }) => id);
    for (const [i, id] of ids.entries()) {
      const { health = 50, revenue = 100, parent } = tree[i] ?? {};
      const fields = { NumberOfEmployees: health, AnnualRevenue: revenue, ParentId: parent === undefined ? null : ids[parent] };
      await world.edit({ action: 'update', object: 'Account', id, fields });
    }
    await world.advance(HOUR);
    await world.sync({ config });
    const [a0, a1, a2, a3, a4, a5, a6] = ids;
    const weighted = Math.round((90 * 1000 + 60 * 3000 + 10 * 500) / 4500);
    const row = (/** @type {any[]} */ ...values) => {
      const names = ['account_id', 'root_id', 'group_accounts', 'group_score', 'group_worst', 'group_worst_id', 'group_at_risk', 'group_weighed_by'];
      return Object.fromEntries(names.map((name, i) => [name, values[i] ?? null]));
    };
    const expected = [
      row(a0, a0, 5, weighted, 'Critical', a2, 500 / 4500, 'revenue'),
      row(a1, a0, 1, 60, 'Medium', a1, 0, 'revenue'),
      row(a2, a0, 3, 10, 'Critical', a2, 1, 'revenue'), // only its own revenue is known
      row(a3, a0, 2, 55, 'High', a3, null, 'accounts'), // none is known: each counts once
      row(a4, a0, 1, 70, 'Medium', a4, null, 'accounts'),
      row(a5, a5, 2, 55, 'High', a5, null, 'accounts'),
      row(a6, a5, 1, 80, 'Low', a6, null, 'accounts'),
    ];
    assert.deepEqual(groups(world).slice(0, 7), expected);
    for (const { root_id, group_accounts, group_score } of groups(world).slice(7)) {
      assert.deepEqual([root_id, group_accounts, group_score], [null, null, null], 'alone');
    }

    const name = (/** @type {string} */ id) => world.rows('select name from account where id = ?', id)[0].name;
    const told = (await world.run({ command: 'explain', account: a2 })).filter(({ event }) => event === 'group');
    const { score, ...whole } = told[0];
    assert.equal(score, weighted);
    assert.deepEqual(whole, { event: 'group', id: a0, name: name(a0), accounts: 5, worst: 'Critical', worst_id: a2, worst_name: name(a2), at_risk: 500 / 4500, weighed_by: 'revenue' });
    assert.deepEqual([told.length, told[1].id, told[1].accounts, told[1].score], [2, a2, 3, 10], 'then what is below it');

    // What they pay us says more than what they earn; a count of seats is a number as well.
    for (const [id, seats] of [[a0, 1], [a1, 2], [a2, null], [a3, 7], [a4, null]])
      await world.edit({ action: 'update', object: 'Account', id, fields: { ARR__c: seats } });
    await world.advance(HOUR);
    for (const arr of ['record.ARR__c', 'int(record.ARR__c)']) {
      await world.sync({ config: JSON.stringify({ ...JSON.parse(config), mapping: { account: { arr } } }) });
      assert.deepEqual(groups(world).slice(0, 5), [
        row(a0, a0, 5, Math.round((90 * 1 + 60 * 2 + 40 * 7) / 10), 'Critical', a2, 7 / 10, 'arr'),
        row(a1, a0, 1, 60, 'Medium', a1, 0, 'arr'),
        row(a2, a0, 3, 40, 'Critical', a2, 1, 'arr'),
        row(a3, a0, 2, 40, 'High', a3, 1, 'arr'),
        row(a4, a0, 1, 70, 'Medium', a4, null, 'accounts'),
      ], arr);
    }
    await world.sync({ config });

    // It moves, one leaves, and a top is deleted: its children stand alone.
    await world.edit({ action: 'update', object: 'Account', id: a3, fields: { ParentId: a5 } });
    await world.edit({ action: 'update', object: 'Account', id: a1, fields: { ParentId: null } });
    await world.advance(HOUR);
    await world.sync({ config });
    assert.deepEqual(groups(world).slice(0, 7), [
      row(a0, a0, 2, Math.round((90 * 1000 + 10 * 500) / 1500), 'Critical', a2, 500 / 1500, 'revenue'),
      row(a1),
      row(a2, a0, 1, 10, 'Critical', a2, 1, 'revenue'),
      row(a3, a5, 2, 55, 'High', a3, null, 'accounts'),
      row(a4, a5, 1, 70, 'Medium', a4, null, 'accounts'),
      row(a5, a5, 4, 55, 'High', a5, null, 'accounts'),
      row(a6, a5, 1, 80, 'Low', a6, null, 'accounts'),
    ]);
    await world.edit({ action: 'delete', object: 'Account', id: a0 });
    await world.advance(HOUR);
    await world.sync({ config });
    const after = groups(world);
    assert.deepEqual(after.find(({ account_id }) => account_id === a2), row(a2), 'its parent is gone');
    assert.deepEqual(after.find(({ account_id }) => account_id === a0) ?? row(a0), row(a0), 'nor does the deleted one keep a group');
    await world.close();
  });
}
