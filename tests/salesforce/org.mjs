// A Salesforce org in memory: clock, schema, tables, users and who may do what. Knows nothing of HTTP.

import { createAuth } from './api/oauth.mjs';
import { createClock } from './wire/clock.mjs';
import { createIdSpace } from './base/ids.mjs';
import { ApiError } from './base/errors.mjs';
import { createMeter } from './base/meter.mjs';
import { createRandom, hash32 } from './base/random.mjs';
import { createAccess } from './store/access.mjs';
import { Table } from './store/table.mjs';
import { createFaults } from './wire/faults.mjs';
import { editionSwitches } from './editions.mjs';
import { createSchema } from './schema/schema.mjs';
import { generate } from './generate/generate.mjs';

/** Every switch of an org, with the value it has when nothing is said. */
export const DEFAULTS = {
  seed: 1,
  accounts: 200,
  /** `real` follows the machine's clock; `virtual` stands still until it is moved. */
  clock: 'real',
  /** ms of org time at the start; null: now for a real clock, a fixed morning for a virtual one. */
  start: null,
  /** One of editions.mjs: sets the daily calls, long requests at once, custom fields and what else depends on it. */
  edition: null,
  /** Users with a Salesforce licence, for the calls that an edition allows. */
  licences: 50,
  organizationType: 'Enterprise Edition',
  /** false: an edition without the API. */
  api: true,
  rotate: true,
  /** Consent is given without a page, so that a program can walk the flow. */
  autoConsent: true,
  /** Idle minutes after which an access token expires; use extends it. */
  sessionMinutes: 120,
  refreshIdleDays: 30,
  apiVersion: 66,
  /** Daily API requests and Bulk query jobs of the org, shared with its other applications. */
  dailyRequests: 100000,
  /** Requests that have run for 20 seconds at once; one more is refused. */
  concurrentRequests: 25,
  /** Custom fields an object may have. */
  customFields: 500,
  dailyQueryJobs: 10000,
  /** MB of Bulk query results a day. */
  dailyQueryMB: 976562,
  /** Rows in a page of REST at most, whatever the caller says: where rows are wide there are fewer. */
  restPageRows: 2000,
  chatter: true,
  /** Chatter (Connect) requests a user may make in an hour. */
  chatterHourly: 1000,
  contactsToMultipleAccounts: false,
  /** Shared Activities: up to 50 contacts an activity, each in a TaskRelation or EventRelation. */
  sharedActivities: false,
  /** EUR is the corporate currency; USD and GBP have rates. */
  multiCurrency: false,
  /** Advanced currency management: rates by date, in DatedConversionRate. Only with multiCurrency. */
  datedRates: false,
  /** An EmailMessage behind each e-mail's Task, as orgs with Enhanced Email have. */
  enhancedEmail: true,
  /** EmailMessageRelation, which real orgs with Enhanced Email always have: whom each message was from and to. */
  emailRelations: false,
  /** OpportunityFieldHistory: stage, amount and close date are tracked. */
  fieldHistory: true,
  /** Data protection records: one contact in twenty has an Individual. */
  individuals: true,
  /** One account in eight is a person. */
  personAccounts: false,
  sandbox: false,
  /** Account and Opportunity have record types; describes and rows tell them. */
  recordTypes: false,
  /** States and countries are picklists: a code beside each text. */
  statePicklists: false,
  /** System permissions that this edition does not know: their columns do not exist. */
  withoutPermissions: [],
  /** A change of rights, field-level security among them, moves Last-Modified of describes (not documented). */
  rightsInDescribes: true,
  /** ms by which the server's clock, in every Date header, is ahead of the truth. */
  skewMs: 0,
  /** ms by which the clock of processes under test is ahead of the server's. */
  clientSkewMs: 0,
  /** Activity tells nothing about who leaves. */
  nullOrg: false,
  /** A bulk job takes 20 s for 250,000 rows and a result 4 MB/s, in org time. */
  pace: false,
  /** Ask for spellings that are rare but legal: ints as `0.0`, doubles in scientific form, NUL bytes. */
  quirks: false,
  /** JSON over many lines, as after `X-PrettyPrint: 1`. */
  prettyPrint: false,
  /** Share of rows that become visible later than their stamp says, and by how much at most. */
  lateShare: 0,
  lateSeconds: 90,
  /** Keep the bytes of result pages once made: for measuring clients, at the price of memory. */
  keepPages: false,
  /** The book of requests keeps query, headers and body as well, secrets included. */
  record: false,
  /** Bulk jobs with ORDER BY or LIMIT over more rows fail with QUERY_TIMEOUT. */
  orderByLimit: 500000,
  /** Bulk jobs with more rows fail with QUERY_TIMEOUT; a narrower window does not. null: none does. */
  timeoutRows: null,
  /** Ids that getUpdated and getDeleted tell in one answer; more is EXCEEDED_ID_LIMIT. */
  replicationIds: 600000,
  /** ms: the log of deletions was emptied then; getDeleted tells it as earliestDateAvailable. */
  deletedSince: null,
  /** Rows in a page of Bulk results when the caller does not say. */
  pageRows: 50000,
  // Where what is known about the platform disagrees, the other reading.
  /** `invalid_request` for a wrong verifier, as older pages have it. */
  verifierError: 'invalid_grant',
  /** `access-denied`, as a help page prints it, for a person who says no. */
  deniedError: 'access_denied',
  /** `invalid_client` for an assertion that nobody of the app signed. */
  assertionError: 'invalid_grant',
  /** 401 where client and secret in a Basic header are wrong. */
  basicErrorStatus: 400,
  /** `few`: sessions of programs come without issued_at and signature; `more`: with keys of newer apps, and expires_in. */
  tokenKeys: 'usual',
  /** false: the list of versions is for those with a session. */
  openVersions: true,
  /** 429 where Connect's limit of an hour is reached. */
  chatterLimitStatus: 503,
  /** Another instance_url in token answers, as after a migration or with another My Domain; empty: the server's. */
  instanceUrl: '',
  /** `INSUFFICIENT_ACCESS_OR_READONLY`, `NOT_FOUND` or `INVALID_TYPE` for who may not make fields. */
  setupRefusal: 'INSUFFICIENT_ACCESS',
  /** `INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY` for a record that points to one that is not to be seen. */
  unseenError: 'INVALID_CROSS_REFERENCE_KEY',
  /** `EXCEEDED_QUOTA` where the Bulk queries of the day are used up. */
  bulkLimitError: 'LIMIT_EXCEEDED',
  /** false: Bulk takes no ORDER BY and no LIMIT, as before v60. */
  bulkOrder: true,
  /** `FUNCTIONALITY_NOT_ENABLED` (as haoide#137 has it of Bulk API 1.0) for what Bulk cannot select. */
  bulkRefusal: 'API_ERROR',
  /** true: Bulk takes convertCurrency(), which its guide does not name among what it refuses. */
  bulkCurrency: false,
  /** true: Bulk takes FIELDS(STANDARD), as the reference of SOQL says. */
  bulkFields: false,
  /** 404 for results that are asked for before the job is complete. */
  earlyResultsStatus: 400,
  /** ms until Bulk knows a new field that describe shows already. */
  bulkFieldLagMs: 0,
  /** true: being archived moves the SystemModstamp of an activity. */
  archivingStamps: false,
  /** `first`: only the first page of results has the line of names. */
  headerRows: 'every',
  /** `offset`: `+0000`; `bare`: `Z` without milliseconds. */
  bulkTimes: 'Z',
  /** `empty`: a result without rows has no line of names either. */
  emptyResult: 'header',
  /** false: there is no resultPages, as before v58. */
  resultPages: true,
  /** `link`: resultPages tells `resultLink` and `nextRecordUrl`. */
  resultPageKeys: 'url',
  /** `plain`: the contentUrl of an ingest job has no `v`; `slash`: it begins with one. */
  contentUrl: 'usual',
  /** `offset`: a locator is a number in base64, as it was. */
  locators: 'file',
  /** HTTP status of a custom field that exists already. */
  duplicateFieldStatus: 400,
  /** The ids in the identity url have 15 characters. */
  shortIds: false,
  redirectUris: ['http://localhost:8717/callback', 'http://127.0.0.1:8717/callback'],
  /** Without it the tables are empty but for the users. */
  generated: true,
};

const VIRTUAL_START = Date.UTC(2026, 10, 23, 8);

/**
 * Make an org and fill it.
 * @param {Partial<typeof DEFAULTS>} [given]
 */
export function createOrg(given = {}) {
  const licences = given.licences ?? DEFAULTS.licences;
  const options = { ...DEFAULTS, ...editionSwitches(given.edition, licences), ...given };
  const clock = createClock(
    options.clock,
    options.start ?? (options.clock === 'virtual' ? VIRTUAL_START : null),
  );
  const seedText = hash32(`org ${options.seed}`)
    .toString(36)
    .replace(/[^a-z0-9]/g, '')
    .padEnd(4, '0');
  const ids = createIdSpace(`F${seedText.at(-1)}`);
  const schema = createSchema(options, clock.now() - 400 * 86400000);
  const org = {
    options,
    clock,
    ids,
    schema,
    now: () => clock.now(),
    random: (name) => createRandom(options.seed, name),
    tables: new Map(),
    /** Hidden truth per account row, never served: used by tests to judge a score. */
    truth: new Map(),
    locks: new Map(),
    validationRules: [],
    counters: {},
    calls: {},
    faults: createFaults(),
    jobFaults: [],
    requests: [],
    /** When each request that is in hand arrived. */
    inHand: new Set(),
    arrivals: 0,
    jobs: new Map(),
    cursors: new Map(),
    find: (key) => findRow(org, key),
  };
  org.shuffler = createRandom(options.seed, 'order of results');
  org.cursorSerial = org.jobSerial = org.fieldSerial = 1;
  org.born = clock.now();
  org.begin = () => begin(org);
  /** Something that happens in the org at a time; if it no longer can (a record is gone), it does not. */
  org.later = (at, act) =>
    clock.schedule(at, () => {
      try {
        act();
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
    });
  /** API requests counted against the day: ours and those of "other applications". */
  org.meter = createMeter(org.now);
  org.usage = () => org.meter.count('requests') + org.meter.count('other');
  addTables(org);
  org.access = createAccess(org);
  generate(org);
  org.auth = createAuth(org);
  return org;
}

function addTables(org) {
  const random = org.random('serials');
  const byPrefix = new Map();
  for (const object of org.schema.objects.values()) {
    if (!object.prefix) continue;
    const table = new Table(org.ids, object.name, object.prefix, 62 ** 5 * 10 + random.int(3e8));
    for (const field of object.fields) if (!field.computed) table.column(field.name, field.type);
    org.tables.set(object.name, table);
    byPrefix.set(object.prefix, table);
  }
  org.byPrefix = byPrefix;
}

/** @returns {{table: Table, row: number} | null} the row of an id's key, whatever its object */
function findRow(org, key) {
  if (!(key >= 0)) return null;
  const table = org.byPrefix.get(org.ids.prefix(key));
  const row = table ? table.rowOf(key) : -1;
  return row < 0 ? null : { table, row };
}

/** Start recording changes; the function that comes back ends it, and takes them back when told so. */
function begin(org) {
  const journal = [];
  for (const table of org.tables.values()) table.journal = journal;
  return (undo) => {
    for (const table of org.tables.values()) table.journal = null;
    if (undo) for (const step of journal.reverse()) step();
    if (undo) org.access.changed();
  };
}
