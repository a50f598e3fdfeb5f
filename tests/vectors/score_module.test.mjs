/** perly_score.wasm, of both toolchains, against the whole core of every build: the same bits. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';

import { Scorer, ScorerError } from '../../wasm/scorer.mjs';
import { encode, engines } from './engines.mjs';

const here = import.meta.dirname;
const NOW = Date.UTC(2026, 10, 23, 8);
const SEEDS = ['1', '7'];
const ACCOUNTS = '60';

/** @param {string} build */
function scoreModule(build) {
  const file = join(here, '../../build', build, 'wasm/perly_score.wasm');
  if (!existsSync(file)) throw new Error(`${file} is missing: run ./build.sh wasm`);
  return new WebAssembly.Module(readFileSync(file));
}

/** @param {string} name @returns {{ op: string, args: string[], result: string }[]} */
const cases = (name) => JSON.parse(readFileSync(join(here, 'score', name), 'utf8'));

/** The bits of a double as the vectors' own answers have them. @param {number} value */
const bits = (value) => Buffer.from(new Float64Array([value]).buffer).toString('hex');

/** The lines of op score_org_scores. @param {import('../../wasm/scorer.mjs').Scorer} scorer */
function linesOf(scorer) {
  return scorer.score(NOW).map((row) => {
    const verdict = row.score === null ? row.unscored : `${row.score} ${row.level} ${bits(Number(row.raw))}`;
    return [row.account_id, verdict, bits(row.coverage), row.reasons, row.components, row.signals];
  });
}

/** @param {string} answer */
function linesFrom(answer) {
  const lines = answer.trimEnd().split('\n');
  return lines.map((line) => line.split('\t').map((text, i) => (i < 3 ? text : JSON.parse(text))));
}

/** Columns of time are written as text in the vectors. @param {Scorer} scorer @param {string} table @param {any[]} rows */
function withTimes(scorer, table, rows) {
  const times = scorer.tables[table].filter(({ type }) => type === 'time').map(({ name }) => name);
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [name, times.includes(name) && value ? Date.parse(value) : value]),
    ),
  );
}

const models = cases('many.json').map(({ args }) => args[0]);
const told = cases('told.json').filter(({ result, args }) => !result.startsWith('error') && !args[1].includes('"changes"'));

for (const build of ['emscripten', 'wasi']) {
  const module = scoreModule(build);

  describe(`perly_score.wasm: ${build}`, () => {
    test('imports nothing', () => assert.deepEqual(WebAssembly.Module.imports(module), []));

    for (const [engine, answersOf] of engines) {
      test(`scores ${models.length} models as the ${engine} core does`, () => {
        const args = models.flatMap((model) => SEEDS.map((seed) => [model, seed, ACCOUNTS]));
        const rows = answersOf(args.map((each) => encode({ op: 'score_org_rows', args: each })));
        const scores = answersOf(args.map((each) => encode({ op: 'score_org_scores', args: each })));
        assert.equal(rows.length, 2 * models.length);
        args.forEach(([config], i) => {
          const scorer = new Scorer(module, { config });
          for (const line of rows[i].trimEnd().split('\n')) {
            const [table, batch] = line.split(' ');
            scorer.add(table, new Uint8Array(Buffer.from(batch, 'hex')));
          }
          const lines = linesOf(scorer);
          assert.equal(lines.length, Number(ACCOUNTS));
          assert.deepEqual(lines, linesFrom(scores[i]));
        });
      });
    }

    test('rows as objects give what the vectors say', () => {
      assert.ok(told.length > 0);
      for (const { args, result } of told) {
        const scorer = new Scorer(module, { config: args[0] });
        for (const [table, rows] of Object.entries(JSON.parse(args[1]))) {
          const name = table === 'signals' ? 'signal' : table;
          scorer.add(name, withTimes(scorer, name, rows));
        }
        const want = result.trimEnd().split('\n').map((line) => line.split(' ').slice(0, 4).join(' '));
        const got = scorer.score(Date.parse(args[2])).map(({ account_id, score, level, coverage }) =>
          [account_id, ...(score === null ? ['-'] : [score, level]), coverage].join(' '),
        );
        assert.deepEqual(
          got,
          want.map((line) => (line.split(' ')[1] === '-' ? line.split(' ').slice(0, 3).join(' ') : line)),
        );
      }
    });

    test('the scores of one run are the earlier ones of the next', () => {
      const config = '{"model":{"components":[{"name":"size","weight":1,"score":"double(account.employees)"}]}}';
      const scorer = new Scorer(module, { config });
      const account = [{ id: '001A', name: 'Acme', employees: 90n }];
      const [first] = scorer.add('account', account).score(NOW);
      assert.deepEqual([first.score, first.level, first.changed], [90, 'Low', false]);
      const health = { account_id: '001A', score: 10n, level: 'Critical' };
      const [next] = scorer.add('account', account).add('health', [health]).score(NOW);
      assert.equal(next.level, 'Critical', 'better only after it has held');
      assert.equal(next.candidate, first.level);
      assert.equal(next.candidate_since, NOW);
      assert.deepEqual(scorer.score(NOW), [], 'rows are forgotten with their run');
    });

    test('earlier scores come in any order, as they were told; of two of one account the later one counts', () => {
      const config = '{"model":{"components":[{"name":"size","weight":1,"score":"double(account.employees)"}]}}';
      const scorer = new Scorer(module, { config });
      const accounts = ['001B', '001A', '001C'].map((id) => ({ id, name: id, employees: 90n }));
      const before = scorer.add('account', accounts.map((row) => ({ ...row, employees: 10n }))).score(NOW);
      assert.deepEqual(before.map(({ level }) => level), ['Critical', 'Critical', 'Critical']);
      const [a, b, c] = before;
      const after = scorer.add('account', accounts).add('health', [c, { ...a, level: 'Low', score: 90 }, b, a, { account_id: '001D', score: 2 ** 40 }]).score(NOW);
      assert.deepEqual(after.map(({ level, candidate }) => [level, candidate]), Array(3).fill(['Critical', 'Low']));
    });

    test('a value that a column cannot hold is refused by its row and name, and the scorer goes on', () => {
      const scorer = new Scorer(module);
      const account = { id: '001A', name: 'Acme', created: NOW };
      for (const [wrong, text] of /** @type {[Record<string, any>, RegExp][]} */ ([
        [{ created: Number.NaN }, /account, row 2, created: takes whole milliseconds since 1970, not number NaN/],
        [{ created: -0.5 }, /created/],
        [{ created: new Date(NOW) }, /created/],
        [{ id: 5 }, /id: takes a string, not number 5/],
        [{ deleted: 'false' }, /deleted: takes true or false, not string false/],
        [{ revenue: 'abc' }, /revenue: takes a number/],
        [{ employees: 1.5 }, /employees: takes a whole number/],
        [{ employees: 2n ** 64n }, /employees/],
        [{ revenue: Number.NaN }, /revenue: takes a number/],
        [{ Id: '001B' }, /Id: there is no such column/],
      ])) {
        assert.throws(() => scorer.add('account', [account, { ...account, ...wrong }]), (error) => error instanceof TypeError && text.test(error.message), String(text));
      }
      assert.deepEqual(scorer.score(NOW), []);
      assert.equal(scorer.add('account', [account]).score(NOW).length, 1);
      assert.throws(() => scorer.score(/** @type {any} */ (undefined)), ScorerError);
    });

    test('mistakes are told all at once, with their places', () => {
      const config = '{"model":{"components":[{"name":"a","weight":1,"score":"1 +"},{"name":"b","weight":1,"score":"acount.name"}]}}';
      assert.throws(
        () => new Scorer(module, { config, name: 'perly.json' }),
        (error) => {
          assert.ok(error instanceof ScorerError);
          assert.deepEqual(
            error.issues.map(({ source, pointer }) => [source, pointer]),
            [
              ['perly.json', '/model/components/0/score'],
              ['perly.json', '/model/components/1/score'],
            ],
          );
          assert.match(error.issues[1].message, /account/);
          return true;
        },
      );
    });

    test('named time zones need their file', () => {
      const config = '{"model":{"components":[{"name":"hour","weight":1,"score":"double(now.getHours(\'Asia/Tokyo\'))"}]}}';
      const zones = readFileSync(join(here, '../../toolchain/perly_zones.bin'));
      assert.throws(() => new Scorer(module, { config }), /time zone/);
      assert.throws(() => new Scorer(module, { config, zones: zones.subarray(1) }), /time zones/);
      const [{ score }] = new Scorer(module, { config, zones }).add('account', [{ id: '001A', name: 'Acme' }]).score(Date.UTC(2026, 10, 23, 5));
      assert.equal(score, 14);
    });

    test('what is no batch, no table, no number is refused and the scorer goes on', () => {
      const scorer = new Scorer(module);
      assert.throws(() => scorer.add('account', new Uint8Array(40)), ScorerError);
      assert.throws(() => scorer.add('lead', new Uint8Array(0)), ScorerError);
      assert.throws(() => scorer.add('lead', []), TypeError);
      assert.throws(() => scorer.score(Number.NaN), ScorerError);
      assert.deepEqual(scorer.score(NOW), []);
    });
  });
}
