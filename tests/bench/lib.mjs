// What all benchmarks share: rows of the report, pairs, child processes on a core of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

export const root = join(import.meta.dirname, '../..');
export const here = import.meta.dirname;
export const scratch = process.env.PERLY_BENCH_DIR ?? join(root, 'build/bench');
mkdirSync(scratch, { recursive: true });

/** `bench.mjs --cpu`: rates by the time of the processor, for a machine that others use; words for Node. @type {string[]} */
export const cpuClock = process.argv.includes('--cpu') ? ['--import', join(here, 'cpu_clock.mjs')] : [];

/** CLOCK_MONOTONIC in milliseconds, the same in every process. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/** The command pinned to a core: the measured process on 0, the server on 1. @param {number} core @param {string[]} command */
export const pinned = (core, command) => ['taskset', '-c', String(core), ...command];

/**
 * Runs a command to its end; its standard output.
 * @param {string[]} command @param {{ [name: string]: string }} [env]
 */
export async function run(command, env = {}) {
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, NPM_DIR: here, ...env } });
  let text = '';
  child.stdout.on('data', (part) => (text += part));
  const [code, signal] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${signal ?? code}`);
  return text;
}

/** The last line of a command's output, as JSON. @param {string[]} command @param {{ [name: string]: string }} [env] */
export const runJson = async (command, env) => JSON.parse(/** @type {string} */ ((await run(command, env)).trim().split('\n').at(-1)));

/** @param {number[]} values */
export const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/**
 * @typedef {{ name: string, value: number | null, unit: string, peer: string, peer_value: number | null, ratio: number | null,
 *   lowest?: number, highest?: number, goal: string, ok: boolean | null }} Row
 * @type {Row[]}
 */
export const rows = [];

/** @param {number | null | undefined} value */
function short(value) {
  if (value === null || value === undefined) return '';
  if (Math.abs(value) >= 1000) return Math.round(value).toLocaleString('en-US');
  return String(+value.toPrecision(3));
}

/** @param {Row} row */
export function report(row) {
  rows.push(row);
  const spread = row.lowest === undefined ? '' : ` (${short(row.lowest)}..${short(row.highest)})`;
  const mark = row.ok === null ? '    ' : row.ok ? 'ok  ' : 'MISS';
  console.log(`${mark} ${row.name}: ${short(row.value)} ${row.unit}`);
  if (row.peer) console.log(`       ${row.peer}: ${short(row.peer_value)} ${row.unit}, ratio ${short(row.ratio)}${spread}`);
  if (row.goal) console.log(`       goal: ${row.goal}`);
}

/**
 * A comparison of rates: both sides are run in turn, the median of the pairs' ratios counts.
 * @param {{ name: string, unit: string, peer: string, pairs: number, least?: number, ours: () => Promise<number>, theirs: () => Promise<number> }} what
 */
export async function compare({ name, unit, peer, pairs, least, ours, theirs }) {
  const own = [];
  const other = [];
  for (let i = 0; i < pairs; i++) {
    own.push(await ours());
    other.push(await theirs());
  }
  const ratios = own.map((value, i) => value / other[i]);
  const ratio = median(ratios);
  report({
    name, value: median(own), unit, peer, peer_value: median(other), ratio, lowest: Math.min(...ratios), highest: Math.max(...ratios),
    goal: least === undefined ? '' : `ratio at least ${least}`, ok: least === undefined ? null : ratio >= least,
  });
}

/** A figure that must not be above a limit. @param {{ name: string, value: number, unit: string, most?: number }} what */
export function bound({ name, value, unit, most }) {
  report({ name, value, unit, peer: '', peer_value: null, ratio: null, goal: most === undefined ? '' : `at most ${most} ${unit}`, ok: most === undefined ? null : value <= most });
}
