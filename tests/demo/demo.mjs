// The demo: a local Salesforce with an invented org, connected through OAuth as a browser would, pulled, scored and
// pushed; then six weeks pass in the org's virtual time with one sync a day. What it shows is read back from the
// database and from Salesforce.
//
//     node tests/demo/demo.mjs [--accounts N] [--seed N] [--days N] [--host native|node] [--store sqlite|postgres]
//         [--data DIR]
//
// PostgreSQL is Debian's, in a temporary folder, and under the Node host only.
import { rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parseArgs } from 'node:util';

import { startServer } from '../salesforce/server.mjs';
import { createNodePerly, createPerly } from './perly.mjs';
import * as view from './view.mjs';

const root = join(import.meta.dirname, '../..');
const { values: options } = parseArgs({
  options: {
    accounts: { type: 'string', default: '2000' },
    seed: { type: 'string', default: '1' },
    days: { type: 'string', default: '42' },
    host: { type: 'string' },
    store: { type: 'string', default: 'sqlite' },
    data: { type: 'string', default: join(root, 'build/demo') },
  },
});
const accounts = Number(options.accounts);
const days = Number(options.days);
const data = options.data;
const inPostgres = options.store === 'postgres';
const host = options.host ?? (inPostgres ? 'node' : 'native');
if (!['native', 'node'].includes(host) || !['sqlite', 'postgres'].includes(options.store) || (inPostgres && host === 'native')) {
  console.error('demo: --host is native or node, --store is sqlite or postgres, and PostgreSQL goes with --host node');
  process.exit(4);
}
const redirect = 'http://localhost:8717/callback';

rmSync(data, { recursive: true, force: true });
view.title(`A Salesforce org with ${view.count(accounts)} accounts (seed ${options.seed})`);
const server = await startServer({ accounts, seed: Number(options.seed), clock: 'virtual', redirectUris: [redirect] });
const postgres = inPostgres ? await (await import('../store/postgres_server.mjs')).startPostgres() : undefined;
const perly =
  host === 'node'
    ? createNodePerly({ cli: join(root, 'host-node/src/cli.mjs'), data, clock: server.url, postgres: postgres?.connection })
    : createPerly({ program: join(root, 'build/native/host-native/perly'), data, clock: server.url });

/** @param {string} path @param {object} [body] */
async function control(path, body) {
  const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
  const answer = await fetch(`${server.url}/_control/${path}`, init);
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

try {
  view.title('Connect, as a browser would');
  const connected = await perly.connect({ url: server.url, id: server.client.id, secret: server.client.secret });
  view.line(`${connected.username} at ${connected.instance_url}, API ${connected.api_version}`);
  await setUp();

  view.title('The first sync');
  const began = performance.now();
  const first = await perly.sync(view.progress);
  view.firstSync(first, performance.now() - began);

  view.title(`${days} days pass, with one sync a day`);
  const history = [];
  for (let day = 1; day <= days; day++) {
    await control('live', { days: 1, advance: true });
    const events = await perly.sync();
    history.push(events);
    view.day(day, days, events);
  }
  view.endOfDays(history);
  await report();
  await salesforce();
  view.calls(callsOf(first), Math.min(...history.map(callsOf)), perly.calls());
  if (!inPostgres) {
    view.line(`\nThe database is ${relative(process.cwd(), join(data, 'default/perly.db'))}: open it with sqlite3.`);
  }
  view.next(inPostgres ? undefined : relative(process.cwd(), data));
} finally {
  await server.close();
  await postgres?.stop();
}

/** @param {any[]} events of a command */
function callsOf(events) {
  return events.find(({ event }) => event === 'command_end').api_calls;
}

/** The fields that Perly writes, and what the user may do: shown as the product tells it. */
async function setUp() {
  view.title('Check and set up');
  view.findings(await perly.run(['check']));
  for (const event of await perly.run(['setup', '--yes'])) view.made(event);
}

/** Rows of the database, whichever it is. @param {string[]} queries @returns {Promise<any[][]>} */
async function read(queries) {
  if (!postgres) {
    const database = new DatabaseSync(join(data, 'default/perly.db'), { readOnly: true });
    const rows = queries.map((query) => database.prepare(query).all());
    database.close();
    return rows;
  }
  const { default: pg } = await import('pg');
  const client = new pg.Client({ ...postgres.connection, options: '-c search_path=perly' });
  await client.connect();
  const rows = [];
  for (const query of queries) rows.push((await client.query(query)).rows);
  await client.end();
  return rows;
}

async function report() {
  const [levels, worse] = await read([
    'select level, count(*) as accounts from health group by level',
    `select a.id, a.name, f.score as before, f.level as was, h.score, h.level, h.reasons from health h
       join account a on a.id = h.account_id
       join score f on f.account_id = h.account_id and f.cut = (select min(cut) from score where account_id = h.account_id)
      where h.score < f.score order by f.score - h.score desc, a.name limit 10`,
  ]);
  view.title('Risk today');
  view.distribution(levels.map(({ level, accounts }) => ({ level, accounts: Number(accounts) })));
  view.title('The ten accounts that got worse');
  const standing = new Map((await perly.accounts()).filter(({ event }) => event === 'account').map(({ id, standing }) => [id, standing]));
  view.worse(worse.map((row) => ({ ...row, standing: standing.get(row.id) })));
}

/** What stands in Salesforce now: asked of its REST API with a session of its own. */
async function salesforce() {
  const form = { grant_type: 'client_credentials', client_id: server.client.id, client_secret: server.client.secret };
  const token = await fetch(`${server.url}/services/oauth2/token`, { method: 'POST', body: new URLSearchParams(form) });
  const { access_token } = await token.json();
  const query = async (/** @type {string} */ soql) => {
    const url = `${server.url}/services/data/v66.0/query?q=${encodeURIComponent(soql)}`;
    const answer = await fetch(url, { headers: { authorization: `Bearer ${access_token}` } });
    if (!answer.ok) throw new Error(`${soql}: ${await answer.text()}`);
    return (await answer.json()).records;
  };
  view.title('In Salesforce now');
  view.tasks(await query("SELECT Subject, Priority, ActivityDate, Owner.Name FROM Task WHERE Subject LIKE 'Perly:%' ORDER BY CreatedDate DESC, Subject LIMIT 2000"));
  view.posts(await control('feed'));
  view.pushed(await query('SELECT Perly_Risk_Level__c, COUNT(Id) accounts FROM Account WHERE Perly_Health_Score__c != null GROUP BY Perly_Risk_Level__c'));
}
