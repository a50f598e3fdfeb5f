// sync --watch: cycle after cycle on the org's clock, through an outage, until it is stopped.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, startCore } from './core.mjs';
import { HOUR } from './world.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-watch-'));
after(() => rmSync(folder, { recursive: true, force: true }));

test('cycles leave nothing in memory', async () => {
  const server = await startServer({ accounts: 5, seed: 6, clock: 'virtual', sessionMinutes: 1e6 });
  const core = startCore({
    host: nativeHost({ database: join(folder, 'days.db'), key: join(folder, 'key') }),
    env: { PERLY_TEST_CLOCK: server.url },
  });
  /** @type {number[]} */
  const pages = [];
  try {
    await connect(core, { url: server.url, client_id: server.client.id, client_secret: server.client.secret });
    assert.equal((await core.run({ command: 'sync' })).at(-1)?.ok, true);
    // Allowances that are short are asked for every hour; here the answer has two megabytes.
    const used = { Max: 10000, Remaining: 0 };
    const text = JSON.stringify({ DailyBulkV2QueryJobs: used, ' ': ' '.repeat(2 << 20) });
    server.org.faults.add({ match: { path: '/limits$' }, times: 0, fault: { kind: 'garbled', text } });
    server.org.clock.advance(7 * HOUR);
    const config = JSON.stringify({ salesforce: { poll: '1h' } });
    const watched = core.run({ command: 'sync', watch: true, config }, ({ event }) => {
      if (event !== 'idle') return;
      pages.push(Number(readFileSync(`/proc/${core.child.pid}/statm`, 'utf8').split(' ')[1]));
      if (pages.length === 5) core.child.kill('SIGTERM');
    });
    await assert.rejects(watched, /the core ended/);
    assert.ok(server.org.faults.fired.length >= 4, `asked ${server.org.faults.fired.length} times`);
  } finally {
    await core.close();
    await server.close();
  }
  const grown = ((pages[4] ?? Infinity) - (pages[1] ?? 0)) * 4096;
  assert.ok(grown < 4 << 20, `${grown} bytes more after three cycles`);
});

test('cycles follow each other every two hours, an outage is told and outlived', async () => {
  const server = await startServer({ accounts: 40, seed: 6, clock: 'virtual' });
  const core = startCore({
    host: nativeHost({ database: join(folder, 'perly.db'), key: join(folder, 'key') }),
    env: { PERLY_TEST_CLOCK: server.url },
  });
  /** @type {any[]} */
  const events = [];
  let outage = false;
  try {
    await connect(core, { url: server.url, client_id: server.client.id, client_secret: server.client.secret });
    const watched = core.run({ command: 'sync', watch: true }, (event) => {
      events.push(event);
      const cycles = events.filter(({ event }) => event === 'scored').length;
      // After the first cycle every create of a Bulk job fails for a while.
      if (event.event === 'idle' && cycles === 1 && !outage) {
        outage = true;
        void fetch(`${server.url}/_control/faults`, {
          method: 'POST',
          body: JSON.stringify({ match: { method: 'POST', path: '/jobs/query' }, times: 60, fault: { kind: 'status', status: 503 } }),
        });
      }
      if (event.event === 'idle' && cycles === 3) core.child.kill('SIGTERM');
    });
    await assert.rejects(watched, /the core ended/);
  } finally {
    await core.close();
    await server.close();
  }
  const scored = events.filter(({ event }) => event === 'scored').map(({ at }) => Date.parse(at));
  assert.ok(scored.length >= 3);
  const hours = (scored[2] - scored[1]) / HOUR;
  assert.ok(hours >= 2 && hours < 2.1, `${hours} hours between two cycles`);
  const failed = events.filter(({ event }) => event === 'cycle_failed');
  assert.ok(failed.length > 0, 'the outage is told');
  assert.ok(failed.every(({ remedy }) => remedy.length > 0));
});

test('what passes by itself ends no watch: calls of the day that are used up, an answer that nobody can read', async () => {
  const server = await startServer({ accounts: 20, seed: 6, clock: 'virtual', sessionMinutes: 1e6 });
  const core = startCore({
    host: nativeHost({ database: join(folder, 'passes.db'), key: join(folder, 'key') }),
    env: { PERLY_TEST_CLOCK: server.url },
  });
  const describes = { method: 'POST', path: '/composite$' };
  const faults = [
    { match: describes, fault: { kind: 'limit' } },
    { match: describes, fault: { kind: 'garbled' } },
  ];
  /** @type {any[]} */
  const events = [];
  try {
    await connect(core, { url: server.url, client_id: server.client.id, client_secret: server.client.secret });
    const watched = core.run({ command: 'sync', watch: true }, (event) => {
      events.push(event);
      if (event.event !== 'idle') return;
      const fault = faults.shift();
      if (fault) server.org.faults.add(fault);
      else if (events.filter((one) => one.event === 'scored').length === 2) core.child.kill('SIGTERM');
    });
    await assert.rejects(watched, /the core ended/);
  } finally {
    await core.close();
    await server.close();
  }
  assert.deepEqual(events.filter((one) => one.event === 'cycle_failed').map((one) => one.code), ['SF_API_LIMIT', 'SF_ANSWER']);
  assert.equal(events.filter((one) => one.event === 'scored').length, 2);
});
