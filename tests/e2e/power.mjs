// What a power cut leaves of a SQLite database: of the writes that were not settled, those up to any one.
import { existsSync, readFileSync, rmSync, truncateSync } from 'node:fs';

const HEADER_BYTES = 32;
const FRAME_HEADER_BYTES = 24;

/** The frames of a write-ahead log that belong to its present round (https://sqlite.org/fileformat2.html#walformat). @param {string} file */
function readLog(file) {
  const bytes = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
  if (bytes.length < HEADER_BYTES) return { round: '', frames: 0, frameBytes: 0 };
  const frameBytes = FRAME_HEADER_BYTES + bytes.readUInt32BE(8);
  const round = bytes.toString('hex', 16, 24);
  let frames = 0;
  const at = () => HEADER_BYTES + frames * frameBytes;
  while (at() + frameBytes <= bytes.length && bytes.toString('hex', at() + 8, at() + 16) === round) frames++;
  return { round, frames, frameBytes };
}

/**
 * Cuts the log of a dead process between what was settled and its end.
 * @param {string} database @param {string} settled a copy of the log as it was settled last
 * @param {import('../salesforce/base/random.mjs').Random} random
 * @returns {number} how many pages' writes are lost
 */
export function cutPower(database, settled, random) {
  const [log, kept] = [readLog(`${database}-wal`), readLog(settled)];
  // A round begins when all of the one before is in the database, and that on the disk.
  const least = kept.round === log.round ? kept.frames : 0;
  const frames = least + random.int(log.frames - least + 1);
  if (frames < log.frames) truncateSync(`${database}-wal`, HEADER_BYTES + frames * log.frameBytes);
  rmSync(`${database}-shm`, { force: true });
  return log.frames - frames;
}
