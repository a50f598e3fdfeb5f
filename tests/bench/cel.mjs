// core/cel against the JavaScript engines, on the rule set of peers/expr/rules.mjs and on that of lists.mjs. Every engine
// prints the mean score, which must be the same: that is the check that they do the same work.
import { join } from 'node:path';

import { compare, cpuClock, here, pinned, root, run, runJson, scratch } from './lib.mjs';

const TURNS = '7';
const emscripten = join(root, 'build/emscripten/tests/bench/cel_score.wasm');
const wasi = join(root, 'build/wasi/tests/bench/cel_score.wasm');
const byGcc = join(root, 'build/native/tests/bench/cel_score');
const byClang = join(scratch, 'cel_score_clang');

/** A script of Node on core 0. @param {string[]} options @param {string} file @param {...(string | number)} words */
const script = (options, file, ...words) => runJson(pinned(0, [process.execPath, ...options, join(here, file), ...words.map(String)]));
/** @param {string} file @param {...(string | number)} words */
const node = (file, ...words) => script(cpuClock, file, ...words);
/** @param {string} name @param {number} count */
const peer = (name, count) => node('peers/expr/bench.mjs', name, count, 3);
/** @param {string} name @param {number} count */
const listPeer = (name, count) => node('lists.mjs', name, count, 3);
/** @param {number} count @param {string} mode @param {string} [program] */
const native = (count, mode, program = byGcc) => runJson(pinned(0, [program, String(count), TURNS, mode]));
/** @param {number} count @param {string} mode @param {string} [file] */
const inWasm = (count, mode, file = emscripten) => node('cel_wasm.mjs', file, count, TURNS, mode);

/** The typed VM of peers/expr/score.c. @param {number} count */
async function typedVm(count) {
  const lines = (await run(pinned(0, [join(scratch, 'score'), String(count)]))).trim().split('\n');
  return lines.map((line) => JSON.parse(line)).find(({ engine }) => engine === 'native typed-VM');
}

/**
 * Comparisons of accounts a second; all results over so many accounts must have the mean that plain JavaScript has.
 * @param {(name: string, count: number) => Promise<any>} asked @param {number[]} counts @param {number} pairs @param {string} what
 */
async function comparison(asked, counts, pairs, what) {
  const means = new Map();
  for (const count of counts) means.set(count, (await asked('hand-js', count)).mean_score);
  const rate = (/** @type {any} */ result) => {
    const mean = means.get(result.n);
    if (result.mean_score !== mean) throw new Error(`another result: ${JSON.stringify(result)}, not ${mean}`);
    return cpuClock.length > 0 ? result.accounts_per_s : (result.accounts_per_wall_s ?? result.accounts_per_s);
  };
  /** @param {string} name @param {() => Promise<any>} ours @param {string} other @param {() => Promise<any>} theirs @param {number} [least] */
  return (name, ours, other, theirs, least) =>
    compare({ name: `${what}, ${name}`, unit: 'accounts/s', peer: other, pairs, least, ours: async () => rate(await ours()), theirs: async () => rate(await theirs()) });
}

/** @param {{ count: number, pairs: number }} size */
export async function cel({ count, pairs }) {
  await ruleSet(count, pairs);
  await listRules(count, pairs);
  await compileTime(pairs);
  await compileText(pairs);
}

/** @param {number} count @param {number} pairs */
async function ruleSet(count, pairs) {
  const few = Math.min(count, 10000);
  const against = await comparison(peer, [count, few], pairs, `rule set over ${count.toLocaleString('en-US')} accounts`);
  const rows = () => inWasm(count, 'batch');
  await against('wasm in Node, rows in wasm memory', rows, '@marcbachmann/cel-js', () => peer('marcbachmann', count), 15);
  await against('wasm in Node, rows in wasm memory', rows, 'json-logic-engine', () => peer('json-logic-engine', count), 3);
  await against('wasm in Node, one evaluation after another', () => inWasm(count, 'each'), '@marcbachmann/cel-js', () => peer('marcbachmann', count));
  await against('wasm in Node, from JavaScript objects', () => inWasm(count, 'objects'), '@marcbachmann/cel-js', () => peer('marcbachmann', count), 5);
  await against('native', () => native(count, 'batch'), '@marcbachmann/cel-js', () => peer('marcbachmann', count), 15);
  const vm = 'typed VM in C without unknowns and overflow checks';
  await against('native', () => native(count, 'batch'), vm, () => typedVm(count), 0.6);
  await against('native, one evaluation after another', () => native(count, 'each'), vm, () => typedVm(count));
  for (const mode of ['batch', 'each']) {
    const name = mode === 'batch' ? "wasm by wasi-libc's clang" : "wasm by wasi-libc's clang, one evaluation after another";
    await against(name, () => inWasm(count, mode, wasi), 'native by the same clang', () => native(count, mode, byClang), 0.85);
  }
  await against('wasm in Node, rows in wasm memory', rows, '@bufbuild/cel', () => peer('bufbuild', few), 100);
  await against('wasm in Node, rows in wasm memory', rows, '@gorules/zen-engine, one decision an account', () => peer('zen-decision', few), 100);
}

/** @param {number} count @param {number} pairs */
async function listRules(count, pairs) {
  const few = Math.min(count, 10000);
  const against = await comparison(listPeer, [count, few], pairs, `rules over lists of ${count.toLocaleString('en-US')} accounts`);
  const rows = () => inWasm(count, 'lists');
  await against('wasm in Node, rows in wasm memory', rows, '@marcbachmann/cel-js', () => listPeer('marcbachmann', count), 15);
  await against('wasm in Node, rows in wasm memory', rows, 'json-logic-engine', () => listPeer('json-logic-engine', count), 3);
  await against('wasm in Node, rows in wasm memory', rows, '@bufbuild/cel', () => listPeer('bufbuild', few), 100);
  await against('wasm in Node, rows in wasm memory', rows, '@gorules/zen-engine, one decision an account', () => listPeer('zen-decision', few), 100);
  await against('native', () => native(count, 'lists'), '@marcbachmann/cel-js', () => listPeer('marcbachmann', count), 15);
}

/** What is promised of "an expression of 100 characters": it has exactly so many. */
const TEXT = 'account.plan in ["pro", "business"] && account.arr > 5e4 && now - account.created > duration("720h")';
if (TEXT.length !== 100) throw new Error(`the text has ${TEXT.length} characters`);

/** Cold: the first compilation in a fresh process; warm: after many. @param {number} pairs */
async function compileText(pairs) {
  const rate = (/** @type {any} */ { first_compile_us, compile_us }, /** @type {string} */ when) => 1e6 / (when === 'cold' ? first_compile_us : compile_us);
  const theirs = () => script([], 'cel_compile.mjs', 'text', TEXT);
  /** @type {[string, () => Promise<any>][]} */
  const ours = [
    ['wasm', () => script([], 'cel_compile.mjs', 'text', TEXT, emscripten)],
    ['native', () => runJson(pinned(0, [byGcc, 'text', TEXT]))],
  ];
  for (const when of ['cold', 'warm']) {
    for (const [name, run] of ours) {
      await compare({
        name: `compiling a text of 100 characters, ${name}, ${when}`, unit: 'expressions/s', peer: `@marcbachmann/cel-js, ${when}`, pairs, least: 50,
        ours: async () => rate(await run(), when), theirs: async () => rate(await theirs(), when),
      });
    }
  }
}

/**
 * Cold: the first compilation of all 13 expressions in a fresh process, as a page waits for it; the engine is loaded, of
 * ours the environment is made. Warm: after many, for one of them.
 * @param {number} pairs
 */
async function compileTime(pairs) {
  const unit = 'expressions/s';
  const name = 'compiling the rule set';
  // By the clock always: a thread's own time has not the resolution for what happens once.
  const cold = async () => 13e3 / (await script([], 'peers/expr/bench.mjs', 'marcbachmann', 1, 1)).compile13_ms;
  const coldWasm = () => script([], 'cel_wasm.mjs', emscripten, 1, 1, 'batch');
  const warm = async () => 1e6 / (await node('cel_compile.mjs')).compile_us;
  const wasmRun = () => inWasm(1, 'batch');
  const nativeRun = () => native(1, 'batch');
  await compare({ name: `${name}, wasm, cold`, unit, peer: '@marcbachmann/cel-js, cold', pairs, least: 50, ours: async () => 13e3 / (await coldWasm()).first_compile_ms, theirs: cold });
  await compare({ name: `${name}, native, cold`, unit, peer: '@marcbachmann/cel-js, cold', pairs, least: 50, ours: async () => 13e6 / (await nativeRun()).first_compile_us, theirs: cold });
  await compare({ name: `${name}, wasm, warm`, unit, peer: '@marcbachmann/cel-js, warm', pairs, least: 50, ours: async () => 1e6 / (await wasmRun()).compile_us, theirs: warm });
  await compare({ name: `${name}, native, warm`, unit, peer: '@marcbachmann/cel-js, warm', pairs, least: 50, ours: async () => 1e6 / (await nativeRun()).compile_us, theirs: warm });
}
