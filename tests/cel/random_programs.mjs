// Random well-typed CEL programs from a seed: standard CEL alone, since other engines answer the same text. A program
// is a tree of rules, so that the smallest part on which two engines differ can be found.

/** Types by the letter that a rule names them with: b bool, i int, u uint, d double, s string, y bytes, t timestamp,
 * r duration, l list(int), L list(string), m map(string, int). */
export const VARIABLES = Object.freeze({
  vb: ['b', 'bool'], vi: ['i', 'int'], vj: ['i', 'int'], vu: ['u', 'uint'], vd: ['d', 'double'], vs: ['s', 'string'],
  vp: ['s', 'string'], vy: ['y', 'bytes'], vt: ['t', 'timestamp'], vr: ['r', 'duration'], vl: ['l', 'list(int)'],
  vL: ['L', 'list(string)'], vm: ['m', 'map(string,int)'],
});

// `$x` is a part of type x; a rule without parts is a leaf. `@` stands for a comprehension's variable, whose body may
// use it: those parts are written `$x@`.
const RULES = {
  b: [
    'true', 'false', 'vb', '$b && $b', '$b || $b', '!$b', '$b ? $b : $b', '$i == $i', '$i != $i', '$i < $i', '$i >= $i',
    '$u == $u', '$u > $u', '$d == $d', '$d <= $d', '$s == $s', '$s < $s', '$s >= $s', '$y == $y', '$y < $y', '$t < $t',
    '$t == $t', '$r <= $r', '$r == $r', '$l == $l', '$L != $L', '$m == $m', '$i in $l', '$s in $L', '$s in $m',
    '$s.contains($s)', '$s.startsWith($s)', '$s.endsWith($s)', "$s.matches('^[a-zæ]+$')", "$s.matches('(a|b)*c?')",
    'has(vm.a)', "has(vm.b)", '$l.exists(@, $b@)', '$l.all(@, $b@)', '$l.exists_one(@, $b@)', '$m.exists(k, k == $s)',
    'dyn($i) == $d', 'dyn($u) == $i', '$b == $b', 'bool(string($b))', 'type($i) == int', 'dyn($i) < dyn($d)',
    '$L.exists(t, t.contains($s))', 'vb == vb && $b',
  ],
  i: [
    '0', '1', '-1', '7', '9223372036854775807', '-9223372036854775808', '4294967296', 'vi', 'vj', '$i + $i', '$i - $i',
    '$i * $i', '$i / $i', '$i % $i', '-($i)', '$b ? $i : $i', 'size($s)', '$s.size()', 'size($y)', 'size($l)', 'size($m)',
    '$l[$i]', '$m[$s]', 'int($d)', 'int($u)', "int('12')", 'int(string($i))', 'int($t)', '$t.getFullYear()',
    '$t.getMonth()', '$t.getDate()', '$t.getDayOfMonth()', '$t.getDayOfWeek()', '$t.getDayOfYear()', '$t.getHours()',
    '$t.getMinutes()', '$t.getSeconds()', '$t.getMilliseconds()', "$t.getHours('+05:30')", "$t.getDate('-11:00')",
    '$r.getHours()', '$r.getMinutes()', '$r.getSeconds()', '[$i, $i, $i][$i]', "{'k': $i}.k",
  ],
  u: ['0u', '3u', '18446744073709551615u', 'vu', '$u + $u', '$u - $u', '$u * $u', '$u / $u', '$u % $u', 'uint($i)',
    'uint($d)', "uint('9')", '$b ? $u : $u'],
  d: ['0.0', '0.1', '-2.5', '1e300', '3.0', 'vd', '$d + $d', '$d - $d', '$d * $d', '$d / $d', '-($d)', 'double($i)',
    'double($u)', "double('1.5e3')", '$b ? $d : $d', 'double(string($d))'],
  s: ["''", "'a'", "'abc'", "'æ😀'", 'vs', 'vp', '$s + $s', '$b ? $s : $s', 'string($i)', 'string($u)', 'string($d)',
    'string($b)', 'string($t)', 'string($r)', "string(bytes($s))", '$L[$i]', "'\\u00e9\\x41\\n'", "r'\\d'"],
  y: ["b''", "b'a\\377'", 'vy', '$y + $y', 'bytes($s)', '$b ? $y : $y'],
  t: ['vt', "timestamp('2024-02-29T23:59:59.5Z')", "timestamp('1969-12-31T23:00:00-01:00')", '$t + $r', '$t - $r',
    '$b ? $t : $t', 'timestamp(string($t))', '$r + $t'],
  r: ['vr', "duration('1h30m')", "duration('-1.5s')", "duration('0.000001s')", '$r + $r', '$r - $r', '$t - $t',
    '$b ? $r : $r', 'duration(string($r))'],
  l: ['[]', '[1, 2, 3]', 'vl', '[$i, $i]', '$l + $l', '$l.filter(@, $b@)', '$l.map(@, $i@)', '$l.map(@, $b@, $i@)',
    '$b ? $l : $l', 'vL.map(t, size(t))'],
  L: ["['a', 'b']", 'vL', '[$s, $s]', '$L + $L', '$L.filter(t, t < $s)', '$l.map(@, string(@))', 'vm.map(k, k + $s)'],
  m: ['vm', "{'a': $i}", "{'a': $i, 'b': $i}", '$b ? $m : $m'],
};

/** What a comprehension's body may have besides, by its type. @type {Record<string, string[]>} */
const BODY = { b: ['@ > $i', '@ == $i', '@ % 2 == 0', '@ in $l'], i: ['@', '@ + $i', '@ * 2', '$i - @'] };

/** @typedef {{rule: string, type: string, children: Program[], text: string, free: string[], binds?: string}} Program
 * `free`: variables of comprehensions around it that are used inside. `binds`: the variable of a comprehension that it
 * is itself; the first child is the list, those in which it is free are the body. */

/** Names that comprehensions in one another give to their variables, which are ints. @param {number} depth */
export const loopVariables = (depth) => Array.from({ length: depth }, (_, i) => `e${'x'.repeat(i)}`);

/** A generator of 32-bit numbers (splitmix32). @param {number} seed */
export function randomOf(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return { next, below: (/** @type {number} */ limit) => next() % limit };
}

const isLeaf = (/** @type {string} */ rule) => !rule.includes('$');

/**
 * @param {ReturnType<typeof randomOf>} random @param {string} type @param {number} depth
 * @param {string} [bound] the variable of the comprehension around it @returns {Program}
 */
export function program(random, type, depth, bound) {
  const all = RULES[/** @type {keyof typeof RULES} */ (type)];
  const body = bound && random.below(3) > 0 ? BODY[type] : undefined;
  const fitting = depth > 0 ? (body ?? all) : (body ?? all).filter(isLeaf);
  const rules = fitting.length ? fitting : all.filter(isLeaf);
  const rule = rules[random.below(rules.length)];
  const own = /** @type {string} */ (body ? bound : bound ? `${bound}x` : 'e');
  const binds = !body && rule.includes('@') ? own : undefined;
  /** @type {Program[]} */
  const children = [];
  /** @type {Set<string>} */
  const free = new Set();
  const text = rule.replace(/\$([a-zA-Z])(@?)|@/g, (whole, letter, inner) => {
    if (whole === '@') {
      free.add(own);
      return own;
    }
    const child = program(random, letter, depth - 1, inner ? own : bound);
    children.push(child);
    for (const name of child.free) free.add(name);
    return /^[\w.']*$/.test(child.text) ? child.text : `(${child.text})`;
  });
  if (binds) free.delete(binds);
  return { rule, type, children, text, free: [...free], binds };
}
