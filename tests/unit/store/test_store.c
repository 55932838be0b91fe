/* The store: groups, snapshots, durability against kill -9, opening. */
#include "store_fixture.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { Q_PUT, Q_SUM, Q_COUNT, Q_N };
static const struct rv_sql unit_sql[Q_N] = {
    [Q_PUT] = { .name = "unit_put", .text = "INSERT INTO job(kind, key, due_at, payload) VALUES('unit', :key, :n, :payload)", .in = "key:text n:int payload:text" },
    [Q_SUM] = { .name = "unit_sum", .text = "SELECT COUNT(*), COALESCE(SUM(due_at), 0) FROM job WHERE kind = 'unit'", .out = "n:int sum:int" },
    [Q_COUNT] = { .name = "unit_has", .text = "SELECT COUNT(*) FROM job WHERE kind = 'unit' AND key = :key", .in = "key:text", .out = "n:int" },
};
RV_SQL_MODULE(unit, unit_sql);
static const struct rv_sql_module *const modules[] = { &rv_sql_unit, NULL };
static struct store_fixture fx;

static int setup(void **state)
{
    (void)state;
    store_fixture_open(&fx, modules, NULL);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_fixture_close(&fx);
    return 0;
}

struct put {
    rv_str key;
    int64_t n;
    bool fail;
};

static rv_status put_tx(struct rv_tx *tx, void *arg)
{
    const struct put *p = arg;
    RV_TRY(rv_sql_exec(tx, &unit_sql[Q_PUT], NULL, RV_ARGS(p->key, p->n, RV_NONE_STR)));
    return p->fail ? rv_fail(rv_tx_cx(tx), RV_INVALID, "wanted") : RV_OK;
}

struct sum {
    int64_t n, sum;
};

static rv_status sum_tx(struct rv_tx *tx, void *arg)
{
    struct sum *s = arg;
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &unit_sql[Q_SUM], &r, &found, RV_ARGS()));
    s->n = rv_col_int(&r, 0);
    s->sum = rv_col_int(&r, 1);
    return rv_rows_end(&r);
}

static struct sum read_sum(void)
{
    struct sum s = { 0 };
    assert_int_equal(rv_store_read(&fx.cx, sum_tx, &s), RV_OK);
    return s;
}

enum { THREADS = 8, EACH = 25 };

static void *put_many(void *arg)
{
    int who = *(int *)arg;
    struct rv_cx cx;
    if (rv_cx_init(&cx, &fx.env, 0) != RV_OK)
        return NULL;
    for (int i = 0; i < EACH; i++) {
        struct put p = { .key = rv_printf(&cx, "%d-%d", who, i), .n = 1, .fail = i % 5 == 4 };
        rv_status st = rv_store_write(&cx, put_tx, &p);
        if (st != (p.fail ? RV_INVALID : RV_OK))
            RV_BUG("write %d of %d gave %d", i, who, (int)st);
        rv_error_clear(&cx);
    }
    rv_cx_done(&cx);
    return NULL;
}

static void a_function_that_fails_in_a_group_is_rolled_back_alone(void **state)
{
    pthread_t t[THREADS];
    int who[THREADS];
    (void)state;
    for (int i = 0; i < THREADS; i++) {
        who[i] = i;
        assert_int_equal(pthread_create(&t[i], NULL, put_many, &who[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(t[i], NULL), 0);
    assert_int_equal(read_sum().n, THREADS * EACH * 4 / 5);
    struct rv_store_stats stats;
    rv_store_stats(fx.env.store, &stats);
    assert_int_equal(stats.transactions, THREADS * EACH * 4 / 5);
    assert_true(stats.groups <= stats.transactions);
}

static void a_duplicate_key_is_a_conflict(void **state)
{
    struct put p = { .key = RV_STR("same"), .n = 1 };
    (void)state;
    assert_int_equal(rv_store_write(&fx.cx, put_tx, &p), RV_OK);
    assert_int_equal(rv_store_write(&fx.cx, put_tx, &p), RV_CONFLICT);
    assert_int_equal(read_sum().n, 1);
}

static rv_status twice_tx(struct rv_tx *tx, void *arg)
{
    struct sum before, after;
    struct put p = { .key = RV_STR("between"), .n = 5 };
    struct rv_cx other;
    (void)arg;
    RV_TRY(sum_tx(tx, &before));
    assert_int_equal(rv_cx_init(&other, &fx.env, 0), RV_OK);
    assert_int_equal(rv_store_write(&other, put_tx, &p), RV_OK);
    rv_cx_done(&other);
    RV_TRY(sum_tx(tx, &after));
    assert_int_equal(after.n, before.n);
    return RV_OK;
}

static void a_read_sees_one_snapshot(void **state)
{
    (void)state;
    assert_int_equal(rv_store_read(&fx.cx, twice_tx, NULL), RV_OK);
    assert_int_equal(read_sum().n, 1);
}

static void what_was_written_is_there_after_reopening(void **state)
{
    struct put p = { .key = RV_STR("a"), .n = 42 };
    (void)state;
    assert_int_equal(rv_store_write(&fx.cx, put_tx, &p), RV_OK);
    store_fixture_reopen(&fx);
    assert_int_equal(read_sum().sum, 42);
}

static void a_second_process_is_refused(void **state)
{
    struct rv_store *second = NULL;
    (void)state;
    assert_int_equal(store_fixture_try(&fx, fx.dir, &second), RV_CONFLICT);
    assert_non_null(strstr(rv_error(&fx.cx)->message, "another Reeve"));
}

static void a_directory_that_cannot_be_made_is_named(void **state)
{
    struct rv_store *second = NULL;
    (void)state;
    assert_int_equal(store_fixture_try(&fx, "/proc/reeve", &second), RV_IO);
    assert_non_null(strstr(rv_error(&fx.cx)->message, "/proc/reeve"));
}

/* The child writes and tells each number once it is acknowledged; the parent kills it somewhere in
 * between. */
static void child(int out, int from)
{
    struct rv_cx cx;
    struct rv_env env = { .clock = fx.env.clock };
    struct rv_store_options o = {
        .dir = fx.dir, .modules = modules, .readers = 1, .job_workers = 1
    };
    if (rv_cx_init(&cx, &env, 0) != RV_OK || rv_store_open(&cx, &o, &env.store) != RV_OK)
        _exit(3);
    for (int i = from;; i++) {
        struct put p = { .key = rv_printf(&cx, "k%d", i), .n = i };
        if (rv_store_write(&cx, put_tx, &p) != RV_OK || write(out, &i, sizeof i) != sizeof i)
            _exit(4);
    }
}

struct has {
    rv_str key;
    int64_t n;
};

static rv_status has_tx(struct rv_tx *tx, void *arg)
{
    struct has *h = arg;
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &unit_sql[Q_COUNT], &r, &found, RV_ARGS(h->key)));
    h->n = rv_col_int(&r, 0);
    return rv_rows_end(&r);
}

static void what_was_acknowledged_survives_kill_9(void **state)
{
    int acked = -1;
    (void)state;
    for (int round = 0; round < 6; round++) {
        int fds[2], last = acked;
        rv_store_close(fx.env.store);
        fx.env.store = NULL;
        assert_int_equal(pipe(fds), 0);
        pid_t pid = fork();
        if (pid == 0) {
            (void)close(fds[0]);
            child(fds[1], acked + 1000);
        }
        (void)close(fds[1]);
        int first = acked + 1000;
        for (int want = 3 + round * 7; want > 0 && read(fds[0], &last, sizeof last) == sizeof last;
             want--)
            acked = last;
        assert_int_equal(kill(pid, SIGKILL), 0);
        while (read(fds[0], &last, sizeof last) == sizeof last)
            acked = last;
        (void)close(fds[0]);
        assert_int_equal(waitpid(pid, NULL, 0), pid);
        rv_error_clear(&fx.cx);
        assert_int_equal(store_fixture_try(&fx, fx.dir, &fx.env.store), RV_OK);
        for (int i = first; i <= acked; i++) {
            struct has h = { .key = rv_printf(&fx.cx, "k%d", i) };
            assert_int_equal(rv_store_read(&fx.cx, has_tx, &h), RV_OK);
            if (h.n != 1)
                fail_msg("round %d: %d was acknowledged and is gone", round, i);
        }
    }
}

/* The log is written only when it is flushed: what could not be written then was not acknowledged. */
static void a_log_that_cannot_be_written_stops_the_store_with_all_it_acknowledged(void **state)
{
    int fds[2], acked = -1, status = 0;
    (void)state;
    rv_store_close(fx.env.store);
    fx.env.store = NULL;
    assert_int_equal(pipe(fds), 0);
    pid_t pid = fork();
    if (pid == 0) {
        struct rlimit few = { .rlim_cur = 400000, .rlim_max = 400000 };
        (void)close(fds[0]);
        if (signal(SIGXFSZ, SIG_IGN) == SIG_ERR || setrlimit(RLIMIT_FSIZE, &few) != 0)
            _exit(5);
        child(fds[1], 0);
    }
    (void)close(fds[1]);
    for (int i; read(fds[0], &i, sizeof i) == sizeof i;)
        acked = i;
    (void)close(fds[0]);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(status != 0 && acked > 0);
    assert_int_equal(store_fixture_try(&fx, fx.dir, &fx.env.store), RV_OK);
    struct sum s = read_sum();
    assert_int_equal(s.n, acked + 1);
    assert_int_equal(s.sum, (int64_t)acked * (acked + 1) / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_function_that_fails_in_a_group_is_rolled_back_alone,
                                        setup, teardown),
        cmocka_unit_test_setup_teardown(a_duplicate_key_is_a_conflict, setup, teardown),
        cmocka_unit_test_setup_teardown(a_read_sees_one_snapshot, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_written_is_there_after_reopening, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_process_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_directory_that_cannot_be_made_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_acknowledged_survives_kill_9, setup, teardown),
        cmocka_unit_test_setup_teardown(
            a_log_that_cannot_be_written_stops_the_store_with_all_it_acknowledged, setup, teardown),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
