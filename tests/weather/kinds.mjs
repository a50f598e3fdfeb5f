// Every kind of request that the client sends, and in which command it is met.

/**
 * @typedef {object} Kind
 * @property {string} name
 * @property {'connect' | 'check' | 'setup' | 'sync' | 'disconnect'} during
 * @property {string} method
 * @property {string} path regular expression against path and query
 * @property {boolean} [once] repeating it could do the thing twice
 * @property {boolean} [outbox] an entry of the outbox: its failure does not fail the command
 * @property {boolean} [bodiless] a good answer has no body
 * @property {boolean} [csv] the answer is a page of rows
 * @property {boolean} [bulk] creates a Bulk job
 * @property {'made' | 'running' | 'rows'} [ingest] of a Bulk ingest job: while it is made, scores can go without it;
 *   once it runs, it and the lists of its rows are waited for, if need be by the next run
 * @property {boolean} [rest] is of a window that is read by REST: whose answer nobody can read is Bulk's then
 * @property {boolean} [pull] is of the pull of one object: its failure leaves the others alone
 * @property {boolean} [alone] one object's pull alone sends it
 * @property {boolean} [anonymous] carries no session
 * @property {boolean} [open] answers whatever the session
 * @property {boolean} [optional] its failure changes nothing
 * @property {boolean} [whole] though optional, it ends the command when its error is one that every request would meet
 * @property {number} [hours] that pass before it is sent again
 * @property {string} [form] what the body has, where the path alone does not tell
 * @property {boolean} [expired] the session has expired before
 * @property {boolean} [question] is put again by the next run when it got no answer
 * @property {number} [days] is sent now and then: so many days pass before
 * @property {any} [first] weather that makes this kind happen
 * @property {boolean} [slow] not met by all weather, as each cell takes seconds
 * @property {'keyless' | 'many' | 'long' | 'wide'} [org] of another kind: without the key field of Tasks; with enough
 *   accounts for Bulk ingest; with more contacts than a page has rows; read by REST, with records so wide that the
 *   accounts need two pages
 */

const lostPost = { match: { method: 'POST', path: '/sobjects/FeedItem' }, fault: { kind: 'lost' } };
const lostTask = { match: { method: 'POST', path: '/composite/sobjects$' }, fault: { kind: 'lost' } };
const lostUpload = { match: { method: 'PUT', path: '/jobs/ingest/\\w+/batches$' }, fault: { kind: 'lost' } };
const stuckJob = { match: { method: 'POST', path: '/jobs/query$' }, fault: { kind: 'slow_job', ms: 2 * 3_600_000 } };
const timedOut = { match: { method: 'POST', path: '/jobs/query$', body: 'FROM Account WHERE' }, fault: { kind: 'failed_job', message: 'QUERY_TIMEOUT' }, times: 4 };

/** In the order in which a life meets them; a request is of the first kind whose method, path and form fit. @type {Kind[]} */
export const KINDS = [
  { name: 'token by code', during: 'connect', method: 'POST', path: '/oauth2/token', form: 'authorization_code', once: true, anonymous: true },
  { name: 'identity', during: 'connect', method: 'GET', path: '^/id/' },
  { name: 'versions', during: 'connect', method: 'GET', path: '/services/data$', open: true },
  { name: 'describe global', during: 'check', method: 'GET', path: '/sobjects$' },
  { name: 'permissions', during: 'check', method: 'GET', path: '/query.*UserPermissionAccess$' },
  { name: 'describe one', during: 'check', method: 'GET', path: '/sobjects/\\w+/describe' },
  { name: 'delete query', during: 'check', method: 'DELETE', path: '/jobs/query/\\w+$', optional: true, bodiless: true },
  { name: 'find fields', during: 'setup', method: 'GET', path: '/tooling/query' },
  { name: 'create field', during: 'setup', method: 'POST', path: '/tooling/sobjects/CustomField', once: true },
  { name: 'find set', during: 'setup', method: 'GET', path: '/query.*FROM.PermissionSet.WHERE' },
  { name: 'create set', during: 'setup', method: 'POST', path: '/sobjects/PermissionSet$', once: true },
  { name: 'find object access', during: 'setup', method: 'GET', path: '/query.*FROM.ObjectPermissions' },
  { name: 'create object access', during: 'setup', method: 'POST', path: '/sobjects/ObjectPermissions', once: true },
  { name: 'find access', during: 'setup', method: 'GET', path: '/query.*FROM.FieldPermissions' },
  { name: 'create access', during: 'setup', method: 'POST', path: '/sobjects/FieldPermissions', once: true },
  { name: 'find assignment', during: 'setup', method: 'GET', path: '/query.*FROM.PermissionSetAssignment' },
  { name: 'assign set', during: 'setup', method: 'POST', path: '/sobjects/PermissionSetAssignment', once: true },
  { name: 'token by refresh', during: 'sync', method: 'POST', path: '/oauth2/token', form: 'grant_type=refresh_token', once: true, anonymous: true, expired: true },
  { name: 'limits', during: 'sync', method: 'GET', path: '/limits$', optional: true, hours: 7 },
  { name: 'count rows', during: 'sync', method: 'GET', path: '/limits/recordCount', optional: true, whole: true, hours: 25 },
  { name: 'describe all', during: 'sync', method: 'POST', path: '/composite$' },
  { name: 'create job', during: 'sync', pull: true, method: 'POST', path: '/jobs/query$', bulk: true },
  { name: 'poll', during: 'sync', pull: true, method: 'GET', path: '/jobs/query/\\w+$' },
  { name: 'first and last id', during: 'sync', pull: true, method: 'GET', path: '/queryAll.*ORDER.BY.Id', alone: true, first: timedOut, slow: true },
  { name: 'result pages', during: 'sync', method: 'GET', path: '/jobs/query/\\w+/resultPages', optional: true, days: 8, slow: true, org: 'long' },
  { name: 'page', during: 'sync', pull: true, method: 'GET', path: '/jobs/query/\\w+/results', csv: true },
  { name: 'rest first page', during: 'sync', pull: true, rest: true, method: 'GET', path: '/queryAll\\?.*WHERE.SystemModstamp', org: 'wide' },
  { name: 'rest next page', during: 'sync', pull: true, rest: true, alone: true, method: 'GET', path: '/query/01g\\w+-\\d+$', org: 'wide' },
  { name: 'find who is to be forgotten', during: 'sync', method: 'GET', path: '/query.*ShouldForget', question: true, days: 8 },
  { name: 'what accounts show', during: 'sync', method: 'GET', path: '/query.*LastModifiedById', question: true },
  { name: 'update fields', during: 'sync', method: 'PATCH', path: '/composite/sobjects$', outbox: true },
  { name: 'upsert task', during: 'sync', method: 'PATCH', path: '/composite/sobjects/Task/Perly_Key__c$', outbox: true },
  { name: 'create post', during: 'sync', method: 'POST', path: '/sobjects/FeedItem', outbox: true, once: true },
  { name: 'find post', during: 'sync', method: 'GET', path: '/query.*FROM.AccountFeed', outbox: true, first: lostPost },
  { name: 'abort query', during: 'sync', method: 'PATCH', path: '/jobs/query/\\w+$', first: stuckJob, optional: true, slow: true },
  { name: 'create task', during: 'sync', method: 'POST', path: '/composite/sobjects$', outbox: true, once: true, org: 'keyless' },
  { name: 'find task', during: 'sync', method: 'GET', path: '/query.*FROM.Task.WHERE', outbox: true, first: lostTask, org: 'keyless' },
  { name: 'create ingest', during: 'sync', method: 'POST', path: '/jobs/ingest$', outbox: true, ingest: 'made', org: 'many' },
  { name: 'upload', during: 'sync', method: 'PUT', path: '/jobs/ingest/\\w+/batches$', outbox: true, ingest: 'made', once: true, bodiless: true, org: 'many' },
  { name: 'close', during: 'sync', method: 'PATCH', path: '/jobs/ingest/\\w+$', form: 'UploadComplete', outbox: true, ingest: 'made', once: true, org: 'many' },
  { name: 'poll ingest', during: 'sync', method: 'GET', path: '/jobs/ingest/\\w+$', outbox: true, ingest: 'running', org: 'many' },
  { name: 'rows done', during: 'sync', method: 'GET', path: '/jobs/ingest/\\w+/successfulResults/$', outbox: true, ingest: 'rows', org: 'many' },
  { name: 'rows refused', during: 'sync', method: 'GET', path: '/jobs/ingest/\\w+/failedResults/$', outbox: true, ingest: 'rows', org: 'many' },
  { name: 'abort ingest', during: 'sync', method: 'PATCH', path: '/jobs/ingest/\\w+$', form: 'Aborted', first: lostUpload, optional: true, org: 'many' },
  { name: 'delete ingest', during: 'sync', method: 'DELETE', path: '/jobs/ingest/\\w+$', optional: true, bodiless: true, org: 'many' },
  { name: 'revoke', during: 'disconnect', method: 'POST', path: '/oauth2/revoke', anonymous: true, bodiless: true, optional: true },
];
