// Where ours differs from JavaScript's engines, and why ours is right: by CEL's specification, or where it is silent by
// cel-go, whose behaviour the conformance suite records. An entry says exactly which answers it explains, by what the
// operands are and by what the other engine makes of them: any other difference is a new one. An entry whose example no
// longer differs fails the test.

/**
 * @typedef {import('./random_programs.mjs').Program} Program
 * @typedef {Program & {our: string, their: string, inputs: string[], unseen: Program[]}} Part the smallest part that
 *   differs; what its own parts give, on which both agree; all below it that is an error on both sides, never runs or
 *   cannot be asked alone
 * @typedef {{peer: string, why: string, example: string, is: (part: Part) => boolean}} Known
 */

const SECOND = 1000000000n;
const MILLISECOND = 1000000n;
const INT_MIN = -(2n ** 63n);
const [FIRST_SECOND, LAST_SECOND] = [-62135596800n, 253402300799n];

const failed = (/** @type {string} */ answer) => answer[0] === '!';
/** Theirs is an error where ours is a value. @param {Part} part */
const lacks = ({ our, their }) => !failed(our) && their === '!';
/** What they refuse wherever it stands is refused too where it is not reached. @param {Part} part @param {(part: Program) => boolean} test */
const refuses = (part, test) => lacks(part) && (test(part) || part.unseen.some(test));
const isRule = (/** @type {string[]} */ ...rules) => (/** @type {Program} */ { rule }) => rules.includes(rule);
/** The number of an int, uint or duration (in nanoseconds). @param {string} answer */
const whole = (answer) => BigInt(/** @type {RegExpExecArray} */ (/^[iuD](-?\d+);$/.exec(answer))[1]);
/** @param {string} answer */
const isWhole = (answer) => /^[iuD]-?\d+;$/.test(answer);
/** @param {string} answer */
const double = (answer) => Buffer.from(answer.slice(1, -1), 'hex').readDoubleBE();
/** @param {string} answer of a string */
const textOf = (answer) => answer.slice(answer.indexOf(':') + 1);
/** Whole seconds and nanoseconds of a timestamp. @param {string} answer @returns {[bigint, bigint]} */
const timeOf = (answer) => {
  const [, seconds, nanos] = /** @type {RegExpExecArray} */ (/^T(-?\d+)\.(\d+);$/.exec(answer));
  return [BigInt(seconds), BigInt(nanos)];
};
const isTime = (/** @type {string} */ answer) => /^T-?\d+\.\d+;$/.test(answer);
/** @param {string} answer of a timestamp, in nanoseconds */
const instant = (answer) => timeOf(answer)[0] * SECOND + timeOf(answer)[1];
/** @param {string} answer of a timestamp, in milliseconds */
const rounded = (answer) => timeOf(answer)[0] * 1000n + (timeOf(answer)[1] + MILLISECOND / 2n) / MILLISECOND;
const distance = (/** @type {bigint} */ a, /** @type {bigint} */ b) => (a < b ? b - a : a - b);

const ZEROS = { '-0': 'd8000000000000000;', 0: 'd0000000000000000;' };
/** -0.0 became the text "0". @param {Part} part */
const losesSign = ({ rule, our, their, inputs: [number] }) =>
  number === ZEROS['-0'] &&
  ((rule === 'string($d)' && our === 's2:-0' && their === 's1:0') || (rule === 'double(string($d))' && our === ZEROS['-0'] && their === ZEROS[0]));

/** A list that begins as `[]`, so that nothing tells the type of its elements. @param {Program} part @returns {boolean} */
const isTypeless = ({ rule, children }) =>
  rule === '[]' || (rule.startsWith('$l.') ? isTypeless(children[0]) : ['$l + $l', '$b ? $l : $l'].includes(rule) && children.some(isTypeless));
/** Such a list, or an element of it, is an operand. @param {Program} part */
const takesTypeless = ({ children }) => children.some((child) => isTypeless(child) || (child.rule === '$l[$i]' && isTypeless(child.children[0])));

/** What a Date says. @type {Record<string, (date: Date) => number>} */
const GETTERS = {
  getFullYear: (date) => date.getUTCFullYear(),
  getMonth: (date) => date.getUTCMonth(),
  getDate: (date) => date.getUTCDate(),
  getDayOfMonth: (date) => date.getUTCDate() - 1,
  getDayOfWeek: (date) => date.getUTCDay(),
  getDayOfYear: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / 86400000),
  getHours: (date) => date.getUTCHours(),
  getMinutes: (date) => date.getUTCMinutes(),
  getSeconds: (date) => date.getUTCSeconds(),
  getMilliseconds: (date) => date.getUTCMilliseconds(),
};

/** The rule's part of a time in milliseconds, in the rule's zone, as an answer.
 * @param {string} rule @param {bigint} ms @param {(date: Date) => Date} [changed] */
function partOf(rule, ms, changed = (date) => date) {
  const [, name, sign = '+', hours = '0', minutes = '0'] = /^\$t\.(\w+)\((?:'([+-])(\d+):(\d+)')?\)$/.exec(rule) ?? [];
  const offset = Number(`${sign}1`) * (Number(hours) * 60 + Number(minutes)) * 60000;
  return name in GETTERS ? `i${GETTERS[name](changed(new Date(Number(ms) + offset)))};` : undefined;
}

/** A year below 100, as Date.UTC takes it. @param {Date} date */
const inThe1900s = (date) =>
  new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate(), date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()));

/** A sum that is a timestamp, and that marcbachmann takes for a duration. @param {Program} part @returns {boolean} */
const isMistyped = ({ rule, children }) =>
  rule === '$r + $t' || (['$b ? $t : $t', '$t + $r', '$t - $r'].includes(rule) && children.some(isMistyped));

/** A duration below zero with a part of a second. @param {string} answer */
const isNegativeFraction = (answer) => answer[0] === 'D' && whole(answer) < 0n && whole(answer) % SECOND !== 0n;

/** @type {Known[]} */
export const KNOWN = [
  {
    peer: 'bufbuild', why: 'a fraction of a second is printed in groups of three digits, as protobuf JSON has it; cel-go prints the shortest',
    example: "string(duration('-1.5s'))",
    is: ({ rule, our, their }) =>
      /^string\(\$[rt]\)$/.test(rule) && !failed(their) && textOf(their).replace(/(\.\d*?)0+([sZ])$/, '$1$2') === textOf(our),
  },
  {
    peer: 'bufbuild', why: 'a uint beyond the ints divided by 1 is an error; it fits', example: '18446744073709551615u / 1u',
    is: ({ rule, our, their, inputs }) => rule === '$u / $u' && whole(inputs[0]) >= -INT_MIN && inputs[1] === 'u1;' && our === inputs[0] && their === '!',
  },
  { peer: 'bufbuild', why: '-0.0 becomes the text "0"; cel-go writes "-0"', example: 'string(-0.0)', is: losesSign },
  {
    peer: 'bufbuild', why: 'the parts of a time are those of the millisecond that it is rounded to, which may be one of the next second',
    example: "(timestamp('1970-01-01T00:00:00Z') - duration('0.000001s')).getFullYear()",
    is: ({ rule, their, inputs: [time] }) => rule.startsWith('$t.get') && instant(time) % MILLISECOND !== 0n && their === partOf(rule, rounded(time)),
  },
  {
    peer: 'bufbuild', why: 'the years 1 to 99 are taken for 1901 to 1999', example: "timestamp('0001-01-01T00:00:00Z').getDayOfWeek()",
    is: ({ rule, their, inputs: [time] }) =>
      rule.startsWith('$t.get') && timeOf(time)[0] < FIRST_SECOND + 99n * 366n * 86400n && their === partOf(rule, rounded(time), inThe1900s),
  },
  {
    peer: 'bufbuild', why: 'two signs cancel out before the first overflows; the specification says error',
    example: '-(-(vj - 9223372036854775805))',
    is: ({ rule, children, our, their }) => rule === '-($i)' && children[0].rule === '-($i)' && our === '!overflow' && their === `i${INT_MIN};`,
  },
  {
    peer: 'bufbuild', why: 'types are not checked: the variable of an empty list may have two types; cel-go refuses that',
    example: '[].map(e, e > e, e / e)', is: (part) => takesTypeless(part) && part.our === '!overload' && !failed(part.their),
  },
  {
    peer: 'marcbachmann', why: 'no string() of timestamps and durations', example: "string(timestamp('2024-02-29T23:59:59Z'))",
    is: (part) => refuses(part, isRule('string($t)', 'string($r)', 'timestamp(string($t))', 'duration(string($r))')),
  },
  { peer: 'marcbachmann', why: 'no int() of a uint', example: 'int(3u)', is: (part) => refuses(part, isRule('int($u)')) },
  {
    peer: 'marcbachmann', why: 'no int() of a timestamp', example: "int(timestamp('2024-02-29T23:59:59Z'))",
    is: (part) => refuses(part, isRule('int($t)')),
  },
  {
    peer: 'marcbachmann', why: 'timestamps beyond the year 9999 and durations beyond 64 bits of nanoseconds are no error; in cel-go they are',
    example: "timestamp('9999-12-31T23:59:59Z') + duration('1h')",
    is: ({ rule, our, their }) =>
      /^\$[tr] [+-] \$[tr]$/.test(rule) && our === '!range' &&
      (isTime(their) ? timeOf(their)[0] < FIRST_SECOND || timeOf(their)[0] > LAST_SECOND : isWhole(their) && (whole(their) < INT_MIN || whole(their) >= -INT_MIN)),
  },
  {
    peer: 'marcbachmann', why: 'the smallest int negated or divided by -1 gives a number beyond 64 bits; the specification says error',
    example: '-(vj - 9223372036854775805)',
    is: ({ rule, our, their }) => ['-($i)', '$i / $i'].includes(rule) && our === '!overflow' && their === `i${-INT_MIN};`,
  },
  {
    peer: 'marcbachmann', why: 'an int is compared with a double exactly; the conformance suite wants the int as a double',
    example: 'dyn(9223372036854775806) < dyn(9223372036854775808.0)',
    is: ({ rule, our, their, inputs }) => rule === 'dyn($i) < dyn($d)' && our === 'b0' && their === 'b1' && Number(whole(inputs[0])) === double(inputs[1]),
  },
  { peer: 'marcbachmann', why: 'bytes have no order', example: "b'a' < b'b'", is: (part) => refuses(part, isRule('$y < $y')) },
  {
    peer: 'marcbachmann', why: 'int() of a double beyond 64 bits gives a number; the specification says error', example: 'int(1e300)',
    is: ({ rule, our, their }) => rule === 'int($d)' && our === '!range' && isWhole(their) && (whole(their) <= INT_MIN || whole(their) >= -INT_MIN),
  },
  {
    peer: 'marcbachmann', why: 'uint() of a negative double gives a number; the specification says error', example: 'uint(-0.1)',
    is: ({ rule, our, their, inputs: [number] }) => rule === 'uint($d)' && our === '!range' && double(number) < 0 && isWhole(their),
  },
  { peer: 'marcbachmann', why: '-0.0 becomes the text "0"; cel-go writes "-0"', example: 'string(-0.0)', is: losesSign },
  {
    peer: 'marcbachmann', why: 'infinity is written "Inf"; the specification of format() has "Infinity"', example: 'string(-1.0 / 0.0)',
    is: ({ rule, our, their }) => rule === 'string($d)' && /^-?Infinity$/.test(textOf(our)) && textOf(their).replace('+', '') === textOf(our).replace('inity', ''),
  },
  {
    peer: 'marcbachmann', why: 'a timestamp is a Date, of whole milliseconds', example: "timestamp('2024-02-29T23:59:59Z') + duration('0.000001s')",
    is: ({ type, rule, our, their, inputs }) => {
      if (type !== 't' || !isTime(their) || instant(their) % MILLISECOND !== 0n) return false;
      // Of a time that is out of range by less than that, ours has no value.
      const exact = isTime(our) ? instant(our) : our === '!range' && rule === '$t - $r' ? instant(inputs[0]) - whole(inputs[1]) : undefined;
      return exact !== undefined && exact % MILLISECOND !== 0n && distance(exact, instant(their)) < MILLISECOND;
    },
  },
  {
    peer: 'marcbachmann', why: 'the fraction of a negative duration is counted forwards', example: "duration('1h') + duration('-1.5s')",
    is: ({ rule, our, their, inputs }) =>
      (/^\$r [+-] \$r$/.test(rule) || rule.startsWith('$r.get')) && [our, ...inputs].some(isNegativeFraction) && isWhole(our) && isWhole(their) &&
      distance(whole(our), whole(their)) <= (rule.startsWith('$r.get') ? 1n : 2n * SECOND),
  },
  {
    peer: 'marcbachmann', why: 'and two such durations are not equal, since each may be written in two ways',
    example: "duration('-1.5s') == duration('-1.5s') - (duration('0.000001s') - duration('0.000001s'))",
    is: ({ rule, our, their, inputs }) =>
      rule === '$r == $r' && inputs[0] === inputs[1] && isNegativeFraction(inputs[0]) && our === 'b1' && their === 'b0',
  },
  {
    peer: 'marcbachmann', why: 'the difference of two timestamps is counted as a double, so its last nanoseconds are wrong',
    example: "timestamp('1969-12-31T23:00:00Z') - timestamp('2024-02-29T23:59:58.499Z')",
    is: ({ rule, our, their }) => rule === '$t - $t' && isWhole(our) && isWhole(their) && Number(distance(whole(our), whole(their))) <= Math.abs(Number(whole(our))) * 2 ** -52,
  },
  {
    peer: 'marcbachmann', why: 'the sum of a duration and a timestamp has the type of the duration', example: "(duration('1h') + timestamp('2024-02-29T23:59:59Z')).getHours()",
    is: (part) => part.children.some(isMistyped) || refuses(part, ({ children }) => children.some(isMistyped)),
  },
  {
    peer: 'marcbachmann', why: 'an empty list has elements of no type; in cel-go they have any', example: '[].filter(e, e > 1)',
    is: (part) => refuses(part, takesTypeless),
  },
  {
    peer: 'marcbachmann', why: 'and string() leaves them as they are', example: '([] + vl).map(e, string(e))',
    is: (part) => takesTypeless(part) && part.rule === '$l.map(@, string(@))' && part.their === part.inputs[0],
  },
  {
    peer: 'marcbachmann', why: 'and such an element may have two types; cel-go refuses that', example: '[].map(e, uint(e) == 12u, e + (4294967296 - e))',
    is: (part) => takesTypeless(part) && part.our === '!overload' && !failed(part.their),
  },
];
