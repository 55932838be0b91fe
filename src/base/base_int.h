/* base/base_int.h: what the files of src/base share. */
#pragma once
#include "base/base.h"

int64_t rv_days_of_civil(int64_t y, int m, int d); /* days since 1970-01-01 */
void rv_civil_of_days(int64_t days, int64_t *ret_y, int *ret_m, int *ret_d);
int64_t rv_floor_div(int64_t a, int64_t b); /* b > 0 */
size_t rv_plain_run(rv_str s); /* bytes before the first that a JSON string writes with a backslash */
/* Where n more bytes may be written at once, NULL after a failure; rv_buf_grow then counts them and
 * ends the text. */
char *rv_buf_room(struct rv_buf *b, size_t n);
void rv_buf_grow(struct rv_buf *b, size_t n);

/* What is free at the end of the arena's last block, for a text whose length is not known: an
 * allocation of up to *ret_n bytes that follows gives the same address. What is written and then
 * not allocated must be zeroed again. */
char *rv_arena_room(struct rv_arena *a, size_t *ret_n);
void rv_sha1_two(rv_str a, rv_str b, uint8_t ret[20]); /* of both, one behind the other */
/* vsnprintf (format.c). */
int rv_vformat(char *to, size_t size, const char *format, va_list args) RV_PRINTF(3, 0);
