/** A configuration at every limit of nesting, in the module that ships: its stack is 128 KiB, and an overflow would trap. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

import { open } from '../../host-node/src/index.mjs';
import { builds } from './modules.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-limits-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** @param {string} part @param {number} count @param {string} middle @param {string} after */
const repeat = (part, count, middle, after) => part.repeat(count) + middle + after.repeat(count);
/** @param {string} expression */
const filter = (expression) => JSON.stringify({ salesforce: { filter: { account: expression } } });
/** So deep in all, the document itself being the first. @param {number} depth */
const document = (depth) => `{"$schema": ${repeat('[', depth - 1, '', ']')}}`;

/** @type {[string, string, RegExp | null][]} a configuration, and the mistake that is told; null: none */
const ROWS = [
  ['64 arrays', document(64), /expected text, found a list/],
  ['65 arrays', document(65), /nested deeper than 64/],
  ['a hundred thousand arrays', document(1e5), /nested deeper than 64/],
  ['99 parentheses', filter(repeat('(', 99, 'true', ')')), null],
  ['100 parentheses', filter(repeat('(', 100, 'true', ')')), /nested too deeply/],
  ['98 macros in each other', filter(repeat('[1].exists(x, ', 98, 'true', ')')), null],
  ['99 macros in each other', filter(repeat('[1].exists(x, ', 99, 'true', ')')), /nested too deeply/],
  ['97 macros in a chain', filter(`[1]${'.map(x, x)'.repeat(97)} == [1]`), null],
  ['999 groups', filter(`'a'.matches('${repeat('(', 999, 'a', ')*')}')`), null],
  ['1000 groups', filter(`'a'.matches('${repeat('(', 1000, 'a', ')*')}')`), /groups are nested/],
];

for (const build of builds) {
  test(`perly_core.wasm of ${build} takes what is at a limit, and says what is beyond`, async () => {
    const file = join(import.meta.dirname, '../../build', build, 'wasm/perly_core.wasm');
    if (!existsSync(file)) throw new Error(`${file} is missing: run ./build.sh wasm`);
    const module = new WebAssembly.Module(readFileSync(file));
    const connection = await open({ sqlite: join(folder, `${build}.db`), keyFile: join(folder, 'key'), module });
    for (const [name, config, mistake] of ROWS) {
      const events = [];
      for await (const event of connection.run({ command: 'config_check', config })) events.push(event);
      const issues = events.filter(({ event }) => event === 'issue').map(({ message }) => message);
      if (mistake === null) assert.deepEqual(issues, [], name);
      else assert.match(issues.join('\n'), mistake, name);
    }
    await connection.close();
  });
}
