// Orgs differ, and what is known about the platform is read in more than one way. Against each variant `perly`
// connects, sets up and syncs twice, and then has what the org has.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { describe, test } from 'node:test';

import { World } from '../weather/world.mjs';

/** @typedef {{ name: string, options: object, login?: World['login'] }} Variant */

/** @type {Variant[]} */
const VARIANTS = [
  { name: 'an edition that lacks permissions', options: { withoutPermissions: ['ModifyMetadata', 'ViewAllUsers', 'BulkApiHardDelete', 'ManageInternalUsers'] } },
  { name: 'person accounts', options: { personAccounts: true } },
  { name: 'several currencies', options: { multiCurrency: true, datedRates: true } },
  { name: 'Contacts to Multiple Accounts', options: { contactsToMultipleAccounts: true } },
  { name: 'record types, states as picklists', options: { recordTypes: true, statePicklists: true } },
  { name: 'e-mail messages tell whom they were from and to', options: { emailRelations: true } },
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
  { name: 'Developer Edition', options: { edition: 'developer' } },
  { name: 'Professional Edition with the API', options: { edition: 'professional with API' } },
  { name: 'a full sandbox', options: { edition: 'full sandbox' } },
  { name: 'the list of versions is for sessions', options: { openVersions: false } },
  { name: 'tokens with keys of newer apps', options: { tokenKeys: 'more' } },
  { name: 'tokens of programs with fewer keys', options: { tokenKeys: 'few' }, login: 'credentials' },
  { name: 'Bulk without ORDER BY and LIMIT', options: { bulkOrder: false } },
  { name: 'Bulk learns of new fields later than describe', options: { bulkFieldLagMs: 60_000 } },
  { name: 'being archived moves the stamp', options: { archivingStamps: true } },
];

/** How long before the org's time the windows of this sync ended. @param {World} world */
function late(world) {
  const database = world.database();
  const ends = database.prepare("select last_end from pull where object not like '% (%' and last_end is not null").all();
  database.close();
  assert.ok(ends.length >= 8, `${ends.length} objects`);
  return ends.map(({ last_end }) => (world.org.now() - Date.parse(String(last_end))) / 60_000);
}

/** @param {import('../weather/world.mjs').Run} run */
const good = (run) => {
  assert.equal(run.end.ok, true, run.said);
  return run;
};

describe('orgs of every kind', { concurrency: 4 }, () => {
  for (const { name, options, login } of VARIANTS) {
    test(name, { timeout: 600_000 }, async (t) => {
      const world = await World.open(options);
      t.after(() => world.close());
      world.login = login ?? 'browser';
      good(await world.connect());
      good(await world.perly(['setup']));
      good(await world.perly(['sync']));
      await world.happen();
      world.promise();
      good(await world.perly(['sync']));
      // By Salesforce's clock, whatever ours says, less the lag of five minutes, and the time of this sync.
      const minutes = late(world);
      assert.ok(minutes.every((one) => one >= 5 && one < 30), `${minutes}`);
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
  const post = /** @type {any} */ (database.prepare("select * from outbox where kind = 'chatter' and error_code is not null").get());
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

// Where sources disagree and the answer is an error: the same is told and done in either position.

for (const setupRefusal of ['INSUFFICIENT_ACCESS', 'INSUFFICIENT_ACCESS_OR_READONLY', 'NOT_FOUND', 'INVALID_TYPE']) {
  test(`who may not make fields is told the permission (${setupRefusal})`, { timeout: 600_000 }, async (t) => {
    const world = await World.open({ setupRefusal });
    t.after(() => world.close());
    good(await world.connect());
    await world.control('permissions', { deny: ['CustomizeApplication'] });
    const { end, code } = await world.perly(['setup']);
    assert.deepEqual([end.code, code], ['SF_PERMISSION', 3]);
    assert.match(end.message, /Customize Application: /);
    assert.match(end.message, new RegExp(setupRefusal));
    await world.control('permissions', { allow: ['CustomizeApplication'] });
    good(await world.perly(['setup']));
  });
}

for (const bulkLimitError of ['LIMIT_EXCEEDED', 'EXCEEDED_QUOTA']) {
  test(`when the Bulk queries of the day are used up, what changed is read by REST (${bulkLimitError})`, { timeout: 600_000 }, async (t) => {
    const world = await World.open({ bulkLimitError });
    t.after(() => world.close());
    good(await world.connect());
    good(await world.perly(['setup']));
    good(await world.perly(['sync']));
    await world.happen();
    await world.control('options', { dailyQueryJobs: 0 });
    const run = good(await world.perly(['sync']));
    assert.match(run.events.find(({ event }) => event === 'bulk_short')?.message, /no Bulk queries are left/);
    assert.ok(run.calls['GET /services/data/queryAll'] > 0, run.said);
    assert.deepEqual(world.missing(), []);
  });
}

for (const unseenError of ['INVALID_CROSS_REFERENCE_KEY', 'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY']) {
  test(`what an account that is not to be seen would get is told, and no other is held up (${unseenError})`, { timeout: 600_000 }, async (t) => {
    const world = await World.open({ unseenError });
    t.after(() => world.close());
    good(await world.connect());
    good(await world.perly(['setup']));
    good(await world.perly(['sync']));
    await world.happen();
    world.promise();
    await world.control('permissions', { deny: ['ViewAllData', 'ModifyAllData'] });
    good(await world.perly(['sync']));
    assert.deepEqual(world.kept(), [0, 0, 0]);
    const told = (await world.perly(['errors'])).events.filter(({ event }) => event === 'record_error');
    assert.ok(told.filter(({ message }) => message.includes(unseenError)).length >= 3, 'a Task and two posts');
    for (const { remedy } of told) assert.match(remedy, /let the user see it|access to the record/);
  });
}

for (const assertionError of ['invalid_grant', 'invalid_client']) {
  test(`an assertion that the app does not know is a matter of its certificate (${assertionError})`, { timeout: 600_000 }, async (t) => {
    const world = await World.open({ assertionError });
    t.after(() => world.close());
    world.login = 'jwt';
    world.certificate = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ type: 'spki', format: 'pem' });
    const { end, code } = await world.connect();
    assert.deepEqual([end.code, code], ['SF_CLIENT_REFUSED', 3]);
    assert.match(end.remedy, /certificate/);
  });
}

for (const deniedError of ['access_denied', 'access-denied']) {
  test(`who does not allow the access is asked to (${deniedError})`, { timeout: 600_000 }, async (t) => {
    const world = await World.open({ deniedError });
    t.after(() => world.close());
    await world.control('oauth', { deny_next: true });
    const { end } = await world.connect();
    assert.equal(end.code, 'SF_OAUTH_DENIED');
    good(await world.connect());
  });
}

for (const chatterLimitStatus of [503, 429]) {
  test(`over Connect's limit of an hour a mention waits (${chatterLimitStatus})`, { timeout: 600_000 }, async (t) => {
    const world = await World.open({ chatterLimitStatus, chatterHourly: 0 });
    t.after(() => world.close());
    good(await world.connect());
    good(await world.perly(['setup']));
    good(await world.perly(['sync']));
    world.promise();
    good(await world.perly(['sync']));
    assert.deepEqual(world.kept(), [1, 1, 0]);
    await world.control('options', { chatterHourly: 1000 });
    world.org.clock.advance(3_600_000);
    good(await world.perly(['sync']));
    assert.deepEqual(world.kept(), [1, 1, 1]);
  });
}

test('an edition without the API: connected, and told what is lacking', { timeout: 600_000 }, async (t) => {
  const world = await World.open({ edition: 'professional' });
  t.after(() => world.close());
  good(await world.connect());
  for (const command of ['check', 'setup', 'sync']) {
    const { end, code } = await world.perly([command]);
    assert.deepEqual([end.code, code], ['SF_API_DISABLED', 3], command);
    assert.match(end.remedy, /edition with API access/);
  }
});
