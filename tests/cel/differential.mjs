// Ours against JavaScript's engines on random programs of standard CEL: the same value, or an error on both sides. Where
// they differ, the smallest part that differs is looked for, and must be a known difference (known_differences.mjs).
//
//     node tests/cel/differential.mjs [programs a set of variables, 2000] [seed] [differences shown, 10]
import { argv, exit } from 'node:process';
import { KNOWN } from './known_differences.mjs';
import { engines } from './peers.mjs';
import { loopVariables, program, randomOf, VARIABLES } from './random_programs.mjs';

const count = Number(argv[2] ?? 2000);
const seed = Number(argv[3] ?? 20260601);
const DEPTH = 4;

/** Values of the variables, as literals. */
const SETS = [
  { vb: 'true', vi: '5', vj: '-3', vu: '2u', vd: '0.5', vs: "'Ærø'", vp: "'a'", vy: "b'ab'", vt: "timestamp('2026-11-24T08:30:15Z')",
    vr: "duration('90m')", vl: '[3, 1, 2]', vL: "['a', 'bb']", vm: "{'a': 1, 'b': 2}" },
  { vb: 'false', vi: '9223372036854775807', vj: '0', vu: '18446744073709551615u', vd: '-1e308', vs: "''", vp: "'😀x'", vy: "b'\\xff'",
    vt: "timestamp('0001-01-01T00:00:00Z')", vr: "duration('-1h')", vl: '[0]', vL: "['é']", vm: "{'a': -1}" },
  { vb: 'true', vi: '-9223372036854775808', vj: '2', vu: '0u', vd: '0.1', vs: "'abcabc'", vp: "'b'", vy: "b'\\x00z'",
    vt: "timestamp('9999-12-31T23:59:59Z')", vr: "duration('0.001s')", vl: '[-5, 7, 7, 1]', vL: "['abc', 'b', 'c']", vm: "{'b': 4}" },
];

const all = engines({ ...VARIABLES, ...Object.fromEntries(loopVariables(DEPTH).map((name) => [name, ['i', 'int']])) });
const peers = Object.keys(all).filter((name) => name !== 'ours');
const same = (/** @type {string} */ a, /** @type {string} */ b) => a === b || (a[0] === '!' && b[0] === '!');

/** @typedef {import('./random_programs.mjs').Program} Program */
/** @typedef {Record<string, string>} Literals */

/** Both answers to each text. @param {string} peer @param {string[]} texts @param {Literals} literals @returns {Map<string, [string, string]>} */
function ask(peer, texts, literals) {
  const [our, their] = [all.ours(texts, literals), all[peer](texts, literals)];
  return new Map(texts.map((text, i) => [text, [our[i], their[i]]]));
}

/** A program's parts whose variables all have a value, itself first. @param {Program} whole @param {Literals} literals @returns {Program[]} */
const parts = (whole, literals) =>
  [...(whole.free.every((name) => name in literals) ? [whole] : []), ...whole.children.flatMap((child) => parts(child, literals))];

/** @param {Program} whole @returns {Program[]} */
const below = (whole) => whole.children.flatMap((child) => [child, ...below(child)]);

/**
 * The smallest part that differs: all of its own parts agree. In a comprehension the body is asked with each of the list's
 * elements for its variable.
 * @param {string} peer @param {Program} whole @param {Literals} literals @param {Map<string, [string, string]>} answers of its parts
 * @returns {import('./known_differences.mjs').Part}
 */
function smallestOf(peer, whole, literals, answers) {
  const of = (/** @type {Program} */ part) => /** @type {[string, string]} */ (answers.get(part.text));
  const smallest = parts(whole, literals).filter((part) => !same(...of(part))).reduce((least, part) => (part.text.length <= least.text.length ? part : least));
  const { binds, children } = smallest;
  if (binds) {
    const elements = [...of(children[0])[0].matchAll(/i(-?\d+);/g)].map(([, value]) => value);
    for (const element of new Set(elements.length ? elements : ['0'])) {
      const inside = { ...literals, [binds]: element };
      for (const body of children.filter(({ free }) => free.includes(binds))) {
        const found = ask(peer, parts(body, inside).map(({ text }) => text), inside);
        if (!same(.../** @type {[string, string]} */ (found.get(body.text)))) return smallestOf(peer, body, inside, found);
      }
    }
  }
  const [our, their] = of(smallest);
  const unseen = below(smallest).filter(({ text }) => (answers.get(text)?.[0] ?? '!')[0] === '!');
  return { ...smallest, our, their, inputs: children.map((child) => answers.get(child.text)?.[0] ?? ''), unseen };
}

const tally = { programs: 0, values: 0, errors: 0 };
/** @type {Map<any, number>} */
const used = new Map(KNOWN.map((known) => [known, 0]));
/** @type {string[]} */
const unknown = [];
const random = randomOf(seed);
const types = Object.keys({ b: 1, i: 1, u: 1, d: 1, s: 1, y: 1, t: 1, r: 1, l: 1, L: 1, m: 1 });
for (const literals of SETS) {
  const programs = Array.from({ length: count }, () => program(random, types[random.below(types.length)], DEPTH));
  const texts = programs.map(({ text }) => text);
  const given = all.ours(texts, literals);
  tally.programs += count;
  tally.errors += given.filter((answer) => answer[0] === '!').length;
  for (const peer of peers) {
    const theirs = all[peer](texts, literals);
    const different = programs.filter((_, i) => !same(given[i], theirs[i]));
    const answers = ask(peer, different.flatMap((whole) => parts(whole, literals)).map(({ text }) => text), literals);
    for (const whole of different) {
      const part = smallestOf(peer, whole, literals, answers);
      const found = KNOWN.find((known) => known.peer === peer && known.is(part));
      if (found) used.set(found, (used.get(found) ?? 0) + 1);
      else unknown.push(`${peer}: ${part.text}\n    rule ${part.rule} of ${part.inputs.join(' ')}\n    ours ${part.our}, theirs ${part.their}`);
    }
  }
}

console.log(`${tally.programs} programs (${tally.errors} of them errors) against ${peers.join(', ')}, seed ${seed}`);
for (const [known, times] of used) console.log(`  ${known.peer}: ${known.why} (${times} times)`);
// An entry is needed as long as its example differs.
for (const { peer, example } of KNOWN) {
  const [[our], [their]] = [all.ours([example], SETS[0]), all[peer]([example], SETS[0])];
  if (same(our, their)) unknown.push(`${peer}: the example ${example} no longer differs: ${our}`);
}
for (const text of unknown.slice(0, Number(argv[4] ?? 10))) console.log(`  ${text}`);
console.log(`${unknown.length} differences that are not known`);
exit(unknown.length > 0 ? 1 : 0);
