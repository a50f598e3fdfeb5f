// Where ours differs from JavaScript's engines, and why ours is right: by CEL's specification, or where it is silent by
// cel-go, whose behaviour the conformance suite records. An entry whose example no longer differs fails the test.

/**
 * @typedef {import('./random_programs.mjs').Program & {our: string, their: string}} Part the smallest part that differs
 * @typedef {{peer: string, why: string, example: string, is: (part: Part) => boolean}} Known
 */

/** @param {import('./random_programs.mjs').Program} part @param {string} rule @returns {boolean} */
const uses = (part, rule) => part.rule === rule || part.children.some((child) => uses(child, rule));
const lacks = (/** @type {Part} */ { our, their }) => our[0] !== '!' && their === '!';
const both = (/** @type {Part} */ { our, their }) => our[0] !== '!' && their[0] !== '!';

const TEXT_OF_TIME = ['string($t)', 'string($r)', 'timestamp(string($t))', 'duration(string($r))'];

/** @type {Known[]} */
export const KNOWN = [
  {
    peer: 'bufbuild', why: 'a fraction of a second is printed in groups of three digits, as protobuf JSON has it; cel-go prints the shortest',
    example: "string(duration('-1.5s'))", is: (part) => /^string\(\$[rt]\)$/.test(part.rule) && both(part),
  },
  {
    peer: 'bufbuild', why: 'the largest uint divided by 1 is an error; it fits',
    example: '18446744073709551615u / 1u', is: (part) => part.rule === '$u / $u' && lacks(part),
  },
  {
    peer: 'bufbuild', why: '-0.0 becomes the text "0"; cel-go writes "-0"',
    example: 'string(-0.0)', is: (part) => uses(part, 'string($d)') || uses(part, 'double(string($d))'),
  },
  {
    peer: 'bufbuild', why: 'before 1970 a part of a second counts forwards: the parts of such a time are those of the next second',
    example: "(timestamp('1970-01-01T00:00:00Z') - duration('0.000001s')).getFullYear()",
    is: (part) => part.rule.startsWith('$t.get') && both(part) && (uses(part, '$t - $r') || uses(part, '$t + $r') || uses(part, '$r + $t')),
  },
  {
    peer: 'bufbuild', why: 'the years 1 to 99 are taken for 1901 to 1999', example: "timestamp('0001-01-01T00:00:00Z').getDayOfWeek()",
    is: (part) => part.rule.startsWith('$t.get') && both(part),
  },
  {
    peer: 'bufbuild', why: 'two signs cancel out before the first overflows; the specification says error',
    example: '-(-(vj - 9223372036854775805))', is: (part) => part.rule === '-($i)' && part.our === '!overflow',
  },
  {
    peer: 'bufbuild', why: 'types are not checked: the variable of an empty list may have two types; cel-go refuses that',
    example: '[].map(e, e > e, e / e)', is: (part) => part.our === '!overload' && part.text.includes('[]'),
  },
  {
    peer: 'marcbachmann', why: 'no string() of timestamps and durations',
    example: "string(timestamp('2024-02-29T23:59:59Z'))", 
    is: (part) => TEXT_OF_TIME.some((rule) => uses(part, rule)) && lacks(part),
  },
  { peer: 'marcbachmann', why: 'no int() of a uint', example: 'int(3u)', is: (part) => uses(part, 'int($u)') && lacks(part) },
  {
    peer: 'marcbachmann', why: 'no int() of a timestamp', example: "int(timestamp('2024-02-29T23:59:59Z'))",
    is: (part) => uses(part, 'int($t)') && lacks(part),
  },
  {
    peer: 'marcbachmann', why: 'timestamps beyond the year 9999 and durations beyond 64 bits of nanoseconds are no error; in cel-go they are',
    example: "timestamp('9999-12-31T23:59:59Z') + duration('1h')",
    is: (part) => /^\$[tr] [+-] \$[tr]$/.test(part.rule) && part.our === '!range',
  },
  {
    peer: 'marcbachmann', why: 'the smallest int negated or divided by -1 gives a number beyond 64 bits; the specification says error',
    example: '-(vj - 9223372036854775805)', is: (part) => ['-($i)', '$i / $i'].includes(part.rule) && part.our === '!overflow',
  },
  {
    peer: 'marcbachmann', why: 'an int is compared with a double exactly; the conformance suite wants the int as a double',
    example: 'dyn(9223372036854775806) < dyn(9223372036854775808.0)', is: (part) => part.rule === 'dyn($i) < dyn($d)' && both(part),
  },
  { peer: 'marcbachmann', why: 'bytes have no order', example: "b'a' < b'b'", is: (part) => uses(part, '$y < $y') && lacks(part) },
  {
    peer: 'marcbachmann', why: 'int() of a double beyond 64 bits gives a number; the specification says error',
    example: 'int(1e300)', is: (part) => part.rule === 'int($d)' && part.our === '!range',
  },
  {
    peer: 'marcbachmann', why: 'uint() of a negative double gives a number; the specification says error',
    example: 'uint(-0.1)', is: (part) => part.rule === 'uint($d)' && part.our === '!range',
  },
  {
    peer: 'marcbachmann', why: '-0.0 becomes the text "0"; cel-go writes "-0"',
    example: 'string(-0.0)', is: (part) => (uses(part, 'string($d)') || uses(part, 'double(string($d))')) && both(part),
  },
  {
    peer: 'marcbachmann', why: 'a timestamp is a Date, of whole milliseconds', example: "timestamp('2024-02-29T23:59:59Z') + duration('0.000001s')",
    is: (part) => part.type === 't' && both(part),
  },
  {
    peer: 'marcbachmann', why: 'the fraction of a negative duration is counted forwards', example: "duration('1h') + duration('-1.5s')",
    is: (part) => (/^\$r [+-] \$r$/.test(part.rule) || part.rule.startsWith('$r.get')) && both(part),
  },
  {
    peer: 'marcbachmann', why: 'the difference of two timestamps is counted as a double, so its last nanoseconds are wrong',
    example: "timestamp('1969-12-31T23:00:00Z') - timestamp('2024-02-29T23:59:58.499Z')",
    is: (part) => part.rule === '$t - $t' && both(part),
  },
  {
    peer: 'marcbachmann', why: 'the sum of a duration and a timestamp has the type of the duration', example: "(duration('1h') + timestamp('2024-02-29T23:59:59Z')).getHours()",
    is: (part) => uses(part, '$r + $t'),
  },
  {
    peer: 'marcbachmann', why: 'an empty list has elements of no type; in cel-go they have any', example: '[].filter(e, e > 1)',
    is: (part) => part.text.includes('[]'),
  },
];
