// The engine as the conformance tests see it: cases in, answers out, by the native program or a wasm module.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const build = join(here, '../../build');
const zones = readFileSync(join(here, '../../toolchain/perly_zones.bin'));

/** @param {number} value */
function uint32(value) {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

/** @param {string[]} texts */
export function encode(texts) {
  const parts = [uint32(texts.length)];
  for (const text of texts) {
    const bytes = Buffer.from(text, 'latin1');
    parts.push(uint32(bytes.length), bytes);
  }
  return Buffer.concat(parts);
}

/** @param {string} text UTF-16 text as a string of its UTF-8 bytes, which is what `encode` takes */
export const utf8 = (text) => Buffer.from(text).toString('latin1');

/** @param {Buffer[]} cases @returns {string[]} answers as strings of bytes */
function native(cases) {
  const input = Buffer.concat([zones, ...cases].flatMap((bytes) => [uint32(bytes.length), bytes]));
  const program = process.env.PERLY_CEL_NATIVE ?? join(build, 'native/tests/cel/cel_conformance');
  const run = spawnSync(program, { input, maxBuffer: 1 << 28 });
  if (run.status !== 0) throw new Error(`native: ${run.error ?? run.signal ?? run.status} ${run.stderr}`);
  const answers = [];
  for (let at = 0; at < run.stdout.length; ) {
    const length = run.stdout.readUInt32LE(at);
    answers.push(run.stdout.toString('latin1', at + 4, at + 4 + length));
    at += 4 + length;
  }
  return answers;
}

/** @param {string} preset @param {Buffer[]} cases @returns {string[]} */
function wasm(preset, cases) {
  const module = new WebAssembly.Module(readFileSync(join(build, preset, 'tests/cel/cel_conformance.wasm')));
  const { exports } = new WebAssembly.Instance(module, {});
  exports._initialize();
  const copy = (/** @type {Buffer} */ bytes) => {
    const at = exports.perly_memory_alloc(Math.max(bytes.length, 8));
    new Uint8Array(exports.memory.buffer).set(bytes, at);
    return at;
  };
  return cases.map((bytes) => {
    const at = copy(bytes);
    const answer = exports.cel_run(at, bytes.length, copy(zones), zones.length);
    const length = new DataView(exports.memory.buffer).getUint32(answer, true);
    const text = Buffer.from(exports.memory.buffer, answer + 4, length).toString('latin1');
    exports.perly_memory_free(answer);
    return text;
  });
}

/** @param {string} name native, emscripten or wasi @param {Buffer[]} cases */
export function answers(name, cases) {
  return name === 'native' ? native(cases) : wasm(name, cases);
}
