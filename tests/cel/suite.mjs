// The published conformance suite (npm @bufbuild/cel-spec): its tests, which of them need protobuf, and how their
// types and values are written in our letters (answer.h).
import { utf8 } from './engine.mjs';

/**
 * Why a test is left out: what it names that is of protobuf. google.protobuf.Timestamp and Duration are CEL's own
 * types, and stay. The first reason that fits is told.
 * @type {[string, RegExp][]}
 */
const REASONS = [
  ['enumerations of the suite', /GlobalEnum/],
  ['extension fields', /proto\.(has|get)Ext/],
  ['a container of messages', /"container":"cel\.expr\.conformance/],
  ['messages of the suite', /TestAllTypes|NestedTestAllTypes|TestRequired/],
  ['well-known types of protobuf', /google\.protobuf\./],
  ['other messages', /messageType(?!":"own")/],
];

/** @param {any} test @returns {string | undefined} why it is left out */
export function leftOut(test) {
  const text = (JSON.stringify(test.original) + (test.checkedAst ?? '')).replace(/google\.protobuf\.(Timestamp|Duration)\b/g, 'own');
  return REASONS.find(([, pattern]) => pattern.test(text))?.[0];
}

/** @param {any} test */
export const needsProtobuf = (test) => leftOut(test) !== undefined;

/** @param {any} suites @returns {{section: string, name: string, test: any}[]} */
export function flatten(suites) {
  /** @type {{section: string, name: string, test: any}[]} */
  const flat = [];
  /** @param {string} section @param {any} suite @param {string} path */
  const walk = (section, suite, path) => {
    for (const test of suite.tests ?? []) {
      flat.push({ section, name: `${path}/${test.original.name ?? test.original.expr}`, test });
    }
    for (const inner of suite.suites ?? []) walk(section, inner, `${path}/${inner.name}`);
  };
  for (const section of suites) walk(section.name, section, section.name);
  return flat;
}

/** @param {any} type the JSON of cel.expr.Type @returns {string} */
export function typeText(type) {
  const [kind] = Object.keys(type);
  const plain = { BOOL: 'bool', INT64: 'int', UINT64: 'uint', DOUBLE: 'double', STRING: 'string', BYTES: 'bytes' };
  switch (kind) {
    case 'dyn': return 'dyn';
    case 'null': return 'null';
    case 'primitive': return plain[/** @type {keyof typeof plain} */ (type.primitive)];
    case 'wellKnown': return { TIMESTAMP: 'timestamp', DURATION: 'duration', ANY: 'dyn' }[type.wellKnown] ?? 'dyn';
    case 'messageType': {
      const own = { 'google.protobuf.Timestamp': 'timestamp', 'google.protobuf.Duration': 'duration' }[type.messageType];
      if (!own) throw new Error(`a message: ${type.messageType}`);
      return own;
    }
    case 'listType': return `list(${typeText(type.listType.elemType ?? { dyn: {} })})`;
    case 'mapType': return `map(${typeText(type.mapType.keyType)}, ${typeText(type.mapType.valueType)})`;
    case 'typeParam': return type.typeParam;
    case 'type': return `type(${typeText(Object.keys(type.type).length ? type.type : { dyn: {} })})`;
    case 'abstractType': {
      const parameters = (type.abstractType.parameterTypes ?? []).map(typeText);
      return type.abstractType.name + (parameters.length ? `(${parameters.join(', ')})` : '');
    }
    default: throw new Error(`no such type: ${kind}`);
  }
}

/** @param {number | string} value */
function bits(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(Number(value));
  return `d${bytes.toString('hex')};`;
}

/** @param {string} letter @param {string} bytes */
const sized = (letter, bytes) => `${letter}${bytes.length}:${bytes}`;

/** @param {string} text RFC 3339, always Z */
function timestamp(text) {
  const [, whole, fraction = ''] = /** @type {RegExpExecArray} */ (/^(.*?)(?:\.(\d+))?Z$/.exec(text));
  return `T${BigInt(Date.parse(`${whole}Z`)) / 1000n}.${Number(fraction.padEnd(9, '0'))};`;
}

/** @param {string} text "1.5s" */
function duration(text) {
  const [, sign, whole, fraction = ''] = /** @type {RegExpExecArray} */ (/^(-?)(\d+)(?:\.(\d+))?s$/.exec(text));
  const nanos = BigInt(whole) * 1000000000n + BigInt(fraction.padEnd(9, '0'));
  return `D${sign ? -nanos : nanos};`;
}

/** @param {any} value the JSON of cel.expr.Value @returns {string} */
export function valueText(value) {
  const [kind] = Object.keys(value);
  const inner = value[kind];
  switch (kind) {
    case 'nullValue': return 'n';
    case 'boolValue': return inner ? 'b1' : 'b0';
    case 'int64Value': return `i${inner};`;
    case 'uint64Value': return `u${inner};`;
    case 'doubleValue': return bits(inner);
    case 'stringValue': return sized('s', utf8(inner));
    case 'bytesValue': return sized('y', Buffer.from(inner, 'base64').toString('latin1'));
    case 'typeValue': return sized('t', utf8(inner));
    case 'listValue': return `l${(inner.values ?? []).length}:${(inner.values ?? []).map(valueText).join('')}`;
    case 'mapValue': {
      const entries = (inner.entries ?? []).map((/** @type {any} */ e) => valueText(e.key) + valueText(e.value));
      return `m${entries.length}:${entries.join('')}`;
    }
    case 'objectValue':
      if (inner['@type'].endsWith('google.protobuf.Timestamp')) return timestamp(inner.value);
      if (inner['@type'].endsWith('google.protobuf.Duration')) return duration(inner.value);
  }
  throw new Error(`no such value: ${kind}`);
}

/**
 * An answer in a form that does not depend on the order of a map's entries, nor on which NaN it is.
 * @param {string} text @returns {string}
 */
export function canonical(text) {
  let at = 0;
  /** @param {string} end */
  const until = (end) => {
    const found = text.indexOf(end, at);
    const part = text.slice(at, found);
    at = found + 1;
    return part;
  };
  /** @returns {string} */
  const value = () => {
    const letter = text[at++];
    switch (letter) {
      case 'b': case 'o': {
        const flag = text[at++];
        return letter + flag + (letter === 'o' && flag === '1' ? value() : '');
      }
      case 'i': case 'u': case 'T': case 'D': return `${letter}${until(';')};`;
      case 'd': {
        const digits = until(';');
        const number = Buffer.from(digits, 'hex').readDoubleBE();
        return Number.isNaN(number) ? 'dNaN;' : `d${digits};`;
      }
      case 's': case 'y': case 't': {
        const length = Number(until(':'));
        at += length;
        return `${letter}${length}:${text.slice(at - length, at)}`;
      }
      case 'l': {
        const count = Number(until(':'));
        return `l${count}:${Array.from({ length: count }, value).join('')}`;
      }
      case 'm': {
        const count = Number(until(':'));
        return `m${count}:${Array.from({ length: count }, () => value() + value()).sort().join('')}`;
      }
      default: return letter ?? '';
    }
  };
  return value();
}

/** @param {string} operation @param {any} original @returns {string[]} the texts of a case */
export function question(operation, original) {
  const texts = [operation, utf8(original.expr), original.container ?? '', original.disableCheck ? 'none' : 'standard'];
  for (const declaration of original.typeEnv ?? []) {
    if (declaration.ident) {
      const bound = original.bindings?.[declaration.name];
      texts.push('var', utf8(declaration.name), typeText(declaration.ident.type), bound ? valueText(bound.value) : '-');
    }
    for (const overload of declaration.function?.overloads ?? []) {
      const parameters = (overload.params ?? []).map(typeText);
      texts.push('fn', declaration.name, overload.isInstanceFunction ? 'member' : 'global');
      texts.push(typeText(overload.resultType), String(parameters.length), ...parameters);
    }
  }
  for (const [name, bound] of Object.entries(original.bindings ?? {})) {
    const declared = (original.typeEnv ?? []).some((/** @type {any} */ declaration) => declaration.name === name);
    if (!declared) texts.push('var', utf8(name), 'dyn', valueText(/** @type {any} */ (bound).value));
  }
  return texts;
}
