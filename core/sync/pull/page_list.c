#include "sync/pull/page_list.h"

#include "base/assert.h"
#include "base/number.h"

void page_list_begin(PageList *list)
{
    *list = (PageList){.has_next = true};
}

bool page_list_has_room(const PageList *list)
{
    return list->count + SF_BULK_LINKS_MAX <= PAGE_LIST_MAX;
}

void page_list_add(PageList *list, const SfBulkLinks *links)
{
    perly_assert(page_list_has_room(list));
    for (uint32_t i = 0; i < links->count; i++) {
        list->pages[list->count++] = (ListedPage){.link = links->pages[i]};
    }
    list->has_next = links->has_next;
    list->next = links->next;
}

uint32_t page_list_waiting(const PageList *list)
{
    uint32_t waiting = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        waiting += list->pages[i].state == PAGE_WAITS ? 1 : 0;
    }
    return waiting;
}

bool page_list_take(PageList *list, uint64_t *number, Slice *link)
{
    for (uint32_t i = 0; i < list->count; i++) {
        ListedPage *page = &list->pages[i];
        if (page->state == PAGE_WAITS) {
            page->state = PAGE_OPEN;
            *number = list->first + i;
            *link = page->link;
            return true;
        }
    }
    return false;
}

void page_list_done(PageList *list, uint64_t number, uint64_t rows)
{
    ListedPage *page = &list->pages[number - list->first];
    uint32_t behind = 0;
    page->state = PAGE_DONE;
    page->rows = rows;
    while (behind < list->count && list->pages[behind].state == PAGE_DONE) {
        behind++;
    }
    list->count -= behind;
    list->first += behind;
    memmove(list->pages, list->pages + behind, list->count * sizeof *list->pages);
}

bool page_list_rest(const PageList *list, Slice *link, uint64_t *rows_behind)
{
    if (list->count == 0) {
        return false;
    }
    *link = list->pages[0].link; /* else it would have left the list */
    *rows_behind = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        *rows_behind += list->pages[i].rows;
    }
    return true;
}

static void print_line(Buffer *text, Slice mark, Slice link)
{
    buffer_append(text, mark);
    buffer_append_byte(text, ' ');
    buffer_append(text, link);
    buffer_append_byte(text, '\n');
}

void page_list_print(const PageList *list, Buffer *text)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const ListedPage *page = &list->pages[i];
        char rows[NUMBER_TEXT_BYTES];
        const Slice count = slice_make(rows, number_print_uint64(page->rows, rows));
        print_line(text, page->state == PAGE_DONE ? count : SLICE("-"), page->link);
    }
    if (list->has_next) {
        print_line(text, SLICE("+"), list->next);
    }
}

static Error read_line(PageList *list, Slice line)
{
    const size_t space = slice_find_byte(line, ' ', 0);
    const Slice mark = slice_part(line, 0, space);
    const Slice link = slice_part(line, space + 1, line.length);
    ListedPage page = {.link = link};
    if (slice_equal(mark, SLICE("+"))) {
        list->has_next = true;
        list->next = link;
        return ERROR_NONE;
    }
    if (!slice_equal(mark, SLICE("-"))) {
        page.state = PAGE_DONE;
        RETURN_IF_ERROR(number_parse_uint64(mark, &page.rows));
    }
    if (list->count == PAGE_LIST_MAX) {
        return error_make(ERROR_STORE_FAILED, SLICE("too many pages"));
    }
    list->pages[list->count++] = page;
    return ERROR_NONE;
}

Error page_list_read(PageList *list, Slice text)
{
    *list = (PageList){.count = 0};
    for (size_t at = 0; at < text.length;) {
        const size_t end = slice_find_byte(text, '\n', at);
        if (read_line(list, slice_part(text, at, end)).code != ERROR_OK) {
            return error_make(ERROR_STORE_FAILED, SLICE("table pull has no list of pages where one must be"));
        }
        at = end + 1;
    }
    return ERROR_NONE;
}
