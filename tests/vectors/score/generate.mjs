// Writes told.json: the default model on a few accounts, and many.json: 20 random models, each over 10,000
// generated accounts. Their signals use every function of core/cel/functions.def that gives something a signal can
// hold, over values that differ from account to account.
// The results come from the native build; the vectors prove that the others give the same bits.
//
//     node tests/vectors/score/generate.mjs
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const root = join(here, '../../..');
let state = 20261123;
const below = (limit) => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * limit);
};
const pick = (list) => list[below(list.length)];
const third = () => String((1 + below(299)) / 3).replace(/^(\d+)$/, '$1.0');

// Doubles and integers: what components are made of. E: an int, D: a double, T: a time, S: text.
const E = ['account.employees', 'activities.size()', 'contacts.size()', "opportunities.filter(o, o.type == 'Renewal').size()"];
const D = ['account.revenue', 'double(account.employees) / 3.0', 'sum(opportunities.map(o, o.amount))', 'max(opportunities.map(o, o.amount))'];
const T = ['account.last_touch', 'account.created', 'min(opportunities.map(o, o.close_date))', 'max(activities.map(a, a.at))'];
const S = ['account.name', 'account.type', "coalesce(account.industry, 'none')", 'owner.name'];
const ZONE = ["'+05:30'", "'-08:00'", "'+00:00'"];
const numbers = [
  () => `linear((now - ${pick(T)}).getHours(), ${24 * (20 + below(80))}, ${below(24)})`,
  () => `100.0 * decay(now - ${pick(T)}, days(${7 + below(90)}))`,
  () => `decay(double(${pick(E)}), ${third()}) * 100.0`,
  () => `steps(${pick(E)}, [[0, ${third()}], [3, ${third()}], [500, ${third()}]])`,
  () => `percent(${pick(D)}, ${pick(D)} + 1.0)`,
  () => `avg([${pick(D)}, ${third()}, ${pick(D)}])`,
  () => `avg(opportunities.map(o, o.amount)) / ${third()}`,
  () => `min([${pick(D)}, ${third()}]) / 7.0`,
  () => `math.sqrt(math.abs(${pick(D)}))`,
  () => `math.floor(${pick(D)} / 7.0) + math.ceil(${pick(D)} / 9.0) - math.round(${pick(D)} / 3.0) + math.trunc(-${pick(D)} / 11.0)`,
  () => `math.sign(${pick(D)} - 1000000.0)`,
  () => `math.greatest(${pick(D)}, ${third()}, double(${pick(E)}))`,
  () => `math.least([${pick(D)}, ${third()}])`,
  () => `double(math.bitAnd(${pick(E)}, 255) + math.bitOr(${pick(E)}, 3) + math.bitXor(${pick(E)}, 6) + math.bitShiftLeft(1, 5) + math.bitShiftRight(${pick(E)}, 2) + math.bitNot(${pick(E)}))`,
  () => `math.isFinite(${pick(D)} / double(${pick(E)})) && !math.isNaN(${pick(D)}) && !math.isInf(${pick(D)}) ? ${pick(D)} / double(${pick(E)}) : ${third()}`,
  () => `business_days(${pick(T)}, now)`,
  () => `business_days(${pick(T)}, now, ${pick(ZONE)}) * 3`,
  () => `${pick(T)}.getDayOfYear() + ${pick(T)}.getDate(${pick(ZONE)}) + ${pick(T)}.getDayOfMonth() + ${pick(T)}.getDayOfWeek(${pick(ZONE)})`,
  () => `${pick(T)}.getFullYear() % 100 + ${pick(T)}.getMonth() + ${pick(T)}.getHours(${pick(ZONE)}) + ${pick(T)}.getMinutes() + ${pick(T)}.getSeconds() + ${pick(T)}.getMilliseconds()`,
  () => `(now - ${pick(T)}).getMinutes() % 10000 + (now - ${pick(T)}).getSeconds() % 1000`,
  () => `int(${pick(D)}) % ${1 + below(997)}`,
  () => `int(uint(${pick(E)}) % ${2 + below(9)}u)`,
  () => `double(string(${pick(D)}))`,
  () => `int(string(${pick(E)})) - int(${pick(T)}) % 1000`,
  () => `sum(activities.map(a, (now - a.at).getHours())) % 777`,
  () => `activities.filter(a, a.kind == 'call' && a.direction != 'out' && a.at > now - days(${30 + below(200)})).size()`,
  () => `contacts.exists(c, c.active && 'Champion' in c.roles) ? ${third()} : -${pick(D)} / 5.0`,
  () => `contacts.exists_one(c, c.email_bounced) ? 1.0 : contacts.all(c, c.active) ? ${third()} : 0.0`,
  () => `coalesce(${pick(D)}, ${third()})`,
  () => `double(contacts.map(c, c.roles).flatten().distinct().size()) * ${third()}`,
  () => `double(activities.map(a, a.kind).sort().reverse().slice(0, math.least(activities.size(), 2)).size())`,
  () => `double(lists.range(${2 + below(9)}).map(i, i * ${pick(E)}).first().orValue(3))`,
  () => `double([${pick(E)}, ${pick(E)}].last().value())`,
  () => `optional.of(${pick(D)}).hasValue() ? optional.of(${pick(D)}).or(optional.none()).value() : optional.ofNonZeroValue(${pick(E)}).orValue(1) > 3 ? 1.5 : ${third()}`,
  () => `double(optional.unwrap([optional.of(${pick(E)}), optional.none()]).size() + [optional.of(${pick(E)})].unwrapOpt().size())`,
  () => `100 / (${pick(E)} - ${below(30)})`,
  () => `size(${pick(S)}) * ${below(9)} - ${pick(E)}`,
  () => `double(sets.contains(contacts.map(c, c.active), [true]) || sets.intersects([${pick(E)}], [1, 2, 3]) || sets.equivalent([${pick(E)}], [7]) ? 1 : 0) * ${third()}`,
  () => `type(${pick(D)}) == double && dyn(${pick(E)}) != 3 && bool('true') ? ${third()} : 1.0`,
];
const others = [
  () => `'%s: %d, %.3f, %e, %x'.format([${pick(S)}, ${pick(E)}, ${pick(D)}, ${pick(D)}, ${pick(E)}])`,
  () => `string(${pick(D)})`,
  () => `string(${pick(T)})`,
  () => `string(now - ${pick(T)})`,
  () => `${pick(S)}.lowerAscii().replace('a', 'ä').upperAscii().trim()`,
  () => `${pick(S)}.substring(0, math.least(size(${pick(S)}), 2)) + ${pick(S)}.charAt(0) + ${pick(S)}.reverse()`,
  () => `strings.quote(${pick(S)})`,
  () => `base64.encode(bytes(${pick(S)})) + string(base64.decode('aGk='))`,
  () => `${pick(S)}.split('e').join('-')`,
  () => `${pick(S)}.indexOf('e') - ${pick(S)}.lastIndexOf('e')`,
  () => `${pick(S)}.matches('^(?i)[a-m]\\\\w*(er|ing)?') || ${pick(S)}.contains('00') || ${pick(S)}.startsWith('Cu') && ${pick(S)}.endsWith('r')`,
  () => `${pick(T)} + duration('36h') - days(${below(100)})`,
  () => `now - ${pick(T)}`,
  () => `timestamp(string(${pick(T)})) < now - days(${below(400)})`,
  () => `activities.map(a, a.kind).distinct()`,
  () => `opportunities.map(o, o.amount)`,
];

// Of 2025 and 2026, in no order, some on a Sunday and one twice; a model has none, or those from one on.
const HOLIDAYS = ['2026-01-01', '2026-11-16', '2026-11-20', '2026-10-04', '2025-12-25', '2025-12-26', '2026-05-25', '2026-01-01'];

/** @param {number} index */
function model(index) {
  const signals = {};
  const names = [];
  const count = 14 + below(8);
  for (let i = 0; i < count; i++) {
    names.push(`n${i}`);
    signals[`n${i}`] = numbers[(index * 9 + i * 7 + below(3)) % numbers.length]();
    if (below(4) === 0 && i > 0) signals[`n${i}`] = `coalesce(double(signals.n${below(i)}), 1.0) + double(${signals[`n${i}`]})`;
  }
  for (let i = 0; i < 6; i++) signals[`o${i}`] = others[(index * 5 + i * 3 + below(2)) % others.length]();
  const components = [];
  for (let i = 0; i < 3 + below(8); i++) {
    components.push({
      name: `c${i}`,
      weight: (1 + below(97)) / 3,
      optional: below(3) === 0,
      score: pick([`signals.${pick(names)}`, `100.0 - double(signals.${pick(names)})`, `linear(signals.${pick(names)}, ${below(50)}, ${51 + below(999)})`]),
      reason: `\${signals.${pick(names)}} and \${signals.o${below(6)}}, $$`,
    });
  }
  const gates = [{ name: 'g0', when: `${pick(D)} > ${below(9999999)}.5`, at_most: (20 + below(200)) / 3 }];
  const segments = [{ when: `${pick(S)} == 'Energy' || ${pick(E)} > ${below(4000)}`, weights: { c0: third() * 1, c1: below(50) + 1 } }];
  return { model: { minimum_coverage: below(6) / 10, signals, components, gates, segments }, rules: [], holidays: HOLIDAYS.slice(index % (HOLIDAYS.length + 1)) };
}

const uint32 = (value) => Buffer.from(Uint32Array.of(value).buffer);
function encode(vector) {
  const texts = [vector.op, ...vector.args].map((text) => Buffer.from(text));
  return Buffer.concat([uint32(texts.length), ...texts.flatMap((text) => [uint32(text.length), text])]);
}

const vectors = Array.from({ length: 20 }, (_, index) => ({ op: 'score_many', args: [JSON.stringify(model(index)), String(index + 1), '10000'] }));
const text = vectors.map((vector) => vector.args[0]).join('\n');
const functions = [...readFileSync(join(root, 'core/cel/functions.def'), 'utf8').matchAll(/^FUNCTION\("([\w.]+)"/gm)].map((match) => match[1]);
const unused = functions.filter((name) => !text.includes(`${name}(`));
if (unused.length > 0) throw new Error(`not used: ${unused.join(' ')}`);

// The default model on a few accounts that can be read.
const call = (id, at, who = '003a') => ({ id, account_id: '001a', kind: 'call', at, done: true, contact_ids: who });
const account = { id: '001a', name: 'Acme', owner_id: '005a', employees: 120, created: '2023-01-01' };
const people = [{ id: '003a', account_id: '001a', title: 'CEO' }, { id: '003b', account_id: '001a' }];
const habit = [call('00T1', '2026-02-01'), call('00T2', '2026-04-01', '003a;003b'), call('00T3', '2026-06-01')];
const recent = [call('00T4', '2026-10-01'), call('00T5', '2026-11-20', '003b;003a')];
const scenes = [
  { account: [account], contact: people, activity: [...habit, ...recent] },
  { account: [account], contact: people, activity: habit },
  { account: [account], contact: [{ ...people[0], email_bounced: true }], activity: [...habit, ...recent] },
  { account: [account], contact: people, activity: [...habit, ...recent],
    opportunity: [{ id: '006a', account_id: '001a', type: 'Renewal', stage: 'Prospecting', close_date: '2026-12-20', is_closed: false, is_won: false }],
    changes: [{ id: '006a', column: 'close_date', old: '2026-11-01T00:00:00.000Z', new: '2026-12-20T00:00:00.000Z', stamp: '2026-10-20', seen: '2026-10-20' }] },
  { account: [account, { id: '001b', name: 'Nothing known' }],
    signals: [{ account_id: '001a', name: 'usage', at: '2026-11-20', value: 33.3 }, { account_id: '001a', name: 'sentiment', at: '2026-01-20', value: 3 }] },
];
const told = scenes.map((scene) => ({ op: 'score', args: ['', JSON.stringify(scene), '2026-11-23T08:00:00Z'] }));
const wrong = [
  { op: 'score', args: ['{"model":{"signals":{"a":"signals.b","b":"signals.a"}}}', '{}', '2026-11-23T08:00:00Z'] },
  { op: 'score', args: ['{"model":{"minimum_coverage":2}}', '{}', '2026-11-23T08:00:00Z'] },
];

/** @param {string} file @param {{op: string, args: string[], result?: string}[]} list */
function answer(file, list) {
  const input = Buffer.concat(list.map(encode).flatMap((bytes) => [uint32(bytes.length), bytes]));
  const run = spawnSync(join(root, 'build/native/tests/vectors/vectors'), { input, maxBuffer: 1 << 28 });
  for (let at = 0, i = 0; at < run.stdout.length; i++) {
    const length = run.stdout.readUInt32LE(at);
    list[i].result = run.stdout.toString('utf8', at + 4, at + 4 + length);
    console.log(list[i].result);
    at += 4 + length;
  }
  writeFileSync(join(here, file), `[\n${list.map((vector) => JSON.stringify(vector)).join(',\n')}\n]\n`);
}
answer('told.json', [...told, ...wrong]);
answer('many.json', vectors);
