// The suite's other files, recorded by cel-go with extensions off.
//
//     parsing         accept or reject, the tree, and the type where there is one; the wording is cel-go's own
//     checking        accept or reject, the tree, and the type
//     comprehension   the expressions alone; what cel-go's extension gives stands in comprehension.mjs
//
// Turned around: entries that fail only because optional syntax or names in back quotes are switched off there; we
// have them, and their tree and type stand in turned.mjs. Not judged: entries that fail by the recording's own limit on
// depth (32), ours being another.
//
//     node tests/cel/records.mjs [native|emscripten|wasi ...]
import { argv, exit } from 'node:process';
import { COMPREHENSIONS } from './comprehension.mjs';
import { answers, encode, utf8 } from './engine.mjs';
import { flatten, needsProtobuf, question } from './suite.mjs';
import { TURNED } from './turned.mjs';

const SWITCHED_OFF = /^ERROR: [^\n]*unsupported syntax(?: '(?:\[\?|\.\?|\?)'|: '`')\n/;
const LIMITED = /^ERROR: [^\n]*recursion/;
const load = async (/** @type {string} */ name) =>
  flatten([(await import(`@bufbuild/cel-spec/testdata/${name}.js`)).tests]).map(({ test }) => test);

/** Every mistake of the record is one of those that are turned around. @param {any} test */
const isTurned = (test) =>
  test.error && test.error.split(/(?=ERROR: )/).every((/** @type {string} */ error) => SWITCHED_OFF.test(error));

const unused = new Set(Object.keys(TURNED));

/** What stands beside an entry that is turned around. @param {any} test */
function turned(test) {
  const found = TURNED[test.original.expr];
  if (!found) throw new Error(`turned.mjs does not have ${test.original.expr}`);
  unused.delete(test.original.expr);
  return found;
}

/** @param {string} text cel-go's debug text, in our form */
function treeText(text) {
  const plain = text.replace(/\/\/ \w+\n/g, '').replace(/\^#\*expr\.(\w+)#/g, '^$1');
  return Buffer.from(plain.replace(/\s+/g, '')).toString('latin1');
}

/** @typedef {{name: string, bytes: Buffer, judge: (answer: string) => string | undefined}} Case */

/** Accept or reject, and the tree. @param {string} name @param {any} test @returns {Case} */
const treeCase = (name, test) => ({
  name: `${name} ${test.original.expr}`,
  bytes: encode(['tree', utf8(test.original.expr)]),
  judge: (answer) => {
    if (LIMITED.test(test.error)) return undefined;
    const tree = isTurned(test) ? turned(test).tree : test.ast;
    const accepted = !answer.startsWith('!syntax ');
    if (accepted !== Boolean(tree)) return `${tree ? 'is refused' : 'is accepted'}: ${answer}`;
    if (!tree) return undefined;
    const [got, want] = [answer.replace(/\s+/g, ''), treeText(tree)];
    return got === want ? undefined : `tree ${got}\n      wanted ${want}`;
  },
});

/** What every expression of the record may use. */
const standard = [
  ...Object.entries({ is: 'string', ii: 'int', iu: 'uint', iz: 'bool', id: 'double', ix: 'null', ib: 'bytes' }).flatMap(
    ([name, type]) => ['var', name, type, '-'],
  ),
  ...['fn', 'fg_s', 'global', 'string', '0', 'fn', 'fi_s_s', 'member', 'string', '1', 'string'],
];

/** The type of an entry that is turned around, or the mistake. @param {string} name @param {any} test @returns {Case} */
const turnedCase = (name, test) => ({
  name: `${name} ${test.original.expr}`,
  bytes: encode([
    ...question('type', test.original),
    ...Object.entries(turned(test).with ?? {}).flatMap(([variable, type]) => ['var', variable, type, '-']),
  ]),
  judge: (answer) => {
    const got = answer.startsWith('!') ? answer.slice(0, answer.indexOf(' ')) : answer;
    return got === turned(test).type ? undefined : `type ${answer}, wanted ${turned(test).type}`;
  },
});

/** Accept or reject, and the type. @param {string} name @param {any} test @returns {Case} */
const typeCase = (name, test) => ({
  name: `${name} ${test.original.expr}`,
  bytes: encode([...question('type', test.original), ...standard]),
  judge: (answer) => {
    const accepted = !answer.startsWith('!');
    if (accepted !== !test.error) return `${accepted ? 'is accepted' : 'is refused'}: ${answer}`;
    return !accepted || answer === test.type ? undefined : `type ${answer}, wanted ${test.type}`;
  },
});

/** @param {string} name @param {any[]} tests @returns {Case[]} */
const typesOfTurned = (name, tests) =>
  tests.filter((test) => isTurned(test) && turned(test).type).map((test) => turnedCase(name, test));

/** The record `parsing` has a type where the expression uses nothing that is not there. @returns {Promise<Case[]>} */
async function parsing() {
  const tests = await load('parsing');
  return [
    ...tests.map((test) => treeCase('parsing', test)),
    ...tests.filter((test) => test.type).map((test) => typeCase('type of parsing', test)),
    ...typesOfTurned('type of parsing', tests),
  ];
}

/** Expressions of messages have a tree as others have. @returns {Promise<Case[]>} */
async function checking() {
  const tests = await load('checking');
  const needed = tests.filter(
    (test) => !needsProtobuf(test) && !/"wrapper"|"wellKnown":"ANY"|google\.expr/.test(JSON.stringify(test.original)),
  );
  return [
    ...tests.filter((test) => test.ast || isTurned(test)).map((test) => treeCase('tree of checking', test)),
    ...needed.filter((test) => !isTurned(test)).map((test) => typeCase('checking', test)),
    ...typesOfTurned('type of checking', tests),
  ];
}

/** @returns {Promise<Case[]>} */
async function comprehension() {
  return (await load('comprehension')).map((test, i) => {
    const expected = COMPREHENSIONS[i];
    const bindings = Object.entries(expected.with ?? {}).flatMap(([name, [type, value]]) => ['var', name, type, value]);
    return {
      name: `comprehension ${test.original.expr.trim()}`,
      bytes: encode(['eval', utf8(test.original.expr), '', 'standard', ...bindings]),
      judge: (answer) => {
        if (!test.original.expr.includes(expected.has ?? '')) return `entry ${i} is about something else`;
        const value = answer.startsWith('!') ? answer : answer.slice(answer.indexOf('\n') + 1);
        const got = value.startsWith('!') ? value.slice(0, value.indexOf(' ')) : value;
        return got === expected.gives ? undefined : `gives ${value}, wanted ${expected.gives}`;
      },
    };
  });
}

let failed = 0;
const builds = argv.slice(2).filter((name) => !name.startsWith('--'));
for (const build of builds.length ? builds : ['native']) {
  for (const [name, make] of Object.entries({ parsing, checking, comprehension })) {
    const cases = await make();
    const given = answers(build, cases.map(({ bytes }) => bytes));
    const wrong = cases.map(({ judge }, i) => judge(given[i]));
    for (const [i, text] of wrong.entries()) if (text) console.log(`  ${cases[i].name.slice(0, 150)}\n    ${text}`);
    failed += wrong.filter(Boolean).length;
    console.log(`${build} ${name}: ${wrong.filter((text) => !text).length} of ${cases.length}`);
  }
}
for (const expression of unused) console.log(`no entry of the records needs ${expression} of turned.mjs`);
exit(failed + unused.size > 0 ? 1 : 0);
