/* requests/wiring.c: the folder's tables that main.c lists: jobs, configuration keys, limits. One line per entry; what an
 * entry does stands in the file that owns it. */
#include "requests/requests_int.h"

const struct rv_job_kind rv_requests_jobs[] = {
    { .name = NULL },
};

const struct rv_config_key rv_requests_config[] = {
    { .name = NULL },
};

const struct rv_limit rv_requests_limits[] = {
    { NULL, 0, NULL, NULL },
};
