// What a caller does first: the module, the default model, one account. peers/cold/first.mjs imports it and calls first().
import { readFileSync } from 'node:fs';

import { Scorer } from '../../wasm/scorer.mjs';

export const module = new URL('../../build/emscripten/wasm/perly_score.wasm', import.meta.url);

const NOW = Date.UTC(2026, 10, 23, 8);
const account = { id: '001000000000001AAA', name: 'Acme', created: NOW - 400 * 86_400_000 };

/** 100, as first.mjs demands, when the account was scored. @param {Scorer} [scorer] */
export function first(scorer = new Scorer(new WebAssembly.Module(readFileSync(module)))) {
  const scores = scorer.add('account', [account]).score(NOW);
  return scores.length === 1 && scores[0].account_id === account.id ? 100 : 0;
}
