// The fault matrix: every kind of request in every kind of weather. A cell is one bad day: the command in bad
// weather, then one in good weather. What must hold in each:
//   - the weather was met; a cell in which nothing happened fails;
//   - the command ends as expect.mjs says, its message names the cause, and its remedy what to do;
//   - a sync tells when to come again, unless a person must act first; so does a push that could not be done;
//   - `perly status` says that the connection does not work when it does not, and only then;
//   - nothing was done twice, and after the good day nothing is missing: Tasks, posts, rows, fields;
//   - no secret stands in anything printed or stored.
// The whole matrix is printed at the end. PERLY_WEATHER=page:lost runs one cell, PERLY_WEATHER=page a row.
import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';

import { expected, outcome } from './expect.mjs';
import { COMMANDS, KINDS } from './kinds.mjs';
import { ORGS, writeSignals } from './orgs.mjs';
import { World } from './world.mjs';
import { WEATHER } from './weather.mjs';

const [onlyKind, onlyWeather] = (process.env.PERLY_WEATHER ?? '').split(':');
const kinds = KINDS.filter(({ name }) => !onlyKind || name === onlyKind);
const weathers = WEATHER.filter(({ name }) => !onlyWeather || name === onlyWeather);

const POLL_MS = 2 * 3_600_000,
  RETRY_MS = 300_000;

/** One of each class, for a kind of request whose answer decides nothing and that takes long. */
const ONE_OF_EACH = new Set(['503', 'lost', 'bad json', 'expired', 'revoked', '503 always']);

/** @type {Map<string, string>} */
const table = new Map();
const cell = (/** @type {any} */ kind, /** @type {any} */ weather) => `${kind.name}:${weather.name}`;

/** What brings out scores, Tasks and posts. */
const SENDS = new Set(['sync', 'push']);

/** Whoever connects, sets up or disconnects does it for the first time; all else is one of many. */
const FIRST_TIME = new Set(['connect', 'setup', 'disconnect']);

/** A world in which the command of this kind can be run. @param {import('./kinds.mjs').Kind} kind */
async function prepare(kind) {
  const world = await World.open();
  const org = ORGS[kind.org ?? ''];
  world.login = kind.login ?? 'browser';
  if (kind.during === 'connect') return world;
  good(await world.connect());
  await org?.before?.(world);
  if (kind.during !== 'setup' || org) good(await world.perly(['setup']));
  await org?.made?.(world);
  if (kind.during === 'import') writeSignals(world);
  if (SENDS.has(kind.during) || kind.during === 'import') good(await world.perly(['sync']));
  return world;
}

/** @param {import('./world.mjs').Run} run */
function good(run) {
  assert.equal(run.end.ok, true, run.said);
  return run;
}

/** @param {World} world @param {import('./kinds.mjs').Kind} kind */
function command(world, kind) {
  if (kind.during === 'connect') return world.connect();
  return kind.during === 'push' ? world.push() : world.perly(COMMANDS[kind.during](world));
}

/** What is to be done on that day. @param {World} world @param {import('./kinds.mjs').Kind} kind */
async function work(world, kind) {
  if (kind.during === 'undo') good(await world.perly(['setup']));
  if (kind.during === 'readers') await world.hireReader();
  if (kind.during === 'sync') {
    await world.happen();
    if (kind.hours) world.org.clock.advance(kind.hours * 3_600_000);
    world.promise();
    if (kind.days) world.org.clock.advance(kind.days * 86_400_000);
  }
  await ORGS[kind.org ?? '']?.day?.(world);
  if (kind.expired) await world.control('expire', { what: 'access' });
}

/** @param {World} world @param {import('./kinds.mjs').Kind} kind @param {import('./weather.mjs').Weather} weather */
async function badDay(world, kind, weather) {
  await work(world, kind);
  const match = { method: kind.method, path: kind.path, body: kind.form };
  const rule = { match, fault: weather.fault, times: weather.times ?? 1 };
  world.weather(kind.first ? [kind.first, rule] : [rule]);
  const run = await command(world, kind);
  const fired = world.org.faults.fired.filter((/** @type {any} */ one) => one.kind === weather.fault.kind);
  assert.ok(fired.length > 0, `the weather was not met: ${run.said}`);
  world.weather([]);
  return run;
}

/** @param {import('./world.mjs').Run} run @param {import('./expect.mjs').Expected} wanted */
function ended(run, wanted) {
  if (wanted.later) assert.ok(run.events.some(({ later }) => later > 0), run.said);
  assert.equal(run.end.ok, wanted.code === null, run.said);
  assert.equal(run.code, wanted.exit, run.said);
  const told = run.events.filter(({ event }) => event === 'incident');
  assert.deepEqual(told.map(({ code }) => code), wanted.incident ? [wanted.incident] : [], run.said);
  const error = told[0] ?? run.end;
  if (error.code === undefined) return;
  assert.equal(error.code, wanted.incident ?? wanted.code, run.said);
  assert.match(error.message, wanted.cause);
  assert.match(error.remedy, /^[A-Z].{8,}/, 'a remedy is a sentence');
}

/** When a host should come again: soon after what passes, by the next poll in the end, never before a person has acted. */
function nextTime(/** @type {World} */ world, /** @type {import('./world.mjs').Run} */ run, /** @type {import('./expect.mjs').Expected} */ wanted) {
  const told = run.end.again_at === undefined ? null : Date.parse(run.end.again_at) - world.org.now();
  if (wanted.exit !== 0 && wanted.exit !== 5) assert.equal(told, null, run.said);
  else assert.ok(told !== null && told > 0 && told <= (wanted.exit === 5 ? RETRY_MS : POLL_MS), run.said);
}

/** A Bulk job that is left is told with its cause, and found by the next run. @param {World} world @param {any} run @param {any} wanted */
function kept(world, run, wanted) {
  if (wanted.code !== null) return;
  assert.equal(world.job() !== null, wanted.kept, `a job is left: ${run.said}`);
  const stopped = run.events.find(({ event }) => event === 'outbox_stopped');
  assert.equal(stopped !== undefined, wanted.kept, run.said);
  if (stopped) assert.match(stopped.message, wanted.cause);
}

/** What `perly status` says of the connection. @param {World} world */
async function works(world) {
  const { events, code, said } = await world.perly(['status']);
  const told = events.find(({ event, name }) => event === 'status' && name === 'connection');
  assert.ok(told, said);
  if (told.ok === false) assert.equal(code, 3, said);
  return told.ok;
}

/**
 * After good weather all is as if there had been no other.
 * @param {World} world
 * @param {import('./kinds.mjs').Kind} kind
 * @param {import('./expect.mjs').Expected} wanted
 * @param {import('./weather.mjs').Weather} weather
 */
async function goodDay(world, kind, wanted, weather) {
  if (kind.during === 'disconnect') {
    assert.equal(world.grants(), wanted.code === null ? 0 : 1, 'the access is revoked, or it is told that it is not');
    good(await world.connect());
    return;
  }
  if (wanted.spent) assert.equal((await command(world, kind)).end.code, 'SF_REFRESH_UNCLEAR');
  const gone = weather.name === 'revoked' || wanted.spent;
  if (gone && kind.during !== 'connect') good(await world.connect());
  good(await command(world, kind));
  if (wanted.person && kind.during !== 'connect') assert.notEqual(await works(world), false, 'the connection works again');
  if (['setup', 'assign', 'readers', 'undo'].includes(kind.during)) await isSetUp(world, kind);
  if (!SENDS.has(kind.during)) return;
  if (kind.during === 'sync') assert.deepEqual(world.missing(), [], 'rows of the org and of the tables');
  assert.deepEqual(world.kept(), world.promised.map(() => 1), 'every Task and post once');
  assert.deepEqual(world.unsent(), [], 'nothing is left in the outbox');
  assert.deepEqual(world.scores(), [], 'the fields in Salesforce are the scores');
}

/** What the org has of ours: each part once, or nothing after an undo. @param {World} world @param {import('./kinds.mjs').Kind} kind */
async function isSetUp(world, kind) {
  const isUndone = kind.during === 'undo';
  const theirs = kind.org === 'shared set' ? 1 : 0;
  const made = { fields: 4, sets: 1, objects: 1, access: 5, assignments: 1 };
  const none = { fields: 0, sets: theirs, objects: 0, access: 0, assignments: 0 };
  assert.deepEqual(await world.parts(), isUndone ? none : kind.during === 'assign' ? { ...made, assignments: 2 } : made);
  if (kind.during === 'readers') assert.equal((await world.readable()).length, 3, 'the reader sees three fields');
}

/** @param {import('./kinds.mjs').Kind} kind */
function row(kind) {
  return () => {
    /** @type {World | null} */
    let world = null;
    after(() => world?.close());
    for (const weather of weathers) {
      if (weather.meets && !weather.meets(kind)) continue;
      if (kind.slow && !ONE_OF_EACH.has(weather.name)) continue;
      test(weather.name, { timeout: 600_000 }, async () => {
        if (world && FIRST_TIME.has(kind.during)) await world.close();
        if (!world || FIRST_TIME.has(kind.during)) world = await prepare(kind);
        const wanted = expected(kind, weather);
        const run = await badDay(world, kind, weather);
        table.set(cell(kind, weather), outcome(run));
        ended(run, wanted);
        assert.ok(world.kept().every((count) => count <= 1), 'nothing twice');
        if (SENDS.has(kind.during)) {
          assert.deepEqual(world.halfway(), [], 'the outbox knows what is so');
          if (kind.during === 'sync' || wanted.exit === 5) nextTime(world, run, wanted);
        }
        if (kind.ingest) kept(world, run, wanted);
        if ((wanted.code ?? wanted.incident) !== null && SENDS.has(kind.during)) {
          assert.equal(await works(world), !wanted.person, 'what status says of the connection');
          if (wanted.incident) assert.equal((await world.perly(['status'])).code, 3, 'an incident is for a person');
        }
        await goodDay(world, kind, wanted, weather);
        assert.deepEqual(world.leaks(), []);
      });
    }
  };
}

// The processes wait for each other's clock most of the time, so several rows are run at once.
describe('every kind of request in every kind of weather', { concurrency: 6 }, () => {
  for (const kind of kinds) describe(kind.name, { concurrency: 1 }, row(kind));
});

/** @param {string[][]} rows */
function lines(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) => row.map((text, i) => text.padEnd(widths[i])).join('  ').trimEnd());
}

after(() => {
  const half = Math.ceil(weathers.length / 2);
  for (const part of [weathers.slice(0, half), weathers.slice(half)]) {
    const rows = kinds.map((kind) => [kind.name, ...part.map((weather) => table.get(cell(kind, weather)) ?? '-')]);
    console.log(['', ...lines([['', ...part.map(({ name }) => name)], ...rows])].join('\n'));
  }
});
