// cel_compile.mjs [turns]: microseconds that @marcbachmann/cel-js takes to compile an expression of the rule set, warm.
import { SRC } from './peers/expr/rules.mjs';
import { parse } from '@marcbachmann/cel-js';

const turns = Number(process.argv[2] ?? 300);
for (let i = 0; i < turns; i++) for (const text of SRC) parse(text);
const begun = performance.now();
for (let i = 0; i < turns; i++) for (const text of SRC) parse(text);
console.log(JSON.stringify({ compile_us: ((performance.now() - begun) * 1000) / turns / SRC.length }));
