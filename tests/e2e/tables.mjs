// Tables as they are, to compare how two runs ended.
import { DatabaseSync } from 'node:sqlite';

/**
 * @param {string} file the database
 * @param {Record<string, string>} queries the SELECT of each table: what two runs must have in common, in an order
 */
export function dump(file, queries) {
  const database = new DatabaseSync(file, { readOnly: true });
  const rows = Object.entries(queries).map(([table, query]) => {
    const statement = database.prepare(query);
    statement.setReadBigInts(true);
    return [table, statement.all()];
  });
  database.close();
  return Object.fromEntries(rows);
}
