// /_control/...: what a test or a demo does to the org from outside, and what it reads back. No part of
// Salesforce: nothing here needs a token, counts as an API call, or moves the clock (but `live` and
// `advance`).

import { ApiError, badRequest, notFound } from '../base/errors.mjs';
import { insert, housekeeping, merge, purge, remove, undelete, update } from '../store/dml.mjs';
import { planQuery, recordWriter } from '../soql/run.mjs';
import { parseSoql } from '../soql/parser.mjs';
import { json, jsonOf } from '../wire/http.mjs';
import { createRouter } from '../wire/router.mjs';
import { live, setLife } from '../generate/live.mjs';
import { grant, revokeFamily } from './oauth.mjs';

/** Acts as another administrator of the org, who sees everything. */
const other = (org, more = {}) => ({
  org,
  user: org.otherAdmin,
  version: '66.0',
  origin: org.origin,
  ...more,
});

const keyOf = (org, id, fallback) => {
  if (id === undefined) return fallback;
  const key = org.ids.parse(id);
  if (!org.find(key)) throw badRequest('MALFORMED_ID', `no record ${id}`);
  return key;
};

function query(ctx, request) {
  const { org } = ctx;
  const plan = planQuery(other(org), parseSoql(request.query.get('q')), true);
  return json(200, plan.rows().map(recordWriter(other(org), plan)));
}

const records = (soql) => (ctx) => {
  const plan = planQuery(other(ctx.org), parseSoql(soql), true);
  return json(200, plan.rows().map(recordWriter(other(ctx.org), plan)));
};

const ACTIONS = {
  insert: (ctx, { object, fields }) => insert(ctx, object, fields),
  update: (ctx, { object, id, fields }) => update(ctx, object, id, fields),
  delete: (ctx, { object, id }) => remove(ctx, object, id),
  undelete: (ctx, { object, id }) => undelete(ctx, object, id),
  purge: (ctx, { object, id }) => purge(ctx, object, id),
  merge: (ctx, { object, id, loser }) => merge(ctx, object, id, loser),
};

/** A write by somebody else; `late_ms`: it is seen that much later than its stamp says. */
function edit(ctx, request) {
  const { org } = ctx;
  const body = jsonOf(request);
  const act = ACTIONS[body.action];
  if (!act) throw badRequest('INVALID_ACTION', `action is one of ${Object.keys(ACTIONS).join(' ')}`);
  const user = keyOf(org, body.as, org.otherAdmin);
  const stampAt = Math.floor((body.stamp ? Date.parse(body.stamp) : org.now()) / 1000) * 1000;
  if (!body.late_ms) return edited(org, act(other(org, { user, stampAt }), body));
  org.later(org.now() + body.late_ms, () => act(other(org, { user, stampAt }), body));
  return json(200, { ok: true, late: true });
}

const edited = (org, key) => json(200, { ok: true, id: key === undefined ? null : org.ids.text(key) });

function expire(ctx, request) {
  const { auth } = ctx.org;
  const { what = 'access' } = jsonOf(request);
  if (what === 'access' || what === 'all')
    for (const session of auth.sessions.values()) session.expired = true;
  if (what === 'refresh' || what === 'all') for (const family of auth.families) revokeFamily(ctx.org, family);
  if (what === 'codes') auth.codes.clear();
  if (what === 'cursors') ctx.org.cursors.clear();
  return json(200, { ok: true });
}

function permissions(ctx, request) {
  const { org } = ctx;
  const { user, deny = [], allow = [] } = jsonOf(request);
  const key = keyOf(org, user, org.connectedUser);
  for (const what of deny) org.access.deny(key, what, true);
  for (const what of allow) org.access.deny(key, what, false);
  return json(200, { denied: org.access.denials(key) });
}

function newGrant(ctx, request) {
  const { org } = ctx;
  const { user, scope } = jsonOf(request);
  const made = grant(org, keyOf(org, user, org.connectedUser), scope);
  return json(200, { access_token: made.access, refresh_token: made.refresh });
}

function oauth(ctx, request) {
  const { auth } = ctx.org;
  const body = jsonOf(request);
  if (body.fail_next) auth.nextFailure = body.fail_next;
  if (body.deny_next) auth.denyNext = true;
  // The same login, another org: what a migration or a refreshed sandbox looks like.
  if (body.move_org) ctx.org.id += 1;
  if (body.redirect_uri) auth.redirectUris.push(body.redirect_uri);
  if (body.public_key) auth.keys.set(auth.client.id, body.public_key);
  if (body.ip_refused !== undefined) auth.ipRefused = body.ip_refused;
  if (body.secret_required !== undefined) auth.secretRequired = body.secret_required;
  return json(200, { ok: true });
}

function stats(ctx) {
  const { org } = ctx;
  return json(200, {
    calls: org.calls,
    api_usage: org.usage(),
    arrivals: org.arrivals,
    faults: org.faults.fired,
    jobs: org.jobs.size,
    bytes_sent: org.counters.bytesSent ?? 0,
    now: org.now(),
  });
}

function resetStats(ctx) {
  Object.assign(ctx.org, { calls: {}, arrivals: 0 });
  ctx.org.meter.reset();
  ctx.org.counters.bytesSent = 0;
  ctx.org.faults.fired.length = 0;
  ctx.org.requests.length = 0;
  return json(200, { ok: true });
}

function addFaults(ctx, request) {
  const body = jsonOf(request);
  for (const rule of Array.isArray(body) ? body : [body]) {
    if (rule.rate !== undefined) ctx.org.faults.random(rule);
    else if (!rule.fault?.kind)
      throw badRequest('INVALID_FAULT', 'a rule has match and fault.kind, or rate and seed');
    else ctx.org.faults.add(rule);
  }
  return json(200, { rules: ctx.org.faults.list() });
}

function lock(ctx, request) {
  const { id, ms, times = 1 } = jsonOf(request);
  ctx.org.locks.set(keyOf(ctx.org, id), ms === undefined ? { times } : { until: ctx.org.now() + ms });
  return json(200, { ok: true });
}

async function letLive(ctx, request) {
  const { days = 1, advance = true } = jsonOf(request);
  return json(200, await live(ctx.org, days, advance));
}

function life(ctx, request) {
  const { account, kind } = jsonOf(request);
  setLife(ctx.org, keyOf(ctx.org, account), kind);
  return json(200, { ok: true });
}

function truth(ctx) {
  const { org } = ctx;
  const table = org.tables.get('Account');
  return json(
    200,
    [...org.truth].map(([row, one]) => ({
      account: org.ids.text(table.keyOf(row)),
      kind: one.kind,
      hazard: one.hazard,
      customer: one.customer,
      turned: finite(one.turned),
      lost_at: finite(one.lostAt),
    })),
  );
}

const finite = (ms) => (Number.isFinite(ms) ? new Date(ms).toISOString() : null);

function options(ctx, request) {
  const { org } = ctx;
  for (const [name, value] of Object.entries(jsonOf(request))) {
    if (!(name in org.options)) throw badRequest('INVALID_OPTION', `no option ${name}`);
    org.options[name] = value;
  }
  return json(200, org.options);
}

const ok = (act) => (ctx, request) => {
  act(ctx.org, jsonOf(request));
  return json(200, { ok: true });
};

/** [method, path, handler, what it does]; the last column is shown by GET /_control. */
const LIST = [
  ['GET', '/_control/stats', stats, 'API calls by kind, arrivals, faults that fired'],
  ['POST', '/_control/stats/reset', resetStats, 'all counters to zero'],
  ['GET', '/_control/requests', (ctx) => json(200, ctx.org.requests), 'the last 1,000 requests'],
  ['GET', '/_control/query', query, '?q=SOQL as another administrator, deleted rows included'],
  [
    'GET',
    '/_control/tasks',
    records(
      'SELECT Id, Subject, OwnerId, Owner.Name, WhatId, What.Name, WhoId, ActivityDate, ' +
        'Status, Priority, Description, IsDeleted, CreatedDate, CreatedById FROM Task ' +
        "WHERE CreatedBy.Alias = 'integ' " +
        'ORDER BY CreatedDate',
    ),
    'Tasks the connected user made',
  ],
  [
    'GET',
    '/_control/feed',
    records(
      'SELECT Id, ParentId, Type, Body, Title, CreatedDate, CreatedById FROM FeedItem ' +
        'ORDER BY CreatedDate',
    ),
    'every feed item',
  ],
  [
    'POST',
    '/_control/edit',
    edit,
    '{action: insert|update|delete|undelete|purge|merge, object, id, fields, loser, as, stamp, late_ms}',
  ],
  ['POST', '/_control/faults', addFaults, 'a rule, a list of rules, or {seed, rate, kinds, match}'],
  ['GET', '/_control/faults', (ctx) => json(200, ctx.org.faults.list()), 'the rules'],
  [
    'DELETE',
    '/_control/faults',
    (ctx) => {
      ctx.org.faults.clear();
      return json(200, { ok: true });
    },
    'no more faults',
  ],
  ['POST', '/_control/expire', expire, '{what: access|refresh|all|codes|cursors}'],
  ['POST', '/_control/grant', newGrant, '{user, scope}: tokens without the browser'],
  [
    'POST',
    '/_control/oauth',
    oauth,
    '{fail_next: {error, error_description, status}, deny_next, move_org, redirect_uri, public_key, ' +
      'secret_required, ip_refused}',
  ],
  [
    'POST',
    '/_control/permissions',
    permissions,
    '{user, deny: [name | Object.right | Object.Field.right], allow: [...]}',
  ],
  ['POST', '/_control/lock', lock, '{id, times | ms}: UNABLE_TO_LOCK_ROW'],
  [
    'POST',
    '/_control/rules',
    ok((org, rule) => org.validationRules.push(rule)),
    '{object, field, above | below | equals, message}',
  ],
  [
    'DELETE',
    '/_control/rules',
    (ctx) => {
      ctx.org.validationRules.length = 0;
      return json(200, { ok: true });
    },
    'no more validation rules',
  ],
  [
    'POST',
    '/_control/other_apps',
    ok((org, { calls = 0, query_jobs = 0, query_mb = 0 }) => {
      org.meter.add('other', calls);
      org.meter.add('queryJobs', query_jobs);
      org.meter.add('resultBytes', query_mb * 2 ** 20);
    }),
    '{calls, query_jobs, query_mb}: what other applications use of the day',
  ],
  ['POST', '/_control/live', letLive, '{days, advance}: time passes and customers live on'],
  ['POST', '/_control/life', life, '{account, kind: growing|steady|fading|lost}'],
  ['GET', '/_control/truth', truth, 'the hidden truth of every account'],
  [
    'POST',
    '/_control/housekeeping',
    ok((org) => housekeeping(org)),
    'archive old activities, empty the recycle bin',
  ],
  ['POST', '/_control/options', options, 'change switches of the org while it runs'],
  ['GET', '/_control/options', (ctx) => json(200, ctx.org.options), 'the switches'],
];

const HELP = [
  'GET',
  '/_control',
  () =>
    json(
      200,
      LIST.map(([method, path, , what]) => `${method} ${path}: ${what}`),
    ),
  '',
];
const find = createRouter([...LIST, HELP]);

/** @returns {Promise<import('../wire/http.mjs').Answer>} */
export async function control(org, request) {
  const route = find(request.method, request.path);
  if (!route || route === 'method') throw notFound(`no such control; GET /_control lists them`);
  try {
    if (request.method !== 'GET' && !request.body.length) request.json = {};
    return await route.handler({ org }, request, route.params);
  } catch (error) {
    if (error instanceof ApiError) throw error;
    throw badRequest('INVALID_CONTROL', error.message);
  }
}
