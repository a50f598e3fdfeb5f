// The core under the Node host, driven and killed as core_run.c drives and kills it under the native one:
//
//     node core_run.mjs DATABASE KEY_FILE
//
// CORE_RUN_KILL=KIND:N, CORE_RUN_EFFECTS=FILE and CORE_RUN_SETTLED=FILE as there; PERLY_TEST_CLOCK=URL too.
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import { openClock } from '../../host-node/src/clock.mjs';
import { Host } from '../../host-node/src/host.mjs';
import { openHttp } from '../../host-node/src/http.mjs';
import { compile } from '../../host-node/src/index.mjs';
import { openKeys } from '../../host-node/src/seal.mjs';
import { openSqlite } from '../../host-node/src/sqlite.mjs';

const [path, keyFile] = process.argv.slice(2);
const [killKind, killAt] = (process.env.CORE_RUN_KILL ?? '').split(':');
/** @type {Record<string, number>} */
const effects = { request: 0, answer: 0, commit: 0, committed: 0 };

/** @param {string} kind */
function count(kind) {
  if (++effects[kind] === Number(killAt) && kind === killKind) process.kill(process.pid, 'SIGKILL');
}

const sqlite = openSqlite({ path });
const store = {
  ...sqlite,
  async settle() {
    const log = process.env.CORE_RUN_SETTLED && readFileSync(`${path}-wal`);
    await sqlite.settle?.();
    if (!log) return;
    writeFileSync(`${process.env.CORE_RUN_SETTLED}.new`, log);
    renameSync(`${process.env.CORE_RUN_SETTLED}.new`, `${process.env.CORE_RUN_SETTLED}`);
  },
  async apply(/** @type {Uint8Array} */ record) {
    count('commit');
    const answer = await sqlite.apply(record);
    count('committed');
    return answer;
  },
};
const inner = openHttp({ loopbackOnly: true });
const http = {
  ...inner,
  /** @type {typeof inner.send} */
  async *send(request, options) {
    const exchange = inner.send(request, options);
    const first = exchange.next();
    count('request');
    let next = await first;
    if (!next.done) count('answer');
    for (; !next.done; next = await exchange.next()) yield next.value;
    return next.value;
  },
};

const host = new Host({
  module: await compile(),
  zones: readFileSync(new URL('../../toolchain/perly_zones.bin', import.meta.url)),
  store,
  http,
  keys: openKeys({ keyFile }),
  clock: await openClock(),
  log: (_level, text) => void process.stderr.write(`log ${text}\n`),
});
for await (const line of createInterface({ input: process.stdin })) {
  for await (const event of host.run(JSON.parse(line))) process.stdout.write(`${JSON.stringify(event)}\n`);
}
if (process.env.CORE_RUN_EFFECTS) writeFileSync(process.env.CORE_RUN_EFFECTS, JSON.stringify(effects));
await host.close();
await sqlite.close();
