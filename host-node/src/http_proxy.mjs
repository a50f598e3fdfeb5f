/**
 * Proxies: which one a URL goes through, and an agent whose connections are tunnels through it.
 */
import { request as httpRequest } from 'node:http';
import { Agent, request as httpsRequest } from 'node:https';
import { connect } from 'node:tls';

/**
 * The proxy for `url` by the usual environment variables; undefined: go directly.
 * @param {URL} url
 * @param {Record<string, string | undefined>} env
 */
export function proxyFor(url, env) {
  const proxy = env.https_proxy || env.HTTPS_PROXY;
  if (!proxy || url.protocol !== 'https:') return undefined;
  const exceptions = (env.no_proxy || env.NO_PROXY || '').split(/[\s,]+/).filter(Boolean);
  const port = url.port || '443';
  const direct = exceptions.some((exception) => {
    if (exception === '*') return true;
    const [, name, onlyPort] = /^\.?(.*?)(?::(\d+))?$/.exec(exception.replace(/^\*/, '')) ?? [];
    const host = url.hostname.toLowerCase();
    const covers = host === name.toLowerCase() || host.endsWith(`.${name.toLowerCase()}`);
    return covers && (onlyPort === undefined || onlyPort === port);
  });
  return direct ? undefined : new URL(proxy.includes('://') ? proxy : `http://${proxy}`);
}

/** A proxy said no, or could not be reached: nothing of the request has left. */
export class ProxyError extends Error {
  /** @override */
  name = 'ProxyError';
}

/** An https agent through `proxy`. */
export class TunnelAgent extends Agent {
  #proxy;

  /** @param {URL} proxy @param {import('node:https').AgentOptions} options */
  constructor(proxy, options) {
    super(options);
    this.#proxy = proxy;
  }

  /**
   * @override
   * @param {any} options
   * @param {(error: Error | null, socket?: import('node:stream').Duplex) => void} callback
   * @returns {any}
   */
  createConnection(options, callback) {
    const proxy = this.#proxy;
    const target = `${options.host}:${options.port}`;
    const send = proxy.protocol === 'https:' ? httpsRequest : httpRequest;
    /** @type {Record<string, string>} */
    const headers = { host: target };
    if (proxy.username) {
      const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
      headers['proxy-authorization'] = `Basic ${Buffer.from(user).toString('base64')}`;
    }
    const { port } = proxy;
    const hostname = proxy.hostname.replace(/^\[|\]$/g, ''); // of an IPv6 address
    const fail = (/** @type {string} */ why) => callback(new ProxyError(`the proxy ${proxy.host} ${why}`));
    const asked = send({ method: 'CONNECT', host: hostname, port, path: target, headers, agent: false });
    asked.once('error', (error) => fail(`cannot be reached: ${error.message}`));
    asked.once('response', (response) => {
      response.destroy();
      fail(`refused: ${response.statusCode}`);
    });
    asked.once('connect', (response, socket) => {
      if (response.statusCode !== 200) {
        socket.destroy();
        fail(`refused: ${response.statusCode}`);
        return;
      }
      const secure = connect({ ...options, socket, servername: options.servername || options.host });
      secure.once('error', callback);
      secure.once('secureConnect', () => {
        secure.off('error', callback);
        callback(null, secure);
      });
    });
    asked.setTimeout(options.connectMs ?? 15000, () => asked.destroy(new Error('no answer in time')));
    asked.end();
  }
}
