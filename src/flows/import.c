/* flows/import.c: takes an export file in: folders, tables, flows, in one transaction, with a
 * report.
 *
 * The file is checked completely before anything is written (flopack.md 22): all problems are
 * collected, one error stops everything. Every object gets a new id and references inside the pack
 * are rewritten. Connections carry no secrets, so a card gets the only connection of its connector,
 * when there is exactly one, or none. */
#include "flows/import_int.h"
#include "flows/table_int.h"
#include <stdio.h>
#include <stdlib.h>

#define JMEMBERS(object, k, v) json_object_foreach((json_t *)(uintptr_t)(object), k, v)

/* ---- report ---------------------------------------------------------------------------------- */

static RV_PRINTF(4, 0) struct rv_import_item **add_item(struct import *m,
                                                        struct rv_import_item **end, rv_str card,
                                                        const char *format, va_list ap)
{
    char text[600];
    struct rv_import_item *i = RV_NEW(m->cx, struct rv_import_item);
    if (i == NULL)
        return end;
    int n = vsnprintf(text, sizeof text, format, ap);
    rv_str s = { text, n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1 };
    while (s.n > 0 && !rv_utf8_valid(s)) /* the cut may have split a character */
        s.n--;
    *i = (struct rv_import_item){ .flow = m->flow,
                                  .card = rv_dup(m->cx, card),
                                  .sentence = rv_dup(m->cx, s) };
    *end = i;
    return &i->next;
}

/* A hostile file can have a problem in each of a million places. */
enum { ITEMS_MAX = 1000 };

void rv_import_error(struct import *m, rv_str card, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    if (m->errors_n++ < ITEMS_MAX)
        m->errors_end = add_item(m, m->errors_end, card, format, ap);
    va_end(ap);
}

void rv_import_warning(struct import *m, rv_str card, const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    if (m->warnings_n++ < ITEMS_MAX)
        m->warnings_end = add_item(m, m->warnings_end, card, format, ap);
    va_end(ap);
}

/* Says how many there are more, at the end of both lists. */
static void tell_rest(struct import *m)
{
    size_t errors = m->errors_n, warnings = m->warnings_n;
    m->errors_n = m->warnings_n = 0;
    m->flow = RV_NONE_STR;
    if (errors > ITEMS_MAX)
        rv_import_error(m, RV_NONE_STR, "and %zu more errors", errors - ITEMS_MAX);
    if (warnings > ITEMS_MAX)
        rv_import_warning(m, RV_NONE_STR, "and %zu more warnings", warnings - ITEMS_MAX);
}

static void write_items(const struct rv_import_item *i, struct rv_jw *w)
{
    rv_jw_arr(w);
    for (; i != NULL; i = i->next) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "flow", i->flow);
        rv_jw_kstr(w, "card", i->card);
        rv_jw_kstr(w, "sentence", i->sentence);
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
}

void rv_import_report_write(const struct rv_import_report *r, struct rv_jw *w)
{
    rv_jw_obj(w);
    rv_jw_kstr(w, "folderId", r->folder_id);
    rv_jw_key(w, "flows");
    rv_jw_arr(w);
    for (size_t i = 0; i < r->flows_n; i++) {
        rv_jw_obj(w);
        rv_jw_kstr(w, "id", r->flows[i].id);
        rv_jw_kstr(w, "name", r->flows[i].name);
        rv_jw_kstr(w, "kind", rv_str_of(r->flows[i].kind));
        if (r->flows[i].client_token.p != NULL) {
            rv_jw_kstr(w, "invokeUrl", r->flows[i].invoke_url);
            rv_jw_kstr(w, "clientToken", r->flows[i].client_token);
        }
        rv_jw_obj_end(w);
    }
    rv_jw_arr_end(w);
    rv_jw_key(w, "errors");
    write_items(r->errors, w);
    rv_jw_key(w, "warnings");
    write_items(r->warnings, w);
    rv_jw_obj_end(w);
}

/* ---- what will be written -------------------------------------------------------------------- */

struct plan {
    struct import m;
    rv_str folder_id, folder_path;
    rv_str connection_id; /* chosen by the caller, or absent */
    bool activate;
    const json_t *data;
    struct rv_folder_insert *folders;
    struct rv_flow_insert *flows;
    struct rv_table_insert *tables;
    size_t folders_n, flows_n, tables_n;
};

static rv_str new_id(struct import *m, json_t *ids, const char *old)
{
    rv_str id = rv_id_ulid(m->cx, rv_now(m->cx->env));
    if (id.p != NULL && json_object_set_new(ids, old, json_stringn(id.p, id.n)) != 0)
        return RV_NONE_STR;
    return id;
}

/* Borrowed from ids. */
static rv_str mapped(const json_t *ids, rv_str old)
{
    return old.p != NULL ? rv_json_str(json_object_getn(ids, old.p, old.n)) : RV_NONE_STR;
}

static rv_str clipped(struct rv_cx *cx, rv_str s, size_t max, const char *other)
{
    if (s.n == 0)
        return rv_str_of(other);
    s.n = s.n > max ? max : s.n;
    while (s.n > 0 && !rv_utf8_valid(s))
        s.n--;
    return rv_dup(cx, s);
}

/* A name from the file; what does not fit is cut, and told. */
static rv_str name_of(struct import *m, rv_str s, const char *other)
{
    rv_str name = clipped(m->cx, s, 200, other);
    if (s.n > 200)
        rv_import_warning(m, RV_NONE_STR, "the name \"%.*s\" was cut after 200 bytes",
                          RV_FMT(name));
    return name;
}

static rv_str description_of(struct import *m, const json_t *object)
{
    rv_str s = rv_json_member_str(object, "description");
    if (s.n > 4000)
        rv_import_warning(m, RV_NONE_STR, "a description was cut after 4000 bytes");
    return clipped(m->cx, s, 4000, "");
}

/* The parent is the last id of the dotted path; a folder whose parent is not in the file goes to
 * the target. */
static rv_status plan_folders(struct plan *p)
{
    struct import *m = &p->m;
    const json_t *groups = json_object_get(p->data, "groups");
    const char *key;
    json_t *g;
    p->folders = RV_NEW_N(m->cx, struct rv_folder_insert, json_object_size(groups) + 1);
    if (p->folders == NULL)
        return RV_BUSY;
    JMEMBERS(groups, key, g)
    {
        (void)g;
        if (new_id(m, m->folder_ids, key).p == NULL)
            return RV_BUSY;
    }
    /* Parents first: a folder is planned when its parent is, at most once per level. */
    json_t *done = json_object();
    RV_TRY(rv_json_keep(m->cx, done));
    for (int level = 0; level <= RV_FOLDER_DEPTH_MAX; level++) {
        JMEMBERS(groups, key, g)
        {
            const json_t *d = json_object_get(g, "data");
            rv_str path = rv_json_member_str(d, "path"), part, parent = RV_NONE_STR;
            while (rv_str_split(&path, '.', &part))
                if (part.n > 0)
                    parent = part;
            const json_t *above =
                parent.n > 0 && json_object_getn(groups, parent.p, parent.n) != NULL
                    ? json_object_getn(done, parent.p, parent.n)
                    : NULL;
            bool top = parent.n == 0 || json_object_getn(groups, parent.p, parent.n) == NULL;
            if (json_object_get(done, key) != NULL || (!top && above == NULL))
                continue;
            struct rv_folder_insert *f = &p->folders[p->folders_n++];
            f->id = mapped(m->folder_ids, rv_str_of(key));
            f->parent_id = top ? p->folder_id : mapped(m->folder_ids, parent);
            f->path = rv_printf(m->cx, "%.*s/%.*s",
                                RV_FMT(top ? p->folder_path : rv_json_str(above)), RV_FMT(f->id));
            f->name = name_of(m, rv_json_member_str(d, "name"), "Folder");
            f->description = description_of(m, d);
            if (f->path.p == NULL ||
                json_object_set_new(done, key, json_stringn(f->path.p, f->path.n)) != 0)
                return RV_BUSY;
        }
    }
    if (p->folders_n < json_object_size(groups))
        rv_import_error(m, RV_NONE_STR,
                        "the folders of the file lie in each other or nest more than %d deep "
                        "(limit folder.depth)",
                        RV_FOLDER_DEPTH_MAX);
    return RV_OK;
}

struct told {
    struct import *m;
    rv_str table;
};

static void tell_columns(void *arg, bool error, rv_str sentence)
{
    const struct told *t = arg;
    if (error)
        rv_import_error(t->m, RV_NONE_STR, "the table \"%.*s\": %.*s", RV_FMT(t->table),
                        RV_FMT(sentence));
    else
        rv_import_warning(t->m, RV_NONE_STR, "the table \"%.*s\": %.*s", RV_FMT(t->table),
                          RV_FMT(sentence));
}

static rv_status plan_tables(struct plan *p)
{
    struct import *m = &p->m;
    const json_t *tables = json_object_get(p->data, "tables");
    const char *key;
    json_t *file;
    p->tables = RV_NEW_N(m->cx, struct rv_table_insert, json_object_size(tables) + 1);
    if (p->tables == NULL)
        return RV_BUSY;
    JMEMBERS(tables, key, file)
    {
        const json_t *d = json_object_get(file, "data");
        struct rv_table_insert *r = &p->tables[p->tables_n++];
        rv_str folder = mapped(m->folder_ids, rv_json_member_str(d, "group_id"));
        r->id = new_id(m, m->table_ids, key);
        r->folder_id = folder.p != NULL ? folder : p->folder_id;
        r->name = name_of(m, rv_json_member_str(file, "name"), "Table");
        r->description = description_of(m, file);
        struct told t = { m, r->name };
        const json_t *structure = json_object_get(d, "structure");
        if (structure != NULL && !json_is_null(structure) && !json_is_array(structure))
            tell_columns(&t, true, RV_STR("its structure must be a list of columns"));
        RV_TRY(rv_columns_of_file(m->cx, json_object_get(d, "structure"), tell_columns, &t,
                                  &r->columns));
        if (r->id.p == NULL)
            return RV_BUSY;
    }
    return RV_OK;
}

/* The caller's choice when it is of this connector, else the one of the same name, else the only
 * connection of it. */
static rv_status choose_connection(struct rv_tx *tx, const struct plan *p, rv_str connector,
                                   rv_str name, bool *ret_found, rv_str *ret_id)
{
    struct rv_connection_row row;
    bool found = false;
    if (p->connection_id.p != NULL)
        RV_TRY(rv_connection_row_get(tx, p->connection_id, &found, &row));
    if (p->connection_id.p != NULL && !found)
        return rv_fail_field(p->m.cx, "connectionId", "NOT_FOUND", "there is no connection %.*s",
                             RV_FMT(p->connection_id));
    if (!found || !rv_str_eq(row.connector, connector) ||
        !rv_connection_reaches(&row, p->folder_path))
        return rv_connection_fitting(tx, connector, name, p->folder_path, ret_found, ret_id);
    *ret_found = true;
    *ret_id = row.id;
    return RV_OK;
}

static rv_status plan_connection(struct rv_tx *tx, const struct plan *p, rv_str connector,
                                 rv_str name, json_t *into, const char *key)
{
    bool found, may = false;
    rv_str id;
    RV_TRY(choose_connection(tx, p, connector, name, &found, &id));
    if (found)
        RV_TRY(rv_authz_may(p->m.cx, tx, RV_A_CONNECTION_USE, RV_OBJECT(id), &may));
    if (found && may && json_object_set_new(into, key, json_stringn(id.p, id.n)) != 0)
        return rv_fail(p->m.cx, RV_BUSY, "out of memory while importing");
    return RV_OK;
}

/* A connection of the file becomes the one of its name here or the only one of its connector, and
 * so does that of a card that names none; with none or several a person chooses
 * (connection_need.c). */
static rv_status plan_connections(struct rv_tx *tx, void *arg)
{
    struct plan *p = arg;
    struct import *m = &p->m;
    const struct rv_engine *e = rv_engine_of(m->cx);
    const char *key;
    json_t *c, *seen = json_object();
    RV_TRY(rv_json_keep(m->cx, seen));
    JMEMBERS(m->configs, key, c)
    {
        RV_TRY(plan_connection(tx, p, rv_json_member_str(c, "module"),
                               rv_json_member_str(c, "name"), m->connection_ids, key));
        if (new_id(m, m->config_ids, key).p == NULL)
            return RV_BUSY;
    }
    for (size_t i = 0; i < rv_card_count(e); i++) {
        const struct rv_card *card = rv_card_at(e, i);
        if (card->connector == NULL || card->connection_optional ||
            json_object_get(seen, card->connector) != NULL)
            continue;
        if (json_object_set_new(seen, card->connector, json_true()) != 0)
            return rv_fail(m->cx, RV_BUSY, "out of memory while importing");
        RV_TRY(plan_connection(tx, p, rv_str_of(card->connector), RV_NONE_STR, m->only,
                               card->connector));
    }
    return RV_OK;
}

/* ---- flows ----------------------------------------------------------------------------------- */

/* The two-card form in which event flows are stored (flopack.md 9): gives the inner body. */
static const json_t *wrapped_event(const json_t *body)
{
    const json_t *methods = json_object_get(body, "methods");
    const json_t *inner = NULL;
    bool event = false;
    size_t i;
    json_t *m;
    if (json_array_size(methods) != 2)
        return NULL;
    json_array_foreach((json_t *)(uintptr_t)methods, i, m)
    {
        rv_str address = rv_json_member_str(m, "address");
        const char *key;
        json_t *pin;
        if (rv_str_starts(address, RV_STR("root:channels:")))
            event = true;
        if (!rv_str_starts(address, RV_STR("root:kernel:list:")) ||
            !rv_str_ends(address, RV_STR(":asyncEach")))
            continue;
        JMEMBERS(json_object_get(json_object_get(json_object_get(json_object_get(m, "node"),
                                                                 "model"),
                                                 "inputs"),
                                 "data"),
                 key, pin)
        {
            const json_t *v = json_object_get(pin, "value"), *d = json_object_get(v, "data");
            if (rv_str_eq(rv_json_member_str(v, "type"), RV_STR("flo")) && json_is_object(d))
                inner =
                    json_is_array(json_object_get(d, "methods")) ? d : json_object_get(d, "data");
        }
    }
    return event ? inner : NULL;
}

/* The two cards as they were, without the drawn flow: an export puts it in again. */
static json_t *wrapper_of(const json_t *body)
{
    json_t *keep = json_object(), *methods = json_deep_copy(json_object_get(body, "methods")), *m,
           *pin;
    json_t *orderings = json_object_get(body, "orderings");
    const char *key;
    size_t i;
    json_array_foreach(methods, i, m)
    {
        json_t *model = json_object_get(json_object_get(m, "node"), "model");
        json_object_foreach(json_object_get(json_object_get(model, "inputs"), "data"), key, pin)
        {
            json_t *v = json_object_get(pin, "value");
            if (rv_str_eq(rv_json_member_str(v, "type"), RV_STR("flo")))
                (void)json_object_set_new(v, "data", json_null()); /* a lost one is set again by the export */
        }
    }
    if (keep == NULL || json_object_set_new(keep, "methods", methods) != 0 ||
        json_object_set_new(keep, "orderings",
                            orderings != NULL ? json_incref(orderings) : json_null()) != 0) {
        json_decref(keep);
        return NULL;
    }
    return keep;
}

/* The connection of the event goes out of what is kept: the card has it, and an export puts it in.
 */
static void drop_connections(json_t *wrapper)
{
    json_t *m;
    size_t i;
    json_array_foreach(json_object_get(wrapper, "methods"), i, m)(void)
        json_object_set_new(json_object_get(json_object_get(m, "node"), "model"), "config",
                            json_null()); /* no model: no card, which the check of the body says */
}

static bool move_head(const json_t *card, json_t *head, json_t *wrapper)
{
    static const char *const moved[] = { "card",   "address", "title",       "options",
                                         "origin", "note",    "connectionId" };
    bool ok = true;
    for (size_t i = 0; i < RV_LEN(moved); i++) {
        json_t *v = json_object_get(card, moved[i]);
        ok = ok && (v == NULL || json_object_set(head, moved[i], v) == 0);
    }
    if (json_object_get(head, "origin") == NULL)
        ok = ok && json_object_set_new(head, "origin", json_object()) == 0;
    return ok && json_object_set(json_object_get(head, "origin"), "event", wrapper) == 0;
}

/* The flow a person drew: the inner body, with the connector's event in the place of its head. */
static json_t *unwrapped(struct import *m, const json_t *body, const json_t *inner)
{
    json_t *wrapper = wrapper_of(body), *cards = NULL, *head;
    json_t *outer = wrapper != NULL ? rv_import_body(m, wrapper, false, 1) : NULL;
    bool ok = outer != NULL;
    drop_connections(wrapper);
    m->card_ids = json_object();
    ok = rv_json_keep(m->cx, m->card_ids) == RV_OK && ok;
    m->cards = 0;
    if (ok)
        cards = rv_import_body(m, inner, true, 1);
    head = json_array_get(cards, 0);
    if (head != NULL && !move_head(json_array_get(outer, 0), head, wrapper)) {
        json_decref(cards);
        cards = NULL;
    }
    json_decref(outer);
    json_decref(wrapper);
    return cards;
}

/* An event with an ordinary body (flopack.md 9) goes out as one, whatever its outputs are called.
 */
static bool mark_plain_event(json_t *cards)
{
    json_t *head = json_array_get(cards, 0);
    if (head == NULL || strcmp(rv_def_kind(cards), "EVENT") != 0)
        return true;
    if (json_object_get(head, "origin") == NULL &&
        json_object_set_new(head, "origin", json_object()) != 0)
        return false;
    return json_object_set_new(json_object_get(head, "origin"), "plain", json_true()) == 0;
}

/* The calendar as a Scheduled Flow card holds it: the known members of the file's. */
static json_t *plan_schedule(struct import *m, const json_t *cron)
{
    static const char *const texts[] = { "seconds",       "minutes", "hours",
                                         "dayOfTheMonth", "month",   "dayOfTheWeek",
                                         "startDate",     "endDate", "timeZone" };
    json_t *s = json_object(), *recurrence = json_object_get(cron, "recurrence"),
           *skip = json_object_get(cron, "skipIfRunning");
    struct rv_schedule read;
    bool ok = s != NULL;
    for (size_t i = 0; i < RV_LEN(texts) && ok; i++) {
        json_t *v = json_object_get(cron, texts[i]);
        if (json_is_string(v) && json_string_length(v) <= 200)
            ok = json_object_set(s, texts[i], v) == 0;
        else if (json_is_integer(v))
            ok = json_object_set_new(s, texts[i],
                                     json_sprintf("%" JSON_INTEGER_FORMAT,
                                                  json_integer_value(v))) == 0;
    }
    if (ok && json_is_number(recurrence))
        ok = json_object_set(s, "recurrence", recurrence) == 0;
    if (ok && json_is_boolean(skip))
        ok = json_object_set(s, "skipIfRunning", skip) == 0;
    if (!ok) {
        json_decref(s);
        return NULL;
    }
    if (rv_schedule_read(m->cx, s, &read) != RV_OK)
        rv_import_warning(
            m, RV_NONE_STR,
            "the schedule or its time zone cannot be read; set it before turning the flow on");
    rv_error_clear(m->cx); /* a warning here, not an error */
    return s;
}

/* A helper head of a flow that has a schedule is a card of its own here. */
static rv_status plan_trigger(struct import *m, const json_t *d, json_t *cards)
{
    json_t *head = (json_t *)(uintptr_t)rv_def_head(cards);
    if (!json_is_true(json_object_get(d, "scheduled")))
        return RV_OK;
    if (!rv_str_eq(rv_json_member_str(head, "card"), RV_STR("control:callable"))) {
        rv_import_warning(m, RV_NONE_STR,
                          "the flow has a schedule and does not start with a Helper Flow card; the "
                          "schedule is left out");
        return RV_OK;
    }
    json_t *schedule = plan_schedule(m, json_object_get(d, "cron"));
    if (schedule == NULL || json_object_set_new(head, "schedule", schedule) != 0 ||
        json_object_set_new(head, "card", json_string("control:scheduled")) != 0)
        return rv_fail(m->cx, RV_BUSY, "out of memory while importing");
    return RV_OK;
}

/* A client token for an endpoint that asks for one: it is not in the file, so it is made and shown
 * with the report, this once. Who may not make tokens now (security.md 1.10) makes one later. */
static rv_str plan_token(struct import *m)
{
    if (rv_guard_recent(m->cx) == RV_OK)
        return rv_endpoint_new_token(m->cx);
    rv_error_clear(m->cx);
    rv_import_warning(m, RV_NONE_STR,
                      "the endpoint has a new address and no client token yet, because you signed "
                      "in more than 15 minutes ago; make one in the settings of its first card");
    return RV_NONE_STR;
}

/* What callers of its address must show; the address and a client token (*ret_token, or absent) are
 * made anew. */
static rv_str plan_security(struct import *m, const json_t *d, const json_t *cards,
                            rv_str *ret_token)
{
    rv_str level = rv_json_member_str(d, "security_level");
    bool endpoint =
        rv_str_eq(rv_json_member_str(rv_def_head(cards), "card"), RV_STR("http:accept"));
    static const char *const levels[] = { "", "open", "medium", "high" };
    bool known = level.p == NULL;
    *ret_token = RV_NONE_STR;
    for (size_t i = 0; i < RV_LEN(levels); i++)
        known = known || rv_str_eq(level, rv_str_of(levels[i]));
    if (!known)
        rv_import_warning(m, RV_NONE_STR, "the security level \"%.*s\" is not known",
                          RV_FMT(level));
    if (rv_str_eq(level, RV_STR("open")))
        rv_import_warning(
            m, RV_NONE_STR,
            "public endpoint: anyone who knows the address may start this flow once it is on");
    else if (endpoint && !rv_str_eq(level, RV_STR("high")))
        *ret_token = plan_token(m);
    return level;
}

/* Name of the innermost card that a JSON pointer into the cards goes through. */
static rv_str card_at(const json_t *cards, rv_str pointer)
{
    rv_str part, name = RV_NONE_STR;
    const json_t *at = cards;
    int64_t i;
    (void)rv_str_split(&pointer, '/', &part); /* nothing before the first slash */
    (void)rv_str_split(&pointer, '/', &part); /* "cards" */
    while (at != NULL && rv_str_split(&pointer, '/', &part)) {
        at = json_is_array(at)
                 ? (rv_str_to_int(part, &i) && i >= 0 ? json_array_get(at, (size_t)i) : NULL)
                 : json_object_getn(at, part.p, part.n);
        if (rv_json_member_str(at, "card").p != NULL)
            name = rv_json_member_str(at, rv_json_member_str(at, "title").n > 0 ? "title" : "id");
    }
    return name;
}

/* What comes out must be what the console could have saved; anything else in the file is a mistake
 * of it. */
static rv_status check_definition(struct import *m, const json_t *cards)
{
    json_t *checked;
    rv_status st = m->report->errors == NULL ? rv_def_check(m->cx, cards, &checked) : RV_OK;
    if (st == RV_OK || st == RV_BUSY)
        return st;
    for (const struct rv_cause *c = rv_error(m->cx)->causes; c != NULL; c = c->next)
        rv_import_error(m, card_at(cards, rv_str_of(c->pointer)), "%s (%s)", c->summary,
                        c->pointer);
    if (m->report->errors == NULL)
        rv_import_error(m, RV_NONE_STR, "%s", rv_error(m->cx)->message);
    rv_error_clear(m->cx);
    return RV_OK;
}

/* What is stored must be readable within the limits of stored definitions. */
static rv_status check_stored(struct import *m, rv_str text)
{
    json_t *read;
    rv_status st = m->report->errors == NULL
                       ? rv_json_parse(m->cx, text, &rv_json_limits_import, &read)
                       : RV_OK;
    if (st == RV_OK || st == RV_BUSY)
        return st;
    rv_import_error(m, RV_NONE_STR, "the flow is too large: %s", rv_error(m->cx)->message);
    rv_error_clear(m->cx);
    return RV_OK;
}

static rv_status plan_flow(struct plan *p, const char *key, const json_t *flow,
                           struct rv_flow_insert *f)
{
    struct import *m = &p->m;
    const json_t *d = json_object_get(flow, "data");
    json_t *cards;
    rv_str folder = mapped(m->folder_ids, rv_json_member_str(d, "group"));
    m->flow = m->holder = m->holder_uuid = RV_NONE_STR;
    m->flow = name_of(m, rv_json_member_str(flow, "name"), "Flow");
    m->card_ids = json_object();
    m->cards = 0;
    RV_TRY(rv_json_keep(m->cx, m->card_ids));
    rv_str uuid = rv_json_member_str(d, "uuid");
    if (!rv_str_eq(rv_json_member_str(flow, "id"), rv_str_of(key)) ||
        (uuid.p != NULL && !rv_str_eq(uuid, rv_str_of(key))))
        rv_import_error(m, RV_NONE_STR, "the ids of the flow differ from each other");
    const json_t *inner = wrapped_event(d);
    cards = inner != NULL ? unwrapped(m, d, inner) : rv_import_body(m, d, false, 1);
    if (cards == NULL)
        return rv_fail(m->cx, RV_BUSY, "out of memory while importing");
    RV_TRY(rv_json_keep(m->cx, cards));
    if (inner == NULL && !mark_plain_event(cards))
        return rv_fail(m->cx, RV_BUSY, "out of memory while importing");
    RV_TRY(check_definition(m, cards));
    RV_TRY(plan_trigger(m, d, cards));
    f->security = plan_security(m, d, cards, &f->client_token);
    f->id = mapped(m->flow_ids, rv_str_of(key));
    f->folder_id = folder.p != NULL ? folder : p->folder_id;
    f->name = m->flow;
    f->description = description_of(m, flow);
    f->kind = rv_str_of(rv_def_kind(cards));
    f->save_data = !json_is_false(json_object_get(d, "log"));
    f->note = RV_STR("Imported");
    RV_TRY(rv_def_inputs(m->cx, cards, &f->inputs));
    f->settings = RV_STR("{}");
    RV_TRY(rv_json_dump(m->cx, cards, &f->cards));
    RV_TRY(check_stored(m, f->cards));
    f->definition = cards;
    if (m->report->errors == NULL && p->activate) {
        struct rv_program *program;
        RV_TRY(rv_compile(m->cx, cards, &program));
        f->enabled = program->problems == NULL && !rv_str_eq(f->security, RV_STR("open"));
        rv_program_unref(program);
    }
    return RV_OK;
}

static rv_status plan_flows(struct plan *p)
{
    struct import *m = &p->m;
    const json_t *flos = json_object_get(p->data, "flos");
    const char *key;
    json_t *flow;
    p->flows = RV_NEW_N(m->cx, struct rv_flow_insert, json_object_size(flos) + 1);
    m->report->flows = rv_alloc_n(m->cx, sizeof *m->report->flows, json_object_size(flos) + 1);
    if (p->flows == NULL || m->report->flows == NULL)
        return RV_BUSY;
    JMEMBERS(flos, key, flow)
    {
        (void)flow;
        if (new_id(m, m->flow_ids, key).p == NULL)
            return RV_BUSY;
    }
    JMEMBERS(flos, key, flow)
    {
        struct rv_flow_insert *f = &p->flows[p->flows_n];
        RV_TRY(plan_flow(p, key, flow, f));
        m->report->flows[p->flows_n] = (struct rv_import_flow){ .id = f->id,
                                                                .name = f->name,
                                                                .kind = rv_z(m->cx, f->kind) };
        p->flows_n++;
    }
    m->report->flows_n = p->flows_n;
    m->flow = RV_NONE_STR;
    return RV_OK;
}

/* What every flow together lacks, told once at the end. */
static void summarise(struct plan *p)
{
    const char *key;
    json_t *v;
    JMEMBERS(p->m.needs, key, v)
    {
        (void)v;
        rv_import_warning(&p->m, RV_NONE_STR,
                          "needs a connection for %s; choose one before turning the flows on", key);
    }
    JMEMBERS(p->m.unsupported, key, v)
    {
        rv_import_warning(&p->m, RV_NONE_STR, "not supported: %s, %d times", key,
                          (int)json_integer_value(v));
    }
}

static bool version_is_known(struct plan *p, const json_t *root)
{
    rv_str v = rv_json_member_str(root, "version"), part;
    int64_t major = 0, minor = 0;
    rv_str rest = v;
    bool sound = rv_str_split(&rest, '.', &part) && rv_str_to_int(part, &major) &&
                 rv_str_split(&rest, '.', &part) && rv_str_to_int(part, &minor);
    if (!sound || major != 1) {
        rv_import_error(&p->m, RV_NONE_STR, "unsupported version %.*s", RV_FMT(v));
        return false;
    }
    if (minor > 5 || (minor == 5 && rest.n > 0 && !rv_str_eq(rest, RV_STR("0"))))
        rv_import_warning(&p->m, RV_NONE_STR,
                          "version %.*s is newer than 1.5.0; what it adds is left out", RV_FMT(v));
    return true;
}

/* Absent and null sections are empty; anything else must be objects by id. */
static void check_sections(struct plan *p)
{
    static const char *const sections[] = { "groups", "tables", "configs" };
    for (size_t i = 0; i < RV_LEN(sections); i++) {
        const json_t *section = json_object_get(p->data, sections[i]);
        const char *id;
        json_t *v;
        if (section != NULL && !json_is_null(section) && !json_is_object(section))
            rv_import_error(&p->m, RV_NONE_STR, "data.%s must be an object", sections[i]);
        JMEMBERS(section, id, v)
        {
            const json_t *d = json_object_get(v, "data");
            if (!json_is_object(v) || (d != NULL && !json_is_null(d) && !json_is_object(d)))
                rv_import_error(&p->m, RV_NONE_STR, "data.%s: \"%.80s\" or its data is no object",
                                sections[i], id);
        }
    }
}

static rv_status plan_all(struct plan *p, const json_t *root)
{
    struct import *m = &p->m;
    p->data = json_object_get(root, "data");
    m->configs = json_object_get(p->data, "configs");
    m->tables = json_object_get(p->data, "tables");
    if (!rv_str_eq(rv_json_member_str(root, "type"), RV_STR("flopack")) ||
        json_object_size(json_object_get(p->data, "flos")) == 0) {
        rv_import_error(
            m, RV_NONE_STR,
            "not a workflow export: the type is not flopack or there are no flows in it");
        return RV_OK;
    }
    if (!version_is_known(p, root))
        return RV_OK;
    check_sections(p);
    RV_TRY(plan_folders(p));
    RV_TRY(plan_tables(p));
    RV_TRY(rv_store_read(m->cx, plan_connections, p));
    RV_TRY(plan_flows(p));
    rv_import_check_flows(m, p->flows, p->flows_n);
    summarise(p);
    return RV_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static rv_status write_flow(struct rv_tx *tx, const struct plan *p, size_t i)
{
    const struct rv_flow_insert *f = &p->flows[i];
    struct rv_import_flow *shown = &p->m.report->flows[i];
    bool token = f->client_token.p != NULL;
    RV_TRY(rv_table_check_use(rv_tx_cx(tx), tx, f->definition, p->folder_path));
    RV_TRY(rv_flow_insert(tx, f));
    if (token) {
        shown->client_token = f->client_token;
        RV_TRY(rv_endpoint_keep_token(tx, f->id, f->client_token, &shown->invoke_url));
    }
    return rv_event_add(tx, "workflows.user.flow.import", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Flow", .id = f->id, .name = f->name }),
                        token ? RV_STR("{\"clientToken\":\"made\"}") : RV_NONE_STR);
}

static rv_status import_tx(struct rv_tx *tx, void *arg)
{
    const struct plan *p = arg;
    for (size_t i = 0; i < p->folders_n; i++) {
        const struct rv_folder_insert *f = &p->folders[i];
        RV_TRY(rv_folder_insert(tx, f));
        RV_TRY(rv_event_add(tx, "workflows.user.folder.import", true, RV_NONE_STR,
                            RV_TARGETS({ .type = "Folder", .id = f->id, .name = f->name }),
                            RV_NONE_STR));
    }
    for (size_t i = 0; i < p->tables_n; i++) {
        struct rv_table t = { .id = p->tables[i].id, .name = p->tables[i].name };
        RV_TRY(rv_table_insert(tx, &p->tables[i]));
        RV_TRY(rv_table_tell(tx, "workflows.user.table.schema.import", &t, RV_NONE_STR));
    }
    for (size_t i = 0; i < p->flows_n; i++)
        RV_TRY(write_flow(tx, p, i));
    return RV_OK;
}

static rv_status fail_with_causes(struct rv_cx *cx, const struct rv_import_item *errors)
{
    rv_status st = RV_INVALID;
    for (const struct rv_import_item *i = errors; i != NULL; i = i->next)
        st = rv_fail_field(cx, "", "IMPORT", "%.*s%s%.*s%s%.*s", RV_FMT(i->flow),
                           i->flow.n > 0 ? ": " : "", RV_FMT(i->card), i->card.n > 0 ? ": " : "",
                           RV_FMT(i->sentence));
    return st;
}

enum { DEPTH_MAX = 64 };
/* A file of 16 MiB fits, and bodies within bodies: each is nine levels below the one around it. */
static const struct rv_json_limits pack_limits = { DEPTH_MAX + 10 * RV_FLOW_NESTING_MAX, 1500000,
                                                   1024, 1 << 20, 64, false };

/* Counts from the innermost body on: how deep those may nest is a limit of its own (flow.nesting).
 */
static bool too_deep(const json_t *j, int depth)
{
    const char *key;
    size_t i;
    json_t *v;
    bool deep = depth > DEPTH_MAX;
    if (json_is_array(json_object_get(j, "methods")))
        depth = 1;
    json_object_foreach((json_t *)(uintptr_t)j, key, v) deep =
        deep || too_deep(v, depth + 1); /* depth bounded: pack_limits */
    json_array_foreach((json_t *)(uintptr_t)j, i, v) deep = deep || too_deep(v, depth + 1);
    return deep;
}

struct target {
    rv_str id, ids, names;
};

static rv_status read_target(struct rv_tx *tx, void *arg)
{
    struct target *t = arg;
    return rv_folder_path(tx, t->id, &t->ids, &t->names);
}

rv_status rv_flow_import(struct rv_cx *cx, rv_str folder_id, rv_str connection_id, rv_str text,
                         bool activate, struct rv_import_report *ret)
{
    struct plan p = { .folder_id = folder_id,
                      .connection_id = connection_id,
                      .activate = activate };
    struct target t = { .id = folder_id };
    json_t *root;
    *ret = (struct rv_import_report){ .folder_id = folder_id };
    p.m = (struct import){ .cx = cx,
                           .report = ret,
                           .errors_end = &ret->errors,
                           .warnings_end = &ret->warnings,
                           .flow_ids = json_object(),
                           .table_ids = json_object(),
                           .folder_ids = json_object(),
                           .connection_ids = json_object(),
                           .config_ids = json_object(),
                           .only = json_object(),
                           .unsupported = json_object(),
                           .needs = json_object() };
    json_t *const ids[] = { p.m.flow_ids,       p.m.table_ids, p.m.folder_ids,
                            p.m.connection_ids, p.m.only,      p.m.config_ids };
    for (size_t i = 0; i < RV_LEN(ids); i++)
        RV_TRY(rv_json_keep(cx, ids[i]));
    RV_TRY(rv_json_keep(cx, p.m.unsupported));
    RV_TRY(rv_json_keep(cx, p.m.needs));
    RV_TRY(rv_store_read(cx, read_target, &t));
    RV_TRY(
        rv_authz(cx, NULL, RV_A_FLOW_EDIT, (struct rv_object){ .id = folder_id, .path = t.ids }));
    p.folder_path = t.ids;
    if (rv_str_starts(text, RV_STR("\xEF\xBB\xBF"))) /* a byte order mark of an editor */
        text = rv_str_sub(text, 3, text.n);
    rv_status st = rv_json_parse(cx, text, &pack_limits, &root);
    if (st == RV_OK && too_deep(root, 1))
        st = rv_fail(cx, RV_MALFORMED, "the file is nested deeper than %d levels", DEPTH_MAX);
    if (st != RV_OK)
        return rv_wrap(cx, st, "not a workflow export");
    RV_TRY(plan_all(&p, root));
    tell_rest(&p.m);
    if (p.tables_n > 0 && ret->errors == NULL)
        RV_TRY(rv_authz(cx, NULL, RV_A_TABLE_EDIT,
                        (struct rv_object){ .id = folder_id, .path = t.ids, .visible = true }));
    if (ret->errors != NULL)
        return fail_with_causes(cx, ret->errors);
    return rv_store_write(cx, import_tx, &p);
}
