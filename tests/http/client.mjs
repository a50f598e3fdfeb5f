/** A host's HTTP under test, spoken to in plain objects. */
import { HttpOutcome } from '../../host-node/src/ports.mjs';

/** @typedef {import('../../host-node/src/http.mjs').Http} Http */
/** @typedef {import('../../host-node/src/http.mjs').Head} Head */
/**
 * @typedef {object} Options
 * @property {boolean} [once]
 * @property {AbortSignal} [signal]
 * @property {string[]} [headers]
 * @property {string | Uint8Array} [body]
 */

/** The bytes of http_send. @param {string} method @param {string} url @param {Options} [options] */
export function message(method, url, { headers = [], body } = {}) {
  const bytes = Buffer.from(body ?? '');
  const lines = [`${method} ${url} HTTP/1.1`, ...headers];
  if (body !== undefined) lines.push(`Content-Length: ${bytes.length}`);
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), bytes]);
}

/**
 * The whole exchange.
 * @param {Http} http @param {string} method @param {string} url @param {Options} [options]
 */
export async function send(http, method, url, options = {}) {
  const { once, signal } = options;
  const exchange = http.send(message(method, url, options), { once, signal });
  /** @type {Head[]} */
  const heads = [];
  const chunks = [];
  let next = await exchange.next();
  for (; !next.done; next = await exchange.next()) {
    if (next.value instanceof Uint8Array) chunks.push(Uint8Array.from(next.value));
    else heads.push(next.value);
  }
  const outcome = Object.keys(HttpOutcome)[next.value.outcome];
  return { heads, ...heads[0], chunks, body: Buffer.concat(chunks), outcome, text: next.value.text };
}
