/* base/crypto.c: keys, message authentication, sealing, base64: all of it OpenSSL's, in the forms
 * Reeve stores.
 *
 * The key file holds random master keys as text ("reeve-key 1 <64 hex digits>", one a line); the
 * others derive from them with HKDF-SHA-256 (security.md 6.1). A sealed text is base64 of: version
 * byte, 4 bytes that name its key (not in version 1), 12-byte nonce, ciphertext, 16-byte tag. */
#include "base/base_int.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/pem.h>
#include <openssl/params.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { KEY_BYTES = 32, NONCE = 12, TAG = 16, SEAL_V1 = 1, SEAL_V2 = 2, ID = 4, KEYS_MAX = 8, LINE = 128 };
/* A key file has a line for each key, the newest last: it seals. What is hashed and compared later
 * (tokens, the check of the database, tokens of forms) stays under the first one. */
struct rv_keys {
    size_t n;
    struct {
        uint8_t id[ID], wrap[KEY_BYTES];
    } of[KEYS_MAX];
    uint8_t key[RV_KEY_N][KEY_BYTES];
};
static const char file_head[] = "reeve-key 1 ";
static const char *const key_names[RV_KEY_N] = { "wrap", "token", "cursor", "audit" };

static void derive(const uint8_t master[KEY_BYTES], const char *name, uint8_t ret[KEY_BYTES])
{
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *ctx = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    char digest[] = "SHA256", info[32];
    size_t n = strlen(name);
    memcpy(info, name, n);
    uint8_t copy[KEY_BYTES];
    memcpy(copy, master, sizeof copy);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, copy, sizeof copy),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, n), OSSL_PARAM_construct_end()
    };
    if (ctx == NULL || EVP_KDF_derive(ctx, ret, KEY_BYTES, params) != 1)
        RV_BUG("no HKDF in the crypto library");
    EVP_KDF_CTX_free(ctx);
    EVP_KDF_free(kdf);
    explicit_bzero(copy, sizeof copy);
}

/* The lines of a key file as they stand in it. */
struct key_lines {
    uint8_t master[KEYS_MAX][KEY_BYTES];
    size_t n;
};

/* Makes the file, which must not be there; it is durable when this returns. */
static rv_status write_key_file(struct rv_cx *cx, const char *path, const struct key_lines *l)
{
    char text[KEYS_MAX * LINE];
    size_t n = 0;
    for (size_t i = 0; i < l->n; i++) {
        rv_str hex = rv_hex(cx, l->master[i], KEY_BYTES);
        if (hex.p == NULL)
            return rv_fail(cx, RV_BUSY, "out of memory");
        n += (size_t)snprintf(text + n, sizeof text - n, "%s%.*s\n", file_head, RV_FMT(hex));
        explicit_bzero((char *)(uintptr_t)hex.p, hex.n);
    }
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0400);
    if (fd < 0)
        return rv_fail(cx, RV_IO,
                       "the key file %s cannot be made: %s; choose another place with keys.file",
                       path, strerror(errno));
    bool ok = write(fd, text, n) == (ssize_t)n && fsync(fd) == 0;
    explicit_bzero(text, sizeof text);
    if (close(fd) == 0 && ok)
        return RV_OK;
    (void)unlink(path);
    return rv_fail(cx, RV_IO, "the key file %s could not be written: %s", path, strerror(errno));
}

static bool unhex(const char *text, uint8_t *ret, size_t n)
{
    for (size_t i = 0; i < n * 2; i++) {
        char c = text[i];
        int v = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
        if (v < 0)
            return false;
        ret[i / 2] = (uint8_t)(i % 2 == 0 ? v << 4 : ret[i / 2] | v);
    }
    return true;
}

static bool read_lines(rv_str text, struct key_lines *ret)
{
    rv_str line;
    ret->n = 0;
    while (rv_str_split(&text, '\n', &line)) {
        if (line.n == 0)
            continue;
        if (ret->n == KEYS_MAX || !rv_str_starts(line, rv_str_of(file_head)) ||
            line.n < sizeof file_head - 1 + (size_t)KEY_BYTES * 2 ||
            !unhex(line.p + sizeof file_head - 1, ret->master[ret->n], KEY_BYTES))
            return false;
        ret->n++;
    }
    return ret->n > 0;
}

static rv_status read_key_file(struct rv_cx *cx, const char *path, struct key_lines *ret)
{
    char text[KEYS_MAX * LINE] = { 0 };
    struct stat sb;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return rv_fail(
            cx, RV_NOT_FOUND,
            "the key file %s cannot be read: %s; without it sealed data cannot be opened", path,
            strerror(errno));
    bool ok = fstat(fd, &sb) == 0;
    ssize_t n = ok ? read(fd, text, sizeof text - 1) : -1;
    (void)close(fd); /* only read */
    if (!ok || n < 0)
        return rv_fail(cx, RV_IO, "the key file %s cannot be read: %s", path, strerror(errno));
    if ((sb.st_mode & 0377) != 0 || sb.st_uid != geteuid())
        return rv_fail(cx, RV_INVALID,
                       "the key file %s must belong to the user that runs Reeve and have mode 0400",
                       path);
    ok = read_lines((rv_str){ text, (size_t)n }, ret);
    explicit_bzero(text, sizeof text);
    return ok ? RV_OK : rv_fail(cx, RV_INVALID, "%s is not a key file of this version", path);
}

static void take_lines(struct rv_keys *k, const struct key_lines *l)
{
    uint8_t id[KEY_BYTES];
    k->n = l->n;
    for (size_t i = 0; i < l->n; i++) {
        derive(l->master[i], "id", id);
        memcpy(k->of[i].id, id, ID);
        derive(l->master[i], key_names[RV_KEY_WRAP], k->of[i].wrap);
    }
    for (int i = 0; i < RV_KEY_N; i++)
        derive(l->master[i == RV_KEY_WRAP ? l->n - 1 : 0], key_names[i], k->key[i]);
}

rv_status rv_keys_open(struct rv_cx *cx, const char *path, bool create, struct rv_keys **ret)
{
    struct key_lines l = { .n = 1 };
    if (create && access(path, F_OK) != 0) {
        rv_random(l.master[0], KEY_BYTES);
        RV_TRY(write_key_file(cx, path, &l));
    }
    RV_TRY(read_key_file(cx, path, &l));
    struct rv_keys *k =
        mmap(NULL, sizeof *k, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (k == MAP_FAILED)
        return rv_fail(cx, RV_BUSY, "out of memory");
    (void)madvise(k, sizeof *k, MADV_DONTDUMP); /* a kernel without it still refuses core dumps of this process */
    take_lines(k, &l);
    explicit_bzero(&l, sizeof l);
    *ret = k;
    return RV_OK;
}

/* Another file in the place of the one that is there: the old one or the new one, never half of it. */
static rv_status replace_key_file(struct rv_cx *cx, const char *path, const struct key_lines *l)
{
    const char *fresh = rv_z(cx, rv_printf(cx, "%s.new", path)),
               *slash = strrchr(path, '/');
    rv_str dir = slash == NULL   ? RV_STR(".")
                 : slash == path ? RV_STR("/")
                                 : (rv_str){ path, (size_t)(slash - path) };
    (void)unlink(fresh); /* of a try that was cut off */
    RV_TRY(write_key_file(cx, fresh, l));
    int fd = open(rv_z(cx, dir), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 && rename(fresh, path) == 0 && fsync(fd) == 0;
    if (fd >= 0)
        (void)close(fd); /* only flushed */
    return ok ? RV_OK
              : rv_fail(cx, RV_IO, "the key file %s could not be replaced: %s", path,
                        strerror(errno));
}

rv_status rv_keys_add(struct rv_cx *cx, const char *path, struct rv_keys *k)
{
    struct key_lines l;
    RV_TRY(read_key_file(cx, path, &l));
    if (l.n == KEYS_MAX)
        return rv_fail(cx, RV_CONFLICT, "the key file %s holds %d keys already; it takes no more",
                       path, KEYS_MAX);
    rv_random(l.master[l.n++], KEY_BYTES);
    rv_status st = replace_key_file(cx, path, &l);
    if (st == RV_OK)
        take_lines(k, &l);
    explicit_bzero(&l, sizeof l);
    return st;
}

rv_status rv_keys_drop_old(struct rv_cx *cx, const char *path, struct rv_keys *k)
{
    struct key_lines l;
    RV_TRY(read_key_file(cx, path, &l));
    if (l.n <= 2)
        return RV_OK;
    memcpy(l.master[1], l.master[l.n - 1], KEY_BYTES);
    l.n = 2;
    rv_status st = replace_key_file(cx, path, &l);
    if (st == RV_OK)
        take_lines(k, &l);
    explicit_bzero(&l, sizeof l);
    return st;
}

void rv_keys_free(struct rv_keys *k)
{
    if (k == NULL)
        return;
    explicit_bzero(k, sizeof *k);
    (void)munmap(k, sizeof *k);
}

/* Looking an algorithm up and making a context for it cost the library more than a short digest:
 * each is looked up once, and every thread keeps its context. */
static struct {
    EVP_MD *sha1, *sha256;
    pthread_key_t context;
} digests;

static void free_context(void *ctx)
{
    EVP_MD_CTX_free(ctx);
}

static void fetch_digests(void)
{
    digests.sha1 = EVP_MD_fetch(NULL, "SHA1", NULL);
    digests.sha256 = EVP_MD_fetch(NULL, "SHA256", NULL);
    if (digests.sha1 == NULL || digests.sha256 == NULL ||
        pthread_key_create(&digests.context, free_context) != 0)
        RV_BUG("no SHA-1 or SHA-256 in the crypto library");
}

static const EVP_MD *digest_of(bool sha1)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)pthread_once(&once, fetch_digests);
    return sha1 ? digests.sha1 : digests.sha256;
}

static EVP_MD_CTX *context(void)
{
    EVP_MD_CTX *ctx = pthread_getspecific(digests.context);
    if (ctx == NULL) {
        ctx = EVP_MD_CTX_new();
        if (ctx == NULL || pthread_setspecific(digests.context, ctx) != 0)
            RV_BUG("out of memory for a digest");
    }
    return ctx;
}

static void digest_two(const EVP_MD *md, rv_str a, rv_str b, uint8_t *ret)
{
    EVP_MD_CTX *ctx = context();
    bool ok = EVP_DigestInit_ex2(ctx, md, NULL) == 1 && EVP_DigestUpdate(ctx, a.p, a.n) == 1 &&
              EVP_DigestUpdate(ctx, b.p, b.n) == 1 && EVP_DigestFinal_ex(ctx, ret, NULL) == 1;
    if (!ok)
        RV_BUG("the crypto library makes no digests");
}

void rv_sha1_two(rv_str a, rv_str b, uint8_t ret[20])
{
    digest_two(digest_of(true), a, b, ret);
}

/* RFC 2104 over the digest, because the library's own interface looks up MAC and digest at each
 * call. */
void rv_hmac_key(rv_str key, rv_str data, uint8_t ret[32])
{
    enum { BLOCK = 64 };
    uint8_t pad[BLOCK] = { 0 }, inner[32];
    if (key.n > BLOCK)
        rv_sha256(key, pad);
    else if (key.n > 0)
        memcpy(pad, key.p, key.n);
    for (int i = 0; i < BLOCK; i++)
        pad[i] ^= 0x36;
    digest_two(digest_of(false), (rv_str){ (const char *)pad, BLOCK }, data, inner);
    for (int i = 0; i < BLOCK; i++)
        pad[i] ^= 0x36 ^ 0x5c;
    digest_two(digest_of(false), (rv_str){ (const char *)pad, BLOCK },
               (rv_str){ (const char *)inner, sizeof inner }, ret);
    explicit_bzero(pad, sizeof pad);
    explicit_bzero(inner, sizeof inner);
}

void rv_hmac(const struct rv_keys *k, enum rv_key which, rv_str data, uint8_t ret[32])
{
    rv_hmac_key((rv_str){ (const char *)k->key[which], KEY_BYTES }, data, ret);
}

void rv_sha256(rv_str data, uint8_t ret[32])
{
    digest_two(digest_of(false), data, RV_STR(""), ret);
}

bool rv_same_secret(rv_str a, rv_str b)
{
    return a.p != NULL && b.p != NULL && a.n == b.n && CRYPTO_memcmp(a.p, b.p, a.n) == 0;
}

static rv_str base64(struct rv_cx *cx, rv_str data, const char *alphabet, bool padding)
{
    char *p = rv_alloc(cx, (data.n + 2) / 3 * 4 + 1);
    const uint8_t *from = (const uint8_t *)data.p;
    size_t n = 0;
    if (p == NULL)
        return RV_NONE_STR;
    for (size_t i = 0; i < data.n; i += 3) {
        size_t have = data.n - i < 3 ? data.n - i : 3;
        uint32_t v = (uint32_t)from[i] << 16 | (have > 1 ? (uint32_t)from[i + 1] << 8 : 0) |
                     (have > 2 ? from[i + 2] : 0);
        for (size_t k = 0; k < 4; k++) {
            if (k <= have)
                p[n++] = alphabet[v >> (18 - 6 * k) & 63];
            else if (padding)
                p[n++] = '=';
        }
    }
    return (rv_str){ p, n };
}

static const char plain64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char url64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

rv_str rv_base64(struct rv_cx *cx, rv_str data)
{
    return base64(cx, data, plain64, true);
}

rv_str rv_base64url(struct rv_cx *cx, rv_str data)
{
    return base64(cx, data, url64, false);
}

static int digit64(char c)
{
    if (c == '\0')
        return -1;
    const char *at = strchr(plain64, c);
    return at != NULL ? (int)(at - plain64) : c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool rv_base64_decode(struct rv_cx *cx, rv_str text, rv_str *ret)
{
    rv_str s = text;
    size_t padding = 0;
    while (padding < 2 && s.n > 0 && s.p[s.n - 1] == '=') {
        s.n--;
        padding++;
    }
    if (s.p == NULL || s.n % 4 == 1 || (padding > 0 && (s.n + padding) % 4 != 0))
        return false;
    char *p = rv_alloc(cx, s.n / 4 * 3 + 4);
    size_t n = 0;
    uint32_t v = 0;
    if (p == NULL)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        int d = digit64(s.p[i]);
        if (d < 0)
            return false;
        v = v << 6 | (uint32_t)d;
        if (i % 4 == 3) {
            p[n++] = (char)(v >> 16);
            p[n++] = (char)(v >> 8);
            p[n++] = (char)v;
            v = 0;
        }
    }
    if (s.n % 4 == 2) {
        if ((v & 15) != 0)
            return false;
        p[n++] = (char)(v >> 4);
    } else if (s.n % 4 == 3) {
        if ((v & 3) != 0)
            return false;
        p[n++] = (char)(v >> 10);
        p[n++] = (char)(v >> 2);
    }
    *ret = (rv_str){ p, n };
    return true;
}

rv_status rv_seal(struct rv_cx *cx, const struct rv_keys *k, rv_str aad, rv_str plain, rv_str *ret)
{
    enum { HEAD = 1 + ID + NONCE };
    uint8_t *out = rv_alloc(cx, HEAD + plain.n + TAG);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    int n;
    if (out == NULL || ctx == NULL || plain.n > INT32_MAX) {
        EVP_CIPHER_CTX_free(ctx);
        return rv_fail(cx, RV_BUSY, "out of memory");
    }
    out[0] = SEAL_V2;
    memcpy(out + 1, k->of[k->n - 1].id, ID);
    uint8_t *nonce = out + 1 + ID, *text = out + HEAD;
    rv_random(nonce, NONCE);
    bool ok = EVP_EncryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, k->of[k->n - 1].wrap, nonce) == 1 &&
              EVP_EncryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.n) == 1 &&
              EVP_EncryptUpdate(ctx, text, &n, (const uint8_t *)plain.p, (int)plain.n) == 1 &&
              EVP_EncryptFinal_ex(ctx, text + plain.n, &n) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_GET_TAG, TAG, text + plain.n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    if (!ok)
        return rv_fail(cx, RV_INTERNAL, "a secret could not be sealed");
    *ret = rv_base64(cx, (rv_str){ (char *)out, HEAD + plain.n + TAG });
    return ret->p != NULL ? RV_OK : RV_BUSY;
}

/* Nonce, ciphertext and tag under one key. */
static bool open_with(const uint8_t *key, rv_str aad, rv_str sealed, uint8_t *out)
{
    const uint8_t *in = (const uint8_t *)sealed.p;
    size_t size = sealed.n - NONCE - TAG;
    uint8_t tag[TAG];
    int n;
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    memcpy(tag, in + NONCE + size, TAG);
    bool ok = ctx != NULL && EVP_DecryptInit_ex(ctx, EVP_aes_256_gcm(), NULL, key, in) == 1 &&
              EVP_DecryptUpdate(ctx, NULL, &n, (const uint8_t *)aad.p, (int)aad.n) == 1 &&
              EVP_DecryptUpdate(ctx, out, &n, in + NONCE, (int)size) == 1 &&
              EVP_CIPHER_CTX_ctrl(ctx, EVP_CTRL_GCM_SET_TAG, TAG, tag) == 1 &&
              EVP_DecryptFinal_ex(ctx, out + size, &n) == 1;
    EVP_CIPHER_CTX_free(ctx);
    return ok;
}

rv_status rv_unseal(struct rv_cx *cx, const struct rv_keys *k, rv_str aad, rv_str sealed,
                    rv_str *ret)
{
    rv_str raw;
    bool decoded = rv_base64_decode(cx, sealed, &raw) && raw.n > 0, named = decoded && raw.p[0] == SEAL_V2;
    size_t head = named ? 1 + ID : 1;
    if (!decoded || raw.n < head + NONCE + TAG || (!named && raw.p[0] != SEAL_V1))
        return rv_fail(cx, RV_INTERNAL, "a sealed secret is damaged; enter it again");
    rv_str body = rv_str_sub(raw, head, raw.n);
    uint8_t *out = rv_alloc(cx, body.n);
    if (out == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    for (size_t i = k->n; i-- > 0;) { /* version 1 does not name its key */
        if (named && memcmp(raw.p + 1, k->of[i].id, ID) != 0)
            continue;
        if (open_with(k->of[i].wrap, aad, body, out)) {
            *ret = (rv_str){ (char *)out, body.n - NONCE - TAG };
            return RV_OK;
        }
    }
    return rv_fail(cx, RV_INTERNAL,
                   "a sealed secret cannot be opened: the key file is another one, or the secret "
                   "was moved");
}

/* ---- signatures ------------------------------------------------------------------------------ */

static EVP_PKEY *read_rsa_key(rv_str pem)
{
    BIO *b = pem.n > 0 && pem.n < 65536 ? BIO_new_mem_buf(pem.p, (int)pem.n) : NULL;
    char none[] = ""; /* a locked key is refused, nobody is asked */
    EVP_PKEY *k = b != NULL ? PEM_read_bio_PrivateKey(b, NULL, NULL, none) : NULL;
    BIO_free(b);
    if (k != NULL && EVP_PKEY_base_id(k) != EVP_PKEY_RSA) {
        EVP_PKEY_free(k);
        k = NULL;
    }
    return k;
}

rv_status rv_sign_rs256(struct rv_cx *cx, rv_str pem, rv_str data, rv_str *ret)
{
    enum { SIGNATURE_MAX = 2048 };
    unsigned char out[SIGNATURE_MAX];
    size_t n = sizeof out;
    EVP_PKEY *key = read_rsa_key(pem);
    EVP_MD_CTX *m = key != NULL ? EVP_MD_CTX_new() : NULL;
    bool ok = m != NULL && EVP_DigestSignInit(m, NULL, EVP_sha256(), NULL, key) == 1 &&
              EVP_DigestSign(m, out, &n, (const unsigned char *)data.p, data.n) == 1;
    EVP_MD_CTX_free(m);
    EVP_PKEY_free(key);
    ERR_clear_error();
    if (!ok)
        return rv_fail(cx, RV_INVALID, "it is not an RSA key in PEM form that can sign");
    *ret = rv_dup(cx, (rv_str){ (const char *)out, n });
    return ret->p != NULL ? RV_OK : RV_BUSY;
}
