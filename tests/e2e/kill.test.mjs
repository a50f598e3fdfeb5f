// Killed at seeded effects, twenty times under the native host and eight under Node, each time in the middle of a whole
// cycle (pull, score, decide, push, act): the next run ends where a run ends that nobody disturbed, and each Task and each
// post is in Salesforce once. Half of the times the power goes too: what was not settled is lost, from a random page on.
// Killed while the session is renewed, a person must connect anew, and nothing else is lost.
// PERLY_KILL_SEED=N repeats a run.
import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { test } from 'node:test';

import { createRandom } from '../salesforce/base/random.mjs';
import { assertAlike, told } from './alike.mjs';
import { connect } from './core.mjs';
import { cutPower } from './power.mjs';
import { createWorlds, DAY } from './world.mjs';

const open = createWorlds('kill');
const seed = Number(process.env.PERLY_KILL_SEED ?? 20261127);

/**
 * `request`: Salesforce has done it, and its answer never arrives. `answer`: its head is read. `commit`: about to begin.
 * `committed`: ended, and the core does not know yet.
 */
const KINDS = ['request', 'answer', 'commit', 'committed'];

/** At three in the morning nobody works: a few seconds more or less change no signal that counts in days. */
const start = Date.UTC(2026, 10, 23, 3);

/** The default model; rules that act often, up to digests. */
const config = JSON.stringify({
  rules: [
    { name: 'even', when: 'score % 2 == 0', mode: 'on', task: { subject: '${account.name} is at ${score}', due: { business_days: 2 }, description: '${reasons}' } },
    { name: 'odd', when: 'score % 2 == 1', mode: 'on', chatter: { text: 'Health went from ${previous.score} to ${score}. ${changes}' } },
  ],
  limits: { actions_per_run: { at_least: 1000, percent: 100 }, tasks_per_owner_day: 2 },
});
const sync = { command: 'sync', config, page_rows: 40 };

/** Two orgs that are the same, both set up. @param {'native' | 'node'} host */
async function openTwo(host) {
  const worlds = [];
  for (const name of ['calm', 'killed']) {
    const world = await open(`${name} ${host} ${opened++}`, { accounts: 30, seed: 7, start, sessionMinutes: 1e6 }, host);
    assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
    worlds.push(world);
  }
  return worlds;
}
let opened = 0;

for (const [host, rounds] of /** @type {const} */ ([['native', 5], ['node', 2]])) {
  test(`killed ${4 * rounds} times, it ends as one that was not (${host})`, { timeout: 300_000 }, async (t) => {
    t.diagnostic(`PERLY_KILL_SEED=${seed}`);
    const random = createRandom(seed, host);
    // The first round is in the first sync, the others one a sync; every other one late, where Salesforce is written to.
    const kills = Array.from({ length: rounds }, (_, round) =>
      [...KINDS].sort(() => random.next() - 0.5).map((kind) => ({ kind, late: round % 2 === 1 })),
    ).flat();
    const [calm, killed] = await openTwo(host);
    let lost = 0;
    for (let cycle = 0; kills.length > 0; cycle++) {
      assert.ok(cycle < 50, 'the kills come');
      const counts = await calm.effects(sync);
      const story = [];
      for (let death = cycle === 0 ? KINDS.length : 1; death > 0; death--) {
        const { kind, late } = kills[0];
        const span = cycle === 0 || late ? Math.ceil(counts[kind] / 4) : counts[kind];
        const at = 1 + random.int(span) + (late ? counts[kind] - span : 0);
        const [power, settled] = [random.chance(0.5), `${killed.database}.settled`];
        rmSync(settled, { force: true });
        const died = await killed.killed(sync, kind, at, { settled: power ? settled : undefined });
        if (died) kills.shift();
        const cut = died && power ? cutPower(killed.database, settled, random) : 0;
        lost += cut;
        story.push(`${kind}:${at}${power ? `, ${cut} pages lost with the power` : ''}`);
      }
      await killed.sync(sync);
      await assertAlike(killed, calm, `seed ${seed}, cycle ${cycle}, killed at ${story.join('; ')}`);
      for (const world of [calm, killed]) {
        const { clock } = /** @type {any} */ (world.server).org;
        await world.advance(start + (1 + 3 * cycle) * DAY - clock.now());
        await world.live(2);
      }
    }
    const { tasks, posts } = await told(killed);
    const story = `${tasks.length} Tasks, ${posts.length} posts, ${lost} pages lost`;
    t.diagnostic(story);
    assert.ok(tasks.length > 20 && posts.length > 20 && (lost > 0 || host === 'node'), story);
  });
}

for (const [what, kind] of [['before its answer', 'request'], ['between its answer and the commit', 'answer']]) {
  test(`killed in the renewal of the session, ${what}: a person connects anew, and nothing else is lost`, async () => {
    const [calm, killed] = await openTwo('native');
    for (const world of [calm, killed]) {
      await world.sync(sync);
      await world.advance(0);
      await world.live(3);
      const { server } = /** @type {any} */ (world);
      for (const [token, session] of server.org.auth.sessions) session.expired ||= token !== server.tokens.access_token;
      await world.control('stats/reset', {});
    }
    await calm.sync(sync);
    const requests = (await calm.control('requests')).map((/** @type {any} */ { path }) => path);
    const renewal = requests.indexOf('/services/oauth2/token') + 1;
    assert.ok(renewal > 0, 'the session was renewed');
    const [before] = killed.rows('select refreshed_at from connection');
    const token = { method: 'POST', path: 'oauth2/token' };
    assert.ok(await killed.killed(sync, kind, kind === 'request' ? 1 : renewal, { match: token }));
    const [{ presented_at, refreshed_at }] = killed.rows('select presented_at, refreshed_at from connection');
    assert.ok(presented_at !== null && refreshed_at === before.refreshed_at, 'presented, and not stored');
    const { calls } = await killed.control('stats');
    assert.equal(calls['POST /services/oauth2/token'], 1);

    const last = (await killed.run(sync)).at(-1);
    assert.deepEqual([last?.code, last?.exit], ['SF_REFRESH_UNCLEAR', 3], JSON.stringify(last));
    assert.match(last?.remedy, /Connect again/);
    assert.equal((await connect(/** @type {any} */ (killed), killed.org)).at(-1)?.ok, true);
    await killed.sync(sync);
    await assertAlike(killed, calm, what);
  });
}
