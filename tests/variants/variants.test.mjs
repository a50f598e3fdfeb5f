// Orgs differ, and what is known about the platform is read in more than one way. Against each variant `perly`
// connects, sets up and syncs twice, and then has what the org has.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';

import { World } from '../weather/world.mjs';

/** @typedef {{ name: string, options: object, before?: (world: World) => unknown, after?: (world: World) => unknown }} Variant */

/** @type {Variant[]} */
const VARIANTS = [
  { name: 'an edition that lacks permissions', options: { withoutPermissions: ['ModifyMetadata', 'ViewAllUsers', 'BulkApiHardDelete', 'ManageInternalUsers'] } },
  { name: 'person accounts', options: { personAccounts: true } },
  { name: 'several currencies', options: { multiCurrency: true, datedRates: true } },
  { name: 'Contacts to Multiple Accounts', options: { contactsToMultipleAccounts: true } },
  { name: 'record types, states as picklists', options: { recordTypes: true, statePicklists: true } },
  { name: 'no e-mail messages, no field history, no individuals', options: { enhancedEmail: false, fieldHistory: false, individuals: false } },
  { name: 'no rotation of refresh tokens', options: { rotate: false } },
  { name: 'our clock is a day behind', options: { clientSkewMs: -86_400_000 } },
  { name: 'our clock is a day ahead', options: { clientSkewMs: 86_400_000 } },
  { name: 'the Date of answers is an hour behind', options: { skewMs: -3_600_000 } },
  { name: 'odd spellings: doubles in ints, exponents, NUL', options: { quirks: true } },
  { name: 'JSON printed for people', options: { prettyPrint: true } },
  { name: 'short pages, names only on the first', options: { pageRows: 7, headerRows: 'first' } },
  { name: 'locators are numbers', options: { pageRows: 7, locators: 'offset' } },
  { name: 'times of Bulk end in +0000', options: { bulkTimes: 'offset' } },
  { name: 'times of Bulk have no milliseconds', options: { bulkTimes: 'bare' } },
  { name: 'a result without rows is empty', options: { emptyResult: 'empty' } },
  { name: 'result pages with other keys', options: { resultPageKeys: 'link' } },
  { name: 'ids of 15 characters in the identity', options: { shortIds: true } },
  { name: 'a field that exists answers 409', options: { duplicateFieldStatus: 409 } },
];

/** @param {import('../weather/world.mjs').Run} run */
const good = (run) => assert.equal(run.end.ok, true, run.said);

describe('orgs of every kind', { concurrency: 4 }, () => {
  for (const { name, options } of VARIANTS) {
    test(name, { timeout: 600_000 }, async (t) => {
      const world = await World.open(options);
      t.after(() => world.close());
      good(await world.connect());
      good(await world.perly(['setup']));
      good(await world.perly(['sync']));
      await world.happen();
      world.promise();
      good(await world.perly(['sync']));
      assert.deepEqual(world.missing(), []);
      assert.deepEqual(world.kept(), world.promised.map(() => 1));
      assert.deepEqual(world.scores(), []);
      assert.deepEqual(world.leaks(), []);
    });
  }
});

test('a user who sees less pulls less, and nothing says so', { timeout: 600_000 }, async (t) => {
  const world = await World.open({ accounts: 30 });
  t.after(() => world.close());
  good(await world.connect());
  good(await world.perly(['setup']));
  await world.control('permissions', { deny: ['ViewAllData'] });
  good(await world.perly(['sync']));
  const database = world.database();
  const { n } = /** @type {any} */ (database.prepare('select count(*) as n from account').get());
  database.close();
  assert.ok(n < 30, `${n} accounts`);
});

test('without Chatter the Task is made and the post waits, with its reason', { timeout: 600_000 }, async (t) => {
  const world = await World.open({ chatter: false });
  t.after(() => world.close());
  good(await world.connect());
  good(await world.perly(['setup']));
  good(await world.perly(['sync']));
  world.promise();
  const run = await world.perly(['sync']);
  assert.deepEqual(world.kept(), [1, 0, 0], run.said);
  const database = world.database();
  const post = /** @type {any} */ (database.prepare("select * from outbox where kind = 'chatter'").get());
  database.close();
  assert.equal(run.code, 3, run.said);
  assert.deepEqual([post.state, post.error_code], ['ready', 'SF_CHATTER_OFF'], run.said);
  assert.match(post.error, /^Chatter is off/);
});

test('the same login, another org: nothing is pulled or pushed', { timeout: 600_000 }, async (t) => {
  const world = await World.open();
  t.after(() => world.close());
  good(await world.connect());
  good(await world.perly(['setup']));
  good(await world.perly(['sync']));
  await world.happen();
  await world.control('oauth', { move_org: true });
  await world.control('expire', { what: 'access' });
  const run = await world.perly(['sync']);
  assert.deepEqual([run.end.code, run.code], ['SF_ORG_CHANGED', 3], run.said);
  assert.match(run.end.remedy, /under a name of its own/);
  assert.equal(run.calls['PATCH /services/data/composite/sobjects'] ?? 0, 0);
});
