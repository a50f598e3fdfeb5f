// Date literals of SOQL as half-open ranges of time. Days are those of UTC: the org's user lives there.

import { DAY, startOfDay } from '../base/time.mjs';

const month = (ms, add) => {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + add, 1);
};
const week = (ms) => startOfDay(ms) - new Date(ms).getUTCDay() * DAY;
const year = (ms, add) => Date.UTC(new Date(ms).getUTCFullYear() + add, 0, 1);
const quarter = (ms, add) => {
  const date = new Date(ms);
  return Date.UTC(date.getUTCFullYear(), (Math.floor(date.getUTCMonth() / 3) + add) * 3, 1);
};

/** Fiscal years begin in January here, so fiscal periods are those of the calendar. */
const FIXED = {
  TODAY: (now) => [startOfDay(now), startOfDay(now) + DAY],
  YESTERDAY: (now) => [startOfDay(now) - DAY, startOfDay(now)],
  TOMORROW: (now) => [startOfDay(now) + DAY, startOfDay(now) + 2 * DAY],
  THIS_WEEK: (now) => [week(now), week(now) + 7 * DAY],
  LAST_WEEK: (now) => [week(now) - 7 * DAY, week(now)],
  NEXT_WEEK: (now) => [week(now) + 7 * DAY, week(now) + 14 * DAY],
  THIS_MONTH: (now) => [month(now, 0), month(now, 1)],
  LAST_MONTH: (now) => [month(now, -1), month(now, 0)],
  NEXT_MONTH: (now) => [month(now, 1), month(now, 2)],
  LAST_90_DAYS: (now) => [startOfDay(now) - 90 * DAY, startOfDay(now) + DAY],
  NEXT_90_DAYS: (now) => [startOfDay(now) + DAY, startOfDay(now) + 91 * DAY],
  THIS_QUARTER: (now) => [quarter(now, 0), quarter(now, 1)],
  LAST_QUARTER: (now) => [quarter(now, -1), quarter(now, 0)],
  NEXT_QUARTER: (now) => [quarter(now, 1), quarter(now, 2)],
  THIS_YEAR: (now) => [year(now, 0), year(now, 1)],
  LAST_YEAR: (now) => [year(now, -1), year(now, 0)],
  NEXT_YEAR: (now) => [year(now, 1), year(now, 2)],
};

const COUNTED = {
  N_WEEKS_AGO: (now, n) => [week(now) - 7 * n * DAY, week(now) - 7 * (n - 1) * DAY],
  N_MONTHS_AGO: (now, n) => [month(now, -n), month(now, 1 - n)],
  N_QUARTERS_AGO: (now, n) => [quarter(now, -n), quarter(now, 1 - n)],
  N_YEARS_AGO: (now, n) => [year(now, -n), year(now, 1 - n)],
  LAST_N_QUARTERS: (now, n) => [quarter(now, -n), quarter(now, 0)],
  NEXT_N_QUARTERS: (now, n) => [quarter(now, 1), quarter(now, n + 1)],
  NEXT_N_YEARS: (now, n) => [year(now, 1), year(now, n + 1)],
  LAST_N_DAYS: (now, n) => [startOfDay(now) - n * DAY, startOfDay(now) + DAY],
  NEXT_N_DAYS: (now, n) => [startOfDay(now) + DAY, startOfDay(now) + (n + 1) * DAY],
  N_DAYS_AGO: (now, n) => [startOfDay(now) - n * DAY, startOfDay(now) - (n - 1) * DAY],
  LAST_N_WEEKS: (now, n) => [week(now) - 7 * n * DAY, week(now)],
  NEXT_N_WEEKS: (now, n) => [week(now) + 7 * DAY, week(now) + 7 * (n + 1) * DAY],
  LAST_N_MONTHS: (now, n) => [month(now, -n), month(now, 0)],
  NEXT_N_MONTHS: (now, n) => [month(now, 1), month(now, n + 1)],
  LAST_N_YEARS: (now, n) => [year(now, -n), year(now, 0)],
};

/** @param {string} text `LAST_N_DAYS:30` @param {number} now @returns {[number, number] | null} */
export function period(text, now) {
  const [spelled, n] = text.split(':');
  const name = spelled.replace('_FISCAL_', '_');
  if (n === undefined) return FIXED[name]?.(now) ?? null;
  return COUNTED[name]?.(now, Number(n)) ?? null;
}
