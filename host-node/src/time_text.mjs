/**
 * Times as SQLite stores them: "2026-11-23T08:00:00.000Z", 24 characters, so that order of text is order of
 * time. Both databases hold the years 1 to 9999; what lies outside is refused, not bent.
 */
import { End, PortError } from './ports.mjs';

const FIRST_MS = -62135596800000; // 0001-01-01T00:00:00.000Z
const LAST_MS = 253402300799999; // 9999-12-31T23:59:59.999Z
const TEXT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** @param {number} ms since 1970, UTC */
export function timeToText(ms) {
  if (!(ms >= FIRST_MS && ms <= LAST_MS)) {
    throw new PortError(End.failed, `store: the time ${ms} ms lies outside the years 1 to 9999`);
  }
  return new Date(ms).toISOString();
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
