/** Clocks of host-node: the real one, and the local Salesforce's. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { realClock, testClock } from '../../host-node/src/clock.mjs';

// By a name that is computed, since the local Salesforce is not under these strict types.
const { startServer } = await import(String(new URL('../salesforce/server.mjs', import.meta.url)));

const idle = { working: false, requests: 0 };
const never = /** @type {Promise<void>} */ (new Promise(() => {}));

test('the real clock: whole milliseconds, waits for a moment or an arrival', async () => {
  const clock = realClock();
  const { wall, mono } = clock.now();
  assert.ok(Number.isInteger(wall) && Number.isInteger(mono) && Math.abs(wall - Date.now()) < 1000);
  await clock.wait({ due: mono + 30, arrived: never, ...idle });
  const passed = clock.now().mono - mono;
  assert.ok(passed >= 29 && passed < 2000, `${passed} ms`);
  await clock.wait({ due: mono + 40 * 86400000, arrived: Promise.resolve(), ...idle }); // a delay that Node would fire at once
});

test('the test clock: a timer of a month passes at once; an arrival leaves time where it was', async () => {
  const server = await startServer({ accounts: 1, clock: 'virtual' });
  try {
    const clock = await testClock(server.url);
    const before = clock.now();
    const month = 30 * 86400000;
    await clock.wait({ due: before.mono + month, arrived: never, ...idle });
    assert.deepEqual(clock.now(), { wall: before.wall + month, mono: before.mono + month });
    const arrived = /** @type {Promise<void>} */ (new Promise((resolve) => setTimeout(resolve, 20)));
    await clock.wait({ arrived, ...idle });
    assert.equal(clock.now().mono, before.mono + month);
    await clock.wait({ due: 0, arrived: Promise.resolve(), working: true, requests: 0 });
    await clock.close();
  } finally {
    await server.close();
  }
});

test('the test clock is refused when it is not on this computer', async () => {
  await assert.rejects(testClock('http://clock.example'), /on this computer/);
});
