/** Every case of the HTTP conformance suite on every host. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openHttp } from '../../host-node/src/http.mjs';
import { NativeDriver } from '../store/native_driver.mjs';
import { cases } from './cases.mjs';
import { startServer } from './server.mjs';

/** @param {number} idleMs @returns {import('./client.mjs').Http} */
function openNative(idleMs) {
  const times = { PERLY_HTTP_CONNECT_MS: '5000', PERLY_HTTP_IDLE_MS: String(idleMs) };
  const folder = mkdtempSync(join(tmpdir(), 'perly-http-'));
  const driver = new NativeDriver(join(folder, 'perly.db'), times);
  const close = async () => {
    await driver.close();
    rmSync(folder, { recursive: true });
  };
  return { ...driver.http(), close };
}

const hosts = [
  { name: 'node:http', open: (/** @type {number} */ idleMs) => openHttp({ idleMs, connectMs: 5000, env: {} }) },
  { name: 'libcurl', open: openNative },
];

for (const { name, open } of hosts) {
  describe(`http: ${name}`, { concurrency: 4 }, () => {
    for (const { name: title, answers, run, idleMs = 30_000 } of cases) {
      test(title, async () => {
        const http = open(idleMs);
        const server = await startServer(answers);
        try {
          await run({ http, server, url: `http://127.0.0.1:${server.port}` });
        } finally {
          await http.close();
          await server.stop();
        }
      });
    }
  });
}
