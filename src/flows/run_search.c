/* flows/run_search.c: full-text search over the runs of one flow (workflows.md 12.1).
 *
 * What passed through a card is kept packed and is not indexed: an index would cost every run, and
 * few are ever searched for. A search unpacks the records of a flow, newest first, and looks
 * through their values, the errors and the names of the cards that ran. One call looks at a bounded
 * number of runs; the list then goes on from there with its cursor. Case does not count. */
#include "flows/flows_int.h"

enum { RUNS_MAX = 2000, VERSIONS_MAX = 32, BYTES_MAX = 16 << 20, TEXT_MAX = 200 };
enum { Q_DATA, Q_N };
static const struct rv_sql run_search_sql[Q_N] = {
    [Q_DATA] = { .name = "run_search_data", .text = "SELECT data FROM run WHERE id = :id AND data IS NOT NULL", .in = "id:text", .out = "data:blob" },
};
RV_SQL_MODULE(run_search, run_search_sql);

/* Which cards of one version have the text in their name, by number. */
struct version {
    int64_t number;
    bool *named;
    size_t n;
};
struct rv_run_search {
    rv_str needle; /* folded */
    struct rv_cx scratch; /* of one record at a time */
    struct version versions[VERSIONS_MAX];
    size_t versions_n, runs, bytes;
};

static void done(void *arg)
{
    struct rv_run_search *s = arg;
    rv_cx_done(&s->scratch);
}

rv_status rv_run_search_new(struct rv_cx *cx, rv_str text, struct rv_run_search **ret)
{
    struct rv_run_search *s = RV_NEW(cx, struct rv_run_search);
    rv_str trimmed = rv_str_trim(text);
    if (rv_utf8_count(trimmed) > TEXT_MAX)
        return rv_fail_field(cx, "q", "TOO_LONG", "q: use at most %d characters", TEXT_MAX);
    if (s == NULL)
        return RV_BUSY;
    s->needle = rv_fold(cx, trimmed);
    RV_TRY(rv_cx_init(&s->scratch, cx->env, (size_t)4 * RV_RUN_MEMORY_MAX));
    *ret = s;
    return rv_arena_on_free(cx->arena, done, s);
}

bool rv_run_search_spent(const struct rv_run_search *s)
{
    return s->runs >= RUNS_MAX || s->bytes >= BYTES_MAX || s->versions_n == VERSIONS_MAX;
}

static bool in_text(struct rv_run_search *s, rv_str text)
{
    rv_str folded = rv_fold(&s->scratch, text);
    return folded.n >= s->needle.n && memmem(folded.p, folded.n, s->needle.p, s->needle.n) != NULL;
}

/* Texts, numbers and names of members; true, false and null are everywhere and are not looked for.
 */
static bool in_value(struct rv_run_search *s, const json_t *v)
{
    const char *key;
    json_t *inner;
    size_t i;
    rv_str number;
    if (json_is_string(v))
        return in_text(s, rv_json_str(v));
    if (json_is_number(v))
        return rv_json_dump(&s->scratch, v, &number) == RV_OK && in_text(s, number);
    json_array_foreach((json_t *)(uintptr_t)v, i, inner)
        if (in_value(s, inner))
            return true;
    if (json_is_object(v))
        json_object_foreach((json_t *)(uintptr_t)v, key, inner)
            if (in_text(s, rv_str_of(key)) || in_value(s, inner))
                return true;
    return false;
}

struct naming {
    struct rv_run_search *s;
    struct rv_engine *e;
    struct version *v;
};

static void count(void *arg, json_t *card)
{
    struct version *v = arg;
    (void)card;
    v->n++;
}

static void name(void *arg, json_t *card)
{
    struct naming *k = arg;
    const struct rv_card *type = rv_card_find(k->e, rv_json_member_str(card, "card"));
    k->v->named[k->v->n++] = in_text(k->s, rv_json_member_str(card, "title")) ||
                             (type != NULL && in_text(k->s, rv_str_of(type->label)));
}

static rv_status version_of(struct rv_run_search *s, struct rv_tx *tx, rv_str flow_id,
                            int64_t number, const struct version **ret)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    json_t *cards;
    for (size_t i = 0; i < s->versions_n; i++)
        if (s->versions[i].number == number) {
            *ret = &s->versions[i];
            return RV_OK;
        }
    RV_TRY(rv_flow_definition(tx, flow_id, number, &cards));
    struct version *v = &s->versions[s->versions_n++];
    *v = (struct version){ .number = number };
    rv_def_walk(cards, count, v);
    v->named = RV_NEW_N(cx, bool, v->n + 1);
    if (v->named == NULL)
        return RV_BUSY;
    v->n = 0;
    rv_def_walk(cards, name, &(struct naming){ s, rv_engine_of(cx), v });
    *ret = v;
    return RV_OK;
}

/* An entry is [number, at, inputs, status, us, outputs, message, code, raw] (history.c). */
static bool in_entry(struct rv_run_search *s, const struct version *v, const json_t *entry)
{
    json_int_t no = json_integer_value(json_array_get(entry, 0));
    return (no >= 0 && (size_t)no < v->n && v->named[no]) ||
           in_value(s, json_array_get(entry, 2)) || in_value(s, json_array_get(entry, 5)) ||
           in_value(s, json_array_get(entry, 6)) || in_value(s, json_array_get(entry, 8));
}

static bool in_record(struct rv_run_search *s, const struct version *v, const json_t *record)
{
    const char *key;
    json_t *value;
    size_t i;
    json_object_foreach(json_object_get(record, "inputs"), key, value)
        if (in_value(s, value))
            return true;
    json_array_foreach(json_object_get(record, "cards"), i, value)
        if (in_entry(s, v, value))
            return true;
    return false;
}

static rv_status look(struct rv_run_search *s, struct rv_tx *tx, const struct rv_run_seen *run,
                      const struct version *v, bool *ret_hit)
{
    struct rv_rows r;
    json_t *record = NULL;
    rv_status st = RV_OK;
    RV_TRY(rv_sql_query(tx, &run_search_sql[Q_DATA], &r, RV_ARGS(run->id)));
    if (rv_rows_next(&r)) {
        rv_str packed = rv_col_ref(&r, 0);
        s->bytes += packed.n * 4; /* about what it unpacks to */
        st = rv_history_unpack(&s->scratch, packed, &record);
    }
    RV_TRY(rv_rows_end(&r));
    if (st != RV_OK)
        return rv_fail(rv_tx_cx(tx), st, "%s", rv_error(&s->scratch)->message);
    *ret_hit = in_record(s, v, record);
    return RV_OK;
}

rv_status rv_run_search_look(struct rv_run_search *s, struct rv_tx *tx,
                             const struct rv_run_seen *run, bool *ret_hit)
{
    const struct version *v;
    s->runs++;
    *ret_hit = in_text(s, run->id) || in_text(s, run->error) || in_text(s, run->starter);
    if (!*ret_hit) {
        RV_TRY(version_of(s, tx, run->flow_id, run->version, &v));
        RV_TRY(look(s, tx, run, v, ret_hit));
    }
    rv_arena_reset(s->scratch.arena);
    return RV_OK;
}
