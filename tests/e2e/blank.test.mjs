// An account that has no score any more: what Perly wrote in Salesforce is blanked, a request of 200 or a Bulk job alike;
// one that never had a score costs no call.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { insert } from '../salesforce/store/dml.mjs';
import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('blank');
/** @typedef {Awaited<ReturnType<typeof open>>} World */

/** Our three fields of every account, as the connected user sees them. @param {World} world @returns {Promise<Map<string, any[]>>} */
async function shown(world) {
  const rows = new Map();
  const query = 'SELECT Id, Perly_Health_Score__c, Perly_Risk_Level__c, Perly_Last_Updated__c FROM Account';
  for (let path = `/services/data/v66.0/query?q=${encodeURIComponent(query)}`; path; ) {
    const answer = await fetch(world.server.url + path, { headers: { authorization: `Bearer ${world.server.tokens.access_token}` } });
    assert.equal(answer.status, 200, await answer.clone().text());
    const { records, nextRecordsUrl } = await answer.json();
    for (const row of records) rows.set(row.Id, [row.Perly_Health_Score__c, row.Perly_Risk_Level__c, row.Perly_Last_Updated__c]);
    path = nextRecordsUrl;
  }
  return rows;
}

/** @param {string} name @param {object} [options] */
async function prepare(name, options = {}) {
  const world = await open(name, { sessionMinutes: 1e6, ...options });
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  return world;
}

const quiet = { rules: [] };
/** Nobody's score moves by itself, so that a call has a cause. */
const same = { ...quiet, model: { components: [{ name: 'same', label: 'The same', weight: 1, score: '50.0' }] } };
const customers = JSON.stringify({ ...same, salesforce: { filter: { account: "account.type == 'Customer'" }, touch: 'never' } });
const everybody = JSON.stringify({ ...same, salesforce: { touch: 'never' } });
/** The account's entry, if it has one. @param {World} world @param {string} id */
const entry = (world, id) => world.rows("select fields from outbox where key = 'fields:' || ?", id).map(({ fields }) => JSON.parse(fields))[0];
const unscored = (/** @type {World} */ world, /** @type {string} */ id) => world.rows('select score, unscored from health where account_id = ?', id)[0];

test('an account leaves the filter: blanked with the time, and back when the filter is gone; one outside costs no call', async () => {
  const world = await prepare('filter');
  const { org } = /** @type {any} */ (world.server);
  const ids = [...(await shown(world)).keys()];
  const [leaver, stranger] = ids;
  for (const id of ids) await world.edit({ action: 'update', object: 'Account', id, fields: { Type: id === stranger ? 'Prospect' : 'Customer' } });
  await world.advance(HOUR);
  await world.sync({ config: customers });
  const before = await shown(world);
  assert.ok(typeof before.get(leaver)?.[0] === 'number' && before.get(leaver)?.[1] && before.get(leaver)?.[2], 'scored and shown');
  assert.deepEqual(before.get(stranger), [null, null, null]);
  assert.equal(entry(world, stranger), undefined, 'nothing to send for one that was never scored');

  await world.edit({ action: 'update', object: 'Account', id: leaver, fields: { Type: 'Prospect' } });
  await world.advance(HOUR);
  const now = org.now();
  await world.sync({ config: customers });
  const blank = await shown(world);
  const [score, level, updated] = blank.get(leaver) ?? [];
  assert.deepEqual([score, level], [null, null]);
  assert.ok(Date.parse(updated) > Date.parse(before.get(leaver)?.[2]) && Date.parse(updated) <= now + HOUR, updated);
  assert.deepEqual(unscored(world, leaver), { score: null, unscored: 'the filter leaves it out' });
  assert.deepEqual(blank.get(stranger), [null, null, null]);

  // Again: it is blank already, and costs nothing more.
  await world.advance(DAY);
  const calls = async () => (await world.control('stats')).calls['PATCH /services/data/composite/sobjects'];
  const sent = () => world.rows("select * from outbox where key = 'fields:' || ?", leaver);
  const [made, rows] = [await calls(), sent()];
  assert.ok(made > 0 && rows.length === 1, `${made} calls, ${rows.length} entries`);
  await world.sync({ config: customers });
  assert.equal(await calls(), made);
  assert.deepEqual(sent(), rows);
  assert.deepEqual((await shown(world)).get(leaver), [null, null, updated]);

  // Somebody edits it: what Perly blanked stays blank, and is not written again.
  await world.edit({ action: 'update', object: 'Account', id: leaver, fields: { Description: 'Moved' } });
  await world.advance(HOUR);
  await world.sync({ config: customers });
  assert.equal(await calls(), made);
  assert.deepEqual(world.rows('select pushed_score, pushed_level from health where account_id = ?', leaver), [{ pushed_score: null, pushed_level: null }]);

  await world.advance(DAY);
  await world.sync({ config: everybody });
  const after = await shown(world);
  for (const id of [leaver, stranger]) {
    const [{ score, level }] = world.rows('select score, level from health where account_id = ?', id);
    assert.ok(score !== null);
    assert.deepEqual(after.get(id)?.slice(0, 2), [score, level]);
  }
  assert.ok((await calls()) > made);
  await world.close();
});

test('too little is known of an account: blanked, and back when it is known again', async () => {
  const world = await prepare('coverage');
  const config = JSON.stringify({
    ...quiet,
    model: { signals: { usage: { label: 'Usage', imported: true, max_age: '10d' } }, components: [{ name: 'usage', label: 'Usage', weight: 1, score: 'signals.usage' }] },
  });
  await world.sync({ config });
  const ids = [...(await shown(world)).keys()];
  assert.ok([...(await shown(world)).values()].every(([score, level, updated]) => score === null && level === null && updated === null));
  assert.equal(world.rows('select count(*) n from outbox')[0].n, 0, 'nobody was ever scored: nothing is sent');

  const tell = async (/** @type {number} */ value) => {
    const at = new Date(/** @type {any} */ (world.server).org.now() - HOUR).toISOString();
    const told = await world.run({ command: 'signals_import', rows: [{ account_id: ids[0], name: 'usage', value, at }], config });
    assert.equal(told.at(-1)?.ok, true, JSON.stringify(told));
    await world.sync({ config });
  };
  await tell(70);
  const [score, , first] = (await shown(world)).get(ids[0]) ?? [];
  assert.deepEqual([score, world.rows('select count(*) n from outbox')[0].n], [70, 1]);
  await world.advance(11 * DAY);
  await world.sync({ config });
  const [none, level, second] = (await shown(world)).get(ids[0]) ?? [];
  assert.deepEqual([none, level], [null, null]);
  assert.ok(Date.parse(second) > Date.parse(first));
  assert.deepEqual(unscored(world, ids[0]), { score: null, unscored: 'too little is known: 0 % of the weight, 50 % is needed; unknown: Usage' });
  await tell(40);
  assert.equal((await shown(world)).get(ids[0])?.[0], 40);
  await world.close();
});

test('thousands leave the filter: one Bulk job blanks them, by #N/A', async () => {
  const world = await prepare('bulk');
  const server = /** @type {any} */ (world.server);
  const ctx = { org: server.org, user: server.org.otherAdmin, version: '66.0', origin: server.url };
  for (let n = 0; n < 2030; n++) insert(ctx, 'Account', { Name: `Account ${n} of many` });
  await world.advance(HOUR);
  const all = { ...same, salesforce: { touch: 'never' } };
  await world.sync({ config: JSON.stringify(all) });
  const before = await shown(world);
  const scored = [...before].filter(([, [score]]) => score !== null).map(([id]) => id);
  assert.ok(scored.length >= 2000, `${scored.length} scored`);
  const { org } = server;
  await world.control('stats/reset', {});
  /** @type {string[]} */
  const uploads = [];
  org.faults.add({ match: { method: 'PUT', path: '/jobs/ingest/\\w+/batches' }, fault: { kind: 'then', act: () => uploads.push([...org.jobs.values()].map(({ text }) => text ?? '').join('')) }, times: 0 });
  await world.advance(HOUR);
  await world.sync({ config: JSON.stringify({ ...all, salesforce: { filter: { account: 'false' }, touch: 'never' } }) });
  const { calls } = await world.control('stats');
  assert.equal(calls['PATCH /services/data/composite/sobjects'] ?? 0, 0, JSON.stringify(calls));
  assert.equal(uploads.length > 0 && uploads.at(-1)?.split('\n').filter((line) => line.split('#N/A').length === 3).length, scored.length);
  for (const [id, [score, level, updated]] of await shown(world)) {
    assert.deepEqual([score, level], [null, null], id);
    if (scored.includes(id)) assert.ok(Date.parse(updated) > Date.parse(before.get(id)?.[2]), id);
  }
  await world.close();
});
