// The org's time, and the protocol by which processes under test share it (PERLY_TEST_CLOCK = URL of
// this server). All bodies are JSON.
//
//   GET  {url}/_clock             -> {"wall": ms since 1970, "mono": ms, "mode": "virtual"}
//   POST {url}/_clock/register    {"process": id}: as GET; from now on the clock waits for this process
//   POST {url}/_clock/unregister  {"process": id}
//   POST {url}/_clock/timer       {"process": id, "at_mono": ms | null}
//        "I have nothing to do before at_mono" (null: until an answer arrives). Answered, late, when
//        the clock has passed at_mono: {"wall", "mono", "fired": true}. A process has one timer: a new
//        one answers the old one with "fired": false. Closing the connection voids the timer.
//   POST {url}/_clock/busy        {"process": id}: I woke for another reason; my timer is void
//   POST {url}/_clock/advance     {"ms": n}: moves the clock by hand and fires what it passes
//
// When every registered process waits, and the server itself has no request in hand (one that sleeps on
// this clock, as a paced answer does, is not in hand), the clock jumps to the next timer or sleeper. A
// process that is woken by an answer must set its timer anew; one that does not is believed to wait after
// QUIET_MS of silence. With several processes, each names itself in the header Perly-Test-Process.
// Nobody registered: the clock moves by /_clock/advance, and by itself only to wake an answer that sleeps.
// With a real clock time passes as on the machine, and /_clock/advance adds to it.

import { performance } from 'node:perf_hooks';

const GRACE_MS = 2,
  QUIET_MS = 50;

/**
 * @param {'real' | 'virtual'} mode
 * @param {number | null} start ms since 1970
 */
export function createClock(mode, start) {
  const born = performance.now();
  const state = { mono: 0, offset: 0, busy: 0, quiet: performance.now() };
  const base = start ?? Date.now();
  const processes = new Map();
  const sleepers = new Set();
  let check = null;

  const mono = () => (mode === 'virtual' ? state.mono : performance.now() - born) + state.offset;
  const now = () => Math.floor(base + mono());

  const wakeUpTo = (limit) => {
    for (const due of [...sleepers].filter((one) => one.at <= limit).sort((a, b) => a.at - b.at)) {
      if (!sleepers.delete(due)) continue;
      if (mode === 'virtual') state.mono = Math.max(state.mono, due.at - state.offset);
      clearTimeout(due.timer);
      due.wake();
    }
  };

  const advance = (ms) => {
    const target = mono() + ms;
    wakeUpTo(target);
    if (mode === 'virtual') state.mono = target - state.offset;
    else state.offset += ms;
    wakeUpTo(mono());
    for (const sleeper of sleepers) arm(sleeper);
  };

  function arm(sleeper) {
    if (mode === 'virtual') return;
    clearTimeout(sleeper.timer);
    sleeper.timer = setTimeout(
      () => wakeUpTo(mono()),
      Math.max(0, Math.min(sleeper.at - mono(), 2 ** 31 - 1)),
    );
    if (sleeper.background) sleeper.timer.unref();
  }

  const add = (at, wake, background) => {
    const sleeper = { at, wake, background, timer: undefined };
    sleepers.add(sleeper);
    arm(sleeper);
    return sleeper;
  };

  const allWait = () =>
    state.busy === 0 &&
    [...processes.values()].every(
      (one) => one.timer && (!one.stale || performance.now() - state.quiet > QUIET_MS),
    );

  /** Jump if nobody has anything to do before the next timer. */
  const consider = () => {
    clearTimeout(check);
    if (mode !== 'virtual') return;
    check = setTimeout(() => {
      if (performance.now() - state.quiet < GRACE_MS || !allWait()) {
        if ([...processes.values()].every((one) => one.timer) && state.busy === 0) consider();
        return;
      }
      const able = [...sleepers].filter((one) => processes.size > 0 || !one.background);
      const next = Math.min(...able.map((one) => one.at));
      if (Number.isFinite(next)) {
        state.quiet = performance.now();
        advance(Math.max(0, next - mono()));
        consider();
      }
    }, GRACE_MS);
    check.unref?.();
  };

  const touch = () => {
    state.quiet = performance.now();
  };

  const drop = (id) => {
    const process = processes.get(id);
    if (!process?.timer) return;
    sleepers.delete(process.timer.sleeper);
    clearTimeout(process.timer.sleeper?.timer);
    process.timer.answer(false);
    process.timer = null;
  };

  return {
    mode,
    now,
    mono,
    advance,
    /** Runs `fn` when org time reaches `at` (ms since 1970); keeps no process alive. */
    schedule: (at, fn) => add(at - base, fn, true),
    /** A pause in org time; the request that takes it counts as waiting. */
    async sleep(ms) {
      if (!(ms > 0)) return;
      state.busy--;
      consider();
      await new Promise((resolve) => add(mono() + ms, resolve, false));
      state.busy++;
      touch();
    },
    /**
     * A request came in. The answer to it makes the timers of `process` (or of the only one there is) void.
     */
    enter() {
      state.busy++;
      touch();
    },
    leave(id) {
      state.busy--;
      touch();
      const only = processes.size === 1 ? [...processes.keys()][0] : id;
      const process = processes.get(only);
      if (process) process.stale = true;
      consider();
    },
    register(id) {
      processes.set(id, processes.get(id) ?? { timer: null, stale: false });
    },
    unregister(id) {
      drop(id);
      processes.delete(id);
      consider();
    },
    busy(id) {
      drop(id);
    },
    /**
     * @returns {{done: Promise<boolean>, void: () => void}} done: true when the clock has passed `at`, false
     *   when replaced or void; `void` drops this timer, if it is still the process's
     */
    timer(id, at) {
      drop(id);
      const process = processes.get(id) ?? { timer: null, stale: false };
      processes.set(id, process);
      process.stale = false;
      touch();
      const timer = { answer: null, sleeper: null };
      const done = new Promise((resolve) => {
        timer.answer = resolve;
      });
      const fire = () => {
        process.timer = null;
        timer.answer(true);
      };
      timer.sleeper = at === null ? null : add(at, fire, true);
      process.timer = timer;
      if (at !== null && at <= mono()) wakeUpTo(mono());
      consider();
      return { done, void: () => process.timer === timer && drop(id) };
    },
    processes: () => [...processes].map(([id, one]) => ({ id, waits: one.timer !== null, stale: one.stale })),
  };
}
