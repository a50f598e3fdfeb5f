// SOAP login(), which old clients still begin with: a session for a user name and a password, up to v64. From
// v65 on the call does not exist.

import { xmlText } from '../wire/http.mjs';
import { grant } from './oauth.mjs';

const LAST = 64;

/** The password of every user of a local org, with or without a security token behind it. Plainly none. */
export const PASSWORD = 'local-salesforce-password';

const ENVELOPE = (inner) =>
  '<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope ' +
  'xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:partner.soap.sforce.com" ' +
  'xmlns:sf="urn:fault.partner.soap.sforce.com" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">' +
  `<soapenv:Body>${inner}</soapenv:Body></soapenv:Envelope>`;

function fault(code, message) {
  const inner =
    `<soapenv:Fault><faultcode>${code}</faultcode><faultstring>${code}: ${message}</faultstring><detail>` +
    `<sf:LoginFault xsi:type="sf:LoginFault"><sf:exceptionCode>${code}</sf:exceptionCode>` +
    `<sf:exceptionMessage>${message}</sf:exceptionMessage></sf:LoginFault></detail></soapenv:Fault>`;
  return xmlText(500, ENVELOPE(inner));
}

const element = (body, name) => new RegExp(`<(?:\\w+:)?${name}>([^<]*)<`).exec(body)?.[1] ?? '';

function userNamed(org, name) {
  const users = org.tables.get('User');
  for (let row = 0; row < users.count; row++) {
    if (users.get(row, 'Username') === name && users.get(row, 'IsActive')) return users.keyOf(row);
  }
  return null;
}

function login(ctx, request, { version }) {
  const { org } = ctx;
  const body = request.body.toString('utf8');
  if (!/<(?:\w+:)?login[\s>]/.test(body)) return fault('INVALID_OPERATION', 'only login is offered here');
  if (!(Number(version) <= LAST))
    return fault('UNSUPPORTED_API_VERSION', 'Unsupported API version for login()');
  const user = userNamed(org, element(body, 'username'));
  if (user === null || !element(body, 'password').startsWith(PASSWORD)) {
    return fault('INVALID_LOGIN', 'Invalid username, password, security token; or user locked out.');
  }
  const session = grant(org, user, 'api').access;
  const url = `${ctx.origin}/services/Soap/u/${version}/${org.ids.text(org.id).slice(0, 15)}`;
  return xmlText(
    200,
    ENVELOPE(
      `<loginResponse><result><metadataServerUrl>${url.replace('/u/', '/m/')}</metadataServerUrl>` +
        `<passwordExpired>false</passwordExpired><sandbox>${org.options.sandbox}</sandbox>` +
        `<serverUrl>${url}</serverUrl><sessionId>${session}</sessionId><userId>${org.ids.text(user)}</userId>` +
        `<userInfo><organizationId>${org.ids.text(org.id)}</organizationId></userInfo></result></loginResponse>`,
    ),
  );
}

/** @type {import('../wire/router.mjs').Route[]} */
export const routes = [['POST', '/services/Soap/u/:version', login]];
