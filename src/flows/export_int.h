/* flows/export_int.h: shared by export.c and export_pack.c. */
#pragma once
#include "flows/flows_int.h"

struct export_out {
    struct rv_cx *cx;
    bool bad; /* out of memory somewhere */
    json_t *configs; /* connections met */
    json_t *tables; /* ids of the tables that cards name */
    struct rv_tx *tx;
};
struct export_body {
    struct export_out *o;
    json_t *methods, *orderings;
    json_t *by_id; /* method by uuid */
    json_t *join_of; /* "card/output" of an If/Else -> uuid of its join */
    json_t *join_in; /* "card/output" of an If/Else -> field of its join */
    json_t *ids; /* uuids of all cards of the body */
    json_t *uuids;   /* id of a card -> its uuid in the file, when that is another */
    json_t *expands; /* "card/output" -> expand method uuid */
    int edges, expand_n;
};

/* A body with its methods and orderings, the reverse of rv_import_body. New reference. */
json_t *rv_export_body(struct export_out *o, const json_t *cards, rv_str name);
void rv_export_add_connection(struct export_body *b, const json_t *card, json_t *model);
json_t *rv_export_model_of(json_t *method); /* borrowed */
/* Takes v; without memory, o->bad is set. */
void rv_export_set(struct export_out *o, json_t *object, const char *key, json_t *v);
/* New references; null for what is absent. */
json_t *rv_export_text(rv_str s);
json_t *rv_export_borrowed(json_t *v);
