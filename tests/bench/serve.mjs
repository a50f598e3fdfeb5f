// The local Salesforce alone: how fast it serves a result that it has made before, to a client that drops it. It must
// not be what a benchmark of a client measures.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';

import { median, now, pinned, report, root } from './lib.mjs';

const V = '/services/data/v66.0';
const SOQL =
  'SELECT Id,SystemModstamp,IsDeleted,AccountId,WhoId,TaskSubtype,CallType,ActivityDate,Status,OwnerId,CreatedDate FROM Task';

/** User and system time of a process; ticks are hundredths of a second. @param {number} pid */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /s, '').split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** A page to its end, dropped. @param {string} url @param {http.OutgoingHttpHeaders} headers @param {http.Agent} agent */
async function drop(url, headers, agent) {
  const request = http.get(url, { headers, agent });
  const [answer] = await once(request, 'response');
  answer.resume();
  await once(answer, 'end');
  return { rows: Number(answer.headers['sforce-numberofrecords']), locator: String(answer.headers['sforce-locator']) };
}

/** @param {string} url @param {http.OutgoingHttpHeaders} headers @param {http.Agent} agent */
async function dropAll(url, headers, agent) {
  let rows = 0;
  let locator = '';
  do {
    const page = await drop(url + (locator ? `?locator=${locator}` : ''), headers, agent);
    rows += page.rows;
    locator = page.locator;
  } while (locator !== 'null');
  return rows;
}

/** @param {{ accounts: number, rounds: number }} options */
export async function serve({ accounts, rounds }) {
  const words = ['--json', '--clock', 'virtual', '--accounts', String(accounts), '--keep-pages', '--set', 'enhancedEmail=false'];
  const child = spawn('taskset', pinned(1, [process.execPath, join(root, 'tests/salesforce/main.mjs'), ...words]).slice(1), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let line = '';
    while (!line.includes('\n')) line += String((await once(child.stdout, 'data'))[0]);
    const org = JSON.parse(line.slice(0, line.indexOf('\n')));
    const headers = { authorization: `Bearer ${org.access_token}` };
    const body = JSON.stringify({ operation: 'queryAll', query: SOQL });
    const json = { ...headers, 'content-type': 'application/json' };
    const { id } = /** @type {any} */ (await (await fetch(`${org.url}${V}/jobs/query`, { method: 'POST', headers: json, body })).json());
    const agent = new http.Agent({ keepAlive: true });
    const url = `${org.url}${V}/jobs/query/${id}/results`;
    const job = `${org.url}${V}/jobs/query/${id}`;
    await (await fetch(job, { headers })).arrayBuffer();
    const count = await dropAll(url, headers, agent);
    const rates = [];
    const costs = [];
    for (let i = 0; i < rounds; i++) {
      const start = [now(), cpuSeconds(Number(child.pid))];
      await dropAll(url, headers, agent);
      rates.push(count / ((now() - start[0]) / 1000));
      costs.push(count / (cpuSeconds(Number(child.pid)) - start[1]));
    }
    agent.destroy();
    const name = `local Salesforce, ${count.toLocaleString('en-US')} prepared rows to a client that drops them`;
    const value = median(rates);
    const none = { peer: '', peer_value: null, ratio: null };
    report({ name, value, unit: 'rows/s', ...none, goal: '1,000,000 rows/s', ok: value >= 1e6 });
    // What the clock says depends on what else runs; this does not.
    report({ name: `${name}, of its CPU time`, value: median(costs), unit: 'rows/s', ...none, goal: '', ok: null });
  } finally {
    child.kill('SIGTERM');
    await once(child, 'close');
  }
}
