/* A pool of threads that run functions in the order they came.
 *
 * One mutex, one condition, a bounded ring. The pool ends only after everything it accepted has run, because each
 * accepted function owns something (an exchange) that only running it releases. No priorities, no futures. */
#include "net/net_int.h"
#include <signal.h>
#include <stdlib.h>

struct task {
    void (*fn)(void *arg);
    void *arg;
};

struct rv_workers {
    pthread_mutex_t lock;
    pthread_cond_t more;
    struct task *ring;
    size_t size, first, n;
    size_t asleep;
    bool stop;
    pthread_t *threads;
    size_t threads_n;
};

int rv_thread_start(pthread_t *t, void *(*fn)(void *arg), void *arg)
{
    sigset_t all, old;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    int e = pthread_create(t, NULL, fn, arg);
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return e;
}

static void *work(void *arg)
{
    struct rv_workers *w = arg;
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->n == 0 && !w->stop) {
            w->asleep++;
            pthread_cond_wait(&w->more, &w->lock);
            w->asleep--;
        }
        if (w->n == 0)
            break;
        struct task t = w->ring[w->first];
        w->first = (w->first + 1) % w->size;
        w->n--;
        pthread_mutex_unlock(&w->lock);
        t.fn(t.arg);
        pthread_mutex_lock(&w->lock);
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

bool rv_workers_add(struct rv_workers *w, void (*fn)(void *arg), void *arg)
{
    pthread_mutex_lock(&w->lock);
    bool ok = w->n < w->size && !w->stop;
    bool wake = ok && w->asleep > 0;
    if (ok) {
        w->ring[(w->first + w->n) % w->size] = (struct task){ fn, arg };
        w->n++;
    }
    pthread_mutex_unlock(&w->lock);
    if (wake)
        pthread_cond_signal(&w->more);
    return ok;
}

void rv_workers_free(struct rv_workers *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    pthread_mutex_unlock(&w->lock);
    pthread_cond_broadcast(&w->more);
    for (size_t i = 0; i < w->threads_n; i++)
        pthread_join(w->threads[i], NULL);
    pthread_mutex_destroy(&w->lock);
    pthread_cond_destroy(&w->more);
    free(w->threads);
    free(w->ring);
    free(w);
}

rv_status rv_workers_new(struct rv_cx *cx, int threads, size_t queue_max, struct rv_workers **ret)
{
    struct rv_workers *w = calloc(1, sizeof *w);
    if (w == NULL)
        return rv_fail(cx, RV_BUSY, "There is no memory for the worker threads.");
    pthread_mutex_init(&w->lock, NULL);
    pthread_cond_init(&w->more, NULL);
    w->ring = calloc(queue_max, sizeof *w->ring);
    w->size = queue_max;
    w->threads = calloc((size_t)threads, sizeof *w->threads);
    if (w->ring == NULL || w->threads == NULL) {
        rv_workers_free(w);
        return rv_fail(cx, RV_BUSY, "There is no memory for the worker threads.");
    }
    for (int i = 0; i < threads; i++) {
        if (rv_thread_start(&w->threads[i], work, w) != 0) {
            rv_workers_free(w);
            return rv_fail(cx, RV_BUSY, "The system does not give %d worker threads; lower listen.workers.", threads);
        }
        w->threads_n++;
    }
    *ret = w;
    return RV_OK;
}
