// GET /: what is in the org, for a person with a browser: objects, tasks, feed, last requests. Reloads
// itself.

import { dateText, restTime } from '../base/time.mjs';
import { LIVE } from '../store/table.mjs';
import { html } from '../wire/http.mjs';

const MOST = 15;
const escape = (value) =>
  String(value ?? '').replace(
    /[&<>"]/g,
    (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[c],
  );

const table = (head, rows) => {
  const line = (cells, tag) => `<tr>${cells.map((cell) => `<${tag}>${escape(cell)}</${tag}>`).join('')}</tr>`;
  return `<table>${line(head, 'th')}${rows.map((row) => line(row, 'td')).join('')}</table>`;
};

const number = (value) => value.toLocaleString('en-US');
const moment = (ms) => restTime(ms).slice(0, 19).replace('T', ' ');

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;
color:#1b2733;background:#fff}h1{font-size:1.4rem}h2{font-size:1.05rem;margin:2rem 0 .4rem}
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .8rem .2rem 0;
vertical-align:top;border-bottom:1px solid #e3e8ee;white-space:pre-wrap}th{font-weight:600;color:#52606d}
@media(prefers-color-scheme:dark){body{background:#12181f;color:#dde4ea}td,th{border-color:#2b3743}}`;

/** @returns {import('../wire/http.mjs').Answer} */
export function page(org) {
  const body = `<h1>Local Salesforce, ${moment(org.now())} UTC</h1>
<p>${number(org.meter.count('requests'))} API requests in the last 24 hours, of ${number(org.options.dailyRequests)}.
What can be done to it from outside: <a href="/_control">/_control</a></p>
<h2>Objects</h2>${table(['Object', 'Rows', 'Deleted'], objects(org))}
<h2>Tasks of the connected user</h2>
${table(['Subject', 'About', 'Owner', 'Due', 'Priority', 'Status'], tasks(org))}
<h2>Posts</h2>${table(['About', 'Text', 'When'], posts(org))}
<h2>Last requests</h2>${table(['When', 'Request', 'Status'], requests(org))}`;
  return html(
    200,
    `<!doctype html><html lang="en"><meta charset="utf-8"><meta http-equiv="refresh" content="5">
<meta name="viewport" content="width=device-width">
<title>Local Salesforce</title><style>${STYLE}</style>${body}</html>`,
  );
}

function objects(org) {
  const rows = [];
  for (const [name, one] of org.tables) {
    let live = 0,
      deleted = 0;
    for (let row = 0; row < one.count; row++) one.life[row] === LIVE ? live++ : deleted++;
    if (one.count) rows.push([name, number(live), number(deleted)]);
  }
  return rows;
}

/** Up to MOST rows of a table that pass, newest first. */
function newest(one, test) {
  const rows = [];
  for (let row = one.count - 1; row >= 0 && rows.length < MOST; row--) {
    if (one.life[row] === LIVE && test(row)) rows.push(row);
  }
  return rows;
}

function nameOf(org, key) {
  const found = key === null ? null : org.find(key);
  if (!found) return '';
  const first = found.table.get(found.row, 'FirstName');
  return (
    found.table.get(found.row, 'Name') ??
    [first, found.table.get(found.row, 'LastName')].filter(Boolean).join(' ')
  );
}

function tasks(org) {
  const one = org.tables.get('Task');
  return newest(one, (row) => one.get(row, 'CreatedById') === org.connectedUser).map((row) => {
    const due = one.get(row, 'ActivityDate');
    return [
      one.get(row, 'Subject'),
      nameOf(org, one.get(row, 'WhatId')),
      nameOf(org, one.get(row, 'OwnerId')),
      due === null ? '' : dateText(due),
      one.get(row, 'Priority'),
      one.get(row, 'Status'),
    ];
  });
}

function posts(org) {
  const one = org.tables.get('FeedItem');
  if (!one) return [];
  return newest(one, (row) => one.get(row, 'Body') !== null).map((row) => [
    nameOf(org, one.get(row, 'ParentId')),
    one.get(row, 'Body'),
    moment(one.get(row, 'CreatedDate')),
  ]);
}

const requests = (org) =>
  org.requests
    .slice(-MOST)
    .reverse()
    .map((one) => [restTime(one.at).slice(11, 19), `${one.method} ${one.path}`, one.status || 'dropped']);
