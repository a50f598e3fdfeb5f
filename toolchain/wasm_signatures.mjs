// The functions that a WebAssembly module imports and exports, with their types: JavaScript's own reflection tells names
// alone. (https://webassembly.github.io/spec/core/binary/modules.html)

const VALUE_TYPES = { 0x7f: 'i32', 0x7e: 'i64', 0x7d: 'f32', 0x7c: 'f64', 0x7b: 'v128', 0x70: 'funcref', 0x6f: 'externref' };
const [TYPES, IMPORTS, FUNCTIONS, EXPORTS] = [1, 2, 3, 7];
const [FUNCTION, TABLE, MEMORY] = [0, 1, 2];

/** Reads what stands one after another. @param {Uint8Array} bytes */
function reader(bytes) {
  let at = 0;
  const byte = () => bytes[at++];
  const number = () => {
    for (let value = 0, shift = 0; ; shift += 7) {
      const next = byte();
      value += (next & 0x7f) * 2 ** shift;
      if (next < 0x80) return value;
    }
  };
  const part = () => {
    const length = number();
    at += length;
    return bytes.subarray(at - length, at);
  };
  /** @template T @param {() => T} one @returns {T[]} */
  const list = (one) => Array.from({ length: number() }, one);
  const limits = () => {
    if (byte() & 1) number();
    return number();
  };
  return { byte, number, part, list, limits, text: () => Buffer.from(part()).toString(), ended: () => at >= bytes.length };
}

/** @param {ReturnType<typeof reader>} read */
function readType(read) {
  read.byte(); // 0x60: a function
  const types = () => read.list(() => VALUE_TYPES[read.byte()] ?? 'unknown').join(', ');
  const [from, to] = [types(), types()];
  return `(${from})${to && ` -> ${to}`}`;
}

/** @param {ReturnType<typeof reader>} read @param {string[]} types */
function readImport(read, types) {
  const [module, name, kind] = [read.text(), read.text(), read.byte()];
  if (kind === FUNCTION) return { module, name, type: types[read.number()] };
  if (kind === TABLE) read.byte();
  if (kind === TABLE || kind === MEMORY) read.limits();
  else for (let i = 0; i < 2; i++) read.byte(); // a global: its type, and whether it changes
  return { module, name, type: 'no function' };
}

/**
 * @param {Uint8Array} bytes of a module
 * @returns {{ imports: { module: string, name: string, type: string }[], exports: { name: string, type: string }[] }}
 */
export function signaturesOf(bytes) {
  const whole = reader(bytes.subarray(8));
  /** @type {Map<number, ReturnType<typeof reader>>} */
  const sections = new Map();
  while (!whole.ended()) {
    const kind = whole.byte();
    sections.set(kind, reader(whole.part()));
  }
  /** @template T @param {number} kind @param {(read: ReturnType<typeof reader>) => T} one @returns {T[]} */
  const rows = (kind, one) => {
    const read = sections.get(kind);
    return read === undefined ? [] : read.list(() => one(read));
  };
  const types = rows(TYPES, readType);
  const imports = rows(IMPORTS, (read) => readImport(read, types));
  const functions = [...imports.filter(({ type }) => type !== 'no function').map(({ type }) => type), ...rows(FUNCTIONS, (read) => types[read.number()])];
  const exports = rows(EXPORTS, (read) => {
    const [name, kind, index] = [read.text(), read.byte(), read.number()];
    return { name, type: kind === FUNCTION ? functions[index] : 'no function' };
  });
  return { imports, exports };
}
