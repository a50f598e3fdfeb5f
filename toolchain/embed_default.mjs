// Writes core/config/default.c: the text of core/config/default.json without its white space, as C. A unit test
// (config_document_test) holds one against the other.
//
//     node toolchain/embed_default.mjs
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../core/config');
const text = JSON.stringify(JSON.parse(readFileSync(join(folder, 'default.json'), 'utf8')));
const lines = [];
for (let rest = text; rest !== ''; ) {
  let length = Math.min(rest.length, 90);
  while (rest.slice(0, length).replace(/[\\"]/g, '\\$&').length > 92) length--;
  lines.push(`"${rest.slice(0, length).replace(/[\\"]/g, '\\$&')}"`);
  rest = rest.slice(length);
}
writeFileSync(
  join(folder, 'default.c'),
  `/* The text of default.json, written by toolchain/embed_default.mjs. */
#include "config/document.h"

Slice config_default_text(void)
{
    return SLICE(
        ${lines.join('\n        ')});
}
`,
);
