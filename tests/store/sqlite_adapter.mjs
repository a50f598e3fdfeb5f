/** Databases for the adapter on node:sqlite: a file each. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { openSqlite } from '../../host-node/src/sqlite.mjs';
import { NativeDriver } from './native_driver.mjs';

/**
 * A folder of its own for every database; `open` makes a store on it.
 * @param {(path: string) => import('../../host-node/src/ports.mjs').Store} openStore
 */
export async function sqliteFiles(openStore) {
  const folder = await mkdtemp(join(tmpdir(), 'perly-store-'));
  let count = 0;
  return {
    dialect: /** @type {const} */ ('sqlite'),
    async database() {
      const path = join(folder, `${++count}.db`);
      return { open: async () => openStore(path), lock: async () => lockFile(path) };
    },
    stop: () => rm(folder, { recursive: true, force: true }),
  };
}

/** @param {string} path */
function lockFile(path) {
  const database = new DatabaseSync(path);
  database.exec('BEGIN IMMEDIATE');
  return async () => {
    database.exec('ROLLBACK');
    database.close();
  };
}

/** The adapter of host-native, in its test program. */
export const startNativeSqlite = () => sqliteFiles((path) => new NativeDriver(path).store());

export const startNodeSqlite = () => sqliteFiles((path) => openSqlite({ path, busyMs: 50 }));
