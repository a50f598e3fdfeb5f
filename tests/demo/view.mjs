// What the demo prints, and in which colours.
const colour = process.stdout.isTTY && !process.env.NO_COLOR;
/** @param {string} code @param {string} text */
const paint = (code, text) => (colour ? `\x1b[${code}m${text}\x1b[0m` : text);
const levels = /** @type {Record<string, string>} */ ({ Critical: '1;31', High: '33', Medium: '36', Low: '32' });

/** @param {number} value */
export const count = (value) => value.toLocaleString('en-US');
/** "1 row", "2 rows". @param {number} value @param {string} noun */
const counted = (value, noun) => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;
/** @param {string} level */
const level = (level) => paint(levels[level] ?? '0', level);
/** @param {string} text */
export const line = (text) => console.log(text);
/** @param {string} text */
export const title = (text) => console.log(`\n${paint('1', text)}`);

/** @param {any[]} events @param {string} name */
const first = (events, name) => events.find(({ event }) => event === name);
/** @param {any[]} events @param {string} name @param {string} key */
const sum = (events, name, key) => events.filter(({ event }) => event === name).reduce((total, event) => total + (event[key] ?? 0), 0);

/** @param {any} event */
export function progress({ event, object, rows, total }) {
  if (event === 'progress' && process.stdout.isTTY) process.stdout.write(`\r\x1b[K  ${object} ${count(rows)} of ${count(total)}`);
}

/** What the user may do in a line; what it may not, with what to do, and whether a sync needs it. @param {any[]} events */
export function findings(events) {
  const checks = events.filter(({ event }) => event === 'check');
  const others = checks.filter(({ answer }) => answer !== 'yes');
  console.log(`  ${paint('32', 'yes')} to ${checks.length - others.length} of ${checks.length} questions about what the connected user may do`);
  for (const { answer, name, text, needed } of others) {
    console.log(`  ${needed ? paint('31', answer.padEnd(3)) : `${answer.padEnd(3)} (not needed)`} ${name}: ${text}`);
  }
}

/** @param {any} event */
export function made(event) {
  if (event.event === 'setup') console.log(`  ${String(event.state).padEnd(8)} ${event.what} ${event.name}`);
}

/** @param {any[]} events @param {number} ms */
export function firstSync(events, ms) {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
  const pulled = events.filter(({ event }) => event === 'pulled').sort((a, b) => (a.object < b.object ? -1 : 1));
  for (const event of pulled) {
    console.log(`  ${event.object.padEnd(24)} ${count(event.rows).padStart(8)} row${event.rows === 1 ? '' : 's'}`);
  }
  const rows = sum(events, 'pulled', 'rows');
  console.log(`  ${counted(rows, 'row')} pulled, ${counted(first(events, 'scored')?.accounts ?? 0, 'account')} scored and pushed in ${(ms / 1000).toFixed(1)} s`);
}

/** @param {number} day @param {number} days @param {any[]} events */
export function day(day, days, events) {
  const scored = first(events, 'scored') ?? {};
  const text = `  day ${String(day).padStart(2)} of ${days}: ${counted(sum(events, 'pulled', 'rows'), 'row')}, ${counted(scored.changed ?? 0, 'account')} changed level, ${counted(scored.tasks ?? 0, 'task')}, ${counted(scored.posts ?? 0, 'post')}${scored.held ? paint('33', ' (held for approval)') : ''}`;
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`);
  else if (day % 7 === 0 || day === days) console.log(text);
}

/** @param {any[][]} history */
export function endOfDays(history) {
  if (process.stdout.isTTY) process.stdout.write('\r\x1b[K');
  const total = (/** @type {string} */ name, /** @type {string} */ key) => history.reduce((all, events) => all + sum(events, name, key), 0);
  console.log(`  ${counted(total('pulled', 'rows'), 'row')} changed or came, ${counted(total('scored', 'changed'), 'change')} of level, ${counted(total('scored', 'tasks'), 'task')} and ${counted(total('scored', 'posts'), 'post')} caused`);
  const held = history.map((events) => first(events, 'scored')).filter((scored) => scored?.held);
  for (const { tasks, posts } of held) console.log(`  ${paint('33', `${counted(tasks, 'task')} and ${counted(posts, 'post')} of one day are held`)}: more than a run may cause (limits.actions_per_run), so a person decides: perly actions`);
}

/** @param {any[]} rows */
export function distribution(rows) {
  const most = Math.max(...rows.map(({ accounts }) => accounts));
  for (const name of ['Critical', 'High', 'Medium', 'Low', null]) {
    const row = rows.find((row) => row.level === name);
    if (row === undefined) continue;
    const bar = '█'.repeat(Math.max(1, Math.round((40 * row.accounts) / most)));
    console.log(`  ${(name ?? 'no score').padEnd(9)} ${paint(levels[name ?? ''] ?? '2', bar)} ${count(row.accounts)}`);
  }
}

/** @param {any[]} rows */
export function worse(rows) {
  for (const row of rows) {
    const reasons = JSON.parse(row.reasons).slice(0, 2).map((/** @type {any} */ reason) => reason.text).join('; ');
    console.log(`  ${row.name.padEnd(28).slice(0, 28)} ${String(row.before).padStart(3)} → ${String(row.score).padEnd(3)} ${level(row.was)} → ${level(row.level)}${row.standing ? `, ${row.standing}` : ''}`);
    console.log(`      ${paint('2', reasons)}`);
  }
}

/** @param {any[]} records */
export function tasks(records) {
  console.log(`  ${counted(records.length, 'Task')}`);
  for (const task of records.slice(0, 5)) {
    console.log(`    ${task.Subject}  ${paint('2', `due ${task.ActivityDate}, ${task.Priority}, ${task.Owner?.Name ?? ''}`)}`);
  }
}

/** @param {any[]} items */
export function posts(items) {
  const ours = items.filter(({ Body }) => /\[perly:/.test(Body ?? ''));
  console.log(`  ${counted(ours.length, 'Chatter post')}`);
  for (const item of ours.slice(-3)) {
    const [first, ...rest] = String(item.Body).split('\n').filter((line) => line !== '' && !line.startsWith('[perly:'));
    console.log(`    ${first}`);
    for (const line of rest) console.log(`      ${paint('2', line)}`);
  }
}

/** @param {any[]} rows */
export function pushed(rows) {
  console.log(`  ${rows.map((row) => `${count(row.accounts)} ${level(row.Perly_Risk_Level__c ?? row.level)}`).join(', ')} on Account`);
}

/** @param {number} first @param {number} quiet @param {number} all */
export function calls(first, quiet, all) {
  title('What it cost');
  console.log(`  ${counted(first, 'API call')} for the first sync, ${count(quiet)} on the quietest day, ${count(all)} in all, login and set-up too`);
}

/** @param {string | undefined} data where the program finds the database; undefined: it is gone with its server */
export function next(data) {
  title('Try next');
  if (data !== undefined) {
    console.log(`  build/native/host-native/perly accounts --risk Critical --data ${data}`);
    console.log(`  build/native/host-native/perly explain NAME --data ${data}`);
  }
  console.log('  ./build.sh demo --seed 2            another org, other figures');
  console.log('  build/native/host-native/perly connect --client-id ...   your own org: README, "A first connection"');
}
