// Calls, e-mails and meetings. Written straight into the columns: there can be millions.

import { createRandom } from '../base/random.mjs';
import { addRecipient, relate, relateActivity } from '../store/relations.mjs';
import { DAY, HOUR, MINUTE, startOfDay, wholeSecond } from '../base/time.mjs';

const SUBJECTS = {
  email: [
    'Email: next steps',
    'Email: question about invoice',
    'Re: onboarding',
    'Email: release notes',
    'Re: renewal terms',
    'Email: follow-up, "as discussed"',
    'Fwd: contract — please check',
    'Email: ✅ done',
  ],
  call: ['Call', 'Call: check-in', 'Call: support case', 'Call: pricing', 'Voicemail left'],
  meeting: ['Quarterly review', 'Demo', 'Kick-off', 'Training session', 'Weekly sync', 'Executive briefing'],
  other: ['Send Letter', 'Prepare quote', 'Other', 'Update plan'],
};
const NOTES = [
  'Spoke about "phase two";\nthey want a date.',
  'No answer.',
  'Agenda:\n- usage\n- renewal\n- open cases\n',
  'Très content, merci ! 😀',
  'They said: ""send it again"".',
  'a,b;c\td',
  'Next step: review.\r\nOwner: us.',
];

const KINDS = [
  ['email', 46],
  ['call', 25],
  ['meeting', 20],
  ['other', 9],
];

/** A moment of a working day within a day, whole seconds. */
export function workMoment(random, day) {
  return startOfDay(day) + 8 * HOUR + random.int(9 * 3600) * 1000;
}

/**
 * One activity of an account.
 * @param {object} org
 * @param {import('../base/random.mjs').Random} random
 * @param {object} about account, contacts, opportunities and owner as keys, `inbound` share
 * @param {number} at ms
 */
export function addActivity(org, random, about, at) {
  const kind = random.weighted(KINDS);
  const who = about.contacts.length && random.chance(0.88) ? random.pick(about.contacts) : null;
  const what =
    about.opportunities.length && random.chance(0.25) ? random.pick(about.opportunities) : about.account;
  const archived = at < org.now() - 365 * DAY;
  const common = {
    WhoId: who,
    WhatId: what,
    AccountId: about.account,
    OwnerId: about.owner,
    Subject: random.pick(SUBJECTS[kind]),
    IsArchived: archived,
    CreatedDate: at,
    CreatedById: about.owner,
    LastModifiedDate: at,
    LastModifiedById: about.owner,
    SystemModstamp: at,
  };
  if (org.options.multiCurrency) common.CurrencyIsoCode = 'EUR';
  if (random.chance(0.08)) common.Description = random.pick(NOTES);
  if (org.options.quirks && random.chance(0.002)) common.Description = `nul\u0000inside`;
  const made =
    kind === 'meeting'
      ? addEvent(org, random, common, at)
      : addTask(org, random, kind, common, at, about);
  if (org.options.sharedActivities) addRelations(org, made, about.contacts);
  return made;
}

/** With Shared Activities the contact that an activity names is one of its relations; others come besides. */
function addRelations(org, { table, row }, contacts) {
  relateActivity(org, table, row);
  const random = createRandom(org.options.seed, `relations ${table.name} ${row}`);
  const first = table.get(row, 'WhoId');
  if (first === null || !random.chance(0.3)) return;
  const more = contacts.filter((/** @type {number} */ contact) => contact !== first);
  for (const contact of more.slice(0, 1 + random.int(2))) relate(org, table, row, contact, false);
}

function addTask(org, random, kind, common, at, about) {
  const table = org.tables.get('Task'),
    row = table.addRow();
  table.put(row, common);
  const values = {
    ActivityDate: startOfDay(at),
    Status: 'Completed',
    Priority: 'Normal',
    CompletedDateTime: at,
    TaskSubtype: kind === 'email' ? 'Email' : kind === 'call' ? 'Call' : 'Task',
  };
  if (kind === 'call') {
    const inbound = random.chance(about.inbound);
    Object.assign(values, {
      CallType: inbound ? 'Inbound' : 'Outbound',
      CallDurationInSeconds: 30 + random.int(1800),
    });
  }
  const incoming = kind === 'email' && random.chance(about.inbound);
  if (incoming) table.set(row, 'Subject', `Re: ${common.Subject}`.replace('Re: Re:', 'Re:'));
  table.put(row, values);
  // One e-mail in five was logged by hand: a task without a message.
  if (kind === 'email' && org.options.enhancedEmail && row % 5) addMessage(org, table, row, common, incoming, about.contacts);
  if (kind === 'other' && at > org.now() - 20 * DAY && random.chance(0.5)) {
    table.put(row, {
      Status: 'Not Started',
      CompletedDateTime: null,
      ActivityDate: startOfDay(at + random.int(14) * DAY),
    });
  }
  return { table, row };
}

const OURS = 'owner@local.example';

/** The message behind an e-mail's task: what was said, from whom to whom. */
function addMessage(org, tasks, task, common, incoming, others) {
  const table = org.tables.get('EmailMessage'),
    contacts = org.tables.get('Contact');
  const who = common.WhoId === null ? -1 : contacts.rowOf(common.WhoId);
  const theirs = who < 0 ? 'someone@contacts.example' : contacts.get(who, 'Email');
  const row = table.addRow();
  table.put(row, {
    ActivityId: tasks.keyOf(task),
    RelatedToId: common.WhatId,
    Subject: tasks.get(task, 'Subject'),
    FromAddress: incoming ? theirs : OURS,
    ToAddress: incoming ? OURS : theirs,
    FromName: incoming ? 'A contact' : 'An owner',
    TextBody: 'Private words of the message.',
    HtmlBody: '<p>Private words of the message.</p>',
    Incoming: incoming,
    Status: incoming ? 'Replied' : 'Sent',
    MessageDate: common.CreatedDate,
    CreatedDate: common.CreatedDate,
    CreatedById: common.CreatedById,
    LastModifiedDate: common.CreatedDate,
    LastModifiedById: common.CreatedById,
    SystemModstamp: common.CreatedDate,
  });
  if (org.options.emailRelations) addRecipients(org, table, row, incoming, { of: common.WhoId, owner: common.OwnerId, others });
}

/** Who sent and received a message: the contact and the owner, now and then another contact in copy, and a stranger. */
function addRecipients(org, messages, row, incoming, { of, owner, others }) {
  const random = createRandom(org.options.seed, `recipients ${row}`);
  const [theirs, ours] = incoming ? ['FromAddress', 'ToAddress'] : ['ToAddress', 'FromAddress'];
  if (of !== null) addRecipient(org, messages, row, of, theirs);
  addRecipient(org, messages, row, owner, ours);
  if (others.length > 0 && random.chance(0.3)) {
    const other = random.pick(others);
    if (other !== of) addRecipient(org, messages, row, other, random.pick(['CcAddress', 'ToAddress', 'BccAddress']));
  }
  if (random.chance(0.1)) addRecipient(org, messages, row, null, 'CcAddress');
}

function addEvent(org, random, common, at) {
  const table = org.tables.get('Event'),
    row = table.addRow();
  const minutes = random.pick([30, 30, 45, 60, 60, 90]),
    start = wholeSecond(Math.floor(at / (15 * MINUTE)) * 15 * MINUTE);
  const values = {
    StartDateTime: start,
    ActivityDateTime: start,
    ActivityDate: startOfDay(start),
    EndDateTime: start + minutes * MINUTE,
    DurationInMinutes: minutes,
    ShowAs: 'Busy',
    EventSubtype: 'Event',
    GroupEventType: '0',
  };
  table.put(row, common);
  table.put(row, values);
  if (random.chance(0.04)) addAttendee(table, row, { ...common, ...values }, random, org);
  return { table, row };
}

/** An invited colleague has a row of his own: a child of the group event. */
function addAttendee(table, row, values, random, org) {
  table.set(row, 'IsGroupEvent', true);
  table.set(row, 'GroupEventType', '1');
  const child = table.addRow();
  table.put(child, {
    ...values,
    OwnerId: random.pick(org.owners),
    IsGroupEvent: true,
    IsChild: true,
    GroupEventType: '1',
  });
}
