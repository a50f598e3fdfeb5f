// /_clock: the protocol is told at the top of wire/clock.mjs.

import { badRequest, notFound } from '../base/errors.mjs';
import { json, jsonOf } from '../wire/http.mjs';

/** @param {(fn: () => void) => void} onClose calls back when the asking connection ends */
export async function clockRequest(org, request, onClose) {
  const { clock } = org;
  const time = (more = {}) =>
    json(200, {
      wall: clock.now() + org.options.clientSkewMs,
      mono: clock.mono(),
      mode: clock.mode,
      ...more,
    });
  if (request.method === 'GET') return time({ processes: clock.processes() });
  const body = request.body.length ? jsonOf(request) : {};
  switch (request.path) {
    case '/_clock/register':
      clock.register(named(body));
      return time();
    case '/_clock/unregister':
      clock.unregister(named(body));
      return time();
    case '/_clock/busy':
      clock.busy(named(body), body.turn);
      return time();
    case '/_clock/advance':
      clock.advance(Number(body.ms) || 0);
      return time();
    case '/_clock/timer': {
      const at = body.at_mono ?? null;
      if (at !== null && typeof at !== 'number')
        throw badRequest('INVALID_TIMER', 'at_mono is a number or null');
      if (body.open !== undefined && !Number.isInteger(body.open))
        throw badRequest('INVALID_TIMER', 'open is a whole number');
      const wait = clock.timer(named(body), at, body);
      onClose(wait.void);
      return time({ fired: await wait.done });
    }
    default:
      throw notFound();
  }
}

function named(body) {
  if (body.process === undefined) throw badRequest('INVALID_PROCESS', 'process is required');
  return String(body.process);
}
