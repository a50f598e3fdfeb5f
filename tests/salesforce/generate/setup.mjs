// What every org has before any business: organisation, users with managers, profiles, statuses.

import { DAY, startOfDay } from '../base/time.mjs';
import { RECORD_TYPES } from '../schema/schema.mjs';
import { PERMISSIONS } from '../schema/setup.mjs';

export function addSetup(org) {
  const at = org.now() - 3000 * DAY;
  const stamps = { CreatedDate: at, LastModifiedDate: at, SystemModstamp: at };
  addOrganization(org, stamps);
  addUsers(org, stamps);
  addStatuses(org, stamps);
  if (org.options.multiCurrency) addCurrencies(org, stamps);
  if (org.options.recordTypes) addRecordTypes(org, stamps);
}

function addRecordTypes(org, stamps) {
  const table = org.tables.get('RecordType');
  for (const [object, types] of Object.entries(RECORD_TYPES)) {
    for (const [DeveloperName, Name] of types)
      table.put(table.addRow(), { SobjectType: object, DeveloperName, Name, IsActive: true, ...stamps });
  }
}

/** What one unit of the corporate currency is in each other, as CurrencyType tells it. */
const RATES = [
  ['EUR', 1],
  ['USD', 1.08],
  ['GBP', 0.86],
];

function addCurrencies(org, stamps) {
  const types = org.tables.get('CurrencyType'),
    dated = org.tables.get('DatedConversionRate');
  const by = { CreatedById: org.otherAdmin, LastModifiedById: org.otherAdmin };
  for (const [code, rate] of RATES) {
    const first = { IsoCode: code, ConversionRate: rate, ...stamps, ...by };
    types.put(types.addRow(), { ...first, DecimalPlaces: 2, IsActive: true, IsCorporate: rate === 1 });
    if (!dated || rate === 1) continue;
    const turn = startOfDay(org.now() - 200 * DAY);
    dated.put(dated.addRow(), { ...first, StartDate: 0, NextStartDate: turn, ConversionRate: rate * 1.1 });
    dated.put(dated.addRow(), { ...first, StartDate: turn });
  }
}

function addOrganization(org, stamps) {
  const table = org.tables.get('Organization'),
    row = table.addRow();
  org.id = table.keyOf(row);
  table.put(row, {
    Name: `Local Org ${org.options.seed}`,
    OrganizationType: org.options.organizationType,
    InstanceName: 'LOC1',
    IsSandbox: org.options.sandbox,
    DefaultLocaleSidKey: 'en_US',
    TimeZoneSidKey: 'UTC',
    LanguageLocaleKey: 'en_US',
    FiscalYearStartMonth: 1,
    ...stamps,
  });
}

/** User 0 is the one who connects; the others own accounts, eight to a manager, some of them gone. */
function addUsers(org, stamps) {
  const table = org.tables.get('User'),
    profiles = org.tables.get('Profile');
  const admin = profiles.addRow(),
    plain = profiles.addRow();
  profiles.put(admin, { Name: 'System Administrator', ...stamps });
  const known = PERMISSIONS.filter((name) => !org.options.withoutPermissions.includes(name));
  for (const name of known) profiles.set(admin, `Permissions${name}`, true);
  profiles.put(plain, { Name: 'Standard User', PermissionsApiEnabled: true, ...stamps });
  const random = org.random('users');
  const count = Math.max(8, Math.min(2000, Math.round(org.options.accounts / 40)));
  org.owners = [];
  for (let n = 0; n <= count; n++) {
    const row = table.addRow(),
      key = table.keyOf(row),
      first = n === 0;
    const manager = n > 1 ? table.keyOf(1 + Math.floor((n - 2) / 8)) : null;
    table.put(row, {
      Username: first ? 'integration@local.example' : `owner.${n}@local.example`,
      FirstName: first ? 'Integration' : 'Owner',
      LastName: first ? 'User' : String(n),
      Alias: first ? 'integ' : `own${n}`,
      Email: first ? 'integration@local.example' : `owner.${n}@local.example`,
      IsActive: first || n < 3 || !random.chance(0.06),
      TimeZoneSidKey: first
        ? 'UTC'
        : random.pick(['America/Los_Angeles', 'Europe/Berlin', 'America/New_York', 'Asia/Tokyo']),
      LocaleSidKey: 'en_US',
      LanguageLocaleKey: 'en_US',
      UserType: 'Standard',
      ManagerId: manager,
      ProfileId: profiles.keyOf(first ? admin : plain),
      Title: n === 1 ? 'Head of Sales' : 'Account Manager',
      ...(org.options.multiCurrency ? { CurrencyIsoCode: 'EUR', DefaultCurrencyIsoCode: 'EUR' } : {}),
      ...stamps,
    });
    if (first) org.connectedUser = key;
    else org.owners.push(key);
    org.access.setProfile(
      key,
      first ? PERMISSIONS : ['ApiEnabled', 'ChatterInternalUser', 'EditTask', 'EditEvent'],
    );
  }
  if (count >= 8) table.set(8, 'IsActive', false);
  addOtherAdmin(org, stamps, profiles.keyOf(admin));
  addProfileSet(org, stamps, profiles.keyOf(admin));
}

const OBJECTS = ['Account', 'Contact', 'Opportunity', 'Task', 'Event', 'OpportunityContactRole'];

/** Behind a profile stands a permission set that it owns; its object rights are rows like any other. */
function addProfileSet(org, stamps, profile) {
  const sets = org.tables.get('PermissionSet'),
    row = sets.addRow();
  sets.put(row, {
    Name: `X${org.ids.text(profile).slice(0, 15)}`,
    Label: 'System Administrator',
    ProfileId: profile,
    IsOwnedByProfile: true,
    ...stamps,
  });
  for (const name of PERMISSIONS)
    if (sets.columns.has(`Permissions${name}`)) sets.set(row, `Permissions${name}`, true);
  const rights = org.tables.get('ObjectPermissions'),
    assigned = org.tables.get('PermissionSetAssignment');
  for (const name of OBJECTS) {
    rights.put(rights.addRow(), {
      ParentId: sets.keyOf(row),
      SobjectType: name,
      PermissionsCreate: true,
      PermissionsRead: true,
      PermissionsEdit: true,
      PermissionsDelete: true,
      PermissionsViewAllRecords: true,
      PermissionsModifyAllRecords: true,
      ...stamps,
    });
  }
  for (const user of [org.connectedUser, org.otherAdmin]) {
    assigned.put(assigned.addRow(), {
      PermissionSetId: sets.keyOf(row),
      AssigneeId: user,
      IsActive: true,
      SystemModstamp: stamps.SystemModstamp,
    });
  }
}

/** Who edits records "by hand" when a test asks for it. */
function addOtherAdmin(org, stamps, profile) {
  const table = org.tables.get('User'),
    row = table.addRow();
  table.put(row, {
    Username: 'admin@local.example',
    FirstName: 'Other',
    LastName: 'Admin',
    Alias: 'oadmin',
    Email: 'admin@local.example',
    IsActive: true,
    TimeZoneSidKey: 'UTC',
    LocaleSidKey: 'en_US',
    LanguageLocaleKey: 'en_US',
    UserType: 'Standard',
    ProfileId: profile,
    ...(org.options.multiCurrency ? { CurrencyIsoCode: 'EUR', DefaultCurrencyIsoCode: 'EUR' } : {}),
    ...stamps,
  });
  org.otherAdmin = table.keyOf(row);
  org.access.setProfile(org.otherAdmin, PERMISSIONS);
}

function addStatuses(org, stamps) {
  const status = org.tables.get('TaskStatus'),
    priority = org.tables.get('TaskPriority');
  const names = ['Not Started', 'In Progress', 'Completed', 'Waiting on someone else', 'Deferred'];
  names.forEach((name, i) =>
    status.put(status.addRow(), {
      MasterLabel: name,
      ApiName: name,
      SortOrder: i + 1,
      IsDefault: i === 0,
      IsClosed: name === 'Completed',
      ...stamps,
    }),
  );
  ['High', 'Normal', 'Low'].forEach((name, i) =>
    priority.put(priority.addRow(), {
      MasterLabel: name,
      ApiName: name,
      SortOrder: i + 1,
      IsDefault: name === 'Normal',
      IsHighPriority: name === 'High',
      ...stamps,
    }),
  );
}
