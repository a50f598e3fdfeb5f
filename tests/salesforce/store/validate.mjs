// One value on its way into a field: checked and converted, or refused with the code Salesforce uses.

import { ApiError, badRequest } from '../base/errors.mjs';
import { isIdText } from '../base/ids.mjs';
import { dateText, parseDate, parseDateTime } from '../base/time.mjs';

/**
 * @param {object} org
 * @param {import('../schema/parse.mjs').Field} field
 * @param {any} value as it came in JSON, or the text of a CSV cell
 * @param {boolean} isText true if it came as text (Bulk)
 * @returns {any} what the table stores
 */
export function toStored(org, field, value, isText) {
  if (value === null || value === '') return cleared(field);
  switch (field.type) {
    case 'boolean':
      return toBoolean(field, value);
    case 'int':
    case 'double':
    case 'currency':
    case 'percent':
      return toNumber(field, value, isText);
    case 'date':
    case 'datetime':
      return toTime(field, value);
    case 'reference':
      return toReference(org, field, value);
    case 'picklist':
    case 'multipicklist':
      return toPicklist(field, value);
    default:
      return toText(field, value);
  }
}

function cleared(field) {
  if (field.type === 'boolean') return false;
  if (field.required) {
    throw badRequest('REQUIRED_FIELD_MISSING', `Required fields are missing: [${field.name}]`, [field.name]);
  }
  if (field.type === 'reference' && !field.nillable) {
    throw badRequest('INVALID_CROSS_REFERENCE_KEY', `${field.label}: id value of incorrect type: null`, [
      field.name,
    ]);
  }
  return null;
}

const kindOf = (value) => (typeof value === 'string' ? 'STRING' : 'NUMBER_INT');

const parserError = (kind, value) =>
  badRequest(
    'JSON_PARSER_ERROR',
    `Cannot deserialize instance of ${kind} from VALUE_${kindOf(value)} value ` +
      `${value} or request may be missing a required field`,
  );

function toBoolean(field, value) {
  if (typeof value === 'boolean') return value;
  if (value === 'true' || value === '1' || value === 'TRUE') return true;
  if (value === 'false' || value === '0' || value === 'FALSE') return false;
  throw parserError('boolean', value);
}

function toNumber(field, value, isText) {
  const number = typeof value === 'string' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    if (!isText) throw parserError(field.type === 'int' ? 'int' : 'double', value);
    throw badRequest(
      'INVALID_TYPE_ON_FIELD_IN_RECORD',
      `${field.label}: value not of required type: ${value}`,
      [field.name],
    );
  }
  if (field.type === 'int') {
    if (Math.abs(number) < 2 ** 31) return Math.trunc(number);
    throw outside(field, value);
  }
  // Half away from zero, then the digits before the point must fit: Number(3,0) takes 999 and refuses 1000.
  const unit = 10 ** field.scale;
  const rounded = (Math.sign(number) * Math.round(Math.abs(number) * unit)) / unit;
  if (field.precision && Math.abs(rounded) >= 10 ** (field.precision - field.scale))
    throw outside(field, value);
  return rounded;
}

const outside = (field, value) =>
  badRequest(
    'NUMBER_OUTSIDE_VALID_RANGE',
    `${field.label}: value outside of valid range on numeric field: ${value}`,
    [field.name],
  );

function toTime(field, value) {
  const text = String(value);
  const ms =
    field.type === 'date' && text.length > 10
      ? parseDateTime(text)
      : field.type === 'date'
        ? parseDate(text)
        : parseDateTime(text);
  if (Number.isNaN(ms)) throw parserError(field.type, value);
  return field.type === 'date' ? parseDate(dateText(ms)) : ms;
}

function toText(field, value) {
  if (typeof value !== 'string') throw parserError('string', value);
  if (field.length && value.length > field.length) {
    throw badRequest(
      'STRING_TOO_LONG',
      `${field.label}: data value too large: ${value.slice(0, 80)} ` + `(max length=${field.length})`,
      [field.name],
    );
  }
  if (field.type === 'email' && !/^[^@\s]+@[^@\s]+$/.test(value)) {
    throw badRequest('INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${value}`, [
      field.name,
    ]);
  }
  return value;
}

function toPicklist(field, value) {
  const text = toText(field, value);
  if (!field.restricted) return text;
  const parts = field.type === 'multipicklist' ? text.split(';') : [text];
  const known = parts.map((part) => field.values.find((item) => item.toLowerCase() === part.toLowerCase()));
  if (known.every((part) => part !== undefined)) return known.join(';');
  throw badRequest(
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    `${field.label}: bad value for restricted picklist field: ${value}`,
    [field.name],
  );
}

function toReference(org, field, value) {
  if (!isIdText(value)) {
    throw badRequest('MALFORMED_ID', `${field.label}: id value of incorrect type: ${value}`, [field.name]);
  }
  const key = org.ids.parse(value);
  const prefix = value.slice(0, 3);
  const targets = field.referenceTo.map((name) => org.schema.object(name)).filter(Boolean);
  if (!targets.some((target) => target.prefix === prefix)) {
    const code = targets.some((target) => target.prefix) ? 'FIELD_INTEGRITY_EXCEPTION' : 'MALFORMED_ID';
    throw badRequest(code, `${field.label}: id value of incorrect type: ${value}`, [field.name]);
  }
  const target = org.find(key);
  if (!target || target.table.life[target.row] === 2) throw crossReference();
  if (target.table.life[target.row] === 1)
    throw new ApiError(404, 'ENTITY_IS_DELETED', 'entity is deleted', []);
  return key;
}

export const crossReference = () =>
  badRequest('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', []);
