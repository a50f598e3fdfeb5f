// The CSV of Bulk API 2.0. Results: every value quoted, quotes doubled, LF unless CRLF was asked. Uploads:
// RFC 4180.

import { badRequest } from '../base/errors.mjs';
import { cellWriter, isPlain } from '../store/format.mjs';

export const DELIMITERS = { COMMA: ',', TAB: '\t', PIPE: '|', SEMICOLON: ';', CARET: '^', BACKQUOTE: '`' };

const quoted = (text) => (text.includes('"') ? text.replace(/"/g, '""') : text);

/** @returns {{header: string, line: (row: number) => string}} */
export function lineWriter(org, columns, delimiter, ending) {
  const between = `"${delimiter}"`;
  const cells = columns.map(({ field, get }) => {
    const write = cellWriter(org, field);
    return isPlain(field.type) ? (row) => write(get(row)) : (row) => quoted(write(get(row)));
  });
  const header = `"${columns.map((column) => column.path.join('.')).join(between)}"${ending}`;
  const count = cells.length;
  return {
    header,
    line(row) {
      let text = `"${cells[0](row)}`;
      for (let i = 1; i < count; i++) text += between + cells[i](row);
      return `${text}"${ending}`;
    },
  };
}

/**
 * Parse an upload.
 * @param {string} text
 * @param {string} delimiter
 * @returns {{rows: string[][], raw: string[]}} all rows, the header first; `raw`: each record's own text
 */
export function parseCsv(text, delimiter) {
  const rows = [],
    raw = [];
  let row = [],
    field = '',
    quotes = false,
    start = 0,
    wasQuoted = false;
  const endField = () => {
    row.push(field);
    field = '';
    wasQuoted = false;
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quotes) {
      if (c !== '"') field += c;
      else if (text[i + 1] === '"') {
        field += '"';
        i++;
      } else quotes = false;
    } else if (c === '"' && field === '' && !wasQuoted) quotes = wasQuoted = true;
    else if (c === delimiter) endField();
    else if (c === '\n') {
      if (field.endsWith('\r') && !wasQuoted) field = field.slice(0, -1);
      endField();
      rows.push(row);
      raw.push(text.slice(start, i + 1));
      row = [];
      start = i + 1;
    } else if (!(wasQuoted && c === '\r')) field += c;
  }
  if (quotes) throw badRequest('InvalidBatch', 'Unterminated quoted field');
  if (field !== '' || row.length || wasQuoted) {
    endField();
    rows.push(row);
    raw.push(text.slice(start));
  }
  return { rows, raw };
}
