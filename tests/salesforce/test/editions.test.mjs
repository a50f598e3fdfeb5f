// Editions: the calls of a day, long requests at once, custom fields, permissions, and the API itself.

import assert from 'node:assert/strict';
import test from 'node:test';
import { createOrg } from '../org.mjs';
import { open, refused, V } from './helper.mjs';

/** API Request Limits and Allocations, for 50 licences. */
const CALLS = [
  ['developer', 15_000],
  ['enterprise', 150_000],
  ['professional with API', 150_000],
  ['unlimited', 350_000],
  ['performance', 350_000],
  ['full sandbox', 5_000_000],
];

test('the calls of a day follow from edition and licences, and stand in every answer', async (t) => {
  for (const [edition, calls] of CALLS) {
    const s = await open(t, { edition, accounts: 1 });
    assert.equal((await s.get(`${V}/limits`)).body.DailyApiRequests.Max, calls, edition);
    assert.match((await s.query('SELECT Id FROM User LIMIT 1')).headers.get('sforce-limit-info'), new RegExp(`/${calls}$`));
  }
  const few = await open(t, { edition: 'enterprise', licences: 3, accounts: 1 });
  assert.equal((await few.get(`${V}/limits`)).body.DailyApiRequests.Max, 103_000);
  const given = await open(t, { edition: 'developer', dailyRequests: 20, accounts: 1 });
  assert.equal((await given.get(`${V}/limits`)).body.DailyApiRequests.Max, 20, 'what is given wins');
  assert.throws(() => createOrg({ edition: 'gold' }), /edition is one of developer/);
});

test('an edition is told by the organization; what it lacks is no column', async (t) => {
  const s = await open(t, { edition: 'full sandbox', accounts: 1 });
  const [row] = (await s.query('SELECT OrganizationType, IsSandbox FROM Organization')).body.records;
  assert.deepEqual([row.OrganizationType, row.IsSandbox], ['Enterprise Edition', true]);
  const pro = await open(t, { edition: 'professional with API', accounts: 1 });
  const soql = 'SELECT PermissionsApiEnabled, PermissionsBulkApiHardDelete FROM UserPermissionAccess';
  assert.deepEqual(refused(await pro.query(soql)), [400, 'INVALID_FIELD']);
});

test('Professional Edition has no API: a session is given, and every call refused', async (t) => {
  const s = await open(t, { edition: 'professional', accounts: 1 });
  assert.deepEqual(refused(await s.query('SELECT Id FROM Account')), [403, 'API_DISABLED_FOR_ORG']);
  assert.deepEqual(refused(await s.get(`${V}/sobjects`)), [403, 'API_DISABLED_FOR_ORG']);
  assert.equal((await s.get('/services/data')).status, 200);
});

test('custom fields of an object: 100, 500 or 800', async (t) => {
  const s = await open(t, { edition: 'professional with API', accounts: 1 });
  const make = (n) =>
    s.post(`${V}/tooling/sobjects/CustomField`, { FullName: `Event.F${n}__c`, Metadata: { label: `F${n}`, type: 'Checkbox' } });
  const there = s.org.schema.object('Event').fields.filter((field) => field.custom).length;
  for (let n = there; n < 100; n++) assert.equal((await make(n)).status, 201);
  assert.deepEqual(refused(await make(100)), [400, 'CUSTOM_FIELD_LIMIT_EXCEEDED']);
});

test('requests that run for 20 seconds: so many at once, and short ones as many as there are', async (t) => {
  const s = await open(t, { edition: 'developer', accounts: 1 });
  await s.control('faults', { match: { path: '/limits$' }, fault: { kind: 'delay', ms: 60_000 }, times: 5 });
  const slow = [1, 2, 3, 4, 5].map(() => s.get(`${V}/limits`));
  while (s.org.inHand.size < 5) await new Promise((resolve) => setTimeout(resolve, 5));
  s.org.clock.advance(19_000);
  assert.equal((await s.query('SELECT Id FROM User LIMIT 1')).status, 200);
  s.org.clock.advance(2_000);
  const sixth = await s.query('SELECT Id FROM User LIMIT 1');
  assert.deepEqual(refused(sixth), [403, 'REQUEST_LIMIT_EXCEEDED']);
  assert.match(sixth.body[0].message, /^ConcurrentRequests/);
  s.org.clock.advance(60_000);
  for (const answer of await Promise.all(slow)) assert.equal(answer.status, 200);
  assert.equal((await s.query('SELECT Id FROM User LIMIT 1')).status, 200);
});
