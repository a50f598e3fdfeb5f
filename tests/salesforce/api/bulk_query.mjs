// Bulk API 2.0 query jobs: create, poll, results by locator, result pages, list, abort, delete.
// The SOQL is compiled when the job is created and never told again by any call; apiVersion is a number;
// counters come with the poll, not with the create answer. The last page's Sforce-Locator is the text `null`.

import { ApiError, badRequest, notFound } from '../base/errors.mjs';
import { createRandom, hash32 } from '../base/random.mjs';
import { DAY, restTime, wholeSecond } from '../base/time.mjs';
import { soapType } from '../schema/parse.mjs';
import { planQuery } from '../soql/run.mjs';
import { empty, json, jsonOf } from '../wire/http.mjs';
import { DELIMITERS, lineWriter } from './csv.mjs';
import { checkedSoql } from './query.mjs';

const KEPT_DAYS = 7;
const PACE_ROWS = 250000,
  PACE_MS = 20000,
  PACE_BYTES = 4 * 2 ** 20;
const CHUNK_BYTES = 64 * 1024;
const COMPOUND = new Set(['urn:address', 'urn:location']);

function create(ctx, request) {
  const { org } = ctx;
  const body = jsonOf(request);
  if (!['query', 'queryAll'].includes(body.operation)) {
    throw badRequest('INVALIDJOB', `Unsupported operation: ${body.operation}`);
  }
  if (org.meter.count('queryJobs') >= org.options.dailyQueryJobs) {
    throw badRequest(
      org.options.bulkLimitError,
      `Max bulk v2 query jobs (${org.options.dailyQueryJobs}) per 24 hrs has been reached`,
    );
  }
  if (org.meter.count('resultBytes') >= org.options.dailyQueryMB * 2 ** 20) {
    throw badRequest(
      org.options.bulkLimitError,
      `Max bulk v2 query result size stored (${org.options.dailyQueryMB * 1024}) kb per 24 hrs has been exceeded`,
    );
  }
  const delimiter = DELIMITERS[body.columnDelimiter ?? 'COMMA'],
    ending = { LF: '\n', CRLF: '\r\n' }[body.lineEnding ?? 'LF'];
  if (!delimiter || !ending || (body.contentType ?? 'CSV') !== 'CSV') {
    throw badRequest('INVALIDJOB', 'Unsupported columnDelimiter, lineEnding or contentType');
  }
  const query = checkedSoql(body.query);
  const plan = compile(ctx, query, body.operation === 'queryAll');
  const job = openJob(ctx, body, plan, lineWriter(org, plan.columns, delimiter, ending));
  for (const old of org.jobs.values()) if (org.now() - old.born > KEPT_DAYS * DAY) drop(org, old);
  org.jobs.set(job.id, job);
  org.meter.add('queryJobs');
  run(org, job, plan);
  return json(200, view(job, ['state', ...CREATED]));
}

/**
 * What Bulk refuses although REST takes it. Words of Salesforce: of aggregates those that its own Data Loader expects
 * (forcedotcom/dataloader, CsvExtractAggregateQueryProcessTest), of subqueries OpenFn/adaptors#395 (v59), of base64 a
 * comment "live-confirmed" of a DuckDB extension, of compound fields airbyte#8206. That TYPEOF is refused stands in the
 * Bulk API guide; its words, and those of FIELDS(), are made like the others. Of convertCurrency() the guide says nothing
 * (bulkCurrency).
 */
function compile(ctx, query, all) {
  const { options } = ctx.org;
  const refused = (words) => badRequest(options.bulkRefusal, words);
  if (query.count || query.groupBy.length || query.offset !== null || query.select.some(({ kind }) => kind === 'aggregate')) {
    throw refused('Aggregate Relationships not supported in Bulk Query');
  }
  if (query.select.some(({ kind }) => kind === 'subquery')) {
    throw refused('Aggregate Relationships not supported in Bulk V2 Query with CSV content type');
  }
  if (query.select.some(({ kind, name }) => kind === 'fields' && !(options.bulkFields && name === 'standard'))) {
    throw refused('FIELDS() not supported in Bulk V2 Query with CSV content type');
  }
  if (query.select.some(({ kind }) => kind === 'typeof')) {
    throw refused('TYPEOF not supported in Bulk V2 Query with CSV content type');
  }
  if (!options.bulkCurrency && query.select.some(({ fn }) => fn === 'convertcurrency')) {
    throw refused('convertCurrency() not supported in Bulk V2 Query with CSV content type');
  }
  const object = ctx.org.schema.object(query.from);
  if (object?.noBulk) {
    throw badRequest('INVALIDENTITY', `Entity '${object.name}' is not supported by the Bulk API.`);
  }
  if (!options.bulkOrder && (query.orderBy.length || query.limit !== null)) {
    throw refused('ORDER BY and LIMIT are not supported in Bulk Query');
  }
  const plan = planQuery(ctx, query, all);
  const young = plan.columns.find(({ field }) => ctx.org.now() - field.madeAt < options.bulkFieldLagMs);
  if (young) throw badRequest('INVALID_FIELD', `No such column '${young.field.name}' on entity '${query.from}'.`);
  const types = plan.columns.map(({ field }) => soapType(field.type));
  if (types.includes('xsd:base64Binary')) throw refused('Blob field not supported in Bulk V2 Query with CSV content type');
  if (types.some((type) => COMPOUND.has(type))) throw refused('Selecting compound data not supported in Bulk Query');
  return plan;
}

function openJob(ctx, body, plan, writer) {
  const { org } = ctx;
  const now = org.now();
  return {
    id: org.ids.text(org.ids.key('750', 62 ** 5 * 30 + org.jobSerial++)),
    kind: 'query',
    user: ctx.user,
    operation: body.operation,
    object: plan.object.name,
    ordered: plan.query.orderBy.length > 0 || plan.query.limit !== null,
    version: ctx.version,
    born: now,
    modified: now,
    readyAt: now,
    state: 'UploadComplete',
    error: null,
    lineEnding: body.lineEnding ?? 'LF',
    columnDelimiter: body.columnDelimiter ?? 'COMMA',
    createdBy: org.ids.text(ctx.user),
    oldLocators: org.options.locators === 'offset',
    writer,
    rows: [],
    frozen: new Map(),
    pages: new Map(),
    release: () => {},
    file: org.ids.text(org.ids.key('0Ga', 62 ** 5 * 31 + org.jobSerial)),
  };
}

/**
 * The rows are chosen now; a row that changes before it is fetched keeps its line, as a stored result does.
 */
function run(org, job, plan) {
  job.rows = plan.object.virtual ? plan.rows() : Int32Array.from(plan.rows());
  const table = org.tables.get(plan.object.name);
  if (table) freezeOnChange(job, table);
  const pace = org.options.pace ? Math.ceil(job.rows.length / PACE_ROWS) * PACE_MS : 0;
  job.readyAt = job.born + pace;
  for (const fault of org.jobFaults) {
    if (fault.kind === 'slow_job') job.readyAt += fault.ms;
    if (fault.kind === 'failed_job') job.failure = fault.message ?? null;
    if (fault.kind === 'wrong_count') job.countOff = fault.off;
    if (fault.kind === 'repeat') job.rows = repeated(job, fault);
  }
  const most = job.ordered ? org.options.orderByLimit : org.options.timeoutRows;
  if (job.rows.length > (most ?? Infinity)) job.failure = 'QUERY_TIMEOUT';
}

/** Some rows more than once, all in another order: nothing is said against it. */
function repeated(job, { seed = 1, share = 0.5 }) {
  const random = createRandom(seed, `rows of ${job.id}`);
  return random.shuffle([...job.rows, ...[...job.rows].filter(() => random.chance(share))]);
}

function freezeOnChange(job, table) {
  const member = new Uint8Array(table.count);
  for (const row of job.rows) member[row] = 1;
  const reader = (row) => {
    if (member[row] && !job.frozen.has(row)) job.frozen.set(row, job.writer.line(row));
  };
  table.readers.add(reader);
  job.release = () => table.readers.delete(reader);
}

/** Where the job stands at this moment of org time. */
function refresh(org, job) {
  if (!['UploadComplete', 'InProgress'].includes(job.state)) return;
  if (org.now() < job.readyAt) {
    if (org.now() > job.born || job.polled) job.state = 'InProgress';
    job.polled = true;
    return;
  }
  job.state = job.failure !== undefined ? 'Failed' : 'JobComplete';
  job.error = job.failure || null;
  job.modified = Math.max(job.born, job.readyAt);
}

const CREATED = ['concurrencyMode', 'contentType', 'apiVersion', 'lineEnding', 'columnDelimiter'];
const POLLED = [
  'concurrencyMode',
  'contentType',
  'apiVersion',
  'jobType',
  'lineEnding',
  'columnDelimiter',
  'numberRecordsProcessed',
  'retries',
  'totalProcessingTime',
  'isPkChunkingSupported',
];

function view(job, keys) {
  const done = job.state === 'JobComplete';
  const values = {
    state: job.state,
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: JSON.rawJSON(job.version),
    jobType: 'V2Query',
    lineEnding: job.lineEnding,
    columnDelimiter: job.columnDelimiter,
    numberRecordsProcessed: done ? job.rows.length + (job.countOff ?? 0) : 0,
    retries: 0,
    totalProcessingTime: done ? Math.max(1, job.modified - job.born) : 0,
    isPkChunkingSupported: !job.ordered,
  };
  const shown = {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: job.createdBy,
    createdDate: restTime(wholeSecond(job.born)),
    systemModstamp: restTime(wholeSecond(job.modified)),
  };
  for (const key of keys) shown[key] = values[key];
  if (job.state === 'Failed' && job.error) shown.errorMessage = job.error;
  return shown;
}

/** A job of this user that still exists; results are kept seven days. */
function find(ctx, id) {
  const { org } = ctx;
  const job = org.jobs.get(id.length === 15 ? [...org.jobs.keys()].find((key) => key.startsWith(id)) : id);
  if (job && org.now() - job.born > KEPT_DAYS * DAY) drop(org, job);
  if (!job || job.kind !== 'query' || !org.jobs.has(job.id)) throw notFound();
  refresh(org, job);
  return job;
}

function drop(org, job) {
  job.release();
  org.jobs.delete(job.id);
}

const poll = (ctx, _request, { id }) => json(200, view(find(ctx, id), ['state', ...POLLED]));

function list(ctx) {
  const { org } = ctx;
  const records = [];
  for (const job of [...org.jobs.values()]) {
    if (org.now() - job.born > KEPT_DAYS * DAY) {
      drop(org, job);
      continue;
    }
    if (job.kind !== 'query') continue;
    refresh(org, job);
    records.push(view(job, ['state', ...POLLED.slice(0, 6), 'isPkChunkingSupported']));
  }
  return json(200, { done: true, nextRecordsUrl: null, records });
}

function abort(ctx, request, { id }) {
  const job = find(ctx, id);
  if (jsonOf(request).state !== 'Aborted')
    throw badRequest('INVALIDJOBSTATE', 'Only the state Aborted can be set');
  if (['JobComplete', 'Failed'].includes(job.state)) {
    throw badRequest('INVALIDJOBSTATE', `Aborting a job in state ${job.state} is not allowed`);
  }
  job.state = 'Aborted';
  job.modified = ctx.org.now();
  job.release();
  // Ten keys: the partial view that PATCH gives.
  return json(200, view(job, ['state', 'concurrencyMode', 'contentType', 'apiVersion']));
}

function remove(ctx, _request, { id }) {
  const job = find(ctx, id);
  if (!['JobComplete', 'Aborted', 'Failed'].includes(job.state)) {
    throw badRequest('INVALIDJOBSTATE', `Deleting a job in state ${job.state} is not allowed`);
  }
  drop(ctx.org, job);
  return empty(204);
}

function readyJob(ctx, id) {
  const job = find(ctx, id);
  if (Number(job.version) !== Number(ctx.version)) {
    throw new ApiError(
      409,
      'VERSION_MISMATCH',
      `The API version ${ctx.version} does not match the version of the job`,
    );
  }
  if (job.state !== 'JobComplete') {
    const status = ctx.org.options.earlyResultsStatus;
    throw new ApiError(status, 'INVALIDJOBSTATE', `Results are not available in state ${job.state}`);
  }
  return job;
}

const locatorText = (job, row) =>
  Buffer.from(job.oldLocators ? String(row) : `${row}:${job.file.slice(0, 15)}:1`).toString('base64url');

function locatorRow(job, text) {
  const match = /^(\d+)(?::([A-Za-z0-9]{15}):1)?$/.exec(Buffer.from(text, 'base64url').toString('utf8'));
  const file = job.oldLocators ? undefined : job.file.slice(0, 15);
  if (!match || match[2] !== file || Number(match[1]) > job.rows.length) {
    throw badRequest('INVALID_QUERY_LOCATOR', `Invalid locator: ${text}`);
  }
  return Number(match[1]);
}

function results(ctx, request, { id }) {
  const { org } = ctx;
  const job = readyJob(ctx, id);
  const locator = request.query.get('locator');
  const from = locator ? locatorRow(job, locator) : 0;
  const asked = Number(request.query.get('maxRecords') ?? org.options.pageRows);
  if (!(asked > 0)) throw badRequest('INVALID_REQUEST', 'maxRecords must be a positive number');
  const to = Math.min(job.rows.length, from + pageSize(job, from, Math.floor(asked)));
  return {
    status: 200,
    body: null,
    headers: {
      'content-type': 'text/csv; charset=UTF-8',
      'sforce-numberofrecords': String(to - from),
      'sforce-locator': to < job.rows.length ? locatorText(job, to) : 'null',
    },
    stream: (write) => writePage(org, job, from, to, write),
  };
}

/**
 * maxRecords is a cap: now and then a page is shorter, which means nothing. The same page is so each time.
 */
const pageSize = (job, from, asked) =>
  asked >= 1000 && hash32(job.id + from) % 8 === 0 ? Math.ceil(asked * 0.8) : asked;

async function writePage(org, job, from, to, write) {
  const began = org.now();
  let sent = 0;
  for (const chunk of pageChunks(org, job, from, to)) {
    sent += chunk.length;
    await write(chunk);
    if (org.options.pace) await org.clock.sleep(began + (sent / PACE_BYTES) * 1000 - org.now());
  }
  org.meter.add('resultBytes', sent);
}

/** The text of a page piece by piece: made as it is asked for, or kept from the first time (`keepPages`). */
function* pageChunks(org, job, from, to) {
  const name = `${from}-${to}`;
  const kept = job.pages.get(name);
  if (kept) {
    yield* kept;
    return;
  }
  const keep = org.options.keepPages ? [] : null;
  for (const text of lines(job, from, to, headerOf(org, job, from, to))) {
    keep?.push(Buffer.from(text));
    yield text;
  }
  if (keep) job.pages.set(name, keep);
}

function headerOf(org, job, from, to) {
  const none = from === to && org.options.emptyResult === 'empty';
  return none || (from > 0 && org.options.headerRows === 'first') ? '' : job.writer.header;
}

function* lines(job, from, to, header) {
  let text = header;
  for (let i = from; i < to; i++) {
    const row = job.rows[i];
    text += job.frozen.get(row) ?? job.writer.line(row);
    if (text.length < CHUNK_BYTES) continue;
    yield text;
    text = '';
  }
  if (text) yield text;
}

/** Links to up to five pages at once, for parallel downloads (from v58 on). */
function resultPages(ctx, request, { id }) {
  const { org } = ctx;
  if (!org.options.resultPages || Number(ctx.version) < 58) throw notFound();
  const job = readyJob(ctx, id);
  const locator = request.query.get('locator');
  let at = locator ? locatorRow(job, locator) : 0;
  const base = `/services/data/v${ctx.version}/jobs/query/${job.id}`;
  const [link, next] =
    org.options.resultPageKeys === 'link' ? ['resultLink', 'nextRecordUrl'] : ['resultUrl', 'nextRecordsUrl'];
  const pages = [];
  while (pages.length < 5 && (at < job.rows.length || (at === 0 && !pages.length))) {
    pages.push({
      [link]: `${base}/results?locator=${locatorText(job, at)}&maxRecords=${org.options.pageRows}`,
    });
    at += pageSize(job, at, org.options.pageRows);
  }
  const done = at >= job.rows.length;
  const answer = { resultPages: pages, done };
  if (!done) answer[next] = `${base}/resultPages?locator=${locatorText(job, at)}`;
  return json(200, answer);
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [
  ['POST', '/services/data/v:version/jobs/query', create],
  ['GET', '/services/data/v:version/jobs/query', list],
  ['GET', '/services/data/v:version/jobs/query/:id', poll],
  ['PATCH', '/services/data/v:version/jobs/query/:id', abort],
  ['DELETE', '/services/data/v:version/jobs/query/:id', remove],
  ['GET', '/services/data/v:version/jobs/query/:id/results', results],
  ['GET', '/services/data/v:version/jobs/query/:id/resultPages', resultPages],
];
