// The org's schema: objects by name, fields by name in any case, custom fields added while it runs.

import accounts from './accounts.mjs';
import sales from './sales.mjs';
import setup from './setup.mjs';
import { parseField, parseFields } from './parse.mjs';

/**
 * @typedef {object} SObject
 * @property {string} name
 * @property {string | null} prefix
 * @property {string} label
 * @property {string} plural
 * @property {boolean} feed
 * @property {boolean} mergeable
 * @property {boolean} undeletable
 * @property {boolean} readOnly
 * @property {boolean} virtual computed at each query; has no table
 * @property {boolean} noBulk refused by Bulk API
 * @property {boolean} chatter
 * @property {boolean} activity
 * @property {boolean} system
 * @property {boolean} tooling seen by the Tooling API only
 * @property {string | null} needs system permission without which it cannot be written
 * @property {import('./parse.mjs').Field[]} fields in order of definition
 * @property {Map<string, import('./parse.mjs').Field>} byName lower-case name
 * @property {string[][]} children [object, field, relationship]
 * @property {number} modified ms: when the describe last changed
 */

const DEFAULTS = {
  feed: false,
  mergeable: false,
  undeletable: true,
  readOnly: false,
  virtual: false,
  noBulk: false,
  chatter: false,
  activity: false,
  system: false,
  tooling: false,
  needs: null,
  children: [],
};

function build(definition, at) {
  const fields = parseFields(definition.fields);
  return {
    ...DEFAULTS,
    ...definition,
    fields,
    modified: at,
    label: definition.name.replace(/([a-z])([A-Z])/g, '$1 $2'),
    byName: new Map(fields.map((field) => [field.name.toLowerCase(), field])),
  };
}

/**
 * @param {object} features switches of the org: chatter, contactsToMultipleAccounts, multiCurrency
 * @param {number} at ms of org time, for Last-Modified of describes
 */
export function createSchema(features, at) {
  const objects = new Map();
  for (const definition of [...accounts, ...sales, ...setup]) {
    if (definition.feature && !features[definition.feature]) continue;
    if (definition.chatter && !features.chatter) continue;
    objects.set(definition.name.toLowerCase(), build(definition, at));
  }
  if (!features.chatter) for (const object of objects.values()) object.feed = false;
  if (features.multiCurrency) addCurrency(objects);
  if (features.personAccounts) addPersons(objects);
  if (features.statePicklists) addStateCodes(objects);
  if (features.recordTypes) addRecordTypes(objects);
  for (const name of features.withoutPermissions ?? []) dropPermission(objects, `Permissions${name}`);
  return {
    objects,
    /** @param {string} name in any case @returns {SObject | undefined} */
    object: (name) => objects.get(name.toLowerCase()),
    addField: (object, field, now) => addField(objects, object, field, now),
  };
}

/** Records that carry a currency of their own in a multi-currency org. */
const CURRENCY_OF = [
  'account',
  'accountcontactrelation',
  'contact',
  'event',
  'opportunity',
  'opportunityhistory',
  'task',
  'user',
];

function addCurrency(objects) {
  for (const name of CURRENCY_OF) {
    const object = objects.get(name);
    if (!object) continue;
    const field = parseField('CurrencyIsoCode picklist 3 CUD restricted =*EUR|USD|GBP');
    object.fields.push(field);
    object.byName.set('currencyisocode', field);
  }
  add(objects.get('user'), parseField('DefaultCurrencyIsoCode picklist 3 CUN restricted =*EUR|USD|GBP'));
}

function add(object, field) {
  object.fields.push(field);
  object.byName.set(field.name.toLowerCase(), field);
}

/** A code beside each state and country; the code of the country decides which states there are. */
function addStateCodes(objects) {
  for (const [name, ...stems] of [
    ['account', 'Billing', 'Shipping'],
    ['contact', 'Mailing', 'Other'],
  ]) {
    for (const stem of stems) {
      add(objects.get(name), parseField(`${stem}StateCode picklist 10 CUN restricted =EA|EB|WX`));
      add(objects.get(name), parseField(`${stem}CountryCode picklist 10 CUN restricted =EX|WL`));
      for (const part of ['StateCode', 'CountryCode'])
        objects.get(name).byName.get(`${stem}${part}`.toLowerCase()).compound = `${stem}Address`;
    }
  }
}

/** Which objects have record types, and which: [DeveloperName, Name]. */
export const RECORD_TYPES = {
  Account: [
    ['Business', 'Business Account'],
    ['Channel', 'Channel Partner'],
  ],
  Opportunity: [
    ['Sale', 'Sale'],
    ['Renewal', 'Renewal'],
  ],
};

function addRecordTypes(objects) {
  for (const name of Object.keys(RECORD_TYPES))
    add(objects.get(name.toLowerCase()), parseField('RecordTypeId reference CUN >RecordType/RecordType'));
}

/** The column of a system permission that the edition lacks. */
function dropPermission(objects, name) {
  for (const object of objects.values()) {
    object.fields = object.fields.filter((field) => field.name !== name);
    object.byName.delete(name.toLowerCase());
  }
}

const PERSON = `
LastName string 80 CUN
FirstName string 40 CUN
Salutation picklist 40 CUN =Mr.|Ms.|Mrs.|Dr.|Prof.|Mx.
IsPersonAccount boolean D
PersonContactId reference N >Contact/PersonContact
PersonEmail email 80 CUN
PersonTitle string 80 CUN
PersonMobilePhone phone 40 CUN
PersonBirthdate date CUN`;

/** Person accounts: an account that is one person, with the columns of a contact; its Name is derived. */
function addPersons(objects) {
  const account = objects.get('account'),
    contact = objects.get('contact');
  const flag = parseField('IsPersonAccount boolean D');
  for (const [object, fields] of [
    [account, parseFields(PERSON)],
    [contact, [flag]],
  ]) {
    object.fields.push(...fields);
    for (const field of fields) object.byName.set(field.name.toLowerCase(), field);
  }
}

/** A custom field appears at the end, as definition order has it; its maker sees it only when granted. */
function addField(objects, object, field, now) {
  object.fields.push(field);
  object.byName.set(field.name.toLowerCase(), field);
  touch(object, now);
}

/**
 * A describe changed. Last-Modified has whole seconds, so the stamp always moves to a later one: otherwise a
 * change in the second of the last describe would be hidden behind a 304.
 */
export function touch(object, now) {
  object.modified = Math.max(now, (Math.floor(object.modified / 1000) + 1) * 1000);
}
