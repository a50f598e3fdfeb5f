// Faults at the storage port: the n-th call of a sync fails, for one n after another, until a run passes clean; after each
// a clean run ends as if nothing had been. In this process, on the Node host. Some n are tried: PERLY_FAULT_SEED=N chooses
// others, PERLY_EVERY_FAULT=1 tries every n (a quarter of an hour and more).
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { compile } from '../../host-node/src/index.mjs';
import { End, PortError } from '../../host-node/src/ports.mjs';
import { createRandom } from '../salesforce/base/random.mjs';
import { assertAlike } from './alike.mjs';
import { every, seed, start, sync } from './fault_scenario.mjs';
import { coreInside } from './inside.mjs';
import { createWorlds, DAY } from './world.mjs';

const open = createWorlds('store-faults');
const module = await compile();

/** @typedef {{ name: string, end: number, calls: string[], applied?: boolean }} Fault */
const ALL = ['migrate', 'apply', 'query', 'compare'];
/** @type {Fault[]} */
const FAULTS = [
  { name: 'busy', end: End.busy, calls: ALL },
  { name: 'failed', end: End.failed, calls: ALL },
  { name: 'full', end: End.full, calls: ALL },
  { name: 'unclear, applied', end: End.unclear, calls: ['apply'], applied: true },
  { name: 'unclear, not applied', end: End.unclear, calls: ['apply'], applied: false },
];

/** The next fault of all stores here, and how many calls were counted. @type {{ fault?: Fault, at: number, count: number }} */
let plan = { at: 0, count: 0 };

/** @param {string} call */
async function meet(call) {
  if (!plan.fault?.calls.includes(call) || ++plan.count !== plan.at) return undefined;
  return plan.fault;
}

/** @param {Fault} fault */
const failure = (fault) => new PortError(fault.end, `${fault.name}, as the test wants it`);

/** @param {import('../../host-node/src/ports.mjs').Store} store */
function faulty(store) {
  /** @param {'migrate' | 'apply' | 'compare'} name */
  const plain = (name) => async (/** @type {Uint8Array} */ record) => {
    const fault = await meet(name);
    if (fault === undefined) return store[name](record);
    if (fault.applied) await store[name](record);
    throw failure(fault);
  };
  /** @type {typeof store.query} */
  async function* query(record, options) {
    const fault = await meet('query');
    if (fault !== undefined) throw failure(fault);
    yield* store.query(record, options);
  }
  return { ...store, migrate: plain('migrate'), apply: plain('apply'), compare: plain('compare'), query };
}

/** A core in this process, its storage behind the proxy. @type {import('./inside.mjs').Inside} */
const inside = (files, url) => coreInside(files, url, faulty, { module });

/** @param {string} name */
async function prepare(name) {
  const world = await open(name, { accounts: 20, seed: 7, start, sessionMinutes: 1e6 }, inside);
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  return world;
}

/** A sync whose `at`th call fails: false when it has no such call. @param {Awaited<ReturnType<typeof open>>} world @param {Fault} fault @param {number} at */
async function disturbed(world, fault, at) {
  plan = { fault, at, count: 0 };
  const last = (await world.run(sync)).at(-1);
  const met = plan.count >= at;
  plan = { at: 0, count: 0 };
  // Whether it went on or not, it says so: nothing is swallowed.
  assert.equal(last?.event, 'command_end');
  if (!last?.ok) assert.match(last?.code, /^STORE_/, JSON.stringify(last));
  return met;
}

/**
 * The calls that fail: every one, or every so many. A sync has a third as many calls of one kind as of all.
 * @param {string} name @param {Fault} fault @param {number} most
 */
function* calls(name, fault, most) {
  const stride = fault.calls.length === 1 ? Math.ceil(most / 2) : most;
  const random = createRandom(seed, name);
  const [first, step] = every ? [1, 1] : [1 + random.int(stride), stride];
  for (let at = first; ; at += step) yield at;
}

for (const fault of FAULTS) {
  test(`a first sync whose n-th call ends with ${fault.name}`, { timeout: 3_600_000 }, async (t) => {
    const calm = await prepare(`first calm ${fault.name}`);
    await calm.sync(sync);
    let met = 0;
    for (const at of calls(`first ${fault.name}`, fault, 80)) {
      const world = await prepare(`first ${fault.name} ${at}`);
      const again = await disturbed(world, fault, at);
      if (again) await world.sync(sync);
      await assertAlike(world, calm, `seed ${seed}, ${fault.name} at call ${at}`);
      await world.close();
      if (!again) break;
      met++;
    }
    await calm.close();
    t.diagnostic(`PERLY_FAULT_SEED=${seed}, ${met} faults`);
    assert.ok(met > 0);
  });

  test(`a later sync whose n-th call ends with ${fault.name}`, { timeout: 3_600_000 }, async (t) => {
    const [calm, world] = [await prepare(`later calm ${fault.name}`), await prepare(`later ${fault.name}`)];
    for (const one of [calm, world]) await one.sync(sync);
    let met = 0;
    for (const at of calls(`later ${fault.name}`, fault, 40)) {
      for (const one of [calm, world]) {
        const { clock } = /** @type {any} */ (one.server).org;
        await one.advance(start + (1 + 3 * met) * DAY - clock.now());
        await one.live(2);
      }
      await calm.sync(sync);
      const again = await disturbed(world, fault, at);
      if (again) await world.sync(sync);
      await assertAlike(world, calm, `seed ${seed}, ${fault.name} at call ${at}`);
      if (!again) break;
      met++;
    }
    for (const one of [calm, world]) await one.close();
    t.diagnostic(`PERLY_FAULT_SEED=${seed}, ${met} faults`);
    assert.ok(met > 0);
  });
}
