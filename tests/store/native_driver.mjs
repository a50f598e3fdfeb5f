/**
 * host-native's adapters, reached through the program native_driver (tests/host-native/driver.c draws its
 * frames), in the shape of host-node's: a `Store` and an `Http`.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Dialect, End, PortError } from '../../host-node/src/ports.mjs';

const Kind = {
  httpSend: 1,
  storeMigrate: 2,
  storeApply: 3,
  storeQuery: 4,
  storeCompare: 5,
  flow: 6,
  cancel: 7,
  timer: 8,
  seal: 9,
  unseal: 10,
  httpHead: 101,
  httpBody: 102,
  httpEnd: 103,
  storeRows: 104,
  callEnd: 105,
  timerFire: 106,
};
const FRAME_BYTES = 20;

/** @typedef {{ kind: number, a: number, payload: Uint8Array }} Frame */

const root = fileURLToPath(new URL('../../', import.meta.url));
const places = [`${root}build/native/tests/host-native/native_driver`, `${root}build/native/native_driver`];

function program() {
  const found = [process.env.PERLY_NATIVE_DRIVER ?? '', ...places].find((path) => existsSync(path));
  if (found === undefined) throw new Error('native_driver is not built: run ./build.sh native');
  return found;
}

/** What one call delivers, and its flow control. */
class Call {
  /** @type {Frame[]} */
  #frames = [];
  /** @type {((frame: Frame) => void) | undefined} */
  #taker;
  #waiting = false;
  #flow;

  /** @param {(flow: number) => void} flow tells the driver */
  constructor(flow) {
    this.#flow = flow;
  }

  /** @param {Frame} frame */
  deliver(frame) {
    if (this.#taker !== undefined) {
      this.#taker(frame);
      this.#taker = undefined;
      return;
    }
    this.#frames.push(frame);
    if (!this.#waiting) this.#flow(0);
    this.#waiting = true;
  }

  /** @returns {Promise<Frame>} */
  take() {
    const frame = this.#frames.shift();
    if (frame !== undefined) return Promise.resolve(frame);
    if (this.#waiting) this.#flow(1);
    this.#waiting = false;
    return new Promise((resolve) => (this.#taker = resolve));
  }
}

export class NativeDriver {
  #child;
  #calls = /** @type {Map<number, Call>} */ (new Map());
  #lastCall = 0;
  #bytes = /** @type {Buffer} */ (Buffer.alloc(0));
  #said = '';

  /** @param {string} file of the database @param {Record<string, string>} [env] */
  constructor(file, env = {}) {
    this.#child = spawn(program(), [file], { env: { ...process.env, ...env }, stdio: 'pipe' });
    this.#child.stdout.on('data', (/** @type {Buffer} */ chunk) => this.#read(chunk));
    this.#child.stderr.setEncoding('utf8').on('data', (text) => (this.#said += text));
    this.#child.stdin.on('error', () => {}); // it died: the calls say so
    this.#child.once('exit', () => this.#fail());
  }

  /** Calls that a dead driver will never end. */
  #fail() {
    const payload = Buffer.from(`native_driver ended: ${this.#said}`);
    for (const call of this.#calls.values()) call.deliver({ kind: 0, a: End.failed, payload });
  }

  /** @param {Buffer} chunk */
  #read(chunk) {
    this.#bytes = this.#bytes.length === 0 ? chunk : Buffer.concat([this.#bytes, chunk]);
    while (this.#bytes.length >= FRAME_BYTES) {
      const end = FRAME_BYTES + this.#bytes.readUInt32LE(0);
      if (this.#bytes.length < end) return;
      const [kind, number, a] = [4, 8, 12].map((at) => this.#bytes.readUInt32LE(at));
      const payload = Uint8Array.prototype.slice.call(this.#bytes, FRAME_BYTES, end);
      this.#bytes = this.#bytes.subarray(end);
      this.#calls.get(number)?.deliver({ kind, a, payload });
    }
  }

  /** @param {number} kind @param {number} call @param {number} a @param {Uint8Array} [payload] */
  #write(kind, call, a, payload = new Uint8Array(0)) {
    const head = Buffer.alloc(FRAME_BYTES);
    [payload.length, kind, call, a, 0].forEach((value, i) => head.writeUInt32LE(value, 4 * i));
    this.#child.stdin.write(Buffer.concat([head, payload]));
  }

  /**
   * The frames of one call; the last is the end.
   * @param {number} kind @param {number} a @param {Uint8Array} payload @param {AbortSignal} [signal]
   * @returns {AsyncGenerator<Frame, Frame>}
   */
  async *call(kind, a, payload, signal) {
    const number = ++this.#lastCall;
    const call = new Call((flow) => this.#write(Kind.flow, number, flow));
    this.#calls.set(number, call);
    const cancel = () => this.#write(Kind.cancel, number, 0);
    signal?.addEventListener('abort', cancel);
    let over = false;
    try {
      this.#write(kind, number, a, payload);
      for (;;) {
        const frame = await call.take();
        if (![Kind.httpHead, Kind.httpBody, Kind.storeRows].includes(frame.kind)) {
          over = true;
          return frame;
        }
        yield frame;
      }
    } finally {
      signal?.removeEventListener('abort', cancel);
      if (!over) cancel();
      this.#calls.delete(number);
    }
  }

  /** The payload of a call that ends OK. @param {number} kind @param {Uint8Array} record */
  async plain(kind, record) {
    const { done, value } = await this.call(kind, 0, record).next();
    if (!done) throw new Error(`frame ${value.kind} of a call that only ends`);
    return payloadOf(value);
  }

  /** @returns {import('../../host-node/src/ports.mjs').Store} */
  store() {
    const driver = this;
    return {
      dialect: Dialect.sqlite,
      migrate: async (record) => void (await this.plain(Kind.storeMigrate, record)),
      apply: (record) => this.plain(Kind.storeApply, record),
      compare: (record) => this.plain(Kind.storeCompare, record),
      async *query(record, { signal } = {}) {
        const frames = driver.call(Kind.storeQuery, 0, record, signal);
        try {
          for (;;) {
            const { done, value } = await frames.next();
            if (done) return void payloadOf(value);
            yield value.payload;
          }
        } finally {
          await frames.return({ kind: 0, a: End.cancelled, payload: new Uint8Array(0) });
        }
      },
      close: () => this.close(),
    };
  }

  /** @returns {import('../../host-node/src/http.mjs').Http} */
  http() {
    const driver = this;
    return {
      async *send(request, { once: isOnce = false, signal } = {}) {
        const frames = driver.call(Kind.httpSend, isOnce ? 1 : 0, request, signal);
        try {
          for (;;) {
            const { done, value } = await frames.next();
            const text = () => new TextDecoder().decode(value.payload);
            if (done) return { outcome: value.a, text: text() };
            yield value.kind === Kind.httpHead ? { status: value.a, headers: text() } : value.payload;
          }
        } finally {
          await frames.return({ kind: 0, a: End.cancelled, payload: new Uint8Array(0) });
        }
      },
      close() {},
    };
  }

  async close() {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin.end();
    await once(this.#child, 'exit');
  }
}

export const NativeKind = Kind;

/** @param {Frame} frame */
function payloadOf({ a, payload }) {
  if (a !== End.ok) throw new PortError(a, new TextDecoder().decode(payload) || 'no text');
  return payload;
}
