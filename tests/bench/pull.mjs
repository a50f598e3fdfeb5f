// Pulling Account into SQLite: the native host against jsforce, csv-parse and a bare C loop, and its memory.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { bound, compare, here, pinned, report, run, runJson, scratch } from './lib.mjs';
import { pull, removeDatabase, startOrg } from './perly.mjs';

const ALL = 25;
const peerDatabase = join(scratch, 'peer.db');

/** Account rows from the project's generator. @param {number} count */
async function data(count) {
  const file = join(scratch, `accounts_${count}.csv`);
  if (!existsSync(file)) await run(['sh', '-c', `"${scratch}/gen" ${count} > "${file}.part" && mv "${file}.part" "${file}"`]);
  return file;
}

/** The columns that perly selects and the generator has. @param {string} soql */
const selectedOf = (soql) => /SELECT (\S+) FROM/.exec(soql)?.[1].split(',').filter((name) => name !== 'MasterRecordId') ?? [];

/** @param {string[]} command @param {string[]} [columns] fewer than all */
async function peer(command, columns) {
  removeDatabase(peerDatabase);
  const preload = columns ? ['--import', join(here, 'columns.mjs')] : [];
  const result = await runJson(pinned(0, [process.execPath, ...preload, ...command, peerDatabase]), columns ? { COLUMNS: columns.join(',') } : {});
  return result.rows_per_s;
}

/** @param {string} file @param {number} count @param {string[]} columns */
async function ceiling(file, count, columns) {
  removeDatabase(peerDatabase);
  return runJson(pinned(0, [join(scratch, 'ceiling_columns'), file, peerDatabase, String(count), ...columns]));
}

/** The peer as it is: all columns. @param {string} file @param {number} count */
async function ceilingAll(file, count) {
  removeDatabase(peerDatabase);
  const text = await run(pinned(0, [join(scratch, 'sqlite_ceiling'), file, peerDatabase, 'cols-rowid', String(count), '1']));
  return Number(/([\d.]+) rows\/s/.exec(text)?.[1]);
}

/** @param {{ count: number, pairs: number }} size */
export async function pullAgainstJavaScript({ count, pairs }) {
  const org = await startOrg(await data(count));
  const columns = selectedOf((await pull(org)).selected);
  const stored = columns.length === ALL ? '' : `, ${columns.length} of the ${ALL} columns stored`;
  const some = columns.length === ALL ? undefined : columns;
  const ours = async () => (await pull(org)).rate;
  const what = `pull of ${count.toLocaleString('en-US')} rows into SQLite, native${stored}`;
  await compare({
    name: what, unit: 'rows/s', peer: `jsforce bulk2 + better-sqlite3${some ? ', the same columns' : ''}`, pairs, least: 12, ours,
    theirs: () => peer([join(here, 'peers/pull_jsforce.mjs'), org.url], some),
  });
  const handmade = some ? [join(here, 'csvparse_columns.mjs'), `${org.url}/raw`] : [join(here, 'peers/pull_csvparse.mjs'), `${org.url}/raw`, 'array'];
  await compare({
    name: what, unit: 'rows/s', peer: `csv-parse + better-sqlite3${some ? ', the same columns' : ''}`, pairs, least: 4, ours,
    theirs: () => peer(handmade, some),
  });
  await again(org, what, pairs);
  org.close();
}

/** A second load of the same rows, nothing changed. @param {any} org @param {string} what @param {number} pairs */
async function again(org, what, pairs) {
  const rates = [];
  let firstRate = 0;
  await compare({
    name: `${what}: the same rows again, nothing changed`, unit: 'rows/s', peer: 'the first load', pairs, least: 1,
    ours: async () => {
      firstRate = (await pull(org)).rate;
      const second = await pull(org, { again: true });
      if (second.new !== 0 || second.changed !== 0) throw new Error(`rows were written again: ${JSON.stringify(second)}`);
      rates.push(second.rate);
      return second.rate;
    },
    theirs: async () => firstRate,
  });
}

/** @param {{ count: number, pairs: number }} size */
export async function pullAgainstC({ count, pairs }) {
  const file = await data(count);
  const org = await startOrg(file);
  const last = await pull(org);
  const columns = selectedOf(last.selected);
  const whole = columns.length === ALL;
  const what = `pull of ${count.toLocaleString('en-US')} rows into SQLite, native${whole ? '' : `, ${columns.length} of the ${ALL} columns stored`}`;
  const cpu = { own: [], other: [] };
  const peaks = [last.peakMiB];
  const ours = async () => {
    const result = await pull(org);
    peaks.push(result.peakMiB);
    cpu.own.push(result.cpuRate);
    return result.rate;
  };
  await compare({
    name: what, unit: 'rows/s', peer: `a bare C loop over parsed rows${whole ? '' : ', the same columns'}`, pairs, least: 0.6, ours,
    theirs: async () => {
      const result = await ceiling(file, count, columns);
      cpu.other.push(result.rows_per_cpu_s);
      return result.rows_per_s;
    },
  });
  cpuRow(`${what}, by CPU time`, cpu);
  if (!whole) await compare({ name: what, unit: 'rows/s', peer: `a bare C loop over parsed rows, all ${ALL} columns`, pairs, ours, theirs: () => ceilingAll(file, count) });
  bound({ name: `peak memory of the process, ${count.toLocaleString('en-US')} rows, native`, value: Math.max(...peaks), unit: 'MiB', most: 32 });
  org.close();
}

/** On a busy machine the clock tells little; the CPU time of both sides still does. */
function cpuRow(name, { own, other }) {
  const ratios = own.map((value, i) => value / other[i]).toSorted((a, b) => a - b);
  const middle = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
  report({
    name, value: middle(own), unit: 'rows a CPU second', peer: 'a bare C loop over parsed rows, the same columns', peer_value: middle(other), ratio: middle(ratios),
    lowest: ratios[0], highest: ratios.at(-1), goal: '', ok: null,
  });
}
