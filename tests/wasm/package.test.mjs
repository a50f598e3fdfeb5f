/** What npm would publish: complete, typed, without dependencies, and working where it is installed. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const root = join(import.meta.dirname, '../..');
const folder = mkdtempSync(join(tmpdir(), 'perly-package-'));
after(() => rmSync(folder, { recursive: true }));

test('the package is laid out, imported, and answers a command', () => {
  const stage = join(folder, 'stage');
  execFileSync(process.execPath, [join(root, 'host-node/package.mjs'), stage], { stdio: 'inherit' });
  const manifest = JSON.parse(readFileSync(join(stage, 'package.json'), 'utf8'));
  assert.equal(manifest.dependencies, undefined);
  for (const { types, default: path } of Object.values(manifest.exports).filter((entry) => entry.types)) {
    assert.ok(existsSync(join(stage, types)) && existsSync(join(stage, path)), path);
  }
  mkdirSync(join(folder, 'node_modules/@perly'), { recursive: true });
  renameSync(stage, join(folder, 'node_modules/@perly/salesforce'));
  const script = `
    import { CommandError, open, run } from '@perly/salesforce';
    const connection = await open({ sqlite: 'perly.db', key: '${'0f'.repeat(32)}' });
    await run(connection, { command: 'nonsense' }).catch((error) => {
      if (!(error instanceof CommandError)) throw error;
      console.log(error.code, error.exit);
    });
    await connection.close();
    const { openScorer } = await import('@perly/salesforce/scorer');
    const scorer = await openScorer();
    const [{ account_id }] = scorer.add('account', [{ id: '001A', name: 'Acme' }]).score(Date.now());
    console.log(account_id);
    const { default: schema } = await import('@perly/salesforce/perly-config.schema.json', { with: { type: 'json' } });
    console.log(Object.keys(schema.properties).includes('mapping'));`;
  writeFileSync(join(folder, 'use.mjs'), script);
  const said = execFileSync(process.execPath, ['use.mjs'], { cwd: folder, encoding: 'utf8' });
  assert.equal(said, 'UNKNOWN_COMMAND 4\n001A\ntrue\n');
});
