/* connectors/assertion.c: a signed statement that a service account makes about itself, for a token (RFC 7523).
 *
 * RS256 with the account's private key (PEM); the key is read by OpenSSL and freed again. Nothing is kept. */
#include "connectors/connectors_int.h"
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

enum { LIFE_S = 3600, SIGNATURE_MAX = 1024 };

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

static EVP_PKEY *read_key(struct rv_cx *cx, rv_str key)
{
    rv_str pem = with_line_breaks(cx, key);
    BIO *b = pem.p != NULL && pem.n < 65536 ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    EVP_PKEY *k = b != NULL ? PEM_read_bio_PrivateKey(b, NULL, NULL, "") : NULL; /* "": a locked key is refused, nobody is asked */
    BIO_free(b);
    if (pem.p != NULL)
        explicit_bzero((char *)(uintptr_t)pem.p, pem.n); /* our own copy */
    ERR_clear_error();
    if (k != NULL && EVP_PKEY_base_id(k) != EVP_PKEY_RSA) {
        EVP_PKEY_free(k);
        return NULL;
    }
    return k;
}

static rv_status sign(struct rv_cx *cx, EVP_PKEY *key, rv_str text, rv_str *ret)
{
    unsigned char out[SIGNATURE_MAX];
    size_t n = sizeof out;
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    bool ok = m != NULL && EVP_DigestSignInit(m, NULL, EVP_sha256(), NULL, key) == 1 && EVP_DigestSign(m, out, &n, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(m);
    ERR_clear_error();
    if (!ok)
        return rv_fail(cx, RV_INVALID, "the private key of the service account cannot sign");
    *ret = rv_base64url(cx, (rv_str){ (const char *)out, n });
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

rv_status rv_assertion(struct rv_cx *cx, const struct rv_assertion *a, rv_str *ret)
{
    json_int_t now = rv_now(cx->env) / 1000;
    json_t *claims = json_pack("{s:s%, s:s%, s:I, s:I}", "iss", a->issuer.p, a->issuer.n, "aud", a->audience.p, a->audience.n, "iat", now, "exp", now + LIFE_S);
    rv_str text, signature;
    RV_TRY(rv_json_keep(cx, claims));
    if ((a->subject.n > 0 && json_object_set_new(claims, "sub", rv_value_of_text(a->subject)) != 0) ||
        (a->scope.n > 0 && json_object_set_new(claims, "scope", rv_value_of_text(a->scope)) != 0))
        return rv_fail(cx, RV_BUSY, "out of memory while asking for a token");
    RV_TRY(rv_json_dump(cx, claims, &text));
    rv_str head = rv_base64url(cx, RV_STR("{\"alg\":\"RS256\",\"typ\":\"JWT\"}")), body = rv_base64url(cx, text);
    rv_str signed_text = rv_printf(cx, "%.*s.%.*s", RV_FMT(head), RV_FMT(body));
    if (head.p == NULL || body.p == NULL || signed_text.p == NULL)
        return RV_BUSY;
    EVP_PKEY *key = read_key(cx, a->key);
    if (key == NULL)
        return rv_fail(cx, RV_INVALID, "the private key of the service account is not an RSA key in PEM form");
    rv_status st = sign(cx, key, signed_text, &signature);
    EVP_PKEY_free(key);
    RV_TRY(st);
    *ret = rv_printf(cx, "%.*s.%.*s", RV_FMT(signed_text), RV_FMT(signature));
    return ret->p != NULL ? RV_OK : RV_BUSY;
}
