/* connectors/assertion.c: a signed statement that a service account makes about itself, for a token
 * (RFC 7523).
 *
 * RS256 with the account's private key in PEM form; nothing is kept. */
#include "connectors/connectors_int.h"

enum { LIFE_S = 3600 };

/* Keys are often copied out of JSON files, where line breaks are written as \\n. */
static rv_str with_line_breaks(struct rv_cx *cx, rv_str key)
{
    char *p = rv_alloc(cx, key.n + 1);
    size_t n = 0;
    for (size_t i = 0; p != NULL && i < key.n; i++) {
        if (key.p[i] == '\\' && i + 1 < key.n && key.p[i + 1] == 'n') {
            p[n++] = '\n';
            i++;
        } else {
            p[n++] = key.p[i];
        }
    }
    return (rv_str){ p, n };
}

rv_status rv_assertion(struct rv_cx *cx, const struct rv_assertion *a, rv_str *ret)
{
    json_int_t now = rv_now(cx->env) / 1000;
    json_t *claims = json_pack("{s:s%, s:s%, s:I, s:I}", "iss", a->issuer.p, a->issuer.n, "aud",
                               a->audience.p, a->audience.n, "iat", now, "exp", now + LIFE_S);
    rv_str text, signature;
    RV_TRY(rv_json_keep(cx, claims));
    if ((a->subject.n > 0 &&
         json_object_set_new(claims, "sub", rv_value_of_text(a->subject)) != 0) ||
        (a->scope.n > 0 && json_object_set_new(claims, "scope", rv_value_of_text(a->scope)) != 0))
        return rv_fail(cx, RV_BUSY, "out of memory while asking for a token");
    RV_TRY(rv_json_dump(cx, claims, &text));
    rv_str head = rv_base64url(cx, RV_STR("{\"alg\":\"RS256\",\"typ\":\"JWT\"}")),
           body = rv_base64url(cx, text);
    rv_str signed_text = rv_printf(cx, "%.*s.%.*s", RV_FMT(head), RV_FMT(body));
    if (head.p == NULL || body.p == NULL || signed_text.p == NULL)
        return RV_BUSY;
    rv_str pem = with_line_breaks(cx, a->key);
    if (pem.p == NULL)
        return RV_BUSY;
    rv_status st = rv_sign_rs256(cx, pem, signed_text, &signature);
    explicit_bzero((char *)(uintptr_t)pem.p, pem.n); /* our own copy */
    if (st != RV_OK)
        return rv_wrap(cx, st, "the private key of the service account");
    signature = rv_base64url(cx, signature);
    if (signature.p == NULL)
        return RV_BUSY;
    *ret = rv_printf(cx, "%.*s.%.*s", RV_FMT(signed_text), RV_FMT(signature));
    return ret->p != NULL ? RV_OK : RV_BUSY;
}
