/* org/offer.c: what Access Requests may offer of the directory, by class: people, pushed groups,
 * applications (access-requests.md 5.3). Read only, for pickers, counts and lists of the floor
 * above, which asks the judge. */
#include "org/org_int.h"

enum { Q_COUNT, Q_FIND, Q_LIST, Q_PER_CLASS, CLASSES = 3, Q_N = (int)Q_PER_CLASS * (int)CLASSES };
#define AT(class, q) [(int)(class) * (int)Q_PER_CLASS + (int)(q)]
#define OFFER(class, word, columns, table, condition, match)                                                                       \
    AT(class, Q_COUNT) = { .name = "offer_count_" word, .text = "SELECT COUNT(*) AS n FROM " table " WHERE " condition, .out = "n:int" }, \
    AT(class, Q_FIND) = { .name = "offer_find_" word, .text = "SELECT " columns " FROM " table " WHERE id = :id AND " condition,    \
                          .in = "id:text", .out = "id:text name:text description:text" },                                           \
    AT(class, Q_LIST) = { .name = "offer_list_" word,                                                                               \
                          .text = "SELECT " columns " FROM " table " WHERE id > :after AND " condition                              \
                                  " AND (:q IS NULL OR " match ") ORDER BY id LIMIT :n",                                            \
                          .in = "after:text q:text n:int", .out = "id:text name:text description:text" }
static const struct rv_sql offer_sql[Q_N] = {
    OFFER(0, "users", "id, COALESCE(first_name || ' ' || last_name, login) AS name, email AS description", "person", "status <> 'DEPROVISIONED'",
          "login_key LIKE :q ESCAPE '\\' OR email_key LIKE :q ESCAPE '\\' OR first_key LIKE :q ESCAPE '\\' OR last_key LIKE :q ESCAPE '\\'"),
    OFFER(1, "groups", "id, name, description", "grp", "pushed = 1", "name_key LIKE :q ESCAPE '\\'"),
    OFFER(2, "applications", "id, label AS name, name AS description", "app", "status = 'ACTIVE'", "label_key LIKE :q ESCAPE '\\'"),
};
RV_SQL_MODULE(offer, offer_sql);

static const struct rv_sql *statement(rv_str class, int q)
{
    static const char *const names[CLASSES] = { "users", "groups", "applications" };
    for (int i = 0; i < CLASSES; i++) {
        if (rv_str_eq(class, rv_str_of(names[i])))
            return &offer_sql[i * (int)Q_PER_CLASS + q];
    }
    RV_BUG("class %.*s", RV_FMT(class));
}

rv_status rv_offer_count(struct rv_tx *tx, rv_str class, int64_t *ret)
{
    return rv_sql_count(tx, statement(class, Q_COUNT), ret, RV_ARGS());
}

static void read_row(struct rv_rows *r, struct rv_offer *o)
{
    *o = (struct rv_offer){ rv_col_str(r, 0), rv_col_str(r, 1), rv_col_str(r, 2) };
}

rv_status rv_offer_find(struct rv_tx *tx, rv_str class, rv_str id, bool *ret_found,
                        struct rv_offer *ret)
{
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, statement(class, Q_FIND), &r, ret_found, RV_ARGS(id)));
    if (!*ret_found)
        return RV_OK;
    read_row(&r, ret);
    return rv_rows_end(&r);
}

rv_status rv_offer_list(struct rv_tx *tx, rv_str class, rv_str q, rv_str after, int n,
                        struct rv_offer **ret, size_t *ret_n)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_rows r;
    struct rv_offer *o = RV_NEW_N(cx, struct rv_offer, (size_t)n);
    rv_str pattern = rv_like_pattern(cx, rv_fold(cx, q));
    size_t found = 0;
    if (o == NULL)
        return RV_BUSY;
    RV_TRY(rv_sql_query(tx, statement(class, Q_LIST), &r,
                        RV_ARGS(after.p != NULL ? after : RV_STR(""), pattern, n)));
    while (found < (size_t)n && rv_rows_next(&r))
        read_row(&r, &o[found++]);
    *ret = o;
    *ret_n = found;
    return rv_rows_end(&r);
}
