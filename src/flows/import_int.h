/* flows/import_int.h: shared by import.c, import_body.c and import_graph.c. */
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

/* ---- a body as a graph (import_graph.c) ------------------------------------------------------ */

struct import_link {
    const char *input; /* pin id of the target */
    int card; /* source node */
    const char *output;
    const json_t *path; /* below the output, or NULL */
    const char *convert;
    const char *lane; /* of the end of an If/Else: counts in this one only; NULL: where it fits */
    bool wrap;
    struct import_link *next;
};
struct import_node {
    const json_t *m, *model;
    rv_str uuid, module, method, name, title;
    rv_str id; /* in the flow; of a join: of its If/Else */
    bool expand, join, anchor, conn;
    int *next; /* targets of the edges, without self and expand */
    size_t next_n;
    size_t incoming;
    struct import_link *links, **links_end;
    bool emitted;
    int lane_mark;
};
struct import_body {
    struct import *m;
    struct rv_cx *cx;
    struct import_node *nodes;
    size_t n;
    json_t *index; /* uuid -> node */
    json_t *pins;  /* ids of all fields */
    int lane_clock;
    bool bad;
    int depth;
};

#define JEACH(array, i, v) json_array_foreach((json_t *)(uintptr_t)(array), i, v)
#define JMEMBERS(object, k, v) json_object_foreach((json_t *)(uintptr_t)(object), k, v)

/* A problem of a card, or (n NULL) of the body: then the card around it is named. */
void rv_import_error_at(struct import_body *b, const struct import_node *n, const char *sentence,
                        const char *what);
/* In this order; what is wrong goes to the report and sets bad. */
void rv_import_read_nodes(struct import_body *b, const json_t *methods);
void rv_import_read_edges(struct import_body *b, const json_t *orderings);
void rv_import_read_links(struct import_body *b);
void rv_import_resolve_links(struct import_body *b); /* expand cards and joins become what stands behind them */
void rv_import_check_cycles(struct import_body *b);
int rv_import_find_root(struct import_body *b, bool is_inline); /* the first card; -1: there is none */
/* Borrowed; -1 and NULL: not there. */
int rv_import_find_node(const struct import_body *b, const char *uuid);
bool rv_import_has_edge(const struct import_node *n, int to);
const json_t *rv_import_pins_of(const struct import_node *n, const char *side);
const json_t *rv_import_pin_by_id(const struct import_node *n, const char *side, const char *id);
