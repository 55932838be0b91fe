/* cards/jwt.c: JSON web tokens: Sign, Verify, Decode (cards.md B.7: 97, C.10).
 *
 * Compact form only. The algorithm is the one the author chose, never what a token says of itself.
 * Keys are shared texts for HS, PEM for the others; all primitives are OpenSSL's. Times are
 * seconds, taken from the run's clock. */
#include "cards/cards_int.h"

#include <math.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>

enum { KEY_MAX = 64 << 10, TOKEN_MAX = 256 << 10, SIGNATURE_MAX = 2048 };

enum family { HS, RS, PS, ES };
struct algorithm {
    const char *name;
    enum family family;
    const EVP_MD *(*md)(void);
    int half; /* ES: bytes of one of the two numbers */
};
static const struct algorithm algorithms[] = {
    { "HS256", HS, EVP_sha256, 0 },  { "HS384", HS, EVP_sha384, 0 },  { "HS512", HS, EVP_sha512, 0 },  { "RS256", RS, EVP_sha256, 0 },
    { "RS384", RS, EVP_sha384, 0 },  { "RS512", RS, EVP_sha512, 0 },  { "ES256", ES, EVP_sha256, 32 }, { "ES384", ES, EVP_sha384, 48 },
    { "ES512", ES, EVP_sha512, 66 }, { "PS256", PS, EVP_sha256, 0 },  { "PS384", PS, EVP_sha384, 0 },  { "PS512", PS, EVP_sha512, 0 },
};

static const struct algorithm *algorithm_named(rv_str name)
{
    for (size_t i = 0; i < RV_LEN(algorithms); i++)
        if (rv_str_eq_nocase(name, rv_str_of(algorithms[i].name)))
            return &algorithms[i];
    return NULL;
}

/* Options stand in the group "options"; older forms of the card name their groups otherwise, and
 * claims stand in "payload". */
static json_t *option(struct rv_call *c, const char *key)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        if (rv_str_eq(f.key, rv_str_of(key)) && !rv_str_eq(f.group, RV_STR("payload")))
            return v;
    }
    return NULL;
}

static rv_status read_algorithm(struct rv_call *c, const struct algorithm **ret)
{
    rv_str name;
    RV_TRY(rv_value_text(rv_call_cx(c), option(c, "algorithm"), &name));
    *ret = algorithm_named(name.n > 0 ? name : RV_STR("HS256"));
    if (*ret == NULL)
        return rv_fail(
            rv_call_cx(c), RV_INVALID,
            "the algorithm \"%.*s\" is not known; choose HS, RS, ES or PS with 256, 384 or 512",
            RV_FMT(name));
    return RV_OK;
}

static rv_status read_key(struct rv_call *c, rv_str *ret)
{
    RV_TRY(rv_in_text(c, "key", ret));
    if (ret->n > KEY_MAX)
        return rv_fail(rv_call_cx(c), RV_LIMIT, "the key has %zu bytes; %d are allowed", ret->n,
                       KEY_MAX);
    return RV_OK;
}

/* ---- keys ------------------------------------------------------------------------------------ */

static bool fits(EVP_PKEY *k, const struct algorithm *a)
{
    int type = EVP_PKEY_get_base_id(k);
    if (a->family == ES)
        return type == EVP_PKEY_EC && (EVP_PKEY_get_bits(k) + 7) / 8 == a->half;
    return type == EVP_PKEY_RSA && EVP_PKEY_get_bits(k) >= 1024;
}

static rv_status read_pem(struct rv_call *c, const struct algorithm *a, rv_str pem, bool secret,
                          EVP_PKEY **ret)
{
    struct rv_cx *cx = rv_call_cx(c);
    EVP_PKEY *k = rv_pem_read(cx, pem, secret);
    if (k == NULL)
        return rv_fail(cx, RV_INVALID,
                       "the key cannot be read; %s needs a %s key in PEM form, without a password",
                       a->name, secret ? "private" : "public");
    if (!fits(k, a)) {
        EVP_PKEY_free(k);
        return rv_fail(cx, RV_INVALID, "the key does not fit %s, which needs %s", a->name,
                       a->family == ES ? "a key on the curve of its size" : "an RSA key");
    }
    *ret = k;
    return RV_OK;
}

/* ---- signatures ------------------------------------------------------------------------------ */

static bool prepare(EVP_MD_CTX *m, EVP_PKEY *k, const struct algorithm *a, bool sign)
{
    EVP_PKEY_CTX *p = NULL;
    int ok = sign ? EVP_DigestSignInit(m, &p, a->md(), NULL, k)
                  : EVP_DigestVerifyInit(m, &p, a->md(), NULL, k);
    if (ok == 1 && a->family == PS)
        ok = EVP_PKEY_CTX_set_rsa_padding(p, RSA_PKCS1_PSS_PADDING) > 0 &&
             EVP_PKEY_CTX_set_rsa_pss_saltlen(p, RSA_PSS_SALTLEN_DIGEST) > 0;
    return ok == 1;
}

/* The two numbers side by side, as tokens want them. */
static bool raw_of_der(const unsigned char *der, size_t n, int half, unsigned char *ret)
{
    ECDSA_SIG *s = d2i_ECDSA_SIG(NULL, &der, (long)n);
    bool ok = s != NULL && BN_bn2binpad(ECDSA_SIG_get0_r(s), ret, half) == half &&
              BN_bn2binpad(ECDSA_SIG_get0_s(s), ret + half, half) == half;
    ECDSA_SIG_free(s);
    return ok;
}

static bool sign_with(EVP_PKEY *k, const struct algorithm *a, rv_str text, unsigned char *ret,
                      size_t *ret_n)
{
    unsigned char der[SIGNATURE_MAX];
    size_t n = sizeof der;
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    bool ok = m != NULL && prepare(m, k, a, true) &&
              EVP_DigestSign(m, der, &n, (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(m);
    if (ok && a->family == ES) {
        *ret_n = 2 * (size_t)a->half;
        return raw_of_der(der, n, a->half, ret);
    }
    if (ok)
        memcpy(ret, der, n);
    *ret_n = n;
    return ok;
}

static bool verify_with(struct rv_cx *cx, EVP_PKEY *k, const struct algorithm *a, rv_str text,
                        rv_str signature)
{
    if (a->family == ES)
        signature =
            signature.n == 2 * (size_t)a->half ? rv_jose_der(cx, signature) : RV_NONE_STR;
    if (signature.p == NULL)
        return false;
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    bool ok = m != NULL && prepare(m, k, a, false) &&
              EVP_DigestVerify(m, (const unsigned char *)signature.p, signature.n,
                               (const unsigned char *)text.p, text.n) == 1;
    EVP_MD_CTX_free(m);
    return ok;
}

static bool hmac_of(const struct algorithm *a, rv_str key, rv_str text, unsigned char *ret,
                    size_t *ret_n)
{
    unsigned n = 0;
    bool ok = HMAC(a->md(), key.p != NULL ? key.p : "", (int)key.n, (const unsigned char *)text.p,
                   text.n, ret, &n) != NULL;
    *ret_n = n;
    return ok;
}

static rv_status sign_text(struct rv_call *c, const struct algorithm *a, rv_str text, rv_str *ret)
{
    struct rv_cx *cx = rv_call_cx(c);
    unsigned char out[SIGNATURE_MAX];
    size_t n = 0;
    rv_str key;
    EVP_PKEY *k = NULL;
    RV_TRY(read_key(c, &key));
    if (a->family != HS)
        RV_TRY(read_pem(c, a, key, true, &k));
    bool ok = a->family == HS ? hmac_of(a, key, text, out, &n) : sign_with(k, a, text, out, &n);
    EVP_PKEY_free(k);
    if (!ok)
        return rv_fail(cx, RV_INVALID, "the token could not be signed with this key");
    *ret = rv_printf(cx, "%.*s.%.*s", RV_FMT(text),
                     RV_FMT(rv_base64url(cx, (rv_str){ (const char *)out, n })));
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

static rv_status check_signature(struct rv_call *c, const struct algorithm *a, rv_str text,
                                 rv_str signature)
{
    unsigned char out[SIGNATURE_MAX];
    size_t n = 0;
    rv_str key;
    EVP_PKEY *k = NULL;
    RV_TRY(read_key(c, &key));
    if (a->family != HS)
        RV_TRY(read_pem(c, a, key, false, &k));
    bool ok = a->family == HS ? hmac_of(a, key, text, out, &n) && n == signature.n &&
                                    CRYPTO_memcmp(out, signature.p, n) == 0
                              : verify_with(rv_call_cx(c), k, a, text, signature);
    EVP_PKEY_free(k);
    return ok ? RV_OK
              : rv_fail(rv_call_cx(c), RV_INVALID, "the signature of the token is not valid");
}

/* ---- signing --------------------------------------------------------------------------------- */

static rv_status set_claim(struct rv_call *c, json_t *o, rv_str key, json_t *taken)
{
    if (taken == NULL || json_object_setn_new(o, key.p, key.n, taken) != 0)
        return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a token");
    return RV_OK;
}

static bool is_option(rv_str key)
{
    static const char *const keys[] = { "algorithm", "audience",  "issuer",      "subject", "jwtid",
                                        "expiresIn", "notBefore", "noTimestamp", "header" };
    for (size_t i = 0; i < RV_LEN(keys); i++)
        if (rv_str_eq(key, rv_str_of(keys[i])))
            return true;
    return false;
}

/* What the author added: in the group of claims, or in any other group under a key that is no
 * option's. */
static rv_status own_claims(struct rv_call *c, json_t *claims)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_in_count(c); i++) {
        json_t *v = rv_in_at(c, i, &f);
        bool claim = rv_str_eq(f.group, RV_STR("payload")) ||
                     (!is_option(f.key) && !(f.group.n == 0 && rv_str_eq(f.key, RV_STR("key"))));
        if (claim && f.key.p != NULL && v != NULL)
            RV_TRY(set_claim(c, claims, f.key, json_incref(v)));
    }
    return RV_OK;
}

static rv_status add_seconds(struct rv_call *c, json_t *claims, const char *key, const char *claim,
                             int64_t now)
{
    double d;
    json_t *v = option(c, key);
    if (rv_value_empty(v))
        return RV_OK;
    if (!rv_value_num(v, &d) || fabs(d) > 1e11)
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the field \"%s\" must be a number of seconds, not %s", key,
                       rv_value_type_name(v));
    return set_claim(c, claims, rv_str_of(claim), json_integer(now + (int64_t)d));
}

static rv_status read_claims(struct rv_call *c, json_t **ret)
{
    static const struct {
        const char *option, *claim;
    } named[] = {
        { "audience", "aud" }, { "issuer", "iss" }, { "subject", "sub" }, { "jwtid", "jti" }
    };
    json_t *claims = rv_new_object(c), *without = option(c, "noTimestamp");
    int64_t now = rv_now(rv_call_cx(c)->env) / 1000;
    if (claims == NULL)
        return RV_BUSY;
    RV_TRY(own_claims(c, claims));
    const json_t *own = json_object_get(claims, "iat"); /* times count from the author's own */
    if (json_is_number(own) && fabs(json_number_value(own)) < 1e11)
        now = (int64_t)json_number_value(own);
    else if (!json_is_true(without) && !rv_str_eq_nocase(rv_json_str(without), RV_STR("true")))
        RV_TRY(set_claim(c, claims, RV_STR("iat"), json_integer(now)));
    RV_TRY(add_seconds(c, claims, "notBefore", "nbf", now));
    RV_TRY(add_seconds(c, claims, "expiresIn", "exp", now));
    for (size_t i = 0; i < RV_LEN(named); i++) {
        json_t *v = option(c, named[i].option);
        if (!rv_value_empty(v))
            RV_TRY(set_claim(c, claims, rv_str_of(named[i].claim), json_incref(v)));
    }
    *ret = claims;
    return RV_OK;
}

/* The usual two members, and those of an object that the author gives. */
static rv_status read_header(struct rv_call *c, const struct algorithm *a, json_t **ret)
{
    json_t *header = rv_new_object(c), *more = option(c, "header");
    if (header == NULL)
        return RV_BUSY;
    if (json_is_string(more) && rv_str_trim(rv_json_str(more)).n > 0)
        RV_TRY(rv_json_parse(rv_call_cx(c), rv_json_str(more), &rv_json_limits_default, &more));
    if (!rv_value_empty(more) && !json_is_object(more))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the field \"header\" must be an object, not %s",
                       rv_value_type_name(more));
    RV_TRY(set_claim(c, header, RV_STR("alg"), json_string(a->name)));
    RV_TRY(set_claim(c, header, RV_STR("typ"), json_string("JWT")));
    if (json_is_string(json_object_get(more, "typ")))
        RV_TRY(set_claim(c, header, RV_STR("typ"), json_incref(json_object_get(more, "typ"))));
    if (json_is_object(more) && json_object_update_missing(header, more) != 0)
        return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in a token");
    *ret = header;
    return RV_OK;
}

static rv_status card_sign(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    const struct algorithm *a;
    json_t *claims, *header;
    rv_str head, body, token;
    RV_TRY(read_algorithm(c, &a));
    RV_TRY(read_header(c, a, &header));
    RV_TRY(read_claims(c, &claims));
    RV_TRY(rv_json_dump(cx, header, &head));
    RV_TRY(rv_json_dump(cx, claims, &body));
    RV_TRY(sign_text(c, a,
                     rv_printf(cx, "%.*s.%.*s", RV_FMT(rv_base64url(cx, head)),
                               RV_FMT(rv_base64url(cx, body))),
                     &token));
    return rv_out_text(c, "token", token);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct token {
    rv_str signed_text, signature; /* signature: bytes */
    json_t *header, *payload;
};

static rv_status part_of(struct rv_call *c, rv_str part, const char *name, json_t **ret)
{
    struct rv_cx *cx = rv_call_cx(c);
    rv_str text;
    if (!rv_base64_decode(cx, part, &text) ||
        rv_json_parse(cx, text, &rv_json_limits_default, ret) != RV_OK || !json_is_object(*ret)) {
        rv_error_clear(cx);
        return rv_fail(cx, RV_INVALID, "the %s of the token is not a JSON object in Base64", name);
    }
    return RV_OK;
}

static rv_status read_token(struct rv_call *c, struct token *t)
{
    struct rv_cx *cx = rv_call_cx(c);
    rv_str rest, head, body, signature;
    RV_TRY(rv_in_text(c, "token", &rest));
    rest = rv_str_trim(rest);
    if (rest.n > TOKEN_MAX)
        return rv_fail(cx, RV_LIMIT, "the token has %zu bytes; %d are allowed", rest.n, TOKEN_MAX);
    if (rest.n > 7 && rv_str_eq_nocase(rv_str_sub(rest, 0, 7), RV_STR("Bearer ")))
        rest = rv_str_trim(rv_str_sub(rest, 7, rest.n));
    const char *start = rest.p;
    if (!rv_str_split(&rest, '.', &head) || !rv_str_split(&rest, '.', &body) ||
        !rv_str_split(&rest, '.', &signature) || rest.p != NULL)
        return rv_fail(cx, RV_INVALID,
                       "the text is not a token: it needs three parts with dots between");
    RV_TRY(part_of(c, head, "header", &t->header));
    RV_TRY(part_of(c, body, "payload", &t->payload));
    t->signed_text = (rv_str){ start, head.n + 1 + body.n };
    if (!rv_base64_decode(cx, signature, &t->signature))
        return rv_fail(cx, RV_INVALID, "the signature of the token is not Base64");
    return RV_OK;
}

/* Outputs that the author made read their claim; those in a group "header" read the header. */
static rv_status put_token(struct rv_call *c, const struct token *t)
{
    struct rv_field f;
    for (size_t i = 0; i < rv_out_count(c); i++) {
        rv_out_field(c, i, &f);
        bool whole = f.group.n == 0;
        json_t *v =
            rv_value_at(rv_str_eq(f.group, RV_STR("header")) ? t->header : t->payload, f.key);
        if (whole && rv_str_eq(f.key, RV_STR("header")))
            v = t->header;
        else if (whole &&
                 (rv_str_eq(f.key, RV_STR("payload")) || rv_str_eq(f.key, RV_STR("decoded"))))
            v = t->payload;
        RV_TRY(rv_out_at(c, i, json_incref(v)));
    }
    return RV_OK;
}

static rv_status card_decode(struct rv_call *c)
{
    struct token t = { 0 };
    RV_TRY(read_token(c, &t));
    return put_token(c, &t);
}

static bool among(const json_t *claim, const json_t *wanted)
{
    size_t i;
    json_t *v;
    if (json_is_string(claim) && json_is_string(wanted))
        return rv_str_eq(rv_json_str(claim), rv_json_str(wanted));
    json_array_foreach((json_t *)(uintptr_t)(json_is_array(claim) ? claim : wanted), i, v)
    {
        if (json_is_array(claim) ? among(v, wanted) : among(claim, v))
            return true; /* two levels at most: a list of texts on either side */
    }
    return false;
}

static rv_status check_names(struct rv_call *c, const struct token *t)
{
    static const struct {
        const char *option, *claim;
    } named[] = { { "audience", "aud" }, { "issuer", "iss" }, { "subject", "sub" } };
    for (size_t i = 0; i < RV_LEN(named); i++) {
        json_t *wanted = option(c, named[i].option),
               *claim = json_object_get(t->payload, named[i].claim);
        bool sound = json_is_string(claim) || (json_is_array(claim) && !json_is_array(wanted)) ||
                     (json_is_array(claim) && json_array_size(claim) < 100);
        if (!rv_value_empty(wanted) && (!sound || !among(claim, wanted)))
            return rv_fail(rv_call_cx(c), RV_INVALID,
                           "the %s of the token is not the one that is expected", named[i].option);
    }
    return RV_OK;
}

static rv_status check_times(struct rv_call *c, const struct token *t)
{
    struct rv_cx *cx = rv_call_cx(c);
    const json_t *exp = json_object_get(t->payload, "exp"),
                 *nbf = json_object_get(t->payload, "nbf"), *ignore = option(c, "ignoreExpiration");
    double now = (double)(rv_now(cx->env) / 1000);
    bool ignored = json_is_true(ignore) || rv_str_eq_nocase(rv_json_str(ignore), RV_STR("true"));
    if ((exp != NULL && !json_is_number(exp)) || (nbf != NULL && !json_is_number(nbf)))
        return rv_fail(cx, RV_INVALID, "a time of the token is not a number");
    if (nbf != NULL && json_number_value(nbf) > now)
        return rv_fail(cx, RV_INVALID, "the token is not valid yet");
    if (exp != NULL && !ignored && json_number_value(exp) <= now)
        return rv_fail(cx, RV_INVALID, "the token has expired");
    return RV_OK;
}

static rv_status card_verify(struct rv_call *c)
{
    const struct algorithm *a;
    struct token t = { 0 };
    RV_TRY(read_algorithm(c, &a));
    RV_TRY(read_token(c, &t));
    if (!rv_str_eq(rv_json_member_str(t.header, "alg"), rv_str_of(a->name)))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the token is not signed with %s", a->name);
    RV_TRY(check_signature(c, a, t.signed_text, t.signature));
    RV_TRY(check_times(c, &t));
    RV_TRY(check_names(c, &t));
    return put_token(c, &t);
}

static const struct rv_choice names[] = { { "HS256", "HS256" }, { "HS384", "HS384" }, { "HS512", "HS512" }, { "RS256", "RS256" }, { "RS384", "RS384" },
                                          { "RS512", "RS512" }, { "ES256", "ES256" }, { "ES384", "ES384" }, { "ES512", "ES512" }, { "PS256", "PS256" },
                                          { "PS384", "PS384" }, { "PS512", "PS512" }, { NULL, NULL } };
#define OPTION(key, label, type, help) { "options", key, label, type, 0, NULL, NULL, help }
#define ALGORITHM { "options", "algorithm", "algorithm", RV_T_TEXT, RV_PIN_REQUIRED, "\"HS256\"", names, "how the token is signed" }
#define KEY(help) { NULL, "key", "key", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, help }
#define TOKEN { NULL, "token", "token", RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, "the token" }
#define OUT_OBJECT(key, help) { NULL, key, key, RV_T_OBJECT, 0, NULL, NULL, help }

/* clang-format off */
const struct rv_card rv_cards_jwt[] = {
    { .name = "jwt:sign", .label = "Sign", .category = "JWT", .help = "Makes a signed token of claims.", .kind = RV_CARD_PURE, .user_pins = RV_USER_INPUTS, .user_group = "payload",
      .in = RV_PINS(KEY("shared key for HS; private key in PEM form for RS, ES and PS"), ALGORITHM,
                    OPTION("audience", "audience", RV_T_ANY, "for whom: claim aud"), OPTION("issuer", "issuer", RV_T_TEXT, "by whom: claim iss"),
                    OPTION("subject", "subject", RV_T_TEXT, "about whom: claim sub"), OPTION("jwtid", "jwtid", RV_T_TEXT, "id of the token: claim jti"),
                    OPTION("expiresIn", "expiresIn", RV_T_NUM, "seconds until it expires"), OPTION("notBefore", "notBefore", RV_T_NUM, "seconds until it is valid"),
                    OPTION("noTimestamp", "noTimestamp", RV_T_BOOL, "Yes: without the time of signing"), OPTION("header", "header", RV_T_OBJECT, "more members of the header")),
      .out = RV_PINS({ NULL, "token", "token", RV_T_TEXT, 0, NULL, NULL, "the token" }), .run = card_sign },
    { .name = "jwt:verify", .label = "Verify", .category = "JWT", .help = "Checks signature, times and names of a token; a token that fails is an error.", .kind = RV_CARD_PURE, .user_pins = RV_USER_OUTPUTS, .user_group = "payload",
      .in = RV_PINS(TOKEN, KEY("shared key for HS; public key or certificate in PEM form for RS, ES and PS"), ALGORITHM,
                    OPTION("audience", "audience", RV_T_ANY, "for whom it must be; empty: any"), OPTION("issuer", "issuer", RV_T_TEXT, "by whom it must be; empty: any"),
                    OPTION("subject", "subject", RV_T_TEXT, "about whom it must be; empty: any"), OPTION("ignoreExpiration", "ignoreExpiration", RV_T_BOOL, "Yes: an expired token passes")),
      .out = RV_PINS(OUT_OBJECT("decoded", "the claims")), .run = card_verify },
    { .name = "jwt:decode", .label = "Decode", .category = "JWT", .help = "Reads a token without checking its signature.", .kind = RV_CARD_PURE, .user_pins = RV_USER_OUTPUTS, .user_group = "payload",
      .in = RV_PINS(TOKEN), .out = RV_PINS(OUT_OBJECT("header", "the header"), OUT_OBJECT("payload", "the claims")), .run = card_decode },
    { .name = NULL },
};
