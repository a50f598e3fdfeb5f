// Versions, limits, describeGlobal and describe: what an org tells about itself.

import { createHash } from 'node:crypto';
import { ApiError, notFound } from '../base/errors.mjs';
import { soapType } from '../schema/parse.mjs';
import { identityUrl } from './oauth.mjs';
import { LIVE } from '../store/table.mjs';
import { empty, json } from '../wire/http.mjs';

const SEASONS = ['Winter', 'Spring', 'Summer'];
const OLDEST = 31;

/** v60 is Spring '24; three releases a year. */
function versionLabel(number) {
  const index = number - 20,
    year = 11 + Math.floor(index / 3);
  return `${SEASONS[index % 3]} '${String(year).padStart(2, '0')}`;
}

function versions(ctx) {
  const list = [];
  for (let v = OLDEST; v <= ctx.org.options.apiVersion; v++) {
    list.push({ label: versionLabel(v), url: `/services/data/v${v}.0`, version: `${v}.0` });
  }
  return json(200, list);
}

/** @param {string} text `66.0`; refused when retired (410) or never made (404) */
export function checkVersion(org, text) {
  const number = Number(text);
  if (!/^\d+\.0$/.test(text) || number < 7 || number > org.options.apiVersion) throw notFound();
  if (number < OLDEST) {
    throw new ApiError(
      410,
      'UNSUPPORTED_API_VERSION',
      `The version ${text} of the API is no longer available`,
    );
  }
}

function resources(ctx) {
  const base = `/services/data/v${ctx.version}`;
  const names = [
    'tooling',
    'sobjects',
    'query',
    'queryAll',
    'jobs',
    'limits',
    'composite',
    'search',
    'recent',
  ];
  if (ctx.org.options.chatter) names.push('chatter', 'connect');
  const paths = names.map((name) => [name, `${base}/${name}`]);
  return json(200, { ...Object.fromEntries(paths), identity: identityUrl(ctx) });
}

function limits(ctx) {
  const { org } = ctx;
  if (!org.access.permission(ctx.user, 'ViewSetup')) {
    throw new ApiError(403, 'INSUFFICIENT_ACCESS', 'insufficient access rights to view limits');
  }
  const of = (max, used) => ({ Max: max, Remaining: Math.max(0, max - used) });
  return json(200, {
    ConcurrentAsyncGetReportInstances: of(200, 0),
    DailyApiRequests: { ...of(org.options.dailyRequests, org.usage()), 'Local Salesforce Client': of(0, 0) },
    DailyBulkApiBatches: of(15000, org.meter.count('ingestBatches')),
    DailyBulkV2QueryFileStorageMB: of(org.options.dailyQueryMB, Math.ceil(org.meter.count('resultBytes') / 2 ** 20)),
    DailyBulkV2QueryJobs: of(org.options.dailyQueryJobs, org.meter.count('queryJobs')),
    DailyDurableStreamingApiEvents: of(1000000, 0),
    HourlyPublishedPlatformEvents: of(250000, 0),
    PermissionSets: { ...of(1500, 4), CreateCustom: of(1000, 4) },
  });
}

function recordCount(ctx, request) {
  const { org } = ctx;
  const asked = request.query
    .get('sObjects')
    ?.split(',')
    .map((name) => name.toLowerCase());
  const found = [];
  for (const object of org.schema.objects.values()) {
    const table = org.tables.get(object.name);
    if (!table || (asked && !asked.includes(object.name.toLowerCase()))) continue;
    let count = 0;
    for (let row = 0; row < table.count; row++) if (table.life[row] === LIVE) count++;
    if (count) found.push({ count, name: object.name });
  }
  return json(200, { sObjects: found });
}

function flags(object, org, user) {
  const may = (right) => !object.readOnly && org.access.objectRight(user, object, right);
  const plain = !object.virtual && !object.system;
  return {
    activateable: false,
    createable: may('create'),
    custom: false,
    customSetting: false,
    deepCloneable: false,
    deletable: may('delete'),
    deprecatedAndHidden: false,
    feedEnabled: object.feed,
    hasSubtypes: false,
    isInterface: false,
    isSubtype: false,
    layoutable: plain,
    mergeable: object.mergeable,
    mruEnabled: plain,
    queryable: true,
    replicateable: plain,
    retrieveable: true,
    searchable: plain,
    triggerable: plain,
    undeletable: plain && object.undeletable && !object.chatter,
    updateable: may('edit'),
  };
}

const urlsOf = (ctx, name) => {
  const base = `/services/data/v${ctx.version}/sobjects/${name}`;
  return { rowTemplate: `${base}/{ID}`, describe: `${base}/describe`, sobject: base };
};

function globalEntry(ctx, object) {
  return {
    ...flags(object, ctx.org, ctx.user),
    associateEntityType: null,
    associateParentEntity: null,
    keyPrefix: object.prefix,
    label: object.label,
    labelPlural: object.plural,
    name: object.name,
    urls: urlsOf(ctx, object.name),
  };
}

function describeGlobal(ctx, request) {
  const { org } = ctx;
  const visible = [...org.schema.objects.values()].filter(
    (object) => !object.tooling && org.access.objectRight(ctx.user, object, 'read'),
  );
  const modified = Math.max(...[...org.schema.objects.values()].map((object) => object.modified));
  const value = {
    encoding: 'UTF-8',
    maxBatchSize: 200,
    sobjects: visible.sort((a, b) => (a.name < b.name ? -1 : 1)).map((object) => globalEntry(ctx, object)),
  };
  return conditional(request, value, modified);
}

/** 304 without a body when nothing changed since If-Modified-Since (whole seconds) or the ETag is known. */
function conditional(request, value, modified) {
  const tag = `"${createHash('sha256').update(JSON.stringify(value)).digest('hex').slice(0, 16)}"`;
  const headers = { etag: tag, 'last-modified': new Date(modified).toUTCString() };
  const since = Date.parse(request.headers['if-modified-since'] ?? '');
  if (request.headers['if-none-match'] === tag) return empty(304, headers);
  if (since >= Math.floor(modified / 1000) * 1000) return empty(304, headers);
  return json(200, value, headers);
}

function named(ctx, name) {
  const object = ctx.org.schema.object(name);
  if (!object || object.tooling || !ctx.org.access.objectRight(ctx.user, object, 'read')) throw notFound();
  return object;
}

function basic(ctx, _request, { name }) {
  const object = named(ctx, name);
  return json(200, { objectDescribe: globalEntry(ctx, object), recentItems: [] });
}

function describe(ctx, request, { name }) {
  const object = named(ctx, name);
  return conditional(request, describeObject(ctx, object), object.modified);
}

function describeObject(ctx, object) {
  const { org } = ctx;
  const fields = object.fields.filter((field) => org.access.fieldRight(ctx.user, object, field, 'read'));
  return {
    actionOverrides: [],
    ...flags(object, org, ctx.user),
    associateEntityType: null,
    associateParentEntity: null,
    childRelationships: object.children.filter(([child]) => org.schema.object(child)).map(childRelationship),
    compactLayoutable: true,
    defaultImplementation: null,
    extendedBy: null,
    extendsInterfaces: null,
    fields: fields.map((field) => describeField(ctx, object, field)),
    implementedBy: null,
    implementsInterfaces: null,
    keyPrefix: object.prefix,
    label: object.label,
    labelPlural: object.plural,
    listviewable: null,
    lookupLayoutable: null,
    name: object.name,
    namedLayoutInfos: [],
    networkScopeFieldName: null,
    recordTypeInfos: recordTypes(ctx, object),
    searchLayoutable: true,
    sobjectDescribeOption: 'FULL',
    supportedScopes: [
      { label: `All ${object.plural}`, name: 'everything' },
      { label: `My ${object.plural}`, name: 'mine' },
    ],
    urls: urlsOf(ctx, object.name),
  };
}

const MASTER = '012000000000000AAA';

/** Those of the object, and the master type, which every object has. */
function recordTypes(ctx, object) {
  const table = ctx.org.tables.get('RecordType');
  const found = [];
  for (let row = 0; row < (table?.count ?? 0); row++) {
    if (table.get(row, 'SobjectType') !== object.name) continue;
    const id = ctx.org.ids.text(table.keyOf(row));
    found.push(recordType(ctx, object, id, table.get(row, 'Name'), table.get(row, 'DeveloperName')));
  }
  if (found.length) found[0].defaultRecordTypeMapping = true;
  return [
    ...found,
    { ...recordType(ctx, object, MASTER, 'Master', 'Master'), defaultRecordTypeMapping: !found.length },
  ];
}

const recordType = (ctx, object, id, name, developerName) => ({
  active: true,
  available: true,
  defaultRecordTypeMapping: false,
  developerName,
  master: id === MASTER,
  name,
  recordTypeId: id,
  urls: { layout: `${urlsOf(ctx, object.name).describe}/layouts/${id}` },
});

const childRelationship = ([child, field, name]) => ({
  cascadeDelete: false,
  childSObject: child,
  deprecatedAndHidden: false,
  field,
  junctionIdListNames: [],
  junctionReferenceTo: [],
  relationshipName: name,
  restrictedDelete: false,
});

const NUMBERS = new Set(['double', 'currency', 'percent']);

function byteLength(field) {
  if (field.type === 'id' || field.type === 'reference') return 18;
  return field.length * 3;
}

const PERSON_NAMES = new Set(['FirstName', 'LastName', 'Salutation']);

/** The compound field that a field is a part of, as real orgs tell it. */
function compoundOf(object, field) {
  if (object.name === 'Contact' && PERSON_NAMES.has(field.name)) return 'Name';
  if (object.name === 'Account' && field.name === 'Name') return 'Name';
  if (field.name === 'FiscalQuarter' || field.name === 'FiscalYear') return 'Fiscal';
  return field.compound;
}

function extraInfo(object, field) {
  if (field.type === 'textarea') return 'plaintextarea';
  if (field.name === 'PhotoUrl') return 'imageurl';
  if (object.name === 'Account' && field.name === 'Name') return 'switchablepersonname';
  const isName = field.name === 'Name' || PERSON_NAMES.has(field.name);
  return object.name === 'Contact' && isName ? 'personname' : null;
}

/** Every key a field object has, in the order the platform writes them. */
function describeField(ctx, object, field) {
  const edit = ctx.org.access.fieldRight(ctx.user, object, field, 'edit');
  const address = field.type === 'address';
  return {
    aggregatable: field.filterable && field.type !== 'boolean',
    aiPredictionField: false,
    autoNumber: false,
    byteLength: byteLength(field),
    calculated: field.formula,
    calculatedFormula: field.formula ? 'Renewal_Date__c - TODAY()' : null,
    cascadeDelete: false,
    caseSensitive: field.caseSensitive,
    compoundFieldName: compoundOf(object, field),
    controllerName: null,
    createable: field.createable && edit,
    custom: field.custom,
    defaultValue: field.type === 'boolean' ? false : null,
    defaultValueFormula: null,
    defaultedOnCreate: field.defaulted || field.type === 'boolean',
    dependentPicklist: false,
    deprecatedAndHidden: false,
    digits: field.type === 'int' ? 8 : 0,
    displayLocationInDecimal: false,
    encrypted: false,
    externalId: field.external,
    extraTypeInfo: extraInfo(object, field),
    filterable: field.filterable || address,
    filteredLookupInfo: null,
    formulaTreatNullNumberAsZero: false,
    groupable: field.filterable && !NUMBERS.has(field.type) && field.type !== 'datetime',
    highScaleNumber: false,
    htmlFormatted: false,
    idLookup: field.type === 'id' || field.external || (field.type === 'email' && object.name === 'Contact'),
    inlineHelpText: field.help,
    label: field.name === 'Id' ? `${object.label} ID` : field.label,
    length: field.length,
    mask: null,
    maskType: null,
    name: field.name,
    nameField: field.nameField,
    namePointing: field.referenceTo.length > 1,
    nillable: field.nillable,
    permissionable:
      field.permissionable && (field.createable || field.updateable || field.formula || address),
    picklistValues: field.values.map((value) => ({
      active: true,
      defaultValue: value === field.defaultValue,
      label: value,
      validFor: null,
      value,
    })),
    polymorphicForeignKey: field.referenceTo.length > 1,
    precision: field.precision,
    queryByDistance: address,
    referenceTargetField: null,
    referenceTo: field.referenceTo,
    relationshipName: field.relationship,
    relationshipOrder: null,
    restrictedDelete: false,
    restrictedPicklist: field.restricted,
    scale: field.scale,
    searchPrefilterable:
      field.type === 'reference' && !field.referenceTo.includes('User') && field.name !== 'MasterRecordId',
    soapType: soapType(field.type),
    sortable: field.sortable,
    type: field.type,
    unique: field.unique,
    updateable: field.updateable && edit,
    writeRequiresMasterRead: false,
  };
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [
  ['GET', '/services/data', versions],
  ['GET', '/services/data/v:version', resources],
  ['GET', '/services/data/v:version/limits', limits],
  ['GET', '/services/data/v:version/limits/recordCount', recordCount],
  ['GET', '/services/data/v:version/sobjects', describeGlobal],
  ['GET', '/services/data/v:version/sobjects/:name', basic],
  ['GET', '/services/data/v:version/sobjects/:name/describe', describe],
];
