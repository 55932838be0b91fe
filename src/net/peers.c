/* How many connections each address has: a chained hash table of addresses that have at least one.
 *
 * Used by the server's I/O thread alone, so without a lock. It never grows: with at most a few
 * thousand connections the chains stay short, and addresses are hashed with a random key so that
 * nobody chooses one chain for all. */
#include "net/net_int.h"
#include <stdlib.h>

enum { BUCKETS = 1024 };
struct peer {
    struct rv_address a;
    int n;
    struct peer *next;
};
struct rv_peers {
    uint64_t key[2];
    struct peer *buckets[BUCKETS];
};

struct rv_peers *rv_peers_new(void)
{
    struct rv_peers *p = calloc(1, sizeof *p);
    if (p != NULL)
        rv_random(p->key, sizeof p->key);
    return p;
}

void rv_peers_free(struct rv_peers *p)
{
    if (p == NULL)
        return;
    for (size_t i = 0; i < BUCKETS; i++)
        while (p->buckets[i] != NULL) {
            struct peer *next = p->buckets[i]->next;
            free(p->buckets[i]);
            p->buckets[i] = next;
        }
    free(p);
}

static size_t bucket_of(const struct rv_peers *p, const struct rv_address *a)
{
    uint64_t w[2];
    memcpy(w, a->b, sizeof w);
    uint64_t h = (w[0] ^ p->key[0]) * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ (h >> 29) ^ w[1] ^ p->key[1]) * UINT64_C(0xbf58476d1ce4e5b9);
    return (size_t)(h >> 40) % BUCKETS;
}

static struct peer *const *find(const struct rv_peers *p, const struct rv_address *a)
{
    struct peer *const *at = &p->buckets[bucket_of(p, a)];
    while (*at != NULL && memcmp(&(*at)->a, a, sizeof *a) != 0)
        at = &(*at)->next;
    return at;
}

int rv_peers_count(const struct rv_peers *p, const struct rv_address *a)
{
    const struct peer *e = *find(p, a);
    return e != NULL ? e->n : 0;
}

bool rv_peers_add(struct rv_peers *p, const struct rv_address *a)
{
    struct peer *e = *find(p, a);
    if (e == NULL) {
        struct peer **head = &p->buckets[bucket_of(p, a)];
        e = calloc(1, sizeof *e);
        if (e == NULL)
            return false;
        e->a = *a;
        e->next = *head;
        *head = e;
    }
    e->n++;
    return true;
}

void rv_peers_remove(struct rv_peers *p, const struct rv_address *a)
{
    struct peer **at = &p->buckets[bucket_of(p, a)];
    while (*at != NULL && memcmp(&(*at)->a, a, sizeof *a) != 0)
        at = &(*at)->next;
    if (*at == NULL || --(*at)->n > 0)
        return;
    struct peer *gone = *at;
    *at = gone->next;
    free(gone);
}
