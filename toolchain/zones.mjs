// Writes toolchain/perly_zones.bin: every time zone of /usr/share/zoneinfo (Debian's tzdata, IANA names and
// links), as core/base/zones.c reads it. Same input, same bytes.
//
//     node toolchain/zones.mjs
//
// The result is committed, so that every host has the same zones whatever tzdata its builder has installed;
// tests/toolchain/zones.test.mjs holds it against the installed one when that is the same release.
//
// A zone is its offset before the first change, its changes, and a rule for the time from the last one on.
// Changes are coded relative to the one before, because zones of one region then share most of them: a step
// is (seconds since the last change, difference of offset), kept once in a table and named by one or two
// bytes; and a zone whose remaining steps stand somewhere already jumps there. Abbreviations and the DST flag
// are left out: only offsets are kept, so a change of name alone is no change.
//
// The file, little-endian; section sizes follow from the counts:
//
//     "PZ01", version text [12], bytes of the file u32, names u16, zones u16, rules u16, steps u16, codes u32
//     zone:  codes start u16, steps u16, rule u8, first offset i24, time of the last change i48
//     rule:  standard offset i24, daylight offset i24, start and end of daylight time, each:
//            month u8 (0: no daylight time), week u8 (5: last), weekday u8 (0: Sunday), local seconds i24
//     step:  seconds u40 (for a zone's first: since TIME_BASE), difference of offset i24
//     name:  start in the text u16, length u8, zone u16; in the order of their bytes
//     codes: below 192 a step; 192..254 with the next byte 192 and more; 255: go on at u16
//     text:  the names
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * @typedef {{ time: number, offset: number }} Change
 * @typedef {{ month: number, week: number, weekday: number, seconds: number }} Day
 * @typedef {{ standard: number, daylight: number, start: Day, end: Day }} Rule
 * @typedef {{ first: number, changes: Change[], rule: Rule }} Zone
 */

const TIME_BASE = -(2 ** 32);
const ONE_BYTE_STEPS = 192;
const JUMP = 255;
const NO_DAY = { month: 0, week: 0, weekday: 0, seconds: 0 };

export const zonesFile = fileURLToPath(new URL('perly_zones.bin', import.meta.url));

/** The version of the installed tzdata. @param {string} root */
export function installedVersion(root) {
  const found = /^# version (\w+)/.exec(readFileSync(join(root, 'tzdata.zi'), 'latin1'));
  if (!found) throw new Error(`${root}/tzdata.zi names no version`);
  return found[1];
}

/** All names under the folder, sorted, without the copies (posix/) and those with leap seconds (right/). @param {string} root */
function zoneNames(root) {
  /** @type {string[]} */
  const names = [];
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of readdirSync(join(root, folder))) {
      const name = folder === '' ? entry : `${folder}/${entry}`;
      if (['posix', 'right', 'localtime', 'posixrules'].includes(name)) continue;
      if (statSync(join(root, name)).isDirectory()) pending.push(name);
      else if (readFileSync(join(root, name)).toString('latin1', 0, 4) === 'TZif') names.push(name);
    }
  }
  return names.sort((a, b) => (a < b ? -1 : 1));
}

/** A TZif file (RFC 8536), its 64-bit part. @param {Buffer} bytes @returns {Zone} */
function readTzif(bytes) {
  if (bytes[4] < 0x32) throw new Error('a TZif file of version 1');
  const counts = (/** @type {number} */ at) => [0, 1, 2, 3, 4, 5].map((i) => bytes.readUInt32BE(at + 20 + 4 * i));
  const [isUt, isStd, leaps, times, types, chars] = counts(0);
  const second = 44 + times * 5 + types * 6 + chars + leaps * 8 + isStd + isUt;
  const [isUt2, isStd2, leaps2, times2, types2, chars2] = counts(second);
  const timesAt = second + 44;
  const indexAt = timesAt + 8 * times2;
  const typesAt = indexAt + times2;
  const footerAt = typesAt + 6 * types2 + chars2 + leaps2 * 12 + isStd2 + isUt2;
  const offsetOf = (/** @type {number} */ type) => bytes.readInt32BE(typesAt + 6 * type);
  const first = offsetOf(0);
  /** @type {Change[]} */
  const changes = [];
  for (let i = 0; i < times2; i++) {
    const offset = offsetOf(bytes[indexAt + i]);
    if (offset !== (changes.at(-1)?.offset ?? first)) {
      changes.push({ time: Number(bytes.readBigInt64BE(timesAt + 8 * i)), offset });
    }
  }
  return { first, changes, rule: parseRule(bytes.toString('latin1', footerAt).trim()) };
}

/** "[+-]hh[:mm[:ss]]" in seconds. @param {string} text */
function parseClock(text) {
  const [hours, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(':').map(Number);
  return (text.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60 + seconds);
}

/** A POSIX TZ text, as a TZif file ends with; of its forms only those that tzdata uses. @param {string} text @returns {Rule} */
function parseRule(text) {
  const name = '(?:[A-Za-z]+|<[^>]+>)';
  const clock = '[+-]?[0-9:]+';
  const day = `,M([0-9.]+)(?:/(${clock}))?`;
  const found = new RegExp(`^${name}(${clock})(?:${name}(${clock})?${day}${day})?$`).exec(text);
  if (!found) throw new Error(`unknown rule ${text}`);
  const standard = 0 - parseClock(found[1]);
  if (found[3] === undefined) return { standard, daylight: standard, start: NO_DAY, end: NO_DAY };
  const dayOf = (/** @type {string} */ date, /** @type {string} */ time) => {
    const [month, week, weekday] = date.split('.').map(Number);
    return { month, week, weekday, seconds: parseClock(time ?? '2') };
  };
  return {
    standard,
    daylight: found[2] === undefined ? standard + 3600 : 0 - parseClock(found[2]),
    start: dayOf(found[3], found[4]),
    end: dayOf(found[5], found[6]),
  };
}

/** Local seconds since 1970 of the rule's day in the year. @param {Day} day @param {number} year */
function localTime(day, year) {
  const first = Date.UTC(year, day.month - 1, 1) / 86400000;
  const length = Date.UTC(year, day.month, 1) / 86400000 - first;
  let date = ((day.weekday - ((first + 4) % 7) + 14) % 7) + 7 * (day.week - 1);
  while (date >= length) date -= 7;
  return (first + date) * 86400 + day.seconds;
}

/** The changes that the rule makes in these years, in order. @param {Rule} rule @param {number} from @param {number} to */
function changesOfRule(rule, from, to) {
  /** @type {Change[]} */
  const changes = [];
  for (let year = from; rule.start.month !== 0 && year <= to; year++) {
    changes.push({ time: localTime(rule.start, year) - rule.standard, offset: rule.daylight });
    changes.push({ time: localTime(rule.end, year) - rule.daylight, offset: rule.standard });
  }
  return changes.sort((a, b) => a.time - b.time);
}

/** Without the changes at the end that the rule makes too. @param {Zone} zone @returns {Zone} */
function trim(zone) {
  const { changes, rule } = zone;
  if (changes.length === 0) return zone;
  const end = changes[changes.length - 1].time;
  const made = changesOfRule(rule, 1800, new Date(end * 1000).getUTCFullYear());
  // From the last change that is kept until the end of the table, the rule must give the same.
  const agrees = (/** @type {number} */ kept) => {
    const { time, offset } = changes[kept - 1];
    const after = made.findIndex((change) => change.time > time);
    const later = after < 0 ? [] : made.slice(after).filter((change) => change.time <= end);
    const offsetThen = (after < 0 ? made.at(-1) : made[after - 1])?.offset ?? rule.standard;
    return (
      offsetThen === offset &&
      later.length === changes.length - kept &&
      later.every((change, i) => change.time === changes[kept + i].time && change.offset === changes[kept + i].offset)
    );
  };
  let kept = changes.length;
  if (!agrees(kept)) throw new Error(`the rule contradicts the last change, ${new Date(end * 1000).toISOString()}`);
  while (kept > 1 && agrees(kept - 1)) kept--;
  return { ...zone, changes: changes.slice(0, kept) };
}

/** The steps of a zone as texts "seconds difference". @param {Zone} zone */
function stepsOf({ first, changes }) {
  return changes.map(({ time, offset }, i) => {
    const before = i === 0 ? { time: TIME_BASE, offset: first } : changes[i - 1];
    return `${time - before.time} ${offset - before.offset}`;
  });
}

/** All different steps, the most frequent first. @param {string[][]} lists */
function countSteps(lists) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const step of lists.flat()) counts.set(step, (counts.get(step) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([step]) => step);
}

/**
 * The codes of all zones and where each begins. Written longest first, so that shorter ones find their end in
 * them: `places` maps the steps that are left to the position of a code from which they can be read.
 * @param {string[][]} lists @param {string[]} steps
 */
function encode(lists, steps) {
  const numbers = new Map(steps.map((step, i) => [step, i]));
  /** @type {number[]} */
  const codes = [];
  /** @type {Map<string, number>} */
  const places = new Map();
  /** @type {number[]} */
  const starts = [];
  const order = lists.map((_, i) => i).sort((a, b) => lists[b].length - lists[a].length || a - b);
  for (const zone of order) {
    const list = lists[zone];
    starts[zone] = codes.length;
    /** @type {number[]} */
    const positions = [];
    for (let i = 0; i < list.length; i++) {
      const place = places.get(list.slice(i).join());
      if (place !== undefined && (i === 0 || list.length - i > 3)) {
        if (i === 0) starts[zone] = place;
        else codes.push(JUMP, place & 255, place >> 8);
        break;
      }
      positions.push(codes.length);
      const number = /** @type {number} */ (numbers.get(list[i]));
      const rest = number - ONE_BYTE_STEPS;
      if (rest < 0) codes.push(number);
      else codes.push(ONE_BYTE_STEPS + (rest >> 8), rest & 255);
    }
    // Any run that begins at a code written just now can be shared, to this zone's end or ending before it.
    positions.forEach((position, i) => {
      for (let end = list.length; end > i; end--) {
        const run = list.slice(i, end).join();
        if (!places.has(run)) places.set(run, position);
      }
    });
  }
  return { codes, starts };
}

/** A little-endian integer of any width. @param {number} value @param {number} bytes */
function integer(value, bytes) {
  const buffer = Buffer.alloc(bytes);
  if (value < 0) buffer.writeIntLE(value, 0, bytes);
  else buffer.writeUIntLE(value, 0, bytes);
  return buffer;
}

/** @param {Day} day */
function dayBytes({ month, week, weekday, seconds }) {
  return Buffer.concat([Buffer.from([month, week, weekday]), integer(seconds, 3)]);
}

/** The whole file from a zoneinfo folder, or of some sorted names alone. @param {string} root @param {string[]} [names] */
export function buildZones(root, names = zoneNames(root)) {
  /** @type {Map<string, number>} */
  const known = new Map();
  /** @type {Zone[]} */
  const zones = [];
  const zoneOfName = names.map((name) => {
    const zone = trim(readTzif(readFileSync(join(root, name))));
    const key = JSON.stringify(zone);
    if (!known.has(key)) known.set(key, zones.push(zone) - 1);
    return /** @type {number} */ (known.get(key));
  });
  const rules = [...new Set(zones.map(({ rule }) => JSON.stringify(rule)))].sort();
  const lists = zones.map(stepsOf);
  const steps = countSteps(lists);
  const { codes, starts } = encode(lists, steps);

  const zoneBytes = zones.map(({ first, changes, rule }, i) =>
    Buffer.concat([
      integer(starts[i], 2), integer(changes.length, 2), integer(rules.indexOf(JSON.stringify(rule)), 1),
      integer(first, 3), integer(changes.at(-1)?.time ?? TIME_BASE, 6),
    ]),
  );
  const ruleBytes = rules.map((text) => {
    const { standard, daylight, start, end } = JSON.parse(text);
    return Buffer.concat([integer(standard, 3), integer(daylight, 3), dayBytes(start), dayBytes(end)]);
  });
  const stepBytes = steps.map((step) => {
    const [seconds, difference] = step.split(' ').map(Number);
    return Buffer.concat([integer(seconds, 5), integer(difference, 3)]);
  });
  let textAt = 0;
  const nameBytes = names.map((name, i) => {
    const bytes = Buffer.concat([integer(textAt, 2), integer(name.length, 1), integer(zoneOfName[i], 2)]);
    textAt += name.length;
    return bytes;
  });
  const body = Buffer.concat([
    integer(names.length, 2), integer(zones.length, 2), integer(rules.length, 2), integer(steps.length, 2),
    integer(codes.length, 4), ...zoneBytes, ...ruleBytes, ...stepBytes, ...nameBytes, Buffer.from(codes),
    Buffer.from(names.join(''), 'latin1'),
  ]);
  const head = Buffer.concat([Buffer.from('PZ01'), Buffer.alloc(12)]);
  head.write(installedVersion(root), 4, 'latin1');
  return Buffer.concat([head, integer(head.length + 4 + body.length, 4), body]);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const root = '/usr/share/zoneinfo';
  const file = buildZones(root);
  writeFileSync(zonesFile, file);
  console.log(`${zonesFile}: tzdata ${installedVersion(root)}, ${file.length} bytes`);
}
