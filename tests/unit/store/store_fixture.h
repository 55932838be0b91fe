/* tests/unit/store/store_fixture.h: a temporary store for the tests of any folder.
 *
 *     static struct store_fixture fx;    setup: store_fixture_open(&fx, modules, jobs)    teardown:
 * store_fixture_close(&fx) The clock stands still at fx.now_ms until the test moves it. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "store/store.h"

struct store_fixture {
    struct rv_env env;
    struct rv_cx cx; /* root */
    int64_t now_ms;
    char dir[64];
    const struct rv_sql_module *const *modules;
    const struct rv_job_kind *const *jobs;
    bool again; /* rv_store_options.again of what is opened from now on */
};
void store_fixture_open(struct store_fixture *fx, const struct rv_sql_module *const *modules,
                        const struct rv_job_kind *const *jobs);
/* The same in a directory that is there, for a new process; dir NULL: a new directory. */
void store_fixture_open_at(struct store_fixture *fx, const struct rv_sql_module *const *modules,
                           const struct rv_job_kind *const *jobs, const char *dir);
void store_fixture_reopen(struct store_fixture *fx); /* closes and opens the same directory */
void store_fixture_close(struct store_fixture *fx); /* removes the directory */
rv_status store_fixture_try(struct store_fixture *fx, const char *dir, struct rv_store **ret); /* open another one */
