// bench.mjs [--quick] [--json FILE] [--only WORD] [--pairs N] [--cpu]: the figures of the project, each beside its peer. See README.md.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { rows } from './lib.mjs';

const { values } = parseArgs({ options: { quick: { type: 'boolean' }, json: { type: 'string' }, only: { type: 'string' }, pairs: { type: 'string' }, cpu: { type: 'boolean' }, help: { type: 'boolean' } } });
const quick = values.quick === true;
const pairs = values.pairs === undefined ? (quick ? 3 : 7) : Number(values.pairs);
const parts = {
  size: async () => (await import('./size.mjs')).sizes(),
  cold: async () => (await import('./cold.mjs')).cold({ rounds: quick ? 7 : 20 }),
  cel: async () => (await import('./cel.mjs')).cel({ count: quick ? 20000 : 100000, pairs }),
  pull: async () => (await import('./pull.mjs')).pullAgainstJavaScript({ count: quick ? 50000 : 200000, pairs }),
  promises: async () => (await import('./promises.mjs')).promises({ accounts: quick ? 500 : 2000, days: quick ? 3 : 14 }),
  sync100k: async () => (await import('./sync100k.mjs')).sync100k({ accounts: quick ? 10000 : 100000 }),
  recorded: async () => (await import('./recorded.mjs')).recorded({ accounts: quick ? 2000 : 20000, pairs: Math.min(pairs, 3) }),
  serve: async () => (await import('./serve.mjs')).serve({ accounts: quick ? 4000 : 40000, rounds: quick ? 3 : 7 }),
  ceiling: async () => (await import('./pull.mjs')).pullAgainstC({ count: quick ? 200000 : 1000000, pairs }),
  random: async () => (await import('./pull.mjs')).pullInRandomOrder({ count: quick ? 100000 : 1000000, pairs: Math.min(pairs, 3) }),
  node: async () => (await import('./pull.mjs')).pullByNode({ count: quick ? 50000 : 200000, pairs }),
  postgres: async () => (await import('./pull.mjs')).pullIntoPostgres({ count: quick ? 20000 : 200000, pairs }),
  large: async () => (await import('./pull.mjs')).pullOfMany({ counts: quick ? [100000, 1000000] : [1000000, 10000000] }),
};
if (values.help) {
  console.log(`bench [--quick] [--json FILE] [--only ${Object.keys(parts).join('|')}] [--pairs N] [--cpu]
  --quick: fewer rows and pairs, figures are rough; --cpu: CEL by the time of the processor, for a busy machine`);
  process.exit(0);
}
const wanted = Object.entries(parts).filter(([name]) => values.only === undefined || name === values.only);
if (wanted.length === 0) {
  console.error(`bench: no part '${values.only}'; there are ${Object.keys(parts).join(', ')}`);
  process.exit(4);
}
for (const [, part] of wanted) await part();
if (values.json) {
  const out = rows.map(({ name, value, unit, peer, peer_value, ratio, goal, ok, lowest, highest }) => ({ name, value, unit, peer, peer_value, ratio, goal, ok, lowest, highest }));
  writeFileSync(values.json, `${JSON.stringify(out, null, 1)}\n`);
}
const missed = rows.filter(({ ok }) => ok === false).length;
console.log(`\n${rows.length} figures, ${missed} of them miss their goal`);
