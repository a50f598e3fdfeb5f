// /composite, /composite/batch and /composite/tree: several requests in one.

import { ApiError, badRequest } from '../base/errors.mjs';
import { insert } from '../store/dml.mjs';
import { failure, json, jsonOf, makeRequest } from '../wire/http.mjs';

const MOST = 25,
  MOST_QUERIES = 5,
  MOST_IN_TREE = 200;
const FORBIDDEN_HEADERS = new Set(['accept', 'authorization', 'content-type']);

/** Answer of one part; its errors are its own. */
function part(ctx, method, url, headers, body) {
  const request = makeRequest(method, url, lower(headers));
  request.json = body ?? {};
  try {
    return ctx.dispatch(ctx, request);
  } catch (error) {
    if (error instanceof ApiError) return failure(error);
    throw error;
  }
}

const lower = (headers = {}) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

function composite(ctx, request) {
  const body = jsonOf(request);
  const parts = body.compositeRequest ?? [];
  checkParts(parts);
  const known = new Map();
  const end = body.allOrNone ? ctx.org.begin() : null;
  const answers = parts.map((one) => runPart(ctx, one, known));
  const failed = answers.some((answer) => answer.httpStatusCode >= 400);
  end?.(failed);
  if (end && failed) {
    for (const answer of answers) {
      if (answer.httpStatusCode >= 400) continue;
      answer.httpStatusCode = 400;
      answer.body = [
        {
          errorCode: 'PROCESSING_HALTED',
          message: 'The transaction was rolled back since another operation in the same transaction failed.',
        },
      ];
    }
  }
  return json(200, { compositeResponse: answers });
}

function checkParts(parts) {
  if (parts.length > MOST)
    throw badRequest('LIMIT_EXCEEDED', `The composite request is limited to ${MOST} subrequests`);
  const heavy = parts.filter((one) => /\/(query|queryAll|composite\/sobjects)\b/.test(one.url ?? ''));
  if (heavy.length > MOST_QUERIES) {
    throw badRequest('LIMIT_EXCEEDED', `At most ${MOST_QUERIES} subrequests can be queries or collections`);
  }
  for (const one of parts) {
    if (Object.keys(one.httpHeaders ?? {}).some((name) => FORBIDDEN_HEADERS.has(name.toLowerCase()))) {
      throw badRequest(
        'INVALID_HTTP_HEADER',
        'Subrequests may not set Accept, Authorization or Content-Type',
      );
    }
    if (!one.referenceId || !/^[A-Za-z]\w*$/.test(one.referenceId)) {
      throw badRequest('INVALID_REFERENCE_ID', `Invalid reference ID: ${one.referenceId}`);
    }
  }
}

function runPart(ctx, one, known) {
  let answer;
  try {
    const url = fill(one.url, known);
    if (!/^\/services\/data\/v\d+\.0\//.test(url)) throw badRequest('INVALID_URL', `Invalid URL: ${url}`);
    answer = part(ctx, one.method, url, one.httpHeaders, deepFill(one.body, known));
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    answer = failure(error);
  }
  known.set(one.referenceId, answer.json);
  return {
    body: answer.json ?? null,
    httpHeaders: shownHeaders(answer.headers),
    httpStatusCode: answer.status,
    referenceId: one.referenceId,
  };
}

function shownHeaders(headers) {
  const shown = {};
  if (headers.location) shown.Location = headers.location;
  if (headers.etag) shown.ETag = headers.etag;
  if (headers['last-modified']) shown['Last-Modified'] = headers['last-modified'];
  return shown;
}

/** `@{ref.records[0].Id}`, case-sensitive. */
function fill(text, known) {
  return text.replace(/@\{([^}]+)\}/g, (_all, path) => {
    const steps = path.split(/[.[\]]+/).filter(Boolean);
    let value = known.get(steps[0]);
    for (const step of steps.slice(1)) value = value?.[step];
    if (value === undefined || value === null) {
      throw badRequest(
        'PROCESSING_HALTED',
        `Invalid reference specified. No value for ${path} found in ${steps[0]}`,
      );
    }
    return String(value);
  });
}

function deepFill(value, known) {
  if (typeof value === 'string') return fill(value, known);
  if (Array.isArray(value)) return value.map((one) => deepFill(one, known));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, deepFill(one, known)]));
}

function batch(ctx, request) {
  const body = jsonOf(request);
  const parts = body.batchRequests ?? [];
  if (parts.length > MOST) throw badRequest('LIMIT_EXCEEDED', `The batch is limited to ${MOST} subrequests`);
  let halted = false;
  const results = parts.map((one) => {
    if (halted) {
      return {
        statusCode: 412,
        result: [
          {
            errorCode: 'BATCH_PROCESSING_HALTED',
            message: 'Batch processing halted per request because of a previous failure',
          },
        ],
      };
    }
    const answer = part(
      ctx,
      one.method,
      `/services/data/${one.url.replace(/^\/?(services\/data\/)?/, '')}`,
      {},
      one.richInput,
    );
    if (answer.status >= 400 && body.haltOnError) halted = true;
    return { statusCode: answer.status, result: answer.json ?? null };
  });
  return json(200, { hasErrors: results.some((one) => one.statusCode >= 400), results });
}

/** Nested create, all or nothing; a failure lists the bad records only. */
function tree(ctx, request, { name }) {
  const { records = [] } = jsonOf(request);
  const end = ctx.org.begin();
  const good = [],
    bad = [];
  const plant = (type, list, parent) => {
    for (const record of list) {
      if (good.length + bad.length >= MOST_IN_TREE)
        throw badRequest('INVALID_BATCH_SIZE', 'At most 200 records');
      const children = Object.entries(record).filter(([, value]) => Array.isArray(value?.records));
      const own = Object.fromEntries(
        Object.entries(record).filter(([, value]) => !Array.isArray(value?.records)),
      );
      const reference = record.attributes?.referenceId;
      try {
        const key = insert({ ...ctx, isRecord: true }, type, { ...own, ...parent });
        good.push({ referenceId: reference, id: ctx.org.ids.text(key) });
        for (const [relation, value] of children)
          plantChildren(ctx, type, relation, value.records, key, plant);
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
        bad.push({ referenceId: reference, errors: [error.record()] });
      }
    }
  };
  plant(name, records, {});
  end(bad.length > 0);
  return bad.length
    ? json(400, { hasErrors: true, results: bad })
    : json(201, { hasErrors: false, results: good });
}

function plantChildren(ctx, type, relation, records, key, plant) {
  const link = ctx.org.schema
    .object(type)
    .children.find(([, , name]) => name.toLowerCase() === relation.toLowerCase());
  if (!link) throw badRequest('INVALID_FIELD', `No such relation '${relation}' on ${type}`);
  plant(link[0], records, { [link[1]]: ctx.org.ids.text(key) });
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [
  ['POST', '/services/data/v:version/composite', composite],
  ['POST', '/services/data/v:version/composite/batch', batch],
  // The same for resources of Chatter.
  ['POST', '/services/data/v:version/connect/batch', batch],
  ['POST', '/services/data/v:version/composite/tree/:name', tree],
];
