/* flows/import_body.c: turns one body of an export (a bag of cards, edges and links) into a row of
 * normalised cards.
 *
 * Follows flopack.md 7, 12 and 19: self edges are dropped, hidden expand cards become paths on
 * links, the order comes from the edges alone, If/Else with its two anchors and its join becomes
 * one container with two lanes. Cards of kinds nobody knows keep all their fields. Inline bodies
 * are done the same way, as lanes of the card that holds them. */
#include "flows/import_int.h"
#include <stdlib.h>

struct link {
    const char *input; /* pin id of the target */
    int card; /* source node */
    const char *output;
    const json_t *path; /* below the output, or NULL */
    const char *convert;
    const char *lane; /* of the end of an If/Else: counts in this one only; NULL: where it fits */
    bool wrap;
    struct link *next;
};
struct node {
    const json_t *m, *model;
    rv_str uuid, module, method, name, title;
    rv_str id; /* in the flow; of a join: of its If/Else */
    bool expand, join, anchor, conn;
    int *next; /* targets of the edges, without self and expand */
    size_t next_n;
    size_t incoming;
    struct link *links, **links_end;
    bool emitted;
    int lane_mark;
};
struct body {
    struct import *m;
    struct rv_cx *cx;
    struct node *nodes;
    size_t n;
    json_t *index; /* uuid -> node */
    json_t *pins;  /* ids of all fields */
    int lane_clock;
    bool bad;
    int depth;
};

enum { TITLE_MAX = 400 }; /* as in the check of a definition */

#define JEACH(array, i, v) json_array_foreach((json_t *)(uintptr_t)(array), i, v)
#define JMEMBERS(object, k, v) json_object_foreach((json_t *)(uintptr_t)(object), k, v)

/* A problem of a card, or (n NULL) of the body: then the card around it is named. */
static void error_at(struct body *b, const struct node *n, const char *sentence, const char *what)
{
    rv_str where = n != NULL                     ? n->uuid
                   : b->m->holder_uuid.p != NULL ? b->m->holder_uuid
                                                 : RV_STR("body");
    rv_import_error(b->m, n != NULL ? n->title : b->m->holder, "%s%s (%.*s)", sentence, what,
                    RV_FMT(where));
    b->bad = true;
}

static int find_node(const struct body *b, const char *uuid)
{
    const json_t *i = uuid != NULL ? json_object_get(b->index, uuid) : NULL;
    return i != NULL ? (int)json_integer_value(i) : -1;
}

static const json_t *pins_of(const struct node *n, const char *side)
{
    return json_object_get(json_object_get(n->model, side), "data");
}

/* A member that holds something else than it must is told, not passed over: what it says would be
 * lost. Absent, null, false and an empty list say nothing. */
static bool fits(struct body *b, const struct node *n, const json_t *v, json_type type,
                 const char *what)
{
    if (v == NULL || json_is_null(v) || json_is_false(v) || json_typeof(v) == type ||
        (json_is_array(v) && json_array_size(v) == 0))
        return true;
    error_at(b, n, what, type == JSON_ARRAY ? " must be a list" : " must be an object");
    return false;
}

/* ---- nodes ----------------------------------------------------------------------------------- */

static bool is_hex(rv_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!((s.p[i] >= '0' && s.p[i] <= '9') || (s.p[i] >= 'a' && s.p[i] <= 'f') ||
              (s.p[i] >= 'A' && s.p[i] <= 'F')))
            return false;
    return true;
}

/* "root:kernel:<module>:<version>:<method>" or "root:channels:http:<name>:<version>:<method>". */
static bool read_address(struct body *b, struct node *n)
{
    rv_str rest = rv_json_member_str(n->m, "address"), part[6];
    size_t k = 0;
    while (k < 6 && rv_str_split(&rest, ':', &part[k]))
        k++;
    if (k == 5 && rv_str_eq(part[0], RV_STR("root")) && rv_str_eq(part[1], RV_STR("kernel")) &&
        rest.n == 0) {
        n->module = part[2];
        n->method = part[4];
        if (!rv_str_eq(part[3], RV_STR("0.0.1")))
            rv_import_warning(b->m, n->title, "card version %.*s is read as 0.0.1 (%.*s)",
                              RV_FMT(part[3]), RV_FMT(n->uuid));
    } else if (k == 6 && rv_str_eq(part[0], RV_STR("root")) &&
               rv_str_eq(part[1], RV_STR("channels")) && rest.n == 0) {
        n->module = part[3];
        n->method = part[5];
        n->conn = true;
        if (n->module.n > 33 && n->module.p[n->module.n - 33] == '_' &&
            is_hex(rv_str_sub(n->module, n->module.n - 32, n->module.n)))
            n->module.n -= 33; /* connectors of the public builder carry 32 hexadecimal digits */
    } else {
        return false;
    }
    return n->module.n > 0 && n->method.n > 0;
}

/* One side of the fields: an object of objects, each under its id, and each id once in the body. */
static void check_fields(struct body *b, const struct node *n, const char *side)
{
    const json_t *pins = json_object_get(n->model, side);
    const char *id;
    json_t *pin;
    if (!fits(b, n, pins, JSON_OBJECT, side) ||
        !fits(b, n, json_object_get(pins, "data"), JSON_OBJECT, "the data of its fields"))
        return;
    if (json_object_size(pins_of(n, side)) > RV_FLOW_PINS_MAX) {
        error_at(b, n, "the card has more than 500 fields", "");
        return;
    }
    JMEMBERS(pins_of(n, side), id, pin)
    {
        if (!json_is_object(pin))
            error_at(b, n, "a field is no object: ", id);
        else if (!rv_str_eq(rv_json_member_str(pin, "id"), rv_str_of(id)))
            error_at(b, n, "a field has two ids: ", id);
        else if (json_object_get(b->pins, id) != NULL)
            error_at(b, n, "two fields of one body have the same id: ", id);
        if (json_object_set_new(b->pins, id, json_true()) != 0)
            b->bad = true;
    }
}

static void check_shape(struct body *b, const struct node *n)
{
    static const char *const members[] = { "pins", "joins", "branches" };
    const json_t *policy = json_object_get(n->model, "policy");
    for (size_t i = 0; i < RV_LEN(members); i++)
        (void)fits(b, n, json_object_get(n->m, members[i]), JSON_OBJECT, members[i]); /* told */
    check_fields(b, n, "inputs");
    check_fields(b, n, "outputs");
    if (fits(b, n, policy, JSON_OBJECT, "policy"))
        (void)fits(b, n, json_object_get(policy, "error"), JSON_OBJECT, "policy.error"); /* told */
}

static void read_node(struct body *b, struct node *n, const json_t *m)
{
    const json_t *node = json_object_get(m, "node");
    n->m = m;
    n->model = json_object_get(node, "model");
    n->uuid = rv_json_member_str(m, "uuid");
    n->title = rv_json_member_str(json_object_get(n->model, "metadata"), "name");
    n->id = n->uuid;
    n->links_end = &n->links;
    n->lane_mark = -1;
    if (n->uuid.n == 0 || !json_is_object(n->model)) {
        error_at(b, n, "card without uuid or model", "");
        return;
    }
    if (n->uuid.n > 60)
        error_at(b, n, "the uuid of the card has more than 60 bytes", "");
    check_shape(b, n);
    if (!read_address(b, n)) {
        error_at(b, n, "bad card address", "");
        return;
    }
    if (rv_json_member_str(node, "key").p != NULL &&
        !rv_str_eq(n->method, rv_json_member_str(node, "key")))
        error_at(b, n, "the address and the key of the card differ", "");
    n->name = rv_printf(b->cx, "%.*s:%.*s", RV_FMT(n->module), RV_FMT(n->method));
    n->expand = rv_str_eq(n->name, RV_STR("object:expand"));
    n->join = rv_str_eq(n->name, RV_STR("control:join"));
}

static void read_nodes(struct body *b, const json_t *methods)
{
    size_t i;
    json_t *m;
    b->n = json_array_size(methods);
    if (b->n > 4 * RV_FLOW_CARDS_MAX) {
        error_at(b, NULL, "a flow has at most 500 cards (limit flow.cards)", "");
        b->n = 0;
    }
    b->nodes = RV_NEW_N(b->cx, struct node, b->n + 1);
    if (b->nodes == NULL) {
        b->bad = true;
        b->n = 0;
        return;
    }
    JEACH(methods, i, m)
    {
        struct node *n = &b->nodes[i];
        read_node(b, n, m);
        if (n->uuid.p == NULL)
            continue;
        if (json_object_getn(b->index, n->uuid.p, n->uuid.n) != NULL)
            error_at(b, n, "two cards of one body have the same uuid", "");
        if (json_object_setn_new(b->index, n->uuid.p, n->uuid.n, json_integer((json_int_t)i)) != 0)
            b->bad = true;
    }
    for (i = 0; i < b->n; i++) {
        const char *anchor;
        json_t *side;
        JMEMBERS(json_object_get(b->nodes[i].m, "branches"), anchor, side)
        {
            int a = find_node(b, anchor);
            if (a >= 0)
                b->nodes[a].anchor = true;
        }
    }
    /* A card keeps its uuid as id unless another body of the flow has used it. */
    for (i = 0; i < b->n; i++) {
        struct node *n = &b->nodes[i];
        for (int k = 2;
             n->id.p != NULL && json_object_getn(b->m->card_ids, n->id.p, n->id.n) != NULL; k++)
            n->id = rv_printf(b->cx, "%.*s~%d", RV_FMT(n->uuid), k);
        if (n->id.p != NULL &&
            json_object_setn_new(b->m->card_ids, n->id.p, n->id.n, json_true()) != 0)
            b->bad = true;
    }
}

/* ---- edges ----------------------------------------------------------------------------------- */

static bool has_edge(const struct node *n, int to)
{
    for (size_t i = 0; i < n->next_n; i++)
        if (n->next[i] == to)
            return true;
    return false;
}

static void add_edge(struct body *b, int from, int to)
{
    struct node *n = &b->nodes[from];
    if (from == to || n->expand || b->nodes[to].expand || has_edge(n, to))
        return;
    if ((n->next_n & (n->next_n - 1)) == 0) { /* grows at powers of two */
        int *more = RV_NEW_N(b->cx, int, n->next_n == 0 ? 1 : 2 * n->next_n);
        if (more == NULL) {
            b->bad = true;
            return;
        }
        if (n->next_n > 0)
            memcpy(more, n->next, n->next_n * sizeof(int));
        n->next = more;
    }
    n->next[n->next_n++] = to;
    b->nodes[to].incoming++;
}

static void read_edges(struct body *b, const json_t *orderings)
{
    const char *key;
    json_t *pair;
    if (!fits(b, NULL, orderings, JSON_OBJECT, "orderings"))
        return;
    JMEMBERS(orderings, key, pair)
    {
        int from = find_node(b, json_string_value(json_array_get(pair, 0)));
        int to = find_node(b, json_string_value(json_array_get(pair, 1)));
        if (from < 0 || to < 0)
            error_at(b, NULL, "an ordering names a card that is not there: ", key);
        else
            add_edge(b, from, to);
    }
}

/* ---- links ----------------------------------------------------------------------------------- */

static const json_t *pin_by_id(const struct node *n, const char *side, const char *id)
{
    return json_object_get(pins_of(n, side), id);
}

static void add_link(struct body *b, int from, const char *output, const char *target,
                     const json_t *entry)
{
    int to = find_node(b, target);
    const char *input = json_string_value(json_object_get(entry, "input"));
    if (to < 0 || input == NULL || pin_by_id(&b->nodes[to], "inputs", input) == NULL) {
        error_at(b, &b->nodes[from],
                 "a link leads to a card or field that is not there from output ", output);
        return;
    }
    struct link *l = RV_NEW(b->cx, struct link);
    if (l == NULL) {
        b->bad = true;
        return;
    }
    *l = (struct link){ .input = input, .card = from, .output = output, .convert = "" };
    l->lane = json_string_value(json_object_get(entry, "lane"));
    const char *key;
    json_t *t;
    (void)fits(b, &b->nodes[from], json_object_get(entry, "transform"), JSON_OBJECT,
               "transform"); /* told */
    if (json_object_size(json_object_get(entry, "transform")) > 1)
        error_at(b, &b->nodes[from], "a link has two conversions at output ", output);
    JMEMBERS(json_object_get(entry, "transform"), key, t)
    {
        const char *convert = json_string_value(json_object_get(t, "convert"));
        (void)fits(b, &b->nodes[from], t, JSON_OBJECT, "transform"); /* told */
        l->wrap = json_is_true(json_object_get(t, "forceWrapArray"));
        l->convert = convert != NULL ? convert : "";
        if (rv_convert_find(rv_str_of(l->convert)) < 0)
            error_at(b, &b->nodes[from], "unknown conversion ", l->convert);
    }
    struct node *into = &b->nodes[to];
    size_t same = 0;
    for (const struct link *o = into->links; o != NULL; o = o->next)
        same += strcmp(o->input, input) == 0 ? 1 : 0;
    if (same >= (into->join ? 2u : 1u)) {
        error_at(b, into,
                 into->join ? "a field has more than two sources: "
                            : "a field has more than one source: ",
                 input);
        return;
    }
    *into->links_end = l;
    into->links_end = &l->next;
}

static void read_links(struct body *b)
{
    const char *output, *target;
    json_t *targets, *entries, *entry;
    size_t k;
    for (size_t i = 0; i < b->n; i++) {
        JMEMBERS(json_object_get(b->nodes[i].m, "pins"), output, targets)
        {
            if (!fits(b, &b->nodes[i], targets, JSON_OBJECT, "the links of an output"))
                continue;
            if (json_object_size(targets) > 0 &&
                pin_by_id(&b->nodes[i], "outputs", output) == NULL) {
                error_at(b, &b->nodes[i], "a link starts at an output that is not there: ", output);
                continue;
            }
            JMEMBERS(targets, target, entries)
            {
                (void)fits(b, &b->nodes[i], entries, JSON_ARRAY, "the links to a card"); /* told */
                JEACH(entries, k, entry)
                {
                    add_link(b, (int)i, output, target, entry);
                }
            }
        }
    }
}

/* The path that a value pin of an expand card stands for. */
static const json_t *expand_path(const struct node *n, const char *output)
{
    const json_t *pin = pin_by_id(n, "outputs", output);
    const json_t *path = json_object_get(json_object_get(pin, "metadata"), "path");
    const char *id;
    json_t *other;
    if (json_is_array(path))
        return path;
    JMEMBERS(pins_of(n, "outputs"), id, other)
    {
        if (rv_str_eq(rv_json_member_str(other, "group"), rv_json_member_str(pin, "group")) &&
            rv_str_eq(rv_json_member_str(other, "key"), RV_STR("key")))
            return json_object_get(json_object_get(other, "value"), "data");
    }
    return NULL;
}

/* Follows links out of expand cards back to the card whose output they open. */
static void resolve_expand(struct body *b, struct link *l)
{
    for (int hops = 0; b->nodes[l->card].expand; hops++) {
        const struct node *x = &b->nodes[l->card];
        const json_t *path = expand_path(x, l->output);
        json_t *whole = json_array();
        if (x->links == NULL || !json_is_array(path) || hops > RV_FLOW_NESTING_MAX ||
            whole == NULL) {
            json_decref(whole);
            error_at(b, x, "a member of an output is read that leads nowhere", "");
            return;
        }
        if (json_array_extend(whole, (json_t *)(uintptr_t)path) != 0 ||
            (l->path != NULL && json_array_extend(whole, (json_t *)(uintptr_t)l->path) != 0))
            b->bad = true;
        if (rv_json_keep(b->cx, whole) != RV_OK) {
            b->bad = true;
            return;
        }
        if (x->links->convert[0] != '\0' || x->links->wrap)
            rv_import_warning(b->m, b->nodes[x->links->card].title,
                              "a conversion before a member is read is left out (%.*s)",
                              RV_FMT(x->uuid));
        l->path = whole;
        l->card = x->links->card;
        l->output = x->links->output;
    }
}

static void resolve_links(struct body *b)
{
    for (size_t i = 0; i < b->n; i++)
        for (struct link *l = b->nodes[i].links; l != NULL && !b->nodes[i].expand && !b->bad;
             l = l->next)
            resolve_expand(b, l);
}

/* ---- checks of the graph --------------------------------------------------------------------- */

/* Does v wait for u? Counts each order, link and branch. */
static size_t waits_for(struct body *b, int u, int v)
{
    const char *anchor;
    json_t *side;
    size_t n = has_edge(&b->nodes[u], v) ? 1 : 0;
    for (const struct link *l = b->nodes[v].links; l != NULL; l = l->next)
        n += l->card == u ? 1 : 0;
    JMEMBERS(json_object_get(b->nodes[u].m, "branches"), anchor, side)
    n += find_node(b, anchor) == v ? 1 : 0;
    return n;
}

/* Names the cards of circles, without those that only stand behind one: a card that nothing left
 * waits for is taken away, until each has one that does. waiting: of cards that are left, not 0. */
static void tell_circle(struct body *b, size_t *waiting)
{
    size_t *waited = RV_NEW_N(b->cx, size_t, b->n + 1), head = 0, tail = 0;
    int *queue = RV_NEW_N(b->cx, int, b->n + 1);
    if (waited == NULL || queue == NULL) {
        b->bad = true;
        return;
    }
    for (size_t u = 0; u < b->n; u++) {
        waiting[u] = b->nodes[u].expand ? 0 : waiting[u];
        for (size_t v = 0; v < b->n && waiting[u] > 0; v++)
            waited[u] += waiting[v] > 0 && !b->nodes[v].expand ? waits_for(b, (int)u, (int)v) : 0;
        if (waiting[u] > 0 && waited[u] == 0)
            queue[tail++] = (int)u;
    }
    while (head < tail) {
        int gone = queue[head++];
        waiting[gone] = 0;
        for (size_t u = 0; u < b->n; u++) {
            size_t n = waiting[u] > 0 ? waits_for(b, (int)u, gone) : 0;
            waited[u] -= n;
            if (n > 0 && waited[u] == 0)
                queue[tail++] = (int)u;
        }
    }
    for (size_t i = 0; i < b->n; i++)
        if (waiting[i] > 0)
            error_at(b, &b->nodes[i], "cards wait for each other in a circle", "");
}

/* Orders and links and branches together must have an order (flopack.md 7). */
static void check_cycles(struct body *b)
{
    size_t *waiting = RV_NEW_N(b->cx, size_t, b->n + 1);
    int *queue = RV_NEW_N(b->cx, int, b->n + 1);
    size_t head = 0, tail = 0, kept = 0;
    if (waiting == NULL || queue == NULL) {
        b->bad = true;
        return;
    }
    for (size_t i = 0; i < b->n; i++) {
        waiting[i] = b->nodes[i].incoming;
        for (const struct link *l = b->nodes[i].expand ? NULL : b->nodes[i].links; l != NULL;
             l = l->next)
            waiting[i]++;
        waiting[i] += b->nodes[i].anchor ? 1 : 0;
        kept += b->nodes[i].expand ? 0 : 1;
        if (waiting[i] == 0 && !b->nodes[i].expand)
            queue[tail++] = (int)i;
    }
    while (head < tail) {
        int u = queue[head++];
        const char *anchor;
        json_t *side;
        for (size_t k = 0; k < b->nodes[u].next_n; k++)
            if (--waiting[b->nodes[u].next[k]] == 0)
                queue[tail++] = b->nodes[u].next[k];
        JMEMBERS(json_object_get(b->nodes[u].m, "branches"), anchor, side)
        {
            int a = find_node(b, anchor);
            if (a >= 0 && --waiting[a] == 0)
                queue[tail++] = a;
        }
        for (size_t i = 0; i < b->n; i++)
            for (const struct link *l = b->nodes[i].expand ? NULL : b->nodes[i].links; l != NULL;
                 l = l->next)
                if (l->card == u && --waiting[i] == 0)
                    queue[tail++] = (int)i;
    }
    if (tail != kept)
        tell_circle(b, waiting);
}

/* Of a connector that nobody knows, any card may be an event. */
static bool is_head(const struct body *b, const struct node *n)
{
    static const char *const heads[] = { "control:callable", "http:accept", "http:delegated" };
    const struct rv_card *entry = rv_card_find(rv_engine_of(b->cx), n->name);
    for (size_t i = 0; i < RV_LEN(heads); i++)
        if (rv_str_eq(n->name, rv_str_of(heads[i])))
            return true;
    if (rv_str_eq(n->name, RV_STR("control:noop")))
        return !json_is_false(json_object_get(n->model, "displayed"));
    return n->conn && (entry == NULL || entry->kind == RV_CARD_EVENT);
}

static int find_root(struct body *b, bool is_inline)
{
    int root = -1;
    for (size_t i = 0; i < b->n; i++) {
        const struct node *n = &b->nodes[i];
        if (n->expand || n->anchor || n->incoming > 0)
            continue;
        if (root >= 0)
            error_at(b, n, "more than one card without a predecessor", "");
        root = (int)i;
    }
    if (root < 0) {
        error_at(b, NULL, "no card without a predecessor", "");
        return -1;
    }
    const struct node *n = &b->nodes[root];
    if (!is_head(b, n))
        error_at(b, n, "the first card is not an event", "");
    if (is_inline && !rv_str_eq(n->name, RV_STR("control:callable")))
        error_at(b, n, "an inline body does not start with a Helper Flow card", "");
    return root;
}

/* ---- cards ----------------------------------------------------------------------------------- */

static void set_new(struct body *b, json_t *o, const char *key, json_t *v)
{
    if (v == NULL || json_object_set_new(o, key, v) != 0)
        b->bad = true;
}

static void set_text(struct body *b, json_t *o, const char *key, rv_str s)
{
    if (s.n > 0)
        set_new(b, o, key, json_stringn(s.p, s.n));
}

/* What the flow does not need and an export does stands under "origin". */
static json_t *origin_of(struct body *b, json_t *card)
{
    json_t *o = json_object_get(card, "origin");
    if (o == NULL) {
        o = json_object();
        set_new(b, card, "origin", o);
    }
    return o;
}

static json_t *meta_of(struct body *b, json_t *pin)
{
    json_t *meta = json_object_get(pin, "meta");
    if (meta == NULL) {
        meta = json_object();
        set_new(b, pin, "meta", meta);
    }
    return meta;
}

static const struct {
    const char *stored, *type;
} types[] = {
    { "string", "text" }, { "number", "number" }, { "boolean", "boolean" }, { "Date", "date" }, { "object", "object" },
    { "file", "file" },   { "flo", "flow" },      { "folder", "folder" },   { "*", "any" },
};

static void set_type(struct body *b, json_t *pin, const json_t *value)
{
    const json_t *type = json_object_get(value, "type");
    const char *name = json_is_object(type) ? "object" : "any";
    for (size_t i = 0; i < RV_LEN(types); i++)
        if (rv_str_eq(rv_json_str(type), rv_str_of(types[i].stored)))
            name = types[i].type;
    set_new(b, pin, "type", json_string(name));
    if (json_is_string(type) && strcmp(name, "any") == 0 &&
        !rv_str_eq(rv_json_str(type), RV_STR("*")))
        set_new(b, meta_of(b, pin), RV_META_TYPE, json_incref((json_t *)(uintptr_t)type));
    if (json_is_object(type))
        set_new(b, pin, "shape", json_incref((json_t *)(uintptr_t)type));
    if (json_is_true(json_object_get(value, "collection")))
        set_new(b, pin, "list", json_true());
}

/* Metadata goes along, so that an export has it again; what the pin says in members of its own is
 * left out. */
static void set_meta(struct body *b, json_t *pin, const json_t *meta)
{
    static const char *const own[] = { "index", "displayname", "custom", "srcMethodId",
                                       "srcOutputId", RV_META_HELP, RV_META_REQUIRED };
    json_t *out = json_copy((json_t *)(uintptr_t)meta);
    for (size_t i = 0; i < RV_LEN(own); i++)
        (void)json_object_del(out, own[i]); /* absent is as good */
    if (json_object_size(out) > 0)
        set_new(b, pin, "meta", out);
    else
        json_decref(out);
}

/* The value that a linked field would have without its link. */
static void keep_static(struct body *b, json_t *pin, json_t *data)
{
    json_t *blank = rv_def_blank(pin);
    bool plain = data == NULL || json_equal(data, blank) == 1;
    json_decref(blank);
    if (!plain)
        set_new(b, meta_of(b, pin), RV_META_STATIC, json_incref(data));
}

static void drop_meta(json_t *pin, const char *key)
{
    json_t *meta = json_object_get(pin, "meta");
    (void)json_object_del(meta, key); /* absent is as good */
    if (meta != NULL && json_object_size(meta) == 0)
        (void)json_object_del(pin, "meta"); /* it is there */
}

static void set_choices(struct body *b, json_t *pin, const json_t *choices)
{
    size_t i;
    json_t *c, *out;
    bool plain = false;
    if (!json_is_array(choices) || json_array_size(choices) == 0)
        return;
    drop_meta(pin, "choices"); /* they get a member of their own */
    out = json_array();
    JEACH(choices, i, c)
    {
        json_t *v = json_is_object(c) ? json_object_get(c, "value") : c,
               *words = json_is_object(c) ? json_object_get(c, "label") : c;
        json_t *n = json_object();
        rv_str label = RV_NONE_STR;
        plain = plain || !json_is_object(c) || !json_is_string(words);
        if (rv_value_text(b->cx, words, &label) != RV_OK)
            b->bad = true;
        set_new(b, n, "value", v != NULL ? json_incref(v) : json_null());
        set_new(b, n, "label", json_stringn(label.p != NULL ? label.p : "", label.n));
        if (json_array_append_new(out, n) != 0)
            b->bad = true;
    }
    set_new(b, pin, "choices", out);
    if (plain)
        set_new(b, meta_of(b, pin), RV_META_CHOICES, json_incref((json_t *)(uintptr_t)choices));
}

static json_t *from_of(struct body *b, const struct link *l)
{
    json_t *f = json_object();
    const struct node *s = &b->nodes[l->card];
    set_new(b, f, "card", json_stringn(s->id.p, s->id.n));
    set_new(b, f, "output", json_string(l->output));
    if (l->path != NULL && json_array_size(l->path) > 0)
        set_new(b, f, "path", json_incref((json_t *)(uintptr_t)l->path));
    if (l->convert[0] != '\0')
        set_new(b, f, "convert", json_string(l->convert));
    if (l->wrap)
        set_new(b, f, "wrap", json_true());
    return f;
}

static const struct link *link_into(const struct node *n, const char *input)
{
    for (const struct link *l = input != NULL ? n->links : NULL; l != NULL; l = l->next)
        if (strcmp(l->input, input) == 0)
            return l;
    return NULL;
}

static json_t *pin_base(struct body *b, const json_t *p)
{
    const json_t *meta = json_object_get(p, "metadata");
    json_t *pin = json_object();
    set_text(b, pin, "id", rv_json_member_str(p, "id"));
    set_text(b, pin, "group", rv_json_member_str(p, "group"));
    rv_str key = rv_json_member_str(p, "key"), label = rv_json_member_str(meta, "displayname");
    set_new(b, pin, "key", json_stringn(key.p != NULL ? key.p : "", key.n));
    set_text(b, pin, "label", label);
    if (json_is_true(json_object_get(meta, "custom")))
        set_new(b, pin, "custom", json_true());
    set_meta(b, pin, meta);
    set_text(b, pin, "help", rv_json_member_str(meta, RV_META_HELP));
    set_type(b, pin, json_object_get(p, "value"));
    return pin;
}

/* A reference to another flow gets the new id; one that is not in the pack stays as it is and is
 * told. */
static json_t *flow_reference(struct body *b, const struct node *n, json_t *value)
{
    const char *id = json_string_value(value);
    if (id == NULL || id[0] == '\0')
        return value;
    json_t *now = json_object_get(b->m->flow_ids, id);
    if (now == NULL)
        rv_import_warning(b->m, n->title, "calls a flow that is not in this export (%.*s)",
                          RV_FMT(n->uuid));
    return now != NULL ? now : value;
}

/* The body that a flow field or an error policy holds; NULL: it holds none. */
static const json_t *inline_body(const json_t *value)
{
    const json_t *data = json_object_get(value, "data");
    if (!json_is_object(value))
        return NULL;
    return json_is_array(json_object_get(value, "methods")) || !json_is_object(data) ? value : data;
}

static json_t *emit_input(struct body *b, const struct node *n, const json_t *p)
{
    json_t *pin = pin_base(b, p);
    const json_t *v = json_object_get(p, "value");
    json_t *data = json_object_get(v, "data");
    const char *id = json_string_value(json_object_get(p, "id"));
    const struct link *l = id != NULL ? link_into(n, id) : NULL;
    const json_t *proxy = json_object_get(v, "proxy");
    if (json_is_true(json_object_get(p, "required")))
        set_new(b, pin, "required", json_true());
    if (json_is_object(proxy)) {
        json_t *x = json_object();
        set_new(b, x, "dynamic", json_boolean(json_is_true(json_object_get(proxy, "dynamic"))));
        json_t *path = json_object_get(proxy, "path");
        set_new(b, x, "path", path != NULL ? json_incref(path) : json_null());
        set_new(b, pin, "proxy", x);
    }
    set_choices(b, pin, json_object_get(json_object_get(p, "metadata"), "choices"));
    bool flow = rv_str_eq(rv_json_member_str(v, "type"), RV_STR("flo"));
    if (l != NULL && !b->nodes[l->card].emitted) {
        rv_import_warning(
            b->m, n->title,
            "the field \"%.*s\" reads a value of the other branch, which is not there "
            "when this one runs; it counts as nothing (%.*s)",
            RV_FMT(rv_json_member_str(p, "key")), RV_FMT(n->uuid));
    } else if (l != NULL) {
        set_new(b, pin, "from", from_of(b, l));
        keep_static(b, pin, data);
    } else if (flow && json_is_object(data))
        set_new(b, pin, "value", json_null()); /* the body is a lane */
    else if (data != NULL && !json_is_null(data))
        set_new(b, pin, "value", json_incref(flow ? flow_reference(b, n, data) : data));
    return pin;
}

static double index_of(const json_t *p)
{
    const json_t *i = json_object_get(json_object_get(p, "metadata"), "index");
    return json_is_number(i) ? json_number_value(i) : 1e9;
}

struct sorted {
    const json_t *pin;
    double index;
    size_t at;
};

static int by_index(const void *pa, const void *pb)
{
    const struct sorted *a = pa, *b = pb;
    if (a->index < b->index || a->index > b->index)
        return a->index < b->index ? -1 : 1;
    return a->at < b->at ? -1 : 1;
}

static struct sorted *sort_pins(struct body *b, const struct node *n, const char *side,
                                size_t *ret_n)
{
    const json_t *pins = pins_of(n, side);
    struct sorted *s = RV_NEW_N(b->cx, struct sorted, json_object_size(pins) + 1);
    const char *key;
    json_t *p;
    *ret_n = 0;
    if (s == NULL) {
        b->bad = true;
        return NULL;
    }
    JMEMBERS(pins, key, p)
    {
        (void)key;
        s[*ret_n] = (struct sorted){ p, index_of(p), *ret_n };
        ++*ret_n;
    }
    qsort(s, *ret_n, sizeof *s, by_index);
    return s;
}

/* Every hidden context field of an inner head needs its partner on the outer card (flopack.md 8).
 */
static void check_captures(struct body *b, const json_t *card, const json_t *lane_cards)
{
    size_t i, k;
    json_t *pin, *outer;
    const json_t *head = rv_def_head(lane_cards);
    json_array_foreach(json_object_get(head, "inputs"), i, pin)
    {
        bool found = !rv_str_eq(rv_json_member_str(pin, "group"), RV_STR("context")) ||
                     !json_is_true(json_object_get(json_object_get(pin, "meta"), "forceHide"));
        json_array_foreach(json_object_get(card, "inputs"), k, outer)
        {
            found = found ||
                    (rv_str_eq(rv_json_member_str(outer, "group"), RV_STR("context")) &&
                     rv_str_eq(rv_json_member_str(outer, "key"), rv_json_member_str(pin, "key")));
        }
        if (!found) {
            rv_import_error(
                b->m, rv_json_member_str(card, "title"),
                "an inner body uses a value that its container does not hand in: %.*s (%.*s)",
                RV_FMT(rv_json_member_str(pin, "key")), RV_FMT(rv_json_member_str(card, "id")));
            b->bad = true;
        }
    }
}

/* The body within a card. */
static json_t *import_inner(struct body *b, const struct node *n, const json_t *inner)
{
    struct import *m = b->m;
    rv_str holder = m->holder, uuid = m->holder_uuid;
    m->holder = n->title;
    m->holder_uuid = n->uuid;
    json_t *cards = rv_import_body(m, inner, true, b->depth + 1); /* depth bounded: flow.nesting */
    m->holder = holder;
    m->holder_uuid = uuid;
    return cards;
}

static void add_lane(struct body *b, const struct node *n, json_t *card, rv_str name,
                     const json_t *inner)
{
    json_t *lanes = json_object_get(card, "lanes"), *lane = json_object();
    if (lanes == NULL) {
        lanes = json_array();
        set_new(b, card, "lanes", lanes);
    }
    set_new(b, lane, "name", json_stringn(name.p, name.n));
    set_new(b, lane, "inline", json_true());
    set_new(b, lane, "cards", import_inner(b, n, inner));
    check_captures(b, card, json_object_get(lane, "cards"));
    if (json_array_append_new(lanes, lane) != 0)
        b->bad = true;
}

static const json_t *column_named(const json_t *table, rv_str name)
{
    size_t i;
    json_t *c;
    JEACH(json_object_get(json_object_get(table, "data"), "structure"), i, c)
    {
        if (rv_str_eq(rv_str_trim(rv_json_member_str(c, "name")), rv_str_trim(name)))
            return c;
    }
    return NULL;
}

/* As the file has it. */
static rv_str table_option(const struct node *n)
{
    const char *id;
    json_t *pin;
    JMEMBERS(pins_of(n, "inputs"), id, pin)
    {
        if (rv_str_eq(rv_json_member_str(pin, "key"), RV_STR("stash")) &&
            rv_str_eq(rv_json_member_str(pin, "group"), RV_STR("parameters")))
            return rv_json_member_str(json_object_get(pin, "value"), "data");
    }
    return RV_NONE_STR;
}

/* The table of a card must be in the file, and should have the columns that the card's fields name
 * (flopack.md 22). */
static void check_table(struct body *b, const struct node *n, const json_t *card)
{
    static const char *const sides[] = { "inputs", "outputs" };
    rv_str id = table_option(n);
    json_t *pin;
    size_t i;
    if (!rv_str_eq(n->module, RV_STR("stash")) || id.n == 0 || rv_str_eq(id, RV_STR("runtime")))
        return;
    const json_t *table = json_object_getn(b->m->tables, id.p, id.n);
    if (table == NULL) {
        error_at(b, n, "the table of this card is not in the export", "");
        return;
    }
    for (size_t k = 0; k < RV_LEN(sides); k++) {
        json_array_foreach(json_object_get(card, sides[k]), i, pin)
        {
            rv_str name = rv_json_member_str(pin, "key");
            if (rv_str_eq(rv_json_member_str(pin, "group"), RV_STR("Fields")) &&
                column_named(table, name) == NULL)
                rv_import_warning(
                    b->m, n->title, "the table \"%.*s\" has no column \"%.*s\" (%.*s)",
                    RV_FMT(rv_json_member_str(table, "name")), RV_FMT(name), RV_FMT(n->uuid));
        }
    }
}

/* The new id of the table, flow or folder that an option names, borrowed; NULL: it names none. */
static json_t *option_id(const struct body *b, const char *old)
{
    json_t *const ids[] = { b->m->table_ids, b->m->flow_ids, b->m->folder_ids };
    json_t *now = NULL;
    for (size_t i = 0; i < RV_LEN(ids) && now == NULL; i++)
        now = json_object_get(ids[i], old);
    return now;
}

/* An option is a value by its key; the field it stands in is kept for exports. */
static void emit_option(struct body *b, const json_t *p, json_t *options, json_t *fields)
{
    json_t *data = json_object_get(json_object_get(p, "value"), "data"), *pin = pin_base(b, p);
    if (data == NULL)
        data = json_null();
    json_t *now = json_is_string(data) ? option_id(b, json_string_value(data)) : NULL;
    rv_str key = rv_json_member_str(p, "key");
    set_choices(b, pin, json_object_get(json_object_get(p, "metadata"), "choices"));
    if (json_is_true(json_object_get(p, "required")))
        set_new(b, pin, "required", json_true());
    if (json_array_append_new(fields, pin) != 0)
        b->bad = true;
    if (key.p != NULL && json_object_setn(options, key.p, key.n, now != NULL ? now : data) != 0)
        b->bad = true;
}

static void emit_inputs(struct body *b, const struct node *n, json_t *card)
{
    size_t count, i;
    struct sorted *pins = sort_pins(b, n, "inputs", &count);
    json_t *inputs = json_array(), *options = json_object(), *fields = json_array();
    bool holds_bodies = rv_str_eq(n->name, RV_STR("control:tryCatch")) ||
                        rv_str_eq(n->name, RV_STR("control:branch"));
    for (i = 0; pins != NULL && i < count; i++) {
        const json_t *p = pins[i].pin;
        if (rv_str_eq(rv_json_member_str(p, "flags"), RV_STR("p")) &&
            rv_str_eq(rv_json_member_str(p, "group"), RV_STR("parameters"))) {
            emit_option(b, p, options, fields);
            continue;
        }
        if (json_array_append_new(inputs, emit_input(b, n, p)) != 0)
            b->bad = true;
    }
    if (json_object_size(options) > 0)
        set_new(b, card, "options", options);
    else
        json_decref(options);
    if (json_array_size(fields) > 0)
        set_new(b, origin_of(b, card), "options", fields);
    else
        json_decref(fields);
    set_new(b, card, "inputs", inputs);
    for (i = 0; pins != NULL && i < count; i++) {
        const json_t *v = json_object_get(pins[i].pin, "value"),
                     *inner = inline_body(json_object_get(v, "data"));
        rv_str group = rv_json_member_str(pins[i].pin, "group");
        if (inner != NULL && rv_str_eq(rv_json_member_str(v, "type"), RV_STR("flo")) &&
            (holds_bodies || json_object_size(inner) > 0)) /* elsewhere nothing is chosen yet */
            add_lane(b, n, card,
                     group.n > 0                                ? group
                     : rv_str_eq(n->method, RV_STR("tryCatch")) ? RV_STR("try")
                                                                : RV_STR("each"),
                     inner);
    }
}

static void emit_outputs(struct body *b, const struct node *n, json_t *outputs)
{
    size_t count;
    struct sorted *pins = sort_pins(b, n, "outputs", &count);
    for (size_t i = 0; pins != NULL && i < count; i++)
    {
        const json_t *meta = json_object_get(pins[i].pin, "metadata");
        json_t *pin = pin_base(b, pins[i].pin);
        set_choices(b, pin, json_object_get(meta, "choices"));
        if (json_is_true(json_object_get(meta, RV_META_REQUIRED)))
            set_new(b, pin, "required", json_true());
        if (json_array_append_new(outputs, pin) != 0)
            b->bad = true;
    }
}

static void emit_policy(struct body *b, const struct node *n, json_t *card)
{
    const json_t *error = json_object_get(json_object_get(n->model, "policy"), "error");
    json_t *flo = json_object_get(error, "flo");
    const json_t *inner = inline_body(flo);
    rv_str type = rv_json_member_str(error, "type");
    if (inner == NULL && rv_str_eq(type, RV_STR("handler")))
        error_at(b, n, "the error handler of the card has no cards", "");
    if (inner != NULL)
        add_lane(b, n, card, RV_STR("handler"), inner);
    if (!json_is_object(error) ||
        (rv_str_eq(type, RV_STR("finish")) && json_object_size(error) == 1))
        return;
    json_t *copy = json_copy((json_t *)(uintptr_t)error);
    if (inner != NULL)
        (void)json_object_del(copy, "flo"); /* it is the lane */
    else if (json_is_string(flo) && json_object_set(copy, "flo", flow_reference(b, n, flo)) != 0)
        b->bad = true;
    set_new(b, card, "policy", copy);
}

/* The connection the file names, while nobody has chosen one here: who chooses sees its name, and
 * an export has it again. */
static void keep_config(struct body *b, const char *old, const json_t *wanted, json_t *card)
{
    json_t *o = json_object();
    rv_str name = rv_json_member_str(wanted, "name");
    name.n = name.n > 200 ? 200 : name.n;
    while (name.n > 0 && !rv_utf8_valid(name))
        name.n--;
    set_text(b, o, "id", rv_json_str(json_object_get(b->m->config_ids, old)));
    set_text(b, o, "name", name);
    set_new(b, origin_of(b, card), "config", o);
}

static void emit_connection(struct body *b, const struct node *n, json_t *card)
{
    const char *config = json_string_value(json_object_get(n->model, "config"));
    if (!n->conn || rv_str_eq(n->module, RV_STR("stash")))
        return;
    json_t *known = config != NULL ? json_object_get(b->m->connection_ids, config) : NULL;
    const struct rv_card *entry = rv_card_find(rv_engine_of(b->cx), n->name);
    const json_t *wanted = config != NULL ? json_object_get(b->m->configs, config) : NULL;
    if (config != NULL && wanted == NULL)
        rv_import_warning(b->m, n->title,
                          "the connection of this card is not in the export (%.*s)",
                          RV_FMT(n->uuid));
    if (config == NULL && entry != NULL && entry->connector != NULL && !entry->connection_optional)
        known = json_object_get(b->m->only, entry->connector);
    if (json_is_string(known)) {
        set_new(b, card, "connectionId", json_incref(known));
        return;
    }
    if (wanted != NULL)
        keep_config(b, config, wanted, card);
    if (wanted == NULL && entry != NULL && (entry->connector == NULL || entry->connection_optional))
        return;
    if (json_object_setn_new(b->m->needs, n->module.p, n->module.n, json_true()) != 0)
        b->bad = true;
}

static void note_support(struct body *b, const struct node *n)
{
    if (rv_card_find(rv_engine_of(b->cx), n->name) != NULL)
        return;
    json_t *count = json_object_getn(b->m->unsupported, n->name.p, n->name.n);
    json_int_t times = count != NULL ? json_integer_value(count) : 0;
    if (json_object_setn_new(b->m->unsupported, n->name.p, n->name.n, json_integer(times + 1)) != 0)
        b->bad = true;
    rv_import_warning(
        b->m, n->title,
        "card \"%.*s\" (%.*s) is not supported; it is kept and fails only when it is run (%.*s)",
        RV_FMT(n->title), RV_FMT(n->name), RV_FMT(n->uuid));
}

/* Markers {{{key}}} of a template without a field of that key render empty. */
static void check_template(struct body *b, const struct node *n, const json_t *card)
{
    size_t i, k;
    json_t *pin, *other;
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        rv_str t = rv_json_member_str(pin, "value");
        if (!rv_str_eq(rv_json_member_str(pin, "key"), RV_STR("_text_")) || t.p == NULL)
            continue;
        for (size_t at = 0; at + 3 < t.n; at++) {
            const char *end;
            if (memcmp(t.p + at, "{{{", 3) != 0 ||
                (end = memmem(t.p + at, t.n - at, "}}}", 3)) == NULL)
                continue;
            rv_str key = { t.p + at + 3, (size_t)(end - t.p) - at - 3 };
            bool found = key.n > 80;
            json_array_foreach(json_object_get(card, "inputs"), k, other)
            {
                found = found || rv_str_eq(rv_json_member_str(other, "key"), key);
            }
            if (!found)
                rv_import_warning(
                    b->m, n->title,
                    "the text names a field {{{%.*s}}} that is not there; it renders empty (%.*s)",
                    RV_FMT(key), RV_FMT(n->uuid));
            at = (size_t)(end - t.p) + 2;
        }
    }
}

static rv_str fitting_title(struct body *b, const struct node *n, rv_str title)
{
    if (title.n <= TITLE_MAX)
        return title;
    title.n = TITLE_MAX;
    while (!rv_utf8_valid(title)) /* the cut may have split a character */
        title.n--;
    rv_import_warning(b->m, title, "the name of the card has more than %d bytes and was cut (%.*s)",
                      TITLE_MAX, RV_FMT(n->uuid));
    return title;
}

/* An address that an export makes again from the name of the card alone. */
static bool is_usual(struct body *b, const struct node *n)
{
    return rv_card_find(rv_engine_of(b->cx), n->name) != NULL &&
           rv_str_eq(rv_json_member_str(n->m, "address"),
                     rv_printf(b->cx, "root:kernel:%.*s:0.0.1:%.*s", RV_FMT(n->module),
                               RV_FMT(n->method)));
}

static json_t *emit_card(struct body *b, struct node *n)
{
    json_t *card = json_object(), *outputs = json_array();
    const json_t *comments = json_object_get(n->model, "comments");
    rv_str title = n->title;
    n->emitted = true;
    if (++b->m->cards > RV_FLOW_CARDS_MAX) {
        if (b->m->cards == RV_FLOW_CARDS_MAX + 1)
            error_at(b, n, "a flow has at most 500 cards (limit flow.cards)", "");
        b->bad = true;
    }
    set_new(b, card, "id", json_stringn(n->id.p, n->id.n));
    set_new(b, card, "card", json_stringn(n->name.p, n->name.n));
    if (n->conn || !is_usual(b, n))
        set_text(b, card, "address", rv_json_member_str(n->m, "address"));
    if (json_is_object(comments) && rv_str_eq(n->name, RV_STR("control:comment"))) {
        title = rv_json_member_str(comments, "title");
        set_text(b, card, "note", rv_json_member_str(comments, "markdown"));
    } else {
        set_text(b, card, "note", rv_json_str(comments));
    }
    set_text(b, card, "title", fitting_title(b, n, title));
    if (!rv_str_eq(n->id, n->uuid))
        set_text(b, origin_of(b, card), "uuid", n->uuid);
    emit_connection(b, n, card);
    emit_inputs(b, n, card);
    emit_outputs(b, n, outputs);
    set_new(b, card, "outputs", outputs);
    check_table(b, n, card);
    emit_policy(b, n, card);
    const json_t *timeout = json_object_get(n->model, "timeout");
    if (json_is_integer(timeout))
        set_new(b, card, "timeout", json_integer(json_integer_value(timeout)));
    note_support(b, n);
    check_template(b, n, card);
    return card;
}

/* ---- order ----------------------------------------------------------------------------------- */

/* The one successor that is not a join; -1: the lane ends here. */
static int successor(struct body *b, const struct node *n)
{
    int found = -1;
    for (size_t i = 0; i < n->next_n; i++) {
        if (b->nodes[n->next[i]].join)
            continue;
        if (found >= 0)
            error_at(b, n, "two cards follow one card", "");
        found = n->next[i];
    }
    return found;
}

static void sequence(struct body *b, int u, json_t *out, int depth, int lane);

static int anchor_of(struct body *b, const struct node *n, bool side)
{
    const char *uuid;
    json_t *v;
    int found = -1;
    JMEMBERS(json_object_get(n->m, "branches"), uuid, v)
    {
        if (json_is_boolean(v) && json_is_true(v) == side)
            found = find_node(b, uuid);
    }
    return found;
}

/* The join that both anchors point to and no inner container owns. */
static int common_join(struct body *b, int t, int f)
{
    for (size_t i = 0; i < b->nodes[t].next_n; i++) {
        int j = b->nodes[t].next[i];
        if (b->nodes[j].join && !b->nodes[j].emitted && has_edge(&b->nodes[f], j))
            return j;
    }
    return -1;
}

/* Which link into a field of the join counts in a lane: the one whose source card stands in it, or
 * one from before the container that is for this lane. */
static const struct link *lane_link(struct body *b, const struct node *join, const char *input,
                                    const char *lane, const int *range)
{
    const struct link *outside = NULL;
    for (const struct link *l = join->links; l != NULL; l = l->next) {
        int mark = b->nodes[l->card].lane_mark;
        if (strcmp(l->input, input) != 0 || (l->lane != NULL && strcmp(l->lane, lane) != 0))
            continue;
        if (mark >= range[0] && mark < range[1])
            return l;
        if (mark >= 0 && mark < range[2] && outside == NULL)
            outside = l; /* from before the container: the same in both lanes */
    }
    return outside;
}

static const json_t *join_input(const struct node *join, const json_t *output)
{
    const char *id;
    json_t *list, *p;
    size_t i;
    json_t *e;
    JMEMBERS(json_object_get(join->m, "joins"), id, list)
    {
        JEACH(list, i, e)
        {
            if (rv_str_eq(rv_json_member_str(e, "output"), rv_json_member_str(output, "id")))
                return pin_by_id(join, "inputs", id);
        }
    }
    JMEMBERS(pins_of(join, "inputs"), id, p)
    {
        if (rv_str_eq(rv_json_member_str(p, "key"), rv_json_member_str(output, "key")))
            return p;
    }
    return NULL;
}

static void check_joins(struct body *b, const struct node *join)
{
    const char *id;
    json_t *list;
    JMEMBERS(json_object_get(join->m, "joins"), id, list)
    {
        if (json_array_size(list) > 0 && pin_by_id(join, "inputs", id) == NULL)
            error_at(b, join, "the end of an If/Else names a field that is not there: ", id);
    }
}

/* The value of a field of the join in a lane without a link: one for both, or one for each. */
static json_t *lane_value(const struct node *join, const json_t *in, const char *lane)
{
    const json_t *v = json_object_get(in, "value"), *each = json_object_get(v, "lanes");
    if (json_is_object(each))
        return json_object_get(each, lane);
    const char *id = json_string_value(json_object_get(in, "id"));
    return id != NULL && link_into(join, id) == NULL ? json_object_get(v, "data") : NULL;
}

static json_t *lane_results(struct body *b, const struct node *join, const char *lane,
                            const int *range)
{
    json_t *results = json_array(), *o;
    const char *id;
    JMEMBERS(pins_of(join, "outputs"), id, o)
    {
        const json_t *in = join_input(join, o);
        const char *input = json_string_value(json_object_get(in, "id"));
        json_t *r = json_object();
        const struct link *l = input != NULL ? lane_link(b, join, input, lane, range) : NULL;
        set_new(b, r, "output", json_string(id));
        if (l != NULL)
            set_new(b, r, "from", from_of(b, l));
        else if (lane_value(join, in, lane) != NULL)
            set_new(b, r, "value", json_incref(lane_value(join, in, lane)));
        if (json_array_append_new(results, r) != 0)
            b->bad = true;
    }
    return results;
}

/* The three hidden cards of an If/Else, and the fields of its end, as they were. */
static void keep_join(struct body *b, json_t *card, const struct node *join, const int *anchors)
{
    json_t *inputs = json_object(), *o = json_object(), *out;
    const char *id;
    set_text(b, o, "uuid", join->uuid);
    set_text(b, o, "title", join->title);
    set_text(b, o, "true", b->nodes[anchors[0]].uuid);
    set_text(b, o, "false", b->nodes[anchors[1]].uuid);
    for (int i = 0; i < 2; i++) {
        const json_t *limit = json_object_get(b->nodes[anchors[i]].model, "timeout");
        if (json_is_integer(limit))
            set_new(b, o, i == 0 ? "trueTimeout" : "falseTimeout",
                    json_integer(json_integer_value(limit)));
    }
    JMEMBERS(pins_of(join, "outputs"), id, out)
    {
        const json_t *in = join_input(join, out);
        json_t *pin = in != NULL ? pin_base(b, in) : NULL;
        if (pin == NULL)
            continue;
        if (json_is_true(json_object_get(in, "required")))
            set_new(b, pin, "required", json_true());
        if (link_into(join, json_string_value(json_object_get(in, "id"))) != NULL)
            keep_static(b, pin, json_object_get(json_object_get(in, "value"), "data"));
        set_new(b, inputs, id, pin);
    }
    const json_t *timeout = json_object_get(join->model, "timeout");
    if (json_is_integer(timeout))
        set_new(b, o, "timeout", json_integer(json_integer_value(timeout)));
    set_new(b, o, "inputs", inputs);
    set_new(b, origin_of(b, card), "join", o);
}

static int emit_if(struct body *b, struct node *n, json_t *out, int depth, int lane)
{
    static const char *const names[2] = { "true", "false" };
    int anchors[2] = { anchor_of(b, n, true), anchor_of(b, n, false) };
    if (json_object_size(json_object_get(n->m, "branches")) != 2 || anchors[0] < 0 ||
        anchors[1] < 0) {
        error_at(b, n, "an If/Else lacks one of its two branches", "");
        return -1;
    }
    for (int side = 0; side < 2; side++) {
        const struct node *a = &b->nodes[anchors[side]];
        if (a->emitted || !rv_str_eq(a->name, RV_STR("control:noop"))) {
            error_at(b, n, "a branch of an If/Else starts at a card that is none: ",
                     json_string_value(json_object_get(a->m, "uuid")));
            return -1;
        }
    }
    int j = common_join(b, anchors[0], anchors[1]);
    if (j < 0) {
        error_at(b, n, "the branches of an If/Else never meet", "");
        return -1;
    }
    struct node *join = &b->nodes[j];
    check_joins(b, join);
    join->id = n->id;
    join->emitted = true;
    int start = b->lane_clock;
    json_t *card = emit_card(b, n), *lanes = json_array();
    keep_join(b, card, join, anchors);
    n->lane_mark = join->lane_mark = lane;
    for (int side = 0; side < 2; side++) {
        json_t *l = json_object(), *cards = json_array();
        int range[3] = { ++b->lane_clock, 0, start + 1 };
        b->nodes[anchors[side]].emitted = true;
        sequence(b, successor(b, &b->nodes[anchors[side]]), cards, depth + 1, range[0]);
        range[1] = b->lane_clock + 1;
        set_new(b, l, "name", json_string(names[side]));
        set_new(b, l, "cards", cards);
        set_new(b, l, "results", lane_results(b, join, names[side], range));
        if (json_array_append_new(lanes, l) != 0)
            b->bad = true;
    }
    set_new(b, card, "lanes", lanes);
    emit_outputs(b, join, json_object_get(card, "outputs"));
    if (json_array_append_new(out, card) != 0)
        b->bad = true;
    return successor(b, join);
}

static void sequence(struct body *b, int u, json_t *out, int depth, int lane)
{
    if (depth > RV_FLOW_NESTING_MAX) {
        error_at(b, u >= 0 ? &b->nodes[u] : NULL,
                 "containers nest more than 16 deep (limit flow.nesting)", "");
        return;
    }
    while (u >= 0) { /* ends: no card twice */
        struct node *n = &b->nodes[u];
        if (n->emitted) {
            error_at(b, n, "a card is reached twice", "");
            return;
        }
        if (rv_str_eq(n->name, RV_STR("control:if"))) {
            u = emit_if(b, n, out, depth, lane);
            continue;
        }
        n->lane_mark = lane;
        if (json_array_append_new(out, emit_card(b, n)) != 0)
            b->bad = true;
        u = successor(b, n);
    }
}

static void check_all_reached(struct body *b)
{
    for (size_t i = 0; i < b->n && !b->bad; i++)
        if (!b->nodes[i].emitted && !b->nodes[i].expand)
            error_at(b, &b->nodes[i], "a card is not reached from the first one", "");
}

/* A body that cannot be put in order still tells what is wrong in the bodies within its cards. */
static void look_inside(struct body *b)
{
    const char *id;
    json_t *pin;
    for (size_t i = 0; i < b->n; i++) {
        const struct node *n = &b->nodes[i];
        const json_t *inner = inline_body(
            json_object_get(json_object_get(json_object_get(n->model, "policy"), "error"), "flo"));
        if (inner != NULL)
            json_decref(import_inner(b, n, inner));
        JMEMBERS(pins_of(n, "inputs"), id, pin)
        {
            const json_t *v = json_object_get(pin, "value");
            inner = inline_body(json_object_get(v, "data"));
            if (json_object_size(inner) > 0 &&
                rv_str_eq(rv_json_member_str(v, "type"), RV_STR("flo")))
                json_decref(import_inner(b, n, inner));
        }
    }
}

json_t *rv_import_body(struct import *m, const json_t *body, bool is_inline, int depth)
{
    struct body b = {
        .m = m, .cx = m->cx, .index = json_object(), .pins = json_object(), .depth = depth
    };
    json_t *out = json_array();
    const char *wrong =
        depth > RV_FLOW_NESTING_MAX ? "inline flows nest more than 16 deep (limit flow.nesting)"
        : json_array_size(json_object_get(body, "methods")) > 0 ? NULL
        : is_inline ? "an inline body has no cards and so does not start with a Helper Flow card"
                    : "the flow has no list of cards";
    if (wrong != NULL) {
        error_at(&b, NULL, wrong, "");
        json_decref(b.index);
        json_decref(b.pins);
        return out;
    }
    read_nodes(&b, json_object_get(body, "methods"));
    read_edges(&b, json_object_get(body, "orderings"));
    read_links(&b);
    if (!b.bad)
        resolve_links(&b);
    if (!b.bad)
        check_cycles(&b);
    int root = b.bad ? -1 : find_root(&b, is_inline);
    if (root >= 0 && !b.bad)
        sequence(&b, root, out, 1, 0);
    else
        look_inside(&b);
    check_all_reached(&b);
    json_decref(b.index);
    json_decref(b.pins);
    return out;
}
