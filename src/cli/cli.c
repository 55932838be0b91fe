/* cli/cli.c: which command, which options.
 *
 * Finds the longest command name at the start of the arguments, takes the options common to all
 * commands out of the rest and leaves the others to the command. Prints the one sentence of a
 * failure. Does no work of its own. */
#include "cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

const struct rv_command rv_commands[] = {
    { "serve", "[--sample]", "Start the server.", 0, 0, rv_command_serve },
    { "setup-link", "", "Make a new link that sets the first administrator's password.", 0, 0, rv_command_setup_link },
    { "sample add", "", "Make the sample organisation.", 0, 0, rv_command_sample_add },
    { "sample remove", "", "Remove all of the sample organisation.", 0, 0, rv_command_sample_remove },
    { "flow import", "FILE [FOLDER-ID]", "Import an export file; its flows arrive switched off.", 1, 2, rv_command_flow_import },
    { "flow export", "ID", "Write a flow, or a folder with all below it, as an export file to standard output.", 1, 1, rv_command_flow_export },
    { "keys rotate", "", "Seal every secret with a new key, which comes into the key file.", 0, 0, rv_command_keys_rotate },
    { "config show", "", "Print every configuration key with its value and meaning.", 0, 0, rv_command_config },
    { "cards", "", "Print the card table.", 0, 0, rv_command_cards },
    { "openapi", "", "Print the OpenAPI document that the server serves.", 0, 0, rv_command_openapi },
    { .name = NULL },
};

static void usage(FILE *to)
{
    fprintf(to, "usage: reeve COMMAND [--data DIR] [--config FILE] [--set NAME=VALUE]...\n\n");
    for (const struct rv_command *c = rv_commands; c->name != NULL; c++)
        fprintf(to, "  reeve %-13s %-18s %s\n", c->name, c->usage, c->help);
    fprintf(to, "  reeve %-13s %-18s %s\n", "version", "", "Print the version.");
    fprintf(to, "\nThe data directory is ./data unless --data names another. See reeve(1).\n");
}

/* How many arguments the command's name takes, 0: it does not stand there. */
static int name_words(const char *name, int argc, char **argv)
{
    rv_str rest = rv_str_of(name), word;
    int n = 0;
    while (rv_str_split(&rest, ' ', &word)) {
        if (n >= argc || !rv_str_eq(word, rv_str_of(argv[n])))
            return 0;
        n++;
    }
    return n;
}

static const struct rv_command *find_command(int argc, char **argv, int *ret_words)
{
    for (const struct rv_command *c = rv_commands; c->name != NULL; c++) {
        int n = name_words(c->name, argc, argv);
        if (n > 0) {
            *ret_words = n;
            return c;
        }
    }
    return NULL;
}

/* Takes the common options out; what is left stays in argv. False: an option lacks its value. */
static bool take_options(struct rv_options *o, const char **sets, int argc, char **argv)
{
    int kept = 0;
    for (int i = 0; i < argc; i++) {
        rv_str a = rv_str_of(argv[i]);
        bool takes = rv_str_eq(a, RV_STR("--data")) || rv_str_eq(a, RV_STR("--config")) ||
                     rv_str_eq(a, RV_STR("--set"));
        if (takes && i + 1 >= argc) {
            fprintf(stderr, "reeve: %s needs a value after it\n", argv[i]);
            return false;
        }
        if (rv_str_eq(a, RV_STR("--data")))
            o->data = argv[++i];
        else if (rv_str_eq(a, RV_STR("--config")))
            o->config_file = argv[++i];
        else if (rv_str_eq(a, RV_STR("--set")))
            sets[o->sets_n++] = argv[++i];
        else if (rv_str_eq(a, RV_STR("--sample")))
            o->sample = true;
        else if (rv_str_eq(a, RV_STR("--json")))
            o->json = true;
        else if (rv_str_starts(a, RV_STR("--"))) {
            fprintf(stderr, "reeve: there is no option %s; 'reeve help' lists them\n", argv[i]);
            return false;
        } else
            argv[kept++] = argv[i];
    }
    o->argc = kept;
    o->argv = argv;
    o->sets = sets;
    return true;
}

static bool check_arguments(const struct rv_command *c, const struct rv_options *o)
{
    if (o->argc >= c->args_min && o->argc <= c->args_max)
        return true;
    fprintf(stderr, "reeve: write 'reeve %s%s%s'; 'reeve help' lists the commands\n", c->name,
            c->usage[0] != '\0' ? " " : "", c->usage);
    return false;
}

static int run_command(const struct rv_command *c, struct rv_options *o)
{
    struct rv_env env = { .clock = rv_clock_system() };
    struct rv_cx cx;
    if (rv_cx_init(&cx, &env, 0) != RV_OK) {
        fprintf(stderr, "reeve: out of memory\n");
        return 1;
    }
    rv_status st = c->run(&cx, o);
    if (st != RV_OK) {
        const struct rv_error *e = rv_error(&cx);
        fprintf(stderr, "reeve: %s\n", e->message != NULL ? e->message : rv_status_info(st)->help);
        for (const struct rv_cause *cause = e->causes; cause != NULL; cause = cause->next)
            fprintf(stderr, "reeve:   %s%s%s\n", cause->pointer,
                    cause->pointer[0] != '\0' ? ": " : "", cause->summary);
    }
    rv_cx_done(&cx);
    return st == RV_OK ? 0 : 1;
}

int rv_cli_main(const struct rv_wiring *wiring, int argc, char **argv)
{
    if (argc < 2 || strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0) {
        usage(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    if (strcmp(argv[1], "version") == 0 || strcmp(argv[1], "--version") == 0) {
        printf("reeve %s\n", RV_VERSION);
        return 0;
    }
    int words = 0;
    const struct rv_command *c = find_command(argc - 1, argv + 1, &words);
    if (c == NULL) {
        fprintf(stderr, "reeve: there is no command %s; 'reeve help' lists them\n", argv[1]);
        return 2;
    }
    const char **sets = calloc((size_t)argc, sizeof *sets);
    if (sets == NULL)
        return 1;
    struct rv_options o = { .wiring = wiring, .data = "data" };
    bool good =
        take_options(&o, sets, argc - 1 - words, argv + 1 + words) && check_arguments(c, &o);
    int code = good ? run_command(c, &o) : 2;
    free(sets);
    return code;
}
