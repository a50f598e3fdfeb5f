/** seal, unseal and sign of both hosts: each opens what the other sealed, and neither what was changed. */
import assert from 'node:assert/strict';
import { createHash, createVerify, generateKeyPairSync } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { End } from '../../host-node/src/ports.mjs';
import { openKeys } from '../../host-node/src/seal.mjs';
import { RecordWriter } from '../../wasm/record.mjs';
import { NativeDriver, NativeKind } from '../store/native_driver.mjs';
import { endsWith } from '../store/subject.mjs';

const folder = mkdtempSync(join(tmpdir(), 'perly-seal-'));
after(() => rmSync(folder, { recursive: true }));

const keyA = 'a1'.repeat(32);
const keyB = 'b2'.repeat(32);
const secret = Buffer.from('{"refresh_token":"fake"}');

/** @param {string} purpose @param {Uint8Array} bytes */
const record = (purpose, bytes) => new RecordWriter().text(purpose).bytes(bytes).finish();

/** The same calls on either host. @param {string} host @param {string} key */
function keysOf(host, key) {
  if (host === 'node') return { ...openKeys({ key }), close: async () => {} };
  const driver = new NativeDriver(join(folder, 'x.db'), { PERLY_KEY: key });
  return {
    seal: (/** @type {Uint8Array} */ bytes) => driver.plain(NativeKind.seal, bytes),
    unseal: (/** @type {Uint8Array} */ bytes) => driver.plain(NativeKind.unseal, bytes),
    close: () => driver.close(),
  };
}

for (const from of ['node', 'native']) {
  for (const to of ['node', 'native']) {
    test(`sealed by ${from}, opened by ${to}`, async () => {
      const sealer = keysOf(from, keyA);
      const opener = keysOf(to, `${keyB},${keyA}`);
      for (const plain of [secret, Buffer.alloc(0), Buffer.alloc(100000, 7)]) {
        const envelope = await sealer.seal(record('00Dxx|tokens', plain));
        const id = createHash('sha256').update(Buffer.from(keyA, 'hex')).digest('hex').slice(0, 8);
        assert.equal(Buffer.from(envelope.subarray(0, 7)).toString('hex'), `505301${id}`);
        assert.equal(envelope.length, 7 + 12 + plain.length + 16);
        assert.deepEqual(Buffer.from(await opener.unseal(record('00Dxx|tokens', envelope))), plain);
        await endsWith(opener.unseal(record('00Dyy|tokens', envelope)), End.failed);
      }
      const envelope = await sealer.seal(record('p', secret));
      for (let at = 0; at < envelope.length; at++) {
        const changed = Uint8Array.from(envelope);
        changed[at] ^= 1;
        await endsWith(opener.unseal(record('p', changed)), End.failed);
      }
      await endsWith(opener.unseal(record('p', envelope.subarray(0, 34))), End.failed);
      await endsWith(keysOf('node', keyB).unseal(record('p', envelope)), End.failed, /another key/);
      await sealer.close();
      await opener.close();
    });
  }
}

test('a key file is made once, for its owner alone', async () => {
  const keyFile = join(folder, 'made.key');
  const envelope = await openKeys({ key: '', keyFile }).seal(record('p', secret));
  assert.equal(statSync(keyFile).mode & 0o777, 0o600);
  assert.match(readFileSync(keyFile, 'utf8'), /^[0-9a-f]{64}\n$/);
  assert.deepEqual(Buffer.from(await openKeys({ key: '', keyFile }).unseal(record('p', envelope))), secret);
  chmodSync(keyFile, 0o640);
  assert.throws(() => openKeys({ key: '', keyFile }), /chmod 600/);
  writeFileSync(keyFile, 'not a key', { mode: 0o600 });
  chmodSync(keyFile, 0o600);
  assert.throws(() => openKeys({ key: '', keyFile }), /64 hex digits/);
  assert.throws(() => openKeys({ key: 'short' }), /64 hex digits/);
  assert.throws(() => openKeys({ key: '' }), /PERLY_KEY/);
});

test('sign: RS256 under a key that has a name', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  writeFileSync(join(folder, 'jwt.pem'), privateKey.export({ type: 'pkcs8', format: 'pem' }), {
    mode: 0o600,
  });
  const keys = openKeys({ key: keyA, signFolder: folder });
  const signature = await keys.sign(record('jwt', secret));
  assert.ok(createVerify('RSA-SHA256').update(secret).verify(publicKey, signature));
  await endsWith(keys.sign(record('missing', secret)), End.failed, /missing/);
  await endsWith(keys.sign(record('../jwt', secret)), End.failed, /no signing key/);
});
