/** What only PostgreSQL can do to a transaction: a lost connection, a deadlock, another process. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { End } from '../../host-node/src/ports.mjs';
import { openPostgres } from '../../host-node/src/postgres.mjs';
import { notes, notesOf, putNotes } from './cases_schema.mjs';
import { startPostgres } from './postgres_server.mjs';
import { endsWith, Subject } from './subject.mjs';

/** @type {Awaited<ReturnType<typeof startPostgres>>} */
let server;
/** @type {pg.Pool} */
let pool;
/** @type {pg.Client} */
let outside;

before(async () => {
  server = await startPostgres();
  pool = new pg.Pool({ ...server.connection, max: 6 });
  outside = new pg.Client(server.connection);
  await outside.connect();
});
after(async () => {
  await outside.end();
  await pool.end();
  await server.stop();
});

/** @param {string} schema */
async function subjectIn(schema) {
  const subject = new Subject(openPostgres({ pool, schema, lockMs: 2000 }));
  await subject.migrate(notes);
  return subject;
}

/** Ends the server side of the connection whose statement begins so, once it runs. @param {string} text */
async function terminate(text) {
  const query =
    'SELECT pg_terminate_backend(pid) FROM pg_stat_activity ' +
    "WHERE pid <> pg_backend_pid() AND state <> 'idle' AND query LIKE $1 AND wait_event = 'PgSleep'";
  for (let found = 0; found === 0;) found = (await outside.query(query, [`${text}%`])).rowCount ?? 0;
}

const sleep = { name: 'sleep', sqlite: '', postgresql: 'SELECT pg_sleep(20)' };

test('a connection lost before the commit: busy, and nothing written', async () => {
  const subject = await subjectIn('lost');
  const work = subject.apply(putNotes([['a', 'x']]), { run: sleep });
  await Promise.all([endsWith(work, End.busy), terminate('SELECT pg_sleep')]);
  assert.deepEqual(await notesOf(subject), []);
  await subject.apply(putNotes([['a', 'y']]));
  assert.deepEqual(await notesOf(subject), [['a', 'y']]);
});

test('a connection lost during the commit: unclear', async () => {
  const subject = await subjectIn('unclear');
  await outside.query(`
    CREATE FUNCTION unclear.wait() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$;
    CREATE CONSTRAINT TRIGGER wait AFTER INSERT ON unclear.note INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION unclear.wait()`);
  await Promise.all([endsWith(subject.apply(putNotes([['a', 'x']])), End.unclear), terminate('COMMIT')]);
});

test('a connection lost inside a query: busy', async () => {
  const subject = await subjectIn('query');
  await Promise.all([endsWith(subject.rows(sleep, { types: ['text'] }), End.busy), terminate('FETCH')]);
});

test('a deadlock and a serialisation failure: busy', async () => {
  const subject = await subjectIn('deadlock');
  for (const code of ['40P01', '40001']) {
    const raise = `DO $$ BEGIN RAISE EXCEPTION 'chosen' USING ERRCODE = '${code}'; END $$`;
    const run = { name: code, sqlite: '', postgresql: raise };
    await endsWith(subject.apply(putNotes([['a', 'x']]), { run }), End.busy, /chosen/);
  }
  assert.deepEqual(await notesOf(subject), []);
});

test('nobody listens there: busy', async () => {
  const nowhere = new pg.Pool({ ...server.connection, port: 1 });
  const subject = new Subject(openPostgres({ pool: nowhere, schema: 'x' }));
  await endsWith(subject.apply(), End.busy);
  await nowhere.end();
});

test('ten processes migrate one new schema at once, by a role that may create nothing else', async () => {
  await outside.query('CREATE ROLE narrow LOGIN; CREATE SCHEMA shared AUTHORIZATION narrow');
  const narrow = new pg.Pool({ ...server.connection, user: 'narrow', max: 10 });
  const subjects = Array.from(
    { length: 10 },
    () => new Subject(openPostgres({ pool: narrow, schema: 'shared' })),
  );
  await Promise.all(subjects.map((subject) => subject.migrate(notes)));
  await Promise.all(subjects.map((subject, i) => subject.apply(putNotes([[`${i}`, 'x']]))));
  assert.equal((await notesOf(subjects[0])).length, 10);
  await narrow.end();
});

test('two schemas of one pool do not see each other', async () => {
  const [a, b] = [await subjectIn('org_a'), await subjectIn('org_b')];
  await a.apply(putNotes([['a', 'x']]));
  assert.deepEqual([await notesOf(a), await notesOf(b)], [[['a', 'x']], []]);
});
