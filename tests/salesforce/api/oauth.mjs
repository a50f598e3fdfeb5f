// OAuth 2.0: web-server flow with PKCE, refresh with rotation, client credentials, JWT bearer, revoke,
// introspect, identity. Every value of a token answer is a string and there is no expires_in. Errors are an
// object here, never the data API's array.

import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { DAY, MINUTE } from '../base/time.mjs';
import { empty, html, json, text, textOf } from '../wire/http.mjs';
import { verifyJwt } from './jwt.mjs';

/** Live approvals a user may have for one application; the next one kills the oldest. */
const APPROVALS = 5;
const CODE_LIFE = 15 * MINUTE;
/** RFC 7636 ends at 128 characters; Salesforce says 128 bytes, which in base64url are 171 characters. */
const VERIFIER = /^[A-Za-z0-9._~-]{43,171}$/;

/** The application that is registered in every local org. Plainly no real credentials. */
export const CLIENT = { id: 'local-salesforce-client-id', secret: 'local-salesforce-client-secret' };

export function createAuth(org) {
  return {
    client: CLIENT,
    codes: new Map(),
    refresh: new Map(),
    sessions: new Map(),
    families: [],
    keys: new Map(),
    redirectUris: [...org.options.redirectUris],
    nextFailure: null,
    serial: 0,
  };
}

const secretText = (org, name) => {
  // From the seed, so that a recorded run can be repeated; the counter keeps every one different.
  const digest = createHash('sha256')
    .update(`${org.options.seed} ${name} ${org.auth.serial++}`)
    .digest('base64url');
  return digest.replace(/-/g, '.');
};

/** @returns {{family: object, access: string, refresh: string}} a grant without the browser, for tests */
export function grant(org, user, scope = 'api refresh_token full') {
  const family = { id: org.auth.families.length, user, scope, current: null, dead: false, born: org.now() };
  org.auth.families.push(family);
  const live = org.auth.families.filter((one) => one.user === user && !one.dead && one.current);
  if (live.length >= APPROVALS) revokeFamily(org, live[0]);
  const refresh =
    scope.includes('refresh_token') || scope.includes('offline_access') ? newRefresh(org, family) : null;
  return { family, access: newAccess(org, family), refresh };
}

function newRefresh(org, family) {
  const token = `5Aep861${secretText(org, 'refresh')}`;
  org.auth.refresh.set(token, { family, used: org.now() });
  family.current = token;
  return token;
}

function newAccess(org, family) {
  const session = `AQ${secretText(org, 'access')}_${secretText(org, 'more')}`;
  const token = `${org.ids.text(org.id).slice(0, 15)}!${session}`;
  org.auth.sessions.set(token, {
    family,
    user: family.user,
    scope: family.scope,
    used: org.now(),
    expired: false,
  });
  return token;
}

export function revokeFamily(org, family) {
  family.dead = true;
  for (const [token, session] of org.auth.sessions)
    if (session.family === family) org.auth.sessions.delete(token);
}

const oauthError = (error, description, status = 400) =>
  json(
    status,
    { error, error_description: description },
    { 'cache-control': 'no-store', 'content-type': 'application/json;charset=UTF-8' },
  );

/** Of the user of a request, or of another. */
export const identityUrl = ({ org, origin, user }, of = user) => {
  const text = (key) => org.ids.text(key).slice(0, org.options.shortIds ? 15 : 18);
  return `${origin}/id/${text(org.id)}/${text(of)}`;
};

/** Keys that newer applications and orgs add. */
const MORE_KEYS = { api_instance_url: 'https://api.salesforce.com', token_format: 'opaque', expires_in: '7200' };

/** @param {boolean} isProgram no person logged in */
function tokenAnswer(ctx, family, refresh, isProgram = false) {
  const { org } = ctx;
  const { tokenKeys } = org.options;
  const id = identityUrl(ctx, family.user);
  const issued = String(Math.floor(org.now()));
  const answer = { access_token: newAccess(org, family) };
  if (refresh) answer.refresh_token = refresh;
  const signature = createHmac('sha256', org.auth.client.secret)
    .update(id + issued)
    .digest('base64');
  Object.assign(answer, {
    ...(tokenKeys === 'few' && isProgram ? {} : { signature, issued_at: issued }),
    scope: family.scope,
    instance_url: ctx.org.options.instanceUrl || ctx.origin,
    id,
    token_type: 'Bearer',
    ...(tokenKeys === 'more' ? MORE_KEYS : {}),
  });
  return json(200, answer, { 'cache-control': 'no-store' });
}

/** GET /services/oauth2/authorize: what is wrong with the request itself is shown, never redirected. */
function authorize(ctx, request) {
  const { org } = ctx;
  const query = request.query;
  const redirect = query.get('redirect_uri');
  if (query.get('client_id') !== org.auth.client.id) {
    return html(
      400,
      '<html><body>error=invalid_client_id&amp;error_description=client identifier invalid</body></html>',
    );
  }
  if (!org.auth.redirectUris.includes(redirect)) {
    return html(
      400,
      '<html><body>error=redirect_uri_mismatch&amp;error_description=redirect_uri must match configuration' +
        '</body></html>',
    );
  }
  if (query.get('response_type') !== 'code') {
    return back(redirect, {
      error: 'unsupported_response_type',
      error_description: 'response type not supported',
      state: query.get('state'),
    });
  }
  if (!org.options.autoConsent && !query.get('perly_consent')) return consentPage(request);
  if (query.get('perly_consent') === 'deny' || org.auth.denyNext) {
    org.auth.denyNext = false;
    return back(redirect, {
      error: org.options.deniedError,
      error_description: 'end-user denied authorization',
      state: query.get('state'),
    });
  }
  const code = `aPrx${secretText(org, 'code')}==`;
  org.auth.codes.set(code, {
    redirect,
    challenge: query.get('code_challenge'),
    method: query.get('code_challenge_method'),
    scope: query.get('scope') ?? 'api refresh_token full',
    born: org.now(),
    used: false,
    user: org.connectedUser,
  });
  return back(redirect, { code, state: query.get('state') });
}

function back(redirect, values) {
  const query = Object.entries(values)
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replace(/%20/g, '+')}`)
    .join('&');
  return empty(302, { location: `${redirect}${redirect.includes('?') ? '&' : '?'}${query}` });
}

function consentPage(request) {
  const link = (answer) => {
    const query = new URLSearchParams(request.query);
    query.set('perly_consent', answer);
    return `${request.path}?${query}`.replace(/&/g, '&amp;').replace(/"/g, '&quot;');
  };
  return html(
    200,
    `<!doctype html><title>Allow access?</title><h1>Allow access?</h1><p>The application asks for: ${(
      request.query.get('scope') ?? 'everything'
    ).replace(/[<>&]/g, '')}</p><p><a href="${link('allow')}">Allow</a> ` +
      `<a href="${link('deny')}">Deny</a></p>`,
  );
}

/** POST /services/oauth2/token */
function token(ctx, request) {
  const { org } = ctx;
  const form = new URLSearchParams(textOf(request));
  const failed = org.auth.nextFailure;
  if (failed) {
    org.auth.nextFailure = null;
    return oauthError(failed.error, failed.error_description ?? failed.error, failed.status ?? 400);
  }
  const grantType = form.get('grant_type');
  if (grantType === 'urn:ietf:params:oauth:grant-type:jwt-bearer') return jwtGrant(ctx, form);
  const bad = checkClient(org, form, request, grantType);
  if (bad) return bad;
  if (grantType === 'authorization_code') return codeGrant(ctx, form);
  if (grantType === 'refresh_token') return refreshGrant(ctx, form);
  if (grantType === 'client_credentials') return credentialsGrant(ctx);
  return oauthError('unsupported_grant_type', 'grant type not supported');
}

/** Credentials in the form win over the Basic header. A public client sends its id alone. */
function checkClient(org, form, request, grantType) {
  let id = form.get('client_id'),
    secret = form.get('client_secret');
  const basic = /^Basic (.+)$/i.exec(request.headers.authorization ?? '');
  if (id === null && basic)
    [id, secret] = Buffer.from(basic[1], 'base64').toString('utf8').split(':').map(decodeURIComponent);
  const status = basic && form.get('client_id') === null ? org.options.basicErrorStatus : 400;
  if (id !== org.auth.client.id) return oauthError('invalid_client_id', 'client identifier invalid', status);
  if (secret !== null && secret !== undefined && !same(secret, org.auth.client.secret)) {
    return oauthError('invalid_client', 'invalid client credentials', status);
  }
  if (!secret && (org.auth.secretRequired || grantType === 'client_credentials')) {
    return oauthError('invalid_client', 'invalid client credentials');
  }
  return null;
}

const same = (a, b) => {
  const x = createHash('sha256').update(a).digest(),
    y = createHash('sha256').update(b).digest();
  return timingSafeEqual(x, y);
};

function codeGrant(ctx, form) {
  const { org } = ctx;
  const code = org.auth.codes.get(form.get('code'));
  if (!code) return oauthError('invalid_grant', 'invalid authorization code');
  if (code.used || org.now() - code.born > CODE_LIFE)
    return oauthError('invalid_grant', 'expired authorization code');
  if (form.get('redirect_uri') !== code.redirect) {
    return oauthError('redirect_uri_mismatch', 'redirect_uri must match configuration');
  }
  if (code.challenge) {
    const verifier = form.get('code_verifier');
    if (!verifier) return oauthError('invalid_grant', 'invalid code verifier');
    if (
      !VERIFIER.test(verifier) ||
      createHash('sha256').update(verifier).digest('base64url') !== code.challenge
    ) {
      return oauthError(org.options.verifierError, 'invalid code verifier');
    }
  }
  code.used = true;
  const made = grant(org, code.user, code.scope);
  org.auth.sessions.delete(made.access);
  return tokenAnswer(ctx, made.family, made.refresh);
}

/** With rotation every refresh token is good once; a dead one presented again ends the whole grant. */
function refreshGrant(ctx, form) {
  const { org } = ctx;
  const presented = form.get('refresh_token');
  const known = org.auth.refresh.get(presented);
  if (!known || known.family.dead) return oauthError('invalid_grant', 'expired access/refresh token');
  const { family } = known;
  if (family.current !== presented) {
    if (org.options.rotate) revokeFamily(org, family);
    return oauthError('invalid_grant', 'expired access/refresh token');
  }
  if (org.now() - known.used > org.options.refreshIdleDays * DAY) {
    revokeFamily(org, family);
    return oauthError('invalid_grant', 'expired access/refresh token');
  }
  if (org.auth.ipRefused) return oauthError('invalid_grant', 'ip restricted');
  const users = org.tables.get('User');
  if (!users.get(users.rowOf(family.user), 'IsActive')) return oauthError('invalid_grant', 'inactive user');
  known.used = org.now();
  return tokenAnswer(ctx, family, org.options.rotate ? newRefresh(org, family) : null);
}

function credentialsGrant(ctx) {
  const family = grant(ctx.org, ctx.org.connectedUser, 'api').family;
  return tokenAnswer(ctx, family, null, true);
}

function jwtGrant(ctx, form) {
  const { org } = ctx;
  const found = verifyJwt(form.get('assertion') ?? '', org.auth.keys, org.now());
  if (found.unsigned && org.options.assertionError === 'invalid_client') {
    return oauthError('invalid_client', 'invalid client credentials');
  }
  if (found.error) return oauthError(found.error, found.description);
  if (found.claims.iss !== org.auth.client.id)
    return oauthError('invalid_client_id', 'client identifier invalid');
  const users = org.tables.get('User');
  for (let row = 0; row < users.count; row++) {
    if (users.get(row, 'Username') === found.claims.sub) {
      return tokenAnswer(ctx, grant(org, users.keyOf(row), 'api').family, null, true);
    }
  }
  return oauthError('invalid_grant', "user hasn't approved this consumer");
}

/** Revoking a refresh token ends the grant; an access token, that session alone. */
function revoke(ctx, request) {
  const { org } = ctx;
  const form = new URLSearchParams(request.method === 'GET' ? request.query : textOf(request));
  const name = form.get('token') ?? '';
  const refresh = org.auth.refresh.get(name);
  if (refresh && !refresh.family.dead) revokeFamily(org, refresh.family);
  else if (!org.auth.sessions.delete(name)) {
    return text(400, 'error=unsupported_token_type&error_description=this+token+type+is+not+supported', {
      'content-type': 'application/x-www-form-urlencoded',
    });
  }
  return empty(200);
}

function introspect(ctx, request) {
  const { org } = ctx;
  const form = new URLSearchParams(textOf(request));
  const session = org.auth.sessions.get(form.get('token') ?? '');
  if (!session || isExpired(org, session)) return json(200, { active: false });
  const seconds = (ms) => Math.floor(ms / 1000);
  return json(200, {
    active: true,
    scope: session.scope,
    client_id: org.auth.client.id,
    token_type: 'access_token',
    sub: identityUrl(ctx, session.user),
    iat: seconds(session.used),
    exp: seconds(session.used + org.options.sessionMinutes * MINUTE),
  });
}

export const isExpired = (org, session) =>
  session.expired || org.now() - session.used > org.options.sessionMinutes * MINUTE;

function identity(ctx, request) {
  const { org } = ctx;
  const bearer = /^(?:Bearer|OAuth) (.+)$/i.exec(request.headers.authorization ?? '');
  const name = bearer?.[1] ?? request.query.get('oauth_token');
  if (!name) return text(403, 'Missing_OAuth_Token');
  const session = org.auth.sessions.get(name);
  if (!session || isExpired(org, session)) return text(403, 'Bad_OAuth_Token');
  session.used = org.now();
  return json(200, identityOf(ctx, session.user));
}

function identityOf(ctx, user) {
  const { org, origin } = ctx;
  const users = org.tables.get('User'),
    row = users.rowOf(user);
  const get = (name) => users.get(row, name);
  const base = `${origin}/services/data/v{version}/`;
  const urls = {
    enterprise: `${origin}/services/Soap/c/{version}/`,
    metadata: `${origin}/services/Soap/m/{version}/`,
    partner: `${origin}/services/Soap/u/{version}/`,
    rest: base,
    sobjects: `${base}sobjects/`,
    search: `${base}search/`,
    query: `${base}query/`,
    recent: `${base}recent/`,
    tooling_rest: `${base}tooling/`,
    custom_domain: origin,
  };
  if (org.options.chatter) {
    Object.assign(urls, {
      feeds: `${base}chatter/feeds`,
      feed_elements: `${base}chatter/feed-elements`,
      users: `${base}chatter/users`,
      groups: `${base}chatter/groups`,
    });
  }
  return {
    id: identityUrl(ctx, user),
    asserted_user: true,
    user_id: org.ids.text(user),
    organization_id: org.ids.text(org.id),
    username: get('Username'),
    nick_name: get('Alias'),
    display_name: `${get('FirstName') ?? ''} ${get('LastName')}`.trim(),
    email: get('Email'),
    email_verified: true,
    first_name: get('FirstName'),
    last_name: get('LastName'),
    timezone: get('TimeZoneSidKey'),
    photos: { picture: `${origin}/profilephoto/005/F`, thumbnail: `${origin}/profilephoto/005/T` },
    addr_street: null,
    mobile_phone: null,
    mobile_phone_verified: false,
    is_lightning_login_user: false,
    status: { created_date: null, body: null },
    urls,
    active: get('IsActive'),
    user_type: 'STANDARD',
    language: 'en_US',
    locale: 'en_US',
    utcOffset: 0,
    last_modified_date: '2026-01-05T09:00:00Z',
    is_app_installed: true,
  };
}

function userinfo(ctx, request) {
  const answer = identity(ctx, request);
  if (answer.status !== 200) return answer;
  const { json: who } = answer;
  return json(200, {
    sub: who.id,
    user_id: who.user_id,
    organization_id: who.organization_id,
    preferred_username: who.username,
    nickname: who.nick_name,
    name: who.display_name,
    email: who.email,
    email_verified: true,
    given_name: who.first_name,
    family_name: who.last_name,
    zoneinfo: who.timezone,
    urls: who.urls,
    active: who.active,
    user_type: who.user_type,
    language: who.language,
    locale: who.locale,
  });
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [
  ['GET', '/services/oauth2/authorize', authorize],
  ['POST', '/services/oauth2/token', token],
  ['POST', '/services/oauth2/revoke', revoke],
  ['GET', '/services/oauth2/revoke', revoke],
  ['POST', '/services/oauth2/introspect', introspect],
  ['GET', '/services/oauth2/userinfo', userinfo],
  ['GET', '/id/:org/:user', identity],
];
