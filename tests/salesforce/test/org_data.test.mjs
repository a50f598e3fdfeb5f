// What an org holds beside accounts and activities: messages, histories, currencies, individuals; and what is
// told of what went away.

import assert from 'node:assert/strict';
import test from 'node:test';
import { open, refused, rowsOf, V } from './helper.mjs';

const values = async (s, soql, all) => (await s.query(soql, all)).body.records;

test('an EmailMessage stands behind most e-mail tasks, and points to its task and record', async (t) => {
  const s = await open(t);
  const messages = await values(
    s,
    'SELECT Id, ActivityId, Activity.TaskSubtype, RelatedToId, Incoming, FromAddress, ToAddress, MessageDate ' +
      'FROM EmailMessage',
    true,
  );
  const emails = await values(s, "SELECT Id FROM Task WHERE TaskSubtype = 'Email'", true);
  assert.ok(messages.length > 100 && messages.length < emails.length);
  assert.ok(messages.every(({ Activity, Id }) => Activity.TaskSubtype === 'Email' && Id.startsWith('02s')));
  assert.equal(new Set(messages.map(({ ActivityId }) => ActivityId)).size, messages.length);
  assert.deepEqual([...new Set(messages.map(({ Incoming }) => Incoming))].sort(), [false, true]);
  const plain = await open(t, { enhancedEmail: false });
  assert.deepEqual(refused(await plain.query('SELECT Id FROM EmailMessage')), [400, 'INVALID_TYPE']);
});

// Object Reference, EmailMessageRelation: RelationId is a contact, lead or user, null for an address that is nobody's;
// the address of a record's is its own.
test('EmailMessageRelation tells whom a message was from and to, and goes with it', async (t) => {
  const s = await open(t, { emailRelations: true });
  const fields = 'Id, EmailMessageId, EmailMessage.Incoming, RelationId, RelationType, RelationAddress, RelationObjectType';
  const rows = await values(s, `SELECT ${fields} FROM EmailMessageRelation`);
  assert.ok(rows.length > 200);
  assert.deepEqual([...new Set(rows.map((row) => row.RelationObjectType))].sort(), ['Contact', 'User', null]);
  for (const { RelationId: id, RelationObjectType: kind, RelationAddress: address } of rows) {
    assert.equal(id === null ? null : { '003': 'Contact', '005': 'User' }[id.slice(0, 3)], kind);
    assert.match(address, /@/);
  }
  assert.ok(rows.every(({ RelationObjectType: kind, RelationType: type, EmailMessage }) => kind !== 'User' || (type === 'ToAddress') === EmailMessage.Incoming));
  const [{ EmailMessageId: message, RelationId: contact }] = rows.filter(({ RelationObjectType: kind }) => kind === 'Contact');
  const made = await s.post(`${V}/sobjects/EmailMessageRelation`, { EmailMessageId: message, RelationId: contact, RelationType: 'CcAddress' });
  const [one] = await values(s, `SELECT ${fields} FROM EmailMessageRelation WHERE Id = '${made.body.id}'`);
  const [{ Email }] = await values(s, `SELECT Email FROM Contact WHERE Id = '${contact}'`);
  assert.deepEqual([one.RelationObjectType, one.RelationAddress], ['Contact', Email]);
  const wrong = { EmailMessageId: message, RelationId: contact, RelationType: 'Sender' };
  assert.deepEqual(refused(await s.post(`${V}/sobjects/EmailMessageRelation`, wrong)), [400, 'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST']);
  assert.equal((await s.del(`${V}/sobjects/EmailMessage/${message}`)).status, 204);
  assert.deepEqual(await values(s, `SELECT Id FROM EmailMessageRelation WHERE EmailMessageId = '${message}'`), []);
  const gone = await values(s, `SELECT IsDeleted FROM EmailMessageRelation WHERE EmailMessageId = '${message}'`, true);
  assert.ok(gone.length > 1 && gone.every(({ IsDeleted }) => IsDeleted));
  assert.equal((await s.job('SELECT Id, RelationId, SystemModstamp, IsDeleted FROM EmailMessageRelation')).status, 200);
});

test('opportunity history: a row at the start and one a change; by field, old and new value', async (t) => {
  const s = await open(t);
  const [one] = await values(
    s,
    'SELECT Id, Amount FROM Opportunity WHERE IsClosed = false AND Amount != null',
  );
  const of = (object, fields) =>
    values(s, `SELECT ${fields} FROM ${object} WHERE OpportunityId = '${one.Id}' ORDER BY CreatedDate, Id`);
  const before = [
    (await of('OpportunityHistory', 'Id')).length,
    await of('OpportunityFieldHistory', 'Id, Field'),
  ];
  assert.equal(before[1][0].Field, 'created');
  await s.patch(`${V}/sobjects/Opportunity/${one.Id}`, { CloseDate: '2027-02-03', NextStep: 'Call' });
  const rows = await of('OpportunityHistory', 'CloseDate, StageName');
  assert.equal(rows.length, before[0] + 1);
  assert.equal(rows.at(-1).CloseDate, '2027-02-03');
  const fields = await of('OpportunityFieldHistory', 'Field, DataType, OldValue, NewValue, CreatedById');
  assert.equal(fields.length, before[1].length + 1);
  const last = fields.at(-1);
  assert.deepEqual([last.Field, last.DataType, last.NewValue], ['CloseDate', 'DateOnly', '2027-02-03']);
  assert.match(last.OldValue, /^20\d\d-\d\d-\d\d$/);
  const describe = (await s.get(`${V}/sobjects/OpportunityFieldHistory/describe`)).body;
  assert.ok(
    !describe.fields.some(({ name }) => name === 'SystemModstamp'),
    'history is dated by CreatedDate',
  );
});

test('currencies: a corporate one, rates, and a code on every record', async (t) => {
  const s = await open(t, { multiCurrency: true, datedRates: true });
  const types = await values(
    s,
    'SELECT IsoCode, ConversionRate, IsCorporate FROM CurrencyType ORDER BY IsoCode',
  );
  assert.deepEqual(
    types.map(({ IsoCode, ConversionRate, IsCorporate }) => [IsoCode, ConversionRate, IsCorporate]),
    [
      ['EUR', 1, true],
      ['GBP', 0.86, false],
      ['USD', 1.08, false],
    ],
  );
  const dated = await values(
    s,
    "SELECT StartDate, NextStartDate FROM DatedConversionRate WHERE IsoCode = 'USD' ORDER BY StartDate",
  );
  assert.equal(dated[0].NextStartDate, dated[1].StartDate);
  assert.equal(dated[1].NextStartDate, null);
  for (const object of ['Account', 'Contact', 'Opportunity', 'OpportunityHistory', 'Task', 'Event', 'User']) {
    const codes = (await values(s, `SELECT CurrencyIsoCode FROM ${object}`, true)).map(
      (row) => row.CurrencyIsoCode,
    );
    assert.ok(codes.length > 0 && codes.every((code) => ['EUR', 'USD', 'GBP'].includes(code)), object);
  }
  const single = await open(t);
  assert.deepEqual(refused(await single.query('SELECT Id FROM CurrencyType')), [400, 'INVALID_TYPE']);
});

test('a contact may have an Individual, who may ask to be forgotten', async (t) => {
  const s = await open(t);
  const soql = 'SELECT Id, Individual.ShouldForget FROM Contact WHERE IndividualId != null';
  const [contact] = await values(s, 'SELECT Id, IndividualId FROM Contact WHERE IndividualId != null');
  await s.control('edit', {
    action: 'update',
    object: 'Individual',
    id: contact.IndividualId,
    fields: { ShouldForget: true },
  });
  const asked = await values(s, 'SELECT Id FROM Contact WHERE Individual.ShouldForget = true');
  assert.deepEqual(
    asked.map(({ Id }) => Id),
    [contact.Id],
  );
  const job = await s.job(soql);
  const rows = rowsOf((await s.get(`${V}/jobs/query/${job.body.id}/results`)).text);
  assert.deepEqual(rows[0], ['Id', 'Individual.ShouldForget']);
  assert.equal(rows.find(([id]) => id === contact.Id)[1], 'true');
});

test('a job over too many rows times out, a narrower one does not', async (t) => {
  const s = await open(t, { timeoutRows: 100 });
  const wide = await s.job('SELECT Id FROM Contact');
  const poll = (await s.get(`${V}/jobs/query/${wide.body.id}`)).body;
  assert.deepEqual([poll.state, poll.errorMessage], ['Failed', 'QUERY_TIMEOUT']);
  const narrow = await s.job('SELECT Id FROM Account');
  assert.equal((await s.get(`${V}/jobs/query/${narrow.body.id}`)).body.state, 'JobComplete');
});

test('getDeleted: purged rows too, as far back as its log goes, and not too many at once', async (t) => {
  const s = await open(t);
  const now = s.org.now();
  const iso = (ms) => encodeURIComponent(new Date(ms).toISOString());
  const deleted = (from) =>
    s.get(`${V}/sobjects/Contact/deleted/?start=${iso(from)}&end=${iso(s.org.now() + 60000)}`);
  const id = s.id('Contact', 3);
  await s.control('edit', { action: 'delete', object: 'Contact', id });
  await s.control('edit', { action: 'purge', object: 'Contact', id });
  assert.deepEqual((await s.query(`SELECT Id FROM Contact WHERE Id = '${id}'`, true)).body.records, []);
  const recent = (await deleted(now - 60000)).body;
  assert.deepEqual(
    recent.deletedRecords.map((one) => one.id),
    [id],
  );
  const whole = (await deleted(now - 14 * 86400000)).body.deletedRecords.length;
  assert.ok(whole > 1);
  await s.control('options', { deletedSince: now - 60000 });
  const cut = (await deleted(now - 14 * 86400000)).body;
  assert.equal(cut.deletedRecords.length, 1);
  assert.equal(
    Date.parse(cut.earliestDateAvailable.replace('+0000', 'Z')),
    Math.floor((now - 60000) / 1000) * 1000,
  );
  await s.control('options', { deletedSince: null, replicationIds: whole - 1 });
  assert.deepEqual(refused(await deleted(now - 14 * 86400000)), [400, 'EXCEEDED_ID_LIMIT']);
});

test('a permission set goes with what it grants, and not while somebody has it', async (t) => {
  const s = await open(t);
  const make = async (object, fields) => (await s.post(`${V}/sobjects/${object}`, fields)).body.id;
  const set = await make('PermissionSet', { Name: 'Readers', Label: 'Readers' });
  const grants = () => values(s, `SELECT Id FROM ObjectPermissions WHERE ParentId = '${set}'`);
  await make('ObjectPermissions', { ParentId: set, SobjectType: 'Account', PermissionsRead: true });
  const assigned = await make('PermissionSetAssignment', { PermissionSetId: set, AssigneeId: s.id('User', 1) });
  assert.deepEqual(refused(await s.del(`${V}/sobjects/PermissionSet/${set}`)), [400, 'DELETE_FAILED']);
  assert.equal((await grants()).length, 1);
  await s.del(`${V}/sobjects/PermissionSetAssignment/${assigned}`);
  assert.equal((await s.del(`${V}/sobjects/PermissionSet/${set}`)).status, 204);
  assert.deepEqual(await grants(), []);
});
