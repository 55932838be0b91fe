/* flows/commit.c: cards that touch only the database (security.md 9.2): what they do and the run's
 * check-point are one transaction, so that a crash leaves both or neither and nothing is done
 * twice.
 *
 * The check-point says that the card at the run's position is done, and with which outputs. A run
 * that is loaded from it comes to the card once more, which then puts those out and does nothing
 * else; everything before stands in the slots and in the history. Reading that takes its time goes
 * to the pool of the request handlers: executors do not wait for the disk. */
#include "flows/flows_int.h"

enum { Q_OPEN, Q_KEEP, Q_N };
static const struct rv_sql commit_sql[Q_N] = {
    [Q_OPEN] = { .name = "run_is_open", .text = "SELECT 1 AS one FROM run WHERE id = :id AND ended_at IS NULL", .in = "id:text", .out = "one:int" },
    [Q_KEEP] = {
        .name = "run_keep",
        .text = "UPDATE run SET data = :data WHERE id = :id",
        .in = "data:blob id:text",
    },
};
RV_SQL_MODULE(commit, commit_sql);

struct commit {
    struct rv_call *c;
    rv_tx_fn *fn;
    void *arg;
    rv_status st;
    struct rv_write write;
};

/* The history up to this card, and that it is done. The run is nobody's while the writer has it. */
static rv_status check_point(struct rv_call *c, rv_str *ret)
{
    struct rv_run *r = c->run;
    struct rv_buf kept = r->history;
    struct rv_jw jw = r->jw;
    rv_str text = RV_NONE_STR;
    json_t *done = json_array();
    bool ok = done != NULL;
    for (size_t i = 0; ok && i < c->step->out_n; i++)
        ok = json_array_append_new(done,
                                   c->out[i] != NULL ? json_incref(c->out[i]) : json_null()) == 0;
    rv_buf_init(&r->history, kept.cap);
    rv_buf_add(&r->history, (rv_str){ kept.p, r->history_mark });
    r->jw = r->jw_mark;
    r->done = done;
    rv_status st = ok ? rv_history_text(c->cx, r, true, &text)
                      : rv_fail(c->cx, RV_BUSY, "out of memory while keeping a run");
    if (st == RV_OK)
        st = rv_history_pack(c->cx, text, ret);
    rv_buf_done(&r->history);
    r->history = kept;
    r->jw = jw;
    r->done = NULL;
    json_decref(done);
    return st;
}

static rv_status commit_tx(struct rv_tx *tx, void *arg)
{
    struct commit *m = arg;
    struct rv_rows rows;
    rv_str id = rv_str_of(m->c->run->id), record;
    bool open;
    RV_TRY(rv_sql_first(tx, &commit_sql[Q_OPEN], &rows, &open, RV_ARGS(id)));
    if (!open)
        return rv_fail(rv_tx_cx(tx), RV_CONFLICT, "the run has ended");
    RV_TRY(rv_rows_end(&rows));
    RV_TRY(m->fn(tx, m->arg));
    RV_TRY(check_point(m->c, &record));
    if (m->c->run->effect == RV_EFFECT_ANSWERED)
        RV_TRY(rv_effect_done(tx, id));
    return rv_sql_exec(tx, &commit_sql[Q_KEEP], NULL, RV_ARGS(((rv_blob){ record }), id));
}

static rv_status committed(struct rv_call *c)
{
    const struct commit *m = rv_call_get(c);
    if (m->st == RV_OK && c->run->effect == RV_EFFECT_ANSWERED)
        c->run->effect = RV_EFFECT_NONE;
    return m->st;
}

static void written(struct rv_write *w, rv_status st)
{
    struct commit *m = w->arg;
    m->st = st;
    rv_resume(m->c);
}

rv_status rv_call_write(struct rv_call *c, rv_tx_fn *fn, void *arg)
{
    struct commit *m = RV_NEW(c->cx, struct commit);
    if (m == NULL)
        return RV_BUSY;
    *m = (struct commit){ .c = c, .fn = fn, .arg = arg };
    m->write = (struct rv_write){ .cx = c->cx, .fn = commit_tx, .done = written, .arg = m };
    rv_call_set(c, m);
    rv_store_write_async(c->cx->env->store, &m->write);
    return rv_wait(c, committed);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct look {
    struct rv_call *c;
    rv_tx_fn *fn;
    void *arg;
    rv_status (*then)(struct rv_call *c, void *arg);
    rv_status st;
};

static rv_status go_on(struct rv_call *c)
{
    const struct look *l = rv_call_get(c);
    RV_TRY(l->st);
    return l->then != NULL ? l->then(c, l->arg) : RV_OK;
}

static void look(void *arg)
{
    struct look *l = arg;
    l->st = rv_store_read(l->c->cx, l->fn, l->arg);
    rv_resume(l->c);
}

rv_status rv_call_read(struct rv_call *c, rv_tx_fn *fn, void *arg,
                       rv_status (*then)(struct rv_call *c, void *arg))
{
    struct rv_server *server = c->cx->env->server;
    struct look *l = RV_NEW(c->cx, struct look);
    if (l == NULL)
        return RV_BUSY;
    *l = (struct look){ .c = c, .fn = fn, .arg = arg, .then = then };
    rv_call_set(c, l);
    if (server != NULL && rv_server_run(server, look, l) == RV_OK)
        return rv_wait(c, go_on);
    l->st = rv_store_read(c->cx, fn, arg); /* the pool is busy: here, then */
    return go_on(c);
}

rv_status rv_call_take_done(struct rv_call *c, bool *ret_done)
{
    json_t *done = c->run->done;
    *ret_done = done != NULL;
    for (size_t i = 0; done != NULL && i < c->step->out_n; i++)
        RV_TRY(rv_out_at(c, i, json_incref(json_array_get(done, i))));
    c->run->done = NULL;
    json_decref(done);
    return RV_OK;
}
