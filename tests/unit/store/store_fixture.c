/* tests/unit/store/store_fixture.c: see the header. */
#include "store_fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static int64_t fixture_now(void *arg)
{
    return __atomic_load_n((int64_t *)arg, __ATOMIC_SEQ_CST);
}

rv_status store_fixture_try(struct store_fixture *fx, const char *dir, struct rv_store **ret)
{
    static const struct rv_job_kind *const none[] = { NULL };
    struct rv_store_options o = { .dir = dir,
                                  .modules = fx->modules,
                                  .job_tables = fx->jobs != NULL ? fx->jobs : none,
                                  .readers = 2,
                                  .job_workers = 2,
                                  .again = fx->again };
    return rv_store_open(&fx->cx, &o, ret);
}

static void open_store(struct store_fixture *fx)
{
    if (store_fixture_try(fx, fx->dir, &fx->env.store) != RV_OK)
        fail_msg("%s (%s)", rv_error(&fx->cx)->message,
                 rv_error(&fx->cx)->detail != NULL ? rv_error(&fx->cx)->detail : "");
}

void store_fixture_open_at(struct store_fixture *fx, const struct rv_sql_module *const *modules,
                           const struct rv_job_kind *const *jobs, const char *dir)
{
    *fx = (struct store_fixture){
        .modules = modules, .jobs = jobs, .again = fx->again, .now_ms = INT64_C(1790000000000)
    };
    fx->env.clock = rv_clock_system();
    fx->env.clock.now_ms = fixture_now;
    fx->env.clock.arg = &fx->now_ms;
    (void)snprintf(fx->dir, sizeof fx->dir, "%s", dir != NULL ? dir : "/tmp/reeve-unit-XXXXXX");
    if (dir == NULL)
        assert_non_null(mkdtemp(fx->dir));
    assert_int_equal(rv_cx_init(&fx->cx, &fx->env, 0), RV_OK);
    fx->cx.root = true;
    open_store(fx);
}

void store_fixture_open(struct store_fixture *fx, const struct rv_sql_module *const *modules,
                        const struct rv_job_kind *const *jobs)
{
    store_fixture_open_at(fx, modules, jobs, NULL);
}

void store_fixture_reopen(struct store_fixture *fx)
{
    rv_store_close(fx->env.store);
    fx->env.store = NULL;
    open_store(fx);
}

void store_fixture_close(struct store_fixture *fx)
{
    static const char *const files[] = { "reeve.db", "reeve.db-wal", "reeve.db-shm",
                                         "lock",     "keys",         "crashes" };
    char path[128];
    rv_store_close(fx->env.store);
    rv_cx_done(&fx->cx);
    for (size_t i = 0; i < RV_LEN(files); i++) {
        (void)snprintf(path, sizeof path, "%s/%s", fx->dir, files[i]);
        (void)unlink(path);
    }
    (void)rmdir(fx->dir);
}
