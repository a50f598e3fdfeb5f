/**
 * A storage adapter under test, spoken to in plain objects.
 */
import assert from 'node:assert/strict';
import { BatchReader, RecordReader } from '../../wasm/record.mjs';
import { applyRecord, batch, compareRecord, queryRecord, schemaRecord, typesOf } from './records.mjs';

/** @typedef {import('../../host-node/src/ports.mjs').Store} Store */
/** @typedef {import('../../wasm/record.mjs').Value} Value */
/** @typedef {import('./records.mjs').TypeName} TypeName */
/** @typedef {import('./records.mjs').Statement} Statement */

export class Subject {
  store;

  /** @param {Store} store */
  constructor(store) {
    this.store = store;
  }

  get dialect() {
    return this.store.dialect;
  }

  /** @param {import('./records.mjs').Schema} schema */
  migrate(schema) {
    return this.store.migrate(schemaRecord(schema));
  }

  /** The affected rows of each operation. @param {...import('./records.mjs').Operation} operations */
  async apply(...operations) {
    const reader = new RecordReader(await this.store.apply(applyRecord(operations, this.dialect)));
    const affected = operations.map(() => reader.uint32());
    assert.ok(reader.done, 'the record of affected rows has one field an operation');
    return affected;
  }

  /**
   * The batches of a query, as they come.
   * @param {Statement} statement
   * @param {{ row?: Value[], types: TypeName[], bytes?: number, signal?: AbortSignal }} options
   */
  batches(statement, { signal, ...options }) {
    return this.store.query(queryRecord(statement, { ...options, dialect: this.dialect }), { signal });
  }

  /**
   * The rows of a query, which fit one batch; its bytes must be those that the core would write itself.
   * @param {Statement} statement
   * @param {{ row?: Value[], types: TypeName[] }} options
   */
  async rows(statement, options) {
    const batches = [];
    for await (const bytes of this.batches(statement, options)) batches.push(Uint8Array.from(bytes));
    assert.ok(batches.length <= 1, 'few rows come in one batch, no rows in none');
    if (batches.length === 0) return [];
    const rows = [...new BatchReader(batches[0], typesOf(options.types)).rows()];
    assert.deepEqual(Buffer.from(batches[0]), Buffer.from(batch(options.types, rows)), 'bytes of the batch');
    return rows;
  }

  /** @param {import('./records.mjs').Compare} compare */
  async compare(compare) {
    const reader = new RecordReader(await this.store.compare(compareRecord(compare)));
    const verdicts = [...reader.bytes()];
    const types = typesOf(['text', ...compare.old.map((column) => column.type)]);
    const bytes = reader.batch();
    const old = bytes.length === 0 ? [] : [...new BatchReader(bytes, types).rows()];
    assert.ok(reader.done, 'nothing follows the old rows');
    return { verdicts, old };
  }
}

/** Asserts that a call ends so. @param {Promise<unknown>} call @param {number} end @param {RegExp} [text] */
export async function endsWith(call, end, text = /./) {
  await assert.rejects(call, (/** @type {any} */ error) => {
    assert.equal(error.end, end, `ended ${error.end}: ${error.message}`);
    assert.match(error.message, text);
    return true;
  });
}
