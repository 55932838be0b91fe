/* cards/keys.c: keys of authors in PEM form, as cards that sign and check need them. */
#include "cards/cards_int.h"

#include <openssl/pem.h>
#include <openssl/x509.h>

static int no_password(char *buf, int size, int rwflag, void *arg)
{
    (void)buf;
    (void)size;
    (void)rwflag;
    (void)arg;
    return 0; /* nobody is there to ask */
}

/* Line ends of a key that was pasted as a JSON text count, too. */
static BIO *key_lines(struct rv_cx *cx, rv_str pem)
{
    char *p = rv_alloc(cx, pem.n + 1);
    size_t n = 0;
    for (size_t i = 0; p != NULL && i < pem.n; i++) {
        bool end = pem.p[i] == '\\' && i + 1 < pem.n && pem.p[i + 1] == 'n';
        p[n++] = end ? '\n' : pem.p[i];
        i += end ? 1 : 0;
    }
    return p != NULL ? BIO_new_mem_buf(p, (int)n) : NULL;
}

static EVP_PKEY *public_of_certificate(BIO *b)
{
    X509 *x = PEM_read_bio_X509(b, NULL, no_password, NULL);
    EVP_PKEY *k = x != NULL ? X509_get_pubkey(x) : NULL;
    X509_free(x);
    return k;
}

struct evp_pkey_st *rv_pem_read(struct rv_cx *cx, rv_str pem, bool secret)
{
    EVP_PKEY *k = NULL;
    for (int form = secret ? 2 : 0; form < 3 && k == NULL; form++) {
        BIO *b = key_lines(cx, pem);
        if (b == NULL)
            return NULL;
        k = form == 0   ? PEM_read_bio_PUBKEY(b, NULL, no_password, NULL)
            : form == 1 ? public_of_certificate(b)
                        : PEM_read_bio_PrivateKey(b, NULL, no_password, NULL);
        BIO_free(b);
    }
    return k;
}
