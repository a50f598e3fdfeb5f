// The engines that ours is compared with, behind one form: literals and texts in, answers in the form of answer.c out
// ('!' alone for an error of any kind).
import { celEnv, isCelError, isCelList, isCelMap, isCelUint, parse, plan } from '@bufbuild/cel';
import { isReflectMessage } from '@bufbuild/protobuf/reflect';
import { Environment } from '@marcbachmann/cel-js';
import { answers, encode, utf8 } from './engine.mjs';
import { canonical } from './suite.mjs';

/** @param {number} value */
function double(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return `d${bytes.toString('hex')};`;
}

/** @param {string} letter @param {string} bytes */
const sized = (letter, bytes) => `${letter}${bytes.length}:${bytes}`;
/** @param {bigint} seconds @param {number} nanos */
const timestamp = (seconds, nanos) => `T${seconds}.${nanos};`;
/** @param {bigint} seconds @param {number} nanos */
const duration = (seconds, nanos) => `D${seconds * 1000000000n + BigInt(nanos)};`;

/** What both engines make of the plain types. @param {any} value @returns {string | undefined} */
function plain(value) {
  if (value === null) return 'n';
  if (typeof value === 'boolean') return value ? 'b1' : 'b0';
  if (typeof value === 'bigint') return `i${value};`;
  if (typeof value === 'number') return double(value);
  if (typeof value === 'string') return sized('s', utf8(value));
  if (value instanceof Uint8Array) return sized('y', Buffer.from(value).toString('latin1'));
  return undefined;
}

/** @param {any[]} items @param {(value: any) => string} text */
const list = (items, text) => `l${items.length}:${items.map(text).join('')}`;
/** @param {[any, any][]} entries @param {(value: any) => string} text */
const map = (entries, text) => `m${entries.length}:${entries.map(([key, value]) => text(key) + text(value)).join('')}`;

/** @param {any} value @returns {string} */
function bufbuildText(value) {
  if (isCelUint(value)) return `u${value.value};`;
  if (isCelList(value)) return list([...value], bufbuildText);
  if (isCelMap(value)) return map([...value.entries()], bufbuildText);
  if (isReflectMessage(value)) {
    const { $typeName: name, seconds, nanos } = /** @type {any} */ (value.message);
    return name === 'google.protobuf.Timestamp' ? timestamp(seconds, nanos) : duration(seconds, nanos);
  }
  return plain(value) ?? `?${typeof value}`;
}

/** @param {any} value @returns {string} */
function marcbachmannText(value) {
  const text = plain(value);
  if (text) return text;
  if (Array.isArray(value)) return list(value, marcbachmannText);
  if (value instanceof Date) {
    const ms = value.getTime();
    return Number.isNaN(ms) ? '?Date' : timestamp(BigInt(Math.floor(ms / 1000)), (((ms % 1000) + 1000) % 1000) * 1e6);
  }
  const name = value.constructor?.name;
  if (name === 'UnsignedInt') return `u${value.value};`;
  if (name === 'Duration') return duration(value.seconds, value.nanos);
  return map(value instanceof Map ? [...value] : Object.entries(value), marcbachmannText);
}

/** @typedef {(texts: string[], literals: Record<string, string>) => string[]} Engine */

/** @type {Engine} */
function bufbuild(texts, literals) {
  const env = celEnv();
  const run = (/** @type {string} */ text, /** @type {any} */ variables) => plan(env, parse(text))(variables);
  const variables = Object.fromEntries(Object.entries(literals).map(([name, literal]) => [name, run(literal, {})]));
  return texts.map((text) => {
    try {
      const value = run(text, variables);
      return isCelError(value) ? '!' : canonical(bufbuildText(value));
    } catch {
      return '!';
    }
  });
}

/** @param {Record<string, readonly string[]>} types @returns {Engine} */
const marcbachmann = (types) => (texts, literals) => {
  const env = new Environment();
  for (const [name, [, type]] of Object.entries(types)) {
    env.registerVariable(name, type.replaceAll('timestamp', 'google.protobuf.Timestamp')
      .replaceAll('duration', 'google.protobuf.Duration').replaceAll('(', '<').replaceAll(')', '>').replace(',', ', '));
  }
  const none = new Environment();
  const variables = Object.fromEntries(Object.entries(literals).map(([name, literal]) => [name, none.evaluate(literal)]));
  return texts.map((text) => {
    try {
      return canonical(marcbachmannText(env.evaluate(text, variables)));
    } catch {
      return '!';
    }
  });
};

/** @param {Record<string, readonly string[]>} types @returns {Engine} the kind of an error is kept: "!overflow" */
const ours = (types) => (texts, literals) => {
  const value = (/** @type {string} */ answer) => (answer.startsWith('!') ? answer : answer.slice(answer.indexOf('\n') + 1));
  const bare = answers('native', Object.values(literals).map((text) => encode(['eval', utf8(text), '', 'standard'])));
  const declared = Object.keys(literals).flatMap((name, i) => ['var', name, types[name][1], value(bare[i])]);
  return answers('native', texts.map((text) => encode(['eval', utf8(text), '', 'standard', ...declared])))
    .map(value).map((text) => (text.startsWith('!') ? text.slice(0, text.indexOf(' ')) : canonical(text)));
};

/** @param {Record<string, readonly string[]>} types variables: [letter, type] @returns {Record<string, Engine>} */
export const engines = (types) => ({ ours: ours(types), bufbuild, marcbachmann: marcbachmann(types) });
