/* flows/line.c: HTTP callers who wait for the answer of a run (workflows.md 7).
 *
 * A line is in the list until somebody answers: a card, the end of the run, or the clock of this
 * file's thread, whoever comes first. The caller is told when the start is durable and the answer
 * is there, in whatever order the two come: a short run may be over before its start has been
 * reported. */
#include "flows/flows_int.h"
#include <stdlib.h>
#include <time.h>

struct rv_lines {
    struct rv_env *env;
    pthread_mutex_t lock;
    pthread_cond_t cond;
    pthread_t thread;
    bool started, stop;
    struct rv_line *first; /* unanswered */
};

struct rv_lines *rv_lines_new(struct rv_env *env)
{
    struct rv_lines *l = calloc(1, sizeof *l);
    pthread_condattr_t a;
    if (l == NULL)
        return NULL;
    l->env = env;
    pthread_mutex_init(&l->lock, NULL);
    pthread_condattr_init(&a);
    pthread_condattr_setclock(&a, CLOCK_MONOTONIC);
    pthread_cond_init(&l->cond, &a);
    pthread_condattr_destroy(&a);
    return l;
}

void rv_lines_free(struct rv_lines *l)
{
    if (l == NULL)
        return;
    pthread_mutex_destroy(&l->lock);
    pthread_cond_destroy(&l->cond);
    free(l);
}

static struct rv_line **place(struct rv_lines *l, rv_str run_id)
{
    struct rv_line **at = &l->first;
    while (*at != NULL && !rv_str_eq(rv_str_of((*at)->run_id), run_id))
        at = &(*at)->next;
    return at;
}

/* Nobody else knows of the line any more. */
static void tell(struct rv_line *line)
{
    struct rv_raw answer = line->answer;
    line->done(line);
    json_decref(answer.headers); /* the line itself may be gone */
    json_decref(answer.body);
}

bool rv_line_open(struct rv_lines *l, struct rv_line *line, rv_str run_id)
{
    bool fits = run_id.n < sizeof line->run_id;
    (void)memcpy(line->run_id, run_id.p, fits ? run_id.n : 0);
    pthread_mutex_lock(&l->lock);
    fits = fits && *place(l, run_id) == NULL;
    if (fits) {
        line->next = l->first;
        l->first = line;
        pthread_cond_signal(&l->cond);
    }
    pthread_mutex_unlock(&l->lock);
    return fits;
}

void rv_line_accepted(struct rv_lines *l, struct rv_line *line)
{
    pthread_mutex_lock(&l->lock);
    line->accepted = true;
    bool ready = line->answered;
    pthread_mutex_unlock(&l->lock);
    if (ready)
        tell(line);
}

void rv_line_drop(struct rv_lines *l, struct rv_line *line)
{
    struct rv_line **at = &l->first;
    pthread_mutex_lock(&l->lock);
    while (*at != NULL && *at != line)
        at = &(*at)->next;
    if (*at == line)
        *at = line->next;
    pthread_mutex_unlock(&l->lock);
    json_decref(line->answer.headers);
    json_decref(line->answer.body);
    line->answer = (struct rv_raw){ 0 };
}

struct rv_line *rv_line_claim(struct rv_lines *l, rv_str run_id)
{
    pthread_mutex_lock(&l->lock);
    struct rv_line **at = place(l, run_id), *line = *at;
    if (line != NULL)
        *at = line->next;
    pthread_mutex_unlock(&l->lock);
    return line;
}

void rv_line_put_back(struct rv_lines *l, struct rv_line *line)
{
    pthread_mutex_lock(&l->lock);
    line->next = l->first;
    l->first = line;
    pthread_cond_signal(&l->cond);
    pthread_mutex_unlock(&l->lock);
}

/* Takes the answer's references. */
static void give(struct rv_lines *l, struct rv_line *line, const struct rv_raw *answer,
                 enum rv_line_end end)
{
    pthread_mutex_lock(&l->lock);
    line->answer = *answer;
    line->end = end;
    line->answered = true;
    bool ready = line->accepted;
    pthread_mutex_unlock(&l->lock);
    if (ready)
        tell(line);
}

void rv_line_answer(struct rv_lines *l, struct rv_line *line, const struct rv_raw *answer)
{
    struct rv_raw own = { answer->status, json_incref(answer->headers), json_incref(answer->body) };
    give(l, line, &own, RV_LINE_ANSWERED);
}

/* ---- the clock ------------------------------------------------------------------------------- */

static struct rv_line *take_late(struct rv_lines *l, int64_t now, int64_t *ret_next)
{
    *ret_next = INT64_MAX;
    for (struct rv_line **at = &l->first; *at != NULL; at = &(*at)->next) {
        struct rv_line *line = *at;
        if (line->until_us <= now || l->stop) {
            *at = line->next;
            return line;
        }
        *ret_next = line->until_us < *ret_next ? line->until_us : *ret_next;
    }
    return NULL;
}

static void sleep_until(struct rv_lines *l, int64_t next, int64_t now)
{
    struct timespec at;
    if (next == INT64_MAX) {
        pthread_cond_wait(&l->cond, &l->lock);
        return;
    }
    int64_t us = next - now < 1000 ? 1000 : next - now;
    clock_gettime(CLOCK_MONOTONIC, &at);
    int64_t ns = at.tv_nsec + us % 1000000 * 1000;
    at.tv_sec += us / 1000000 + ns / 1000000000;
    at.tv_nsec = ns % 1000000000;
    (void)pthread_cond_timedwait(&l->cond, &l->lock, &at); /* woken or late: it looks again */
}

static void *watch(void *arg)
{
    struct rv_lines *l = arg;
    const struct rv_raw none = { 0 };
    int64_t next;
    rv_thread_is("callers", RV_THREAD_FINISHES);
    pthread_mutex_lock(&l->lock);
    for (;;) {
        int64_t now = rv_mono_us(l->env);
        struct rv_line *line = take_late(l, now, &next);
        bool stop = l->stop;
        if (line == NULL && stop)
            break;
        if (line == NULL) {
            sleep_until(l, next, now);
            continue;
        }
        pthread_mutex_unlock(&l->lock);
        give(l, line, &none, stop ? RV_LINE_STOPPED : RV_LINE_LATE);
        pthread_mutex_lock(&l->lock);
    }
    pthread_mutex_unlock(&l->lock);
    return NULL;
}

rv_status rv_lines_start(struct rv_cx *cx, struct rv_lines *l)
{
    if (pthread_create(&l->thread, NULL, watch, l) != 0)
        return rv_fail(
            cx, RV_BUSY,
            "cannot start the thread that watches HTTP callers; raise the limit of threads");
    l->started = true;
    return RV_OK;
}

void rv_lines_stop(struct rv_lines *l)
{
    if (!l->started)
        return;
    pthread_mutex_lock(&l->lock);
    l->stop = true;
    pthread_cond_signal(&l->cond);
    pthread_mutex_unlock(&l->lock);
    pthread_join(l->thread, NULL);
    l->started = false;
}
