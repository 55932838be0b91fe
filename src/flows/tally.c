/* flows/tally.c: how many cards a run and all its helper runs have executed (limit run.cards).
 *
 * One counter per chain of runs, found by the id of its first run, so that runs which come back
 * from the store in any order share it. What is stored with a run is where the counter stood then;
 * it only ever goes up, so whoever reads one raises the counter to it and nothing is counted twice.
 */
#include "flows/flows_int.h"
#include <stdlib.h>

enum { TALLY_BUCKETS = 256 };

struct rv_tally {
    struct rv_tallies *all;
    struct rv_tally *next;
    int refs; /* guarded by all->lock */
    _Atomic uint64_t cards;
    char root[37];
};
struct rv_tallies {
    pthread_mutex_t lock;
    struct rv_tally *buckets[TALLY_BUCKETS];
};

struct rv_tallies *rv_tallies_new(void)
{
    struct rv_tallies *all = calloc(1, sizeof *all);
    if (all != NULL)
        pthread_mutex_init(&all->lock, NULL);
    return all;
}

void rv_tallies_free(struct rv_tallies *all)
{
    if (all == NULL)
        return;
    pthread_mutex_destroy(&all->lock);
    free(all);
}

static struct rv_tally **place(struct rv_tallies *all, rv_str root)
{
    struct rv_tally **at = &all->buckets[rv_run_lane_of(root) % TALLY_BUCKETS];
    while (*at != NULL && !rv_str_eq(rv_str_of((*at)->root), root))
        at = &(*at)->next;
    return at;
}

struct rv_tally *rv_tally_get(struct rv_tallies *all, rv_str root)
{
    pthread_mutex_lock(&all->lock);
    struct rv_tally **at = place(all, root), *t = *at;
    if (t == NULL && root.n < sizeof t->root && (t = calloc(1, sizeof *t)) != NULL) {
        t->all = all;
        memcpy(t->root, root.p, root.n);
        *at = t;
    }
    if (t != NULL)
        t->refs++;
    pthread_mutex_unlock(&all->lock);
    return t;
}

void rv_tally_unref(struct rv_tally *t)
{
    if (t == NULL)
        return;
    struct rv_tallies *all = t->all;
    pthread_mutex_lock(&all->lock);
    bool last = --t->refs == 0;
    if (last)
        *place(all, rv_str_of(t->root)) = t->next;
    pthread_mutex_unlock(&all->lock);
    if (last)
        free(t);
}

uint64_t rv_tally_count(struct rv_tally *t)
{
    return atomic_fetch_add_explicit(&t->cards, 1, memory_order_relaxed) + 1;
}

uint64_t rv_tally_read(const struct rv_tally *t)
{
    return atomic_load_explicit(&t->cards, memory_order_relaxed);
}

void rv_tally_raise(struct rv_tally *t, uint64_t to)
{
    uint64_t now = rv_tally_read(t);
    while (now < to && !atomic_compare_exchange_weak(&t->cards, &now, to))
        ;
}
