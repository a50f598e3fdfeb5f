/** The JavaScript that ships and the suites that judge it have strict types; declarations come from JSDoc. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

/** @param {string[]} args */
function tsc(...args) {
  const { stdout } = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), ...args], {
    encoding: 'utf8',
  });
  return stdout;
}

test('host-node and wasm have no type errors', () => {
  assert.equal(tsc('-p', join(root, 'host-node')), '');
});

test('the suites have no type errors', () => {
  assert.equal(tsc('-p', join(root, 'tests/store')), '');
});

test('declarations can be made for every entry', () => {
  const out = mkdtempSync(join(tmpdir(), 'perly-types-'));
  const options = ['--noEmit', 'false', '--declaration', '--emitDeclarationOnly', '--outDir', out];
  assert.equal(tsc('-p', join(root, 'host-node'), ...options), '');
  for (const entry of ['host-node/src/index.d.mts', 'host-node/src/postgres.d.mts', 'host-node/src/scorer.d.mts', 'wasm/loader.d.mts']) {
    assert.ok(existsSync(join(out, entry)), entry);
  }
  rmSync(out, { recursive: true });
});
