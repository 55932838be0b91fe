/* org/filter.h: the filter language of the compatible lists (api.md 7), parsed once and asked per
 * object. Private to the folder. */
#pragma once
#include "base/base.h"

enum {
    RV_FOP_EQ = 1, RV_FOP_NE = 2, RV_FOP_CO = 4, RV_FOP_SW = 8, RV_FOP_EW = 16, RV_FOP_GT = 32, RV_FOP_GE = 64, RV_FOP_LT = 128,
    RV_FOP_LE = 256, RV_FOP_PR = 512,
    RV_FOP_ORDER = RV_FOP_GT | RV_FOP_GE | RV_FOP_LT | RV_FOP_LE,
    RV_FOP_ALL = 1023
};
/* What may be asked: a path of members with dots; one that ends with '.' stands for everything
 * below it. */
struct rv_filter_attr {
    const char *name;
    unsigned ops;
};
struct rv_filter;
/* attrs ends with .name == NULL. Anything wrong is RV_INVALID with a cause at `parameter` and the
 * wire code `code`. */
RV_MUST_CHECK rv_status rv_filter_parse(struct rv_cx *cx, rv_str text,
                                        const struct rv_filter_attr *attrs, const char *parameter,
                                        const char *code, const struct rv_filter **ret);
/* Texts compare without case, times as instants, lists when any element does. NULL matches
 * everything. */
bool rv_filter_match(const struct rv_filter *f, const json_t *object);
/* The text that `attr` must equal for the whole filter to hold, so that a list can go straight to
 * an index. */
bool rv_filter_needs(const struct rv_filter *f, const char *attr, rv_str *ret);
/* The value at a path with dots, or NULL. */
const json_t *rv_json_at(const json_t *object, rv_str path);
/* Orders two values as the filter language does: absent first, numbers, instants, texts without
 * case. */
int rv_value_order(const json_t *a, const json_t *b);
