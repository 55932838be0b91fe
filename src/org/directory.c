/* org/directory.c: what people, groups, applications and settings share, and the rows they must have.
 *
 * Comparison without case is by Unicode case folding, done here once and stored beside the text (login_key, name_key),
 * so that both databases and every list agree about it. */
#include "org/org_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <utf8proc.h>

const char rv_unique_sentence[] = "An object with this field already exists in the current organization";

rv_status rv_invalid(struct rv_cx *cx, const char *thing, const char *pointer, const char *format, ...)
{
    char sentence[400];
    va_list ap;
    bool first = rv_error(cx)->status != RV_INVALID || rv_error(cx)->causes == NULL;
    va_start(ap, format);
    (void)vsnprintf(sentence, sizeof sentence, format, ap); /* cut rather than lost */
    va_end(ap);
    rv_status st = rv_fail_field(cx, pointer, "INVALID", "%s", sentence);
    if (first) {
        rv_str message = rv_printf(cx, "Api validation failed: %s", thing);
        if (message.p != NULL)
            cx->err.message = message.p;
    }
    return st;
}

rv_str rv_fold(struct rv_cx *cx, rv_str s)
{
    bool ascii = true;
    if (s.n == 0)
        return s;
    for (size_t i = 0; i < s.n && ascii; i++)
        ascii = (unsigned char)s.p[i] < 0x80;
    if (!ascii) {
        utf8proc_uint8_t *folded = NULL;
        utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)s.p, (utf8proc_ssize_t)s.n, &folded, UTF8PROC_CASEFOLD | UTF8PROC_COMPOSE | UTF8PROC_STABLE);
        rv_str out = n >= 0 ? rv_dup(cx, (rv_str){ (const char *)folded, (size_t)n }) : rv_dup(cx, s);
        free(folded);
        return out;
    }
    char *p = rv_alloc(cx, s.n + 1);
    if (p == NULL)
        return RV_NONE_STR;
    for (size_t i = 0; i < s.n; i++)
        p[i] = (char)(s.p[i] >= 'A' && s.p[i] <= 'Z' ? s.p[i] - 'A' + 'a' : s.p[i]);
    return (rv_str){ p, s.n };
}

rv_str rv_after(struct rv_cx *cx, rv_str prefix)
{
    return rv_printf(cx, "%.*s\xf4\x8f\xbf\xbf", RV_FMT(prefix)); /* the last code point */
}

void rv_jw_link(struct rv_jw *w, const char *key, rv_str href, const char *method)
{
    rv_jw_key(w, key);
    rv_jw_obj(w);
    rv_jw_kstr(w, "href", href);
    if (method != NULL)
        rv_jw_kstr(w, "method", rv_str_of(method));
    rv_jw_obj_end(w);
}

rv_status rv_directory_seed(struct rv_tx *tx)
{
    return rv_group_seed(tx);
}
