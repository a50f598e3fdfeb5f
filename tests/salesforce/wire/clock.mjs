// The org's time, and the protocol by which processes under test share it (PERLY_TEST_CLOCK = URL of
// this server). All bodies are JSON.
//
//   GET  {url}/_clock             -> {"wall": ms since 1970, "mono": ms, "mode": "virtual"}
//   POST {url}/_clock/register    {"process": id}: as GET; from now on the clock waits for this process
//   POST {url}/_clock/unregister  {"process": id}
//   POST {url}/_clock/timer       {"process": id, "at_mono": ms | null, "open": requests}
//        "I have nothing to do before at_mono" (null: until an answer arrives), and so many requests of
//        mine have not ended for me (it may be left out). Answered, late, when
//        the clock has passed at_mono: {"wall", "mono", "fired": true}. A process has one timer: a new
//        one answers the old one with "fired": false. Closing the connection voids the timer.
//   POST {url}/_clock/busy        {"process": id, "turn": n}: I woke for another reason; my timer is void, and
//        so is one of this turn that arrives later (a process that numbers its waits sends "turn" with both)
//   POST {url}/_clock/advance     {"ms": n}: moves the clock by hand and fires what it passes
//
// When every registered process waits, and the server itself has no request in hand (one that sleeps on
// this clock, as a paced answer does, is not in hand), the clock jumps to the next timer or sleeper. It does
// not jump while a request or an answer is under way: when the processes tell how many of their requests are
// open, and the server has another number, some have not arrived or were not heard of (LOST_MS of silence: a
// connection broke). A process that does not tell must set its timer anew when an answer wakes it; one that
// does not is believed to wait after QUIET_MS of silence. With several of those, each names itself in the
// header Perly-Test-Process.
// Nobody registered: the clock moves by /_clock/advance, and by itself only to wake an answer that sleeps.
// With a real clock time passes as on the machine, and /_clock/advance adds to it.

import { performance } from 'node:perf_hooks';

const GRACE_MS = 2,
  QUIET_MS = 50,
  LOST_MS = 2000,
  LONGEST_TIMEOUT = 2 ** 31 - 1;

/**
 * @typedef {object} Sleeper something that is to happen at a time of the clock
 * @property {number} at mono ms
 * @property {() => void} wake
 * @property {boolean} background keeps no process alive, and moves no clock by itself
 * @property {NodeJS.Timeout | undefined} timer of a real clock
 */

class Clock {
  /** @param {'real' | 'virtual'} mode @param {number | null} start ms since 1970 */
  constructor(mode, start) {
    this.mode = mode;
    this.base = start ?? Date.now();
    this.born = performance.now();
    /** Where a virtual clock stands; what was added to a real one. */
    this.moved = 0;
    /** Requests that are not answered, those of them in hand, and the last moment (of the machine) at which
     * anything happened. */
    this.open = 0;
    this.inHand = 0;
    this.stirred = performance.now();
    /**
     * @type {Map<string, {timer: {answer: (fired: boolean) => void, sleeper: Sleeper | null} | null, stale:
     * boolean, open: number | undefined, turn: number}>}
     */
    this.known = new Map();
    /** Processes that have left: what they asked before may arrive later, on another connection. @type {Set<string>} */
    this.gone = new Set();
    /** @type {Set<Sleeper>} */
    this.sleepers = new Set();
    this.check = undefined;
  }

  mono() {
    return this.moved + (this.mode === 'virtual' ? 0 : performance.now() - this.born);
  }

  now() {
    return Math.floor(this.base + this.mono());
  }

  /** Move by hand; what lies between happens on the way, in order. */
  advance(ms) {
    const target = this.mono() + ms;
    this.#wakeUpTo(target);
    this.moved += Math.max(0, target - this.mono());
    this.#wakeUpTo(this.mono());
    for (const sleeper of this.sleepers) this.#arm(sleeper);
  }

  /** Runs `wake` when org time reaches `at` (ms since 1970). */
  schedule(at, wake) {
    this.#add(at - this.base, wake, true);
  }

  /** A pause in org time; the request that takes it counts as waiting. */
  async sleep(ms) {
    if (!(ms > 0)) return;
    this.inHand--;
    this.#consider();
    await new Promise((resolve) => {
      this.#add(this.mono() + ms, resolve, false);
    });
    this.inHand++;
    this.#stir();
  }

  /** A request came in. */
  enter() {
    this.open++;
    this.inHand++;
    this.#stir();
  }

  /** Its answer is out: the timer of `id` (or of the only process there is) no longer says that it waits. */
  leave(id) {
    this.open--;
    this.inHand--;
    this.#stir();
    const only = this.known.size === 1 ? [...this.known.keys()][0] : id;
    const process = this.known.get(only);
    if (process) process.stale = true;
    this.#consider();
  }

  register(id) {
    this.gone.delete(id);
    if (!this.known.has(id)) this.known.set(id, { timer: null, stale: false, open: undefined, turn: -1 });
    return this.known.get(id);
  }

  unregister(id) {
    this.busy(id);
    this.known.delete(id);
    this.gone.add(id);
    this.#consider();
  }

  /** The process woke for another reason: its timer is void. */
  busy(id, turn = -1) {
    const process = this.known.get(id);
    if (process) process.turn = Math.max(process.turn, turn);
    if (!process?.timer) return;
    const { answer, sleeper } = process.timer;
    process.timer = null;
    if (sleeper) this.#forget(sleeper);
    answer(false);
  }

  /**
   * @param {string} id
   * @param {number | null} at mono ms; null: waits for an answer, not for a time
   * @param {{open?: number, turn?: number}} [told] its requests that have not ended for it, and its turn
   * @returns {{done: Promise<boolean>, void: () => void}} done: true when the clock has passed `at`, false
   *   when replaced or void; `void` drops this timer, if it is still the process's
   */
  timer(id, at, { open, turn } = {}) {
    const late = { done: Promise.resolve(false), void: () => {} };
    if (this.gone.has(id)) return late;
    const process = this.register(id);
    if (turn !== undefined && turn <= process.turn) return late;
    this.busy(id);
    process.stale = false;
    process.open = open;
    this.#stir();
    const timer = { answer: null, sleeper: null };
    const done = new Promise((resolve) => {
      timer.answer = resolve;
    });
    process.timer = timer;
    if (at !== null) timer.sleeper = this.#add(at, () => this.#fire(process, timer), true);
    this.#wakeUpTo(this.mono());
    this.#consider();
    return { done, void: () => process.timer === timer && this.busy(id) };
  }

  processes() {
    return [...this.known].map(([id, one]) => ({ id, waits: one.timer !== null, stale: one.stale }));
  }

  #fire(process, timer) {
    process.timer = null;
    timer.answer(true);
  }

  #stir() {
    this.stirred = performance.now();
  }

  #add(at, wake, background) {
    const sleeper = { at, wake, background, timer: undefined };
    this.sleepers.add(sleeper);
    this.#arm(sleeper);
    return sleeper;
  }

  #forget(sleeper) {
    this.sleepers.delete(sleeper);
    clearTimeout(sleeper.timer);
  }

  #arm(sleeper) {
    if (this.mode === 'virtual') return;
    clearTimeout(sleeper.timer);
    const wait = Math.min(Math.max(0, sleeper.at - this.mono()), LONGEST_TIMEOUT);
    sleeper.timer = setTimeout(() => this.#wakeUpTo(this.mono()), wait + 1);
    if (sleeper.background) sleeper.timer.unref();
  }

  #wakeUpTo(limit) {
    const due = [...this.sleepers].filter((one) => one.at <= limit);
    for (const one of due.sort((a, b) => a.at - b.at)) {
      if (!this.sleepers.has(one)) continue;
      this.#forget(one);
      if (this.mode === 'virtual') this.moved = Math.max(this.moved, one.at);
      one.wake();
    }
  }

  #everybodyWaits() {
    const all = [...this.known.values()],
      silence = performance.now() - this.stirred;
    if (this.inHand > 0 || !all.every((one) => one.timer)) return false;
    if (all.some((one) => one.open === undefined))
      return silence > QUIET_MS || all.every((one) => !one.stale);
    return silence > LOST_MS || all.reduce((sum, one) => sum + one.open, 0) === this.open;
  }

  /** Soon, jump to the next event, if by then nobody has anything to do before it. */
  #consider() {
    clearTimeout(this.check);
    if (this.mode === 'virtual') this.check = setTimeout(() => this.#jump(), GRACE_MS).unref();
  }

  #jump() {
    if (this.inHand > 0 || ![...this.known.values()].every((one) => one.timer)) return;
    const able = [...this.sleepers].filter((one) => this.known.size > 0 || !one.background);
    const next = Math.min(...able.map((one) => one.at));
    if (!Number.isFinite(next)) return;
    if (this.#everybodyWaits() && performance.now() - this.stirred >= GRACE_MS) {
      this.#stir();
      this.advance(Math.max(0, next - this.mono()));
    }
    this.#consider();
  }
}

/** @param {'real' | 'virtual'} mode @param {number | null} start ms since 1970; null: now */
export const createClock = (mode, start) => new Clock(mode, start);
