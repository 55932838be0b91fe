/* flows/helper.c: a card that calls helper flows (workflows.md 10.3): starts runs, some at once,
 * and gathers what they return.
 *
 * One aggregator per card, in the card's arena. Ends come in on any thread and are put on a list;
 * the card's run is resumed when it waits for one, and an executor thread takes the list, starts
 * further calls and finishes in the end. The key of a call is made of the card's effect id and the
 * call's number: after a crash the same calls find their runs again. */
#include "flows/flows_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct helper {
    struct rv_waiter waiter; /* first: ends come with it */
    struct helper *next;
    struct helpers *all;
    struct rv_run_start start;
    struct rv_helper_of of;
    struct rv_cx *cx; /* until the start is over */
    atomic_int refs; /* one until the start is over, one until the end was taken in */
    size_t no;
    bool failed, detached;
    json_t *inputs, *result;
    char message[RV_ERROR_TEXT_MAX + 1];
    int code;
};

struct helpers {
    struct rv_helpers h; /* first: the next batch finds this by it */
    struct rv_call *c;
    rv_str effect; /* id of the card's effect */
    size_t size; /* room in results and live */
    size_t next, running;
    struct helper *failure; /* the first one that stops the card */
    bool no_more; /* a call could not even be made */
    struct helper **live; /* by number: calls that are not taken in yet */
    pthread_mutex_t lock;
    struct helper *news; /* guarded by lock */
    bool waiting; /* guarded by lock: the card's run is to be resumed */
};

static void drop(struct helper *k)
{
    if (k == NULL || atomic_fetch_sub(&k->refs, 1) > 1)
        return;
    json_decref(k->inputs);
    json_decref(k->result);
    free(k);
}

static void forget(struct helpers *a)
{
    for (size_t i = 0; i < a->h.n; i++) {
        json_decref(a->h.results[i]);
        drop(a->live[i]); /* still there: the process ends, and nothing comes in any more */
        a->h.results[i] = NULL;
        a->live[i] = NULL;
    }
    drop(a->failure);
    a->failure = NULL;
}

static void end_helpers(void *arg)
{
    struct helpers *a = arg;
    forget(a);
    pthread_mutex_destroy(&a->lock);
}

/* A call is over, or, when nobody waits for its end, accepted. */
static void report(struct helper *k)
{
    struct helpers *a = k->all;
    struct rv_call *c = a->c;
    pthread_mutex_lock(&a->lock);
    k->next = a->news;
    a->news = k;
    bool resume = a->waiting;
    a->waiting = false;
    pthread_mutex_unlock(&a->lock);
    if (resume) {
        rv_engine_rest(c->run->e, -1);
        rv_resume(c);
    }
}

static void note_failure(struct helper *k, rv_str message, int code)
{
    k->failed = true;
    k->code = code;
    rv_utf8_copy(k->message, sizeof k->message, message); /* cut rather than lost */
}

static void ended(struct rv_waiter *w, const struct rv_ended *e)
{
    struct helper *k = (struct helper *)(void *)w; /* its first member */
    if (e->tally > 0)
        rv_tally_raise(k->all->c->run->tally, e->tally);
    if (e->status == RV_RUN_SUCCEEDED || e->status == RV_RUN_STOPPED ||
        (e->status == RV_RUN_FAILED && e->returned))
        k->result = json_incref(e->result);
    else
        note_failure(k,
                     e->status == RV_RUN_CANCELED
                         ? RV_STR("the run of the helper flow was cancelled")
                         : e->message,
                     e->code);
    report(k);
}

static void started(struct rv_run_start *s, rv_status st)
{
    struct helper *k = s->arg;
    struct rv_engine *e = rv_engine_of(s->cx);
    struct rv_cx *cx = k->cx;
    bool over = st != RV_OK || k->detached, attach = st == RV_OK && s->replayed && !k->detached;
    char id[37] = "";
    if (st != RV_OK) {
        const char *text = rv_error(cx)->message;
        note_failure(k, rv_str_of(text != NULL ? text : "the helper flow could not be started"),
                     rv_status_info(st)->http);
    } else if (attach) {
        (void)snprintf(id, sizeof id, "%.*s", RV_FMT(s->run_id));
    }
    k->cx = NULL;
    rv_engine_cx_give(e, cx);
    if (over)
        report(k);
    else if (attach)
        rv_run_attach(e, rv_str_of(id), &k->waiter);
    drop(k); /* else: the run ends at some time, or has ended already */
}

/* Further attempts of a card call anew, unless the key says what a call is about; so does the flow
 * that handles its failure. */
static rv_str key_of(const struct helpers *a, const struct helper *k)
{
    rv_str about = a->h.key != NULL ? a->h.key(a->c, &a->h, k->no) : RV_NONE_STR;
    if (about.n > 0)
        return rv_printf(k->cx, "%.*s:%.*s", RV_FMT(a->effect), RV_FMT(about));
    rv_str key = rv_printf(k->cx, "%.*s:%zu", RV_FMT(a->effect), a->h.first + k->no);
    if (a->h.error != NULL)
        return rv_printf(k->cx, "%.*s:error", RV_FMT(key));
    return a->c->run->attempt > 0 ? rv_printf(k->cx, "%.*s:%u", RV_FMT(key), a->c->run->attempt)
                                  : key;
}

static rv_status start_one(struct helpers *a)
{
    struct rv_call *c = a->c;
    RV_TRY(rv_run_share_tally(c->run, c->cx));
    struct helper *k = calloc(1, sizeof *k);
    if (k == NULL)
        return rv_fail(c->cx, RV_BUSY, "out of memory while calling a helper flow");
    k->all = a;
    k->no = a->next++;
    k->detached = a->h.detached;
    atomic_init(&k->refs, 1);
    k->waiter.done = ended;
    k->of = (struct rv_helper_of){ .parent = c->run,
                                   .card_id = c->step->id,
                                   .index = (int64_t)(a->h.first + k->no),
                                   .error = a->h.error,
                                   .waiter = a->h.detached ? NULL : &k->waiter };
    k->inputs = a->h.inputs(c, &a->h, k->no);
    k->cx = rv_engine_cx(c->run->e);
    if (k->inputs == NULL || k->cx == NULL) {
        if (k->cx != NULL)
            rv_engine_cx_give(c->run->e, k->cx);
        drop(k);
        return rv_fail(c->cx, RV_BUSY, "out of memory while calling a helper flow");
    }
    atomic_store(&k->refs, 2);
    a->live[k->no] = k;
    k->start = (struct rv_run_start){ .cx = k->cx,
                                      .flow_id = a->h.flow_id,
                                      .inputs = k->inputs,
                                      .via = RV_VIA_HELPER,
                                      .of = &k->of,
                                      .done = started,
                                      .arg = k,
                                      .key = key_of(a, k) };
    a->running++;
    rv_run_start(&k->start);
    return RV_OK;
}

/* Takes in what has come, in whatever order. */
static void gather(struct helpers *a, struct helper *news)
{
    while (news != NULL) {
        struct helper *k = news;
        news = k->next;
        a->running--;
        a->live[k->no] = NULL;
        a->h.results[k->no] = k->result;
        k->result = NULL;
        if (k->failed && !a->h.ignore_errors && (a->failure == NULL || k->no < a->failure->no)) {
            struct helper *old = a->failure;
            a->failure = k;
            k = old;
        }
        drop(k);
    }
}

static bool is_more(const struct helpers *a)
{
    return a->next < a->h.n && (a->h.more == NULL || a->h.more(a->c, &a->h, a->next));
}

static rv_status go_on(struct rv_call *c)
{
    struct helpers *a = rv_call_get(c);
    for (;;) {
        while (a->failure == NULL && !a->no_more && is_more(a) && a->running < a->h.width &&
               !atomic_load(&c->run->cancel))
            a->no_more = start_one(a) != RV_OK; /* what runs already ends first */
        pthread_mutex_lock(&a->lock);
        struct helper *news = a->news;
        a->news = NULL;
        bool wait = news == NULL && a->running > 0;
        if (wait)
            rv_engine_rest(c->run->e, 1); /* before anybody can resume it */
        a->waiting = wait;
        pthread_mutex_unlock(&a->lock);
        if (wait)
            return rv_wait(c, go_on);
        gather(a, news);
        if (a->running == 0 &&
            (a->failure != NULL || a->no_more || !is_more(a) || atomic_load(&c->run->cancel)))
            break;
    }
    if (a->no_more)
        return RV_BUSY;
    if (is_more(a) && a->failure == NULL)
        return rv_fail(c->cx, RV_STOPPED, "the run was cancelled");
    if (a->failure != NULL)
        return rv_card_error(c, a->failure->code, RV_NONE_STR, "%s", a->failure->message);
    return a->h.finish(c, &a->h);
}

static struct helpers *new_helpers(struct rv_cx *cx, rv_str effect, size_t n)
{
    struct helpers *a = RV_NEW(cx, struct helpers);
    json_t **results = RV_NEW_N(cx, json_t *, n + 1);
    struct helper **live = RV_NEW_N(cx, struct helper *, n + 1);
    if (a == NULL || results == NULL || live == NULL)
        return NULL;
    *a = (struct helpers){ .h = { .results = results }, .live = live, .size = n, .effect = effect };
    pthread_mutex_init(&a->lock, NULL);
    return rv_arena_on_free(cx->arena, end_helpers, a) == RV_OK ? a : NULL;
}

rv_status rv_call_helpers(struct rv_call *c, const struct rv_helpers *h)
{
    struct helpers *a = (struct helpers *)(uintptr_t)h->before; /* its first member; made here */
    if (a != NULL)
        forget(a);
    if (a == NULL || a->size < h->n)
        a = new_helpers(c->cx, rv_call_effect_id(c), h->n);
    if (a == NULL)
        return RV_BUSY;
    json_t **results = a->h.results;
    a->h = *h;
    a->h.before = NULL;
    a->h.results = results;
    a->h.width = h->width < 1 ? 1 : h->width;
    a->c = c;
    a->next = a->running = 0;
    a->no_more = false;
    rv_call_set(c, a);
    return go_on(c);
}

bool rv_in_item(const struct rv_call *c, size_t i, rv_str *ret_path)
{
    *ret_path = c->step->in[i].item_path.p != NULL ? c->step->in[i].item_path : RV_STR("");
    return c->step->in[i].item;
}

/* ---- streams --------------------------------------------------------------------------------- */

static bool is_state_field(const struct rv_call *c, const struct rv_field *f)
{
    const struct rv_card *card = c->step->card;
    if (f->key.p == NULL || f->type == RV_T_FLOW || !rv_str_eq(f->group, RV_STR(RV_STREAMING)))
        return false;
    for (const struct rv_pin *p = card != NULL ? card->in : NULL; p != NULL && p->key != NULL; p++)
        if (p->group != NULL && strcmp(p->group, RV_STREAMING) == 0 &&
            rv_str_eq(f->key, rv_str_of(p->key)))
            return false;
    return true;
}

/* A field that is called State holds members of it (flopack.md 10). What is empty is a member
 * without a value, and is not handed over by its key: the head may have a value of its own. */
static bool add_state(json_t *in, json_t *state, rv_str key, json_t *v)
{
    if (rv_str_eq(key, RV_STR("State")) && json_is_object(v))
        return json_object_update(state, v) == 0;
    return json_object_setn_new(state, key.p, key.n, v != NULL ? json_incref(v) : json_null()) ==
               0 &&
           (v == NULL || json_object_setn(in, key.p, key.n, v) == 0);
}

json_t *rv_stream_inputs(struct rv_call *c, json_t *record)
{
    json_t *in = json_object(), *state = json_object();
    struct rv_field f;
    bool ok = in != NULL && state != NULL && record != NULL;
    for (size_t i = 0; ok && i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        ok = !is_state_field(c, &f) || add_state(in, state, f.key, v);
    }
    ok = ok && json_object_set(in, "Record", record) == 0 &&
         json_object_set(in, "State", state) == 0;
    json_decref(record);
    json_decref(state);
    if (ok)
        return in;
    json_decref(in);
    return NULL;
}
