/** Where the package and the repository keep their modules, and the time zones. */
import { readFile } from 'node:fs/promises';

const folders = ['../../wasm/', '../../build/emscripten/wasm/'];

/** @param {string} name of the file */
export async function compileModule(name) {
  for (const folder of folders) {
    try {
      return await WebAssembly.compile(await readFile(new URL(folder + name, import.meta.url)));
    } catch (error) {
      if (/** @type {any} */ (error).code !== 'ENOENT') throw error;
    }
  }
  throw new Error(`${name} is missing: run ./build.sh wasm`);
}

/** The time zones that ship with the core. */
export const readZones = () => readFile(new URL('../../toolchain/perly_zones.bin', import.meta.url));
