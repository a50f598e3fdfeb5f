/**
 * The words of the ports (core/include/perly/host.h) and the error that their implementations throw.
 */

/** How a request may be repeated by the transport. */
export const HttpFlag = /** @type {const} */ ({ idempotent: 0, once: 1 });

/** How an HTTP call ended. */
export const HttpOutcome = /** @type {const} */ ({ complete: 0, neverSent: 1, maybeSent: 2, cancelled: 3 });

/** How any other call ended. */
export const End = /** @type {const} */ ({
  ok: 0,
  guard: 1,
  busy: 2,
  full: 3,
  failed: 4,
  unclear: 5,
  cancelled: 6,
});

export const Flow = /** @type {const} */ ({ wait: 0, resume: 1 });

export const Dialect = /** @type {const} */ ({ sqlite: 0, postgresql: 1 });

export const LogLevel = /** @type {const} */ (['error', 'warning', 'info', 'debug']);

/**
 * A storage adapter: one database of one connected org. Records are those of host.h. A call that does not
 * end OK throws a `PortError`; nothing of it was then written, except after `End.unclear`.
 *
 * @typedef {AsyncGenerator<Uint8Array, void>} Batches
 * @typedef {(record: Uint8Array, options?: { signal?: AbortSignal }) => Batches} Query
 *
 * @typedef {object} Store
 * @property {number} dialect `Dialect`: which text of a statement it is sent
 * @property {(record: Uint8Array) => Promise<void>} migrate
 * @property {(record: Uint8Array) => Promise<Uint8Array>} apply a record of affected rows
 * @property {Query} query batches of one snapshot; it reads on only when asked for the next
 * @property {(record: Uint8Array) => Promise<Uint8Array>} compare a record of verdicts and old rows
 * @property {() => Promise<void>} [settle] makes what is committed survive a power cut; called before anything is sent.
 *   An adapter whose every commit does has none
 * @property {() => Promise<void>} close ends queries that are still open
 * @property {() => Promise<void>} [Symbol.asyncDispose]
 */

export class PortError extends Error {
  /**
   * @param {number} end `End`
   * @param {string} message what a person reads
   * @param {ErrorOptions} [options]
   */
  constructor(end, message, options) {
    super(message, options);
    this.name = 'PortError';
    this.code = `PERLY_${Object.keys(End)[end].toUpperCase()}`;
    this.end = end;
  }
}
