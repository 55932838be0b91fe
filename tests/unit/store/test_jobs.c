/* The job queue: what is added is run, also when the database uses the number of an ended job
 * again, and when jobs that wait for others have taken all the workers they may. */
#include "store_fixture.h"

#include <pthread.h>

static struct {
    pthread_mutex_t lock;
    pthread_cond_t change;
    int first, second, same;
    int64_t second_id;
} seen = { .lock = PTHREAD_MUTEX_INITIALIZER, .change = PTHREAD_COND_INITIALIZER };

static void count(int *n)
{
    (void)pthread_mutex_lock(&seen.lock);
    ++*n;
    (void)pthread_cond_broadcast(&seen.change);
    (void)pthread_mutex_unlock(&seen.lock);
}

static void wait_for(const int *n, int wanted)
{
    (void)pthread_mutex_lock(&seen.lock);
    while (*n < wanted) /* the test's own time limit ends a wait for nothing */
        (void)pthread_cond_wait(&seen.change, &seen.lock);
    (void)pthread_mutex_unlock(&seen.lock);
}

static rv_status end_tx(struct rv_tx *tx, void *arg)
{
    return rv_job_end(tx, *(const int64_t *)arg);
}

static rv_status add_second_tx(struct rv_tx *tx, void *arg)
{
    return rv_job_add(tx, RV_STR("unit.second"), RV_STR("s"), rv_tx_now(tx), RV_NONE_STR, arg);
}

/* Ends itself, and lets another transaction add a job while the worker has not come back yet. */
static rv_status run_first(struct rv_cx *cx, const struct rv_job *job)
{
    int64_t id = job->id;
    RV_TRY(rv_store_write(cx, end_tx, &id));
    RV_TRY(rv_store_write(cx, add_second_tx, &seen.second_id));
    seen.same += seen.second_id == id; /* not when the row of an earlier second one is still there */
    count(&seen.first);
    return RV_OK;
}

static rv_status run_second(struct rv_cx *cx, const struct rv_job *job)
{
    (void)cx;
    (void)job;
    count(&seen.second);
    return RV_OK;
}

/* Waits, like a mail to a server that hangs, until the test opens the door. */
static struct {
    int entered, left;
    bool open;
} door;

static rv_status run_slow(struct rv_cx *cx, const struct rv_job *job)
{
    (void)cx;
    (void)job;
    count(&door.entered);
    (void)pthread_mutex_lock(&seen.lock);
    while (!door.open)
        (void)pthread_cond_wait(&seen.change, &seen.lock);
    (void)pthread_mutex_unlock(&seen.lock);
    count(&door.left);
    return RV_OK;
}

static struct {
    int runs;
} asked;

static rv_status run_asked(struct rv_cx *cx, const struct rv_job *job)
{
    (void)cx;
    (void)job;
    count(&asked.runs);
    return RV_OK;
}

/* Takes every other job at once, and gives it up again: a worker must get it then. */
static struct {
    int offered, taken, by_worker;
    bool right;
} handed = { .right = true };

static rv_status run_handed(struct rv_cx *cx, const struct rv_job *job)
{
    (void)cx;
    handed.right = handed.right && rv_str_eq(job->payload, RV_STR("row"));
    count(&handed.by_worker);
    return RV_OK;
}

static bool take_handed(struct rv_env *env, const struct rv_job *job)
{
    handed.right = handed.right && rv_str_eq(job->memo, RV_STR("beside")) &&
                   rv_str_eq(job->payload, RV_STR("row"));
    if (handed.offered++ % 2 == 0)
        return false;
    handed.taken++;
    rv_job_release(env->store, job->id);
    return true;
}

static const struct rv_job_kind kinds[] = {
    { .name = "unit.first", .run = run_first, .help = "ends itself and adds the other" },
    { .name = "unit.second", .run = run_second, .help = "counts" },
    { .name = "unit.asked", .run = run_asked, .help = "is asked for again while it ends" },
    { .name = "unit.handed", .run = run_handed, .at_once = take_handed, .help = "is handed over with its row" },
    { .name = "unit.slow", .run = run_slow, .help = "waits for the test", .slow = true },
    { .name = NULL },
};
static const struct rv_job_kind *const jobs[] = { kinds, NULL };
static const struct rv_sql_module *const modules[] = { NULL };
static struct store_fixture fx;

static rv_status add_first_tx(struct rv_tx *tx, void *arg)
{
    (void)arg;
    return rv_job_add(tx, RV_STR("unit.first"), RV_STR("f"), rv_tx_now(tx), RV_NONE_STR, NULL);
}

static void a_job_that_gets_the_number_of_one_just_ended_is_run(void **state)
{
    (void)state;
    store_fixture_open(&fx, modules, jobs);
    fx.env.log = rv_log_new(RV_LOG_ERROR, false);
    assert_int_equal(rv_store_start_jobs(&fx.cx, fx.env.store), RV_OK);
    for (int i = 1; i <= 50; i++) {
        assert_int_equal(rv_store_write(&fx.cx, add_first_tx, NULL), RV_OK);
        wait_for(&seen.first, i);
        wait_for(&seen.second, i);
    }
    assert_true(seen.same > 0);
    rv_store_stop_jobs(fx.env.store);
    rv_log_free(fx.env.log);
    store_fixture_close(&fx);
}

static rv_status add_asked_tx(struct rv_tx *tx, void *arg)
{
    (void)arg;
    return rv_job_add(tx, RV_STR("unit.asked"), RV_STR("a"), rv_tx_now(tx), RV_NONE_STR, NULL);
}

static void a_job_that_is_asked_for_while_it_ends_runs_again(void **state)
{
    (void)state;
    store_fixture_open(&fx, modules, jobs);
    fx.env.log = rv_log_new(RV_LOG_ERROR, false);
    assert_int_equal(rv_store_start_jobs(&fx.cx, fx.env.store), RV_OK);
    for (int i = 0; i < 500; i++) { /* comes at every moment of the end of the one before */
        int before = __atomic_load_n(&asked.runs, __ATOMIC_SEQ_CST);
        assert_int_equal(rv_store_write(&fx.cx, add_asked_tx, NULL), RV_OK);
        wait_for(&asked.runs, before + 1);
    }
    rv_store_stop_jobs(fx.env.store);
    rv_log_free(fx.env.log);
    store_fixture_close(&fx);
}

static rv_status add_handed_tx(struct rv_tx *tx, void *arg)
{
    (void)arg;
    return rv_job_add_memo(tx, RV_STR("unit.handed"), RV_NONE_STR, rv_tx_now(tx), RV_STR("row"),
                           RV_STR("beside"));
}

static void
a_job_with_a_memo_is_offered_when_it_is_durable_and_a_worker_has_it_when_it_is_refused_or_released(
    void **state)
{
    (void)state;
    store_fixture_open(&fx, modules, jobs);
    fx.env.log = rv_log_new(RV_LOG_ERROR, false);
    assert_int_equal(rv_store_start_jobs(&fx.cx, fx.env.store), RV_OK);
    for (int i = 1; i <= 100; i++) {
        assert_int_equal(rv_store_write(&fx.cx, add_handed_tx, NULL), RV_OK);
        wait_for(&handed.by_worker, i);
    }
    rv_store_stop_jobs(fx.env.store);
    assert_true(handed.taken > 0); /* one whose number a worker still holds is not offered */
    assert_true(handed.offered > handed.taken);
    assert_true(handed.right);
    rv_log_free(fx.env.log);
    store_fixture_close(&fx);
}

static rv_status add_and_cancel_tx(struct rv_tx *tx, void *arg)
{
    int *n = arg;
    for (int i = 0; i < 3; i++) /* the first is already with a worker, or its content waits for one */
        RV_TRY(rv_job_add(tx, RV_STR("unit.slow"), RV_NONE_STR, rv_tx_now(tx), RV_NONE_STR, NULL));
    RV_TRY(rv_job_add(tx, RV_STR("unit.asked"), RV_STR("gone"), rv_tx_now(tx), RV_NONE_STR, NULL));
    ++*n;
    return rv_job_cancel(tx, RV_STR("unit.asked"), RV_STR("gone"));
}

static void a_job_that_is_cancelled_before_a_worker_took_it_does_not_run(void **state)
{
    int before, n = 0, left = door.left;
    (void)state;
    store_fixture_open(&fx, modules, jobs);
    fx.env.log = rv_log_new(RV_LOG_ERROR, false);
    assert_int_equal(rv_store_start_jobs(&fx.cx, fx.env.store), RV_OK);
    before = asked.runs;
    assert_int_equal(rv_store_write(&fx.cx, add_and_cancel_tx, &n), RV_OK);
    wait_for(&door.left, left + 3);
    rv_store_stop_jobs(fx.env.store);
    assert_int_equal(asked.runs, before);
    rv_log_free(fx.env.log);
    store_fixture_close(&fx);
}

enum { SLOW_JOBS = 20 };

static rv_status add_slow_tx(struct rv_tx *tx, void *arg)
{
    (void)arg;
    for (int i = 0; i < SLOW_JOBS; i++)
        RV_TRY(rv_job_add(tx, RV_STR("unit.slow"), RV_NONE_STR, rv_tx_now(tx), RV_NONE_STR, NULL));
    return RV_OK;
}

static void jobs_that_wait_for_others_leave_workers_free_and_all_get_their_turn(void **state)
{
    (void)state;
    int second = seen.second;
    store_fixture_open(&fx, modules, jobs);
    fx.env.log = rv_log_new(RV_LOG_ERROR, false);
    assert_int_equal(rv_store_write(&fx.cx, add_slow_tx, NULL), RV_OK);
    assert_int_equal(rv_store_start_jobs(&fx.cx, fx.env.store), RV_OK);
    wait_for(&door.entered, 1);
    for (int i = 1; i <= 10; i++) { /* these would wait for ever behind the slow ones */
        assert_int_equal(rv_store_write(&fx.cx, add_second_tx, &seen.second_id), RV_OK);
        wait_for(&seen.second, second + i);
    }
    assert_int_equal(door.entered, 1); /* half of two workers */
    (void)pthread_mutex_lock(&seen.lock);
    door.open = true;
    (void)pthread_cond_broadcast(&seen.change);
    (void)pthread_mutex_unlock(&seen.lock);
    wait_for(&door.left, SLOW_JOBS);
    rv_store_stop_jobs(fx.env.store);
    struct rv_store_stats stats;
    rv_store_stats(fx.env.store, &stats);
    assert_int_equal(stats.jobs_pending, 0);
    rv_log_free(fx.env.log);
    store_fixture_close(&fx);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_job_that_gets_the_number_of_one_just_ended_is_run),
        cmocka_unit_test(a_job_that_is_asked_for_while_it_ends_runs_again),
        cmocka_unit_test(jobs_that_wait_for_others_leave_workers_free_and_all_get_their_turn),
        cmocka_unit_test(
            a_job_with_a_memo_is_offered_when_it_is_durable_and_a_worker_has_it_when_it_is_refused_or_released),
        cmocka_unit_test(a_job_that_is_cancelled_before_a_worker_took_it_does_not_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
