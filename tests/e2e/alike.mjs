// Whether two worlds ended alike: tables, scores and outbox here, and what is in Salesforce there.
import assert from 'node:assert/strict';

/** @typedef {Awaited<ReturnType<ReturnType<typeof import('./world.mjs').createWorlds>>>} World */

/** Tables that are the engine's own books: of its runs and calls, and of when it looked at what. */
const BOOKS = ['api_usage', 'connection', 'cut', 'field', 'lease', 'pull'];
/** Columns that say when, in which run or at which attempt we did something, or what Salesforce calls our record. */
const OURS = {
  '*': ['first_seen', 'seen'],
  account: ['stamp'], // our scores are what was written last
  configuration: ['since'],
  dirty: ['since'],
  health: ['cut', 'scored_at', 'changed_at', 'candidate_since', 'pushed_at'],
  score: ['cut', 'scored_at', 'candidate_since'],
  rule_state: ['last_fired'],
  outbox: ['cut', 'attempt', 'looks', 'token', 'created_at', 'not_before', 'claimed_at', 'sent_at', 'result_id'],
};

/** @param {string} name of a table */
const oursOf = (name) => [...OURS['*'], ...(OURS[name] ?? [])];

/**
 * All tables but the books, without our own times.
 * @param {World} world
 * @param {object} [options]
 * @param {string[]} [options.books] tables left out
 * @param {(table: string) => string[]} [options.ours] columns left out
 * @param {boolean} [options.asSent] what a score's entry says of when it was made is of interest too
 */
export function dump(world, { books = BOOKS, ours = oursOf, asSent = false } = {}) {
  const tables = world.rows("select name from sqlite_master where type = 'table' and name not like 'perly_%' order by name");
  return Object.fromEntries(
    tables.filter(({ name }) => !books.includes(name)).map(({ name }) => {
      const left = ours(name);
      const columns = world.rows('select name from pragma_table_info(?)', name).map((column) => column.name).filter((column) => !left.includes(column));
      const others = name === 'note' ? "where kind <> 'quiet'" : '';
      // Integers of 64 bits are text here; what a score's entry says of when it was made is a time of ours too.
      const values = columns.map((column) => (column === 'hash' || column === 'condition' ? `cast(${column} as text) as ${column}` : name === 'note' && column === 'at' ? "iif(kind = 'made', null, at) as at" : !asSent && name === 'outbox' && column === 'fields' ? "iif(kind = 'fields', json_remove(fields, '$.Perly_Last_Updated__c'), fields) as fields" : `"${column}"`));
      return [name, world.rows(`select ${values} from "${name}" ${others} order by ${columns.map((_, i) => i + 1)}`)];
    }),
  );
}

/** What Salesforce holds of ours: scores by account, and Tasks and posts by the key in their marker. @param {World} world */
export async function told(world) {
  const query = encodeURIComponent('SELECT Id, Perly_Health_Score__c, Perly_Risk_Level__c FROM Account ORDER BY Id');
  const authorization = `Bearer ${world.server.tokens.access_token}`; // others do not see the fields
  const answer = await fetch(`${world.server.url}/services/data/v66.0/query?q=${query}`, { headers: { authorization } });
  const scores = (await answer.json()).records;
  const marked = (/** @type {any[]} */ records, /** @type {string} */ field) =>
    records.map((record) => /\[perly:([0-9a-f]{40})\]/.exec(record[field] ?? '')?.[1]).filter((key) => key !== undefined).sort();
  const tasks = marked(await world.control(`query?q=${encodeURIComponent('SELECT Description FROM Task')}`), 'Description');
  const posts = marked(await world.control('feed'), 'Body');
  return { scores: scores.map((/** @type {any} */ row) => [row.Id, row.Perly_Health_Score__c, row.Perly_Risk_Level__c]), tasks, posts };
}

/** Both ended in the same, and what the outbox has is in Salesforce once. @param {World} world @param {World} calm @param {string} when */
export async function assertAlike(world, calm, when) {
  const [mine, theirs] = [dump(world), dump(calm)];
  for (const table of Object.keys(theirs)) assert.deepEqual(mine[table], theirs[table], `${table}, ${when}`);
  const [there, wanted] = [await told(world), await told(calm)];
  assert.deepEqual(there, wanted, when);
  const keys = (/** @type {string} */ kinds) => world.rows(`select key from outbox where kind in (${kinds}) order by key`).map(({ key }) => key);
  assert.deepEqual(there.tasks, keys("'task', 'digest'"), when);
  assert.deepEqual(there.posts, keys("'chatter'"), when);
  assert.deepEqual(world.rows("select key, state from outbox where state <> 'done'"), [], when);
}
