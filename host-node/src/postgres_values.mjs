/**
 * Values as PostgreSQL reads and writes them in text, in a transaction begun by `beginSql`.
 */
import { ColumnType } from '../../wasm/record.mjs';
import { End, PortError } from './ports.mjs';
import { timeFromText, timeWriter } from './time_text.mjs';

/** @typedef {import('../../wasm/record.mjs').Value} Value */
/** @typedef {import('../../wasm/record.mjs').BatchReader} BatchReader */

/** @param {Uint8Array} bytes */
const hex = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');

/** Text of one value. @param {Value} value @param {number} type @param {(ms: number) => string} timeToText */
function toText(value, type, timeToText) {
  if (value === undefined) throw new PortError(End.failed, 'store: a value to be written is absent');
  if (value === null) return null;
  if (type === ColumnType.time) return timeToText(Number(value));
  if (value instanceof Uint8Array) return `\\x${hex(value)}`;
  return String(value);
}

/** A parameter row. @param {BatchReader} rows @param {number} row */
export function rowTexts(rows, row) {
  const timeToText = timeWriter();
  return rows.types.map((type, column) => toText(rows.value(row, column), type, timeToText));
}

/**
 * One column as the text of an array.
 * @param {BatchReader} rows @param {number} column @param {number} from @param {number} to
 */
export function arrayText(rows, column, from, to) {
  const type = rows.types[column];
  const quoted = type === ColumnType.text || type === ColumnType.list || type === ColumnType.bytes;
  const parts = new Array(to - from);
  const timeToText = timeWriter();
  for (let row = from; row < to; row++) {
    const text = toText(rows.value(row, column), type, timeToText);
    if (text === null) parts[row - from] = 'NULL';
    else
      parts[row - from] = quoted ? `"${/["\\]/.test(text) ? text.replace(/["\\]/g, '\\$&') : text}"` : text;
  }
  return `{${parts.join(',')}}`;
}

const TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/;

/** @param {string} text */
function timeOf(text) {
  const [, day, time, fraction = ''] = TIME.exec(text) ?? [];
  return timeFromText(day === undefined ? text : `${day}T${time}.${fraction.padEnd(3, '0').slice(0, 3)}Z`);
}

/** @param {string | null} text @param {number} type @returns {Value} */
export function fromText(text, type) {
  if (text === null) return null;
  switch (type) {
    case ColumnType.int64:
      if (/^-?\d+$/.test(text)) return BigInt(text);
      break;
    case ColumnType.double:
      if (text === 'NaN' || text.endsWith('Infinity')) return null;
      if (!Number.isNaN(Number(text))) return Number(text);
      break;
    case ColumnType.bool:
      if (text === 't' || text === 'f') return text === 't';
      break;
    case ColumnType.time:
      return timeOf(text);
    case ColumnType.bytes:
      if (text.startsWith('\\x')) return Buffer.from(text.slice(2), 'hex');
      break;
    default:
      return text;
  }
  throw new PortError(End.failed, `store: "${text.slice(0, 40)}" is not a value of type ${type}`);
}
