// The benchmark's rule set in the wasm builds: accounts a second and microseconds to compile an expression, in CPU
// time, a line of JSON for each build that is there.
//
//     node tests/bench/cel_score.mjs [accounts] [repetitions]
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, cpuUsage } from 'node:process';

const accounts = Number(argv[2] ?? 100_000);
const repetitions = Number(argv[3] ?? 15);
const cpu = () => cpuUsage().user / 1e6;

for (const build of ['emscripten', 'wasi']) {
  const file = join(import.meta.dirname, '../../build', build, 'tests/bench/cel_score.wasm');
  if (!existsSync(file)) continue;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {});
  exports._initialize();
  const bench = exports.cel_score_init(accounts);
  if (!bench) throw new Error(`${build}: the benchmark could not be set up`);
  const times = [];
  let mean = 0;
  for (let i = 0; i < repetitions; i++) {
    const start = cpu();
    mean = exports.cel_score_run(bench);
    times.push(cpu() - start);
  }
  times.sort((a, b) => a - b);
  const start = cpu();
  for (let i = 0; i < 1000; i++) exports.cel_score_compile(bench);
  const compile = ((cpu() - start) * 1e6) / 13000;
  const perSecond = Math.round(accounts / times[repetitions >> 1]);
  console.log(JSON.stringify({ engine: `perly ${build}`, n: accounts, accounts_per_s: perSecond, compile_us: +compile.toFixed(3), mean_score: +mean.toFixed(6) }));
}
