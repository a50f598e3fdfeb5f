// Tooling API: custom fields. A field that is made here exists at once and is seen by nobody, its maker
// included, until FieldPermissions grant it.

import { ApiError, badRequest, notFound } from '../base/errors.mjs';
import { touch } from '../schema/schema.mjs';
import { parseField } from '../schema/parse.mjs';
import { parseSoql } from '../soql/parser.mjs';
import { aggregate, planQuery, recordWriter } from '../soql/run.mjs';
import { customFields } from '../store/custom_fields.mjs';
import { foldUnique } from '../store/dml.mjs';
import { empty, json, jsonOf } from '../wire/http.mjs';

/** Metadata name -> [type of the field, length or digits, flags] */
const TYPES = {
  Number: (m) => ['double', `${m.precision ?? 18}/${m.scale ?? 0}`],
  Currency: (m) => ['currency', `${m.precision ?? 18}/${m.scale ?? 2}`],
  Percent: (m) => ['percent', `${m.precision ?? 18}/${m.scale ?? 0}`],
  Text: (m) => ['string', m.length ?? 255],
  TextArea: () => ['textarea', 255],
  LongTextArea: (m) => ['textarea', m.length ?? 32768],
  Email: () => ['email', 80],
  Phone: () => ['phone', 40],
  Url: () => ['url', 255],
  Date: () => ['date', ''],
  DateTime: () => ['datetime', ''],
  Checkbox: () => ['boolean', ''],
  Picklist: () => ['picklist', 255],
  MultiselectPicklist: () => ['multipicklist', 4099],
};

function mustCustomize(ctx) {
  if (ctx.org.access.permission(ctx.user, 'CustomizeApplication')) return;
  const { setupRefusal } = ctx.org.options;
  if (setupRefusal === 'NOT_FOUND') throw notFound();
  if (setupRefusal === 'INVALID_TYPE') {
    throw badRequest('INVALID_TYPE', "sObject type 'CustomField' is not supported.");
  }
  throw new ApiError(403, setupRefusal, 'insufficient access rights on cross-reference id');
}

function query(ctx, request) {
  const inner = { ...ctx, tooling: true };
  const parsed = parseSoql(request.query.get('q') ?? '');
  if (parsed.from.toLowerCase() === 'customfield') mustCustomize(ctx);
  if (parsed.count) return json(200, aggregate(inner, parsed, false));
  const plan = planQuery(inner, parsed, false);
  const rows = plan.rows();
  const wide = plan.columns.some((column) => ['Metadata', 'FullName'].includes(column.path.at(-1)));
  if (wide && rows.length > 1) {
    throw badRequest(
      'MALFORMED_QUERY',
      'When retrieving results with Metadata or FullName fields, the query ' +
        'qualifications must specify no more than one row for retrieval. Result size: ' +
        rows.length,
    );
  }
  return json(200, {
    size: rows.length,
    totalSize: rows.length,
    done: true,
    queryLocator: null,
    entityTypeName: plan.object.name,
    records: rows.map(recordWriter(inner, plan)),
  });
}

function create(ctx, request) {
  mustCustomize(ctx);
  const { org } = ctx;
  const body = jsonOf(request);
  const [owner, name] = String(body.FullName ?? '').split('.');
  const metadata = body.Metadata ?? {};
  const objects = owner === 'Activity' ? ['Task', 'Event'] : [owner];
  checkNew(org, objects, owner, name, metadata);
  const fields = objects.map((objectName) => addField(org, objectName, name, metadata, owner === 'Activity'));
  const key = org.ids.key('00N', 62 ** 5 * 50 + org.fieldSerial++);
  for (const field of fields) Object.assign(field, { toolingKey: key, metadata, madeAt: org.now() });
  return json(201, { id: org.ids.text(key), success: true, errors: [], warnings: [], infos: [] });
}

function checkNew(org, objects, owner, name, metadata) {
  if (!name || !objects.every((one) => org.schema.object(one))) {
    throw badRequest('INVALID_CROSS_REFERENCE_KEY', `Entity Enumeration Or ID: bad value: ${owner}`, [
      'FullName',
    ]);
  }
  if (!/^[A-Za-z](?:[A-Za-z0-9]|_(?!_))*__c$/.test(name)) {
    throw badRequest('FIELD_INTEGRITY_EXCEPTION', `Custom field names must end with __c: ${name}`, [
      'FullName',
    ]);
  }
  if (!TYPES[metadata.type] || !metadata.label) {
    throw badRequest('INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST', `bad value for type: ${metadata.type}`, [
      'Metadata',
    ]);
  }
  const object = org.schema.object(objects[0]);
  if (object.byName.has(name.toLowerCase())) {
    const short = name.slice(0, -3);
    const message = `There is already a field named ${short} on ${owner}.`;
    const status = org.options.duplicateFieldStatus;
    throw new ApiError(status, 'DUPLICATE_DEVELOPER_NAME', message, ['DeveloperName']);
  }
  if (object.fields.filter((field) => field.custom).length >= org.options.customFields) {
    throw badRequest('CUSTOM_FIELD_LIMIT_EXCEEDED', 'Too many custom fields');
  }
}

function addField(org, objectName, name, metadata, ofActivity) {
  const object = org.schema.object(objectName);
  const [type, size] = TYPES[metadata.type](metadata);
  const rights = metadata.required ? 'CU required' : type === 'boolean' ? 'CUD' : 'CUN';
  const flags = [
    metadata.externalId && 'external',
    metadata.unique && 'unique',
    metadata.caseSensitive && 'case',
    metadata.valueSet?.restricted && 'restricted',
  ]
    .filter(Boolean)
    .join(' ');
  const values = metadata.valueSet?.valueSetDefinition?.value ?? metadata.picklist?.picklistValues ?? [];
  const field = parseField(`${name} ${type} ${size} ${rights} ${flags}`);
  Object.assign(field, {
    label: metadata.label,
    help: metadata.inlineHelpText ?? null,
    ungranted: !metadata.required,
    ofActivity,
    permissionable: !metadata.required,
    values: values.map((value) => value.fullName ?? value.valueName),
    defaultValue: values.find((value) => value.default)?.fullName ?? null,
  });
  org.schema.addField(object, field, org.now());
  const table = org.tables.get(object.name);
  table.column(field.name, field.type);
  if (field.unique) table.addUnique(field.name, foldUnique(field));
  return field;
}

function fieldsOf(org, id) {
  const key = org.ids.parse(id);
  customFields(org);
  const found = [];
  for (const object of org.schema.objects.values()) {
    for (const field of object.fields)
      if (field.custom && field.toolingKey === key) found.push([object, field]);
  }
  if (!found.length) throw notFound();
  return found;
}

function read(ctx, _request, { id }) {
  mustCustomize(ctx);
  fieldsOf(ctx.org, id);
  const row = customFields(ctx.org).find((one) => one.Id === ctx.org.ids.parse(id));
  return json(200, {
    attributes: {
      type: 'CustomField',
      url: `/services/data/v${ctx.version}/tooling/sobjects/CustomField/${id}`,
    },
    ...row,
    Id: ctx.org.ids.text(row.Id),
    CreatedDate: undefined,
  });
}

function change(ctx, request, { id }) {
  mustCustomize(ctx);
  const { Metadata: metadata = {} } = jsonOf(request);
  for (const [object, field] of fieldsOf(ctx.org, id)) {
    if (metadata.label) field.label = metadata.label;
    field.metadata = { ...field.metadata, ...metadata };
    touch(object, ctx.org.now());
  }
  return empty(204);
}

/** The field goes, with its values and its permissions. */
function drop(ctx, _request, { id }) {
  mustCustomize(ctx);
  const { org } = ctx;
  for (const [object, field] of fieldsOf(org, id)) {
    object.fields.splice(object.fields.indexOf(field), 1);
    object.byName.delete(field.name.toLowerCase());
    org.tables.get(object.name).dropColumn(field.name);
    const permissions = org.tables.get('FieldPermissions');
    for (let row = 0; row < permissions.count; row++) {
      if (permissions.get(row, 'Field') === `${object.name}.${field.name}`) permissions.setLife(row, 2);
    }
    org.access.changed();
  }
  return empty(204);
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [
  ['GET', '/services/data/v:version/tooling/query', query],
  ['POST', '/services/data/v:version/tooling/sobjects/CustomField', create],
  ['GET', '/services/data/v:version/tooling/sobjects/CustomField/:id', read],
  ['PATCH', '/services/data/v:version/tooling/sobjects/CustomField/:id', change],
  ['DELETE', '/services/data/v:version/tooling/sobjects/CustomField/:id', drop],
];
