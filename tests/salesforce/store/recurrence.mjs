// Recurring tasks: creating the series makes its occurrences, which point to it by RecurrenceActivityId.
// Daily, every weekday and weekly series; the others give their first occurrence alone.

import { badRequest } from '../base/errors.mjs';
import { DAY } from '../base/time.mjs';

const MOST = 100;

/** @returns {number[]} dates (ms) on which a series falls */
function dates(get) {
  const start = get('RecurrenceStartDateOnly'),
    end = get('RecurrenceEndDateOnly'),
    type = get('RecurrenceType');
  const step = Math.max(1, get('RecurrenceInterval') ?? 1),
    mask = get('RecurrenceDayOfWeekMask') ?? 0;
  const found = [];
  for (let day = start, n = 0; day <= end && found.length < MOST; day += DAY, n++) {
    const weekday = new Date(day).getUTCDay();
    const falls =
      type === 'RecursDaily'
        ? n % step === 0
        : type === 'RecursEveryWeekday'
          ? weekday >= 1 && weekday <= 5
          : type === 'RecursWeekly'
            ? (mask & (1 << weekday)) !== 0 && Math.floor(n / 7) % step === 0
            : n === 0;
    if (falls) found.push(day);
  }
  return found;
}

/** A series needs its type, start and end. */
export function checkSeries(values) {
  if (!values.get('IsRecurrence')) return;
  const missing = ['RecurrenceType', 'RecurrenceStartDateOnly', 'RecurrenceEndDateOnly'].filter(
    (name) => (values.get(name) ?? null) === null,
  );
  if (missing.length) {
    throw badRequest(
      'FIELD_INTEGRITY_EXCEPTION',
      `Recurrence fields are missing: ${missing.join(', ')}`,
      missing,
    );
  }
}

/** Adds the occurrences of a series that was just made. */
export function addOccurrences(table, row) {
  if (!table.get(row, 'IsRecurrence')) return;
  for (const day of dates((name) => table.get(row, name))) {
    const to = table.addRow();
    for (const name of table.columns.keys()) {
      if (!name.startsWith('Recurrence') && !table.unique.has(name))
        table.set(to, name, table.get(row, name));
    }
    table.set(to, 'IsRecurrence', false);
    table.set(to, 'RecurrenceActivityId', table.keyOf(row));
    table.set(to, 'ActivityDate', day);
  }
}
