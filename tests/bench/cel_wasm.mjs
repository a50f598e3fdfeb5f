// cel_wasm.mjs FILE.wasm [accounts] [repetitions]: the rule set over rows that lie in wasm memory; one line of JSON.
import { readFileSync } from 'node:fs';

const [file, accounts = '100000', repetitions = '15'] = process.argv.slice(2);
const count = Number(accounts);
const module = new WebAssembly.Module(readFileSync(file));
const { exports } = /** @type {any} */ (new WebAssembly.Instance(module, {}));
exports._initialize?.();
const first = performance.now();
const bench = exports.cel_score_init(count);
const setup = performance.now() - first;
if (bench === 0) throw new Error('cel_score_init failed');
const times = [];
let mean = 0;
for (let i = 0; i < Number(repetitions); i++) {
  const begun = performance.now();
  mean = exports.cel_score_run(bench);
  times.push((performance.now() - begun) / 1000);
}
times.sort((a, b) => a - b);
const begun = performance.now();
for (let i = 0; i < 1000; i++) exports.cel_score_compile(bench);
const compile = ((performance.now() - begun) * 1000) / 1000 / 13;
console.log(JSON.stringify({ engine: 'perly wasm', n: count, accounts_per_s: Math.round(count / times[times.length >> 1]), setup_ms: setup, compile_us: compile, mean_score: +mean.toFixed(6) }));
