// Ours against JavaScript's engines on random programs of standard CEL: the same value, or an error on both sides. Where
// they differ, the smallest part that differs is looked for, and must be a known difference (known_differences.mjs).
//
//     node tests/cel/differential.mjs [programs a set of variables, 2000] [seed] [differences shown, 10]
import { argv, exit } from 'node:process';
import { KNOWN } from './known_differences.mjs';
import { engines } from './peers.mjs';
import { program, randomOf, VARIABLES } from './random_programs.mjs';

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

const all = engines(VARIABLES);
const peers = Object.keys(all).filter((name) => name !== 'ours');
const same = (/** @type {string} */ a, /** @type {string} */ b) => a === b || (a[0] === '!' && b[0] === '!');

/** A program's parts that can stand alone, itself first. @param {import('./random_programs.mjs').Program} whole */
function parts(whole) {
  const list = whole.open ? [] : [whole];
  for (const child of whole.children) list.push(...parts(child));
  return list;
}

/** What is below, whatever it uses: the body of a comprehension differs, but cannot be asked alone.
 * @param {import('./random_programs.mjs').Program} whole @returns {import('./random_programs.mjs').Program[]} */
const bodies = (whole) => whole.children.flatMap((child) => [child, ...bodies(child)]);

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
    // The smallest: the first part all of whose own parts agree.
    const candidates = different.map((whole) => parts(whole));
    const flat = candidates.flat().map(({ text }) => text);
    const [ourPart, theirPart] = [all.ours(flat, literals), all[peer](flat, literals)];
    const answerOf = new Map(flat.map((text, i) => [text, [ourPart[i], theirPart[i]]]));
    for (const list of candidates) {
      const differing = list.filter(({ text }) => !same(...(/** @type {[string, string]} */ (answerOf.get(text)))));
      const smallest = differing.reduce((least, part) => (part.text.length <= least.text.length ? part : least));
      const [our, their] = /** @type {[string, string]} */ (answerOf.get(smallest.text));
      const inside = [smallest, ...(smallest.rule.includes('@') ? bodies(smallest) : [])];
      const found = KNOWN.find((known) => known.peer === peer && inside.some((part) => known.is({ ...part, our, their })));
      if (found) used.set(found, (used.get(found) ?? 0) + 1);
      else unknown.push(`${peer}: ${smallest.text}\n    rule ${smallest.rule}\n    ours ${our}, theirs ${their}`);
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
