/* cli/commands.c: the short commands: each opens a process, asks one domain function and prints the
 * answer. */
#include "cli/cli.h"

#include <stdio.h>

/* Moves the process's error into the command's cx, so that main prints it after the process is
 * closed. */
static rv_status keep_error(struct rv_cx *cx, struct rv_process *p, rv_status st)
{
    const struct rv_error *e = rv_error(&p->cx);
    if (st != RV_OK) {
        for (const struct rv_cause *c = e->causes; c != NULL; c = c->next)
            (void)rv_fail_field(cx, rv_z(cx, rv_str_of(c->pointer)), rv_z(cx, rv_str_of(c->reason)),
                                "%s", c->summary);
        if (e->causes == NULL)
            (void)rv_fail(cx, st, "%s", e->message != NULL ? e->message : rv_status_info(st)->help);
    }
    rv_process_close(p);
    return st;
}

rv_status rv_command_setup_link(struct rv_cx *cx, const struct rv_options *o)
{
    struct rv_process p;
    rv_str token;
    rv_status st = rv_process_open_existing(&p, o);
    if (st == RV_OK)
        st = rv_setup_link(&p.cx, &token);
    if (st == RV_OK)
        printf("%.*s/setup?token=%.*s\n", RV_FMT(rv_base_url(&p.cx)), RV_FMT(token));
    return keep_error(cx, &p, st);
}

static rv_status sample(struct rv_cx *cx, const struct rv_options *o, bool add)
{
    struct rv_process p;
    rv_status st = rv_process_open_existing(&p, o);
    if (st == RV_OK && add)
        st = rv_process_start(&p);
    if (st == RV_OK)
        st = add ? rv_sample_add(&p.cx) : rv_sample_remove(&p.cx);
    if (st == RV_OK)
        printf(add ? "The sample organisation is there.\n" : "The sample organisation is gone.\n");
    return keep_error(cx, &p, st);
}

rv_status rv_command_sample_add(struct rv_cx *cx, const struct rv_options *o)
{
    return sample(cx, o, true);
}

rv_status rv_command_sample_remove(struct rv_cx *cx, const struct rv_options *o)
{
    return sample(cx, o, false);
}

/* Reads a file of at most 16 MiB (the limit of imports, security.md 3). */
static rv_status read_file(struct rv_cx *cx, const char *path, struct rv_buf *b)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL)
        return rv_fail(cx, RV_INVALID, "%s cannot be read; check its name and permissions", path);
    char block[16384];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        rv_buf_add(b, (rv_str){ block, n });
    bool bad = ferror(f) != 0;
    (void)fclose(f); /* only read */
    return bad ? rv_fail(cx, RV_IO, "%s could not be read to its end", path) : RV_OK;
}

static rv_status import_file(struct rv_process *p, const struct rv_options *o, struct rv_buf *b)
{
    rv_str text;
    struct rv_import_report report = { 0 };
    RV_TRY(read_file(&p->cx, o->argv[0], b));
    RV_TRY(rv_buf_str(&p->cx, b, &text));
    RV_TRY(rv_flow_import(&p->cx, o->argc > 1 ? rv_str_of(o->argv[1]) : RV_NONE_STR, RV_NONE_STR,
                          text, false, &report));
    for (size_t i = 0; i < report.flows_n; i++) {
        const struct rv_import_flow *f = &report.flows[i];
        printf("%.*s  %.*s\n", RV_FMT(f->id), RV_FMT(f->name));
        if (f->client_token.p != NULL)
            printf("  address:      %.*s\n  client token: %.*s  (shown this once)\n",
                   RV_FMT(f->invoke_url), RV_FMT(f->client_token));
    }
    for (const struct rv_import_item *w = report.warnings; w != NULL; w = w->next)
        printf("warning: %.*s%s%.*s: %.*s\n", RV_FMT(w->flow), w->card.p != NULL ? " / " : "",
               RV_FMT(w->card), RV_FMT(w->sentence));
    return RV_OK;
}

rv_status rv_command_flow_import(struct rv_cx *cx, const struct rv_options *o)
{
    struct rv_process p;
    struct rv_buf b;
    rv_buf_init(&b, 16u << 20);
    rv_status st = rv_process_open_existing(&p, o);
    if (st == RV_OK)
        st = import_file(&p, o, &b);
    rv_buf_done(&b);
    return keep_error(cx, &p, st);
}

/* A flow, or a folder with all below it, as the text of an export file. */
static rv_status export_file(struct rv_process *p, const struct rv_options *o, struct rv_buf *b)
{
    struct rv_jw w;
    rv_str name, text;
    rv_jw_init(&w, b);
    rv_status st = rv_flow_export(&p->cx, rv_str_of(o->argv[0]), &w, &name);
    if (st == RV_NOT_FOUND) {
        rv_error_clear(&p->cx);
        rv_buf_clear(b);
        rv_jw_init(&w, b);
        st = rv_folder_export(&p->cx, rv_str_of(o->argv[0]), &w, &name);
    }
    RV_TRY(st);
    RV_TRY(rv_buf_str(&p->cx, b, &text));
    if (fwrite(text.p, 1, text.n, stdout) != text.n)
        return rv_fail(&p->cx, RV_IO, "the export could not be written to standard output");
    return RV_OK;
}

rv_status rv_command_flow_export(struct rv_cx *cx, const struct rv_options *o)
{
    struct rv_process p;
    struct rv_buf b;
    rv_buf_init(&b, 64u << 20);
    rv_status st = rv_process_open_existing(&p, o);
    if (st == RV_OK)
        st = export_file(&p, o, &b);
    rv_buf_done(&b);
    return keep_error(cx, &p, st);
}

/* ---- keys ------------------------------------------------------------------------------------ */

struct rotation {
    const struct rv_sealed *const *sealed;
    int64_t n;
};

static rv_status rotate_tx(struct rv_tx *tx, void *arg)
{
    struct rotation *r = arg;
    RV_TRY(rv_reseal(tx, r->sealed, &r->n));
    return rv_event_add(tx, "reeve.keys.rotate", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "KeyFile",
                                     .id = RV_STR("key-file"),
                                     .name = RV_STR("Key file") }),
                        rv_printf(rv_tx_cx(tx), "{\"secrets\":%" PRId64 "}", r->n));
}

/* The new key is in the file before anything is sealed with it, and the old ones leave it after
 * nothing is: whenever this is cut off, every secret can be opened. */
static rv_status rotate(struct rv_process *p, const struct rv_options *o)
{
    struct rotation r = { .sealed = o->wiring->sealed };
    const char *file = rv_process_key_file(p, o);
    RV_TRY(rv_keys_add(&p->cx, file, p->env.keys));
    printf("A new key is in %s.\n", file);
    RV_TRY(rv_store_write(&p->cx, rotate_tx, &r));
    printf("%" PRId64 " secrets are sealed with it.\n", r.n);
    RV_TRY(rv_keys_drop_old(&p->cx, file, p->env.keys));
    printf("Backups from before need the key file from before.\n");
    return RV_OK;
}

rv_status rv_command_keys_rotate(struct rv_cx *cx, const struct rv_options *o)
{
    struct rv_process p;
    rv_status st = rv_process_open_existing(&p, o);
    if (st == RV_OK)
        st = rotate(&p, o);
    return keep_error(cx, &p, st);
}

rv_status rv_command_config(struct rv_cx *cx, const struct rv_options *o)
{
    rv_status st = rv_options_config(cx, o, &cx->env->config);
    for (size_t i = 0; st == RV_OK && i < rv_config_count(cx->env->config); i++) {
        rv_str value;
        const struct rv_config_key *k = rv_config_at(cx->env->config, i, &value);
        printf("# %s\n%s = %.*s\n\n", k->help, k->name, k->secret && value.n > 0 ? 8 : (int)value.n,
               k->secret && value.n > 0 ? "********" : value.p != NULL ? value.p : "");
    }
    rv_config_free(cx->env->config);
    cx->env->config = NULL;
    return st;
}

rv_status rv_command_cards(struct rv_cx *cx, const struct rv_options *o)
{
    (void)cx;
    for (const struct rv_card *const *t = o->wiring->cards; *t != NULL; t++) {
        for (const struct rv_card *c = *t; c->name != NULL; c++)
            printf("%-28s %-14s %-20s %s\n", c->name, c->category, c->label, c->help);
    }
    return RV_OK;
}

/* The route table says it all: no store is opened. */
rv_status rv_command_openapi(struct rv_cx *cx, const struct rv_options *o)
{
    struct rv_router *router = NULL;
    rv_str text;
    rv_status st = rv_options_config(cx, o, &cx->env->config);
    if (st == RV_OK)
        st = rv_router_new(cx, o->wiring->routes, &router);
    if (st == RV_OK)
        st = rv_router_openapi(cx, router, &text);
    if (st == RV_OK)
        printf("%.*s\n", RV_FMT(text));
    rv_router_free(router);
    rv_config_free(cx->env->config);
    cx->env->config = NULL;
    return st;
}
