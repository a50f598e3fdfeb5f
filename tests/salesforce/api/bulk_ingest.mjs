// Bulk API 2.0 ingest jobs: create, one upload, close, poll, three result files. A record's failure is its
// own; only what is wrong with the file as a whole fails the job.

import { ApiError, badRequest, notFound } from '../base/errors.mjs';
import { DAY, restTime, wholeSecond } from '../base/time.mjs';
import { insert, purge, remove, update, writable } from '../store/dml.mjs';
import { empty, json, jsonOf, textOf } from '../wire/http.mjs';
import { DELIMITERS, parseCsv } from './csv.mjs';
import { externalField, upsert } from './records.mjs';

const OPERATIONS = ['insert', 'update', 'upsert', 'delete', 'hardDelete'];
const RAW_LIMIT = 150 * 2 ** 20,
  FIELD_LIMIT = 131072,
  KEPT_DAYS = 7;
const PACE_ROWS = 250000,
  PACE_MS = 20000,
  ROWS_A_BATCH = 10000,
  PART_CHARACTERS = 100000;
const NULL_MARK = '#N/A';

/** In two steps, or at once: a part `job` of JSON and a part `content` of CSV, which is uploaded and closed. */
function create(ctx, request) {
  const type = request.headers['content-type'] ?? '';
  if (!/^multipart\/form-data/i.test(type)) return json(200, view(open(ctx, jsonOf(request)), true));
  const parts = partsOf(type, textOf(request));
  if (parts.size !== 2 || !parts.has('job') || !parts.has('content')) {
    throw badRequest('INVALIDJOB', 'A multipart request has the parts job and content');
  }
  if (parts.get('content').length > PART_CHARACTERS) {
    throw new ApiError(413, 'EXCEEDED_CONTENT_LENGTH', 'The content is longer than 100,000 characters');
  }
  const job = open(ctx, jsonOf({ ...request, headers: {}, body: Buffer.from(parts.get('job')) }));
  Object.assign(job, { text: parts.get('content'), state: 'UploadComplete' });
  const answer = json(200, view(job, true));
  start({ ...ctx, isRecord: true, isText: true }, job);
  return answer;
}

/** The parts of a multipart body by name (RFC 7578). */
function partsOf(type, text) {
  const boundary = /boundary="?([^";]+)"?/i.exec(type)?.[1];
  const found = new Map();
  for (const part of boundary ? text.split(`--${boundary}`).slice(1, -1) : []) {
    const [, head, body] = /^\r?\n([\s\S]*?)\r?\n\r?\n([\s\S]*?)\r?\n?$/.exec(part) ?? [];
    const name = /name="([^"]*)"/i.exec(head ?? '')?.[1];
    if (name !== undefined) found.set(name, body);
  }
  return found;
}

function open(ctx, body) {
  const { org } = ctx;
  if (!OPERATIONS.includes(body.operation))
    throw badRequest('INVALIDJOB', `Unsupported operation: ${body.operation}`);
  const object = writable(ctx, body.object ?? '', body.operation === 'insert' ? 'create' : 'edit');
  if (object.noBulk)
    throw badRequest('INVALIDENTITY', `Entity '${object.name}' is not supported by the Bulk API.`);
  if (body.operation === 'upsert') externalField(ctx, object, body.externalIdFieldName ?? '');
  if (body.operation === 'hardDelete' && !org.access.permission(ctx.user, 'BulkApiHardDelete')) {
    throw badRequest('FEATURENOTENABLED', 'hardDelete requires the permission "Bulk API Hard Delete"');
  }
  const now = org.now();
  const job = {
    id: org.ids.text(org.ids.key('750', 62 ** 5 * 40 + org.jobSerial++)),
    kind: 'ingest',
    user: ctx.user,
    object: object.name,
    operation: body.operation,
    external: body.externalIdFieldName ?? null,
    version: ctx.version,
    lineEnding: body.lineEnding ?? 'LF',
    columnDelimiter: body.columnDelimiter ?? 'COMMA',
    state: 'Open',
    born: now,
    modified: now,
    error: null,
    text: null,
    done: [],
    failed: [],
    unprocessed: [],
    header: '',
    release: () => {},
    createdBy: org.ids.text(ctx.user),
  };
  if (!DELIMITERS[job.columnDelimiter] || !['LF', 'CRLF'].includes(job.lineEnding)) {
    throw badRequest('INVALIDJOB', 'Unsupported columnDelimiter or lineEnding');
  }
  job.contentUrl = CONTENT_URLS[org.options.contentUrl](job);
  org.jobs.set(job.id, job);
  return job;
}

/** None of them is a path that a client may use as it is: pages of the documentation show all three. */
const CONTENT_URLS = {
  usual: (job) => `services/data/v${job.version}/jobs/ingest/${job.id}/batches`,
  plain: (job) => `services/data/${job.version}/jobs/ingest/${job.id}/batches`,
  slash: (job) => `/services/data/v${job.version}/jobs/ingest/${job.id}/batches`,
};

/** PATCH shows a part only; the counters come with the poll. */
function view(job, full) {
  const shown = {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdById: job.createdBy,
    createdDate: restTime(wholeSecond(job.born)),
    systemModstamp: restTime(wholeSecond(job.modified)),
    state: job.state,
    ...(job.external ? { externalIdFieldName: job.external } : {}),
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: JSON.rawJSON(job.version),
  };
  if (!full) return shown;
  return {
    ...shown,
    contentUrl: job.contentUrl,
    lineEnding: job.lineEnding,
    columnDelimiter: job.columnDelimiter,
    jobType: 'V2Ingest',
  };
}

function find(ctx, id) {
  const job = ctx.org.jobs.get(id);
  if (!job || job.kind !== 'ingest' || ctx.org.now() - job.born > KEPT_DAYS * DAY) throw notFound();
  return job;
}

function upload(ctx, request, { id }) {
  const job = find(ctx, id);
  if (job.state !== 'Open' || job.text !== null) {
    throw badRequest(
      'INVALIDJOBSTATE',
      `Found multiple contents for job: <${job.id}>, please 'Close' / 'Abort' / 'Delete' ` +
        "the current Job then create a new Job and make sure you only do 'PUT' once on a given Job.",
    );
  }
  if (!/^text\/csv/.test(request.headers['content-type'] ?? '')) {
    throw badRequest('INVALIDCONTENTTYPE', 'Content-Type must be text/csv');
  }
  if (request.body.length > RAW_LIMIT)
    throw new ApiError(413, 'EXCEEDED_CONTENT_LENGTH', 'The upload is too large');
  job.text = textOf(request);
  return empty(201);
}

function change(ctx, request, { id }) {
  const { org } = ctx;
  const job = find(ctx, id);
  const { state } = jsonOf(request);
  if (state === 'Aborted' && ['Open', 'UploadComplete', 'InProgress'].includes(job.state))
    job.state = 'Aborted';
  else if (state === 'UploadComplete' && job.state === 'Open') job.state = 'UploadComplete';
  else throw badRequest('INVALIDJOBSTATE', `Job state cannot be changed from ${job.state} to ${state}`);
  job.modified = org.now();
  const answer = json(200, view(job, false));
  if (job.state === 'UploadComplete') start({ ...ctx, isRecord: true, isText: true }, job);
  return answer;
}

function start(ctx, job) {
  const { org } = ctx;
  let rows;
  try {
    rows = read(ctx, job);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    Object.assign(job, { state: 'Failed', error: `InvalidBatch : ${error.message}` });
    return;
  }
  org.meter.add('ingestBatches', Math.ceil(rows.length / ROWS_A_BATCH));
  const delay = org.jobFaults.find((fault) => fault.kind === 'slow_job')?.ms ?? 0;
  const failed = org.jobFaults.find((fault) => fault.kind === 'failed_job');
  const pace = (org.options.pace ? Math.ceil(rows.length / PACE_ROWS) * PACE_MS : 0) + delay;
  const run = () => {
    if (job.state === 'Aborted') return;
    if (failed)
      Object.assign(job, {
        state: 'Failed',
        error: failed.message ?? null,
        unprocessed: rows.map((row) => row.raw),
      });
    else process(ctx, job, rows);
  };
  if (!pace) return run();
  job.state = 'InProgress';
  org.clock.schedule(org.now() + pace, run);
}

/** The upload as records; what is wrong with its header is the job's failure. */
function read(ctx, job) {
  const object = ctx.org.schema.object(job.object);
  const { rows, raw } = parseCsv(job.text ?? '', DELIMITERS[job.columnDelimiter]);
  if (!rows.length) throw badRequest('InvalidBatch', 'Unable to find any rows');
  const names = rows[0];
  job.header = raw[0].replace(/\r?\n$/, '');
  for (const name of names) {
    const [first, second] = name.split('.');
    const known = second
      ? object.fields.some((field) => field.relationship?.toLowerCase() === first.toLowerCase())
      : object.byName.get(name.toLowerCase());
    if (!known || (!second && !ctx.org.access.fieldRight(ctx.user, object, known, 'read'))) {
      throw badRequest('InvalidBatch', `Field name not found : ${name}`);
    }
  }
  return rows.slice(1).map((values, i) => ({ values, raw: raw[i + 1].replace(/\r?\n$/, ''), names }));
}

/** An empty cell leaves the field alone, #N/A clears it. */
function recordOf({ names, values }) {
  const record = {};
  if (values.length !== names.length)
    throw badRequest('INVALID_BATCH', 'The number of columns differs from the header');
  names.forEach((name, i) => {
    if (values[i] === '') return;
    if (values[i].length > FIELD_LIMIT)
      throw badRequest('STRING_TOO_LONG', 'Field value is too long', [name]);
    const value = values[i] === NULL_MARK ? null : values[i];
    const [first, second] = name.split('.');
    if (second) record[first] = { [second]: value };
    else record[name] = value;
  });
  return record;
}

function process(ctx, job, rows) {
  const quotedLine = (row) =>
    row.values.map((value) => `"${value.replace(/"/g, '""')}"`).join(DELIMITERS[job.columnDelimiter]);
  for (const row of rows) {
    try {
      const { key, created } = act(ctx, job, recordOf(row));
      job.done.push(`"${ctx.org.ids.text(key)}","${created}",${quotedLine(row)}`);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      job.failed.push(`"","${error.bulk().replace(/"/g, '""')}",${quotedLine(row)}`);
    }
  }
  // Results are in nobody's order.
  ctx.org.shuffler.shuffle(job.done);
  ctx.org.shuffler.shuffle(job.failed);
  job.state = 'JobComplete';
  job.modified = ctx.org.now();
  job.text = null;
}

function act(ctx, job, record) {
  const idName = Object.keys(record).find((name) => name.toLowerCase() === 'id');
  const { [idName]: id, ...rest } = record;
  switch (job.operation) {
    case 'insert':
      return { key: insert(ctx, job.object, record), created: true };
    case 'upsert': {
      const object = ctx.org.schema.object(job.object),
        field = externalField(ctx, object, job.external);
      const name = Object.keys(record).find((one) => one.toLowerCase() === field.name.toLowerCase());
      return upsert(ctx, object, field, record[name], record);
    }
    default:
      if (!id) throw badRequest('MISSING_ARGUMENT', 'Id not specified', ['Id']);
  }
  if (job.operation === 'update') return { key: update(ctx, job.object, id, rest), created: false };
  const key = remove(ctx, job.object, id);
  if (job.operation === 'hardDelete') purge(ctx, job.object, id);
  return { key, created: false };
}

function poll(ctx, _request, { id }) {
  const job = find(ctx, id);
  const shown = {
    ...view(job, true),
    numberRecordsProcessed: job.done.length + job.failed.length,
    numberRecordsFailed: job.failed.length,
    retries: 0,
    totalProcessingTime: Math.max(0, job.modified - job.born),
    apiActiveProcessingTime: Math.max(0, job.modified - job.born),
    apexProcessingTime: 0,
    isPkChunkingSupported: false,
  };
  return json(200, job.error ? { ...shown, errorMessage: job.error } : shown);
}

const results =
  (prefix, pick) =>
  (ctx, _request, { id }) => {
    const job = find(ctx, id);
    if (!['JobComplete', 'Failed', 'Aborted'].includes(job.state)) {
      throw badRequest('INVALIDJOBSTATE', `Results are not available in state ${job.state}`);
    }
    const lines = [`${prefix}${job.header}`, ...pick(job)];
    return {
      status: 200,
      headers: { 'content-type': 'text/csv; charset=UTF-8' },
      body: `${lines.join('\n')}\n`,
    };
  };

function list(ctx) {
  const jobs = [...ctx.org.jobs.values()].filter((job) => job.kind === 'ingest');
  return json(200, { done: true, nextRecordsUrl: null, records: jobs.map((job) => view(job, true)) });
}

function drop(ctx, _request, { id }) {
  const job = find(ctx, id);
  if (job.state === 'Open' || job.state === 'InProgress') {
    throw badRequest('INVALIDJOBSTATE', `Deleting a job in state ${job.state} is not allowed`);
  }
  ctx.org.jobs.delete(job.id);
  return empty(204);
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [
  ['POST', '/services/data/v:version/jobs/ingest', create],
  ['GET', '/services/data/v:version/jobs/ingest', list],
  ['PUT', '/services/data/v:version/jobs/ingest/:id/batches', upload],
  ['PATCH', '/services/data/v:version/jobs/ingest/:id', change],
  ['GET', '/services/data/v:version/jobs/ingest/:id', poll],
  ['DELETE', '/services/data/v:version/jobs/ingest/:id', drop],
  [
    'GET',
    '/services/data/v:version/jobs/ingest/:id/successfulResults',
    results('"sf__Id","sf__Created",', (job) => job.done),
  ],
  [
    'GET',
    '/services/data/v:version/jobs/ingest/:id/failedResults',
    results('"sf__Id","sf__Error",', (job) => job.failed),
  ],
  [
    'GET',
    '/services/data/v:version/jobs/ingest/:id/unprocessedrecords',
    results('', (job) => job.unprocessed),
  ],
];
