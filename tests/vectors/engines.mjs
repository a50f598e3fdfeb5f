/** The three builds that answer vectors: the native program, the Emscripten module, the wasi module. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const build = join(import.meta.dirname, '../../build');

/** @param {{op: string, args: string[]}} vector */
export function encode(vector) {
  const texts = [vector.op, ...vector.args].map((text) => Buffer.from(text));
  const parts = [uint32(texts.length)];
  for (const text of texts) parts.push(uint32(text.length), text);
  return Buffer.concat(parts);
}

/** @param {number} value */
function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** What a native program answers. @param {string} program @param {Buffer[]} cases */
export function answersOf(program, cases) {
  const input = Buffer.concat(cases.flatMap((bytes) => [uint32(bytes.length), bytes]));
  const run = spawnSync(program, { input, maxBuffer: 1 << 28 });
  assert.equal(run.status, 0, `${program}: ${run.error ?? run.stderr}`);
  const answers = [];
  for (let at = 0; at < run.stdout.length; ) {
    const length = run.stdout.readUInt32LE(at);
    answers.push(run.stdout.toString('utf8', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return answers;
}

/** What a module answers. @param {string} file @param {Buffer[]} cases */
export function answersOfWasm(file, cases) {
  const module = new WebAssembly.Module(readFileSync(file));
  assert.deepEqual(WebAssembly.Module.imports(module), [], `${file}: the core without hosts imports nothing`);
  const { exports } = new WebAssembly.Instance(module, {});
  exports._initialize();
  return cases.map((bytes) => {
    const at = exports.perly_memory_alloc(bytes.length);
    new Uint8Array(exports.memory.buffer).set(bytes, at);
    const answer = exports.vectors_run(at, bytes.length);
    const length = new DataView(exports.memory.buffer).getUint32(answer, true);
    const text = Buffer.from(exports.memory.buffer, answer + 4, length).toString('utf8');
    exports.perly_memory_free(answer);
    return text;
  });
}

export const engines = /** @type {const} */ ([
  ['native', (/** @type {Buffer[]} */ list) => answersOf(join(build, 'native/tests/vectors/vectors'), list)],
  ['emscripten', (/** @type {Buffer[]} */ list) => answersOfWasm(join(build, 'emscripten/tests/vectors/vectors.wasm'), list)],
  ['wasi', (/** @type {Buffer[]} */ list) => answersOfWasm(join(build, 'wasi/tests/vectors/vectors.wasm'), list)],
]);
