// What simple-salesforce (Python) sends, request for request as plain HTTP: its paths, parameters and headers,
// and of the answers exactly what it reads.

import assert from 'node:assert/strict';
import { createSign, generateKeyPairSync } from 'node:crypto';
import test from 'node:test';
import { PASSWORD } from '../api/soap.mjs';
import { open, rowsOf } from './helper.mjs';

const VERSION = '59.0';
const USUAL = {
  'user-agent': 'python-requests/2.32.3',
  'accept-encoding': 'gzip, deflate',
  accept: '*/*',
  connection: 'keep-alive',
};

/** A session as simple-salesforce keeps one: host, id, and the headers it sends each time. */
async function session(t, options) {
  const s = await open(t, options);
  const base = `${s.url}/services/data/v${VERSION}/`;
  const headers = {
    ...USUAL,
    'content-type': 'application/json',
    authorization: `Bearer ${s.tokens.access_token}`,
    'x-prettyprint': '1',
  };
  const call = async (method, path, { params, data, more = {} } = {}) => {
    const query = params ? `?${new URLSearchParams(params)}` : '';
    const url = (path.startsWith('http') ? path : base + path) + query;
    const answer = await fetch(url, { method, headers: { ...headers, ...more }, body: data });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, json: () => JSON.parse(text) };
  };
  return { ...s, call, json: (value) => ({ data: JSON.stringify(value) }) };
}

const LOGIN = (user, password) => `<?xml version="1.0" encoding="utf-8" ?>
<env:Envelope xmlns:env="http://schemas.xmlsoap.org/soap/envelope/" xmlns:urn="urn:partner.soap.sforce.com">
  <env:Header><urn:CallOptions><urn:client>RestForce</urn:client>
    <urn:defaultNamespace>sf</urn:defaultNamespace></urn:CallOptions></env:Header>
  <env:Body><n1:login xmlns:n1="urn:partner.soap.sforce.com"><n1:username>${user}</n1:username>
    <n1:password>${password}</n1:password></n1:login></env:Body>
</env:Envelope>`;

test('simple-salesforce: login by SOAP, refused with a code and from v65 on', async (t) => {
  const s = await open(t);
  const login = async (user, password, version = VERSION) => {
    const headers = { ...USUAL, 'content-type': 'text/xml', charset: 'UTF-8', soapaction: 'login' };
    const body = LOGIN(user, password);
    const answer = await fetch(`${s.url}/services/Soap/u/${version}`, { method: 'POST', headers, body });
    const text = await answer.text();
    const of = (name) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)?.[1];
    return { status: answer.status, of };
  };
  const made = await login('integration@local.example', `${PASSWORD}TOKEN`);
  assert.equal(made.status, 200);
  assert.equal(new URL(made.of('serverUrl')).origin, s.url);
  const authorization = `Bearer ${made.of('sessionId')}`;
  assert.equal((await s.get(`/services/data/v${VERSION}/limits/`, { authorization })).status, 200);
  const wrong = await login('integration@local.example', 'wrong');
  assert.deepEqual([wrong.status, wrong.of('sf:exceptionCode')], [500, 'INVALID_LOGIN']);
  assert.match(wrong.of('sf:exceptionMessage'), /^Invalid username, password, security token/);
  const late = await login('integration@local.example', PASSWORD, '65.0');
  assert.deepEqual([late.status, late.of('sf:exceptionCode')], [500, 'UNSUPPORTED_API_VERSION']);
});

test('simple-salesforce: login by JWT and by client credentials', async (t) => {
  const s = await open(t);
  const post = async (data, more = {}) => {
    const headers = { ...USUAL, 'content-type': 'application/x-www-form-urlencoded', ...more };
    const body = new URLSearchParams(data).toString();
    const answer = await fetch(`${s.url}/services/oauth2/token`, { method: 'POST', headers, body });
    return [answer.status, await answer.json()];
  };
  const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await s.control('oauth', { public_key: pair.publicKey.export({ type: 'spki', format: 'pem' }) });
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = (sub) => ({
    iss: s.client.id,
    sub,
    aud: 'https://login.salesforce.com',
    exp: String(Math.floor(s.org.now() / 1000) + 170),
  });
  const assertion = (sub) => {
    const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims(sub))}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(pair.privateKey, 'base64url')}`;
  };
  const jwt = (sub) =>
    post({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertion(sub) });
  const [status, made] = await jwt('integration@local.example');
  assert.equal(status, 200);
  assert.equal(new URL(made.instance_url).host, new URL(s.url).host);
  assert.equal(typeof made.access_token, 'string');
  const refused = { error: 'invalid_grant', error_description: "user hasn't approved this consumer" };
  assert.deepEqual(await jwt('nobody@local.example'), [400, refused]);
  const basic = Buffer.from(`${s.client.id}:${s.client.secret}`).toString('base64');
  const [granted] = await post({ grant_type: 'client_credentials' }, { authorization: `Basic ${basic}` });
  assert.equal(granted, 200);
});

test('simple-salesforce: describe, metadata, limits and its reading of the usage', async (t) => {
  const s = await session(t);
  const all = await s.call('GET', 'sobjects');
  assert.match(all.text, /^\{\n {2}"encoding" : "UTF-8",\n/, 'X-PrettyPrint: 1');
  assert.ok(all.json().sobjects.length > 10);
  assert.equal((await s.call('GET', 'sobjects/Contact/')).json().objectDescribe.name, 'Contact');
  assert.equal((await s.call('GET', 'sobjects/Contact/describe')).json().fields[0].name, 'Id');
  const limits = await s.call('GET', 'limits/');
  assert.equal(typeof limits.json().DailyApiRequests.Remaining, 'number');
  assert.match(limits.headers.get('sforce-limit-info'), /api-usage=(\d+)\/(\d+)/);
  const missing = await s.call('GET', 'sobjects/Nope/describe');
  assert.deepEqual([missing.status, missing.json()[0].errorCode], [404, 'NOT_FOUND']);
});

test('simple-salesforce: query, query_all by the next url, query_more by an id, deleted rows', async (t) => {
  const s = await session(t, { accounts: 160 });
  const ids = new Set();
  let page = (await s.call('GET', 'query/', { params: { q: 'SELECT Id FROM Task' } })).json();
  const first = page;
  for (;;) {
    for (const { Id } of page.records) ids.add(Id);
    if (page.done) break;
    page = (await s.call('GET', s.url + page.nextRecordsUrl)).json();
  }
  assert.ok(first.totalSize > 2000);
  assert.equal(ids.size, first.totalSize);
  const again = (await s.call('GET', 'query/', { params: { q: 'SELECT Id FROM Task' } })).json();
  const next = again.nextRecordsUrl.split('/').at(-1);
  assert.equal((await s.call('GET', `query/${next}`)).json().records.length, first.totalSize - 2000);
  const q = 'SELECT COUNT(Id) FROM Task WHERE IsDeleted = true';
  const gone = (await s.call('GET', 'queryAll/', { params: { q } })).json();
  assert.ok(gone.records[0].expr0 > 0);
  const bad = await s.call('GET', 'query/', {
    params: { q: "SELECT Id FROM Contact WHERE Title = 'O'Neil'" },
  });
  assert.deepEqual([bad.status, bad.json()[0].errorCode], [400, 'MALFORMED_QUERY']);
});

test('simple-salesforce: one record: create, get, update, upsert, delete, updated, deleted', async (t) => {
  const s = await session(t);
  const made = await s.call('POST', 'sobjects/Contact/', s.json({ LastName: 'Smith', Email: 'a@b.example' }));
  assert.equal(made.status, 201);
  const { id, success, errors } = made.json();
  assert.deepEqual([success, errors], [true, []]);
  const got = (await s.call('GET', `sobjects/Contact/${id}`)).json();
  assert.deepEqual([got.Id, got.LastName], [id, 'Smith']);
  assert.equal((await s.call('PATCH', `sobjects/Contact/${id}`, s.json({ LastName: 'Jones' }))).status, 204);
  const byId = await s.call('PATCH', `sobjects/Contact/Id/${id}`, s.json({ LastName: 'Brown' }));
  assert.ok([200, 204].includes(byId.status), byId.text);
  const old = await s.call('PATCH', 'sobjects/Contact/Title/x', s.json({ LastName: 'X' }));
  assert.deepEqual(
    [old.status, old.json()[0].message],
    [404, 'Provided external ID field does not exist or is not accessible: Title'],
  );
  const at = (ms) => new Date(ms).toISOString().replace(/\.\d+Z/, '+00:00');
  const params = { start: at(s.org.now() - 120000), end: at(s.org.now() + 60000) };
  assert.ok((await s.call('GET', 'sobjects/Contact/updated/', { params })).json().ids.includes(id));
  assert.equal((await s.call('DELETE', `sobjects/Contact/${id}`)).status, 204);
  const deleted = (await s.call('GET', 'sobjects/Contact/deleted/', { params })).json();
  assert.deepEqual(
    deleted.deletedRecords.map((one) => one.id),
    [id],
  );
  assert.equal((await s.call('DELETE', `sobjects/Contact/${id}`)).status, 404);
});

/** Of its bulk2 client: the headers that differ from one call to the next. */
const asCsv = { accept: 'text/csv', 'content-type': 'application/json' };
const asJson = { accept: 'application/json', 'content-type': 'application/json' };

test('simple-salesforce: bulk2 query', async (t) => {
  const s = await session(t);
  const soql = 'SELECT Id, Subject FROM Task';
  const data = JSON.stringify({
    operation: 'queryAll',
    columnDelimiter: 'COMMA',
    lineEnding: 'LF',
    query: soql,
  });
  const job = (await s.call('POST', 'jobs/query', { data, more: asCsv })).json();
  const info = (await s.call('GET', `jobs/query/${job.id}`)).json();
  assert.equal(info.state, 'JobComplete');
  const ids = new Set();
  let locator = '';
  let announced = 0;
  do {
    const params = { maxRecords: 100, ...(locator && { locator }) };
    const page = await s.call('GET', `jobs/query/${job.id}/results`, { params, more: asCsv });
    locator = page.headers.get('sforce-locator');
    announced += Number(page.headers.get('sforce-numberofrecords'));
    for (const [id] of rowsOf(page.text).slice(1)) ids.add(id);
  } while (locator !== 'null');
  assert.deepEqual([ids.size, announced], [info.numberRecordsProcessed, info.numberRecordsProcessed]);
  assert.equal((await s.call('DELETE', `jobs/query/${job.id}`, { more: asJson })).status, 204);
});

test('simple-salesforce: bulk2 ingest, with its three results', async (t) => {
  const s = await session(t);
  const job = {
    operation: 'insert',
    columnDelimiter: 'COMMA',
    lineEnding: 'LF',
    object: 'Contact',
    contentType: 'CSV',
  };
  const { id, state } = (
    await s.call('POST', 'jobs/ingest', { data: JSON.stringify(job), more: asJson })
  ).json();
  assert.equal(state, 'Open');
  const csv = '"LastName","Email"\n"One","one@x.example"\n"Two","no mail"\n';
  const put = { data: csv, more: { accept: 'application/json', 'content-type': 'text/csv' } };
  assert.equal((await s.call('PUT', `jobs/ingest/${id}/batches`, put)).status, 201);
  const close = { data: JSON.stringify({ state: 'UploadComplete' }), more: asJson };
  assert.equal((await s.call('PATCH', `jobs/ingest/${id}`, close)).json().state, 'UploadComplete');
  const info = (await s.call('GET', `jobs/ingest/${id}`)).json();
  assert.deepEqual(
    [info.state, info.numberRecordsProcessed, info.numberRecordsFailed],
    ['JobComplete', 2, 1],
  );
  const of = async (what) => rowsOf((await s.call('GET', `jobs/ingest/${id}/${what}`, { more: asCsv })).text);
  const good = await of('successfulResults');
  assert.deepEqual(good[0], ['sf__Id', 'sf__Created', 'LastName', 'Email']);
  assert.deepEqual(good[1].slice(1), ['true', 'One', 'one@x.example']);
  const failed = await of('failedResults');
  assert.match(failed[1][1], /^INVALID_EMAIL_ADDRESS:Email: invalid email address: no mail:Email --$/);
  assert.deepEqual(await of('unprocessedRecords'), [['LastName', 'Email']]);
});
