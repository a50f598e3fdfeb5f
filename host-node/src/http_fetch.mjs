/**
 * HTTP through a `fetch` that the caller supplies: for platforms and instrumentation that have no other way.
 * What it cannot do, which http.mjs can: it asks for uncompressed bodies (nobody could tell a cut gzip
 * stream), repeated headers come joined, a 421 may be tried again by `fetch` itself, and only a failure that
 * `fetch` explains counts as never sent.
 */
import { reasonOf } from './http.mjs';
import { pieces, readMessage } from './http_message.mjs';
import { HttpOutcome } from './ports.mjs';

/** @typedef {import('./http.mjs').Http} Http */
/** @typedef {import('./http.mjs').Exchange} Exchange */

/** Codes of failures before a byte of the request could leave. */
const NEVER_SENT = new RegExp(
  '^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|UND_ERR_CONNECT_TIMEOUT|' +
    'CERT_|ERR_TLS|ERR_SSL|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO)',
);

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {{ idleMs?: number }} [options] without a byte from the server while one is waited for
 * @returns {Http}
 */
export function openFetch(fetch, { idleMs = 120000 } = {}) {
  return {
    send: (request, { signal } = {}) => exchange(fetch, request, { idleMs, signal }),
    close() {},
  };
}

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {Uint8Array} bytes
 * @param {{ idleMs: number, signal?: AbortSignal }} options
 * @returns {Exchange}
 */
async function* exchange(fetch, bytes, { idleMs, signal }) {
  let sent = false;
  const stop = new AbortController();
  const abort = () => stop.abort(signal?.reason);
  signal?.addEventListener('abort', abort);
  const expire = () => stop.abort(new Error(`nothing came for ${idleMs} ms`));
  let timer;
  try {
    signal?.throwIfAborted();
    const { method, url, headers, body } = readMessage(bytes);
    const all = [
      ...headers.filter(([name]) => name.toLowerCase() !== 'content-length'),
      ['Accept-Encoding', 'identity'],
    ];
    const init = {
      method,
      headers: /** @type {[string, string][]} */ (all),
      redirect: /** @type {const} */ ('manual'),
    };
    sent = true;
    timer = setTimeout(expire, idleMs);
    const content = body.length > 0 ? /** @type {BufferSource} */ (body) : undefined;
    const response = await fetch(url, { ...init, body: content, signal: stop.signal });
    clearTimeout(timer);
    const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`);
    yield { status: response.status, headers: lines.join('\n') };
    if ((response.headers.get('content-encoding') ?? 'identity') !== 'identity') {
      throw new Error('the answer is compressed, though that was not offered');
    }
    const reader = response.body?.getReader();
    while (reader !== undefined) {
      timer = setTimeout(expire, idleMs);
      const next = await reader.read();
      clearTimeout(timer);
      if (next.done) break;
      yield* pieces(next.value);
    }
    return { outcome: HttpOutcome.complete, text: '' };
  } catch (error) {
    const { cause } = /** @type {{ cause?: { code?: string } }} */ (error);
    const never = !sent || NEVER_SENT.test(cause?.code ?? '');
    const failed = never ? HttpOutcome.neverSent : HttpOutcome.maybeSent;
    return { outcome: signal?.aborted ? HttpOutcome.cancelled : failed, text: reasonOf(error) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
    stop.abort();
  }
}
