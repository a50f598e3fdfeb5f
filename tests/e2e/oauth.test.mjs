// How a connection gets its session and keeps it: without a person, through every refusal of the login host, through
// answers that are lost, and through months without a sync.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';

import { connect, nativeHost, startCore } from './core.mjs';
import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('oauth');
/** @param {any[]} events */
const end = (events) => events.at(-1);
/** @param {Awaited<ReturnType<typeof open>>} world @returns {Promise<Record<string, number>>} */
const calls = async (world) => (await world.control('stats')).calls;
/** Requests to the token endpoint. @param {Awaited<ReturnType<typeof open>>} world */
const logins = async (world) => (await calls(world))['POST /services/oauth2/token'] ?? 0;

/** A key pair: the private half where the host looks for it, the public half in the app. */
async function keyPair(/** @type {Awaited<ReturnType<typeof open>>} */ world, name = 'salesforce') {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(dirname(world.database), `${name}.pem`), privateKey.export({ type: 'pkcs8', format: 'pem' }), { mode: 0o600 });
  await world.control('oauth', { public_key: publicKey.export({ type: 'spki', format: 'pem' }) });
}

/** @param {Awaited<ReturnType<typeof open>>} world */
function username(world) {
  const { org } = /** @type {any} */ (world.server);
  const users = org.tables.get('User');
  return users.get(users.rowOf(org.connectedUser), 'Username');
}

test('JWT bearer: connected without a browser, logged in again when the session is over', async () => {
  const world = await open('jwt');
  await keyPair(world);
  const asked = { command: 'connect_headless', flow: 'jwt', login: world.org.url, client_id: world.org.client_id, username: username(world), sign_key: 'salesforce' };
  const events = await world.run(asked);
  assert.equal(end(events).ok, true, JSON.stringify(end(events)));
  assert.equal(events.find(({ event }) => event === 'connected')?.username, username(world));
  assert.deepEqual(world.rows('select flow, sign_key, username from connection'), [{ flow: 'jwt', sign_key: 'salesforce', username: username(world) }]);
  await world.sync();
  const before = await logins(world);
  await world.control('expire', { what: 'all' });
  await world.sync();
  assert.equal(await logins(world), before + 1);

  const wrong = await world.run({ ...asked, sign_key: 'nothing' });
  assert.deepEqual([end(wrong).code, end(wrong).exit], ['SIGN_KEY', 4]);
  assert.match(end(wrong).message, /no RSA private key in .*nothing\.pem/);
  const stranger = await world.run({ ...asked, username: 'nobody@example.com' });
  assert.deepEqual([end(stranger).code, end(stranger).exit], ['SF_USER_NOT_APPROVED', 3]);
  assert.match(end(stranger).remedy, /pre-authorise/);
  await world.sync(); // what was stored still holds
  await world.close();
});

test('JWT bearer on a machine whose clock is days off: Salesforce tells the time', async () => {
  const world = await open('skewed');
  await keyPair(world);
  const core = startCore({ host: nativeHost({ database: join(dirname(world.database), 'skewed-too.db'), key: join(dirname(world.database), 'key') }) });
  const last = end(await core.run({ command: 'connect_headless', flow: 'jwt', login: world.org.url, client_id: world.org.client_id, username: username(world), sign_key: 'salesforce' }));
  await core.close();
  assert.equal(last.ok, true, JSON.stringify(last));
  await world.close();
});

test('JWT bearer: an assertion that ended while Salesforce was busy is made anew, when connecting and later', async () => {
  const world = await open('ended');
  await keyPair(world);
  const busy = { match: { method: 'POST', path: 'oauth2/token' }, fault: { kind: 'status', status: 503, retry_after: 200 } };
  await world.control('faults', busy);
  const asked = { command: 'connect_headless', flow: 'jwt', login: world.org.url, client_id: world.org.client_id, username: username(world), sign_key: 'salesforce' };
  const last = end(await world.run(asked));
  assert.equal(last.ok, true, JSON.stringify(last));
  await world.control('expire', { what: 'all' });
  await world.control('faults', busy);
  const before = await logins(world);
  await world.sync();
  assert.equal(await logins(world), before + 3, 'busy, refused, and another one taken');
  await world.close();
});

test('client credentials: the app logs in as its own user, again when the session is over', async () => {
  const world = await open('credentials');
  const asked = { command: 'connect_headless', flow: 'client_credentials', login: world.org.url, client_id: world.org.client_id, client_secret: world.org.client_secret };
  assert.equal(end(await world.run(asked)).ok, true);
  await world.sync();
  const before = await logins(world);
  await world.control('expire', { what: 'all' });
  await world.sync();
  assert.equal(await logins(world), before + 1);
  const production = end(await world.run({ ...asked, login: 'production' }));
  assert.deepEqual([production.code, production.exit], ['SF_LOGIN_HOST', 4]);
  const secret = end(await world.run({ ...asked, client_secret: 'not-the-secret' }));
  assert.deepEqual([secret.code, secret.exit], ['SF_CLIENT_REFUSED', 3]);
  await world.close();
});

// salesforce-side names and descriptions, what they mean, and whether the person must connect again.
const REFUSALS = [
  ['invalid_grant', 'expired access/refresh token', 'SF_ACCESS_REVOKED', 3],
  ['invalid_grant', 'inactive user', 'SF_USER_INACTIVE', 3],
  ['invalid_grant', 'authentication failure', 'SF_LOGIN_REFUSED', 3],
  ['invalid_grant', 'activation secret invalid', 'SF_LOGIN_REFUSED', 3],
  ['invalid_grant', "user hasn't approved this consumer", 'SF_USER_NOT_APPROVED', 3],
  ['invalid_grant', 'ip restricted or invalid login hours', 'SF_IP_RESTRICTED', 3],
  ['invalid_client_id', 'client identifier invalid', 'SF_CLIENT_REFUSED', 3],
  ['invalid_client', 'invalid client credentials', 'SF_CLIENT_REFUSED', 3],
  ['app_blocked', 'app blocked', 'SF_APP_BLOCKED', 3],
  ['inactive_org', 'organization is inactive', 'SF_ORG_INACTIVE', 3],
  ['rate_limit_exceeded', 'login rate exceeded', 'SF_LOGIN_RATE', 5],
  ['unsupported_grant_type', 'grant type not supported', 'SF_OAUTH_REQUEST', 3],
];

test('an org that moved: what the next renewal tells as its instance is asked from then on', async () => {
  const world = await open('moved', { record: true });
  await world.sync();
  const moved = world.server.url.replace('127.0.0.1', 'localhost');
  await world.control('options', { instanceUrl: moved });
  await world.control('expire', { what: 'access' });
  await world.advance(HOUR);
  const { requests } = /** @type {any} */ (world.server).org;
  await world.sync();
  const renewed = requests.findLastIndex((/** @type {any} */ { path }) => path === '/services/oauth2/token');
  const hosts = new Set(requests.slice(renewed + 1).map((/** @type {any} */ { headers }) => headers.host));
  assert.deepEqual([...hosts], [new URL(moved).host]);
  assert.equal(requests[renewed].headers.host, new URL(world.server.url).host, 'the login host stays');
  assert.equal(world.rows('select instance_url from connection')[0].instance_url, moved);
  await world.close();
});

/** @param {any} world */
const tokensAsked = (world) => world.server.org.calls['POST /services/oauth2/token'] ?? 0;

test('each refusal of the login host has its sentence, and the tables stay as they are', async () => {
  const world = await open('refusals');
  await world.sync();
  const before = world.rows('select count(*) n from account');
  for (const [error, error_description, code, exit] of REFUSALS) {
    await world.control('expire', { what: 'access' });
    // More than once: what may pass is tried again before it is told.
    await world.control('faults', { match: { method: 'POST', path: 'oauth2/token' }, times: 0, fault: { kind: 'status', status: 400, code: error, message: error_description, body: 'oauth' } });
    const asked = tokensAsked(world);
    const last = end(await world.run({ command: 'sync' }));
    await world.control('faults', undefined, 'DELETE');
    assert.deepEqual([last.ok, last.code, last.exit], [false, code, exit], `${error}: ${JSON.stringify(last)}`);
    assert.equal(tokensAsked(world) - asked, 1, `${error} is asked for once`);
    const again = last.again_at === undefined ? null : Date.parse(last.again_at) - world.server.org.now();
    assert.equal(again, code === 'SF_LOGIN_RATE' ? HOUR : null, `${error}: when to come again`);
    assert.match(last.message, new RegExp(String(error)));
    assert.ok(last.remedy.length > 20);
  }
  assert.deepEqual(world.rows('select count(*) n from account'), before);
  assert.equal(end(await world.run({ command: 'status' })).exit, 3, 'a person is told');
  await world.sync(); // nothing was revoked: the next refresh heals it
  assert.deepEqual(world.rows('select state, error from connection'), [{ state: 'connected', error: null }]);
  await world.close();
});

test('a session that is refused again with a fresh token is not renewed for ever', async () => {
  const world = await open('loop');
  await world.sync();
  const before = await logins(world);
  await world.control('faults', { match: { path: '/services/data/' }, times: 0, fault: { kind: 'expire' } });
  const last = end(await world.run({ command: 'sync' }));
  assert.deepEqual([last.ok, last.code], [false, 'SF_SESSION_EXPIRED']);
  assert.ok((await logins(world)) - before <= 2, 'once for each request that met it');
  await world.control('faults', undefined, 'DELETE');
  await world.control('faults', { match: { path: '/services/data/' }, times: 0, fault: { kind: 'status', status: 401, code: 'INVALID_SESSION_ID', message: 'This session is not valid for use with the REST API' } });
  const renewed = await logins(world);
  const scope = end(await world.run({ command: 'sync' }));
  assert.deepEqual([scope.code, scope.exit], ['SF_SCOPE', 3]);
  assert.equal(await logins(world), renewed, 'no other token would help');
  await world.close();
});

test('the answer to a refresh is lost: with rotation the token is not presented again', async () => {
  const world = await open('lost');
  await world.sync();
  await world.control('expire', { what: 'access' });
  await world.control('faults', { match: { method: 'POST', path: 'oauth2/token' }, fault: { kind: 'lost' } });
  assert.equal(end(await world.run({ command: 'sync' })).ok, false);
  const presented = await logins(world);
  const last = end(await world.run({ command: 'sync' }));
  assert.deepEqual([last.code, last.exit], ['SF_REFRESH_UNCLEAR', 3]);
  assert.match(last.remedy, /Connect again/);
  assert.equal(await logins(world), presented, 'presenting it again would look like theft');
  assert.equal(end(await world.run({ command: 'status' })).exit, 3);
  // A person connects again; the data is still there, and goes on.
  const core = { run: world.run };
  assert.equal(end(await connect(/** @type {any} */ (core), world.org)).ok, true);
  await world.sync();
  await world.close();
});

test('a refusal before anything was done, or an org without rotation: the token is presented again', async () => {
  const world = await open('again');
  await world.sync();
  await world.control('expire', { what: 'access' });
  await world.control('faults', { match: { method: 'POST', path: 'oauth2/token' }, times: 0, fault: { kind: 'status', status: 503, body: 'html' } });
  assert.equal(end(await world.run({ command: 'sync' })).exit, 5);
  await world.control('faults', undefined, 'DELETE');
  await world.control('faults', { match: { method: 'POST', path: 'oauth2/token' }, times: 0, fault: { kind: 'redirect' } });
  assert.equal(end(await world.run({ command: 'sync' })).code, 'SF_REDIRECTED', 'to a page about maintenance');
  await world.control('faults', undefined, 'DELETE');
  await world.sync();

  await world.control('options', { rotate: false });
  await world.control('expire', { what: 'access' });
  await world.sync(); // the answer tells that rotation is off
  assert.deepEqual(world.rows('select rotation from connection'), [{ rotation: 'off' }]);
  await world.control('expire', { what: 'access' });
  await world.control('faults', { match: { method: 'POST', path: 'oauth2/token' }, fault: { kind: 'lost' } });
  assert.equal(end(await world.run({ command: 'sync' })).ok, false);
  await world.sync();
  await world.close();
});

test('an org that moved to another host, as after a rename of its My Domain, is found there by the next sync', async () => {
  const world = await open('renamed');
  await world.sync();
  const [{ instance_url: host }] = world.rows('select instance_url from connection');
  const dead = 'http://127.0.0.1:9';
  world.write((database) => database.prepare('update connection set instance_url = ?').run(dead));
  const before = await logins(world);
  await world.sync();
  assert.deepEqual([world.rows('select instance_url from connection'), (await logins(world)) - before], [[{ instance_url: host }], 1]);

  // One that is not there at all is told as such, and asked for once a sync.
  world.write((database) => database.prepare('update connection set instance_url = ?').run(dead));
  await world.control('faults', { match: { method: 'POST', path: 'oauth2/token' }, times: 0, fault: { kind: 'status', status: 503 } });
  const last = end(await world.run({ command: 'sync' }));
  assert.deepEqual([last.ok, last.code, last.exit], [false, 'HTTP_UNREACHABLE', 5]);
  await world.control('faults', undefined, 'DELETE');
  await world.sync();
  await world.close();
});

test('another org behind the same login is refused', async () => {
  const world = await open('moved');
  await world.sync();
  await world.control('oauth', { move_org: true });
  await world.control('expire', { what: 'access' });
  const last = end(await world.run({ command: 'sync' }));
  assert.deepEqual([last.code, last.exit], ['SF_ORG_CHANGED', 3]);
  await world.close();
});

test('the API version is the one that the configuration wants; one that is not served any more is negotiated anew', async () => {
  const world = await open('versions');
  const version = () => world.rows('select api_version from connection')[0].api_version;
  assert.equal(version(), '66.0');
  const config = JSON.stringify({ salesforce: { api_version: '63.0' } });
  const asked = { command: 'connect_headless', flow: 'client_credentials', login: world.org.url, client_id: world.org.client_id, client_secret: world.org.client_secret };
  assert.equal(end(await world.run({ ...asked, config })).ok, true);
  assert.equal(version(), '63.0');
  await world.sync({ config });
  await world.advance(HOUR);
  const retired = { match: { path: '/v63\\.0/' }, fault: { kind: 'status', status: 410, code: 'UNSUPPORTED_API_VERSION', message: 'API version 63.0 is retired' }, times: 0 };
  await world.control('faults', retired);
  const failed = end(await world.run({ command: 'sync', config }));
  assert.deepEqual([failed.code, failed.exit], ['SF_VERSION', 3], 'there is no other that the configuration wants');
  const next = await world.sync();
  assert.ok(next.some(({ event, object }) => event === 'pulled' && object === 'Account'));
  assert.equal(version(), '66.0');
  await world.control('faults', undefined, 'DELETE');
  await world.control('options', { apiVersion: 65 }); // a migration: what is newer than the org is not there at all
  await world.advance(HOUR);
  await world.sync();
  assert.equal(version(), '65.0');
  await world.close();
});

test('status warns before an idle refresh token may lapse; a connection without one has none to lose', async () => {
  const world = await open('lapse');
  await world.sync();
  const told = async () => (await world.run({ command: 'status' })).find(({ name }) => name === 'connection');
  await world.advance(18 * DAY);
  assert.equal((await told())?.ok, true);
  await world.advance(3 * DAY);
  const line = await told();
  assert.equal(line?.ok, false);
  assert.match(line?.text, /refresh token was last used 21 days ago, and may lapse after 30: run perly sync/);
  await world.sync();
  assert.equal((await told())?.ok, true);
  const asked = { command: 'connect_headless', flow: 'client_credentials', login: world.org.url, client_id: world.org.client_id, client_secret: world.org.client_secret };
  assert.equal(end(await world.run(asked)).ok, true);
  await world.advance(40 * DAY);
  assert.equal((await told())?.ok, true);
  await world.close();
});

test('months without a sync: any command that works on the connection keeps its access alive', async () => {
  const world = await open('idle');
  await world.sync();
  for (let turn = 0; turn < 3; turn++) {
    await world.advance(26 * DAY);
    const [{ refreshed_at: before }] = world.rows('select refreshed_at from connection');
    assert.equal(end(await world.run({ command: 'actions_decide', decision: 'drop' })).ok, true);
    const [{ refreshed_at: now }] = world.rows('select refreshed_at from connection');
    assert.notEqual(now, before, 'renewed');
  }
  await world.sync();
  const after = await logins(world);
  await world.run({ command: 'actions_decide', decision: 'drop' });
  assert.equal(await logins(world), after, 'not more often than needed');
  world.write((database) => database.exec("update connection set refreshed_at = '2041-01-01T00:00:00.000Z'"));
  await world.run({ command: 'actions_decide', decision: 'drop' });
  assert.equal(await logins(world), after + 1, 'when that was is not known: the clock was ahead');
  await world.close();
});
