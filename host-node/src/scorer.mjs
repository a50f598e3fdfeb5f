/**
 * Scoring alone, for who holds the data: no storage, no network, nothing to wait for but the module itself.
 *
 *     import { openScorer } from '@perly/salesforce/scorer';
 *
 *     const scorer = await openScorer({ config: await readFile('perly.json', 'utf8'), name: 'perly.json' });
 *     scorer.add('account', accounts).add('contact', contacts).add('activity', activities);
 *     const scores = scorer.score(Date.now());
 */
import { Scorer } from '../../wasm/scorer.mjs';
import { compileModule, readZones } from './module.mjs';

export { Scorer, ScorerError } from '../../wasm/scorer.mjs';
/** @typedef {import('../../wasm/scorer.mjs').ScorerOptions} ScorerOptions */
/** @typedef {import('../../wasm/scorer.mjs').Score} Score */
/** @typedef {import('../../wasm/scorer.mjs').Mistake} Mistake */

/** perly_score.wasm, compiled; keep it to open many scorers. */
export const compileScorer = () => compileModule('perly_score.wasm');

/**
 * @param {ScorerOptions & { module?: WebAssembly.Module }} [options] `module`: compiled before; `zones`: default:
 *   those of the package
 * @returns {Promise<Scorer>} rejects with a ScorerError that lists the configuration's mistakes
 */
export async function openScorer({ module, ...options } = {}) {
  const zones = options.zones ?? (options.config === undefined ? undefined : await readZones());
  return new Scorer(module ?? (await compileScorer()), { ...options, zones });
}
