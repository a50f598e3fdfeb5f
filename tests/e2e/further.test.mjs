// Fields beyond those that are columns: an org of 300 custom fields on Account and 230 on Contact, all mapped by "*".
// 200 are columns; the others are kept beside them, a row a value, and a view joins both.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import pg from 'pg';

import { parseField } from '../salesforce/schema/parse.mjs';
import { startPostgres } from '../store/postgres_server.mjs';
import { nodeHost, startCore } from './core.mjs';
import { createWorlds, DAY, HOUR } from './world.mjs';

/** @typedef {Awaited<ReturnType<ReturnType<typeof createWorlds>>>} World */

const open = createWorlds('further');
const ORG = { accounts: 8, sessionMinutes: 1e6 };
const ALL = { account: { '*': true }, contact: { '*': true } };
const config = JSON.stringify({ mapping: ALL });
/** @param {import('./core.mjs').Event[]} events @param {string} name @param {string} object */
const only = (events, name, object) => events.filter((event) => event.event === name && event.object === object);

/** By turns: the type, a value of it, and the value as the tables have it. @type {[string, (n: number) => any, (n: number) => any][]} */
const KINDS = [
  ['string 40', (n) => `text ${n}, "quoted"\n${n % 3 ? 'ö' : '😀'}`, (n) => `text ${n}, "quoted"\n${n % 3 ? 'ö' : '😀'}`],
  ['double 16/2', (n) => n + 0.25, (n) => n + 0.25],
  ['boolean', (n) => n % 2 === 0, (n) => (n % 2 === 0 ? 1 : 0)],
  ['date', (n) => Date.UTC(2026, 0, 1 + (n % 300)), (n) => new Date(Date.UTC(2026, 0, 1 + (n % 300))).toISOString()],
  ['int 8/0', (n) => n, (n) => n],
];
/** @param {number} i of the field */
const kindOf = (i) => /** @type {(typeof KINDS)[number]} */ (KINDS[i % KINDS.length]);

/** @param {World} world */
const insider = (world) => /** @type {any} */ (world.server).org;

/** Adds a custom field, with values in every third record but for the boolean ones. @param {any} org @param {string} object @param {number} i */
function addField(org, object, i) {
  const field = parseField(`Extra${i}__c ${kindOf(i)[0]} CUN`);
  org.schema.addField(org.schema.object(object), field, org.now());
  const table = org.tables.get(object);
  table.column(field.name, field.type);
  for (let row = 0; row < table.count; row++) {
    if ((row + i) % 3 !== 0 || field.type === 'boolean') table.set(row, field.name, kindOf(i)[1](row + i));
  }
}

/** @param {any} org @param {string} object @param {number} count of custom fields in the end */
function addFields(org, object, count) {
  const before = org.schema.object(object).fields.filter((/** @type {any} */ { name, custom }) => custom && !name.startsWith('Perly_')).length;
  for (let i = before + 1; i <= count; i++) addField(org, object, i);
}

/** What the org has of added fields `from` to `to`, by account. @param {any} org @param {number} from @param {number} to */
function expected(org, from, to) {
  const table = org.tables.get('Account');
  const rows = [];
  for (let row = 0; row < table.count; row++) {
    /** @type {Record<string, any>} */
    const one = { id: org.ids.text(table.keyOf(row)) };
    for (let i = from; i <= to; i++) {
      const value = table.get(row, `Extra${i}__c`);
      one[`extra${i}__c`] = value === null || value === undefined ? null : typeof value === 'boolean' ? Number(value) : kindOf(i)[0] === 'date' ? new Date(value).toISOString() : value;
    }
    rows.push(one);
  }
  return rows.sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** @param {number} from @param {number} to */
const columns = (from, to) => Array.from({ length: to - from + 1 }, (_, i) => `extra${from + i}__c`);
/** @param {World} world @param {number} from @param {number} to */
const viewed = (world, from, to) => world.rows(`select id, ${columns(from, to)} from account_all order by id`);
/** @param {World} world @param {string} table */
const names = (world, table) => world.rows('select name from pragma_table_info(?)', table).map(({ name }) => name);

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`300 fields: 200 are columns, the others are kept beside them and joined by a view (${host})`, async () => {
    const world = await open(`many-${host}`, ORG, host);
    const org = insider(world);
    addFields(org, 'Account', 300);
    const first = await world.sync({ config });
    assert.equal(only(first, 'pulled', 'Account')[0]?.new, 8);
    assert.deepEqual(['extra200__c', 'extra201__c'].map((name) => names(world, 'account').includes(name)), [true, false]);
    assert.deepEqual(viewed(world, 150, 300), expected(org, 150, 300));
    assert.equal(world.rows("select count(*) as n from account_field where text is null and number is null and time is null")[0].n, 0, 'what is null has no row');
    assert.equal(world.rows('select count(*) as n from change')[0].n, 0);

    // Nothing changed: neither for a window nor for a pull of everything.
    await world.advance(2 * HOUR);
    assert.deepEqual(only(await world.sync({ config, full: true }), 'pulled', 'Account').map(({ rows, changed }) => [rows, changed]), [[8, 0]]);
    assert.equal(world.rows('select count(*) as n from change')[0].n, 0);

    // A value that changes, one that goes, one that comes: in the row's transaction, with the log and the account's score.
    const id = org.ids.text(org.tables.get('Account').keyOf(0));
    const was = expected(org, 201, 300).find((row) => row.id === id) ?? {};
    const [changes, goes, comes] = [255, 256, 252]; // a text, a number, a boolean that turns
    await world.edit({ action: 'update', object: 'Account', id, fields: { Extra255__c: 'other', Extra256__c: null, Extra252__c: !was[`extra${comes}__c`] } });
    await world.advance(2 * HOUR);
    const second = await world.sync({ config });
    assert.deepEqual(only(second, 'pulled', 'Account').map(({ rows, changed }) => [rows, changed]), [[1, 1]]);
    assert.deepEqual(viewed(world, 201, 300), expected(org, 201, 300));
    assert.deepEqual(
      world.rows('select id, column_name, old, new from change where object = ? order by column_name', 'account').map((row) => Object.values(row)),
      [[comes, String(Boolean(was[`extra${comes}__c`])), String(!was[`extra${comes}__c`])], [changes, was[`extra${changes}__c`], 'other'], [goes, String(was[`extra${goes}__c`]), null]]
        .map(([i, before, after]) => [id, `extra${i}__c`, before, after]),
    );
    assert.equal(second.find(({ event }) => event === 'scored')?.accounts, 1);
    assert.deepEqual(world.rows('select account_id from dirty'), []);

    // A field that joins has values in rows that do not change; one that goes leaves the view.
    addField(org, 'Account', 301);
    await world.advance(2 * HOUR);
    const third = await world.sync({ config });
    assert.deepEqual(only(third, 'columns_read', 'Account').map(({ columns: read, rows }) => [read.includes('extra301__c'), read.includes('extra300__c'), rows]), [[true, false, 8]]);
    assert.deepEqual(viewed(world, 201, 301), expected(org, 201, 301));
    await world.advance(2 * HOUR);
    const quiet = await world.sync({ config, full: true });
    assert.equal(only(quiet, 'pulled', 'Account')[0]?.changed, 0, 'the hash is of these values too');

    // Two go: the view has one less, and the first of the others is a column now.
    await world.control('permissions', { deny: ['Account.Extra100__c.read', 'Account.Extra290__c.read'] });
    await world.advance(25 * HOUR);
    await world.sync({ config });
    assert.deepEqual(['extra201__c', 'extra202__c'].map((name) => names(world, 'account').includes(name)), [true, false]);
    assert.deepEqual(['extra290__c', 'extra291__c'].map((name) => names(world, 'account_all').includes(name)), [false, true]);
    assert.deepEqual([...viewed(world, 201, 289), ...viewed(world, 291, 301)], [...expected(org, 201, 289), ...expected(org, 291, 301)]);
    assert.deepEqual(world.rows("select id from account_field where name = 'extra201__c'"), [], 'in one place alone');
    await world.close();
  });
}

for (const host of /** @type {const} */ (['native', 'node'])) {
  test(`an org that has no more than 200 fields any more has neither the view nor rows beside the table (${host})`, async () => {
    const world = await open(`fewer-${host}`, ORG, host);
    const org = insider(world);
    addFields(org, 'Account', 230);
    await world.sync({ config });
    const more = [names(world, 'account_all'), names(world, 'account')];
    assert.ok(more[0].includes('extra230__c') && !more[1].includes('extra230__c'));
    // The last ones go and leave nothing to read anew; then of the first ones, so that others come into the table.
    const gone = columns(221, 230).concat(columns(101, 130)).map((name) => `Account.E${name.slice(1)}.read`);
    await world.control('permissions', { deny: gone.slice(0, 10) });
    await world.advance(2 * HOUR);
    await world.sync({ config });
    assert.ok(!names(world, 'account_all').includes('extra230__c'));
    await world.control('permissions', { deny: gone.slice(10) });
    await world.advance(2 * HOUR);
    await world.sync({ config });
    assert.deepEqual(world.rows("select name from sqlite_master where type = 'view'"), []);
    assert.deepEqual(world.rows('select distinct name from account_field'), []);
    const now = (/** @type {number} */ from, /** @type {number} */ to) => world.rows(`select id, ${columns(from, to)} from account order by id`);
    assert.deepEqual([...now(90, 100), ...now(131, 220)], [...expected(org, 90, 100), ...expected(org, 131, 220)]);
    // What the database was once is not taken for what it is.
    await world.control('permissions', { allow: gone });
    await world.advance(2 * HOUR);
    await world.sync({ config });
    assert.deepEqual(names(world, 'account_all'), more[0]);
    assert.deepEqual(viewed(world, 90, 230), expected(org, 90, 230));
    await world.close();
  });
}

for (const full of [false, true]) {
  test(`a column that others push out of the table leaves nothing behind in it (${full ? 'a full pull' : 'the next window'})`, async () => {
    const world = await open(`pushed-${full}`, ORG);
    const org = insider(world);
    addFields(org, 'Account', 220);
    await world.control('permissions', { deny: ['Account.Extra100__c.read'] });
    await world.sync({ config });
    const last = Number(columns(190, 210).findLast((name) => names(world, 'account').includes(name))?.slice(5, -3));
    const held = (/** @type {string} */ name) => world.rows(`select count(*) as n from account where ${name} is not null`)[0].n;
    assert.ok(held(`extra${last}__c`) > 0);
    const before = expected(org, last, last);
    // It comes early in the order of the describe, where the first 200 are columns.
    await world.control('permissions', { allow: ['Account.Extra100__c.read'] });
    await world.advance(2 * HOUR);
    const events = await world.sync({ config, full });
    const [read] = only(events, 'columns_read', 'Account');
    assert.deepEqual([read?.columns.includes('extra100__c'), read?.columns.includes(`extra${last}__c`)], [true, true]);
    assert.equal(held(`extra${last}__c`), 0, 'what is never written again is null');
    assert.ok(held('extra100__c') > 0);
    assert.deepEqual(viewed(world, last, last), before);
    assert.deepEqual(viewed(world, 90, 220), expected(org, 90, 220));

    // And back: it has its values in the table again, and none beside it.
    await world.control('permissions', { deny: ['Account.Extra100__c.read'] });
    await world.advance(2 * HOUR);
    await world.sync({ config, full });
    assert.deepEqual(viewed(world, last, last), before);
    assert.deepEqual(world.rows(`select id, extra${last}__c from account order by id`), before);
    assert.deepEqual(world.rows('select id from account_field where name = ?', `extra${last}__c`), [], 'in one place alone');
    await world.close();
  });
}

test('a day on, formulas are read again, and nothing of the table of fields is looked through', async () => {
  const world = await open('formulas', ORG);
  const org = insider(world);
  addFields(org, 'Account', 230);
  const days = JSON.stringify({ mapping: { account: { '*': true, days: 'record.Days_To_Renewal__c' } } });
  await world.sync({ config: days });
  // What no pull writes tells whether anything was taken away.
  world.write((database) => database.exec("insert into account_field (id, name, text) values ('none', 'days', 'witness')"));
  await world.advance(25 * HOUR);
  const events = await world.sync({ config: days });
  assert.ok(only(events, 'columns_read', 'Account')[0]?.columns.includes('days'));
  assert.deepEqual(world.rows("select text from account_field where id = 'none'"), [{ text: 'witness' }]);
  await world.close();
});

test('a field that the configuration names is a column, with its values, and expressions read it', async () => {
  const world = await open('named', ORG);
  const org = insider(world);
  addFields(org, 'Account', 230);
  await world.sync({ config });
  assert.ok(!names(world, 'account').includes('extra226__c'));
  const gates = [{ name: 'far', when: 'account.extra226__c >= 0.0', at_most: 7, reason: 'far: ${account.extra226__c}' }];
  const reads = JSON.stringify({ mapping: ALL, model: { gates } });
  await world.advance(2 * HOUR);
  const events = await world.sync({ config: reads });
  assert.ok(only(events, 'columns_read', 'Account')[0]?.columns.includes('extra226__c'));
  assert.ok(names(world, 'account').includes('extra226__c'));
  const wanted = new Map(expected(org, 226, 226).map((row) => [row.id, row.extra226__c]));
  assert.ok([...wanted.values()].some((value) => value === null) && [...wanted.values()].some((value) => value > 0));
  for (const { id, score, reasons } of world.rows('select account_id as id, score, reasons from health where score is not null')) {
    const [value] = /(?<=far: )[\d.]+/.exec(reasons) ?? [null];
    if (score === 7) assert.ok(Math.abs(Number(value) - wanted.get(id)) < 0.1, reasons);
    else assert.ok(wanted.get(id) === null || score < 7, `${id}: ${score}, ${wanted.get(id)}`);
  }
  assert.ok(world.rows('select count(*) as n from health where score = 7')[0].n > 0);
  assert.deepEqual(viewed(world, 226, 230), expected(org, 226, 230), 'the view has it once');
  await world.close();
});

test('a person who is forgotten, or purged, is forgotten in the table of fields as well', async () => {
  const world = await open('persons', ORG);
  const org = insider(world);
  addFields(org, 'Contact', 230);
  await world.sync({ config });
  const [asks, purged, stays] = world.rows('select distinct id from contact_field order by id limit 3').map(({ id }) => id);
  const individual = await world.edit({ action: 'insert', object: 'Individual', fields: { LastName: 'Forgotten', ShouldForget: true } });
  await world.edit({ action: 'update', object: 'Contact', id: asks, fields: { IndividualId: individual.id } });
  await world.edit({ action: 'delete', object: 'Contact', id: purged });
  await world.edit({ action: 'purge', object: 'Contact', id: purged });
  await world.advance(8 * DAY);
  await world.sync({ config });
  assert.deepEqual(world.rows('select id from contact where id in (?, ?)', asks, purged), []);
  assert.deepEqual(world.rows('select distinct id from contact_field where id in (?, ?, ?)', asks, purged, stays), [{ id: stays }]);
  await world.close();
});

test('killed anywhere, rows and what is kept beside them end alike', async () => {
  const start = async (/** @type {string} */ name) => {
    const world = await open(name, ORG);
    addFields(insider(world), 'Account', 300);
    return world;
  };
  const calm = await start('calm');
  const killed = await start('killed');
  const change = async (/** @type {World} */ world) => {
    const org = insider(world);
    const id = org.ids.text(org.tables.get('Account').keyOf(1));
    await world.edit({ action: 'update', object: 'Account', id, fields: { Extra255__c: 'other', Extra256__c: null } });
    addField(org, 'Account', 301);
    await world.advance(2 * HOUR);
  };
  await calm.sync({ config });
  await change(calm);
  await calm.sync({ config });
  let kills = 0;
  for (const at of [20, 24, 28, 32, 40]) kills += Number(await killed.killed({ command: 'sync', config, page_rows: 200 }, 'commit', at));
  await killed.sync({ config });
  await change(killed);
  for (const at of [6, 9, 12]) kills += Number(await killed.killed({ command: 'sync', config }, 'committed', at));
  await killed.sync({ config });
  assert.ok(kills >= 4, `${kills} kills`);
  assert.deepEqual(viewed(killed, 1 + 200, 301), viewed(calm, 1 + 200, 301));
  for (const query of [
    'select * from account_field order by id, name',
    'select id, cast(hash as text) as hash from account order by id',
    'select object, id, column_name, old, new from change order by 1, 2, 3',
    'select account_id, score, level, signals from health order by 1',
    'select * from dirty',
  ]) assert.deepEqual(killed.rows(query), calm.rows(query), query);
  await calm.close();
  await killed.close();
});

/** @param {string} name */
async function openPostgres(name) {
  const postgres = await startPostgres();
  const { host, port, user, database } = postgres.connection;
  const client = new pg.Client({ host, port, user, database });
  const url = `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&port=${port}`;
  const world = await open(name, ORG, ({ key }, clock) =>
    startCore({ host: nodeHost({ postgres: url, schema: 'perly', key }), env: { PERLY_TEST_CLOCK: clock } }));
  await client.connect();
  const close = async () => {
    await world.close();
    await client.end();
    await postgres.stop();
  };
  return { world, client, close };
}

test('PostgreSQL: what a person built on the view stays, and stops nothing', async () => {
  const { world, client, close } = await openPostgres('persons view');
  /** @param {string} text */
  const ask = async (text) => (await client.query(text)).rows;
  const again = async () => {
    await world.advance(2 * HOUR);
    return world.sync({ config });
  };
  try {
    const org = insider(world);
    addFields(org, 'Account', 230);
    await world.sync({ config });
    await ask('create view mine as select id, extra210__c, extra215__c from perly.account_all');
    const before = await ask('select * from mine order by id');
    assert.ok(before.some((row) => row.extra210__c !== null) && before.some((row) => row.extra215__c !== null));
    // One joins, one goes.
    addField(org, 'Account', 231);
    await world.control('permissions', { deny: ['Account.Extra210__c.read'] });
    assert.equal((await again()).at(-1)?.ok, true);
    assert.deepEqual(await ask('select * from mine order by id'), before.map((row) => ({ ...row, extra210__c: null })));
    assert.deepEqual((await ask('select id, extra231__c as extra from perly.account_all order by id')).map(({ extra }) => extra), expected(org, 231, 231).map((row) => row.extra231__c));
    await world.control('permissions', { allow: ['Account.Extra210__c.read'] });
    assert.equal((await again()).at(-1)?.ok, true);
    assert.deepEqual(await ask('select * from mine order by id'), before);

    // A column whose type is another now cannot stay: the error tells whose view it is, and what to do.
    await ask('drop view mine; drop view perly.account_all; create view perly.account_all as select id, 1 as extra215__c from perly.account; create view mine as select extra215__c from perly.account_all');
    addField(org, 'Account', 236);
    await world.advance(2 * HOUR);
    const end = (await world.run({ command: 'sync', config })).at(-1);
    assert.equal(end?.ok, false);
    assert.match(end?.message, /view mine depends on view (perly\.)?account_all\. Drop what depends on "perly"\."account_all", run the command again/);
    await ask('drop view mine');
    assert.equal((await again()).at(-1)?.ok, true);
    assert.deepEqual((await ask('select id, extra236__c as extra from perly.account_all order by id')).map(({ extra }) => extra), expected(org, 236, 236).map((row) => row.extra236__c));
  } finally {
    await close();
  }
});

test('PostgreSQL: the same values, through the view', async () => {
  const { world, client, close } = await openPostgres('postgres');
  try {
    const org = insider(world);
    addFields(org, 'Account', 300);
    await world.sync({ config });
    const plain = (/** @type {any} */ value) => (value instanceof Date ? value.toISOString() : typeof value === 'boolean' ? Number(value) : value);
    const seen = async () => {
      const list = columns(201, 300).map((name) => (kindOf(Number(/\d+/.exec(name)?.[0]))[0] === 'date' ? `to_char(${name} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ${name}` : kindOf(Number(/\d+/.exec(name)?.[0]))[0] === 'int 8/0' ? `${name}::float8 as ${name}` : name));
      const { rows } = await client.query(`select id, ${list} from perly.account_all order by id`);
      return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, plain(value)])));
    };
    assert.deepEqual(await seen(), expected(org, 201, 300));
    const id = org.ids.text(org.tables.get('Account').keyOf(0));
    await world.edit({ action: 'update', object: 'Account', id, fields: { Extra255__c: 'other', Extra256__c: null } });
    addField(org, 'Account', 301);
    await world.advance(2 * HOUR);
    await world.sync({ config });
    assert.deepEqual(await seen(), expected(org, 201, 300));
    const { rows } = await client.query("select column_name, new from perly.change where object = 'account' and column_name <> 'extra301__c' order by 1");
    assert.deepEqual(rows, [{ column_name: 'extra255__c', new: 'other' }, { column_name: 'extra256__c', new: null }]);
    await world.advance(2 * HOUR);
    assert.equal(only(await world.sync({ config, full: true }), 'pulled', 'Account')[0]?.changed, 0);

    // One goes, so that the first of the others becomes a column; it comes back, and pushes that one out.
    const places = async () => {
      const { rows: [held] } = await client.query("select (select count(extra201__c)::int from perly.account) as table, (select count(*)::int from perly.account_field where name = 'extra201__c') as beside");
      return [held.table > 0, held.beside > 0];
    };
    for (const [change, wanted] of /** @type {[string, boolean[]][]} */ ([['deny', [true, false]], ['allow', [false, true]]])) {
      await world.control('permissions', { [change]: ['Account.Extra100__c.read'] });
      await world.advance(2 * HOUR);
      await world.sync({ config });
      assert.deepEqual(await places(), wanted);
    }
    assert.deepEqual(await seen(), expected(org, 201, 300));
  } finally {
    await close();
  }
});
