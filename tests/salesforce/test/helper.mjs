// What every test needs: a server, requests by fetch, the flow of OAuth and of a Bulk job. Plain HTTP, no
// client.

import { createHash } from 'node:crypto';
import { startServer } from '../server.mjs';

export const V = '/services/data/v66.0';

/** A small org with a clock that stands still, and the requests a test makes of it. */
export async function open(t, options = {}) {
  const server = await startServer({ accounts: 40, clock: 'virtual', ...options });
  t.after(() => server.close());
  const call = (method, path, body, headers = {}) => send(server, method, path, body, headers);
  return {
    ...server,
    call,
    get: (path, headers) => call('GET', path, undefined, headers),
    post: (path, body, headers) => call('POST', path, body, headers),
    patch: (path, body, headers) => call('PATCH', path, body, headers),
    del: (path) => call('DELETE', path),
    query: (soql, all = false) => call('GET', `${V}/query${all ? 'All' : ''}?q=${encodeURIComponent(soql)}`),
    control: async (what, body = {}) => (await send(server, 'POST', `/_control/${what}`, body, {})).body,
    job: (soql, extra) => call('POST', `${V}/jobs/query`, { operation: 'queryAll', query: soql, ...extra }),
    id: (object, row) => server.org.ids.text(server.org.tables.get(object).keyOf(row)),
  };
}

async function send(server, method, path, body, headers) {
  const isText = typeof body === 'string';
  const response = await fetch(path.startsWith('http') ? path : server.url + path, {
    method,
    redirect: 'manual',
    headers: {
      authorization: `Bearer ${server.tokens.access_token}`,
      ...(body === undefined ? {} : { 'content-type': isText ? 'text/csv' : 'application/json' }),
      ...headers,
    },
    body: body === undefined ? undefined : isText ? body : JSON.stringify(body),
  });
  const text = await response.text();
  let parsed = text;
  if (response.headers.get('content-type')?.includes('json') && text) parsed = JSON.parse(text);
  return { status: response.status, headers: response.headers, text, body: parsed };
}

export const VERIFIER = 'a-verifier-of-at-least-forty-three-characters-0123456789';
export const challengeOf = (verifier) => createHash('sha256').update(verifier).digest('base64url');

/** Query of the authorize endpoint. */
export function authorizePath(server, more = {}) {
  const query = new URLSearchParams({
    response_type: 'code',
    client_id: server.client.id,
    state: 'st4te',
    redirect_uri: 'http://localhost:8717/callback',
    scope: 'api refresh_token full',
    code_challenge: challengeOf(VERIFIER),
    code_challenge_method: 'S256',
    ...more,
  });
  return `/services/oauth2/authorize?${query}`;
}

/** POST to the token endpoint. */
export function token(s, form) {
  return s.call(
    'POST',
    '/services/oauth2/token',
    new URLSearchParams({ client_id: s.client.id, ...form }).toString(),
    { 'content-type': 'application/x-www-form-urlencoded', authorization: '' },
  );
}

/** Walk the web-server flow; the token answer. */
export async function login(s, more = {}) {
  const there = await s.get(authorizePath(s, more));
  const code = new URL(there.headers.get('location')).searchParams.get('code');
  return token(s, {
    grant_type: 'authorization_code',
    code,
    redirect_uri: 'http://localhost:8717/callback',
    code_verifier: VERIFIER,
  });
}

/** Rows of a Bulk page, by a reader that knows quotes and nothing else of the server. */
export function rowsOf(csv) {
  const rows = [];
  let row = [],
    cell = '',
    inside = false;
  for (let i = 0; i < csv.length; i++) {
    const c = csv[i];
    if (inside && c === '"' && csv[i + 1] === '"') {
      cell += '"';
      i++;
    } else if (c === '"') inside = !inside;
    else if (!inside && c === ',') {
      row.push(cell);
      cell = '';
    } else if (!inside && c === '\n') {
      row.push(cell);
      rows.push(row);
      row = [];
      cell = '';
    } else cell += c;
  }
  return rows;
}

export const refused = (answer) => [answer.status, answer.body[0]?.errorCode];
