// node tests/salesforce/main.mjs [--port N] [--accounts N] [--seed S] [--json] ...: a local Salesforce org.

import { parseArgs } from 'node:util';
import { DEFAULTS } from './org.mjs';
import { startServer } from './server.mjs';

const HELP = `Usage: node tests/salesforce/main.mjs [options]

Serves a local Salesforce org on 127.0.0.1 until it is ended.

  --port N               port (default: any free one)
  --accounts N           number of accounts to invent (default 200)
  --seed N               another seed, another org (default 1)
  --json                 first line of stdout: one object with url, client_id, client_secret, tokens
  --clock real|virtual   virtual time stands still until it is moved (default real)
  --start ISO            org time at the start, e.g. 2026-11-23T08:00:00Z
  --no-rotate            refresh tokens stay valid after use
  --consent              show a consent page instead of agreeing at once
  --redirect URI         register one more callback URI (repeatable)
  --api-version N        newest version the org offers (default 66)
  --session-minutes N    idle life of an access token (default 120)
  --pace                 jobs and downloads take as long as in a real org
  --edition NAME         what an edition allows: developer, professional, enterprise, unlimited, "full sandbox", ...
  --null-org             activity predicts nothing
  --no-chatter           an org without Chatter
  --contacts-to-multiple-accounts, --multi-currency, --person-accounts,
  --sandbox, --quirks    variants of the org
  --keep-pages           keep result pages once made: for benchmarks
  --set NAME=VALUE       any other switch of org.mjs (repeatable), e.g. --set timeoutRows=1000
  --late SHARE           share of new rows that become visible later than their stamp
  --help
`;

const OPTIONS = {
  port: { type: 'string' },
  accounts: { type: 'string' },
  seed: { type: 'string' },
  json: { type: 'boolean' },
  clock: { type: 'string' },
  start: { type: 'string' },
  rotate: { type: 'boolean' },
  'no-rotate': { type: 'boolean' },
  consent: { type: 'boolean' },
  redirect: { type: 'string', multiple: true },
  'api-version': { type: 'string' },
  'session-minutes': { type: 'string' },
  pace: { type: 'boolean' },
  edition: { type: 'string' },
  'null-org': { type: 'boolean' },
  'no-chatter': { type: 'boolean' },
  'contacts-to-multiple-accounts': { type: 'boolean' },
  'multi-currency': { type: 'boolean' },
  sandbox: { type: 'boolean' },
  'person-accounts': { type: 'boolean' },
  quirks: { type: 'boolean' },
  late: { type: 'string' },
  'keep-pages': { type: 'boolean' },
  set: { type: 'string', multiple: true },
  help: { type: 'boolean' },
};

function optionsOf(values) {
  const number = (name) => (values[name] === undefined ? undefined : Number(values[name]));
  const given = {
    port: number('port'),
    accounts: number('accounts'),
    seed: number('seed'),
    apiVersion: number('api-version'),
    sessionMinutes: number('session-minutes'),
    lateShare: number('late'),
    clock: values.clock,
    start: values.start ? Date.parse(values.start) : undefined,
    rotate: values['no-rotate'] ? false : undefined,
    autoConsent: values.consent ? false : undefined,
    pace: values.pace,
    keepPages: values['keep-pages'],
    edition: values.edition,
    nullOrg: values['null-org'],
    chatter: values['no-chatter'] ? false : undefined,
    multiCurrency: values['multi-currency'],
    contactsToMultipleAccounts: values['contacts-to-multiple-accounts'],
    sandbox: values.sandbox,
    personAccounts: values['person-accounts'],
    quirks: values.quirks,
  };
  const options = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  for (const text of values.set ?? []) Object.assign(options, switchOf(text));
  for (const [name, value] of Object.entries(options)) {
    if (Number.isNaN(value)) throw new Error(`--${name}: not a number`);
  }
  if (options.clock && !['real', 'virtual'].includes(options.clock))
    throw new Error('--clock: real or virtual');
  return options;
}

/** `NAME=VALUE`, the value as JSON where it is one. */
function switchOf(text) {
  const [name, value] = text.split(/=(.*)/s);
  if (!(name in DEFAULTS) || value === undefined)
    throw new Error(`--set ${text}: no switch ${name}, or no value`);
  try {
    return { [name]: JSON.parse(value) };
  } catch {
    return { [name]: value };
  }
}

function forPeople(server) {
  const { url, client, tokens, org } = server;
  const accounts = org.tables.get('Account').count,
    contacts = org.tables.get('Contact').count;
  const opportunities = org.tables.get('Opportunity').count;
  const activities = org.tables.get('Task').count + org.tables.get('Event').count;
  return `A local Salesforce org is at ${url}
  ${accounts} accounts, ${contacts} contacts, ${opportunities} opportunities, ${activities} activities
  ${url}/ shows what is in it

  client id      ${client.id}
  client secret  ${client.secret}
  access token   ${tokens.access_token}
  refresh token  ${tokens.refresh_token}
  callbacks      ${org.auth.redirectUris.join(' ')}

Try:
  curl -s -H 'Authorization: Bearer ${tokens.access_token}' \\
    '${url}/services/data/v66.0/query?q=SELECT+Id,Name,ARR__c+FROM+Account+LIMIT+3'

  PERLY_CLIENT_SECRET=${client.secret} \\
    perly connect --login-url ${url} --client-id ${client.id} --connection local

Ctrl-C ends it.
`;
}

async function main() {
  let values;
  try {
    ({ values } = parseArgs({ options: OPTIONS, allowPositionals: false }));
    if (values.help) {
      process.stdout.write(HELP);
      return;
    }
    const server = await startServer(optionsOf(values));
    for (const uri of values.redirect ?? []) server.org.auth.redirectUris.push(uri);
    const { url, client, tokens, org } = server;
    if (values.json) {
      const line = {
        url,
        client_id: client.id,
        client_secret: client.secret,
        ...tokens,
        org_id: org.ids.text(org.id),
        user_id: org.ids.text(org.connectedUser),
        seed: org.options.seed,
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    } else process.stdout.write(forPeople(server));
    for (const signal of ['SIGINT', 'SIGTERM'])
      process.on(signal, () => {
        server.close().then(() => process.exit(0));
      });
  } catch (error) {
    process.stderr.write(
      `local salesforce: ${error.message}\n  node tests/salesforce/main.mjs --help tells the options\n`,
    );
    process.exitCode = 4;
  }
}

await main();
