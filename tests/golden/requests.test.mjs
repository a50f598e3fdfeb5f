// Each request that the client sends, word for word, in requests.golden: method, path, headers, body, with what
// differs from run to run masked. A change of any of them is a diff that somebody reads.
// PERLY_GOLDEN=write writes the file anew.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { COMMANDS, KINDS } from '../weather/kinds.mjs';
import { ORGS } from '../weather/orgs.mjs';
import { World } from '../weather/world.mjs';
import { REASONS } from './headers.mjs';

/** What is sent; kinds that send it again say no more. */
const SENT = KINDS.filter(({ as }) => as === undefined);
const file = join(import.meta.dirname, 'requests.golden');

/** What differs from run to run, in the order in which it is looked for. @type {[RegExp, string][]} */
const MASKS = [
  [/http(:\/\/|%3A%2F%2F)127\.0\.0\.1(:|%3A)\d+/g, '<org>'],
  [/127\.0\.0\.1:\d+/g, '<org>'],
  [/\[?perly:[0-9a-f]{40}\]?/g, '[perly:<key>]'],
  [/\b[0-9a-f]{40}\b/g, '<key>'],
  [/\b[A-Za-z0-9]{3}F[A-Za-z0-9]{11}(?:[A-Z0-5]{3})?\b/g, '<id>'],
  [/\d{4}-\d\d-\d\dT\d\d(:|%3A)\d\d(:|%3A)\d\d(\.\d+)?(Z|\+0000|%2B00:00)/g, '<time>'],
  [/\bperly\/\d+\.\d+\.\d+/g, 'perly/<version>'],
  [/\blocator=[\w-]+/g, 'locator=<locator>'],
  [/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT/g, '<date>'],
];

/** @param {string} text */
const masked = (text) => MASKS.reduce((now, [pattern, name]) => now.replace(pattern, name), text);

/** Fields of a form whose values are secrets or random. */
const SECRET = new Set(['code', 'code_verifier', 'client_secret', 'refresh_token', 'token', 'assertion']);

/** @param {string} body */
function form(body) {
  const fields = [...new URLSearchParams(body)].map(([name, value]) => `${name}=${SECRET.has(name) ? `<${name}>` : masked(value)}`);
  return fields.join('\n');
}

/** Of many records the first says all. What a score is, is not a matter of requests. @param {string} name @param {any} value */
function plain(name, value) {
  if (name === 'records' && Array.isArray(value)) return value.slice(0, 1);
  if (name === 'Perly_Health_Score__c') return '<score>';
  return name === 'Perly_Risk_Level__c' ? '<level>' : value;
}

/** @param {string} type @param {string} body */
function textOf(type, body) {
  if (type === 'application/x-www-form-urlencoded') return form(body);
  if (type === 'text/csv') return `${body.split('\n')[0]}\n<rows>`;
  return masked(JSON.stringify(JSON.parse(body), plain, 2));
}

/** @param {any} request as the local Salesforce keeps it */
function text(request) {
  const { authorization, 'content-length': length, ...headers } = request.headers;
  if (authorization) headers.authorization = authorization.replace(/ .*/, ' <token>');
  if (length) headers['content-length'] = '<bytes>';
  const target = request.path + (request.query ? `?${decodeURIComponent(request.query)}` : '');
  const body = request.body && textOf(headers['content-type'], request.body);
  const lines = Object.keys(headers).sort().map((name) => `${name}: ${masked(headers[name])}`);
  return [`${request.method} ${masked(target)}`, ...lines, ...(body ? ['', body] : [])].join('\n');
}

const ok = (/** @type {any} */ run) => assert.equal(run.end.ok, true, run.said);

/** A sync in which something is to be done, in the weather that makes these kinds happen. @param {World} world @param {string[]} names */
async function eventful(world, names) {
  await world.happen();
  world.promise();
  if (world.crowded) await world.promiseMany();
  world.weather(SENT.filter(({ name }) => names.includes(name)).map(({ first }) => first));
  ok(await world.perly(['sync']));
  world.weather([]);
}

/** @param {World} world */
async function close(world) {
  const { requests } = world.org;
  await world.close();
  return requests.filter((/** @type {any} */ { path }) => path !== '/services/oauth2/authorize');
}

/**
 * An org without the key field of Tasks, one with enough accounts for Bulk ingest, one with more rows than a page, and
 * one that is read by REST.
 */
async function others() {
  const keyless = await World.open({ record: true });
  const many = await World.open({ record: true });
  const long = await World.open({ record: true });
  const wide = await World.open({ record: true });
  const all = [keyless, many, long, wide];
  for (const world of all) {
    ok(await world.connect());
    ok(await world.perly(['setup']));
  }
  await keyless.hideKey();
  many.crowd(2000);
  long.addContacts(50_001);
  wide.widen();
  for (const world of all) ok(await world.perly(['sync']));
  await keyless.promiseLine();
  await eventful(keyless, ['find task']);
  await eventful(many, ['abort ingest']);
  await eventful(wide, []);
  const requests = [];
  for (const world of all) requests.push(...(await close(world)));
  return requests;
}

/** What an administrator does, as one who has not every right, and with a permission set that was there before. */
async function administration() {
  const requests = [];
  for (const kind of ['blind', 'shared set']) {
    const world = await World.open({ record: true });
    ok(await world.connect());
    await ORGS[kind].before?.(world);
    ok(await world.perly(['setup']));
    await ORGS[kind].made?.(world);
    await world.hireReader();
    for (const command of ['assign', 'readers', 'check', 'undo']) ok(await world.perly(COMMANDS[command](world)));
    requests.push(...(await close(world)));
  }
  return requests;
}

/** Programs that log in by themselves. */
async function headless() {
  const requests = [];
  for (const login of /** @type {const} */ (['jwt', 'credentials'])) {
    const world = await World.open({ record: true });
    world.login = login;
    ok(await world.connect());
    requests.push(...(await close(world)));
  }
  return requests;
}

/** A life in which nearly every kind of request is sent. */
async function life() {
  const world = await World.open({ record: true });
  ok(await world.connect());
  ok(await world.perly(['setup']));
  ok(await world.perly(['check']));
  ok(await world.perly(['sync']));
  await world.happen();
  world.promise();
  await world.control('expire', { what: 'access' });
  ok(await world.perly(['sync']));
  // An answer that is lost on the way: the post is looked for.
  await eventful(world, ['find post', 'abort query', 'first and last id']);
  ok(await world.perly(['disconnect', '--yes']));
  return close(world);
}

/** @param {any} request */
function kindOf(request) {
  const target = request.path + (request.query ? `?${request.query}` : '');
  return SENT.find(({ method, path, form: part }) =>
    method === request.method && new RegExp(path).test(target) && (!part || request.body.includes(part)));
}

/** Those of the request, and of the requests inside a composite one. @param {any} request */
function headersOf(request) {
  const inner = [...request.body.matchAll(/"httpHeaders":\{"([^"]+)"/g)].map(([, name]) => name.toLowerCase());
  return new Set([...Object.keys(request.headers), ...inner]);
}

test('every request is as written down, and each header has its reason', { timeout: 600_000 }, async () => {
  const requests = [...(await life()), ...(await headless()), ...(await administration()), ...(await others())];
  const sent = new Set();
  /** @type {Map<string, Set<string>>} */
  const found = new Map(SENT.map(({ name }) => [name, new Set()]));
  for (const request of requests) {
    const kind = kindOf(request);
    assert.ok(kind, `no kind of request: ${text(request)}`);
    found.get(kind.name)?.add(text(request));
    for (const name of headersOf(request)) {
      sent.add(name);
      assert.ok(REASONS[name], `why is ${name} sent with ${kind.name}?`);
    }
  }
  assert.deepEqual(Object.keys(REASONS).filter((name) => !sent.has(name)), [], 'reasons of headers that are not sent');
  assert.deepEqual([...found].filter(([, texts]) => texts.size === 0).map(([name]) => name), [], 'kinds that were not sent');
  const parts = [...found].flatMap(([name, texts]) => [`## ${name}`, ...[...texts].sort()]);
  const reasons = Object.entries(REASONS).map(([name, reason]) => `${name}: ${reason}`);
  const now = `${['# Why each header is sent', reasons.join('\n'), ...parts].join('\n\n')}\n`;
  if (process.env.PERLY_GOLDEN === 'write') writeFileSync(file, now);
  assert.equal(now, readFileSync(file, 'utf8'), 'tests/golden/requests.golden: PERLY_GOLDEN=write writes it anew');
});
