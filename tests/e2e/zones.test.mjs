// Every host hands the core its file of time zones: named zones in expressions give the hour of the place, a Task is
// due by the day of its owner, and each cut says which release of the zones it was made with. An expression says the
// same wherever it stands, zones and holidays too.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, nodeHost, startCore } from './core.mjs';
import { createWorlds } from './world.mjs';

const open = createWorlds('calendar');

const folder = mkdtempSync(join(tmpdir(), 'perly-zones-'));
const key = join(folder, 'key');
const file = readFileSync(join(import.meta.dirname, '../../toolchain/perly_zones.bin'));
const release = file.toString('latin1', 4, 16).replace(/\0.*$/s, '');

after(() => rmSync(folder, { recursive: true, force: true }));

// In Tokyo it is Tuesday already, in Berlin and America still Monday.
const START = Date.parse('2026-11-23T16:30:00Z');
const ZONES = ['America/Los_Angeles', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Tokyo'];
const config = {
  model: {
    signals: Object.fromEntries(ZONES.map((zone, i) => [`hour${i}`, `now.getHours('${zone}')`])),
    components: [{ name: 'all', label: 'All', weight: 1, score: '50.0' }],
  },
  rules: [{ name: 'seen', mode: 'on', when: 'score >= 0', on_first: true, task: { subject: 'See', due: { business_days: 1 } } }],
  limits: { actions_per_run: { at_least: 1000 }, tasks_per_owner_day: 1000 },
};

/** What it is by the clock on the wall of a zone. @param {number} at @param {string} zone */
function wall(at, zone) {
  const parts = new Intl.DateTimeFormat('en-GB', { timeZone: zone, dateStyle: 'short', timeStyle: 'short' }).formatToParts(at);
  const of = Object.fromEntries(parts.map(({ type, value }) => [type, value]));
  return { hour: Number(of.hour), day: `${of.year}-${of.month}-${of.day}` };
}

/** @param {string} name @param {string[]} host @param {string} database */
async function check(name, host, database) {
  const server = await startServer({ accounts: 60, seed: 5, clock: 'virtual', start: START });
  const core = startCore({ host, env: { PERLY_TEST_CLOCK: server.url } });
  try {
    await connect(core, { url: server.url, client_id: server.client.id, client_secret: server.client.secret });
    const events = await core.run({ command: 'sync', config: JSON.stringify(config) });
    assert.equal(/** @type {any} */ (events.at(-1)).ok, true, JSON.stringify(events.at(-1)));
    const wrong = await core.run({
      command: 'config_check', config: JSON.stringify({ model: { signals: { a: "now.getHours('Europe/Berln')" } } }),
    });
    assert.match(JSON.stringify(wrong), /there is no such time zone/, name);
  } finally {
    await core.close();
    await server.close();
  }
  const tables = new DatabaseSync(database, { readOnly: true });
  const read = (/** @type {string} */ sql) => /** @type {any[]} */ (tables.prepare(sql).all());
  const [cut] = read('select at, zones from cut');
  assert.equal(cut.zones, release);
  const at = Date.parse(cut.at);
  const [{ signals: told }] = read('select signals from health where signals is not null');
  const signals = JSON.parse(told);
  for (const [i, zone] of ZONES.entries()) {
    assert.equal(signals[`hour${i}`].value, wall(at, zone).hour, zone);
  }
  const due = read(
    `select u.zone, json_extract(o.fields, '$.due') due from outbox o join user u on u.id = json_extract(o.fields, '$.owner_id')
      where o.kind = 'task'`,
  );
  const next = { '2026-11-23': '2026-11-24', '2026-11-24': '2026-11-25' };
  for (const row of due) assert.equal(row.due, next[/** @type {keyof typeof next} */ (wall(at, row.zone).day)], row.zone);
  assert.deepEqual([...new Set(due.map((row) => row.due))].sort(), ['2026-11-24', '2026-11-25']);
  tables.close();
}

const UNTIL = "timestamp('2026-11-20T00:00:00Z')";

/** The same two expressions as mappings, signals and part of the filter. @param {string[]} holidays */
const everywhere = (holidays) =>
  JSON.stringify({
    holidays,
    salesforce: { filter: { account: `business_days(record.CreatedDate, ${UNTIL}) % 2 == 0 && record.CreatedDate.getDate('Asia/Tokyo') > 10` } },
    mapping: { account: { days: `business_days(record.CreatedDate, ${UNTIL})`, day: "record.CreatedDate.getDate('Asia/Tokyo')" } },
    model: {
      signals: { days: `business_days(account.created, ${UNTIL})`, day: "account.created.getDate('Asia/Tokyo')" },
      components: [{ name: 'same', label: 'Same', weight: 1, score: 'signals.days == account.days && signals.day == account.day ? 100.0 : 0.0' }],
    },
    rules: [{
      name: 'differs', mode: 'on', on_first: true, task: { subject: 'See', due: { business_days: 1 } },
      when: `business_days(account.created, ${UNTIL}) != account.days || account.created.getDate('Asia/Tokyo') != account.day`,
    }],
  });

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`a mapping and a filter over the record ask the same calendar as signals and rules (${host})`, async () => {
    const world = await open(`calendar ${host}`, { accounts: 60 }, host);
    /** @param {string[]} holidays */
    async function sync(holidays) {
      const events = await world.sync({ config: everywhere(holidays) });
      assert.deepEqual(world.rows('select account_id from health where score is not null and score <> 100'), []);
      assert.deepEqual(world.rows("select key from outbox where kind = 'task'"), []);
      const scored = world.rows('select a.id, a.days, a.day from account a join health h on h.account_id = a.id where h.score is not null');
      const wanted = world.rows('select id, days, day from account where days % 2 = 0 and day > 10');
      assert.deepEqual(scored.map(({ id }) => id).sort(), wanted.map(({ id }) => id).sort());
      assert.ok(scored.length > 0);
      const read = events.filter(({ event, object }) => event === 'columns_read' && object === 'Account');
      return { read: read.map(({ columns }) => columns), days: Object.fromEntries(world.rows('select id, days from account').map(({ id, days }) => [id, days])) };
    }
    const plain = await sync([]);
    assert.deepEqual(plain.read, []);
    // A Wednesday and a Thursday: those who came before have two days less.
    const feast = await sync(['2026-11-18', '2026-11-19']);
    assert.match(feast.read.join(), /days/);
    assert.doesNotMatch(feast.read.join(), /day\b/, 'what asks for no holiday is not read again');
    assert.deepEqual(feast.days, Object.fromEntries(Object.entries(plain.days).map(([id, days]) => [id, Number(days) - 2])));
    const again = await sync(['2026-11-18', '2026-11-19']);
    assert.deepEqual([again.read, again.days], [[], feast.days]);
    await world.close();
  });
}

test('the native host has the zones in the program', async () => {
  const database = join(folder, 'native.db');
  await check('native', nativeHost({ database, key }), database);
});

test('the Node host has them beside its module', async () => {
  const database = join(folder, 'node.db');
  await check('node', nodeHost({ database, key }), database);
});
