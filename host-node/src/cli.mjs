#!/usr/bin/env node
/**
 * A command line for scripts and tests: commands as JSON, events as JSON lines.
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { open } from './index.mjs';

const HELP = `Usage: perly-node [options] [COMMAND...]

Runs each COMMAND, a JSON object such as '{"command":"sync"}', or those that come as lines on stdin, and
prints every event as a line of JSON. Ctrl-C, SIGTERM and a reader who leaves stop it cleanly.

  --sqlite FILE        keep the data in this SQLite file (default perly.db)
  --postgres URL       keep it in this PostgreSQL database (needs the package pg)
  --schema NAME        the connection's own schema there (default perly)
  --key-file FILE      the key that seals tokens, unless PERLY_KEY is set (default perly.key; made if missing)
  --deadline-ms N      begin nothing that cannot end within so many milliseconds from the start
  --help

Exit codes: that of the last command's end; 4 for a command line that is wrong.
`;

const OPTIONS = /** @type {const} */ ({
  sqlite: { type: 'string', default: 'perly.db' },
  postgres: { type: 'string' },
  schema: { type: 'string', default: 'perly' },
  'key-file': { type: 'string', default: 'perly.key' },
  'deadline-ms': { type: 'string' },
  help: { type: 'boolean' },
});

/** @param {ReturnType<typeof read>['values']} values */
async function storage({ sqlite, postgres, schema }) {
  if (postgres === undefined) return { options: { sqlite }, close: async () => {} };
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({ connectionString: postgres, max: 8 });
  return { options: { postgres: { pool, schema } }, close: () => pool.end() };
}

const read = () => parseArgs({ options: OPTIONS, allowPositionals: true });

/** @param {string[]} given @param {AbortSignal} signal */
async function* commandLines(given, signal) {
  if (given.length > 0) yield* given;
  else yield* createInterface({ input: process.stdin, signal });
}

/** What was typed is wrong. */
class UsageError extends Error {
  code = 'ERR_PARSE_ARGS_VALUE';
}

/** @param {string | undefined} text @param {number} started */
function deadlineOf(text, started) {
  if (text !== undefined && !/^\d+$/.test(text)) throw new UsageError(`--deadline-ms takes milliseconds, such as 5000, not ${text}`);
  return text === undefined ? undefined : started + Number(text);
}

/** @param {string} line */
function commandOf(line) {
  try {
    return JSON.parse(line);
  } catch {
    throw new UsageError(`a command is a JSON object such as {"command":"sync"}, not ${line}`);
  }
}

async function main() {
  const started = Date.now();
  const { values, positionals } = read();
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const deadline = deadlineOf(values['deadline-ms'], started);
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => stop.abort());
  process.stdout.on('error', (error) => {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EPIPE') throw error;
    stop.abort();
  });
  const { options, close } = await storage(values);
  const log = (/** @type {string} */ level, /** @type {string} */ text) =>
    process.stderr.write(`${level}: ${text}\n`);
  const connection = await open({ ...options, keyFile: values['key-file'], log });
  let exit = 0;
  try {
    for await (const line of commandLines(positionals, stop.signal)) {
      for await (const event of connection.run(commandOf(line), { deadline, signal: stop.signal })) {
        process.stdout.write(`${JSON.stringify(event)}\n`);
        if (event.event === 'command_end') exit = event.exit ?? (event.ok ? 0 : 1);
      }
      if (stop.signal.aborted) break;
    }
  } finally {
    await connection.close();
    await close();
  }
  return stop.signal.aborted ? 130 : exit;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error) => {
    process.stderr.write(`perly-node: ${error.message}\n`);
    process.exitCode = error.code?.startsWith?.('ERR_PARSE_ARGS') ? 4 : 1;
  },
);
