// Who may do what: system permissions, object access, field-level security, sharing.
// A field made through the API is invisible to everyone, its maker too, until a FieldPermissions row in a
// permission set that is assigned to the user grants it.

import { LIVE } from './table.mjs';
import { touch } from '../schema/schema.mjs';
import { PERMISSIONS } from '../schema/setup.mjs';

/** Objects that follow the account in sharing, and the field that leads to it. */
const OF_ACCOUNT = {
  Contact: 'AccountId',
  Opportunity: 'AccountId',
  Task: 'AccountId',
  Event: 'AccountId',
  AccountContactRole: 'AccountId',
  AccountContactRelation: 'AccountId',
};

export function createAccess(org) {
  /** user key -> permissions of the profile */
  const profiles = new Map();
  /** user key -> Set of denials: `ViewAllData`, `Account.edit`, `Account.Name.edit`, `Account.ARR__c.read` */
  const denied = new Map();
  const cache = new Map();

  const rowsOf = (name) => org.tables.get(name);

  /** Permission sets of a user, and the fields and permissions they grant. */
  function grants(user) {
    let found = cache.get(user);
    if (found) return found;
    found = { sets: new Set(), fields: new Map(), permissions: new Set() };
    eachLive(rowsOf('PermissionSetAssignment'), (table, row) => {
      if (table.get(row, 'AssigneeId') === user) found.sets.add(table.get(row, 'PermissionSetId'));
    });
    eachLive(rowsOf('FieldPermissions'), (table, row) => grantField(found, table, row));
    eachLive(rowsOf('PermissionSet'), (table, row) => {
      if (!found.sets.has(table.keyOf(row))) return;
      for (const name of PERMISSIONS) if (table.get(row, `Permissions${name}`)) found.permissions.add(name);
    });
    cache.set(user, found);
    return found;
  }

  function grantField(found, table, row) {
    if (!found.sets.has(table.get(row, 'ParentId'))) return;
    const name = table.get(row, 'Field').toLowerCase();
    const known = found.fields.get(name) ?? { read: false, edit: false };
    known.read ||= table.get(row, 'PermissionsRead');
    known.edit ||= table.get(row, 'PermissionsEdit');
    found.fields.set(name, known);
  }

  const isDenied = (user, what) => denied.get(user)?.has(what.toLowerCase()) ?? false;

  const permission = (user, name) =>
    !isDenied(user, name) && ((profiles.get(user)?.has(name) ?? false) || grants(user).permissions.has(name));

  /** @param {'read' | 'create' | 'edit' | 'delete'} right */
  function objectRight(user, object, right) {
    if (isDenied(user, `${object.name}.read`) || isDenied(user, `${object.name}.${right}`)) return false;
    if (object.name === 'Task' && right !== 'read') return permission(user, 'EditTask');
    return !object.chatter || permission(user, 'ChatterInternalUser');
  }

  function fieldRight(user, object, field, right) {
    const name = `${object.name}.${field.name}`;
    if (isDenied(user, `${name}.read`) || isDenied(user, `${name}.${right}`)) return false;
    if (!field.ungranted) return true;
    return grants(user).fields.get(name.toLowerCase())?.[right] ?? false;
  }

  /** Sharing without View All Data: own accounts and those of the people below, with what hangs on them. */
  function rowFilter(user, object) {
    if (permission(user, 'ViewAllData')) return null;
    const team = below(user);
    const accounts = rowsOf('Account');
    if (object.name === 'Account') return (row) => team.has(accounts.get(row, 'OwnerId'));
    const path = OF_ACCOUNT[object.name];
    if (!path) return null;
    const table = rowsOf(object.name);
    return (row) => {
      const account = accounts.rowOf(table.get(row, path) ?? -1);
      return account < 0 ? table.get(row, 'OwnerId') === user : team.has(accounts.get(account, 'OwnerId'));
    };
  }

  function below(user) {
    const users = rowsOf('User'),
      team = new Set([user]);
    for (let grown = true; grown;) {
      grown = false;
      for (let row = 0; row < users.count; row++) {
        if (team.has(users.keyOf(row)) || !team.has(users.get(row, 'ManagerId'))) continue;
        team.add(users.keyOf(row));
        grown = true;
      }
    }
    return team;
  }

  return {
    permission,
    objectRight,
    fieldRight,
    rowFilter,
    grants,
    setProfile(user, names) {
      profiles.set(user, new Set(names));
    },
    deny(user, what, off = true) {
      const set = denied.get(user) ?? new Set();
      if (off) set.add(what.toLowerCase());
      else set.delete(what.toLowerCase());
      denied.set(user, set);
      // What a user sees is part of describe: conditional requests must notice.
      for (const object of org.schema.objects.values()) touch(object, org.now());
    },
    denials: (user) => [...(denied.get(user) ?? [])],
    changed() {
      cache.clear();
      for (const object of org.schema.objects.values()) touch(object, org.now());
    },
  };
}

function eachLive(table, visit) {
  for (let row = 0; row < table.count; row++) if (table.life[row] === LIVE) visit(table, row);
}
