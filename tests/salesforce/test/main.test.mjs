// The program itself, and what only it does.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { open, token, V } from './helper.mjs';

const MAIN = fileURLToPath(new URL('../main.mjs', import.meta.url));

function start(t, ...args) {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  t.after(() => child.kill());
  return child;
}

test('--json: the first line is one object that is enough to begin; SIGTERM ends it', async (t) => {
  const child = start(t, '--json', '--accounts', '20', '--seed', '3');
  const [first] = await once(child.stdout, 'data');
  const line = JSON.parse(String(first).split('\n')[0]);
  for (const name of ['url', 'client_id', 'client_secret', 'access_token', 'refresh_token'])
    assert.ok(line[name], name);
  const headers = { authorization: `Bearer ${line.access_token}` };
  assert.equal((await fetch(`${line.url}${V}/sobjects`, { headers })).status, 200);
  child.kill('SIGTERM');
  assert.deepEqual(await once(child, 'exit'), [0, null]);
});

test('for people it prints what to do; a wrong option is three words and code 4', async (t) => {
  const child = start(t, '--accounts', '5');
  assert.match(String((await once(child.stdout, 'data'))[0]), /curl/);
  const wrong = start(t, '--nope');
  assert.equal((await once(wrong, 'exit'))[0], 4);
});

test('--set gives any switch of an org; one that does not exist is refused', async (t) => {
  const child = start(t, '--json', '--accounts', '5', '--set', 'timeoutRows=3', '--set', 'record=true');
  const { url } = JSON.parse(String((await once(child.stdout, 'data'))[0]).split('\n')[0]);
  const options = await (await fetch(`${url}/_control/options`)).json();
  assert.deepEqual([options.timeoutRows, options.record], [3, true]);
  await fetch(`${url}/services/data?x=1`, { headers: { 'x-test': 'y' } });
  const [request] = await (await fetch(`${url}/_control/requests`)).json();
  assert.deepEqual([request.query, request.headers['x-test'], request.body], ['x=1', 'y', '']);
  for (const words of [['--set', 'nope=1'], ['--edition', 'gold']]) {
    assert.equal((await once(start(t, ...words), 'exit'))[0], 4);
  }
});

test('the page shows objects, tasks, posts and last requests, and escapes what is in them', async (t) => {
  const s = await open(t);
  const account = s.id('Account', 0);
  await s.post(`${V}/sobjects/Task`, { Subject: '<script>x</script>', WhatId: account });
  await s.post(`${V}/sobjects/FeedItem`, { ParentId: account, Body: 'Health <b>dropped</b>', Type: 'TextPost' });
  await s.get(`${V}/sobjects/Account/001000000000000AAA`);
  const { text, headers } = await s.get('/');
  assert.match(headers.get('content-type'), /text\/html/);
  assert.ok(text.includes('&lt;script&gt;x') && !text.includes('<script>'));
  const [{ Name }] = (await s.query(`SELECT Name FROM Account WHERE Id = '${account}'`)).body.records;
  const rows = [...text.matchAll(/<tr>(.*?)<\/tr>/gs)].map(([, row]) => row.replace(/<\/?t[dh]>/g, '|'));
  const has = (...parts) => assert.ok(rows.some((row) => parts.every((part) => row.includes(part))), parts.join(' '));
  has('|Account|', '|40|');
  has('&lt;script&gt;x', Name, 'Not Started');
  has('Health &lt;b&gt;dropped&lt;/b&gt;', Name);
  has(`POST ${V}/sobjects/FeedItem`, '|201|');
  has('/sobjects/Account/001000000000000AAA', '|404|');
});

test('JWT bearer: signed, in time, for this audience; no refresh token', async (t) => {
  const s = await open(t);
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await s.control('oauth', { public_key: publicKey.export({ type: 'spki', format: 'pem' }) });
  const assertion = (more) => {
    const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const text = `${part({ alg: 'RS256' })}.${part({
      iss: s.client.id,
      sub: 'integration@local.example',
      aud: 'https://login.salesforce.com',
      exp: Math.floor(s.org.now() / 1000) + 170,
      ...more,
    })}`;
    return `${text}.${sign('RSA-SHA256', Buffer.from(text), privateKey).toString('base64url')}`;
  };
  const ask = (more) =>
    token(s, { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertion(more) });
  const good = await ask({});
  assert.deepEqual([good.status, good.body.refresh_token], [200, undefined]);
  assert.equal(
    (await ask({ aud: 'https://other.example' })).body.error_description,
    'Audience validation failed',
  );
  assert.equal((await ask({ exp: Math.floor(s.org.now() / 1000) + 900 })).status, 400);
  assert.equal(
    (await ask({ sub: 'nobody@local.example' })).body.error_description,
    "user hasn't approved this consumer",
  );
});

test('quotas roll over a day', async (t) => {
  const s = await open(t, { dailyQueryJobs: 2 });
  const make = async () => (await s.job('SELECT Id FROM Account')).status;
  assert.deepEqual([await make(), await make(), await make()], [200, 200, 400]);
  s.org.clock.advance(25 * 3600000);
  Object.assign(s.tokens, await s.control('grant'));
  assert.equal(await make(), 200);
});
