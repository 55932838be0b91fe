/* org/subscription.c: who waits for system-log events.
 *
 * One row per subscriber and event type. While a type has a subscriber, each of its events leaves a
 * job in its own transaction; what the job does is the business of the floor that subscribed.
 * Nobody is called from here. */
#include "org/org_int.h"

enum { Q_ADD, Q_REMOVE, Q_LIST, Q_N };
static const struct rv_sql subscription_sql[Q_N] = {
    [Q_ADD] = {
        .name = "event_subscribe",
        .text = "INSERT INTO event_subscription (event_type, subscriber) VALUES (:event_type, :subscriber) ON CONFLICT (event_type, subscriber) DO NOTHING",
        .in = "event_type:text subscriber:text",
    },
    [Q_REMOVE] = {
        .name = "event_unsubscribe",
        .text = "DELETE FROM event_subscription WHERE subscriber = :subscriber",
        .in = "subscriber:text",
    },
    [Q_LIST] = {
        .name = "event_subscribers",
        .text = "SELECT subscriber FROM event_subscription WHERE event_type = :event_type ORDER BY subscriber",
        .in = "event_type:text", .out = "subscriber:text",
    },
};
RV_SQL_MODULE(subscription, subscription_sql);

rv_status rv_event_subscribe(struct rv_tx *tx, rv_str event_type, rv_str subscriber)
{
    return rv_sql_exec(tx, &subscription_sql[Q_ADD], NULL, RV_ARGS(event_type, subscriber));
}

rv_status rv_event_unsubscribe(struct rv_tx *tx, rv_str subscriber)
{
    return rv_sql_exec(tx, &subscription_sql[Q_REMOVE], NULL, RV_ARGS(subscriber));
}

rv_status rv_event_subscribers(struct rv_tx *tx, rv_str event_type, rv_str **ret, size_t *ret_n)
{
    struct rv_rows r;
    size_t n = 0, size = 0;
    rv_str *list = NULL;
    bool full = false;
    RV_TRY(rv_sql_query(tx, &subscription_sql[Q_LIST], &r, RV_ARGS(event_type)));
    while (rv_rows_next(&r)) {
        if (n == size) {
            rv_str *more = RV_NEW_N(rv_tx_cx(tx), rv_str, 2 * size + 8);
            full = more == NULL;
            if (full)
                break;
            if (n > 0)
                memcpy(more, list, n * sizeof *list);
            list = more;
            size = 2 * size + 8;
        }
        list[n++] = rv_col_str(&r, 0);
    }
    RV_TRY(rv_rows_end(&r));
    *ret = list;
    *ret_n = n;
    return full ? RV_BUSY : RV_OK;
}

rv_status rv_event_tell(struct rv_tx *tx, const char *event_type, int64_t seq)
{
    struct rv_rows r;
    bool waited_for;
    RV_TRY(rv_sql_first(tx, &subscription_sql[Q_LIST], &r, &waited_for, RV_ARGS(event_type)));
    if (!waited_for)
        return RV_OK;
    RV_TRY(rv_rows_end(&r));
    rv_str event_id = rv_printf(rv_tx_cx(tx), "%" PRId64, seq);
    return rv_job_add(tx, RV_STR("event.deliver"), event_id, rv_tx_now(tx), event_id, NULL);
}
