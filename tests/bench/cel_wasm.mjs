// cel_wasm.mjs FILE.wasm [accounts] [repetitions] [batch|each|lists|objects]: the rule sets over rows that lie in wasm
// memory, by the batch form, one evaluation after another, or over lists; `objects` carries JavaScript objects over
// first, every time. One line of JSON.
import { readFileSync } from 'node:fs';
import { cpuUsage } from 'node:process';

import { BatchWriter, ColumnType as Type } from '../../wasm/record.mjs';
import { makeAccounts } from './peers/expr/rules.mjs';

const CHUNK = 500; // accounts carried over at once

const [file, accounts = '100000', repetitions = '15', mode = 'batch'] = process.argv.slice(2);
const count = Number(accounts);
const module = new WebAssembly.Module(readFileSync(file));
const { exports } = /** @type {any} */ (new WebAssembly.Instance(module, {}));
exports._initialize?.();
const overLists = mode === 'lists';
const bench = exports.cel_score_init(overLists || mode === 'objects' ? 1 : count);
if (bench === 0) throw new Error('no memory for the accounts');
const compileBegun = performance.now();
if (!exports.cel_score_compile(bench, 1)) throw new Error('the rules could not be compiled');
const firstCompile = performance.now() - compileBegun;
const listBench = overLists ? exports.cel_lists_init(count) : 1;
if (listBench === 0) throw new Error('the rules over lists could not be set up');

// The columns of cel_score.c.
const { text, double, list, time, bool } = Type;
const writer = new BatchWriter([
  text, double, text, double, double, double, double, double, double, text, text, list, time, time, time, bool, double, text,
]);
let room = 0;
let place = 0;

/** Copies a batch into wasm memory and scores it; the sum of the scores. @param {Uint8Array} bytes */
function score(bytes) {
  if (bytes.length > room) {
    if (room > 0) exports.perly_memory_free(place);
    room = 2 * bytes.length;
    place = exports.perly_memory_alloc(room);
  }
  new Uint8Array(exports.memory.buffer, place, bytes.length).set(bytes);
  return exports.cel_score_rows(bench, place, bytes.length);
}

/** @param {any[]} objects */
function runObjects(objects) {
  let sum = 0;
  for (let i = 0; i < objects.length; i += CHUNK) {
    for (const a of objects.slice(i, i + CHUNK)) {
      writer.append([
        a.name, a.arr, a.plan, a.seats_total, a.seats_used, a.usage, a.usage_prev, a.open_tickets, a.p1_tickets, a.industry, a.region,
        a.tags.join(';'), a.last_login, a.created, a.renewal, a.contract.auto_renew, a.nps, a.csm_email,
      ]);
    }
    sum += score(writer.finish());
  }
  return sum / objects.length;
}

const objects = mode === 'objects' ? makeAccounts(count) : [];
/** @type {() => number} */
const run =
  mode === 'objects' ? () => runObjects(objects) : overLists ? () => exports.cel_lists_run(listBench) : () => exports.cel_score_run(bench, mode === 'each' ? 0 : 1);
const times = [];
const cpuTimes = [];
let mean = 0;
for (let i = 0; i < Number(repetitions); i++) {
  const begun = performance.now();
  const cpu = cpuUsage().user;
  mean = run();
  cpuTimes.push((cpuUsage().user - cpu) / 1e6);
  times.push((performance.now() - begun) / 1000);
}
const median = (/** @type {number[]} */ values) => values.toSorted((a, b) => a - b)[values.length >> 1];
const compileTimes = [];
for (let turn = 0; turn < 10; turn++) {
  const begun = performance.now();
  for (let i = 0; i < 100; i++) exports.cel_score_compile(bench, 0);
  compileTimes.push(((performance.now() - begun) * 1000) / 100 / 13);
}
console.log(
  JSON.stringify({
    engine: 'perly wasm', n: count, accounts_per_s: Math.round(count / median(cpuTimes)), accounts_per_wall_s: Math.round(count / median(times)),
    first_compile_ms: firstCompile, compile_us: Math.min(...compileTimes), mean_score: +mean.toFixed(6),
  }),
);
