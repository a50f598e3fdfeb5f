// Why the client sends each of its headers. A header without a reason fails the test.

/** @type {Record<string, string>} */
export const REASONS = {
  host: 'HTTP/1.1 asks for it; it is the instance_url that came with the tokens, never a host that we built',
  accept: 'errors come as JSON (else some APIs answer XML); rows come as CSV',
  'accept-encoding': 'pages of rows shrink to a fifth; the platform compresses only when asked',
  authorization: 'the session; absent where the request itself is the proof, as at the token endpoint',
  'user-agent': "whoever reads the org's logs, or a proxy's, sees which program called and its version, the same under every host",
  'sforce-call-options': 'names the client in the header that Salesforce has for that; goes with a session',
  'sforce-query-options': 'pages of REST as long as Salesforce makes them, and shorter near a deadline; it comes with a query, and its next pages keep to it',
  'content-type': 'what the body is; the platform answers 415 to another',
  'content-length': 'the body is known whole, so that it can be sent again as it was',
  'if-modified-since': 'a describe that did not change is answered 304 without a body',
};
