/** host-node: TLS is verified; certificates that a caller trusts; proxies and their exceptions. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createProxy } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createServer as createTlsServer } from 'node:tls';
import { openHttp } from '../../host-node/src/http.mjs';
import { proxyFor } from '../../host-node/src/http_proxy.mjs';
import { send } from './client.mjs';
import { answer, startServer } from './server.mjs';

/** @type {Awaited<ReturnType<typeof startServer>>} */
let server;
let ca = '';
const folder = mkdtempSync(join(tmpdir(), 'perly-tls-'));

before(async () => {
  // A certificate of its own for this run, on disk for as long as it takes.
  const [key, cert] = ['key.pem', 'cert.pem'].map((name) => join(folder, name));
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...args, ...subject], { stdio: 'pipe' });
  ca = readFileSync(cert, 'utf8');
  const options = { key: readFileSync(key), cert: ca };
  const ok = (/** @type {import('node:net').Socket} */ socket) => answer(socket, '200 OK', 'ok');
  const die = (/** @type {import('node:net').Socket} */ socket) => socket.destroy();
  server = await startServer({ '/': ok, '/die': die }, (handler) => createTlsServer(options, handler));
});
after(async () => {
  rmSync(folder, { recursive: true });
  await server.stop();
});

/** @param {(socket: import('node:stream').Duplex, target: string, head: string[]) => void} handle */
async function startProxy(handle) {
  const proxy = createProxy();
  proxy.on('connect', (request, socket) => {
    socket.on('error', () => {});
    handle(socket, request.url ?? '', request.rawHeaders);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (proxy.address());
  return { port, stop: () => proxy.close().closeAllConnections() };
}

test('a certificate that nobody vouches for: never sent', async () => {
  const http = openHttp({ env: {} });
  const got = await send(http, 'GET', `https://localhost:${server.port}/`);
  assert.equal(got.outcome, 'neverSent');
  assert.match(got.text, /self-signed|DEPTH_ZERO/);
  assert.equal(server.requests.length, 0);
});

test('a certificate for another name: never sent', async () => {
  const got = await send(openHttp({ ca, env: {} }), 'GET', `https://127.0.0.1:${server.port}/`);
  assert.equal(got.outcome, 'neverSent');
  assert.match(got.text, /ERR_TLS_CERT_ALTNAME_INVALID/);
});

test('a certificate that the caller trusts, kept and fresh connections', async () => {
  const http = openHttp({ env: { PERLY_CA_FILE: join(folder, 'cert.pem') } });
  const url = `https://localhost:${server.port}`;
  const before = server.connections;
  for (let i = 0; i < 3; i++) assert.equal((await send(http, 'GET', `${url}/`)).outcome, 'complete');
  assert.equal(server.connections, before + 1);
  assert.equal((await send(http, 'POST', `${url}/die`, { once: true, body: 'x' })).outcome, 'maybeSent');
  assert.deepEqual([server.connections, server.arrivals('/die')], [before + 2, 1]);
  http.close();
});

test('through a proxy: a tunnel, its user, kept while idempotent', async () => {
  /** @type {string[][]} */
  const seen = [];
  const proxy = await startProxy((socket, target, headers) => {
    seen.push([target, ...headers]);
    const behind = connect(server.port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      socket.pipe(behind).pipe(socket);
    });
    behind.on('error', () => socket.destroy());
  });
  const http = openHttp({ ca, env: { HTTPS_PROXY: `http://fake:p%40ss@127.0.0.1:${proxy.port}` } });
  const url = `https://localhost:${server.port}/`;
  for (let i = 0; i < 3; i++) assert.equal((await send(http, 'GET', url)).outcome, 'complete');
  assert.equal(seen.length, 1);
  assert.equal((await send(http, 'POST', url, { once: true, body: 'x' })).outcome, 'complete');
  assert.equal(seen.length, 2);
  assert.equal(seen[0][0], `localhost:${server.port}`);
  assert.ok(seen[0].includes(`Basic ${Buffer.from('fake:p@ss').toString('base64')}`));
  http.close();
  proxy.stop();
});

test('a proxy that refuses, and one that is not there: never sent', async () => {
  const proxy = await startProxy((socket) =>
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'),
  );
  for (const [port, why] of /** @type {const} */ ([
    [proxy.port, /refused: 407/],
    [1, /cannot be reached/],
  ])) {
    const http = openHttp({ ca, env: { https_proxy: `127.0.0.1:${port}` } });
    const got = await send(http, 'GET', `https://localhost:${server.port}/`);
    assert.equal(got.outcome, 'neverSent');
    assert.match(got.text, why);
  }
  proxy.stop();
});

test('which URLs go through the proxy', () => {
  const env = {
    HTTPS_PROXY: 'http://proxy.example:3128',
    NO_PROXY: 'plain.example,.dots.example, ports.example:8443',
  };
  const goes = (/** @type {string} */ url, given = env) => proxyFor(new URL(url), given)?.host;
  assert.equal(goes('https://acme.my.salesforce.com/x'), 'proxy.example:3128');
  assert.equal(goes('https://plain.example/'), undefined);
  assert.equal(goes('https://www.plain.example/'), undefined);
  assert.equal(goes('https://complain.example/'), 'proxy.example:3128');
  assert.equal(goes('https://www.DOTS.example/'), undefined);
  assert.equal(goes('https://ports.example/'), 'proxy.example:3128');
  assert.equal(goes('https://ports.example:8443/'), undefined);
  assert.equal(goes('http://127.0.0.1/'), undefined);
  assert.equal(goes('https://a.example/', { ...env, NO_PROXY: '*' }), undefined);
});
