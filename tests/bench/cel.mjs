// core/cel against the JavaScript engines, on the rule set of peers/expr/rules.mjs. Every engine prints the mean score,
// which must be the same: that is the check that they do the same work.
import { join } from 'node:path';

import { compare, here, pinned, root, run, runJson, scratch } from './lib.mjs';

const TURNS = '7';
const wasm = join(root, 'build/emscripten/tests/bench/cel_score.wasm');

/** @param {string} name @param {number} count */
const peer = (name, count) => runJson(pinned(0, [process.execPath, join(here, 'peers/expr/bench.mjs'), name, String(count), '3']));
/** @param {number} count */
const native = (count) => runJson(pinned(0, [join(root, 'build/native/tests/bench/cel_score'), String(count), TURNS]));
/** @param {number} count @param {string} [file] */
const inWasm = (count, file = wasm) => runJson(pinned(0, [process.execPath, join(here, 'cel_wasm.mjs'), file, String(count), TURNS]));

/** The typed VM of peers/expr/score.c. @param {number} count */
async function typedVm(count) {
  const lines = (await run(pinned(0, [join(scratch, 'score'), String(count)]))).trim().split('\n');
  return lines.map((line) => JSON.parse(line)).find(({ engine }) => engine === 'native typed-VM');
}

/** @param {{ count: number, pairs: number }} size */
export async function cel({ count, pairs }) {
  const mean = (await peer('hand-js', count)).mean_score;
  const rate = (/** @type {any} */ result) => {
    if (result.n === count && result.mean_score !== mean) throw new Error(`another result: ${JSON.stringify(result)}, not ${mean}`);
    return result.accounts_per_wall_s ?? result.accounts_per_s; // every engine by the clock
  };
  /** @param {string} name @param {() => Promise<any>} ours @param {string} other @param {() => Promise<any>} theirs @param {number} [least] */
  const against = (name, ours, other, theirs, least) =>
    compare({ name, unit: 'accounts/s', peer: other, pairs, least, ours: async () => rate(await ours()), theirs: async () => rate(await theirs()) });

  const rows = `rule set over ${count.toLocaleString('en-US')} accounts`;
  await against(`${rows}, wasm in Node, rows in wasm memory`, () => inWasm(count), '@marcbachmann/cel-js', () => peer('marcbachmann', count), 15);
  await against(`${rows}, wasm in Node, rows in wasm memory`, () => inWasm(count), 'json-logic-engine', () => peer('json-logic-engine', count), 3);
  await against(`${rows}, native`, () => native(count), '@marcbachmann/cel-js', () => peer('marcbachmann', count), 15);
  await against(`${rows}, native`, () => native(count), 'typed VM in C without unknowns and overflow checks', () => typedVm(count), 0.6);
  await against(`${rows}, wasm by wasi-libc's clang`, () => inWasm(count, wasm.replace('emscripten', 'wasi')), 'native by gcc', () => native(count));
  const few = Math.min(count, 10000);
  await against(`${rows}, wasm in Node, rows in wasm memory`, () => inWasm(count), '@bufbuild/cel', () => peer('bufbuild', few), 100);
  await against(`${rows}, wasm in Node, rows in wasm memory`, () => inWasm(count), '@gorules/zen-engine, one decision an account', () => peer('zen-decision', few), 100);
  await compileTime(pairs);
}

/**
 * The first compilation of the rule set in a fresh process is what a page waits for, and what peers/expr/bench.mjs
 * measures; ours includes the environment, the evaluations and one account. Warm, both are shown too.
 * @param {number} pairs
 */
async function compileTime(pairs) {
  const few = () => inWasm(1);
  await compare({
    name: 'compiling the 13 expressions, wasm, the first time', unit: 'times/s', peer: '@marcbachmann/cel-js, the first time', pairs, least: 50,
    ours: async () => 1000 / (await few()).setup_ms,
    theirs: async () => 1000 / (await peer('marcbachmann', 1)).compile13_ms,
  });
  const perSecond = (/** @type {any} */ { compile_us }) => 1e6 / compile_us;
  await compare({
    name: 'compiling one of the 13 expressions, native, warm', unit: 'expressions/s', peer: '@marcbachmann/cel-js, warm', pairs,
    ours: async () => perSecond(await native(1)),
    theirs: async () => perSecond(await runJson(pinned(0, [process.execPath, join(here, 'cel_compile.mjs')]))),
  });
}
