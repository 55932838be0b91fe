/* tests/unit/flows/flow_fixture.c: see the header. */
#include "flow_fixture.h"
#include <time.h>
#include "cards/cards.h"
#include "connectors/connectors.h"

const struct rv_card *const flow_fixture_cards[] = { rv_cards_control, rv_cards_trigger, rv_cards_text, rv_cards_text_parts, rv_cards_date, rv_cards_date_parts,
                                                     rv_cards_boolean, rv_cards_math, rv_cards_list, rv_cards_object, rv_cards_encode, rv_cards_helpers, rv_cards_formula,
                                                     rv_cards_pattern, rv_cards_text_more, rv_cards_math_more, rv_cards_date_more, rv_cards_list_more, rv_cards_object_more,
                                                     rv_cards_url, rv_cards_xml, rv_cards_query, rv_cards_csv, rv_cards_crypto, rv_cards_jwt, rv_cards_elements,
                                                     rv_cards_okta, rv_cards_okta_events, rv_cards_mail, rv_cards_tables, rv_cards_described, NULL };
static const struct rv_sql_module *const modules[] = { &rv_sql_effect, &rv_sql_poison, &rv_sql_retention, &rv_sql_run_search, &rv_sql_log_stream,
                                                       &rv_sql_folder, &rv_sql_flow, &rv_sql_run, &rv_sql_run_list, &rv_sql_connection, &rv_sql_connection_fields,
                                                       &rv_sql_data_table, &rv_sql_schedule, &rv_sql_endpoint,
                                                       &rv_sql_data_row, &rv_sql_table_file, &rv_sql_commit, NULL };
static rv_status ended(struct rv_cx *cx, const struct rv_job *job)
{
    (void)cx;
    (void)job;
    return RV_OK;
}
static const struct rv_job_kind request_jobs[] = { { .name = "request.runEnded", .run = ended, .help = "stands in for src/requests" }, { .name = NULL } };
static const struct rv_job_kind *const jobs[] = { rv_flows_jobs, request_jobs, NULL };
struct flow_fixture_config flow_fixture_config;
static const struct rv_config_key *const config[] = { rv_flows_config, rv_store_config, NULL };

const struct rv_card *flow_fixture_extra;

static rv_status new_engine(struct rv_cx *cx, struct rv_engine **ret)
{
    const struct rv_card *tables[RV_LEN(flow_fixture_cards) + 1] = { NULL };
    size_t n = 0;
    while (flow_fixture_cards[n] != NULL) {
        tables[n] = flow_fixture_cards[n];
        n++;
    }
    tables[n] = flow_fixture_extra;
    return rv_engine_new(cx, tables, ret);
}

void flow_fixture_open(struct flow_fixture *fx, bool run)
{
    flow_fixture_open_at(fx, run, NULL);
}

void flow_fixture_open_at(struct flow_fixture *fx, bool run, const char *dir)
{
    struct rv_cx *cx = &fx->s.cx;
    org_stand_in = (struct org_stand_in){ 0 };
    store_fixture_open_at(&fx->s, modules, jobs, dir);
    if (dir != NULL)
        fx->s.env.clock = rv_clock_system(); /* several processes */
    assert_int_equal(rv_config_new(cx, config, &fx->s.env.config), RV_OK);
    if (flow_fixture_config.key != NULL)
        assert_int_equal(rv_config_set(cx, fx->s.env.config, rv_str_of(flow_fixture_config.key),
                                       rv_str_of(flow_fixture_config.value)),
                         RV_OK);
    assert_int_equal(rv_keys_open(cx, rv_z(cx, rv_printf(cx, "%s/keys", fx->s.dir)), true,
                                  &fx->s.env.keys),
                     RV_OK);
    fx->s.env.local = &org_stand_in_local;
    fx->s.env.log = rv_log_new(RV_LOG_ERROR, false);
    assert_int_equal(new_engine(cx, &fx->s.env.engine), RV_OK);
    fx->running = run;
    if (!run)
        return;
    assert_int_equal(rv_engine_start(cx, fx->s.env.engine), RV_OK);
    assert_int_equal(rv_store_start_jobs(cx, fx->s.env.store), RV_OK);
}

void flow_fixture_restart(struct flow_fixture *fx, int64_t later_ms)
{
    struct rv_cx *cx = &fx->s.cx;
    rv_store_stop_jobs(fx->s.env.store);
    rv_engine_stop(fx->s.env.engine);
    rv_engine_free(fx->s.env.engine);
    fx->s.now_ms += later_ms;
    store_fixture_reopen(&fx->s);
    assert_int_equal(new_engine(cx, &fx->s.env.engine), RV_OK);
    assert_int_equal(rv_engine_start(cx, fx->s.env.engine), RV_OK);
    assert_int_equal(rv_store_start_jobs(cx, fx->s.env.store), RV_OK);
}

void flow_fixture_close(struct flow_fixture *fx)
{
    if (fx->running) {
        rv_store_stop_jobs(fx->s.env.store);
        rv_engine_stop(fx->s.env.engine);
    }
    rv_store_close(fx->s.env.store);
    fx->s.env.store = NULL;
    rv_engine_free(fx->s.env.engine);
    rv_keys_free(fx->s.env.keys);
    rv_config_free(fx->s.env.config);
    rv_log_free(fx->s.env.log);
    store_fixture_close(&fx->s);
}

static void must(struct flow_fixture *fx, rv_status st)
{
    const struct rv_error *e = rv_error(&fx->s.cx);
    if (st != RV_OK)
        fail_msg("%s: %s %s", rv_status_info(st)->name, e->message != NULL ? e->message : "",
                 e->causes != NULL ? e->causes->summary : "");
}

void flow_fixture_rest(void)
{
    const struct timespec moment = { .tv_nsec = 200000 };
    (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
}

rv_str flow_fixture_folder(struct flow_fixture *fx, const char *name)
{
    struct rv_folder_in in = { .name = rv_str_of(name) };
    rv_str id;
    must(fx, rv_folder_create(&fx->s.cx, &in, &id));
    return id;
}

json_t *flow_fixture_json(struct flow_fixture *fx, rv_str text)
{
    json_t *j;
    must(fx, rv_json_parse(&fx->s.cx, text, &rv_json_limits_import, &j));
    return j;
}

rv_str flow_fixture_flow(struct flow_fixture *fx, const char *cards_json)
{
    struct rv_flow_in in = { .name = RV_STR("Test flow"),
                             .folder_id = flow_fixture_folder(fx, "Tests"),
                             .cards = flow_fixture_json(fx, rv_str_of(cards_json)) };
    rv_str id;
    must(fx, rv_flow_create(&fx->s.cx, &in, &id));
    return id;
}

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool done;
    rv_status st;
};

static void started(struct rv_run_start *s, rv_status st)
{
    struct waiter *w = s->arg;
    pthread_mutex_lock(&w->lock);
    w->done = true;
    w->st = st;
    pthread_cond_signal(&w->cond);
    pthread_mutex_unlock(&w->lock);
}

static json_t *written(struct flow_fixture *fx, rv_str run_id,
                       rv_status (*fn)(struct rv_cx *cx, rv_str id, struct rv_jw *w))
{
    struct rv_buf b;
    struct rv_jw w;
    rv_str text;
    rv_buf_init(&b, 16 << 20);
    rv_jw_init(&w, &b);
    must(fx, fn(&fx->s.cx, run_id, &w));
    must(fx, rv_buf_str(&fx->s.cx, &b, &text));
    json_t *j = flow_fixture_json(fx, text);
    rv_buf_done(&b);
    return j;
}

rv_status flow_fixture_run(struct flow_fixture *fx, rv_str flow_id, const char *inputs,
                           json_t **ret_run, json_t **ret_cards)
{
    struct waiter w = { .lock = PTHREAD_MUTEX_INITIALIZER, .cond = PTHREAD_COND_INITIALIZER };
    struct rv_run_start s = { .cx = &fx->s.cx,
                              .flow_id = flow_id,
                              .inputs = flow_fixture_json(fx, rv_str_of(inputs)),
                              .via = RV_VIA_TEST,
                              .done = started,
                              .arg = &w };
    struct rv_engine_stats stats;
    rv_run_start(&s);
    pthread_mutex_lock(&w.lock);
    while (!w.done)
        pthread_cond_wait(&w.cond, &w.lock);
    pthread_mutex_unlock(&w.lock);
    if (w.st != RV_OK)
        return w.st;
    do {
        flow_fixture_rest();
        rv_engine_stats(fx->s.env.engine, &stats);
    } while (stats.live > 0);
    *ret_run = written(fx, s.run_id, rv_run_get);
    *ret_cards = written(fx, s.run_id, rv_run_cards);
    return RV_OK;
}

static const json_t *find_card(const json_t *cards, const char *id)
{
    size_t i, k;
    json_t *c, *lane;
    json_array_foreach((json_t *)(uintptr_t)cards, i, c)
    {
        if (rv_str_eq(rv_json_member_str(c, "id"), rv_str_of(id)))
            return c;
        json_array_foreach(json_object_get(c, "lanes"), k, lane)
        {
            const json_t *found = find_card(json_object_get(lane, "cards"), id);
            if (found != NULL)
                return found;
        }
    }
    return NULL;
}

const json_t *flow_fixture_output(const json_t *cards, const char *card_id, const char *key)
{
    const json_t *card = find_card(json_object_get(cards, "cards"), card_id);
    size_t i, k;
    json_t *e, *pin;
    json_array_foreach(json_object_get(cards, "data"), i, e)
    {
        if (!rv_str_eq(rv_json_member_str(e, "cardId"), rv_str_of(card_id)))
            continue;
        json_array_foreach(json_object_get(card, "outputs"), k, pin)
        {
            if (rv_str_eq(rv_json_member_str(pin, "key"), rv_str_of(key)))
                return json_object_get(json_object_get(e, "outputs"),
                                       json_string_value(json_object_get(pin, "id")));
        }
    }
    return NULL;
}
