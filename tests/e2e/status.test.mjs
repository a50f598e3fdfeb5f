// What needs a person is said by `status` and by the exit code of the command that met it, until it is cured.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR, personOf } from './world.mjs';

const open = createWorlds('status');

/** @typedef {import('./core.mjs').Event} Event */

/** @param {string} name @param {object} [options] of the org */
async function begin(name, options) {
  const world = await open(name, options);
  const { org } = /** @type {any} */ (world.server);
  const account = org.ids.text(org.tables.get('Account').keyOf(3));
  return {
    ...world,
    /** An entry that is due. @param {string} key @param {string} kind @param {object} fields */
    entry(key, kind, fields) {
      world.write((database) => database
        .prepare("insert into outbox (key, kind, account_id, fields, state, attempt, looks, created_at) values (?, ?, ?, ?, 'ready', 0, 0, '2026-11-23T07:00:00.000Z')")
        .run(key, kind, account, JSON.stringify(fields)));
    },
    state: (/** @type {string} */ key) => world.rows('select state from outbox where key = ?', key)[0]?.state,
    /** Lines of a name, and the exit code. @param {string} name */
    async status(name) {
      const events = await world.run({ command: 'status' });
      return { lines: events.filter((one) => one.name === name), exit: events.at(-1)?.exit ?? 0 };
    },
  };
}

const key = '0123456789abcdef0123456789abcdef01234567';

test('a session that may not use the API is no good connection, until it may again', async () => {
  const world = await begin('scope');
  await world.run({ command: 'setup' });
  await world.sync();
  const fault = { kind: 'status', status: 401, code: 'INVALID_SESSION_ID', message: 'This session is not valid for use with the REST API' };
  await world.control('faults', { match: { path: '/composite' }, fault });
  const end = (await world.run({ command: 'sync' })).at(-1);
  assert.equal(end?.code, 'SF_SCOPE', JSON.stringify(end));
  const bad = await world.status('connection');
  assert.equal(bad.exit, 3);
  assert.deepEqual([bad.lines[0].ok, bad.lines[0].code, bad.lines[0].state], [false, 'SF_SCOPE', 'lost']);
  assert.match(bad.lines[0].text, /does not work: .*not valid for use with the REST API.*Give the user the permission API Enabled/);
  await world.run({ command: 'push' });
  assert.equal((await world.status('connection')).lines[0].ok, false, 'a command without a request proves nothing');
  await world.control('faults', undefined, 'DELETE');
  await world.sync();
  const good = await world.status('connection');
  assert.deepEqual([good.lines[0].ok, good.lines[0].code], [true, null]);
  await world.close();
});

test('that nothing is pulled any more is said, and that the configuration keeps it from being so', async () => {
  const world = await begin('schedule');
  await world.run({ command: 'setup' });
  await world.sync();
  const fresh = await world.status('schedule');
  assert.deepEqual([fresh.lines, fresh.exit], [[], 0]);
  await world.advance(5 * HOUR);
  assert.deepEqual((await world.status('schedule')).lines, [], 'two polls are missed at times');
  await world.advance(2 * DAY);
  const late = await world.status('schedule');
  assert.deepEqual([late.exit, late.lines[0]?.ok], [3, false]);
  assert.match(late.lines[0]?.text, /^nothing newer than 2 days was pulled, and salesforce\.poll asks for it every 2 h: /);

  const said = await world.run({ command: 'status', config: '{"rulez": []}' });
  const [line] = said.filter(({ name }) => name === 'configuration');
  assert.deepEqual([said.at(-1)?.exit, line?.ok, line?.code], [3, false, 'CONFIG_KEY']);
  assert.match(line?.text, /no sync begins with it: .*rulez/);
  await world.sync();
  assert.deepEqual([(await world.status('schedule')).lines, (await world.status('configuration')).lines], [[], []]);
  await world.close();
});

test('fields of ours that are missing end a sync with exit 3, and status says what waits', async () => {
  const world = await begin('fields');
  const events = await world.run({ command: 'sync' });
  const end = events.at(-1);
  assert.deepEqual([end?.ok, end?.exit], [true, 3], JSON.stringify(end));
  const stopped = events.find(({ event }) => event === 'outbox_stopped');
  assert.deepEqual([stopped?.kind, stopped?.code], ['fields', 'SF_OWN_FIELDS']);
  const bad = await world.status('outbox');
  assert.equal(bad.exit, 3);
  const line = bad.lines.find(({ code }) => code === 'SF_OWN_FIELDS');
  assert.deepEqual([line?.ok, line?.state, line?.kind], [false, 'ready', 'fields'], JSON.stringify(bad.lines));
  assert.match(line?.text, /They wait, and none is lost: the fields for health and risk on Account are missing.*Perly_Health_Score__c.*Run perly setup/);
  assert.equal((await world.run({ command: 'setup' })).at(-1)?.ok, true);
  const cured = (await world.run({ command: 'sync' })).at(-1);
  assert.deepEqual([cured?.ok, cured?.exit], [true, undefined], JSON.stringify(cured));
  const waiting = (await world.status('outbox')).lines;
  assert.notEqual(waiting.length, 0);
  assert.ok(waiting.every(({ ok }) => ok));
  await world.close();
});

for (const mention of [false, true]) {
  test(`Chatter that is off keeps a post${mention ? ' with a mention' : ''}, and is told as what it is`, async () => {
    const world = await begin(`chatter ${mention}`, { chatter: false });
    const { org } = /** @type {any} */ (world.server);
    const owner_id = mention ? org.ids.text(org.connectedUser) : undefined;
    world.entry(key, 'chatter', { text: `Health dropped\n\n[perly:${key}]`, owner_id });
    const events = await world.run({ command: 'push' });
    const end = events.at(-1);
    assert.deepEqual([end?.ok, end?.exit], [true, 3], JSON.stringify(events));
    const stopped = events.find(({ event }) => event === 'outbox_stopped');
    assert.equal(stopped?.code, 'SF_CHATTER_OFF');
    assert.match(stopped?.message, /^Chatter is off/);
    assert.match(stopped?.remedy, /Enable Chatter in Setup.*not lost/);
    assert.equal(world.state(key), 'ready');
    const { lines, exit } = await world.status('outbox');
    assert.equal(exit, 3);
    assert.match(lines[0].text, /1 ready of kind chatter.*They wait, and none is lost: Chatter is off/);
    await world.close();
  });
}

test('features of the org that change what is pulled are told', async () => {
  const told = async (/** @type {string} */ name, /** @type {object} */ options) => {
    const world = await begin(name, options);
    assert.deepEqual((await world.status('org')).lines, [], 'nothing was described yet');
    await world.sync();
    const { lines } = await world.status('org');
    await world.close();
    return lines;
  };
  const [plain] = await told('plain', { enhancedEmail: false });
  assert.deepEqual([plain.ok, plain.text], [true, 'has no feature that changes what is pulled']);
  const all = {
    personAccounts: true, multiCurrency: true, datedRates: true, contactsToMultipleAccounts: true, sharedActivities: true,
    recordTypes: true, statePicklists: true,
  };
  const [full] = await told('full', all);
  assert.equal(
    full.text,
    'has person accounts, several currencies, exchange rates by date, contacts of several accounts, shared activities, ' +
      'enhanced email, record types, state and country codes',
  );
  assert.equal(full.person_accounts, true);
});

/** An org that has every object that is pulled. */
const ALL = { multiCurrency: true, datedRates: true, contactsToMultipleAccounts: true, sharedActivities: true, enhancedEmail: true, emailRelations: true };

test("of every object that is pulled the org's rows are compared with those that are held", async () => {
  const world = await begin('counts', ALL);
  await world.sync();
  const events = await world.run({ command: 'status' });
  const pulls = events.filter(({ object, state, name }) => object && state !== 'absent' && !name.includes('('));
  assert.ok(pulls.length >= 14, `${pulls.length} objects`);
  const { org } = /** @type {any} */ (world.server);
  for (const { object, org_rows, held_rows, left_out, text } of pulls) {
    const table = org.tables.get(object);
    assert.equal(org_rows ?? 0, [...Array(table.count).keys()].filter((row) => table.life[row] === 0).length, object);
    assert.equal(held_rows, org_rows - left_out, `${object}: ${text}`);
    assert.match(text, held_rows === 0 ? /0 held of 0 in the org/ : /[1-9]\d* held of [1-9]\d* in the org/, object);
  }
  // An object that the answer leaves out has no rows, or is none that Salesforce counts.
  await world.advance(25 * 3600000);
  await world.control('faults', { match: { path: '/limits/recordCount' }, fault: { kind: 'garbled', text: JSON.stringify({ sObjects: [{ name: 'Account', count: 20 }] }) } });
  await world.sync();
  const line = (await world.status('pull Contact')).lines[0];
  assert.deepEqual([line.ok, line.org_rows], [true, null]);
  assert.match(line.text, /\d+ held, of an object that Salesforce does not count/);
  await world.close();
});

test('each cut keeps the certificates of its pulls, and status --history tells them', async () => {
  const world = await begin('history');
  await world.sync();
  await world.advance(7200000);
  const { org } = /** @type {any} */ (world.server);
  const id = org.ids.text(org.tables.get('Account').keyOf(3));
  await world.edit({ action: 'update', object: 'Account', id, fields: { Industry: 'Shipping' } });
  await world.advance(7200000);
  await world.sync();
  await world.sync({ pull: false }); // nothing was pulled for it
  assert.deepEqual(world.rows('select number, certificate is null as none from cut order by 1'), [{ number: 1, none: 0 }, { number: 2, none: 0 }, { number: 3, none: 1 }]);
  const told = (await world.run({ command: 'status', history: true, limit: 5 })).filter(({ event }) => event === 'certificate');
  const accounts = told.filter(({ object }) => object === 'Account');
  assert.deepEqual(accounts.map(({ cut, rows, rows_announced, inserted, changed, rejected, held_rows, org_rows }) =>
    [cut, rows, rows_announced, inserted, changed, rejected, held_rows, org_rows]), [[2, 1, 1, 0, 1, 0, 20, 20], [1, 20, 20, 20, 0, 0, 20, 20]]);
  assert.ok(accounts.every(({ at, up_to }) => at >= up_to && up_to.endsWith('Z')));
  assert.equal(told.filter(({ cut }) => cut === 1).length, world.rows("select count(*) as n from pull where object not like '%(%' and state <> 'absent'")[0].n);
  const last = (await world.run({ command: 'status', history: true, limit: 1 })).filter(({ event }) => event === 'certificate');
  assert.notEqual(last.length, 0);
  assert.ok(last.every(({ cut }) => cut === 2));
  const bad = (await world.run({ command: 'status', history: true, limit: 0 })).at(-1);
  assert.deepEqual([bad?.code, bad?.exit], ['COMMAND_ARGUMENT', 4]);
  await world.close();
});

test('status tells the age of each signal that is imported, and when all of one are too old', async () => {
  const world = await begin('signals');
  await world.sync();
  const before = (await world.status('signals')).lines[0];
  assert.deepEqual([before.ok, before.never], [true, ['sentiment', 'support', 'usage']], JSON.stringify(before));
  const ids = world.rows('select id from account order by id limit 3').map(({ id }) => id);
  const now = (await world.control('_clock')).wall;
  /** @param {number} days */
  const ago = (days) => new Date(now - days * 24 * 3600000).toISOString();
  const rows = ids.map((account_id, i) => ({ account_id, name: 'usage', value: 50 + i, at: ago(i === 0 ? 40 : 2) }));
  const older = [45, 60, 90].flatMap((days) => ids.slice(1).map((account_id) => ({ account_id, name: 'usage', value: 1, at: ago(days) })));
  const other = [3, 5].map((days) => ({ account_id: ids[1], name: 'support', value: 1, at: ago(days) }));
  assert.equal((await world.run({ command: 'signals_import', rows: [...other, ...older, ...rows] })).at(-1)?.ok, true);
  const [line] = (await world.status('signal usage')).lines;
  assert.deepEqual([line.ok, line.accounts, line.newest, line.oldest], [true, 3, rows[2].at, rows[0].at], JSON.stringify(line));
  const [support] = (await world.status('signal support')).lines;
  assert.deepEqual([support.accounts, support.newest, support.oldest], [1, ago(3), ago(3)], JSON.stringify(support));
  assert.match(line.text, /up to .* \(2 days ago\), 3 accounts, the oldest of .* \(40 days ago\); a value holds for 30 days$/);
  await world.sync({ pull: false });
  const [scored] = (await world.run({ command: 'explain', account: ids[1] })).filter(({ event, name }) => event === 'signal' && name === 'usage');
  assert.deepEqual([scored.value, scored.age_text], [51, '47 h'], JSON.stringify(scored));
  assert.deepEqual((await world.status('signals')).lines[0].never, ['sentiment']);
  await world.advance(29 * 24 * 3600000);
  const old = await world.status('signal usage');
  assert.deepEqual([old.lines[0].ok, old.exit], [false, 3], JSON.stringify(old.lines[0]));
  assert.match(old.lines[0].text, /31 days ago.*nothing is known of it any more: import it anew, or take it out of the configuration/);
  await world.close();
});

test('what a pull refused is shown as it came, NUL bytes are counted, and of one who asks to be forgotten nothing is kept', async () => {
  const world = await begin('refused values');
  const { org } = /** @type {any} */ (world.server);
  const person = personOf(world);
  /** @param {string} object @param {(line: string[], header: string[]) => void} change of each line of its first job */
  const spoil = (object, change) => {
    const cells = (/** @type {string} */ line) => line.trim().slice(1, -1).split('","');
    const act = () => {
      const job = [...org.jobs.values()].findLast((one) => one.object === object);
      for (const row of job.rows) {
        const line = cells(job.writer.line(row));
        change(line, cells(job.writer.header));
        job.frozen.set(row, `"${line.join('","')}"\n`);
      }
    };
    org.faults.add({ match: { method: 'POST', path: 'jobs/query$', body: `FROM ${object}[ "]` }, fault: { kind: 'then', act } });
  };
  let spoilt = '';
  spoil('Account', (line, header) => {
    spoilt ||= line[header.indexOf('Id')];
    if (line[header.indexOf('Id')] !== spoilt) return;
    line[header.indexOf('AnnualRevenue')] = '12,5 EUR';
    line[header.indexOf('Name')] = 'A\0c\0me';
  });
  const spoilContact = () => spoil('Contact', (line, header) => {
    if (line[header.indexOf('Id')] === person.id) line[header.indexOf('IsEmailBounced')] = 'ask Petra';
  });
  spoilContact();
  await world.sync();
  const account = (await world.status('pull Account')).lines[0];
  assert.match(account.text, new RegExp(`1 with a value that is not of its field's type: ${spoilt} revenue: 12,5 EUR, 2 NUL bytes dropped`));
  assert.deepEqual([account.rejected_ids, account.nul_bytes], [spoilt, 2]);
  assert.equal(world.rows('select name from account where id = ?', spoilt)[0].name, 'Acme');
  const contact = (await world.status('pull Contact')).lines[0];
  assert.match(contact.text, new RegExp(`${person.id} email_bounced: ask Petra`));
  assert.doesNotMatch(JSON.stringify(world.rows('select certificate from cut')), /Petra/);
  await world.edit({ action: 'update', object: 'Contact', id: person.id, fields: { Title: 'Director' } });
  await person.forget();
  await world.advance(DAY);
  spoilContact();
  await world.sync();
  assert.equal(world.rows("select rejected from pull where object = 'Contact'")[0].rejected, 1, 'refused again');
  assert.deepEqual(world.rows("select * from note where kind = 'rejected' and id = ?", person.id), []);
  await world.close();
});
