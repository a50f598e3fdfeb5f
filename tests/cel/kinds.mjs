// The kind of error behind each message that the suite expects. Two messages stand for more than one, because the
// suite's runner does not compare messages: its section `logic` writes "no matching overload" where the
// implementation it comes from reports the division by zero that was not absorbed, and "invalid_argument" stands
// for an index beyond the end as well as for one that is no whole number. Of these the tests are listed.

/** @type {[RegExp, string][]} */
const KINDS = [
  [/^undeclared reference to/, 'undeclared'],
  [/^unbound function$/, 'undeclared'],
  [/^unknown variable$/, 'undeclared'],
  [/^no such overload$/, 'overload'],
  [/^no_such_overload$/, 'overload'],
  [/^found no matching overload for/, 'overload'],
  [/^no matching overload$/, 'overload'],
  [/^type '.*' does not support field selection$/, 'overload'],
  [/^range error$/, 'range'],
  [/^range$/, 'range'],
  [/^invalid UTF-8$/, 'conversion'],
  [/^Type conversion error$/, 'conversion'],
  [/^no such key(: 'name')?$/, 'key'],
  [/^unsupported key type$/, 'key'],
  [/^Failed with repeated key$/, 'key'],
  [/^modulus by zero$/, 'division'],
  [/^divi(de|sion) by zero$/, 'division'],
  [/^foo$/, 'division'], // the suite's smallest error: 1 / 0
  [/^return error for overflow$/, 'overflow'],
  [/^overflow$/, 'overflow'],
  [/^invalid_argument$/, 'index'],
  [/^negative offset$/, 'argument'],
  [/^could not parse formatting clause/, 'argument'],
  [/^error during formatting/, 'argument'],
  [/^index \d+ out of range$/, 'index'],
  [/^index out of range: -?\d+$/, 'index'],
  [/^invalid substring range\./, 'range'],
];

/** Tests whose message is that of another kind. @type {Record<string, string>} */
const APART = {
  'logic/AND/error_right': 'division',
  'logic/AND/error_left': 'division',
  'logic/OR/error_right': 'division',
  'logic/OR/error_left': 'division',
  'lists/index/zero_based_double_error': 'argument',
  'lists/index/bad_index_type': 'argument',
  'lists/index/bad_index_type_or_false': 'argument',
  'lists/index/bad_index_type_and_true': 'argument',
};

/** @param {string} message @param {string} test @returns {string | undefined} the kind that is right; none when the message is not known */
export function kindOf(message, test) {
  return APART[test] ?? KINDS.find(([pattern]) => pattern.test(message))?.[1];
}

/** @param {Set<string>} tests the names of all that run @returns {string[]} names in the list that are none */
export const deadNames = (tests) => Object.keys(APART).filter((name) => !tests.has(name));

/** @param {Set<string>} messages all that are expected @returns {string[]} rows of the table that none of them needs */
export function deadRows(messages) {
  const used = new Set([...messages].map((message) => KINDS.find(([pattern]) => pattern.test(message))));
  return KINDS.filter((row) => !used.has(row)).map(([pattern]) => String(pattern));
}
