/* Answers: heads, and gzip. */
#include "http_internal.h"
#include <string.h>
#include <strings.h>

bool http_inflate_begin(HttpInflate *inflate)
{
    inflate->on = inflateInit2(&inflate->stream, 15 + 16) == Z_OK; /* 16: a gzip header and trailer */
    inflate->between = true;
    return inflate->on;
}

int http_inflate_step(HttpInflate *state, const char **bytes, size_t *length, char *out, size_t room,
                      size_t *out_length)
{
    z_stream *stream = &state->stream;
    *out_length = 0;
    if (state->between && *length > 0) {
        if (inflateReset(stream) != Z_OK) {
            return INFLATE_BROKEN;
        }
        state->between = false;
    }
    /* zlib's interface is older than const; it does not write to its input. */
    memcpy(&stream->next_in, bytes, sizeof stream->next_in);
    stream->avail_in = (uInt)*length;
    stream->next_out = (Bytef *)out;
    stream->avail_out = (uInt)room;
    const int result = state->between ? Z_OK : inflate(stream, Z_NO_FLUSH);
    *bytes += *length - stream->avail_in;
    *length = stream->avail_in;
    *out_length = room - stream->avail_out;
    state->between = state->between || result == Z_STREAM_END;
    state->more = !state->between && stream->avail_out == 0;
    /* Z_BUF_ERROR: no progress was possible, which is nothing wrong; more input will come, or the body is
     * cut. */
    return result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR ? INFLATE_OK : INFLATE_BROKEN;
}

void http_inflate_end(HttpInflate *inflate)
{
    if (inflate->on) {
        (void)inflateEnd(&inflate->stream);
        inflate->on = false;
    }
}

static void begin_head(HttpHead *head, const char *line, size_t length)
{
    const char *space = memchr(line, ' ', length);
    native_buffer_clear(&head->lines);
    head->gzip = false;
    head->unknown_encoding = false;
    head->status = 0;
    for (size_t i = space == NULL ? length : (size_t)(space - line) + 1; i < length; i++) {
        if (line[i] < '0' || line[i] > '9' || head->status > 99) {
            break;
        }
        head->status = head->status * 10 + (uint32_t)(line[i] - '0');
    }
}

static bool is_word(const char *text, size_t length, const char *word)
{
    return length == strlen(word) && strncasecmp(text, word, length) == 0;
}

static void note_encoding(HttpHead *head, const char *value, size_t length)
{
    if (is_word(value, length, "gzip") || is_word(value, length, "x-gzip")) {
        head->unknown_encoding = head->unknown_encoding || head->gzip; /* gzipped twice */
        head->gzip = true;
    } else if (length > 0 && !is_word(value, length, "identity")) {
        head->unknown_encoding = true;
    }
}

static void add_line(HttpHead *head, const char *line, size_t length)
{
    const char *colon = memchr(line, ':', length);
    if (colon == NULL || colon == line) {
        return;
    }
    const char *value = colon + 1;
    const char *end = line + length;
    while (value < end && (*value == ' ' || *value == '\t')) {
        value++;
    }
    while (end > value && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    native_buffer_text(&head->lines, head->lines.length > 0 ? "\n" : "");
    for (const char *c = line; c < colon; c++) {
        const char lower = (char)(*c >= 'A' && *c <= 'Z' ? *c + ('a' - 'A') : *c);
        native_buffer_bytes(&head->lines, &lower, 1);
    }
    native_buffer_text(&head->lines, ": ");
    native_buffer_bytes(&head->lines, value, (size_t)(end - value));
    if (is_word(line, (size_t)(colon - line), "content-encoding")) {
        note_encoding(head, value, (size_t)(end - value));
    }
}

bool http_head_line(HttpHead *head, const char *line, size_t length)
{
    while (length > 0 && (line[length - 1] == '\n' || line[length - 1] == '\r')) {
        length--;
    }
    if (head->complete) {
        return false;
    }
    if (length >= 5 && strncmp(line, "HTTP/", 5) == 0) {
        begin_head(head, line, length);
        return false;
    }
    if (length == 0) {
        head->complete = head->status >= 200;
        return head->complete;
    }
    head->too_long = head->too_long || head->lines.length + length > HTTP_HEAD_MAX;
    if (!head->too_long) {
        add_line(head, line, length);
    }
    return false;
}
