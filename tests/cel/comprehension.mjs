// Written by hand: what each expression of the suite's `comprehension` record gives when cel-go's two-variable
// comprehensions (and its optionals, strings, lists and bindings) are on. In the order of the record; `has` guards
// against a record that changed. A value is in the letters of answer.h; '!kind' is an error.

/** @typedef {{gives: string, has?: string, with?: Record<string, [string, string]>}} Expected */

/** @type {Expected} */
const TRUE = { gives: 'b1' };
/** @param {string} kind @param {string} [has] @returns {Expected} */
const error = (kind, has) => ({ gives: `!${kind}`, has });
/** @param {number} count @returns {Expected[]} */
const trues = (count) => Array.from({ length: count }, () => TRUE);

const solo = 'm2:s11:legacy-solo' + 'l1:i1;' + 's5:other' + 'l2:i1;i2;';

/** @type {Expected[]} */
export const COMPREHENSIONS = [
  ...trues(35),
  TRUE, TRUE, TRUE, // ints: all on lists and maps
  { gives: 'b1', has: 'm.all(i, v, i < 5', with: { m: ['map(int, int)', 'm1:i1;i2;'] } },
  { gives: 'b1', has: 'm.all(k, v, k < v)', with: { m: ['map(int, int)', 'm1:i1;i2;'] } },
  ...trues(8),
  { gives: 'b1', has: 'legacy', with: { m: ['map(string, list(int))', solo] } },
  TRUE,
  { gives: 'b1', has: 'm.transformMapEntry(k, v, {v: k}) ==', with: { m: ['map(string, string)', 'm1:s1:as1:b'] } },
  error('syntax', '[].all(i, i'),
  error('syntax', '__result__, i'),
  error('syntax', 'j, __result__'),
  error('syntax', 'i.j, k'),
  error('syntax', 'j, i.k'),
  error('overload', '1.all'),
  error('syntax', 'exists(i.j'),
  error('syntax', 'exists(j, i.k'),
  error('overload', "''.exists"),
  error('syntax'),
  error('syntax'),
  error('syntax'),
  error('overload', "''.existsOne"),
  error('syntax'),
  error('syntax'),
  error('syntax'),
  error('syntax'),
  error('syntax'),
  error('syntax'),
  error('overload', 'bad filter'),
  error('overload', 'v % 2 == 0 ? [v] : v'),
  error('overload', 'transformMapEntry(k, v, [])'),
  error('key', '[1, 1]'),
  error('key', '[0, 0u]'),
  error('key', '[0, 0u]'),
  { gives: 'm2:s1:as5:WORLDs1:bs5:hello', has: 'upperAscii' },
  error('overload', 'i / 2.0'),
  { gives: 'b1', has: 'existsOne(k, v' },
  { gives: 'b1', has: 'exists(k, v' },
  { gives: 'b1', has: 'string].all' },
  { gives: 'b1', has: '.size() < y', with: { x: ['list(int)', 'l2:i5;i6;'], y: ['int', 'i3;'] } },
  { gives: 'm1:i5;i0;', has: 'i < y', with: { x: ['list(int)', 'l2:i5;i6;'], y: ['int', 'i1;'] } },
  { gives: 'b1', has: 'x.exists(val', with: { x: ['list(int)', 'l2:i5;i6;'], y: ['map(int, int)', 'm1:i6;i0;'] } },
  { gives: 'b0', has: 'x.exists(val', with: { x: ['list(int)', 'l1:i5;'], y: ['map(int, int)', 'm1:i6;i0;'] } },
  { gives: 'b1', has: 'val.startsWith', with: { x: ['list(int)', 'l1:i6;'], y: ['map(int, string)', 'm1:i6;s2:hi'] } },
  { gives: 'b1', has: 'x[2] == 2', with: { x: ['list(int)', 'l3:i4;i1;i9;'], y: ['map(int, int)', 'm0:'] } },
  { gives: 'b1', has: 'x[?1]', with: { x: ['list(int)', 'l2:i4;i1;'], y: ['map(int, int)', 'm0:'] } },
  { gives: 'b1', has: 'optional.of(val)', with: { x: ['map(int, int)', 'm1:i1;i2;'], y: ['map(int, int)', 'm1:i1;i2;'] } },
  { gives: 'b1', has: 'y[?key] == x[?key]', with: { x: ['map(int, int)', 'm1:i1;i2;'], y: ['map(int, int)', 'm1:i1;i2;'] } },
  { gives: 'i3;', has: 'z + y[1]', with: { x: ['list(int)', 'l0:'], y: ['list(int)', 'l2:i1;i2;'] } },
  { gives: 'b1', has: 'x.all(i, val', with: { x: ['list(int)', 'l2:i1;i2;'], y: ['list(int)', 'l2:i1;i2;'] } },
];
