// Pages of one Bulk job side by side: where the org links to them, whatever happens to one of them, and wherever the
// process is killed. The tables are those of a pull that reads page after page by locator.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';

import { CommandError, connect as connectNode, open as openNode, run, runUntil } from '../../host-node/src/index.mjs';
import { startServer } from '../salesforce/server.mjs';
import { connect, nativeHost, nodeHost, startCore } from './core.mjs';
import { dump } from './tables.mjs';
import { createWorlds, HOUR, OBJECTS } from './world.mjs';

const PAGE_ROWS = 40;
const org = { accounts: 120, seed: 3, pageRows: PAGE_ROWS, keepPages: true };
const open = createWorlds('pages');
const folder = mkdtempSync(join(tmpdir(), 'perly-pages-'));
/** @type {(() => unknown)[]} */
const closing = [];
after(async () => {
  for (const close of closing.reverse()) await close();
  rmSync(folder, { recursive: true, force: true });
});

const queries = {
  account: 'select id, stamp, deleted, name, parent_id, hash from account order by id',
  contact: 'select id, stamp, deleted, account_id, name, title, hash from contact order by id',
  opportunity: 'select id, stamp, deleted, account_id, stage, amount, close_date, hash from opportunity order by id',
  activity: 'select id, stamp, deleted, account_id, at, hash from activity order by id',
  email: 'select id, stamp, deleted, activity_id, at, hash from email order by id',
  pull: `select object, state, job_id, locator, pages, announced, received, inserted, changed from pull
         where object not like '%(%' and state <> 'absent' order by object`,
};

const links = { method: 'GET', path: '/resultPages' };
const results = { method: 'GET', path: '/results\\?' };

/** What was asked of the jobs of an object. @param {any} server @param {string} object @param {string} end */
function asked(server, object, end) {
  const jobs = [...server.org.jobs.values()].filter((job) => job.object === object).map(({ id }) => id);
  return server.org.requests.filter((/** @type {any} */ { path }) => path.endsWith(end) && jobs.some((id) => path.includes(id)));
}

/** Jobs are deleted once they are read; here they stay, so that asked() knows them. @param {any} server */
const keepJobs = (server) =>
  server.org.faults.add({ match: { method: 'DELETE', path: '/jobs/query/' }, fault: { kind: 'status', status: 400, code: 'INVALIDJOBSTATE' }, times: 0 });

/** Each page takes ten seconds to come. @param {any} server */
const slowPages = (server) => server.org.faults.add({ match: results, fault: { kind: 'delay', ms: 10_000 }, times: 0 });

const command = { page_rows: PAGE_ROWS };

/** By locator, page after page. */
const calm = (async () => {
  const world = await open('calm', { ...org, resultPages: false });
  slowPages(world.server);
  const began = world.server.org.now();
  await world.sync(command);
  const passed = world.server.org.now() - began;
  const tables = dump(world.database, queries);
  const tried = world.server.org.requests.filter((/** @type {any} */ { path }) => path.endsWith('/resultPages')).length;
  await world.close();
  return { tables, tried, passed };
})();

test('an org without result pages is asked for them until it says so, and read by locator', async () => {
  const { tables, tried } = await calm;
  assert.ok(tables.contact.length > 300 && tables.pull.length === OBJECTS);
  assert.ok(tried >= 1 && tried < OBJECTS, `${tried} requests for links`);
});

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`${host}: pages come side by side for one call in five, and a quiet sync asks for no links`, async () => {
    const { tables, passed } = await calm;
    const world = await open(`beside-${host}`, org, host);
    keepJobs(world.server);
    slowPages(world.server);
    const began = world.server.org.now();
    await world.sync(command);
    const mine = world.server.org.now() - began;
    assert.ok(mine < 0.7 * passed, `${mine} ms, by locator ${passed} ms`);
    assert.deepEqual(dump(world.database, queries), tables);
    for (const { object, received } of tables.pull) {
      const pages = Math.ceil(Number(received) / PAGE_ROWS);
      const sent = [asked(world.server, object, '/results').length, asked(world.server, object, '/resultPages').length];
      assert.deepEqual([object, ...sent], [object, pages, pages > 1 ? Math.ceil(pages / 5) : 0]);
    }
    world.server.org.requests.length = 0;
    await world.advance(HOUR);
    await world.sync(command);
    assert.ok(world.server.org.requests.length > 0);
    assert.deepEqual(world.server.org.requests.filter((/** @type {any} */ { path }) => path.endsWith('/resultPages')), []);
    await world.close();
  });
}

test('links by their other names, and pages that are shorter than others', async () => {
  const world = await open('other names', { ...org, resultPageKeys: 'link', locators: 'offset' });
  await world.sync(command);
  assert.deepEqual(dump(world.database, queries), (await calm).tables);
  await world.close();
});

const unavailable = { kind: 'status', status: 503, retry_after: 30 };
/** @type {[string, object[]][]} */
const weather = [
  ['a page that Salesforce is too busy for, while the other goes on', [{ match: { ...results, nth: 3 }, fault: unavailable, times: 2 }]],
  ['a page that ends inside a row', [{ match: { ...results, nth: 4 }, fault: { kind: 'cut', after_bytes: 700 }, times: 2 }]],
  ['a page that announces a row more', [{ match: { ...results, nth: 4 }, fault: { kind: 'rows', off: 1 }, times: 2 }]],
  ['a session that expires in the midst of pages', [{ match: { ...results, nth: 5 }, fault: { kind: 'expire' } }]],
  ['a list that is lost', [{ match: { ...links, nth: 2 }, fault: { kind: 'lost' } }]],
  ['a list that cannot be read', [{ match: { ...links, nth: 2 }, fault: { kind: 'garbled' } }]],
  ['no list at all for an hour', [{ match: links, fault: unavailable, times: 0 }]],
  ['a list that lacks a page', [{ match: { ...links, nth: 3 }, fault: { kind: 'garbled', text: '{"resultPages":[],"done":true}' } }]],
  ['a list that is the last one and is refused', [{ match: { ...links, nth: 6 }, fault: { kind: 'status', status: 400, code: 'INVALID_QUERY_LOCATOR' } }]],
];
for (const [name, rules] of weather) {
  test(name, async () => {
    const world = await open(name, org);
    await world.control('faults', rules);
    await world.sync(command);
    assert.ok(world.server.org.faults.fired.length >= rules.length, 'the fault was met');
    assert.deepEqual(dump(world.database, queries), (await calm).tables);
    await world.close();
  });
}

test('results that are refused at another version are told, and read by the next pull', async () => {
  const world = await open('conflict', org);
  const refused = { kind: 'status', status: 409, code: 'VERSION_MISMATCH', message: 'for the test' };
  for (const only of ['Account', 'OpportunityHistory']) {
    await world.control('faults', [{ match: { ...results, nth: 2 }, fault: refused }]);
    const end = (await world.run({ command: 'sync', only, ...command })).at(-1);
    assert.match(JSON.stringify(end), /VERSION_MISMATCH/);
  }
  await world.sync(command);
  assert.deepEqual(dump(world.database, queries), (await calm).tables);
  await world.close();
});

/** Pages of the list that is stored with the pull of each object, "done" or not. @param {string} file */
function stored(file) {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = database.prepare("select job_id, pages from pull where pages <> ''").all();
  database.close();
  const lines = rows.flatMap(({ job_id, pages }) => String(pages).split('\n').filter(Boolean).map((line) => ({ job: String(job_id), mark: line.split(' ')[0], link: line.split(' ')[1] })));
  return { done: lines.filter(({ mark }) => /^\d+$/.test(mark)), waiting: lines.filter(({ mark }) => mark === '-') };
}

for (const [name, hostOf] of /** @type {const} */ ([['native', nativeHost], ['node', nodeHost]])) {
  test(`${name}: killed between pages that were open side by side, the next process reads those alone again`, { timeout: 300_000 }, async () => {
    const { tables } = await calm;
    let [holes, lists] = [0, 0];
    for (let kill = 0; kill < 6; kill++) {
      const server = /** @type {any} */ (await startServer({ ...org, record: true, clock: 'virtual' }));
      closing.push(() => server.close());
      const files = { database: join(folder, `${name}-${kill}.db`), key: join(folder, 'key') };
      const env = { PERLY_TEST_CLOCK: server.url };
      const start = (/** @type {NodeJS.ProcessEnv} */ more = {}) => {
        const core = startCore({ host: hostOf(files), env: { ...env, ...more } });
        closing.push(() => core.child.kill('SIGKILL'));
        return core;
      };
      const first = start();
      assert.equal((await connect(first, { url: server.url, client_id: server.client.id, client_secret: server.client.secret })).at(-1)?.ok, true);
      await first.close();
      // Every third page is late, so that pages end in another order than they began.
      for (let nth = 60; nth < 150; nth += 3) server.org.faults.add({ match: { ...results, nth }, fault: { kind: 'delay', ms: 60_000 } });
      const killed = start();
      let count = 0;
      const running = killed.run({ command: 'sync', ...command }, ({ event }) => {
        if (event === 'progress' && ++count === 64 + 10 * kill) killed.child.kill('SIGKILL');
      });
      await assert.rejects(running, /the core ended/, `${kill}`);
      const left = stored(files.database);
      holes += left.done.length;
      lists += left.waiting.length;
      server.org.faults.clear();
      // What the killed process had sent arrives before what comes on a connection that is newer than its own.
      await new Promise((resolve) => get(`${server.url}/_clock`, { agent: false }, (answer) => answer.resume().on('end', resolve)));
      const killedPorts = new Set([...server.org.requests, ...server.org.inHand].map(({ port }) => port));
      server.org.requests.length = 0;
      const second = start();
      assert.equal((await second.run({ command: 'sync', ...command })).at(-1)?.ok, true);
      await second.close();
      assert.deepEqual(dump(files.database, queries), tables, `killed after ${64 + 10 * kill} pages`);
      // Not what the killed process had asked for, which may come later than its end.
      const own = server.org.requests.filter((/** @type {any} */ { port }) => !killedPorts.has(port));
      const again = own.filter((/** @type {any} */ { path }) => path.endsWith('/results')).map((/** @type {any} */ { path, query }) => `${path}?${query}`);
      for (const { job, link } of left.done) assert.ok(!again.some((/** @type {string} */ at) => at.includes(job) && at.endsWith(link)), 'what is stored is not read again');
      assert.ok(again.length > 0);
      const twice = again.filter((/** @type {string} */ at, /** @type {number} */ i) => again.indexOf(at) !== i);
      assert.deepEqual(twice, [], 'nothing is read twice by one process');
      await server.close();
    }
    assert.ok(lists > 6, `${lists} pages waited when the process was killed`);
    assert.ok(holes > 0, 'a page was stored before the one before it');
  });
}

test('in slices that are too short for the pages of the org, what is left is read by locator', { timeout: 300_000 }, async () => {
  const rows = 300;
  const server = /** @type {any} */ (await startServer({ ...org, accounts: 200, pageRows: rows, record: true }));
  closing.push(() => server.close());
  const authorize = async (/** @type {string} */ url) => (await fetch(url, { redirect: 'manual' })).headers.get('location') ?? '';
  const login = { login: server.url, client_id: server.client.id, client_secret: server.client.secret, authorize };
  const prepare = async (/** @type {string} */ name) => {
    const connection = await openNode({ sqlite: join(folder, `${name}.db`), keyFile: join(folder, 'key') });
    await connectNode(connection, login);
    return connection;
  };
  const whole = await prepare('whole');
  await run(whole, { command: 'sync' });
  await whole.close();

  server.org.requests.length = 0;
  server.org.faults.add({ match: results, fault: { kind: 'delay', ms: 100 }, times: 0 });
  const sliced = await prepare('slices');
  const database = new DatabaseSync(join(folder, 'slices.db'), { readOnly: true });
  const left = database.prepare("select count(*) as count from pull where state not in ('done', 'absent') or state is null");
  let slices = 0;
  do {
    const deadline = Date.now() + 800 + 20 * slices++;
    await runUntil(sliced, { command: 'sync', page_rows: rows }, { deadline }).catch((error) => {
      assert.ok(error instanceof CommandError && error.end.code === 'CANCELLED', String(error));
    });
    assert.ok(slices < 60, 'the slices get somewhere');
  } while (database.prepare("select count(*) as count from pull").get()?.count === 0 || left.get()?.count !== 0);
  database.close();
  await sliced.close();
  assert.ok(slices > 2, `${slices} slices`);
  const sent = server.org.requests.filter((/** @type {any} */ { path }) => path.endsWith('/results')).map((/** @type {any} */ { query }) => query);
  const isLinked = (/** @type {string} */ query) => query.startsWith('locator=');
  assert.ok(sent.some(isLinked), 'pages by link');
  assert.ok(sent.some((/** @type {string} */ query) => !isLinked(query) && query.includes('locator=')), 'pages by locator');
  // Accounts are written to by the first of the two.
  const { pull, account, ...tables } = queries;
  const told = { ...tables, pull: pull.replace('inserted, changed, ', '').replace('where', "where object <> 'Account' and") };
  assert.deepEqual(dump(join(folder, 'slices.db'), told), dump(join(folder, 'whole.db'), told));
  await server.close();
});

test('objects that are loaded side by side, some by two pages, take the memory of a batch each', async () => {
  const world = await open('memory', { accounts: 2000, pace: true });
  const { memory } = await world.effects({ command: 'sync' });
  const [{ rows }] = world.rows('select count(*) as rows from activity');
  assert.ok(rows > 50_000, `${rows} activities are more than a page`);
  assert.ok(memory < 32 << 20, `${(memory / 2 ** 20).toFixed(1)} MiB`);
  await world.close();
});
