#include "cel/issues.h"
#include "base/utf8.h"
#include "cel/internal.h"

void cel_issue_add(CelContext *context, CelErrorKind kind, uint32_t offset, const Slice *parts, size_t count)
{
    CelIssues *issues = context->issues;
    const uint32_t index = issues->count++;
    if (index >= CEL_ISSUES_MAX) {
        return;
    }
    CelIssue *issue = &issues->items[index];
    const Error joined = error_join(context->arena, ERROR_CEL_SYNTAX, parts, count);
    *issue = (CelIssue){.kind = kind, .offset = offset, .line = 1, .column = 1, .message = joined.message};
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
    size_t start = issue->offset < source.length ? issue->offset : source.length;
    while (start > 0 && source.data[start - 1] != '\n') {
        start--;
    }
    const size_t end = slice_find_byte(source, '\n', start);
    const Slice line = slice_part(source, start, end);
    buffer_append(&text, SLICE("\n | "));
    buffer_append(&text, line);
    buffer_append(&text, SLICE("\n | "));
    for (size_t at = 0; at < line.length && start + at < issue->offset;) {
        uint32_t code = 0;
        const bool tab = line.data[at] == '\t';
        utf8_decode(line, &at, &code);
        buffer_append(&text, tab ? SLICE("\t") : (is_wide(code) ? SLICE("  ") : SLICE(" ")));
    }
    buffer_append(&text, SLICE("^"));
    return buffer_slice(&text);
}
