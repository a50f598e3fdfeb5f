/**
 * seal, unseal and sign (core/include/perly/host.h) by node:crypto. The key is the host's: 64 hex digits, in
 * PERLY_KEY or in a key file that only its owner may read. Two keys may stand there, the newer first
 * (PERLY_KEY: a comma between; the file: a line each): the first seals, both unseal. A key's id is the first
 * 4 bytes of its SHA-256. The same files and bytes serve host-native.
 */
import { createCipheriv, createDecipheriv, createHash, createSign, randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { RecordReader } from '../../wasm/record.mjs';
import { End, PortError } from './ports.mjs';

const MAGIC = Buffer.from('PS\x01', 'latin1');
const ID_BYTES = 4;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = MAGIC.length + ID_BYTES + NONCE_BYTES;
const CIPHER = 'aes-256-gcm';

/** @typedef {{ id: Buffer, bytes: Buffer }} Key */
/**
 * Each takes the port's record and answers the payload of its end, or throws a PortError.
 * @typedef {object} Keys
 * @property {(record: Uint8Array) => Promise<Uint8Array>} seal
 * @property {(record: Uint8Array) => Promise<Uint8Array>} unseal
 * @property {(record: Uint8Array) => Promise<Uint8Array>} sign
 */

/** @param {string} message */
const failed = (message) => new PortError(End.failed, message);

/**
 * @param {object} [options]
 * @param {string} [options.key] one or two keys, as in PERLY_KEY, whose value is the default
 * @param {string} [options.keyFile] where there is no PERLY_KEY; made when it is missing
 * @param {string} [options.signFolder] of private keys, NAME.pem
 * @returns {Keys}
 */
export function openKeys({ key = process.env.PERLY_KEY, keyFile, signFolder } = {}) {
  const keys = key ? keysOf(key.split(','), 'PERLY_KEY') : keysOfFile(keyFile);
  return {
    seal: async (record) => seal(keys[0], new RecordReader(record)),
    unseal: async (record) => unseal(keys, new RecordReader(record)),
    sign: async (record) => sign(signFolder, new RecordReader(record)),
  };
}

/** @param {string[]} texts @param {string} place @returns {Key[]} */
function keysOf(texts, place) {
  if (texts.length > 2 || !texts.every((text) => /^[0-9a-f]{64}$/i.test(text))) {
    throw failed(`${place} does not hold 64 hex digits, or two such keys`);
  }
  return texts.map((text) => {
    const bytes = Buffer.from(text, 'hex');
    return { bytes, id: createHash('sha256').update(bytes).digest().subarray(0, ID_BYTES) };
  });
}

/** @param {string | undefined} path */
function keysOfFile(path) {
  if (path === undefined) throw failed('no key: set PERLY_KEY, or name a key file');
  if (!existsSync(path)) {
    makeKeyFile(path);
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw failed(`other users may read the key file; run: chmod 600 ${path}`);
  }
  return keysOf(readFileSync(path, 'latin1').replace(/\n$/, '').split('\n'), path);
}

/** Elsewhere first, so that nobody ever finds half of it: not another process, and not after a crash. @param {string} path */
function makeKeyFile(path) {
  /** @type {string | undefined} */
  let folder;
  try {
    folder = mkdtempSync(`${path}.`);
    const whole = join(folder, 'key');
    writeFileSync(whole, `${randomBytes(32).toString('hex')}\n`, { mode: 0o600, flush: true });
    linkSync(whole, path);
  } catch (error) {
    const { code, message } = /** @type {any} */ (error);
    // Another process may have been faster; then its key is ours.
    if (code !== 'EEXIST') throw failed(`the key file cannot be made: ${path}: ${message}`);
  } finally {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
  }
}

/** @param {Key} key @param {RecordReader} record */
function seal({ id, bytes }, record) {
  const [purpose, plain] = [record.bytes(), record.bytes()];
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, bytes, nonce).setAAD(purpose);
  return Buffer.concat([MAGIC, id, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @param {Key[]} keys @param {RecordReader} record */
function unseal(keys, record) {
  const [purpose, envelope] = [record.bytes(), Buffer.from(record.bytes())];
  if (envelope.length < HEAD_BYTES + TAG_BYTES || !envelope.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw failed('these bytes are not an envelope of version 1');
  }
  const id = envelope.subarray(MAGIC.length, MAGIC.length + ID_BYTES);
  const key = keys.find((candidate) => candidate.id.equals(id));
  if (key === undefined) throw failed(`sealed under another key (${id.toString('hex')}): put that key back`);
  const nonce = envelope.subarray(MAGIC.length + ID_BYTES, HEAD_BYTES);
  const decipher = createDecipheriv(CIPHER, key.bytes, nonce, { authTagLength: TAG_BYTES });
  decipher.setAAD(purpose).setAuthTag(envelope.subarray(envelope.length - TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(envelope.subarray(HEAD_BYTES, -TAG_BYTES)), decipher.final()]);
  } catch {
    throw failed('the envelope was changed, or sealed for another purpose');
  }
}

/** @param {string | undefined} folder @param {RecordReader} record */
function sign(folder, record) {
  const [name, bytes] = [record.text(), record.bytes()];
  if (folder === undefined || !/^[A-Za-z0-9_-]+$/.test(name))
    throw failed(`no signing key is called "${name}"`);
  const file = join(folder, `${name}.pem`);
  if (!existsSync(file)) throw failed(`the signing key ${file} is missing`);
  return createSign('RSA-SHA256').update(bytes).sign(readFileSync(file));
}
