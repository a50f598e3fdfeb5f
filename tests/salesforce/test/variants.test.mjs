// Switches of an org: features that change its schema, and the other reading where sources disagree.

import assert from 'node:assert/strict';
import test from 'node:test';
import { login, open, refused, rowsOf, token, authorizePath, V } from './helper.mjs';

const values = async (s, soql) => (await s.query(soql)).body.records;

async function results(s, soql, path = '') {
  const { id } = (await s.job(soql)).body;
  await s.get(`${V}/jobs/query/${id}`);
  return s.get(`${V}/jobs/query/${id}/results${path}`);
}

test('record types: in describe with the master type, on rows, as an object', async (t) => {
  const s = await open(t, { recordTypes: true });
  const { recordTypeInfos } = (await s.get(`${V}/sobjects/Account/describe`)).body;
  const told = recordTypeInfos.map((one) => [one.developerName, one.master, one.defaultRecordTypeMapping]);
  assert.deepEqual(told, [
    ['Business', false, true],
    ['Channel', false, false],
    ['Master', true, false],
  ]);
  const names = await values(s, 'SELECT RecordType.DeveloperName FROM Opportunity');
  assert.deepEqual([...new Set(names.map((row) => row.RecordType.DeveloperName))].sort(), [
    'Renewal',
    'Sale',
  ]);
  const plain = await open(t);
  assert.deepEqual(refused(await plain.query('SELECT RecordTypeId FROM Account')), [400, 'INVALID_FIELD']);
});

test('states and countries as picklists; an edition that lacks permissions', async (t) => {
  const s = await open(t, { statePicklists: true, withoutPermissions: ['ModifyMetadata'] });
  const [row] = await values(s, 'SELECT BillingCountryCode, BillingStateCode FROM Account LIMIT 1');
  assert.deepEqual([row.BillingCountryCode, row.BillingStateCode], ['EX', 'EA']);
  const wrong = await s.patch(`${V}/sobjects/Account/${s.id('Account', 0)}`, { BillingCountryCode: 'ZZ' });
  assert.deepEqual(refused(wrong), [400, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST']);
  const soql = 'SELECT PermissionsApiEnabled, PermissionsModifyMetadata FROM UserPermissionAccess';
  assert.deepEqual(refused(await s.query(soql)), [400, 'INVALID_FIELD'], 'the whole query fails');
});

test('pages: names on the first only, locators that are numbers, a result without any line', async (t) => {
  const options = { pageRows: 10, headerRows: 'first', locators: 'offset', emptyResult: 'empty' };
  const s = await open(t, options);
  const first = await results(s, 'SELECT Id FROM Account');
  assert.equal(first.headers.get('sforce-locator'), Buffer.from('10').toString('base64url'));
  assert.equal(rowsOf(first.text).length, 11);
  const second = await results(
    s,
    'SELECT Id FROM Account',
    `?locator=${first.headers.get('sforce-locator')}`,
  );
  assert.equal(rowsOf(second.text).length, 10);
  const none = await results(s, "SELECT Id FROM Account WHERE Name = 'nobody'");
  assert.deepEqual([none.status, none.text, none.headers.get('sforce-numberofrecords')], [200, '', '0']);
});

test('result pages by their other names; times of Bulk in two more forms', async (t) => {
  const s = await open(t, { pageRows: 10, resultPageKeys: 'link', bulkTimes: 'offset' });
  const { id } = (await s.job('SELECT Id FROM Contact')).body;
  await s.get(`${V}/jobs/query/${id}`);
  const { body } = await s.get(`${V}/jobs/query/${id}/resultPages`);
  assert.deepEqual([Object.keys(body.resultPages[0]), 'nextRecordUrl' in body], [['resultLink'], true]);
  const time = async () => rowsOf((await results(s, 'SELECT CreatedDate FROM Account LIMIT 1')).text)[1][0];
  assert.match(await time(), /T\d\d:\d\d:\d\d\.000\+0000$/);
  await s.control('options', { bulkTimes: 'bare' });
  assert.match(await time(), /T\d\d:\d\d:\d\dZ$/);
});

test('identity with 15 characters, a wrong verifier as an invalid request, a field twice as 409', async (t) => {
  const s = await open(t, { shortIds: true, verifierError: 'invalid_request', duplicateFieldStatus: 409 });
  const { body } = await login(s);
  assert.match(body.id, /\/id\/00D\w{12}\/005\w{12}$/);
  const there = await s.get(authorizePath(s));
  const wrong = await token(s, {
    grant_type: 'authorization_code',
    code: new URL(there.headers.get('location')).searchParams.get('code'),
    redirect_uri: 'http://localhost:8717/callback',
    code_verifier: 'x'.repeat(43),
  });
  assert.deepEqual([wrong.status, wrong.body.error], [400, 'invalid_request']);
  const field = { FullName: 'Account.ARR__c', Metadata: { label: 'ARR', type: 'Currency' } };
  const twice = await s.post(`${V}/tooling/sobjects/CustomField`, field);
  assert.deepEqual(refused(twice), [409, 'DUPLICATE_DEVELOPER_NAME']);
});

test('clocks: the Date of answers, and the clock of who asks, can be off', async (t) => {
  const s = await open(t, { skewMs: 3_600_000, clientSkewMs: -60_000 });
  const now = Math.floor(s.org.now() / 1000) * 1000;
  assert.equal(Date.parse((await s.get(`${V}/limits`)).headers.get('date')), now + 3_600_000);
  assert.equal((await s.get('/_clock')).body.wall, s.org.now() - 60_000);
});

test('who says no, whose assertion nobody signed, and a wrong secret in a Basic header', async (t) => {
  const s = await open(t, { deniedError: 'access-denied', assertionError: 'invalid_client', basicErrorStatus: 401 });
  await s.control('oauth', { deny_next: true });
  const there = await s.get(authorizePath(s));
  assert.equal(new URL(there.headers.get('location')).searchParams.get('error'), 'access-denied');
  const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
  const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const assertion = `${part({ alg: 'RS256' })}.${part({ iss: s.client.id })}.${part('nobody')}`;
  const unsigned = await token(s, { grant_type, assertion });
  assert.deepEqual([unsigned.status, unsigned.body.error], [400, 'invalid_client']);
  const basic = `Basic ${Buffer.from(`${s.client.id}:wrong`).toString('base64')}`;
  const form = 'grant_type=client_credentials';
  const type = 'application/x-www-form-urlencoded';
  const wrong = await s.call('POST', '/services/oauth2/token', form, { 'content-type': type, authorization: basic });
  assert.deepEqual([wrong.status, wrong.body.error], [401, 'invalid_client']);
});

test('tokens with fewer keys for programs, or with those of newer apps; versions for those with a session', async (t) => {
  const s = await open(t, { tokenKeys: 'few', openVersions: false });
  const form = { grant_type: 'client_credentials', client_secret: s.client.secret };
  const few = (await token(s, form)).body;
  assert.deepEqual(Object.keys(few).sort(), ['access_token', 'id', 'instance_url', 'scope', 'token_type']);
  await s.control('options', { tokenKeys: 'more' });
  const more = (await token(s, form)).body;
  assert.ok(more.api_instance_url && more.issued_at);
  assert.ok(Object.values(more).every((value) => typeof value === 'string'));
  const asked = await s.get('/services/data', { authorization: '' });
  assert.deepEqual(refused(asked), [401, 'INVALID_SESSION_ID']);
  assert.equal((await s.get('/services/data')).status, 200);
});

test('limits by other codes: Connect an hour 429, Bulk a day EXCEEDED_QUOTA', async (t) => {
  const options = { chatterHourly: 0, chatterLimitStatus: 429, dailyQueryJobs: 0, bulkLimitError: 'EXCEEDED_QUOTA' };
  const s = await open(t, options);
  const post = { feedElementType: 'FeedItem', subjectId: s.id('Account', 0), body: { messageSegments: [] } };
  assert.equal((await s.post(`${V}/chatter/feed-elements`, post)).status, 429);
  assert.deepEqual(refused(await s.job('SELECT Id FROM Account')), [400, 'EXCEEDED_QUOTA']);
});

test('Bulk as it was before v60: neither ORDER BY nor LIMIT; as the reference of SOQL has it: FIELDS(STANDARD)', async (t) => {
  const s = await open(t, { bulkOrder: false });
  for (const end of ['ORDER BY Id', 'LIMIT 1']) {
    assert.deepEqual(refused(await s.job(`SELECT Id FROM Account ${end}`)), [400, 'API_ERROR']);
  }
  assert.deepEqual(refused(await s.job('SELECT FIELDS(STANDARD) FROM Task')), [400, 'API_ERROR']);
  await s.control('options', { bulkFields: true });
  const { text } = await results(s, 'SELECT FIELDS(STANDARD) FROM Task');
  assert.ok(rowsOf(text)[0].length > 20);
  assert.deepEqual(refused(await s.job('SELECT FIELDS(ALL) FROM Task')), [400, 'API_ERROR']);
});

test('what Bulk cannot select by another code; convertCurrency() by Bulk as by REST', async (t) => {
  const s = await open(t, { multiCurrency: true, bulkRefusal: 'FUNCTIONALITY_NOT_ENABLED' });
  const soql = 'SELECT Id, convertCurrency(Amount) inMine FROM Opportunity WHERE Amount != null';
  for (const refusal of [soql, 'SELECT BillingAddress FROM Account', 'SELECT TYPEOF What WHEN Account THEN Name END FROM Task']) {
    assert.deepEqual(refused(await s.job(refusal)), [400, 'FUNCTIONALITY_NOT_ENABLED'], refusal);
  }
  await s.control('options', { bulkCurrency: true });
  const [, ...rows] = rowsOf((await results(s, soql)).text);
  const amounts = new Map((await s.query(soql)).body.records.map(({ Id, inMine }) => [Id, inMine]));
  assert.ok(rows.length > 5 && rows.length === amounts.size);
  for (const [id, amount] of rows) assert.equal(Number(amount), amounts.get(id), id);
});

test('results that are asked for early are 404; a new field is known to Bulk later than to describe', async (t) => {
  const s = await open(t, { earlyResultsStatus: 404, bulkFieldLagMs: 30_000 });
  await s.control('faults', { match: { path: '/jobs/query$' }, fault: { kind: 'slow_job', ms: 60_000 } });
  const { id } = (await s.job('SELECT Id FROM Account')).body;
  assert.deepEqual(refused(await s.get(`${V}/jobs/query/${id}/results`)), [404, 'INVALIDJOBSTATE']);
  const metadata = { label: 'New', type: 'Checkbox', required: true };
  await s.post(`${V}/tooling/sobjects/CustomField`, { FullName: 'Account.New__c', Metadata: metadata });
  const { fields } = (await s.get(`${V}/sobjects/Account/describe`)).body;
  assert.ok(fields.some(({ name }) => name === 'New__c'));
  assert.deepEqual(refused(await s.job('SELECT New__c FROM Account')), [400, 'INVALID_FIELD']);
  s.org.clock.advance(30_000);
  assert.equal((await s.job('SELECT New__c FROM Account')).status, 200);
});

test('who may not make fields, and who points to a record that he does not see, by each of the codes', async (t) => {
  const s = await open(t);
  const field = { FullName: 'Account.New__c', Metadata: { label: 'New', type: 'Checkbox' } };
  await s.control('permissions', { deny: ['CustomizeApplication', 'ViewAllData', 'ModifyAllData'] });
  const codes = [
    ['INSUFFICIENT_ACCESS', 403],
    ['INSUFFICIENT_ACCESS_OR_READONLY', 403],
    ['NOT_FOUND', 404],
    ['INVALID_TYPE', 400],
  ];
  for (const [setupRefusal, status] of codes) {
    await s.control('options', { setupRefusal });
    assert.deepEqual(refused(await s.post(`${V}/tooling/sobjects/CustomField`, field)), [status, setupRefusal]);
  }
  const seen = (await values(s, 'SELECT Id FROM Account')).map(({ Id }) => Id);
  const hidden = s.org.tables.get('Account');
  const WhatId = Array.from({ length: hidden.count }, (_, row) => s.id('Account', row)).find((id) => !seen.includes(id));
  for (const unseenError of ['INVALID_CROSS_REFERENCE_KEY', 'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY']) {
    await s.control('options', { unseenError });
    assert.deepEqual(refused(await s.post(`${V}/sobjects/Task`, { WhatId, Subject: 'x' })), [400, unseenError]);
  }
});

test('archiving leaves SystemModstamp alone, or moves it', async (t) => {
  for (const archivingStamps of [false, true]) {
    const s = await open(t, { archivingStamps });
    const fields = { Subject: 'Old', Status: 'Completed', ActivityDate: '2025-01-01' };
    const { id } = (await s.post(`${V}/sobjects/Task`, fields)).body;
    const row = async () => (await s.query(`SELECT IsArchived, SystemModstamp FROM Task WHERE Id = '${id}'`, true)).body.records[0];
    const before = await row();
    s.org.clock.advance(3_600_000);
    await s.control('housekeeping');
    const after = await row();
    assert.deepEqual([before.IsArchived, after.IsArchived], [false, true]);
    assert.equal(after.SystemModstamp !== before.SystemModstamp, archivingStamps);
  }
});

test('an upsert that updates answers 204 before v46, and says so with created since', async (t) => {
  const s = await open(t);
  await s.post(`${V}/tooling/sobjects/CustomField`, {
    FullName: 'Account.Ext__c',
    Metadata: { label: 'Ext', type: 'Text', length: 20, externalId: true, unique: true, required: true },
  });
  await s.patch(`${V}/sobjects/Account/Ext__c/a`, { Name: 'A' });
  const now = await s.patch(`${V}/sobjects/Account/Ext__c/a`, { Name: 'B' });
  assert.deepEqual([now.status, now.body.created], [200, false]);
  const then = await s.patch('/services/data/v45.0/sobjects/Account/Ext__c/a', { Name: 'C' });
  assert.deepEqual([then.status, then.text], [204, '']);
});
