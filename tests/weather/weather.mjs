// Every kind of bad weather, and what is to come of it.

/**
 * @typedef {object} Weather
 * @property {string} name
 * @property {object} fault as tests/salesforce/wire/faults.mjs has it
 * @property {number} [times] how often it fires; 0: always
 * @property {(kind: import('./kinds.mjs').Kind) => boolean} [meets] which requests it can meet
 * @property {'passes' | 'unclear' | 'renewed' | 'stops'} class what is to come of it: it passes by itself; it is
 *   not known whether the thing was done; the session is renewed; a person or time must help
 * @property {boolean} [done] Salesforce did what was asked
 * @property {string} [code] of the error with which it stops
 * @property {number} [exit]
 * @property {RegExp} [cause] what the message must say
 */

const hasSession = (/** @type {import('./kinds.mjs').Kind} */ kind) => !kind.anonymous && !kind.open;
const hasBody = (/** @type {import('./kinds.mjs').Kind} */ kind) => !kind.bodiless;
const status = (/** @type {number} */ number, /** @type {object} */ more = {}) => ({ kind: 'status', status: number, ...more });

/** @type {Weather[]} */
export const WEATHER = [
  { name: 'delay', fault: { kind: 'delay', ms: 20_000 }, class: 'passes' },
  { name: '503', fault: status(503), class: 'unclear' },
  { name: '503 after', fault: status(503, { retry_after: 30 }), class: 'unclear' },
  { name: '500 empty', fault: status(500, { body: 'empty' }), class: 'unclear' },
  { name: '502 html', fault: status(502, { body: 'html' }), class: 'unclear' },
  { name: '420 html', fault: status(420, { body: 'html' }), class: 'passes' },
  { name: '406 empty', fault: status(406, { body: 'empty' }), class: 'passes' },
  { name: '429', fault: status(429, { body: 'empty' }), class: 'passes' },
  { name: 'dropped', fault: { kind: 'drop' }, class: 'unclear' },
  { name: 'lost', fault: { kind: 'lost' }, done: true, class: 'unclear' },
  { name: 'cut head', fault: { kind: 'cut', in_head: true }, done: true, class: 'unclear' },
  { name: 'cut body', fault: { kind: 'cut', after_bytes: 20 }, meets: hasBody, done: true, class: 'unclear' },
  { name: 'cut row', fault: { kind: 'cut', after_bytes: 300 }, meets: (kind) => kind.csv === true, done: true, class: 'unclear' },
  { name: 'bad json', fault: { kind: 'garbled' }, meets: (kind) => hasBody(kind) && !kind.csv, done: true, class: 'stops', code: 'SF_ANSWER', exit: 5, cause: /JSON|answer/ },
  { name: 'html 200', fault: status(200, { body: 'html' }), class: 'unclear' },
  { name: '302', fault: { kind: 'redirect' }, class: 'passes' },
  { name: 'expired', fault: { kind: 'expire' }, meets: hasSession, class: 'renewed' },
  {
    name: '401 scope',
    fault: status(401, { code: 'INVALID_SESSION_ID', message: 'This session is not valid for use with the REST API' }),
    meets: (kind) => !kind.anonymous, class: 'stops', code: 'SF_SCOPE', exit: 3, cause: /not valid for use with the REST API/,
  },
  { name: 'revoked', fault: { kind: 'revoke' }, meets: hasSession, class: 'stops', code: 'SF_ACCESS_REVOKED', exit: 3, cause: /expired access\/refresh token/ },
  { name: 'limit', fault: { kind: 'limit' }, meets: hasSession, class: 'stops', code: 'SF_API_LIMIT', exit: 5, cause: /TotalRequests Limit exceeded/ },
  {
    name: '403 busy', fault: status(403, { code: 'REQUEST_LIMIT_EXCEEDED', message: 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.' }),
    meets: hasSession, class: 'passes',
  },
  { name: '503 always', fault: status(503), times: 0, class: 'stops', code: 'SF_BUSY', exit: 5, cause: /HTTP 503/ },
  { name: 'row more', fault: { kind: 'rows', off: 1 }, meets: (kind) => kind.csv === true, class: 'passes' },
  { name: 'total more', fault: { kind: 'wrong_total', off: 1 }, meets: (kind) => kind.rest === true, class: 'passes' },
  {
    name: 'total wrong', fault: { kind: 'wrong_total', off: 1 }, times: 0,
    meets: (kind) => kind.rest === true && kind.alone === true, class: 'stops', code: 'SF_ROW_COUNT', exit: 5, cause: /announced/,
  },
  {
    name: 'wrong count', fault: { kind: 'wrong_count', off: 1 },
    meets: (kind) => kind.bulk === true, class: 'stops', code: 'SF_ROW_COUNT', exit: 5, cause: /announced/,
  },
  {
    name: 'job fails', fault: { kind: 'failed_job', message: 'InternalServerError' },
    meets: (kind) => kind.bulk === true, class: 'stops', code: 'SF_BULK_JOB_FAILED', exit: 5, cause: /InternalServerError/,
  },
  {
    name: 'job mute', fault: { kind: 'failed_job', message: null },
    meets: (kind) => kind.bulk === true, class: 'stops', code: 'SF_BULK_JOB_FAILED', exit: 5, cause: /failed/,
  },
  { name: 'slow job', fault: { kind: 'slow_job', ms: 600_000 }, meets: (kind) => kind.bulk === true, class: 'passes' },
];
