// Cold start: a fresh process from `import` to the first score, beside an empty module of the same size and beside
// @marcbachmann/cel-js bundled into one file; then another instance from the module that a warm process keeps.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { build } from 'esbuild';

import { Scorer } from '../../wasm/scorer.mjs';
import { first as firstScore, module as file } from './cold_perly.mjs';
import { here, median, pinned, report, runJson, scratch } from './lib.mjs';

const folder = join(scratch, 'cold');
const peer = join(here, 'peers/cold');
const PAD_FUNCTION_BYTES = 926; // of gen_pad.mjs, as clang -O2 makes them

/** A module with as many bytes as ours, of code that does nothing for us. */
function makePad() {
  const source = join(folder, 'pad.c');
  const pad = join(folder, 'pad.wasm');
  const functions = Math.round(statSync(file).size / PAD_FUNCTION_BYTES);
  writeFileSync(source, spawnSync(process.execPath, [join(peer, 'gen_pad.mjs'), String(functions)], { maxBuffer: 1 << 26 }).stdout);
  const made = spawnSync('clang', ['--target=wasm32', '-O2', '-nostdlib', '-Wl,--no-entry', '-o', pad, source], { encoding: 'utf8' });
  if (made.status !== 0) throw new Error(`clang: ${made.stderr}`);
  return pad;
}

/** One file with our loader and what a caller does first, as the peer is one: so functions are deployed. */
async function bundleOurs() {
  const source = join(here, 'cold_perly.mjs');
  const bundle = join(folder, 'perly.mjs');
  const define = { 'import.meta.url': JSON.stringify(pathToFileURL(source).href) };
  await build({ entryPoints: [source], define, outfile: bundle, bundle: true, format: 'esm', platform: 'node', minify: true, logLevel: 'error' });
  return bundle;
}

/** One file with the fastest JavaScript CEL and the expression of first.mjs. */
async function bundlePeer() {
  const bundle = join(folder, 'marcbachmann.mjs');
  const expression = 'account.plan in ["enterprise", "business"] && account.arr >= 100000.0 ? 100.0 : 40.0';
  const contents = `import { parse } from '@marcbachmann/cel-js';
    export const first = () => parse(${JSON.stringify(expression)})({ account: { plan: 'business', arr: 200000.5 } });`;
  await build({ stdin: { contents, resolveDir: here }, outfile: bundle, bundle: true, format: 'esm', platform: 'node', minify: true, logLevel: 'error' });
  return bundle;
}

/**
 * Times: the smaller the better. Each round measures both sides; the median of the rounds' ratios counts.
 * @param {{ name: string, unit: string, peer: string, ours: number[], theirs: number[], most: number }} what
 */
function compareTimes({ name, unit, peer, ours, theirs, most }) {
  const ratios = ours.map((value, i) => value / theirs[i]);
  const ratio = median(ratios);
  report({
    name, value: median(ours), unit, peer, peer_value: median(theirs), ratio, lowest: Math.min(...ratios), highest: Math.max(...ratios),
    goal: `at most ${most} times`, ok: ratio <= most,
  });
}

/** @param {() => void} work @param {number} rounds microseconds a turn */
function timesOf(work, rounds) {
  work();
  return Array.from({ length: rounds }, () => {
    const start = performance.now();
    work();
    return (performance.now() - start) * 1000;
  });
}

/** @param {{ rounds: number }} options */
export async function cold({ rounds }) {
  mkdirSync(folder, { recursive: true });
  const pad = makePad();
  const sides = {
    ours: ['bundle', await bundleOurs()],
    pad: ['wasm', pad],
    peer: ['bundle', await bundlePeer()],
  };
  /** @type {Record<string, number[]>} */
  const totals = { ours: [], pad: [], peer: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const [side, what] of Object.entries(sides)) {
      const { total } = await runJson(pinned(0, [process.execPath, join(peer, 'first.mjs'), ...what]));
      if (round > 0) totals[side].push(total); // the first one fills the file cache
    }
  }
  const name = 'import, default model, first score, in a fresh process';
  compareTimes({ name, unit: 'ms', peer: 'an empty module of the same size, one call', ours: totals.ours, theirs: totals.pad, most: 3 });
  compareTimes({ name, unit: 'ms', peer: '@marcbachmann/cel-js bundled, one expression', ours: totals.ours, theirs: totals.peer, most: 0.6 });
  const kept = new WebAssembly.Module(readFileSync(file));
  const keptPad = new WebAssembly.Module(readFileSync(pad));
  const instance = () => void new WebAssembly.Instance(kept, {});
  const padInstance = () => void new WebAssembly.Instance(keptPad, {}).exports.eval(7);
  const turns = rounds * 10;
  compareTimes({
    name: 'another instance of the kept module', unit: 'us', peer: 'of the empty module',
    ours: timesOf(instance, turns), theirs: timesOf(padInstance, turns), most: 5,
  });
  const ready = median(timesOf(() => void firstScore(new Scorer(kept)), turns));
  report({ name: 'another instance, default model compiled, one score', value: ready, unit: 'us', peer: '', peer_value: null, ratio: null, goal: '', ok: null });
}
