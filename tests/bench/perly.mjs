// The native host on the benchmark's org: one pull of Account, and what it cost.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { connect, nativeHost, nodeHost, startCore } from '../e2e/core.mjs';
import { now, pinned, here, scratch } from './lib.mjs';

/** @param {string | string[]} csv several: see `use` @param {{ gzip?: boolean }} [options] */
export async function startOrg(csv, { gzip = false } = {}) {
  const command = pinned(1, [process.execPath, join(here, 'org.mjs'), ...[csv].flat(), ...(gzip ? ['--gzip'] : []), '--page', '50000']);
  const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit').then(() => Promise.reject(new Error('org.mjs ended')))]);
  const { port, rows } = JSON.parse(line);
  const url = `http://127.0.0.1:${port}`;
  return { url, rows, use: (/** @type {number} */ file) => fetch(`${url}/bench?use=${file}`), close: () => child.kill() };
}

/** @param {string} file */
export const removeDatabase = (file) => ['', '-wal', '-shm'].forEach((end) => rmSync(file + end, { force: true }));

/** Processor seconds and peak memory so far. @param {number} pid */
export function usage(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
  const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return { cpu: (Number(fields[11]) + Number(fields[12])) / 100, peakMiB: Number(peak?.[1]) / 1024 };
}

/** The generator's columns that are no standard attribute: with them all 25 are stored, as the peers store them. */
const MAPPED = [
  'BillingStreet', 'BillingCity', 'BillingState', 'BillingPostalCode', 'BillingCountry', 'Phone', 'Website', 'Rating', 'AccountSource',
  'LastModifiedDate', 'LastActivityDate', 'Description', 'Plan__c', 'ARR__c', 'NPS__c',
];
const config = JSON.stringify({ mapping: { account: Object.fromEntries(MAPPED.map((field) => [field.toLowerCase(), `record.${field}`])) } });

/**
 * @typedef {object} Where
 * @property {string} [database] a SQLite file
 * @property {boolean} [again] into the database that is there
 * @property {'native' | 'node'} [host]
 * @property {{ url: string, schema: string }} [postgres] instead of SQLite, with the Node host
 */

/**
 * The cycle of the pull before was ended as soon as Account was there: without a cut that closes its windows the next
 * sync would go on with it and pull nothing.
 * @param {string} database
 */
function closeCycle(database) {
  const opened = new DatabaseSync(database);
  opened.exec(`INSERT OR REPLACE INTO cut (number, at, started_at, whole, model_hash, accounts, scored, changed, actions, held)
    SELECT 1, max(last_end), max(last_end), 1, '', 0, 0, 0, 0, 0 FROM pull`);
  opened.close();
}

/**
 * Pulls Account once, into a new database or again into the one that is there. The clock runs from the request of the
 * first page to the event `pulled`: waiting for the org's job is left out, for it is the org's. What follows the pull
 * (scoring) is not waited for.
 * @param {{ url: string, rows: number }} org @param {Where} [where]
 */
export async function pull(org, { database = join(scratch, 'perly.db'), again = false, host = 'native', postgres } = {}) {
  if (!again && !postgres) removeDatabase(database);
  if (again) closeCycle(database);
  const key = join(scratch, 'perly.key');
  const command = host === 'native' ? nativeHost({ database, key }) : nodeHost({ database, postgres: postgres?.url, schema: postgres?.schema, key });
  const core = startCore({ host: pinned(0, command) });
  const pid = /** @type {number} */ (core.child.pid);
  const connected = again ? [] : await connect(core, { url: org.url, client_id: 'bench', client_secret: 'bench' });
  if (connected.length && !connected.at(-1)?.ok) throw new Error(JSON.stringify(connected.at(-1)));
  const before = usage(pid);
  const asked = now();
  const end = await pulled(core);
  const ended = now();
  const after = usage(pid);
  core.child.kill('SIGKILL');
  const { firstPage, selected } = await (await fetch(`${org.url}/bench`)).json();
  return {
    ...end, selected, rate: org.rows / ((ended - firstPage) / 1000), cpuRate: org.rows / (after.cpu - before.cpu),
    commandSeconds: (ended - asked) / 1000, peakMiB: after.peakMiB,
  };
}

/** Resolves at Account's `pulled`, while the command goes on. @param {ReturnType<typeof startCore>} core */
function pulled(core) {
  return new Promise((resolve, reject) => {
    const onEvent = (event) => {
      if (event.event === 'pulled' && event.object === 'Account') resolve(event);
      if (event.event === 'command_end') reject(new Error(JSON.stringify(event)));
    };
    core.run({ command: 'sync', full: true, config }, onEvent).catch(reject);
  });
}
