// The conformance suite and its records on every build that is there, other engines, and the reference page.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { test } from 'node:test';

import { answers, encode } from './engine.mjs';
import { question } from './suite.mjs';

const root = join(import.meta.dirname, '../..');
const programs = {
  native: 'build/native/tests/cel/cel_conformance',
  emscripten: 'build/emscripten/tests/cel/cel_conformance.wasm',
  wasi: 'build/wasi/tests/cel/cel_conformance.wasm',
};
const builds = Object.entries(programs).filter(([, file]) => existsSync(join(root, file))).map(([name]) => name);

// Rows of hostile.def are asked by number; there are no more than these, and never fewer.
const HOSTILE_LEAST = 200;
const HOSTILE_MOST = 400;

/** @param {string} script @param {string[]} words */
function run(script, ...words) {
  const { status, stdout, stderr } = spawnSync(execPath, [join(root, script), ...words], { encoding: 'utf8' });
  console.log(stdout);
  assert.equal(status, 0, stdout + stderr);
}

test('every test of the published suite that needs no protobuf message passes', () => {
  assert.ok(builds.includes('native'), 'the native build is not there');
  for (const build of builds) run('tests/cel/conformance.mjs', build, '--failures');
});

test('parsing, checking and comprehensions are as the suite recorded them', () => {
  for (const build of builds) run('tests/cel/records.mjs', build);
});

test('random programs give what they give in other engines, but for known differences', () => {
  run('tests/cel/differential.mjs', '4000');
});

test('hostile expressions give the same value, or the same error at the same place, on every build', () => {
  const numbers = Array.from({ length: HOSTILE_MOST }, (_, i) => encode(['hostile', String(i)]));
  for (const build of builds) {
    const rows = answers(build, numbers).filter(Boolean).map((answer) => answer.split('\n'));
    assert.ok(rows.length > HOSTILE_LEAST && rows.length < HOSTILE_MOST, `${build}: ${rows.length} rows of hostile.def`);
    const wrong = rows.filter((row) => row.at(-1) !== row.at(-2)).map((row) => row.map((text) => text.slice(0, 200)));
    assert.deepEqual(wrong, [], build);
  }
});

const repeat = (/** @type {string} */ part, /** @type {number} */ count, middle = '1', after = '') => part.repeat(count) + middle + after.repeat(count);
const lists = (/** @type {number} */ count) => repeat('[', count, '1', ']');

/** @type {Record<string, [number, (count: number) => string, string, string]>} the most, the text, its answer, the answer to one more */
const NESTING = {
  parentheses: [99, (n) => repeat('(', n, '1', ')'), 'i1;', '!limit'],
  lists: [99, lists, repeat('l1:', 99, 'i1;'), '!limit'],
  maps: [99, (n) => repeat('{1: ', n, '1', '}'), repeat('m1:i1;', 99, 'i1;'), '!limit'],
  calls: [99, (n) => repeat('string(', n, '1', ')'), 's1:1', '!limit'],
  methods: [98, (n) => `[1]${'.reverse()'.repeat(n)}`, 'l1:i1;', '!limit'],
  conditions: [99, (n) => repeat('true ? (', n, '1', ') : 1'), 'i1;', '!limit'],
  'terms in parentheses': [99, (n) => repeat('(1 + ', n, '1', ')'), 'i100;', '!limit'],
  'ands in parentheses': [99, (n) => repeat('(true && ', n, 'true', ')'), 'b1', '!limit'],
  'nots in parentheses': [99, (n) => repeat('!(', n, 'true', ')'), 'b0', '!limit'],
  'macros in bodies': [98, (n) => repeat('[1].exists(x, ', n, 'true', ')'), 'b1', '!limit'],
  'macros in chains': [98, (n) => `[1]${'.map(x, x)'.repeat(n)}`, 'l1:i1;', '!limit'],
  'types of elements': [10, (n) => `cel.bind(x, 1, ${repeat('cel.bind(x, [[[[[[[[[[x]]]]]]]]]], ', n, 'size([x] + [x])', ')')})`, 'i2;', '!limit'],
  'groups of a regular expression': [999, (n) => `'a'.matches('${repeat('(', n, 'a', ')*')}')`, 'b1', '!argument'],
};

test('every nesting limit is reached without an overflow of the stack, and one more is an error, on every build', () => {
  for (const build of builds) {
    const cases = Object.values(NESTING).flatMap(([most, text]) => [text(most), text(most + 1)]).map((expr) => encode(question('eval', { expr })));
    const given = answers(build, cases).map((answer) => answer.split('\n'));
    for (const [i, [name, [, , wanted, refused]]] of Object.entries(NESTING).entries()) {
      assert.equal(given[2 * i].at(1), wanted, `${build}: ${name}`);
      assert.equal(given[2 * i + 1][0].split(' ')[0].replace(/^!+/, '!'), refused, `${build}: one more of ${name}`);
    }
  }
});

test('documentation and examples of functions are in no module', () => {
  const entries = JSON.parse(readFileSync(join(root, 'core/cel/completions.json'), 'utf8'));
  const texts = entries.flatMap((/** @type {{doc: string, example: string}} */ { doc, example }) => [doc, example]).filter((/** @type {string} */ text) => text.length > 15);
  assert.ok(texts.length > 100);
  for (const [build, program] of Object.entries(programs).filter(([name]) => name !== 'native' && builds.includes(name))) {
    const module = readFileSync(join(root, program), 'latin1');
    assert.deepEqual(texts.filter((/** @type {string} */ text) => module.includes(text)), [], build);
  }
});

test('the reference page and the completion list are what the tables say', () => {
  run('toolchain/cel_reference.mjs', '--check');
});
