// The program `perly`, run as a person would run it, with --json so that its events can be read.
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';

/**
 * @typedef {{ [key: string]: any, event: string }} Event
 * @param {{ program: string, data: string, clock: string }} options
 */
export function createPerly({ program, data, clock }) {
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
    /** @param {(event: Event) => void} [onEvent] */
    sync: (onEvent) => run(['sync'], onEvent),

    /**
     * Opens the address that perly prints, follows Salesforce back to perly's own listener.
     * @param {{ url: string, id: string, secret: string }} org
     */
    async connect({ url, id, secret }) {
      const visit = async (/** @type {Event} */ event) => {
        if (event.event === 'authorize') await fetch(event.url).then((answer) => answer.text());
      };
      const events = await run(['connect', '--login-url', url, '--client-id', id, '--no-sync', '--yes'], visit, {
        PERLY_CLIENT_SECRET: secret,
      });
      const connected = events.find(({ event }) => event === 'connected');
      if (connected === undefined) throw new Error(`perly connect told no connection: ${JSON.stringify(events)}`);
      return connected;
    },
  };
}
