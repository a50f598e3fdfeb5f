// package_check.mjs ARCHIVE: installs what npm would publish in an empty folder, with nothing in PATH but Node, and
// runs the main job there against the local Salesforce: login, setup, sync.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';

import { startServer } from '../tests/salesforce/server.mjs';

const archive = resolve(process.argv[2]);
const folder = mkdtempSync(join(tmpdir(), 'perly-install-'));
const server = await startServer({ accounts: 20, clock: 'virtual' });
try {
  const place = join(folder, 'node_modules/@perly/salesforce');
  mkdirSync(place, { recursive: true });
  execFileSync('tar', ['-xzf', archive, '-C', place, '--strip-components=1']);
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  symlinkSync(process.execPath, join(bin, 'node'));
  writeFileSync(
    join(folder, 'job.mjs'),
    `import { connect, open, run } from '@perly/salesforce';
     const connection = await open({ sqlite: 'perly.db', keyFile: 'perly.key' });
     const authorize = async (url) => (await fetch(url, { redirect: 'manual' })).headers.get('location');
     await connect(connection, { ...JSON.parse(process.argv[2]), authorize });
     await run(connection, { command: 'setup' });
     await run(connection, { command: 'sync' }, { onEvent: (event) => event.event === 'scored' && console.log(event.accounts) });
     await connection.close();`,
  );
  const { url: login, client } = server;
  const options = { cwd: folder, env: { PATH: bin, PERLY_TEST_CLOCK: login } };
  const words = ['job.mjs', JSON.stringify({ login, client_id: client.id, client_secret: client.secret })];
  const { stdout } = await promisify(execFile)('node', words, options);
  assert.equal(stdout, '20\n');
  const { stdout: help } = await promisify(execFile)('node', [join(place, 'host-node/src/cli.mjs'), '--help'], options);
  assert.match(help, /^Usage: perly-node/);
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true });
}
