/** The native HTTP adapter: TLS is verified, certificates that a customer trusts, proxies and their exceptions. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createProxy } from 'node:http';
import { createServer } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { NativeDriver } from '../store/native_driver.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-native-tls-'));
const certificate = join(folder, 'cert.pem');
/** @type {import('node:https').Server} */
let server;
/** @type {string} */
let url;
let arrivals = 0;

before(async () => {
  const key = join(folder, 'key.pem');
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', certificate, ...subject],
    { stdio: 'ignore' },
  );
  server = createServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (_, answer) => {
    arrivals++;
    answer.end('over TLS');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `https://localhost:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}/`;
});
after(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

let drivers = 0;

/** One GET by a driver of its own. @param {Record<string, string>} env @param {string} [to] */
async function get(env, to = url) {
  const driver = new NativeDriver(join(folder, `${++drivers}.db`), env);
  const exchange = driver.http().send(Buffer.from(`GET ${to} HTTP/1.1\r\n\r\n`));
  let text = '';
  let next = await exchange.next();
  for (; !next.done; next = await exchange.next()) {
    if (next.value instanceof Uint8Array) text += Buffer.from(next.value).toString();
  }
  await driver.close();
  return { outcome: next.value.outcome, why: next.value.text, text };
}

test('a certificate that nobody vouches for is refused before anything is sent', async () => {
  const got = await get({});
  assert.equal(got.outcome, 1, got.why);
  assert.match(got.why, /certificate/i);
  assert.equal(arrivals, 0);
});

test('one that the customer names is trusted, for its own name only', async () => {
  const got = await get({ PERLY_CA_FILE: certificate });
  assert.deepEqual([got.outcome, got.text], [0, 'over TLS'], got.why);
  const other = await get({ PERLY_CA_FILE: certificate }, url.replace('localhost', '127.0.0.1'));
  assert.equal(other.outcome, 1, 'another name');
  const missing = await get({ PERLY_CA_FILE: join(folder, 'nothing.pem') });
  assert.equal(missing.outcome, 1, 'a file that is not there');
});

/** @param {(proxy: { port: number, asked: string[] }) => Promise<void>} run @param {boolean} refuses */
async function withProxy(run, refuses) {
  /** @type {string[]} */
  const asked = [];
  const proxy = createProxy().on('connect', (request, socket) => {
    asked.push(String(request.url));
    if (refuses) {
      socket.end('HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n');
      return;
    }
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    const target = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      target.pipe(socket).pipe(target);
    });
    socket.on('error', () => target.destroy());
    target.on('error', () => socket.destroy());
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (proxy.address());
  await run({ port, asked });
  proxy.closeAllConnections();
  proxy.close();
}

const far = 'https://acme.example:8443/';

test('a proxy is used, also in small letters, but for what NO_PROXY names', () =>
  withProxy(async ({ port, asked }) => {
    for (const name of ['HTTPS_PROXY', 'https_proxy']) {
      const got = await get({ [name]: `http://127.0.0.1:${port}`, PERLY_CA_FILE: certificate }, far);
      assert.equal(got.outcome, 1, 'the certificate is for localhost, and nothing was sent');
    }
    assert.deepEqual(asked, ['acme.example:8443', 'acme.example:8443']);
    await get({ HTTPS_PROXY: `http://127.0.0.1:${port}`, NO_PROXY: 'acme.example' }, far);
    const local = await get({ HTTPS_PROXY: `http://127.0.0.1:${port}`, PERLY_CA_FILE: certificate });
    assert.equal(local.outcome, 0, 'loopback goes straight');
    assert.equal(asked.length, 2);
  }, false));

test('a proxy that refuses: never sent', () =>
  withProxy(async ({ port, asked }) => {
    const got = await get({ HTTPS_PROXY: `http://127.0.0.1:${port}` }, far);
    assert.equal(got.outcome, 1, got.why);
    assert.deepEqual(asked, ['acme.example:8443']);
  }, true));
