/* cards/date_int.h: the tokens of dates, written and read (cards.md B.3). Private to the folder. */
#pragma once
#include "flows/card.h"

/* An instant as text in a format and a zone (empty or unknown: UTC). */
RV_MUST_CHECK rv_status rv_date_text(struct rv_cx *cx, rv_str format, rv_str zone, int64_t ms,
                                     rv_str *ret);
/* Reads text by a format: widths are lenient, what is missing is the current year, the first month
 * and day, midnight; no zone is UTC. RV_INVALID says where it does not fit. */
RV_MUST_CHECK rv_status rv_date_read(struct rv_cx *cx, rv_str format, rv_str text, int64_t *ret_ms);
