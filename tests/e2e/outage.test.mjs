// An object that cannot be pulled: what needs it stays as it was, the rest goes on, and a person is told once.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { createWorlds, DAY, HOUR } from './world.mjs';

const open = createWorlds('outage');
/** @param {string} object */
const failing = (object) => ({ match: { method: 'POST', path: '/jobs/query$', body: `FROM ${object} ` }, fault: { kind: 'failed_job', message: 'InternalServerError' } });

/** Components of all accounts by name. @param {Awaited<ReturnType<typeof open>>} world */
const components = (world) =>
  world.rows('select account_id, components from health order by account_id').map(({ account_id, components }) => ({ account_id, components: JSON.parse(components) }));

/** @param {import('./core.mjs').Event[]} events @param {string} name */
const only = (events, name) => events.filter(({ event }) => event === name);

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`components that need an object which cannot be pulled stay as they were (${host})`, async () => {
    const world = await open(`frozen-${host}`, { accounts: 30, sessionMinutes: 1e6, refreshIdleDays: 365 }, host);
    await world.run({ command: 'setup' });
    await world.sync();
    const before = components(world);
    const [{ actions }] = world.rows('select count(*) as actions from outbox where kind <> ?', 'fields');
    const [{ id }] = world.rows('select id from account order by id limit 1');

    // 60 days without a row of Task: every touch grows old, and must not.
    await world.advance(60 * DAY);
    await world.edit({ action: 'update', object: 'Account', id, fields: { Industry: 'Shipping' } });
    await world.advance(HOUR);
    await world.control('faults', [failing('Task')]);
    const events = await world.sync();
    const [incident] = only(events, 'incident');
    assert.deepEqual([incident?.object, incident?.code], ['Task', 'SF_BULK_JOB_FAILED'], JSON.stringify(incident));
    assert.ok(incident?.frozen.length > 0 && incident?.remedy.length > 0, JSON.stringify(incident));
    const after = components(world);
    let frozen = 0;
    for (const [i, account] of after.entries()) {
      for (const component of account.components.filter((/** @type {any} */ { frozen }) => frozen)) {
        frozen++;
        const was = before[i]?.components.find((/** @type {any} */ { name }) => name === component.name);
        assert.equal(component.score, was.score, `${account.account_id} ${component.name}`);
      }
    }
    assert.ok(frozen > 0, 'something was frozen');
    assert.equal(world.rows('select industry from account where id = ?', id)[0].industry, 'Shipping', 'the others go on');
    assert.deepEqual(world.rows('select count(*) as actions from outbox where kind <> ? and rule is not null', 'fields').map((row) => row.actions <= actions), [true], 'no wave of actions');

    const status = await world.run({ command: 'status' });
    const line = only(status, 'status').find(({ name }) => name === 'pull Task');
    assert.deepEqual([line?.ok, status.at(-1)?.exit], [false, 3], JSON.stringify(line));
    assert.match(line?.text, /failed; up to .* \(60 days ago\), since .* stays as it was/);
    assert.ok(line?.age_ms >= 60 * DAY);

    await world.advance(2 * HOUR);
    await world.control('faults', undefined, 'DELETE');
    await world.control('faults', [failing('Task')]);
    assert.deepEqual(only(await world.sync(), 'incident'), [], 'told once');
    await world.advance(2 * HOUR);
    await world.control('faults', undefined, 'DELETE');
    const well = await world.sync();
    assert.deepEqual(only(well, 'incident_over').map(({ object }) => object), ['Task']);
    assert.equal(only(well, 'scored')[0]?.accounts, 30, 'all is scored anew');
    assert.ok(!components(world).some(({ components }) => components.some((/** @type {any} */ { frozen }) => frozen)));
    assert.equal((await world.run({ command: 'status' })).find(({ name }) => name === 'pull Task')?.ok, true);
    await world.close();
  });
}

test('a rule that reads what cannot be pulled does not fire: silence of the feed is not silence of the customer', async () => {
  const world = await open('rules', { accounts: 12, sessionMinutes: 1e6, refreshIdleDays: 9999 });
  const rules = [
    { name: 'silent', when: 'signals.days_since_touch > 400', mode: 'on', task: { subject: 'Call ${account.name}' } },
    { name: 'ships', when: "account.industry == 'Shipping'", mode: 'on', task: { subject: 'Ship to ${account.name}' } },
    { name: 'worse', when: "risk.worsened && activities.size() >= 0", mode: 'on', task: { subject: 'See ${account.name}' } },
  ];
  const components = [{ name: 'decided', label: 'Decided', weight: 1, score: "account.industry == 'Shipping' ? 0 : 100", reason: 'ships' }];
  const signals = { days_since_touch: { label: 'Days without a touch', value: "(now - account.last_touch).getHours() / 24" } };
  const config = JSON.stringify({ model: { signals, components, gates: [] }, rules, limits: { actions_per_run: { at_least: 1000, percent: 100 }, tasks_per_owner_day: 100 } });
  const fired = () => world.rows("select rule, count(*) as n from outbox where kind = 'task' group by 1 order by 1");
  await world.sync({ config });
  await world.advance(500 * DAY);
  const [{ id }] = world.rows('select id from account order by id limit 1');
  await world.edit({ action: 'update', object: 'Account', id, fields: { Industry: 'Shipping' } });
  await world.advance(HOUR);
  await world.control('faults', [failing('Task')]);
  const events = await world.sync({ config });
  const [incident] = only(events, 'incident');
  assert.deepEqual(incident?.frozen_rules, ['silent'], JSON.stringify(incident));
  assert.deepEqual(fired(), [{ rule: 'ships', n: 1 }, { rule: 'worse', n: 1 }], 'what does not need it fires, and what a change of level is told to but once');

  // The feed is back, and the customers were silent indeed.
  await world.control('faults', undefined, 'DELETE');
  await world.advance(2 * HOUR);
  await world.sync({ config });
  assert.deepEqual(fired().map(({ rule }) => rule), ['ships', 'silent', 'worse']);
  await world.close();
});

test('an object that the user does not see any more is an outage of that object', async () => {
  const world = await open('unseen', { sessionMinutes: 1e6 });
  await world.sync();
  await world.control('permissions', { deny: ['Contact.read'] });
  await world.advance(25 * HOUR);
  const [incident] = only(await world.sync(), 'incident');
  assert.deepEqual([incident?.object, incident?.code], ['Contact', 'SF_OBJECT_UNKNOWN']);
  assert.ok(world.rows('select count(*) as rows from contact')[0].rows > 0, 'what was there stays');
  await world.control('permissions', { allow: ['Contact.read'] });
  await world.advance(2 * HOUR);
  assert.equal(only(await world.sync(), 'incident_over').length, 1);
  await world.close();
});

test('no object can be pulled, or one never was: the cycle fails and says why', async () => {
  const world = await open('never', { sessionMinutes: 1e6 });
  await world.control('faults', [failing('Contact')]);
  const first = (await world.run({ command: 'sync' })).at(-1);
  assert.deepEqual([first?.ok, first?.code], [false, 'SF_BULK_JOB_FAILED']);
  assert.equal(world.rows('select count(*) as cuts from cut')[0].cuts, 0, 'nothing is scored before all is complete once');
  await world.sync();
  await world.control('faults', [{ match: { method: 'POST', path: '/jobs/query$' }, fault: { kind: 'failed_job', message: 'InternalServerError' }, times: 0 }]);
  await world.advance(2 * HOUR);
  const all = (await world.run({ command: 'sync' })).at(-1);
  assert.deepEqual([all?.ok, all?.code], [false, 'SF_BULK_JOB_FAILED']);
  await world.close();
});

/** A job that says it had no row, though its pages have them. @param {string} object @param {number} rows */
const empty = (object, rows) => ({ match: { method: 'POST', path: '/jobs/query$', body: `FROM ${object}\\b` }, fault: { kind: 'wrong_count', off: -rows } });

test('a whole object is not believed to be empty because its job says so', async () => {
  const world = await open('empty', { accounts: 20, sessionMinutes: 1e6 });
  await world.control('faults', [empty('Account', 20)]);
  const end = (await world.run({ command: 'sync' })).at(-1);
  assert.deepEqual([end?.ok, end?.code], [false, 'SF_ROW_COUNT'], JSON.stringify(end));
  assert.match(end?.message, /Account announced 0 rows and had 20/);
  await world.sync();
  assert.equal(world.rows('select count(*) as rows from account where not deleted')[0].rows, 20);

  // A sweep of so few rows would not be held back: it would take all of them as gone.
  await world.advance(8 * DAY);
  await world.control('faults', [{ ...empty('Account', 20), match: { method: 'POST', path: '/jobs/query$', body: 'SELECT Id,SystemModstamp,IsDeleted,MasterRecordId FROM Account' } }]);
  await world.run({ command: 'sync' });
  const fired = (await world.control('stats')).faults.filter((/** @type {any} */ { kind }) => kind === 'wrong_count');
  assert.equal(fired.length, 2, 'the sweep met it too');
  assert.equal(world.rows('select count(*) as rows from account where not deleted')[0].rows, 20, 'no row is taken as gone');
  const line = (await world.run({ command: 'status' })).find(({ name }) => name === 'pull Account (ids)');
  assert.deepEqual([line?.ok, line?.code], [false, 'SF_ROW_COUNT'], JSON.stringify(line));
  await world.close();
});

test('a user who loses sight of rows: what needs them is frozen, one incident is raised, and no wave of actions follows', async () => {
  const world = await open('sight', { accounts: 60, sessionMinutes: 1e6, refreshIdleDays: 9999 });
  await world.run({ command: 'setup' });
  await world.sync();
  // Customers live on, and the integration user lost View All Data: pulls go well, and bring less and less.
  await world.control('permissions', { deny: ['ViewAllData', 'ModifyAllData'] });
  await world.live(30);
  const told = [];
  for (let day = 0; day < 3; day++) {
    told.push(...(await world.sync()));
    await world.advance(DAY);
  }
  const incidents = only(told, 'incident');
  const objects = incidents.map(({ object }) => object).sort();
  assert.ok(objects.includes('Account') && objects.includes('Task'), JSON.stringify(incidents));
  assert.equal(new Set(objects).size, objects.length, 'each is told once');
  const account = incidents.find(({ object }) => object === 'Account');
  assert.deepEqual([account?.code, account?.frozen.includes('recency')], ['SF_ROWS_UNSEEN', true], JSON.stringify(account));
  assert.match(account?.message, /does not see \d+ of the rows that are held/);
  const [{ actions }] = world.rows("select count(*) as actions from outbox where kind <> 'fields'");

  await world.advance(60 * DAY);
  const later = await world.sync();
  assert.deepEqual([only(later, 'incident'), only(later, 'incident_over')], [[], []]);
  assert.equal(world.rows("select count(*) as actions from outbox where kind <> 'fields'")[0].actions, actions, 'silence of what is hidden is no cause');
  const line = (await world.run({ command: 'status' })).find(({ name }) => name === 'pull Account (ids)');
  assert.deepEqual([line?.ok, line?.code], [false, 'SF_ROWS_UNSEEN']);

  await world.control('permissions', { allow: ['ViewAllData', 'ModifyAllData'] });
  await world.advance(DAY);
  const well = [...(await world.sync()), ...(await world.sync())];
  assert.deepEqual(only(well, 'incident_over').map(({ object }) => object).sort(), objects);
  assert.ok(!components(world).some(({ components }) => components.some((/** @type {any} */ { frozen }) => frozen)));
  await world.close();
});

test('a gap that opens between what the org has and what is held is looked at with the next cycle, not in a week', async () => {
  const world = await open('gap', { accounts: 20, sessionMinutes: 1e6 });
  await world.sync();
  const tasks = () => world.rows("select org_rows, held_rows, gap from pull where object = 'Task'")[0];
  const first = tasks();
  assert.equal(first.gap, first.org_rows - first.held_rows);
  // Sharing hides what others write from now on, and what they wrote before.
  await world.control('permissions', { deny: ['ViewAllData', 'ModifyAllData'] });
  const { org } = /** @type {any} */ (world.server);
  const OwnerId = org.ids.text(org.otherAdmin);
  for (let i = 0; i < first.org_rows / 10 + 26; i++) await world.edit({ action: 'insert', object: 'Task', fields: { Subject: 'Call', Status: 'Completed', OwnerId } });
  await world.advance(25 * HOUR);
  assert.deepEqual(only(await world.sync(), 'swept'), [], 'no sweep is due');
  const { org_rows, held_rows, gap } = tasks();
  assert.deepEqual([held_rows, gap], [first.held_rows, first.gap], 'none of them was brought');
  assert.ok(org_rows - held_rows - gap > org_rows / 20);
  await world.advance(2 * HOUR);
  const events = await world.sync();
  assert.deepEqual(only(events, 'swept').map(({ object, held_back }) => [object, held_back]), [['Task', true]]);
  assert.deepEqual(only(events, 'incident').map(({ object, code }) => [object, code]), [['Task', 'SF_ROWS_UNSEEN']]);
  await world.advance(2 * HOUR);
  assert.deepEqual(only(await world.sync(), 'swept'), [], 'it has been looked at');
  await world.close();
});

/** The job that reads the ids of an object for its sweep: of no window. @param {string} object */
const sweepOf = (object) => ({ method: 'POST', path: '/jobs/query$', body: `FROM ${object}\\b(?!.*SystemModstamp)` });

/** An org of which the user sees only its own rows, after a first sync that saw all. @param {string} name */
async function blinded(name) {
  const world = await open(name, { accounts: 60, sessionMinutes: 1e6, refreshIdleDays: 9999 });
  await world.sync();
  await world.control('permissions', { deny: ['ViewAllData', 'ModifyAllData'] });
  await world.advance(8 * DAY);
  return world;
}

/** @param {any} world */
const restore = (world) => world.control('permissions', { allow: ['ViewAllData', 'ModifyAllData'] });

/** Accounts with a component that stays as it was. @param {Awaited<ReturnType<typeof open>>} world */
const frozen = (world) => components(world).filter(({ components }) => components.some((/** @type {any} */ { frozen }) => frozen)).length;

test('rows that are not seen stay an incident of the day on which that was found, though looking again fails', async () => {
  const world = await blinded('again');
  const line = async () => (await world.run({ command: 'status' })).find(({ name }) => name === 'pull Account (ids)');
  const objects = only(await world.sync(), 'incident').map(({ object }) => object).sort();
  assert.ok(objects.includes('Account'), JSON.stringify(objects));
  const since = (await line())?.failed_since;
  for (let day = 0; day < 2; day++) {
    await world.advance(25 * HOUR);
    assert.ok(only(await world.sync(), 'swept').some(({ object, held_back }) => object === 'Account' && held_back), 'looked at once a day');
    assert.equal((await line())?.failed_since, since, 'one day and the same');
  }

  await world.control('faults', [...objects].map((object) => ({ match: sweepOf(object), fault: { kind: 'failed_job', message: 'InternalServerError' }, times: 0 })));
  for (let day = 0; day < 3; day++) {
    await world.advance(25 * HOUR);
    const events = await world.sync();
    assert.deepEqual([only(events, 'incident'), only(events, 'incident_over'), only(events, 'swept').filter(({ object }) => objects.includes(object))], [[], [], []]);
    assert.equal(frozen(world), 60, `what needs them stays as it was, day ${day}`);
  }
  const failed = await line();
  assert.deepEqual([failed?.ok, failed?.code, failed?.failed_since], [false, 'SF_BULK_JOB_FAILED', since]);
  assert.match(failed?.text, /does not see rows that are held, and looking again failed: /);

  await world.control('faults', undefined, 'DELETE');
  await restore(world);
  await world.advance(25 * HOUR);
  const over = only(await world.sync(), 'incident_over');
  assert.deepEqual(over.map(({ object }) => object).sort(), objects);
  assert.equal(over.find(({ object }) => object === 'Account')?.since, since);
  assert.equal(frozen(world), 0);
  assert.deepEqual([(await line())?.ok, (await line())?.failed_since], [true, null]);
  await world.close();
});

test('a process that dies between what a sweep found and the telling loses neither an incident nor its end', async () => {
  const world = await blinded('dies');
  const unseen = () => world.rows("select unseen_since as at from pull where object = 'Account (ids)'")[0]?.at;
  /** Dies while the sweep of one object goes on for long, and those of the others have ended. */
  const die = async () => {
    /** @type {import('./core.mjs').Event[]} */
    const told = [];
    world.server.org.faults.add({ match: sweepOf('User'), fault: { kind: 'slow_job', ms: 50 * 60000 } });
    const match = { method: 'GET', path: '/jobs/query/\\w+$' };
    assert.ok(await world.killed({ command: 'sync' }, 'request', 50, { match, onEvent: (event) => told.push(event) }));
    assert.equal(world.rows("select state from pull where object = 'User (ids)'")[0]?.state, 'running');
    assert.deepEqual([only(told, 'incident'), only(told, 'incident_over')], [[], []], 'not told yet');
  };
  await die();
  const since = unseen();
  assert.ok(since, 'what the sweep of Account found is stored');
  const incidents = only(await world.sync(), 'incident');
  const objects = incidents.map(({ object }) => object).sort();
  assert.equal(objects.filter((object) => object === 'Account').length, 1, 'told by the next cycle');
  assert.match(incidents.find(({ object }) => object === 'Account')?.message, /does not see [1-9]\d* of the rows that are held/);
  assert.ok(frozen(world) > 0);
  await world.advance(2 * HOUR);
  assert.deepEqual(only(await world.sync(), 'incident'), [], 'and once');

  await restore(world);
  await world.advance(7 * DAY);
  await die();
  assert.equal(unseen(), null);
  const well = await world.sync();
  assert.deepEqual(only(well, 'incident_over').map(({ object }) => object).sort(), objects);
  assert.equal(only(well, 'incident_over').find(({ object }) => object === 'Account')?.since, since);
  assert.equal(frozen(world), 0, 'all is scored anew');
  await world.advance(2 * HOUR);
  const later = await world.sync();
  assert.deepEqual(only(later, 'incident_over'), [], 'told once');
  assert.ok(only(later, 'scored')[0]?.accounts < 6, 'scored once');
  await world.close();
});

test('a sweep that fails is begun anew after a day, not with every cycle', async () => {
  const world = await open('daily', { accounts: 20, sessionMinutes: 1e6 });
  await world.sync();
  const tries = async () => (await world.control('stats')).faults.filter((/** @type {any} */ { kind }) => kind === 'failed_job').length;
  await world.advance(25 * HOUR);
  world.write((database) => database.exec("update pull set gap = org_rows - held_rows - 1000 where object = 'Task'")); // a gap that opened
  await world.control('faults', [{ match: sweepOf('Task'), fault: { kind: 'failed_job', message: 'InternalServerError' }, times: 0 }]);
  await world.sync();
  assert.equal(await tries(), 1);
  for (let cycle = 0; cycle < 3; cycle++) {
    await world.advance(2 * HOUR);
    await world.sync();
  }
  assert.equal(await tries(), 1, 'once a day');
  await world.advance(19 * HOUR);
  await world.sync();
  assert.equal(await tries(), 2);
  await world.close();
});

test('an object that the count leaves out for a day opens no gap when it is counted again', async () => {
  const world = await open('left out', { accounts: 40, sessionMinutes: 1e6 });
  await world.sync();
  const contacts = () => world.rows("select org_rows, held_rows, gap from pull where object = 'Contact'")[0];
  const before = contacts();
  assert.ok(before.held_rows > 25);
  await world.advance(25 * HOUR);
  await world.control('faults', { match: { path: '/limits/recordCount' }, fault: { kind: 'garbled', text: JSON.stringify({ sObjects: [{ name: 'Account', count: 40 }] }) } });
  await world.sync();
  assert.deepEqual(contacts(), { ...before, org_rows: null });
  await world.advance(25 * HOUR);
  await world.sync();
  assert.deepEqual(contacts(), before, 'counted again');
  await world.advance(2 * HOUR);
  assert.deepEqual(only(await world.sync(), 'swept'), [], 'nothing is there to look at');
  await world.close();
});

/**
 * A sync that dies while a job of User goes on for long, and those of the others have ended: its pull, or its sweep.
 * @param {any} world @param {object} match of the job's creation @returns {Promise<import('./core.mjs').Event[]>} what it told
 */
async function diesAt(world, match) {
  /** @type {import('./core.mjs').Event[]} */
  const told = [];
  world.server.org.faults.add({ match, fault: { kind: 'slow_job', ms: 50 * 60000 } });
  const poll = { method: 'GET', path: '/jobs/query/\\w+$' };
  assert.ok(await world.killed({ command: 'sync' }, 'request', 50, { match: poll, onEvent: (/** @type {any} */ event) => told.push(event) }));
  return told;
}

/** @param {any} world */
const failedSince = (world) => world.rows("select failed_since as at from pull where object = 'Task'")[0].at;

/** Incidents, and their ends. @param {import('./core.mjs').Event[]} events */
const incidents = (events) => ['incident', 'incident_over'].map((name) => only(events, name).map(({ object }) => object));

test('a process that dies between the pull that ends an incident and the telling loses neither the end nor the scores', async () => {
  const world = await open('ends', { accounts: 30, sessionMinutes: 1e6, refreshIdleDays: 365 });
  await world.sync();
  await world.advance(2 * DAY);
  await world.control('faults', [failing('Task')]);
  assert.deepEqual(incidents(await world.sync()), [['Task'], []]);
  assert.equal(frozen(world), 30);
  const since = failedSince(world);
  await world.advance(2 * HOUR);
  const told = await diesAt(world, { method: 'POST', path: '/jobs/query$', body: 'FROM User ' });
  assert.deepEqual([failedSince(world), incidents(told)], [null, [[], []]], 'Task was pulled, and nobody knows');
  const well = await world.sync();
  assert.deepEqual(incidents(well), [[], ['Task']]);
  assert.equal(only(well, 'incident_over')[0]?.since, since);
  assert.deepEqual([only(well, 'scored')[0]?.accounts, frozen(world)], [30, 0], 'all is scored anew');
  await world.advance(2 * HOUR);
  assert.deepEqual(incidents(await world.sync()), [[], []], 'told once');
  await world.close();
});

test('an incident that is found and not told is told by the next cycle, of whichever kind', async () => {
  const world = await open('begins', { accounts: 30, sessionMinutes: 1e6, refreshIdleDays: 365 });
  await world.sync();
  const sweepOfUser = sweepOf('User');
  /** Task fails, and the process dies in the sweeps that follow its pulls. */
  const die = async () => {
    await world.advance(8 * DAY);
    await world.control('faults', [failing('Task')]);
    const told = await diesAt(world, sweepOfUser);
    assert.ok(failedSince(world), 'that it fails is stored');
    assert.deepEqual(incidents(told), [[], []], 'and not told');
  };
  await die();
  await world.control('faults', [failing('Task')]);
  assert.deepEqual(incidents(await world.sync()), [['Task'], []]);
  await world.advance(2 * HOUR);
  assert.deepEqual(incidents(await world.sync()), [[], ['Task']]);

  await die();
  const scored = await world.sync({ pull: false });
  assert.deepEqual(incidents(scored), [['Task'], []], 'what it freezes is told with it');
  assert.deepEqual([only(scored, 'incident')[0]?.code, frozen(world) > 0], ['SF_BULK_JOB_FAILED', true]);
  assert.deepEqual(incidents(await world.sync({ pull: false })), [[], []], 'once');
  assert.deepEqual(incidents(await world.sync()), [[], ['Task']]);
  assert.equal(frozen(world), 0);

  await die();
  assert.deepEqual(incidents(await world.sync()), [[], []], 'of one that nobody was told, no end is told');
  await world.close();
});

test('what was told is stored after it: a database that fails in between has it told again', async () => {
  const world = await open('stored', { accounts: 12, sessionMinutes: 1e6, refreshIdleDays: 365 });
  await world.sync();
  /** @param {import('./core.mjs').Event[]} events */
  const end = (events) => [events.at(-1)?.ok, ...incidents(events)];
  for (const expected of [[['Task'], []], [[], ['Task']]]) {
    const fails = async () => expected[0]?.length === 1 && (await world.control('faults', [failing('Task')]));
    await world.advance(2 * HOUR);
    await fails();
    world.write((database) => database.exec("create trigger full before update of told on pull begin select raise(abort, 'full'); end"));
    assert.deepEqual(end(await world.run({ command: 'sync' })), [false, ...expected]);
    world.write((database) => database.exec('drop trigger full'));
    await world.advance(HOUR);
    await fails();
    assert.deepEqual(end(await world.sync()), [true, ...expected]);
    await world.advance(2 * HOUR);
    await fails();
    assert.deepEqual(end(await world.sync()), [true, [], []]);
  }
  await world.close();
});

test('rows that are not seen of an object that the org does not have any more freeze nothing', async () => {
  const world = await open('absent', { accounts: 20, sessionMinutes: 1e6, refreshIdleDays: 365 });
  await world.sync();
  await world.advance(8 * DAY);
  await world.sync();
  const line = async () => (await world.run({ command: 'status' })).find(({ name }) => name === 'pull EmailMessage (ids)');
  world.write((database) =>
    database.exec(`update pull set unseen_since = last_end, failed_since = last_end, error_code = 'SF_ROWS_UNSEEN', error = 'not seen', changed = 40
      where object = 'EmailMessage (ids)'`));
  await world.advance(2 * DAY);
  // A sweep would see them again: it is kept from it.
  await world.control('faults', { match: sweepOf('EmailMessage'), fault: { kind: 'failed_job', message: 'InternalServerError' }, times: 0 });
  assert.deepEqual(incidents(await world.sync()), [['EmailMessage'], []]);
  assert.equal(frozen(world), 20);
  assert.equal((await line())?.ok, false);
  await world.control('permissions', { deny: ['EmailMessage.read'] });
  await world.advance(2 * HOUR);
  const accepted = await world.sync({ full: true });
  assert.deepEqual(incidents(accepted), [[], ['EmailMessage']], 'a person said that it is so');
  assert.equal(world.rows("select state from pull where object = 'EmailMessage'")[0].state, 'absent');
  assert.deepEqual([frozen(world), (await line())?.ok ?? true], [0, true]);
  await world.close();
});
