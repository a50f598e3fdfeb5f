// A core under a host in a process of its own: commands go in as lines, events come back as lines.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const root = join(import.meta.dirname, '../..');

/** The native host on a SQLite file. @param {{ database: string, key: string }} files */
export const nativeHost = ({ database, key }) => [join(root, 'build/native/tests/e2e/core_run'), database, key];

/** The Node host on a SQLite file, or on PostgreSQL. @param {{ database?: string, postgres?: string, schema?: string, key: string }} where */
export const nodeHost = ({ database, postgres, schema, key }) => [
  process.execPath,
  join(root, 'host-node/src/cli.mjs'),
  ...(postgres ? ['--postgres', postgres, '--schema', schema ?? 'perly'] : ['--sqlite', database ?? '']),
  '--key-file',
  key,
];

/** The Node host as nativeHost is run: by a program that counts effects. @param {{ database: string, key: string }} files */
export const nodeRun = ({ database, key }) => [process.execPath, join(import.meta.dirname, 'core_run.mjs'), database, key];

/**
 * @typedef {{ [key: string]: any, event: string }} Event
 * @param {{ host: string[], env?: NodeJS.ProcessEnv }} options
 */
export function startCore({ host, env }) {
  const child = spawn(host[0], host.slice(1), {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    child,
    /**
     * Runs one command; the events up to and including command_end.
     * @param {object} command
     * @param {(event: Event) => void} [onEvent]
     * @returns {Promise<Event[]>}
     */
    async run(command, onEvent) {
      child.stdin.write(`${JSON.stringify({ holder: 'test', holder_dead: true, ...command })}\n`);
      const events = [];
      for (;;) {
        const { value, done } = await lines.next();
        if (done) throw new Error(`the core ended during ${JSON.stringify(command)}; events: ${JSON.stringify(events)}`);
        const event = JSON.parse(value);
        events.push(event);
        onEvent?.(event);
        if (event.event === 'command_end') return events;
      }
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child.exitCode;
    },
  };
}

/**
 * Goes through the login as a browser would: asks for the URL, follows it, hands the answer back. The events of the
 * command that ended it.
 * @param {ReturnType<typeof startCore>} core
 * @param {{ url: string, client_id: string, client_secret: string }} org
 */
export async function connect(core, org) {
  const asked = await core.run({
    command: 'connect', login: org.url, client_id: org.client_id, client_secret: org.client_secret,
    redirect_uri: 'http://localhost:8717/callback',
  });
  if (!asked.at(-1)?.ok) return asked;
  const authorize = asked.find(({ event }) => event === 'authorize');
  if (!authorize) throw new Error(`no authorize event: ${JSON.stringify(asked)}`);
  const answer = await fetch(authorize.url, { redirect: 'manual' });
  return core.run({ command: 'connect_finish', redirect: answer.headers.get('location') ?? '' });
}
