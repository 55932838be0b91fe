/* base/certificate.c: reads certificates of authorities (workflows.md 14.1). */
#include "base/base.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <time.h>

static int64_t ms_of(const ASN1_TIME *t)
{
    struct tm tm = { 0 };
    return ASN1_TIME_to_tm(t, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : RV_NO_TIME;
}

/* Distinguished names in the form of RFC 2253, as text. */
static rv_str name_of(struct rv_cx *cx, const X509_NAME *name)
{
    BIO *b = BIO_new(BIO_s_mem());
    char *p = NULL;
    rv_str ret = RV_NONE_STR;
    if (b != NULL &&
        X509_NAME_print_ex(b, name, 0, XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB) >= 0) {
        long n = BIO_get_mem_data(b, &p);
        ret = rv_dup(cx, (rv_str){ p, n > 0 ? (size_t)n : 0 });
    }
    BIO_free(b);
    return ret;
}

static rv_status read_one(struct rv_cx *cx, X509 *x, struct rv_certificate *ret)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n = 0;
    if (X509_digest(x, EVP_sha256(), digest, &n) != 1)
        return rv_fail(cx, RV_BUSY, "out of memory while reading a certificate");
    *ret = (struct rv_certificate){ .subject = name_of(cx, X509_get_subject_name(x)),
                                    .fingerprint = rv_hex(cx, digest, n),
                                    .not_before = ms_of(X509_get0_notBefore(x)),
                                    .not_after = ms_of(X509_get0_notAfter(x)),
                                    .authority = X509_check_ca(x) == 1 };
    BIO *b = BIO_new(BIO_s_mem());
    char *p = NULL;
    if (b != NULL && PEM_write_bio_X509(b, x) == 1) {
        long size = BIO_get_mem_data(b, &p);
        ret->pem = rv_dup(cx, (rv_str){ p, (size_t)size });
    }
    BIO_free(b);
    return ret->pem.p != NULL && ret->subject.p != NULL && ret->fingerprint.p != NULL
               ? RV_OK
               : rv_fail(cx, RV_BUSY, "out of memory while reading a certificate");
}

rv_status rv_certificate_read(struct rv_cx *cx, rv_str pem, struct rv_certificate *ret)
{
    BIO *b = BIO_new_mem_buf(pem.n > 0 ? pem.p : "", (int)pem.n);
    X509 *x = b != NULL ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL,
         *more = x != NULL ? PEM_read_bio_X509(b, NULL, NULL, NULL) : NULL;
    rv_status st =
        x == NULL ? rv_fail(cx, RV_INVALID,
                            "This is no certificate in PEM form; one begins with "
                            "-----BEGIN CERTIFICATE-----.")
        : more != NULL
            ? rv_fail(cx, RV_INVALID, "There is more than one certificate here; add them one by one.")
            : read_one(cx, x, ret);
    X509_free(x);
    X509_free(more);
    BIO_free(b);
    ERR_clear_error();
    return st;
}
