// The hidden life of an account: how it fares, how much contact it has at a time, how likely it is to leave.
// Nothing of it is served. In a null org contact does not depend on it.

import { DAY } from '../base/time.mjs';

/**
 * @typedef {object} Life
 * @property {'growing' | 'steady' | 'fading' | 'lost'} kind
 * @property {number} base activities a week when all is well
 * @property {number} turned ms: when fading began, or before the loss; Infinity if it did not
 * @property {number} lostAt ms; Infinity while it is a customer
 * @property {number} hazard probability of leaving within a month, from now
 * @property {boolean} customer
 */

const KINDS = [
  ['growing', 22],
  ['steady', 50],
  ['fading', 20],
  ['lost', 8],
];
const HAZARD = { growing: 0.004, steady: 0.012, fading: 0.09, lost: 1 };

/** @returns {Life} */
export function drawLife(random, now) {
  const kind = random.weighted(KINDS);
  const base = Math.min(3, 0.38 * Math.exp(0.8 * random.normal() - 0.2));
  const turned =
    kind === 'fading'
      ? now - random.between(20, 200) * DAY
      : kind === 'lost'
        ? now - random.between(150, 420) * DAY
        : Infinity;
  return {
    kind,
    base,
    turned,
    customer: random.chance(0.82) || kind === 'lost',
    lostAt: kind === 'lost' ? turned + random.between(60, 140) * DAY : Infinity,
    hazard: HAZARD[kind] * (0.6 + 0.8 * random.next()),
  };
}

/** Activities a week that the account sees at a time. */
export function intensity(org, life, at, now) {
  if (org.options.nullOrg) return life.base;
  if (at >= life.lostAt) return life.base * 0.03;
  const months = (now - at) / (30 * DAY);
  if (life.kind === 'growing') return life.base * Math.max(0.5, 1.4 - 0.05 * months);
  if (at <= life.turned) return life.base;
  return life.base * Math.pow(0.5, (at - life.turned) / (45 * DAY));
}

/** Share of contact that comes from the customer: a customer who fades stops writing first. */
export function inboundShare(org, life, at) {
  return org.options.nullOrg || at <= life.turned ? 0.45 : 0.2;
}
