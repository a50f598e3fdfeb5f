// The HTTP server of a local org: sockets, sessions, limits, faults; everything else is in api/.

import http from 'node:http';
import { createGzip } from 'node:zlib';
import { once } from 'node:events';
import { PassThrough, Writable } from 'node:stream';
import { ApiError, notFound } from './base/errors.mjs';
import { createOrg } from './org.mjs';
import { routes as ingestRoutes } from './api/bulk_ingest.mjs';
import { routes as bulkQueryRoutes } from './api/bulk_query.mjs';
import { routes as collectionRoutes } from './api/collections.mjs';
import { routes as chatterRoutes } from './api/chatter.mjs';
import { clockRequest } from './api/clock.mjs';
import { routes as compositeRoutes } from './api/composite.mjs';
import { control } from './api/control.mjs';
import { checkVersion, routes as describeRoutes } from './api/describe.mjs';
import { CLIENT, grant, isExpired, routes as oauthRoutes } from './api/oauth.mjs';
import { page } from './api/page.mjs';
import { routes as queryRoutes } from './api/query.mjs';
import { routes as recordRoutes } from './api/records.mjs';
import { routes as soapRoutes } from './api/soap.mjs';
import { routes as toolingRoutes } from './api/tooling.mjs';
import { createRouter } from './wire/router.mjs';
import * as faults from './wire/faults.mjs';
import { failure, makeRequest, pretty } from './wire/http.mjs';

const BODY_LIMIT = 160 * 2 ** 20,
  URI_LIMIT = 16384;
/** A request that runs so long counts as one of those that run at once. */
const LONG_MS = 20_000;

const OPEN = createRouter([...oauthRoutes, ...soapRoutes]);
const DATA = createRouter([
  ...describeRoutes,
  ...bulkQueryRoutes,
  ...ingestRoutes,
  ...compositeRoutes,
  ...collectionRoutes,
  ...toolingRoutes,
  ...chatterRoutes,
  ...queryRoutes,
  ...recordRoutes,
]);

/**
 * Serve an org on 127.0.0.1.
 * @param {Parameters<typeof createOrg>[0] & {port?: number, org?: object}} [options]
 * @returns {Promise<{url: string, org: object, client: object, tokens: object, close: () => Promise<void>}>}
 */
export async function startServer(options = {}) {
  const org = options.org ?? createOrg(options);
  const server = http.createServer({ maxHeaderSize: 64 * 1024, keepAliveTimeout: 60000 });
  server.on('request', (req, res) => {
    serve(org, req, res).catch((error) => broken(res, error));
  });
  server.listen(options.port ?? 0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${server.address().port}`;
  org.origin = url;
  const made = grant(org, org.connectedUser);
  return {
    url,
    org,
    client: CLIENT,
    tokens: { access_token: made.access, refresh_token: made.refresh },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** A client that went away is nobody's error; anything else that gets here is one of this server. */
function broken(res, error) {
  if (res.destroyed || !res.socket) return;
  const told = error instanceof ApiError ? error : new ApiError(500, 'UNKNOWN_EXCEPTION', error.message);
  if (told !== error) process.stderr.write(`local salesforce: ${error.stack}\n`);
  if (!res.headersSent)
    res.writeHead(told.status, { 'content-type': 'application/json', connection: 'close' });
  res.end(JSON.stringify(told.body()));
}

async function serve(org, req, res) {
  const body = await readBody(req);
  const request = makeRequest(req.method, req.url, req.headers, body);
  if (request.path.startsWith('/_')) return outside(org, req, res, request);
  org.arrivals++;
  org.clock.enter();
  request.port = req.socket.remotePort;
  const mine = { at: org.now(), port: request.port };
  org.inHand.add(mine);
  const leave = () => {
    if (!org.inHand.delete(mine)) return;
    org.clock.leave(req.headers['perly-test-process']);
  };
  res.on('close', leave);
  try {
    await inside(org, req, res, request);
  } finally {
    leave();
  }
}

/** The test's side: control and clock, no faults, no counting, and not "in hand" for the clock. */
async function outside(org, req, res, request) {
  try {
    if (request.body.length) request.json = JSON.parse(request.body.toString('utf8'));
    const isClock = request.path.startsWith('/_clock');
    const answer = isClock
      ? await clockRequest(org, request, (fn) => res.on('close', fn))
      : await control(org, request);
    if (!res.destroyed) await send(org, req, res, answer, []);
  } catch (error) {
    const told = error instanceof ApiError ? error : new ApiError(400, 'INVALID_CONTROL', error.message);
    await send(org, req, res, failure(told), []);
  }
}

async function inside(org, req, res, request) {
  const long = [...org.inHand].filter(({ at }) => org.now() - at >= LONG_MS);
  request.isOneTooMany = long.length >= org.options.concurrentRequests;
  const met = org.faults.meet(request);
  const delay = faults.find(met, 'delay');
  if (delay) await org.clock.sleep(delay.ms);
  if (faults.find(met, 'drop')) {
    note(org, request, 0);
    res.destroy();
    return;
  }
  org.jobFaults = faults.jobFault(met);
  const instead = faults.instead(org, request, met);
  const made = instead ?? respond(org, request, { uri: req.url.length, headers: JSON.stringify(req.headers).length });
  const answer = faults.garbled(made, met);
  const isPretty = org.options.prettyPrint || request.headers['x-prettyprint'] === '1';
  if (isPretty && answer.json) answer.body = pretty(answer.json);
  note(org, request, answer.status);
  await faults.find(met, 'then')?.act();
  if (faults.find(met, 'lost')) res.destroy();
  else await send(org, req, res, answer, met);
}

/** A path without its version, ids, cursors and external ids. */
const kindOf = (path) =>
  path
    .replace(/\/v\d+\.0/, '')
    .replace(/01g[^/]+$/, ':cursor')
    .replace(/\b[A-Za-z0-9]{3}F[A-Za-z0-9]{11,14}\b/g, ':id')
    .replace(/(\/sobjects\/\w+\/\w+__c)\/.+/, '$1/:value');

/** The book of requests: the last 1,000, and counts by kind. */
function note(org, request, status) {
  const kind = `${request.method} ${kindOf(request.path)}`;
  org.calls[kind] = (org.calls[kind] ?? 0) + 1;
  const known = { at: org.now(), method: request.method, path: request.path, status };
  org.requests.push(org.options.record ? { ...known, ...wholeOf(request) } : known);
  if (org.requests.length > 1000) org.requests.splice(0, 100);
}

/** What else was sent; for tests that judge a client's requests. */
const wholeOf = ({ query, headers, body, port }) => ({
  query: query.toString(),
  headers,
  port,
  body: body.toString('utf8'),
});

async function readBody(req) {
  const chunks = [];
  let size = 0;
  for await (const chunk of req) {
    chunks.push(chunk);
    size += chunk.length;
    if (size > BODY_LIMIT) throw new ApiError(413, 'REQUEST_TOO_LARGE', 'The request entity is too large');
  }
  return Buffer.concat(chunks);
}

/** @returns {import('./wire/http.mjs').Answer} */
function respond(org, request, bytes) {
  const ctx = { org, origin: org.origin, version: '', user: -1, dispatch };
  try {
    if (bytes.uri > URI_LIMIT) throw new ApiError(414, 'URI_TOO_LONG', 'The URI is too long');
    if (bytes.uri + bytes.headers > URI_LIMIT)
      throw new ApiError(431, 'REQUEST_HEADER_TOO_LARGE', 'URI and headers are too long');
    if (request.path === '/') return page(org);
    const open = OPEN(request.method, request.path);
    if (open && open !== 'method') return open.handler(ctx, request, open.params);
    if (!request.path.startsWith('/services/data')) throw notFound();
    return data(ctx, request);
  } catch (error) {
    if (error instanceof ApiError) return failure(error);
    throw error;
  }
}

function data(ctx, request) {
  const { org } = ctx;
  const isVersions = request.path.replace(/\/$/, '') === '/services/data';
  if (isVersions && org.options.openVersions) return DATA('GET', '/services/data').handler(ctx, request, {});
  const session = sessionOf(org, request);
  ctx.user = session.user;
  if (isVersions) return DATA('GET', '/services/data').handler(ctx, request, {});
  if (!org.options.api) {
    throw new ApiError(403, 'API_DISABLED_FOR_ORG', 'API is not enabled for this Organization or Partner');
  }
  org.meter.add('requests');
  if (org.usage() > org.options.dailyRequests) {
    throw new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
  }
  if (request.isOneTooMany) {
    throw new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', 'ConcurrentRequests (Concurrent API Requests) Limit exceeded.');
  }
  const answer = dispatch(ctx, request);
  answer.headers['sforce-limit-info'] = `api-usage=${org.usage()}/${org.options.dailyRequests}`;
  return answer;
}

/** A request to a resource; also what composite calls for each of its parts. */
export function dispatch(ctx, request) {
  const version = /^\/services\/data\/v([^/]+)/.exec(request.path)?.[1];
  if (version === undefined) throw notFound();
  checkVersion(ctx.org, version);
  const inner = { ...ctx, version };
  const route = DATA(request.method, request.path);
  if (route === 'method') {
    throw new ApiError(
      405,
      'METHOD_NOT_ALLOWED',
      `HTTP Method '${request.method}' not allowed. Allowed are HEAD,GET`,
    );
  }
  if (!route) throw notFound();
  return route.handler(inner, request, route.params);
}

/**
 * Not every 401 is expiry: a token without the scope `api` gets another text, and a refresh does not help.
 */
function sessionOf(org, request) {
  const bearer = /^(?:Bearer|OAuth) (.+)$/i.exec(request.headers.authorization ?? '');
  const session = bearer && org.auth.sessions.get(bearer[1].trim());
  if (!session || isExpired(org, session)) {
    throw new ApiError(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
  }
  const scopes = session.scope.split(/[ +]/);
  if (
    !(scopes.includes('api') || scopes.includes('full')) ||
    !org.access.permission(session.user, 'ApiEnabled')
  ) {
    throw new ApiError(401, 'INVALID_SESSION_ID', 'This session is not valid for use with the REST API');
  }
  session.used = org.now();
  return session;
}

async function send(org, req, res, answer, met) {
  res.sendDate = false;
  const skew = faults.find(met, 'skew')?.ms ?? org.options.skewMs;
  const headers = { date: new Date(org.now() + skew).toUTCString(), ...answer.headers };
  const rows = faults.find(met, 'rows');
  if (rows && headers['sforce-numberofrecords']) {
    headers['sforce-numberofrecords'] = String(Number(headers['sforce-numberofrecords']) + rows.off);
  }
  const cut = faults.find(met, 'cut');
  if (cut?.in_head) return cutHead(res, answer);
  const asked = /\bgzip\b/.test(req.headers['accept-encoding'] ?? '') && !faults.find(met, 'plain');
  const zip = asked && Boolean(answer.stream || (answer.body?.length ?? 0) > 1000);
  if (zip) headers['content-encoding'] = 'gzip';
  else if (answer.body !== null && !answer.stream) headers['content-length'] = Buffer.byteLength(answer.body);
  else if (!answer.stream && answer.status !== 204 && answer.status !== 304) headers['content-length'] = 0;
  res.writeHead(answer.status, headers);
  const out = zip ? createGzip({ level: 1 }) : res;
  if (zip) out.pipe(cut ? cutter(res, cut.after_bytes) : counted(org, res));
  const write = cut && !zip ? cutWriter(res, cut.after_bytes) : (chunk) => writeTo(org, out, res, chunk);
  await fill(answer, write);
  if (cut && !zip) res.destroy();
  else out.end();
  if (!res.writableFinished && !res.destroyed) await Promise.race([once(res, 'finish'), once(res, 'close')]);
}

/** A client that goes away while a body is made ends the answer, and is no fault of the server. */
async function fill(answer, write) {
  try {
    if (answer.stream) await answer.stream(write);
    else if (answer.body) await write(answer.body);
  } catch (error) {
    if (error !== GONE) throw error;
  }
}

const GONE = new Error('client closed the connection');

function cutHead(res, answer) {
  res.socket.write(`HTTP/1.1 ${answer.status} OK\r\nContent-Ty`);
  res.socket.end();
}

/** The first `limit` body bytes reach the client, then the connection ends. */
function cutWriter(res, limit) {
  let left = limit;
  return async (chunk) => {
    const bytes = Buffer.from(chunk);
    await new Promise((resolve) => {
      res.write(bytes.subarray(0, left), resolve);
    });
    left -= bytes.length;
    if (left > 0) return;
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
    res.destroy();
    throw GONE;
  };
}

function cutter(res, limit) {
  const write = cutWriter(res, limit);
  return new Writable({
    write(chunk, _encoding, done) {
      write(chunk).then(
        () => done(),
        () => done(),
      );
    },
    final(done) {
      res.destroy();
      done();
    },
  });
}

/** Counts compressed bytes on their way out. */
function counted(org, res) {
  const count = new PassThrough();
  count.on('data', (chunk) => {
    org.counters.bytesSent = (org.counters.bytesSent ?? 0) + chunk.length;
  });
  count.pipe(res);
  return count;
}

/** Backpressure: nothing more is made than the socket takes. A client that is gone ends the answer. */
async function writeTo(org, out, res, chunk) {
  if (res.destroyed) throw GONE;
  if (out === res) org.counters.bytesSent = (org.counters.bytesSent ?? 0) + chunk.length;
  if (out.write(chunk)) return;
  await new Promise((resolve) => {
    const done = () => {
      out.off('drain', done);
      res.off('close', done);
      resolve();
    };
    out.on('drain', done);
    res.on('close', done);
  });
}
