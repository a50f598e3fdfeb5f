// Rules about the code itself: what may include what, how long a file or a function may be, which calls the core
// never makes, that it has no variable of its own, and that the format is the formatter's.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const FILE_LINES_MAX = 700;
const FUNCTION_LINES_MAX = 70;
const TEST_LINES_MAX = 100;

// A folder of the core includes from itself and from those above it in this list (ARCHITECTURE, "Map").
const folders = [
  'base', 'csv', 'json', 'row', 'cel', 'map', 'config', 'snapshot', 'score', 'rules', 'job', 'store', 'salesforce',
  'sync/run', 'sync/plan', 'sync/pull', 'sync/upkeep', 'sync/score', 'sync/act', 'sync/admin', 'sync',
];

const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((file) => file !== '' && existsSync(join(root, file)));
// The peers of the benchmarks are other people's taste, taken over unchanged.
const inC = files.filter((file) => /\.[ch]$/.test(file) && !file.startsWith('tests/bench/peers/'));
const core = inC.filter((file) => file.startsWith('core/'));
/** @param {string} file */
const read = (file) => readFileSync(join(root, file), 'utf8');

/** Comments and texts blanked, lines kept. @param {string} text */
function codeOf(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'/g, (match) =>
    match.replace(/[^\n]/g, ' '),
  );
}

test('a folder of the core includes only from those above it', () => {
  const wrong = [];
  for (const file of core) {
    const folder = dirname(file).slice('core/'.length);
    if (folder.startsWith('include')) continue;
    const own = folders.indexOf(folder);
    assert.notEqual(own, -1, `core/${folder} is not in the list of folders`);
    for (const [, other, header] of read(file).matchAll(/^#include "([\w/]+)\/([\w.]+)"/gm)) {
      if (other === 'perly') continue;
      const at = folders.indexOf(other);
      if (at === -1 || at > own) wrong.push(`${file} includes ${other}/${header}`);
      if (header === 'internal.h' && other !== folder) wrong.push(`${file} includes the inside of ${other}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('perly_score.wasm has the texts of all errors that scoring raises', () => {
  const list = /set\(PERLY_SCORE_SOURCES\n([^)]+)\)/.exec(read('core/CMakeLists.txt'))?.[1] ?? '';
  const sources = list.trim().split(/\s+/).map((file) => `core/${file}`);
  const codes = [...read('core/base/error_codes.def').matchAll(/^ERROR_CODE\((\w+)/gm)].map(([, name]) => name);
  const [before, first, last] = [...read('core/score/errors.c').matchAll(/[<>]= ERROR_(\w+)/g)].map(([, name]) => codes.indexOf(name));
  assert.ok(sources.length > 100 && codes.length > 100 && 0 < before && before < first && first < last);
  const wrong = sources.flatMap((file) =>
    [...new Set([...codeOf(read(file)).matchAll(/\bERROR_([A-Z]\w+)/g)].map(([, name]) => name))]
      .filter((name) => codes.includes(name) && codes.indexOf(name) > before && !(codes.indexOf(name) >= first && codes.indexOf(name) <= last))
      .map((name) => `${file}: ERROR_${name}`),
  );
  assert.deepEqual(wrong, []);
});

test('hosts include only the public headers of the core', () => {
  const wrong = inC
    .filter((file) => /^(host-native|wasm)\//.test(file))
    .flatMap((file) => [...read(file).matchAll(/^#include "([\w/]+)\/[\w.]+"/gm)].map(([line, folder]) => ({ file, line, folder })))
    .filter(({ folder }) => folders.includes(folder))
    .map(({ file, line }) => `${file}: ${line}`);
  assert.deepEqual(wrong, []);
});

test('files and functions are short enough to read', () => {
  const wrong = [];
  for (const file of inC) {
    const lines = codeOf(read(file)).split('\n');
    if (lines.length > FILE_LINES_MAX) wrong.push(`${file}: ${lines.length} lines`);
    let start = -1;
    for (const [i, line] of lines.entries()) {
      if (line.startsWith('{')) start = /[)\w]\s*$/.test(lines[i - 1] ?? '') && !/=\s*$/.test(lines[i - 1] ?? '') ? i : -1;
      if (line.startsWith('}') && start >= 0) {
        // Texts and tables inside a function are data: lines without a name on them do not count.
        const length = lines.slice(start, i).filter((code) => /[a-z]/.test(code)).length;
        const limit = file.startsWith('tests/') ? TEST_LINES_MAX : FUNCTION_LINES_MAX;
        if (length > limit) wrong.push(`${file}:${start + 1}: a function of ${length} lines`);
        start = -1;
      }
    }
  }
  assert.deepEqual(wrong, []);
});

// What nm does not see, below: macros and functions that a compiler makes instructions of.
test('the core has one kind of floating-point number, and no header of what it never calls', () => {
  // The shim declares what it takes from cJSON's view of the C library.
  const wrong = core.filter((file) => file !== 'core/json/cjson_shim.h').flatMap((file) => [
    ...codeOf(read(file)).split('\n').flatMap((line, i) => (/\b(float|long double)\b/.test(line) ? [`${file}:${i + 1}: ${line.trim()}`] : [])),
    ...[...read(file).matchAll(/^#include <(math|tgmath|stdio|stdlib|time|locale|errno|signal|pthread)\.h>/gm)].map(([line]) => `${file}: ${line}`),
  ]);
  assert.deepEqual(wrong, []);
});

test('the core turns a double into an integer in core/base/number.c alone', () => {
  const library = join(root, 'build/native/core/libperly_core.a');
  const code = execFileSync('objdump', ['-d', '--no-show-raw-insn', library], { encoding: 'utf8', maxBuffer: 1 << 30 });
  const found = new Map(); // object file to functions with an instruction that converts (x86-64, AArch64)
  let [object, name] = ['', ''];
  for (const line of code.split('\n')) {
    object = /^(\S+\.o):/.exec(line)?.[1] ?? object;
    name = /^[0-9a-f]+ <(.+)>:$/.exec(line)?.[1] ?? name;
    if (/\t(v?cvtt?s[ds]2u?si|fcvtz[su])/.test(line)) found.set(object, [...new Set(found.get(object)).add(name)]);
  }
  found.delete('cJSON.c.o'); // third-party: it saturates
  assert.deepEqual([...found], [['number.c.o', ['number_to_int64', 'number_to_uint64']]]);
});

test('the core asks the C library for its memory and string functions, and for nothing else', () => {
  const library = join(root, 'build/native/core/libperly_core.a');
  const symbols = execFileSync('nm', ['-g', library], { encoding: 'utf8', maxBuffer: 1 << 26 });
  const named = (/** @type {RegExp} */ kind) => new Set([...symbols.matchAll(kind)].map(([, name]) => name));
  const defined = named(/^[0-9a-f]+ [A-Z] (\S+)$/gm);
  const asked = [...named(/^\s+U (\S+)$/gm)].filter((name) => !defined.has(name));
  const allowed = /^(mem(chr|cmp|cpy|move|set)|str(chr|cmp|len|ncmp)|_GLOBAL_OFFSET_TABLE_)$/;
  assert.deepEqual(asked.filter((name) => !allowed.test(name)), []);
  assert.ok(asked.includes('memcpy') && defined.has('perly_core_new'), 'nm was read');
});

test('the public headers stay few', () => {
  const headers = core.filter((file) => /^core\/include\/.*\.h$/.test(file));
  const functions = headers.flatMap((file) => [...codeOf(read(file)).matchAll(/^\w[^;{}#=]*?\b(perly_\w+)\([^;{}]*\);/gm)].map((match) => match[1]));
  assert.ok(headers.length <= 8, headers.join(' '));
  assert.ok(functions.length <= 60, functions.join(' '));
  assert.ok(functions.includes('perly_core_new') && functions.includes('perly_http_body'), 'the headers were read');
});

test('the local Salesforce imports nothing of ours: it judges the client', () => {
  const outside = files
    .filter((file) => /^tests\/salesforce\/.*\.mjs$/.test(file))
    .flatMap((file) =>
      [...read(file).matchAll(/^\s*(?:import|export)\b[^;]*?from '([^']+)'|\bimport\('([^']+)'\)/gm)]
        .map((match) => match[1] ?? match[2])
        .filter((from) => from.startsWith('.') && !join(file, '..', from).startsWith('tests/salesforce/'))
        .map((from) => `${file}: ${from}`),
    );
  assert.deepEqual(outside, []);
  assert.ok(files.some((file) => file === 'tests/salesforce/server.mjs'), 'files were read');
});

test('node:sqlite is imported by its adapter alone', () => {
  const importing = files
    .filter((file) => /^(host-node|wasm)\/.*\.m?[jt]s$/.test(file))
    .filter((file) => /^import\b[^;]*'node:sqlite'|\bimport\('node:sqlite'\)(?!\.)/m.test(read(file)));
  assert.deepEqual(importing, ['host-node/src/sqlite.mjs']);
});

test('the core has no variables of its own', () => {
  const library = join(root, 'build/native/core/libperly_core.a');
  const symbols = execFileSync('nm', ['--defined-only', library], { encoding: 'utf8', maxBuffer: 1 << 26 });
  // cJSON's hooks take no context: the arena of the call in progress is the one exception (core/json/cjson_memory.c).
  // The others are cJSON's own: its hooks, the place of its last error, the text of its version.
  const allowed = /\b(arena_in_progress|global_error|global_hooks|version\.0)\b/;
  // Constant tables of pointers are relocated, so they lie in .data.rel.ro, which nm calls d as well: objdump tells.
  const writable = symbols.split('\n').filter((line) => /^[0-9a-f]+ [bBC] /.test(line) && !allowed.test(line));
  assert.deepEqual(writable, []);
  const sections = execFileSync('objdump', ['-t', library], { encoding: 'utf8', maxBuffer: 1 << 27 });
  const data = sections.split('\n').filter((line) => /\sO\s+\.(data|tdata)(\.(?!rel\.ro)\S*)?\s/.test(line) && !allowed.test(line));
  assert.deepEqual(data, []);
});

test('hosts know nothing of Salesforce', () => {
  // The native host's store asks its own SQLite.
  const words = (/** @type {string} */ file) => ['/services/', 'Perly_', ...(file.startsWith('host-native/') ? [] : ['SELECT '])];
  const searched = files.filter((file) => /^(host-node|host-native|wasm)\/.*\.(mjs|js|ts|c|h)$/.test(file) && !/\.test\.mjs$/.test(file));
  const wrong = searched.flatMap((file) => words(file).filter((word) => read(file).includes(word)).map((word) => `${file}: ${word}`));
  assert.ok(searched.includes('host-native/cli_view.c') && searched.includes('host-node/src/sqlite.mjs'), 'files were read');
  assert.deepEqual(wrong, []);
});

test('what is generated of the default document is in step with it', () => {
  const { status, stderr } = spawnSync(process.execPath, ['toolchain/embed_default.mjs', '--check'], { cwd: root, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
});

test('lines of prose are at most 120 characters', () => {
  const wrong = [];
  for (const file of files.filter((name) => name.endsWith('.md') && !name.startsWith('tests/bench/peers/') && name !== 'core/cel/REFERENCE.md')) {
    let output = false;
    for (const [i, line] of read(file).split('\n').entries()) {
      if (line.startsWith('```')) output = !output;
      else if (!output && !line.startsWith('|') && [...line].length > 120) wrong.push(`${file}:${i + 1}`);
    }
  }
  assert.deepEqual(wrong, []);
});

test('every header begins by saying what it is for', () => {
  const wrong = inC.filter((file) => /\.(h)$/.test(file) && !/^\/\*/.test(read(file)));
  assert.deepEqual(wrong, []);
});

test('C is formatted by .clang-format', () => {
  const run = spawnSync('clang-format', ['--dry-run', '-Werror', ...inC], { cwd: root, encoding: 'utf8' });
  const wrong = [...new Set([...(run.stderr ?? '').matchAll(/^([\w/.-]+):\d+:\d+: error/gm)].map((match) => match[1]))];
  assert.deepEqual(wrong, []);
  assert.equal(run.status, 0, run.error?.message);
});

test('nothing tells of one machine', () => {
  const wrong = files
    .filter((file) => /\.(c|h|mjs|js|ts|sh|md|json|cmake|def|html|css)$/.test(file) && !file.startsWith('tests/tidy/'))
    .filter((file) => /(^|[\s"'(=])\/(work|root|home\/\w+)\//m.test(read(file)));
  assert.deepEqual(wrong, []);
});
