// What the product promises, on the virtual clock, where work of the processor takes no time and every request, Bulk
// job and download takes as long as in a real org: `perly` against the local Salesforce, with 503s and an expired
// session among its answers. Times are Salesforce's own: when a record was written there.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { createPerly } from '../demo/perly.mjs';
import { live } from '../salesforce/generate/live.mjs';
import { startServer } from '../salesforce/server.mjs';
import { bound, root, scratch } from './lib.mjs';

const MINUTE = 60000;
/** What a request takes before its answer begins, and what a write of 200 records takes. */
const REQUEST_MS = 300;
const WRITE_MS = 2000;
/** Salesforce's stamps are whole seconds: what happened may be so much later. */
const STAMP_MS = 999;

/** @param {number[]} values @param {number} part */
const percentile = (values, part) => values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))];

/** @param {string} name @param {number[]} times @param {number} most ms */
function promise(name, times, most) {
  if (times.length === 0) throw new Error(`${name}: nothing was measured`);
  const [p50, p99] = [0.5, 0.99].map((part) => (percentile(times, part) / 1000).toFixed(1));
  bound({ name: `${name}, slowest of ${times.length.toLocaleString('en-US')} (p50 ${p50} s, p99 ${p99} s)`, value: Math.max(...times) / 1000, unit: 's', most: most / 1000 });
}

/** An org that answers like one, and a `perly` for it. @param {object} options @param {string} name */
export async function startOrg(options, name) {
  const redirectUris = ['http://localhost:8717/callback'];
  const server = await startServer({ clock: 'virtual', pace: true, redirectUris, ...options });
  const data = join(scratch, name);
  rmSync(data, { recursive: true, force: true });
  const perly = createPerly({ program: join(root, 'build/native/host-native/perly'), data, clock: server.url });
  server.org.faults.add({ match: { method: 'PATCH', path: '/composite/sobjects' }, fault: { kind: 'delay', ms: WRITE_MS }, times: 0 });
  server.org.faults.add({ match: {}, fault: { kind: 'delay', ms: REQUEST_MS }, times: 0 });
  return { server, org: server.org, perly, database: join(data, 'default/perly.db') };
}

/** What one sync wrote in Salesforce, in ms after its accounts were scored. @param {any} org @param {string} file @param {number} began */
function measure(org, file, began) {
  const database = new DatabaseSync(file, { readOnly: true });
  const scored = Date.parse(String(database.prepare('select started_at from cut order by number desc limit 1').get()?.started_at));
  const again = new Set(database.prepare("select result_id from outbox where kind = 'chatter' and attempt > 1 and result_id is not null").all().map(({ result_id }) => result_id));
  database.close();
  /** @param {string} name @param {string} column @param {string} by @param {(id: string) => boolean} [of] */
  const written = (name, column, by, of = () => true) => {
    const table = org.tables.get(name);
    const times = [];
    for (let row = 0; row < table.count; row++) {
      const at = table.get(row, column);
      if (at >= began && table.get(row, by) === org.connectedUser && of(org.ids.text(table.keyOf(row)))) times.push(at + STAMP_MS - scored);
    }
    return times;
  };
  /** @param {(id: string) => boolean} of */
  const posted = (of) => written('FeedItem', 'CreatedDate', 'CreatedById', of);
  return {
    pushed: written('Account', 'LastModifiedDate', 'LastModifiedById'),
    acted: [...written('Task', 'CreatedDate', 'CreatedById'), ...posted((id) => !again.has(id))],
    again: posted((id) => again.has(id)),
  };
}

/**
 * Days with one sync each, and an expired session on the first.
 * @param {{ accounts: number, days: number, name: string, faults: (org: any) => void }} options
 */
async function liveThrough({ accounts, days, name, faults }) {
  const { server, org, perly, database } = await startOrg({ accounts, seed: 1 }, name);
  try {
    const consent = org.now();
    await perly.connect({ url: server.url, id: server.client.id, secret: server.client.secret });
    await perly.run(['setup', '--yes']);
    faults(org);
    const told = { first: 0, pushed: [], acted: [], again: [] };
    for (let day = 0; day <= days; day++) {
      if (day > 0) await live(org, 1);
      if (day === 1) org.faults.add({ match: { path: '/composite' }, fault: { kind: 'expire' } });
      const began = org.now();
      await perly.sync(({ event, rows }) => {
        if (event === 'progress' && rows > 0) told.first ||= org.now() - consent;
      });
      const times = measure(org, database, began);
      for (const key of /** @type {const} */ (['pushed', 'acted', 'again'])) told[key].push(...times[key]);
    }
    const met = (/** @type {string} */ kind) => org.faults.fired.filter((/** @type {{ kind: string }} */ one) => one.kind === kind).length;
    console.log(`     ${accounts.toLocaleString('en-US')} accounts, ${days + 1} syncs, ${met('status')} answers of 502 or 503, ${met('expire')} expired session`);
    return told;
  } finally {
    await server.close();
  }
}

/** @param {{ accounts: number, days: number }} options */
export async function promises({ accounts, days }) {
  const busy = (/** @type {any} */ org) =>
    org.faults.random({ seed: 1, rate: 0.05, kinds: [{ kind: 'status', status: 503, retry_after: 2 }], match: { path: '/services/data' } });
  const told = await liveThrough({ accounts, days, name: 'promises', faults: busy });
  bound({ name: 'first row imported after consent', value: told.first / 1000, unit: 's', most: 120 });
  promise('score pushed after its calculation', told.pushed, 5 * MINUTE);
  promise('Task or post created after the crossing', [...told.acted, ...told.again], MINUTE);

  // A page of some proxy in place of Salesforce's answer leaves open whether the post was made: it is made again only
  // after two look-ups a minute apart. The others go on meanwhile.
  const untold = (/** @type {any} */ org) => {
    busy(org);
    org.faults.random({ seed: 2, rate: 0.05, kinds: [{ kind: 'status', status: 502, body: 'html' }], match: { method: 'POST', path: '/sobjects/FeedItem' } });
  };
  const unclear = await liveThrough({ accounts, days, name: 'promises-untold', faults: untold });
  promise('the same while every 20th post gets a page of HTML: those that were told', unclear.acted, MINUTE);
  promise('and those that were told nothing, some twice in a row', unclear.again, 3 * MINUTE);
}
