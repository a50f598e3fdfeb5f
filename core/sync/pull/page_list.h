/*
 * The result pages of a Bulk job that are read side by side: those that are known and not behind us. Pages
 * are taken in the order of the result and end in any; what is done is kept in the list until all before it
 * is, so that the rest can always be read by one locator instead.
 *
 * As text, for the checkpoint, it has a line a page, "rows link" or "- link" for one that is not stored, and
 * in the end "+ link" while there are further lists.
 */
#ifndef PERLY_SYNC_PULL_PAGE_LIST_H
#define PERLY_SYNC_PULL_PAGE_LIST_H

#include "salesforce/bulk_query.h"

/* So many that a page which fails and is tried again for minutes does not stop the others soon. */
enum { PAGE_LIST_MAX = 4 * SF_BULK_LINKS_MAX };

typedef enum PageState { PAGE_WAITS, PAGE_OPEN, PAGE_DONE } PageState;

typedef struct ListedPage {
    Slice link;
    PageState state;
    uint64_t rows; /* once it is done */
} ListedPage;

typedef struct PageList {
    ListedPage pages[PAGE_LIST_MAX];
    uint32_t count;
    uint64_t first; /* number of pages[0]: pages are numbered in the order in which they were added */
    bool has_next;  /* there is a list that was not asked for */
    Slice next;     /* its link; empty for the first one */
} PageList;

/* Before the first list was asked for. */
void page_list_begin(PageList *list);

/* Room for another list's links. */
bool page_list_has_room(const PageList *list);

/* Links live as long as the list. */
void page_list_add(PageList *list, const SfBulkLinks *links);

/* Pages that nobody has taken. */
uint32_t page_list_waiting(const PageList *list);

/* The next page to be read: its number and link; false when none waits. */
bool page_list_take(PageList *list, uint64_t *number, Slice *link);

/* The page is stored. */
void page_list_done(PageList *list, uint64_t number, uint64_t rows);

/*
 * The first page that is not stored, and how many rows of pages behind it are: those would come again. False
 * when all that are known are stored. No page is open.
 */
bool page_list_rest(const PageList *list, Slice *link, uint64_t *rows_behind);

void page_list_print(const PageList *list, Buffer *text);

/* Pages that were open wait again. Links point into `text`. ERROR_STORE_FAILED for another text. */
Error page_list_read(PageList *list, Slice text);

#endif
