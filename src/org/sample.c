/* org/sample.c: which objects belong to the sample organisation.
 *
 * One table of marks. Lists look an object's id up in it to show the mark; what the marks mean for
 * removal is the business of src/api/sample.c, which makes and removes the objects through the API.
 */
#include "org/org.h"

enum { Q_MARK, Q_UNMARK, Q_LIST, Q_N };
static const struct rv_sql sample_sql[Q_N] = {
    [Q_MARK] = { .name = "sample_mark",
                 .text = "INSERT INTO sample_object(id, kind, name, position) "
                         "VALUES(:id, :kind, :name, (SELECT COALESCE(MAX(position), 0) + 1 FROM sample_object)) ON CONFLICT(id) DO NOTHING",
                 .in = "id:text kind:text name:text" },
    [Q_UNMARK] = { .name = "sample_unmark", .text = "DELETE FROM sample_object WHERE id = :id", .in = "id:text" },
    [Q_LIST] = { .name = "sample_list",
                 .text = "SELECT id, kind, name FROM sample_object ORDER BY position DESC",
                 .out = "id:text kind:text name:text" },
};
RV_SQL_MODULE(sample, sample_sql);

struct mark {
    rv_str kind, id, name;
};

static rv_status mark_tx(struct rv_tx *tx, void *arg)
{
    const struct mark *m = arg;
    return rv_sql_exec(tx, &sample_sql[Q_MARK], NULL, RV_ARGS(m->id, m->kind, m->name));
}

rv_status rv_sample_mark(struct rv_cx *cx, rv_str kind, rv_str id, rv_str name)
{
    struct mark m = { kind, id, name };
    return rv_store_write(cx, mark_tx, &m);
}

static rv_status unmark_tx(struct rv_tx *tx, void *arg)
{
    const rv_str *id = arg;
    return rv_sql_exec(tx, &sample_sql[Q_UNMARK], NULL, RV_ARGS(*id));
}

rv_status rv_sample_unmark(struct rv_cx *cx, rv_str id)
{
    return rv_store_write(cx, unmark_tx, &id);
}

struct listing {
    struct rv_sample_object *objects;
    size_t n;
};

static rv_status list_tx(struct rv_tx *tx, void *arg)
{
    struct listing *l = arg;
    struct rv_rows r;
    struct rv_sample_object **tail = &l->objects;
    RV_TRY(rv_sql_query(tx, &sample_sql[Q_LIST], &r, RV_ARGS()));
    while (rv_rows_next(&r)) {
        struct rv_sample_object *o = RV_NEW(rv_tx_cx(tx), struct rv_sample_object);
        if (o == NULL)
            break;
        *o = (struct rv_sample_object){ .id = rv_col_str(&r, 0),
                                        .kind = rv_col_str(&r, 1),
                                        .name = rv_col_str(&r, 2) };
        *tail = o;
        tail = &o->next;
    }
    return rv_rows_end(&r);
}

rv_status rv_sample_list(struct rv_cx *cx, struct rv_sample_object **ret)
{
    struct listing l = { 0 };
    RV_TRY(rv_store_read(cx, list_tx, &l));
    *ret = l.objects;
    return RV_OK;
}
