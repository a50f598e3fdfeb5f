// Faults on demand: by script (this request, this way) or by seed and rate. Each that fires is written down,
// so that a test can prove it met one.
//
// A rule: {"match": {"method": "GET", "path": "regexp", "body": "regexp", "nth": 2}, "fault": {...}, "times": 1};
// `nth` counts the requests that match, from 1; `times` is how often it fires after that (default 1, 0 = always). Faults:
// {"kind": ...}
//   delay        ms                         the answer waits, in org time
//   status       status, body, retry_after  body: "json" (default) | "oauth" | "empty" | "html"; also code, message;
//                                           retry_as "date": the seconds of retry_after as a time by the Date header
//   garbled      text                       done and committed; the body is not JSON (default: cut short)
//   expire       -                          the session of the request has expired: 401
//   revoke       -                          the grant of the request is revoked: 401, and no refresh any more
//   drop         -                          read whole, the connection closed; nothing is done
//   lost         -                          done and committed; the connection is closed without an answer
//   then         act                        done and committed; the answer waits for this function (in one process only)
//   cut          after_bytes, in_head       the connection ends after that many body bytes, or inside the head
//   rows         off                        Sforce-NumberOfRecords announces that many rows more than are sent
//   slow_job     ms                         (at job creation) the job takes that much longer
//   failed_job   message                    (at job creation) the job fails; message may be null
//   wrong_count  off                        (at job creation) numberRecordsProcessed is off by that
//   repeat       seed, share                (at job creation) so many of the rows come twice, and all in another order
//   wrong_total  off                        totalSize of a query over REST is off by that
//   plain        -                          gzip is not used although asked for
//   skew         ms                         the Date header is off
//   redirect     location                   302 to a maintenance page
//   limit        -                          403 REQUEST_LIMIT_EXCEEDED

import { revokeFamily } from '../api/oauth.mjs';
import { createRandom } from '../base/random.mjs';
import { ApiError } from '../base/errors.mjs';
import { empty, failure, html, json } from './http.mjs';

/** What a random fault may be, unless the rule says. */
const USUAL = [
  { kind: 'status', status: 503, retry_after: 1 },
  { kind: 'status', status: 502, body: 'html' },
  { kind: 'status', status: 420, body: 'html' },
  { kind: 'status', status: 500, body: 'empty' },
  { kind: 'status', status: 406, body: 'empty' },
  { kind: 'drop' },
  { kind: 'lost' },
  { kind: 'cut', after_bytes: 100 },
  { kind: 'delay', ms: 3000 },
  { kind: 'expire' },
];

const JOB_KINDS = new Set(['slow_job', 'failed_job', 'wrong_count', 'repeat', 'wrong_total']);

export function createFaults() {
  let rules = [];
  const fired = [];

  const add = (rule) => {
    const match = rule.match ?? {};
    rules.push({
      ...rule,
      method: match.method,
      path: new RegExp(match.path ?? ''),
      body: match.body === undefined ? null : new RegExp(match.body),
      nth: match.nth ?? 1,
      seen: 0,
      left: rule.times ?? 1,
    });
    return rules.length;
  };

  const random = ({ seed = 1, rate = 0.05, kinds, match = {} }) => {
    const stream = createRandom(seed, 'faults');
    const list = kinds ? kinds.map((kind) => (typeof kind === 'string' ? { kind } : kind)) : USUAL;
    rules.push({
      method: match.method,
      path: new RegExp(match.path ?? ''),
      draw: () => (stream.chance(rate) ? stream.pick(list) : null),
    });
  };

  const fires = (rule) => {
    if (rule.draw) return rule.draw();
    if (++rule.seen < rule.nth || (rule.left === 0 && rule.times !== 0)) return null;
    if (rule.times !== 0) rule.left--;
    return rule.fault;
  };

  return {
    add,
    random,
    fired,
    clear() {
      rules = [];
    },
    list: () =>
      rules.map((rule) => ({
        match: rule.match ?? null,
        fault: rule.fault ?? 'random',
        seen: rule.seen,
        left: rule.left,
      })),
    /** The faults that meet this request; usually none. */
    meet(request) {
      const met = [];
      if (!rules.length) return met;
      const target = request.path + (request.query.size ? `?${request.query}` : '');
      for (const rule of rules) {
        if ((rule.method && rule.method !== request.method) || !rule.path.test(target)) continue;
        if (rule.body && !rule.body.test(String(request.body))) continue;
        const fault = fires(rule);
        if (!fault) continue;
        met.push(fault);
        fired.push({ method: request.method, path: target, kind: fault.kind });
      }
      return met;
    },
  };
}

export const find = (faults, kind) => faults.find((fault) => fault.kind === kind) ?? null;
/** Those that a handler looks at while it makes the answer. */
export const jobFault = (faults) => faults.filter((fault) => JOB_KINDS.has(fault.kind));

/** An answer in place of the real one; null: none of these faults gives one. */
export function instead(org, request, faults) {
  const status = find(faults, 'status');
  if (status) return statusAnswer(org, status);
  if (find(faults, 'limit'))
    return failure(new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'));
  const redirect = find(faults, 'redirect');
  if (redirect) return empty(302, { location: redirect.location ?? 'https://maintenance.example/' });
  const name = (request.headers.authorization ?? '').replace(/^\w+ /, '');
  const session = org.auth.sessions.get(name);
  if (session && find(faults, 'expire')) session.expired = true;
  if (session && find(faults, 'revoke')) revokeFamily(org, session.family);
  return null;
}

/** The answer as a proxy or a bug may leave it: the right length, and no document. */
export function garbled(answer, faults) {
  const fault = find(faults, 'garbled');
  if (!fault || answer.stream || !answer.body) return answer;
  const body = fault.text ?? String(answer.body).slice(0, Math.floor(answer.body.length / 2));
  return { ...answer, body, json: undefined };
}

function statusAnswer(org, fault) {
  const answer = bodyOf(fault);
  if (fault.retry_after === undefined) return answer;
  const at = org.now() + org.options.skewMs + fault.retry_after * 1000;
  answer.headers['retry-after'] = fault.retry_as === 'date' ? new Date(at).toUTCString() : String(fault.retry_after);
  return answer;
}

function bodyOf(fault) {
  if (fault.body === 'empty') return empty(fault.status);
  if (fault.body === 'html') {
    return html(
      fault.status,
      '<html><head><title>Please stand by</title></head><body>We are setting things up.</body></html>',
    );
  }
  if (fault.body === 'oauth') return json(fault.status, { error: fault.code, error_description: fault.message });
  const code = fault.code ?? (fault.status === 503 ? 'SERVER_UNAVAILABLE' : 'UNKNOWN_EXCEPTION');
  return failure(
    new ApiError(fault.status, code, fault.message ?? 'An unexpected error occurred. Please try again.'),
  );
}
