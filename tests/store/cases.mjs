/**
 * The conformance suite of storage adapters: every case runs on every adapter, each on a fresh database.
 */
import { faultCases } from './cases_fault.mjs';
import { loadCases } from './cases_load.mjs';
import { readCases } from './cases_read.mjs';
import { schemaCases } from './cases_schema.mjs';
import { writeCases } from './cases_write.mjs';

/** @typedef {{ sqlite: string, postgresql: string }} Texts by database */

/**
 * What a case gets of an adapter.
 * @typedef {object} Ground
 * @property {() => Promise<import('./subject.mjs').Subject>} open the same database, by another connection
 * @property {(table: string) => Promise<() => Promise<void>>} lock as another process would
 * @property {(texts: Texts) => string} sql
 */

/** @typedef {{ name: string, run: (ground: Ground) => Promise<void> }} Case */

/** @type {Case[]} */
export const cases = [...schemaCases, ...writeCases, ...loadCases, ...readCases, ...faultCases];
