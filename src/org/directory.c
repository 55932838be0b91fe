/* org/directory.c: what people, groups, applications and settings share, and the rows they must
 * have.
 *
 * Comparison without case is by Unicode case folding (rv_fold), done once and stored beside the
 * text (login_key, name_key), so that both databases and every list agree about it. */
#include "org/org_int.h"

#include <stdio.h>
#include <stdlib.h>

const char rv_unique_sentence[] = "An object with this field already exists in the current organization";

rv_status rv_invalid(struct rv_cx *cx, const char *thing, const char *pointer, const char *format,
                     ...)
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
