/**
 * Times as SQLite stores them: "2026-11-23T08:00:00.000Z", 24 characters, so that order of text is order of
 * time. Both databases hold the years 1 to 9999; what lies outside is refused, not bent.
 */
import { End, PortError } from './ports.mjs';

const FIRST_MS = -62135596800000; // 0001-01-01T00:00:00.000Z
const LAST_MS = 253402300799999; // 9999-12-31T23:59:59.999Z
const TEXT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

const DAY_MS = 86400000;
const FORM = '0000-00-00T00:00:00.000Z';
const ZERO = 48;

/** @param {Uint8Array} out @param {number} at @param {number} value below 100 */
function twoDigits(out, at, value) {
  const tens = (value / 10) | 0;
  out[at] = ZERO + tens;
  out[at + 1] = ZERO + value - 10 * tens;
}

/**
 * The date of days since 1970-01-01, by eras of 400 years that begin on 1 March. (Date's own printing goes through
 * printf.)
 * @param {Uint8Array} out @param {number} days
 */
function writeDate(out, days) {
  const era = Math.floor((days + 719468) / 146097);
  const ofEra = days + 719468 - era * 146097;
  const ofYears = ofEra - ((ofEra / 1460) | 0) + ((ofEra / 36524) | 0) - ((ofEra / 146096) | 0);
  const yearOfEra = (ofYears / 365) | 0;
  const ofYear = ofEra - (365 * yearOfEra + (yearOfEra >> 2) - ((yearOfEra / 100) | 0));
  const month = ((5 * ofYear + 2) / 153) | 0; // 0 is March
  const year = yearOfEra + era * 400 + (month >= 10 ? 1 : 0);
  twoDigits(out, 0, (year / 100) | 0);
  twoDigits(out, 2, year % 100);
  twoDigits(out, 5, month < 10 ? month + 3 : month - 9);
  twoDigits(out, 8, ofYear - (((153 * month + 2) / 5) | 0) + 1);
}

/** @param {number} ms */
export function checkTime(ms) {
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) {
    throw new PortError(End.failed, `store: the time ${ms} ms lies outside the years 1 to 9999`);
  }
}

/**
 * A function that writes times. It remembers the last time and its day. One buffer becomes the text at once, since
 * SQLite would have to flatten one that was joined from parts.
 * @returns {(ms: number) => string} of milliseconds since 1970, UTC
 */
export function timeWriter() {
  const out = Buffer.from(FORM, 'latin1');
  let day = NaN;
  let last = NaN;
  let text = '';
  return (ms) => {
    if (ms === last) return text;
    checkTime(ms);
    const ownDay = Math.floor(ms / DAY_MS);
    if (ownDay !== day) {
      day = ownDay;
      writeDate(out, day);
    }
    const rest = ms - day * DAY_MS;
    const seconds = (rest / 1000) | 0;
    const thousandths = rest - seconds * 1000;
    twoDigits(out, 11, (seconds / 3600) | 0);
    twoDigits(out, 14, ((seconds / 60) | 0) % 60);
    twoDigits(out, 17, seconds % 60);
    twoDigits(out, 20, (thousandths / 10) | 0);
    out[22] = ZERO + (thousandths % 10);
    last = ms;
    text = out.toString('latin1');
    return text;
  };
}

/** @param {string} text */
export function timeFromText(text) {
  const ms = TEXT.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(ms)) {
    throw new PortError(
      End.failed,
      `store: "${text.slice(0, 40)}" is not a time such as 2026-11-23T08:00:00.000Z`,
    );
  }
  return ms;
}
