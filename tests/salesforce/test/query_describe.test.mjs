// SOQL, REST paging, describe, limits, replication, sharing.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checksum } from '../base/ids.mjs';
import { open, refused, V } from './helper.mjs';

test('trap 17: ids: checksum, 15 and 18 both match, case matters', async (t) => {
  const known = [
    ['0015500001QdQWa', 'AAN'],
    ['005bm000005TvBK', 'AA0'],
    ['750Hn00000OUfXP', 'IA1'],
    ['012000000000000', 'AAA'],
    ['0054W00000BZkk0', 'QAD'],
  ];
  for (const [id, tail] of known) assert.equal(checksum(id), tail);
  const s = await open(t, { accounts: 80 });
  const ids = (await s.query('SELECT Id FROM Account ORDER BY Id')).body.records.map((one) => one.Id);
  const fifteen = ids.map((id) => id.slice(0, 15));
  assert.ok(
    new Set(fifteen.map((id) => id.toLowerCase())).size < ids.length,
    'two ids that differ in case alone',
  );
  for (const id of ids) assert.equal(id.slice(15), checksum(id.slice(0, 15)));
  for (const id of [ids[5], fifteen[5]]) {
    assert.equal((await s.query(`SELECT Id FROM Account WHERE Id = '${id}'`)).body.records[0].Id, ids[5]);
  }
  const swapped = fifteen[5].replace(/[A-Za-z](?=[^A-Za-z]*$)/, (c) =>
    c < 'a' ? c.toLowerCase() : c.toUpperCase(),
  );
  const other = (await s.query(`SELECT Id FROM Account WHERE Id = '${swapped}'`)).body.records;
  assert.ok(!other.some((one) => one.Id === ids[5]));
  // The prefix says which object it is, and a reference takes only its own.
  const contact = s.id('Contact', 0);
  for (const fields of [{ WhatId: contact }, { WhoId: ids[0] }, { OwnerId: ids[0] }]) {
    const made = await s.post(`${V}/sobjects/Task`, { Subject: 'x', ...fields });
    assert.deepEqual(refused(made), [400, 'FIELD_INTEGRITY_EXCEPTION'], JSON.stringify(fields));
  }
});

test('REST paging: 2,000 rows a page, totalSize of all, cursors', async (t) => {
  const s = await open(t, { accounts: 200 });
  let { body } = await s.query('SELECT Id FROM Task', true);
  const { totalSize } = body;
  assert.equal(body.records.length, 2000);
  assert.match(body.nextRecordsUrl, /\/query\/01g[A-Za-z0-9]{15}-2000$/);
  const seen = new Set(body.records.map((one) => one.Id));
  while (!body.done) {
    ({ body } = await s.get(body.nextRecordsUrl));
    for (const one of body.records) seen.add(one.Id);
  }
  assert.equal(seen.size, totalSize);
  assert.deepEqual(refused(await s.get(`${V}/query/01gxx0000000000AAA-2000`)), [
    400,
    'INVALID_QUERY_LOCATOR',
  ]);
});

test('REST paging: batchSize from 200 to 2,000 is kept by the cursor, wide rows make shorter pages', async (t) => {
  const s = await open(t, { accounts: 200 });
  const path = `${V}/queryAll?q=${encodeURIComponent('SELECT Id FROM Task')}`;
  for (const [asked, given] of [
    [1, 200],
    [700, 700],
    [5000, 2000],
  ]) {
    const first = (await s.get(path, { 'sforce-query-options': `batchSize=${asked}` })).body;
    assert.equal(first.records.length, given);
    assert.equal((await s.get(first.nextRecordsUrl)).body.records.length, Math.min(given, first.totalSize - given));
  }
  await s.control('options', { restPageRows: 3 });
  const first = (await s.get(path)).body;
  assert.deepEqual([first.records.length, first.done], [3, false]);
  const second = (await s.get(first.nextRecordsUrl)).body;
  assert.deepEqual([second.records.length, second.totalSize], [3, first.totalSize]);
  const again = (await s.get(first.nextRecordsUrl)).body;
  assert.deepEqual(again, second, 'a page can be fetched again');
});

test('REST paging: a cursor lives two days, and ten of a user are kept', async (t) => {
  const s = await open(t, { sessionMinutes: 100000 });
  const first = async () => (await s.query('SELECT Id FROM Task', true)).body.nextRecordsUrl;
  await s.control('options', { restPageRows: 2 });
  const old = await first();
  for (let n = 0; n < 9; n++) await first();
  assert.equal((await s.get(old)).status, 200);
  await first();
  assert.deepEqual(refused(await s.get(old)), [400, 'INVALID_QUERY_LOCATOR']);
  const last = await first();
  s.org.clock.advance(2 * 86400000);
  assert.equal((await s.get(last)).status, 200);
  s.org.clock.advance(1000);
  assert.deepEqual(refused(await s.get(last)), [400, 'INVALID_QUERY_LOCATOR']);
  const lost = await first();
  await s.control('expire', { what: 'cursors' });
  assert.deepEqual(refused(await s.get(lost)), [400, 'INVALID_QUERY_LOCATOR']);
});

test('REST paging: totalSize can be made wrong', async (t) => {
  const s = await open(t);
  const right = (await s.query('SELECT Id FROM User')).body;
  await s.control('faults', { match: { path: '/query' }, fault: { kind: 'wrong_total', off: 1 } });
  const wrong = (await s.query('SELECT Id FROM User')).body;
  assert.deepEqual([wrong.totalSize, wrong.records.length], [right.totalSize + 1, right.records.length]);
});

test('SOQL: what it selects', async (t) => {
  const s = await open(t, { accounts: 120 });
  const count = async (where) => (await s.query(`SELECT COUNT() FROM Account WHERE ${where}`)).body.totalSize;
  const all = (await s.query('SELECT COUNT() FROM Account')).body.totalSize;
  assert.equal((await count("Type = 'Customer'")) + (await count("Type != 'Customer'")), all);
  assert.equal(await count("type = 'CUSTOMER'"), await count("Type = 'Customer'"));
  assert.equal(await count("NOT Type = 'Customer'"), await count("Type != 'Customer'"));
  assert.equal(
    await count("Name LIKE '%a%' AND (Rating = 'Hot' OR Rating = null)"),
    await count("Name LIKE '%A%' AND Rating IN ('Hot', null)"),
  );
  assert.equal((await count('ParentId = null')) + (await count('ParentId != null')), all);
  assert.equal(
    await count("Products__c INCLUDES ('Core;Insights')"),
    await count("Products__c LIKE 'Core;Insights%'"),
  );
  assert.equal(await count('Id IN (SELECT AccountId FROM Contact)'), all);
  assert.equal(await count('CreatedDate < TODAY'), all);
  assert.ok((await count('LastActivityDate = LAST_N_DAYS:30')) < all);
  assert.ok((await count('Owner.IsActive = false')) > 0);
  assert.equal((await s.query('SELECT COUNT(Id) FROM Account')).body.records[0].expr0, all);
  const groups = (await s.query('SELECT Type, COUNT(Id) n FROM Account GROUP BY Type')).body.records;
  assert.equal(
    groups.reduce((sum, one) => sum + one.n, 0),
    all,
  );
  const grouped = async (/** @type {string} */ having) =>
    (await s.query(`SELECT Type, COUNT(Id) n, MAX(NumberOfEmployees) most FROM Account GROUP BY Type HAVING ${having}`)).body.records;
  const most = Math.max(...groups.map(({ n }) => n));
  assert.deepEqual((await grouped(`COUNT(Id) >= ${most}`)).map(({ n }) => n), groups.filter(({ n }) => n === most).map(({ n }) => n));
  assert.deepEqual(await grouped(`COUNT(Id) > ${most}`), []);
  const large = await grouped('MAX(NumberOfEmployees) > 100 AND COUNT(Id) > 0');
  assert.notEqual(large.length, 0);
  assert.ok(large.every((one) => one.most > 100));
  assert.deepEqual((await grouped(`Type = '${groups[0].Type}'`)).map(({ n }) => n), [groups[0].n]);
  assert.equal((await grouped(`NOT (COUNT(Id) > ${most})`)).length, groups.length);
  for (const wrong of ['SELECT Type, COUNT(Id) FROM Account GROUP BY Type HAVING Rating = null', 'SELECT Id FROM Account WHERE COUNT(Id) > 1']) {
    const { status, body } = await s.query(wrong);
    assert.deepEqual([status, body[0].errorCode], [400, 'MALFORMED_QUERY'], wrong);
  }
  const [top] = (
    await s.query(
      'SELECT Name, Owner.Manager.Name, (SELECT LastName FROM Contacts) FROM Account ' +
        'ORDER BY NumberOfEmployees DESC NULLS LAST LIMIT 1',
    )
  ).body.records;
  assert.equal(top.Contacts.records[0].attributes.type, 'Contact');
  assert.equal(top.Owner.attributes.type, 'User');
  const [task] = (
    await s.query('SELECT What.Type, What.Name, Who.Name FROM Task WHERE WhatId != null LIMIT 1')
  ).body.records;
  assert.match(task.What.Type, /Account|Opportunity/);
});

test('a query asked for its columns is not run; a path may begin with two slashes', async (t) => {
  const s = await open(t);
  const soql = 'SELECT Id, Owner.Name, Owner.Alias, (SELECT LastName FROM Contacts) FROM Account';
  const path = `${V}/query?q=${encodeURIComponent(soql)}&columns=true`;
  const { body } = await s.get(`/${path}`);
  assert.deepEqual([body.entityName, body.keyPrefix, body.idSelected], ['Account', '001', true]);
  const told = body.columnMetadata.map((one) => [
    one.columnName,
    one.joinColumns.map((join) => join.columnName),
  ]);
  assert.deepEqual(told, [
    ['Id', []],
    ['Owner', ['Name', 'Alias']],
    ['Contacts', ['LastName']],
  ]);
  const groups = await s.get(`${V}/query?q=SELECT+Type,COUNT(Id)+FROM+Account+GROUP+BY+Type&columns=true`);
  assert.deepEqual(
    groups.body.columnMetadata.map((one) => [one.columnName, one.aggregate]),
    [
      ['Type', false],
      ['expr0', true],
    ],
  );
});

test('SOQL: what it refuses, and how it says so', async (t) => {
  const s = await open(t);
  const wrong = await s.query('SELECT Id, Nope FROM Account');
  assert.match(
    wrong.body[0].message,
    /^\nSELECT Id, Nope FROM Account\n {11}\^\nERROR at Row:1:Column:12\nNo such column 'Nope' on/,
  );
  const cases = [
    ['SELECT Id FROM Account WHERE', 'MALFORMED_QUERY'],
    ["SELECT Id FROM Account WHERE Name = 'x", 'MALFORMED_QUERY'],
    ["SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", 'MALFORMED_QUERY'],
    ["SELECT Id FROM Account WHERE CreatedDate > '2026-01-01'", 'INVALID_FIELD'],
    ["SELECT Id FROM Account WHERE Description = 'x'", 'INVALID_FIELD'],
    ['SELECT Id FROM Account ORDER BY Description', 'INVALID_FIELD'],
    ["SELECT Id FROM Account WHERE Id = 'nope'", 'INVALID_QUERY_FILTER_OPERATOR'],
    ['SELECT FIELDS(ALL) FROM Account', 'MALFORMED_QUERY'],
    [`SELECT Id FROM Account WHERE Name = '${'x'.repeat(9)}`, 'MALFORMED_QUERY'],
    ['SELECT Nope.Name FROM Account', 'INVALID_FIELD'],
    ['', 'MALFORMED_QUERY'],
  ];
  for (const [soql, code] of cases) assert.deepEqual(refused(await s.query(soql)), [400, code], soql);
});

test('SOQL: limits of the text, reserved words, the same field twice, COUNT() with a limit', async (t) => {
  const s = await open(t);
  const reason = async (soql) => (await s.query(soql)).body[0].message.split('\n').at(-1);
  assert.equal(await reason('SELECT FROM Account'), "unexpected token: 'FROM'");
  assert.equal(await reason('SELECT Id, FROM Account'), "unexpected token: 'FROM'");
  assert.equal(await reason('SELECT COUNT(), Id FROM Account'), "unexpected token: 'FROM'");
  assert.equal(await reason('SELECT Id, Name, id FROM Account'), 'duplicate field selected: Id');
  const far = await s.query('SELECT Id FROM Account LIMIT 1 OFFSET 2001');
  assert.deepEqual(refused(far), [400, 'NUMBER_OUTSIDE_VALID_RANGE']);
  const long = `SELECT Id FROM Account WHERE Name = '${'x'.repeat(4001)}'`;
  assert.equal(await reason(long), 'String literal is too long');
  assert.equal((await s.query('SELECT COUNT() FROM Account LIMIT 3')).body.totalSize, 3);
});

test('SOQL: periods cover the calendar without a gap', async (t) => {
  const s = await open(t);
  const count = async (where) =>
    (await s.query(`SELECT COUNT() FROM Task WHERE ${where}`, true)).body.totalSize;
  const all = await count('CreatedDate != null');
  for (const unit of ['WEEK', 'MONTH', 'QUARTER', 'YEAR']) {
    const now = await count(`CreatedDate = THIS_${unit}`);
    const before = await count(`CreatedDate = LAST_N_${unit}S:400`);
    assert.equal(now + before, all, unit);
    const one = await count(`CreatedDate = N_${unit}S_AGO:1`);
    assert.equal(one, await count(`CreatedDate = LAST_${unit}`), unit);
    assert.equal(await count(`CreatedDate = NEXT_N_${unit}S:3`), 0, unit);
  }
  assert.equal(await count('CreatedDate = THIS_FISCAL_QUARTER'), await count('CreatedDate = THIS_QUARTER'));
  assert.equal(
    await count('CreatedDate = LAST_N_FISCAL_YEARS:2'),
    await count('CreatedDate = LAST_N_YEARS:2'),
  );
});

test('trap 20: describe: every key, definition order, conditional requests, variants', async (t) => {
  const s = await open(t, { contactsToMultipleAccounts: true, multiCurrency: true });
  const first = await s.get(`${V}/sobjects/Account/describe`);
  const names = first.body.fields.map((field) => field.name);
  assert.notDeepEqual(names, [...names].sort());
  assert.equal(Object.keys(first.body.fields[0]).length, 57);
  assert.ok(names.includes('CurrencyIsoCode'));
  const headers = { 'if-modified-since': first.headers.get('last-modified') };
  const again = await s.get(`${V}/sobjects/Account/describe`, headers);
  assert.deepEqual([again.status, again.text], [304, '']);
  s.org.clock.advance(5000);
  await s.control('permissions', { deny: ['Account.ARR__c.read'] });
  const changed = await s.get(`${V}/sobjects/Account/describe`, headers);
  assert.equal(changed.status, 200);
  assert.ok(!changed.body.fields.some((field) => field.name === 'ARR__c'));
  assert.ok(
    (await s.get(`${V}/sobjects`)).body.sobjects.some((one) => one.name === 'AccountContactRelation'),
  );
  const number = first.body.fields.find((field) => field.name === 'Id');
  assert.deepEqual([number.soapType, number.length, number.byteLength], ['tns:ID', 18, 18]);
});

test('trap 20: flags of fields as recorded orgs have them', async (t) => {
  const s = await open(t);
  const fieldsOf = async (name) => {
    const { fields } = (await s.get(`${V}/sobjects/${name}/describe`)).body;
    return Object.fromEntries(fields.map((field) => [field.name, field]));
  };
  const account = await fieldsOf('Account');
  const contact = await fieldsOf('Contact');
  assert.deepEqual(
    [account.Name.compoundFieldName, account.Name.extraTypeInfo],
    ['Name', 'switchablepersonname'],
  );
  assert.deepEqual([contact.LastName.compoundFieldName, contact.Name.extraTypeInfo], ['Name', 'personname']);
  assert.deepEqual(
    [account.BillingStreet.extraTypeInfo, account.PhotoUrl.extraTypeInfo],
    ['plaintextarea', 'imageurl'],
  );
  assert.deepEqual([account.IsDeleted.aggregatable, account.SystemModstamp.groupable], [false, false]);
  assert.deepEqual([account.NumberOfEmployees.digits, account.BillingAddress.filterable], [8, true]);
  assert.deepEqual(
    [account.OwnerId.searchPrefilterable, account.ParentId.searchPrefilterable],
    [false, true],
  );
  assert.deepEqual([account.LastActivityDate.permissionable, account.Type.permissionable], [false, true]);
});

test('trap 20: person accounts: one account is one person, whose Name is derived', async (t) => {
  const s = await open(t, { accounts: 100, personAccounts: true });
  const soql =
    'SELECT Id, Name, LastName, PersonEmail, PersonContactId FROM Account WHERE IsPersonAccount = true';
  const [one] = (await s.query(soql)).body.records;
  assert.equal(one.Name, `Person ${one.LastName}`);
  const path = `${V}/sobjects/Account/${one.Id}`;
  assert.deepEqual(refused(await s.patch(path, { Name: 'x' })), [400, 'INVALID_FIELD_FOR_INSERT_UPDATE']);
  await s.patch(path, { LastName: 'Other' });
  assert.equal((await s.get(path)).body.Name, 'Person Other');
  assert.equal((await s.get(`${V}/sobjects/Contact/${one.PersonContactId}`)).body.IsPersonAccount, true);
});

test('trap 23: without View All Data a user sees less, and nothing says so', async (t) => {
  const s = await open(t, { accounts: 120 });
  const all = (await s.query('SELECT COUNT() FROM Account')).body.totalSize;
  const own = await s.control('grant', { user: s.org.ids.text(s.org.owners[4]) });
  const seen = await s.get(`${V}/query?q=SELECT+COUNT()+FROM+Account`, {
    authorization: `Bearer ${own.access_token}`,
  });
  assert.equal(seen.status, 200);
  assert.ok(seen.body.totalSize < all);
  const boss = await s.control('grant', { user: s.org.ids.text(s.org.owners[0]) });
  const more = await s.get(`${V}/query?q=SELECT+COUNT()+FROM+Account`, {
    authorization: `Bearer ${boss.access_token}`,
  });
  assert.ok(more.body.totalSize > seen.body.totalSize, 'a manager sees what the people below see');
});

test('permissions of the connected user are told, and taken one by one', async (t) => {
  const s = await open(t);
  const ask = async (name) =>
    (await s.query(`SELECT Permissions${name} FROM UserPermissionAccess`)).body.records[0];
  assert.equal((await ask('ViewSetup')).PermissionsViewSetup, true);
  await s.control('permissions', { deny: ['ViewSetup'] });
  assert.equal((await ask('ViewSetup')).PermissionsViewSetup, false);
  assert.equal((await s.get(`${V}/limits`)).status, 403);
  assert.deepEqual(refused(await s.query('SELECT PermissionsNoSuch FROM UserPermissionAccess')), [
    400,
    'INVALID_FIELD',
  ]);
  await s.control('permissions', { deny: ['Account.edit'] });
  const access = await s.query(
    'SELECT RecordId, HasReadAccess, HasEditAccess FROM UserRecordAccess WHERE UserId = ' +
      `'${s.org.ids.text(s.org.connectedUser)}' AND RecordId IN ('${s.id('Account', 0)}')`,
  );
  assert.deepEqual(
    [access.body.records[0].HasReadAccess, access.body.records[0].HasEditAccess],
    [true, false],
  );
  assert.equal(
    (await s.get(`${V}/sobjects`)).body.sobjects.find((one) => one.name === 'Account').updateable,
    false,
  );
  await s.control('permissions', { deny: ['Contact.read'] });
  assert.deepEqual(refused(await s.query('SELECT Id FROM Contact')), [400, 'INVALID_TYPE']);
});

test('versions and limits', async (t) => {
  const s = await open(t);
  const list = (await s.get('/services/data')).body;
  assert.deepEqual(list.at(-1), { label: "Spring '26", url: '/services/data/v66.0', version: '66.0' });
  assert.equal((await s.get('/services/data/v20.0/sobjects')).status, 410);
  assert.deepEqual(refused(await s.get('/services/data/v99.0/sobjects')), [404, 'NOT_FOUND']);
  const limits = await s.get(`${V}/limits`);
  assert.ok(limits.body.DailyApiRequests.Remaining < limits.body.DailyApiRequests.Max);
  assert.match(limits.headers.get('sforce-limit-info'), /^api-usage=\d+\/100000$/);
  const counts = (await s.get(`${V}/limits/recordCount?sObjects=Account,FeedItem`)).body.sObjects;
  assert.deepEqual(counts, [{ count: 40, name: 'Account' }]);
});

test('getUpdated and getDeleted', async (t) => {
  const s = await open(t);
  const start = new Date(s.org.now() - 60000).toISOString();
  await s.patch(`${V}/sobjects/Account/${s.id('Account', 3)}`, { Rating: 'Hot' });
  await s.del(`${V}/sobjects/Account/${s.id('Account', 4)}`);
  s.org.clock.advance(120000);
  const end = new Date(s.org.now()).toISOString();
  const range = `start=${encodeURIComponent(start)}&end=${encodeURIComponent(end)}`;
  assert.deepEqual((await s.get(`${V}/sobjects/Account/updated/?${range}`)).body.ids, [s.id('Account', 3)]);
  const { deletedRecords } = (await s.get(`${V}/sobjects/Account/deleted/?${range}`)).body;
  assert.deepEqual(
    deletedRecords.map((one) => one.id),
    [s.id('Account', 4)],
  );
});

test('a URI of more than 16,384 bytes is 414, with its headers 431', async (t) => {
  const s = await open(t);
  const ask = (/** @type {number} */ bytes) => s.query(`SELECT Id FROM Account WHERE Name = '${'x'.repeat(bytes)}'`);
  assert.deepEqual(refused(await ask(16384)), [414, 'URI_TOO_LONG']);
  assert.equal(refused(await ask(16384 - 250))[0], 431);
  assert.equal(refused(await ask(4001))[0], 400, 'a text has 4,000 characters at most');
});
