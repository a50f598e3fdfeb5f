// Is the local Salesforce what a sync waits for? The first pull of an org from it, beside `perly` reading the same
// bodies, recorded once, from a server that only sends them. The clock is virtual for both: polling costs nothing.
import { once } from 'node:events';
import { cpSync, rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { createPerly } from '../demo/perly.mjs';
import { startServer } from '../salesforce/server.mjs';
import { compare, now, root, scratch } from './lib.mjs';

const folder = (/** @type {string} */ name) => join(scratch, `recorded-${name}`);

/** @param {http.IncomingMessage} message */
async function bytesOf(message) {
  const parts = [];
  for await (const part of message) parts.push(part);
  return Buffer.concat(parts);
}

/** @typedef {{ status: number, headers: http.OutgoingHttpHeaders, body: Buffer }} Answer */

/**
 * Between perly and the local Salesforce once, writing answers down by request; then in its place. A request that was
 * asked more often than recorded gets the last answer: a job that is done stays done.
 * @param {string} target
 */
async function startRecorder(target) {
  /** @type {Map<string, { answers: Answer[], next: number }>} */
  const tape = new Map();
  let playing = false;
  /** @type {string[]} */
  const unknown = [];

  /** @param {http.IncomingMessage} request @param {Buffer} body @returns {Promise<Answer>} */
  async function ask(request, body) {
    const { host, connection, ...headers } = request.headers;
    const forward = http.request(target + request.url, { method: request.method, headers });
    forward.end(body);
    const [answer] = /** @type {[http.IncomingMessage]} */ (await once(forward, 'response'));
    const { connection: kept, 'transfer-encoding': coding, ...own } = answer.headers;
    return { status: Number(answer.statusCode), headers: own, body: await bytesOf(answer) };
  }

  const server = http.createServer(async (request, response) => {
    const body = await bytesOf(request);
    // A job is asked for with its window, whose end is another each time.
    const object = /FROM (\w+)/.exec(body.toString())?.[1] ?? '';
    const key = `${request.method} ${request.url} ${object}`;
    const kept = tape.get(key) ?? { answers: [], next: 0 };
    if (!playing) {
      kept.answers.push(await ask(request, body));
      tape.set(key, kept);
    }
    const answer = kept.answers[Math.min(playing ? kept.next++ : Infinity, kept.answers.length - 1)];
    if (answer === undefined) unknown.push(key);
    response.writeHead(answer?.status ?? 404, { ...answer?.headers, 'content-length': answer?.body.length ?? 0 });
    response.end(answer?.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`,
    /** From its first answer on, from now on alone. */
    play() {
      playing = true;
      for (const kept of tape.values()) kept.next = 0;
    },
    /** Nothing was asked that was not recorded. */
    check() {
      if (unknown.length > 0) throw new Error(`not recorded: ${unknown.slice(0, 5).join('; ')}`);
    },
    close: () => server.closeAllConnections() ?? server.close(),
  };
}

/** Rows a second of a first pull, from the request for work to the last object. @param {string} name @param {{ url: string, clock: string }} where */
async function pullFrom(name, { url, clock }) {
  rmSync(folder('run'), { recursive: true, force: true });
  cpSync(folder(name), folder('run'), { recursive: true });
  const database = new DatabaseSync(join(folder('run'), 'default/perly.db'));
  database.prepare('update connection set instance_url = ?').run(url);
  database.close();
  const began = now();
  let rows = 0;
  let ended = 0;
  const perly = createPerly({ program: join(root, 'build/native/host-native/perly'), data: folder('run'), clock });
  await perly.sync((event) => {
    if (event.event !== 'pulled') return;
    rows += event.rows;
    ended = now();
  });
  return { rows, rate: rows / ((ended - began) / 1000) };
}

/** @param {{ accounts: number, pairs: number }} options */
export async function recorded({ accounts, pairs }) {
  const server = await startServer({ clock: 'virtual', accounts, seed: 1, redirectUris: ['http://localhost:8717/callback'] });
  const recorder = await startRecorder(server.url);
  try {
    rmSync(folder('connected'), { recursive: true, force: true });
    const perly = createPerly({ program: join(root, 'build/native/host-native/perly'), data: folder('connected'), clock: server.url });
    await perly.connect({ url: server.url, id: server.client.id, secret: server.client.secret });
    const first = await pullFrom('connected', { url: recorder.url, clock: server.url });
    /** @param {string} url */
    const again = async (url) => {
      recorder.play();
      const { rows, rate } = await pullFrom('connected', { url, clock: server.url });
      if (rows !== first.rows) throw new Error(`${rows} rows from ${url}, ${first.rows} were recorded`);
      return rate;
    };
    await compare({
      name: `first pull of ${first.rows.toLocaleString('en-US')} rows of ${accounts.toLocaleString('en-US')} accounts from the local Salesforce`,
      unit: 'rows/s', peer: 'the same bodies from a server that only sends them', pairs, least: 0.6,
      ours: () => again(server.url), theirs: () => again(recorder.url),
    });
    recorder.check();
  } finally {
    recorder.close();
    await server.close();
  }
}
