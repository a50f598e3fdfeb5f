// Compares the imports and exports of the wasm builds, names and types, with the tables of wasm/ABI.md, line by line,
// and refuses an i64 among them. The linkers allow undefined symbols, since ports are undefined by nature, so this is
// what notices a stray one.
//
//     node toolchain/check_abi.mjs build/emscripten build/wasi
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { signaturesOf } from './wasm_signatures.mjs';

// What a toolchain adds by itself; the loader never touches these.
const ignored = new Set([
  'memory', '_initialize', '__indirect_function_table', '__errno_location', 'stackSave', 'stackRestore', 'stackAlloc',
]);

/** Name and type of each row of the table under a heading: `call i32` is `i32`. @param {string} text @param {string} heading */
function functionsUnder(text, heading) {
  const section = text.split(new RegExp(`^## ${heading.replace('.', '\\.')}$`, 'm'))[1]?.split(/^## /m)[0];
  if (section === undefined) throw new Error(`wasm/ABI.md has no section "${heading}"`);
  const rows = section.matchAll(/^\| `(\w+)` \| `\(([^)]*)\)([^`]*)` \|/gm);
  return [...rows].map(([, name, from, to]) => `${name}(${from.replaceAll(/\w+ (\w+)/g, '$1')})${to}`).sort();
}

const document = readFileSync(join(import.meta.dirname, '../wasm/ABI.md'), 'utf8');
const modules = [
  { name: 'perly_core.wasm', imports: functionsUnder(document, 'Imports'), exports: functionsUnder(document, 'Exports') },
  // Made of the objects of scoring alone: what of another folder were needed would be an import.
  { name: 'perly_score.wasm', imports: [], exports: functionsUnder(document, 'perly_score.wasm') },
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
    const found = signaturesOf(readFileSync(file));
    const asked = found.imports.map(({ module, name, type }) => `${module === 'perly_host' ? '' : `${module}.`}${name}${type}`);
    compare(`${file} imports`, asked, imports);
    const given = found.exports.filter(({ name }) => !ignored.has(name)).map(({ name, type }) => `${name}${type}`);
    compare(`${file} exports`, given, exports);
    for (const one of [...asked, ...given].filter((one) => one.includes('i64'))) {
      console.error(`${file}: ${one}: JavaScript has no i64 that is a number`);
      differences++;
    }
  }
}
process.exit(differences === 0 ? 0 : 1);
