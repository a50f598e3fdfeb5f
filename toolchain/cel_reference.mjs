// The reference page of the expression language and the editor's completion list, from the tables that the engine
// itself is made of.
//
//     node toolchain/cel_reference.mjs [--check]
//
// Writes core/cel/REFERENCE.md and core/cel/completions.json; with --check only compares, and ends with 1 when they
// are not what the tables say.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { argv, exit } from 'node:process';

const folder = join(import.meta.dirname, '../core/cel');

/**
 * The calls of X-macros in a .def file: the macro, and its arguments as texts.
 * @param {string} file @param {string} macros names between bars @returns {string[][]}
 */
function table(file, macros) {
  const text = readFileSync(join(folder, file), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
  const call = new RegExp(`^(${macros})\\(((?:[^()"]|"(?:\\\\.|[^"\\\\])*")*)\\)`, 'gm');
  return [...text.matchAll(call)].map(([, macro, inner]) => [macro, ...split(inner)]);
}

/** Arguments between commas; neighbouring string literals are joined, as C does. @param {string} inner */
function split(inner) {
  const parts = [];
  let current = '';
  for (const [token, quoted, comma] of inner.matchAll(/("(?:\\.|[^"\\])*")|(,)|[^",\s]+/g)) {
    if (comma) {
      parts.push(current);
      current = '';
    } else current += quoted ? JSON.parse(quoted) : token;
  }
  return [...parts, current];
}

const LETTERS = {
  b: 'bool', i: 'int', u: 'uint', d: 'double', s: 'string', y: 'bytes', n: 'null', t: 'timestamp', r: 'duration',
  N: 'number', '*': 'dyn', A: 'A', C: 'C',
};

/** @param {string} signature @returns {{parameters: string[], result: string}} */
function read(signature) {
  let at = 0;
  /** @returns {string} */
  const type = () => {
    const letter = signature[at++];
    if (letter === 'l') return `list(${type()})`;
    if (letter === 'o') return `optional(${type()})`;
    if (letter === 'T') return `type(${type()})`;
    if (letter === 'm') return `map(${type()}, ${type()})`;
    return LETTERS[/** @type {keyof typeof LETTERS} */ (letter)];
  };
  const parameters = [];
  while (signature[at] !== '>') {
    parameters.push(type());
    if (signature[at] === '+') {
      at += 1;
      parameters.push('...');
    }
  }
  at += 1;
  return { parameters, result: type() };
}

/** @param {string} name @param {string} style @param {string} signature */
function shown(name, style, signature) {
  const { parameters, result } = read(signature);
  const written = /^[_@!-]/.test(name) ? operator(name, parameters) : call(name, style, parameters);
  return `${written} -> ${result}`;
}

/** @param {string} name @param {string} style @param {string[]} parameters */
function call(name, style, parameters) {
  if (style !== 'MEMBER') return `${name}(${parameters.join(', ')})`;
  return `${parameters[0]}.${name}(${parameters.slice(1).join(', ')})`;
}

/** @param {string} name @param {string[]} parameters */
function operator(name, parameters) {
  if (name === '@in') return `${parameters[0]} in ${parameters[1]}`;
  let next = 0;
  return name.replace(/_/g, () => ` ${parameters[next++]} `).replace(/\s+/g, ' ').trim();
}

/** @typedef {{text: string, result: string}} Example */
/** @type {{name: string, style: string, doc: string, signatures: string[], examples: Example[]}[]} */
const functions = [];
for (const [macro, first, second, third] of table('functions.def', 'FUNCTION|OVERLOAD|EXAMPLE')) {
  const last = /** @type {typeof functions[0]} */ (functions.at(-1));
  if (macro === 'FUNCTION') functions.push({ name: first, style: second, doc: third, signatures: [], examples: [] });
  else if (macro === 'OVERLOAD') last.signatures.push(shown(last.name, last.style, third));
  else last.examples.push({ text: first, result: second });
}
/** What a macro's last argument is; an expression where nothing is said. */
const LAST = {
  all: 'condition', exists: 'condition', exists_one: 'condition', existsOne: 'condition', filter: 'condition', sortBy: 'key',
  transformMapEntry: 'map', optFlatMap: 'optional',
};
/** How the macros that are no loops are written. */
const WRITTEN = {
  HAS: 'has(object.field)', BIND: 'cel.bind(name, value, expression)', BLOCK: 'cel.block(list, expression)',
  INDEX: 'cel.index(n)', ITER: 'cel.iterVar(depth, n)',
};

/** @param {string} name @param {string} shape @param {number} minimum @param {number} maximum */
function usages(name, shape, minimum, maximum) {
  if (shape in WRITTEN) return [WRITTEN[/** @type {keyof typeof WRITTEN} */ (shape)]];
  const variables = shape === 'LOOP2' ? ['i', 'x'] : ['x'];
  const last = LAST[/** @type {keyof typeof LAST} */ (name)] ?? 'expression';
  const target = name.startsWith('opt') ? 'optional' : name.endsWith('Map') || name.endsWith('Entry') ? 'map' : 'list';
  return [minimum, ...(maximum > minimum ? [maximum] : [])].map((count) => {
    const between = count - variables.length > 1 ? ['condition'] : [];
    return `${target}.${name}(${[...variables, ...between, last].join(', ')})`;
  });
}

const macros = table('macros.def', 'MACRO').map(([, name, member, minimum, maximum, shape, , doc, text, result]) => ({
  name: ['BIND', 'BLOCK', 'INDEX', 'ITER'].includes(shape) ? `cel.${name}` : name,
  member: member === '1', doc, examples: [{ text, result }], signatures: usages(name, shape, Number(minimum), Number(maximum)),
}));

/** @param {string} text */
const cell = (text) => text.replace(/\|/g, '\\|');
/** @param {string} text */
const code = (text) => `\`${cell(text)}\``;

const operators = functions.filter(({ name }) => /^[_@!-]/.test(name));
const named = functions.filter(({ name }) => !/^[_@!-]/.test(name));
/** Ours, beyond the standard and cel-go's extensions: what scores are made of. */
const OURS = ['avg', 'business_days', 'coalesce', 'days', 'decay', 'linear', 'max', 'min', 'percent', 'steps', 'sum'];
const scoring = named.filter(({ name }) => OURS.includes(name));
if (scoring.length !== OURS.length) throw new Error('a function for scores is gone from functions.def');
const standard = named.filter(({ name }) => !OURS.includes(name));
/** @param {{signatures: string[], doc: string, examples: Example[]}[]} list */
const rows = (list) =>
  list.map(({ signatures, doc, examples }) =>
    `| ${signatures.map(code).join('<br>')} | ${cell(doc)} | ${examples.map(({ text, result }) => `${code(text)} → ${code(result)}`).join('<br>')} |`).join('\n');

const page = `# Expressions: reference

What can be written in mappings, signals, scores and rules. \`A\` and \`C\` stand for any type, the same wherever they stand
in one line; \`number\` for int, uint and double. Every example is tested.

A field without a value is *unknown*. Unknown spreads through operators and functions; \`&&\`, \`||\` and \`?:\` give a
result without it where they can, \`has()\` is false, \`coalesce()\` takes the next, and \`sum\`, \`avg\`, \`min\` and
\`max\` leave it out.

## Macros

| macro | what it gives | examples |
| --- | --- | --- |
${rows(macros)}

## Functions for scores

Perly's own, beyond the language's standard.

| function | what it gives | examples |
| --- | --- | --- |
${rows(scoring)}

## Functions

Of the standard, and of the extensions that cel-go documents.

| function | what it gives | examples |
| --- | --- | --- |
${rows(standard)}

## Operators

| operator | what it gives | examples |
| --- | --- | --- |
${rows(operators)}

Generated by \`toolchain/cel_reference.mjs\` from \`functions.def\` and \`macros.def\`.
`;

const completions = [
  ...macros.map(({ name, member, signatures, doc, examples }) => ({ name, kind: 'macro', member, signatures, doc, example: examples[0].text })),
  ...named.map(({ name, style, signatures, doc, examples }) => ({
    name, kind: 'function', member: style !== 'GLOBAL', signatures, doc, example: examples[0].text,
  })),
];

const files = new Map([
  ['REFERENCE.md', page],
  ['completions.json', `[\n${completions.map((entry) => `  ${JSON.stringify(entry)}`).join(',\n')}\n]\n`],
]);
let stale = false;
for (const [name, text] of files) {
  if (!argv.includes('--check')) writeFileSync(join(folder, name), text);
  else if (readFileSync(join(folder, name), 'utf8') !== text) {
    console.error(`core/cel/${name} is not what the tables say: run node toolchain/cel_reference.mjs`);
    stale = true;
  }
}
exit(stale ? 1 : 0);
