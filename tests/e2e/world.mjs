// An org and a core connected to it, for tests of what a sync does: each world has its own local Salesforce on a
// virtual clock, its own database and its own process.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, nodeHost, nodeRun, startCore } from './core.mjs';

/** @typedef {ReturnType<typeof startCore>} Core */

/**
 * Asks a local Salesforce for what its orgs have no API for (tests/salesforce, "_control").
 * @param {{ url: string }} server @param {string} path @param {object} [body] @param {string} [method]
 */
export async function control(server, path, body, method = body ? 'POST' : 'GET') {
  const answer = await fetch(`${server.url}/${path.startsWith('_') ? path : `_control/${path}`}`, { method, body: body && JSON.stringify(body) });
  assert.equal(answer.status, 200, `${path}: ${await answer.clone().text()}`);
  return answer.json();
}

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
   * @param {'native' | 'node' | ((files: { database: string, key: string }, url: string) => Core)} [host] a function: a
   *   core in this process
   */
  return async function open(name, options = {}, host = 'native') {
    const server = await startServer({ accounts: 20, seed: 5, clock: 'virtual', ...options });
    closing.push(() => server.close());
    const database = join(folder, `${name.replaceAll(' ', '-')}.db`);
    const files = { database, key: join(folder, 'key') };
    /** @param {NodeJS.ProcessEnv} [env] for a program that counts effects */
    const start = (env) => {
      if (typeof host === 'function') return host(files, server.url);
      const command = host === 'native' ? nativeHost(files) : env ? nodeRun(files) : nodeHost(files);
      const core = startCore({ host: command, env: { PERLY_TEST_CLOCK: server.url, ...env } });
      const { pid } = core.child;
      // The clock would wait for ever for one that was killed: it did not say that it leaves.
      core.child.once('exit', () => {
        const { clock } = /** @type {any} */ (server).org;
        for (const process of [...clock.known.keys()]) if (process.split('-')[1] === String(pid)) clock.unregister(process);
      });
      closing.push(() => core.child.kill('SIGKILL'));
      return core;
    };
    /** @type {ReturnType<typeof start> | undefined} */
    let core;
    const org = { url: server.url, client_id: server.client.id, client_secret: server.client.secret };
    const last = (await connect((core = start()), org)).at(-1);
    assert.equal(last?.ok, true, JSON.stringify(last));

    /** Ends the process; the next command starts another. */
    async function rest() {
      await core?.close();
      core = undefined;
    }

    return {
      server, org, database,
      control: control.bind(null, server),
      /** @param {object} command @param {(event: import('./core.mjs').Event) => void} [onEvent] */
      run: (command, onEvent) => (core ??= start()).run(command, onEvent),
      /** What a sync told; it must end well. @param {object} [more] */
      async sync(more) {
        const events = await (core ??= start()).run({ command: 'sync', ...more });
        assert.equal(events.at(-1)?.ok, true, JSON.stringify(events.at(-1)));
        return events;
      },
      /** Lets the org's time pass between two processes. @param {number} ms */
      async advance(ms) {
        await rest();
        await control(server, '_clock/advance', { ms });
      },
      /**
       * Does something in a process of its own that is refused memory at the `at`th request for it, or from there on.
       * @template T @param {(core: Core) => Promise<T>} act @param {number} at @param {boolean} [onward]
       */
      async starved(act, at, onward = false) {
        await rest();
        const only = start({ CORE_RUN_NO_MEMORY: `${at}${onward ? '+' : ''}` });
        const done = await act(only);
        assert.equal(await only.close(), 0);
        return done;
      },
      /**
       * One command in a process of its own, or something else, and how many effects of each kind it had.
       * @param {object | ((core: Core) => Promise<import('./core.mjs').Event[]>)} command
       */
      async effects(command) {
        await rest();
        const only = start({ CORE_RUN_EFFECTS: `${database}.effects` });
        const last = (await (typeof command === 'function' ? command(only) : only.run(command))).at(-1);
        assert.equal(last?.ok, true, JSON.stringify(last));
        await only.close();
        return JSON.parse(readFileSync(`${database}.effects`, 'utf8'));
      },
      /**
       * One command in a process that is killed: when Salesforce has done the `at`th `request` that matches, and
       * before it answers; or at the `at`th effect of another kind (core_run.c).
       * @param {object} command @param {string} kind @param {number} at
       * @param {{ match?: object, settled?: string, onEvent?: (event: import('./core.mjs').Event) => void }} [options] `match` of
       *   a fault; `settled`: a file for a copy of the database's log, as power.mjs needs it
       * @returns {Promise<boolean>} false: it ended before that
       */
      async killed(command, kind, at, { match = { path: '^/services/' }, settled, onEvent } = {}) {
        await rest();
        const only = start({ CORE_RUN_KILL: kind === 'request' ? '' : `${kind}:${at}`, ...(settled && { CORE_RUN_SETTLED: settled }) });
        const act = async () => {
          const dead = once(only.child, 'exit');
          only.child.kill('SIGKILL');
          await dead;
        };
        if (kind === 'request') server.org.faults.add({ match: { ...match, nth: at }, fault: { kind: 'then', act } });
        const lived = await only.run(command, onEvent).then(() => true, () => false);
        await only.close();
        server.org.faults.clear();
        return !lived;
      },
      /** Lets customers live on, between two processes. @param {number} days */
      async live(days) {
        await rest();
        await control(server, 'live', { days });
      },
      /** Another user writes. @param {object} change */
      edit: (change) => control(server, 'edit', change),
      /** Rows of the database. @param {string} sql @param {any[]} params @returns {any[]} */
      rows(sql, ...params) {
        const opened = new DatabaseSync(database, { readOnly: true });
        try {
          return opened.prepare(sql).all(...params).map((row) => ({ ...row }));
        } finally {
          opened.close();
        }
      },
      /** Changes the database, as another program would. @template T @param {(opened: DatabaseSync) => T} act @returns {T} */
      write(act) {
        const opened = new DatabaseSync(database);
        try {
          opened.exec('pragma busy_timeout = 5000');
          return act(opened);
        } finally {
          opened.close();
        }
      },
      async close() {
        await rest();
        await server.close();
      },
    };
  };
}

/** A contact who has an Individual, and may ask to be forgotten by it. @param {any} world */
export function personOf(world) {
  const { org } = world.server;
  const [contacts, individuals] = [org.tables.get('Contact'), org.tables.get('Individual')];
  const row = [...Array(contacts.count).keys()].find((at) => contacts.life[at] === 0 && contacts.get(at, 'IndividualId') !== null);
  const individual = org.ids.text(individuals.keyOf(individuals.rowOf(contacts.get(row, 'IndividualId'))));
  return {
    id: org.ids.text(contacts.keyOf(row)),
    forget: () => world.edit({ action: 'update', object: 'Individual', id: individual, fields: { ShouldForget: true } }),
  };
}

/** Objects that are pulled of an org without options: attributes.def less what such an org lacks. */
export const OBJECTS = 10;
export const HOUR = 3600000;
export const DAY = 24 * HOUR;
