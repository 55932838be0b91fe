/* cards/encode.c: cards that encode and sign text (cards.md B.7: 79, 83, C.10).
 *
 * All primitives are OpenSSL's. Old digests are there because other systems ask for them; nothing
 * of Reeve uses them. */
#include "cards/cards_int.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

static rv_status digest_named(struct rv_call *c, const EVP_MD **ret)
{
    static const struct {
        const char *name;
        const EVP_MD *(*md)(void);
    } digests[] = { /* those offered, then names that older exports offer (cards.md 79) */
        { "md5", EVP_md5 }, { "sha1", EVP_sha1 }, { "sha256", EVP_sha256 }, { "sha384", EVP_sha384 }, { "sha512", EVP_sha512 }, { "sha224", EVP_sha224 },
        { "DSA", EVP_sha1 }, { "DSA-SHA", EVP_sha1 }, { "DSA-SHA1", EVP_sha1 }, { "DSA-SHA1-old", EVP_sha1 }, { "RSA-MD5", EVP_md5 }, { "RSA-RIPEMD160", EVP_ripemd160 },
        { "RSA-SHA", EVP_sha1 }, { "RSA-SHA1", EVP_sha1 }, { "RSA-SHA1-2", EVP_sha1 }, { "RSA-SHA224", EVP_sha224 }, { "RSA-SHA256", EVP_sha256 },
        { "RSA-SHA384", EVP_sha384 }, { "RSA-SHA512", EVP_sha512 }, { "dsaEncryption", EVP_sha1 }, { "dsaWithSHA", EVP_sha1 }, { "dsaWithSHA1", EVP_sha1 },
        { "dss1", EVP_sha1 }, { "ecdsa-with-SHA1", EVP_sha1 }, { "md5WithRSAEncryption", EVP_md5 }, { "ripemd", EVP_ripemd160 }, { "ripemd160", EVP_ripemd160 },
        { "ripemd160WithRSA", EVP_ripemd160 }, { "rmd160", EVP_ripemd160 }, { "sha", EVP_sha1 }, { "sha1WithRSAEncryption", EVP_sha1 },
        { "sha224WithRSAEncryption", EVP_sha224 }, { "sha256WithRSAEncryption", EVP_sha256 }, { "sha384WithRSAEncryption", EVP_sha384 },
        { "sha512WithRSAEncryption", EVP_sha512 }, { "shaWithRSAEncryption", EVP_sha1 }, { "ssl2-md5", EVP_md5 }, { "ssl3-md5", EVP_md5 }, { "ssl3-sha1", EVP_sha1 },
    };
    rv_str name;
    RV_TRY(rv_in_text(c, "algorithm", &name));
    for (size_t i = 0; i < RV_LEN(digests); i++)
        if (rv_str_eq_nocase(name, rv_str_of(digests[i].name))) {
            *ret = digests[i].md();
            return RV_OK;
        }
    return rv_fail(
        rv_call_cx(c), RV_INVALID,
        "the algorithm \"%.*s\" is not known; choose md5, sha1, sha256, sha384 or sha512",
        RV_FMT(name));
}

/* Bytes as Latin-1 text. */
static rv_status latin1(struct rv_call *c, const unsigned char *p, size_t n)
{
    struct rv_buf b;
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    for (size_t i = 0; i < n; i++) {
        if (p[i] < 0x80) {
            rv_buf_char(&b, (char)p[i]);
        } else {
            rv_buf_char(&b, (char)(0xC0 | (p[i] >> 6)));
            rv_buf_char(&b, (char)(0x80 | (p[i] & 0x3F)));
        }
    }
    return rv_out_buf(c, "output", &b, RV_OK);
}

static rv_status put_digest(struct rv_call *c, const unsigned char *p, size_t n)
{
    rv_str form, bytes = { (const char *)p, n };
    RV_TRY(rv_in_text(c, "digest", &form));
    if (rv_str_eq_nocase(form, RV_STR("hex")))
        return rv_out_text(c, "output", rv_hex(rv_call_cx(c), p, n));
    if (rv_str_eq_nocase(form, RV_STR("binary")))
        return latin1(c, p, n);
    if (form.n > 0 && !rv_str_eq_nocase(form, RV_STR("base64")))
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the digest \"%.*s\" is not known; choose base64, hex or binary",
                       RV_FMT(form));
    return rv_out_text(c, "output", rv_base64(rv_call_cx(c), bytes));
}

static rv_status card_hmac(struct rv_call *c)
{
    const EVP_MD *md;
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    rv_str key, data;
    RV_TRY(digest_named(c, &md));
    RV_TRY(rv_in_text(c, "key", &key));
    RV_TRY(rv_in_text(c, "data", &data));
    if (key.n > INT32_MAX ||
        HMAC(md, key.p != NULL ? key.p : "", (int)key.n,
             (const unsigned char *)(data.p != NULL ? data.p : ""), data.n, out, &n) == NULL)
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the text could not be signed with this algorithm");
    return put_digest(c, out, n);
}

static rv_status card_hash(struct rv_call *c)
{
    const EVP_MD *md;
    unsigned char out[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    rv_str data;
    RV_TRY(digest_named(c, &md));
    RV_TRY(rv_in_text(c, "data", &data));
    if (EVP_Digest(data.p != NULL ? data.p : "", data.n, out, &n, md, NULL) != 1)
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the text could not be hashed with this algorithm");
    return put_digest(c, out, n);
}

static rv_status card_encode_component(struct rv_call *c)
{
    static const char plain[] = "-_.!~*'()";
    struct rv_buf b;
    rv_str s;
    RV_TRY(rv_in_text(c, "string", &s));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    for (size_t i = 0; i < s.n; i++) {
        unsigned char p = (unsigned char)s.p[i];
        if ((p >= '0' && p <= '9') || (p >= 'A' && p <= 'Z') || (p >= 'a' && p <= 'z') ||
            (p != 0 && strchr(plain, p) != NULL))
            rv_buf_char(&b, (char)p);
        else
            rv_buf_printf(&b, "%%%02X", p);
    }
    return rv_out_buf(c, "output", &b, RV_OK);
}

static int hex_of(char p)
{
    return p >= '0' && p <= '9'   ? p - '0'
           : p >= 'a' && p <= 'f' ? p - 'a' + 10
           : p >= 'A' && p <= 'F' ? p - 'A' + 10
                                  : -1;
}

static rv_status card_decode_component(struct rv_call *c)
{
    struct rv_buf b;
    rv_str s;
    rv_status st = RV_OK;
    RV_TRY(rv_in_text(c, "string", &s));
    rv_buf_init(&b, RV_CARD_TEXT_MAX);
    for (size_t i = 0; i < s.n && st == RV_OK; i++) {
        int hi = s.p[i] == '%' && i + 2 < s.n ? hex_of(s.p[i + 1]) : -1,
            lo = hi >= 0 ? hex_of(s.p[i + 2]) : -1;
        if (s.p[i] != '%') {
            rv_buf_char(&b, s.p[i]);
        } else if (lo < 0) {
            st = rv_fail(rv_call_cx(c), RV_INVALID,
                         "the text has a %% at position %zu that no two hexadecimal digits follow",
                         i);
        } else {
            rv_buf_char(&b, (char)(hi * 16 + lo));
            i += 2;
        }
    }
    if (st == RV_OK && !rv_utf8_valid((rv_str){ b.p, b.n }))
        st = rv_fail(rv_call_cx(c), RV_INVALID, "the decoded bytes are not text (UTF-8)");
    return rv_out_buf(c, "output", &b, st);
}

static const struct rv_choice algorithms[] = { { "md5", "md5" }, { "sha1", "sha1" }, { "sha256", "sha256" }, { "sha384", "sha384" }, { "sha512", "sha512" }, { NULL, NULL } };
static const struct rv_choice forms[] = { { "base64", "base64" }, { "hex", "hex" }, { "binary", "binary" }, { NULL, NULL } };

#define ALGORITHM { NULL, "algorithm", "algorithm", RV_T_TEXT, RV_PIN_REQUIRED, "\"sha256\"", algorithms, "which digest" }
#define DIGEST { NULL, "digest", "digest", RV_T_TEXT, 0, "\"base64\"", forms, "how the bytes are written" }
#define TEXT(key, label, help) { NULL, key, label, RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, help }
#define TEXT_LINKED(key, label, help) { NULL, key, label, RV_T_TEXT, RV_PIN_REQUIRED | RV_PIN_TEXT, NULL, NULL, help } /* what a link brings may be empty */
#define OUT_TEXT { NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, "the text" }

/* clang-format off */
const struct rv_card rv_cards_encode[] = {
    { .name = "crypto:hmac", .label = "HMAC", .category = "Encryption", .help = "Signs a text with a shared key.", .kind = RV_CARD_PURE,
      .in = RV_PINS(ALGORITHM, TEXT("key", "key", "the shared key"), TEXT_LINKED("data", "data", "the text"), DIGEST), .out = RV_PINS(OUT_TEXT), .run = card_hmac },
    { .name = "crypto:hash", .label = "Hash", .category = "Encryption", .help = "The digest of a text.", .kind = RV_CARD_PURE,
      .in = RV_PINS(ALGORITHM, TEXT_LINKED("data", "data", "the text"), DIGEST), .out = RV_PINS(OUT_TEXT), .run = card_hash },
    { .name = "url:encodeComponent", .label = "Encode Component", .category = "URL", .help = "Writes a text so that it can stand in a URL.", .kind = RV_CARD_PURE,
      .in = RV_PINS(TEXT_LINKED("string", "text", "the text")), .out = RV_PINS(OUT_TEXT), .run = card_encode_component },
    { .name = "url:decodeComponent", .label = "Decode Component", .category = "URL", .help = "Reads a text that was encoded for a URL.", .kind = RV_CARD_PURE,
      .in = RV_PINS(TEXT_LINKED("string", "text", "the text")), .out = RV_PINS(OUT_TEXT), .run = card_decode_component },
    { .name = NULL },
};
