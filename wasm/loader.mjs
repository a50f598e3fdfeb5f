/**
 * Loads a module of this ABI (wasm/ABI.md), built by Emscripten or by wasi-libc, and owns its one instance.
 * No dependency; the same file serves Node and browsers.
 *
 *     const core = await instantiate(moduleOrBytes, ports);
 *     core.call('perly_http_end', wall, mono, 7, 0, 'text or bytes');
 *
 * A trap, or a port that throws, leaves the instance in a state that nobody knows: from then on every call
 * throws the same `CoreTrap`. The host drops the instance and starts another one from storage.
 */

/** The ABI's major version that this loader speaks. */
export const ABI_VERSION = 1;

/**
 * What the core asks of its host. Bytes are copies that the host may keep, except `random`'s, which it fills
 * at once. No port may call the core before it has returned.
 *
 * @typedef {object} Ports
 * @property {(call: number, flags: number, request: Uint8Array) => void} http_send
 * @property {(call: number, record: Uint8Array) => void} store_migrate
 * @property {(call: number, record: Uint8Array) => void} store_apply
 * @property {(call: number, record: Uint8Array) => void} store_query
 * @property {(call: number, record: Uint8Array) => void} store_compare
 * @property {(call: number, flow: number) => void} flow
 * @property {(call: number) => void} cancel
 * @property {(call: number, delayMs: number) => void} timer
 * @property {(bytes: Uint8Array) => void} random
 * @property {(call: number, record: Uint8Array) => void} seal
 * @property {(call: number, record: Uint8Array) => void} unseal
 * @property {(call: number, record: Uint8Array) => void} sign
 * @property {(level: number, text: string) => void} log
 * @property {(json: string) => void} event
 */

/** The instance is poisoned; `cause` is what happened first. */
export class CoreTrap extends Error {
  /** @param {unknown} cause */
  constructor(cause) {
    super(`the core stopped: ${cause instanceof Error ? cause.message : cause}`, { cause });
    this.name = 'CoreTrap';
    this.code = 'PERLY_CORE_TRAP';
  }
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = new TextEncoder();

/** Text arguments of `log` and `event`; all other (pointer, length) pairs are bytes. */
const TEXT_PORTS = ['log', 'event'];
/** Arguments before the (pointer, length) pair; ports that have none are not listed. */
const PAIR_AFTER = { http_send: 2, random: 0, log: 1, event: 0, flow: -1, cancel: -1, timer: -1 };

/**
 * One instance of a module: its memory, its exports, and the copies that cross. Views are made anew for
 * every access, since memory may have grown since the last.
 */
export class Core {
  /** @type {unknown} what poisoned it */
  #trap;
  #inside = false;
  /** @type {Record<string, any>} */
  #exports;

  /** @param {WebAssembly.Module} module @param {Ports} [ports] */
  constructor(module, ports) {
    checkVersion(module);
    const { exports } = new WebAssembly.Instance(module, { perly_host: this.#imports(ports) });
    this.#exports = exports;
    this.#enter(() => this.#exports._initialize?.());
  }

  /** @param {Ports} [ports] */
  #imports(ports) {
    /** @type {Record<string, Function>} */
    const imports = {};
    for (const [name, port] of /** @type {[string, Function][]} */ (Object.entries(ports ?? {}))) {
      const at = /** @type {Record<string, number>} */ (PAIR_AFTER)[name] ?? 1;
      imports[name] = (/** @type {number[]} */ ...args) => {
        if (at < 0) return port(...args.map((value, i) => (i === 0 ? value >>> 0 : value)));
        const [pointer, length] = args.splice(at, 2);
        if (name === 'random') return port(this.#view(pointer, length));
        const numbers = args.map((value) => value >>> 0);
        return port(
          ...numbers,
          TEXT_PORTS.includes(name) ? this.text(pointer, length) : this.bytes(pointer, length),
        );
      };
    }
    return imports;
  }

  /** @param {number} pointer @param {number} length */
  #view(pointer, length) {
    return new Uint8Array(this.#exports.memory.buffer, pointer >>> 0, length >>> 0);
  }

  /** A copy of bytes of the guest. @param {number} pointer @param {number} length */
  bytes(pointer, length) {
    return this.#view(pointer, length).slice();
  }

  /** @param {number} pointer @param {number} length */
  text(pointer, length) {
    return decoder.decode(this.#view(pointer, length));
  }

  /** Bytes that the instance's memory has now; it never shrinks. */
  get memoryBytes() {
    return this.#exports.memory.buffer.byteLength;
  }

  /** Whether an export is there: a newer minor version may have more. @param {string} name */
  has(name) {
    return typeof this.#exports[name] === 'function';
  }

  /**
   * Calls an export. A text or bytes becomes (pointer, length) of memory that the guest then owns.
   * @param {string} name
   * @param {...(number | string | Uint8Array)} args
   * @returns {number} 0 when the export returns nothing
   */
  call(name, ...args) {
    return this.#enter(() => {
      const flat = args.flatMap((value) => (typeof value === 'number' ? value : this.#give(value)));
      return this.#exports[name](...flat) ?? 0;
    });
  }

  /** @param {string | Uint8Array} value */
  #give(value) {
    const bytes = typeof value === 'string' ? encoder.encode(value) : value;
    const pointer = this.#exports.perly_memory_alloc(bytes.length) >>> 0;
    if (pointer === 0) throw new RangeError(`no memory for ${bytes.length} bytes`);
    this.#view(pointer, bytes.length).set(bytes);
    return [pointer, bytes.length];
  }

  /** @template T @param {() => T} work */
  #enter(work) {
    if (this.#trap !== undefined) throw this.#trap;
    if (this.#inside) throw new Error('the core was called from inside one of its ports');
    this.#inside = true;
    try {
      return work();
    } catch (error) {
      throw (this.#trap = new CoreTrap(error));
    } finally {
      this.#inside = false;
    }
  }
}

/** @param {WebAssembly.Module} module */
function checkVersion(module) {
  const versions = WebAssembly.Module.exports(module).map(({ name }) => /^perly_abi_v(\d+)$/.exec(name)?.[1]);
  if (!versions.includes(String(ABI_VERSION))) {
    const found = versions.find((version) => version !== undefined) ?? 'none';
    throw new Error(`this host speaks version ${ABI_VERSION} of the ABI, the module ${found}`);
  }
}

/**
 * @param {WebAssembly.Module | BufferSource} source keep the compiled module when you need it again
 * @param {Ports} [ports] none for a module that imports nothing
 */
export async function instantiate(source, ports) {
  const module = source instanceof WebAssembly.Module ? source : await WebAssembly.compile(source);
  return new Core(module, ports);
}
