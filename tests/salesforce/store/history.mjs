// OpportunityFieldHistory: one row for each tracked field that changed, and one that tells of the creation.

import { dateText } from '../base/time.mjs';
import { doubleText } from './format.mjs';

/** Tracked field -> its data type and how its values are told. */
const TRACKED = {
  StageName: ['EnumOrId', (value) => value],
  Amount: ['Currency', doubleText],
  CloseDate: ['DateOnly', dateText],
};

const told = (write, value) => (value === null || value === undefined ? null : write(value));

/**
 * @param {object} org
 * @param {{opportunity: number, user: number, at: number}} about
 * @param {Record<string, any> | null} before null: the opportunity was just made
 * @param {Record<string, any>} now values of tracked fields; a field that is absent is not compared
 */
export function addFieldHistory(org, about, before, now) {
  if (!org.options.fieldHistory) return;
  if (!before) {
    addRow(org, about, 'created', null, null, null);
    return;
  }
  for (const [field, [type, write]] of Object.entries(TRACKED)) {
    if (!(field in now) || before[field] === now[field]) continue;
    addRow(org, about, field, type, told(write, before[field]), told(write, now[field]));
  }
}

function addRow(org, { opportunity, user, at }, field, type, from, to) {
  const table = org.tables.get('OpportunityFieldHistory'),
    row = table.addRow();
  const values = { OpportunityId: opportunity, CreatedById: user, CreatedDate: at, Field: field };
  for (const [name, value] of Object.entries(values)) table.set(row, name, value);
  table.set(row, 'DataType', type);
  table.set(row, 'OldValue', from);
  table.set(row, 'NewValue', to);
}
