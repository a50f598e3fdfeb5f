// What runs while the n-th call, or the n-th request for memory, is refused: a Task or a post of every account, in small
// pages. Some n are tried: PERLY_FAULT_SEED=N chooses others, PERLY_EVERY_FAULT=1 tries every n.
export const seed = Number(process.env.PERLY_FAULT_SEED ?? 20261127);
export const every = process.env.PERLY_EVERY_FAULT !== undefined;

/** At three in the morning nobody works: a few seconds more or less change no signal that counts in days. */
export const start = Date.UTC(2026, 10, 23, 3);
export const config = JSON.stringify({
  rules: [
    { name: 'even', when: 'score % 2 == 0', mode: 'on', task: { subject: '${account.name} is at ${score}' } },
    { name: 'odd', when: 'score % 2 == 1', mode: 'on', chatter: { text: 'Health went from ${previous.score} to ${score}.' } },
  ],
  limits: { actions_per_run: { at_least: 1000, percent: 100 } },
});
export const sync = { command: 'sync', config, page_rows: 40 };
