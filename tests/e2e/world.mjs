// An org and a core connected to it, for tests of what a sync does: each world has its own local Salesforce on a
// virtual clock, its own database and its own process.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, nodeHost, startCore } from './core.mjs';

/**
 * Worlds that end with the test file.
 * @param {string} prefix of the folder for databases
 */
export function createWorlds(prefix) {
  const folder = mkdtempSync(join(tmpdir(), `perly-${prefix}-`));
  /** @type {(() => unknown)[]} */
  const closing = [];
  after(async () => {
    for (const close of closing.reverse()) await close();
    rmSync(folder, { recursive: true, force: true });
  });

  /**
   * @param {string} name
   * @param {object} [options] of the org
   * @param {'native' | 'node'} [host]
   */
  return async function open(name, options = {}, host = 'native') {
    const server = await startServer({ accounts: 20, seed: 5, clock: 'virtual', ...options });
    closing.push(() => server.close());
    const database = join(folder, `${name.replaceAll(' ', '-')}.db`);
    const files = { database, key: join(folder, 'key') };
    const command = host === 'native' ? nativeHost(files) : nodeHost(files);
    const start = () => {
      const core = startCore({ host: command, env: { PERLY_TEST_CLOCK: server.url } });
      closing.push(() => core.child.kill('SIGKILL'));
      return core;
    };
    let core = start();
    const org = { url: server.url, client_id: server.client.id, client_secret: server.client.secret };
    const last = (await connect(core, org)).at(-1);
    assert.equal(last?.ok, true, JSON.stringify(last));

    /** @param {string} path @param {object} [body] @param {string} [method] */
    async function control(path, body, method = body ? 'POST' : 'GET') {
      const answer = await fetch(`${server.url}/${path.startsWith('_') ? path : `_control/${path}`}`, { method, body: body && JSON.stringify(body) });
      assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`);
      return answer.json();
    }

    return {
      server, org, database, control,
      /** @param {object} command @param {(event: import('./core.mjs').Event) => void} [onEvent] */
      run: (command, onEvent) => core.run(command, onEvent),
      /** What a sync told; it must end well. @param {object} [more] */
      async sync(more) {
        const events = await core.run({ command: 'sync', ...more });
        assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
        return events;
      },
      /** Lets the org's time pass between two processes. @param {number} ms */
      async advance(ms) {
        await core.close();
        await control('_clock/advance', { ms });
        core = start();
      },
      /** Another user writes. @param {object} change */
      edit: (change) => control('edit', change),
      /** Rows of the database. @param {string} sql @param {any[]} params @returns {any[]} */
      rows(sql, ...params) {
        const opened = new DatabaseSync(database, { readOnly: true });
        try {
          return opened.prepare(sql).all(...params).map((row) => ({ ...row }));
        } finally {
          opened.close();
        }
      },
      async close() {
        await core.close();
        await server.close();
      },
    };
  };
}

/** Objects that are pulled of an org without options: attributes.def less what such an org lacks. */
export const OBJECTS = 10;
export const HOUR = 3600000;
export const DAY = 24 * HOUR;
