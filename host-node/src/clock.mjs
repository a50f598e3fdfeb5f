/**
 * The one clock of a host: wall time, monotonic time, and waiting for either a moment or an arrival.
 */
import { uptime } from 'node:os';
import { isLoopback } from './http_message.mjs';

/** @typedef {{ wall: number, mono: number }} Time whole milliseconds: since 1970 (UTC), and monotonic */
/**
 * @typedef {object} Wait
 * @property {number} [due] of monotonic time
 * @property {Promise<void>} arrived
 * @property {boolean} working our own work goes on
 * @property {number} requests ours that have not ended
 */
/**
 * @typedef {object} Clock
 * @property {boolean} isTest
 * @property {() => Time} now
 * @property {(wait: Wait) => Promise<void>} wait until `due` has come or something has arrived
 * @property {() => Promise<void>} close
 */

/** Node fires a timer at once whose delay does not fit 31 bits. */
const PIECE_MS = 3600000;
const SLEPT_MS = 1000;

/** @returns {Clock} */
export function realClock() {
  let slept = 0;
  let last = { wall: Date.now(), ticks: performance.now(), up: uptime() };
  // Node's monotonic clock stands still while the computer sleeps. A lease that ran out overnight must look
  // old in the morning: when the wall clock has run ahead, the system's uptime tells whether we slept.
  const mono = () => {
    const [wall, ticks] = [Date.now(), performance.now()];
    if (Math.abs(wall - last.wall - (ticks - last.ticks)) > SLEPT_MS) {
      const up = uptime();
      slept += Math.max(0, (up - last.up) * 1000 - (ticks - last.ticks));
      last = { wall, ticks, up };
    }
    return Math.floor(ticks + slept);
  };
  return {
    isTest: false,
    now: () => ({ wall: Date.now(), mono: mono() }),
    async wait({ due, arrived }) {
      /** @type {NodeJS.Timeout | undefined} */
      let timer;
      const time = new Promise((resolve) => {
        if (due !== undefined) timer = setTimeout(resolve, Math.min(Math.max(0, due - mono()), PIECE_MS));
      });
      await Promise.race([arrived, time]);
      clearTimeout(timer);
    },
    async close() {},
  };
}

/**
 * The clock of the local Salesforce (tests/salesforce/wire/clock.mjs draws the protocol): time stands still
 * while this process works, and jumps to the next timer when every process waits.
 * @param {string} url PERLY_TEST_CLOCK; on this computer
 * @returns {Promise<Clock>}
 */
export async function testClock(url) {
  if (!isLoopback(new URL(url).hostname))
    throw new Error(`PERLY_TEST_CLOCK must be on this computer: ${url}`);
  const process = `node-${globalThis.process.pid}-${Math.random().toString(36).slice(2)}`;
  /** @type {Time} */
  let time = { wall: 0, mono: 0 };
  let turn = 0; // requests on two connections may overtake each other
  /** @param {string} path @param {object} [body] @param {AbortSignal} [signal] */
  const post = async (path, body, signal) => {
    const init = { method: 'POST', body: JSON.stringify({ process, turn, ...body }), signal };
    const answer = await fetch(`${url}/_clock/${path}`, {
      ...init,
      headers: { 'content-type': 'application/json' },
    });
    if (!answer.ok) throw new Error(`${url}/_clock/${path} answered ${answer.status}`);
    const { wall, mono } = await answer.json();
    if (mono >= time.mono) time = { wall: Math.floor(wall), mono: Math.floor(mono) };
  };
  await post('register');
  return {
    isTest: true,
    now: () => time,
    async wait({ due, arrived, working, requests }) {
      if (working) return arrived;
      turn++;
      const stop = new AbortController();
      const fired = post('timer', { at_mono: due ?? null, open: requests }, stop.signal).then(() => 'fired');
      const first = await Promise.race([arrived, fired]);
      if (first === 'fired') return;
      fired.catch(() => {}); // void
      await post('busy');
      stop.abort();
    },
    close: () => post('unregister'),
  };
}

/** The clock that the environment asks for. */
export async function openClock(env = process.env) {
  return env.PERLY_TEST_CLOCK ? testClock(env.PERLY_TEST_CLOCK) : realClock();
}
