// Every vector, on every build: the native program, the Emscripten module and the wasi module must give the
// expected answer, and so the same bytes as each other.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { engines } from './engines.mjs';
import { cases, vectors, wrongOf } from './vectors.mjs';

for (const [name, answersOf] of engines) {
  test(`${name} answers ${vectors.length} vectors`, () => {
    assert.deepEqual(wrongOf(answersOf(cases)), []);
  });
}
