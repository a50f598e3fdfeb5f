/** The conformance suite of HTTP ports: what host.h says of http_send, against a server that misbehaves. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { message, send } from './client.mjs';
import { answer, arrived, chunk, startServer, trickle } from './server.mjs';

/** @typedef {import('./server.mjs').Answer} Answer */
/** @typedef {Awaited<ReturnType<typeof import('./server.mjs').startServer>>} Server */
/** @typedef {{ http: import('./client.mjs').Http, server: Server, url: string }} Ground */
/**
 * @typedef {object} Case
 * @property {string} name
 * @property {Record<string, Answer>} answers of the server, by path
 * @property {(ground: Ground) => Promise<void>} run
 * @property {number} [idleMs] of the host; default: so long that a busy machine is not taken for a silent server
 */

/** The idle timeout where it is what is tested. */
const IDLE_MS = 1000;

const CSV = Buffer.from('"id","name"\n' + '"001","caf\u00e9, ""x"""\n'.repeat(20000));
const ZIPPED = gzipSync(CSV);
const GZIP = '200 OK\r\ncontent-encoding: gzip';
const chunked = 'transfer-encoding: chunked\r\n\r\n';
const ok = /** @type {Answer} */ ((socket) => answer(socket, '200 OK', 'ok'));

/** @param {Buffer} bytes as one chunk, with the end */
const whole = (bytes) => Buffer.concat([chunk(bytes), Buffer.from('0\r\n\r\n')]);

/** Answers that end as maybe sent: what is wrong with each. @type {Record<string, Answer>} */
const cut = {
  '/length': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this'),
  '/length-reset': (socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this');
    setTimeout(() => socket.resetAndDestroy(), 20);
  },
  '/mid-chunk': (socket) => socket.end(`HTTP/1.1 200 OK\r\n${chunked}64\r\nonly this`),
  '/no-last-chunk': (socket) => socket.end(`HTTP/1.1 200 OK\r\n${chunked}9\r\nonly this\r\n`),
  '/chunk-size': (socket) => socket.end(`HTTP/1.1 200 OK\r\n${chunked}nonsense\r\n`),
  '/head': (socket) => socket.end('HTTP/1.1 200 OK\r\ncontent-le'),
  '/nothing': (socket) => socket.end(),
  '/reset': (socket) => socket.resetAndDestroy(),
  '/switching': (socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n'),
  '/garbage': (socket) => socket.end('this is not HTTP at all\r\n\r\n'),
  '/gzip-middle': (socket) => answer(socket, GZIP, ZIPPED.subarray(0, ZIPPED.length >> 1)),
  '/gzip-trailer': (socket) => answer(socket, GZIP, ZIPPED.subarray(0, ZIPPED.length - 4)),
  '/gzip-chunked': (socket) => {
    socket.write(`HTTP/1.1 ${GZIP}\r\n${chunked}`);
    socket.write(whole(ZIPPED.subarray(0, ZIPPED.length - 20)));
  },
  '/gzip-checksum': (socket) => {
    const wrong = Buffer.from(ZIPPED);
    wrong[wrong.length - 8] ^= 1;
    answer(socket, GZIP, wrong);
  },
  '/gzip-plain': (socket) => answer(socket, GZIP, 'not gzip at all'),
  '/gzip-cut': (socket) =>
    socket.end(Buffer.concat([Buffer.from(`HTTP/1.1 ${GZIP}\r\n${chunked}`), chunk(ZIPPED)])),
};

/** @type {Case[]} */
const answerCases = [
  {
    name: 'a request arrives as it was given; an answer is told in lower case, repeated headers apart',
    answers: {
      '/echo?q=%20a': (socket) =>
        answer(
          socket,
          '201 Created\r\nX-One: 1\r\nSet-Cookie: a=b\r\nX-One: 2\r\nsforce-limit-info: api=1/2',
          'hi',
        ),
    },
    async run({ http, server, url }) {
      const body = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
      const headers = ['Authorization: Bearer fake', 'Content-Type: text/csv', 'X-Empty:'];
      const got = await send(http, 'PATCH', `${url}/echo?q=%20a`, { headers, body });
      assert.deepEqual([got.outcome, got.status, String(got.body)], ['complete', 201, 'hi']);
      const lines = String(got.headers).split('\n');
      const wanted = [
        'x-one: 1',
        'set-cookie: a=b',
        'x-one: 2',
        'sforce-limit-info: api=1/2',
        'content-length: 2',
      ];
      assert.deepEqual(
        lines.filter((line) => wanted.includes(line)),
        wanted,
      );
      const [request] = server.requests;
      assert.deepEqual([request.method, request.path], ['PATCH', '/echo?q=%20a']);
      assert.deepEqual(request.body, body);
      const sent = request.headers.map((line) => line.replace(/^[^:]+/, (name) => name.toLowerCase()));
      for (const line of ['authorization: Bearer fake', 'content-type: text/csv', 'content-length: 256']) {
        assert.ok(sent.includes(line), `${line} in ${sent}`);
      }
      assert.ok(sent.some((line) => line === `host: 127.0.0.1:${server.port}`));
      assert.ok(sent.some((line) => /^accept-encoding: .*gzip/.test(line)));
    },
  },
  {
    name: 'a body of 4 MiB arrives whole',
    answers: { '/put': ok },
    async run({ http, server, url }) {
      const body = randomBytes(4 << 20);
      assert.equal((await send(http, 'PUT', `${url}/put`, { body, once: true })).outcome, 'complete');
      assert.ok(server.requests[0].body.equals(body));
    },
  },
  {
    name: 'a chunked body in small pieces',
    answers: {
      '/chunks': (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${chunked}`);
        const part = CSV.subarray(0, 3000);
        void trickle(socket, Buffer.concat([chunk(part), whole(part)]), 97);
      },
    },
    async run({ http, url }) {
      const got = await send(http, 'GET', `${url}/chunks`);
      assert.equal(got.outcome, 'complete', got.text);
      assert.deepEqual(got.body, Buffer.concat([CSV.subarray(0, 3000), CSV.subarray(0, 3000)]));
    },
  },
  {
    name: 'gzip is inflated, however it is cut into pieces',
    answers: {
      '/zip': (socket) => {
        socket.write(`HTTP/1.1 ${GZIP}\r\n${chunked}`);
        void trickle(socket, whole(ZIPPED), 211);
      },
      '/empty': (socket) => answer(socket, GZIP, gzipSync('')),
      '/members': (socket) => answer(socket, GZIP, Buffer.concat([gzipSync('one,'), gzipSync('two')])),
    },
    async run({ http, url }) {
      const got = await send(http, 'GET', `${url}/zip`);
      assert.equal(got.outcome, 'complete', got.text);
      assert.ok(got.body.equals(CSV));
      const empty = await send(http, 'GET', `${url}/empty`);
      assert.deepEqual([empty.outcome, empty.body.length], ['complete', 0]);
      assert.equal(String((await send(http, 'GET', `${url}/members`)).body), 'one,two');
    },
  },
  {
    name: 'pieces of a body are at most 1 MiB, also when 64 MiB were 64 KiB on the wire',
    answers: { '/bomb': (socket) => answer(socket, GZIP, gzipSync(Buffer.alloc(64 << 20))) },
    async run({ http, url }) {
      const got = await send(http, 'GET', `${url}/bomb`);
      assert.deepEqual([got.outcome, got.body.length], ['complete', 64 << 20]);
      assert.ok(got.chunks.every((piece) => piece.length <= 1 << 20));
    },
  },
  {
    name: 'answers without a body, and one that ends with its connection',
    answers: {
      '/204': (socket) => socket.write('HTTP/1.1 204 No Content\r\n\r\n'),
      '/304': (socket) => socket.write('HTTP/1.1 304 Not Modified\r\netag: "x"\r\n\r\n'),
      '/close': (socket) => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nuntil the end'),
    },
    async run({ http, url }) {
      for (const path of ['/204', '/304']) {
        const got = await send(http, 'GET', url + path);
        assert.deepEqual([got.outcome, got.status, got.body.length], ['complete', Number(path.slice(1)), 0]);
      }
      assert.equal(String((await send(http, 'GET', `${url}/close`)).body), 'until the end');
    },
  },
  {
    name: 'statuses of failure are answers, a redirect is delivered and not followed',
    answers: {
      '/401': (socket) =>
        answer(socket, '401 Unauthorized\r\nwww-authenticate: Bearer', '[{"errorCode":"X"}]'),
      '/421': (socket) => answer(socket, '421 Misdirected Request', 'no'),
      '/503': (socket) => answer(socket, '503 Busy\r\nretry-after: 3', 'later'),
      '/302': (socket) => answer(socket, '302 Found\r\nlocation: /target', 'there'),
      '/307': (socket) => answer(socket, '307 Temporary\r\nlocation: /target', 'there'),
      '/target': ok,
    },
    async run({ http, server, url }) {
      for (const path of ['/401', '/421', '/503', '/302', '/307']) {
        const got = await send(http, 'GET', url + path);
        assert.deepEqual([got.outcome, got.status], ['complete', Number(path.slice(1))]);
        assert.equal(server.arrivals(path), 1, `${path} arrives once`);
      }
      assert.equal(server.arrivals('/target'), 0);
    },
  },
  {
    name: 'interim answers are not delivered',
    answers: {
      '/hints': (socket) => {
        socket.write('HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n');
        answer(socket, '200 OK', 'final');
      },
    },
    async run({ http, url }) {
      const got = await send(http, 'GET', `${url}/hints`);
      assert.deepEqual(
        [got.outcome, got.heads.length, got.status, String(got.body)],
        ['complete', 1, 200, 'final'],
      );
    },
  },
  {
    name: 'a header of 60 KB',
    answers: { '/big': (socket) => answer(socket, `200 OK\r\nx-big: ${'b'.repeat(60000)}`, 'ok') },
    async run({ http, url }) {
      const got = await send(http, 'GET', `${url}/big`);
      assert.equal(got.outcome, 'complete', got.text);
      assert.ok(
        String(got.headers)
          .split('\n')
          .includes(`x-big: ${'b'.repeat(60000)}`),
      );
    },
  },
  {
    name: 'forty requests at once',
    answers: { '/slow': (socket) => setTimeout(() => answer(socket, GZIP, ZIPPED), 50) },
    async run({ http, url }) {
      const all = await Promise.all(Array.from({ length: 40 }, () => send(http, 'GET', `${url}/slow`)));
      assert.ok(all.every((got) => got.outcome === 'complete' && got.body.equals(CSV)));
    },
  },
];

/** @type {Case[]} */
const failureCases = [
  {
    name: 'an answer that is cut anywhere is not complete',
    answers: cut,
    async run({ http, server, url }) {
      for (const path of Object.keys(cut)) {
        const got = await send(http, 'POST', url + path, { once: true, body: 'x' });
        assert.equal(got.outcome, 'maybeSent', `${path}: ${got.text}`);
        assert.ok(got.text.length > 0, `${path} says why`);
        assert.equal(server.arrivals(path), 1, `${path} arrives once`);
      }
    },
  },
  {
    name: 'never sent: nobody listens, no such name, no TLS there',
    answers: {},
    async run({ http, server, url }) {
      const unused = await startServer({});
      await unused.stop();
      const urls = [
        `http://127.0.0.1:${unused.port}/`,
        'https://nobody.invalid/',
        url.replace('http:', 'https:'),
      ];
      for (const there of urls) {
        const got = await send(http, 'POST', there, { once: true, body: 'x' });
        assert.equal(got.outcome, 'neverSent', `${there}: ${got.text}`);
        assert.ok(got.text.length > 0);
        assert.equal(got.heads.length, 0);
      }
      assert.equal(server.requests.length, 0);
    },
  },
  {
    name: 'http: is refused except on loopback, and what is no request is not sent',
    answers: { '/': ok },
    async run({ http, server, url }) {
      for (const there of [
        'http://192.0.2.1/',
        'http://localhost.example/',
        'http://0x7f.1.example/',
        'ftp://127.0.0.1/',
      ]) {
        const got = await send(http, 'GET', there);
        assert.equal(got.outcome, 'neverSent', there);
      }
      for (const text of [
        'nonsense',
        `GET ${url}/ HTTP/1.1\r\nContent-Length: 5\r\n\r\nshort`.slice(0, -1),
      ]) {
        const exchange = http.send(Buffer.from(text));
        const { done, value } = await exchange.next();
        assert.deepEqual([done, /** @type {any} */ (value).outcome], [true, 1], text);
      }
      assert.equal(server.requests.length, 0);
    },
  },
  {
    name: 'a kept connection that closes after a whole request: once arrives once, on a fresh connection',
    answers: { '/warm': ok, '/die': (socket) => socket.destroy() },
    async run({ http, server, url }) {
      for (let i = 0; i < 5; i++) {
        await send(http, 'GET', `${url}/warm`);
        const before = server.connections;
        const got = await send(http, 'POST', `${url}/die`, { body: 'x', once: true });
        assert.equal(got.outcome, 'maybeSent');
        assert.equal(server.arrivals('/die'), i + 1, 'arrivals of once');
        assert.equal(server.connections, before + 1, 'a fresh connection');
      }
    },
  },
  {
    name: 'the same for an idempotent request: at most one silent repetition',
    answers: { '/warm': ok, '/die': (socket) => socket.destroy() },
    async run({ http, server, url }) {
      await send(http, 'GET', `${url}/warm`);
      assert.equal((await send(http, 'GET', `${url}/die`)).outcome, 'maybeSent');
      assert.ok(server.arrivals('/die') <= 2, `${server.arrivals('/die')} arrivals`);
    },
  },
  {
    name: 'idempotent requests share a kept connection',
    answers: { '/warm': ok },
    async run({ http, server, url }) {
      for (let i = 0; i < 5; i++) assert.equal((await send(http, 'GET', `${url}/warm`)).outcome, 'complete');
      assert.equal(server.connections, 1);
    },
  },
];

/** @type {Case[]} */
const patienceCases = [
  {
    name: 'a server that falls silent: no answer, half a head, half a body, half a gzip stream',
    idleMs: IDLE_MS,
    answers: {
      '/silent': () => {},
      '/half-head': (socket) => socket.write('HTTP/1.1 200 OK\r\nx: '),
      '/half-body': (socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf'),
      '/half-gzip': (socket) => {
        socket.write(`HTTP/1.1 ${GZIP}\r\ncontent-length: ${ZIPPED.length}\r\n\r\n`);
        socket.write(ZIPPED.subarray(0, 1000));
      },
    },
    async run({ http, url }) {
      const started = performance.now();
      const paths = ['/silent', '/half-head', '/half-body', '/half-gzip'];
      const all = await Promise.all(paths.map((path) => send(http, 'GET', url + path)));
      assert.deepEqual(
        all.map((got) => got.outcome),
        paths.map(() => 'maybeSent'),
      );
      const took = performance.now() - started;
      assert.ok(took > IDLE_MS * 0.8 && took < IDLE_MS * 6, `${took} ms`);
    },
  },
  {
    name: 'slow is not silent: a body that takes longer than the idle timeout',
    idleMs: IDLE_MS,
    answers: {
      '/slow': (socket) => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 12\r\n\r\n');
        for (let i = 0; i < 12; i++) setTimeout(() => socket.write('x'), i * 200);
      },
    },
    async run({ http, url }) {
      const got = await send(http, 'GET', `${url}/slow`);
      assert.deepEqual([got.outcome, String(got.body)], ['complete', 'x'.repeat(12)], got.text);
    },
  },
  {
    name: 'while the core waits the server sends at most 4 MiB ahead, and waiting is not silence',
    idleMs: IDLE_MS,
    answers: {
      '/flood': (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${64 << 20}\r\n\r\n`);
        const block = Buffer.alloc(64 << 10, 'x');
        let left = (64 << 20) / block.length;
        const more = () => {
          while (left > 0) {
            left--;
            if (!socket.write(block)) return;
          }
        };
        socket.on('drain', more);
        flooding = socket;
        more();
      },
    },
    async run({ http, url }) {
      const exchange = http.send(message('GET', `${url}/flood`));
      let taken = 0;
      for (let round = 0; round < 4; round++) {
        // Read a while at full speed, so that windows are open, then stop.
        while (taken < (round * 8 + 1) << 20) {
          const { value } = await exchange.next();
          if (value instanceof Uint8Array) taken += value.length;
        }
        await pause(round === 0 ? IDLE_MS * 2.5 : 300);
        const ahead = arrived(flooding) - taken;
        assert.ok(ahead <= 4 << 20, `${ahead} bytes ahead after ${taken}`);
      }
      let next = await exchange.next();
      for (; !next.done; next = await exchange.next()) taken += /** @type {Uint8Array} */ (next.value).length;
      assert.deepEqual([next.value.outcome, taken], [0, 64 << 20], next.value.text);
    },
  },
  {
    name: 'cancel: before the answer, inside the body; the connection goes too',
    answers: {
      '/silent': () => {},
      '/endless': (socket) => {
        socket.write(`HTTP/1.1 200 OK\r\n${chunked}`);
        const timer = setInterval(() => socket.write(chunk('more')), 10);
        socket.on('close', () => clearInterval(timer));
      },
    },
    async run({ http, server, url }) {
      const early = new AbortController();
      const silent = send(http, 'GET', `${url}/silent`, { signal: early.signal });
      setTimeout(() => early.abort(), 50);
      assert.equal((await silent).outcome, 'cancelled');
      const late = new AbortController();
      const exchange = http.send(message('GET', `${url}/endless`), { signal: late.signal });
      for (let i = 0; i < 3; i++) assert.equal((await exchange.next()).done, false);
      late.abort();
      let next = await exchange.next();
      while (!next.done) next = await exchange.next();
      assert.equal(next.value.outcome, 3);
      for (let tries = 0; server.open > 0 && tries < 100; tries++) await pause(10);
      assert.equal(server.open, 0, 'open connections');
    },
  },
];

/** The server's end of the flood. @type {import('node:net').Socket} */
let flooding;

export const cases = [...answerCases, ...failureCases, ...patienceCases];
