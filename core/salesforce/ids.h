/*
 * Record ids. An id is 15 letters and digits whose case matters; the 18-character form adds three that tell
 * which of the letters are capitals, so that it survives systems without case (Salesforce help, "What is the
 * difference between 15-character and 18-character record IDs"). The APIs answer with 18; ids inside URLs,
 * tokens and old exports may have 15. Perly stores 18 and compares only what went through sf_id_normalise.
 *
 *     char id[SF_ID_BYTES];
 *     RETURN_IF_ERROR(sf_id_normalise(SLICE("0015500001QdQWa"), id));      "0015500001QdQWaAAN"
 */
#ifndef PERLY_SALESFORCE_IDS_H
#define PERLY_SALESFORCE_IDS_H

#include "base/error.h"

enum { SF_ID_SHORT_BYTES = 15, SF_ID_BYTES = 18, SF_ID_PREFIX_BYTES = 3 };

/* 15 or 18 ASCII letters and digits. Says nothing about the checksum, nor whether such a record exists. */
bool sf_id_valid(Slice text);

/*
 * Writes the 18-character form of a 15- or 18-character id. The checksum is computed anew, the case of the
 * first 15 is never touched: what Salesforce itself sent is right as it is. ERROR_SF_ID when the text is no
 * id; its place points at the text.
 */
Error sf_id_normalise(Slice text, char id[SF_ID_BYTES]);

/*
 * As sf_id_normalise, for ids that people and spreadsheets hand in: an 18-character id whose checksum does
 * not fit its letters is refused (ERROR_SF_ID), since its case was lost on the way and it would name another
 * record.
 */
Error sf_id_import(Slice text, char id[SF_ID_BYTES]);

/*
 * API name of the standard object whose records have this id's key prefix: "Account" for "001..."; empty for
 * a prefix that is not in the table (custom objects: ask the org's describe for keyPrefix). A literal.
 */
Slice sf_id_object(Slice id);

#endif
