/* flows/import_int.h: shared by import.c and import_body.c. */
#pragma once
#include "flows/flows_int.h"

struct import {
    struct rv_cx *cx;
    struct rv_import_report *report;
    struct rv_import_item **errors_end, **warnings_end;
    size_t errors_n, warnings_n; /* with those that are too many to list */
    json_t *flow_ids, *table_ids, *folder_ids, *connection_ids; /* old -> new; each kind names its own, a file may use one id for several */
    json_t *config_ids; /* of those in the file: what an export names while nobody has chosen one */
    json_t *configs, *tables; /* of the pack */
    json_t *only; /* connector -> the connection that its cards without one get here */
    json_t *unsupported; /* card name -> count */
    json_t *needs; /* connector -> true: a connection is missing */
    rv_str flow; /* name of the flow at hand, for messages */
    rv_str holder, holder_uuid; /* card around the inline body at hand, for messages */
    json_t *card_ids; /* of the flow at hand: used ids */
    size_t cards; /* of the flow at hand */
};
void rv_import_error(struct import *m, rv_str card, const char *format, ...) RV_PRINTF(3, 4);
void rv_import_warning(struct import *m, rv_str card, const char *format, ...) RV_PRINTF(3, 4);
/* Cards of a body (an object with methods and orderings), normalised. Problems go to the report;
 * what is returned is then not used. New reference or NULL when memory is out. */
json_t *rv_import_body(struct import *m, const json_t *body, bool is_inline, int depth);
/* Warnings about calls between the flows, and about filters. */
void rv_import_check_flows(struct import *m, const struct rv_flow_insert *flows, size_t n);
