// Rows that go: deleted, merged, restored, purged without a trace, hidden by sharing; and persons who ask to be forgotten.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';

import { startPostgres } from '../store/postgres_server.mjs';
import { nodeHost, startCore } from './core.mjs';
import { createWorlds, DAY, HOUR, OBJECTS } from './world.mjs';

const open = createWorlds('deletes');
/** @param {import('./core.mjs').Event[]} events @param {string} name @param {string} [object] */
const only = (events, name, object) => events.filter((event) => event.event === name && (!object || event.object === object));

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`a purged row is found by the weekly sweep, a deleted one at once (${host})`, async () => {
    const world = await open(`purged-${host}`, { accounts: 30, sessionMinutes: 1e6 }, host);
    await world.sync();
    const [gone, binned] = world.rows('select id from account order by id limit 2');
    const [task] = world.rows("select id, account_id from activity where substr(id, 1, 3) = '00T' and account_id <> ? and account_id <> ? limit 1", gone.id, binned.id);
    await world.edit({ action: 'delete', object: 'Account', id: binned.id });
    await world.edit({ action: 'delete', object: 'Account', id: gone.id });
    await world.edit({ action: 'purge', object: 'Account', id: gone.id });
    await world.edit({ action: 'delete', object: 'Task', id: task.id });
    await world.edit({ action: 'purge', object: 'Task', id: task.id });
    await world.advance(HOUR);
    const next = await world.sync();
    assert.deepEqual(only(next, 'swept'), [], 'not due yet');
    assert.deepEqual(world.rows('select deleted from account where id in (?, ?) order by id', gone.id, binned.id).map(({ deleted }) => deleted), [0, 1]);

    await world.advance(7 * DAY);
    const swept = await world.sync();
    assert.equal(only(swept, 'swept').length, OBJECTS, JSON.stringify(only(swept, 'swept')));
    assert.deepEqual(only(swept, 'swept', 'Account').map(({ purged, unknown, held_back }) => [purged, unknown, held_back]), [[1, 0, false]]);
    assert.deepEqual(only(swept, 'swept', 'Task').map(({ purged }) => purged), [1]);
    assert.deepEqual(only(swept, 'swept', 'Event').map(({ purged }) => purged), [0], 'of the same table, and not touched');
    assert.equal(world.rows('select deleted from account where id = ?', gone.id)[0].deleted, 1);
    assert.equal(world.rows('select deleted from activity where id = ?', task.id)[0].deleted, 1);
    assert.equal(world.rows('select count(*) as rows from swept')[0].rows, 0);
    const health = world.rows('select unscored, scored_at from health where account_id in (?, ?)', gone.id, binned.id);
    assert.equal(health.length, 2, 'a deleted account keeps its history');

    await world.advance(2 * HOUR);
    assert.deepEqual(only(await world.sync(), 'swept'), [], 'once a week');
    await world.close();
  });
}

test('a sweep that was stopped and ends days later takes nothing away that came since', async () => {
  const world = await open('late sweep', { accounts: 30, sessionMinutes: 1e6, refreshIdleDays: 365 });
  await world.sync();
  const [gone] = world.rows('select id from account order by id limit 1');
  await world.edit({ action: 'delete', object: 'Account', id: gone.id });
  await world.edit({ action: 'purge', object: 'Account', id: gone.id });
  await world.advance(8 * DAY);
  const ids = (/** @type {string} */ object) => ({ method: 'POST', path: '/jobs/query$', body: `FROM ${object}\\b(?!.*SystemModstamp)` });
  for (const object of ['Account', 'Contact']) world.server.org.faults.add({ match: ids(object), fault: { kind: 'slow_job', ms: 50 * 60000 } });
  assert.ok(await world.killed({ command: 'sync' }, 'request', 60, { match: { method: 'GET', path: '/jobs/query/\\w+$' } }));
  assert.deepEqual(world.rows("select object from pull where object in ('Account (ids)', 'Contact (ids)') and state = 'running' order by 1").map(({ object }) => object), ['Account (ids)', 'Contact (ids)']);

  const { id: account } = await world.edit({ action: 'insert', object: 'Account', fields: { Name: 'New Company' } });
  const { id: contact } = await world.edit({ action: 'insert', object: 'Contact', fields: { LastName: 'New', AccountId: account } });
  const { id: binned } = await world.edit({ action: 'insert', object: 'Contact', fields: { LastName: 'Binned', AccountId: account } });
  await world.edit({ action: 'delete', object: 'Contact', id: binned });
  await world.advance(3 * DAY);
  const swept = await world.sync();
  assert.deepEqual(only(swept, 'swept', 'Account').map(({ purged }) => purged), [1], 'the one that was purged');
  assert.deepEqual(only(swept, 'swept', 'Contact').map(({ purged }) => purged), [0]);
  const deleted = (/** @type {string} */ table, /** @type {string} */ id) => world.rows(`select deleted from ${table} where id = ?`, id).map((row) => row.deleted);
  assert.deepEqual([deleted('account', gone.id), deleted('account', account), deleted('contact', contact), deleted('contact', binned)], [[1], [0], [0], [1]]);
  await world.close();
});

test('rows that the user may not see any more are held back until a person says that they are gone', async () => {
  const world = await open('hidden', { accounts: 60, sessionMinutes: 1e6 });
  await world.sync();
  const victims = world.rows('select id from account order by id limit 40');
  for (const { id } of victims) {
    await world.edit({ action: 'delete', object: 'Account', id });
    await world.edit({ action: 'purge', object: 'Account', id });
  }
  await world.advance(8 * DAY);
  const [account] = only(await world.sync(), 'swept', 'Account');
  assert.deepEqual([account?.purged, account?.held_back], [40, true]);
  assert.equal(world.rows('select count(*) as rows from account where deleted')[0].rows, 0, 'nothing is taken as deleted');
  const status = await world.run({ command: 'status' });
  const line = status.find(({ name }) => name === 'pull Account (ids)');
  assert.deepEqual([line?.ok, status.at(-1)?.exit], [false, 3]);
  assert.match(line?.text, /does not see 40/);
  await world.advance(HOUR);
  const [accepted] = only(await world.sync({ full: true }), 'swept', 'Account');
  assert.deepEqual([accepted?.purged, accepted?.held_back], [40, false]);
  assert.equal(world.rows('select count(*) as rows from account where deleted')[0].rows, 40);
  await world.close();
});

test('rows that sharing shows later are found by the sweep and pulled', async () => {
  const world = await open('shown', { sessionMinutes: 1e6 });
  await world.sync();
  const [{ id }] = world.rows('select id from contact order by id limit 1');
  // As if the row had been hidden when it was pulled: it is there, its stamp is old, and it is not held.
  world.write((database) => database.prepare('delete from contact where id = ?').run(id));
  await world.advance(8 * DAY);
  const [swept] = only(await world.sync(), 'swept', 'Contact');
  assert.equal(swept?.unknown, 1);
  await world.advance(2 * HOUR);
  await world.sync();
  assert.equal(world.rows('select id from contact where id = ?', id).length, 1);
  await world.close();
});

test('a window of which Salesforce wrongly said that it is empty is read again after the sweep', async () => {
  const world = await open('empty', { sessionMinutes: 1e6 });
  await world.sync();
  const [changed, echo] = world.rows('select id, name, industry from account order by id limit 2');
  await world.advance(HOUR);
  await world.edit({ action: 'update', object: 'Account', id: changed.id, fields: { Name: 'Changed Unseen' } });
  await world.edit({ action: 'update', object: 'Account', id: echo.id, fields: { Phone: '1' } });
  await world.advance(HOUR);
  await world.control('faults', { match: { method: 'POST', path: '/jobs/query$', body: 'FROM Account ' }, fault: { kind: 'wrong_count', off: -2 } });
  assert.equal(only(await world.sync(), 'pulled', 'Account')[0]?.rows, 0);
  await world.advance(2 * HOUR);
  await world.edit({ action: 'update', object: 'Account', id: echo.id, fields: { Phone: '2' } });
  await world.advance(HOUR);
  assert.equal(only(await world.sync(), 'pulled', 'Account')[0]?.rows, 1);
  await world.advance(2 * HOUR);
  assert.equal(only(await world.sync(), 'pulled', 'Account')[0]?.rows, 0, 'and one that is empty');
  const name = () => world.rows('select name from account where id = ?', changed.id)[0].name;
  assert.equal(name(), changed.name);
  await world.advance(7 * DAY);
  const [swept] = only(await world.sync(), 'swept', 'Account');
  assert.deepEqual([swept?.unknown, swept?.held_back], [1, false], 'of those that are held as they are none');
  await world.advance(2 * HOUR);
  assert.equal(only(await world.sync(), 'pulled', 'Account')[0]?.rows, 2, 'since then, not from the beginning');
  assert.equal(name(), 'Changed Unseen');
  await world.advance(8 * DAY);
  assert.equal(only(await world.sync(), 'swept', 'Account')[0]?.unknown, 0);
  await world.close();
});

test('a restored row is live again, with its history', async () => {
  const world = await open('restored', { sessionMinutes: 1e6 });
  await world.sync();
  const [{ id, first_seen }] = world.rows('select id, first_seen from account order by id limit 1');
  await world.edit({ action: 'delete', object: 'Account', id });
  await world.advance(HOUR);
  const deleted = await world.sync();
  assert.equal(world.rows('select deleted from account where id = ?', id)[0].deleted, 1);
  assert.equal(deleted.at(-1)?.ok, true);
  const [{ cut }] = world.rows('select max(cut) as cut from health');
  await world.edit({ action: 'undelete', object: 'Account', id });
  await world.advance(HOUR);
  await world.sync();
  assert.deepEqual(world.rows('select deleted, first_seen from account where id = ?', id), [{ deleted: 0, first_seen }]);
  assert.ok(world.rows('select cut from health where account_id = ?', id)[0].cut > cut, 'scored again');
  await world.close();
});

test('a merged account hands over to the winner what waits for it', async () => {
  const world = await open('merged', { sessionMinutes: 1e6 });
  await world.sync();
  const [winner, loser] = world.rows('select id from account order by id limit 2');
  world.write((database) => {
    database
      .prepare("insert into outbox (key, kind, account_id, rule, fields, state, attempt, looks, created_at, not_before) values ('k1', 'task', ?, 'by hand', ?, 'held', 0, 0, '2026-11-23T08:00:00.000Z', null)")
      .run(loser.id, JSON.stringify({ owner_id: '005000000000001AAA', subject: 'call', priority: 'High', due: '2026-11-25', description: 'call' }));
    database.prepare("insert into signal (account_id, name, at, value, first_seen) values (?, 'nps', '2026-11-22T08:00:00.000Z', 9, '2026-11-22T08:00:00.000Z')").run(loser.id);
    // A child whose own change comes with a later window still names the loser.
    database.prepare("insert into contact (id, account_id, stamp, seen, first_seen, hash, deleted) values ('003000000000001AAA', ?, '2026-11-01T08:00:00.000Z', '2026-11-01T08:00:00.000Z', '2026-11-01T08:00:00.000Z', 1, 0)").run(loser.id);
  });
  const children = world.rows('select id from contact where account_id = ?', loser.id);
  await world.edit({ action: 'merge', object: 'Account', id: winner.id, loser: loser.id });
  await world.advance(HOUR);
  await world.sync();
  assert.deepEqual(world.rows('select deleted, master_id from account where id = ?', loser.id), [{ deleted: 1, master_id: winner.id }]);
  assert.deepEqual(world.rows("select account_id, state from outbox where key = 'k1'"), [{ account_id: winner.id, state: 'held' }]);
  assert.equal(world.rows("select value from signal where account_id = ? and name = 'nps'", winner.id)[0].value, 9);
  for (const { id } of children) assert.equal(world.rows('select account_id from contact where id = ?', id)[0].account_id, winner.id);
  for (const { id } of children) {
    const moves = world.rows("select old, new from change where object = 'contact' and id = ? and column_name = 'account_id'", id);
    assert.deepEqual(moves, [{ old: loser.id, new: winner.id }], id);
  }
  assert.deepEqual(world.rows("select key from outbox where account_id = ? and state in ('ready', 'held')", loser.id), []);
  await world.close();
});

test('a merge that one slice pulled is handed over by the next', async () => {
  const world = await open('merged-later', { sessionMinutes: 1e6 });
  await world.advance(HOUR);
  await world.sync();
  const [winner, loser] = world.rows('select id from account order by id limit 2');
  world.write((database) =>
    database.prepare("insert into signal (account_id, name, at, value, first_seen) values (?, 'nps', '2026-11-22T08:00:00.000Z', 9, '2026-11-22T08:00:00.000Z')").run(loser.id));
  await world.edit({ action: 'merge', object: 'Account', id: winner.id, loser: loser.id });
  await world.advance(HOUR);
  // Accounts are pulled to the end, contacts meet the org's limit, which ends the cycle.
  await world.control('faults', [{ match: { method: 'POST', path: '/jobs/query$', body: 'FROM Contact ' }, fault: { kind: 'limit' } }]);
  assert.equal((await world.run({ command: 'sync' })).at(-1)?.ok, false);
  assert.equal(world.rows("select object from pull where object = 'Account' and state = 'done' and last_end > (select max(at) from cut)").length, 1, 'in the first slice');
  assert.deepEqual(world.rows('select account_id from signal').map(({ account_id }) => account_id), [loser.id]);
  await world.control('faults', undefined, 'DELETE');
  await world.advance(10 * 60_000);
  const events = await world.sync();
  assert.deepEqual(only(events, 'pulled', 'Account'), [], 'not pulled again');
  assert.deepEqual(world.rows('select account_id from signal order by 1').map(({ account_id }) => account_id), [winner.id, loser.id].sort());
  assert.equal(world.rows('select cut from health where account_id = ?', winner.id)[0].cut, world.rows('select max(number) as cut from cut')[0].cut);
  await world.close();
});

test('a merge alone causes no action, and why is told; a customer does', async () => {
  const scout = await open('merge-scout', { sessionMinutes: 1e6 });
  await scout.sync({ config: '{"rules":[]}' });
  const counts = scout.rows('select account_id as id, count(*) as contacts from contact where not deleted and account_id is not null group by account_id order by contacts desc');
  const [winner, loser, third] = [counts[0], counts[1], counts.at(-1)];
  await scout.close();
  const world = await open('merge-causes', { sessionMinutes: 1e6 });
  const config = JSON.stringify({ rules: [{ name: 'many-contacts', when: `contacts.size() > ${winner.contacts}`, mode: 'on', chatter: { text: 'many' } }] });
  await world.sync({ config }); // every account has its baseline, and the rule has seen it
  await world.edit({ action: 'merge', object: 'Account', id: winner.id, loser: loser.id });
  for (let i = third.contacts; i <= winner.contacts; i++) {
    await world.edit({ action: 'insert', object: 'Contact', fields: { LastName: `Contact ${i}`, AccountId: third.id } });
  }
  await world.advance(HOUR);
  const events = await world.sync({ config });
  assert.deepEqual(only(events, 'not_fired').map(({ rule, account_id, kind }) => [rule, account_id, kind]), [['many-contacts', winner.id, 'merge']]);
  assert.deepEqual(world.rows("select account_id from outbox where rule = 'many-contacts'"), [{ account_id: third.id }]);
  await world.close();
});

test('a person who asks to be forgotten, or is deleted for good, is erased from tables and change log', async () => {
  const world = await open('forgotten', { accounts: 30, sessionMinutes: 1e6 });
  await world.sync();
  const [asks, purged, stays] = world.rows('select id from contact order by id limit 3');
  for (const { id } of [asks, purged, stays]) await world.edit({ action: 'update', object: 'Contact', id, fields: { Title: 'Head of Testing' } });
  await world.advance(HOUR);
  await world.sync();
  assert.equal(world.rows("select count(*) as rows from change where object = 'contact' and new = 'Head of Testing'")[0].rows, 3);

  const individual = await world.edit({ action: 'insert', object: 'Individual', fields: { LastName: 'Forgotten', ShouldForget: true } });
  await world.edit({ action: 'update', object: 'Contact', id: asks.id, fields: { IndividualId: individual.id } });
  await world.edit({ action: 'delete', object: 'Contact', id: purged.id });
  await world.edit({ action: 'purge', object: 'Contact', id: purged.id });
  await world.advance(8 * DAY);
  await world.sync();
  const left = (/** @type {string} */ sql) => world.rows(sql).map(({ id }) => id).filter((id) => [asks.id, purged.id, stays.id].includes(id));
  assert.deepEqual(left('select id from contact'), [stays.id]);
  assert.deepEqual(left("select id from change where object = 'contact'"), [stays.id]);

  await world.edit({ action: 'update', object: 'Contact', id: asks.id, fields: { Title: 'Again' } });
  await world.advance(8 * DAY);
  const swept = only(await world.sync(), 'swept', 'Contact');
  assert.equal(swept[0]?.unknown, 0, 'not missed');
  assert.deepEqual(left('select id from contact'), [stays.id], 'a later change does not bring the person back');
  await world.close();
});

test('a person who was in the bin when the window came, and is purged from it later, is erased; a merged one is not taken from texts', async () => {
  const world = await open('bin', { accounts: 60, sessionMinutes: 1e6 });
  await world.sync();
  const [binned, stays, winner, loser] = world.rows('select min(id) as id, account_id, name from contact where not deleted and account_id is not null group by account_id order by account_id limit 4');
  const many = world.rows('select id from contact where not deleted and id not in (?, ?, ?, ?) limit 30', binned.id, stays.id, winner.id, loser.id);
  await world.edit({ action: 'update', object: 'Contact', id: binned.id, fields: { Title: 'Head of Testing' } });
  await world.edit({ action: 'update', object: 'Contact', id: loser.id, fields: { FirstName: winner.name.split(' ')[0], LastName: winner.name.split(' ').slice(1).join(' ') } });
  await world.advance(HOUR);
  await world.sync();
  const write = (/** @type {string} */ sql, /** @type {any[]} */ ...values) => world.write((database) => database.prepare(sql).run(...values));
  const text = (/** @type {string} */ name) => JSON.stringify([`${name} has not answered since May`]);
  write('update score set reasons = ? where account_id = ?', text(winner.name), loser.account_id);
  write('update score set reasons = ? where account_id = ?', text(binned.name), binned.account_id);
  await world.edit({ action: 'merge', object: 'Contact', id: winner.id, loser: loser.id });
  for (const { id } of [binned, ...many]) await world.edit({ action: 'delete', object: 'Contact', id });
  await world.advance(HOUR);
  await world.sync();
  const bin = [binned, loser, ...many].map(({ id }) => id);
  const held = () => world.rows('select id, deleted from contact').filter(({ id }) => bin.includes(id));
  assert.deepEqual([held().length, held().every(({ deleted }) => deleted)], [32, true]);
  for (const id of bin) await world.edit({ action: 'purge', object: 'Contact', id });
  await world.advance(8 * DAY);
  const [swept] = only(await world.sync(), 'swept', 'Contact');
  assert.deepEqual([swept?.purged, swept?.held_back], [0, false], 'that they are deleted is known: nobody is asked');
  assert.deepEqual(held(), []);
  assert.deepEqual(world.rows("select id from change where object = 'contact' and id = ?", binned.id), []);
  assert.equal(world.rows('select count(*) as rows from contact where id = ?', stays.id)[0].rows, 1);
  const reasons = (/** @type {string} */ account) => world.rows('select reasons from score where account_id = ? order by cut limit 1', account)[0].reasons;
  assert.equal(reasons(binned.account_id), text('a former contact'));
  assert.equal(reasons(loser.account_id), text(winner.name), 'the winner has the name still');
  await world.close();
});

test('a person account is erased with its person: name, changes and texts', async () => {
  const world = await open('persons', { accounts: 60, sessionMinutes: 1e6, personAccounts: true });
  await world.sync();
  const [asks, purged, binned, stays] = world.rows('select id, account_id, name from contact where person and not deleted order by id limit 4');
  assert.ok(stays, 'person accounts');
  const persons = [asks, purged, binned];
  const names = () => Object.fromEntries(world.rows('select id, name from account').map(({ id, name }) => [id, name]));
  for (const { account_id, name } of [...persons, stays]) assert.equal(names()[account_id], name);
  for (const { account_id, name } of [...persons, stays]) await world.edit({ action: 'update', object: 'Account', id: account_id, fields: { FirstName: 'Newly', Industry: 'Banking' } });
  await world.advance(HOUR);
  await world.sync();
  const name = names()[asks.account_id];
  assert.match(name, /^Newly /);
  world.write((database) => {
    for (const { account_id } of persons) database.prepare('update score set reasons = ? where account_id = ?').run(JSON.stringify([`${names()[account_id]} has not answered`]), account_id);
  });
  const individual = await world.edit({ action: 'insert', object: 'Individual', fields: { LastName: 'Forgotten', ShouldForget: true } });
  await world.edit({ action: 'update', object: 'Contact', id: asks.id, fields: { IndividualId: individual.id } });
  const remove = async (/** @type {any} */ { id, account_id }, /** @type {string} */ action) => {
    await world.edit({ action, object: 'Contact', id });
    await world.edit({ action, object: 'Account', id: account_id });
  };
  await remove(purged, 'delete');
  await remove(purged, 'purge');
  await remove(binned, 'delete');
  await world.advance(HOUR);
  await world.sync();
  await remove(binned, 'purge');
  await world.advance(8 * DAY);
  await world.sync();
  const gone = () => {
    for (const { id, account_id } of persons) {
      assert.equal(names()[account_id], 'a former contact');
      assert.deepEqual(world.rows('select id from contact where id = ?', id), []);
      assert.deepEqual(world.rows("select id from change where object in ('account', 'contact') and id in (?, ?)", id, account_id), []);
      assert.equal(world.rows('select reasons from score where account_id = ? order by cut limit 1', account_id)[0].reasons, JSON.stringify(['a former contact has not answered']));
    }
  };
  gone();
  assert.match(names()[stays.account_id], /^Newly /);
  assert.ok(world.rows("select id from change where object = 'account' and id = ?", stays.account_id).length > 0);
  // It is there still, and changes: the name does not come back.
  await world.edit({ action: 'update', object: 'Account', id: asks.account_id, fields: { Industry: 'Energy' } });
  await world.advance(HOUR);
  await world.sync();
  gone();
  assert.equal(world.rows('select industry from account where id = ?', asks.account_id)[0].industry, 'Energy');
  await world.close();
});

test('an erased person is erased from what was written of the accounts as well', async () => {
  const world = await open('texts', { accounts: 30, sessionMinutes: 1e6 });
  await world.run({ command: 'setup' });
  await world.sync();
  const [asks, purged] = world.rows("select min(id) as id, account_id, name from contact where id in (select contact_ids from activity) and name like '% %' group by account_id having account_id is not null order by account_id limit 2");
  const [{ id: other }, { id: shares }] = world.rows('select id from account where id not in (?, ?) and id not in (select r.record_id from contact_role r where r.contact_id = ?) and id not in (select o.account_id from opportunity o join contact_role r on r.record_id = o.id where r.contact_id = ?) limit 2', asks.account_id, purged.account_id, purged.id, purged.id);
  const quoted = 'Joan "Jo" Doe';
  const { write } = world;
  await world.edit({ action: 'update', object: 'Contact', id: asks.id, fields: { FirstName: 'Joan "Jo"', LastName: 'Doe' } });
  await world.advance(HOUR);
  await world.sync();
  assert.equal(world.rows('select name from contact where id = ?', asks.id)[0].name, quoted);
  const named = (/** @type {string} */ name) => JSON.stringify([`${name} has not answered since May`]);
  write((database) => {
    for (const [{ account_id }, name] of /** @type {[any, string][]} */ ([[asks, quoted], [purged, purged.name]])) {
      database.prepare('update score set reasons = ? where account_id = ?').run(named(name), account_id);
      database.prepare("insert into outbox (key, kind, account_id, fields, state, attempt, looks, created_at, why) values (?, 'task', ?, ?, 'held', 0, 0, '2026-11-23T07:00:00.000Z', ?)")
        .run(`held:${account_id}`, account_id, JSON.stringify({ subject: `Call ${name}` }), `${purged.name} is away`);
    }
    for (const id of [other, shares]) database.prepare('update score set reasons = ? where account_id = ?').run(named(purged.name), id);
    database.prepare("insert into account_contact (id, account_id, contact_id, direct) values ('07k000000000001AAA', ?, ?, 0)").run(shares, purged.id);
  });

  const individual = await world.edit({ action: 'insert', object: 'Individual', fields: { LastName: 'Forgotten', ShouldForget: true } });
  await world.edit({ action: 'update', object: 'Contact', id: asks.id, fields: { IndividualId: individual.id } });
  await world.edit({ action: 'delete', object: 'Contact', id: purged.id });
  await world.edit({ action: 'purge', object: 'Contact', id: purged.id });
  await world.advance(8 * DAY);
  await world.sync();
  for (const { id, account_id } of [asks, purged]) {
    const reasons = world.rows('select reasons from score where account_id = ? order by cut limit 1', account_id)[0].reasons;
    assert.deepEqual(JSON.parse(reasons), ['a former contact has not answered since May']);
    const [held] = world.rows('select fields, why from outbox where key = ?', `held:${account_id}`);
    assert.deepEqual(JSON.parse(held.fields), { subject: 'Call a former contact' });
    assert.equal(world.rows('select count(*) n from activity where contact_ids like ?', `%${id}%`)[0].n, 0);
  }
  assert.equal(world.rows('select why from outbox where key = ?', `held:${purged.account_id}`)[0].why, 'a former contact is away');
  assert.equal(world.rows('select reasons from score where account_id = ? order by cut limit 1', other)[0].reasons, named(purged.name), 'of another account: another person');
  assert.equal(world.rows('select reasons from score where account_id = ? order by cut limit 1', shares)[0].reasons, named('a former contact'), 'of an account that shared the contact: the same person');
  assert.deepEqual(world.rows("select * from note where kind = 'erasing'"), []);

  // A name that is a part of other words, and one that is a value.
  write((database) => {
    database.prepare('update score set reasons = ? where account_id = ?').run(JSON.stringify(['Clients wait; Li, who is away', 'with Li\nand Client "Li"']), other);
    database.prepare("insert into outbox (key, kind, account_id, fields, state, attempt, looks, created_at) values ('held:li', 'task', ?, ?, 'held', 0, 0, '2026-11-23T07:00:00.000Z')")
      .run(other, JSON.stringify({ subject: 'Li', priority: 'High', owner_id: '005LiHighAAAAAAAAA' }));
    database.prepare("insert into note (kind, object, id, at, text) values ('erasing', '003000000000002AAA', ?, '', 'Li'), ('erasing', '003000000000003AAA', ?, '', 'High')").run(other, other);
  });
  await world.advance(2 * HOUR);
  await world.sync();
  const [{ reasons: cleaned }] = world.rows('select reasons from score where account_id = ? order by cut limit 1', other);
  assert.deepEqual(JSON.parse(cleaned), ['Clients wait; a former contact, who is away', 'with a former contact\nand Client "a former contact"']);
  const [{ fields: task }] = world.rows("select fields from outbox where key = 'held:li'");
  assert.deepEqual(JSON.parse(task), { subject: 'a former contact', priority: 'High', owner_id: '005LiHighAAAAAAAAA' });

  // A process died between the transaction that took the contact away and the one that cleans: nothing else changes.
  write((database) => {
    database.prepare('update score set reasons = ? where account_id = ?').run(named('Ada Left Behind'), other);
    database.prepare("insert into note (kind, object, id, at, text) values ('erasing', '003000000000001AAA', ?, '', 'Ada Left Behind')").run(other);
  });
  await world.advance(2 * HOUR);
  await world.sync();
  assert.deepEqual(world.rows("select * from note where kind = 'erasing'"), []);
  assert.equal(world.rows('select reasons from score where account_id = ? order by cut limit 1', other)[0].reasons, named('a former contact'));
  await world.close();
});

test('several persons of one account are erased from its texts on PostgreSQL too', async () => {
  const postgres = await startPostgres();
  const { host, port, user, database } = postgres.connection;
  const client = new pg.Client({ host, port, user, database });
  const url = `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  const world = await open('texts-postgres', { accounts: 3, sessionMinutes: 1e6 }, ({ key }, clock) =>
    startCore({ host: nodeHost({ postgres: url, schema: 'perly', key }), env: { PERLY_TEST_CLOCK: clock } }));
  try {
    await world.sync();
    await client.connect();
    const { rows: [{ id, other, task }] } = await client.query('select min(a.id) as id, max(a.id) as other, (select min(t.id) from perly.activity t where t.account_id = min(a.id)) as task from perly.account a');
    const [ada, bea] = ['003000000000001AAA', '003000000000002AAA'];
    for (const [person, name] of [[ada, 'Ada O\'Ney'], [bea, 'Bea "B" Li']]) {
      await client.query("insert into perly.note (kind, object, id, at, text) values ('erasing', $1, $2, now(), $3)", [person, id, name]);
    }
    const text = 'Ada O\'Ney Ada O\'Ney, (Bea "B" Li) and Bea "B" Lind';
    await client.query('update perly.score set reasons = $1', [JSON.stringify([text])]);
    await client.query('update perly.activity set contact_ids = $2 where id = $1', [task, ada]);
    await client.query("insert into perly.outbox (key, kind, account_id, fields, state, attempt, looks, created_at, why) values ('held:1', 'chatter', $1, $2, 'held', 0, 0, '2026-11-23T07:00:00.000Z', $3)",
      [id, JSON.stringify({ text }), 'Ada O\'Ney']);
    await world.advance(HOUR);
    await world.sync();
    const clean = 'a former contact a former contact, (a former contact) and Bea "B" Lind';
    const { rows: [held] } = await client.query("select fields, why from perly.outbox where key = 'held:1'");
    assert.deepEqual([JSON.parse(held.fields).text, held.why], [clean, 'a former contact']);
    const { rows } = await client.query('select account_id, reasons from perly.score where cut = 1 and account_id in ($1, $2) order by 1', [id, other]);
    assert.deepEqual(rows.map(({ reasons }) => JSON.parse(reasons)[0]), [clean, text]);
    assert.deepEqual((await client.query('select contact_ids from perly.activity where id = $1', [task])).rows, [{ contact_ids: null }]);
    assert.deepEqual((await client.query("select id from perly.note where kind = 'erasing'")).rows, []);
  } finally {
    await world.close();
    await client.end();
    await postgres.stop();
  }
});
