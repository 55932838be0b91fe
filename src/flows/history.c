/* flows/history.c: the record of a run: what it was given, and each card's inputs, outputs, times
 * and errors.
 *
 * One append-only JSON text per run, written as the run goes, compressed when it is stored. Cards
 * stand in it by their number in the definition and their values in the order of its fields, so
 * that the text repeats no names:
 *     {"inputs":{…},"caller":{…},"by":"00u…","cards":[[no,at_ms,[in…],"S",us,[out…]],
 * [no,at_ms,[in…],"F",us,[out…],"message",code,"raw"]]} A container's outputs are known when its
 * lane has ended: an entry of their own, [no,at_ms,[],"J",0,[out…]], gives them. "lane" of a helper
 * run says whose turn it takes (queue.c), "tally" how many cards its chain had executed by then
 * (tally.c). A check-point of a waiting run adds "pc", "attempt", "since" and "slots", and "done"
 * with the outputs of the card at "pc" when that was done already (commit.c). Without data saving
 * the values are left out. The first byte of a stored record says how it is packed; the packer
 * finds repetitions in a dictionary (dictionary.c), which also holds the usual frequencies, so that
 * a short record carries no tables of its own. */
#include "flows/flows_int.h"
#include <stdlib.h>
#include <zstd.h>

enum { PACK_PLAIN = 'p', PACK_ZSTD = 'd', PACK_LEVEL = 3, RECORD_MAX = RV_RUN_MEMORY_MAX + (1 << 20), PACK_MIN = 64 };

/* ---- writing --------------------------------------------------------------------------------- */

rv_status rv_history_begin(struct rv_cx *cx, struct rv_run *r)
{
    struct rv_jw *w = &r->jw;
    rv_buf_clear(&r->history);
    rv_jw_init(w, &r->history);
    rv_jw_obj(w);
    rv_jw_key(w, "inputs");
    rv_jw_json(w, r->inputs);
    if (json_object_size(r->caller) > 0) {
        rv_jw_key(w, "caller");
        rv_jw_json(w, r->caller);
    }
    if (r->parent != NULL) {
        rv_jw_key(w, "parent");
        rv_jw_json(w, r->parent);
        rv_jw_kint(w, "index", r->index);
        rv_jw_kint(w, "depth", r->depth);
        rv_jw_kint(w, "lane", r->lane);
        if (r->called_for != NULL) {
            rv_jw_key(w, "error");
            rv_jw_json(w, r->called_for);
        }
    }
    rv_jw_kstr(w, "by", r->principal_id);
    r->history_head = r->history.n + 1; /* past the comma */
    rv_jw_key(w, "cards");
    rv_jw_arr(w);
    return r->history.failed ? rv_fail(cx, RV_BUSY, "out of memory while starting a run") : RV_OK;
}

static void write_values(struct rv_run *r, json_t *const *v, size_t n)
{
    rv_jw_arr(&r->jw);
    for (size_t i = 0; r->save_data && v != NULL && i < n; i++)
        rv_jw_json(&r->jw, v[i]);
    rv_jw_arr_end(&r->jw);
}

void rv_history_card_begin(struct rv_run *r, const struct rv_step *s, int64_t at_ms,
                           json_t *const *in)
{
    r->jw_mark = r->jw;
    r->history_mark = r->history.n;
    rv_jw_arr(&r->jw);
    rv_jw_int(&r->jw, s->no);
    rv_jw_int(&r->jw, at_ms - r->accepted_at);
    write_values(r, in, s->in_n);
}

void rv_history_card_undo(struct rv_run *r)
{
    r->jw = r->jw_mark;
    r->history.n = r->history_mark;
}

void rv_history_card_end(struct rv_run *r, const struct rv_step *s, char status, int64_t us,
                         json_t *const *out, rv_str message, int code, rv_str raw)
{
    rv_jw_str(&r->jw, (rv_str){ &status, 1 });
    rv_jw_int(&r->jw, us);
    write_values(r, out, s->out_n);
    if (message.p != NULL) {
        rv_jw_str(&r->jw, message);
        rv_jw_int(&r->jw, code);
        if (r->save_data && raw.p != NULL && rv_utf8_valid(raw))
            rv_jw_str(&r->jw, rv_str_sub(raw, 0, 65536).n == raw.n ? raw : RV_NONE_STR);
    }
    rv_jw_arr_end(&r->jw);
}

void rv_history_join(struct rv_run *r, const struct rv_step *container, int64_t at_ms,
                     json_t *const *out)
{
    rv_jw_arr(&r->jw);
    rv_jw_int(&r->jw, container->no);
    rv_jw_int(&r->jw, at_ms - r->accepted_at);
    rv_jw_arr(&r->jw);
    rv_jw_arr_end(&r->jw);
    rv_jw_str(&r->jw, RV_STR("J"));
    rv_jw_int(&r->jw, 0);
    write_values(r, out, container->out_n);
    rv_jw_arr_end(&r->jw);
}

rv_status rv_history_text(struct rv_cx *cx, struct rv_run *r, bool check_point, rv_str *ret)
{
    struct rv_jw w = r->jw;
    rv_jw_arr_end(&w);
    if (r->result != NULL && r->parent != NULL) {
        rv_jw_key(&w, "result");
        rv_jw_json(&w, r->result);
        if (r->returned)
            rv_jw_kbool(&w, "returned", true);
    }
    if (r->tally != NULL && (check_point || r->parent != NULL))
        rv_jw_kint(&w, "tally", (int64_t)rv_tally_read(r->tally));
    if (check_point) {
        rv_jw_kint(&w, "pc", r->pc);
        rv_jw_kint(&w, "attempt", r->attempt);
        rv_jw_kint(&w, "since", r->waiting_since);
        rv_jw_kint(&w, "run", r->cards_run);
        rv_jw_kbool(&w, "answered", atomic_load(&r->answered));
        rv_jw_kbool(&w, "resumed", r->resumed);
        rv_jw_key(&w, "slots");
        rv_jw_arr(&w);
        for (size_t i = 0; i < r->program->slots_n; i++)
            rv_jw_json(&w, r->slots[i]);
        rv_jw_arr_end(&w);
        if (r->caught != NULL) {
            rv_jw_key(&w, "caught");
            rv_jw_json(&w, r->caught);
        }
        if (r->done != NULL) {
            rv_jw_key(&w, "done");
            rv_jw_json(&w, r->done);
        }
    }
    rv_jw_obj_end(&w);
    return rv_buf_str(cx, &r->history, ret);
}

/* Everything after "cards": the part before it holds inputs and caller. */
rv_status rv_history_strip(struct rv_cx *cx, struct rv_run *r, rv_str *ret)
{
    rv_str text;
    RV_TRY(rv_history_text(cx, r, false, &text));
    *ret = rv_printf(cx, "{%.*s", RV_FMT(rv_str_sub(text, r->history_head, text.n)));
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

static size_t size_of(const json_t *j, int depth)
{
    const char *key;
    json_t *v;
    size_t i, n = 16;
    if (j == NULL || depth > RV_VALUE_DEPTH_MAX)
        return 0;
    switch (json_typeof(j)) {
    case JSON_STRING:
        return 24 + json_string_length(j);
    case JSON_ARRAY:
        json_array_foreach((json_t *)(uintptr_t)j, i, v)
            n += 8 + size_of(v, depth + 1);
        return n;
    case JSON_OBJECT:
        json_object_foreach((json_t *)(uintptr_t)j, key, v)
            n += 48 + strlen(key) + size_of(v, depth + 1);
        return n;
    case JSON_INTEGER:
    case JSON_REAL:
    case JSON_TRUE:
    case JSON_FALSE:
    case JSON_NULL:
        return n;
    }
    return n;
}

size_t rv_value_size(const json_t *j)
{
    return size_of(j, 0);
}

static bool deeper(const json_t *j, int levels)
{
    const char *key;
    json_t *v;
    size_t i;
    if (!json_is_array(j) && !json_is_object(j))
        return false;
    if (levels == 0)
        return true;
    json_array_foreach((json_t *)(uintptr_t)j, i, v)
        if (deeper(v, levels - 1))
            return true;
    if (json_is_object(j))
        json_object_foreach((json_t *)(uintptr_t)j, key, v)
            if (deeper(v, levels - 1))
                return true;
    return false;
}

bool rv_value_too_deep(const json_t *j)
{
    return deeper(j, RV_VALUE_DEPTH_MAX);
}

/* ---- packing --------------------------------------------------------------------------------- */

static ZSTD_CDict *prepared;

static void prepare_dictionary(void)
{
    prepared = ZSTD_createCDict(rv_history_dictionary, rv_history_dictionary_n, PACK_LEVEL);
}

/* Once for the process; NULL is no dictionary to the library, which then refuses, and the record
 * stays plain. */
static const ZSTD_CDict *prepared_dictionary(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, prepare_dictionary);
    return prepared;
}

static rv_status plain(struct rv_cx *cx, rv_str text, rv_str *ret)
{
    char *p = rv_alloc(cx, text.n + 1);
    if (p == NULL)
        return RV_BUSY;
    p[0] = PACK_PLAIN;
    memcpy(p + 1, text.p, text.n);
    *ret = (rv_str){ p, text.n + 1 };
    return RV_OK;
}

rv_status rv_history_pack(struct rv_cx *cx, rv_str text, rv_str *ret)
{
    struct rv_engine *e = rv_engine_of(cx);
    ZSTD_CCtx *c = text.n >= PACK_MIN ? rv_engine_packer(e) : NULL;
    size_t bound = ZSTD_compressBound(text.n);
    if (c == NULL)
        return plain(cx, text, ret);
    char *p = rv_alloc(cx, bound + 1);
    if (p == NULL) {
        rv_engine_packer_give(e, c);
        return RV_BUSY;
    }
    size_t n = ZSTD_compress_usingCDict(c, p + 1, bound, text.p, text.n, prepared_dictionary());
    rv_engine_packer_give(e, c);
    if (ZSTD_isError(n))
        return plain(cx, text, ret);
    p[0] = PACK_ZSTD;
    *ret = (rv_str){ p, n + 1 };
    return RV_OK;
}

static rv_status unpack_text(struct rv_cx *cx, rv_str packed, rv_str *ret)
{
    if (packed.n > 0 && packed.p[0] == PACK_PLAIN) {
        *ret = rv_str_sub(packed, 1, packed.n - 1);
        return RV_OK;
    }
    unsigned long long size = packed.n > 1 ? ZSTD_getFrameContentSize(packed.p + 1, packed.n - 1)
                                           : ZSTD_CONTENTSIZE_ERROR;
    if (packed.n < 2 || packed.p[0] != PACK_ZSTD || size > RECORD_MAX)
        return rv_fail(cx, RV_INTERNAL, "the record of this run cannot be read");
    char *p = rv_alloc(cx, (size_t)size + 1);
    ZSTD_DCtx *d = ZSTD_createDCtx();
    if (p == NULL || d == NULL) {
        ZSTD_freeDCtx(d);
        return rv_fail(cx, RV_BUSY, "out of memory while reading a run");
    }
    size_t n = ZSTD_decompress_usingDict(d, p, (size_t)size, packed.p + 1, packed.n - 1,
                                         rv_history_dictionary, rv_history_dictionary_n);
    ZSTD_freeDCtx(d);
    if (ZSTD_isError(n))
        return rv_fail(cx, RV_INTERNAL, "the record of this run cannot be read");
    *ret = (rv_str){ p, n };
    return RV_OK;
}

rv_status rv_history_unpack(struct rv_cx *cx, rv_str packed, json_t **ret)
{
    static const struct rv_json_limits limits = { .depth = 100,
                                                  .values = 10000000,
                                                  .key_bytes = RECORD_MAX,
                                                  .string_bytes = RECORD_MAX,
                                                  .number_chars = 400,
                                                  .nul = true };
    rv_str text;
    RV_TRY(unpack_text(cx, packed, &text));
    return rv_json_parse(cx, text, &limits, ret);
}

/* ---- showing --------------------------------------------------------------------------------- */

struct numbered {
    json_t **cards;
    size_t n;
};

static void number(void *arg, json_t *card)
{
    struct numbered *k = arg;
    if (k->cards != NULL)
        k->cards[k->n] = card;
    k->n++;
}

/* Values by field id; null when they were not kept. */
static void write_fields(struct rv_jw *w, const char *key, const json_t *pins, const json_t *values)
{
    size_t i;
    json_t *pin;
    rv_jw_key(w, key);
    if (json_array_size(values) == 0 && json_array_size(pins) > 0) {
        rv_jw_null(w);
        return;
    }
    rv_jw_obj(w);
    json_array_foreach((json_t *)(uintptr_t)pins, i, pin)
    {
        rv_jw_key_str(w, rv_json_member_str(pin, "id"));
        rv_jw_json(w, json_array_get(values, i));
    }
    rv_jw_obj_end(w);
}

static bool is_join(const json_t *e)
{
    return rv_str_eq(rv_json_str(json_array_get(e, 3)), RV_STR("J"));
}

/* Outputs of containers go to the entries of the cards: each to the latest one before it. What the
 * card itself put out, such as the result of a condition, stays where the join has nothing. */
static void hand_back_joins(json_t *entries)
{
    size_t i, o;
    json_t *e, *v;
    json_array_foreach(entries, i, e)
    {
        for (size_t k = i; is_join(e) && k-- > 0;) {
            json_t *card = json_array_get(entries, k), *out = json_array_get(card, 5);
            if (is_join(card) || json_integer_value(json_array_get(card, 0)) !=
                                     json_integer_value(json_array_get(e, 0)))
                continue;
            json_array_foreach(json_array_get(e, 5), o, v)
                if (!json_is_null(v))
                    (void)json_array_set(out, o, v); /* the record is this reader's own; out of range: no values were kept */
            break;
        }
    }
}

static const char *status_name(rv_str s)
{
    if (rv_str_eq(s, RV_STR("F")))
        return "FAILED";
    if (rv_str_eq(s, RV_STR("M")))
        return "MARKED_DONE";
    return rv_str_eq(s, RV_STR("X")) ? "STOPPED" : "SUCCEEDED";
}

static void write_entry(const json_t *e, const json_t *card, int64_t accepted_at, struct rv_jw *w)
{
    rv_str message = rv_json_str(json_array_get(e, 6)), raw = rv_json_str(json_array_get(e, 8));
    bool failed = rv_str_eq(rv_json_str(json_array_get(e, 3)), RV_STR("F"));
    rv_jw_obj(w);
    rv_jw_kstr(w, "cardId", rv_json_member_str(card, "id"));
    rv_jw_kstr(w, "card", rv_json_member_str(card, "card"));
    rv_jw_kstr(w, "title", rv_json_member_str(card, "title"));
    rv_jw_kstr(w, "status", rv_str_of(status_name(rv_json_str(json_array_get(e, 3)))));
    rv_jw_ktime(w, "startedAt", accepted_at + json_integer_value(json_array_get(e, 1)));
    rv_jw_kint(w, "durationUs", json_integer_value(json_array_get(e, 4)));
    write_fields(w, "inputs", json_object_get(card, "inputs"), json_array_get(e, 2));
    write_fields(w, "outputs", json_object_get(card, "outputs"), json_array_get(e, 5));
    rv_jw_key(w, "error");
    if (!failed) {
        rv_jw_null(w);
    } else {
        rv_jw_obj(w);
        rv_jw_kstr(w, "message", message);
        rv_jw_kint(w, "code", json_integer_value(json_array_get(e, 7)));
        rv_jw_kstr(w, "raw", raw);
        rv_jw_obj_end(w);
    }
    rv_jw_obj_end(w);
}

void rv_history_write(struct rv_cx *cx, const json_t *record, json_t *cards, int64_t accepted_at,
                      struct rv_jw *w)
{
    struct numbered k = { NULL, 0 };
    size_t i;
    json_t *e;
    rv_def_walk(cards, number, &k);
    k.cards = RV_NEW_N(cx, json_t *, k.n + 1);
    size_t count = k.n;
    k.n = 0;
    if (k.cards != NULL)
        rv_def_walk(cards, number, &k);
    hand_back_joins(json_object_get(record, "cards"));
    rv_jw_key(w, "cards");
    rv_jw_json(w, cards);
    rv_jw_key(w, "data");
    rv_jw_arr(w);
    json_array_foreach(json_object_get(record, "cards"), i, e)
    {
        json_int_t no = json_integer_value(json_array_get(e, 0));
        if (k.cards != NULL && !is_join(e) && no >= 0 && (size_t)no < count)
            write_entry(e, k.cards[no], accepted_at, w);
    }
    rv_jw_arr_end(w);
}
