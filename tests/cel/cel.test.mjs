// The conformance suite and its records on every build that is there, other engines, and the reference page.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
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

test('chains of thousands of operators take neither depth nor stack, and deep nesting is refused, on every build', () => {
  const chain = (/** @type {string} */ first, /** @type {string} */ part, /** @type {number} */ count) => first + part.repeat(count);
  const texts = {
    [chain('1', ' + 1', 20000)]: 'i20001;',
    [`${chain('[1].map(x, x', ' + x - x * 2 + 3', 4000)})[0]`]: 'i8001;',
    [`${'('.repeat(20000)}1`]: '!limit',
  };
  for (const build of builds) {
    const cases = Object.keys(texts).map((expr) => encode(question('eval', { expr })));
    const given = answers(build, cases).map((answer) => answer.split('\n')[answer.startsWith('!') ? 0 : 1].split(' ')[0]);
    assert.deepEqual(given, Object.values(texts), build);
  }
});

test('the reference page and the completion list are what the tables say', () => {
  run('toolchain/cel_reference.mjs', '--check');
});
