// The HTTP server of a local org: sockets, sessions, limits, faults; everything else is in api/.

import http from 'node:http';
import { createGzip } from 'node:zlib';
import { once } from 'node:events';
import { ApiError, notFound } from './base/errors.mjs';
import { createOrg } from './org.mjs';
import { routes as bulkQueryRoutes } from './api/bulk_query.mjs';
import { routes as collectionRoutes } from './api/collections.mjs';
import { checkVersion, routes as describeRoutes } from './api/describe.mjs';
import { CLIENT, grant, isExpired, routes as oauthRoutes } from './api/oauth.mjs';
import { routes as queryRoutes } from './api/query.mjs';
import { routes as recordRoutes } from './api/records.mjs';
import { createRouter } from './wire/router.mjs';
import { failure, makeRequest } from './wire/http.mjs';

const BODY_LIMIT = 160 * 2 ** 20,
  URI_LIMIT = 16384;

const OPEN = createRouter(oauthRoutes);
const DATA = createRouter([
  ...describeRoutes,
  ...bulkQueryRoutes,
  ...collectionRoutes,
  ...queryRoutes,
  ...recordRoutes,
]);

/**
 * Serve an org on 127.0.0.1.
 * @param {Parameters<typeof createOrg>[0] & {port?: number, org?: object}} [options]
 * @returns {Promise<{url: string, org: object, client: typeof CLIENT, tokens: object, close: () => Promise<void>}>}
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

function broken(res, error) {
  process.stderr.write(`local salesforce: ${error.stack}\n`);
  if (!res.headersSent) res.writeHead(500, { 'content-type': 'application/json' });
  res.end(
    JSON.stringify([
      { message: `An unexpected error occurred: ${error.message}`, errorCode: 'UNKNOWN_EXCEPTION' },
    ]),
  );
}

async function serve(org, req, res) {
  org.arrivals++;
  org.clock.enter();
  let left = false;
  const leave = () => {
    if (left) return;
    left = true;
    org.clock.leave(req.headers['perly-test-process']);
  };
  res.on('close', leave);
  const body = await readBody(req);
  const request = makeRequest(req.method, req.url, req.headers, body);
  const answer = respond(org, request, req.url.length + JSON.stringify(req.headers).length);
  await send(org, req, res, answer);
  leave();
}

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
function respond(org, request, headBytes) {
  const ctx = { org, origin: org.origin, version: '', user: -1 };
  try {
    if (headBytes > URI_LIMIT)
      throw new ApiError(431, 'REQUEST_HEADER_TOO_LARGE', 'URI and headers are too long');
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
  if (request.path.replace(/\/$/, '') === '/services/data')
    return DATA('GET', '/services/data').handler(ctx, request, {});
  const session = sessionOf(org, request);
  ctx.user = session.user;
  org.apiCalls++;
  if (org.usage() > org.options.dailyRequests) {
    throw new ApiError(403, 'REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.');
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

async function send(org, req, res, answer) {
  res.sendDate = false;
  const headers = { date: new Date(org.now()).toUTCString(), ...answer.headers };
  const zip =
    /\bgzip\b/.test(req.headers['accept-encoding'] ?? '') &&
    (answer.stream || (answer.body?.length ?? 0) > 1000);
  if (zip) headers['content-encoding'] = 'gzip';
  res.writeHead(answer.status, headers);
  const out = zip ? createGzip({ level: 1 }) : res;
  if (zip) out.pipe(res);
  if (answer.stream) await answer.stream((chunk) => writeTo(out, res, chunk));
  else if (answer.body) out.write(answer.body);
  out.end();
  if (!res.writableFinished && !res.destroyed) await Promise.race([once(res, 'finish'), once(res, 'close')]);
}

/** Backpressure: nothing more is made than the socket takes. A client that is gone ends the answer. */
async function writeTo(out, res, chunk) {
  if (res.destroyed) throw new Error('client closed the connection');
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
