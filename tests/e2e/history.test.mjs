// How often a close date was pushed out: from the history of opportunities where the org shows it, else from their field
// history, and where there is none from our own change log.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('history');
/** @typedef {Awaited<ReturnType<typeof open>>} World */

const config = JSON.stringify({
  model: {
    signals: { slips: 'sum(opportunities.map(o, o.slips))' },
    components: [{ name: 'slips', label: 'Slips', weight: 1, score: 'linear(signals.slips, 10, 0)' }],
  },
});

/** The signal of every account that has one. @param {World} world */
const slips = (world) =>
  Object.fromEntries(
    world.rows('select account_id, signals from health order by account_id').map(({ account_id, signals }) => [account_id, JSON.parse(signals).slips?.value ?? 0]),
  );

/** What the org itself knows. @param {World} world */
function told(world) {
  const { org } = /** @type {any} */ (world.server);
  const [history, opportunities] = [org.tables.get('OpportunityHistory'), org.tables.get('Opportunity')];
  /** @type {Map<number, number[]>} */
  const rows = new Map();
  for (let row = 0; row < history.count; row++) {
    const key = history.get(row, 'OpportunityId');
    rows.set(key, [...(rows.get(key) ?? []), row]);
  }
  /** @type {Record<string, number>} */
  const counts = {};
  for (const [key, list] of rows) {
    const at = opportunities.rowOf(key);
    if (opportunities.life[at] !== 0) continue;
    const account = org.ids.text(opportunities.get(at, 'AccountId'));
    list.sort((a, b) => history.get(a, 'CreatedDate') - history.get(b, 'CreatedDate') || a - b);
    const moved = list.filter(
      (row, i) => i > 0 && history.get(row, 'CloseDate') > history.get(list[i - 1], 'CloseDate') && !history.get(row, 'StageName').startsWith('Closed'),
    );
    counts[account] = (counts[account] ?? 0) + moved.length;
  }
  return counts;
}

/** @param {World} world */
function assertTold(world) {
  const expected = told(world);
  for (const [account, count] of Object.entries(slips(world))) assert.equal(count, expected[account] ?? 0, account);
}

/** An open opportunity and its account. @param {World} world */
const openOne = (world) => world.rows('select id, account_id, close_date from opportunity where not is_closed and not deleted order by id limit 1')[0];
/** @param {string} date @param {number} days */
const later = (date, days) => new Date(Date.parse(date) + days * DAY).toISOString().slice(0, 10);

/** A close date is pushed out, which is a slip; brought forward, and then closed on a later day, which is none. @param {World} world */
async function movesAndCloses(world) {
  const { id, account_id, close_date } = openOne(world);
  const before = slips(world)[account_id];
  await world.advance(HOUR);
  await world.edit({ action: 'update', object: 'Opportunity', id, fields: { CloseDate: later(close_date, 30) } });
  await world.advance(HOUR);
  await world.sync({ config });
  assert.equal(slips(world)[account_id], before + 1);
  await world.edit({ action: 'update', object: 'Opportunity', id, fields: { CloseDate: later(close_date, 3) } });
  await world.advance(HOUR);
  await world.edit({ action: 'update', object: 'Opportunity', id, fields: { CloseDate: later(close_date, 60), StageName: 'Closed Won' } });
  await world.advance(HOUR);
  await world.sync({ config });
  assert.equal(slips(world)[account_id], before + 1);
}

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`slips are those of the org's history, before the first pull and after (${host})`, async () => {
    const world = await open(`told-${host}`, { accounts: 60 }, host);
    await world.advance(HOUR); // past the lag of the window
    await world.sync({ config });
    assert.ok(Object.values(slips(world)).some((count) => count > 0), 'the org pushed dates out before we came');
    assertTold(world);

    await movesAndCloses(world);
    assertTold(world);
    await world.close();
  });
}

test('history that comes late makes the account due', async () => {
  const world = await open('late', { accounts: 40 });
  await world.sync({ config });
  const { org } = /** @type {any} */ (world.server);
  const { id, account_id, close_date } = openOne(world);
  const before = slips(world)[account_id];
  // The opportunity itself does not change: its history alone appears.
  await world.advance(HOUR);
  const table = org.tables.get('OpportunityHistory');
  const add = (/** @type {number} */ at, /** @type {number} */ days) => {
    const row = table.addRow();
    const values = { OpportunityId: org.ids.parse(id), StageName: 'Qualification', CloseDate: Date.parse(later(close_date, days)), CreatedDate: at, SystemModstamp: at, IsDeleted: false };
    for (const [name, value] of Object.entries(values)) table.set(row, name, value);
  };
  add(org.now() - 2000, -20);
  add(org.now() - 1000, -10);
  await world.advance(HOUR);
  const events = await world.sync({ config });
  assert.equal(events.find(({ event }) => event === 'scored')?.accounts, 1, 'nobody else');
  assert.equal(slips(world)[account_id], before + 1);
  await world.close();
});

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`without the history slips are those of the field history, which is not pulled beside it (${host})`, async () => {
    const world = await open(`fields-${host}`, { accounts: 60, sessionMinutes: 1e6 }, host);
    const state = () => world.rows("select object, state, coalesce(received, 0) as rows from pull where object in ('OpportunityHistory', 'OpportunityFieldHistory') order by object");
    await world.control('permissions', { deny: ['OpportunityHistory.read'] });
    await world.advance(HOUR);
    await world.sync({ config });
    const [fields, history] = state();
    assert.deepEqual([fields?.state, history?.state, (fields?.rows ?? 0) > 0], ['done', 'absent', true], JSON.stringify(state()));
    assert.ok(Object.values(slips(world)).some((count) => count > 0), 'before we came');
    assertTold(world);

    await movesAndCloses(world);
    assertTold(world);
    const status = await world.run({ command: 'status' });
    assert.equal(status.find(({ name }) => name === 'pull OpportunityFieldHistory')?.ok, true);

    // The history is shown after all: it is read, and the other no more.
    await world.control('permissions', { allow: ['OpportunityHistory.read'] });
    await world.advance(2 * DAY);
    await world.sync({ config });
    assert.deepEqual(state().map(({ state }) => state), ['absent', 'done']);
    assertTold(world);
    await world.close();
  });
}

test('without the history slips are counted from what was seen here, and status says so', async () => {
  const world = await open('without', { accounts: 40, sessionMinutes: 1e6, fieldHistory: false });
  await world.control('permissions', { deny: ['OpportunityHistory.read'] });
  const first = await world.sync({ config });
  assert.deepEqual(first.filter(({ event }) => event === 'incident'), []);
  assert.deepEqual(new Set(Object.values(slips(world))), new Set([0]));
  const status = await world.run({ command: 'status' });
  const line = status.find(({ name }) => name === 'pull OpportunityHistory');
  assert.deepEqual([line?.ok, line?.state], [true, 'absent'], JSON.stringify(line));
  assert.match(line?.text, /does not see it: close dates that were pushed out are counted from OpportunityFieldHistory or, where that is not to be had, from the changes that Perly saw/);
  const check = (await world.run({ command: 'check' })).find(({ name }) => name === 'can_read_OpportunityHistory');
  assert.deepEqual([check?.ok, check?.needed], [false, false], JSON.stringify(check));

  const { id, account_id, close_date } = openOne(world);
  await world.edit({ action: 'update', object: 'Opportunity', id, fields: { CloseDate: later(close_date, 30) } });
  await world.advance(HOUR);
  await world.sync({ config });
  assert.equal(slips(world)[account_id], 1);
  await world.edit({ action: 'update', object: 'Opportunity', id, fields: { CloseDate: later(close_date, 60), StageName: 'Closed Lost' } });
  await world.advance(HOUR);
  await world.sync({ config });
  assert.equal(slips(world)[account_id], 1, 'the day on which it was closed is no plan');

  // The history is shown after all: it is read whole, and tells more.
  await world.control('permissions', { allow: ['OpportunityHistory.read'] });
  await world.advance(2 * DAY);
  await world.sync({ config });
  assertTold(world);
  assert.equal(world.rows("select state from pull where object = 'OpportunityHistory'")[0].state, 'done');

  // Taken away again it is missed, until a person says that it is gone.
  await world.control('permissions', { deny: ['OpportunityHistory.read'] });
  await world.advance(2 * DAY);
  const [incident] = (await world.sync({ config })).filter(({ event }) => event === 'incident');
  assert.deepEqual([incident?.object, incident?.code, incident?.frozen], ['OpportunityHistory', 'SF_OBJECT_UNKNOWN', ['slips']]);
  await world.advance(HOUR);
  await world.sync({ config, full: true });
  await world.advance(HOUR);
  assert.deepEqual((await world.sync({ config })).filter(({ event }) => event === 'incident'), []);
  assert.equal(world.rows("select state from pull where object = 'OpportunityHistory'")[0].state, 'absent');
  await world.close();
});
