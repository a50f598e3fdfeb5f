/*
 * Chatter posts on accounts. A FeedItem has no external id and cannot be filtered by its body (Object
 * Reference, "FeedItem"), so each post ends in a line with its key's marker; after an unclear outcome the
 * account's feed is read and the marker looked for, twice and 60 s apart, before the post is made again.
 */
#ifndef PERLY_SALESFORCE_CHATTER_H
#define PERLY_SALESFORCE_CHATTER_H

#include "job/request.h"
#include "salesforce/marker.h"

/* Of 10,000, so that a limit counted in another unit is not met. */
enum { SF_CHATTER_UNITS_MAX = 9500, SF_CHATTER_FEED_ROWS = 50 };

/*
 * Posts as the connected user: once. `text` is plain and is cut to SF_CHATTER_UNITS_MAX with its marker. Made
 * as an sObject, which counts as a plain API call, not against Chatter's hourly limit.
 */
Error sf_chatter_post(Arena *arena, Slice version, Slice account_id, Slice text, Slice key,
                      RequestSpec *spec);

/*
 * The same with a mention of a user before the text, by the Connect API, the only way to mention: once.
 * Counts against Chatter's own hourly limit, over which it answers 503.
 */
Error sf_chatter_post_mention(Arena *arena, Slice version, Slice account_id, Slice user_id, Slice text,
                              Slice key, RequestSpec *spec);

/* Reads the answer of sf_chatter_post_mention: the feed element's id. ERROR_SF_ANSWER for another document.
 */
Error sf_chatter_mention_read(Arena *arena, Slice body, char id[SF_ID_BYTES]);

/*
 * The query (REST, newest first) whose rows' Body is to be searched with sf_marker_found. By AccountFeed,
 * since a direct query of FeedItem needs View All Data. `since_ms`: the attempt's start in server time, less
 * five minutes.
 */
Error sf_chatter_find(Arena *arena, Slice account_id, Slice user_id, int64_t since_ms, Slice *soql);

/*
 * What the error of a post means, in the words of sf_classify. Where Chatter is off, or this user has none of
 * it, there is no FeedItem: Salesforce does not know the resource (NOT_FOUND), or not the object
 * (INVALID_TYPE). An account that is gone is told otherwise. `mention` is of the Connect API, whose NOT_FOUND
 * may be the account's. The message's memory is of `arena`.
 */
Error sf_chatter_error(Arena *arena, bool mention, Error error);

#endif
