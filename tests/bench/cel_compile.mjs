// cel_compile.mjs [turns]             microseconds that @marcbachmann/cel-js takes for an expression of the rule set, warm
// cel_compile.mjs text TEXT [FILE]    for one text, cold and warm; with a module of cel_score_wasm.c that of core/cel
import { readFileSync } from 'node:fs';
import { argv } from 'node:process';

const WARM_TURNS = 10;
const WARM_RUNS = 1000;

/** @param {() => void} run @returns {number} microseconds */
function timed(run) {
  const begun = performance.now();
  run();
  return (performance.now() - begun) * 1000;
}

/** The best of some turns, as the native program measures. @param {() => void} compile */
function coldAndWarm(compile) {
  const first_compile_us = timed(compile);
  const many = () => {
    for (let i = 0; i < WARM_RUNS; i++) compile();
  };
  return { first_compile_us, compile_us: Math.min(...Array.from({ length: WARM_TURNS }, () => timed(many))) / WARM_RUNS };
}

/** @param {string} file @param {string} text @returns {() => void} */
function oursOf(file, text) {
  const { exports } = /** @type {any} */ (new WebAssembly.Instance(new WebAssembly.Module(readFileSync(file)), {}));
  exports._initialize?.();
  const bench = exports.cel_score_init(1);
  const bytes = new TextEncoder().encode(text);
  const place = exports.perly_memory_alloc(bytes.length);
  new Uint8Array(exports.memory.buffer, place, bytes.length).set(bytes);
  return () => {
    if (!exports.cel_score_compile_text(bench, place, bytes.length)) throw new Error(`it does not compile: ${text}`);
  };
}

/** @param {number} turns of the rule set */
async function ruleSet(turns) {
  const [{ parse }, { SRC }] = await Promise.all([import('@marcbachmann/cel-js'), import('./peers/expr/rules.mjs')]);
  const all = () => {
    for (let i = 0; i < turns; i++) for (const text of SRC) parse(text);
  };
  all();
  return { compile_us: timed(all) / turns / SRC.length };
}

const [word = '300', text = '', file] = argv.slice(2);
if (word !== 'text') console.log(JSON.stringify(await ruleSet(Number(word))));
else if (file) console.log(JSON.stringify(coldAndWarm(oursOf(file, text))));
else {
  const { parse } = await import('@marcbachmann/cel-js');
  console.log(JSON.stringify(coldAndWarm(() => parse(text))));
}
