// What a page has to load: the modules and the glue, gzipped.
import { readFileSync, readdirSync } from 'node:fs';
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
  const glue = readFileSync(join(root, 'wasm/loader.mjs'));
  bound({ name: 'JavaScript loader, gzip (not minified)', value: kilobytes(glue), unit: 'kB', most: 8 });
}
