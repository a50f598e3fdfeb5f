// What a query reads: tables, and the objects that are computed at each query. Both give the same face:
// a number of rows, an accessor for each field, and what this user may see.

import { badRequest } from '../base/errors.mjs';
import { PERMISSIONS } from '../schema/setup.mjs';
import { customFields } from '../store/custom_fields.mjs';
import { accessor } from '../store/computed.mjs';
import { DELETED, LIVE, PURGED } from '../store/table.mjs';

/**
 * @typedef {object} Source
 * @property {import('../schema/schema.mjs').SObject} object
 * @property {number} count
 * @property {(field: import('../schema/parse.mjs').Field) => (row: number) => any} accessor
 * @property {(row: number) => boolean} visible
 */

/** @returns {Source} */
export function openSource(ctx, object, all, where) {
  return object.virtual ? virtualSource(ctx, object, all, where) : tableSource(ctx, object, all);
}

function tableSource(ctx, object, all) {
  const { org, user } = ctx;
  const table = org.tables.get(object.name);
  const shared = org.access.rowFilter(user, object);
  const life = table.life;
  // Archived activities are seen by queryAll only.
  const archived = object.activity && !all ? table.column('IsArchived', 'boolean') : null;
  return {
    object,
    count: table.count,
    accessor: (field) => accessor(org, object, field),
    visible: (row) =>
      life[row] !== PURGED &&
      (all || life[row] !== DELETED) &&
      !(archived?.data && archived.get(row)) &&
      (!shared || shared(row)),
  };
}

function virtualSource(ctx, object, all, where) {
  const rows = VIRTUAL[object.name](ctx, where);
  return {
    object,
    count: rows.length,
    accessor: (field) => (row) => rows[row][field.name] ?? null,
    visible: () => true,
  };
}

/** The values an equality or IN names for a field in a conjunction, or null. */
function named(where, name) {
  if (!where) return null;
  if (where.kind === 'and') return where.terms.map((term) => named(term, name)).find(Boolean) ?? null;
  if (where.kind !== 'compare' || where.name.toLowerCase() !== name) return null;
  if (where.operator === '=') return [where.value.text];
  return where.operator === 'in' && where.values ? where.values.map((value) => value.text) : null;
}

const VIRTUAL = {
  CustomField: ({ org }) => customFields(org),

  UserPermissionAccess({ org, user }) {
    const row = { Id: '000000000000000AAA' };
    for (const name of PERMISSIONS) row[`Permissions${name}`] = org.access.permission(user, name);
    return [row];
  },

  UserRecordAccess(ctx, where) {
    const { org } = ctx;
    const users = named(where, 'userid'),
      records = named(where, 'recordid');
    if (!users || !records) {
      throw badRequest('MALFORMED_QUERY', 'UserRecordAccess requires filters on UserId and RecordId');
    }
    if (records.length > 200)
      throw badRequest('EXCEEDED_ID_LIMIT', 'RecordId filter is limited to 200 values');
    const user = org.ids.parse(users[0]);
    return records.map((id) => recordAccess(org, user, id));
  },

  AccountFeed(ctx, where) {
    const { org } = ctx;
    const table = org.tables.get('FeedItem');
    const object = org.schema.object('FeedItem');
    const parents = named(where, 'parentid')?.map((id) => org.ids.parse(id));
    const fields = object.fields.map((field) => [field.name, accessor(org, object, field)]);
    const rows = [];
    for (let row = 0; row < table.count; row++) {
      if (table.life[row] !== LIVE) continue;
      const parent = table.get(row, 'ParentId');
      if (parents ? !parents.includes(parent) : org.ids.prefix(parent) !== '001') continue;
      rows.push(Object.fromEntries(fields.map(([name, get]) => [name, get(row)])));
    }
    return rows;
  },

  EntityDefinition({ org }) {
    return [...org.schema.objects.values()].map((object) => ({
      Id: object.name,
      DurableId: object.name,
      QualifiedApiName: object.name,
      DeveloperName: object.name,
      Label: object.label,
      KeyPrefix: object.prefix,
      IsQueryable: true,
    }));
  },
};

function recordAccess(org, user, id) {
  const found = org.find(org.ids.parse(id));
  const object = found && org.schema.object(found.table.name);
  const filter = object && org.access.rowFilter(user, object);
  const reach = Boolean(found) && found.table.life[found.row] === LIVE && (!filter || filter(found.row));
  const read = reach && org.access.objectRight(user, object, 'read');
  const edit = read && org.access.objectRight(user, object, 'edit');
  return {
    Id: null,
    UserId: user,
    RecordId: id,
    HasReadAccess: read,
    HasEditAccess: edit,
    HasDeleteAccess: edit,
    HasTransferAccess: edit,
    HasAllAccess: edit,
    MaxAccessLevel: edit ? 'Edit' : read ? 'Read' : 'None',
  };
}
