/* The SIMD scanner: 64 bytes to masks, then one step for each separator, none for the bytes between. */
#include "csv/internal.h"
#include "csv/scan.h"

#ifdef CSV_SCAN_SIMD

typedef struct BlockMasks {
    uint64_t commas;   /* outside quotes */
    uint64_t newlines; /* outside quotes */
    uint64_t special;  /* the second of two quotes; newlines inside quotes */
    uint64_t inside;   /* within quotes, the opening quote included */
    uint64_t quotes;
} BlockMasks;

/* False: the byte scanner must read this block. Changes nothing. */
static bool make_masks(const CsvScan *scan, BlockMasks *masks)
{
    const ScanBlock block = scan_load(scan->bytes + scan->at);
    const CsvState state = (CsvState)scan->reader->state;
    if (scan_has_zero(block) || state == CSV_AFTER_QUOTE_CR) {
        return false;
    }
    const uint64_t quotes = scan_equal(block, '"');
    const uint64_t commas = scan_equal(block, ',');
    const uint64_t newlines = scan_equal(block, '\n');
    const uint64_t inside = scan_prefix_xor(quotes) ^ (state == CSV_QUOTED ? UINT64_MAX : 0);
    const uint64_t marks = quotes | commas | newlines;
    const uint64_t opening = quotes & inside;
    const uint64_t after_closing = (quotes & ~inside) << 1 | (state == CSV_AFTER_QUOTE);
    const uint64_t may_open = marks << 1 | (state == CSV_AT_FIELD || state == CSV_AFTER_QUOTE);
    uint64_t wrong = (opening & ~may_open) | (after_closing & ~marks);
    if (wrong != 0) {
        wrong &= ~(after_closing & scan_equal(block, '\r') & newlines >> 1);
        if (wrong != 0) {
            return false;
        }
    }
    *masks = (BlockMasks){.commas = commas & ~inside,
                          .newlines = newlines & ~inside,
                          .special = (opening & after_closing) | (newlines & inside),
                          .inside = inside,
                          .quotes = quotes};
    return true;
}

/* Fields that end at each bit of `commas`. */
static void end_fields(CsvScan *scan, uint64_t commas)
{
    CsvReader *reader = scan->reader;
    if (commas == 0) {
        return;
    }
    if (reader->options.columns_limit - reader->field_count < SCAN_BLOCK_BYTES) {
        for (; commas != 0 && !scan->stopped; commas &= commas - 1) {
            csv_end_field(scan, scan->at + (unsigned)__builtin_ctzll(commas));
        }
        return;
    }
    const size_t place = scan->shift + scan->at;
    uint32_t *end = reader->ends + reader->field_count;
    uint32_t dirty = reader->dirty ? CSV_END_DIRTY : 0;
    for (; commas != 0; commas &= commas - 1) {
        *end++ = ((uint32_t)place + (uint32_t)__builtin_ctzll(commas)) | dirty;
        dirty = 0;
    }
    reader->dirty = false;
    reader->field_count = (uint32_t)(end - reader->ends);
}

/* Fields that end before `limit` (a single bit, or 0 for the block's end), with what is special in them. */
static void end_special_fields(CsvScan *scan, const BlockMasks *masks, uint64_t from)
{
    uint64_t special = masks->special & from;
    uint64_t commas = masks->commas & from;
    while (special != 0 && !scan->stopped) {
        const uint64_t lowest = special & (0 - special);
        end_fields(scan, commas & (lowest - 1));
        commas &= ~(lowest - 1);
        if ((masks->quotes & lowest) != 0) {
            scan->reader->dirty = true;
        } else if (!scan->stopped) {
            scan->reader->line++;
        }
        special ^= lowest;
    }
    if (!scan->stopped) {
        end_fields(scan, commas);
    }
}

static CsvState state_after(const BlockMasks *masks)
{
    const uint64_t last = UINT64_C(1) << 63;
    if ((masks->inside & last) != 0) {
        return CSV_QUOTED;
    }
    if ((masks->quotes & last) != 0) {
        return CSV_AFTER_QUOTE;
    }
    return ((masks->commas | masks->newlines) & last) != 0 ? CSV_AT_FIELD : CSV_PLAIN;
}

/* Afterwards `at` is behind the block, or behind the row that stopped the scan. */
static void walk(CsvScan *scan, const BlockMasks *masks)
{
    uint64_t left = UINT64_MAX; /* bits not yet done */
    for (uint64_t newlines = masks->newlines; newlines != 0; newlines &= newlines - 1) {
        const uint64_t lowest = newlines & (0 - newlines);
        end_special_fields(scan, masks, left & (lowest - 1));
        if (scan->stopped) {
            return;
        }
        csv_end_row(scan, scan->at + (unsigned)__builtin_ctzll(newlines));
        left = ~(lowest | (lowest - 1));
        if (scan->stopped) {
            scan->at = scan->row_start;
            scan->reader->state = CSV_AT_FIELD;
            return;
        }
    }
    end_special_fields(scan, masks, left);
    scan->reader->state = (uint8_t)state_after(masks);
    scan->at += SCAN_BLOCK_BYTES;
}

void csv_scan_blocks(CsvScan *scan)
{
    while (scan->length - scan->at >= SCAN_BLOCK_BYTES && !scan->stopped) {
        BlockMasks masks;
        if (scan->shift + scan->at > scan->reader->options.record_bytes_limit) {
            (void)csv_record_too_long(scan, scan->at);
        } else if (make_masks(scan, &masks)) {
            walk(scan, &masks);
        } else {
            csv_scan_bytes(scan, scan->at + SCAN_BLOCK_BYTES);
        }
    }
}

#else

void csv_scan_blocks(CsvScan *scan)
{
    (void)scan;
}

#endif
