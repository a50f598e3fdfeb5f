/** The loader, on both builds: what crosses, what a trap leaves behind, and the example of ABI.md. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { CoreTrap, instantiate } from '../../wasm/loader.mjs';
import {
  BatchReader,
  BatchWriter,
  ColumnType,
  RecordError,
  RecordReader,
  RecordWriter,
} from '../../wasm/record.mjs';
import { builds, scriptedModule } from './modules.mjs';

const wasm = join(import.meta.dirname, '../../wasm');

/** Ports that note every call. */
function notingPorts() {
  /** @type {[string, ...any[]][]} */
  const calls = [];
  const names = [
    'http_send',
    'store_migrate',
    'store_apply',
    'store_query',
    'store_compare',
    'flow',
    'cancel',
    'timer',
  ];
  const others = ['random', 'seal', 'unseal', 'sign', 'log', 'event'];
  const ports = Object.fromEntries(
    [...names, ...others].map((name) => [
      name,
      (/** @type {any[]} */ ...args) => void calls.push([name, ...args]),
    ]),
  );
  return {
    calls,
    ports: /** @type {import('../../wasm/loader.mjs').Ports} */ (/** @type {unknown} */ (ports)),
  };
}

/** @param {string} build @param {Partial<import('../../wasm/loader.mjs').Ports>} [own] */
async function started(build, own) {
  const { calls, ports } = notingPorts();
  const core = await instantiate(scriptedModule(build), { ...ports, ...own });
  assert.equal(core.call('perly_core_new', 1), 1);
  return { core, calls };
}

for (const build of builds) {
  describe(`loader: ${build}`, () => {
    test('imports perly_host and nothing else', () => {
      const modules = WebAssembly.Module.imports(scriptedModule(build)).map(({ module }) => module);
      assert.deepEqual([...new Set(modules)], ['perly_host']);
    });

    test('bytes and texts go in and come out, copied', async () => {
      const { core, calls } = await started(build);
      assert.deepEqual(calls.shift(), ['event', '"new 0 1 0 "']);
      const request = Uint8Array.from([72, ...Array.from({ length: 256 }, (_, i) => i)]);
      assert.equal(core.call('perly_command_run', 1, 2, request), 0);
      assert.deepEqual(calls.shift(), ['http_send', 1, 1, request.slice(1)]);
      core.call('perly_http_head', 1, 2, 1, 200, 'x: caf\u00e9');
      assert.deepEqual(calls.shift(), ['event', '"head 1 200 8 783a20636166c3a9"']);
      core.call('perly_http_end', 1, 2, 1, 2, '');
      assert.deepEqual(calls.shift(), ['event', '"http_end 1 2 0 "']);
      assert.equal(core.call('perly_core_busy'), 0);
      core.call('perly_command_run', 1795420800123, 2, 'n');
      assert.deepEqual(calls.shift(), ['event', '"now 0 1795420800123 0 "']);
      core.call('perly_command_run', 1, 2, 'l\u{1F600}');
      assert.deepEqual(calls.shift(), ['log', 2, '\u{1F600}']);
      core.call('perly_core_free');
    });

    test('random fills the guest in place; memory that grows does not confuse', async () => {
      const { core, calls } = await started(build, { random: (bytes) => void bytes.fill(0xab) });
      const before = core.memoryBytes;
      assert.ok(before <= 1 << 20, `${before} bytes at first`);
      core.call('perly_command_run', 1, 2, 'r');
      assert.deepEqual(calls.pop(), ['event', `"random 0 0 16 ${'ab'.repeat(16)}"`]);
      for (let i = 0; i < 3; i++) core.call('perly_command_run', 1, 2, 'g');
      assert.deepEqual(calls.pop(), ['event', '"grown 0 1 1 67"']);
      assert.ok(core.memoryBytes > before);
      const large = new Uint8Array(8 << 20).fill(0x68);
      core.call('perly_command_run', 1, 2, large);
      assert.equal(calls.pop()?.[3].length, large.length - 1);
    });

    test('no memory is left behind by what goes in', async () => {
      const { core } = await started(build);
      const bytes = new Uint8Array(100000);
      for (let i = 0; i < 20; i++) core.call('perly_command_run', 1, 2, bytes);
      const { memoryBytes } = core;
      for (let i = 0; i < 500; i++) core.call('perly_command_run', 1, 2, bytes);
      assert.equal(core.memoryBytes, memoryBytes);
    });

    for (const [what, command] of [
      ['a trap', 'x'],
      ['a stack overflow', 'o'],
    ]) {
      test(`${what} poisons the instance, and another one works`, async () => {
        const { core } = await started(build);
        assert.throws(() => core.call('perly_command_run', 1, 2, command), CoreTrap);
        assert.throws(() => core.call('perly_core_busy'), { code: 'PERLY_CORE_TRAP' });
        const { core: other } = await started(build);
        assert.equal(other.call('perly_core_busy'), 0);
      });
    }

    test('a port that throws, or that calls back, poisons the instance', async () => {
      const cause = new Error('no network');
      const throwing = await started(build, {
        http_send() {
          throw cause;
        },
      });
      const call = () => throwing.core.call('perly_command_run', 1, 2, 'h');
      assert.throws(call, (/** @type {any} */ error) => error instanceof CoreTrap && error.cause === cause);
      assert.throws(call, CoreTrap);
      /** @type {any} */
      const inner = {};
      const calling = await started(build, { http_send: () => void inner.core.call('perly_core_busy') });
      inner.core = calling.core;
      assert.throws(() => inner.core.call('perly_command_run', 1, 2, 'h'), /from inside one of its ports/);
    });
  });
}

test('a module of another version, and one of none, are refused', async () => {
  // (module (func (export "perly_abi_v2"))), and the same with nothing exported.
  const head = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
  const name = [...Buffer.from('perly_abi_v2')];
  const v2 = [
    ...head,
    1,
    4,
    1,
    0x60,
    0,
    0,
    3,
    2,
    1,
    0,
    7,
    name.length + 4,
    1,
    name.length,
    ...name,
    0,
    0,
    10,
    4,
    1,
    2,
    0,
    11,
  ];
  await assert.rejects(instantiate(Uint8Array.from(v2)), /speaks version 1 of the ABI, the module 2/);
  await assert.rejects(instantiate(Uint8Array.from(head)), /the module none/);
});

test('the example batch of ABI.md, read and written', () => {
  const page = readFileSync(join(wasm, 'ABI.md'), 'utf8');
  const [, json] = /```json\n(.*?)```/s.exec(page) ?? [];
  const [, dump] = /```hexdump\n(.*?)```/s.exec(page) ?? [];
  const bytes = Buffer.from(dump.replace(/^[0-9a-f]{4} /gm, '').replace(/\s/g, ''), 'hex');
  const types = Object.values(ColumnType);
  const rows = JSON.parse(json).map((/** @type {any[]} */ row) =>
    row.map((value, column) => {
      if (value === null) return null;
      if (types[column] === ColumnType.int64) return BigInt(value);
      return types[column] === ColumnType.bytes ? Uint8Array.from(Buffer.from(value, 'hex')) : value;
    }),
  );
  const writer = new BatchWriter(types);
  for (const row of rows) writer.append(row);
  assert.equal(Buffer.from(writer.finish()).toString('hex'), bytes.toString('hex'));
  assert.deepEqual([...new BatchReader(Uint8Array.from(bytes), types).rows()], rows);
});

test('a batch that lies about itself is refused', () => {
  const types = [ColumnType.text, ColumnType.int64];
  const good = new BatchWriter(types).append(['text', 1n]).finish();
  const read = (/** @type {Uint8Array} */ bytes) => [...new BatchReader(bytes, types).rows()];
  assert.deepEqual(read(good), [['text', 1n]]);
  for (let at = 0; at < 32; at++) {
    const bad = good.slice();
    bad[at] ^= 0x40;
    assert.throws(() => read(bad), RecordError, `byte ${at}`);
  }
  for (const at of [40, 41, 42, 43, 44, 45, 46, 47]) {
    const bad = good.slice();
    bad[at] = 0xff;
    assert.throws(() => read(bad), RecordError, `text range, byte ${at}`);
  }
  for (let length = 1; length < good.length; length++)
    assert.throws(() => read(good.slice(0, length)), RecordError);
  assert.deepEqual(read(new Uint8Array([...new Uint8Array(3), ...good]).subarray(3)), [['text', 1n]]);
});

test('fields of a record, in order, and no further', () => {
  const batch = new BatchWriter([ColumnType.bool]).append([true]).finish();
  const record = new RecordWriter()
    .uint32(7)
    .text('caf\u00e9')
    .batch(batch)
    .batch(new Uint8Array(0))
    .uint32(9)
    .finish();
  const reader = new RecordReader(record);
  assert.deepEqual(
    [reader.uint32(), reader.text(), reader.batch(), reader.batch(), reader.uint32(), reader.done],
    [7, 'caf\u00e9', batch, new Uint8Array(0), 9, true],
  );
  assert.throws(() => reader.uint32(), RecordError);
  assert.throws(() => new RecordReader(record.subarray(0, 6)).text(), RecordError);
});

test('the JavaScript between import and score is at most 8 KB gzipped', () => {
  const sizes = ['loader.mjs', 'record.mjs'].map(
    (name) => gzipSync(readFileSync(join(wasm, name)), { level: 9 }).length,
  );
  assert.ok(sizes.reduce((a, b) => a + b) <= 8192, `${sizes} bytes`);
});
