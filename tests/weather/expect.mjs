// What is to come of one kind of weather for one kind of request: from what the weather is and what the request is.

/**
 * @typedef {object} Expected
 * @property {string | null} code of the error with which the command ends; null: it succeeds
 * @property {number} exit
 * @property {RegExp} cause what the message must say
 * @property {boolean} person the connection is lost until a person acts, and `perly status` says so
 * @property {boolean} spent the refresh token may have been taken and its successor lost: it is not presented again
 * @property {string | null} incident code of the error with which one object is left out, and the command goes on
 * @property {boolean} kept a Bulk job of scores is left to the next run, which goes on with it; its error is told
 * @property {boolean} later the entry of the outbox is kept for a later run
 */

/** @type {Expected} */
const FINE = { code: null, exit: 0, cause: /^/, person: false, spent: false, incident: null, kept: false, later: false };

/** Errors that say nothing about the other objects. */
const OF_ONE_OBJECT = new Set(['SF_ANSWER', 'SF_ROW_COUNT', 'SF_BULK_JOB_FAILED']);

/** @param {string} code @param {number} exit @param {RegExp} cause @returns {Expected} */
const error = (code, exit, cause) => ({ ...FINE, code, exit, cause, person: ['SF_ACCESS_REVOKED', 'SF_SCOPE'].includes(code) });

/**
 * @param {import('./kinds.mjs').Kind} kind
 * @param {import('./weather.mjs').Weather} weather
 * @returns {Expected}
 */
export function expected(kind, weather) {
  const wanted = byClass(kind, weather);
  // 503 is said before anything is done.
  const lost = weather.done === true || (weather.class === 'unclear' && /** @type {any} */ (weather.fault).status !== 503);
  return { ...wanted, spent: kind.expired === true && !kind.login && lost };
}

/**
 * Weather that every request of a sync would meet: a grant that is revoked on the way, by the next request at the
 * latest.
 * @param {import('./kinds.mjs').Kind} kind @param {import('./weather.mjs').Weather} weather
 */
const isWhole = (kind, weather) =>
  kind.during === 'sync' && (weather.name === 'revoked' || (kind.whole === true && ['SF_SCOPE', 'SF_API_LIMIT'].includes(weather.code ?? '')));

/** @param {import('./kinds.mjs').Kind} kind @param {import('./weather.mjs').Weather} weather @returns {Expected} */
function byClass(kind, weather) {
  if (kind.optional && !isWhole(kind, weather) && (kind.during !== 'disconnect' || weather.times !== 0)) return FINE;
  if (kind.question && (weather.times === 0 || weather.code === 'SF_ANSWER')) return FINE;
  if (weather.class === 'passes' || weather.class === 'renewed') return FINE;
  if (weather.class === 'stops') {
    if (kind.stays) return error(kind.stays, 1, /HTTP 404/);
    // Entries of the outbox that weather alone keeps back are tried again, by a later run if it lasts.
    // A Bulk job that cannot be made or handed over is done without: 200 a request. One that runs is waited for.
    if (kind.ingest === 'made' && weather.times === 0) return FINE;
    // Of a list that breaks off, rows that are missing are sent again.
    const unreadable = kind.ingest === 'running' && weather.code === 'SF_ANSWER';
    if (unreadable || (kind.ingest && weather.times === 0)) return { ...FINE, kept: true, cause: weather.cause ?? /./ };
    if (kind.outbox && weather.code === 'SF_ANSWER') return FINE;
    if (kind.outbox && weather.times === 0) return { ...FINE, later: true };
    if (kind.rest && weather.code === 'SF_ANSWER') return FINE;
    if (kind.pull && (OF_ONE_OBJECT.has(weather.code ?? '') || (kind.alone && weather.times === 0))) {
      return { ...FINE, incident: weather.code ?? '', cause: weather.cause ?? /./ };
    }
    if (kind.once && weather.times === 0) return error('REQUEST_UNCLEAR', 5, /no clear answer to/);
    return error(weather.code ?? '', weather.exit ?? 0, weather.cause ?? /./);
  }
  // Not known whether it was done: what may be repeated is repeated; posts, fields and permissions are looked for.
  if (!kind.once || kind.outbox || kind.during === 'setup') return FINE;
  return error('REQUEST_UNCLEAR', 5, /no clear answer to|the connection broke during|not an answer/);
}

/** As it stands in the printed table. @param {import('./world.mjs').Run} run */
export function outcome(run) {
  if (run.end.ok !== true) return String(run.end.code).replace(/^SF_/, '').toLowerCase();
  if (run.events.some(({ event }) => event === 'incident')) return 'incident';
  if (run.events.some(({ event, kind }) => event === 'outbox_stopped' && kind === 'fields')) return 'kept';
  const late = run.events.some(({ event, later }) => (event === 'acted' || event === 'pushed') && later > 0);
  return late ? 'later' : run.calls['POST /services/oauth2/token'] ? 'renewed' : 'ok';
}
