// Paths to handlers. A pattern is a path with `:name` for one segment and `*name` for the rest.

/**
 * @typedef {(ctx: object, request: import('./http.mjs').Request, params: object) => any} Handler
 * @typedef {[string, string, Handler]} Route method, pattern, handler
 */

/** @param {Route[]} routes */
export function createRouter(routes) {
  const compiled = routes.map(([method, pattern, handler]) => ({ method, handler, test: compile(pattern) }));
  /** @returns {{handler: Handler, params: object} | 'method' | null} */
  return (method, path) => {
    let other = false;
    for (const route of compiled) {
      const match = route.test.exec(path);
      if (!match) continue;
      if (route.method === method) return { handler: route.handler, params: decoded(match.groups ?? {}) };
      other = true;
    }
    return other ? 'method' : null;
  };
}

function compile(pattern) {
  const source = pattern
    .replace(/[.]/g, '\\.')
    .replace(/:(\w+)/g, '(?<$1>[^/]+)')
    .replace(/\*(\w+)/g, '(?<$1>.*)');
  return new RegExp(`^${source}/?$`, 'i');
}

function decoded(groups) {
  const params = {};
  for (const [name, value] of Object.entries(groups)) {
    try {
      params[name] = decodeURIComponent(value);
    } catch {
      params[name] = value;
    }
  }
  return params;
}
