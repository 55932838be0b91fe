/* tests/unit/base/unit.h: what cmocka needs before it, and a cx for each test. */
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include "base/base.h"

static struct rv_env unit_env;
static struct rv_cx unit_cx;

static int unit_setup(void **state)
{
    (void)state;
    unit_env = (struct rv_env){ .clock = rv_clock_system() };
    return rv_cx_init(&unit_cx, &unit_env, 0) == RV_OK ? 0 : -1;
}

static int unit_teardown(void **state)
{
    (void)state;
    rv_cx_done(&unit_cx);
    return 0;
}
#define UNIT_TEST(f) cmocka_unit_test_setup_teardown(f, unit_setup, unit_teardown)
#define assert_str(s, text)                                                                        \
    do {                                                                                           \
        rv_str str_ = (s);                                                                         \
        assert_int_equal(str_.n, strlen(text));                                                    \
        assert_memory_equal(str_.p, (text), str_.n);                                               \
    } while (0)
