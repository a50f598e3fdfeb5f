/** Databases for the adapter on PostgreSQL: a schema each, in one cluster, directly or through pgbouncer. */
import pg from 'pg';
import { openPostgres } from '../../host-node/src/postgres.mjs';
import { startPgbouncer, startPostgres } from './postgres_server.mjs';

/** @param {{ bouncer: boolean }} options */
async function start({ bouncer }) {
  const server = await startPostgres();
  const front = bouncer ? await startPgbouncer(server.connection) : server;
  const pool = new pg.Pool({ ...front.connection, max: 10 });
  let count = 0;
  return {
    dialect: /** @type {const} */ ('postgresql'),
    async database() {
      const schema = `org "${++count}"`;
      return {
        open: async () => openPostgres({ pool, schema, lockMs: 200 }),
        lock: (/** @type {string} */ table) => lock(server.connection, schema, table),
      };
    },
    async stop() {
      await pool.end();
      if (bouncer) await front.stop();
      await server.stop();
    },
  };
}

/** @param {import('pg').ClientConfig} connection @param {string} schema @param {string} table */
async function lock(connection, schema, table) {
  const client = new pg.Client(connection);
  await client.connect();
  const name = [schema, table].map((part) => pg.escapeIdentifier(part)).join('.');
  await client.query(`BEGIN; LOCK TABLE ${name} IN EXCLUSIVE MODE`);
  return () => client.end();
}

export const startNodePostgres = () => start({ bouncer: false });
export const startNodePgbouncer = () => start({ bouncer: true });
