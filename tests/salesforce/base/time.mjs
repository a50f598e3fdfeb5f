// Time as Salesforce writes it: whole seconds, `...T08:00:00.000Z` in Bulk CSV, `...T08:00:00.000+0000` in
// JSON.

export const SECOND = 1000,
  MINUTE = 60 * SECOND,
  HOUR = 60 * MINUTE,
  DAY = 24 * HOUR;

const DATES = 60000;
/** Texts by day since 1970 and by second of the day: made once, since results hold millions of them. */
const days = [],
  bulkClocks = [],
  restClocks = [];
const two = (n) => String(n).padStart(2, '0');

/** Milliseconds cut to the second, as every stamp of the platform is. */
export const wholeSecond = (ms) => Math.floor(ms / SECOND) * SECOND;
export const startOfDay = (ms) => Math.floor(ms / DAY) * DAY;

/** `2026-11-23`. */
export function dateText(ms) {
  const day = Math.floor(ms / DAY);
  return days[day] ?? newDate(day);
}

function newDate(day) {
  const text = new Date(day * DAY).toISOString().slice(0, 10);
  if (day >= 0 && day < DATES) days[day] = text;
  return text;
}

function clockText(ms, cache, zone) {
  const second = Math.floor((ms - Math.floor(ms / DAY) * DAY) / SECOND);
  return cache[second] ?? newClock(second, cache, zone);
}

function newClock(second, cache, zone) {
  const minute = Math.floor(second / 60);
  cache[second] = `T${two(Math.floor(minute / 60))}:${two(minute % 60)}:${two(second % 60)}.000${zone}`;
  return cache[second];
}

export const bulkTime = (ms) => dateText(ms) + clockText(ms, bulkClocks, 'Z');
export const restTime = (ms) => dateText(ms) + clockText(ms, restClocks, '+0000');

const DATE = /^(\d{4})-(\d\d)-(\d\d)$/;
const DATETIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

/** @returns {number} milliseconds, NaN if the text is no `YYYY-MM-DD`. */
export function parseDate(text) {
  const m = DATE.exec(text);
  return m ? checked(Date.UTC(+m[1], +m[2] - 1, +m[3]), +m[3]) : NaN;
}

const checked = (ms, day) => (new Date(ms).getUTCDate() === day ? ms : NaN);

/**
 * @returns {number} milliseconds, NaN if the text is no date-time with a zone. Fractions of a second are
 * dropped.
 */
export function parseDateTime(text) {
  const m = DATETIME.exec(text);
  if (!m || +m[4] > 23 || +m[5] > 59 || +(m[6] ?? 0) > 59) return NaN;
  const day = parseDate(`${m[1]}-${m[2]}-${m[3]}`);
  const zone = m[7] === 'Z' ? 0 : Number(m[7][0] + 1) * (+m[7].slice(1, 3) * HOUR + +m[7].slice(-2) * MINUTE);
  return day + +m[4] * HOUR + +m[5] * MINUTE + +(m[6] ?? 0) * SECOND - zone;
}
