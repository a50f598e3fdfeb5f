// The published JSON Schema against documents that the core accepts and refuses. The validator below knows the
// keywords that the schema uses, and fails on any other.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const read = (/** @type {string} */ file) => readFileSync(join(root, file), 'utf8');
const schema = JSON.parse(read('core/config/perly-config.schema.json'));

/** @type {Record<string, (want: any, value: any, schema: any) => boolean>} */
const keywords = {
  type: (want, value) =>
    ({
      object: typeof value === 'object' && value !== null && !Array.isArray(value),
      array: Array.isArray(value),
      string: typeof value === 'string',
      boolean: typeof value === 'boolean',
      number: typeof value === 'number',
      integer: Number.isInteger(value),
    })[/** @type {'object'} */ (want)],
  enum: (want, value) => want.includes(value),
  const: (want, value) => value === want,
  pattern: (want, value) => typeof value !== 'string' || new RegExp(want).test(value),
  minLength: (want, value) => typeof value !== 'string' || value.length >= want,
  minimum: (want, value) => typeof value !== 'number' || value >= want,
  maximum: (want, value) => typeof value !== 'number' || value <= want,
  minItems: (want, value) => !Array.isArray(value) || value.length >= want,
  maxItems: (want, value) => !Array.isArray(value) || value.length <= want,
  maxProperties: (want, value) => Object.keys(value).length <= want,
  items: (want, value) => !Array.isArray(value) || value.every((item) => valid(want, item)),
  required: (want, value) => want.every((/** @type {string} */ key) => key in value),
  properties: (want, value) => Object.entries(value).every(([key, item]) => !(key in want) || valid(want[key], item)),
  patternProperties: (want, value) =>
    Object.entries(value).every(([key, item]) =>
      Object.entries(want).every(([pattern, inner]) => !new RegExp(pattern).test(key) || valid(inner, item)),
    ),
  additionalProperties: (want, value, { properties = {}, patternProperties = {} }) =>
    Object.entries(value).every(
      ([key, item]) =>
        key in properties ||
        Object.keys(patternProperties).some((pattern) => new RegExp(pattern).test(key)) ||
        (want !== false && valid(want, item)),
    ),
  oneOf: (want, value) => want.filter((/** @type {any} */ inner) => valid(inner, value)).length === 1,
  anyOf: (want, value) => want.some((/** @type {any} */ inner) => valid(inner, value)),
};
const notes = new Set(['$schema', 'title', 'description', 'examples']);

/** @param {any} want @param {any} value @returns {boolean} */
function valid(want, value) {
  if (want.type !== undefined && !keywords.type?.(want.type, value, want)) return false;
  return Object.entries(want).every(([keyword, argument]) => {
    if (notes.has(keyword)) return true;
    const check = keywords[keyword];
    assert.ok(check, `the schema uses ${keyword}`);
    return check(argument, value, want);
  });
}

test('the schema admits the default', () => {
  assert.ok(valid(schema, JSON.parse(read('core/config/default.json'))));
});

test('every key of the reader is in the schema', () => {
  const text = read('core/config/perly-config.schema.json');
  const keys = ['document.c', 'mapping.c', 'read_model.c', 'read_rules.c']
    .flatMap((file) => [...read(`core/config/${file}`).matchAll(/json_get\(\w+, SLICE\("([\w$]+)"\)\)/g)])
    .map((match) => match[1] ?? '');
  assert.ok(keys.length > 40);
  assert.deepEqual([...new Set(keys)].filter((key) => !text.includes(`"${key}"`)), []);
});

const component = { name: 'a', weight: 1, score: '50' };
/** @type {[string, any, boolean][]} */
const documents = [
  ['nothing', {}, true],
  ['a mapping', { mapping: { account: { '*': true, arr: 'record.ARR__c' } } }, true],
  ['a short signal', { model: { signals: { a: '1' } } }, true],
  ['a long signal', { model: { signals: { a: { label: 'A', value: '1' } } } }, true],
  ['an imported signal', { model: { signals: { a: { imported: true, max_age: '2w' } } } }, true],
  ['a component', { model: { components: [component] } }, true],
  ['a rule', { rules: [{ name: 'r', when: 'true', chatter: { text: 'x' } }] }, true],
  ['days that are computed', { rules: [{ name: 'r', when: 'true', task: { subject: 'x', due: { business_days: 'score' } } }] }, true],
  ['an unknown key', { modle: {} }, false],
  ['a deep unknown key', { model: { risk: { histeresis: 1 } } }, false],
  ['a type', { limits: 3 }, false],
  ['a range', { limits: { api_reserve: 2 } }, false],
  ['a duration', { salesforce: { poll: '2 hours' } }, false],
  ['a choice', { salesforce: { touch: 'often' } }, false],
  ['windows that end and begin earlier', { salesforce: { lag: '15m', overlap: '2h' } }, true],
  ['a lag in words', { salesforce: { lag: 'long' } }, false],
  ['small windows by REST', { salesforce: { small_windows: 'rest' } }, true],
  ['small windows by SOAP', { salesforce: { small_windows: 'soap' } }, false],
  ['a column', { mapping: { account: { ARR: 'record.ARR__c' } } }, false],
  ['all of an opportunity', { mapping: { opportunity: { '*': true } } }, false],
  ['a component without a score', { model: { components: [{ name: 'a', weight: 1 }] } }, false],
  ['no components', { model: { components: [] } }, false],
  ['two sources', { model: { signals: { a: { value: '1', imported: true } } } }, false],
  ['max_age of a computed signal', { model: { signals: { a: { value: '1', max_age: '1d' } } } }, false],
  ['an idle rule', { rules: [{ name: 'r', when: 'true' }] }, false],
  ['a fraction', { model: { risk: { hysteresis: 1.5 } } }, false],
];
for (const [name, document, good] of documents) {
  test(`the schema ${good ? 'admits' : 'refuses'} ${name}`, () => assert.equal(valid(schema, document), good));
}
