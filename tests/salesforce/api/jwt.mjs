// JWT bearer assertions: RS256, at most three minutes ahead of the org's clock.

import { verify } from 'node:crypto';
import { MINUTE } from '../base/time.mjs';

const AUDIENCES = ['https://login.salesforce.com', 'https://test.salesforce.com'];

/**
 * @param {string} assertion
 * @param {Map<string, string>} keys issuer -> public key (PEM), as uploaded to the application
 * @param {number} now ms of org time
 * @returns {{claims: any} | {error: string, description: string, unsigned?: boolean}}
 */
export function verifyJwt(assertion, keys, now) {
  const parts = assertion.split('.');
  const refuse = (description) => ({ error: 'invalid_grant', description });
  if (parts.length !== 3) return refuse('invalid assertion');
  let header, claims;
  try {
    header = JSON.parse(Buffer.from(parts[0], 'base64url').toString('utf8'));
    claims = JSON.parse(Buffer.from(parts[1], 'base64url').toString('utf8'));
  } catch {
    return refuse('invalid assertion');
  }
  const key = keys.get(claims.iss);
  const signed =
    key &&
    header.alg === 'RS256' &&
    verify('RSA-SHA256', Buffer.from(`${parts[0]}.${parts[1]}`), key, Buffer.from(parts[2], 'base64url'));
  if (!signed) return { ...refuse('invalid assertion'), unsigned: true };
  if (!AUDIENCES.includes(claims.aud) && !/^https?:\/\/(127\.0\.0\.1|localhost)/.test(claims.aud)) {
    return refuse('Audience validation failed');
  }
  if (!(claims.exp * 1000 > now) || claims.exp * 1000 > now + 3 * MINUTE + 5000)
    return refuse('expired authorization code');
  return { claims };
}
