/* store/reseal.c: sealed texts under a new key (security.md 6.2).
 *
 * Every column of sealed texts is named once, beside the statements of its table. All of them are
 * opened and sealed anew in the transaction of the caller: all or none. */
#include "store/store.h"

struct sealed_row {
    rv_str id, holder, sealed;
    struct sealed_row *next;
};

static rv_status read_rows(struct rv_tx *tx, const struct rv_sealed *c, struct sealed_row **ret)
{
    struct rv_rows r;
    bool room = true;
    *ret = NULL;
    RV_TRY(rv_sql_query(tx, c->list, &r, RV_ARGS()));
    while (room && rv_rows_next(&r)) {
        struct sealed_row *row = RV_NEW(rv_tx_cx(tx), struct sealed_row);
        room = row != NULL;
        if (!room)
            break;
        *row = (struct sealed_row){ rv_col_str(&r, 0), rv_col_str(&r, 1), rv_col_str(&r, 2), *ret };
        *ret = row;
    }
    RV_TRY(rv_rows_end(&r));
    return room ? RV_OK : rv_fail(rv_tx_cx(tx), RV_BUSY, "out of memory");
}

static rv_status reseal_one(struct rv_tx *tx, const struct rv_sealed *c,
                            const struct sealed_row *row)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    rv_str aad = c->aad(cx, row->holder), plain, sealed;
    if (aad.p == NULL)
        return RV_BUSY;
    rv_status st = rv_unseal(cx, cx->env->keys, aad, row->sealed, &plain);
    if (st != RV_OK)
        return rv_wrap(cx, st, "%s of %.*s", c->name, RV_FMT(row->holder));
    st = rv_seal(cx, cx->env->keys, aad, plain, &sealed);
    explicit_bzero((char *)(uintptr_t)plain.p, plain.n); /* our own copy */
    return st == RV_OK ? rv_sql_exec(tx, c->put, NULL, RV_ARGS(sealed, row->id)) : st;
}

rv_status rv_reseal(struct rv_tx *tx, const struct rv_sealed *const *columns, int64_t *ret_n)
{
    *ret_n = 0;
    for (; *columns != NULL; columns++) {
        struct sealed_row *row;
        RV_TRY(read_rows(tx, *columns, &row));
        for (; row != NULL; row = row->next, ++*ret_n)
            RV_TRY(reseal_one(tx, *columns, row));
    }
    return RV_OK;
}
