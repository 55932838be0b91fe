/* cli/process.c: opens the floors from the ground up and closes them from the top down.
 *
 * Configuration, log and keys first, then store, organisation, client, route table, engine. The
 * listener and the jobs are started by the command that wants them. A failure leaves nothing open.
 */
#include "cli/cli.h"
#include "requests/requests.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

const struct rv_config_key rv_process_config[] = {
    { .name = "log.level", .kind = RV_CONF_TEXT, .def = "info", .help = "What is written to standard error: error, warn, info or debug." },
    { .name = "log.format", .kind = RV_CONF_TEXT, .def = "text", .help = "text: one line of key=value each; json: one JSON object a line." },
    { .name = "keys.file", .kind = RV_CONF_TEXT, .def = "", .help = "File with the keys; empty: beside the data directory, with .key behind its name." },
    { .name = NULL },
};

rv_status rv_options_config(struct rv_cx *cx, const struct rv_options *o, struct rv_config **ret)
{
    RV_TRY(rv_config_new(cx, o->wiring->config, ret));
    if (o->config_file != NULL)
        RV_TRY(rv_config_load(cx, *ret, o->config_file));
    for (int i = 0; i < o->sets_n; i++) {
        rv_str value = rv_str_of(o->sets[i]), name;
        if (!rv_str_split(&value, '=', &name) || value.p == NULL)
            return rv_fail(cx, RV_INVALID, "--set %s: write NAME=VALUE", o->sets[i]);
        RV_TRY(rv_config_set(cx, *ret, name, value));
    }
    return RV_OK;
}

static rv_status open_log(struct rv_process *p)
{
    static const char *const names[] = { "error", "warn", "info", "debug" };
    rv_str level = rv_config_text(&p->env, "log.level");
    for (size_t i = 0; i < RV_LEN(names); i++) {
        if (rv_str_eq(level, rv_str_of(names[i]))) {
            p->env.log =
                rv_log_new((enum rv_level)i,
                           rv_str_eq(rv_config_text(&p->env, "log.format"), RV_STR("json")));
            return p->env.log != NULL ? RV_OK : rv_fail(&p->cx, RV_BUSY, "out of memory");
        }
    }
    return rv_fail(&p->cx, RV_INVALID,
                   "log.level is \"%.*s\"; it may be error, warn, info or debug", RV_FMT(level));
}

/* The key file stands beside the data directory, never in it: a copy of the data holds no key
 * (security.md 6.1). */
const char *rv_process_key_file(struct rv_process *p, const struct rv_options *o)
{
    rv_str file = rv_config_text(&p->env, "keys.file");
    if (file.p == NULL || file.n == 0) {
        rv_str dir = rv_str_of(o->data);
        while (dir.n > 1 && dir.p[dir.n - 1] == '/')
            dir.n--;
        file = rv_printf(&p->cx, "%.*s.key", RV_FMT(dir));
    }
    return rv_z(&p->cx, file);
}

static rv_status open_keys(struct rv_process *p, const struct rv_options *o)
{
    rv_str database = rv_printf(&p->cx, "%s/reeve.db", o->data);
    struct stat sb;
    bool fresh = stat(rv_z(&p->cx, database), &sb) != 0 && errno == ENOENT;
    return rv_keys_open(&p->cx, rv_process_key_file(p, o), fresh, &p->env.keys);
}

/* A command that works on what is there, started in the wrong place, leaves no store behind. */
static rv_status find_store(struct rv_process *p, const struct rv_options *o)
{
    struct stat sb;
    if (stat(rv_z(&p->cx, rv_printf(&p->cx, "%s/reeve.db", o->data)), &sb) == 0 || errno != ENOENT)
        return RV_OK;
    return rv_fail(&p->cx, RV_NOT_FOUND,
                   "there is no store in %s; name the server's data directory with --data, or "
                   "start the server once: 'reeve serve'",
                   o->data);
}

static rv_status open_floors(struct rv_process *p, const struct rv_options *o, bool existing)
{
    const struct rv_wiring *w = o->wiring;
    RV_TRY(rv_options_config(&p->cx, o, &p->env.config));
    RV_TRY(open_log(p));
    if (existing)
        RV_TRY(find_store(p, o));
    RV_TRY(open_keys(p, o));
#ifdef RV_SHRUNKEN
    bool again = true; /* whatever is written in a test must bear to run twice */
#else
    bool again = false;
#endif
    struct rv_store_options so = { .dir = o->data,
                                   .again = again,
                                   .modules = w->modules,
                                   .job_tables = w->jobs,
                                   .readers = (int)rv_config_int(&p->env, "store.readers"),
                                   .job_workers = (int)rv_config_int(&p->env, "store.jobWorkers") };
    RV_TRY(rv_store_open(&p->cx, &so, &p->env.store));
    RV_TRY(rv_org_open(&p->cx, &p->env.org));
    RV_TRY(rv_requests_open(&p->cx));
    RV_TRY(rv_client_new(&p->cx, &p->env.client));
    RV_TRY(rv_trust_apply(&p->cx));
    RV_TRY(rv_engine_new(&p->cx, w->cards, &p->env.engine));
    rv_engine_set_connectors(p->env.engine, w->connectors);
    RV_TRY(rv_router_new(&p->cx, w->routes, &p->router));
    p->local = rv_router_local(p->router);
    p->app = rv_router_app(p->router);
    p->env.local = &p->local;
    return RV_OK;
}

/* Large blocks go back to the system when they are freed (a password's hash takes 19 MB), and
 * threads share few heaps: left to itself the allocator keeps one heap a thread at the size of its
 * largest moment. */
static void tame_allocator(void)
{
    (void)mallopt(M_MMAP_THRESHOLD, 256 << 10);
    (void)mallopt(M_TRIM_THRESHOLD, 256 << 10);
    (void)mallopt(M_ARENA_MAX, 4);
}

static rv_status process_open(struct rv_process *p, const struct rv_options *o, bool existing)
{
    *p = (struct rv_process){ .env = { .clock = rv_clock_system() } };
    tame_allocator();
    /* Keys live in this memory: no core dump, no debugger of another user (security.md 6.5). */
    (void)prctl(PR_SET_DUMPABLE, 0);
    RV_TRY(rv_cx_init(&p->cx, &p->env, 0));
    p->cx.root = true;
    p->cx.principal = &rv_principal_system;
    return open_floors(p, o, existing);
}

rv_status rv_process_open(struct rv_process *p, const struct rv_options *o)
{
    return process_open(p, o, false);
}

rv_status rv_process_open_existing(struct rv_process *p, const struct rv_options *o)
{
    return process_open(p, o, true);
}

rv_status rv_process_start(struct rv_process *p)
{
    RV_TRY(rv_engine_start(&p->cx, p->env.engine));
    p->jobs = true;
    return rv_store_start_jobs(&p->cx, p->env.store);
}

void rv_process_close(struct rv_process *p)
{
    if (p->env.server != NULL)
        rv_server_drain(p->env.server, 20000);
    rv_live_stop(p->router);
    if (p->jobs)
        rv_store_stop_jobs(p->env.store);
    if (p->env.engine != NULL && p->jobs)
        rv_engine_stop(p->env.engine);
    rv_server_free(p->env.server);
    rv_client_free(p->env.client);
    rv_engine_free(p->env.engine);
    rv_store_close(p->env.store); /* it tells the router's listener to its end */
    rv_router_free(p->router);
    rv_org_free(p->env.org);
    rv_keys_free(p->env.keys);
    rv_config_free(p->env.config);
    rv_cx_done(&p->cx);
    rv_log_free(p->env.log);
}
