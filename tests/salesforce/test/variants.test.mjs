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
