// Compares the imports and exports of the wasm builds with the tables of wasm/ABI.md, line by line. The
// linkers allow undefined symbols, since ports are undefined by nature, so this is what notices a stray one.
//
//     node toolchain/check_abi.mjs build/emscripten build/wasi
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

// What a toolchain adds by itself; the loader never touches these.
const ignored = new Set([
  'memory', '_initialize', '__indirect_function_table', '__errno_location', 'stackSave', 'stackRestore', 'stackAlloc',
]);

/** The first column of the table under a heading. @param {string} text @param {string} heading */
function namesUnder(text, heading) {
  const section = text.split(new RegExp(`^## ${heading.replace('.', '\\.')}$`, 'm'))[1]?.split(/^## /m)[0];
  if (section === undefined) throw new Error(`wasm/ABI.md has no section "${heading}"`);
  return [...section.matchAll(/^\| `(\w+)` \|/gm)].map((match) => match[1]).sort();
}

const document = readFileSync(join(import.meta.dirname, '../wasm/ABI.md'), 'utf8');
const modules = [
  { name: 'perly_core.wasm', imports: namesUnder(document, 'Imports'), exports: namesUnder(document, 'Exports') },
  // Made of the objects of scoring alone: what of another folder were needed would be an import.
  { name: 'perly_score.wasm', imports: [], exports: namesUnder(document, 'perly_score.wasm') },
];
let differences = 0;

/** @param {string} what @param {string[]} got @param {string[]} want */
function compare(what, got, want) {
  for (const name of got.filter((name) => !want.includes(name))) {
    console.error(`${what}: ${name} is in the module and not in wasm/ABI.md`);
    differences++;
  }
  for (const name of want.filter((name) => !got.includes(name))) {
    console.error(`${what}: ${name} is in wasm/ABI.md and not in the module`);
    differences++;
  }
}

for (const folder of process.argv.slice(2)) {
  for (const { name, imports, exports } of modules) {
    const file = join(folder, 'wasm', name);
    const module = new WebAssembly.Module(readFileSync(file));
    const found = WebAssembly.Module.imports(module);
    compare(`${file} imports`, found.map(({ module, name }) => (module === 'perly_host' ? name : `${module}.${name}`)), imports);
    const given = WebAssembly.Module.exports(module).map(({ name }) => name).filter((name) => !ignored.has(name));
    compare(`${file} exports`, given, exports);
  }
}
process.exit(differences === 0 ? 0 : 1);
