// A core of the Node host in the test's own process, whose storage the test looks at or disturbs from outside.
import { open } from '../../host-node/src/index.mjs';
import { openSqlite } from '../../host-node/src/sqlite.mjs';

/** @typedef {import('../../host-node/src/ports.mjs').Store} Store */
/** @typedef {(files: { database: string, key: string }, url: string) => any} Inside as world.mjs starts a core */

/**
 * What startCore gives, but for the process.
 * @param {{ database: string, key: string }} files @param {string} url of the clock
 * @param {(store: Store) => Store} around @param {{ module?: WebAssembly.Module }} [options]
 */
export function coreInside({ database, key }, url, around, options) {
  process.env.PERLY_TEST_CLOCK = url;
  const sqlite = openSqlite({ path: database });
  const opened = open({ store: around(sqlite), keyFile: key, ...options });
  return {
    child: { kill() {} },
    async run(/** @type {any} */ command) {
      const events = [];
      for await (const event of (await opened).run({ holder: 'test', holder_dead: true, ...command })) events.push(event);
      return events;
    },
    async close() {
      await (await opened).close();
      await sqlite.close();
    },
  };
}
