// Opportunities of an account: first sale, renewals year by year, expansions; with contact roles and history
// rows.

import { DAY, startOfDay } from '../base/time.mjs';
import { addFieldHistory } from '../store/history.mjs';
import { STAGES } from '../store/computed.mjs';

const OPEN = ['Prospecting', 'Qualification', 'Needs Analysis', 'Proposal', 'Negotiation'];
const ROLES = [
  'Champion',
  'Decision Maker',
  'Executive Sponsor',
  'Economic Buyer',
  'Evaluator',
  'Influencer',
];

/** @returns {number[]} keys of the opportunities */
export function addPipeline(org, random, about) {
  const { life, born, now } = about;
  const keys = [];
  const add = (values) => keys.push(addOpportunity(org, random, about, values));
  if (!life.customer) {
    if (random.chance(0.7))
      add({ type: 'New Business', stage: random.pick(OPEN), close: now + random.between(5, 120) * DAY });
    return keys;
  }
  const since = born + 60 * DAY,
    amount = 5000 + random.int(90) * 1000;
  if (since > now - 3 * 365 * DAY) add({ type: 'New Business', stage: 'Closed Won', close: since, amount });
  const year = 365 * DAY;
  let due = since + year;
  for (; due < Math.min(now, life.lostAt); due += year) {
    if (due > now - 1.5 * year)
      add({ type: 'Renewal', stage: 'Closed Won', close: due, amount, contract: true });
  }
  if (life.lostAt <= now) add({ type: 'Renewal', stage: 'Closed Lost', close: life.lostAt, amount });
  else addRenewal(org, random, about, add, due, amount);
  addExpansions(org, random, about, add, amount);
  return keys;
}

function addRenewal(org, random, about, add, due, amount) {
  const accounts = org.tables.get('Account');
  accounts.set(about.row, 'Renewal_Date__c', startOfDay(due));
  const days = (due - about.now) / DAY;
  const stage = days < 45 ? 'Negotiation' : days < 120 ? 'Proposal' : 'Qualification';
  const slips =
    !org.options.nullOrg && about.life.kind === 'fading' ? random.int(3) : random.chance(0.1) ? 1 : 0;
  if (days < 270) add({ type: 'Renewal', stage, close: due + slips * 30 * DAY, amount, slips });
}

function addExpansions(org, random, { life, now }, add, amount) {
  const rate = org.options.nullOrg ? 1 : { growing: 1.8, steady: 1, fading: 0.6, lost: 0.4 }[life.kind];
  for (let i = random.poisson(rate * 0.6); i > 0; i--) {
    const close = now - random.between(20, 700) * DAY;
    if (close > life.lostAt) continue;
    const won = random.chance(
      org.options.nullOrg ? 0.5 : { growing: 0.75, steady: 0.55, fading: 0.3, lost: 0.3 }[life.kind],
    );
    add({ type: 'Expansion', stage: won ? 'Closed Won' : 'Closed Lost', close, amount: amount * 0.3 });
  }
  if (life.lostAt > now && random.chance(rate * 0.3)) {
    add({
      type: 'Expansion',
      stage: random.pick(OPEN),
      close: now + random.between(10, 150) * DAY,
      amount: amount * 0.4,
    });
  }
}

function addOpportunity(org, random, about, { type, stage, close, amount = 10000, slips = 0 }) {
  const table = org.tables.get('Opportunity'),
    row = table.addRow(),
    key = table.keyOf(row);
  const closed = stage.startsWith('Closed');
  const made = Math.max(about.born, Math.min(close, about.now) - random.between(30, 150) * DAY);
  const edited = closed
    ? Math.max(made, Math.min(about.now, close))
    : Math.max(made, about.now - random.int(60) * DAY);
  const closeDate = startOfDay(close);
  table.put(row, {
    AccountId: about.account,
    Name: `${type} ${new Date(close).getUTCFullYear()}`,
    Type: type,
    StageName: stage,
    Amount: random.chance(0.95) ? Math.round(amount * 100) / 100 : null,
    Probability: STAGES[stage][0],
    CloseDate: closeDate,
    OwnerId: about.owner,
    LastStageChangeDate: edited,
    LeadSource: random.pick(['Web', 'Partner Referral', 'Other', null]),
    CreatedDate: made,
    CreatedById: about.owner,
    LastModifiedDate: edited,
    LastModifiedById: about.owner,
    SystemModstamp: edited,
  });
  const currency = org.options.multiCurrency ? { CurrencyIsoCode: random.pick(['EUR', 'USD']) } : {};
  table.put(row, currency);
  if (org.options.recordTypes)
    table.set(row, 'RecordTypeId', org.tables.get('RecordType').keyOf(type === 'Renewal' ? 3 : 2));
  addHistory(org, about, key, { made, edited, stage, amount, closeDate, slips, currency });
  addRoles(org, random, about, key, made);
  return key;
}

function addHistory(org, about, key, { made, edited, stage, amount, closeDate, slips, currency }) {
  const table = org.tables.get('OpportunityHistory');
  let last = null;
  const add = (at, values) => {
    table.put(table.addRow(), {
      OpportunityId: key,
      CreatedDate: at,
      CreatedById: about.owner,
      SystemModstamp: at,
      Amount: amount,
      ForecastCategory: STAGES[values.StageName][1],
      Probability: STAGES[values.StageName][0],
      ...currency,
      ...values,
    });
    addFieldHistory(org, { opportunity: key, user: about.owner, at }, last, values);
    last = values;
  };
  add(made, { StageName: 'Qualification', CloseDate: closeDate - slips * 30 * DAY });
  for (let i = 1; i <= slips; i++) {
    const at = made + Math.floor(((edited - made) * i) / (slips + 1));
    add(at, { StageName: 'Qualification', CloseDate: closeDate - (slips - i) * 30 * DAY });
  }
  if (stage !== 'Qualification') add(edited, { StageName: stage, CloseDate: closeDate });
}

function addRoles(org, random, about, key, at) {
  const table = org.tables.get('OpportunityContactRole');
  const count = Math.min(about.contacts.length, 1 + random.int(3));
  for (let i = 0; i < count; i++) {
    table.put(table.addRow(), {
      OpportunityId: key,
      ContactId: about.contacts[i],
      Role: ROLES[i],
      IsPrimary: i === 0,
      CreatedDate: at,
      CreatedById: about.owner,
      LastModifiedDate: at,
      LastModifiedById: about.owner,
      SystemModstamp: at,
    });
  }
}
