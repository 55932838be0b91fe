/* flows/program.c: the life of programs: references, and a small cache by flow and version.
 *
 * A cached program serves all runs of that version; the least recently used one leaves when the
 * cache is full. Saving a flow drops its old program; runs that use it keep their reference. */
#include "flows/flows_int.h"
#include <stdlib.h>

struct rv_program *rv_program_ref(struct rv_program *p)
{
    RV_CHECK(p, RV_PROGRAM_TAG);
    atomic_fetch_add(&p->refs, 1);
    return p;
}

void rv_program_unref(struct rv_program *p)
{
    if (p == NULL)
        return;
    RV_CHECK(p, RV_PROGRAM_TAG);
    if (atomic_fetch_sub(&p->refs, 1) != 1)
        return;
    json_decref(p->cards);
    rv_cx_done(&p->cx);
    p->magic = 0;
    free(p);
}

struct rv_program_cache {
    pthread_mutex_t lock;
    uint64_t clock;
    size_t size;
    struct rv_program *at[];
};

struct rv_program_cache *rv_program_cache_new(size_t size)
{
    struct rv_program_cache *c = calloc(1, sizeof *c + size * sizeof(struct rv_program *));
    if (c == NULL)
        return NULL;
    c->size = size;
    pthread_mutex_init(&c->lock, NULL);
    return c;
}

void rv_program_cache_free(struct rv_program_cache *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->size; i++)
        rv_program_unref(c->at[i]);
    pthread_mutex_destroy(&c->lock);
    free(c);
}

struct rv_program *rv_program_cache_get(struct rv_program_cache *c, rv_str flow_id, int64_t version)
{
    struct rv_program *found = NULL;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->size && found == NULL; i++)
        if (c->at[i] != NULL && c->at[i]->version == version &&
            rv_str_eq(c->at[i]->flow_id, flow_id)) {
            found = rv_program_ref(c->at[i]);
            found->used = ++c->clock;
        }
    pthread_mutex_unlock(&c->lock);
    return found;
}

void rv_program_cache_put(struct rv_program_cache *c, struct rv_program *p)
{
    size_t victim = 0;
    struct rv_program *out = NULL;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < c->size; i++) {
        if (c->at[i] == NULL) {
            victim = i;
            break;
        }
        if (c->at[i]->version == p->version && rv_str_eq(c->at[i]->flow_id, p->flow_id)) {
            victim = i;
            break;
        }
        if (c->at[i]->used < c->at[victim]->used)
            victim = i;
    }
    out = c->at[victim];
    c->at[victim] = rv_program_ref(p);
    p->used = ++c->clock;
    pthread_mutex_unlock(&c->lock);
    rv_program_unref(out);
}

void rv_program_cache_drop(struct rv_program_cache *c, rv_str flow_id)
{
    for (size_t i = 0; i < c->size; i++) {
        struct rv_program *out = NULL;
        pthread_mutex_lock(&c->lock);
        if (c->at[i] != NULL && rv_str_eq(c->at[i]->flow_id, flow_id)) {
            out = c->at[i];
            c->at[i] = NULL;
        }
        pthread_mutex_unlock(&c->lock);
        rv_program_unref(out);
    }
}

struct load {
    rv_str flow_id;
    int64_t version;
    json_t *cards;
    struct rv_flow_row row;
};

static rv_status load_tx(struct rv_tx *tx, void *arg)
{
    struct load *l = arg;
    RV_TRY(rv_flow_row_get(tx, l->flow_id, &l->row));
    return rv_flow_definition(tx, l->flow_id, l->version, &l->cards);
}

rv_status rv_program_load(struct rv_cx *cx, struct rv_tx *tx, rv_str flow_id, int64_t version,
                          struct rv_program **ret)
{
    struct rv_program_cache *cache = rv_engine_cache(rv_engine_of(cx));
    struct rv_program *p = rv_program_cache_get(cache, flow_id, version);
    struct load l = { .flow_id = flow_id, .version = version };
    if (p != NULL) {
        *ret = p;
        return RV_OK;
    }
    RV_TRY(tx != NULL ? load_tx(tx, &l) : rv_store_read(cx, load_tx, &l));
    RV_TRY(rv_compile(cx, l.cards, &p));
    p->flow_id = rv_dup(&p->cx, flow_id);
    p->flow_name = rv_dup(&p->cx, l.row.name);
    p->version = version;
    if (p->flow_id.p == NULL || p->flow_name.p == NULL) {
        rv_program_unref(p);
        return rv_fail(cx, RV_BUSY, "out of memory while compiling a flow");
    }
    rv_program_cache_put(cache, p);
    *ret = p;
    return RV_OK;
}
