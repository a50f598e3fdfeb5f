/** Every case of the HTTP conformance suite on every host. */
import { describe, test } from 'node:test';
import { openHttp } from '../../host-node/src/http.mjs';
import { cases, IDLE_MS } from './cases.mjs';
import { startServer } from './server.mjs';

const hosts = [{ name: 'node:http', open: () => openHttp({ idleMs: IDLE_MS, connectMs: 5000, env: {} }) }];

for (const { name, open } of hosts) {
  describe(`http: ${name}`, { concurrency: true }, () => {
    for (const { name: title, answers, run } of cases) {
      test(title, async () => {
        const server = await startServer(answers);
        const http = open();
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
