/**
 * Scoring without a store, a network or an org: perly_score.wasm (wasm/ABI.md) for Node and browsers alike. The
 * numbers are those of the whole core, bit for bit.
 *
 *     const scorer = new Scorer(module, { config: '{"model": ...}', name: 'perly.json' });
 *     scorer.add('account', [{ id: '001A', name: 'Acme', created: Date.UTC(2024, 0, 1) }]);
 *     scorer.add('activity', [{ id: '00TA', account_id: '001A', kind: 'call', at: Date.now(), done: true }]);
 *     for (const { account_id, score, level, reasons } of scorer.score(Date.now())) { ... }
 *
 * Rows are objects of columns (`scorer.tables` lists them), or a whole batch as bytes. The scores of one run are
 * the `health` rows of the next: `scorer.add('health', before)`; without them every score is a first one.
 */
import { Core } from './loader.mjs';
import { BatchReader, BatchWriter, ColumnType } from './record.mjs';

/** @typedef {keyof typeof ColumnType} TypeName */
/** @typedef {{ name: string, type: TypeName }} Column */
/** @typedef {Record<string, import('./record.mjs').Value>} Row values by column; what is left out is absent */
/**
 * @typedef {object} ScorerOptions
 * @property {string} [config] text of the configuration; default: the built-in one
 * @property {string} [name] its name in mistakes
 * @property {Uint8Array} [zones] the bytes of perly_zones.bin; without them a named time zone is a mistake
 * @property {{ table: string, name: string, type: TypeName }[]} [columns] types of the mapped columns, in the
 *   configuration's order; default: those that the expressions tell
 */
/**
 * @typedef {object} Mistake
 * @property {string} code
 * @property {string} class
 * @property {string} message
 * @property {string} remedy what a person can do
 * @property {string} [source]
 * @property {string} [pointer] JSON pointer into the configuration
 * @property {number} [line]
 * @property {number} [column]
 */
/**
 * @typedef {object} Score
 * @property {string} account_id
 * @property {number | null} score 0 to 100; null: not scored, `unscored` says why
 * @property {'Low' | 'Medium' | 'High' | 'Critical' | null} level
 * @property {string | null} candidate a better level that is being held, since `candidate_since`, until `due`
 * @property {number | null} candidate_since
 * @property {number | null} due
 * @property {number | null} raw the score before it is rounded
 * @property {number} coverage
 * @property {boolean | null} changed the level is another than in `health`
 * @property {string | null} unscored
 * @property {{ component?: string, gate?: string, label: string, points: number, text: string }[]} reasons
 *   the weightiest first; points are thousandths
 * @property {Record<string, any>[]} components
 * @property {any} signals
 */

/** The configuration has mistakes, or rows are not what the table wants. */
export class ScorerError extends Error {
  /** @param {Mistake[]} issues all of them */
  constructor(issues) {
    super(issues.map(({ message, pointer }) => (pointer ? `${pointer}: ${message}` : message)).join('\n'));
    this.name = 'ScorerError';
    this.code = issues[0]?.code;
    this.issues = issues;
  }
}

/** What a column takes, and whether a value is that. @type {Record<TypeName, { what: string, is: (value: unknown) => boolean }>} */
const KINDS = {
  text: { what: 'a string', is: (value) => typeof value === 'string' },
  list: { what: 'a string', is: (value) => typeof value === 'string' },
  bytes: { what: 'a Uint8Array', is: (value) => value instanceof Uint8Array },
  bool: { what: 'true or false', is: (value) => typeof value === 'boolean' },
  double: { what: 'a number', is: (value) => Number.isFinite(value) },
  int64: { what: 'a whole number or a BigInt', is: (value) => (typeof value === 'bigint' ? BigInt.asIntN(64, value) === value : Number.isSafeInteger(value)) },
  time: { what: 'whole milliseconds since 1970', is: (value) => Number.isSafeInteger(value) },
};

/**
 * The values of a row in the order of the columns.
 * @param {string} table @param {Column[]} columns @param {Set<string>} names that a row may have @param {Row} row @param {number} number
 */
function valuesOf(table, columns, names, row, number) {
  const refuse = (/** @type {string} */ name, /** @type {string} */ why) => new TypeError(`${table}, row ${number}, ${name}: ${why}`);
  for (const name of Object.keys(row)) if (!names.has(name)) throw refuse(name, 'there is no such column');
  return columns.map(({ name, type }) => {
    const value = row[name];
    if (value !== undefined && value !== null && !KINDS[type].is(value)) {
      throw refuse(name, `takes ${KINDS[type].what}, not ${typeof value} ${String(value)}`);
    }
    return value;
  });
}

/** One compiled configuration and the rows of one run. */
export class Scorer {
  #core;
  /** @type {number[]} */
  #scoreTypes;

  /** @param {WebAssembly.Module} module @param {ScorerOptions} [options] */
  constructor(module, { zones, ...options } = {}) {
    this.#core = new Core(module);
    if (this.#core.call('perly_score_new') === 0) throw new RangeError('no memory for a scorer');
    if (zones !== undefined) this.#call('perly_score_zones', zones);
    const { hash, model_hash, tables, scores } = JSON.parse(
      this.#text('perly_score_open', JSON.stringify(options)),
    );
    /** of the whole configuration, and of mapping, filter and model alone (with the holidays, where these count business days) */
    this.hash = String(hash);
    this.modelHash = String(model_hash);
    /** @type {Record<string, Column[]>} the tables that `add` takes, with their columns */
    this.tables = tables;
    /** @type {Column[]} of the batch that `scoreBatch` gives */
    this.columns = scores;
    this.#scoreTypes = this.columns.map(({ type }) => ColumnType[type]);
  }

  /** @param {string} name @param {...(number | string | Uint8Array)} args */
  #call(name, ...args) {
    const done = this.#core.call(name, ...args) === 1;
    const [pointer, length] = [this.#core.call('perly_score_answer'), this.#core.call('perly_score_answer_length')];
    if (done) return { pointer, length };
    throw new ScorerError(JSON.parse(this.#core.text(pointer, length)).issues);
  }

  /** @param {string} name @param {...(number | string | Uint8Array)} args */
  #text(name, ...args) {
    const { pointer, length } = this.#call(name, ...args);
    return this.#core.text(pointer, length);
  }

  /**
   * Adds rows for the next run. A TypeError names the row and the column that is none, or has a value of another type.
   * @param {string} table @param {Iterable<Row> | Uint8Array} rows
   */
  add(table, rows) {
    this.#call('perly_score_add', table, rows instanceof Uint8Array ? rows : this.#batch(table, rows));
    return this;
  }

  /** @param {string} table @param {Iterable<Row>} rows */
  #batch(table, rows) {
    const columns = this.tables[table];
    if (columns === undefined) throw new TypeError(`there is no table ${table}`);
    const writer = new BatchWriter(columns.map(({ type }) => ColumnType[type]));
    // A score has more members than `health` takes.
    const names = new Set([...columns, ...(table === 'health' ? this.columns : [])].map(({ name }) => name));
    let number = 0;
    for (const row of rows) writer.append(valuesOf(table, columns, names, row, ++number));
    return writer.finish();
  }

  /** Scores what was added, in order of account, and forgets it. @param {number} now milliseconds since 1970 */
  scoreBatch(now) {
    const { pointer, length } = this.#call('perly_score_run', Number(now));
    return this.#core.bytes(pointer, length);
  }

  /** As scoreBatch, as objects. @param {number} now milliseconds since 1970 @returns {Score[]} */
  score(now) {
    const reader = new BatchReader(this.scoreBatch(now), this.#scoreTypes);
    return [...reader.rows()].map((values) => {
      const score = /** @type {any} */ (Object.fromEntries(this.columns.map(({ name }, i) => [name, values[i]])));
      for (const name of ['reasons', 'components', 'signals']) score[name] = JSON.parse(score[name]);
      score.score = score.score === null ? null : Number(score.score);
      return score;
    });
  }
}
