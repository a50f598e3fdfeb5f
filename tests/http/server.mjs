/**
 * An HTTP/1.1 server made of sockets, so that it can misbehave. It reads whole requests, counts them by path
 * and by connection, and lets the path's answer write bytes as it likes.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path
 * @property {string[]} headers
 * @property {Buffer} body
 * @property {number} connection
 */
/** @typedef {import('node:net').Socket} Socket */
/** @typedef {(socket: Socket, request: Request) => unknown} Answer */

/**
 * @param {Record<string, Answer>} answers by path
 * @param {(handler: (socket: import('node:net').Socket) => void) => import('node:net').Server} [create]
 */
export async function startServer(answers, create = createServer) {
  /** @type {Request[]} */
  const requests = [];
  let connections = 0;
  /** @type {Set<Socket>} */
  const sockets = new Set();
  const server = create((socket) => {
    const connection = ++connections;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => sockets.delete(socket));
    let bytes = Buffer.alloc(0);
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk]);
      for (let request = take(); request !== undefined; request = take()) {
        requests.push({ ...request, connection });
        answers[request.path]?.(socket, requests[requests.length - 1]);
      }
    });
    const take = () => {
      const end = bytes.indexOf('\r\n\r\n');
      if (end < 0) return undefined;
      const [first, ...headers] = bytes.toString('latin1', 0, end).split('\r\n');
      const length = Number(/^content-length: *(\d+)/im.exec(headers.join('\n'))?.[1] ?? 0);
      if (bytes.length < end + 4 + length) return undefined;
      const [method, path] = first.split(' ');
      const body = bytes.subarray(end + 4, end + 4 + length);
      bytes = bytes.subarray(end + 4 + length);
      return { method, path, headers, body };
    };
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
  return {
    port,
    requests,
    /** @param {string} path */
    arrivals: (path) => requests.filter((request) => request.path === path).length,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/**
 * @param {Socket} socket @param {string} head status and header lines @param {string | Buffer} [body]
 */
export function answer(socket, head, body = '') {
  socket.write(`HTTP/1.1 ${head}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`);
  socket.write(body);
}

/** @param {string | Buffer} bytes */
export const chunk = (bytes) =>
  Buffer.concat([
    Buffer.from(`${Buffer.byteLength(bytes).toString(16)}\r\n`),
    Buffer.from(bytes),
    Buffer.from('\r\n'),
  ]);

/**
 * Writes in pieces that arrive apart.
 * @param {Socket} socket @param {Buffer} bytes @param {number} size
 */
export async function trickle(socket, bytes, size) {
  socket.setNoDelay(true);
  for (let at = 0; at < bytes.length; at += size) {
    socket.write(bytes.subarray(at, at + size));
    await pause(1);
  }
}

/**
 * Bytes that have reached the other side: what was handed to the kernel, less what the kernel still holds
 * (up to 4 MiB, whether or not the other side reads).
 * @param {Socket} socket
 */
export function arrived(socket) {
  const hex = (/** @type {number | undefined} */ port) =>
    (port ?? 0).toString(16).toUpperCase().padStart(4, '0');
  const line = new RegExp(`:${hex(socket.localPort)} \\S+:${hex(socket.remotePort)} \\S+ ([0-9A-F]+):`);
  const queued = parseInt(line.exec(readFileSync('/proc/net/tcp', 'latin1'))?.[1] ?? '0', 16);
  return socket.bytesWritten - socket.writableLength - queued;
}
