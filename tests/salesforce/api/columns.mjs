// GET /query?q=...&columns=true: what a query would select, without running it. Salesforce's own CLI asks it
// before it prints a table.

import { resolve } from '../soql/compile.mjs';
import { planQuery } from '../soql/run.mjs';
import { json } from '../wire/http.mjs';

const NUMBERS = new Set(['int', 'double', 'currency', 'percent']);
const TEXTS = new Set([
  'string',
  'textarea',
  'picklist',
  'multipicklist',
  'combobox',
  'phone',
  'email',
  'url',
]);
const APEX = {
  id: 'Id',
  reference: 'Id',
  int: 'Integer',
  boolean: 'Boolean',
  date: 'Date',
  datetime: 'Datetime',
};

function column(name, field, more = {}) {
  const type = field?.type ?? '';
  return {
    aggregate: false,
    apexType: APEX[type] ?? (NUMBERS.has(type) ? 'Double' : 'String'),
    booleanType: type === 'boolean',
    columnName: name,
    custom: field?.custom ?? false,
    displayName: name,
    foreignKeyName: null,
    insertable: field?.createable ?? false,
    joinColumns: [],
    numberType: NUMBERS.has(type),
    textType: TEXTS.has(type),
    updatable: field?.updateable ?? false,
    ...more,
  };
}

/** A field behind relationships is a join for each step; steps that fields share are one join. */
function put(columns, [name, ...rest], field) {
  if (!rest.length) {
    columns.push(column(name, field));
    return;
  }
  let join = columns.find((one) => one.columnName === name && one.joinColumns.length && !one.aggregate);
  if (!join) columns.push((join = column(name, null)));
  put(join.joinColumns, rest, field);
}

function columnsOf(ctx, query, plan) {
  const columns = [];
  const children = [...plan.children];
  let unnamed = 0;
  for (const item of query.select) {
    if (item.kind === 'field') {
      const { path, field } = resolve(ctx, plan.source, query, item.name, item.at);
      put(columns, path, field);
    } else if (item.kind === 'aggregate') {
      const name = item.alias ?? `expr${unnamed++}`;
      columns.push(column(name, null, { aggregate: true, displayName: item.name, apexType: 'Double' }));
    } else if (item.kind === 'subquery') {
      const child = children.shift();
      const joinColumns = columnsOf(ctx, item.query, child.plan);
      columns.push(column(child.name, null, { aggregate: true, joinColumns }));
    } else for (const { path, field } of plan.columns) put(columns, path, field);
  }
  return columns;
}

/** @param {import('../soql/parser.mjs').Query} query */
export function columnMetadata(ctx, query, all) {
  const plan = planQuery(ctx, query, all);
  const columns = columnsOf(ctx, query, plan);
  return json(200, {
    columnMetadata: columns,
    entityName: plan.object.name,
    groupBy: query.groupBy.length > 0,
    idSelected: columns.some((one) => one.columnName === 'Id'),
    keyPrefix: plan.object.prefix,
  });
}
