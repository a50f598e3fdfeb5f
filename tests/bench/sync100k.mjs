// The first sync of a large org, paced as one: a Bulk job takes 20 s for 250,000 rows, a download 4 MB/s. On the
// virtual clock waiting costs nothing and work of the processor takes no time, so what `perly` itself needed of the
// processor is added to the time that passed in the org: as if nothing of it were done while waiting.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

import { bound, root, scratch } from './lib.mjs';
import { usage } from './perly.mjs';
import { startOrg } from './promises.mjs';

/** @param {{ accounts: number }} options */
export async function sync100k({ accounts }) {
  const { server, org, perly } = await startOrg({ accounts, seed: 1 }, 'sync100k');
  try {
    await perly.connect({ url: server.url, id: server.client.id, secret: server.client.secret });
    await perly.run(['setup', '--yes']);
    const began = org.now();
    const program = join(root, 'build/native/host-native/perly');
    const child = spawn(program, ['sync', '--data', join(scratch, 'sync100k'), '--json'], {
      env: { ...process.env, PERLY_TEST_CLOCK: server.url }, stdio: ['ignore', 'pipe', 'inherit'],
    });
    /** @type {Record<string, number>} */
    const rows = {};
    let use = { cpu: 0, peakMiB: 0 };
    let scored = 0;
    let ok = false;
    let calls = 0;
    for await (const line of createInterface({ input: child.stdout })) {
      const event = JSON.parse(line);
      if (event.event !== 'exit') use = usage(/** @type {number} */ (child.pid));
      if (event.event === 'pulled') rows[event.object] = event.rows;
      if (event.event === 'scored') scored = event.accounts;
      if (event.event === 'command_end') ({ ok, api_calls: calls } = event);
    }
    if (child.exitCode === null) await once(child, 'exit');
    if (!ok) throw new Error('the sync failed');
    const total = Object.values(rows).reduce((sum, count) => sum + count, 0);
    const passed = (org.now() - began) / 1000;
    const size = Object.entries(rows).map(([name, count]) => `${count.toLocaleString('en-US')} ${name}`).join(', ');
    console.log(`     ${size}; ${scored.toLocaleString('en-US')} scored; ${passed.toFixed(0)} s passed in the org, ${use.cpu.toFixed(0)} s of processor`);
    bound({ name: `first sync of ${accounts.toLocaleString('en-US')} accounts, ${total.toLocaleString('en-US')} rows: time in the org and of the processor`, value: (passed + use.cpu) / 60, unit: 'minutes', most: 30 });
    // A page of 50,000 rows a call, an hour's polls of each job, describes, counts, and 200 scores a call besides.
    const most = Math.ceil(total / 50_000) + Object.keys(rows).length * 60 + Math.ceil(accounts / 200) + 100;
    bound({ name: 'API calls of it', value: calls, unit: 'calls', most });
    bound({ name: 'peak memory of perly in it', value: use.peakMiB, unit: 'MiB', most: 64 });
  } finally {
    await server.close();
  }
}
