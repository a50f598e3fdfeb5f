// A believable org from a seed: companies with hierarchies, people, roles, pipeline and eighteen months of
// contact. For 2,000 accounts about 8,000 contacts, 6,000 opportunities and 60,000 activities.

import { createRandom } from '../base/random.mjs';
import { DAY, startOfDay, wholeSecond } from '../base/time.mjs';
import { foldUnique } from '../store/dml.mjs';
import { addActivity, workMoment } from './activities.mjs';
import { drawLife, inboundShare, intensity } from './life.mjs';
import { city, companyName, numbered } from './names.mjs';
import { addPipeline } from './pipeline.mjs';
import { addSetup } from './setup.mjs';

const HISTORY_DAYS = 548;
const INDUSTRIES = [
  'Banking',
  'Energy',
  'Healthcare',
  'Logistics',
  'Manufacturing',
  'Media',
  'Retail',
  'Technology',
  'Education',
  'Insurance',
];
const TITLES = [
  ['Chief Executive', 'Executive'],
  ['VP Operations', 'Executive'],
  ['Director of IT', 'Director'],
  ['Head of Finance', 'Director'],
  ['Project Manager', 'Manager'],
  ['Team Lead', 'Manager'],
  ['Analyst', 'Individual'],
  ['Engineer', 'Individual'],
  ['Buyer', 'Individual'],
];
const DESCRIPTIONS = [
  'Long-standing customer.\nBilling goes through "shared services", see contract.',
  'Ask for Møller.',
  'Two sites; one contract.\r\n\r\nNotes: a, b, c',
  '顧客 — 重要 🎯',
  'Said "maybe" twice.',
];

/** Fill an org according to its options. */
export function generate(org) {
  addSetup(org);
  for (const object of org.schema.objects.values()) indexUnique(org, object);
  if (!org.options.generated) return;
  const now = wholeSecond(org.now());
  for (let n = 0; n < org.options.accounts; n++) addCompany(org, n, now);
  addMassEdits(org, now);
  addDeleted(org, now);
}

export function indexUnique(org, object) {
  const table = org.tables.get(object.name);
  if (!table) return;
  for (const field of object.fields) {
    if (field.unique && !table.unique.has(field.name)) table.addUnique(field.name, foldUnique(field));
  }
}

/**
 * One company with everything that belongs to it; its random numbers are its own, so orgs of other sizes
 * share it.
 */
function addCompany(org, n, now) {
  const random = createRandom(org.options.seed, `company ${n}`);
  const life = drawLife(random, now);
  const accounts = org.tables.get('Account');
  const owner = random.pick(org.owners);
  const born = now - random.between(400, 2600) * DAY;
  const row = accounts.addRow(),
    account = accounts.keyOf(row);
  org.truth.set(row, life);
  putAccount(org, random, accounts, row, { n, life, owner, born, now });
  if (org.options.personAccounts && createRandom(org.options.seed, `person ${n}`).chance(0.125)) {
    const person = addPerson(org, accounts, row, owner, born);
    addHistory(org, random, { account, contacts: [person], opportunities: [], owner, life, born }, now);
    return;
  }
  const contacts = addContacts(org, random, account, owner, { n, born, now });
  addSharedContacts(org, n, row, contacts, { owner, born, now });
  const opportunities = addPipeline(org, random, { account, row, contacts, owner, life, born, now });
  addHistory(org, random, { account, contacts, opportunities, owner, life, born }, now);
}

function typeOf(random, life, now) {
  if (!life.customer)
    return random.weighted([
      ['Prospect', 60],
      ['Partner', 30],
      ['Other', 10],
    ]);
  return life.lostAt <= now ? 'Former Customer' : 'Customer';
}

function putAccount(org, random, table, row, { n, life, owner, born, now }) {
  const employees = Math.round(Math.exp(4.6 + 1.5 * random.normal()));
  const arr = Math.round((employees * (20 + random.int(120))) / 100) * 100;
  const edited = Math.max(born, now - random.int(500) * DAY - random.int(86400) * 1000);
  const town = city(random);
  const values = {
    Name: companyName(random),
    Type: typeOf(random, life, now),
    OwnerId: owner,
    Industry: random.pick(INDUSTRIES),
    NumberOfEmployees: random.chance(0.9) ? employees : null,
    AnnualRevenue: random.chance(0.7) ? employees * 150000 : null,
    BillingCity: town,
    BillingCountry: 'Exampleland',
    BillingStreet: `${random.between(1, 199)} Sample Street\nFloor ${random.between(1, 9)}`,
    BillingPostalCode: String(random.between(10000, 99999)),
    Phone: `+1 555 01${String(n % 100).padStart(2, '0')}`,
    Website: `https://company-${n}.example`,
    AccountNumber: `A-${String(n).padStart(6, '0')}`,
    Rating: random.pick(['Hot', 'Warm', 'Cold', null]),
    CreatedDate: born,
    CreatedById: owner,
    LastModifiedDate: edited,
    LastModifiedById: owner,
    SystemModstamp: edited,
  };
  if (random.chance(0.06)) values.Description = random.pick(DESCRIPTIONS);
  if (org.options.quirks && random.chance(0.01))
    values.Description = `long ${'lorem "ipsum"\n'.repeat(2000)}`;
  if (random.chance(0.15) && row > 3)
    values.ParentId = table.keyOf(random.int(Math.min(row, 1 + Math.floor(row / 2))));
  if (org.options.statePicklists) Object.assign(values, { BillingCountryCode: 'EX', BillingStateCode: 'EA' });
  if (org.options.recordTypes) values.RecordTypeId = org.tables.get('RecordType').keyOf(n % 2);
  if (org.options.multiCurrency) values.CurrencyIsoCode = random.pick(['EUR', 'EUR', 'USD', 'GBP']);
  if (life.customer) {
    Object.assign(values, {
      ARR__c: life.lostAt <= now ? 0 : arr,
      Customer_Since__c: startOfDay(born + 60 * DAY),
      Onboarded__c: random.chance(0.9),
      Products__c: random.pick(['Core', 'Core;Insights', 'Core;Connect', 'Core;Insights;Mobile']),
    });
  }
  values.Segment__c = employees >= 1000 ? 'Enterprise' : employees >= 100 ? 'Mid-Market' : 'Small Business';
  table.put(row, values);
}

/** A person account and the contact that the platform keeps behind it. */
function addPerson(org, accounts, row, owner, at) {
  const contacts = org.tables.get('Contact'),
    to = contacts.addRow();
  const name = { FirstName: 'Person', LastName: numbered('', row, 5).trim() };
  const stamps = {
    CreatedDate: at,
    CreatedById: owner,
    LastModifiedDate: at,
    LastModifiedById: owner,
    SystemModstamp: at,
  };
  contacts.put(to, {
    ...name,
    AccountId: accounts.keyOf(row),
    IsPersonAccount: true,
    OwnerId: owner,
    ...stamps,
  });
  accounts.put(row, {
    ...name,
    Name: `${name.FirstName} ${name.LastName}`,
    IsPersonAccount: true,
    PersonContactId: contacts.keyOf(to),
    PersonEmail: `person.${row}@contacts.example`,
  });
  return contacts.keyOf(to);
}

function addContacts(org, random, account, owner, { born, now }) {
  const table = org.tables.get('Contact'),
    keys = [];
  for (let i = 1 + random.poisson(3); i > 0; i--) {
    const row = table.addRow();
    const [title, seniority] = random.pick(TITLES);
    const made = born + random.int(Math.max(1, (now - born) / DAY - 1)) * DAY + random.int(86400) * 1000;
    table.put(row, {
      AccountId: account,
      FirstName: 'Contact',
      LastName: numbered('', row, 5).trim(),
      Title: title,
      Seniority__c: seniority,
      Email: `contact.${row}@contacts.example`,
      OwnerId: owner,
      Newsletter__c: random.chance(0.3),
      Phone: `+1 555 02${String(row % 100).padStart(2, '0')}`,
      CreatedDate: made,
      CreatedById: owner,
      LastModifiedDate: made,
      LastModifiedById: owner,
      SystemModstamp: made,
    });
    if (org.options.multiCurrency) table.set(row, 'CurrencyIsoCode', 'EUR');
    if (org.options.individuals && row % 20 === 7) addIndividual(org, table, row);
    keys.push(table.keyOf(row));
  }
  addAccountRoles(org, random, account, keys, owner, born);
  return keys;
}

/** What the person behind a contact said about his data: so far, nothing that forbids anything. */
function addIndividual(org, contacts, row) {
  const table = org.tables.get('Individual'),
    to = table.addRow();
  const same = ['FirstName', 'LastName', 'OwnerId', 'CreatedDate', 'CreatedById'];
  const edited = ['LastModifiedDate', 'LastModifiedById', 'SystemModstamp'];
  for (const name of [...same, ...edited]) table.set(to, name, contacts.get(row, name));
  contacts.set(row, 'IndividualId', table.keyOf(to));
}

const ROLES = [
  'Champion',
  'Decision Maker',
  'Executive Sponsor',
  'Economic Buyer',
  'Evaluator',
  'Influencer',
  'Business User',
];

function addAccountRoles(org, random, account, contacts, owner, at) {
  const roles = org.tables.get('AccountContactRole'),
    relations = org.tables.get('AccountContactRelation');
  const stamps = {
    CreatedDate: at,
    CreatedById: owner,
    LastModifiedDate: at,
    LastModifiedById: owner,
    SystemModstamp: at,
  };
  contacts.forEach((contact, i) => {
    if (relations) {
      relations.put(relations.addRow(), {
        AccountId: account,
        ContactId: contact,
        IsDirect: true,
        IsActive: true,
        Roles: random.chance(0.5) ? random.pick(ROLES) : null,
        ...stamps,
      });
    }
    if (i < 3 && random.chance(0.4)) {
      roles.put(roles.addRow(), {
        AccountId: account,
        ContactId: contact,
        Role: ROLES[i],
        IsPrimary: i === 0,
        ...stamps,
      });
    }
  });
}

/** One contact in six belongs to the company before as well, most of them still. */
function addSharedContacts(org, n, row, contacts, { owner, born, now }) {
  const relations = org.tables.get('AccountContactRelation');
  if (!relations || row === 0) return;
  const random = createRandom(org.options.seed, `relations ${n}`);
  for (const contact of contacts) {
    if (!random.chance(1 / 6)) continue;
    const at = born + random.int(Math.max(1, (now - born) / DAY)) * DAY;
    const ended = random.chance(0.2);
    relations.put(relations.addRow(), {
      AccountId: org.tables.get('Account').keyOf(row - 1),
      ContactId: contact,
      Roles: random.chance(0.7) ? [random.pick(ROLES), 'Other'].slice(0, 1 + random.int(2)).join(';') : null,
      IsDirect: false,
      IsActive: !ended,
      StartDate: startOfDay(at),
      EndDate: ended ? startOfDay(now - 30 * DAY) : null,
      CreatedDate: at,
      CreatedById: owner,
      LastModifiedDate: at,
      LastModifiedById: owner,
      SystemModstamp: at,
    });
  }
}

/** Contact week by week, as much as the account's life has. */
function addHistory(org, random, about, now) {
  const from = Math.max(about.born, now - HISTORY_DAYS * DAY);
  let last = null;
  for (let week = from; week < now; week += 7 * DAY) {
    const share = inboundShare(org, about.life, week);
    for (let i = random.poisson(intensity(org, about.life, week, now)); i > 0; i--) {
      const at = workMoment(random, week + random.int(7) * DAY);
      if (at >= now) continue;
      addActivity(org, random, { ...about, inbound: share }, at);
      last = Math.max(last ?? 0, at);
    }
  }
  const accounts = org.tables.get('Account');
  if (last) accounts.set(accounts.rowOf(about.account), 'LastActivityDate', startOfDay(last));
}

/** Loads and mass edits give many rows one stamp. */
function addMassEdits(org, now) {
  const random = org.random('mass edits');
  for (const name of ['Account', 'Contact', 'Task']) {
    const table = org.tables.get(name);
    const at = wholeSecond(now - random.between(3, 30) * DAY);
    for (let row = 0; row < table.count; row++) {
      if (!random.chance(0.03)) continue;
      table.set(row, 'LastModifiedDate', at);
      table.set(row, 'SystemModstamp', at);
      table.set(row, 'LastModifiedById', org.connectedUser === undefined ? null : org.owners[0]);
    }
  }
}

/** Some rows lie in the recycle bin. */
function addDeleted(org, now) {
  const random = org.random('deleted');
  for (const [name, share] of [
    ['Contact', 0.01],
    ['Task', 0.005],
    ['Opportunity', 0.005],
  ]) {
    const table = org.tables.get(name);
    for (let row = 0; row < table.count; row++) {
      if (!random.chance(share)) continue;
      table.setLife(row, 1);
      table.set(row, 'SystemModstamp', wholeSecond(now - random.int(14 * 86400) * 1000));
    }
  }
}
