/* cards/crypto.c: cards that sign, check, encrypt and make random bytes (cards.md C.10). All
 * primitives are OpenSSL's.
 *
 * Encrypted texts are AES-GCM: twelve bytes of nonce, the bytes, sixteen bytes of tag, in Base64. A
 * nonce is never derived from the run: the same one for two texts would give both away. */
#include "cards/cards_int.h"

#include <openssl/evp.h>

enum { KEY_MAX = 64 << 10, SIGNATURE_MAX = 2048, NONCE = 12, TAG = 16, RANDOM_MAX = 1024 };

static rv_status digest_of(struct rv_call *c, const EVP_MD **ret)
{
    rv_str name;
    RV_TRY(rv_in_text(c, "algorithm", &name));
    name = name.n > 0 ? name : RV_STR("sha256");
    *ret = rv_str_eq_nocase(name, RV_STR("sha256"))   ? EVP_sha256()
           : rv_str_eq_nocase(name, RV_STR("sha384")) ? EVP_sha384()
           : rv_str_eq_nocase(name, RV_STR("sha512")) ? EVP_sha512()
                                                      : NULL;
    return *ret != NULL
               ? RV_OK
               : rv_fail(rv_call_cx(c), RV_INVALID,
                         "the algorithm \"%.*s\" is not known; choose sha256, sha384 or sha512",
                         RV_FMT(name));
}

static rv_status key_of(struct rv_call *c, bool secret, EVP_PKEY **ret)
{
    rv_str pem;
    RV_TRY(rv_in_text(c, "key", &pem));
    *ret = pem.n <= KEY_MAX ? rv_pem_read(rv_call_cx(c), pem, secret) : NULL;
    return *ret != NULL
               ? RV_OK
               : rv_fail(
                     rv_call_cx(c), RV_INVALID,
                     "the key cannot be read; a %s key in PEM form without a password is needed",
                     secret ? "private" : "public");
}

static bool is_hex(rv_str form)
{
    return rv_str_eq_nocase(form, RV_STR("hex"));
}

static rv_status put_bytes(struct rv_call *c, const unsigned char *p, size_t n)
{
    rv_str form;
    RV_TRY(rv_in_text(c, "digest", &form));
    return rv_out_text(c, "output",
                       is_hex(form) ? rv_hex(rv_call_cx(c), p, n)
                                    : rv_base64(rv_call_cx(c), (rv_str){ (const char *)p, n }));
}

static rv_status card_sign(struct rv_call *c)
{
    const EVP_MD *md;
    EVP_PKEY *k;
    unsigned char out[SIGNATURE_MAX];
    size_t n = sizeof out;
    rv_str data;
    RV_TRY(digest_of(c, &md));
    RV_TRY(rv_in_text(c, "data", &data));
    RV_TRY(key_of(c, true, &k));
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    bool ok = m != NULL && EVP_DigestSignInit(m, NULL, md, NULL, k) == 1 &&
              EVP_DigestSign(m, out, &n, (const unsigned char *)(data.p != NULL ? data.p : ""),
                             data.n) == 1;
    EVP_MD_CTX_free(m);
    EVP_PKEY_free(k);
    return ok ? put_bytes(c, out, n)
              : rv_fail(rv_call_cx(c), RV_INVALID, "the text could not be signed with this key");
}

static int digit(char p)
{
    return p >= '0' && p <= '9'   ? p - '0'
           : p >= 'a' && p <= 'f' ? p - 'a' + 10
           : p >= 'A' && p <= 'F' ? p - 'A' + 10
                                  : -1;
}

/* Bytes written in hexadecimal, or in Base64. */
static bool read_bytes(struct rv_cx *cx, rv_str text, rv_str *ret)
{
    bool hex = text.n > 0 && text.n % 2 == 0;
    text = rv_str_trim(text);
    for (size_t i = 0; i < text.n && hex; i++)
        hex = digit(text.p[i]) >= 0;
    if (!hex)
        return rv_base64_decode(cx, text, ret);
    char *p = rv_alloc(cx, text.n / 2 + 1);
    for (size_t i = 0; p != NULL && i < text.n / 2; i++)
        p[i] = (char)(digit(text.p[2 * i]) * 16 + digit(text.p[2 * i + 1]));
    *ret = (rv_str){ p, text.n / 2 };
    return p != NULL;
}

static rv_status card_verify(struct rv_call *c)
{
    const EVP_MD *md;
    EVP_PKEY *k;
    rv_str data, text, signature;
    RV_TRY(digest_of(c, &md));
    RV_TRY(rv_in_text(c, "data", &data));
    RV_TRY(rv_in_text(c, "signature", &text));
    if (!read_bytes(rv_call_cx(c), text, &signature))
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "the signature is neither Base64 nor hexadecimal");
    RV_TRY(key_of(c, false, &k));
    EVP_MD_CTX *m = EVP_MD_CTX_new();
    bool ok = m != NULL && EVP_DigestVerifyInit(m, NULL, md, NULL, k) == 1 &&
              EVP_DigestVerify(m, (const unsigned char *)(signature.p != NULL ? signature.p : ""),
                               signature.n, (const unsigned char *)(data.p != NULL ? data.p : ""),
                               data.n) == 1;
    EVP_MD_CTX_free(m);
    EVP_PKEY_free(k);
    return rv_out(c, "output", json_boolean(ok));
}

/* ---- AES-GCM --------------------------------------------------------------------------------- */

static rv_status cipher_of(struct rv_call *c, rv_str *ret_key, const EVP_CIPHER **ret)
{
    rv_str text;
    RV_TRY(rv_in_text(c, "key", &text));
    bool read = read_bytes(rv_call_cx(c), text, ret_key);
    *ret = !read              ? NULL
           : ret_key->n == 32 ? EVP_aes_256_gcm()
           : ret_key->n == 24 ? EVP_aes_192_gcm()
           : ret_key->n == 16 ? EVP_aes_128_gcm()
                              : NULL;
    return *ret != NULL ? RV_OK
                        : rv_fail(rv_call_cx(c), RV_INVALID,
                                  "the key must be 16, 24 or 32 bytes in Base64 or hexadecimal");
}

static bool seal(const EVP_CIPHER *how, rv_str key, rv_str text, unsigned char *out)
{
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    int n = 0, more = 0;
    rv_random(out, NONCE);
    bool ok =
        x != NULL && EVP_EncryptInit_ex(x, how, NULL, (const unsigned char *)key.p, out) == 1 &&
        EVP_EncryptUpdate(x, out + NONCE, &n, (const unsigned char *)(text.p != NULL ? text.p : ""),
                          (int)text.n) == 1 &&
        EVP_EncryptFinal_ex(x, out + NONCE + n, &more) == 1 &&
        EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_GET_TAG, TAG, out + NONCE + n + more) == 1;
    EVP_CIPHER_CTX_free(x);
    return ok;
}

static rv_status card_encrypt(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    const EVP_CIPHER *how;
    rv_str key, text;
    RV_TRY(cipher_of(c, &key, &how));
    RV_TRY(rv_in_text(c, "data", &text));
    unsigned char *out = text.n <= RV_CARD_TEXT_MAX ? rv_alloc(cx, text.n + NONCE + TAG) : NULL;
    if (out == NULL || !seal(how, key, text, out))
        return rv_fail(cx, RV_BUSY, "out of memory while encrypting a text");
    return rv_out_text(c, "output",
                       rv_base64(cx, (rv_str){ (const char *)out, text.n + NONCE + TAG }));
}

static bool unseal(const EVP_CIPHER *how, rv_str key, rv_str sealed, unsigned char *out)
{
    EVP_CIPHER_CTX *x = EVP_CIPHER_CTX_new();
    const unsigned char *p = (const unsigned char *)sealed.p;
    unsigned char tag[TAG];
    int n = 0, more = 0, inner = (int)sealed.n - NONCE - TAG;
    memcpy(tag, p + NONCE + inner, TAG);
    bool ok = x != NULL && EVP_DecryptInit_ex(x, how, NULL, (const unsigned char *)key.p, p) == 1 &&
              EVP_DecryptUpdate(x, out, &n, p + NONCE, inner) == 1 &&
              EVP_CIPHER_CTX_ctrl(x, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
              EVP_DecryptFinal_ex(x, out + n, &more) == 1;
    EVP_CIPHER_CTX_free(x);
    return ok;
}

static rv_status card_decrypt(struct rv_call *c)
{
    struct rv_cx *cx = rv_call_cx(c);
    const EVP_CIPHER *how;
    rv_str key, text, sealed;
    RV_TRY(cipher_of(c, &key, &how));
    RV_TRY(rv_in_text(c, "data", &text));
    if (!rv_base64_decode(cx, rv_str_trim(text), &sealed) || sealed.n < NONCE + TAG ||
        sealed.n > RV_CARD_TEXT_MAX)
        return rv_fail(cx, RV_INVALID, "the text is not what Encrypt makes");
    unsigned char *out = rv_alloc(cx, sealed.n);
    if (out == NULL)
        return RV_BUSY;
    rv_str plain = { (const char *)out, sealed.n - NONCE - TAG };
    if (!unseal(how, key, sealed, out))
        return rv_fail(cx, RV_INVALID,
                       "the text cannot be decrypted: another key, or it was changed");
    if (!rv_utf8_valid(plain))
        return rv_fail(cx, RV_INVALID, "the decrypted bytes are not text (UTF-8)");
    return rv_out_text(c, "output", plain);
}

static rv_status card_random(struct rv_call *c)
{
    unsigned char bytes[RANDOM_MAX];
    int64_t n;
    RV_TRY(rv_in_whole(c, "length", 0, &n));
    if (n < 1 || n > RANDOM_MAX)
        return rv_fail(rv_call_cx(c), RV_INVALID, "the length must be from 1 to %d", RANDOM_MAX);
    for (size_t i = 0; i < (size_t)n; i += 32) {
        uint8_t block[32];
        rv_card_random(c, i / 32, block);
        memcpy(bytes + i, block, (size_t)n - i < 32 ? (size_t)n - i : 32);
    }
    return put_bytes(c, bytes, (size_t)n);
}

static const struct rv_choice digests[] = { { "sha256", "sha256" }, { "sha384", "sha384" }, { "sha512", "sha512" }, { NULL, NULL } };
static const struct rv_choice forms[] = { { "base64", "base64" }, { "hex", "hex" }, { NULL, NULL } };
#define ALGORITHM { NULL, "algorithm", "algorithm", RV_T_TEXT, 0, "\"sha256\"", digests, "which digest" }
#define TEXT(key, label, help) { NULL, key, label, RV_T_TEXT, RV_PIN_REQUIRED, NULL, NULL, help }
#define DATA { NULL, "data", "data", RV_T_TEXT, 0, NULL, NULL, "the text" }
#define FORM { NULL, "digest", "digest", RV_T_TEXT, 0, "\"base64\"", forms, "how the bytes are written" }
#define SECRET "16, 24 or 32 bytes in Base64 or hexadecimal"
#define OUT_TEXT(help) { NULL, "output", "output", RV_T_TEXT, 0, NULL, NULL, help }
#define CARD(address, words, sentence) .name = address, .label = words, .category = "Encryption", .help = sentence, .kind = RV_CARD_PURE

/* clang-format off */
const struct rv_card rv_cards_crypto[] = {
    { CARD("crypto:sign", "Sign", "Signs a text with a private key (RSA or EC)."), .in = RV_PINS(ALGORITHM, TEXT("key", "key", "private key in PEM form"), DATA, FORM), .out = RV_PINS(OUT_TEXT("the signature")), .run = card_sign },
    { CARD("crypto:verify", "Verify", "Says whether a signature of a text is valid."),
      .in = RV_PINS(ALGORITHM, TEXT("key", "key", "public key or certificate in PEM form"), DATA, TEXT("signature", "signature", "in Base64 or hexadecimal")), .out = RV_PINS({ NULL, "output", "output", RV_T_BOOL, 0, NULL, NULL, "true or false" }), .run = card_verify },
    { CARD("crypto:encrypt", "Encrypt", "Encrypts a text with a shared key (AES-GCM)."), .in = RV_PINS(TEXT("key", "key", SECRET), DATA), .out = RV_PINS(OUT_TEXT("nonce, bytes and tag in Base64")), .run = card_encrypt },
    { CARD("crypto:decrypt", "Decrypt", "Reads what Encrypt made."), .in = RV_PINS(TEXT("key", "key", SECRET), TEXT("data", "data", "what Encrypt made")), .out = RV_PINS(OUT_TEXT("the text")), .run = card_decrypt },
    { CARD("crypto:randomBytes", "Random Bytes", "Random bytes as text."), .in = RV_PINS({ NULL, "length", "length", RV_T_NUM, RV_PIN_REQUIRED, "32", NULL, "number of bytes, at most 1,024" }, FORM), .out = RV_PINS(OUT_TEXT("the bytes")), .run = card_random },
    { .name = NULL },
};
