// Nothing that the client can send is missing among the kinds of requests: each function of core/salesforce that makes
// a request, or the SOQL of one, is named by a kind for each file of core/sync, in whatever folder, that calls it. The
// matrix fails when a kind is never sent, tests/golden when one is not written down.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

import { KINDS } from './kinds.mjs';

const core = join(import.meta.dirname, '../../core');

/** @param {string} folder @param {string} end */
const files = (folder, end) => readdirSync(join(core, folder), { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith(end));
/** @param {string} folder @param {string} name */
const code = (folder, name) => readFileSync(join(core, folder, name), 'utf8').replace(/\/\*[^]*?\*\//g, '');

/** Functions that say what to send, by what they have to do with it. */
function builders() {
  const found = { requests: new Set(), statements: new Set() };
  for (const name of files('salesforce', '.h')) {
    for (const [, fn, parameters] of code('salesforce', name).matchAll(/\b(sf_\w+)\(([^;{]*?)\);/g)) {
      if (/RequestSpec \*spec\b/.test(parameters)) found.requests.add(fn);
      else if (/Slice \*soql\b/.test(parameters) || fn.endsWith('_soql')) found.statements.add(fn);
    }
  }
  return found;
}

const { requests, statements } = builders();

/** @param {string} text @param {Set<string>} names */
const named = (text, names) => [...names].filter((name) => new RegExp(`\\b${name}\\b`).test(text));

/** What a file sends. A statement says more than the query that carries it. @param {string} name */
function sent(name) {
  const text = code('sync', name);
  const soql = named(text, statements);
  const file = basename(name, '.c');
  const all = [...soql, ...named(text, requests).filter((fn) => fn !== 'sf_query' || soql.every((one) => one === 'sf_soql_select'))];
  return all.map((fn) => `${file} ${fn}`);
}

test('every request that the core can make is of a kind, and every kind is of one that it makes', () => {
  assert.ok(requests.size > 30 && statements.size > 10, `${requests.size} ${statements.size}`);
  const calls = files('sync', '.c').flatMap(sent).sort();
  const told = KINDS.flatMap(({ by }) => by.flatMap((line) => line.split(' ').slice(1).map((fn) => `${line.split(' ')[0]} ${fn}`)));
  assert.deepEqual(calls.filter((call) => !told.includes(call)), [], 'requests of no kind: a row in kinds.mjs');
  assert.deepEqual(told.filter((call) => !calls.includes(call)), [], 'kinds of nothing that the core sends');
});

test('core/salesforce tells nothing that nobody uses', () => {
  const told = files('salesforce', '.h').map((name) => code('salesforce', name)).join('\n');
  const folders = ['salesforce', 'sync', 'map', 'config', 'store', 'rules'];
  const all = [told, ...folders.flatMap((folder) => files(folder, '.c').map((name) => code(folder, name)))].join('\n');
  const count = (/** @type {string} */ name) => (all.match(new RegExp(`\\b${name}\\b`, 'g')) ?? []).length;
  // A function is declared and defined, a constant is defined: whoever uses it names it once more.
  const functions = new Set([...told.matchAll(/\b(sf_\w+)\(/g)].map(([, name]) => name));
  const constants = new Set([...told.matchAll(/\b(SF_[A-Z0-9_]+)\b/g)].map(([, name]) => name));
  assert.ok(functions.size > 80 && constants.size > 60, `${functions.size} ${constants.size}`);
  assert.deepEqual([...functions].filter((name) => count(name) < 3), []);
  assert.deepEqual([...constants].filter((name) => count(name) < 2), []);
});
