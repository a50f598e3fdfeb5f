/**
 * Runs one core: does what its ports ask and delivers what comes of it, one completion at a time, from a loop
 * that gives way to the event loop at least every 10 ms.
 */
import { randomFillSync } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import { Core, CoreTrap } from '../../wasm/loader.mjs';
import { reasonOf } from './http.mjs';
import { End, Flow, HttpFlag, HttpOutcome, PortError } from './ports.mjs';

/** @typedef {import('../../wasm/loader.mjs').Ports} Ports */
/** @typedef {{ event: string, [member: string]: any }} CoreEvent */
/** @typedef {{ command: string, [argument: string]: unknown }} Command */
/** @typedef {string | number | Uint8Array} Argument */
/** @typedef {{ call?: Call, name: string, args: Argument[], told: (answer: number) => void }} Completion */
/**
 * @typedef {object} HostParts
 * @property {WebAssembly.Module} module
 * @property {Uint8Array} zones the bytes of perly_zones.bin
 * @property {import('./ports.mjs').Store} store
 * @property {import('./http.mjs').Http} http
 * @property {import('./seal.mjs').Keys} keys
 * @property {import('./clock.mjs').Clock} clock
 * @property {(level: number, text: string) => void} log
 */
/**
 * @typedef {object} RunOptions
 * @property {AbortSignal} [signal] stops cleanly: what was begun is committed
 * @property {number} [deadline] ms since 1970: begin nothing that cannot end before
 */

const TURN_MS = 10;
const WAIT = 1;

/** An open call: its flow, and whether it was cancelled. */
class Call {
  abort = new AbortController();
  resumed = false; // since this was last set
  #waiting = false;
  #resume = () => {};

  get cancelled() {
    return this.abort.signal.aborted;
  }

  get waiting() {
    return this.#waiting && !this.cancelled;
  }

  /** @param {number} flow */
  flow(flow) {
    this.#waiting = flow === Flow.wait;
    if (this.#waiting) return;
    this.resumed = true;
    this.#resume();
  }

  cancel() {
    this.abort.abort();
    this.#resume();
  }

  /** Resolves when something may be delivered. */
  async opened() {
    while (this.waiting) await new Promise((resolve) => (this.#resume = () => resolve(undefined)));
  }
}

export class Host {
  #parts;
  #core;
  /** @type {Completion[]} */
  #queue = [];
  #calls = /** @type {Map<number, Call>} */ (new Map());
  #timers = /** @type {Map<number, number>} */ (new Map()); // call -> due, monotonic
  #working = 0; // calls that no clock needs to pass for
  #requests = 0; // that have not ended
  #lastTurn = performance.now();
  #dropped = false; // the core has trapped: nothing is delivered any more
  #arrived = () => {};
  /** @type {((event: CoreEvent) => void) | undefined} */
  #listener;

  /** @param {HostParts} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#core = new Core(parts.module, this.#ports());
    const { store } = parts;
    if (this.#core.call('perly_core_new', store.dialect) !== 1) throw new Error('no memory for a core');
    if (this.#core.call('perly_zones_set', parts.zones) !== 0) throw new Error('not a file of time zones');
  }

  /** @returns {Ports} */
  #ports() {
    const { store, keys, log, clock } = this.#parts;
    return {
      http_send: (call, flags, request) => {
        this.#requests++;
        this.#begin(call, (it) => this.#exchange(call, it, flags, request));
      },
      store_migrate: (call, record) => this.#plain(call, () => store.migrate(record)),
      store_apply: (call, record) => this.#plain(call, () => store.apply(record)),
      store_compare: (call, record) => this.#plain(call, () => store.compare(record)),
      store_query: (call, record) => this.#begin(call, (it) => this.#query(call, it, record)),
      seal: (call, record) => this.#plain(call, () => keys.seal(record)),
      unseal: (call, record) => this.#plain(call, () => keys.unseal(record)),
      sign: (call, record) => this.#plain(call, () => keys.sign(record)),
      timer: (call, delay) => void this.#timers.set(call, clock.now().mono + Math.max(0, delay || 0)),
      flow: (call, flow) => {
        this.#calls.get(call)?.flow(flow);
        this.#arrived();
      },
      cancel: (call) => this.#cancel(call),
      random: (bytes) => void randomFillSync(bytes),
      log,
      event: (json) => this.#listener?.(JSON.parse(json)),
    };
  }

  /**
   * Runs one command; its events, the last of which is `command_end`. Leaving the iteration early, the signal
   * and the deadline stop it cleanly.
   * @param {Command} command
   * @param {RunOptions} [options]
   * @returns {AsyncGenerator<CoreEvent, void>}
   */
  async *run(command, { signal, deadline } = {}) {
    if (this.#listener !== undefined) throw new Error('a command is running on this connection');
    /** @type {CoreEvent[]} */
    const events = [];
    let over = false;
    let changed = () => {};
    this.#listener = (event) => {
      events.push(event);
      changed();
    };
    const { wall, mono } = this.#parts.clock.now();
    this.#enqueue(undefined, 'perly_command_run', JSON.stringify(command));
    if (deadline !== undefined) this.#enqueue(undefined, 'perly_command_stop', mono + deadline - wall);
    const stop = () => this.#enqueue(undefined, 'perly_command_stop', this.#parts.clock.now().mono);
    if (signal?.aborted) stop();
    signal?.addEventListener('abort', stop);
    const driving = this.#drive().finally(() => {
      over = true;
      changed();
    });
    driving.catch(() => {}); // awaited below, or after the consumer has left
    try {
      while (!over || events.length > 0) {
        const event = events.shift();
        if (event !== undefined) yield event;
        else await new Promise((resolve) => (changed = () => resolve(undefined)));
      }
    } finally {
      if (!over) stop();
      await driving.finally(() => {
        signal?.removeEventListener('abort', stop);
        this.#listener = undefined;
      });
    }
  }

  /** Ends the core, not the store. Not while a command runs. */
  async close() {
    this.#drop();
    try {
      this.#core.call('perly_core_free');
    } catch (error) {
      if (!(error instanceof CoreTrap)) throw error; // told already, by the command that met it
    } finally {
      this.#parts.http.close();
      await this.#parts.clock.close();
    }
  }

  /** Ends what was begun for a core that hears no more of it: queries give their connections back. */
  #drop() {
    this.#dropped = true;
    for (const call of this.#calls.values()) call.cancel();
    for (const { told } of this.#queue.splice(0)) told(0);
  }

  /** Delivers until the core is idle. */
  async #drive() {
    try {
      await this.#deliverAll();
    } catch (error) {
      this.#drop();
      throw error;
    }
  }

  async #deliverAll() {
    for (;;) {
      this.#fireTimers();
      const next = this.#queue.findIndex(({ call }) => !call?.waiting);
      if (next >= 0) {
        const [completion] = this.#queue.splice(next, 1);
        let answer = 0;
        try {
          answer = this.#deliver(completion);
        } finally {
          completion.told(answer);
        }
        if (performance.now() - this.#lastTurn >= TURN_MS) {
          await turn();
          this.#lastTurn = performance.now();
        }
      } else if (this.#core.call('perly_core_busy') === 0) {
        return;
      } else {
        await this.#wait();
      }
    }
  }

  async #wait() {
    let came = false;
    const arrived = new Promise((resolve) => {
      this.#arrived = () => {
        came = true;
        resolve(undefined);
      };
    });
    if (this.#parts.clock.isTest) await turn(); // by then what the ports began counts as work
    if (came) return;
    const due = this.#timers.size > 0 ? Math.min(...this.#timers.values()) : undefined;
    await this.#parts.clock.wait({
      due,
      arrived: /** @type {Promise<void>} */ (arrived),
      working: this.#working > 0,
      requests: this.#requests,
    });
  }

  #fireTimers() {
    if (this.#timers.size === 0) return;
    const { mono } = this.#parts.clock.now();
    const due = [...this.#timers].filter(([, at]) => at <= mono).sort(([, a], [, b]) => a - b);
    for (const [call] of due) {
      this.#timers.delete(call);
      void this.#enqueue(undefined, 'perly_timer_fire', call);
    }
  }

  /**
   * What the core answers; nothing of a cancelled call but its end is delivered.
   * @param {Completion} completion
   */
  #deliver({ call, name, args }) {
    const isEnd = name === 'perly_http_end' || name === 'perly_call_end';
    if (call?.cancelled && !isEnd) return 0;
    const { wall, mono } = this.#parts.clock.now();
    if (call !== undefined) call.resumed = false;
    const answer = this.#core.call(name, wall, mono, ...args);
    if (name === 'perly_command_run' && answer !== 0)
      throw new Error('the core is busy with another command');
    // A resume that came during the delivery outweighs the wait that it answered.
    if (answer === WAIT && call?.resumed === false) call.flow(Flow.wait);
    return answer;
  }

  /**
   * The core's answer, once it was told.
   * @param {Call | undefined} call @param {string} name @param {...Argument} args
   * @returns {Promise<number>}
   */
  #enqueue(call, name, ...args) {
    if (this.#dropped) return Promise.resolve(0);
    return new Promise((told) => {
      this.#queue.push({ call, name, args, told });
      this.#arrived();
    });
  }

  /**
   * @param {number} number
   * @param {(call: Call) => Promise<unknown>} work begins when the port has returned
   */
  #begin(number, work) {
    const call = new Call();
    this.#calls.set(number, call);
    queueMicrotask(() => void work(call).finally(() => this.#calls.delete(number)));
  }

  /** @param {number} number @param {() => Promise<Uint8Array | void>} work */
  #plain(number, work) {
    this.#working++;
    this.#begin(number, async (call) => {
      const [end, payload] = await ended(work);
      this.#working--;
      await this.#enqueue(call, 'perly_call_end', number, end, payload);
    });
  }

  /** @param {number} number @param {Call} call @param {Uint8Array} record */
  async #query(number, call, record) {
    this.#working++;
    const [end, payload] = await ended(async () => {
      for await (const batch of this.#parts.store.query(record, { signal: call.abort.signal })) {
        await this.#enqueue(call, 'perly_store_rows', number, batch);
        this.#working--; // a query that is left waiting does not keep a clock from passing
        await call.opened();
        this.#working++;
        if (call.cancelled) throw new PortError(End.cancelled, 'cancelled');
      }
    });
    this.#working--;
    await this.#enqueue(call, 'perly_call_end', number, end, payload);
  }

  /** @param {number} number @param {Call} call @param {number} flags @param {Uint8Array} request */
  async #exchange(number, call, flags, request) {
    let end = { outcome: /** @type {number} */ (HttpOutcome.maybeSent), text: '' };
    try {
      const options = { once: flags === HttpFlag.once, signal: call.abort.signal };
      end.outcome = HttpOutcome.neverSent;
      await this.#parts.store.settle?.();
      end.outcome = HttpOutcome.maybeSent;
      const exchange = this.#parts.http.send(request, options);
      let next = await exchange.next();
      for (; !next.done; next = await exchange.next()) {
        if (next.value instanceof Uint8Array)
          await this.#enqueue(call, 'perly_http_body', number, next.value);
        else await this.#enqueue(call, 'perly_http_head', number, next.value.status, next.value.headers);
        await call.opened();
      }
      end = next.value;
    } catch (error) {
      end.text = reasonOf(error); // a transport that throws cannot say what it sent
    }
    this.#requests--;
    // What came after the cancelling was dropped: however the exchange ended, the core has not seen all of it.
    const outcome = call.cancelled ? HttpOutcome.cancelled : end.outcome;
    await this.#enqueue(call, 'perly_http_end', number, outcome, end.text);
  }

  /** @param {number} number */
  #cancel(number) {
    if (this.#timers.has(number)) this.#timers.set(number, -Infinity);
    this.#calls.get(number)?.cancel();
  }
}

/**
 * End and payload of a call that `work` does.
 * @param {() => Promise<Uint8Array | void>} work
 * @returns {Promise<[number, string | Uint8Array]>}
 */
async function ended(work) {
  try {
    return [End.ok, (await work()) ?? ''];
  } catch (error) {
    return error instanceof PortError ? [error.end, error.message] : [End.failed, reasonOf(error)];
  }
}
