// Values on the wire. JSON and Bulk CSV spell the same value differently: date-times end `+0000` and `.000Z`.

import { bulkTime, dateText, parseDate, parseDateTime, restTime } from '../base/time.mjs';

const isDouble = (type) => type === 'double' || type === 'currency' || type === 'percent';

/** `87` is written `87.0`, as the platform writes every double; large ones in scientific form where asked. */
export function doubleText(value, scientific = false) {
  if (scientific && Math.abs(value) >= 1e7) {
    const [digits, exponent] = value.toExponential().split('e');
    return `${digits.includes('.') ? digits : `${digits}.0`}E${Number(exponent)}`;
  }
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** @returns {(value: any) => any} what JSON.stringify takes */
export function jsonWriter(org, field) {
  switch (field.type) {
    case 'id':
    case 'reference':
      return (value) => (typeof value === 'number' ? org.ids.text(value) : value);
    case 'datetime':
      return (value) => (value === null ? null : restTime(value));
    case 'date':
      return (value) => (value === null ? null : dateText(value));
    default:
      return isDouble(field.type)
        ? (value) => (value === null ? null : JSON.rawJSON(doubleText(value)))
        : (value) => value;
  }
}

/** @returns {(value: any) => string} the text of a CSV cell, not yet quoted; null is empty */
export function cellWriter(org, field) {
  const text = plainCell(org, field);
  return (value) => (value === null || value === undefined ? '' : text(value));
}

const BULK_TIMES = {
  Z: bulkTime,
  offset: restTime,
  bare: (ms) => bulkTime(ms).replace('.000Z', 'Z'),
};

function plainCell(org, field) {
  const { quirks } = org.options;
  switch (field.type) {
    case 'id':
    case 'reference':
      return (value) => (typeof value === 'number' ? org.ids.text(value) : value);
    case 'datetime':
      return BULK_TIMES[org.options.bulkTimes];
    case 'date':
      return dateText;
    case 'int':
      return quirks ? (value) => `${value}.0` : String;
    default:
      return isDouble(field.type) ? (value) => doubleText(value, quirks) : String;
  }
}

/** Which cells can need a quote doubled; ids, numbers and dates never do. */
export const isPlain = (type) =>
  ['id', 'reference', 'int', 'boolean', 'date', 'datetime'].includes(type) || isDouble(type);

/** A literal of a query or a stored text as the value of a field; NaN if it is none. */
export function parseValue(field, text) {
  if (field.type === 'date') return parseDate(text);
  if (field.type === 'datetime') return parseDateTime(text);
  if (field.type === 'boolean') return text === 'true' ? true : text === 'false' ? false : NaN;
  return isDouble(field.type) || field.type === 'int' ? Number(text) : text;
}
