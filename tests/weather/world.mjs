// One org, one connection, and `perly` run as a person runs it. A world lives through many bad days: each is a
// command in bad weather, then one in good weather, after which Salesforce and the tables must agree.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

import { nativeHost } from '../e2e/core.mjs';
import { startServer } from '../salesforce/server.mjs';
import { insert } from '../salesforce/store/dml.mjs';

const program = join(import.meta.dirname, '../../build/native/host-native/perly');
const V = '/services/data/v66.0';

/** @typedef {{ event: string, [name: string]: any }} Event */
/** @typedef {{ code: number | null, said: string, events: Event[], end: Event, calls: Record<string, number> }} Run */

/**
 * What is pulled: object, table, and one column that days change with the field it comes from. (A row whose change
 * is in no column keeps its old stamp, so stamps say nothing here.)
 */
const TABLES = [
  ['Account', 'account', 'employees', 'NumberOfEmployees'],
  ['Contact', 'contact', 'title', 'Title'],
  ['Opportunity', 'opportunity', 'amount', 'Amount'],
  ['Task', 'activity', 'owner_id', 'OwnerId'],
  ['Event', 'activity', 'owner_id', 'OwnerId'],
  ['OpportunityContactRole', 'contact_role', 'role', 'Role'],
  ['AccountContactRole', 'contact_role', 'role', 'Role'],
  ['OpportunityHistory', 'opportunity_history', 'stage', 'StageName'],
  ['EmailMessage', 'email', 'related_id', 'RelatedToId'],
  ['User', 'user', 'active', 'IsActive'],
];

const ROLES = ['Influencer', 'Evaluator'];

/** Of the app that logs in by assertions. */
const signing = generateKeyPairSync('rsa', { modulusLength: 2048, privateKeyEncoding: { type: 'pkcs8', format: 'pem' }, publicKeyEncoding: { type: 'spki', format: 'pem' } });

/** @param {string} text */
const keyOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 40);

/** @param {string} line @returns {Event | null} */
function eventOf(line) {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

export class World {
  /** @param {object} [options] switches of the org */
  static async open(options = {}) {
    const server = await startServer({ accounts: 12, seed: 11, clock: 'virtual', ...options });
    return new World(server);
  }

  /** More accounts, of which nothing is known but a name. @param {number} count */
  crowd(count) {
    const ctx = { org: this.org, user: this.org.otherAdmin, version: '66.0', origin: this.org.origin };
    this.crowded = true;
    for (let n = 0; n < count; n++) insert(ctx, 'Account', { Name: `Account ${n} of many` });
    this.org.clock.advance(900_000);
  }

  /** Contacts of no account: so many rows that no page holds them, and nothing else. @param {number} count */
  addContacts(count) {
    const ctx = { org: this.org, user: this.org.otherAdmin, version: '66.0', origin: this.org.origin };
    for (let n = 0; n < count; n++) insert(ctx, 'Contact', { LastName: `Contact ${n} of many` });
    this.org.clock.advance(900_000);
  }

  /** @param {any} server */
  constructor(server) {
    this.server = server;
    this.org = server.org;
    this.home = mkdtempSync(join(tmpdir(), 'perly-weather-'));
    this.connection = 'default';
    /** How it logs in. @type {'browser' | 'jwt' | 'credentials'} */
    this.login = 'browser';
    /** What the app in Salesforce knows of the key that signs assertions. */
    this.certificate = signing.publicKey;
    /** The label of a permission set whose users shall see the score. */
    this.reader = '';
    /** Whether Tasks have our key field: those without it come back as activities. */
    this.keyed = true;
    this.crowded = false;
    /** Whether all accounts change each day. */
    this.wide = false;
    this.serial = 0;
    /** Keys of the outbox that must be in Salesforce once, in the end. @type {{ key: string, kind: string }[]} */
    this.promised = [];
    /** All that was ever printed, for the search for secrets. @type {string[]} */
    this.printed = [];
  }

  async close() {
    await this.server.close();
    rmSync(this.home, { recursive: true, force: true });
  }

  get folder() {
    return join(this.home, '.local/share/perly', this.connection);
  }

  /** @param {string[]} words @param {(text: string, child: import('node:child_process').ChildProcess) => void} [onText] */
  perly(words, onText) {
    return this.#run([program, ...words, '--json', '--connection', this.connection], onText);
  }

  /** The outbox alone, as a function that runs between two syncs would: there are no words for that. */
  async push() {
    const host = nativeHost({ database: join(this.folder, 'perly.db'), key: join(this.folder, 'perly.key') });
    const command = JSON.stringify({ command: 'push', holder: 'between', holder_dead: false });
    const run = await this.#run(host, undefined, `${command}\n`);
    return { ...run, code: run.end.exit ?? 0 };
  }

  /**
   * @param {string[]} words @param {(text: string, child: import('node:child_process').ChildProcess) => void} [onText]
   * @param {string} [input] all of it
   */
  async #run(words, onText, input) {
    const before = { ...this.org.calls };
    const child = spawn(words[0], words.slice(1), {
      env: {
        PATH: process.env.PATH,
        HOME: this.home,
        PERLY_CLIENT_SECRET: this.server.client.secret,
        PERLY_TEST_CLOCK: this.server.url,
      },
    });
    if (input !== undefined) child.stdin.end(input);
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        said += text;
        onText?.(said, child);
      });
    }
    await once(child, 'close');
    this.printed.push(said);
    const events = said.split('\n').map(eventOf).filter((event) => event !== null);
    const end = events.findLast(({ event }) => event === 'command_end') ?? { event: 'none' };
    const calls = Object.fromEntries(
      Object.entries(this.org.calls).map(([kind, count]) => [kind, count - (before[kind] ?? 0)]),
    );
    return /** @type {Run} */ ({ code: child.exitCode, said, events, end, calls });
  }

  get connected() {
    return this.org.ids.text(this.org.connectedUser);
  }

  /** Accesses that were given to us and are not revoked. */
  grants() {
    const { families } = this.org.auth;
    return families.filter((/** @type {any} */ one) => !one.dead && one.current && one.current !== this.server.tokens.refresh_token).length;
  }

  /** What is known of a user. @param {number} key @param {string} field */
  user(key, field) {
    const users = this.org.tables.get('User');
    return users.get(users.rowOf(key), field);
  }

  /** The name of another user. @returns {string} */
  get other() {
    return this.user(this.org.otherAdmin, 'Username');
  }

  get signals() {
    return join(this.home, 'usage.csv');
  }

  /** A person opens the address and pastes where it ends; a program logs in by itself. */
  async connect() {
    const words = ['connect', '--login-url', this.server.url, '--client-id', this.server.client.id, '--no-sync'];
    if (this.login === 'credentials') return this.perly([...words, '--client-credentials']);
    if (this.login === 'jwt') {
      const file = join(this.home, 'server.pem');
      writeFileSync(file, signing.privateKey, { mode: 0o600 });
      await this.control('oauth', { public_key: this.certificate });
      return this.perly([...words, '--jwt', file, '--username', this.user(this.org.connectedUser, 'Username')]);
    }
    let asked = false;
    return this.perly([...words, '--headless'], async (text, child) => {
      const url = /"url":"(http:[^"]+)"/.exec(text)?.[1];
      if (url === undefined || asked) return;
      asked = true;
      const answer = await fetch(url, { redirect: 'manual' });
      child.stdin?.end(`${answer.headers.get('location')}\n`);
    });
  }

  /** @param {string} object @param {object} fields @param {string} [as] id of who does it, if not another administrator */
  insert(object, fields, as) {
    return this.control('edit', { action: 'insert', object, fields, as });
  }

  /** @param {string} soql @returns {Promise<any[]>} as somebody sees it who sees everything */
  select(soql) {
    return this.control(`query?q=${encodeURIComponent(soql)}`);
  }

  /** A permission set that has no access yet. */
  hireReader() {
    this.reader = `Sales ${++this.serial}`;
    return this.insert('PermissionSet', { Name: `Sales_${this.serial}`, Label: this.reader });
  }

  readable() {
    return this.select(`SELECT Id FROM FieldPermissions WHERE Parent.Label = '${this.reader}' AND PermissionsEdit = false`);
  }

  /** How much the org has of what setup makes. */
  async parts() {
    const count = async (/** @type {string} */ soql) => (await this.select(`${soql} = 'Perly_Sync'`)).length;
    const ours = (/** @type {string} */ object) =>
      this.org.schema.object(object).fields.filter((/** @type {any} */ { name }) => /^Perly_.*__c$/.test(name)).length;
    return {
      fields: ours('Account') + ours('Task'),
      sets: await count('SELECT Id FROM PermissionSet WHERE Name'),
      objects: await count('SELECT Id FROM ObjectPermissions WHERE Parent.Name'),
      access: await count('SELECT Id FROM FieldPermissions WHERE Parent.Name'),
      assignments: await count('SELECT Id FROM PermissionSetAssignment WHERE PermissionSet.Name'),
    };
  }

  /** Something happens in the org, and long enough ago for the next window. */
  happen() {
    const n = ++this.serial;
    const { id } = this;
    const edit = (/** @type {string} */ object, /** @type {string} */ row, /** @type {object} */ fields) =>
      this.control('edit', { action: 'update', object, id: row, fields });
    this.org.clock.advance(60_000);
    const all = [
      edit('Account', id('Account', n % 12), { NumberOfEmployees: 10 + n }),
      edit('Contact', id('Contact', n % 20), { Title: `title ${n}` }),
      edit('Opportunity', id('Opportunity', n % 9), { Amount: 1000 + n }),
      edit('User', id('User', 3), { IsActive: n % 2 === 0 }),
      edit('OpportunityContactRole', this.role('OpportunityContactRole'), { Role: ROLES[n % 2] }),
      edit('AccountContactRole', this.role('AccountContactRole'), { Role: ROLES[n % 2] }),
      this.control('edit', {
        action: 'insert',
        object: 'Task',
        fields: { Subject: `Call ${n}`, WhatId: id('Account', n % 12), Status: 'Completed', TaskSubtype: 'Call', ActivityDate: '2026-11-20' },
      }),
      this.control('edit', {
        action: 'insert',
        object: 'Event',
        fields: { Subject: `Meeting ${n}`, WhatId: id('Account', n % 12), StartDateTime: '2026-11-20T10:00:00Z', DurationInMinutes: 30 },
      }),
    ];
    for (let row = 0; this.wide && row < 12; row++) all.push(edit('Account', id('Account', row), { NumberOfEmployees: 100 + n + row }));
    const at = new Date(this.org.now()).toISOString();
    if (this.org.tables.has('EmailMessage')) all.push(this.control('edit', {
      action: 'insert',
      object: 'EmailMessage',
      fields: { RelatedToId: id('Account', n % 12), Incoming: true, Status: 'Read', MessageDate: at },
    }));
    return Promise.all(all).then(() => this.org.clock.advance(900_000));
  }

  id = (/** @type {string} */ object, /** @type {number} */ row) =>
    this.org.ids.text(this.org.tables.get(object).keyOf(row));

  /** As in an org whose administrator made no key field. */
  async hideKey() {
    this.keyed = false;
    await this.control('permissions', { deny: ['Task.Perly_Key__c.read', 'Task.Perly_Key__c.edit'] });
  }

  /** Windows are read by REST, and the accounts of each day are more than a page. */
  widen() {
    this.wide = true;
    this.org.options.restPageRows = 8;
    writeFileSync(join(this.folder, 'config.json'), JSON.stringify({ salesforce: { small_windows: 'rest' } }));
  }

  /** A role that is not in the recycle bin. @param {string} object */
  role(object) {
    const table = this.org.tables.get(object);
    for (let row = 0; row < table.count; row++) if (table.life[row] === 0) return this.id(object, row);
    throw new Error(`no ${object} is left`);
  }

  /** A Task and a post that the rules would have made, with their keys, for the next sync to bring out. */
  promise() {
    const database = this.database();
    const insert = database.prepare(
      'insert into outbox (key, kind, account_id, fields, state, attempt, looks, created_at) ' +
        "values (?, ?, ?, ?, 'ready', 0, 0, '2026-11-23T07:00:00.000Z')",
    );
    const owner_id = this.connected;
    const add = (/** @type {string} */ kind, /** @type {string} */ text, /** @type {(mark: string) => object} */ fields) => {
      const key = keyOf(`${this.home} ${kind} ${text}`);
      insert.run(key, kind, this.id('Account', this.serial % 12), JSON.stringify(fields(`[perly:${key}]`)));
      this.promised.push({ key, kind });
    };
    add('task', String(this.serial), (mark) => ({
      owner_id, subject: 'Perly: call them', priority: 'High', due: '2026-11-25', description: `Why: silence\n\n${mark}`,
    }));
    add('chatter', String(this.serial), (mark) => ({ text: `Health dropped\n\n${mark}` }));
    add('chatter', `mention ${this.serial}`, (mark) => ({ mention: owner_id, text: `Look at this\n\n${mark}` }));
    this.#promiseFields(database, insert, this.id('Account', this.serial % 12));
    database.close();
  }

  /** The score of an account once more: the same fields, to be brought out again. */
  #promiseFields(database, insert, account) {
    const found = database.prepare('select score, level from score where account_id = ? order by cut desc limit 1').get(account);
    if (!found) return;
    const fields = { Perly_Health_Score__c: found.score, Perly_Risk_Level__c: found.level };
    database.prepare("delete from outbox where key = ?").run(`fields:${account}`);
    insert.run(`fields:${account}`, 'fields', account, JSON.stringify(fields));
  }

  /** A digest that is in Salesforce already, with another line. */
  async promiseLine() {
    const key = keyOf(`${this.home} digest ${this.serial}`);
    const first = `A line\n\n[perly:${key}]`;
    const { id } = await this.insert('Task', { Subject: 'Perly: digest', Description: first, OwnerId: this.connected }, this.connected);
    const fields = { owner_id: this.connected, subject: 'Perly: digest', priority: 'High', due: '2026-11-25', description: 'A line\nAnother line' };
    const database = this.database();
    database
      .prepare(
        'insert into outbox (key, kind, fields, state, attempt, looks, created_at, result_id) ' +
          "values (?, 'digest', ?, 'ready', 0, 0, '2026-11-23T07:00:00.000Z', ?)",
      )
      .run(key, JSON.stringify(fields), id);
    database.close();
    this.promised.push({ key, kind: 'digest' });
  }

  /** The score of one account once more, to an org in which another user has cleared it. */
  promiseScore() {
    this.#promiseScores([this.id('Account', ++this.serial % 12)]);
  }

  /** The scores of all accounts so; one record is locked. */
  async promiseMany() {
    this.#promiseScores(null);
    await this.control('lock', { id: this.id('Account', this.serial % 12), times: 1 });
  }

  /** @param {string[] | null} accounts null: all */
  #promiseScores(accounts) {
    const table = this.org.tables.get('Account');
    const database = this.database();
    const insert = database.prepare(
      'insert or replace into outbox (key, kind, account_id, fields, state, attempt, looks, created_at) ' +
        "values ('fields:' || ?1, 'fields', ?1, ?2, 'ready', 0, 0, '2026-11-23T07:00:00.000Z')",
    );
    database.exec('begin');
    for (const { account_id, score, level } of this.stored(database)) {
      if (accounts && !accounts.includes(account_id)) continue;
      insert.run(account_id, JSON.stringify({ Perly_Health_Score__c: score, Perly_Risk_Level__c: level }));
      const row = table.rowOf(this.org.ids.parse(account_id));
      table.set(row, 'Perly_Health_Score__c', null);
      table.set(row, 'Perly_Risk_Level__c', null);
    }
    database.exec('commit');
    database.close();
  }

  /** The score of each account that was stored last. @param {DatabaseSync} database @returns {any[]} */
  stored(database) {
    return database.prepare('select account_id, score, level from score s where cut = (select max(cut) from score where account_id = s.account_id)').all();
  }

  database() {
    const database = new DatabaseSync(join(this.folder, 'perly.db'));
    database.exec('pragma busy_timeout = 5000');
    return database;
  }

  /** @param {string} what @param {object} [body] */
  async control(what, body) {
    const answer = await fetch(`${this.server.url}/_control/${what}`, {
      method: body ? 'POST' : 'GET',
      body: body && JSON.stringify(body),
    });
    assert.equal(answer.status, 200, `${what}: ${await answer.clone().text()}`);
    return answer.json();
  }

  /** @param {any[]} rules */
  weather(rules) {
    this.org.faults.clear();
    this.org.faults.fired.length = 0;
    for (const rule of rules) this.org.faults.add(rule);
  }

  /** How often each promised key stands in Salesforce. */
  kept() {
    const bodies = [
      ...this.texts('Task', 'Description'),
      ...this.texts('FeedItem', 'Body'),
    ];
    return this.promised.map(({ key }) => bodies.filter((text) => text.includes(key)).length);
  }

  /** @param {string} object @param {string} field @returns {string[]} of rows that are not deleted */
  texts(object, field) {
    const table = this.org.tables.get(object);
    const found = [];
    for (let row = 0; row < (table?.count ?? 0); row++) if (table.life[row] === 0) found.push(table.get(row, field) ?? '');
    return found;
  }

  /** Rows that the org and a table do not agree about; what changed after the object's last window is not due. */
  missing() {
    const database = this.database();
    const found = TABLES.filter(([object]) => this.org.tables.get(object)).flatMap(([object, table, column, field]) => {
      const { last_end } = /** @type {any} */ (database.prepare('select last_end from pull where object = ?').get(object));
      const stored = database.prepare(`select id, deleted, ${column} as value from "${table}" where id like ?`);
      const prefix = `${this.id(object, 0).slice(0, 3)}%`;
      const mine = new Map(stored.all(prefix).map((row) => [String(row.id), row]));
      const wrong = [];
      for (const { id, stamp, deleted, value } of this.rows(object, field)) {
        const row = mine.get(id);
        mine.delete(id);
        if (stamp > Date.parse(last_end)) continue;
        const same = row && Number(row.deleted) === deleted && String(row.value) === value;
        if (!same) wrong.push(`${object} ${id}: ${JSON.stringify(row)}, in the org ${deleted} ${value}`);
      }
      return [...wrong, ...[...mine.keys()].map((id) => `${object} ${id} is not in the org`)];
    });
    database.close();
    return found;
  }

  /** Whether it is a contact who asked to be forgotten. */
  forgotten(/** @type {any} */ table, /** @type {number} */ row) {
    const individuals = this.org.tables.get('Individual');
    const of = table.columns.has('IndividualId') && table.get(row, 'IndividualId');
    return of && individuals.get(individuals.rowOf(of), 'ShouldForget');
  }

  /**
   * Rows that queryAll shows and Perly keeps: not the guests' rows of a meeting, nor Perly's own Tasks with a key, nor
   * who asked to be forgotten.
   */
  rows(/** @type {string} */ object, /** @type {string} */ field) {
    const table = this.org.tables.get(object);
    const rows = [];
    for (let row = 0; row < table.count; row++) {
      const isOurs = this.keyed && String(table.get(row, 'Description')).includes('[perly:');
      if (table.life[row] === 2 || isOurs || table.get(row, 'IsChild') || this.forgotten(table, row)) continue;
      const value = table.get(row, field);
      const text = typeof value === 'boolean' ? String(Number(value)) : field.endsWith('Id') ? this.org.ids.text(value) : String(value);
      rows.push({ id: this.id(object, row), stamp: table.get(row, 'SystemModstamp'), deleted: table.life[row], value: text });
    }
    return rows;
  }

  /** Entries of the outbox that are neither done nor for later. */
  unsent() {
    const database = this.database();
    const rows = database.prepare("select kind, key, state from outbox where state <> 'done'").all();
    database.close();
    return rows.map(({ kind, key, state }) => `${kind} ${key}: ${state}`);
  }

  /**
   * What the outbox says against what is so, in the middle of things: an entry that is done stands in Salesforce, and
   * one that is claimed belongs to a Bulk job that the next run can find.
   */
  halfway() {
    const database = this.database();
    const rows = database.prepare("select account_id, fields, state from outbox where kind = 'fields'").all();
    const claimed = database.prepare("select key from outbox where state = 'claimed'").all();
    const jobs = database.prepare("select id from note where kind = 'ingest'").all().map(({ id }) => String(id));
    database.close();
    const table = this.org.tables.get('Account');
    const wrong = jobs.length > 1 ? [`${jobs.length} jobs`] : [];
    if (claimed.length > 0 && jobs.length === 0) wrong.push(`${claimed.length} claimed entries without a job`);
    if (claimed.length === 0 && jobs.length > 0) wrong.push(`job ${jobs[0]} without entries`);
    for (const { account_id, fields, state } of rows) {
      const row = table.rowOf(this.org.ids.parse(account_id));
      const level = table.get(row, 'Perly_Risk_Level__c');
      if (state === 'done' && level !== JSON.parse(String(fields)).Perly_Risk_Level__c) wrong.push(`${account_id} is done, and shows ${level}`);
    }
    return wrong;
  }

  /** The Bulk job that the next run goes on with. */
  job() {
    const database = this.database();
    const row = database.prepare("select id from note where kind = 'ingest'").get();
    database.close();
    return row ? String(row.id) : null;
  }

  /** Accounts whose fields in Salesforce are not the score that was stored last. */
  scores() {
    const database = this.database();
    const stored = this.stored(database);
    database.close();
    const table = this.org.tables.get('Account');
    const wrong = [];
    for (const { account_id, score, level } of stored) {
      const row = table.rowOf(this.org.ids.parse(String(account_id)));
      const held = [table.get(row, 'Perly_Health_Score__c'), table.get(row, 'Perly_Risk_Level__c')];
      if (held[0] !== score || held[1] !== level) wrong.push(`${account_id}: ${held} instead of ${score}, ${level}`);
    }
    assert.ok(stored.length > 0, 'there are scores');
    return wrong;
  }

  /** Every place in which a secret could lie: what was printed, and the files of the connection. */
  leaks() {
    const secrets = [
      this.server.client.secret,
      signing.privateKey.split('\n')[1],
      ...this.org.auth.sessions.keys(),
      ...this.org.auth.refresh.keys(),
      ...this.org.auth.codes.keys(),
    ].filter((secret) => !Object.values(this.server.tokens).includes(secret));
    assert.ok(secrets.length > 1, 'there are secrets to look for');
    const places = this.printed.map((text, i) => [`output ${i}`, Buffer.from(text)]);
    // The file of a private key stays where its owner has it: here is a link to it.
    const files = existsSync(this.folder) ? readdirSync(this.folder, { withFileTypes: true }).filter((entry) => entry.isFile()) : [];
    for (const { name } of files) places.push([name, readFileSync(join(this.folder, name))]);
    const found = [];
    for (const [place, bytes] of places) {
      for (const secret of secrets) if (bytes.includes(secret)) found.push(`${place}: ${secret.slice(0, 12)}...`);
    }
    this.printed.length = 0;
    return found;
  }
}
