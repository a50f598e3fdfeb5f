// org.mjs CSV [OTHER.csv ...] [--gzip] [--page ROWS] [--port N]
// The org of the pull benchmarks: peers/sf_mock.mjs runs in this process, unchanged, and serves every peer. Added
// is what perly asks besides: login, identity, versions, a describe made from the CSV's header, jobs that tell
// apiVersion 66, and jobs without rows for the other objects. Requests of version 66 are perly's; they get the same
// rows with the column MasterRecordId, which every org's Account has and the generator's does not. GET /bench?use=N
// says from which of the files (0: the first) perly's next jobs come. With --gzip its pages are sent compressed; they
// are compressed beforehand, once.
import { createReadStream, createWriteStream, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { Readable, Writable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { gzipSync } from 'node:zlib';

const ORG = '00Dxx0000001gPLEAY';
const USER = '005xx000001SwiUAAS';
const OTHER_JOB = '750xx0000000002AAA';
const OTHERS = {
  Account: 'Id:id SystemModstamp:datetime IsDeleted:boolean MasterRecordId:reference',
  Contact: 'Id:id SystemModstamp:datetime IsDeleted:boolean MasterRecordId:reference AccountId:reference Name:string Title:string IsEmailBounced:boolean',
  Opportunity: 'Id:id SystemModstamp:datetime IsDeleted:boolean AccountId:reference Name:string StageName:picklist Amount:currency CloseDate:date Type:picklist IsClosed:boolean IsWon:boolean CreatedDate:datetime',
  Task: 'Id:id SystemModstamp:datetime IsDeleted:boolean AccountId:reference WhoId:reference TaskSubtype:picklist CallType:picklist ActivityDate:date CompletedDateTime:datetime CreatedDate:datetime IsClosed:boolean OwnerId:reference',
  Event: 'Id:id SystemModstamp:datetime IsDeleted:boolean AccountId:reference WhoId:reference IsChild:boolean IsRecurrence:boolean StartDateTime:datetime ActivityDateTime:datetime OwnerId:reference',
  User: 'Id:id SystemModstamp:datetime Name:string IsActive:boolean ManagerId:reference TimeZoneSidKey:picklist',
  OpportunityContactRole: 'Id:id SystemModstamp:datetime IsDeleted:boolean ContactId:reference OpportunityId:reference Role:picklist',
  AccountContactRole: 'Id:id SystemModstamp:datetime IsDeleted:boolean ContactId:reference AccountId:reference Role:picklist',
};
const SOAP = { id: 'tns:ID', reference: 'tns:ID', boolean: 'xsd:boolean', datetime: 'xsd:dateTime', date: 'xsd:date', currency: 'xsd:double', double: 'xsd:double', int: 'xsd:int' };

const files = process.argv.slice(2).filter((argument) => argument.endsWith('.csv'));
const [csv] = files;
const gzip = process.argv.includes('--gzip');
process.argv.splice(2, process.argv.length - 2, csv, ...process.argv.slice(2 + files.length));
for (const file of files) if (!existsSync(`${file}.master`)) await addMaster(file, `${file}.master`);

// The mocks: one for each file, whose handlers answer perly; the last answers the peers, and it is what listens.
const handlers = [];
const createServer = http.createServer;
let ready = false;
let current = 0;
http.createServer = (handler) => {
  handlers.push(handler);
  // A peer that works on a page for longer than the server's five seconds would find its connection closed.
  return ready ? Object.assign(createServer(answer), { keepAliveTimeout: 600000 }) : { listen: () => {} };
};
const columns = await header(csv);

/** Appends a column to every record; the file is made once. @param {string} from @param {string} to */
async function addMaster(from, to) {
  let quoted = false;
  let first = true;
  async function* widen(source) {
    for await (const chunk of source) {
      let start = 0;
      for (let i = 0; i < chunk.length; i++) {
        if (chunk[i] === 34) quoted = !quoted;
        else if (chunk[i] === 10 && !quoted) {
          yield chunk.subarray(start, i);
          yield Buffer.from(first ? ',"MasterRecordId"\n' : ',""\n');
          first = false;
          start = i + 1;
        }
      }
      yield chunk.subarray(start);
    }
  }
  async function* joined(source) {
    let parts = [];
    for await (const part of widen(source)) {
      parts.push(part);
      if (parts.length === 8192) {
        yield Buffer.concat(parts);
        parts = [];
      }
    }
    yield Buffer.concat(parts);
  }
  await pipeline(createReadStream(from, { highWaterMark: 1 << 20 }), joined, createWriteStream(`${to}.part`));
  renameSync(`${to}.part`, to);
}

/** What the mock answers to one request, in memory. */
class Answer extends Writable {
  /** @type {{ [name: string]: string }} */
  headers = {};
  /** @type {Buffer[]} */
  parts = [];
  /** @param {number} status @param {{ [name: string]: string }} headers */
  writeHead(status, headers) {
    this.headers = headers;
  }
  /** @param {Buffer} chunk @param {string} encoding @param {() => void} done */
  _write(chunk, encoding, done) {
    this.parts.push(chunk);
    done();
  }
}

/**
 * The gzipped pages of each file, kept beside it: [{ headers, file }]. The mock that makes them is one more, which is
 * forgotten afterwards.
 * @param {string[]} files
 */
async function compressed(files) {
  const all = [];
  for (const file of files) {
    const list = `${file}.pages.json`;
    if (!existsSync(list)) {
      process.argv[2] = `${file}.master`;
      await import(`./peers/sf_mock.mjs?gzip=${encodeURIComponent(file)}`);
      const handler = handlers.pop();
      const made = [];
      for (let locator = '0'; locator !== 'null'; locator = made.at(-1).headers['sforce-locator']) {
        const answer = new Answer();
        handler({ url: `/services/data/v66.0/jobs/query/750xx0000000001AAA/results?locator=${locator}`, method: 'GET' }, answer);
        await finished(answer);
        const page = `${file}.page${made.length}.gz`;
        writeFileSync(page, gzipSync(Buffer.concat(answer.parts), { level: 6 }));
        made.push({ headers: answer.headers, file: page });
      }
      writeFileSync(list, JSON.stringify(made));
    }
    all.push(JSON.parse(readFileSync(list, 'utf8')));
  }
  return all;
}

/** The names in the first record. @param {string} file */
async function header(file) {
  for await (const chunk of createReadStream(file)) {
    const line = chunk.subarray(0, chunk.indexOf(10)).toString();
    return line.replaceAll('"', '').split(',');
  }
  return [];
}

/** The type that Salesforce's describe gives a field of the generator. @param {string} name */
function typeOf(name) {
  if (name === 'Id') return 'id';
  if (/Date$|Modstamp$/.test(name) && name !== 'LastActivityDate') return 'datetime';
  if (name === 'LastActivityDate') return 'date';
  if (name === 'IsDeleted') return 'boolean';
  if (name === 'NumberOfEmployees') return 'int';
  if (name === 'AnnualRevenue' || name === 'ARR__c') return 'currency';
  if (name === 'NPS__c') return 'double';
  return name.endsWith('Id') ? 'reference' : 'string';
}

/** @param {string} object */
function describe(object) {
  const fields = OTHERS[object].split(' ').map((field) => field.split(':'));
  if (object === 'Account') for (const name of columns) if (!fields.some((field) => field[0] === name)) fields.push([name, typeOf(name)]);
  return {
    name: object,
    label: object,
    queryable: true,
    fields: fields.map(([name, type]) => ({ name, label: name, type, soapType: SOAP[type] ?? 'xsd:string', filterable: true })),
  };
}

/** The describes of all objects in one call. @param {http.IncomingMessage} request @param {http.ServerResponse} response */
async function composite(request, response) {
  const { compositeRequest } = JSON.parse((await bodyOf(request)).toString());
  const answers = compositeRequest.map(({ url, referenceId }) => {
    const object = /\/sobjects\/(\w+)\/describe/.exec(url)?.[1] ?? '';
    const known = object in OTHERS;
    return { body: known ? describe(object) : [{ errorCode: 'NOT_FOUND', message: url }], httpHeaders: {}, httpStatusCode: known ? 200 : 404, referenceId };
  });
  send(response, 200, { compositeResponse: answers });
}

const oauth = {
  '/services/oauth2/authorize': (url) => ({
    location: `${url.searchParams.get('redirect_uri')}?code=bench-code&state=${encodeURIComponent(url.searchParams.get('state') ?? '')}`,
  }),
  '/services/oauth2/token': (url) => ({
    access_token: 'bench-access-token', refresh_token: 'bench-refresh-token', instance_url: url.origin,
    id: `${url.origin}/id/${ORG}/${USER}`, token_type: 'Bearer', scope: 'api refresh_token',
  }),
  [`/id/${ORG}/${USER}`]: () => ({ organization_id: ORG, user_id: USER, username: 'bench@example.com', active: true, urls: {} }),
  '/services/data': () => [{ version: '66.0', url: '/services/data/v66.0', label: "Spring '26" }],
};

/** @param {http.IncomingMessage} request */
async function bodyOf(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return Buffer.concat(parts);
}

/** @param {http.ServerResponse} response @param {number} status @param {any} body */
function send(response, status, body) {
  if (body?.location) response.writeHead(302, body).end();
  else response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** perly goes on with the version that the job tells. @param {http.ServerResponse} response */
function tellVersion66(response) {
  const end = response.end;
  response.end = (text, ...rest) => end.call(response, typeof text === 'string' ? text.replace('"apiVersion":60', '"apiVersion":66.0') : text, ...rest);
  return response;
}

/** A result without a row: perly looks at it before it believes that an object has none. @param {http.ServerResponse} response */
function noRows(response) {
  response.writeHead(200, { 'content-type': 'text/csv', 'sforce-numberofrecords': '0', 'sforce-locator': 'null' }).end('"Id"\n');
}

/** A Bulk job of perly's: sf_mock.mjs answers those of Account. @param {http.IncomingMessage} request @param {http.ServerResponse} response */
async function bulk(request, response, path) {
  if (request.method !== 'POST') {
    if (!path.includes(OTHER_JOB)) return gzip && path.endsWith('/results') ? zipped(request, response) : handlers[current](request, tellVersion66(response));
    if (path.endsWith('/results')) return noRows(response);
    return request.method === 'DELETE' ? response.writeHead(204).end() : send(response, 200, { ...otherJob, state: 'JobComplete' });
  }
  const { query } = JSON.parse((await bodyOf(request)).toString());
  if (!/ FROM Account( |$)/.test(query)) return send(response, 200, { ...otherJob, state: 'UploadComplete' });
  selected = query;
  const again = Object.assign(Readable.from([]), { url: request.url, method: request.method });
  return handlers[current](again, tellVersion66(response));
}

/** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
function zipped(request, response) {
  const { headers, file } = pages[current][Number(new URL(request.url ?? '/', 'http://localhost').searchParams.get('locator') ?? 0)];
  response.writeHead(200, { ...headers, 'content-encoding': 'gzip' });
  createReadStream(file, { highWaterMark: 1 << 18 }).pipe(response);
}
const otherJob = { id: OTHER_JOB, operation: 'queryAll', object: 'Contact', contentType: 'CSV', apiVersion: 66.0, numberRecordsProcessed: 0 };
let selected = '';
let firstPage = 0;

/** @param {http.IncomingMessage} request @param {http.ServerResponse} response */
async function answer(request, response) {
  const url = new URL(request.url ?? '/', `http://${request.headers.host}`);
  if (url.pathname === '/bench') {
    current = Number(url.searchParams.get('use') ?? current);
    return send(response, 200, { selected, firstPage });
  }
  const known = oauth[url.pathname];
  if (known) {
    await bodyOf(request);
    return send(response, 200, known(url));
  }
  if (url.pathname === '/services/data/v66.0/composite') return composite(request, response);
  if (!url.pathname.startsWith('/services/data/v66.0/jobs/query')) return handlers.at(-1)(request, response);
  // The clock of the pull: CLOCK_MONOTONIC, which the driver reads too. A first page has no locator.
  const isAccount = !url.pathname.includes(OTHER_JOB);
  if (isAccount && url.pathname.endsWith('/results') && !url.searchParams.has('locator')) firstPage = Number(process.hrtime.bigint()) / 1e6;
  return bulk(request, response, url.pathname);
}

const pages = gzip ? await compressed(files) : [];
for (const file of files) {
  process.argv[2] = `${file}.master`;
  await import(`./peers/sf_mock.mjs?perly=${encodeURIComponent(file)}`);
}
ready = true;
process.argv[2] = csv;
await import('./peers/sf_mock.mjs?peers');
