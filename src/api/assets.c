/* api/assets.c: the browser application, embedded in the binary.
 *
 * Fingerprinted files are immutable; the first page is always asked for anew. An address of the
 * application gives its first page, which then shows the right screen; anything else is not here.
 * The table is generated from web/dist and sorted by path; no path ever reaches the file system
 * (security.md 3.2). Runs on the I/O thread. */
#include "api/api_int.h"

/* First words of the application's addresses (web/src/app/paths.ts). */
static const char *const areas[] = { "inbox", "requests", "catalogue", "next", "board", "request-types", "flows", "tables", "connections",
                                     "people", "groups", "applications", "administrators", "settings", "mail", "log", "search", "preferences" };

static const char policy[] = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; "
                             "form-action 'self'; frame-ancestors 'none'; base-uri 'none'; require-trusted-types-for 'script'";

static size_t assets_n(void)
{
    size_t n = 0;
    while (rv_assets[n].path != NULL)
        n++;
    return n;
}

static const struct rv_asset *find(rv_str path)
{
    size_t low = 0, high = assets_n();
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        int c = rv_str_cmp(rv_str_of(rv_assets[mid].path), path);
        if (c == 0)
            return &rv_assets[mid];
        if (c < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return NULL;
}

static bool is_area(rv_str path)
{
    rv_str rest = rv_str_sub(path, 1, path.n), word;
    if (path.n == 1)
        return true;
    if (!rv_str_split(&rest, '/', &word))
        return false;
    for (size_t i = 0; i < RV_LEN(areas); i++) {
        if (rv_str_eq(word, rv_str_of(areas[i])))
            return true;
    }
    return false;
}

static bool takes_brotli(const struct rv_exchange *x)
{
    rv_str rest = rv_exchange_header(x, "accept-encoding"), one;
    while (rv_str_split(&rest, ',', &one)) {
        rv_str name, weight = rv_str_trim(one);
        if (rv_str_split(&weight, ';', &name) && rv_str_eq_nocase(rv_str_trim(name), RV_STR("br")))
            return weight.p == NULL || !rv_str_eq(rv_str_trim(weight), RV_STR("q=0"));
    }
    return false;
}

static rv_status headers(struct rv_exchange *x, const struct rv_asset *a, bool brotli)
{
    RV_TRY(rv_exchange_set_header(x, "Content-Type", rv_str_of(a->media_type)));
    RV_TRY(rv_exchange_set_header(x, "Cache-Control",
                                  a->immutable ? RV_STR("public, max-age=31536000, immutable")
                                               : RV_STR("no-cache")));
    RV_TRY(rv_exchange_set_header(x, "ETag", rv_str_of(a->etag)));
    RV_TRY(rv_exchange_set_header(x, "Vary", RV_STR("Accept-Encoding")));
    RV_TRY(rv_exchange_set_header(x, "Content-Security-Policy", rv_str_of(policy)));
    return brotli ? rv_exchange_set_header(x, "Content-Encoding", RV_STR("br")) : RV_OK;
}

bool rv_asset_answer(struct rv_exchange *x)
{
    if (!rv_str_eq(x->method, RV_STR("GET")))
        return false;
    const struct rv_asset *a = find(x->path);
    if (a == NULL && is_area(x->path))
        a = find(RV_STR("/index.html"));
    if (a == NULL)
        return false;
    bool same = rv_str_eq(rv_exchange_header(x, "if-none-match"), rv_str_of(a->etag));
    bool brotli = !same && a->brotli != NULL && takes_brotli(x);
    if (headers(x, a, brotli) != RV_OK) {
        x->out_headers_n = 0;
        return false;
    }
    x->status = same ? 304 : 200;
    x->out = same     ? RV_NONE_STR
             : brotli ? (rv_str){ (const char *)a->brotli, a->brotli_n }
                      : (rv_str){ (const char *)a->data, a->n };
    return true;
}
