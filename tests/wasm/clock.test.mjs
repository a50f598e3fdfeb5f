/** Clocks of host-node: the real one, and the local Salesforce's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realClock, testClock } from '../../host-node/src/clock.mjs';

// By a name that is computed, since the local Salesforce is not under these strict types.
const { startServer } = await import(String(new URL('../salesforce/server.mjs', import.meta.url)));

const never = /** @type {Promise<void>} */ (new Promise(() => {}));

test('the real clock: whole milliseconds, waits for a moment or an arrival', async () => {
  const clock = realClock();
  const { wall, mono } = clock.now();
  assert.ok(Number.isInteger(wall) && Number.isInteger(mono) && Math.abs(wall - Date.now()) < 1000);
  await clock.wait(mono + 30, never, false);
  const passed = clock.now().mono - mono;
  assert.ok(passed >= 29 && passed < 2000, `${passed} ms`);
  await clock.wait(mono + 40 * 86400000, Promise.resolve(), false); // a delay that Node would fire at once
});

test('the test clock: a timer of a month passes at once; an arrival leaves time where it was', async () => {
  const server = await startServer({ accounts: 1, clock: 'virtual' });
  try {
    const clock = await testClock(server.url);
    const before = clock.now();
    const month = 30 * 86400000;
    await clock.wait(before.mono + month, never, false);
    assert.deepEqual(clock.now(), { wall: before.wall + month, mono: before.mono + month });
    const arrived = /** @type {Promise<void>} */ (new Promise((resolve) => setTimeout(resolve, 20)));
    await clock.wait(undefined, arrived, false);
    assert.equal(clock.now().mono, before.mono + month);
    await clock.wait(0, Promise.resolve(), true);
    await clock.close();
  } finally {
    await server.close();
  }
});

test('the test clock is refused when it is not on this computer', async () => {
  await assert.rejects(testClock('http://clock.example'), /on this computer/);
});
