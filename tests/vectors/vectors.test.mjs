// Every vector, on every build: the native program, the Emscripten module and the wasi module must give the
// expected answer, and so the same bytes as each other.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { test } from 'node:test';

import { encode, engines } from './engines.mjs';

const here = import.meta.dirname;

/** @param {string} folder @returns {string[]} */
function jsonFiles(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
    .sort();
}

const files = jsonFiles(here).map((file) => ({ file, vectors: JSON.parse(readFileSync(file, 'utf8')) }));
const vectors = files.flatMap(({ file, vectors: list }) =>
  list.map((/** @type {any} */ vector) => ({ ...vector, name: `${relative(here, file)}: ${vector.op} ${vector.args}` })),
);
const cases = vectors.map(encode);

for (const [name, answersOf] of engines) {
  test(`${name} answers ${vectors.length} vectors`, () => {
    const answers = answersOf(cases);
    assert.equal(answers.length, vectors.length);
    const wrong = vectors
      .map((vector, i) => ({ name: vector.name, want: vector.result, got: answers[i] }))
      .filter(({ want, got }) => want !== got);
    assert.deepEqual(wrong, []);
  });
}
