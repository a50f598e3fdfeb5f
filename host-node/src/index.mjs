/**
 * Perly's Salesforce integration for Node.
 *
 *     import { connect, open, runUntil, sync } from '@perly/salesforce';
 *
 *     await using connection = await open({ sqlite: 'perly.db', keyFile: 'perly.key' });
 *     await connect(connection, { client_id, authorize: (url) => askTheBrowser(url) });
 *     for await (const event of sync(connection)) console.log(event);
 *
 * Commands and events are the core's own; wasm/ABI.md lists them.
 */
import { openClock } from './clock.mjs';
import { Host } from './host.mjs';
import { openHttp } from './http.mjs';
import { compileModule, readZones } from './module.mjs';
import { LogLevel } from './ports.mjs';
import { openKeys } from './seal.mjs';

/** @typedef {import('./host.mjs').Command} Command */
/** @typedef {import('./host.mjs').CoreEvent} CoreEvent */
/** @typedef {import('./host.mjs').RunOptions} RunOptions */
/**
 * The last event of a command.
 * @typedef {object} CommandEnd
 * @property {'command_end'} event
 * @property {string} command
 * @property {boolean} ok
 * @property {number} api_calls
 * @property {string} [again_at] when the command has work again, as ISO 8601 in UTC; absent where that is not known
 * @property {number} [exit] where it is not 0
 * @property {string} [code] this and what follows when it failed
 * @property {'retry_now' | 'retry_later' | 'refresh' | 'reconnect' | 'skip_record' | 'stop_job'} [class]
 * @property {string} [message]
 * @property {string} [remedy]
 * @property {string} [source]
 * @property {string} [pointer]
 * @property {number} [line]
 * @property {number} [column]
 */
/** @typedef {import('./ports.mjs').Store} Store */
/**
 * Storage is one of `sqlite`, `postgres`, `store`.
 * @typedef {object} OpenOptions
 * @property {string} [sqlite] path of the database file
 * @property {{ pool: import('./postgres.mjs').Pool, schema: string }} [postgres] a `pg.Pool` of yours
 * @property {Store} [store] an adapter of your own; stays open when the connection closes
 * @property {string} [key] 64 hex digits; default: PERLY_KEY
 * @property {string} [keyFile] used when there is no key; made when it is missing
 * @property {string} [signFolder] private keys for `sign`
 * @property {typeof globalThis.fetch} [fetch] a transport of yours; see http_fetch.mjs for what it loses
 * @property {import('./http.mjs').HttpOptions} [http]
 * @property {(level: 'error' | 'warning' | 'info' | 'debug', text: string) => void} [log]
 * @property {WebAssembly.Module} [module] compiled before; default: the one of the package
 * @property {Uint8Array} [zones] the bytes of perly_zones.bin; default: those of the package
 */
/**
 * One connected org. Every command is answered by events; the last is `command_end`.
 * @typedef {object} Connection
 * @property {(command: Command, options?: RunOptions) => AsyncGenerator<CoreEvent, void>} run
 * @property {() => Promise<void>} close
 * @property {() => Promise<void>} [Symbol.asyncDispose]
 */

/** A command that ended with an error; its code, class, remedy and exit code are the core's. */
export class CommandError extends Error {
  /** @param {CommandEnd} end */
  constructor(end) {
    super(end.message ?? `the command ${end.command} failed`);
    this.name = 'CommandError';
    this.code = end.code;
    this.class = end.class;
    this.remedy = end.remedy;
    this.exit = end.exit;
    this.end = end;
  }
}

/** The core, compiled; keep it to open many connections. */
export const compile = () => compileModule('perly_core.wasm');

/** @param {OpenOptions} options @returns {Promise<Store>} */
async function openStore({ sqlite, postgres, store }) {
  if (store !== undefined) return store;
  if (postgres !== undefined) return (await import('./postgres.mjs')).openPostgres(postgres);
  if (sqlite !== undefined) return (await import('./sqlite.mjs')).openSqlite({ path: sqlite });
  throw new TypeError('open: one of sqlite, postgres, store says where to keep the data');
}

/** @param {OpenOptions} options @returns {Promise<Connection>} */
export async function open(options) {
  const keys = openKeys(options);
  const [module, zones] = [options.module ?? (await compile()), options.zones ?? (await readZones())];
  const clock = await openClock();
  const http =
    options.fetch === undefined
      ? openHttp({ ...options.http, loopbackOnly: clock.isTest })
      : (await import('./http_fetch.mjs')).openFetch(options.fetch, options.http);
  /** @type {Store | undefined} */
  let store;
  const closeStore = async () => {
    if (options.store === undefined) await store?.close();
  };
  try {
    store = await openStore(options);
    const host = new Host({ module, zones, store, http, keys, clock, log: loggerOf(options.log) });
    const connection = {
      run: host.run.bind(host),
      close: () => host.close().finally(closeStore),
      [Symbol.asyncDispose]: () => connection.close(),
    };
    return connection;
  } catch (error) {
    http.close();
    await clock.close();
    await closeStore();
    throw error;
  }
}

/**
 * A logger that throws has nobody to throw to: inside the core it would take the core with it. As that of a
 * subscriber of node:diagnostics_channel, its error is uncaught.
 * @param {OpenOptions['log']} [log]
 */
const loggerOf = (log = () => {}) => (/** @type {number} */ level, /** @type {string} */ text) => {
  try {
    log(LogLevel[level] ?? 'debug', text);
  } catch (error) {
    process.nextTick(() => {
      throw error;
    });
  }
};

/**
 * Runs a command to its end, which is returned. A command that fails throws a CommandError.
 * @param {Connection} connection
 * @param {Command} command
 * @param {RunOptions & { onEvent?: (event: CoreEvent) => void }} [options]
 * @returns {Promise<CommandEnd>}
 */
export async function run(connection, command, { onEvent, ...options } = {}) {
  /** @type {CoreEvent | undefined} */
  let last;
  for await (const event of connection.run(command, options)) {
    onEvent?.(event);
    last = event;
  }
  if (last?.event !== 'command_end') throw new Error(`the command ${command.command} ended without an end`);
  const end = /** @type {CommandEnd} */ (last);
  if (!end.ok) throw new CommandError(end);
  return end;
}

/**
 * Runs a slice of a command: begins nothing that cannot end before the deadline, commits, and returns the
 * end, whose `again_at` says when to come again: now after a slice that left work (`ok` false, `code`
 * CANCELLED). What else fails throws a CommandError.
 * @param {Connection} connection
 * @param {Command} command
 * @param {{ deadline: number | Date, signal?: AbortSignal, onEvent?: (event: CoreEvent) => void }} options
 */
export async function runUntil(connection, command, { deadline, ...options }) {
  if (!Number.isFinite(Number(deadline))) throw new TypeError(`runUntil: no deadline is ${deadline}`);
  try {
    return await run(connection, command, { ...options, deadline: Number(deadline) });
  } catch (error) {
    if (error instanceof CommandError && error.code === 'CANCELLED') return error.end;
    throw error;
  }
}

/**
 * Synchronises once; its events as they come.
 * @param {Connection} connection
 * @param {{ [argument: string]: unknown }} [command] arguments of the command
 * @param {RunOptions} [options]
 */
export function sync(connection, command = {}, options) {
  return connection.run({ command: 'sync', ...command }, options);
}

/**
 * Gets the URL that a person must open, and answers with the URL that the browser was sent to afterwards.
 * @typedef {(url: string, redirectUri: string) => Promise<string> | string} Authorize
 */

/**
 * Connects an org; the other members are arguments of the core's command `connect`.
 * @param {Connection} connection
 * @param {{ authorize: Authorize, [argument: string]: unknown }} options
 */
export async function connect(connection, { authorize, ...command }) {
  /** @type {CoreEvent | undefined} */
  let asked;
  const onEvent = (/** @type {CoreEvent} */ event) => {
    if (event.event === 'authorize') asked = event;
  };
  await run(connection, { command: 'connect', ...command }, { onEvent });
  if (asked === undefined) throw new Error('connect: the core asked for no authorisation');
  const redirect = await authorize(asked.url, asked.redirect_uri);
  return run(connection, { command: 'connect_finish', redirect });
}
