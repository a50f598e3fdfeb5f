// Every kind of request that the client sends, and in which command it is met. builders.test.mjs compares this list
// with the code: each function of core/salesforce that makes a request or its SOQL, in each file of core/sync that
// calls it, is named by a kind.

/**
 * @typedef {object} Kind
 * @property {string} name
 * @property {string[]} by what makes it: files of core/sync, each with functions of core/salesforce
 * @property {string} [as] the same request as of that kind, sent by another command
 * @property {keyof typeof COMMANDS} during
 * @property {string} method
 * @property {string} path regular expression against path and query
 * @property {boolean} [once] repeating it could do the thing twice
 * @property {boolean} [outbox] an entry of the outbox: its failure does not fail the command
 * @property {boolean} [bodiless] a good answer has no body, or none that is read
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
 * @property {string} [stays] without an answer the command ends with this error, which it had before
 * @property {number} [hours] that pass before it is sent again
 * @property {string} [form] what the body has, where the path alone does not tell
 * @property {boolean} [expired] the session has expired before
 * @property {boolean} [question] is put again by the next run when it got no answer
 * @property {number} [days] is sent now and then: so many days pass before
 * @property {any} [first] weather that makes this kind happen
 * @property {boolean} [slow] met by one weather of each class alone: a cell takes seconds, or another kind is the same
 *   request
 * @property {'jwt' | 'credentials'} [login] how the connection logs in, if not in a browser
 * @property {keyof typeof import('./orgs.mjs').ORGS} [org] of another kind
 */

/** What `perly` is told; who connects is asked, and for the outbox alone there are no words. @type {Record<string, (world: import('./world.mjs').World) => string[]>} */
export const COMMANDS = {
  connect: () => [],
  check: () => ['check'],
  setup: () => ['setup'],
  assign: (world) => ['setup', '--assign', world.other],
  readers: (world) => ['setup', '--readers', world.reader],
  undo: () => ['setup', '--undo', '--yes'],
  import: (world) => ['signals', 'import', world.signals],
  sync: () => ['sync'],
  push: () => [],
  disconnect: () => ['disconnect', '--yes'],
};

const lostPost = { match: { method: 'POST', path: '/sobjects/FeedItem' }, fault: { kind: 'lost' } };
const lostTask = { match: { method: 'POST', path: '/composite/sobjects$' }, fault: { kind: 'lost' } };
const notPosted = { ...lostPost, fault: { kind: 'drop' } };
const notTasked = { ...lostTask, fault: { kind: 'drop' } };
const lostUpload = { match: { method: 'PUT', path: '/jobs/ingest/\\w+/batches$' }, fault: { kind: 'lost' } };
const stuckJob = { match: { method: 'POST', path: '/jobs/query$' }, fault: { kind: 'slow_job', ms: 2 * 3_600_000 } };
const timedOut = { match: { method: 'POST', path: '/jobs/query$', body: 'FROM Account WHERE' }, fault: { kind: 'failed_job', message: 'QUERY_TIMEOUT' }, times: 4 };

/** In the order in which a life meets them; a request is of the first kind whose method, path and form fit. @type {Kind[]} */
const SENT = [
  { name: 'token by code', by: ['connect sf_oauth_by_code'], during: 'connect', method: 'POST', path: '/oauth2/token', form: 'authorization_code', once: true, anonymous: true },
  { name: 'token by assertion', by: ['grant sf_oauth_by_assertion'], during: 'connect', method: 'POST', path: '/oauth2/token', form: 'jwt-bearer', anonymous: true, login: 'jwt' },
  { name: 'token by credentials', by: ['grant sf_oauth_by_client_credentials'], during: 'connect', method: 'POST', path: '/oauth2/token', form: 'grant_type=client_credentials', anonymous: true, login: 'credentials' },
  { name: 'identity', by: ['connect sf_identity'], during: 'connect', method: 'GET', path: '^/id/' },
  { name: 'versions', by: ['connect sf_versions'], during: 'connect', method: 'GET', path: '/services/data$', open: true },
  { name: 'describe global', by: ['check sf_describe_global'], during: 'check', method: 'GET', path: '/sobjects$' },
  { name: 'permissions', by: ['check sf_permissions_soql'], during: 'check', method: 'GET', path: '/query.*UserPermissionAccess$' },
  { name: 'describe one', by: ['check sf_describe'], during: 'check', method: 'GET', path: '/sobjects/\\w+/describe' },
  { name: 'who shares all', by: ['check sf_shared_soql'], during: 'check', method: 'GET', path: '/query.*FROM.ObjectPermissions.*AssigneeId', org: 'blind' },
  { name: 'delete query', by: ['check sf_bulk_query_delete'], during: 'check', method: 'DELETE', path: '/jobs/query/\\w+$', optional: true, bodiless: true },
  { name: 'find fields', by: ['setup sf_own_fields_soql'], during: 'setup', method: 'GET', path: '/tooling/query' },
  { name: 'create field', by: ['setup sf_own_field_create'], during: 'setup', method: 'POST', path: '/tooling/sobjects/CustomField', once: true },
  { name: 'find set', by: ['setup sf_permission_set_soql'], during: 'setup', method: 'GET', path: '/query.*FROM.PermissionSet.WHERE.Name' },
  { name: 'create set', by: ['setup sf_permission_set_create'], during: 'setup', method: 'POST', path: '/sobjects/PermissionSet$', once: true },
  { name: 'find object access', by: ['setup sf_object_permission_soql'], during: 'setup', method: 'GET', path: '/query.*FROM.ObjectPermissions' },
  { name: 'create object access', by: ['setup sf_object_permission_create'], during: 'setup', method: 'POST', path: '/sobjects/ObjectPermissions', once: true },
  { name: 'find access', by: ['setup sf_field_permissions_soql'], during: 'setup', method: 'GET', path: '/query.*FROM.FieldPermissions' },
  { name: 'create access', by: ['setup sf_field_permission_create'], during: 'setup', method: 'POST', path: '/sobjects/FieldPermissions', once: true },
  { name: 'find assignment', by: ['setup sf_assignment_soql'], during: 'setup', method: 'GET', path: '/query.*FROM.PermissionSetAssignment.*AssigneeId' },
  { name: 'assign set', by: ['setup sf_assignment_create'], during: 'setup', method: 'POST', path: '/sobjects/PermissionSetAssignment', once: true },
  { name: 'find user', by: ['setup sf_user_soql'], during: 'assign', method: 'GET', path: '/query.q.*FROM.User.WHERE.Username' },
  { name: 'find reader', by: ['setup_readers sf_reader_soql'], during: 'readers', method: 'GET', path: '/query.*FROM.PermissionSet.*Profile' },
  { name: 'find assignments', by: ['setup_undo sf_assignments_soql'], during: 'undo', method: 'GET', path: "/query.*FROM.PermissionSetAssignment.WHERE.PermissionSetId.%3D.%27\\w+%27$" },
  { name: 'delete assignment', by: ['setup_undo sf_record_delete'], during: 'undo', method: 'DELETE', path: '/sobjects/PermissionSetAssignment/', bodiless: true },
  { name: 'delete set', by: ['setup_undo sf_record_delete'], during: 'undo', method: 'DELETE', path: '/sobjects/PermissionSet/', bodiless: true },
  { name: 'delete access', by: ['setup_undo sf_record_delete'], during: 'undo', method: 'DELETE', path: '/sobjects/FieldPermissions/', bodiless: true, org: 'shared set' },
  { name: 'delete object access', by: ['setup_undo sf_record_delete'], during: 'undo', method: 'DELETE', path: '/sobjects/ObjectPermissions/', bodiless: true, org: 'shared set' },
  { name: 'delete field', by: ['setup_undo sf_own_field_delete'], during: 'undo', method: 'DELETE', path: '/tooling/sobjects/CustomField/', bodiless: true },
  { name: 'token by refresh', by: ['grant sf_oauth_by_refresh'], during: 'sync', method: 'POST', path: '/oauth2/token', form: 'grant_type=refresh_token', once: true, anonymous: true, expired: true },
  { name: 'limits', by: ['sync sf_limits'], during: 'sync', method: 'GET', path: '/limits$', optional: true, hours: 7 },
  { name: 'count rows', by: ['counting sf_record_counts'], during: 'sync', method: 'GET', path: '/limits/recordCount', optional: true, whole: true, hours: 25 },
  { name: 'describe all', by: ['describing sf_composite_describe'], during: 'sync', method: 'POST', path: '/composite$' },
  { name: 'create job', by: ['pull sf_bulk_query_create', 'window sf_soql_select'], during: 'sync', pull: true, method: 'POST', path: '/jobs/query$', bulk: true },
  { name: 'poll', by: ['pull sf_bulk_query_poll'], during: 'sync', pull: true, method: 'GET', path: '/jobs/query/\\w+$' },
  { name: 'first and last id', by: ['id_bounds sf_query sf_soql_select'], during: 'sync', pull: true, method: 'GET', path: '/queryAll.*ORDER.BY.Id', alone: true, first: timedOut, slow: true },
  { name: 'result pages', by: ['stream sf_bulk_query_links'], during: 'sync', method: 'GET', path: '/jobs/query/\\w+/resultPages', optional: true, days: 8, slow: true, org: 'long' },
  { name: 'page', by: ['stream sf_bulk_query_page sf_bulk_query_linked'], during: 'sync', pull: true, method: 'GET', path: '/jobs/query/\\w+/results', csv: true },
  { name: 'rest first page', by: ['rest sf_query sf_query_batch'], during: 'sync', pull: true, rest: true, method: 'GET', path: '/queryAll\\?.*WHERE.SystemModstamp', org: 'wide' },
  { name: 'rest next page', by: ['rest sf_query_next'], during: 'sync', pull: true, rest: true, alone: true, method: 'GET', path: '/query/01g\\w+-\\d+$', org: 'wide' },
  { name: 'find who is to be forgotten', by: ['losses sf_query'], during: 'sync', method: 'GET', path: '/query.*ShouldForget', question: true, days: 8 },
  { name: 'what accounts show', by: ['shown sf_query sf_soql_select'], during: 'sync', method: 'GET', path: '/query.*LastModifiedById', question: true },
  { name: 'amend digest', by: ['act sf_collection_update'], during: 'sync', method: 'PATCH', path: '/composite/sobjects$', form: '"Description"', outbox: true, org: 'digest' },
  { name: 'update fields', by: ['push sf_collection_update'], during: 'sync', method: 'PATCH', path: '/composite/sobjects$', outbox: true },
  { name: 'upsert task', by: ['act sf_task_upsert'], during: 'sync', method: 'PATCH', path: '/composite/sobjects/Task/Perly_Key__c$', outbox: true },
  { name: 'create post', by: ['act sf_chatter_post'], during: 'sync', method: 'POST', path: '/sobjects/FeedItem', outbox: true, once: true },
  { name: 'create mention', by: ['act sf_chatter_post_mention'], during: 'sync', method: 'POST', path: '/chatter/feed-elements$', outbox: true, once: true },
  { name: 'find post', by: ['outbox_look sf_chatter_find'], during: 'sync', method: 'GET', path: '/query.*FROM.AccountFeed', outbox: true, first: lostPost },
  { name: 'abort query', by: ['pull sf_bulk_query_abort'], during: 'sync', method: 'PATCH', path: '/jobs/query/\\w+$', first: stuckJob, optional: true, slow: true },
  { name: 'create task', by: ['act sf_task_create'], during: 'sync', method: 'POST', path: '/composite/sobjects$', outbox: true, once: true, org: 'keyless' },
  { name: 'find task', by: ['outbox_look sf_task_find'], during: 'sync', method: 'GET', path: '/query.*FROM.Task.WHERE', outbox: true, first: lostTask, org: 'keyless' },
  { name: 'create ingest', by: ['push_bulk sf_bulk_ingest_create'], during: 'sync', method: 'POST', path: '/jobs/ingest$', outbox: true, ingest: 'made', org: 'many' },
  { name: 'upload', by: ['push_bulk sf_bulk_ingest_upload'], during: 'sync', method: 'PUT', path: '/jobs/ingest/\\w+/batches$', outbox: true, ingest: 'made', once: true, bodiless: true, org: 'many' },
  { name: 'close', by: ['push_bulk sf_bulk_ingest_close'], during: 'sync', method: 'PATCH', path: '/jobs/ingest/\\w+$', form: 'UploadComplete', outbox: true, ingest: 'made', once: true, org: 'many' },
  { name: 'poll ingest', by: ['push_bulk sf_bulk_ingest_poll'], during: 'sync', method: 'GET', path: '/jobs/ingest/\\w+$', outbox: true, ingest: 'running', org: 'many' },
  { name: 'rows done', by: ['push_bulk sf_bulk_ingest_results'], during: 'sync', method: 'GET', path: '/jobs/ingest/\\w+/successfulResults/$', outbox: true, ingest: 'rows', org: 'many' },
  { name: 'rows refused', by: ['push_bulk sf_bulk_ingest_results'], during: 'sync', method: 'GET', path: '/jobs/ingest/\\w+/failedResults/$', outbox: true, ingest: 'rows', org: 'many' },
  { name: 'abort ingest', by: ['push_bulk sf_bulk_ingest_abort'], during: 'sync', method: 'PATCH', path: '/jobs/ingest/\\w+$', form: 'Aborted', first: lostUpload, optional: true, org: 'many' },
  { name: 'delete ingest', by: ['push_bulk sf_bulk_ingest_delete'], during: 'sync', method: 'DELETE', path: '/jobs/ingest/\\w+$', optional: true, bodiless: true, org: 'many' },
  { name: 'revoke', by: ['disconnect sf_oauth_revoke'], during: 'disconnect', method: 'POST', path: '/oauth2/revoke', anonymous: true, bodiless: true, optional: true },
];

/**
 * The same request, sent by another command or by another job, which has its own answer to weather.
 * @param {string} as @param {Partial<Kind> & Pick<Kind, 'name' | 'by' | 'during'>} more @returns {Kind}
 */
function again(as, more) {
  const kind = SENT.find(({ name }) => name === as);
  if (!kind) throw new Error(`no kind ${as}`);
  const { method, path, form, once, anonymous, open, bodiless, bulk } = kind;
  return { as, method, path, form, once, anonymous, open, bodiless, bulk, slow: true, ...more };
}

/** @type {Kind[]} */
const AGAIN = [
  again('identity', { name: 'identity, check', by: ['check sf_identity'], during: 'check' }),
  again('describe all', { name: 'describe all, check', by: ['describing sf_composite_describe'], during: 'check' }),
  again('create job', { name: 'create job, check', by: ['check sf_bulk_query_create'], during: 'check', bulk: false }),
  again('abort query', { name: 'abort query, check', by: ['check sf_bulk_query_abort'], during: 'check', optional: true }),
  again('limits', { name: 'limits, check', by: ['check sf_limits'], during: 'check', bodiless: true }),
  again('describe one', { name: 'describe one, setup', by: ['setup sf_describe'], during: 'setup' }),
  again('delete access', { name: 'delete access, setup', by: ['setup sf_record_delete'], during: 'setup', org: 'weak' }),
  again('find access', { name: 'find access, readers', by: ['setup_readers sf_field_permissions_soql'], during: 'readers' }),
  again('create access', { name: 'create access, readers', by: ['setup_readers sf_field_permission_create'], during: 'readers', bodiless: true }),
  again('find set', { name: 'find set, undo', by: ['setup_undo sf_permission_set_soql'], during: 'undo' }),
  again('find assignment', { name: 'find assignment, undo', by: ['setup_undo sf_assignment_soql'], during: 'undo', org: 'shared set' }),
  again('find access', { name: 'find access, undo', by: ['setup_undo sf_field_permissions_soql'], during: 'undo', org: 'shared set' }),
  again('find object access', { name: 'find object access, undo', by: ['setup_undo sf_object_permission_soql'], during: 'undo', org: 'shared set' }),
  again('find fields', { name: 'find fields, undo', by: ['setup_undo sf_own_fields_soql'], during: 'undo' }),
  again('token by assertion', { name: 'token by assertion, sync', by: ['grant sf_oauth_by_assertion'], during: 'sync', login: 'jwt', expired: true }),
  again('token by credentials', { name: 'token by credentials, sync', by: ['grant sf_oauth_by_client_credentials'], during: 'sync', login: 'credentials', expired: true }),
  again('versions', { name: 'versions, sync', by: ['command sf_versions'], during: 'sync', org: 'older', stays: 'SF_RECORD_GONE' }),
  again('versions', { name: 'versions, import', by: ['cycle sf_versions'], during: 'import', bodiless: true }),
  again('versions', { name: 'versions, push', by: ['outbox sf_versions'], during: 'push', bodiless: true, org: 'one score' }),
  again('describe one', { name: 'describe one, outbox', by: ['outbox sf_describe'], during: 'sync', outbox: true }),
  again('delete query', { name: 'delete query, sync', by: ['pull sf_bulk_query_delete'], during: 'sync', optional: true, org: 'long', days: 8 }),
  again('rest next page', { name: 'next to be forgotten', by: ['losses sf_query_next'], during: 'sync', org: 'paged', days: 8, question: true }),
  again('rest next page', { name: 'next accounts shown', by: ['shown sf_query_next'], during: 'sync', org: 'paged', question: true }),
  again('rest next page', { name: 'next posts', by: ['outbox_look sf_query_next'], during: 'sync', org: 'chatty', first: notPosted, outbox: true }),
  again('rest next page', { name: 'next tasks', by: ['outbox_look sf_query_next'], during: 'sync', org: 'chatty, keyless', first: notTasked, outbox: true }),
];

export const KINDS = [...SENT, ...AGAIN];
