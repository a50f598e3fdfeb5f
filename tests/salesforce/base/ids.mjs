// Record ids: 3 characters of prefix, 2 of pod, 10 of a base-62 number, 3 of checksum. The checksum spells
// which of the 15 characters are capitals, five at a time, so that the 18 form survives case-insensitive
// systems. Inside the org an id is a number (its key): prefix index * 2^40 + serial. Keys order as the texts
// do.

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const CHECK = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ012345';
const SERIALS = 2 ** 40;
const TWO = 62 ** 2,
  THREE = 62 ** 3;

const pairs = [],
  triples = [];
const pairBits = new Uint8Array(TWO),
  tripleBits = new Uint8Array(THREE);
const value = new Int8Array(128).fill(-1);

for (let i = 0; i < 62; i++) value[DIGITS.charCodeAt(i)] = i;
for (let i = 0; i < TWO; i++) {
  pairs.push(DIGITS[Math.floor(i / 62)] + DIGITS[i % 62]);
  pairBits[i] = capitals(pairs[i]);
}
for (let i = 0; i < THREE; i++) {
  triples.push(DIGITS[Math.floor(i / TWO)] + pairs[i % TWO]);
  tripleBits[i] = capitals(triples[i]);
}

/** Bit j set if character j is a capital letter. */
function capitals(text) {
  let bits = 0;
  for (let j = 0; j < text.length; j++) if (text[j] >= 'A' && text[j] <= 'Z') bits |= 1 << j;
  return bits;
}

/** The three characters that follow a 15-character id. */
export function checksum(id15) {
  return (
    CHECK[capitals(id15.slice(0, 5))] +
    CHECK[capitals(id15.slice(5, 10))] +
    CHECK[capitals(id15.slice(10, 15))]
  );
}

export const isIdText = (text) => typeof text === 'string' && /^[A-Za-z0-9]{15}([A-Za-z0-9]{3})?$/.test(text);

/**
 * The ids of one org.
 * @param {string} pod two characters that every id of the org carries
 */
export function createIdSpace(pod) {
  /** Users are few and named in every row. */
  const users = new Map();
  const prefixes = [],
    byPrefix = new Map(),
    heads = [];

  const register = (prefix) => {
    let index = byPrefix.get(prefix);
    if (index === undefined) {
      index = prefixes.push(prefix) - 1;
      byPrefix.set(prefix, index);
      heads.push(new Map());
    }
    return index;
  };

  const head = (index, high) => {
    let found = heads[index].get(high);
    if (!found) {
      let digits = '';
      for (let i = 0, rest = high; i < 5; i++, rest = Math.floor(rest / 62))
        digits = DIGITS[rest % 62] + digits;
      const start = prefixes[index] + pod + digits;
      found = [start, CHECK[capitals(start.slice(0, 5))] + CHECK[capitals(start.slice(5, 10))]];
      heads[index].set(high, found);
    }
    return found;
  };

  return {
    pod,
    register,
    key: (prefix, serial) => register(prefix) * SERIALS + serial,
    serial: (key) => key % SERIALS,
    prefix: (key) => prefixes[Math.floor(key / SERIALS)],
    /** The 18 characters of a key; the fast path of every result row. */
    text(key) {
      const known = users.get(key);
      if (known !== undefined) return known;
      const index = Math.floor(key / SERIALS),
        serial = key - index * SERIALS;
      const two = serial % TWO,
        rest = (serial - two) / TWO,
        three = rest % THREE;
      const start = head(index, (rest - three) / THREE);
      const text =
        start[0] + triples[three] + pairs[two] + start[1] + CHECK[tripleBits[three] | (pairBits[two] << 3)];
      if (prefixes[index] === '005') users.set(key, text);
      return text;
    },
    /** The key of an id text of 15 or 18 characters; NaN if this org cannot have made it. */
    parse(text) {
      if (!isIdText(text) || text.slice(3, 5) !== pod) return NaN;
      const index = byPrefix.get(text.slice(0, 3));
      if (index === undefined || (text.length === 18 && checksum(text.slice(0, 15)) !== text.slice(15)))
        return NaN;
      let serial = 0;
      for (let i = 5; i < 15; i++) serial = serial * 62 + value[text.charCodeAt(i)];
      return serial < SERIALS ? index * SERIALS + serial : NaN;
    },
  };
}
