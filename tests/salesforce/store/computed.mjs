// Fields that are not stored: derived from their row, from another row, or from the date. None of them bumps
// SystemModstamp when it changes (a formula over TODAY() changes every midnight without a trace).

import { DAY, startOfDay } from '../base/time.mjs';

/** Stage -> [probability, forecast category, its name]. */
export const STAGES = {
  Prospecting: [10, 'Pipeline', 'Pipeline'],
  Qualification: [20, 'Pipeline', 'Pipeline'],
  'Needs Analysis': [35, 'Pipeline', 'Pipeline'],
  Proposal: [60, 'BestCase', 'Best Case'],
  Negotiation: [80, 'BestCase', 'Best Case'],
  'Closed Won': [100, 'Closed', 'Closed'],
  'Closed Lost': [0, 'Omitted', 'Omitted'],
};

const name = (_org, table) => (row) => {
  const first = table.get(row, 'FirstName'),
    last = table.get(row, 'LastName');
  return first ? `${first} ${last}` : last;
};

const stage = (pick) => (_org, table) => (row) => pick(table.get(row, 'StageName'));

const onClose = (pick) => (_org, table) => (row) => {
  const close = table.get(row, 'CloseDate');
  return close === null ? null : pick(new Date(close));
};

const quarter = (date) => Math.floor(date.getUTCMonth() / 3) + 1;
const closedTask = (_org, table) => (row) => table.get(row, 'Status') === 'Completed';

/** Object -> field -> (org, table) => (row) => value. */
const COMPUTED = {
  Account: {
    Days_To_Renewal__c: (org, table) => (row) => {
      const renewal = table.get(row, 'Renewal_Date__c');
      return renewal === null ? null : (renewal - startOfDay(org.now())) / DAY;
    },
  },
  Contact: {
    Name: name,
    IsEmailBounced: (_org, table) => (row) => table.get(row, 'EmailBouncedDate') !== null,
  },
  User: { Name: name },
  Individual: { Name: name },
  Opportunity: {
    IsClosed: stage((value) => value?.startsWith('Closed') ?? false),
    IsWon: stage((value) => value === 'Closed Won'),
    ForecastCategory: stage((value) => STAGES[value]?.[1] ?? 'Pipeline'),
    ForecastCategoryName: stage((value) => STAGES[value]?.[2] ?? 'Pipeline'),
    ExpectedRevenue: (_org, table) => (row) => {
      const amount = table.get(row, 'Amount');
      return amount === null ? null : Math.round(amount * (table.get(row, 'Probability') ?? 0)) / 100;
    },
    FiscalQuarter: onClose(quarter),
    FiscalYear: onClose((date) => date.getUTCFullYear()),
    Fiscal: onClose((date) => `${date.getUTCFullYear()} ${quarter(date)}`),
    HasOpenActivity: () => () => false,
    HasOverdueTask: () => () => false,
  },
  Task: {
    IsClosed: closedTask,
    IsHighPriority: (_org, table) => (row) => table.get(row, 'Priority') === 'High',
  },
  Event: {
    EndDate: (_org, table) => (row) => {
      const end = table.get(row, 'EndDateTime');
      return end === null ? null : startOfDay(end);
    },
  },
};

/** Parts of an address, as an object for JSON; null when all of them are. */
function address(table, fields, compound) {
  const parts = fields.filter((field) => field.compound === compound);
  const stem = compound.slice(0, -'Address'.length);
  return (row) => {
    const found = {};
    let any = false;
    for (const { name: part } of parts) {
      const value = table.get(row, part),
        key = part.slice(stem.length);
      found[key[0].toLowerCase() + key.slice(1)] = value;
      any ||= value !== null;
    }
    return any ? found : null;
  };
}

/** @returns {(row: number) => any} the value of any field of a table, stored or computed */
export function accessor(org, object, field) {
  const table = org.tables.get(object.name);
  if (field.name === 'Id') return (row) => table.keyOf(row);
  if (field.name === 'IsDeleted') return (row) => table.life[row] !== 0;
  if (field.type === 'address') return address(table, object.fields, field.name);
  const compute = COMPUTED[object.name]?.[field.name];
  if (compute) return compute(org, table);
  return table.column(field.name, field.type).reader();
}
