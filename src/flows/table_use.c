/* flows/table_use.c: flows that use tables: may who saves one use them, and what stops the flow
 * from being switched on.
 *
 * A flow reads and writes the tables its cards name without asking anybody again. So whoever saves
 * it needs the right himself: to read a table, or to change it where a card does (security.md 2.5).
 * A card whose table is chosen at run time may get any table under the flow's top folder, and
 * whoever saves it needs the right for all of them. */
#include "flows/table_int.h"

struct use {
    struct rv_cx *cx;
    struct rv_tx *tx;
    rv_str folder_path;
    struct rv_problem **end;
    rv_status st;
};

static bool is_table_card(const json_t *card)
{
    return rv_str_starts(rv_json_member_str(card, "card"), RV_STR("stash:"));
}

static bool writes(const json_t *card)
{
    static const char *const names[] = { "stash:createRow", "stash:updateRow", "stash:deleteRow",
                                         "stash:clearTable", "stash:importFromCSV" };
    for (size_t i = 0; i < RV_LEN(names); i++)
        if (rv_str_eq(rv_json_member_str(card, "card"), rv_str_of(names[i])))
            return true;
    return false;
}

static bool at_run_time(const json_t *card)
{
    rv_str id = rv_json_member_str(json_object_get(card, "options"), "stash");
    return id.n == 0 || rv_str_eq(id, RV_STR(RV_TABLE_AT_RUN_TIME));
}

/* ---- may who saves it ------------------------------------------------------------------------ */

static void check_use(void *arg, json_t *card)
{
    struct use *u = arg;
    struct rv_table t;
    rv_str top = RV_NONE_STR, path = u->folder_path;
    bool found;
    if (!is_table_card(card) || u->st != RV_OK)
        return;
    enum rv_action action = writes(card) ? RV_A_TABLE_EDIT : RV_A_TABLE_READ;
    if (at_run_time(card)) {
        if (rv_str_split(&path, '/', &top))
            u->st = rv_authz(u->cx, u->tx, action,
                             (struct rv_object){ .id = top, .path = top, .visible = true });
        return;
    }
    u->st = rv_table_find(u->tx, rv_table_of_card(card), &found, &t);
    if (u->st == RV_OK && found)
        u->st = rv_authz(u->cx, u->tx, action,
                         (struct rv_object){ .id = t.id, .path = t.folder_path, .visible = true });
}

rv_status rv_table_check_use(struct rv_cx *cx, struct rv_tx *tx, json_t *cards, rv_str folder_path)
{
    struct use u = { .cx = cx, .tx = tx, .folder_path = folder_path, .st = RV_OK };
    rv_def_walk(cards, check_use, &u);
    return u.st;
}

/* ---- what stops it --------------------------------------------------------------------------- */

static void add_problem(struct use *u, const json_t *card, rv_str input_id, rv_str sentence)
{
    struct rv_problem *p = RV_NEW(u->cx, struct rv_problem);
    if (p == NULL || sentence.p == NULL) {
        u->st = RV_BUSY;
        return;
    }
    *p = (struct rv_problem){ .card_id = rv_json_member_str(card, "id"),
                              .input_id = input_id,
                              .sentence = sentence };
    *u->end = p;
    u->end = &p->next;
}

static rv_str title_of(const json_t *card)
{
    rv_str title = rv_json_member_str(card, "title");
    return title.n > 0 ? title : rv_json_member_str(card, "card");
}

/* Is the field of this group and key linked, or has it a value? */
static bool is_filled(const json_t *card, const char *group, const char *key)
{
    size_t i;
    json_t *pin;
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        if (rv_str_eq(rv_json_member_str(pin, "group"), rv_str_of(group)) &&
            rv_str_eq(rv_json_member_str(pin, "key"), rv_str_of(key)))
            return json_object_get(pin, "from") != NULL ||
                   !rv_value_empty(json_object_get(pin, "value"));
    }
    return false;
}

static void check_columns(struct use *u, const json_t *card, const struct rv_table *t)
{
    size_t i;
    json_t *pin;
    json_array_foreach(json_object_get(card, "inputs"), i, pin)
    {
        rv_str name = rv_json_member_str(pin, "key");
        if (rv_str_eq(rv_json_member_str(pin, "group"), RV_STR("Fields")) &&
            rv_table_column(t, name) == NULL)
            add_problem(u, card, rv_json_member_str(pin, "id"),
                        rv_printf(u->cx,
                                  "The table \"%.*s\" of card \"%.*s\" has no column \"%.*s\". "
                                  "Remove the field or add the column.",
                                  RV_FMT(t->name), RV_FMT(title_of(card)), RV_FMT(name)));
    }
}

static void check_card(void *arg, json_t *card)
{
    struct use *u = arg;
    struct rv_table t;
    bool found;
    if (!is_table_card(card) || u->st != RV_OK)
        return;
    if (at_run_time(card)) {
        if (!is_filled(card, "Table", "Table ID"))
            add_problem(u, card, RV_NONE_STR,
                        rv_printf(u->cx,
                                  "Card \"%.*s\" has no table. Choose one, or link Table ID.",
                                  RV_FMT(title_of(card))));
        return;
    }
    u->st = rv_table_find(u->tx, rv_table_of_card(card), &found, &t);
    if (u->st != RV_OK)
        return;
    if (found)
        check_columns(u, card, &t);
    else
        add_problem(u, card, RV_NONE_STR,
                    rv_printf(u->cx, "The table of card \"%.*s\" was deleted. Choose another one.",
                              RV_FMT(title_of(card))));
}

rv_status rv_table_problems(struct rv_cx *cx, struct rv_tx *tx, json_t *cards,
                            struct rv_problem **end)
{
    struct use u = { .cx = cx, .tx = tx, .end = end, .st = RV_OK };
    rv_def_walk(cards, check_card, &u);
    return u.st;
}
