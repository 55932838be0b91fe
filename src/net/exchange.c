/* The part of an exchange that is the same for requests from outside and for calls within the
 * process: its headers, and how a handler leaves it unanswered for a while.
 *
 * Who made the exchange puts a struct rv_exchange_impl behind it; finishing goes through that. */
#include "net/net_int.h"

rv_str rv_exchange_header(const struct rv_exchange *x, const char *lower_case_name)
{
    rv_str name = rv_str_of(lower_case_name);
    for (size_t i = 0; i < x->headers_n; i++)
        if (rv_str_eq(x->headers[i].name, name))
            return x->headers[i].value;
    return RV_NONE_STR;
}

static struct rv_header *header_to_replace(struct rv_exchange *x, rv_str name)
{
    if (rv_str_eq_nocase(name, RV_STR("link")) || rv_str_eq_nocase(name, RV_STR("set-cookie")))
        return NULL;
    for (size_t i = 0; i < x->out_headers_n; i++)
        if (rv_str_eq_nocase(x->out_headers[i].name, name))
            return &x->out_headers[i];
    return NULL;
}

/* The header to write: one of the same name or a new one; NULL when memory is out. */
static struct rv_header *header_slot(struct rv_exchange *x, rv_str name)
{
    struct rv_header *h = header_to_replace(x, name);
    if (h == NULL && x->out_headers_n == x->out_headers_size) {
        size_t size = x->out_headers_size == 0 ? 8 : x->out_headers_size * 2;
        struct rv_header *bigger = RV_NEW_N(&x->cx, struct rv_header, size);
        if (bigger == NULL)
            return NULL;
        if (x->out_headers_n > 0)
            memcpy(bigger, x->out_headers, x->out_headers_n * sizeof *bigger);
        x->out_headers = bigger;
        x->out_headers_size = size;
    }
    return h != NULL ? h : &x->out_headers[x->out_headers_n++];
}

rv_status rv_exchange_set_header(struct rv_exchange *x, const char *name, rv_str value)
{
    RV_CHECK(x, 'X');
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return rv_fail(&x->cx, RV_INVALID, "The header %s cannot hold a control character.",
                           name);
    }
    rv_str n = rv_dup(&x->cx, rv_str_of(name)),
           v = rv_dup(&x->cx, value.p != NULL ? value : RV_STR(""));
    struct rv_header *h = n.p != NULL && v.p != NULL ? header_slot(x, n) : NULL;
    if (h == NULL)
        return RV_BUSY; /* said by rv_alloc */
    *h = (struct rv_header){ .name = n, .value = v };
    return RV_OK;
}

static struct rv_exchange_impl *impl_of(struct rv_exchange *x)
{
    RV_CHECK(x, 'X');
    return x->impl;
}

void rv_exchange_later(struct rv_exchange *x)
{
    struct rv_exchange_impl *impl = impl_of(x);
    x->later = true;
    if (impl->later != NULL)
        *impl->later = true;
}

void rv_exchange_finish(struct rv_exchange *x)
{
    impl_of(x)->finish(x);
}

bool rv_exchange_run(struct rv_exchange *x, void (*handle)(void *arg, struct rv_exchange *x),
                     void *arg)
{
    bool later = false; /* not in x: it may be gone when handle comes back */
    impl_of(x)->later = &later;
    handle(arg, x);
    return later;
}
