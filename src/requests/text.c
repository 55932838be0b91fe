/* requests/text.c: small things the files of this folder share: names as keys, who acts, the 404 of
 * the wire. */
#include "requests/requests_int.h"

static void lower(rv_str s)
{
    char *c = (char *)(uintptr_t)s.p; /* our own copy */
    for (size_t i = 0; i < s.n; i++) {
        if (c[i] >= 'A' && c[i] <= 'Z')
            c[i] = (char)(c[i] - 'A' + 'a');
    }
}

rv_str rv_name_key(struct rv_cx *cx, rv_str name)
{
    rv_str key = rv_dup(cx, rv_str_trim(name));
    lower(key);
    return key;
}

rv_str rv_name_pattern(struct rv_cx *cx, rv_str q)
{
    rv_str pattern = rv_like_pattern(cx, rv_str_trim(q));
    lower(pattern);
    return pattern;
}

rv_str rv_actor_id(const struct rv_cx *cx)
{
    return cx->principal != NULL && cx->principal->kind != RV_SYSTEM ? cx->principal->id
                                                                     : RV_NONE_STR;
}

rv_str rv_user_id(const struct rv_cx *cx)
{
    return cx->principal != NULL && cx->principal->kind == RV_USER ? cx->principal->id
                                                                   : RV_NONE_STR;
}

rv_status rv_not_found(struct rv_cx *cx, rv_str id, const char *what)
{
    return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (%s)", RV_FMT(id), what);
}

rv_str rv_type_names(struct rv_cx *cx, const struct rv_type_ref *types, size_t n, bool active_only)
{
    rv_str out = RV_STR("");
    for (size_t i = 0; i < n; i++) {
        if (!active_only || types[i].active)
            out = rv_printf(cx, "%.*s%s\"%.*s\"", RV_FMT(out), out.n > 0 ? ", " : "",
                            RV_FMT(types[i].name));
    }
    return out;
}
