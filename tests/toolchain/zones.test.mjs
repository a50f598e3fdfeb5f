// toolchain/perly_zones.bin is what its generator writes, and knows what this Node's own ICU knows.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { buildZones, installedVersion, zonesFile } from '../../toolchain/zones.mjs';

const root = '/usr/share/zoneinfo';
const committed = readFileSync(zonesFile);
const version = committed.toString('latin1', 4, 16).replace(/\0+$/, '');

test('the committed file is the generated one', (t) => {
  let installed = '';
  try {
    installed = installedVersion(root);
  } catch {
    // No tzdata on this machine.
  }
  if (installed !== version) {
    t.diagnostic(`tzdata ${installed || 'none'} is installed, the file was made from ${version}: not compared`);
  } else {
    assert.ok(committed.equals(buildZones(root)), 'run: node toolchain/zones.mjs');
  }
  assert.match(version, /^20\d\d[a-z]$/);
});

test('the file is small and holds the names that Salesforce uses', () => {
  assert.ok(committed.length <= 60 * 1024, `${committed.length} bytes`);
  const text = committed.toString('latin1');
  for (const name of ['America/Los_Angeles', 'Europe/Berlin', 'Asia/Kolkata', 'Asia/Calcutta', 'GMT', 'UTC']) {
    assert.ok(text.includes(name), name);
  }
});
