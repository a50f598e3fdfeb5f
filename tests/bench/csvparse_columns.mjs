// csvparse_columns.mjs SRC DB, with --import ./columns.mjs: peers/pull_csvparse.mjs in its faster mode, `array`, storing
// the columns of $COLUMNS alone. The positions are read from the header once.
import http from 'node:http';
import { COLS, inserter, openDb, report, req } from './peers/js_lib.mjs';

const [source, database] = process.argv.slice(2);
const { parse } = req('csv-parse');
const begun = performance.now();
const input = await new Promise((resolve) => http.get(source, resolve));
const sink = inserter(openDb(database), true);
const parser = input.pipe(parse());
let places;
let count = 0;
parser.on('readable', () => {
  for (let record = parser.read(); record !== null; record = parser.read()) {
    if (places === undefined) {
      const names = record;
      places = COLS.map((name) => names.indexOf(name));
    } else {
      count++;
      const row = record;
      sink.add(places.map((place) => row[place]));
    }
  }
});
await new Promise((resolve, reject) => parser.on('end', resolve).on('error', reject));
sink.end();
report('csv-parse array http -> better-sqlite3, some columns', count, begun);
process.exit(0);
