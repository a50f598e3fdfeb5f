/** A caller's fetch as transport, and why Node's own is not the transport by default. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { openFetch } from '../../host-node/src/http_fetch.mjs';
import { message, send } from './client.mjs';
import { answer, startServer } from './server.mjs';

const text = 'x,y\n1,2\n'.repeat(20000);
const zipped = gzipSync(text);

/** @type {Record<string, import('./server.mjs').Answer>} */
const answers = {
  '/ok': (socket) => answer(socket, '201 Created\r\nX-One: 1', 'ok'),
  '/cut-gzip': (socket) =>
    answer(socket, '200 OK\r\ncontent-encoding: gzip', zipped.subarray(0, zipped.length - 99)),
  '/twice': (socket) => answer(socket, '200 OK\r\nx-a: 1\r\nx-a: 2', ''),
  '/421': (socket) => answer(socket, '421 Misdirected Request', ''),
  '/302': (socket) => answer(socket, '302 Found\r\nlocation: /ok', 'there'),
  '/cut': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this'),
  '/die': (socket) => socket.destroy(),
  '/silent': () => {},
  '/long': (socket) => answer(socket, '200 OK', Buffer.alloc(5 << 20, 'x')),
};

/** @typedef {Awaited<ReturnType<typeof startServer>>} Server */

/** @param {(ground: { server: Server, url: string }) => Promise<void>} run */
async function withServer(run) {
  const server = await startServer(answers);
  try {
    await run({ server, url: `http://127.0.0.1:${server.port}` });
  } finally {
    await server.stop();
  }
}

test("why Node's fetch is not the transport: cut gzip passes, headers are joined, a 421 is asked twice", () =>
  withServer(async ({ server, url }) => {
    const cut = await (await fetch(`${url}/cut-gzip`)).text();
    assert.ok(cut.length < text.length, 'a part of the body, and no error');
    assert.equal((await fetch(`${url}/twice`)).headers.get('x-a'), '1, 2');
    await fetch(`${url}/421`);
    assert.equal(server.arrivals('/421'), 2);
  }));

test("a caller's fetch: requests, answers, redirects, failures", () =>
  withServer(async ({ server, url }) => {
    const http = openFetch(fetch, { idleMs: 300 });
    const got = await send(http, 'POST', `${url}/ok`, { body: 'a=b', headers: ['X-Mine: 1'], once: true });
    assert.deepEqual([got.outcome, got.status, String(got.body)], ['complete', 201, 'ok']);
    assert.match(String(got.headers), /^x-one: 1$/m);
    const [request] = server.requests;
    assert.equal(String(request.body), 'a=b');
    assert.ok(request.headers.some((line) => /^accept-encoding: identity$/i.test(line)));
    assert.equal((await send(http, 'GET', `${url}/302`)).status, 302);
    assert.equal((await send(http, 'GET', `${url}/long`)).body.length, 5 << 20);
    for (const path of ['/cut', '/cut-gzip', '/die', '/silent']) {
      assert.equal((await send(http, 'GET', url + path)).outcome, 'maybeSent', path);
    }
    assert.equal((await send(http, 'GET', 'http://127.0.0.1:49/')).outcome, 'neverSent');
    assert.equal((await send(http, 'GET', 'http://192.0.2.1/')).outcome, 'neverSent');
  }));

test("a caller's fetch: cancelled", () =>
  withServer(async ({ url }) => {
    const stop = new AbortController();
    const exchange = openFetch(fetch).send(message('GET', `${url}/silent`), { signal: stop.signal });
    setTimeout(() => stop.abort(), 50);
    assert.equal(/** @type {any} */ ((await exchange.next()).value).outcome, 3);
  }));
