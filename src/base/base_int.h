/* base/base_int.h: what the files of src/base share. */
#pragma once
#include "base/base.h"

int64_t rv_days_of_civil(int64_t y, int m, int d); /* days since 1970-01-01 */
void rv_civil_of_days(int64_t days, int64_t *ret_y, int *ret_m, int *ret_d);
int64_t rv_floor_div(int64_t a, int64_t b); /* b > 0 */
size_t rv_plain_run(rv_str s); /* bytes before the first that a JSON string writes with a backslash */
