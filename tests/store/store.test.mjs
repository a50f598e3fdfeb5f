/** Every case of the conformance suite on every storage adapter. */
import { after, before, describe, test } from 'node:test';
import { cases } from './cases.mjs';
import { startNodePgbouncer, startNodePostgres } from './postgres_adapter.mjs';
import { startNativeSqlite, startNodeSqlite } from './sqlite_adapter.mjs';
import { Subject } from './subject.mjs';

/** @typedef {import('../../host-node/src/ports.mjs').Store} Store */
/** @typedef {(table: string) => Promise<() => Promise<void>>} Lock */
/** @typedef {{ open: () => Promise<Store>, lock: Lock }} Database */
/**
 * @typedef {object} Databases
 * @property {'sqlite' | 'postgresql'} dialect
 * @property {() => Promise<Database>} database
 * @property {() => Promise<void>} stop
 */

/** @type {{ name: string, start: () => Promise<Databases> }[]} */
const adapters = [
  { name: 'node:sqlite', start: startNodeSqlite },
  { name: 'SQLite in C', start: startNativeSqlite },
  { name: 'PostgreSQL', start: startNodePostgres },
  { name: 'PostgreSQL behind pgbouncer', start: startNodePgbouncer },
];

for (const { name, start } of adapters) {
  describe(`store: ${name}`, () => {
    /** @type {Databases} */
    let databases;
    before(async () => {
      databases = await start();
    });
    after(() => databases?.stop());
    for (const { name: title, run } of cases) {
      test(title, async () => {
        const database = await databases.database();
        /** @type {Subject[]} */
        const opened = [];
        const open = async () => {
          opened.push(new Subject(await database.open()));
          return opened[opened.length - 1];
        };
        try {
          await run({ open, lock: database.lock, sql: (texts) => texts[databases.dialect] });
        } finally {
          for (const subject of opened) await subject.store.close();
        }
      });
    }
  });
}
