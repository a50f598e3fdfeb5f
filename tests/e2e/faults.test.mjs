// Salesforce in bad weather: each fault meets a sync once; what it says at its end, and that the tables after
// one more sync equal those of a sync that nothing disturbed.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, startCore } from './core.mjs';
import { dump } from './tables.mjs';
import { control, HOUR, OBJECTS } from './world.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-faults-'));
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

// What was read, not when: times of our own reads and the history of scores differ between runs.
const queries = {
  account: 'select id, stamp, deleted, master_id, name, parent_id, owner_id, industry, revenue, hash from account order by id',
  contact: 'select id, stamp, deleted, account_id, name, title, hash from contact order by id',
  opportunity: 'select id, stamp, deleted, account_id, stage, amount, close_date, hash from opportunity order by id',
  activity: 'select id, stamp, deleted, account_id, hash from activity order by id',
  user: 'select id, stamp, name, active, hash from "user" order by id',
  contact_role: 'select id, stamp, contact_id, record_id, role, hash from contact_role order by id',
  opportunity_history: 'select id, stamp, opportunity_id, stage, close_date, at, hash from opportunity_history order by id',
  email: 'select id, stamp, deleted, activity_id, related_id, direction, at, hash from email order by id',
  pull: "select object, state, job_id from pull where object not like '%(%' and state <> 'absent' order by object",
};

const page = { method: 'GET', path: '/jobs/query/\\w+/results' };
const create = { method: 'POST', path: '/jobs/query$' };
const poll = { method: 'GET', path: '/jobs/query/\\w+$' };
const unavailable = { kind: 'status', status: 503, retry_after: 2 };
const html = { kind: 'status', status: 502, body: 'html' };

/** @typedef {{ name: string, rules: object[], error?: string, exit?: number, expire?: string, remedy?: RegExp }} Fault */
/** @type {Fault[]} */
const matrix = [
  { name: 'the session expires before the second page', rules: [{ match: { ...page, nth: 3 }, fault: { kind: 'expire' } }] },
  { name: '503 with Retry-After on create', rules: [{ match: create, fault: unavailable, times: 2 }] },
  { name: '503 with Retry-After on a poll', rules: [{ match: poll, fault: unavailable, times: 2 }] },
  { name: '503 with Retry-After on a page', rules: [{ match: { ...page, nth: 2 }, fault: unavailable, times: 2 }] },
  { name: 'a page that ends inside a row', rules: [{ match: { ...page, nth: 2 }, fault: { kind: 'cut', after_bytes: 700 }, times: 2 }] },
  { name: 'a page that announces a row more', rules: [{ match: { ...page, nth: 2 }, fault: { kind: 'rows', off: 1 }, times: 2 }] },
  { name: 'pages that always announce a row more', rules: [{ match: page, fault: { kind: 'rows', off: 1 }, times: 0 }], error: 'SF_ROW_COUNT', exit: 5 },
  { name: 'HTML in place of an answer', rules: [{ match: { ...page, nth: 2 }, fault: html }, { match: create, fault: html }] },
  { name: 'HTML in place of every answer', rules: [{ match: create, fault: html, times: 0 }], error: 'SF_UNAVAILABLE', exit: 5 },
  { name: 'a Bulk job fails', rules: [{ match: create, fault: { kind: 'failed_job', message: 'InternalServerError' } }], error: 'SF_BULK_JOB_FAILED', exit: 5 },
  { name: 'a Bulk job fails without a reason', rules: [{ match: { ...create, nth: 3 }, fault: { kind: 'failed_job', message: null } }], error: 'SF_BULK_JOB_FAILED', exit: 5 },
  { name: 'a Bulk job has not the rows it announces', rules: [{ match: { ...create, nth: 2 }, fault: { kind: 'wrong_count', off: 1 } }], error: 'SF_ROW_COUNT', exit: 5 },
  { name: 'no API calls are left', rules: [{ match: { ...page, nth: 2 }, fault: { kind: 'limit' } }], error: 'SF_API_LIMIT', exit: 5 },
  { name: 'the refresh token is revoked', rules: [], expire: 'all', error: 'SF_ACCESS_REVOKED', exit: 3, remedy: /[Cc]onnect again/ },
];

const options = { accounts: 40, seed: 11, clock: 'virtual', keepPages: true };

/** A connected core on an org of its own: every org of one seed is the same. @param {string} name */
async function prepare(name) {
  const server = await startServer(options);
  closing.push(() => server.close());
  const database = join(folder, `${name.replaceAll(' ', '-')}.db`);
  const core = startCore({ host: nativeHost({ database, key: join(folder, 'key') }), env: { PERLY_TEST_CLOCK: server.url } });
  closing.push(() => core.child.kill('SIGKILL'));
  const org = { url: server.url, client_id: server.client.id, client_secret: server.client.secret };
  const last = (await connect(core, org)).at(-1);
  assert.equal(last?.ok, true, JSON.stringify(last));
  return { server, core, org, database };
}

/** @param {Awaited<ReturnType<typeof prepare>>} world */
async function sync({ core }) {
  return /** @type {any} */ ((await core.run({ command: 'sync', page_rows: 50 })).at(-1));
}

const calm = (async () => {
  const world = await prepare('calm');
  const last = await sync(world);
  assert.equal(last.ok, true, JSON.stringify(last));
  await world.core.close();
  return dump(world.database, queries);
})();

for (const fault of matrix) {
  test(fault.name, async () => {
    const undisturbed = await calm;
    assert.ok(undisturbed.contact.length > 100 && undisturbed.pull.length === OBJECTS);
    const world = await prepare(fault.name);
    if (fault.rules.length > 0) await control(world.server, 'faults', fault.rules);
    if (fault.expire) {
      assert.equal((await sync(world)).ok, true);
      await control(world.server, 'expire', { what: fault.expire });
    }

    const last = await sync(world);
    const { faults } = await control(world.server, 'stats');
    assert.ok(faults.length >= fault.rules.length, 'the fault was met');
    assert.equal(last.ok, fault.error === undefined, JSON.stringify(last));
    if (fault.error) {
      assert.deepEqual([last.code, last.exit], [fault.error, fault.exit], JSON.stringify(last));
      assert.match(last.remedy, fault.remedy ?? /./);
      if (fault.expire) assert.deepEqual(dump(world.database, queries), undisturbed, 'what was there stays');
    } else {
      assert.deepEqual(dump(world.database, queries), undisturbed);
    }

    await fetch(`${world.server.url}/_control/faults`, { method: 'DELETE' });
    if (fault.expire) await connect(world.core, world.org);
    const again = await sync(world);
    assert.equal(again.ok, true, JSON.stringify(again));
    await world.core.close();
    assert.deepEqual(dump(world.database, queries), undisturbed);
    await world.server.close();
  });
}

// A pull that was stopped and is taken up again closes an older window than a cycle without a pull in between.
test('a cut is never earlier than the one before', async () => {
  const world = await prepare('cuts');
  assert.equal((await sync(world)).ok, true);
  const database = new DatabaseSync(world.database);
  const { at } = /** @type {any} */ (database.prepare('select at from cut').get());
  const later = new Date(Date.parse(at) + HOUR).toISOString();
  database.prepare('update cut set at = ?').run(later);
  database.close();
  const events = await world.core.run({ command: 'sync', full: true });
  assert.equal(events.find(({ event }) => event === 'scored')?.at, later);
  await world.core.close();
});
