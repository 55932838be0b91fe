/* The real listener with the tests' application behind it, for tests/raw: prints its port, ends
 * with its input. Arguments: name=value settings. */
#include "net_test.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    struct net_env e;
    struct echo app;
    struct rv_server *s;
    const char *settings[64] = { NULL };
    for (int i = 1; i < argc && i < 30; i++) {
        char *eq = strchr(argv[i], '=');
        if (eq == NULL)
            return 2;
        *eq = 0;
        settings[2 * (i - 1)] = argv[i];
        settings[2 * (i - 1) + 1] = eq + 1;
    }
    net_env_init(&e, settings);
    echo_init(&app);
    struct rv_http_app a = echo_app(&app);
    if (rv_server_start(&e.cx, &a, &s) != RV_OK) {
        (void)fprintf(stderr, "%s\n", rv_error(&e.cx)->message);
        return 1;
    }
    app.server = s;
    (void)printf("%d\n", rv_server_port(s));
    (void)fflush(stdout);
    char c;
    while (read(STDIN_FILENO, &c, 1) > 0) {
    }
    rv_server_drain(s, 1000);
    rv_server_free(s);
    echo_done(&app);
    net_env_done(&e);
    return 0;
}
