// jsforce, a client that others wrote, against the local Salesforce: what it sends is answered so that it
// believes the answer. What it gives back is compared with what the org holds.

import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import test from 'node:test';
import jsforce from 'jsforce';
import { QueryJobV2 } from 'jsforce/lib/api/bulk2.js';
import { open } from './helper.mjs';

const CALLBACK = 'http://localhost:8717/callback';
const SCOPE = 'api refresh_token full';

/** jsforce with tokens of the org, and without the browser. */
function connection(s, more = {}) {
  return new jsforce.Connection({
    version: '66.0',
    instanceUrl: s.url,
    accessToken: s.tokens.access_token,
    refreshToken: s.tokens.refresh_token,
    oauth2: { loginUrl: s.url, clientId: s.client.id, clientSecret: s.client.secret, redirectUri: CALLBACK },
    ...more,
  });
}

/** The web-server flow as jsforce's documentation has it: its url, the browser's answer, its authorize(). */
async function authorized(s) {
  const oauth2 = new jsforce.OAuth2({
    loginUrl: s.url,
    clientId: s.client.id,
    clientSecret: s.client.secret,
    redirectUri: CALLBACK,
    useVerifier: true,
  });
  const url = oauth2.getAuthorizationUrl({ scope: SCOPE, state: 'st4te' });
  const back = new URL((await fetch(url, { redirect: 'manual' })).headers.get('location'));
  assert.equal(back.searchParams.get('state'), 'st4te');
  const conn = new jsforce.Connection({ oauth2, version: '66.0' });
  return { conn, who: await conn.authorize(back.searchParams.get('code')) };
}

const rejected = async (promise) => {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new assert.AssertionError({ message: 'was not refused' });
};

test('jsforce: authorization code with PKCE, identity, limits, revoke', async (t) => {
  const s = await open(t);
  const { conn, who } = await authorized(s);
  assert.equal(who.id, s.org.ids.text(s.org.connectedUser));
  assert.equal(who.organizationId, s.org.ids.text(s.org.id));
  assert.equal(conn.instanceUrl, s.url);
  const identity = await conn.identity();
  assert.equal(identity.username, 'integration@local.example');
  const limits = await conn.limits();
  assert.deepEqual(Object.keys(limits.DailyApiRequests).slice(0, 2), ['Max', 'Remaining']);
  assert.deepEqual(conn.limitInfo.apiUsage.limit, limits.DailyApiRequests.Max);
  const { accessToken } = conn;
  await conn.logout(true);
  const error = await rejected(
    connection(s, { accessToken, refreshToken: undefined, oauth2: undefined }).limits(),
  );
  assert.equal(error.errorCode, 'INVALID_SESSION_ID');
});

test('jsforce: its identity without an id comes from the list of resources', async (t) => {
  const s = await open(t);
  assert.equal((await connection(s).identity()).user_id, s.org.ids.text(s.org.connectedUser));
});

test('jsforce: a bad code, a bad token to revoke: error and description of OAuth', async (t) => {
  const s = await open(t);
  const { oauth2 } = connection(s);
  const bad = await rejected(oauth2.requestToken('no-such-code'));
  assert.deepEqual([bad.name, bad.message], ['invalid_grant', 'invalid authorization code']);
  const unknown = await rejected(oauth2.revokeToken('no-such-token'));
  assert.deepEqual(
    [unknown.name, unknown.message],
    ['unsupported_token_type', 'this token type is not supported'],
  );
});

test('jsforce: an expired session is refreshed once and the request repeated; rotation is told', async (t) => {
  const s = await open(t);
  const conn = connection(s);
  const told = [];
  conn.on('refresh', (token, answer) => told.push([token, answer.refresh_token]));
  await s.control('expire', { what: 'access' });
  assert.equal((await conn.query('SELECT Id FROM Organization')).totalSize, 1);
  assert.equal(told.length, 1);
  assert.equal(told[0][0], conn.accessToken);
  assert.notEqual(told[0][1], s.tokens.refresh_token);
  // jsforce keeps the old refresh token unless its owner stores the new one: presented again it ends the grant.
  await s.control('expire', { what: 'access' });
  const error = await rejected(conn.query('SELECT Id FROM Organization'));
  assert.match(error.message, /expired access\/refresh token/);
  const steady = await open(t, { rotate: false });
  const other = connection(steady);
  for (let i = 0; i < 2; i++) {
    await steady.control('expire', { what: 'access' });
    assert.equal((await other.query('SELECT Id FROM Organization')).totalSize, 1);
  }
});

test('jsforce: a session that lacks the scope is not refreshed for ever', async (t) => {
  const s = await open(t);
  const made = await s.control('grant', { scope: 'id refresh_token' });
  const conn = connection(s, { accessToken: made.access_token, refreshToken: made.refresh_token });
  const error = await rejected(conn.limits());
  assert.match(error.message, /not valid for use with the REST API/);
});

test('jsforce: describe and describeGlobal', async (t) => {
  const s = await open(t);
  const conn = connection(s);
  const all = await conn.describeGlobal();
  assert.ok(all.sobjects.some(({ name, keyPrefix }) => name === 'Account' && keyPrefix === '001'));
  const account = await conn.describe('Account');
  assert.equal(account.fields.find(({ name }) => name === 'OwnerId').referenceTo[0], 'User');
  assert.equal(account.recordTypeInfos[0].recordTypeId, '012000000000000AAA');
  const cached = await conn.describe$('Account');
  assert.equal(cached.name, 'Account');
  const error = await rejected(conn.describe('Nonsense'));
  assert.deepEqual([error.errorCode, error.message], ['NOT_FOUND', 'The requested resource does not exist']);
});

test('jsforce: query, queryMore, autoFetch over several pages, queryAll, relationships, subqueries', async (t) => {
  const s = await open(t, { accounts: 160 });
  const conn = connection(s);
  const count = (await conn.query('SELECT COUNT() FROM Task')).totalSize;
  assert.ok(count > 2000, String(count));
  const first = await conn.query('SELECT Id FROM Task');
  assert.deepEqual([first.done, first.records.length, first.totalSize], [false, 2000, count]);
  const rest = await conn.queryMore(first.nextRecordsUrl);
  assert.equal(rest.records.length, Math.min(2000, count - 2000));
  const ids = [];
  await conn
    .query('SELECT Id FROM Task')
    .on('record', ({ Id }) => ids.push(Id))
    .run({ autoFetch: true, maxFetch: 100000 });
  assert.equal(new Set(ids).size, count);
  const gone = await conn.query('SELECT COUNT() FROM Task WHERE IsDeleted = true', { scanAll: true });
  assert.ok(gone.totalSize > 0);
  const [opportunity] = (await conn.query('SELECT Account.Owner.Name, Owner.Name FROM Opportunity LIMIT 1'))
    .records;
  assert.match(opportunity.Account.Owner.Name, /^Owner \d+$/);
  const parents = await conn.query('SELECT Id, (SELECT LastName FROM Contacts) FROM Account LIMIT 3');
  assert.ok(parents.records.every(({ Contacts }) => Contacts === null || Contacts.records[0].LastName));
  const found = await conn
    .sobject('Account')
    .find({ Type: 'Customer' }, ['Id', 'Name'])
    .sort('Name')
    .limit(2);
  assert.equal(found.length, 2);
  assert.ok(found[0].Name.toLowerCase() <= found[1].Name.toLowerCase());
  const bad = await rejected(conn.query('SELECT Nothing FROM Account'));
  assert.equal(bad.errorCode, 'INVALID_FIELD');
  assert.match(bad.message, /ERROR at Row:1:Column:8\nNo such column 'Nothing' on entity 'Account'/);
});

test('jsforce: bulk2 query', async (t) => {
  const s = await open(t);
  const conn = connection(s);
  conn.bulk2.pollInterval = 20;
  const records = await (await conn.bulk2.query('SELECT Id, Name, Description FROM Account')).toArray();
  const names = (await conn.query('SELECT Id, Name FROM Account')).records.map(({ Id, Name }) => [Id, Name]);
  assert.deepEqual(new Map(records.map(({ Id, Name }) => [Id, Name])), new Map(names));
  const error = await rejected(conn.bulk2.query('SELECT COUNT() FROM Account'));
  assert.equal(error.errorCode, 'API_ERROR');
});

// Its own loop over pages writes to a stream that the first page has ended (jsforce issue 1546), so the loop is
// here; requests, locators and bodies are jsforce's.
test('jsforce: pages of a bulk2 query by their locators', async (t) => {
  const s = await open(t, { pageRows: 300 });
  const conn = connection(s);
  const job = new QueryJobV2(conn, {
    bodyParams: { query: 'SELECT Id FROM Task', operation: 'queryAll' },
    pollingOptions: { pollInterval: 20, pollTimeout: 5000 },
  });
  await job.open();
  await job.poll();
  const ids = [];
  do {
    const more = job.locator ? `?locator=${job.locator}` : '';
    const rows = await job.createQueryRequest({ method: 'GET', path: `/${job.id}/results${more}` });
    ids.push(...rows.map(({ Id }) => Id));
  } while (job.locator !== 'null');
  const { totalSize } = await conn.query('SELECT COUNT() FROM Task', { scanAll: true });
  assert.ok(totalSize > 600);
  assert.equal(new Set(ids).size, totalSize);
});

test('jsforce: bulk2 query: abort, delete, a job that fails', async (t) => {
  const s = await open(t);
  const conn = connection(s);
  await s.control('faults', {
    match: { method: 'POST', path: '/jobs/query$' },
    fault: { kind: 'slow_job', ms: 60000 },
  });
  const job = new QueryJobV2(conn, {
    bodyParams: { query: 'SELECT Id FROM Account', operation: 'query' },
    pollingOptions: { pollInterval: 10, pollTimeout: 1000 },
  });
  await job.open();
  assert.equal((await job.abort()).state, 'Aborted');
  await job.delete();
  assert.equal((await rejected(job.check())).errorCode, 'NOT_FOUND');
  await s.control('faults', {
    match: { method: 'POST', path: '/jobs/query$' },
    fault: { kind: 'failed_job', message: 'x' },
  });
  assert.match((await rejected(conn.bulk2.query('SELECT Id FROM Account'))).message, /failed to complete/);
});

test('jsforce: bulk2 load: insert, update, upsert, delete, and what failed', async (t) => {
  const s = await open(t);
  await externalId(s);
  const conn = connection(s);
  conn.bulk2.pollInterval = 20;
  const load = (operation, input, more = {}) =>
    conn.bulk2.loadAndWaitForResults({ object: 'Contact', operation, input, ...more });
  const made = await load('insert', [{ LastName: 'One "quoted", with\nnewline' }, { FirstName: 'Nameless' }]);
  assert.equal(made.successfulResults.length, 1);
  assert.equal(made.successfulResults[0].sf__Created, 'true');
  assert.deepEqual(made.unprocessedRecords, []);
  assert.match(
    made.failedResults[0].sf__Error,
    /^REQUIRED_FIELD_MISSING:Required fields are missing: \[LastName\]:LastName --$/,
  );
  const id = made.successfulResults[0].sf__Id;
  assert.equal((await conn.sobject('Contact').retrieve(id)).LastName, 'One "quoted", with\nnewline');
  const csv = Readable.from([`Id,Title\n${id},Chief\n`]);
  assert.equal((await load('update', csv)).successfulResults[0].sf__Created, 'false');
  const more = { externalIdFieldName: 'Number__c' };
  const upserted = await load(
    'upsert',
    [
      { Number__c: 'n1', LastName: 'A' },
      { Number__c: 'n1', LastName: 'B' },
    ],
    more,
  );
  assert.deepEqual(upserted.successfulResults.map((one) => one.sf__Created).sort(), ['false', 'true']);
  assert.equal((await load('delete', [{ Id: id }])).successfulResults.length, 1);
  const wrong = await rejected(load('insert', [{ LastName: 'x', Nothing__c: 'y' }]));
  assert.match(wrong.message, /InvalidBatch : Field name not found : Nothing__c/);
});

/** Contact.Number__c: an external id that the connected user may read and write. */
async function externalId(s, unique = true) {
  await s.post('/services/data/v66.0/tooling/sobjects/CustomField', {
    FullName: 'Contact.Number__c',
    Metadata: { label: 'Number', type: 'Text', length: 20, externalId: true, unique },
  });
  const set = await s.post('/services/data/v66.0/sobjects/PermissionSet', {
    Name: 'Numbers',
    Label: 'Numbers',
  });
  await s.post('/services/data/v66.0/sobjects/FieldPermissions', {
    ParentId: set.body.id,
    SobjectType: 'Contact',
    Field: 'Contact.Number__c',
    PermissionsRead: true,
    PermissionsEdit: true,
  });
  await s.post('/services/data/v66.0/sobjects/PermissionSetAssignment', {
    AssigneeId: s.org.ids.text(s.org.connectedUser),
    PermissionSetId: set.body.id,
  });
}

test('jsforce: one record: create, retrieve, update, delete; errors by their code', async (t) => {
  const s = await open(t);
  const conn = connection(s);
  const made = await conn.sobject('Account').create({ Name: 'Nimbus' });
  assert.deepEqual([made.success, made.errors], [true, []]);
  const changed = await conn.sobject('Account').update({ Id: made.id, Site: 'North' });
  assert.deepEqual(changed, { id: made.id, success: true, errors: [] });
  const read = await conn.sobject('Account').retrieve(made.id, { fields: ['Name', 'Site'] });
  assert.deepEqual([read.Name, read.Site, read.attributes.type], ['Nimbus', 'North', 'Account']);
  await conn.sobject('Account').destroy(made.id);
  const gone = await rejected(conn.sobject('Account').retrieve(made.id));
  assert.deepEqual([gone.name, gone.errorCode], ['ENTITY_IS_DELETED', 'ENTITY_IS_DELETED']);
  assert.ok(gone instanceof Error);
  const missing = await rejected(conn.sobject('Account').create({ Site: 'South' }));
  assert.deepEqual([missing.errorCode, missing.data.fields], ['REQUIRED_FIELD_MISSING', ['Name']]);
});

test('jsforce: collections: create, update, upsert, retrieve, delete; allOrNone', async (t) => {
  const s = await open(t);
  await externalId(s);
  const conn = connection(s);
  const contacts = conn.sobject('Contact');
  const made = await contacts.create([{ LastName: 'A' }, { FirstName: 'Nobody' }, { LastName: 'C' }]);
  assert.deepEqual(
    made.map(({ success }) => success),
    [true, false, true],
  );
  assert.equal(made[1].errors[0].statusCode, 'REQUIRED_FIELD_MISSING');
  const [a, , c] = made.map(({ id }) => id);
  const both = await contacts.update(
    [
      { Id: a, Title: 'x' },
      { Id: c, Email: 'wrong' },
    ],
    { allOrNone: true },
  );
  assert.deepEqual(
    both.map(({ errors }) => errors[0].statusCode),
    ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'INVALID_EMAIL_ADDRESS'],
  );
  const upserted = await contacts.upsert(
    [
      { Number__c: '7', LastName: 'N' },
      { Number__c: '7', Title: 'T' },
    ],
    'Number__c',
  );
  assert.deepEqual(
    upserted.map(({ created }) => created),
    [true, false],
  );
  const nobody = `${a.slice(0, 14)}Z`;
  const read = await contacts.retrieve([c, a, nobody]);
  assert.deepEqual(
    read.map((one) => one?.LastName),
    ['C', 'A', undefined],
  );
  assert.equal(read[2], null);
  const gone = await contacts.destroy([a, c, a]);
  assert.deepEqual(
    gone.map(({ success }) => success),
    [true, true, false],
  );
  const many = Array.from({ length: 201 }, (_, i) => ({ LastName: `L${i}` }));
  assert.ok((await rejected(contacts.create(many))).errorCode);
  assert.equal((await contacts.create(many, { allowRecursive: true })).length, 201);
});

test('jsforce: upsert by external id: created, updated, ambiguous, no such field', async (t) => {
  const s = await open(t);
  await externalId(s);
  const conn = connection(s);
  const contacts = conn.sobject('Contact');
  const value = 'a/b c%';
  const first = await contacts.upsert({ Number__c: encodeURIComponent(value), LastName: 'One' }, 'Number__c');
  assert.equal(first.created, true);
  assert.equal((await contacts.retrieve(first.id)).Number__c, value);
  const second = await contacts.upsert(
    { Number__c: encodeURIComponent(value), LastName: 'Two' },
    'Number__c',
  );
  assert.deepEqual([second.id, second.created], [first.id, false]);
  const wrong = await rejected(contacts.upsert({ Title: 'x', LastName: 'Three' }, 'Title'));
  assert.equal(wrong.errorCode, 'NOT_FOUND');
});

test('jsforce: an external id that several records share is a choice, not an error of the server', async (t) => {
  const s = await open(t);
  await externalId(s, false);
  const contacts = connection(s).sobject('Contact');
  const twins = ['One', 'Two'].map((LastName) => ({ Number__c: 'same', LastName }));
  const made = await contacts.create(twins);
  const error = await rejected(contacts.upsert({ Number__c: 'same', Title: 'x' }, 'Number__c'));
  assert.deepEqual([error.name, error.errorCode], ['MULTIPLE_CHOICES', 'MULTIPLE_CHOICES']);
  assert.deepEqual(
    error.data,
    made.map(({ id }) => `/services/data/v66.0/sobjects/Contact/${id}`),
  );
});

test('jsforce: composite, and Chatter: post, read, batch, delete', async (t) => {
  const s = await open(t);
  const conn = connection(s);
  const { compositeResponse } = await conn.requestPost('/services/data/v66.0/composite', {
    allOrNone: true,
    compositeRequest: [
      {
        method: 'POST',
        url: '/services/data/v66.0/sobjects/Account',
        referenceId: 'acc',
        body: { Name: 'X' },
      },
      {
        method: 'POST',
        url: '/services/data/v66.0/sobjects/Contact',
        referenceId: 'con',
        body: { LastName: 'Y', AccountId: '@{acc.id}' },
      },
    ],
  });
  assert.deepEqual(
    compositeResponse.map((one) => one.httpStatusCode),
    [201, 201],
  );
  const subjectId = compositeResponse[0].body.id;
  const post = {
    body: {
      messageSegments: [
        { type: 'Text', text: 'Health dropped. ' },
        { type: 'Mention', id: s.id('User', 1) },
      ],
    },
    feedElementType: 'FeedItem',
    subjectId,
  };
  const made = await conn.chatter.resource('/feed-elements').create(post);
  assert.match(made.id, /^0D5/);
  assert.equal(
    (await conn.chatter.resource(`/feed-elements/${made.id}`).retrieve()).body.text,
    'Health dropped. @Owner 1',
  );
  const me = conn.chatter.resource('/users/me');
  const feed = conn.chatter.resource(`/feeds/record/${subjectId}/feed-elements`);
  const batch = await conn.chatter.batch([me, feed]);
  assert.equal(batch.hasErrors, false);
  assert.equal((await me).displayName, 'Integration User');
  assert.equal((await feed).elements.length, 1);
  await conn.chatter.resource(`/feed-elements/${made.id}`).destroy();
  assert.equal(
    (await rejected(conn.chatter.resource(`/feed-elements/${made.id}`).retrieve())).errorCode,
    'NOT_FOUND',
  );
});

test('jsforce: updated and deleted, tooling, and what is no JSON', async (t) => {
  const s = await open(t);
  const conn = connection(s);
  const now = s.org.now();
  const { id } = await conn.sobject('Contact').create({ LastName: 'New' });
  await s.control('edit', { action: 'delete', object: 'Contact', id: s.id('Contact', 2) });
  const [from, to] = [new Date(now - 120000), new Date(now + 60000)];
  assert.ok((await conn.sobject('Contact').updated(from, to)).ids.includes(id));
  assert.equal((await conn.sobject('Contact').deleted(from, to)).deletedRecords[0].id, s.id('Contact', 2));
  const fields = await conn.tooling.query(
    "SELECT Id, DeveloperName FROM CustomField WHERE TableEnumOrId = 'Account'",
  );
  assert.ok(fields.totalSize > 3);
  const down = (status) =>
    s.control('faults', { match: { path: '/limits' }, fault: { kind: 'status', status, body: 'html' } });
  await down(503);
  assert.ok((await conn.limits()).DailyApiRequests, 'jsforce asks again after a 503');
  await down(406);
  assert.equal((await rejected(conn.limits())).errorCode, 'ERROR_HTTP_406');
});
