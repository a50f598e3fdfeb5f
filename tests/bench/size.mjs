// What a page has to load: the modules and the glue, gzipped.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

import { bound, root } from './lib.mjs';

const kilobytes = (/** @type {Buffer} */ bytes) => gzipSync(bytes, { level: 9 }).length / 1000;

export function sizes() {
  for (const build of ['emscripten', 'wasi']) {
    const folder = join(root, 'build', build);
    for (const { name, most } of [{ name: 'perly_core.wasm', most: 90 }, { name: 'perly_score.wasm', most: 60 }]) {
      const found = readdirSync(folder, { recursive: true }).find((file) => String(file).endsWith(name));
      if (found) bound({ name: `${name}, ${build}, gzip`, value: kilobytes(readFileSync(join(folder, String(found)))), unit: 'kB', most });
    }
  }
  for (const build of ['emscripten', 'wasi']) {
    const [withIt, without] = ['with', 'without'].map((name) => join(root, 'build', build, `tests/bench/cel_size_${name}.wasm`));
    if (existsSync(withIt)) {
      const value = kilobytes(readFileSync(withIt)) - kilobytes(readFileSync(without));
      bound({ name: `what CEL adds to a module, regular expressions included, ${build}, gzip`, value, unit: 'kB', most: 40 });
    }
  }
  const glue = readFileSync(join(root, 'wasm/loader.mjs'));
  bound({ name: 'JavaScript loader, gzip (not minified)', value: kilobytes(glue), unit: 'kB', most: 8 });
}
