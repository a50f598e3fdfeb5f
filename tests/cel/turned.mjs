// Written by hand: the tree and the type of each entry of the records `parsing` and `checking` that cel-go refused
// only because optional syntax or names in back quotes were switched off there. With them on it accepts the text;
// where its checker then finds a mistake, `type` is the kind of it. A record of `checking` declares its variables
// itself, `with` declares those that `parsing` lacks. Messages have a tree, and a type only in protobuf.

/** @typedef {{tree: string, type?: string, with?: Record<string, string>}} Turned */

const name = (/** @type {string} */ text) => `${text}^Expr_IdentExpr`;
const text = (/** @type {string} */ value) => `"${value}"^Constant_StringValue`;
const call = (/** @type {string} */ called, /** @type {string[]} */ ...parts) => `${called}(${parts})^Expr_CallExpr`;
const field = (/** @type {string} */ of, /** @type {string} */ last) => `${of}.${last}^Expr_SelectExpr`;
const list = (/** @type {string[]} */ ...parts) => `[${parts}]^Expr_ListExpr`;
/** @param {string} message its name, empty for a map @param {[string, string][]} entries */
const map = (message, ...entries) =>
  `${message}{${entries.map(([key, value]) => `${key}:${value}^Expr_CreateStruct_Entry`)}}^Expr_StructExpr`;

const quoted = (/** @type {string} */ last) => ({ tree: field(name('a'), last), type: 'int', with: { a: 'map(string, int)' } });
const maybeValue = map('', [`?${text('key')}`, call('_?._', map('', [text('a'), text('b')]), text('value'))]);

/** @type {Record<string, Turned>} */
export const TURNED = {
  'a.?b && a[?b]': {
    tree: call('_&&_', call('_?._', name('a'), text('b')), call('_[?_]', name('a'), name('b'))),
    type: '!overload', with: { a: 'map(string, bool)', b: 'string' },
  },
  'a.?b[?0] && a[?c]': {
    tree: call('_&&_', call('_[?_]', call('_?._', name('a'), text('b')), '0^Constant_Int64Value'), call('_[?_]', name('a'), name('c'))),
    type: '!overload', with: { a: 'map(string, list(bool))', c: 'string' },
  },
  "{?'key': value}": {
    tree: map('', [`?${text('key')}`, name('value')]), type: 'map(string, int)', with: { value: 'optional_type(int)' },
  },
  '[?a, ?b]': {
    tree: list(`?${name('a')}`, `?${name('b')}`), type: 'list(uint)', with: { a: 'optional_type(uint)', b: 'optional_type(uint)' },
  },
  '[?a[?b]]': {
    tree: list(`?${call('_[?_]', name('a'), name('b'))}`), type: 'list(bytes)', with: { a: 'list(bytes)', b: 'int' },
  },
  'Msg{?field: value}': { tree: map('Msg', ['?field', name('value')]) },
  "Msg{?field: value} && {?'key': value}": {
    tree: call('_&&_', map('Msg', ['?field', name('value')]), map('', [`?${text('key')}`, name('value')])),
  },
  'a.`b-c`': quoted('b-c'),
  'a.`b c`': quoted('b c'),
  'a.`b.c`': quoted('b.c'),
  'a.`in`': quoted('in'),
  'a.`/foo`': quoted('/foo'),
  'Message{`in`: true}': { tree: map('Message', ['in', 'true^Constant_BoolValue']) },

  'a.?b': { tree: call('_?._', name('a'), text('b')), type: 'optional_type(string)' },
  'type(a.?b) == optional_type': {
    tree: call('_==_', call('type', call('_?._', name('a'), text('b'))), name('optional_type')), type: 'bool',
  },
  'has(a.?b.c)': { tree: field(call('_?._', name('a'), text('b')), 'c~test-only~'), type: 'bool' },
  "{?'key': {'a': 'b'}.?value}": { tree: maybeValue, type: 'map(string, string)' },
  "{?'key': {'a': 'b'}.?value}.key": { tree: field(maybeValue, 'key'), type: 'string' },
  "{?'nested': a.b}": { tree: map('', [`?${text('nested')}`, field(name('a'), 'b')]), type: 'map(string, string)' },
  "{?'key': 'hi'}": { tree: map('', [`?${text('key')}`, text('hi')]), type: '!overload' },
  "[?a, ?b, 'world']": { tree: list(`?${name('a')}`, `?${name('b')}`, text('world')), type: 'list(string)' },
  "[?'value']": { tree: list(`?${text('value')}`), type: '!overload' },
  'TestAllTypes{?single_int32: {}.?i}': {
    tree: map('TestAllTypes', ['?single_int32', call('_?._', map(''), text('i'))]),
  },
  'TestAllTypes{?single_int32: 1}': { tree: map('TestAllTypes', ['?single_int32', '1^Constant_Int64Value']) },
};
