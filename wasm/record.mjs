/**
 * Records and row batches, as wasm/ABI.md draws them: read and written in place, without a dependency, in
 * Node and in browsers. int64 is a BigInt, time is a number of milliseconds, bytes are a Uint8Array, text and
 * list are strings; null is a null, undefined an absent value.
 *
 *     const reader = new RecordReader(bytes);
 *     const table = reader.text();
 *     const rows = new BatchReader(reader.batch(), [ColumnType.text, ColumnType.int64]);
 *     for (let row = 0; row < rows.rowCount; row++) rows.value(row, 0);
 */

/** @typedef {null | undefined | bigint | number | boolean | string | Uint8Array} Value */

/** Column types, as they stand in records. */
export const ColumnType = /** @type {const} */ ({
  int64: 0,
  double: 1,
  bool: 2,
  text: 3,
  bytes: 4,
  time: 5,
  list: 6,
});

/** State of a value in a batch. */
export const ValueState = /** @type {const} */ ({ absent: 0, null: 1, value: 2 });

const BATCH_MAGIC = 0x31575250; // "PRW1"
const HEADER_BYTES = 32;
const COLUMNS_MAX = 1024;

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
/** A character a byte: exact for ASCII. Node's own TextDecoder for latin1 is twenty times slower than its buffers. */
const latin1 = ((/** @type {any} */ buffer) => {
  if (buffer?.prototype?.latin1Slice !== undefined)
    return (/** @type {Uint8Array} */ bytes) => buffer.prototype.latin1Slice.call(bytes, 0, bytes.length);
  const decoder = new TextDecoder('latin1');
  return (/** @type {Uint8Array} */ bytes) => decoder.decode(bytes);
})(/** @type {any} */ (globalThis).Buffer);
const encoder = new TextEncoder();

/** @param {number} count */
const statesBytes = (count) => (count + 7) & ~7;

/** @param {number} count */
const strideBytes = (count) => statesBytes(count) + 8 * count;

/**
 * The same bytes at an offset that typed arrays of 8 bytes accept; a copy only when they are not there yet.
 * @param {Uint8Array} bytes
 */
const aligned = (bytes) => (bytes.byteOffset % 8 === 0 ? bytes : bytes.slice());

/** Thrown for bytes that are not what ABI.md says; a bug on one side, never bad input of a user. */
export class RecordError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'RecordError';
    this.code = 'PERLY_RECORD';
  }
}

/** Reads a record from its start; each call takes the next field. */
export class RecordReader {
  #bytes;
  #view;
  #at = 0;

  /** @param {Uint8Array} bytes stay the caller's and must not change while this reads */
  constructor(bytes) {
    this.#bytes = aligned(bytes);
    this.#view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset, this.#bytes.byteLength);
  }

  /** True when every field has been read. */
  get done() {
    return this.#at >= this.#bytes.length;
  }

  /** @param {number} length */
  #take(length) {
    const start = this.#at;
    if (length > this.#bytes.length - start) throw new RecordError('record: ends in the middle of a field');
    this.#at = start + length;
    return start;
  }

  uint32() {
    return this.#view.getUint32(this.#take(4), true);
  }

  /** Bytes of a text, in place. */
  bytes() {
    const length = this.uint32();
    const start = this.#take(length);
    this.#at = Math.min((this.#at + 3) & ~3, this.#bytes.length);
    return this.#bytes.subarray(start, start + length);
  }

  text() {
    return utf8.decode(this.bytes());
  }

  /** The bytes of a batch, in place; empty when there is none. */
  batch() {
    const length = this.uint32();
    this.#take((8 - (this.#at % 8)) % 8);
    const start = this.#take(length);
    this.#at = Math.min((this.#at + 3) & ~3, this.#bytes.length);
    return this.#bytes.subarray(start, start + length);
  }
}

// Up to this many characters a loop is quicker than encodeInto, and than a copy of a range.
const SHORT_TEXT = 40;

/** Bytes that grow. */
class Growing {
  bytes;
  view;
  length = 0;

  /** @param {number} capacity */
  constructor(capacity) {
    this.bytes = new Uint8Array(capacity);
    this.view = new DataView(this.bytes.buffer);
  }

  /** Room for `count` more bytes; where they begin. @param {number} count */
  reserve(count) {
    const start = this.length;
    if (start + count > this.bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.bytes.length, start + count));
      grown.set(this.bytes.subarray(0, start));
      this.bytes = grown;
      this.view = new DataView(grown.buffer);
    }
    return start;
  }

  /** @param {Uint8Array} bytes */
  append(bytes) {
    const start = this.reserve(bytes.length);
    this.bytes.set(bytes, start);
    this.length += bytes.length;
  }

  /** Appends `text` as UTF-8; how many bytes it took. @param {string} text */
  appendText(text) {
    const start = this.reserve(3 * text.length);
    if (text.length <= SHORT_TEXT && this.#appendAscii(text, start)) return text.length;
    const { written } = encoder.encodeInto(text, this.bytes.subarray(start));
    this.length += written;
    return written;
  }

  /** False when the text is not ASCII. @param {string} text @param {number} start */
  #appendAscii(text, start) {
    const { bytes } = this;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[start + i] = code;
    }
    this.length += text.length;
    return true;
  }
}

/** Writes a record; every method returns the writer. */
export class RecordWriter {
  #out = new Growing(256);

  /** @param {number} multiple */
  #pad(multiple) {
    const count = (multiple - (this.#out.length % multiple)) % multiple;
    const start = this.#out.reserve(count);
    this.#out.bytes.fill(0, start, start + count);
    this.#out.length += count;
    return this;
  }

  /** @param {number} value */
  uint32(value) {
    const start = this.#out.reserve(4);
    this.#out.view.setUint32(start, value, true);
    this.#out.length += 4;
    return this;
  }

  /** @param {Uint8Array} bytes */
  bytes(bytes) {
    this.uint32(bytes.length);
    this.#out.append(bytes);
    return this.#pad(4);
  }

  /** @param {string} text */
  text(text) {
    return this.bytes(encoder.encode(text));
  }

  /** @param {Uint8Array} batch empty for "no rows and no columns" */
  batch(batch) {
    this.uint32(batch.length).#pad(8);
    this.#out.append(batch);
    return this.#pad(4);
  }

  /** The record so far; a view that the next write may invalidate. */
  finish() {
    return this.#out.bytes.subarray(0, this.#out.length);
  }
}

/** Reads a batch in place. The layout is checked when it is opened, a text's range when it is read. */
export class BatchReader {
  rowCount = 0;
  types;
  #bytes;
  #words;
  #doubles;
  #longs;
  #rowWords = 0; // uint32 from one row to the next
  #slotWords = 0; // uint32 from the start of a row to its first slot
  #heap = 0;
  #heapBytes = 0;
  /** @type {string | undefined} */
  #heapText;

  /**
   * @param {Uint8Array} bytes empty: no rows
   * @param {readonly number[]} types of its columns, `ColumnType`
   */
  constructor(bytes, types) {
    this.types = types;
    const place = aligned(bytes);
    this.#bytes = place;
    const words = place.length >> 2;
    this.#words = new Uint32Array(place.buffer, place.byteOffset, words);
    this.#doubles = new Float64Array(place.buffer, place.byteOffset, words >> 1);
    this.#longs = new BigInt64Array(place.buffer, place.byteOffset, words >> 1);
    if (place.length > 0) this.#open(types.length);
    else if (types.length > 0) throw new RecordError('row batch: columns without a batch');
  }

  /** @param {number} columns */
  #open(columns) {
    const bytes = this.#bytes;
    if (bytes.length < HEADER_BYTES) throw new RecordError('row batch: shorter than its header');
    const [magic, columnCount, rowCount, stride, heap, heapBytes, low, high] = this.#words;
    if (magic !== BATCH_MAGIC || low !== 0 || high !== 0) {
      throw new RecordError('row batch: not a batch of this version');
    }
    if (columnCount === 0 || columnCount > COLUMNS_MAX || columnCount !== columns) {
      throw new RecordError(`row batch: ${columnCount} columns where ${columns} were expected`);
    }
    if (
      stride !== strideBytes(columnCount) ||
      heap !== HEADER_BYTES + rowCount * stride ||
      heap + heapBytes !== bytes.length
    ) {
      throw new RecordError('row batch: the sizes in the header do not agree');
    }
    this.rowCount = rowCount;
    this.#rowWords = stride >> 2;
    this.#slotWords = statesBytes(columnCount) >> 2;
    this.#heap = heap;
    this.#heapBytes = heapBytes;
  }

  /** @param {number} row @param {number} column */
  state(row, column) {
    return this.#bytes[HEADER_BYTES + row * this.#rowWords * 4 + column];
  }

  /** @param {number} row @param {number} column @returns {Value} */
  value(row, column) {
    const state = this.state(row, column);
    if (state !== ValueState.value) return state === ValueState.null ? null : undefined;
    const slot = this.#slot(row, column);
    switch (this.types[column]) {
      case ColumnType.int64:
        return this.#longs[slot >> 1];
      case ColumnType.double:
        return this.#doubles[slot >> 1];
      case ColumnType.bool:
        return this.#words[slot] !== 0;
      case ColumnType.time: // two words, the upper one signed: exact up to 2^53
        return (this.#words[slot + 1] | 0) * 0x100000000 + this.#words[slot];
      case ColumnType.bytes:
        return this.#range(slot);
      default:
        return this.#text(slot);
    }
  }

  /** @param {number} row @param {number} column */
  #slot(row, column) {
    return 8 + row * this.#rowWords + this.#slotWords + 2 * column;
  }

  /** The lower half of a value's slot: of a number its bits, of a text its place. @param {number} row @param {number} column */
  low(row, column) {
    return this.#words[this.#slot(row, column)];
  }

  /** The upper half; of a text, bytes or a list how many bytes there are. @param {number} row @param {number} column */
  high(row, column) {
    return this.#words[this.#slot(row, column) + 1];
  }

  /**
   * Copies the bytes of a text, bytes or a list, without making a value of them.
   * @param {number} row @param {number} column @param {Uint8Array} target @param {number} at
   */
  copy(row, column, target, at) {
    const slot = this.#slot(row, column);
    const length = this.#words[slot + 1];
    if (length > SHORT_TEXT) {
      target.set(this.#range(slot), at);
      return;
    }
    const start = this.#heap + this.#words[slot];
    if (start + length > this.#bytes.length) throw new RecordError('row batch: a text lies outside the heap');
    for (let i = 0; i < length; i++) target[at + i] = this.#bytes[start + i];
  }

  /** @param {number} slot */
  #range(slot) {
    const offset = this.#words[slot];
    const length = this.#words[slot + 1];
    if (offset > this.#heapBytes || length > this.#heapBytes - offset) {
      throw new RecordError('row batch: a text lies outside the heap');
    }
    return this.#bytes.subarray(this.#heap + offset, this.#heap + offset + length);
  }

  /** @param {number} slot */
  #text(slot) {
    const offset = this.#words[slot];
    const end = offset + this.#words[slot + 1];
    if (end > this.#heapBytes) throw new RecordError('row batch: a text lies outside the heap');
    const bytes = this.#bytes;
    for (let i = this.#heap + offset; i < this.#heap + end; i++) {
      if (bytes[i] > 0x7f) return utf8.decode(bytes.subarray(this.#heap + offset, this.#heap + end));
    }
    // One decoding for the whole heap: texts that are ASCII, nearly all, are then cheap slices of it.
    const heapText = (this.#heapText ??= latin1(bytes.subarray(this.#heap)));
    return heapText.slice(offset, end);
  }

  /** The values of one row. @param {number} row */
  row(row) {
    return this.types.map((_, column) => this.value(row, column));
  }

  /** All rows. */
  *rows() {
    for (let row = 0; row < this.rowCount; row++) yield this.row(row);
  }
}

/**
 * Writes a batch, row by row. A double that is not finite becomes null, -0.0 becomes 0.0; the bytes are those
 * that the core's own writer makes from the same values.
 */
export class BatchWriter {
  types;
  rowCount = 0;
  #rows = new Growing(1024);
  #heap = new Growing(1024);
  #heapBefore = 0;

  /** @param {readonly number[]} types `ColumnType`; none: `finish` gives an empty batch */
  constructor(types) {
    this.types = types;
  }

  /** Bytes that the finished batch would have now. */
  get byteLength() {
    return HEADER_BYTES + this.#rows.length + this.#heap.length;
  }

  /** @param {readonly Value[]} values one a column */
  append(values) {
    const columns = this.types.length;
    const stride = strideBytes(columns);
    const start = this.#rows.reserve(stride);
    this.#heapBefore = this.#heap.length;
    this.#rows.bytes.fill(0, start, start + stride);
    const { view } = this.#rows;
    for (let column = 0; column < columns; column++) {
      const slot = start + statesBytes(columns) + 8 * column;
      this.#rows.bytes[start + column] = this.#put(view, slot, this.types[column], values[column]);
    }
    this.#rows.length += stride;
    this.rowCount++;
    return this;
  }

  /** @param {DataView} view @param {number} slot @param {number} type @param {Value} value */
  #put(view, slot, type, value) {
    if (value === undefined) return ValueState.absent;
    if (value === null) return ValueState.null;
    if (type === ColumnType.int64) {
      view.setBigInt64(slot, BigInt(/** @type {bigint} */ (value)), true);
    } else if (type === ColumnType.time) {
      const ms = Number(value);
      view.setInt32(slot + 4, Math.floor(ms / 0x100000000), true);
      view.setUint32(slot, ms % 0x100000000, true);
    } else if (type === ColumnType.bool) {
      view.setUint32(slot, value ? 1 : 0, true);
    } else if (type === ColumnType.double) {
      const number = Number(value);
      if (!Number.isFinite(number)) return ValueState.null;
      view.setFloat64(slot, number + 0, true); // -0.0 + 0 is 0.0
    } else {
      this.#putText(view, slot, /** @type {string | Uint8Array} */ (value));
    }
    return ValueState.value;
  }

  /** @param {DataView} view @param {number} slot @param {string | Uint8Array} value */
  #putText(view, slot, value) {
    view.setUint32(slot, this.#heap.length, true);
    if (typeof value === 'string') {
      view.setUint32(slot + 4, this.#heap.appendText(value), true);
    } else {
      view.setUint32(slot + 4, value.length, true);
      this.#heap.append(value);
    }
  }

  /** Takes the last row back, once after each `append`. */
  dropLast() {
    this.#rows.length -= strideBytes(this.types.length);
    this.#heap.length = this.#heapBefore;
    this.rowCount--;
  }

  /** The whole batch; the writer is empty again. */
  finish() {
    if (this.types.length === 0) return new Uint8Array(0);
    const bytes = new Uint8Array(this.byteLength);
    const stride = strideBytes(this.types.length);
    const heap = HEADER_BYTES + this.#rows.length;
    new Uint32Array(bytes.buffer, 0, 6).set([
      BATCH_MAGIC,
      this.types.length,
      this.rowCount,
      stride,
      heap,
      this.#heap.length,
    ]);
    bytes.set(this.#rows.bytes.subarray(0, this.#rows.length), HEADER_BYTES);
    bytes.set(this.#heap.bytes.subarray(0, this.#heap.length), heap);
    this.#rows.length = 0;
    this.#heap.length = 0;
    this.rowCount = 0;
    return bytes;
  }
}
