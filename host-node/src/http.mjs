/**
 * HTTP over node:http and node:https. Not over Node's own `fetch`, which takes a gzip body that was cut for
 * a whole one, sends a request again after a 421, and joins repeated headers (tests/http shows each):
 * host.h forbids all three. A caller's `fetch` can be used all the same (http_fetch.mjs).
 *
 * Node never repeats a request by itself, on a kept connection neither: it reports the broken connection.
 */
import { readFileSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { createSecureContext, rootCertificates } from 'node:tls';
import { createGunzip } from 'node:zlib';
import { headerText, pieces, readMessage } from './http_message.mjs';
import { proxyFor, TunnelAgent } from './http_proxy.mjs';
import { HttpOutcome } from './ports.mjs';

/** @typedef {import('./http_message.mjs').Message} Message */
/** @typedef {{ status: number, headers: string }} Head lines "name: value" with LF between them */
/** @typedef {{ outcome: number, text: string }} HttpEnd `HttpOutcome`, and why it is not complete */
/** @typedef {AsyncGenerator<Head | Uint8Array, HttpEnd>} Exchange the head, pieces of the body, the end */
/**
 * A transport. It never throws for what the network does; it reads on only when asked for the next piece.
 *
 * @typedef {object} Http
 * @property {(request: Uint8Array, options?: { once?: boolean, signal?: AbortSignal }) => Exchange} send
 * @property {() => void} close drops kept connections
 */
/**
 * @typedef {object} HttpOptions
 * @property {string} [ca] PEM of certificates that are trusted besides Node's own; default: PERLY_CA_FILE's
 * @property {Record<string, string | undefined>} [env] for PERLY_CA_FILE, HTTPS_PROXY and NO_PROXY; default:
 *   process.env
 * @property {number} [connectMs] for name, connection and TLS together
 * @property {number} [idleMs] without a byte from the server while one is waited for
 * @property {boolean} [loopbackOnly] refuse what would leave this computer
 */

const HEADER_BYTES_MAX = 128 << 10;
const INFLATED_CHUNK = 128 << 10;

/** @param {HttpOptions} [options] @returns {Http} */
export function openHttp(options = {}) {
  const { env = process.env, connectMs = 15000, idleMs = 120000, loopbackOnly } = options;
  const ca = options.ca ?? (env.PERLY_CA_FILE ? readFileSync(env.PERLY_CA_FILE, 'utf8') : undefined);
  const secureContext = ca === undefined ? undefined : createSecureContext({ ca: [...rootCertificates, ca] });
  const tls = { keepAlive: true, secureContext, connectMs };
  const plain = new HttpAgent({ keepAlive: true });
  const secure = new HttpsAgent(tls);
  /** @type {Map<string, TunnelAgent>} */
  const tunnels = new Map();

  /** @param {URL} url @param {boolean} once */
  const agentFor = (url, once) => {
    if (url.protocol === 'http:') return once ? new HttpAgent() : plain;
    const proxy = proxyFor(url, env);
    if (proxy === undefined) return once ? new HttpsAgent({ ...tls, keepAlive: false }) : secure;
    if (once) return new TunnelAgent(proxy, { ...tls, keepAlive: false });
    const kept = tunnels.get(proxy.href) ?? new TunnelAgent(proxy, tls);
    tunnels.set(proxy.href, kept);
    return kept;
  };

  return {
    send: (request, { once = false, signal } = {}) =>
      exchange(request, {
        agentFor: (url) => agentFor(url, once),
        connectMs,
        idleMs,
        loopbackOnly,
        signal,
      }),
    close() {
      for (const agent of [plain, secure, ...tunnels.values()]) agent.destroy();
    },
  };
}

/**
 * @typedef {object} Way
 * @property {(url: URL) => HttpAgent} agentFor
 * @property {number} connectMs
 * @property {number} idleMs
 * @property {boolean} [loopbackOnly]
 * @property {AbortSignal} [signal]
 */

/** @param {Uint8Array} bytes @param {Way} way @returns {Exchange} */
async function* exchange(bytes, way) {
  const state = { sent: false };
  /** @type {import('node:http').ClientRequest | undefined} */
  let request;
  const watch = new Watch(way.idleMs, (error) => request?.destroy(error));
  try {
    way.signal?.throwIfAborted();
    const message = readMessage(bytes, way);
    request = start(message, way, state);
    watch.arm();
    const response = await answerOf(request);
    watch.disarm();
    yield { status: response.statusCode ?? 0, headers: headerText(response.rawHeaders) };
    yield* bodyOf(response, watch);
    return { outcome: HttpOutcome.complete, text: '' };
  } catch (error) {
    const failed = state.sent ? HttpOutcome.maybeSent : HttpOutcome.neverSent;
    return { outcome: way.signal?.aborted ? HttpOutcome.cancelled : failed, text: reasonOf(error) };
  } finally {
    watch.disarm();
    // Whole answers have left their connection to the agent already; this ends what is left early.
    if (request !== undefined && !request.destroyed) request.destroy();
  }
}

/** What breaks a connection is told by its request. */
function ignore() {}

/** @param {Message} message @param {Way} way @param {{ sent: boolean }} state */
function start({ method, url, headers, body }, { agentFor, connectMs, signal }, state) {
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const options = { method, agent: agentFor(url), maxHeaderSize: HEADER_BYTES_MAX, signal };
  const request = send(url, { ...options, headers: { 'Accept-Encoding': 'gzip' } });
  for (const [name, value] of headers) request.setHeader(name, value);
  const late = setTimeout(() => request.destroy(new Error('no connection in time')), connectMs);
  const connected = () => {
    clearTimeout(late);
    state.sent = true;
  };
  request.once('close', () => clearTimeout(late));
  request.once('socket', (socket) => {
    // A connection that goes back to the agent at the moment of a cancel has nobody else who listens.
    if (!socket.listeners('error').includes(ignore)) socket.on('error', ignore);
    const { secureConnecting } =
      /** @type {import('node:tls').TLSSocket & { secureConnecting?: boolean }} */ (socket);
    if (socket.connecting || secureConnecting) {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', connected);
    } else {
      connected();
    }
  });
  request.end(body);
  return request;
}

/**
 * @param {import('node:http').ClientRequest} request
 * @returns {Promise<import('node:http').IncomingMessage>}
 */
function answerOf(request) {
  return new Promise((resolve, reject) => {
    request.on('error', reject); // stays: an error after the answer comes through the answer's stream too
    request.once('response', resolve);
    // A protocol that nobody asked to change to ends the connection, and not with an error.
    request.once('close', () => reject(new Error('the connection ended before an answer')));
  });
}

/** @param {import('node:http').IncomingMessage} response @param {Watch} watch */
async function* bodyOf(response, watch) {
  const encoding = response.headers['content-encoding'];
  const zipped = encoding === 'gzip' || encoding === 'x-gzip';
  if (!zipped && encoding !== undefined && encoding !== 'identity') {
    throw new Error(`the answer is encoded as ${encoding}, which was not offered`);
  }
  const body = zipped ? createGunzip({ chunkSize: INFLATED_CHUNK }) : response;
  response.on('data', () => watch.touch());
  response.pause();
  // Rejects when either is cut: zlib knows an unfinished gzip stream, http an unfinished body.
  const whole = zipped ? pipeline(response, /** @type {import('node:zlib').Gunzip} */ (body)) : undefined;
  whole?.catch(() => {}); // reported below, unless the body said it first
  watch.arm();
  for await (const chunk of body) {
    watch.disarm();
    yield* pieces(chunk);
    watch.arm();
  }
  await whole;
  if (!response.complete) throw new Error('the connection ended inside the answer');
}

/**
 * A timer that runs only while the server's next byte is waited for. Work of our own that held the event loop
 * for so long is not the server's silence: what has arrived meanwhile is read first.
 */
class Watch {
  #ms;
  #expire;
  #touched = 0;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;

  /** @param {number} ms @param {(error: Error) => void} expire */
  constructor(ms, expire) {
    this.#ms = ms;
    this.#expire = expire;
  }

  arm() {
    this.disarm();
    this.#timer = setTimeout(() => this.#late(), this.#ms);
  }

  #late() {
    const touched = this.#touched;
    const timer = this.#timer;
    const check = () => {
      if (this.#timer !== timer) return;
      if (this.#touched === touched) this.#expire(new Error(`nothing came for ${this.#ms} ms`));
      else this.arm();
    };
    setImmediate(() => setImmediate(check)); // between the two every socket is polled
  }

  touch() {
    this.#touched++;
    this.#timer?.refresh();
  }

  disarm() {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** @param {unknown} error */
export function reasonOf(error) {
  const { message = String(error), code, cause } = /** @type {any} */ (error);
  const detail = cause?.message && !message.includes(cause.message) ? `: ${cause.message}` : '';
  return `${message}${detail}${code && !message.includes(code) ? ` (${code})` : ''}`;
}
