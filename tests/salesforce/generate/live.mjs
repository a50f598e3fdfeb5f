// Time passes: every day each account gets the contact its life has, champions leave, renewals slip, close,
// are won or lost. What happens is drawn from the seed, the day and the account, so a year replays exactly.

import { createRandom } from '../base/random.mjs';
import { DAY, startOfDay, wholeSecond } from '../base/time.mjs';
import { housekeeping, insert, remove, update } from '../store/dml.mjs';
import { activityTouched } from '../store/hooks.mjs';
import { LIVE } from '../store/table.mjs';
import { addActivity, workMoment } from './activities.mjs';
import { drawLife, inboundShare, intensity } from './life.mjs';

const HAZARDS = { growing: 0.004, steady: 0.012, fading: 0.09, lost: 1 };
/** Chance a day that the champion leaves, and that a renewal that is due soon slips. */
const LEAVES = { growing: 0.0006, steady: 0.0008, fading: 0.004, lost: 0 };
const SLIPS = { growing: 0.01, steady: 0.02, fading: 0.12, lost: 0 };
const LOSES = { growing: 0.02, steady: 0.08, fading: 0.5, lost: 1 };

/**
 * Let days pass.
 * @param {object} org
 * @param {number} days
 * @param {boolean} [advance] move the clock; false: what happens is only put on the clock
 * @returns {Promise<Record<string, number>>} days, activities, champions, slips, won, lost
 */
export async function live(org, days, advance = true) {
  const tally = { days, activities: 0, champions: 0, slips: 0, won: 0, lost: 0 };
  for (let day = 0; day < days; day++) {
    const start = org.now() + (advance ? 0 : day * DAY);
    planDay(org, start, tally).forEach((event, n) => org.later(late(org, event.at, n), event.run));
    if (!advance) continue;
    org.clock.advance(DAY);
    housekeeping(org);
  }
  return tally;
}

/** Now and then a row is seen only after its stamp: its transaction was long. */
function late(org, at, n) {
  if (!org.options.lateShare) return at;
  const random = createRandom(org.options.seed, `late ${at} ${n}`);
  return random.chance(org.options.lateShare) ? at + 1000 * random.between(1, org.options.lateSeconds) : at;
}

/** Force the life of an account, for a demo or a test. */
export function setLife(org, account, kind) {
  const row = org.tables.get('Account').rowOf(account),
    life = org.truth.get(row);
  if (!(kind in HAZARDS) || !life) throw new Error('kind is growing, steady, fading or lost');
  Object.assign(life, {
    kind,
    hazard: HAZARDS[kind],
    turned: kind === 'fading' ? org.now() - 30 * DAY : Infinity,
    lostAt: kind === 'lost' ? org.now() : Infinity,
  });
}

/** Contacts and opportunities of each account: built once, then kept. */
function bookOf(org) {
  if (org.book) return org.book;
  const book = new Map();
  for (const [name, list] of [
    ['Contact', 'contacts'],
    ['Opportunity', 'opportunities'],
  ]) {
    const table = org.tables.get(name);
    for (let row = 0; row < table.count; row++) {
      if (table.life[row] !== LIVE) continue;
      page(book, table.get(row, 'AccountId'))[list].push(table.keyOf(row));
    }
  }
  org.book = book;
  return book;
}

function page(book, account) {
  let found = book.get(account);
  if (!found) book.set(account, (found = { contacts: [], opportunities: [] }));
  return found;
}

function planDay(org, start, tally) {
  const book = bookOf(org),
    accounts = org.tables.get('Account'),
    number = Math.floor(start / DAY);
  const events = [];
  for (let row = 0; row < accounts.count; row++) {
    if (accounts.life[row] !== LIVE) continue;
    const life = lifeOf(org, row);
    const random = createRandom(org.options.seed, `day ${number} account ${row}`);
    const account = accounts.keyOf(row);
    planAccount(org, { random, life, account, row, ...page(book, account), start, tally }, events);
  }
  return events.sort((a, b) => a.at - b.at);
}

/** An account that was made since gets a life too. */
function lifeOf(org, row) {
  let life = org.truth.get(row);
  if (!life)
    org.truth.set(row, (life = drawLife(createRandom(org.options.seed, `company ${row}`), org.now())));
  return life;
}

function planAccount(org, day, events) {
  const { random, life, start } = day;
  const at = () => within(start, workMoment(random, start + DAY / 2));
  const owner = org.tables.get('Account').get(day.row, 'OwnerId');
  for (let i = random.poisson(intensity(org, life, start, start) / 7); i > 0; i--) {
    const when = at(),
      stream = createRandom(org.options.seed, `activity ${day.account} ${when} ${i}`);
    events.push({ at: when, run: () => addOne(org, stream, { ...day, owner }, when) });
    day.tally.activities++;
  }
  turn(org, random, life, start);
  const kind = org.options.nullOrg ? 'steady' : life.kind;
  if (day.contacts.length && random.chance(LEAVES[kind])) {
    const leaves = at();
    events.push({ at: leaves, run: () => championLeaves(org, day, leaves) });
  }
  for (const key of day.opportunities) planOpportunity(org, day, key, kind, at(), events);
}

const within = (start, at) => Math.min(start + DAY - 1000, Math.max(start + 1000, at));

/** Lives change slowly, and nothing shows but what follows from it. */
function turn(org, random, life, now) {
  const p = random.next();
  if (life.kind === 'steady' && p < 0.0025)
    Object.assign(life, { kind: 'fading', turned: now, hazard: HAZARDS.fading });
  else if (life.kind === 'growing' && p < 0.003)
    Object.assign(life, { kind: 'steady', hazard: HAZARDS.steady });
  else if (life.kind === 'fading' && p < 0.002)
    Object.assign(life, { kind: 'steady', turned: Infinity, hazard: HAZARDS.steady });
}

function addOne(org, random, day, at) {
  const about = {
    account: day.account,
    contacts: day.contacts,
    opportunities: day.opportunities,
    owner: day.owner,
    inbound: inboundShare(org, day.life, at),
  };
  const { table, row } = addActivity(org, random, about, wholeSecond(at));
  activityTouched({ org }, table, row);
}

const admin = (org, at) => ({ org, user: org.otherAdmin, version: '66.0', stampAt: at });

/** The first contact is the champion: mail to it bounces, its roles are taken away. */
function championLeaves(org, day, at) {
  const ctx = admin(org, at),
    contact = day.contacts[0];
  day.tally.champions++;
  update(ctx, 'Contact', org.ids.text(contact), {
    EmailBouncedDate: new Date(at).toISOString(),
    EmailBouncedReason: 'smtp; 550 mailbox unavailable',
  });
  const roles = org.tables.get('OpportunityContactRole');
  for (let row = 0; row < roles.count; row++) {
    if (roles.life[row] === LIVE && roles.get(row, 'ContactId') === contact)
      remove(ctx, roles.name, org.ids.text(roles.keyOf(row)));
  }
  day.contacts.shift();
}

const NEXT = {
  Prospecting: 'Qualification',
  Qualification: 'Needs Analysis',
  'Needs Analysis': 'Proposal',
  Proposal: 'Negotiation',
  Negotiation: 'Closed Won',
};

function planOpportunity(org, day, key, kind, at, events) {
  const table = org.tables.get('Opportunity'),
    row = table.rowOf(key),
    { random } = day;
  const stage = table.get(row, 'StageName');
  if (table.life[row] !== LIVE || stage.startsWith('Closed')) return;
  const days = (table.get(row, 'CloseDate') - startOfDay(at)) / DAY;
  const change = (fields) =>
    events.push({ at, run: () => update(admin(org, at), 'Opportunity', org.ids.text(key), fields) });
  if (days <= 0) events.push({ at, run: () => close(org, day, key, random.chance(LOSES[kind]), at) });
  else if (days <= 15 && random.chance(SLIPS[kind])) {
    day.tally.slips++;
    change({ CloseDate: new Date(table.get(row, 'CloseDate') + 30 * DAY).toISOString().slice(0, 10) });
  } else if (random.chance(0.012) && NEXT[stage] !== 'Closed Won') change({ StageName: NEXT[stage] });
}

/** The close date has come. A lost renewal is a lost customer; a won one brings the next. */
function close(org, day, key, lost, at) {
  const ctx = admin(org, at),
    table = org.tables.get('Opportunity'),
    row = table.rowOf(key);
  const id = org.ids.text(key),
    account = org.ids.text(day.account),
    isRenewal = table.get(row, 'Type') === 'Renewal';
  update(ctx, 'Opportunity', id, { StageName: lost ? 'Closed Lost' : 'Closed Won' });
  day.tally[lost ? 'lost' : 'won']++;
  if (!isRenewal) return;
  if (lost) {
    Object.assign(day.life, { kind: 'lost', lostAt: at, hazard: 1 });
    update(ctx, 'Account', account, { Type: 'Former Customer', ARR__c: 0 });
    return;
  }
  const due = new Date(table.get(row, 'CloseDate') + 365 * DAY).toISOString().slice(0, 10);
  update(ctx, 'Account', account, { Renewal_Date__c: due });
  day.opportunities.push(
    insert(ctx, 'Opportunity', {
      AccountId: account,
      Name: `Renewal ${due.slice(0, 4)}`,
      Type: 'Renewal',
      StageName: 'Qualification',
      CloseDate: due,
      Amount: table.get(row, 'Amount'),
      OwnerId: org.ids.text(org.otherAdmin),
    }),
  );
}
