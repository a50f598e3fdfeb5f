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
  TaskRelation: 'AccountId',
  EventRelation: 'AccountId',
};

class Access {
  constructor(org) {
    this.org = org;
    /** user key -> permissions of the profile */
    this.profiles = new Map();
    /** user key -> what is taken away: `ViewAllData`, `Account.edit`, `Account.ARR__c.read` */
    this.denied = new Map();
    this.granted = new Map();
    this.teams = new Map();
  }

  setProfile(user, names) {
    this.profiles.set(user, new Set(names));
  }

  /** Take something away from a user, or give it back; describes change with it. */
  deny(user, what, off = true) {
    const set = this.denied.get(user) ?? new Set();
    if (off) set.add(what.toLowerCase());
    else set.delete(what.toLowerCase());
    this.denied.set(user, set);
    if (what === 'ViewAllData') this.#profileRights(['PermissionsViewAllRecords', 'PermissionsModifyAllRecords'], !off);
    if (what === 'ModifyAllData') this.#profileRights(['PermissionsModifyAllRecords'], !off);
    this.changed();
  }

  /** A profile without View All Data has not View All Records on each object either; a permission set may. */
  #profileRights(names, on) {
    const { tables } = this.org;
    const sets = tables.get('PermissionSet');
    eachLive(tables.get('ObjectPermissions'), (table, row) => {
      if (sets.get(sets.rowOf(table.get(row, 'ParentId')), 'IsOwnedByProfile'))
        for (const name of names) table.set(row, name, on);
    });
  }

  denials(user) {
    return [...(this.denied.get(user) ?? [])];
  }

  /** Permission sets, assignments or managers changed: what was derived from them is void. */
  changed() {
    this.granted.clear();
    this.teams.clear();
    if (!this.org.options.rightsInDescribes) return;
    for (const object of this.org.schema.objects.values()) touch(object, this.org.now());
  }

  permission(user, name) {
    if (this.#isDenied(user, name)) return false;
    return (this.profiles.get(user)?.has(name) ?? false) || this.grants(user).permissions.has(name);
  }

  /** @param {'read' | 'create' | 'edit' | 'delete'} right */
  objectRight(user, object, right) {
    if (this.#isDenied(user, `${object.name}.read`) || this.#isDenied(user, `${object.name}.${right}`))
      return false;
    if (object.name === 'Task' && right !== 'read') return this.permission(user, 'EditTask');
    return !object.chatter || this.permission(user, 'ChatterInternalUser');
  }

  /** @param {'read' | 'edit'} right */
  fieldRight(user, object, field, right) {
    if (this.denied.has(user)) {
      const name = `${object.name}.${field.name}`;
      if (this.#isDenied(user, `${name}.read`) || this.#isDenied(user, `${name}.${right}`)) return false;
    }
    if (!field.ungranted) return true;
    const name = `${object.name}.${field.name}`.toLowerCase();
    return this.grants(user).fields.get(name)?.[right] ?? false;
  }

  /** What the permission sets of a user give: the sets, fields and system permissions. */
  grants(user) {
    let found = this.granted.get(user);
    if (found) return found;
    const { tables } = this.org;
    found = { sets: new Set(), fields: new Map(), permissions: new Set(), viewsAll: new Set() };
    eachLive(tables.get('PermissionSetAssignment'), (table, row) => {
      if (table.get(row, 'AssigneeId') === user) found.sets.add(table.get(row, 'PermissionSetId'));
    });
    eachLive(tables.get('FieldPermissions'), (table, row) => grantField(found, table, row));
    eachLive(tables.get('ObjectPermissions'), (table, row) => {
      const all = table.get(row, 'PermissionsViewAllRecords') || table.get(row, 'PermissionsModifyAllRecords');
      if (all && found.sets.has(table.get(row, 'ParentId'))) found.viewsAll.add(table.get(row, 'SobjectType'));
    });
    eachLive(tables.get('PermissionSet'), (table, row) => {
      if (!found.sets.has(table.keyOf(row))) return;
      for (const name of PERMISSIONS) if (table.get(row, `Permissions${name}`)) found.permissions.add(name);
    });
    this.granted.set(user, found);
    return found;
  }

  /**
   * Sharing without View All Data: own accounts and those of the people below, with what hangs on them; all of an
   * object on which a permission set gives View All Records.
   * @returns {((row: number) => boolean) | null} null: everything is seen
   */
  rowFilter(user, object) {
    if (this.permission(user, 'ViewAllData') || this.grants(user).viewsAll.has(object.name)) return null;
    const team = this.#team(user),
      accounts = this.org.tables.get('Account');
    if (object.name === 'Account') return (row) => team.has(accounts.get(row, 'OwnerId'));
    const path = OF_ACCOUNT[object.name];
    if (!path) return null;
    const table = this.org.tables.get(object.name);
    return (row) => {
      const account = accounts.rowOf(table.get(row, path) ?? -1);
      return account < 0 ? table.get(row, 'OwnerId') === user : team.has(accounts.get(account, 'OwnerId'));
    };
  }

  /** The user and everybody who reports to him, at any distance. */
  #team(user) {
    let team = this.teams.get(user);
    if (team) return team;
    const users = this.org.tables.get('User');
    team = new Set([user]);
    for (let size = 0; size < team.size;) {
      size = team.size;
      for (let row = 0; row < users.count; row++) {
        if (team.has(users.get(row, 'ManagerId'))) team.add(users.keyOf(row));
      }
    }
    this.teams.set(user, team);
    return team;
  }

  #isDenied(user, what) {
    return this.denied.get(user)?.has(what.toLowerCase()) ?? false;
  }
}

export const createAccess = (org) => new Access(org);

function grantField(found, table, row) {
  if (!found.sets.has(table.get(row, 'ParentId'))) return;
  const name = table.get(row, 'Field').toLowerCase();
  const known = found.fields.get(name) ?? { read: false, edit: false };
  known.read ||= table.get(row, 'PermissionsRead');
  known.edit ||= table.get(row, 'PermissionsEdit');
  found.fields.set(name, known);
}

function eachLive(table, visit) {
  for (let row = 0; row < table.count; row++) if (table.life[row] === LIVE) visit(table, row);
}
