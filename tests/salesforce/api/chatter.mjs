// Connect (Chatter) API: feed elements. Its own hourly cap a user answers 503, or 429 by another page; with Chatter
// off every path answers 403.

import { ApiError, badRequest, notFound } from '../base/errors.mjs';
import { HOUR, restTime } from '../base/time.mjs';
import { insert, remove } from '../store/dml.mjs';
import { LIVE } from '../store/table.mjs';
import { empty, json, jsonOf } from '../wire/http.mjs';

const MOST_MENTIONS = 25,
  MOST_IN_BATCH = 500;

/** Wraps a handler: Chatter on, permission held, cap not reached. */
const guarded = (handler) => (ctx, request, params) => {
  const { org } = ctx;
  if (!org.options.chatter || !org.access.permission(ctx.user, 'ChatterInternalUser')) {
    throw new ApiError(
      403,
      'FUNCTIONALITY_NOT_ENABLED',
      'Chatter is not enabled for this user or organization',
    );
  }
  org.chatterCalls ??= [];
  org.chatterCalls = org.chatterCalls.filter((one) => one.at > org.now() - HOUR);
  if (org.chatterCalls.filter((one) => one.user === ctx.user).length >= org.options.chatterHourly) {
    throw new ApiError(
      org.options.chatterLimitStatus,
      'SERVICE_UNAVAILABLE',
      'The hourly request limit of this user and application is reached',
    );
  }
  org.chatterCalls.push({ at: org.now(), user: ctx.user });
  return handler(ctx, request, params);
};

/** Message segments as the text that the feed shows; a mention shows the name. */
function textOf(ctx, segments) {
  if (!Array.isArray(segments) || !segments.length)
    throw badRequest('MISSING_ARGUMENT', 'body.messageSegments is required');
  if (segments.filter((segment) => segment.type === 'Mention').length > MOST_MENTIONS) {
    throw badRequest('LIMIT_EXCEEDED', `A post can mention at most ${MOST_MENTIONS} people`);
  }
  return segments
    .map((segment) => {
      if (segment.type === 'Text') return segment.text ?? '';
      if (segment.type === 'Link') return segment.url ?? '';
      if (segment.type === 'Hashtag') return `#${segment.tag}`;
      if (segment.type === 'Mention') return `@${userName(ctx, segment.id)}`;
      if (segment.type === 'MarkupBegin' || segment.type === 'MarkupEnd') return '';
      throw badRequest('JSON_PARSER_ERROR', `Unknown segment type: ${segment.type}`);
    })
    .join('');
}

function userName(ctx, id) {
  const users = ctx.org.tables.get('User'),
    row = users.rowOf(ctx.org.ids.parse(id ?? ''));
  if (row < 0) throw badRequest('INVALID_ID_FIELD', `Invalid identifier: ${id}`);
  return [users.get(row, 'FirstName'), users.get(row, 'LastName')].filter(Boolean).join(' ');
}

function inputOf(request) {
  if (request.query.get('text') === null) return jsonOf(request);
  return {
    feedElementType: request.query.get('feedElementType'),
    subjectId: request.query.get('subjectId'),
    body: { messageSegments: [{ type: 'Text', text: request.query.get('text') }] },
  };
}

function postOne(ctx, input) {
  if (input.feedElementType !== 'FeedItem')
    throw badRequest('INVALID_ENUM_VALUE', 'feedElementType must be FeedItem');
  const found = ctx.org.find(ctx.org.ids.parse(input.subjectId ?? ''));
  if (!found || found.table.life[found.row] !== LIVE) {
    throw badRequest('INVALID_ID_FIELD', `Invalid identifier: ${input.subjectId}`);
  }
  const key = insert(ctx, 'FeedItem', {
    ParentId: input.subjectId,
    Body: textOf(ctx, input.body?.messageSegments),
    Type: 'TextPost',
  });
  return element(ctx, ctx.org.tables.get('FeedItem').rowOf(key));
}

function element(ctx, row) {
  const { org } = ctx;
  const table = org.tables.get('FeedItem'),
    id = org.ids.text(table.keyOf(row));
  const base = `/services/data/v${ctx.version}/chatter`;
  const parent = org.ids.text(table.get(row, 'ParentId')),
    actor = org.ids.text(table.get(row, 'CreatedById'));
  const text = table.get(row, 'Body') ?? '';
  return {
    actor: { id: actor, displayName: userName(ctx, actor), type: 'User', url: `${base}/users/${actor}` },
    body: {
      isRichText: table.get(row, 'IsRichText'),
      messageSegments: [{ type: 'Text', text, htmlId: null }],
      text,
    },
    capabilities: {},
    createdDate: restTime(table.get(row, 'CreatedDate')).replace('+0000', 'Z'),
    feedElementType: 'FeedItem',
    id,
    modifiedDate: restTime(table.get(row, 'LastModifiedDate')).replace('+0000', 'Z'),
    parent: {
      id: parent,
      type: org.find(table.get(row, 'ParentId'))?.table.name ?? null,
      url: `${base}/records/${parent}`,
    },
    type: table.get(row, 'Type'),
    url: `${base}/feed-elements/${id}`,
    visibility: table.get(row, 'Visibility'),
  };
}

const create = (ctx, request) => json(201, postOne(ctx, inputOf(request)));

function batch(ctx, request) {
  const inputs = jsonOf(request).inputs ?? [];
  if (inputs.length > MOST_IN_BATCH) throw badRequest('LIMIT_EXCEEDED', `At most ${MOST_IN_BATCH} inputs`);
  const results = inputs.map((input) => {
    try {
      return { statusCode: 201, result: postOne(ctx, input.richInput ?? input) };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return { statusCode: error.status, result: error.body() };
    }
  });
  return json(201, { hasErrors: results.some((one) => one.statusCode >= 400), results });
}

function rowOf(ctx, id) {
  const table = ctx.org.tables.get('FeedItem'),
    row = table.rowOf(ctx.org.ids.parse(id));
  if (row < 0 || table.life[row] !== LIVE) throw notFound();
  return row;
}

const read = (ctx, _request, { id }) => json(200, element(ctx, rowOf(ctx, id)));

function drop(ctx, _request, { id }) {
  rowOf(ctx, id);
  remove(ctx, 'FeedItem', id);
  return empty(204);
}

function recordFeed(ctx, _request, { id }) {
  const { org } = ctx;
  const table = org.tables.get('FeedItem'),
    parent = org.ids.parse(id),
    elements = [];
  for (let row = table.count - 1; row >= 0 && elements.length < 25; row--) {
    if (table.life[row] === LIVE && table.get(row, 'ParentId') === parent) elements.push(element(ctx, row));
  }
  return json(200, {
    currentPageUrl: `/services/data/v${ctx.version}/chatter/feeds/record/${id}/feed-elements`,
    elements,
    nextPageUrl: null,
  });
}

function me(ctx) {
  const id = ctx.org.ids.text(ctx.user);
  return json(200, {
    id,
    displayName: userName(ctx, id),
    isActive: true,
    type: 'User',
    url: `/services/data/v${ctx.version}/chatter/users/${id}`,
  });
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [
  ['POST', '/services/data/v:version/chatter/feed-elements', guarded(create)],
  ['POST', '/services/data/v:version/chatter/feed-elements/batch', guarded(batch)],
  ['GET', '/services/data/v:version/chatter/feed-elements/:id', guarded(read)],
  ['DELETE', '/services/data/v:version/chatter/feed-elements/:id', guarded(drop)],
  ['GET', '/services/data/v:version/chatter/feeds/record/:id/feed-elements', guarded(recordFeed)],
  ['GET', '/services/data/v:version/chatter/users/me', guarded(me)],
];
