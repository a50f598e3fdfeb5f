// One slice of a sync in a process of its own, as a serverless function runs it: node slice.mjs DATABASE KEY_FILE MILLISECONDS.
// Prints the last event.
import { CommandError, open, runUntil } from '../../host-node/src/index.mjs';

const [sqlite, keyFile, ms] = process.argv.slice(2);
const connection = await open({ sqlite, keyFile });
/** @type {import('../../host-node/src/host.mjs').CoreEvent} */
let end;
try {
  end = await runUntil(connection, { command: 'sync', holder: 'a slice' }, { deadline: Date.now() + Number(ms) });
} catch (error) {
  if (!(error instanceof CommandError)) throw error;
  end = error.end;
}
await connection.close();
console.log(JSON.stringify(end));
