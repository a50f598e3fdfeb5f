/** host-node's loop with the scripted core: every port, flow, cancelling, stopping, traps. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { realClock } from '../../host-node/src/clock.mjs';
import { Host } from '../../host-node/src/host.mjs';
import { End, PortError } from '../../host-node/src/ports.mjs';
import { CoreTrap } from '../../wasm/loader.mjs';
import { builds, scriptedModule } from './modules.mjs';

/** @typedef {import('../../host-node/src/host.mjs').HostParts} HostParts */
/** @typedef {import('../../host-node/src/host.mjs').RunOptions} RunOptions */

const bytes = (/** @type {number[]} */ ...values) => Uint8Array.from(values);

/** Parts that work, and note what they were asked. @param {string} build @param {Partial<HostParts>} [own] */
function partsOf(build, own) {
  /** @type {unknown[][]} */
  const asked = [];
  const note = (/** @type {string} */ name) => async (/** @type {Uint8Array} */ record) => {
    asked.push([name, ...record]);
    return bytes(1, 2);
  };
  /** @type {HostParts} */
  const parts = {
    module: scriptedModule(build),
    zones: bytes(1, 2, 3),
    clock: realClock(),
    log: (level, text) => void asked.push(['log', level, text]),
    keys: { seal: note('seal'), unseal: note('unseal'), sign: note('sign') },
    http: {
      async *send(request, { once, signal } = {}) {
        asked.push(['http', once, ...request]);
        if (signal?.aborted) return { outcome: 3, text: '' };
        yield { status: 200, headers: 'a: b' };
        for (let i = 0; i < 6; i++) yield bytes(i);
        return { outcome: 0, text: '' };
      },
      close: () => void asked.push(['http closed']),
    },
    store: {
      dialect: 1,
      migrate: async (record) => void (await note('migrate')(record)),
      apply: note('apply'),
      compare: async () => {
        throw new PortError(End.guard, 'not so');
      },
      async *query(record) {
        asked.push(['query', ...record]);
        for (let i = 0; i < 5; i++) yield bytes(i);
      },
      close: async () => {},
    },
    ...own,
  };
  return { parts, asked };
}

/**
 * The scripted core's commands and events are JSON texts.
 * @param {Host} host @param {string} command @param {RunOptions} [options]
 */
async function run(host, command, options) {
  const texts = [];
  for await (const event of host.run(/** @type {any} */ (command), options)) texts.push(String(event));
  return texts;
}

for (const build of builds) {
  describe(`host-node: ${build}`, () => {
    test('every port is asked and every end delivered', async () => {
      const { parts, asked } = partsOf(build);
      const host = new Host(parts);
      assert.deepEqual(await run(host, 'm1'), ['call_end 1 0 0 ']);
      assert.deepEqual(await run(host, 'a2'), ['call_end 1 0 2 0102']);
      assert.deepEqual(await run(host, 'c3'), [`call_end 1 1 6 ${Buffer.from('not so').toString('hex')}`]);
      for (const letter of ['s', 'u', 'S'])
        assert.deepEqual(await run(host, letter), ['call_end 1 0 2 0102']);
      assert.deepEqual(asked, [['migrate', 0x31], ['apply', 0x32], ['seal'], ['unseal'], ['sign']]);
      await run(host, 'lhello');
      assert.deepEqual(asked.pop(), ['log', 2, 'hello']);
      assert.notDeepEqual(await run(host, 'r'), await run(host, 'r'));
      await host.close();
      assert.deepEqual(asked.pop(), ['http closed']);
    });

    test('bodies and rows wait for the core, however it resumes them', async () => {
      const { parts, asked } = partsOf(build);
      const host = new Host(parts);
      const events = await run(host, 'Hx');
      assert.deepEqual(asked, [['http', true, 0x78]]);
      const parts6 = [
        'body 1 0 1 00',
        'resume 1 1 0 ',
        'body 1 1 1 01',
        'body 1 2 1 02',
        'resume 1 1 0 ',
        'body 1 3 1 03',
      ];
      const rest = ['body 1 4 1 04', 'resume 1 1 0 ', 'body 1 5 1 05', 'http_end 1 0 0 '];
      assert.deepEqual(events, ['head 1 200 4 613a2062', ...parts6, ...rest]);
      const rows = (await run(host, 'q')).filter((event) => event.startsWith('rows'));
      assert.deepEqual(
        rows,
        [0, 1, 2, 3, 4].map((i) => `rows 1 ${i} 1 0${i}`),
      );
    });

    test('nothing is sent before what was stored is on the disk', async () => {
      const { parts, asked } = partsOf(build);
      let settles = async () => void asked.push(['settled']);
      const host = new Host({ ...parts, store: { ...parts.store, settle: () => settles() } });
      await run(host, 'Hx');
      assert.deepEqual(asked.slice(0, 2), [['settled'], ['http', true, 0x78]]);
      asked.length = 0;
      settles = () => Promise.reject(new Error('the disk is gone'));
      const neverSent = 1;
      assert.deepEqual(await run(host, 'Hx'), [`http_end 1 ${neverSent} 16 ${Buffer.from('the disk is gone').toString('hex')}`]);
      assert.deepEqual(asked, []);
    });

    test('timers, of 0 ms and more, fire once and not early', async () => {
      const host = new Host(partsOf(build).parts);
      for (const delay of [0, 1, 30]) {
        const [event] = await run(host, `t${delay}`);
        const [, name, call, passed] = /^(\w+) (\d+) (\d+)/.exec(event) ?? [];
        assert.deepEqual([name, call], ['timer', '1']);
        assert.ok(Number(passed) >= delay && Number(passed) < delay + 500, event);
      }
    });

    test('cancelled calls end once: the request as cancelled, the timer at once', async () => {
      const started = performance.now();
      const events = await run(new Host(partsOf(build).parts), 'w');
      assert.deepEqual(events.map((event) => event.split(' ').slice(0, 2).join(' ')).sort(), [
        'http_end 1',
        'timer 3',
      ]);
      assert.ok(events.some((event) => event.startsWith('http_end 1 3')));
      assert.ok(performance.now() - started < 5000);
    });

    test('stop by signal, by deadline, by leaving; a second command meanwhile is refused', async () => {
      const host = new Host(partsOf(build).parts);
      const stop = new AbortController();
      setTimeout(() => stop.abort(), 30);
      assert.deepEqual(await run(host, 'b', { signal: stop.signal }), ['stop 0 0 0 ']);
      const [event] = await run(host, 'b', { deadline: Date.now() + 250 });
      const [, left] = /^stop 0 (\d+)/.exec(event) ?? [];
      assert.ok(Number(left) > 100 && Number(left) <= 251, event);
      const running = run(host, 'b', { signal: AbortSignal.timeout(50) });
      await assert.rejects(run(host, 'r'), /a command is running/);
      await running;
      assert.equal((await run(host, 'r')).length, 1);
    });

    test('a trap ends the command with a CoreTrap, and the next one too', async () => {
      const host = new Host(partsOf(build).parts);
      await assert.rejects(run(host, 'x'), CoreTrap);
      await assert.rejects(run(host, 'r'), CoreTrap);
    });

    test('the event loop turns at least every 10 ms, though all ports answer at once', async () => {
      const { parts } = partsOf(build);
      /** @param {number} ms */
      const busyFor = (ms) => {
        const end = performance.now() + ms;
        while (performance.now() < end);
      };
      parts.store.apply = async () => {
        busyFor(1);
        return bytes(1);
      };
      const host = new Host(parts);
      let turns = 0;
      let stopped = false;
      const turn = () => {
        turns++;
        if (!stopped) setTimeout(turn, 0);
      };
      setTimeout(turn, 0);
      // Every answer comes as a microtask: without a turn in between no timer would ever fire. The commands take
      // 300 ms at least, however slow the machine.
      for (let i = 0; i < 300; i++) await run(host, 'a');
      stopped = true;
      assert.ok(turns >= 20, `${turns} turns in 300 ms or more of work`);
    });
  });
}
