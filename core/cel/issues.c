#include "cel/issues.h"
#include "base/utf8.h"
#include "cel/internal.h"

enum { PART_BYTES_MAX = 200, LINE_BYTES_MAX = 160, LINE_BYTES_BEFORE = 120 };

/* At most so many bytes, whole characters only. */
static Slice cut(Slice text, size_t bytes)
{
    if (text.length > bytes) {
        for (text.length = bytes; text.length > 0 && (text.data[text.length] & 0xC0) == 0x80;) {
            text.length--;
        }
    }
    return text;
}

enum { PARTS_MAX = 8 };

/* A message must fit on a screen, whatever the expression has in it. */
static Slice join(Arena *arena, const Slice *parts, size_t count)
{
    Slice cuts[2 * PARTS_MAX];
    size_t made = 0;
    for (size_t i = 0; i < count && i < PARTS_MAX; i++) {
        const Slice part = cut(parts[i], PART_BYTES_MAX);
        cuts[made++] = part;
        cuts[made++] = part.length < parts[i].length ? SLICE("...") : SLICE("");
    }
    return error_join(arena, ERROR_CEL_SYNTAX, cuts, made).message;
}

void cel_issue_add(CelContext *context, CelErrorKind kind, uint32_t offset, const Slice *parts, size_t count)
{
    CelIssues *issues = context->issues;
    const uint32_t index = issues->count++;
    if (index >= CEL_ISSUES_MAX) {
        return;
    }
    CelIssue *issue = &issues->items[index];
    *issue = (CelIssue){.kind = kind,
                        .offset = offset,
                        .line = 1,
                        .column = 1,
                        .message = join(context->arena, parts, count)};
    const Slice before = slice_part(context->source, 0, offset);
    size_t start = 0;
    for (size_t end = slice_find_byte(before, '\n', 0); end < before.length;
         end = slice_find_byte(before, '\n', start)) {
        start = end + 1;
        issue->line++;
    }
    issue->column = 1 + (uint32_t)utf8_count(slice_part(before, start, before.length));
}

void cel_issue_suggest(CelContext *context, Slice suggestion)
{
    CelIssues *issues = context->issues;
    if (issues->count > 0 && issues->count <= CEL_ISSUES_MAX) {
        issues->items[issues->count - 1].suggestion = suggestion;
    }
}

/* East Asian wide characters and emoji take two columns on a screen. */
static bool is_wide(uint32_t code)
{
    return (code >= 0x1100 && code <= 0x115F) || (code >= 0x2E80 && code <= 0xA4CF) ||
           (code >= 0xAC00 && code <= 0xD7A3) || (code >= 0xF900 && code <= 0xFAFF) ||
           (code >= 0xFE30 && code <= 0xFE6F) || (code >= 0xFF00 && code <= 0xFF60) ||
           (code >= 0x1F300 && code <= 0x1FAFF) || (code >= 0x20000 && code <= 0x3FFFD);
}

/* The line with a caret below; of a long one the part around the place. */
static void append_line(Buffer *text, Slice source, size_t offset)
{
    offset = offset < source.length ? offset : source.length;
    size_t start = offset;
    while (start > 0 && source.data[start - 1] != '\n') {
        start--;
    }
    const bool later = offset - start > LINE_BYTES_BEFORE;
    for (start = later ? offset - LINE_BYTES_BEFORE : start;
         start < offset && (source.data[start] & 0xC0) == 0x80; start++) {
    }
    const Slice whole = slice_part(source, start, slice_find_byte(source, '\n', start));
    const Slice line = cut(whole, LINE_BYTES_MAX);
    buffer_append(text, later ? SLICE("\n | ...") : SLICE("\n | "));
    buffer_append(text, line);
    buffer_append(text, line.length < whole.length ? SLICE("...") : SLICE(""));
    buffer_append(text, later ? SLICE("\n |    ") : SLICE("\n | "));
    for (size_t at = 0; at < line.length && start + at < offset;) {
        uint32_t code = 0;
        const bool tab = line.data[at] == '\t';
        utf8_decode(line, &at, &code);
        buffer_append(text, tab ? SLICE("\t") : (is_wide(code) ? SLICE("  ") : SLICE(" ")));
    }
    buffer_append(text, SLICE("^"));
}

Slice cel_issue_text(Arena *arena, Slice source, const CelIssue *issue)
{
    Buffer text;
    buffer_init(&text, arena, 0);
    buffer_append_uint64(&text, issue->line);
    buffer_append(&text, SLICE(":"));
    buffer_append_uint64(&text, issue->column);
    buffer_append(&text, SLICE(": "));
    buffer_append(&text, issue->message);
    if (issue->suggestion.length > 0) {
        buffer_append(&text, SLICE("; "));
        buffer_append(&text, issue->suggestion);
    }
    append_line(&text, source, issue->offset);
    return buffer_slice(&text);
}
