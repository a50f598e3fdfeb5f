// SOQL text to tokens. Positions are kept, since Salesforce's errors point at them.

import { badRequest } from '../base/errors.mjs';

/**
 * @typedef {object} Token
 * @property {'word' | 'string' | 'number' | 'time' | 'date' | 'symbol' | 'end'} kind
 * @property {string} text as written; of a string, its value
 * @property {number} at offset in the query
 */

const PATTERNS = [
  ['time', /\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)/y],
  ['date', /\d{4}-\d\d-\d\d(?![\dT])/y],
  ['number', /[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?/y],
  ['word', /[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*(:\d+)?/y],
  ['symbol', /<=|>=|!=|<>|[=<>(),]/y],
];

const ESCAPES = {
  n: '\n',
  r: '\r',
  t: '\t',
  b: '\b',
  f: '\f',
  "'": "'",
  '"': '"',
  '\\': '\\',
  _: '\\_',
  '%': '\\%',
};

/**
 * The error text of the SOQL compiler: the query cut around the place, a caret, row and column, the reason.
 * @param {string} soql
 * @param {number} at
 * @param {string} code
 * @param {string} reason
 */
export function soqlError(soql, at, code, reason) {
  const before = soql.slice(0, at);
  const row = before.split('\n').length;
  const column = at - (before.lastIndexOf('\n') + 1) + 1;
  const from = Math.max(0, at - 50);
  const snippet = soql.slice(from, at + 40).replace(/\s/g, ' ');
  return badRequest(
    code,
    `\n${snippet}\n${' '.repeat(at - from)}^\nERROR at Row:${row}:Column:${column}\n${reason}`,
  );
}

/** @param {string} soql @returns {Token[]} ends with a token of kind `end` */
export function tokens(soql) {
  const found = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(soql[at] ?? '')) at++;
    if (at >= soql.length) break;
    const token = soql[at] === "'" ? stringAt(soql, at) : plainAt(soql, at);
    found.push(token.token);
    at = token.next;
  }
  found.push({ kind: 'end', text: '<EOF>', at: soql.length });
  return found;
}

function plainAt(soql, at) {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at;
    const match = pattern.exec(soql);
    if (match) return { token: { kind, text: match[0], at }, next: at + match[0].length };
  }
  throw soqlError(soql, at, 'MALFORMED_QUERY', `unexpected token: '${soql[at]}'`);
}

/** The value keeps `\_` and `\%` escaped: LIKE needs to tell them from its wildcards. */
function stringAt(soql, start) {
  let text = '';
  for (let at = start + 1; at < soql.length; at++) {
    const c = soql[at];
    if (c === "'") return { token: { kind: 'string', text, at: start }, next: at + 1 };
    if (c !== '\\') {
      text += c;
      continue;
    }
    const escape = soql[++at];
    if (escape === 'u' && /^[0-9a-fA-F]{4}/.test(soql.slice(at + 1, at + 5))) {
      text += String.fromCharCode(parseInt(soql.slice(at + 1, at + 5), 16));
      at += 4;
      continue;
    }
    const value = ESCAPES[escape?.toLowerCase()];
    if (value === undefined) {
      throw soqlError(
        soql,
        at,
        'MALFORMED_QUERY',
        `Illegal character sequence '\\${escape ?? ''}' in string literal`,
      );
    }
    text += value;
  }
  throw soqlError(soql, start, 'MALFORMED_QUERY', "unexpected token: '''");
}
