// Counts over a rolling day, in buckets of an hour: the quotas of an org free up as time passes.

import { HOUR } from './time.mjs';

const HOURS = 24;

/** @param {() => number} now ms of org time */
export function createMeter(now) {
  const kinds = new Map();
  const live = (kind) => {
    const oldest = Math.floor(now() / HOUR) - HOURS + 1;
    const buckets = kinds.get(kind) ?? [];
    while (buckets.length && buckets[0].hour < oldest) buckets.shift();
    kinds.set(kind, buckets);
    return buckets;
  };
  return {
    /** @param {string} kind @param {number} [count] */
    add(kind, count = 1) {
      const hour = Math.floor(now() / HOUR),
        buckets = live(kind);
      if (buckets.at(-1)?.hour === hour) buckets.at(-1).count += count;
      else buckets.push({ hour, count });
    },
    /** What was counted in the last 24 hours. */
    count: (kind) => live(kind).reduce((sum, bucket) => sum + bucket.count, 0),
    reset() {
      kinds.clear();
    },
  };
}
