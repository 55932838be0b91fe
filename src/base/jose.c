/* base/jose.c: signed JSON web tokens, as callers of the token endpoint make them and as this
 * server hands them out (security.md 1.7, 1.8).
 *
 * Compact form only. What a token says of itself chooses among the algorithms of one table, never
 * none and never a shared secret; headers that would bring a key along, or that change how the rest
 * is read, are refused. Primitives are OpenSSL's. */
#include "base/base.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

enum { BITS_MIN = 2048, BITS_MAX = 8192, BITS_OWN = 2048, HALF_MAX = 66 };
enum family { RS, PS, ES };
static const struct algorithm {
    const char *name;
    enum family family;
    const EVP_MD *(*md)(void);
    const char *curve, *group; /* ES */
    size_t half;               /* ES: bytes of one of the two numbers */
} algorithms[] = {
    { "RS256", RS, EVP_sha256, NULL, NULL, 0 },
    { "RS384", RS, EVP_sha384, NULL, NULL, 0 },
    { "RS512", RS, EVP_sha512, NULL, NULL, 0 },
    { "PS256", PS, EVP_sha256, NULL, NULL, 0 },
    { "PS384", PS, EVP_sha384, NULL, NULL, 0 },
    { "PS512", PS, EVP_sha512, NULL, NULL, 0 },
    { "ES256", ES, EVP_sha256, "P-256", SN_X9_62_prime256v1, 32 },
    { "ES384", ES, EVP_sha384, "P-384", SN_secp384r1, 48 },
    { "ES512", ES, EVP_sha512, "P-521", SN_secp521r1, 66 },
};

static const struct algorithm *algorithm_named(rv_str name)
{
    for (size_t i = 0; i < RV_LEN(algorithms); i++)
        if (rv_str_eq(name, rv_str_of(algorithms[i].name)))
            return &algorithms[i];
    return NULL;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The web's alphabet without padding, and nothing else. */
static bool decode(struct rv_cx *cx, rv_str text, rv_str *ret)
{
    for (size_t i = 0; i < text.n; i++)
        if (text.p[i] == '+' || text.p[i] == '/' || text.p[i] == '=')
            return false;
    return text.n > 0 && rv_base64_decode(cx, text, ret);
}

static rv_status read_part(struct rv_cx *cx, rv_str part, json_t **ret)
{
    rv_str text;
    if (!decode(cx, part, &text))
        return rv_fail(cx, RV_INVALID, "the token is not a signed JSON web token");
    if (rv_json_parse(cx, text, &rv_json_limits_default, ret) != RV_OK || !json_is_object(*ret)) {
        rv_error_clear(cx); /* the sentence says it */
        return rv_fail(cx, RV_INVALID, "a part of the token is no JSON object");
    }
    return RV_OK;
}

static rv_status check_head(struct rv_cx *cx, const struct rv_jwt *t)
{
    static const char *const refused[] = { "crit", "b64", "jku", "x5u", "jwk", "zip", "enc" };
    for (size_t i = 0; i < RV_LEN(refused); i++)
        if (json_object_get(t->head, refused[i]) != NULL)
            return rv_fail(cx, RV_INVALID, "the token has the header %s, which is not taken",
                           refused[i]);
    if (algorithm_named(t->alg) == NULL)
        return rv_fail(cx, RV_INVALID,
                       "the token is signed with an algorithm that is not taken; use RS, PS or ES "
                       "with 256, 384 or 512");
    return RV_OK;
}

rv_status rv_jwt_read(struct rv_cx *cx, rv_str token, struct rv_jwt *ret)
{
    rv_str rest = token, head, claims, signature;
    if (!rv_str_split(&rest, '.', &head) || !rv_str_split(&rest, '.', &claims) || rest.p == NULL ||
        memchr(rest.p, '.', rest.n) != NULL || !decode(cx, rest, &signature))
        return rv_fail(cx, RV_INVALID, "the token is not a signed JSON web token");
    struct rv_jwt t = { .text = { token.p, (size_t)(claims.p + claims.n - token.p) },
                        .signature = signature };
    RV_TRY(read_part(cx, head, &t.head));
    RV_TRY(read_part(cx, claims, &t.claims));
    t.alg = rv_json_member_str(t.head, "alg");
    t.kid = rv_json_member_str(t.head, "kid");
    RV_TRY(check_head(cx, &t));
    *ret = t;
    return RV_OK;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool number(struct rv_cx *cx, const json_t *jwk, const char *member, rv_str *ret)
{
    return decode(cx, rv_json_member_str(jwk, member), ret);
}

static EVP_PKEY *key_of(const char *type, OSSL_PARAM_BLD *b)
{
    OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(b);
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    EVP_PKEY *k = NULL;
    if (params == NULL || c == NULL || EVP_PKEY_fromdata_init(c) != 1 ||
        EVP_PKEY_fromdata(c, &k, EVP_PKEY_PUBLIC_KEY, params) != 1)
        k = NULL;
    EVP_PKEY_CTX_free(c);
    OSSL_PARAM_free(params);
    return k;
}

static EVP_PKEY *rsa_key(struct rv_cx *cx, const json_t *jwk)
{
    rv_str n, e;
    if (!number(cx, jwk, "n", &n) || !number(cx, jwk, "e", &e) || n.n > BITS_MAX / 8 + 1 || e.n > 8)
        return NULL;
    BIGNUM *bn = BN_bin2bn((const unsigned char *)n.p, (int)n.n, NULL),
           *be = BN_bin2bn((const unsigned char *)e.p, (int)e.n, NULL);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY *k = NULL;
    if (b != NULL && bn != NULL && be != NULL &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_N, bn) == 1 &&
        OSSL_PARAM_BLD_push_BN(b, OSSL_PKEY_PARAM_RSA_E, be) == 1)
        k = key_of("RSA", b);
    OSSL_PARAM_BLD_free(b);
    BN_free(bn);
    BN_free(be);
    if (k != NULL && EVP_PKEY_get_bits(k) < BITS_MIN) {
        EVP_PKEY_free(k);
        k = NULL;
    }
    return k;
}

static EVP_PKEY *ec_key(struct rv_cx *cx, const json_t *jwk, const struct algorithm *a)
{
    rv_str x, y;
    unsigned char point[1 + 2 * HALF_MAX] = { 4 };
    if (!rv_str_eq(rv_json_member_str(jwk, "crv"), rv_str_of(a->curve)) ||
        !number(cx, jwk, "x", &x) || !number(cx, jwk, "y", &y) || x.n != a->half || y.n != a->half)
        return NULL;
    memcpy(point + 1, x.p, x.n);
    memcpy(point + 1 + a->half, y.p, y.n);
    OSSL_PARAM_BLD *b = OSSL_PARAM_BLD_new();
    EVP_PKEY *k = NULL;
    if (b != NULL &&
        OSSL_PARAM_BLD_push_utf8_string(b, OSSL_PKEY_PARAM_GROUP_NAME, a->group, 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(b, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * a->half) == 1)
        k = key_of("EC", b);
    OSSL_PARAM_BLD_free(b);
    return k;
}

/* ---- verifying ------------------------------------------------------------------------------- */

rv_str rv_jose_der(struct rv_cx *cx, rv_str raw)
{
    ECDSA_SIG *s = ECDSA_SIG_new();
    const unsigned char *p = (const unsigned char *)raw.p;
    int half = (int)(raw.n / 2), n = -1;
    BIGNUM *r = BN_bin2bn(p, half, NULL), *t = BN_bin2bn(p + half, half, NULL);
    unsigned char *der = NULL;
    if (s != NULL && r != NULL && t != NULL && ECDSA_SIG_set0(s, r, t) == 1) {
        r = t = NULL; /* they belong to the signature now */
        n = i2d_ECDSA_SIG(s, &der);
    }
    BN_free(r);
    BN_free(t);
    ECDSA_SIG_free(s);
    rv_str ret = n > 0 ? rv_dup(cx, (rv_str){ (const char *)der, (size_t)n }) : RV_NONE_STR;
    OPENSSL_free(der);
    return ret;
}

static bool verify(struct rv_cx *cx, EVP_PKEY *k, const struct algorithm *a, rv_str text,
                   rv_str signature)
{
    EVP_PKEY_CTX *c = NULL;
    if (a->family == ES)
        signature = signature.n == 2 * a->half ? rv_jose_der(cx, signature) : RV_NONE_STR;
    if (signature.p == NULL)
        return false;
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    bool ok = m != NULL && EVP_DigestVerifyInit(m, &c, a->md(), NULL, k) == 1;
    if (ok && a->family == PS)
        ok = EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) > 0 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(c, RSA_PSS_SALTLEN_DIGEST) > 0;
    ok = ok && EVP_DigestVerify(m, (const unsigned char *)signature.p, signature.n,
                                (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(m);
    return ok;
}

bool rv_jwt_verify(struct rv_cx *cx, const struct rv_jwt *t, const json_t *jwk)
{
    const struct algorithm *a = algorithm_named(t->alg);
    rv_str kty = rv_json_member_str(jwk, "kty"), alg = rv_json_member_str(jwk, "alg");
    if (a == NULL || (alg.n > 0 && !rv_str_eq(alg, t->alg)) ||
        !rv_str_eq(kty, a->family == ES ? RV_STR("EC") : RV_STR("RSA")))
        return false;
    EVP_PKEY *k = a->family == ES ? ec_key(cx, jwk, a) : rsa_key(cx, jwk);
    bool ok = k != NULL && verify(cx, k, a, t->text, t->signature);
    EVP_PKEY_free(k);
    ERR_clear_error();
    return ok;
}

/* ---- own keys -------------------------------------------------------------------------------- */

static rv_str number_of(struct rv_cx *cx, EVP_PKEY *k, const char *param)
{
    BIGNUM *b = NULL;
    rv_str s = RV_NONE_STR;
    if (EVP_PKEY_get_bn_param(k, param, &b) == 1) {
        size_t n = (size_t)BN_num_bytes(b);
        unsigned char *raw = rv_alloc(cx, n + 1);
        if (raw != NULL && BN_bn2bin(b, raw) == (int)n)
            s = rv_base64url(cx, (rv_str){ (const char *)raw, n });
    }
    BN_free(b);
    return s;
}

static rv_str pem_of(struct rv_cx *cx, EVP_PKEY *k)
{
    BIO *b = BIO_new(BIO_s_mem());
    rv_str s = RV_NONE_STR;
    char *p;
    if (b != NULL && PEM_write_bio_PrivateKey(b, k, NULL, NULL, 0, NULL, NULL) == 1) {
        long n = BIO_get_mem_data(b, &p);
        s = rv_dup(cx, (rv_str){ p, n > 0 ? (size_t)n : 0 });
        explicit_bzero(p, n > 0 ? (size_t)n : 0);
    }
    BIO_free(b);
    return s;
}

rv_status rv_rsa_make(struct rv_cx *cx, rv_str *ret_pem, rv_str *ret_n, rv_str *ret_e)
{
    EVP_PKEY *k = EVP_RSA_gen(BITS_OWN);
    if (k == NULL)
        return rv_fail(cx, RV_INTERNAL, "a key could not be made");
    rv_str pem = pem_of(cx, k), n = number_of(cx, k, OSSL_PKEY_PARAM_RSA_N),
           e = number_of(cx, k, OSSL_PKEY_PARAM_RSA_E);
    EVP_PKEY_free(k);
    if (pem.p == NULL || n.p == NULL || e.p == NULL)
        return RV_BUSY;
    *ret_pem = pem;
    *ret_n = n;
    *ret_e = e;
    return RV_OK;
}
