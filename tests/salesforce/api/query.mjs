// REST query and queryAll: pages of at most 2,000 rows, fewer where rows are wide; cursors that live two days, ten of
// them a user.

import { badRequest } from '../base/errors.mjs';
import { DAY } from '../base/time.mjs';
import { parseSoql } from '../soql/parser.mjs';
import { aggregate, planQuery, recordWriter } from '../soql/run.mjs';
import { columnMetadata } from './columns.mjs';
import { json } from '../wire/http.mjs';

const PAGE_ROWS = 2000,
  CURSORS = 10,
  SOQL_LIMIT = 100000;

function batchSize(request) {
  const asked = /batchSize=(\d+)/i.exec(request.headers['sforce-query-options'] ?? '');
  return asked ? Math.min(PAGE_ROWS, Math.max(200, Number(asked[1]))) : PAGE_ROWS;
}

export function checkedSoql(soql) {
  if (!soql) throw badRequest('MALFORMED_QUERY', 'SOQL statements cannot be empty or null');
  if (soql.length > SOQL_LIMIT) throw badRequest('MALFORMED_QUERY', 'SOQL statement too long');
  return parseSoql(soql);
}

const runQuery = (all) => (ctx, request) => {
  const query = checkedSoql(request.query.get('q'));
  if (request.query.get('columns') === 'true') return columnMetadata(ctx, query, all);
  if (query.count || query.groupBy.length || query.select.some((item) => item.kind === 'aggregate')) {
    return json(200, aggregate(ctx, query, all));
  }
  const plan = planQuery(ctx, query, all);
  return page(
    ctx,
    { rows: plan.rows(), plan, all, user: ctx.user, born: ctx.org.now() },
    0,
    batchSize(request),
    null,
  );
};

function page(ctx, cursor, from, size, name) {
  const { org } = ctx;
  const to = Math.min(cursor.rows.length, from + Math.min(size, org.options.restPageRows)),
    done = to === cursor.rows.length;
  const write = recordWriter(ctx, cursor.plan);
  const answer = { totalSize: cursor.rows.length, done };
  if (!done) {
    const id = name ?? openCursor(org, cursor);
    answer.nextRecordsUrl = `/services/data/v${ctx.version}/query/${id}-${to}`;
    cursor.size = size;
  }
  for (const fault of org.jobFaults) if (fault.kind === 'wrong_total') answer.totalSize += fault.off;
  answer.records = cursor.rows.slice(from, to).map(write);
  return json(200, answer);
}

function openCursor(org, cursor) {
  const id = org.ids.text(org.ids.key('01g', 62 ** 5 * 20 + org.cursorSerial++));
  org.cursors.set(id, cursor);
  const mine = [...org.cursors].filter(([, one]) => one.user === cursor.user);
  while (mine.length > CURSORS) org.cursors.delete(mine.shift()[0]);
  return id;
}

function more(ctx, _request, { locator }) {
  const match = /^(01g[A-Za-z0-9]{12,15})-(\d+)$/.exec(locator);
  const cursor = match && ctx.org.cursors.get(match[1]);
  if (
    !cursor ||
    cursor.user !== ctx.user ||
    ctx.org.now() - cursor.born > 2 * DAY ||
    Number(match[2]) > cursor.rows.length
  ) {
    throw badRequest('INVALID_QUERY_LOCATOR', 'invalid query locator');
  }
  return page(ctx, cursor, Number(match[2]), cursor.size, match[1]);
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [
  ['GET', '/services/data/v:version/query', runQuery(false)],
  ['GET', '/services/data/v:version/queryAll', runQuery(true)],
  ['GET', '/services/data/v:version/query/:locator', more],
  ['GET', '/services/data/v:version/queryAll/:locator', more],
];
