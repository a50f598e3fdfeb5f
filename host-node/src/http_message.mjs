/**
 * The request of http_send (core/include/perly/host.h): an HTTP/1.1 message head with an absolute URL, and
 * the body after it.
 */

/**
 * @typedef {object} Message
 * @property {string} method
 * @property {URL} url
 * @property {[name: string, value: string][]} headers
 * @property {Uint8Array} body
 */

const ascii = new TextDecoder('latin1');

/** Where the head ends: after its blank line, or -1. @param {Uint8Array} bytes */
function headEnd(bytes) {
  for (let i = 3; i < bytes.length; i++) {
    if (bytes[i] === 10 && bytes[i - 1] === 13 && bytes[i - 2] === 10 && bytes[i - 3] === 13) return i + 1;
  }
  return -1;
}

/**
 * Throws an Error that says what is wrong.
 * @param {Uint8Array} request
 * @param {{ loopbackOnly?: boolean }} [options] as under a test clock
 * @returns {Message}
 */
export function readMessage(request, { loopbackOnly = false } = {}) {
  const end = headEnd(request);
  if (end < 0) throw new Error('the request has no blank line after its head');
  const [first, ...lines] = ascii.decode(request.subarray(0, end - 4)).split('\r\n');
  const [, method, target] = /^([A-Z]+) (\S+) HTTP\/1\.1$/.exec(first) ?? [];
  if (method === undefined) throw new Error('the request line is not "METHOD URL HTTP/1.1"');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    if (colon < 1) throw new Error('a header of the request has no name');
    return /** @type {[string, string]} */ ([line.slice(0, colon), line.slice(colon + 1).trim()]);
  });
  const declared = headers.find(([name]) => name.toLowerCase() === 'content-length')?.[1] ?? '0';
  if (Number(declared) !== request.length - end) {
    throw new Error(`the request declares ${declared} bytes of body and has ${request.length - end}`);
  }
  const url = new URL(target);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new Error(`${url.protocol}//${url.host} is refused: https is required, except on this computer`);
  }
  if (loopbackOnly && !isLoopback(url.hostname)) {
    throw new Error(`${url.host} is refused: under PERLY_TEST_CLOCK nothing leaves this computer`);
  }
  return { method, url, headers, body: request.subarray(end) };
}

/** @param {string} host as `URL.hostname` gives it */
export const isLoopback = (host) => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(host);

/** Header lines as perly_http_head takes them. @param {readonly string[]} raw name, value, name, value... */
export function headerText(raw) {
  const lines = [];
  for (let i = 0; i + 1 < raw.length; i += 2) lines.push(`${raw[i].toLowerCase()}: ${raw[i + 1]}`);
  return lines.join('\n');
}

const PIECE_BYTES = 1 << 20;

/** Pieces that perly_http_body takes. @param {Uint8Array} chunk */
export function* pieces(chunk) {
  for (let at = 0; at < chunk.length; at += PIECE_BYTES) yield chunk.subarray(at, at + PIECE_BYTES);
}
