// reorder.mjs FROM.csv TO.csv SEED CHANGED_PERCENT: the same records in an order drawn from SEED; of CHANGED_PERCENT of
// them the last value is another one.
import { readFileSync, renameSync, writeSync, openSync, closeSync } from 'node:fs';

const [from, to, seed, percent] = process.argv.slice(2);
const bytes = readFileSync(from);
const ends = [];
for (let i = 0, quoted = false; i < bytes.length; i++) {
  if (bytes[i] === 34) quoted = !quoted;
  else if (bytes[i] === 10 && !quoted) ends.push(i + 1);
}
const count = ends.length - 1; // the first is the header
const order = Uint32Array.from({ length: count }, (_, i) => i);
let state = BigInt(seed) * 2n + 1n;
/** @param {number} limit */
function below(limit) {
  state = (state * 6364136223846793005n + 1442695040888963407n) & 0xffffffffffffffffn;
  return Number((state >> 33n) % BigInt(limit));
}
for (let i = count - 1; i > 0; i--) {
  const other = below(i + 1);
  [order[i], order[other]] = [order[other], order[i]];
}
const file = openSync(`${to}.part`, 'w');
let parts = [bytes.subarray(0, ends[0])];
let length = 0;
for (const row of order) {
  const record = bytes.subarray(ends[row], ends[row + 1]);
  if (below(100) < Number(percent)) parts.push(record.subarray(0, record.lastIndexOf(',')), Buffer.from(`,"${below(1e9)}.5"\n`));
  else parts.push(record);
  length += record.length;
  if (length > 1 << 22) {
    writeSync(file, Buffer.concat(parts));
    parts = [];
    length = 0;
  }
}
writeSync(file, Buffer.concat(parts));
closeSync(file);
renameSync(`${to}.part`, to);
