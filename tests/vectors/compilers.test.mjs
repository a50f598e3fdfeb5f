// The vectors under other compilers and optimisations than the builds have: the same bits. Three of seven in the tests,
// those that differ most, the byte by byte path of the CSV reader among them, natively and in a wasm module for engines
// without SIMD; all by `./build.sh vectors`.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { env } from 'node:process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { answersOf, answersOfWasm } from './engines.mjs';
import { cases, vectors, wrongOf } from './vectors.mjs';

const root = join(import.meta.dirname, '../..');
const cjson = join(root, 'build/deps/cjson');
const always = ['-std=c11', '-ffp-contract=off', '-fno-math-errno', '-w', '-Icore', '-Icore/include', `-I${cjson}`];

/** Those that the tests run stand first. @type {[string, string, string[]][]} */
const VARIANTS = [
  ['gcc-O0-scalar', 'gcc', ['-O0', '-DCSV_SCAN_SCALAR']],
  ['clang-O3-native', 'clang', ['-O3', '-march=native']],
  ['no-simd.wasm', 'clang', ['--target=wasm32-wasi', '--sysroot=/usr', '-O0']],
  ['clang-O0', 'clang', ['-O0']],
  ['clang-O3', 'clang', ['-O3']],
  ['gcc-O3', 'gcc', ['-O3']],
  ['gcc-O3-native', 'gcc', ['-O3', '-march=native']],
];
const chosen = env.PERLY_VECTORS === 'all' ? VARIANTS : VARIANTS.slice(0, 3);

// What the vectors need of the core, in the order of the folders.
const sources = [
  ...['base', 'csv', 'json', 'row', 'cel', 'map', 'config', 'score'].flatMap((folder) => cFiles(join('core', folder)))
    .filter((file) => file !== 'core/score/errors.c'), // perly_score.wasm's, in place of base/error_facts.c
  ...cFiles('tests/vectors').filter((file) => !file.endsWith('_main.c')),
  'tests/unit/score_rows.c',
];
const ofPrograms = ['tests/vectors/native_main.c', '-lm'];
const ofModules = ['tests/vectors/wasm_main.c', 'wasm/memory.c', '-mexec-model=reactor', '-Wl,--stack-first', '-Wl,-z,stack-size=1048576'];

/** @param {string} folder */
function cFiles(folder) {
  return readdirSync(join(root, folder)).filter((name) => name.endsWith('.c')).map((name) => join(folder, name));
}

/** Is the program younger than all that it is made of? @param {string} program */
function isFresh(program) {
  if (!existsSync(program)) return false;
  const made = statSync(program).mtimeMs;
  const parts = ['core', 'tests/vectors', 'tests/unit'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(c|h|def)$/.test(name))
      .map((name) => join(root, folder, name)),
  );
  return parts.every((part) => statSync(part).mtimeMs < made);
}

/** @param {string} name @param {string} compiler @param {string[]} flags */
async function build(name, compiler, flags) {
  const folder = join(root, 'build/compilers');
  const program = join(folder, name);
  mkdirSync(folder, { recursive: true });
  if (isFresh(program)) return program;
  const run = (/** @type {string[]} */ ...words) => promisify(execFile)(compiler, [...always, ...flags, ...words], { cwd: root });
  await run('-DCJSON_NESTING_LIMIT=65', '-include', 'core/json/cjson_shim.h', '-c', join(cjson, 'cJSON.c'), '-o', `${program}.cjson.o`);
  await run('-o', program, ...sources, `${program}.cjson.o`, ...(name.endsWith('.wasm') ? ofModules : ofPrograms));
  return program;
}

test('other compilers and optimisations', { concurrency: 2 }, async (t) => {
  await Promise.all(
    chosen.map(([name, compiler, flags]) =>
      t.test(`${name} answers ${vectors.length} vectors`, async () => {
        const program = await build(name, compiler, flags);
        assert.deepEqual(wrongOf((name.endsWith('.wasm') ? answersOfWasm : answersOf)(program, cases)), []);
      }),
    ),
  );
});
