// Requests and answers as plain values, so that a handler can be called by the socket, by /composite and by
// /composite/batch alike. Only server.mjs touches sockets.

import { gunzipSync } from 'node:zlib';
import { ApiError, badRequest } from '../base/errors.mjs';

/**
 * @typedef {object} Request
 * @property {string} method
 * @property {string} path without the query
 * @property {URLSearchParams} query
 * @property {Record<string, any>} headers lower-case names
 * @property {Buffer} body
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {Record<string, string>} headers
 * @property {string | Buffer | null} body
 * @property {any} [json] what `body` spells, for composite
 * @property {(write: (chunk: Buffer | string) => Promise<void>) => Promise<void>} [stream]
 */

/** @returns {Request} */
export function makeRequest(method, target, headers = {}, body = Buffer.alloc(0)) {
  // Salesforce's own CLI sends `//services/...` when it was given a host with a slash behind it.
  const url = new URL(target.replace(/^\/+/, '/'), 'http://local');
  return { method, path: url.pathname, query: url.searchParams, headers, body };
}

/** The body as text; Content-Encoding: gzip is accepted on requests. */
export function textOf(request) {
  const zipped = request.headers['content-encoding'] === 'gzip';
  return (zipped ? gunzipSync(request.body) : request.body).toString('utf8');
}

/** The body as JSON; what is no JSON is refused as the platform refuses it. */
export function jsonOf(request) {
  if (request.json !== undefined) return request.json;
  const type = request.headers['content-type'];
  if (type && !type.includes('json')) {
    throw new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE', `Content-Type not supported: ${type}`);
  }
  try {
    return JSON.parse(textOf(request));
  } catch (error) {
    throw badRequest(
      'JSON_PARSER_ERROR',
      `The HTTP entity body is required, but this request has no readable one: ` + error.message,
    );
  }
}

/** @returns {Answer} */
export function json(status, value, headers = {}) {
  return {
    status,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...headers },
    body: JSON.stringify(value),
    json: value,
  };
}

/** @returns {Answer} */
export const empty = (status, headers = {}) => ({ status, headers, body: null, json: null });

/** @returns {Answer} */
export const failure = (error) => json(error.status, error.body());

/** @returns {Answer} */
export const text = (status, body, headers = {}) => ({
  status,
  headers: { 'content-type': 'text/plain; charset=UTF-8', ...headers },
  body,
});

/** @returns {Answer} */
export const xmlText = (status, body) => text(status, body, { 'content-type': 'text/xml; charset=UTF-8' });

/** JSON over many lines, with ` : ` behind a name, as the platform prints it for people. */
export const pretty = (value) => JSON.stringify(value, null, 2).replace(/^(\s*"(?:\\.|[^"\\])*"):/gm, '$1 :');

/** @returns {Answer} */
export const html = (status, body) => text(status, body, { 'content-type': 'text/html; charset=UTF-8' });
