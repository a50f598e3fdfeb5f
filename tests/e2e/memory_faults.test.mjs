// Memory that the host refuses: the n-th request for it, or all from there on. Whatever the core was about to do then, it
// says OUT_OF_MEMORY and stores and sends nothing that lacks something: after a clean run all is as if nothing had been.
// Some n are tried: PERLY_FAULT_SEED=N chooses others, PERLY_EVERY_FAULT=1 tries every n.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createRandom } from '../salesforce/base/random.mjs';
import { assertAlike } from './alike.mjs';
import { connect } from './core.mjs';
import { every, seed, start, sync } from './fault_scenario.mjs';
import { createWorlds, DAY } from './world.mjs';

const open = createWorlds('memory-faults');

/** @param {string} name @param {object} [org] */
async function prepare(name, org) {
  const world = await open(name, { accounts: 20, seed: 7, start, sessionMinutes: 1e6, ...org });
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  return world;
}

/**
 * The requests for memory that are refused: every one, or `some` of them.
 * @param {string} name @param {number} count how many there are @param {number} some
 */
function requests(name, count, some) {
  const random = createRandom(seed, name);
  const stride = every ? 1 : Math.max(1, Math.floor(count / some));
  const chosen = [];
  for (let at = every ? 1 : 1 + random.int(stride); at <= count; at += stride) chosen.push(at);
  assert.ok(chosen.length > 0);
  return chosen;
}

/** It ended well (what was refused was wanted for its end alone), or says why not. @param {import('./core.mjs').Event[]} events */
function assertTold(events, /** @type {string} */ when) {
  const last = events.at(-1);
  assert.equal(last?.event, 'command_end', when);
  if (!last?.ok) assert.equal(last?.code, 'OUT_OF_MEMORY', `${when}: ${JSON.stringify(last)}`);
}

for (const onward of [false, true]) {
  const kind = onward ? 'from the n-th request on' : 'at the n-th request';

  test(`a first sync that is refused memory ${kind}`, { timeout: 3_600_000 }, async (t) => {
    const calm = await prepare(`first calm ${onward}`);
    const { allocations } = await calm.effects(sync);
    const chosen = requests(`first ${onward}`, allocations, 6);
    for (const at of chosen) {
      const when = `seed ${seed}, ${kind}, ${at} of ${allocations}`;
      const world = await prepare(`first ${onward} ${at}`);
      assertTold(await world.starved((core) => core.run(sync), at, onward), when);
      await world.sync(sync);
      await assertAlike(world, calm, when);
      await world.close();
    }
    await calm.close();
    t.diagnostic(`PERLY_FAULT_SEED=${seed}, ${chosen.length} of ${allocations} requests`);
  });

  test(`a later sync that is refused memory ${kind}`, { timeout: 3_600_000 }, async (t) => {
    const [calm, world] = [await prepare(`later calm ${onward}`), await prepare(`later ${onward}`)];
    for (const one of [calm, world]) await one.sync(sync);
    const { allocations } = await calm.effects(sync);
    await world.sync(sync);
    const chosen = requests(`later ${onward}`, allocations, 12);
    for (const [done, at] of chosen.entries()) {
      const when = `seed ${seed}, ${kind}, ${at} of ${allocations}`;
      for (const one of [calm, world]) {
        const { clock } = /** @type {any} */ (one.server).org;
        await one.advance(start + (1 + 3 * done) * DAY - clock.now());
        await one.live(2);
      }
      await calm.sync(sync);
      assertTold(await world.starved((core) => core.run(sync), at, onward), when);
      await world.sync(sync);
      await assertAlike(world, calm, when);
    }
    for (const one of [calm, world]) await one.close();
    t.diagnostic(`PERLY_FAULT_SEED=${seed}, ${chosen.length} of ${allocations} requests`);
  });

  test(`a connection that is refused memory ${kind}`, { timeout: 3_600_000 }, async (t) => {
    const world = await prepare(`connect ${onward}`);
    const login = (/** @type {import('./world.mjs').Core} */ core) => connect(core, world.org);
    const { allocations } = await world.effects(login);
    const chosen = requests(`connect ${onward}`, allocations, 12);
    for (const at of chosen) {
      const when = `seed ${seed}, ${kind}, ${at} of ${allocations}`;
      assertTold(await world.starved(login, at, onward), when);
      // What was connected stays so. A login that got lost is one of the five that Salesforce keeps of a user and an app.
      assert.equal((await world.run({ command: 'check' })).at(-1)?.code, undefined, when);
      assert.equal((await login(/** @type {any} */ (world))).at(-1)?.ok, true, when);
    }
    await world.close();
    t.diagnostic(`PERLY_FAULT_SEED=${seed}, ${chosen.length} of ${allocations} requests`);
  });

  test(`a renewal of the session that is refused memory ${kind}`, { timeout: 3_600_000 }, async (t) => {
    const world = await prepare(`renewal ${onward}`);
    await world.sync(sync);
    const expire = () => world.control('expire', { what: 'access' });
    await expire();
    const { allocations } = await world.effects({ command: 'check' });
    const chosen = requests(`renewal ${onward}`, allocations, 12);
    for (const at of chosen) {
      const when = `seed ${seed}, ${kind}, ${at} of ${allocations}`;
      await expire();
      assertTold(await world.starved((core) => core.run({ command: 'check' }), at, onward), when);
      const last = (await world.run(sync)).at(-1);
      // The refresh token was presented, and what came for it is lost.
      if (!last?.ok) {
        assert.equal(last?.class, 'reconnect', `${when}: ${JSON.stringify(last)}`);
        assert.equal((await world.run({ command: 'status' })).at(-1)?.ok, true);
        assert.equal((await connect(/** @type {any} */ (world), world.org)).at(-1)?.ok, true, when);
        await world.sync(sync);
      }
    }
    await world.close();
    t.diagnostic(`PERLY_FAULT_SEED=${seed}, ${chosen.length} of ${allocations} requests`);
  });
}

test('a command that was refused memory is no reason for the next one of the same process', { timeout: 600_000 }, async () => {
  const world = await prepare('next');
  const { allocations } = await world.effects({ command: 'status' });
  for (let at = 1; at <= allocations; at++) {
    await world.starved(async (core) => {
      await core.run({ command: 'status' });
      const next = await core.run({ command: 'status' });
      assert.equal(next.at(-1)?.ok, true, `refused the ${at}th of ${allocations}: ${JSON.stringify(next.at(-1))}`);
    }, at);
  }
  await world.close();
});
