// Rows of one object, by column, so that millions of activities fit: numbers, ids and times are doubles (NaN
// = null), booleans bytes, texts shared strings. A row is an index; its id is its index plus the table's
// first serial.

/** Life of a row. A purged row left the recycle bin and is seen by nobody. */
export const LIVE = 0,
  DELETED = 1,
  PURGED = 2;

/** Storage of a field type: `number` for everything that is a double, `flag` for booleans, else `text`. */
export function storageOf(type) {
  if (type === 'boolean') return 'flag';
  return ['reference', 'id', 'int', 'double', 'currency', 'percent', 'date', 'datetime', 'time'].includes(
    type,
  )
    ? 'number'
    : 'text';
}

/** Distinct texts up to which a column keeps codes of two bytes instead of the texts themselves. */
const CODES = 60000;

/** One column; takes no memory until a value other than null (or false) is stored. */
class Column {
  constructor(kind) {
    this.kind = kind;
    this.data = null;
    /** Of a coded text column: code -> text (code 0 is null) and back. */
    this.texts = kind === 'text' ? [null] : null;
    this.codes = kind === 'text' ? new Map() : null;
  }

  get(row) {
    const data = this.data;
    if (!data || row >= data.length) return this.kind === 'flag' ? false : null;
    const value = data[row];
    if (this.kind === 'number') return value === value ? value : null;
    if (this.kind === 'flag') return value === 1;
    return this.texts ? this.texts[value] : (value ?? null);
  }

  /** `get` as a function of its own for each kind: what a query calls for every row. */
  reader() {
    if (this.kind === 'number') {
      return (row) => {
        const value = this.data === null ? NaN : this.data[row];
        return value === value ? (value ?? null) : null;
      };
    }
    if (this.kind === 'flag') return (row) => this.data !== null && this.data[row] === 1;
    return (row) => {
      const value = this.data === null ? undefined : this.data[row];
      return value === undefined ? null : this.texts === null ? value : this.texts[value];
    };
  }

  set(row, value) {
    if (!this.data || row >= this.data.length) {
      if (value === null || value === undefined || value === false) return;
      this.grow(row + 1);
    }
    if (this.kind === 'flag') this.data[row] = value ? 1 : 0;
    else if (this.kind === 'number') this.data[row] = value ?? NaN;
    else this.setText(row, value ?? null);
  }

  setText(row, value) {
    if (!this.texts) {
      this.data[row] = value ?? undefined;
      return;
    }
    let code = value === null ? 0 : this.codes.get(value);
    if (code === undefined) {
      if (this.texts.length >= CODES) {
        this.spell();
        this.data[row] = value;
        return;
      }
      code = this.texts.push(value) - 1;
      this.codes.set(value, code);
    }
    this.data[row] = code;
  }

  /** Too many different texts: keep them as they are from now on. */
  spell() {
    const { texts } = this;
    this.data = Array.from(this.data, (code) => texts[code] ?? undefined);
    this.texts = this.codes = null;
  }

  grow(size) {
    const capacity = Math.max(64, size + (size >> 1));
    if (this.kind === 'text' && !this.texts) {
      this.data.length = capacity;
      return;
    }
    const grown =
      this.kind === 'number'
        ? new Float64Array(capacity).fill(NaN)
        : this.kind === 'flag'
          ? new Uint8Array(capacity)
          : new Uint16Array(capacity);
    if (this.data) grown.set(this.data);
    this.data = grown;
  }
}

export class Table {
  /**
   * @param {object} ids the org's id space
   * @param {string} name
   * @param {string} prefix
   * @param {number} firstSerial
   */
  constructor(ids, name, prefix, firstSerial) {
    this.ids = ids;
    this.name = name;
    this.prefix = prefix;
    this.firstKey = ids.key(prefix, firstSerial);
    this.count = 0;
    this.columns = new Map();
    this.life = new Uint8Array(64);
    /** Called with the row before it changes; Bulk results that are not yet served keep the old line. */
    this.readers = new Set();
    this.unique = new Map();
    /** Undo log while a request is all-or-none: functions to be called in reverse. */
    this.journal = null;
  }

  column(name, type) {
    let column = this.columns.get(name);
    if (!column) this.columns.set(name, (column = new Column(storageOf(type))));
    return column;
  }

  dropColumn(name) {
    this.columns.delete(name);
    this.unique.delete(name);
  }

  keyOf(row) {
    return this.firstKey + row;
  }

  /** Row of a key, -1 if it is none of this table's. */
  rowOf(key) {
    const row = key - this.firstKey;
    return row >= 0 && row < this.count ? row : -1;
  }

  addRow() {
    const row = this.count++;
    if (row >= this.life.length) {
      const grown = new Uint8Array(row * 2);
      grown.set(this.life);
      this.life = grown;
    }
    this.life[row] = LIVE;
    this.journal?.push(() => {
      this.clear(row);
      this.count--;
    });
    return row;
  }

  get(row, name) {
    if (name === 'Id') return this.keyOf(row);
    if (name === 'IsDeleted') return this.life[row] !== LIVE;
    return this.columns.get(name)?.get(row) ?? null;
  }

  /** Store without any rule; the caller has checked. Keeps the indexes of unique columns. */
  set(row, name, value) {
    const column = this.columns.get(name);
    if (!column) throw new Error(`${this.name} has no column ${name}`);
    const index = this.unique.get(name);
    if (index || this.journal) {
      const old = column.get(row);
      this.journal?.push(() => this.set(row, name, old));
      if (index) this.reindex(index, row, old, value);
    }
    column.set(row, value);
  }

  /** Several at once. @param {number} row @param {Record<string, any>} values */
  put(row, values) {
    for (const name in values) this.set(row, name, values[name]);
  }

  reindex(index, row, old, value) {
    if (old !== null && index.map.get(index.fold(old)) === row) index.map.delete(index.fold(old));
    if (value !== null && value !== undefined) index.map.set(index.fold(value), row);
  }

  /** Forget a row's values. */
  clear(row) {
    for (const name of this.columns.keys()) this.set(row, name, null);
  }
  /** Index a column whose values are unique; `fold` maps a value to what is compared. */
  addUnique(name, fold = (value) => value) {
    const index = { map: new Map(), fold };
    this.unique.set(name, index);
    for (let row = 0; row < this.count; row++) {
      const value = this.get(row, name);
      if (value !== null && this.life[row] === LIVE) index.map.set(fold(value), row);
    }
  }

  setLife(row, life) {
    const old = this.life[row];
    this.journal?.push(() => {
      this.life[row] = old;
    });
    this.life[row] = life;
  }

  /** To be called before any stored value of a row changes. */
  touch(row) {
    for (const reader of this.readers) reader(row);
  }
}
