// Pulling Account with all its 25 columns: the native host and the Node host against jsforce, csv-parse, a bare C loop and
// one upsert a row; gzip, keys in random order, and memory.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { bound, compare, here, median, pinned, report, run, runJson, scratch } from './lib.mjs';
import { pull, removeDatabase, startOrg } from './perly.mjs';

const peerDatabase = join(scratch, 'peer.db');
const thousands = (/** @type {number} */ count) => count.toLocaleString('en-US');

/** @param {string} file @param {string} command that writes it to stdout */
async function made(file, command) {
  if (!existsSync(file)) await run(['sh', '-c', `${command} > "${file}.part" && mv "${file}.part" "${file}"`]);
  return file;
}

/** Account rows from the project's generator. @param {number} count */
const data = (count) => made(join(scratch, `accounts_${count}.csv`), `"${scratch}/gen" ${count}`);

/** The same rows in another order, some of them changed. @param {number} count @param {number} seed @param {number} percent */
async function reordered(count, seed, percent) {
  const file = join(scratch, `accounts_${count}_${seed}_${percent}.csv`);
  if (!existsSync(file)) await run([process.execPath, join(here, 'reorder.mjs'), await data(count), file, String(seed), String(percent)]);
  return file;
}

/** @param {string[]} command */
async function peer(command) {
  removeDatabase(peerDatabase);
  return (await runJson(pinned(0, [process.execPath, ...command, peerDatabase]))).rows_per_s;
}

/**
 * The bare C loop: rows a second by the clock and of CPU time; a second pass updates every row again.
 * @param {string} file @param {number} count @param {{ [name: string]: string }} [env]
 */
async function ceiling(file, count, env = {}) {
  removeDatabase(peerDatabase);
  const text = await run(pinned(0, [join(scratch, 'sqlite_ceiling'), file, peerDatabase, 'cols-rowid', String(count), env.PASSES ?? '1']), env);
  const passes = [...text.matchAll(/cpu ([\d.]+)\) ([\d.]+) rows\/s/g)].map(([, cpu, rate]) => ({ rate: Number(rate), cpuRate: count / Number(cpu) }));
  removeDatabase(peerDatabase);
  return passes;
}

/** Beside a comparison by the clock: the same by CPU time, which a busy machine disturbs less. */
function cpuRow(name, peerName, { own, other }) {
  const ratios = own.map((value, i) => value / other[i]);
  report({
    name: `${name}, by CPU time`, value: median(own), unit: 'rows a CPU second', peer: peerName, peer_value: median(other), ratio: median(ratios),
    lowest: Math.min(...ratios), highest: Math.max(...ratios), goal: '', ok: null,
  });
}

/** @param {{ count: number, pairs: number }} size */
export async function pullAgainstJavaScript({ count, pairs }) {
  const org = await startOrg(await data(count));
  const ours = async () => (await pull(org)).rate;
  const what = `pull of ${thousands(count)} rows into SQLite, native`;
  await compare({
    name: what, unit: 'rows/s', peer: 'jsforce bulk2 + better-sqlite3', pairs, least: 12, ours,
    theirs: () => peer([join(here, 'peers/pull_jsforce.mjs'), org.url]),
  });
  await compare({
    name: what, unit: 'rows/s', peer: 'csv-parse + better-sqlite3', pairs, least: 4, ours,
    theirs: () => peer([join(here, 'peers/pull_csvparse.mjs'), `${org.url}/raw`, 'array']),
  });
  await again(org, `${what}: the same rows again, nothing changed`, pairs, 1, (second) => second.new === 0 && second.changed === 0);
  org.close();
}

/**
 * A second load into the database of the first, from the org's second file where it has one.
 * @param {any} org @param {string} name @param {number} pairs @param {number | undefined} least
 * @param {(second: { new: number, changed: number }) => boolean} right @param {number} [file]
 */
async function again(org, name, pairs, least, right, file = 0) {
  let firstRate = 0;
  const peaks = [];
  await compare({
    name, unit: 'rows/s', peer: 'the first load', pairs, least,
    ours: async () => {
      await org.use(0);
      firstRate = (await pull(org)).rate;
      await org.use(file);
      const second = await pull(org, { again: true });
      if (!right(second)) throw new Error(`${name}: ${JSON.stringify(second)}`);
      peaks.push(second.peakMiB);
      return second.rate;
    },
    theirs: async () => firstRate,
  });
  return Math.max(...peaks);
}

/** @param {{ count: number, pairs: number }} size */
export async function pullAgainstC({ count, pairs }) {
  const file = await data(count);
  await againstCeiling({ file, count, pairs, least: 0.6, gzip: false });
  await againstCeiling({ file, count, pairs, least: 0.55, gzip: true });
}

/** @param {{ file: string, count: number, pairs: number, least: number, gzip: boolean }} what */
async function againstCeiling({ file, count, pairs, least, gzip }) {
  const org = await startOrg(file, { gzip });
  const name = `pull of ${thousands(count)} rows into SQLite, native${gzip ? ', gzip on the wire' : ''}`;
  const peerName = 'a bare C loop over parsed rows';
  const cpu = { own: [], other: [] };
  const peaks = [];
  await compare({
    name, unit: 'rows/s', peer: peerName, pairs, least,
    ours: async () => {
      const result = await pull(org);
      peaks.push(result.peakMiB);
      cpu.own.push(result.cpuRate);
      return result.rate;
    },
    theirs: async () => {
      const [{ rate, cpuRate }] = await ceiling(file, count);
      cpu.other.push(cpuRate);
      return rate;
    },
  });
  cpuRow(name, peerName, cpu);
  bound({ name: `peak memory of the process, ${name}`, value: Math.max(...peaks), unit: 'MiB', most: 32 });
  org.close();
}

/** Bulk results have no order. @param {{ count: number, pairs: number }} size */
export async function pullInRandomOrder({ count, pairs }) {
  const sorted = await startOrg(await data(count));
  const files = [await reordered(count, 1, 0), await reordered(count, 2, 0), await reordered(count, 3, 5), await reordered(count, 4, 100)];
  const org = await startOrg(files);
  const what = `pull of ${thousands(count)} rows in random order, native`;
  const cpu = { own: [], other: [] };
  const peaks = [];
  await compare({
    name: what, unit: 'rows/s', peer: 'the rows in order of Id', pairs, least: 0.8,
    ours: async () => {
      const result = await pull(org);
      peaks.push(result.peakMiB);
      cpu.own.push(result.cpuRate);
      return result.rate;
    },
    theirs: async () => {
      const result = await pull(sorted);
      cpu.other.push(result.cpuRate);
      return result.rate;
    },
  });
  cpuRow(what, 'the rows in order of Id', cpu);
  sorted.close();
  const half = count / 2;
  peaks.push(await again(org, `${what}: again in another order, nothing changed`, pairs, 1, (second) => second.new === 0 && second.changed === 0, 1));
  peaks.push(await again(org, `${what}: again, 5 % changed`, pairs, 0.5, (second) => second.changed > count / 25 && second.changed < count / 16, 2));
  peaks.push(await again(org, `${what}: again, all changed`, pairs, undefined, (second) => second.changed > half, 3));
  const naive = [];
  for (let i = 0; i < pairs; i++) naive.push((await ceiling(await data(count), count, { SORTED: '0', PASSES: '2' }))[1].rate);
  report({
    name: `naive upsert of ${thousands(count)} parsed rows in random order in C, all changed`, value: median(naive), unit: 'rows/s', peer: '', peer_value: null,
    ratio: null, goal: '', ok: null,
  });
  bound({ name: `peak memory of the process, ${what}`, value: Math.max(...peaks), unit: 'MiB', most: 32 });
  org.close();
}

/** Memory does not grow with the org. @param {{ counts: [number, number] }} size */
export async function pullOfMany({ counts }) {
  const peaks = [];
  for (const count of counts) {
    const org = await startOrg(await data(count));
    const result = await pull(org);
    peaks.push(result.peakMiB);
    const name = `pull of ${thousands(count)} rows into SQLite, native`;
    report({ name, value: result.rate, unit: 'rows/s', peer: '', peer_value: null, ratio: null, goal: '', ok: null });
    org.close();
  }
  const [few, many] = counts.map(thousands);
  bound({ name: `peak memory of the process, ${many} rows less ${few}, native`, value: peaks[1] - peaks[0], unit: 'MiB', most: 2 });
}

/** @param {{ count: number, pairs: number }} size */
export async function pullByNode({ count, pairs }) {
  const org = await startOrg(await data(count));
  const more = await startOrg(await data(2 * count));
  const peaks = [];
  const morePeaks = [];
  const name = `pull of ${thousands(count)} rows into node:sqlite, WebAssembly in Node`;
  await compare({
    name, unit: 'rows/s', peer: 'jsforce bulk2 + better-sqlite3', pairs, least: 5,
    ours: async () => {
      morePeaks.push((await pull(more, { host: 'node' })).peakMiB);
      const result = await pull(org, { host: 'node' });
      peaks.push(result.peakMiB);
      return result.rate;
    },
    theirs: () => peer([join(here, 'peers/pull_jsforce.mjs'), org.url]),
  });
  report({ name: `peak memory of the process, ${name}`, value: median(peaks), unit: 'MiB', peer: '', peer_value: null, ratio: null, goal: '', ok: null });
  // V8 lets its heap grow to some size whatever there is to do: flat is what more rows add.
  bound({ name: `peak memory, ${thousands(2 * count)} rows less ${thousands(count)}, WebAssembly in Node`, value: median(morePeaks) - median(peaks), unit: 'MiB', most: 16 });
  more.close();
  org.close();
}

/** @param {{ count: number, pairs: number }} size */
export async function pullIntoPostgres({ count, pairs }) {
  const file = await data(count);
  const org = await startOrg(file);
  const server = await (await import('../store/postgres_server.mjs')).startPostgres(); // of a developer's packages
  const url = `postgresql://perly@/postgres?host=${encodeURIComponent(server.connection.host)}`;
  let schema = 0;
  const peerRows = Math.min(count, 20000);
  await compare({
    name: `pull of ${thousands(count)} rows into PostgreSQL, WebAssembly in Node`, unit: 'rows/s', peer: `one prepared upsert a row, ${thousands(peerRows)} parsed rows`,
    pairs, least: 8,
    ours: async () => (await pull(org, { host: 'node', postgres: { url, schema: `perly_${++schema}` } })).rate,
    theirs: async () => (await runJson(pinned(0, [process.execPath, join(here, 'postgres_upsert.mjs'), url, file, String(peerRows)]))).rows_per_s,
  });
  await server.stop();
  org.close();
}
