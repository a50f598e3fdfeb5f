// Our regular expressions against RE2 itself, on the same random patterns and texts (regex_differential.cc). Here a
// tenth of the whole run of `./build.sh fuzz regex`.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '../..');

test('accept, reject, message, match and groups are those of RE2', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perly-re2-'));
  const program = join(folder, 'regex_differential');
  const sources = ['tests/fuzz/regex_differential.cc', 'build/native/core/libperly_core.a'];
  try {
    execFileSync('g++', ['-std=c++17', '-O2', '-Icore', '-Icore/include', '-o', program, ...sources, '-lre2'], { cwd: root });
    const run = spawnSync(program, ['25000'], { encoding: 'utf8' });
    assert.equal(run.status, 0, run.stdout + run.stderr);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
