/* flows/import_graph.c: one body of an export as a graph: its cards, the edges between them and the
 * links of their fields, and what must hold of them before anything is made of it (flopack.md 7,
 * 12, 19, 22). Self edges are dropped, hidden expand cards become paths on links. */
#include "flows/import_int.h"
#include <stdlib.h>

/* A problem of a card, or (n NULL) of the body: then the card around it is named. */
void rv_import_error_at(struct import_body *b, const struct import_node *n, const char *sentence,
                        const char *what)
{
    rv_str where = n != NULL                     ? n->uuid
                   : b->m->holder_uuid.p != NULL ? b->m->holder_uuid
                                                 : RV_STR("body");
    rv_import_error(b->m, n != NULL ? n->title : b->m->holder, "%s%s (%.*s)", sentence, what,
                    RV_FMT(where));
    b->bad = true;
}

int rv_import_find_node(const struct import_body *b, const char *uuid)
{
    const json_t *i = uuid != NULL ? json_object_get(b->index, uuid) : NULL;
    return i != NULL ? (int)json_integer_value(i) : -1;
}

const json_t *rv_import_pins_of(const struct import_node *n, const char *side)
{
    return json_object_get(json_object_get(n->model, side), "data");
}

/* A member that holds something else than it must is told, not passed over: what it says would be
 * lost. Absent, null, false and an empty list say nothing. */
static bool fits(struct import_body *b, const struct import_node *n, const json_t *v,
                 json_type type, const char *what)
{
    if (v == NULL || json_is_null(v) || json_is_false(v) || json_typeof(v) == type ||
        (json_is_array(v) && json_array_size(v) == 0))
        return true;
    rv_import_error_at(b, n, what, type == JSON_ARRAY ? " must be a list" : " must be an object");
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
static bool read_address(struct import_body *b, struct import_node *n)
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
static void check_fields(struct import_body *b, const struct import_node *n, const char *side)
{
    const json_t *pins = json_object_get(n->model, side);
    const char *id;
    json_t *pin;
    if (!fits(b, n, pins, JSON_OBJECT, side) ||
        !fits(b, n, json_object_get(pins, "data"), JSON_OBJECT, "the data of its fields"))
        return;
    if (json_object_size(rv_import_pins_of(n, side)) > RV_FLOW_PINS_MAX) {
        rv_import_error_at(b, n, "the card has more than 500 fields", "");
        return;
    }
    JMEMBERS(rv_import_pins_of(n, side), id, pin)
    {
        if (!json_is_object(pin))
            rv_import_error_at(b, n, "a field is no object: ", id);
        else if (!rv_str_eq(rv_json_member_str(pin, "id"), rv_str_of(id)))
            rv_import_error_at(b, n, "a field has two ids: ", id);
        else if (json_object_get(b->pins, id) != NULL)
            rv_import_error_at(b, n, "two fields of one body have the same id: ", id);
        if (json_object_set_new(b->pins, id, json_true()) != 0)
            b->bad = true;
    }
}

static void check_shape(struct import_body *b, const struct import_node *n)
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

static void read_node(struct import_body *b, struct import_node *n, const json_t *m)
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
        rv_import_error_at(b, n, "card without uuid or model", "");
        return;
    }
    if (n->uuid.n > 60)
        rv_import_error_at(b, n, "the uuid of the card has more than 60 bytes", "");
    check_shape(b, n);
    if (!read_address(b, n)) {
        rv_import_error_at(b, n, "bad card address", "");
        return;
    }
    if (rv_json_member_str(node, "key").p != NULL &&
        !rv_str_eq(n->method, rv_json_member_str(node, "key")))
        rv_import_error_at(b, n, "the address and the key of the card differ", "");
    n->name = rv_printf(b->cx, "%.*s:%.*s", RV_FMT(n->module), RV_FMT(n->method));
    n->expand = rv_str_eq(n->name, RV_STR("object:expand"));
    n->join = rv_str_eq(n->name, RV_STR("control:join"));
}

void rv_import_read_nodes(struct import_body *b, const json_t *methods)
{
    size_t i;
    json_t *m;
    b->n = json_array_size(methods);
    if (b->n > 4 * RV_FLOW_CARDS_MAX) {
        rv_import_error_at(b, NULL, "a flow has at most 500 cards (limit flow.cards)", "");
        b->n = 0;
    }
    b->nodes = RV_NEW_N(b->cx, struct import_node, b->n + 1);
    if (b->nodes == NULL) {
        b->bad = true;
        b->n = 0;
        return;
    }
    JEACH(methods, i, m)
    {
        struct import_node *n = &b->nodes[i];
        read_node(b, n, m);
        if (n->uuid.p == NULL)
            continue;
        if (json_object_getn(b->index, n->uuid.p, n->uuid.n) != NULL)
            rv_import_error_at(b, n, "two cards of one body have the same uuid", "");
        if (json_object_setn_new(b->index, n->uuid.p, n->uuid.n, json_integer((json_int_t)i)) != 0)
            b->bad = true;
    }
    for (i = 0; i < b->n; i++) {
        const char *anchor;
        json_t *side;
        JMEMBERS(json_object_get(b->nodes[i].m, "branches"), anchor, side)
        {
            int a = rv_import_find_node(b, anchor);
            if (a >= 0)
                b->nodes[a].anchor = true;
        }
    }
    /* A card keeps its uuid as id unless another body of the flow has used it. */
    for (i = 0; i < b->n; i++) {
        struct import_node *n = &b->nodes[i];
        for (int k = 2;
             n->id.p != NULL && json_object_getn(b->m->card_ids, n->id.p, n->id.n) != NULL; k++)
            n->id = rv_printf(b->cx, "%.*s~%d", RV_FMT(n->uuid), k);
        if (n->id.p != NULL &&
            json_object_setn_new(b->m->card_ids, n->id.p, n->id.n, json_true()) != 0)
            b->bad = true;
    }
}

/* ---- edges ----------------------------------------------------------------------------------- */

bool rv_import_has_edge(const struct import_node *n, int to)
{
    for (size_t i = 0; i < n->next_n; i++)
        if (n->next[i] == to)
            return true;
    return false;
}

static void add_edge(struct import_body *b, int from, int to)
{
    struct import_node *n = &b->nodes[from];
    if (from == to || n->expand || b->nodes[to].expand || rv_import_has_edge(n, to))
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

void rv_import_read_edges(struct import_body *b, const json_t *orderings)
{
    const char *key;
    json_t *pair;
    if (!fits(b, NULL, orderings, JSON_OBJECT, "orderings"))
        return;
    JMEMBERS(orderings, key, pair)
    {
        int from = rv_import_find_node(b, json_string_value(json_array_get(pair, 0)));
        int to = rv_import_find_node(b, json_string_value(json_array_get(pair, 1)));
        if (from < 0 || to < 0)
            rv_import_error_at(b, NULL, "an ordering names a card that is not there: ", key);
        else
            add_edge(b, from, to);
    }
}

/* ---- links ----------------------------------------------------------------------------------- */

const json_t *rv_import_pin_by_id(const struct import_node *n, const char *side, const char *id)
{
    return json_object_get(rv_import_pins_of(n, side), id);
}

static void add_link(struct import_body *b, int from, const char *output, const char *target,
                     const json_t *entry)
{
    int to = rv_import_find_node(b, target);
    const char *input = json_string_value(json_object_get(entry, "input"));
    if (to < 0 || input == NULL || rv_import_pin_by_id(&b->nodes[to], "inputs", input) == NULL) {
        rv_import_error_at(b, &b->nodes[from],
                           "a link leads to a card or field that is not there from output ",
                           output);
        return;
    }
    struct import_link *l = RV_NEW(b->cx, struct import_link);
    if (l == NULL) {
        b->bad = true;
        return;
    }
    *l = (struct import_link){ .input = input, .card = from, .output = output, .convert = "" };
    l->lane = json_string_value(json_object_get(entry, "lane"));
    const char *key;
    json_t *t;
    (void)fits(b, &b->nodes[from], json_object_get(entry, "transform"), JSON_OBJECT,
               "transform"); /* told */
    if (json_object_size(json_object_get(entry, "transform")) > 1)
        rv_import_error_at(b, &b->nodes[from], "a link has two conversions at output ", output);
    JMEMBERS(json_object_get(entry, "transform"), key, t)
    {
        const char *convert = json_string_value(json_object_get(t, "convert"));
        (void)fits(b, &b->nodes[from], t, JSON_OBJECT, "transform"); /* told */
        l->wrap = json_is_true(json_object_get(t, "forceWrapArray"));
        l->convert = convert != NULL ? convert : "";
        if (rv_convert_find(rv_str_of(l->convert)) < 0)
            rv_import_error_at(b, &b->nodes[from], "unknown conversion ", l->convert);
    }
    struct import_node *into = &b->nodes[to];
    size_t same = 0;
    for (const struct import_link *o = into->links; o != NULL; o = o->next)
        same += strcmp(o->input, input) == 0 ? 1 : 0;
    if (same >= (into->join ? 2u : 1u)) {
        rv_import_error_at(b, into,
                           into->join ? "a field has more than two sources: "
                                      : "a field has more than one source: ",
                           input);
        return;
    }
    *into->links_end = l;
    into->links_end = &l->next;
}

void rv_import_read_links(struct import_body *b)
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
                rv_import_pin_by_id(&b->nodes[i], "outputs", output) == NULL) {
                rv_import_error_at(b, &b->nodes[i],
                                   "a link starts at an output that is not there: ", output);
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
static const json_t *expand_path(const struct import_node *n, const char *output)
{
    const json_t *pin = rv_import_pin_by_id(n, "outputs", output);
    const json_t *path = json_object_get(json_object_get(pin, "metadata"), "path");
    const char *id;
    json_t *other;
    if (json_is_array(path))
        return path;
    JMEMBERS(rv_import_pins_of(n, "outputs"), id, other)
    {
        if (rv_str_eq(rv_json_member_str(other, "group"), rv_json_member_str(pin, "group")) &&
            rv_str_eq(rv_json_member_str(other, "key"), RV_STR("key")))
            return json_object_get(json_object_get(other, "value"), "data");
    }
    return NULL;
}

/* Follows links out of expand cards back to the card whose output they open. */
static void resolve_expand(struct import_body *b, struct import_link *l)
{
    for (int hops = 0; b->nodes[l->card].expand; hops++) {
        const struct import_node *x = &b->nodes[l->card];
        const json_t *path = expand_path(x, l->output);
        json_t *whole = json_array();
        if (x->links == NULL || !json_is_array(path) || hops > RV_FLOW_NESTING_MAX ||
            whole == NULL) {
            json_decref(whole);
            rv_import_error_at(b, x, "a member of an output is read that leads nowhere", "");
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

void rv_import_resolve_links(struct import_body *b)
{
    for (size_t i = 0; i < b->n; i++)
        for (struct import_link *l = b->nodes[i].links; l != NULL && !b->nodes[i].expand && !b->bad;
             l = l->next)
            resolve_expand(b, l);
}

/* ---- checks of the graph --------------------------------------------------------------------- */

/* Does v wait for u? Counts each order, link and branch. */
static size_t waits_for(struct import_body *b, int u, int v)
{
    const char *anchor;
    json_t *side;
    size_t n = rv_import_has_edge(&b->nodes[u], v) ? 1 : 0;
    for (const struct import_link *l = b->nodes[v].links; l != NULL; l = l->next)
        n += l->card == u ? 1 : 0;
    JMEMBERS(json_object_get(b->nodes[u].m, "branches"), anchor, side)
    n += rv_import_find_node(b, anchor) == v ? 1 : 0;
    return n;
}

/* Names the cards of circles, without those that only stand behind one: a card that nothing left
 * waits for is taken away, until each has one that does. waiting: of cards that are left, not 0. */
static void tell_circle(struct import_body *b, size_t *waiting)
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
            rv_import_error_at(b, &b->nodes[i], "cards wait for each other in a circle", "");
}

/* Orders and links and branches together must have an order (flopack.md 7). */
void rv_import_check_cycles(struct import_body *b)
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
        for (const struct import_link *l = b->nodes[i].expand ? NULL : b->nodes[i].links; l != NULL;
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
            int a = rv_import_find_node(b, anchor);
            if (a >= 0 && --waiting[a] == 0)
                queue[tail++] = a;
        }
        for (size_t i = 0; i < b->n; i++)
            for (const struct import_link *l = b->nodes[i].expand ? NULL : b->nodes[i].links;
                 l != NULL; l = l->next)
                if (l->card == u && --waiting[i] == 0)
                    queue[tail++] = (int)i;
    }
    if (tail != kept)
        tell_circle(b, waiting);
}

/* Of a connector that nobody knows, any card may be an event. */
static bool is_head(const struct import_body *b, const struct import_node *n)
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

int rv_import_find_root(struct import_body *b, bool is_inline)
{
    int root = -1;
    for (size_t i = 0; i < b->n; i++) {
        const struct import_node *n = &b->nodes[i];
        if (n->expand || n->anchor || n->incoming > 0)
            continue;
        if (root >= 0)
            rv_import_error_at(b, n, "more than one card without a predecessor", "");
        root = (int)i;
    }
    if (root < 0) {
        rv_import_error_at(b, NULL, "no card without a predecessor", "");
        return -1;
    }
    const struct import_node *n = &b->nodes[root];
    if (!is_head(b, n))
        rv_import_error_at(b, n, "the first card is not an event", "");
    if (is_inline && !rv_str_eq(n->name, RV_STR("control:callable")))
        rv_import_error_at(b, n, "an inline body does not start with a Helper Flow card", "");
    return root;
}
