// One slice of a sync in a process of its own, as a serverless function runs it: node slice.mjs DATABASE KEY_FILE MILLISECONDS.
// Prints the last event.
import { open, runUntil } from '../../host-node/src/index.mjs';

const [sqlite, keyFile, ms] = process.argv.slice(2);
const connection = await open({ sqlite, keyFile });
const end = await runUntil(connection, { command: 'sync', holder: 'a slice' }, { deadline: Date.now() + Number(ms) });
await connection.close();
console.log(JSON.stringify(end));
