/* A pool of threads that run functions in the order they came.
 *
 * One mutex and a bounded ring. Of the threads that sleep the one that worked last is woken, for
 * its memory is still at hand; so under a light load few of them ever work. The pool ends only
 * after everything it accepted has run, because each accepted function owns something (an exchange)
 * that only running it releases. No priorities, no futures. */
#include "net/net_int.h"
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>

struct task {
    void (*fn)(void *arg);
    void *arg;
};

struct sleeper {
    struct rv_workers *pool;
    sem_t wake;
    struct sleeper *next;
};

struct rv_workers {
    pthread_mutex_t lock;
    struct task *ring;
    size_t size, first, n;
    struct sleeper *sleepers, *asleep; /* one per thread; who fell asleep last comes first */
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
    struct sleeper *me = arg;
    struct rv_workers *w = me->pool;
    rv_thread_is("handler", RV_THREAD_BEGINS);
    pthread_mutex_lock(&w->lock);
    for (;;) {
        while (w->n == 0 && !w->stop) {
            me->next = w->asleep;
            w->asleep = me;
            pthread_mutex_unlock(&w->lock);
            while (sem_wait(&me->wake) != 0) { /* a signal came in between */
            }
            pthread_mutex_lock(&w->lock);
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

/* Caller holds the lock, and posts to the sleeper when it has given it back: who wakes up wants it.
 */
static struct sleeper *next_sleeper(struct rv_workers *w)
{
    struct sleeper *s = w->asleep;
    if (s != NULL)
        w->asleep = s->next;
    return s;
}

bool rv_workers_add(struct rv_workers *w, void (*fn)(void *arg), void *arg)
{
    struct sleeper *s = NULL;
    pthread_mutex_lock(&w->lock);
    bool ok = w->n < w->size && !w->stop;
    if (ok) {
        w->ring[(w->first + w->n) % w->size] = (struct task){ fn, arg };
        w->n++;
        s = next_sleeper(w);
    }
    pthread_mutex_unlock(&w->lock);
    if (s != NULL)
        sem_post(&s->wake);
    return ok;
}

void rv_workers_free(struct rv_workers *w)
{
    if (w == NULL)
        return;
    pthread_mutex_lock(&w->lock);
    w->stop = true;
    while (w->asleep != NULL)
        sem_post(&next_sleeper(w)->wake);
    pthread_mutex_unlock(&w->lock);
    for (size_t i = 0; i < w->threads_n; i++)
        pthread_join(w->threads[i], NULL);
    pthread_mutex_destroy(&w->lock);
    free(w->threads);
    free(w->sleepers);
    free(w->ring);
    free(w);
}

rv_status rv_workers_new(struct rv_cx *cx, int threads, size_t queue_max, struct rv_workers **ret)
{
    struct rv_workers *w = calloc(1, sizeof *w);
    if (w == NULL)
        return rv_fail(cx, RV_BUSY, "There is no memory for the worker threads.");
    pthread_mutex_init(&w->lock, NULL);
    w->ring = calloc(queue_max, sizeof *w->ring);
    w->size = queue_max;
    w->threads = calloc((size_t)threads, sizeof *w->threads);
    w->sleepers = calloc((size_t)threads, sizeof *w->sleepers);
    if (w->ring == NULL || w->threads == NULL || w->sleepers == NULL) {
        rv_workers_free(w);
        return rv_fail(cx, RV_BUSY, "There is no memory for the worker threads.");
    }
    for (int i = 0; i < threads; i++) {
        w->sleepers[i].pool = w;
        sem_init(&w->sleepers[i].wake, 0, 0); /* cannot fail */
        if (rv_thread_start(&w->threads[i], work, &w->sleepers[i]) != 0) {
            rv_workers_free(w);
            return rv_fail(cx, RV_BUSY,
                           "The system does not give %d worker threads; lower listen.workers.",
                           threads);
        }
        w->threads_n++;
    }
    *ret = w;
    return RV_OK;
}
