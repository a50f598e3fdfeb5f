// core/cel in another C project: only the folders base, row and cel, the header's own example around it, and a program.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const core = join(import.meta.dirname, '../../core');

/** The lines of the first example in a header's comment. @param {string} header */
function exampleOf(header) {
  const comment = readFileSync(join(core, header), 'utf8').split('*/')[0];
  const lines = comment.split('\n').filter((line) => line.startsWith(' *     ')).map((line) => line.slice(7));
  assert.ok(lines.length > 5, `${header} has no example`);
  return lines.join('\n');
}

const program = `
#include "cel/cel.h"

#include <stdio.h>
#include <stdlib.h>

static void *resize(void *context, void *block, size_t old_bytes, size_t new_bytes)
{
    (void)context;
    (void)old_bytes;
    if (new_bytes == 0) {
        free(block);
        return NULL;
    }
    return realloc(block, new_bytes);
}

static const RowColumn columns[] = {{SLICE_INIT("name"), ROW_TEXT}, {SLICE_INIT("arr"), ROW_DOUBLE}};
static const RowSchema schema = {columns, 2};

/* Ten accounts, the eighth with 1,700. */
static Error make_rows(Arena *arena, RowBatch *batch)
{
    RowWriter writer;
    Slice bytes = {0};
    row_writer_init(&writer, arena, &schema, 1 << 16);
    for (int i = 0; i < 10; i++) {
        row_writer_begin(&writer);
        row_writer_text(&writer, 0, SLICE("Northern Bank"));
        row_writer_double(&writer, 1, 1000.0 + 100.0 * i);
        RETURN_IF_ERROR(row_writer_end(&writer));
    }
    RETURN_IF_ERROR(row_writer_finish(&writer, &bytes));
    return row_batch_open(batch, bytes, &schema);
}

static Error example(Arena *arena, Arena *scratch)
{
    RowBatch batch;
    RETURN_IF_ERROR(make_rows(arena, &batch));
EXAMPLE
    printf("%s\\n", cel_is_true(result) ? "true" : "false");
    return ERROR_NONE;
}

int main(void)
{
    const Allocator allocator = {resize, NULL};
    Arena arena;
    Arena scratch;
    arena_init(&arena, &allocator, 0);
    arena_init(&scratch, &allocator, 0);
    const Error error = example(&arena, &scratch);
    if (error.code != ERROR_OK) {
        fprintf(stderr, "%.*s\\n", (int)error.message.length, error.message.data);
    }
    arena_free(&arena);
    arena_free(&scratch);
    return error.code == ERROR_OK ? 0 : 1;
}
`;

test('another project compiles the three folders and runs the example of cel.h', () => {
  const folder = mkdtempSync(join(tmpdir(), 'perly-cel-'));
  try {
    const sources = ['base', 'row', 'cel'].flatMap((name) => {
      cpSync(join(core, name), join(folder, name), { recursive: true });
      return readdirSync(join(folder, name)).filter((file) => file.endsWith('.c')).map((file) => join(name, file));
    });
    writeFileSync(join(folder, 'main.c'), program.replace('EXAMPLE', exampleOf('cel/cel.h')));
    const flags = ['-std=c11', '-Wall', '-Wextra', '-Werror', '-O0', '-ffp-contract=off', '-I.', '-o', 'example'];
    execFileSync('gcc', [...flags, 'main.c', ...sources, '-lm'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    assert.equal(execFileSync(join(folder, 'example'), { encoding: 'utf8' }), 'true\n');
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
