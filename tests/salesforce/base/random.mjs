// Seeded randomness: everything the local Salesforce invents comes from here, so that a seed names an org.

/**
 * @typedef {object} Random
 * @property {() => number} next a double in [0, 1)
 * @property {(n: number) => number} int an integer in [0, n)
 * @property {(low: number, high: number) => number} between an integer in [low, high]
 * @property {(p: number) => boolean} chance true with probability p
 * @property {<T>(list: readonly T[]) => T} pick one element
 * @property {(list: readonly (readonly [any, number])[]) => any} weighted one value of [value, weight] pairs
 * @property {(mean: number) => number} poisson a count
 * @property {() => number} normal a standard normal value
 * @property {<T extends {length: number, [i: number]: any}>(list: T) => T} shuffle in place
 */

/** Hash of a text to 32 bits (FNV-1a), to derive independent streams from one seed by name. */
export function hash32(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

/**
 * A stream of random numbers (sfc32). Streams with other names are independent of each other.
 * @param {number} seed
 * @param {string} name
 * @returns {Random}
 */
export function createRandom(seed, name = '') {
  let a = seed >>> 0,
    b = hash32(name),
    c = hash32(`${seed}/${name}`),
    d = 1;
  const next32 = () => {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    return t >>> 0;
  };
  for (let i = 0; i < 15; i++) next32();
  const next = () => next32() / 4294967296;
  const int = (n) => Math.floor(next() * n);
  return {
    next,
    int,
    between: (low, high) => low + int(high - low + 1),
    chance: (p) => next() < p,
    pick: (list) => list[int(list.length)],
    weighted: (list) => weighted(next, list),
    poisson: (mean) => poisson(next, mean),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    shuffle: (list) => shuffle(int, list),
  };
}

function weighted(next, list) {
  let total = 0;
  for (const [, weight] of list) total += weight;
  let at = next() * total;
  for (const [value, weight] of list) if ((at -= weight) < 0) return value;
  return list[list.length - 1][0];
}

function poisson(next, mean) {
  if (mean <= 0) return 0;
  const limit = Math.exp(-Math.min(mean, 500));
  let product = next(),
    count = 0;
  while (product > limit) {
    product *= next();
    count++;
  }
  return count;
}

function shuffle(int, list) {
  for (let i = list.length - 1; i > 0; i--) {
    const j = int(i + 1),
      value = list[i];
    list[i] = list[j];
    list[j] = value;
  }
  return list;
}
