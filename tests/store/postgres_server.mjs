/**
 * Debian's PostgreSQL, and pgbouncer before it, in a temporary folder, on sockets of that folder alone. The
 * server's own settings are chosen to be unkind (collation, zone, formats): an adapter must not depend on
 * them.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

const SETTINGS = {
  listen_addresses: '',
  fsync: 'off',
  max_connections: '60',
  timezone: 'Asia/Kolkata',
  datestyle: 'SQL, DMY',
  bytea_output: 'escape',
  extra_float_digits: '0',
};
const PORT = 5432;
const BOUNCER_PORT = 6432;

/** Both refuse to run as root; the package brought a user of its own. */
function unprivileged() {
  if (process.getuid?.() !== 0) return {};
  const id = (/** @type {string} */ which) =>
    Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function binaries() {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  if (versions.length === 0) throw new Error('PostgreSQL is not installed: run ./build.sh deps');
  return join(root, versions[0], 'bin');
}

/**
 * @param {string} file @param {string[]} args
 * @param {{ uid?: number, gid?: number }} as @param {string} cwd
 */
function serve(file, args, as, cwd) {
  const child = spawn(file, args, { ...as, cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (said = (said + text).slice(-4000)));
  const stop = async (/** @type {NodeJS.Signals} */ signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  /** @param {pg.ClientConfig} connection */
  const ready = async (connection) => {
    for (let tries = 0; !(await answers(connection)); tries++) {
      if (child.exitCode !== null || tries > 600) throw new Error(`${file} does not serve:\n${said}`);
      await pause(20);
    }
  };
  return { stop, ready };
}

/** @param {pg.ClientConfig} connection */
async function answers(connection) {
  const client = new pg.Client(connection);
  client.on('error', () => {});
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => {});
  }
}

/** A cluster; `host` is the folder of its socket. */
export async function startPostgres() {
  const as = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'perly-pg-'));
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid);
  const data = join(folder, 'data');
  const bin = binaries();
  const init = ['-D', data, '-U', 'perly', '-A', 'trust', '-E', 'UTF8', '--no-sync', '--no-instructions'];
  const collation = ['--locale=C.UTF-8', '--locale-provider=icu', '--icu-locale=en'];
  execFileSync(join(bin, 'initdb'), [...init, ...collation], { ...as, cwd: folder, stdio: 'pipe' });
  const options = Object.entries(SETTINGS).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const args = ['-D', data, '-p', String(PORT), '-k', folder, ...options];
  const server = serve(join(bin, 'postgres'), args, as, folder);
  const connection = { host: folder, port: PORT, user: 'perly', database: 'postgres' };
  await server.ready(connection);
  return {
    connection,
    async stop() {
      await server.stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * pgbouncer in transaction mode, which hands every transaction to another server connection.
 * @param {{ host: string, port: number, user: string, database: string }} behind
 */
export async function startPgbouncer(behind) {
  const as = unprivileged();
  const folder = mkdtempSync(join(tmpdir(), 'perly-pgb-'));
  if (as.uid !== undefined) chownSync(folder, as.uid, as.gid);
  const file = join(folder, 'pgbouncer.ini');
  const settings = [
    '[databases]',
    // With auth_type any, pgbouncer logs in as the user that this line names.
    `* = host=${behind.host} port=${behind.port} user=${behind.user}`,
    '[pgbouncer]',
    'listen_addr =',
    `listen_port = ${BOUNCER_PORT}`,
    `unix_socket_dir = ${folder}`,
    'auth_type = any',
    'pool_mode = transaction',
    'default_pool_size = 8',
    'server_round_robin = 1',
  ];
  writeFileSync(file, `${settings.join('\n')}\n`, { mode: 0o644 });
  const bouncer = serve('/usr/sbin/pgbouncer', [file], as, folder);
  const connection = { ...behind, host: folder, port: BOUNCER_PORT };
  await bouncer.ready(connection);
  return {
    connection,
    async stop() {
      await bouncer.stop('SIGINT');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
