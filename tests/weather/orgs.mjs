// Orgs of another kind: what makes them so, once, and what is done in them before each bad day.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {import('./world.mjs').World} World */
/** @typedef {{ before?: (world: World) => unknown, made?: (world: World) => unknown, day?: (world: World) => unknown }} Org */

const PAGE_ROWS = 8;
const MANY = Array.from({ length: PAGE_ROWS + 2 }, (_, n) => n);

/** `before` the first setup, `made` after it, and each `day`. @type {Record<string, Org>} */
export const ORGS = {
  /** Tasks without the key field. */
  keyless: { made: (world) => world.hideKey() },
  /** Enough accounts for Bulk ingest. */
  many: { made: (world) => world.crowd(2000), day: (world) => world.promiseMany() },
  /** A score is all that there is to send. */
  'one score': { day: (world) => world.promiseScore() },
  /** More contacts than a page of Bulk has rows. */
  long: { made: (world) => world.addContacts(50_001) },
  /** Read by REST, with records so wide that the accounts need two pages. */
  wide: { made: (world) => world.widen() },
  /** A digest gets another line, and is known by its id. */
  digest: { made: (world) => world.hideKey(), day: (world) => world.promiseLine() },
  /** Two pages of accounts that others changed, and of contacts to be forgotten. */
  paged: { made: page },
  /** Two pages of Tasks and posts of ours, to look through for one. */
  chatty: { made: shorten, day: chat },
  'chatty, keyless': { made: (world) => (shorten(world), world.hideKey()), day: chat },
  /** A user who does not see every record. */
  blind: { made: (world) => world.control('permissions', { deny: ['ViewAllData', 'ModifyAllData'] }) },
  /** A permission set of our name that is not ours. */
  'shared set': { before: (world) => world.insert('PermissionSet', { Name: 'Perly_Sync', Label: 'Made by hand' }) },
  /** Access that reads alone. */
  weak: { day: weaken },
  /** An API that gets older: the version that a connection keeps to is gone. */
  older: { day: (world) => void world.org.options.apiVersion-- },
};

/** @param {World} world */
function shorten(world) {
  world.org.options.restPageRows = PAGE_ROWS;
}

/** @param {World} world */
async function page(world) {
  shorten(world);
  world.wide = true;
  const { id } = await world.insert('Individual', { LastName: 'Forgotten', ShouldForget: true });
  for (const n of MANY) await world.insert('Contact', { LastName: `Forgotten ${n}`, IndividualId: id });
  world.org.clock.advance(900_000);
}

/** The connected user writes more than a page of Tasks and posts by hand. @param {World} world */
async function chat(world) {
  const account = world.id('Account', world.serial % 12);
  for (const n of MANY) {
    await world.insert('FeedItem', { ParentId: account, Type: 'TextPost', Body: `by hand ${n}` }, world.connected);
    await world.insert('Task', { WhatId: account, Subject: `By hand ${n}` }, world.connected);
  }
}

/** What setup made may be read and not written any more. @param {World} world */
async function weaken(world) {
  const rows = await world.select("SELECT Id FROM FieldPermissions WHERE Parent.Name = 'Perly_Sync'");
  assert.ok(rows.length > 0);
  for (const { Id } of rows) await world.control('edit', { action: 'update', object: 'FieldPermissions', id: Id, fields: { PermissionsEdit: false } });
}

/** A file of signals, and the configuration that knows them. @param {World} world */
export function writeSignals(world) {
  const signals = { usage: { label: 'Usage', imported: true, max_age: '10d' } };
  const components = [{ name: 'usage', label: 'Usage', weight: 1, score: 'signals.usage' }];
  writeFileSync(join(world.folder, 'config.json'), JSON.stringify({ model: { signals, components } }));
  writeFileSync(world.signals, `account_id,name,value,at\n${world.id('Account', 1)},usage,40,2026-11-22\n`);
}
