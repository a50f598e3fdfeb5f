// Perly as the demo runs it: the program `perly` with --json, as a person would run it, or the Node host. Both tell
// the same events.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  server.close();
  return port;
}

/** How many API calls the commands cost, as their ends tell. */
function createMeter() {
  let calls = 0;
  return {
    calls: () => calls,
    /** @param {Event} event */
    note(event) {
      if (event.event === 'command_end') calls += event.api_calls;
    },
  };
}

/**
 * @typedef {{ [key: string]: any, event: string }} Event
 * @param {{ program: string, data: string, clock: string }} options
 */
export function createPerly({ program, data, clock }) {
  const meter = createMeter();
  /**
   * One command to its end; its events. An exit code above 3 is an error of this demo.
   * @param {string[]} words @param {(event: Event) => void} [onEvent] @param {NodeJS.ProcessEnv} [env]
   */
  async function run(words, onEvent, env) {
    const child = spawn(program, [...words, '--data', data, '--json'], {
      env: { ...process.env, PERLY_TEST_CLOCK: clock, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let problem = '';
    child.stderr.setEncoding('utf8').on('data', (text) => (problem += text));
    /** @type {Event[]} */
    const events = [];
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line);
      events.push(event);
      meter.note(event);
      onEvent?.(event);
    }
    const code = events.find(({ event }) => event === 'exit')?.code;
    if (code !== 0 && code !== 3) {
      throw new Error(`perly ${words.join(' ')} ended with ${code}: ${problem}${JSON.stringify(events.slice(-2))}`);
    }
    return events;
  }

  return {
    run,
    calls: meter.calls,
    accounts: () => run(['accounts', '--limit', '1000000']),
    /** @param {(event: Event) => void} [onEvent] */
    sync: (onEvent) => run(['sync'], onEvent),

    /**
     * Opens the address that perly prints, follows Salesforce back to perly's own listener: on a free port, since
     * others may connect at the same time.
     * @param {{ url: string, id: string, secret: string }} org
     */
    async connect({ url, id, secret }) {
      const port = await freePort();
      const body = JSON.stringify({ redirect_uri: `http://localhost:${port}/callback` });
      await fetch(`${url}/_control/oauth`, { method: 'POST', body });
      const visit = async (/** @type {Event} */ event) => {
        if (event.event === 'authorize') await fetch(event.url).then((answer) => answer.text());
      };
      const events = await run(['connect', '--login-url', url, '--client-id', id, '--port', `${port}`, '--no-sync', '--yes'], visit, {
        PERLY_CLIENT_SECRET: secret,
      });
      const connected = events.find(({ event }) => event === 'connected');
      if (connected === undefined) throw new Error(`perly connect told no connection: ${JSON.stringify(events)}`);
      return connected;
    },
  };
}

/**
 * The Node host: one process, commands in as lines of JSON, events out as lines of JSON.
 * @param {{ cli: string, data: string, clock: string, postgres?: { host: string, port: number, user: string, database: string } }} options
 */
export function createNodePerly({ cli, data, clock, postgres }) {
  const meter = createMeter();
  const folder = join(data, 'default');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const store = postgres
    ? ['--postgres', `postgresql://${postgres.user}@/${postgres.database}?host=${encodeURIComponent(postgres.host)}&port=${postgres.port}`]
    : ['--sqlite', join(folder, 'perly.db')];
  const files = [...store, '--key-file', join(folder, 'key')];

  /** @param {object[]} commands @param {(event: Event) => Promise<string | void> | void} [onEvent] */
  async function run(commands, onEvent) {
    const child = spawn(process.execPath, [cli, ...files], {
      env: { ...process.env, PERLY_TEST_CLOCK: clock },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    /** @type {Event[]} */
    const events = [];
    const waiting = [...commands];
    const next = () => {
      const command = waiting.shift();
      if (command === undefined) child.stdin.end();
      else child.stdin.write(`${JSON.stringify({ holder: 'demo', holder_dead: true, ...command })}\n`);
    };
    next();
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line);
      events.push(event);
      meter.note(event);
      const redirect = await onEvent?.(event);
      if (redirect) waiting.unshift({ command: 'connect_finish', redirect });
      if (event.event !== 'command_end') continue;
      if (!event.ok && event.exit !== 3) throw new Error(`${event.command}: ${event.message}`);
      next();
    }
    return events;
  }

  return {
    /** @param {string[]} words */
    run: ([command]) => run([{ command }]),
    calls: meter.calls,
    accounts: () => run([{ command: 'accounts', limit: 1000000 }]),
    /** @param {(event: Event) => void} [onEvent] */
    sync: (onEvent) => run([{ command: 'sync' }], onEvent),
    /** @param {{ url: string, id: string, secret: string }} org */
    async connect({ url, id, secret }) {
      const question = { command: 'connect', login: url, client_id: id, client_secret: secret, redirect_uri: 'http://localhost:8717/callback' };
      const events = await run([question], async (event) => {
        if (event.event !== 'authorize') return undefined;
        const answer = await fetch(event.url, { redirect: 'manual' });
        return answer.headers.get('location') ?? '';
      });
      const connected = events.find(({ event }) => event === 'connected');
      if (connected === undefined) throw new Error(`no connection: ${JSON.stringify(events)}`);
      return connected;
    },
  };
}
