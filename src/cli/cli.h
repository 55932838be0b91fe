/* cli/cli.h: the front door: the command line, and a process with every floor open.
 *
 * main.c lists the tables of all folders in one struct rv_wiring; each subcommand is one row of
 * rv_commands and one file here. Main thread only. Failures are printed once, as one sentence, by
 * main. */
#pragma once
#include "api/api.h"
#include "flows/flows.h"

/* Every table of the product, NULL-terminated lists. */
struct rv_wiring {
    const struct rv_config_key *const *config;
    const struct rv_sql_module *const *modules;
    const struct rv_sealed *const *sealed;
    const struct rv_job_kind *const *jobs;
    const struct rv_card *const *cards;
    const struct rv_connector *const *connectors;
    const struct rv_route *const *routes;
};

/* What the options common to all commands said. */
struct rv_options {
    const struct rv_wiring *wiring;
    const char *data; /* data directory */
    const char *config_file; /* or NULL */
    const char *const *sets; /* "name=value" */
    int sets_n;
    bool sample; /* serve: make the sample organisation while nobody has signed in yet */
    bool json; /* output for programs */
    int argc; /* what is left, the command's own arguments */
    char **argv;
};

extern const struct rv_config_key rv_process_config[]; /* log, key file */

/* Configuration of file and --set. *ret must be freed also on failure, when it is not NULL. */
RV_MUST_CHECK rv_status rv_options_config(struct rv_cx *cx, const struct rv_options *o,
                                          struct rv_config **ret);

/* A process: the floors in the order they are opened. */
struct rv_process {
    struct rv_env env;
    struct rv_cx cx; /* root; for start-up and the command's own work */
    struct rv_router *router;
    struct rv_local local;
    struct rv_http_app app;
    bool jobs; /* jobs run */
};
/* Opens everything but the listener and the jobs. On failure what was opened is closed again and cx
 * tells why. */
RV_MUST_CHECK rv_status rv_process_open(struct rv_process *p, const struct rv_options *o);
/* The same for a store that must be there: nothing is made, neither directory nor key file. */
RV_MUST_CHECK rv_status rv_process_open_existing(struct rv_process *p, const struct rv_options *o);
/* The path of the key file, NUL-terminated, in the process's arena. */
const char *rv_process_key_file(struct rv_process *p, const struct rv_options *o);
/* Engine and jobs run from here on. */
RV_MUST_CHECK rv_status rv_process_start(struct rv_process *p);
/* Ends in the order of architecture.md 8: listener, handlers, executor, writer. */
void rv_process_close(struct rv_process *p);

struct rv_command {
    const char *name; /* "flow import" */
    const char *usage; /* what follows the name */
    const char *help;
    int args_min, args_max; /* how many arguments of its own */
    rv_status (*run)(struct rv_cx *cx, const struct rv_options *o); /* cx: without env, for errors before the process is open */
};
extern const struct rv_command rv_commands[]; /* ends with .name == NULL */

rv_status rv_command_serve(struct rv_cx *cx, const struct rv_options *o);
rv_status rv_command_setup_link(struct rv_cx *cx, const struct rv_options *o);
rv_status rv_command_sample_add(struct rv_cx *cx, const struct rv_options *o);
rv_status rv_command_sample_remove(struct rv_cx *cx, const struct rv_options *o);
rv_status rv_command_flow_import(struct rv_cx *cx, const struct rv_options *o);
rv_status rv_command_flow_export(struct rv_cx *cx, const struct rv_options *o);
rv_status rv_command_keys_rotate(struct rv_cx *cx, const struct rv_options *o);
rv_status rv_command_config(struct rv_cx *cx, const struct rv_options *o);
rv_status rv_command_cards(struct rv_cx *cx, const struct rv_options *o);
rv_status rv_command_openapi(struct rv_cx *cx, const struct rv_options *o);

/* Parses the command line and runs the command. The process's exit status: 0, 1 failed, 2 wrong
 * usage. */
int rv_cli_main(const struct rv_wiring *wiring, int argc, char **argv);
