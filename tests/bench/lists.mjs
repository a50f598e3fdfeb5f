// lists.mjs ENGINE [accounts] [repetitions]: the second rule set, macros over the activities of an account, in the
// JavaScript engines; one line of JSON, as peers/expr/bench.mjs prints it. cel_lists.c has the same rules and data.
import { createRequire } from 'node:module';

const NOW = Date.parse('2026-06-01T00:00:00Z');
const H = 3600000;
const SRC = [
  'activities.filter(a, a.at > now - duration("720h")).size() >= 3 ? 100.0 : 40.0',
  'activities.exists(a, a.kind == "meeting" && a.at > now - duration("2160h")) ? 100.0 : 30.0',
  'activities.all(a, a.minutes <= 90.0) ? 100.0 : 60.0',
  'activities.map(a, a.minutes).exists(m, m > 110.0) ? 100.0 : 50.0',
  'activities.filter(a, a.kind == "email" && !a.answered).size() > 2',
  'activities.exists_one(a, a.kind == "call")',
  'size(activities) == 0',
];
const WEIGHT = [0.4, 0.3, 0.2, 0.1, -20, -5, -30];

/** @param {any[]} values */
function combine(values) {
  let score = 0;
  for (let i = 0; i < 4; i++) score += WEIGHT[i] * values[i];
  for (let i = 4; i < 7; i++) if (values[i]) score += WEIGHT[i];
  return score < 0 ? 0 : score > 100 ? 100 : score;
}

/** The activities of each account. @param {number} count */
function makeActivities(count) {
  let state = 0x9e3779b9 | 0;
  const below = (/** @type {number} */ limit) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  const kinds = ['email', 'call', 'meeting', 'note'];
  const one = () => ({ kind: kinds[below(4)], minutes: below(120), at: NOW - below(200 * 86400) * 1000, answered: below(2) === 1 });
  return Array.from({ length: count }, () => Array.from({ length: below(12) }, one));
}

// By hand, with milliseconds for times: what JavaScript itself can do.
const HAND = [
  (/** @type {any[]} */ l) => (l.filter((a) => a.at > NOW - 720 * H).length >= 3 ? 100 : 40),
  (/** @type {any[]} */ l) => (l.some((a) => a.kind === 'meeting' && a.at > NOW - 2160 * H) ? 100 : 30),
  (/** @type {any[]} */ l) => (l.every((a) => a.minutes <= 90) ? 100 : 60),
  (/** @type {any[]} */ l) => (l.map((a) => a.minutes).some((m) => m > 110) ? 100 : 50),
  (/** @type {any[]} */ l) => l.filter((a) => a.kind === 'email' && !a.answered).length > 2,
  (/** @type {any[]} */ l) => l.filter((a) => a.kind === 'call').length === 1,
  (/** @type {any[]} */ l) => l.length === 0,
];
const list = { var: 'activities' };
const since = (/** @type {number} */ hours) => ({ '>': [{ var: 'at' }, { '-': [{ var: '../../now' }, hours * H] }] });
const JSONLOGIC = [
  { if: [{ '>=': [{ length: { filter: [list, since(720)] } }, 3] }, 100, 40] },
  { if: [{ some: [list, { and: [{ '===': [{ var: 'kind' }, 'meeting'] }, since(2160)] }] }, 100, 30] },
  { if: [{ some: [list, { '>': [{ var: 'minutes' }, 90] }] }, 60, 100] }, // its `all` of no elements is false
  { if: [{ some: [{ map: [list, { var: 'minutes' }] }, { '>': [{ var: '' }, 110] }] }, 100, 50] },
  { '>': [{ length: { filter: [list, { and: [{ '===': [{ var: 'kind' }, 'email'] }, { '!': [{ var: 'answered' }] }] }] } }, 2] },
  { '===': [{ length: { filter: [list, { '===': [{ var: 'kind' }, 'call'] }] } }, 1] },
  { '===': [{ length: list }, 0] },
];

const zenSince = (/** @type {number} */ hours) => `#.at > now - ${hours * H}`;
const ZEN = [
  `len(filter(activities, ${zenSince(720)})) >= 3 ? 100 : 40`,
  `some(activities, #.kind == 'meeting' and ${zenSince(2160)}) ? 100 : 30`,
  'all(activities, #.minutes <= 90) ? 100 : 60',
  'some(map(activities, #.minutes), # > 110) ? 100 : 50',
  "len(filter(activities, #.kind == 'email' and not #.answered)) > 2",
  "one(activities, #.kind == 'call')",
  'len(activities) == 0',
];

/** One decision of the input, an expression node, the output. @returns {Buffer} */
function zenDecision() {
  const position = { x: 0, y: 0 };
  const expressions = ZEN.map((value, i) => ({ id: `k${i}`, key: `k${i}`, value }));
  return Buffer.from(JSON.stringify({
    nodes: [
      { id: 'i', type: 'inputNode', name: 'in', position },
      { id: 'e', type: 'expressionNode', name: 'rules', position, content: { expressions } },
      { id: 'o', type: 'outputNode', name: 'out', position },
    ],
    edges: [{ id: 'a', sourceId: 'i', targetId: 'e', type: 'edge' }, { id: 'b', sourceId: 'e', targetId: 'o', type: 'edge' }],
  }));
}

const require = createRequire(import.meta.url);
/** A function of the activities to the score, or to its promise. @type {{ [name: string]: () => Promise<{ time: (ms: number) => any, score: (list: any[]) => number | Promise<number> }> }} */
const engines = {
  async 'hand-js'() {
    return { time: (ms) => ms, score: (list) => combine(HAND.map((rule) => rule(list))) };
  },
  async marcbachmann() {
    const { parse } = await import('@marcbachmann/cel-js');
    const rules = SRC.map((text) => parse(text));
    const now = new Date(NOW);
    return { time: (ms) => new Date(ms), score: (activities) => combine(rules.map((rule) => rule({ activities, now }))) };
  },
  async bufbuild() {
    const { celEnv, parse, plan } = await import('@bufbuild/cel');
    const { timestampFromMs } = await import('@bufbuild/protobuf/wkt');
    const environment = celEnv();
    const rules = SRC.map((text) => plan(environment, parse(text)));
    const now = timestampFromMs(NOW);
    return { time: timestampFromMs, score: (activities) => combine(rules.map((rule) => rule({ activities, now }))) };
  },
  async 'json-logic-engine'() {
    const { LogicEngine } = require('json-logic-engine');
    const engine = new LogicEngine();
    const rules = JSONLOGIC.map((rule) => engine.build(rule));
    return { time: (ms) => ms, score: (activities) => combine(rules.map((rule) => rule({ activities, now: NOW }))) };
  },
  async 'zen-decision'() {
    const { ZenEngine } = require('@gorules/zen-engine');
    const decision = new ZenEngine().createDecision(zenDecision());
    const score = async (/** @type {any[]} */ activities) => {
      const { result } = await decision.evaluate({ activities, now: NOW });
      return combine(ZEN.map((_, i) => result[`k${i}`]));
    };
    return { time: (ms) => ms, score };
  },
};

/** As many at once as peers/expr/bench.mjs asks. */
const AT_ONCE = 500;

/** @param {any[][]} accounts @param {(list: any[]) => number | Promise<number>} score */
async function meanOf(accounts, score) {
  let sum = 0;
  for (let i = 0; i < accounts.length; i += AT_ONCE) {
    const scores = accounts.slice(i, i + AT_ONCE).map(score);
    for (const one of scores[0] instanceof Promise ? await Promise.all(scores) : scores) sum += /** @type {number} */ (one);
  }
  return sum / accounts.length;
}

const [name, count = '100000', repetitions = '3'] = process.argv.slice(2);
const engine = await engines[name]();
const accounts = makeActivities(Number(count));
for (const activities of accounts) for (const activity of activities) activity.at = engine.time(activity.at);
const times = [];
let mean = 0;
for (let turn = 0; turn < Number(repetitions); turn++) {
  const begun = performance.now();
  mean = await meanOf(accounts, engine.score);
  times.push((performance.now() - begun) / 1000);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({ engine: name, n: accounts.length, accounts_per_s: Math.round(accounts.length / times[times.length >> 1]), mean_score: +mean.toFixed(6) }));
