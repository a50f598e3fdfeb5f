/** The scripted core (scripted_core.c), as each toolchain built it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const builds = ['emscripten', 'wasi'];

/** @param {string} build */
export function scriptedModule(build) {
  const file = join(import.meta.dirname, '../../build', build, 'tests/wasm/scripted_core.wasm');
  if (!existsSync(file)) throw new Error(`${file} is missing: run ./build.sh wasm`);
  return new WebAssembly.Module(readFileSync(file));
}
