/* org/scope.c: the words that a token's scopes are made of (api.md 2). They name families of
 * routes; what no route asks for is no scope. */
#include "org/org_int.h"
#include <string.h>

static const struct {
    const char *resource;
    bool read;
} resources[] = {
    { "okta.apiTokens", true }, { "okta.appGrants", true }, { "okta.apps", true }, { "okta.features", true }, { "okta.groups", true }, { "okta.logs", true },
    { "okta.roles", true }, { "okta.users", true }, { "okta.workflows.invoke", false }, { "reeve", true },
};

bool rv_scope_is_known(rv_str scope)
{
    for (size_t i = 0; i < RV_LEN(resources); i++) {
        size_t n = strlen(resources[i].resource);
        if (!rv_str_starts(scope, rv_str_of(resources[i].resource)))
            continue;
        rv_str verb = rv_str_sub(scope, n, scope.n);
        if (rv_str_eq(verb, RV_STR(".manage")) ||
            (resources[i].read && rv_str_eq(verb, RV_STR(".read"))))
            return true;
    }
    return false;
}

static bool is_manage_of(rv_str scope, rv_str wanted)
{
    size_t stem = wanted.n - 5;
    return rv_str_ends(wanted, RV_STR(".read")) &&
           rv_str_eq(rv_str_sub(scope, stem, scope.n), RV_STR(".manage")) &&
           rv_str_starts(scope, rv_str_sub(wanted, 0, stem));
}

bool rv_scope_allows(rv_str scopes, rv_str wanted)
{
    rv_str one;
    while (rv_str_split(&scopes, ' ', &one))
        if (rv_str_eq(one, wanted) || (one.n > 7 && is_manage_of(one, wanted)))
            return true;
    return false;
}
