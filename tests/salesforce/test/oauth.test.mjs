// OAuth as the web-server flow, the refresh token flow and rotation are documented.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorizePath, login, open, token, V, VERIFIER } from './helper.mjs';

test('web-server flow: code, PKCE, state, and a token answer of strings', async (t) => {
  const s = await open(t);
  const there = await s.get(authorizePath(s));
  assert.equal(there.status, 302);
  const back = new URL(there.headers.get('location'));
  assert.equal(back.searchParams.get('state'), 'st4te');
  const answer = await token(s, {
    grant_type: 'authorization_code',
    code: back.searchParams.get('code'),
    redirect_uri: 'http://localhost:8717/callback',
    code_verifier: VERIFIER,
  });
  assert.equal(answer.status, 200);
  for (const value of Object.values(answer.body)) assert.equal(typeof value, 'string');
  for (const name of [
    'access_token',
    'refresh_token',
    'instance_url',
    'id',
    'issued_at',
    'signature',
    'scope',
  ]) {
    assert.ok(answer.body[name], name);
  }
  assert.equal(answer.body.expires_in, undefined);
});

test('a code is good once, for fifteen minutes, with its verifier', async (t) => {
  const s = await open(t);
  const code = async () =>
    new URL((await s.get(authorizePath(s))).headers.get('location')).searchParams.get('code');
  const use = (value, verifier = VERIFIER) =>
    token(s, {
      grant_type: 'authorization_code',
      code: value,
      redirect_uri: 'http://localhost:8717/callback',
      ...(verifier ? { code_verifier: verifier } : {}),
    });
  const first = await code();
  assert.equal((await use(first)).status, 200);
  assert.deepEqual((await use(first)).body, {
    error: 'invalid_grant',
    error_description: 'expired authorization code',
  });
  assert.equal((await use(await code(), 'x'.repeat(50))).body.error, 'invalid_grant');
  assert.equal((await use(await code(), null)).body.error, 'invalid_grant');
  const late = await code();
  s.org.clock.advance(16 * 60000);
  assert.equal((await use(late)).body.error, 'invalid_grant');
});

test('an unregistered redirect is shown, never followed', async (t) => {
  const s = await open(t);
  const answer = await s.get(authorizePath(s, { redirect_uri: 'http://localhost:1/other' }));
  assert.equal(answer.status, 400);
  assert.match(answer.text, /redirect_uri_mismatch/);
  assert.equal(answer.headers.get('location'), null);
});

test('consent can be refused', async (t) => {
  const s = await open(t, { autoConsent: false });
  const page = await s.get(authorizePath(s));
  assert.match(page.text, /Allow/);
  const answer = await s.get(`${authorizePath(s)}&perly_consent=deny`);
  assert.match(answer.headers.get('location'), /error=access_denied/);
});

test('trap 9: a rotated refresh token is dead, and presenting it ends the grant', async (t) => {
  const s = await open(t);
  const one = (await login(s)).body;
  const two = (await token(s, { grant_type: 'refresh_token', refresh_token: one.refresh_token })).body;
  assert.notEqual(two.refresh_token, one.refresh_token);
  const ask = (access) => s.get(`${V}/sobjects`, { authorization: `Bearer ${access}` });
  assert.equal((await ask(two.access_token)).status, 200);
  const again = await token(s, { grant_type: 'refresh_token', refresh_token: one.refresh_token });
  assert.equal(again.status, 400);
  assert.deepEqual(again.body, { error: 'invalid_grant', error_description: 'expired access/refresh token' });
  assert.equal((await ask(two.access_token)).status, 401);
  assert.equal(
    (await token(s, { grant_type: 'refresh_token', refresh_token: two.refresh_token })).status,
    400,
  );
});

test('without rotation the answer has no refresh token and the old one stays good', async (t) => {
  const s = await open(t, { rotate: false });
  const form = { grant_type: 'refresh_token', refresh_token: (await login(s)).body.refresh_token };
  assert.equal((await token(s, form)).body.refresh_token, undefined);
  assert.equal((await token(s, form)).status, 200);
});

test('a refresh token that was not used for thirty days is dead, one in use is not', async (t) => {
  const s = await open(t);
  let { refresh_token } = (await login(s)).body;
  const renew = () => token(s, { grant_type: 'refresh_token', refresh_token });
  for (const days of [29, 29]) {
    s.org.clock.advance(days * 86400000);
    const { status, body } = await renew();
    assert.equal(status, 200);
    refresh_token = body.refresh_token;
  }
  s.org.clock.advance(31 * 86400000);
  assert.deepEqual((await renew()).body, { error: 'invalid_grant', error_description: 'expired access/refresh token' });
});

test('a session slides: use extends it, idleness ends it', async (t) => {
  const s = await open(t);
  for (let i = 0; i < 3; i++) {
    s.org.clock.advance(100 * 60000);
    assert.equal((await s.get(`${V}/sobjects`)).status, 200);
  }
  s.org.clock.advance(121 * 60000);
  assert.equal((await s.get(`${V}/sobjects`)).status, 401);
});

test('trap 10: not every 401 is expiry', async (t) => {
  const s = await open(t);
  const narrow = (await login(s, { scope: 'id refresh_token' })).body;
  const answer = await s.get(`${V}/sobjects`, { authorization: `Bearer ${narrow.access_token}` });
  assert.equal(answer.status, 401);
  assert.match(answer.body[0].message, /not valid for use with the REST API/);
  const unknown = await s.get(`${V}/sobjects`, { authorization: 'Bearer 00Dnothing!x' });
  assert.deepEqual(unknown.body, [
    { message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' },
  ]);
});

test('trap 11: OAuth errors are objects, data errors arrays', async (t) => {
  const s = await open(t);
  const oauth = await token(s, { grant_type: 'nonsense' });
  assert.equal(oauth.body.error, 'unsupported_grant_type');
  assert.ok(Array.isArray((await s.get(`${V}/sobjects/Nothing/describe`)).body));
});

test('revoke ends the grant; an unknown token is told urlencoded', async (t) => {
  const s = await open(t);
  const made = (await login(s)).body;
  const revoke = (name) => s.call('POST', '/services/oauth2/revoke', `token=${encodeURIComponent(name)}`);
  assert.equal((await revoke(made.refresh_token)).status, 200);
  assert.equal(
    (await token(s, { grant_type: 'refresh_token', refresh_token: made.refresh_token })).status,
    400,
  );
  const unknown = await revoke('nothing');
  assert.equal(unknown.status, 400);
  assert.match(unknown.text, /^error=/);
});

test('the sixth approval kills the oldest', async (t) => {
  const s = await open(t);
  const grants = [];
  for (let i = 0; i < 6; i++) grants.push((await login(s)).body);
  const refresh = (made) => token(s, { grant_type: 'refresh_token', refresh_token: made.refresh_token });
  assert.equal((await refresh(grants[0])).status, 400);
  assert.equal((await refresh(grants[5])).status, 200);
});

test('identity tells who; a bad token gets plain text', async (t) => {
  const s = await open(t);
  const made = (await login(s)).body;
  const who = await s.get(made.id, { authorization: `Bearer ${made.access_token}` });
  assert.equal(who.body.user_type, 'STANDARD');
  assert.match(who.body.urls.rest, /\{version\}/);
  assert.ok(who.body.urls.feed_elements);
  const bad = await s.get(made.id, { authorization: 'Bearer nope' });
  assert.deepEqual([bad.status, bad.text], [403, 'Bad_OAuth_Token']);
});

test('client credentials: no refresh token', async (t) => {
  const s = await open(t);
  const answer = await token(s, { grant_type: 'client_credentials', client_secret: s.client.secret });
  assert.equal(answer.status, 200);
  assert.equal(answer.body.refresh_token, undefined);
  assert.equal(
    (await token(s, { grant_type: 'client_credentials', client_secret: 'wrong' })).body.error,
    'invalid_client',
  );
});
