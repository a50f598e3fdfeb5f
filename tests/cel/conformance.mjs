// The conformance report: every test of the published suite that needs no protobuf message, on each build.
//
//     node tests/cel/conformance.mjs [native|emscripten|wasi ...] [--failures] [--left]
//
// Prints a line a section, and what is left out, by reason (--left: each test). What is left out is asked too, as far as
// our letters can write it. Ends with 1 when a test fails, or one that is left out gives what it should.
import { argv, exit } from 'node:process';
import { answers, encode } from './engine.mjs';
import { deadNames, deadRows, kindOf } from './kinds.mjs';
import { canonical, flatten, leftOut, question, typeText, valueText } from './suite.mjs';

const LEFT_OUT_MAX = 693;
const MESSAGES = 44;
const builds = argv.slice(2).filter((name) => !name.startsWith('--'));
const verbose = argv.includes('--failures');

const { tests } = await import('@bufbuild/cel-spec/testdata/conformance.js');
const all = flatten(tests.suites);
const taken = all.filter(({ test }) => !leftOut(test));
const left = all.filter(({ test }) => leftOut(test));

/** @param {{name: string, test: any}} test @param {string} answer @returns {string | undefined} what is wrong */
function judge({ name, test: { original } }, answer) {
  const expected = original.evalError?.errors ?? original.anyEvalErrors?.errors;
  const value = answer.slice(answer.indexOf('\n') + 1);
  if (expected) {
    const kinds = expected.map((/** @type {any} */ error) => kindOf(error.message, name));
    const kind = value.startsWith('!') ? value.slice(1, value.indexOf(' ')) : `a value: ${value}`;
    return kinds.includes(kind) ? undefined : `expected ${expected[0].message} (${kinds}), got ${value}`;
  }
  if (answer.startsWith('!')) return answer;
  const wanted = original.typedResult?.deducedType;
  if (wanted) {
    const type = original.checkOnly ? answer : answer.slice(0, answer.indexOf('\n'));
    if (type !== typeText(wanted)) return `expected type ${typeText(wanted)}, got ${type}`;
  }
  if (original.checkOnly) return undefined;
  const result = original.value ?? original.typedResult?.result ?? { boolValue: true };
  const [got, want] = [canonical(value), canonical(valueText(result))];
  return got === want ? undefined : `expected ${want}, got ${got} ${value.startsWith('!') ? value : ''}`;
}

/** @param {any} original */
const caseOf = (original) => encode(question(original.checkOnly ? 'type' : 'eval', original));

/** The tests that are left out and can be written in our letters, what they should give included. */
const askable = left.filter(({ test: { original } }) => {
  try {
    caseOf(original);
    if (original.typedResult?.deducedType) typeText(original.typedResult.deducedType);
    const result = original.value ?? original.typedResult?.result;
    if (result) valueText(result);
    return true;
  } catch {
    return false;
  }
});

/** Messages that the suite expects: each is in the table of kinds, and each row of the table is needed. */
function judgeMessages() {
  const messages = new Set(taken.flatMap(({ test: { original } }) => (original.evalError?.errors ?? original.anyEvalErrors?.errors ?? []).map((/** @type {any} */ { message }) => message)));
  const unknown = [...messages].filter((message) => !kindOf(message, ''));
  const dead = [...deadRows(messages), ...deadNames(new Set(taken.map(({ name }) => name)))];
  console.log(`${messages.size} messages of errors; not in the table: ${unknown.length}; rows that nothing needs: ${dead.length}`);
  for (const text of [...unknown, ...dead]) console.log(`  ${text}`);
  return (messages.size === MESSAGES ? 0 : 1) + unknown.length + dead.length;
}

let failed = 0;
for (const build of builds.length ? builds : ['native']) {
  const given = answers(build, taken.map(({ test }) => caseOf(test.original)));
  /** @type {Map<string, {passed: number, total: number, left: number}>} */
  const sections = new Map();
  const section = (/** @type {string} */ name) => {
    const found = sections.get(name) ?? { passed: 0, total: 0, left: 0 };
    sections.set(name, found);
    return found;
  };
  for (const { section: name, test } of all) section(name).left += leftOut(test) ? 1 : 0;
  for (const [i, { section: name, name: path, test }] of taken.entries()) {
    const wrong = judge(taken[i], given[i]);
    section(name).total += 1;
    section(name).passed += wrong ? 0 : 1;
    failed += wrong ? 1 : 0;
    if (wrong && verbose) console.log(`  ${path}: ${test.original.expr}\n    ${wrong.split('\n')[0]}`);
  }
  console.log(`${build.padEnd(20)} passed  of  left out (protobuf)`);
  for (const [name, { passed, total, left }] of sections) {
    console.log(`  ${name.padEnd(18)} ${String(passed).padStart(6)} ${String(total).padStart(4)} ${String(left).padStart(4)}`);
  }
  console.log(`  ${'all'.padEnd(18)} ${String(given.length - failed).padStart(6)} ${String(taken.length).padStart(4)} ${String(all.length - taken.length).padStart(4)}`);
  const passing = answers(build, askable.map(({ test }) => caseOf(test.original))).flatMap((answer, i) => (judge(askable[i], answer) ? [] : [askable[i]]));
  for (const { name, test } of passing) console.log(`  left out, but as it should be: ${name}: ${test.original.expr}`);
  failed += passing.length;
}
const reasons = Map.groupBy(left, ({ test }) => leftOut(test));
console.log(`left out: ${left.length}, of which ${askable.length} are asked all the same`);
for (const [reason, tests] of reasons) {
  console.log(`  ${String(tests.length).padStart(4)} ${reason}`);
  if (argv.includes('--left')) for (const { name, test } of tests) console.log(`         ${name}: ${test.original.expr}`);
}
failed += judgeMessages();
if (left.length > LEFT_OUT_MAX) {
  console.log(`more than ${LEFT_OUT_MAX} tests are left out`);
  failed += 1;
}
exit(failed > 0 ? 1 : 0);
