// The invented org: its size, its truth, and how it lives on.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOrg } from '../org.mjs';
import { open } from './helper.mjs';

const make = (options) => createOrg({ clock: 'virtual', ...options });
const near = (value, wanted, share) =>
  assert.ok(Math.abs(value - wanted) <= wanted * share, `${value}, wanted about ${wanted}`);

/** Every stored value of the business objects, as one text. */
function fingerprint(org) {
  const parts = [];
  for (const name of ['Account', 'Contact', 'Opportunity', 'Task', 'Event']) {
    const table = org.tables.get(name);
    for (let row = 0; row < table.count; row += 7) {
      parts.push([...table.columns.keys()].map((column) => table.get(row, column)).join('|'));
    }
  }
  return parts.join('\n');
}

test('2,000 accounts have about 8,000 contacts, 6,000 opportunities and 60,000 activities', () => {
  const { tables } = make({ accounts: 2000 });
  near(tables.get('Contact').count, 8000, 0.1);
  near(tables.get('Opportunity').count, 6000, 0.15);
  near(tables.get('Task').count + tables.get('Event').count, 60000, 0.15);
});

test('a seed names an org', () => {
  assert.equal(fingerprint(make({ accounts: 60, seed: 3 })), fingerprint(make({ accounts: 60, seed: 3 })));
  assert.notEqual(fingerprint(make({ accounts: 60, seed: 3 })), fingerprint(make({ accounts: 60, seed: 4 })));
});

/** Mean activities of the last 60 days, of accounts that fade and of those that do not. */
function recentContact(org) {
  const tasks = org.tables.get('Task'),
    accounts = org.tables.get('Account');
  const from = org.now() - 60 * 86400000,
    counts = new Map();
  for (let row = 0; row < tasks.count; row++) {
    if (tasks.get(row, 'CreatedDate') < from) continue;
    const account = accounts.rowOf(tasks.get(row, 'AccountId'));
    counts.set(account, (counts.get(account) ?? 0) + 1);
  }
  const sums = { bad: [0, 0], good: [0, 0] };
  for (const [row, life] of org.truth) {
    const sum = sums[life.kind === 'fading' || life.kind === 'lost' ? 'bad' : 'good'];
    sum[0] += (counts.get(row) ?? 0) / life.base;
    sum[1]++;
  }
  return sums.bad[0] / sums.bad[1] / (sums.good[0] / sums.good[1]);
}

test('contact tells of fading customers, and in a null org of nothing', () => {
  assert.ok(recentContact(make({ accounts: 1500 })) < 0.5);
  const ratio = recentContact(make({ accounts: 1500, nullOrg: true }));
  assert.ok(ratio > 0.85 && ratio < 1.15, `${ratio}`);
});

test('hierarchies have no cycle', () => {
  const table = make({ accounts: 500 }).tables.get('Account');
  let parents = 0;
  for (let row = 0; row < table.count; row++) {
    const parent = table.get(row, 'ParentId');
    if (parent === null) continue;
    parents++;
    assert.ok(table.rowOf(parent) < row);
  }
  assert.ok(parents > 30);
});

test('six weeks of life: contact goes on, renewals close, champions leave; it replays', async (t) => {
  const s = await open(t, { accounts: 600, seed: 8 });
  const before = s.org.now(),
    tasks = s.org.tables.get('Task').count;
  const tally = await s.control('live', { days: 42 });
  assert.equal(s.org.now() - before, 42 * 86400000);
  assert.ok(
    tally.activities > 500 && tally.champions > 3 && tally.slips > 0 && tally.won > 5 && tally.lost > 0,
    JSON.stringify(tally),
  );
  assert.ok(s.org.tables.get('Task').count > tasks);
  const other = await open(t, { accounts: 600, seed: 8 });
  assert.deepEqual(await other.control('live', { days: 42 }), tally);
  assert.equal(fingerprint(other.org), fingerprint(s.org));
});

test('what others see of a life: a bounced champion without roles', async (t) => {
  const s = await open(t, { accounts: 600, seed: 8 });
  await s.control('live', { days: 30 });
  Object.assign(s.tokens, await s.control('grant'));
  const gone = (await s.query('SELECT Id, IsEmailBounced FROM Contact WHERE EmailBouncedDate != null')).body
    .records;
  assert.ok(gone.length > 0 && gone.every((one) => one.IsEmailBounced));
  const roles = await s.query(`SELECT COUNT() FROM OpportunityContactRole WHERE ContactId = '${gone[0].Id}'`);
  assert.equal(roles.body.totalSize ?? roles.text, 0);
});
