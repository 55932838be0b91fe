/* base/arena.c: memory with one end: blocks are filled from the front and given back together.
 *
 * Blocks double up to 1 MiB; a larger piece gets a block of its own. Reset keeps the largest block
 * that is not too large, so an arena that is used again and again allocates nothing in the steady
 * state. Arenas that end are kept for the next ones, but for sanitized builds, which shall see
 * every use after the end. */
#include "base/base_int.h"

#include <pthread.h>
#include <stdlib.h>

#ifdef RV_SHRUNKEN
enum { FIRST_BLOCK = 64, SPARE = -1 };
#else
enum { FIRST_BLOCK = 4096, SPARE = 16 };
#endif
enum { KEPT_BLOCK = 64 << 10, SPARE_BLOCK = 16 << 10 /* what stays in an arena, and in a spare one */ };
enum { LARGEST_BLOCK = 1 << 20, DEFAULT_CAP = 64 << 20, ALIGN = 16 };

struct block {
    struct block *next; /* the one before it in time */
    size_t size, used;
    _Alignas(ALIGN) char data[];
};
struct closer {
    struct closer *next;
    void (*fn)(void *arg);
    void *arg;
};
struct rv_arena {
    struct block *last, *first;
    struct closer *closers;
    size_t cap, total; /* bytes of all blocks */
    size_t before; /* bytes used in blocks behind the last one */
};

static struct block *block_new(size_t size)
{
    struct block *b = calloc(1, sizeof *b + size);
    if (b != NULL)
        b->size = size;
    return b;
}

/* ---- spare arenas ---------------------------------------------------------------------------- */

static struct {
    pthread_mutex_t lock;
    struct rv_arena *arenas[SPARE > 0 ? SPARE : 1];
    int n;
} spare = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct rv_arena *take_spare(void)
{
    (void)pthread_mutex_lock(&spare.lock);
    struct rv_arena *a = spare.n > 0 ? spare.arenas[--spare.n] : NULL;
    (void)pthread_mutex_unlock(&spare.lock);
    return a;
}

static bool keep_spare(struct rv_arena *a)
{
    if (a->first->size > SPARE_BLOCK)
        return false;
    (void)pthread_mutex_lock(&spare.lock);
    bool kept = spare.n < SPARE;
    if (kept)
        spare.arenas[spare.n++] = a;
    (void)pthread_mutex_unlock(&spare.lock);
    return kept;
}

/* ---- arenas ---------------------------------------------------------------------------------- */

struct rv_arena *rv_arena_new(size_t cap)
{
    struct rv_arena *a = take_spare();
    if (a != NULL) {
        a->cap = cap != 0 ? cap : DEFAULT_CAP;
        return a;
    }
    a = calloc(1, sizeof *a);
    if (a == NULL)
        return NULL;
    a->cap = cap != 0 ? cap : DEFAULT_CAP;
    a->first = a->last = block_new(FIRST_BLOCK);
    if (a->first == NULL) {
        free(a);
        return NULL;
    }
    a->total = FIRST_BLOCK;
    return a;
}

static void run_closers(struct rv_arena *a)
{
    while (a->closers != NULL) {
        struct closer *c = a->closers;
        a->closers = c->next;
        c->fn(c->arg);
    }
}

void rv_arena_reset(struct rv_arena *a)
{
    struct block *kept = a->first, *b = a->last;
    run_closers(a);
    for (struct block *x = a->last; x != a->first; x = x->next) {
        if (x->size <= KEPT_BLOCK && x->size > kept->size)
            kept = x;
    }
    for (bool more = true; more;) {
        struct block *next = b->next;
        more = b != a->first;
        if (b != kept)
            free(b);
        b = next;
    }
    memset(kept->data, 0, kept->used);
    kept->next = NULL;
    kept->used = 0;
    a->first = a->last = kept;
    a->total = kept->size;
    a->before = 0;
}

void rv_arena_free(struct rv_arena *a)
{
    if (a == NULL)
        return;
    rv_arena_reset(a);
    if (keep_spare(a))
        return;
    free(a->first);
    free(a);
}

static bool grow(struct rv_arena *a, size_t n)
{
    if (a->total >= a->cap)
        return false;
    size_t size = a->last->size < LARGEST_BLOCK ? a->last->size * 2 : LARGEST_BLOCK;
    if (size < n)
        size = n;
    if (size > a->cap - a->total)
        size = n; /* the last bytes under the cap */
    if (size > a->cap - a->total)
        return false;
    struct block *b = block_new(size);
    if (b == NULL)
        return false;
    a->before += a->last->used;
    b->next = a->last;
    a->last = b;
    a->total += size;
    return true;
}

char *rv_arena_room(struct rv_arena *a, size_t *ret_n)
{
    *ret_n = a->last->size - a->last->used;
    return a->last->data + a->last->used;
}

void *rv_arena_alloc(struct rv_arena *a, size_t n)
{
    size_t rounded;
    if (__builtin_add_overflow(n, ALIGN - 1, &rounded))
        return NULL;
    rounded &= ~(size_t)(ALIGN - 1);
    if (rounded == 0)
        rounded = ALIGN;
    if (a->last->size - a->last->used < rounded && !grow(a, rounded))
        return NULL;
    void *p = a->last->data + a->last->used;
    a->last->used += rounded;
    return p;
}

rv_status rv_arena_on_free(struct rv_arena *a, void (*fn)(void *arg), void *arg)
{
    struct closer *c = rv_arena_alloc(a, sizeof *c);
    if (c == NULL)
        return RV_BUSY;
    *c = (struct closer){ .next = a->closers, .fn = fn, .arg = arg };
    a->closers = c;
    return RV_OK;
}
