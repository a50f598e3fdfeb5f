/** The vectors of this folder. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';

import { encode } from './engines.mjs';

const here = import.meta.dirname;

/** @param {string} folder @returns {string[]} */
function jsonFiles(folder) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .map((name) => join(folder, name))
    .sort();
}

const files = jsonFiles(here).map((file) => ({ file, vectors: JSON.parse(readFileSync(file, 'utf8')) }));
export const vectors = files.flatMap(({ file, vectors: list }) =>
  list.map((/** @type {any} */ vector) => ({ ...vector, name: `${relative(here, file)}: ${vector.op} ${vector.args}` })),
);
export const cases = vectors.map(encode);

/** Every vector whose answer is another one. @param {string[]} answers */
export function wrongOf(answers) {
  assert.equal(answers.length, vectors.length);
  return vectors
    .map((vector, i) => ({ name: vector.name, want: vector.result, got: answers[i] }))
    .filter(({ want, got }) => want !== got);
}
