/** `perly` with a core that plays a script (fake_core.c), in a home of the test file's own. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const program = fileURLToPath(new URL('../../build/native/tests/host-native/perly_fake', import.meta.url));
export const home = mkdtempSync(join(tmpdir(), 'perly-cli-'));
after(() => rmSync(home, { recursive: true, force: true }));

let scripts = 0;

/** @param {string[]} lines */
export function environment(lines = ['{"event":"command_end","ok":true}']) {
  const path = join(home, `script${++scripts}`);
  writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  return { PATH: process.env.PATH, HOME: home, FAKE_EVENTS: path };
}

/** Runs it to its end. @param {string[]} words @param {{ events?: string[], input?: string }} [options] */
export function perly(words, { events, input = '' } = {}) {
  const ran = spawnSync(program, words, { env: environment(events), input, encoding: 'utf8', timeout: 20_000 });
  return { code: ran.status, out: ran.stdout, err: ran.stderr };
}

/** Starts it. @param {string[]} words @param {string[]} [events] */
export function start(words, events) {
  const child = spawn(program, words, { env: environment(events) });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  return {
    child,
    said: () => out + err,
    /** @param {RegExp} what */
    async until(what) {
      for (let tries = 0; !what.test(out + err) && tries < 500; tries++) await pause(10);
      return /** @type {RegExpExecArray} */ (what.exec(out + err));
    },
    async code() {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child.exitCode;
    },
  };
}

/** A connection with a database. @param {string} name */
export function connected(name) {
  const made = perly(['connect', '--client-id', 'fake', '--headless', '--no-sync', '--connection', name], {
    input: 'http://localhost:8717/callback?code=fake&state=fake\n',
  });
  assert.equal(made.code, 0, made.err);
  return ['--connection', name];
}

/** @param {string} out */
export const events = (out) =>
  out
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
