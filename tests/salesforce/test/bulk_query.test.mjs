// Bulk API 2.0 query: create, poll, results, locators, abort, delete; the CSV dialect.

import assert from 'node:assert/strict';
import http from 'node:http';
import { test } from 'node:test';
import { open, refused, rowsOf, V } from './helper.mjs';

async function page(s, id, query = '') {
  const answer = await s.get(`${V}/jobs/query/${id}/results${query}`);
  return {
    ...answer,
    rows: rowsOf(answer.text),
    locator: answer.headers.get('sforce-locator'),
    count: Number(answer.headers.get('sforce-numberofrecords')),
  };
}

test('trap 1: pages end with the text null, each has its header row, some are short', async (t) => {
  const s = await open(t, { accounts: 500 });
  const made = (await s.job('SELECT Id, Subject FROM Task')).body;
  const { numberRecordsProcessed: total } = (await s.get(`${V}/jobs/query/${made.id}`)).body;
  let locator = '',
    seen = 0,
    short = 0,
    pages = 0;
  for (;;) {
    const one = await page(s, made.id, `?maxRecords=1000${locator ? `&locator=${locator}` : ''}`);
    assert.deepEqual(one.rows[0], ['Id', 'Subject']);
    assert.equal(one.rows.length - 1, one.count);
    seen += one.count;
    pages++;
    if (one.locator === 'null') break;
    if (one.count < 1000) short++;
    locator = one.locator;
  }
  assert.equal(seen, total);
  assert.ok(pages > 3 && short > 0, `${pages} pages, ${short} short`);
});

test('trap 1: a locator can be fetched again', async (t) => {
  const s = await open(t);
  const made = (await s.job('SELECT Id FROM Task')).body;
  const first = await page(s, made.id, '?maxRecords=10');
  const a = await page(s, made.id, `?maxRecords=10&locator=${first.locator}`);
  const b = await page(s, made.id, `?maxRecords=10&locator=${first.locator}`);
  assert.equal(a.text, b.text);
});

test('trap 2: other version 409, not before JobComplete, gone after DELETE and seven days', async (t) => {
  const s = await open(t, { pace: true });
  const made = (await s.job('SELECT Id FROM Account')).body;
  assert.equal((await page(s, made.id)).status, 400);
  s.org.clock.advance(30000);
  assert.equal((await s.get(`/services/data/v65.0/jobs/query/${made.id}/results`)).status, 409);
  assert.equal((await page(s, made.id)).status, 200);
  assert.equal((await s.del(`${V}/jobs/query/${made.id}`)).status, 204);
  assert.deepEqual(refused(await s.get(`${V}/jobs/query/${made.id}`)), [404, 'NOT_FOUND']);
  const old = (await s.job('SELECT Id FROM Account')).body;
  s.org.clock.advance(8 * 86400000);
  const { refresh_token, access_token } = s.org.auth && s.tokens;
  assert.ok(refresh_token && access_token);
  s.org.auth.sessions.get(access_token).used = s.org.now();
  assert.equal((await s.get(`${V}/jobs/query/${old.id}`)).status, 404);
});

test('trap 3: every value quoted, LF, .000Z, null empty, quotes doubled, newlines kept', async (t) => {
  const s = await open(t, { accounts: 300 });
  const made = (
    await s.job('SELECT Id, Name, BillingStreet, AnnualRevenue, Rating, SystemModstamp FROM Account')
  ).body;
  const answer = await page(s, made.id);
  assert.ok(!answer.text.includes('\r\n"001'));
  for (const row of answer.rows.slice(1)) {
    assert.match(row[5], /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/);
    assert.match(row[2], /\n/);
    assert.ok(row[3] === '' || /^\d+\.0$/.test(row[3]), row[3]);
    assert.notEqual(row[4], 'null');
  }
  assert.ok(answer.text.includes('""'), 'doubled quotes');
  assert.ok(
    answer.rows.some((row) => /[\u{10000}-\u{10ffff}]/u.test(row[1])),
    'four-byte characters',
  );
});

test('trap 3: CRLF and another delimiter only when asked; NUL and long cells as a switch', async (t) => {
  const s = await open(t, { accounts: 300, quirks: true });
  const made = (
    await s.job('SELECT Id, NumberOfEmployees, AnnualRevenue, Description FROM Account', {
      lineEnding: 'CRLF',
      columnDelimiter: 'PIPE',
    })
  ).body;
  const { text } = await page(s, made.id);
  assert.ok(text.startsWith('"Id"|"NumberOfEmployees"|"AnnualRevenue"|"Description"\r\n'));
  assert.match(text, /\|"\d+\.0"\|/);
  assert.match(text, /"\d\.\d+E7"/);
  assert.ok(text.length > 20000);
  // Cells of 131,072 characters, and NUL bytes inside of values.
  const tasks = await page(s, (await s.job('SELECT Id, Description FROM Task')).body.id);
  assert.ok(tasks.text.includes('nul\0inside'));
  const long = 'x'.repeat(131072);
  s.org.tables.get('Account').set(0, 'Description', long);
  const cell = await page(s, (await s.job(`SELECT Description FROM Account WHERE Id = '${s.id('Account', 0)}'`)).body.id);
  assert.ok(cell.text.includes(`"${long}"`));
});

test('trap 4: no SOQL, a number for apiVersion, counters in the poll, ten keys from PATCH', async (t) => {
  const s = await open(t, { pace: true });
  const made = (await s.job('SELECT Id FROM Account')).body;
  assert.deepEqual(Object.keys(made), [
    'id',
    'operation',
    'object',
    'createdById',
    'createdDate',
    'systemModstamp',
    'state',
    'concurrencyMode',
    'contentType',
    'apiVersion',
    'lineEnding',
    'columnDelimiter',
  ]);
  assert.equal(made.apiVersion, 66);
  assert.equal(made.state, 'UploadComplete');
  const polled = (await s.get(`${V}/jobs/query/${made.id}`)).body;
  assert.equal(polled.jobType, 'V2Query');
  assert.equal(polled.numberRecordsProcessed, 0);
  assert.ok(!JSON.stringify(polled).includes('SELECT'));
  const aborted = (await s.patch(`${V}/jobs/query/${made.id}`, { state: 'Aborted' })).body;
  assert.equal(Object.keys(aborted).length, 10);
  assert.equal(aborted.state, 'Aborted');
});

test('trap 5: no order unless asked, and ORDER BY on a big object may time out', async (t) => {
  const s = await open(t, { accounts: 200, orderByLimit: 1000 });
  const ids = async (soql) => (await page(s, (await s.job(soql)).body.id)).rows.slice(1).map((row) => row[0]);
  const plain = await ids('SELECT Id FROM Account');
  assert.notDeepEqual(plain, [...plain].sort());
  const ordered = await ids('SELECT Id FROM Account ORDER BY Id');
  assert.deepEqual(ordered, [...ordered].sort());
  const big = (await s.job('SELECT Id FROM Task ORDER BY Id')).body;
  const failed = (await s.get(`${V}/jobs/query/${big.id}`)).body;
  assert.deepEqual([failed.state, failed.errorMessage], ['Failed', 'QUERY_TIMEOUT']);
});

test('trap 8: queryAll sees deleted and archived rows, query not, purged ones nobody', async (t) => {
  const s = await open(t, { accounts: 200 });
  const count = async (operation) => {
    const made = (await s.job('SELECT Id, IsDeleted, IsArchived FROM Task', { operation })).body;
    return (await page(s, made.id)).rows.slice(1);
  };
  const all = await count('queryAll'),
    some = await count('query');
  assert.ok(all.some((row) => row[1] === 'true') && all.some((row) => row[2] === 'true'));
  assert.ok(!some.some((row) => row[1] === 'true' || row[2] === 'true'));
  s.org.tables.get('Task').setLife(0, 2);
  assert.equal((await count('queryAll')).length, all.length - 1);
});

test('what Bulk refuses is refused at creation', async (t) => {
  const s = await open(t);
  const cases = [
    ['SELECT Id, BillingAddress FROM Account', 'API_ERROR'],
    ['SELECT COUNT() FROM Account', 'API_ERROR'],
    ['SELECT Id FROM TaskStatus', 'INVALIDENTITY'],
    ['SELECT Nope FROM Account', 'INVALID_FIELD'],
    ['SELECT Id FROM Nope', 'INVALID_TYPE'],
    ['SELECT Id FROM', 'MALFORMED_QUERY'],
    ['SELECT Id FROM Account OFFSET 5', 'API_ERROR'],
    ['SELECT FIELDS(ALL) FROM Account LIMIT 200', 'API_ERROR'],
    ['SELECT Industry, COUNT(Id) FROM Account GROUP BY Industry', 'API_ERROR'],
    ['SELECT Id, (SELECT Id FROM Contacts) FROM Account', 'API_ERROR'],
  ];
  for (const [soql, code] of cases) assert.deepEqual(refused(await s.job(soql)), [400, code], soql);
});

test('a result is what was chosen: a row that changes later keeps its line', async (t) => {
  const s = await open(t);
  const made = (await s.job('SELECT Id, Name FROM Account')).body;
  const before = await page(s, made.id);
  await s.patch(`${V}/sobjects/Account/${s.id('Account', 3)}`, { Name: 'Changed since' });
  assert.equal((await page(s, made.id)).text, before.text);
});

test('gzip only if asked, chunked always', async (t) => {
  const s = await open(t);
  const made = (await s.job('SELECT Id FROM Account')).body;
  const raw = (headers) =>
    new Promise((resolve) => {
      http.get(
        `${s.url}${V}/jobs/query/${made.id}/results`,
        { headers: { ...headers, authorization: `Bearer ${s.tokens.access_token}` } },
        (res) => {
          res.resume();
          resolve(res.headers);
        },
      );
    });
  const plain = await raw({}),
    zipped = await raw({ 'accept-encoding': 'gzip' });
  assert.equal(plain['content-encoding'], undefined);
  assert.equal(plain['transfer-encoding'], 'chunked');
  assert.equal(zipped['content-encoding'], 'gzip');
});

for (const pageRows of [100, 1000]) {
  test(`result pages of ${pageRows} rows, some of them shorter: links to up to five at once, to every row once`, async (t) => {
    const s = await open(t, { pageRows, accounts: 600 });
    const { id } = (await s.job('SELECT Id FROM Task')).body;
    let path = `${V}/jobs/query/${id}/resultPages`;
    const seen = [];
    for (;;) {
      const { body } = await s.get(path);
      assert.ok(body.resultPages.length <= 5);
      for (const { resultUrl } of body.resultPages) seen.push(...rowsOf((await s.get(resultUrl)).text).slice(1));
      if (body.done) break;
      path = body.nextRecordsUrl;
    }
    const { numberRecordsProcessed } = (await s.get(`${V}/jobs/query/${id}`)).body;
    assert.ok(numberRecordsProcessed > 8000, `${numberRecordsProcessed} rows`);
    assert.deepEqual([seen.length, new Set(seen.flat()).size], [numberRecordsProcessed, numberRecordsProcessed]);
  });
}

test('result pages: from v58 on, and at the version of the job alone', async (t) => {
  const s = await open(t);
  const { id } = (await s.job('SELECT Id FROM Account')).body;
  await s.get(`${V}/jobs/query/${id}`);
  const status = async (version) =>
    (await s.get(`/services/data/v${version}/jobs/query/${id}/resultPages`)).status;
  assert.deepEqual([await status('57.0'), await status('65.0'), await status('66.0')], [404, 409, 200]);
});

test('the jobs and the megabytes of a day are counted with those of other applications, and told by limits', async (t) => {
  const s = await open(t, { dailyQueryJobs: 10, dailyQueryMB: 100 });
  assert.equal((await s.job('SELECT Id FROM Task')).status, 200);
  await s.control('other_apps', { query_jobs: 9 });
  const jobs = await s.job('SELECT Id FROM Task');
  assert.deepEqual(refused(jobs), [400, 'LIMIT_EXCEEDED']);
  assert.equal(jobs.body[0].message, 'Max bulk v2 query jobs (10) per 24 hrs has been reached');
  await s.control('options', { dailyQueryJobs: 1000 });
  await s.control('other_apps', { query_mb: 100 });
  const limits = (await s.get(`${V}/limits`)).body;
  assert.deepEqual(limits.DailyBulkV2QueryJobs, { Max: 1000, Remaining: 990 });
  assert.deepEqual(limits.DailyBulkV2QueryFileStorageMB, { Max: 100, Remaining: 0 });
  const bytes = await s.job('SELECT Id FROM Task');
  assert.deepEqual(refused(bytes), [400, 'LIMIT_EXCEEDED']);
  assert.equal(
    bytes.body[0].message,
    'Max bulk v2 query result size stored (102400) kb per 24 hrs has been exceeded',
  );
  s.org.clock.advance(25 * 3600 * 1000);
  await s.control('grant').then(({ access_token }) => Object.assign(s.tokens, { access_token }));
  assert.equal((await s.job('SELECT Id FROM Task')).status, 200);
});
