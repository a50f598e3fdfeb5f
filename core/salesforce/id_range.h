/*
 * Ranges of record ids, for a query that takes too long over all of them: "Id >= 'a' AND Id < 'b'".
 *
 * Behind the three characters of the object an id counts in base 62, with the digits 0-9, A-Z, a-z, so that
 * ids of one object are numbers and can be halved. Whether a database compares them so is not documented, and
 * need not be: ranges that follow one another, each beginning where the one before ends, the first without a
 * beginning and the last without an end, have every row in one of them at least, in whatever order the
 * boundaries are compared. (Take the last boundary that is not above the row; the row is below the next one.)
 * Another order makes ranges of unequal size, or rows that come twice, and both are harmless.
 *
 *     char middle[SF_ID_SHORT_BYTES];
 *     sf_id_middle(SLICE("001000000000000"), SLICE("001000000000010"), middle)       "00100000000000V"
 */
#ifndef PERLY_SALESFORCE_ID_RANGE_H
#define PERLY_SALESFORCE_ID_RANGE_H

#include "salesforce/ids.h"

/*
 * Half-way between two ids of one object, 15 characters. False when they are of two objects or no ids, or
 * when nothing lies between: `from` is not below `to`, or the next one.
 */
bool sf_id_middle(Slice from, Slice to, char middle[SF_ID_SHORT_BYTES]);

/* As far behind `to` as `to` is behind `from`. False as above, and when there is no such id. */
bool sf_id_beyond(Slice from, Slice to, char beyond[SF_ID_SHORT_BYTES]);

/* Is `a` below `b`, as numbers of one object? */
bool sf_id_below(Slice a, Slice b);

#endif
