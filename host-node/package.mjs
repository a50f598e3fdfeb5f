/**
 * node host-node/package.mjs FOLDER: lays out what is published to npm, ready for `npm pack`. Files keep their
 * places relative to each other, so that nothing is rewritten but the manifest's paths.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';

const root = join(import.meta.dirname, '..');

/** Beside the sources: what of the repository the package needs, by its place in the package. */
const FILES = {
  'host-node/src': 'host-node/src',
  'host-node/README.md': 'README.md',
  'wasm/ABI.md': 'wasm/ABI.md',
  'wasm/loader.mjs': 'wasm/loader.mjs',
  'wasm/record.mjs': 'wasm/record.mjs',
  'wasm/scorer.mjs': 'wasm/scorer.mjs',
  'build/emscripten/wasm/perly_core.wasm': 'wasm/perly_core.wasm',
  'build/emscripten/wasm/perly_score.wasm': 'wasm/perly_score.wasm',
  'toolchain/perly_zones.bin': 'toolchain/perly_zones.bin',
  'core/config/perly-config.schema.json': 'perly-config.schema.json',
  LICENSE: 'LICENSE',
};

/** @param {string} path as the repository's manifest names it */
const moved = (path) => `./${posix.join('host-node', path)}`;

/** @param {string} path of a source: its declarations */
const typesOf = (path) => `./${posix.join('types/host-node', path.replace(/\.mjs$/, '.d.mts'))}`;

/** The published manifest. */
function manifest() {
  const own = JSON.parse(readFileSync(join(root, 'host-node/package.json'), 'utf8'));
  /** @type {[string, string][]} */
  const entries = Object.entries(own.exports);
  own.exports = Object.fromEntries(
    entries.map(([name, path]) => [name, { types: typesOf(path), default: moved(path) }]),
  );
  for (const module of ['perly_core.wasm', 'perly_score.wasm']) own.exports[`./${module}`] = `./wasm/${module}`;
  own.exports['./perly-config.schema.json'] = './perly-config.schema.json';
  own.types = typesOf(entries[0][1]);
  own.bin = Object.fromEntries(Object.entries(own.bin).map(([name, path]) => [name, moved(String(path))]));
  return own;
}

/** @param {string} folder is emptied first */
function layOut(folder) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [from, to] of Object.entries(FILES))
    cpSync(join(root, from), join(folder, to), { recursive: true });
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const emit = [
    '--noEmit',
    'false',
    '--declaration',
    '--emitDeclarationOnly',
    '--outDir',
    join(folder, 'types'),
  ];
  const made = spawnSync(process.execPath, [tsc, '-p', join(root, 'host-node'), ...emit], {
    stdio: 'inherit',
  });
  if (made.status !== 0) throw new Error('the declarations could not be made');
}

const [folder] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write('Usage: node host-node/package.mjs FOLDER\n');
  process.exitCode = 4;
} else {
  layOut(folder);
}
