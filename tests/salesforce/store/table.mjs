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

/** One column; takes no memory until a value other than null (or false) is stored. */
class Column {
  constructor(kind) {
    this.kind = kind;
    this.data = null;
    this.shared = kind === 'text' ? new Map() : null;
  }

  get(row) {
    const data = this.data;
    if (!data || row >= data.length) return this.kind === 'flag' ? false : null;
    const value = data[row];
    if (this.kind === 'flag') return value === 1;
    if (this.kind === 'number') return value === value ? value : null;
    return value ?? null;
  }

  set(row, value) {
    if (!this.data || row >= this.data.length) {
      if (value === null || value === undefined || value === false) return;
      this.grow(row + 1);
    }
    if (this.kind === 'flag') this.data[row] = value ? 1 : 0;
    else if (this.kind === 'number') this.data[row] = value ?? NaN;
    else this.data[row] = value === null || value === undefined ? undefined : this.share(value);
  }

  /** Short texts repeat (picklists, subjects): keep one string for all of them. */
  share(value) {
    if (value.length > 80 || this.shared.size > 5000) return value;
    const known = this.shared.get(value);
    if (known !== undefined) return known;
    this.shared.set(value, value);
    return value;
  }

  grow(size) {
    const capacity = Math.max(64, size + (size >> 1));
    if (this.kind === 'text') {
      this.data ??= [];
      this.data.length = capacity;
      return;
    }
    const grown = this.kind === 'flag' ? new Uint8Array(capacity) : new Float64Array(capacity).fill(NaN);
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
