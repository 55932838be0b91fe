/* base/arena.c: memory with one end: blocks are filled from the front and given back together.
 *
 * Blocks double up to 1 MiB; a larger piece gets a block of its own. Reset keeps the first block, so an arena that is
 * used again and again allocates nothing in the steady state. */
#include "base/base.h"

#include <stdlib.h>

#ifdef RV_SHRUNKEN
enum { FIRST_BLOCK = 64 };
#else
enum { FIRST_BLOCK = 4096 };
#endif
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

struct rv_arena *rv_arena_new(size_t cap)
{
    struct rv_arena *a = calloc(1, sizeof *a);
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
    run_closers(a);
    while (a->last != a->first) {
        struct block *b = a->last;
        a->last = b->next;
        free(b);
    }
    memset(a->first->data, 0, a->first->used);
    a->first->used = 0;
    a->total = a->first->size;
    a->before = 0;
}

void rv_arena_free(struct rv_arena *a)
{
    if (a == NULL)
        return;
    rv_arena_reset(a);
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

size_t rv_arena_used(const struct rv_arena *a)
{
    return a->before + a->last->used;
}
