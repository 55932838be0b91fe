/* Effects that must not happen twice, when the process dies at any moment (security.md 9.2
 * to 9.4, 9.9).
 *
 * The processes that die are children of the test: each opens the same directory, works, and is
 * killed. What has left them stands in a file, the sink; a line of it is one effect. */
#include "flow_fixture.h"
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 200, RUNS_A_LIFE = 4, EFFECTS = 2 };

/* What the processes share. */
struct shared {
    atomic_int effects; /* of this life */
    int die_at, die_after; /* at the n-th effect: before it leaves, or behind it; 0: not */
    bool refuse; /* the other side cannot be reached */
    atomic_int broken; /* times that a card broke the process down */
};
static struct shared *shared;
static struct flow_fixture fx;
static char dir[64], sink[96];

static void die(void)
{
    (void)kill(getpid(), SIGKILL);
}

static rv_status card_once(struct rv_call *c)
{
    rv_str id = rv_call_effect_id(c);
    int n = atomic_fetch_add(&shared->effects, 1) + 1;
    if (shared->refuse && rv_call_attempt(c) == 1)
        return rv_retry_later(c, 1000, "the connection never opened");
    if (n == shared->die_at)
        die();
    int fd = open(sink, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    rv_str line = rv_printf(rv_call_cx(c), "%.*s\n", RV_FMT(id));
    assert_int_equal(write(fd, line.p, line.n), line.n);
    (void)close(fd);
    if (n == shared->die_after)
        die();
    return rv_out_text(c, "answer", id);
}

static rv_status card_break(struct rv_call *c)
{
    (void)c;
    atomic_fetch_add(&shared->broken, 1);
    abort();
}

static const struct rv_card test_cards[] = {
    { .name = "test:once", .label = "Once", .help = "Must not happen twice.", .category = "Test", .kind = RV_CARD_EFFECT, .once = true,
      .out = RV_PINS({ NULL, "answer", "answer", RV_T_TEXT, 0, NULL, NULL, "what the other side said" }), .run = card_once },
    { .name = "test:break", .label = "Break", .help = "Breaks the server down.", .category = "Test", .kind = RV_CARD_EFFECT, .run = card_break },
    { .name = NULL },
};

#define HEAD "{\"id\":\"start\",\"card\":\"http:delegated\",\"title\":\"Delegated Flow\",\"inputs\":[],\"outputs\":[]}"
#define ONCE(id) "{\"id\":\"" id "\",\"card\":\"test:once\",\"title\":\"Send " id "\",\"inputs\":[],\"outputs\":[{\"id\":\"a\",\"key\":\"answer\",\"type\":\"text\"}]}"
#define LET(id, from) \
    "{\"id\":\"" id "\",\"card\":\"control:let\",\"title\":\"" id "\",\"inputs\":[{\"id\":\"i\",\"key\":\"v\",\"from\":{\"card\":\"" from "\",\"output\":\"a\"}}]," \
    "\"outputs\":[{\"id\":\"o\",\"key\":\"v\"}]}"
static const char two_effects[] = "[" HEAD "," ONCE("one") "," LET("between", "one") "," ONCE("two") "," LET("after", "two") "]";

/* ---- processes ------------------------------------------------------------------------------- */

static int setup(void **state)
{
    (void)state;
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(shared != MAP_FAILED);
    (void)snprintf(dir, sizeof dir, "/tmp/reeve-unit-XXXXXX");
    assert_non_null(mkdtemp(dir));
    (void)snprintf(sink, sizeof sink, "%s/sink", dir);
    flow_fixture_extra = test_cards;
    return 0;
}
static int teardown(void **state)
{
    (void)state;
    flow_fixture_close(&fx);
    (void)unlink(sink);
    (void)rmdir(dir);
    (void)munmap(shared, sizeof *shared);
    return 0;
}

/* A life of the server: fn runs in a process of its own. Gives how it ended, as waitpid does. */
static int live(void (*fn)(void *arg), void *arg)
{
    int status = 0;
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)setenv("CMOCKA_TEST_ABORT", "1", 1); /* a failure in here ends the child */
        flow_fixture_open_at(&fx, true, dir);
        fn(arg);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    atomic_store(&shared->effects, 0);
    return status;
}

static rv_str only_flow(void)
{
    struct rv_flow_query q = { .limit = 1, .enabled = -1 };
    struct rv_buf b;
    struct rv_jw w;
    rv_str next, text;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    rv_jw_arr(&w);
    assert_int_equal(rv_flow_list(&fx.s.cx, &q, &w, &next), RV_OK);
    rv_jw_arr_end(&w);
    assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
    rv_str id =
        rv_dup(&fx.s.cx, rv_json_member_str(json_array_get(flow_fixture_json(&fx, text), 0), "id"));
    rv_buf_done(&b);
    return id;
}

static json_t *run_json(rv_str id, rv_status (*fn)(struct rv_cx *cx, rv_str id, struct rv_jw *w))
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, 1 << 20);
    rv_jw_init(&w, &b);
    assert_int_equal(fn(&fx.s.cx, id, &w), RV_OK);
    assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
    json_t *j = flow_fixture_json(&fx, text);
    rv_buf_done(&b);
    return j;
}

/* All runs, newest first. */
static json_t *runs(void)
{
    json_t *all = json_array();
    rv_str after = RV_NONE_STR;
    do {
        struct rv_flow_query q = { .limit = 200, .enabled = -1, .after = after };
        struct rv_buf b;
        struct rv_jw w;
        rv_str text;
        rv_buf_init(&b, 4 << 20);
        rv_jw_init(&w, &b);
        rv_jw_arr(&w);
        assert_int_equal(rv_run_list(&fx.s.cx, &q, &w, &after), RV_OK);
        rv_jw_arr_end(&w);
        assert_int_equal(rv_buf_str(&fx.s.cx, &b, &text), RV_OK);
        assert_int_equal(json_array_extend(all, flow_fixture_json(&fx, text)), 0);
        rv_buf_done(&b);
    } while (after.p != NULL);
    assert_int_equal(rv_json_keep(&fx.s.cx, all), RV_OK);
    return all;
}

static rv_str start(rv_str flow)
{
    struct rv_run_start s = { .cx = &fx.s.cx,
                              .flow_id = flow,
                              .inputs = flow_fixture_json(&fx, RV_STR("{}")),
                              .via = RV_VIA_TEST };
    assert_int_equal(rv_run_start_wait(&s), RV_OK);
    return s.run_id;
}


/* How often an effect left. A kill may cut a line where it crosses a page of the file: that effect
 * did not leave, and the next line follows at once. */
static int times_sent(rv_str effect_id)
{
    static char text[1 << 20];
    char line[38];
    int fd = open(sink, O_RDONLY | O_CLOEXEC), n = 0;
    ssize_t bytes = fd >= 0 ? read(fd, text, sizeof text - 1) : 0;
    if (fd >= 0)
        (void)close(fd);
    (void)snprintf(line, sizeof line, "%.36s\n", effect_id.p);
    const char *at = text, *end = text + (bytes > 0 ? bytes : 0);
    while ((at = memmem(at, (size_t)(end - at), line, 37)) != NULL) {
        n++;
        at += 37;
    }
    return n;
}

static rv_str status_of(const json_t *run)
{
    return rv_json_member_str(run, "status");
}

/* Until every run has ended or waits. */
static void wait_idle(void)
{
    bool busy;
    do {
        json_t *r, *all = runs();
        size_t i;
        busy = false;
        json_array_foreach(all, i, r) busy = busy || (json_is_null(json_object_get(r, "endedAt")) &&
                                                      !rv_str_eq(status_of(r), RV_STR("WAITING")));
        flow_fixture_rest();
    } while (busy);
}

/* ---- one effect ------------------------------------------------------------------------------ */

static void make_and_start(void *arg)
{
    (void)start(flow_fixture_flow(&fx, arg));
    wait_idle();
}

static rv_str first_run(json_t **ret)
{
    json_t *all = runs();
    assert_int_equal(json_array_size(all), 1);
    rv_str id = rv_json_member_str(json_array_get(all, 0), "id");
    *ret = run_json(id, rv_run_get);
    return id;
}

static void settle_run(rv_str id, json_t **ret)
{
    do {
        flow_fixture_rest();
        *ret = run_json(id, rv_run_get);
    } while (json_is_null(json_object_get(*ret, "endedAt")));
}

static char two[sizeof two_effects];

static void killed_before_sending_the_run_waits_for_a_person_who_sends_again(void **state)
{
    json_t *run, *cards;
    (void)state;
    shared->die_at = 1;
    assert_true(WIFSIGNALED(live(make_and_start, two)));
    shared->die_at = 0;
    flow_fixture_open_at(&fx, true, dir);
    wait_idle();
    rv_str id = first_run(&run);
    assert_true(rv_str_eq(status_of(run), RV_STR("WAITING")));
    assert_true(rv_str_eq(rv_json_member_str(run, "reason"), RV_STR("uncertain")));
    assert_string_equal(org_stand_in.last_event, "reeve.run.uncertain");
    rv_str effect = rv_json_member_str(json_object_get(run, "uncertain"), "effectId");
    assert_int_equal(times_sent(effect), 0);
    assert_int_equal(rv_run_decide(&fx.s.cx, id, false), RV_OK);
    settle_run(id, &run);
    assert_true(rv_str_eq(status_of(run), RV_STR("SUCCEEDED")));
    assert_int_equal(times_sent(effect), 1);
    cards = run_json(id, rv_run_cards);
    assert_int_equal(json_array_size(json_object_get(cards, "data")), 5);
    assert_true(rv_str_eq(rv_json_str(flow_fixture_output(cards, "between", "v")), effect));
    assert_int_equal(rv_run_decide(&fx.s.cx, id, false), RV_CONFLICT);
}

static void killed_after_sending_the_run_goes_on_behind_the_card_when_a_person_says_so(void **state)
{
    json_t *run, *cards;
    (void)state;
    shared->die_after = 2;
    assert_true(WIFSIGNALED(live(make_and_start, two)));
    shared->die_after = 0;
    flow_fixture_open_at(&fx, true, dir);
    wait_idle();
    rv_str id = first_run(&run);
    assert_true(rv_str_eq(rv_json_member_str(run, "reason"), RV_STR("uncertain")));
    assert_true(
        rv_str_eq(rv_json_member_str(json_object_get(run, "uncertain"), "cardId"), RV_STR("two")));
    rv_str effect = rv_json_member_str(json_object_get(run, "uncertain"), "effectId");
    assert_int_equal(times_sent(effect), 1);
    org_stand_in.refused = RV_A_RUN_MANAGE;
    assert_int_equal(rv_run_decide(&fx.s.cx, id, true), RV_FORBIDDEN);
    org_stand_in.refused = RV_A_NONE;
    assert_int_equal(rv_run_decide(&fx.s.cx, id, true), RV_OK);
    settle_run(id, &run);
    assert_true(rv_str_eq(status_of(run), RV_STR("SUCCEEDED")));
    assert_true(json_is_null(json_object_get(run, "uncertain")));
    assert_int_equal(times_sent(effect), 1);
    cards = run_json(id, rv_run_cards);
    json_t *entry = json_array_get(json_object_get(cards, "data"), 3);
    assert_true(rv_str_eq(status_of(entry), RV_STR("MARKED_DONE")));
    assert_true(json_is_null(flow_fixture_output(cards, "after", "v")));
    assert_true(
        rv_str_eq(rv_json_member_str(json_array_get(json_object_get(cards, "data"), 1), "status"),
                  RV_STR("SUCCEEDED")));
}

static void a_connection_that_never_opened_is_not_uncertain(void **state)
{
    json_t *run;
    (void)state;
    shared->refuse = true;
    assert_int_equal(live(make_and_start, two), 0); /* the run waits for its next attempt */
    flow_fixture_open_at(&fx, false, dir);
    rv_str id = first_run(&run);
    assert_true(rv_str_eq(status_of(run), RV_STR("WAITING")));
    assert_true(json_is_null(json_object_get(run, "reason")));
    assert_true(json_is_null(json_object_get(run, "uncertain")));
    assert_int_equal(rv_run_cancel(&fx.s.cx, id), RV_OK);
}

static void an_uncertain_run_can_be_cancelled(void **state)
{
    json_t *run;
    (void)state;
    shared->die_at = 2;
    assert_true(WIFSIGNALED(live(make_and_start, two)));
    shared->die_at = 0;
    flow_fixture_open_at(&fx, true, dir);
    wait_idle();
    rv_str id = first_run(&run);
    assert_int_equal(rv_run_cancel(&fx.s.cx, id), RV_OK);
    settle_run(id, &run);
    assert_true(rv_str_eq(status_of(run), RV_STR("CANCELED")));
    assert_int_equal(rv_run_decide(&fx.s.cx, id, true), RV_CONFLICT);
}

/* ---- poison ---------------------------------------------------------------------------------- */

static void wait_a_life(void *arg)
{
    (void)arg;
    wait_idle();
}

static void a_run_that_broke_the_server_down_three_times_is_not_tried_again(void **state)
{
    static char breaks[] =
        "[" HEAD
        ",{\"id\":\"b\",\"card\":\"test:break\",\"title\":\"Break\",\"inputs\":[],\"outputs\":[]}]";
    json_t *run;
    (void)state;
    assert_int_equal(WTERMSIG(live(make_and_start, breaks)), SIGABRT);
    assert_int_equal(WTERMSIG(live(wait_a_life, NULL)), SIGABRT);
    assert_int_equal(WTERMSIG(live(wait_a_life, NULL)), SIGABRT);
    flow_fixture_open_at(&fx, true, dir);
    wait_idle();
    rv_str id = first_run(&run);
    assert_true(rv_str_eq(status_of(run), RV_STR("FAILED")));
    assert_true(rv_str_eq(rv_json_member_str(run, "reason"), RV_STR("crashed")));
    assert_int_equal(atomic_load(&shared->broken), 3);
    (void)id;
}

/* ---- two hundred lives ----------------------------------------------------------------------- */

struct life {
    int tell; /* a byte for each accepted run goes here */
    int accepted; /* their ids go here */
};

/* What a careful operator does: looks at the other side first. */
static void decide_all(void)
{
    json_t *all = runs(), *r;
    size_t i;
    json_array_foreach(all, i, r)
    {
        if (!rv_str_eq(rv_json_member_str(r, "reason"), RV_STR("uncertain")))
            continue;
        rv_str id = rv_json_member_str(r, "id");
        json_t *run = run_json(id, rv_run_get);
        rv_str effect = rv_json_member_str(json_object_get(run, "uncertain"), "effectId");
        if (effect.p != NULL)
            assert_int_equal(rv_run_decide(&fx.s.cx, id, times_sent(effect) > 0), RV_OK);
    }
}

static void work_on(void *arg)
{
    const struct life *l = arg;
    rv_str flow = only_flow();
    for (int i = 0; i < RUNS_A_LIFE; i++) {
        rv_str id = start(flow);
        assert_int_equal(write(l->accepted, id.p, 36), 36);
        (void)!write(l->tell, ".", 1);
    }
    decide_all();
    wait_idle();
    (void)!write(l->tell, "e", 1);
    for (;;)
        (void)pause();
}

/* One life that is killed: by itself at an effect, or from outside some time after some runs. */
static void one_life(int round, int accepted)
{
    int pipes[2];
    char c;
    assert_int_equal(pipe(pipes), 0);
    shared->die_at = round % 4 == 0 ? round / 4 % 5 + 1 : 0;
    shared->die_after = round % 4 == 1 ? round / 4 % 5 + 1 : 0;
    (void)fflush(NULL);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        (void)setenv("CMOCKA_TEST_ABORT", "1", 1); /* a failure in here ends the child */
        struct life l = { pipes[1], accepted };
        (void)close(pipes[0]);
        flow_fixture_open_at(&fx, true, dir);
        work_on(&l);
    }
    (void)close(pipes[1]);
    for (int n = 0; round % 4 >= 2 && n < round % 5 && read(pipes[0], &c, 1) == 1;)
        n++;
    if (round % 4 >= 2) {
        (void)usleep((useconds_t)(round * 37 % 4000)); /* another moment in each round; none is needed */
        (void)kill(pid, SIGKILL);
    }
    while (read(pipes[0], &c, 1) == 1)
        if (c == 'e') /* it came to its end before */
            (void)kill(pid, SIGKILL);
    (void)close(pipes[0]);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
    atomic_store(&shared->effects, 0);
}

static void make_flow(void *arg)
{
    (void)flow_fixture_flow(&fx, arg);
}

static void check_run(rv_str id)
{
    json_t *run = run_json(id, rv_run_get), *cards = run_json(id, rv_run_cards), *e;
    size_t i;
    int effects = 0;
    if (!rv_str_eq(status_of(run), RV_STR("SUCCEEDED")))
        fail_msg("run %.*s is %.*s", RV_FMT(id), RV_FMT(status_of(run)));
    json_array_foreach(json_object_get(cards, "data"), i, e)
    {
        static const uint8_t ns[16] = { 0x9c, 0x1d, 0x6b, 0x52, 0x0f, 0x3a, 0x4e, 0x77,
                                        0x8a, 0x41, 0xd2, 0x5e, 0x60, 0xb3, 0x17, 0xc8 };
        if (!rv_str_eq(rv_json_member_str(e, "card"), RV_STR("test:once")))
            continue;
        rv_str card = rv_json_member_str(e, "cardId");
        rv_str effect =
            rv_id_uuid5(&fx.s.cx, ns, rv_printf(&fx.s.cx, "%.*s/%.*s", RV_FMT(id), RV_FMT(card)));
        if (times_sent(effect) != 1)
            fail_msg("effect %.*s of run %.*s left %d times", RV_FMT(card), RV_FMT(id),
                     times_sent(effect));
        effects++;
    }
    assert_int_equal(effects, EFFECTS);
}

static void two_hundred_kills_lose_no_accepted_run_and_repeat_no_effect(void **state)
{
    char path[96], id[36];
    json_t *all, *r;
    size_t i, known = 0;
    (void)state;
    (void)snprintf(path, sizeof path, "%s/accepted", dir);
    int accepted = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(live(make_flow, two), 0);
    for (int round = 0; round < KILLS; round++)
        one_life(round, accepted);
    shared->die_at = shared->die_after = 0;
    flow_fixture_open_at(&fx, true, dir);
    wait_idle();
    decide_all();
    wait_idle();
    all = runs();
    json_array_foreach(all, i, r)
        check_run(rv_json_member_str(r, "id"));
    for (off_t at = 0; pread(accepted, id, sizeof id, at) == (ssize_t)sizeof id;
         at += (off_t)sizeof id) {
        check_run((rv_str){ id, sizeof id });
        known++;
    }
    assert_true(known >= (size_t)KILLS / 2); /* the lives were not all too short */
    assert_true(json_array_size(all) >= known);
    (void)close(accepted);
    (void)unlink(path);
}

int main(void)
{
    memcpy(two, two_effects, sizeof two);
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        T(killed_before_sending_the_run_waits_for_a_person_who_sends_again),
        T(killed_after_sending_the_run_goes_on_behind_the_card_when_a_person_says_so),
        T(a_connection_that_never_opened_is_not_uncertain),
        T(an_uncertain_run_can_be_cancelled),
        T(a_run_that_broke_the_server_down_three_times_is_not_tried_again),
        T(two_hundred_kills_lose_no_accepted_run_and_repeat_no_effect),
    };
    return cmocka_run_group_tests_name("flows effects", tests, NULL, NULL);
}
