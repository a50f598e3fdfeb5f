// Bulk ingest and the composite family.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { open, refused, V } from './helper.mjs';

async function load(s, job, csv) {
  const made = (
    await s.post(`${V}/jobs/ingest`, { object: 'Account', contentType: 'CSV', lineEnding: 'LF', ...job })
  ).body;
  const put = await s.call('PUT', `${V}/jobs/ingest/${made.id}/batches`, csv);
  const closed = await s.patch(`${V}/jobs/ingest/${made.id}`, { state: 'UploadComplete' });
  const result = async (what) => (await s.get(`${V}/jobs/ingest/${made.id}/${what}`)).text;
  return { made, put, closed, poll: (await s.get(`${V}/jobs/ingest/${made.id}`)).body, result };
}

test('trap 22: contentUrl is no path to use', async (t) => {
  const s = await open(t);
  const { made } = await load(s, { operation: 'update' }, 'Id\n');
  assert.equal(made.contentUrl, `services/data/v66.0/jobs/ingest/${made.id}/batches`);
  assert.deepEqual([made.state, made.jobType, made.apiVersion], ['Open', 'V2Ingest', 66]);
  for (const [contentUrl, start] of [['plain', 'services/data/66.0/'], ['slash', '/services/data/v66.0/']]) {
    await s.control('options', { contentUrl });
    const other = await load(s, { operation: 'update' }, 'Id\n');
    assert.ok(other.made.contentUrl.startsWith(start), other.made.contentUrl);
    assert.equal(other.put.status, 201, 'the path that clients build is the same');
  }
});

const boundary = 'a-boundary';
/** @param {any} job @param {string} csv */
const parts = (job, csv) =>
  `--${boundary}\r\nContent-Disposition: form-data; name="job"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(job)}\r\n` +
  `--${boundary}\r\nContent-Disposition: form-data; name="content"; filename="content"\r\nContent-Type: text/csv\r\n\r\n${csv}\r\n--${boundary}--\r\n`;

test('ingest in one request: job and rows as parts of a form, at most 100,000 characters of rows', async (t) => {
  const s = await open(t);
  const send = (job, csv) =>
    s.call('POST', `${V}/jobs/ingest`, parts(job, csv), { 'content-type': `multipart/form-data; boundary=${boundary}` });
  const update = { object: 'Account', operation: 'update', contentType: 'CSV', lineEnding: 'LF' };
  const id = s.id('Account', 2);
  const made = await send(update, `Id,Site\n${id},"in two\n\nlines"\n`);
  assert.deepEqual([made.status, made.body.state, made.body.jobType], [200, 'UploadComplete', 'V2Ingest']);
  assert.equal((await s.get(`${V}/jobs/ingest/${made.body.id}`)).body.state, 'JobComplete');
  assert.equal((await s.get(`${V}/sobjects/Account/${id}`)).body.Site, 'in two\n\nlines');
  assert.deepEqual(refused(await s.call('PUT', `${V}/jobs/ingest/${made.body.id}/batches`, 'Id\n')), [400, 'INVALIDJOBSTATE']);
  assert.deepEqual(refused(await send(update, `Id,Site\n${id},${'x'.repeat(100000)}\n`)), [413, 'EXCEEDED_CONTENT_LENGTH']);
  const unknown = { ...update, object: 'Nothing' };
  assert.deepEqual(refused(await send(unknown, `Id\n${id}\n`)), refused(await s.post(`${V}/jobs/ingest`, unknown)), 'as in steps');
  const bad = await s.call('POST', `${V}/jobs/ingest`, 'nothing', { 'content-type': 'multipart/form-data; boundary=x' });
  assert.deepEqual(refused(bad), [400, 'INVALIDJOB']);
});

test('ingest: update, empty cells stay, #N/A clears, failures apart, headers as written', async (t) => {
  const s = await open(t);
  const [a, b] = [s.id('Account', 0), s.id('Account', 1)];
  await s.patch(`${V}/sobjects/Account/${a}`, { Rating: 'Hot', Site: 'keep' });
  const { put, closed, poll, result } = await load(
    s,
    { operation: 'update' },
    `Id,Rating,Site\n${a},#N/A,\n${b},Cold,"new\nline"\n001000000000000AAA,Hot,x\n`,
  );
  assert.deepEqual([put.status, put.text], [201, '']);
  assert.equal(closed.body.jobType, undefined);
  assert.deepEqual(
    [poll.state, poll.numberRecordsProcessed, poll.numberRecordsFailed],
    ['JobComplete', 3, 1],
  );
  const done = await result('successfulResults/');
  assert.ok(done.startsWith('"sf__Id","sf__Created",Id,Rating,Site\n'), done);
  assert.ok(done.includes(`"${b}","false","${b}","Cold","new\nline"`));
  assert.match(await result('failedResults/'), /^"sf__Id","sf__Error",Id,Rating,Site\n"","[A-Z_]+:.*--",/);
  assert.equal(await result('unprocessedrecords/'), 'Id,Rating,Site\n');
  const account = (await s.get(`${V}/sobjects/Account/${a}`)).body;
  assert.deepEqual([account.Rating, account.Site], [null, 'keep']);
});

test('ingest: one upload; a bad header fails the job; a job that is open has no results', async (t) => {
  const s = await open(t);
  const { poll } = await load(s, { operation: 'update' }, 'Id,Nope\nx,y\n');
  assert.deepEqual([poll.state, poll.errorMessage], ['Failed', 'InvalidBatch : Field name not found : Nope']);
  const made = (await s.post(`${V}/jobs/ingest`, { object: 'Account', operation: 'update' })).body;
  await s.call('PUT', `${V}/jobs/ingest/${made.id}/batches`, 'Id\n');
  assert.equal((await s.call('PUT', `${V}/jobs/ingest/${made.id}/batches`, 'Id\n')).status, 400);
  assert.equal((await s.get(`${V}/jobs/ingest/${made.id}/successfulResults`)).status, 400);
  const aborted = await s.patch(`${V}/jobs/ingest/${made.id}`, { state: 'Aborted' });
  assert.equal(aborted.body.state, 'Aborted');
  assert.equal((await s.del(`${V}/jobs/ingest/${made.id}`)).status, 204);
});

test('composite: references, 304 with a null body, limits, allOrNone', async (t) => {
  const s = await open(t);
  const parts = [
    { method: 'POST', url: `${V}/sobjects/Account`, referenceId: 'made', body: { Name: 'Made here' } },
    {
      method: 'POST',
      url: `${V}/sobjects/Contact`,
      referenceId: 'who',
      body: { LastName: 'Contact 1', AccountId: '@{made.id}' },
    },
    { method: 'GET', url: `${V}/query?q=SELECT+Id+FROM+Account+WHERE+Id='@{made.id}'`, referenceId: 'found' },
    {
      method: 'GET',
      url: `${V}/sobjects/Account/describe`,
      referenceId: 'cached',
      httpHeaders: { 'If-Modified-Since': new Date(s.org.now()).toUTCString() },
    },
    { method: 'GET', url: `${V}/sobjects/Nope/describe`, referenceId: 'wrong' },
  ];
  const { body } = await s.post(`${V}/composite`, { compositeRequest: parts });
  const by = Object.fromEntries(body.compositeResponse.map((one) => [one.referenceId, one]));
  assert.deepEqual(
    body.compositeResponse.map((one) => one.httpStatusCode),
    [201, 201, 200, 304, 404],
  );
  assert.equal(by.found.body.totalSize, 1);
  assert.equal(by.cached.body, null);
  assert.equal(by.wrong.body[0].errorCode, 'NOT_FOUND');
  const count = async () => (await s.query('SELECT COUNT() FROM Account')).body.totalSize;
  const before = await count();
  const halted = await s.post(`${V}/composite`, { allOrNone: true, compositeRequest: [parts[0], parts[4]] });
  assert.deepEqual(
    halted.body.compositeResponse.map((one) => one.body[0].errorCode),
    ['PROCESSING_HALTED', 'NOT_FOUND'],
  );
  assert.equal(await count(), before);
  const many = Array.from({ length: 26 }, (_, i) => ({ ...parts[4], referenceId: `r${i}` }));
  assert.equal((await s.post(`${V}/composite`, { compositeRequest: many })).status, 400);
});

test('composite/batch: independent, halted on demand; tree: all or nothing', async (t) => {
  const s = await open(t);
  const batchRequests = [
    { method: 'GET', url: 'v66.0/limits' },
    { method: 'GET', url: 'v66.0/sobjects/Nope/describe' },
    { method: 'GET', url: 'v66.0/limits' },
  ];
  const loose = (await s.post(`${V}/composite/batch`, { batchRequests })).body;
  assert.deepEqual([loose.hasErrors, ...loose.results.map((one) => one.statusCode)], [true, 200, 404, 200]);
  const halted = (await s.post(`${V}/composite/batch`, { haltOnError: true, batchRequests })).body;
  assert.equal(halted.results[2].result[0].errorCode, 'BATCH_PROCESSING_HALTED');
  const record = (name, referenceId) => ({
    attributes: { type: 'Account', referenceId },
    Name: name,
    Contacts: {
      records: [{ attributes: { type: 'Contact', referenceId: `${referenceId}c` }, LastName: 'Contact 7' }],
    },
  });
  const grown = await s.post(`${V}/composite/tree/Account`, { records: [record('A', 'a')] });
  assert.deepEqual([grown.status, grown.body.results.map((one) => one.referenceId)], [201, ['a', 'ac']]);
  const bad = await s.post(`${V}/composite/tree/Account`, { records: [record('B', 'b'), record('', 'd')] });
  assert.deepEqual([bad.status, bad.body.results.map((one) => one.referenceId)], [400, ['d']]);
  assert.equal(refused(await s.query("SELECT Id FROM Account WHERE Name = 'B'"))[0], 200);
  assert.equal((await s.query("SELECT COUNT() FROM Account WHERE Name = 'B'")).body.totalSize, 0);
});
