/* flows/poison.c: the run that ends the server again and again is put aside (security.md 9.9).
 *
 * Each executor thread says which run it works on. When a fatal signal (an abort, a bad address)
 * meets such a thread, its handler appends the run's id to a file that was opened long before:
 * nothing else may be done there. The next start counts what stands in the file, and a run that was
 * counted three times is not tried again. A kill from outside and a power cut name nobody: they are
 * no run's fault. */
#include "flows/flows_int.h"
#include <errno.h>
#include <signal.h>
#include <unistd.h>

enum { ID_BYTES = 36, NAMED_MAX = 64, Q_COUNT = 0, Q_N };
static const struct rv_sql poison_sql[Q_N] = {
    [Q_COUNT] = {
        .name = "run_crash_count",
        .text = "INSERT INTO run_crash (run_id, times) VALUES (:run_id, 1) ON CONFLICT (run_id) DO UPDATE SET times = run_crash.times + 1",
        .in = "run_id:text",
    },
};
RV_SQL_MODULE(poison, poison_sql);

static const int fatal[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
static struct sigaction before[RV_LEN(fatal)];
static int file = -1;
static _Thread_local char at_work[ID_BYTES + 1];

void rv_poison_at(const struct rv_run *r)
{
    if (r == NULL)
        at_work[0] = '\0';
    else
        memcpy(at_work, r->id, sizeof at_work);
}

/* Comes back, so that what failed fails again, with the handler that was there before. */
static void on_fatal(int sig)
{
    int kept = errno;
    if (at_work[0] != '\0' && file >= 0)
        (void)!write(file, at_work, ID_BYTES); /* the process ends anyway */
    for (size_t i = 0; i < RV_LEN(fatal); i++)
        if (fatal[i] == sig)
            (void)sigaction(sig, &before[i], NULL);
    errno = kept;
}

struct named {
    rv_str ids[NAMED_MAX];
    size_t n;
};

static rv_status count_tx(struct rv_tx *tx, void *arg)
{
    const struct named *k = arg;
    for (size_t i = 0; i < k->n; i++)
        RV_TRY(rv_sql_exec(tx, &poison_sql[Q_COUNT], NULL, RV_ARGS(k->ids[i])));
    return RV_OK;
}

static rv_status count(struct rv_cx *cx)
{
    char *text = rv_alloc(cx, (size_t)NAMED_MAX * ID_BYTES);
    struct named k = { .n = 0 };
    ssize_t n = text != NULL ? pread(file, text, (size_t)NAMED_MAX * ID_BYTES, 0) : -1;
    for (; n >= ID_BYTES && k.n < NAMED_MAX; n -= ID_BYTES, text += ID_BYTES) {
        rv_str id = { text, ID_BYTES };
        if (rv_id_is_uuid(id)) {
            k.ids[k.n++] = id;
            rv_log_write(cx, RV_LOG_ERROR, "flow.run.crashed",
                         "the run %.*s was at work when the server broke down", RV_FMT(id));
        }
    }
    if (k.n > 0)
        RV_TRY(rv_store_write(cx, count_tx, &k));
    return ftruncate(file, 0) == 0
               ? RV_OK
               : rv_fail(cx, RV_IO, "the file \"crashes\" of the data directory cannot be written");
}

rv_status rv_poison_open(struct rv_cx *cx)
{
    struct sigaction act = { .sa_handler = on_fatal };
    if (file >= 0)
        return RV_OK;
    file = rv_store_side_file(cx->env->store, "crashes");
    if (file < 0)
        return rv_fail(cx, RV_IO, "the file \"crashes\" of the data directory cannot be made");
    RV_TRY(count(cx));
    (void)sigemptyset(&act.sa_mask);
    for (size_t i = 0; i < RV_LEN(fatal); i++)
        (void)sigaction(fatal[i], &act, &before[i]);
    return RV_OK;
}

void rv_poison_close(void)
{
    if (file < 0)
        return;
    for (size_t i = 0; i < RV_LEN(fatal); i++)
        (void)sigaction(fatal[i], &before[i], NULL);
    (void)close(file);
    file = -1;
}
