// Writes core/config/default.c: what core/config/default.json says, read beforehand, so that no process reads it
// again. Unit tests (config_document_test) hold one against the other; with --check it only compares, and ends with 1
// when the file is not what it would write.
//
//     node toolchain/embed_default.mjs [--check]
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../core/config');
const UNITS = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };
const LEVELS = ['Low', 'Medium', 'High', 'Critical'];

/** The members of an object; one that is not known here would be lost, so it throws. */
function take(object, ...known) {
  const strange = Object.keys(object).filter((key) => !known.includes(key));
  if (strange.length > 0) throw new Error(`embed_default.mjs does not know ${strange}`);
  return object;
}

function milliseconds(duration) {
  const [, count, unit] = /^(\d+)([smhdw])$/.exec(duration);
  return Number(count) * UNITS[unit];
}

/** As canonical.c writes it: in the largest unit that gives an integer. */
function shortest(duration) {
  const ms = milliseconds(duration);
  const unit = ms === 0 ? 's' : ['w', 'd', 'h', 'm', 's'].find((name) => ms % UNITS[name] === 0);
  return `${ms / UNITS[unit]}${unit}`;
}

const quoted = (text) => `"${text.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n').replaceAll('??', '?\\?')}"`;
const slice = (text) => `SLICE_INIT(${quoted(text)})`;
const text = (value, pointer) => (value === undefined ? '{.text = SLICE_INIT("")}' : `{${slice(value)}, ${slice(pointer)}, true}`);
const list = (type, name, items) => `static const ${type} ${name}[] = {\n${items.map((item) => `    ${item},\n`).join('')}};\n`;

function signal([name, value]) {
  const { label, value: expression, max_age } = take(value, 'label', 'value', 'imported', 'max_age');
  return `{${slice(name)}, ${slice(label)}, ${text(expression, `/model/signals/${name}/value`)}, ${milliseconds(max_age ?? '0s')}}`;
}

function component(value, i) {
  const { name, label, weight, optional = false, score, reason } = take(value, 'name', 'label', 'weight', 'optional', 'score', 'reason');
  const at = `/model/components/${i}`;
  return `{${slice(name)}, ${slice(label)}, ${weight}, ${optional}, ${text(score, `${at}/score`)}, ${text(reason, `${at}/reason`)}}`;
}

function gate(value, i) {
  const { name, label, when, at_most, reason } = take(value, 'name', 'label', 'when', 'at_most', 'reason');
  const at = `/model/gates/${i}`;
  return `{${slice(name)}, ${slice(label)}, ${text(when, `${at}/when`)}, ${at_most}, ${text(reason, `${at}/reason`)}}`;
}

function rule(value, i) {
  const { name, when, task, chatter, mode } = take(value, 'name', 'when', 'task', 'chatter', 'mode');
  const at = `/rules/${i}`;
  const members = [`.name = ${slice(name)}`, `.when = ${text(when, `${at}/when`)}`, `.mode = RULE_${mode.toUpperCase()}`];
  members.push(`.due_business_days = 2, .reminder_hour = -1, .task_priority = ${slice(task?.priority ?? 'Normal')}`);
  if (task) {
    const { business_days } = take(take(task, 'subject', 'due', 'priority', 'description').due, 'business_days');
    members.push('.has_task = true', `.task_subject = ${text(task.subject, `${at}/task/subject`)}`);
    members.push(`.task_description = ${text(task.description, `${at}/task/description`)}`);
    members.push(`.due_expression = ${text(business_days, `${at}/task/due/business_days`)}`);
  }
  if (chatter) {
    members.push('.has_chatter = true', `.chatter_text = ${text(take(chatter, 'text').text, `${at}/chatter/text`)}`);
  }
  return `{${members.join(', ')}}`;
}

/** The text that canonical.c writes: what may be left out filled in, keys in order. */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object') return JSON.stringify(value);
  return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`).join()}}`;
}

function filledIn({ $schema, salesforce: { small_windows, ...salesforce }, mapping, model, rules, limits }) {
  if (small_windows !== 'bulk' || Object.values(mapping).some((columns) => Object.keys(columns).length > 0)) {
    throw new Error(`embed_default.mjs knows small_windows "bulk" and empty mappings, ${$schema} or not`);
  }
  const components = model.components.map((item) => ({ optional: false, ...item }));
  const signals = Object.fromEntries(
    Object.entries(model.signals).map(([name, item]) => [name, 'max_age' in item ? { ...item, max_age: shortest(item.max_age) } : item]),
  );
  return {
    limits,
    mapping,
    model: { ...model, signals, components, risk: { ...model.risk, hold_up: shortest(model.risk.hold_up) } },
    rules: rules.map((item) => ({ cooldown: '0s', on_first: false, ...item })),
    salesforce: { filter: {}, ...salesforce, poll: shortest(salesforce.poll) },
  };
}

const document = take(
  JSON.parse(readFileSync(join(folder, 'default.json'), 'utf8')), '$schema', 'salesforce', 'mapping', 'model', 'rules', 'limits',
);
const { salesforce, model, limits } = document;
take(salesforce, 'login', 'api_version', 'poll', 'touch', 'small_windows');
take(model, 'signals', 'components', 'gates', 'segments', 'minimum_coverage', 'risk');
const full = filledIn(document);
const hash = (value) => createHash('sha256').update(canonical(value)).digest('hex');
const modelHash = createHash('sha256').update(
  `{"filter":{},"mapping":${canonical(full.mapping)},"model":${canonical(full.model)}}`,
).digest('hex');

const file = join(folder, 'default.c');
const made = `/* Generated by toolchain/embed_default.mjs from default.json. Do not edit. */
#include "config/internal.h"

/* clang-format off */
${list('ConfigSignal', 'signals', Object.entries(model.signals).sort(([a], [b]) => (a < b ? -1 : 1)).map(signal))}
${list('ConfigComponent', 'components', model.components.map(component))}
${list('ConfigGate', 'gates', model.gates.map(gate))}
${list('ConfigRule', 'rules', document.rules.map(rule))}
const Config config_default = {
    .salesforce = {.login = ${slice(salesforce.login)}, .api_version = ${slice(salesforce.api_version)},
                   .poll_ms = ${milliseconds(salesforce.poll)}, .lag_ms = CONFIG_LAG_MS,
                   .overlap_ms = CONFIG_OVERLAP_MS, .touch = ${slice(salesforce.touch)},
                   .fallback_owner = SLICE_INIT(""), .small_windows = ${slice(salesforce.small_windows)},
                   .filter_account = {.text = SLICE_INIT("")}},
    .signals = signals, .signal_count = ${Object.keys(model.signals).length},
    .components = components, .component_count = ${model.components.length},
    .gates = gates, .gate_count = ${model.gates.length},
    .rules = rules, .rule_count = ${document.rules.length},
    .risk = {{${LEVELS.map((name) => model.risk.levels[name])}}, ${model.risk.hysteresis}, ${milliseconds(model.risk.hold_up)}},
    .minimum_coverage = ${model.minimum_coverage},
    .limits = {.actions_at_least = ${limits.actions_per_run.at_least}, .actions_percent = ${limits.actions_per_run.percent},
               .tasks_per_owner_day = ${limits.tasks_per_owner_day}, .api_reserve = ${limits.api_reserve},
               .history_months = CONFIG_HISTORY_MONTHS},
    .hash = ${quoted(hash(full))},
    .model_hash = ${quoted(modelHash)},
};
/* clang-format on */
`;

if (!process.argv.includes('--check')) writeFileSync(file, made);
else if (readFileSync(file, 'utf8') !== made) {
  console.error('core/config/default.c is not of today: node toolchain/embed_default.mjs');
  process.exitCode = 1;
}
