// What writing records must do and refuse.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, refused, V } from './helper.mjs';

const HEALTH = {
  FullName: 'Account.Perly_Health_Score__c',
  Metadata: { label: 'Perly Health Score', type: 'Number', precision: 3, scale: 0 },
};
const RISK = {
  FullName: 'Account.Perly_Risk_Level__c',
  Metadata: {
    label: 'Perly Risk Level',
    type: 'Picklist',
    valueSet: {
      restricted: true,
      valueSetDefinition: {
        sorted: false,
        value: ['Low', 'Medium', 'High', 'Critical'].map((name) => ({
          fullName: name,
          label: name,
          default: false,
        })),
      },
    },
  },
};
const KEY = {
  FullName: 'Activity.Perly_Key__c',
  Metadata: {
    label: 'Perly Key',
    type: 'Text',
    length: 64,
    externalId: true,
    unique: true,
    caseSensitive: true,
  },
};

/** Makes fields and grants them to the connected user. */
export async function setUp(s, ...fields) {
  const set = (await s.post(`${V}/sobjects/PermissionSet`, { Name: `Set_${fields.length}`, Label: 'Set' }))
    .body.id;
  for (const field of fields) {
    const made = await s.post(`${V}/tooling/sobjects/CustomField`, field);
    assert.equal(made.status, 201, made.text);
    const [owner, name] = field.FullName.split('.');
    const object = owner === 'Activity' ? 'Task' : owner;
    const granted = await s.post(`${V}/sobjects/FieldPermissions`, {
      ParentId: set,
      SobjectType: object,
      Field: `${object}.${name}`,
      PermissionsRead: true,
      PermissionsEdit: true,
    });
    assert.equal(granted.status, 201, granted.text);
  }
  const assigned = await s.post(`${V}/sobjects/PermissionSetAssignment`, {
    PermissionSetId: set,
    AssigneeId: s.org.ids.text(s.org.connectedUser),
  });
  assert.equal(assigned.status, 201, assigned.text);
  return set;
}

test('trap 13: a new field is seen by nobody until granted, then by describe, SOQL and DML', async (t) => {
  const s = await open(t);
  const account = `${V}/sobjects/Account/${s.id('Account', 0)}`;
  const made = await s.post(`${V}/tooling/sobjects/CustomField`, HEALTH);
  assert.equal(made.status, 201);
  assert.deepEqual(Object.keys(made.body), ['id', 'success', 'errors', 'warnings', 'infos']);
  const names = async () =>
    (await s.get(`${V}/sobjects/Account/describe`)).body.fields.map((field) => field.name);
  assert.ok(!(await names()).includes('Perly_Health_Score__c'));
  assert.deepEqual(refused(await s.query('SELECT Perly_Health_Score__c FROM Account')), [
    400,
    'INVALID_FIELD',
  ]);
  assert.deepEqual(refused(await s.patch(account, { Perly_Health_Score__c: 5 })), [400, 'INVALID_FIELD']);
  const found = await s.get(
    `${V}/tooling/query?q=${encodeURIComponent(
      'SELECT Id, DeveloperName, TableEnumOrId, ' +
        'NamespacePrefix, ManageableState FROM CustomField ' +
        "WHERE TableEnumOrId = 'Account' AND DeveloperName IN " +
        "('Perly_Health_Score')",
    )}`,
  );
  assert.equal(found.body.records.length, 1);

  const set = (await s.post(`${V}/sobjects/PermissionSet`, { Name: 'Perly_Sync', Label: 'Perly Sync' })).body
    .id;
  const grant = {
    ParentId: set,
    SobjectType: 'Account',
    Field: 'Account.Perly_Health_Score__c',
    PermissionsRead: true,
    PermissionsEdit: true,
  };
  assert.equal((await s.post(`${V}/sobjects/FieldPermissions`, grant)).status, 201);
  assert.deepEqual(refused(await s.post(`${V}/sobjects/FieldPermissions`, grant)), [400, 'DUPLICATE_VALUE']);
  assert.ok(!(await names()).includes('Perly_Health_Score__c'), 'not before the assignment');
  const assign = { AssigneeId: s.org.ids.text(s.org.connectedUser), PermissionSetId: set };
  assert.equal((await s.post(`${V}/sobjects/PermissionSetAssignment`, assign)).status, 201);
  assert.deepEqual(refused(await s.post(`${V}/sobjects/PermissionSetAssignment`, assign)), [
    400,
    'DUPLICATE_VALUE',
  ]);
  assert.equal((await names()).at(-1), 'Perly_Health_Score__c', 'definition order: last');
  assert.equal((await s.patch(account, { Perly_Health_Score__c: 5 })).status, 204);
  assert.match((await s.get(`${account}?fields=Perly_Health_Score__c`)).text, /"Perly_Health_Score__c":5\.0/);
});

test('trap 13: a second creation says so, an unentitled user may not', async (t) => {
  const s = await open(t);
  await s.post(`${V}/tooling/sobjects/CustomField`, HEALTH);
  assert.deepEqual(refused(await s.post(`${V}/tooling/sobjects/CustomField`, HEALTH)), [
    400,
    'DUPLICATE_DEVELOPER_NAME',
  ]);
  await s.control('permissions', { deny: ['CustomizeApplication'] });
  assert.deepEqual(refused(await s.post(`${V}/tooling/sobjects/CustomField`, RISK)), [
    403,
    'INSUFFICIENT_ACCESS',
  ]);
});

test('a field of Activity is one field of Task and Event, granted on both', async (t) => {
  const s = await open(t);
  await setUp(s, KEY);
  for (const object of ['Task', 'Event']) {
    const { fields } = (await s.get(`${V}/sobjects/${object}/describe`)).body;
    const field = fields.find((one) => one.name === 'Perly_Key__c');
    assert.ok(field.externalId && field.unique && field.caseSensitive, object);
  }
});

test('trap 14: restricted picklists, number ranges, rounding, string length in UTF-16', async (t) => {
  const s = await open(t);
  await setUp(s, HEALTH, RISK);
  const path = `${V}/sobjects/Account/${s.id('Account', 0)}`;
  const value = async (name) => (await s.get(`${path}?fields=${name}`)).body[name];
  assert.deepEqual(refused(await s.patch(path, { Perly_Risk_Level__c: 'Extreme' })), [
    400,
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
  ]);
  assert.deepEqual(refused(await s.patch(path, { Perly_Health_Score__c: 1000 })), [
    400,
    'NUMBER_OUTSIDE_VALID_RANGE',
  ]);
  assert.equal(
    (await s.patch(path, { Perly_Health_Score__c: 41.6, Perly_Risk_Level__c: 'High' })).status,
    204,
  );
  assert.equal(await value('Perly_Health_Score__c'), 42);
  assert.deepEqual(refused(await s.patch(path, { Name: 'x'.repeat(256) })), [400, 'STRING_TOO_LONG']);
  assert.deepEqual(refused(await s.patch(path, { Name: '🚀'.repeat(128) })), [400, 'STRING_TOO_LONG']);
  assert.equal((await s.patch(path, { Name: '🚀'.repeat(127) })).status, 204);
  assert.equal((await s.patch(path, { Perly_Health_Score__c: null })).status, 204);
  assert.equal(await value('Perly_Health_Score__c'), null);
});

test('trap 11: fields are told; unknown fields, missing and read-only ones have their codes', async (t) => {
  const s = await open(t);
  const path = `${V}/sobjects/Account/${s.id('Account', 0)}`;
  assert.equal(
    (await s.patch(path, { Nope: 1 })).body[0].message,
    "No such column 'Nope' on sobject of type Account",
  );
  const missing = await s.post(`${V}/sobjects/Contact`, { FirstName: 'Contact' });
  assert.deepEqual(
    [missing.body[0].errorCode, missing.body[0].fields],
    ['REQUIRED_FIELD_MISSING', ['LastName']],
  );
  assert.deepEqual(refused(await s.patch(path, { CreatedDate: '2026-01-01T00:00:00Z' })), [
    400,
    'INVALID_FIELD_FOR_INSERT_UPDATE',
  ]);
  assert.deepEqual(
    refused(await s.post(`${V}/sobjects/Account`, '{nonsense', { 'content-type': 'application/json' })),
    [400, 'JSON_PARSER_ERROR'],
  );
});

test('trap 15: tasks: inactive owners, closed status, derived and read-only fields', async (t) => {
  const s = await open(t);
  const users = (await s.query('SELECT Id FROM User WHERE IsActive = false')).body.records;
  const what = s.id('Account', 0);
  const inactive = await s.post(`${V}/sobjects/Task`, { Subject: 'x', WhatId: what, OwnerId: users[0].Id });
  assert.deepEqual(refused(inactive), [400, 'INACTIVE_OWNER_OR_USER']);
  for (const field of ['AccountId', 'IsClosed', 'IsArchived']) {
    const answer = await s.post(`${V}/sobjects/Task`, {
      Subject: 'x',
      [field]: field === 'AccountId' ? what : true,
    });
    assert.deepEqual(refused(answer), [400, 'INVALID_FIELD_FOR_INSERT_UPDATE'], field);
  }
  const { id } = (await s.post(`${V}/sobjects/Task`, { Subject: 'x', WhatId: what })).body;
  const read = async () => (await s.get(`${V}/sobjects/Task/${id}`)).body;
  const made = await read();
  assert.deepEqual(
    [made.AccountId, made.Status, made.Priority, made.IsClosed],
    [what, 'Not Started', 'Normal', false],
  );
  await s.patch(`${V}/sobjects/Task/${id}`, { Status: 'Completed' });
  assert.equal((await read()).IsClosed, true);
  const statuses = (await s.query('SELECT MasterLabel, IsClosed, IsDefault FROM TaskStatus')).body.records;
  assert.deepEqual(
    statuses.filter((one) => one.IsClosed).map((one) => one.MasterLabel),
    ['Completed'],
  );
});

test('trap 18: collections keep order, 200 on partial failure, all or none, limit', async (t) => {
  const s = await open(t);
  const one = (n, more) => ({ attributes: { type: 'Account' }, id: s.id('Account', n), ...more });
  const send = (records, allOrNone) => s.patch(`${V}/composite/sobjects`, { allOrNone, records });
  const mixed = await send(
    [one(3, { Rating: 'Hot' }), one(1, { Nope: 1 }), one(2, { Rating: 'Cold' })],
    false,
  );
  assert.equal(mixed.status, 200);
  assert.deepEqual(
    mixed.body.map((result) => result.success),
    [true, false, true],
  );
  assert.equal(mixed.body[0].id, s.id('Account', 3));
  assert.deepEqual(mixed.body[1].errors[0], {
    statusCode: 'INVALID_FIELD',
    fields: [],
    message: "No such column 'Nope' on sobject of type Account",
  });
  const before = (await s.query(`SELECT Name FROM Account WHERE Id = '${s.id('Account', 4)}'`)).body
    .records[0].Name;
  const none = await send([one(4, { Name: 'rolled back' }), one(1, { Nope: 1 })], true);
  assert.deepEqual(
    none.body.map((result) => result.errors[0].statusCode),
    ['ALL_OR_NONE_OPERATION_ROLLED_BACK', 'INVALID_FIELD'],
  );
  assert.equal(
    (await s.query(`SELECT Name FROM Account WHERE Id = '${s.id('Account', 4)}'`)).body.records[0].Name,
    before,
  );
  assert.equal(
    (
      await send(
        Array.from({ length: 201 }, () => one(0, {})),
        false,
      )
    ).status,
    400,
  );
  const asked = [s.id('Account', 2), '001000000000000AAA', s.id('Account', 1)];
  const got = (await s.post(`${V}/composite/sobjects/Account`, { ids: asked, fields: ['Id'] })).body;
  assert.deepEqual(
    got.map((record) => record?.Id ?? null),
    [asked[0], null, asked[2]],
  );
});

test('trap 19: upsert by external id: 201 and 200, created, unique race, 300 on ambiguity', async (t) => {
  const s = await open(t);
  const loose = {
    FullName: 'Account.Loose__c',
    Metadata: { label: 'Loose', type: 'Text', length: 20, externalId: true },
  };
  await setUp(s, KEY, loose);
  const path = `${V}/sobjects/Task/Perly_Key__c/k%2F1`;
  const first = await s.patch(path, { Subject: 'one', WhatId: s.id('Account', 0) });
  assert.deepEqual([first.status, first.body.created, first.body.success], [201, true, true]);
  const second = await s.patch(path, { Subject: 'two' });
  assert.deepEqual([second.status, second.body.created, second.body.id], [200, false, first.body.id]);
  assert.deepEqual(refused(await s.post(`${V}/sobjects/Task`, { Subject: 'x', Perly_Key__c: 'k/1' })), [
    400,
    'DUPLICATE_VALUE',
  ]);
  assert.equal(
    (await s.post(`${V}/sobjects/Task`, { Subject: 'x', Perly_Key__c: 'K/1' })).status,
    201,
    'case-sensitive',
  );
  for (const n of [1, 2]) await s.patch(`${V}/sobjects/Account/${s.id('Account', n)}`, { Loose__c: 'same' });
  const many = await s.patch(`${V}/sobjects/Account/Loose__c/same`, { Rating: 'Hot' });
  assert.equal(many.status, 300);
  assert.equal(many.body.length, 2);
  const wrong = await s.patch(`${V}/sobjects/Account/Name/x`, { Rating: 'Hot' });
  assert.equal(wrong.body[0].message, 'Provided external ID field does not exist or is not accessible: Name');
  const list = await s.patch(`${V}/composite/sobjects/Task/Perly_Key__c`, {
    allOrNone: false,
    records: [
      { attributes: { type: 'Task' }, Perly_Key__c: 'k/1', Subject: 'three' },
      { attributes: { type: 'Task' }, Perly_Key__c: 'k/2', Subject: 'new' },
    ],
  });
  assert.deepEqual(
    list.body.map((result) => result.created),
    [false, true],
  );
});

test('trap 16: Chatter posts: no filter on Body, View All Data, hard deletion', async (t) => {
  const s = await open(t);
  const parent = s.id('Account', 0);
  const posted = await s.post(`${V}/sobjects/FeedItem`, {
    ParentId: parent,
    Body: 'Health fell [perly:1]',
    Type: 'TextPost',
  });
  assert.equal(posted.status, 201);
  assert.match(posted.body.id, /^0D5/);
  assert.deepEqual(refused(await s.query("SELECT Id FROM FeedItem WHERE Body = 'x'")), [
    400,
    'INVALID_FIELD',
  ]);
  assert.deepEqual(
    refused(await s.query('SELECT Id FROM FeedItem WHERE SystemModstamp > 2020-01-01T00:00:00Z')),
    [400, 'INVALID_FIELD'],
  );
  const where = `WHERE ParentId = '${parent}' ORDER BY CreatedDate DESC LIMIT 50`;
  const feed = `SELECT Id, Body, Title FROM AccountFeed ${where}`;
  assert.equal((await s.query(feed)).body.records[0].Body, 'Health fell [perly:1]');
  await s.control('permissions', { deny: ['ViewAllData'] });
  assert.equal((await s.query('SELECT Id FROM FeedItem')).status, 400);
  await s.control('permissions', { allow: ['ViewAllData'] });
  assert.deepEqual(
    refused(await s.post(`${V}/sobjects/FeedItem`, { ParentId: parent, Body: 'x'.repeat(10001) })),
    [400, 'STRING_TOO_LONG'],
  );
  await s.del(`${V}/sobjects/FeedItem/${posted.body.id}`);
  assert.equal((await s.query('SELECT Id FROM FeedItem', true)).body.totalSize, 0);
});

test('trap 12: Chatter has its own hourly cap, answered 503; the daily quota is 403', async (t) => {
  const s = await open(t, { chatterHourly: 2 });
  const body = {
    body: {
      messageSegments: [
        { type: 'Text', text: 'Fell to ' },
        { type: 'Mention', id: s.org.ids.text(s.org.owners[0]) },
      ],
    },
    feedElementType: 'FeedItem',
    subjectId: s.id('Account', 0),
  };
  const first = await s.post(`${V}/chatter/feed-elements`, body);
  assert.deepEqual([first.status, first.body.body.text], [201, 'Fell to @Owner 1']);
  await s.post(`${V}/chatter/feed-elements`, body);
  assert.equal((await s.post(`${V}/chatter/feed-elements`, body)).status, 503);
  s.org.clock.advance(3600001);
  assert.equal((await s.post(`${V}/chatter/feed-elements`, body)).status, 201);
  await s.control('other_apps', { calls: 100000 });
  assert.deepEqual(refused(await s.query('SELECT Id FROM Account LIMIT 1')), [403, 'REQUEST_LIMIT_EXCEEDED']);
});

test('Chatter off: no objects, INVALID_TYPE, 403, no url', async (t) => {
  const s = await open(t, { chatter: false });
  assert.deepEqual(refused(await s.query('SELECT Id FROM FeedItem')), [400, 'INVALID_TYPE']);
  assert.equal((await s.post(`${V}/chatter/feed-elements`, {})).status, 403);
  const { sobjects } = (await s.get(`${V}/sobjects`)).body;
  assert.ok(!sobjects.some((one) => /Feed/.test(one.name)) && sobjects.every((one) => !one.feedEnabled));
});

test('trap 24: side rows: ActivityEvent, direct relation, merge re-parents', async (t) => {
  const s = await open(t, { contactsToMultipleAccounts: true });
  const account = s.id('Account', 0);
  await s.post(`${V}/sobjects/Task`, { Subject: 'x', WhatId: account });
  const feed = (await s.query(`SELECT Type FROM AccountFeed WHERE ParentId = '${account}'`)).body.records;
  assert.deepEqual(
    feed.map((one) => one.Type),
    ['ActivityEvent'],
  );
  const contact = (await s.post(`${V}/sobjects/Contact`, { LastName: 'Contact 99999', AccountId: account }))
    .body.id;
  const relation = await s.query(
    `SELECT IsDirect FROM AccountContactRelation WHERE ContactId = '${contact}'`,
  );
  assert.deepEqual(
    relation.body.records.map((one) => one.IsDirect),
    [true],
  );
  const pair = { AccountId: account, ContactId: contact };
  const twin = await s.post(`${V}/sobjects/AccountContactRelation`, pair);
  assert.deepEqual(refused(twin), [400, 'DUPLICATE_VALUE'], 'one row an account and contact');
  const moved = s.id('Account', 2);
  await s.patch(`${V}/sobjects/Contact/${contact}`, { AccountId: moved });
  const direct = `SELECT AccountId FROM AccountContactRelation WHERE ContactId = '${contact}' AND IsDirect = true`;
  assert.deepEqual((await s.query(direct)).body.records.map((one) => one.AccountId), [moved]);
  await s.patch(`${V}/sobjects/Contact/${contact}`, { AccountId: account });
  await s.control('edit', { action: 'merge', object: 'Account', id: s.id('Account', 1), loser: account });
  const [loser] = (
    await s.query(`SELECT IsDeleted, MasterRecordId FROM Account WHERE Id = '${account}'`, true)
  ).body.records;
  assert.deepEqual([loser.IsDeleted, loser.MasterRecordId], [true, s.id('Account', 1)]);
  assert.equal((await s.get(`${V}/sobjects/Contact/${contact}`)).body.AccountId, s.id('Account', 1));
});

test('trap 24: Shared Activities: relations follow what an activity names, and contacts join', async (t) => {
  const s = await open(t, { sharedActivities: true });
  const [account, other] = [s.id('Account', 0), s.id('Account', 1)];
  const made = async (LastName) =>
    (await s.post(`${V}/sobjects/Contact`, { LastName, AccountId: account })).body.id;
  const [first, second] = [await made('Contact 1'), await made('Contact 2')];
  const task = (await s.post(`${V}/sobjects/Task`, { Subject: 'Call', WhoId: first, WhatId: account })).body.id;
  const relations = async (all) =>
    (
      await s.query(
        `SELECT RelationId, IsWhat, AccountId FROM TaskRelation WHERE TaskId = '${task}' ORDER BY Id`,
        all,
      )
    ).body.records.map((one) => [one.RelationId, one.IsWhat]);
  assert.deepEqual(await relations(), [
    [first, false],
    [account, true],
  ]);
  const twin = await s.post(`${V}/sobjects/TaskRelation`, { TaskId: task, RelationId: first });
  assert.deepEqual(refused(twin), [400, 'DUPLICATE_VALUE']);
  assert.equal((await s.post(`${V}/sobjects/TaskRelation`, { TaskId: task, RelationId: second })).status, 201);
  await s.patch(`${V}/sobjects/Task/${task}`, { WhatId: other });
  assert.deepEqual(await relations(), [
    [first, false],
    [second, false],
    [other, true],
  ]);
  await s.del(`${V}/sobjects/Task/${task}`);
  assert.deepEqual(await relations(), []);
  assert.equal((await relations(true)).length, 4, 'they go with it');
  const plain = await open(t);
  const missing = await plain.query('SELECT Id FROM TaskRelation');
  assert.deepEqual(refused(missing), [400, 'INVALID_TYPE']);
});

test('trap 24: a recurring task has occurrences that point to it', async (t) => {
  const s = await open(t);
  const { id } = (
    await s.post(`${V}/sobjects/Task`, {
      Subject: 'Weekly call',
      WhatId: s.id('Account', 0),
      IsRecurrence: true,
      RecurrenceType: 'RecursWeekly',
      RecurrenceInterval: 1,
      RecurrenceDayOfWeekMask: 2,
      RecurrenceStartDateOnly: '2026-11-23',
      RecurrenceEndDateOnly: '2026-12-20',
    })
  ).body;
  const where = `WHERE RecurrenceActivityId = '${id}' ORDER BY ActivityDate`;
  const soql = `SELECT ActivityDate, IsRecurrence FROM Task ${where}`;
  const rows = (await s.query(soql)).body.records;
  assert.deepEqual(
    rows.map((row) => row.ActivityDate),
    ['2026-11-23', '2026-11-30', '2026-12-07', '2026-12-14'],
  );
  assert.ok(rows.every((row) => !row.IsRecurrence));
});

test('trap 7: what bumps SystemModstamp and what does not', async (t) => {
  const s = await open(t);
  const id = s.id('Account', 0);
  const read = async () =>
    (await s.query(`SELECT SystemModstamp, Days_To_Renewal__c FROM Account WHERE Id = '${id}'`)).body
      .records[0];
  const first = await read();
  s.org.clock.advance(2 * 86400000);
  s.org.auth.sessions.get(s.tokens.access_token).used = s.org.now();
  const later = await read();
  assert.equal(later.SystemModstamp, first.SystemModstamp);
  if (first.Days_To_Renewal__c !== null) assert.equal(later.Days_To_Renewal__c, first.Days_To_Renewal__c - 2);
  await s.patch(`${V}/sobjects/Account/${id}`, { OwnerId: s.org.ids.text(s.org.owners[1]) });
  const owned = await read();
  assert.notEqual(owned.SystemModstamp, first.SystemModstamp);
  await s.del(`${V}/sobjects/Account/${id}`);
  s.org.clock.advance(60000);
  await s.control('edit', { action: 'undelete', object: 'Account', id });
  assert.notEqual((await read()).SystemModstamp, owned.SystemModstamp);

  // Archiving moves no stamp, and a change of what a user may see moves none; a write of ours does.
  const young = { Subject: 'Call', WhatId: id, Status: 'Completed', ActivityDate: '2025-12-01' };
  const task = (await s.post(`${V}/sobjects/Task`, young)).body.id;
  const stamp = async () =>
    (await s.query(`SELECT SystemModstamp, IsArchived FROM Task WHERE Id = '${task}'`, true)).body.records[0];
  const open_ = await stamp();
  s.org.clock.advance(370 * 86400000);
  s.org.auth.sessions.get(s.tokens.access_token).used = s.org.now();
  await s.control('housekeeping', {});
  const archived = await stamp();
  assert.deepEqual([open_.IsArchived, archived.IsArchived], [false, true]);
  assert.equal(archived.SystemModstamp, open_.SystemModstamp);
  const before = await read();
  s.org.access.deny(s.org.owners[1], 'ViewAllData');
  assert.equal((await read()).SystemModstamp, before.SystemModstamp);
  await s.patch(`${V}/sobjects/Account/${id}`, { Rating: 'Hot' });
  assert.notEqual((await read()).SystemModstamp, before.SystemModstamp);
});

test('a record that is locked or breaks a validation rule fails alone', async (t) => {
  const s = await open(t);
  await s.control('lock', { id: s.id('Account', 0), times: 1 });
  await s.control('rules', { object: 'Account', field: 'NumberOfEmployees', above: 5, message: 'Too many' });
  const records = [0, 1].map((n) => ({
    attributes: { type: 'Account' },
    id: s.id('Account', n),
    NumberOfEmployees: n ? 9 : 1,
  }));
  const answer = await s.patch(`${V}/composite/sobjects`, { allOrNone: false, records });
  assert.deepEqual(
    answer.body.map((one) => one.errors[0].statusCode),
    ['UNABLE_TO_LOCK_ROW', 'FIELD_CUSTOM_VALIDATION_EXCEPTION'],
  );
  assert.equal((await s.patch(`${V}/composite/sobjects`, { records: [records[0]] })).body[0].success, true);
});
