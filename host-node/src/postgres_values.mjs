/**
 * Values as PostgreSQL reads and writes them: single ones in text, in a transaction begun by `beginSql`; columns of many
 * rows as arrays in binary ("Message Formats" and src/include/utils/array.h: array_recv), for which no JavaScript value is
 * made.
 */
import { ColumnType, ValueState } from '../../wasm/record.mjs';
import { End, PortError } from './ports.mjs';
import { checkTime, timeFromText, timeWriter } from './time_text.mjs';

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

/** pg_type.oid of the elements, by `ColumnType`; they have not changed since PostgreSQL 7.3. */
const ELEMENT = [20, 701, 16, 25, 17, 1184, 25];
const HEADER_BYTES = 20;
/** PostgreSQL counts microseconds from 2000. */
const EPOCH_2000_MS = 946684800000;

/** @param {BatchReader} rows @param {number} row @param {number} column */
function bytesOf(rows, row, column) {
  switch (rows.types[column]) {
    case ColumnType.bool:
      return 1;
    case ColumnType.int64:
    case ColumnType.double:
    case ColumnType.time:
      return 8;
    default:
      return rows.high(row, column);
  }
}

/** @param {Buffer} array @param {number} at @param {number} ms */
function writeTime(array, at, ms) {
  checkTime(ms);
  const microseconds = (ms - EPOCH_2000_MS) * 1000;
  if (Number.isSafeInteger(microseconds)) {
    array.writeInt32BE(Math.floor(microseconds / 0x100000000), at);
    array.writeUInt32BE(microseconds >>> 0, at + 4);
  } else {
    array.writeBigInt64BE((BigInt(ms) - BigInt(EPOCH_2000_MS)) * 1000n, at);
  }
}

/** @param {BatchReader} rows @param {number} row @param {number} column @param {Buffer} array @param {number} at */
function writeElement(rows, row, column, array, at) {
  switch (rows.types[column]) {
    case ColumnType.bool:
      array[at] = rows.low(row, column);
      break;
    case ColumnType.int64:
    case ColumnType.double:
      array.writeUInt32BE(rows.high(row, column), at);
      array.writeUInt32BE(rows.low(row, column), at + 4);
      break;
    case ColumnType.time:
      writeTime(array, at, /** @type {number} */ (rows.value(row, column)));
      break;
    default:
      rows.copy(row, column, array, at);
  }
}

/**
 * One column as an array in PostgreSQL's binary format, which a Buffer tells the driver.
 * @param {BatchReader} rows @param {number} column @param {number} from @param {number} to
 */
export function arrayBytes(rows, column, from, to) {
  let size = HEADER_BYTES;
  let nulls = 0;
  for (let row = from; row < to; row++) {
    const state = rows.state(row, column);
    if (state === ValueState.absent) throw new PortError(End.failed, 'store: a value to be written is absent');
    if (state === ValueState.null) nulls = 1;
    size += 4 + (state === ValueState.null ? 0 : bytesOf(rows, row, column));
  }
  const array = Buffer.allocUnsafe(size);
  [1, nulls, ELEMENT[rows.types[column]], to - from, 1].forEach((word, i) => array.writeInt32BE(word, 4 * i));
  let at = HEADER_BYTES;
  for (let row = from; row < to; row++) {
    const length = rows.state(row, column) === ValueState.null ? -1 : bytesOf(rows, row, column);
    array.writeInt32BE(length, at);
    at += 4;
    if (length >= 0) {
      writeElement(rows, row, column, array, at);
      at += length;
    }
  }
  return array;
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
