/* Mail addresses: one mailbox each, ASCII, no way to smuggle a line or a second address
 * (security.md 5.4).
 *
 * Accepted are "a@b.example" and "Name <a@b.example>", in lists with commas; quoted local parts,
 * comments, routes and address literals are not, because nobody needs them and every one has been
 * an attack. */
#include "net/client_int.h"

enum { LOCAL_MAX = 64, ADDRESS_MAX = 254 };

static bool is_local_byte(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
           (c != 0 && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

static bool is_dotted(rv_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == '.' && (i == 0 || i + 1 == s.n || s.p[i - 1] == '.'))
            return false;
    return s.n > 0;
}

static bool is_domain(rv_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char c = s.p[i];
        bool alnum = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        bool edge = i == 0 || i + 1 == s.n || s.p[i - 1] == '.' || s.p[i + 1] == '.';
        if (!alnum && c != '.' && (c != '-' || edge))
            return false;
    }
    return is_dotted(s);
}

static bool is_address(rv_str s)
{
    const char *at = s.n > 0 ? memchr(s.p, '@', s.n) : NULL;
    if (at == NULL || s.n > ADDRESS_MAX)
        return false;
    rv_str local = rv_str_sub(s, 0, (size_t)(at - s.p)), domain = rv_str_sub(s, local.n + 1, s.n);
    for (size_t i = 0; i < local.n; i++)
        if (!is_local_byte(local.p[i]))
            return false;
    return local.n <= LOCAL_MAX && is_dotted(local) && is_domain(domain);
}

rv_status rv_mail_address_check(struct rv_cx *cx, rv_str address)
{
    if (is_address(address))
        return RV_OK;
    for (size_t i = 0; i < address.n; i++)
        if ((unsigned char)address.p[i] >= 0x80)
            return rv_fail(
                cx, RV_INVALID,
                "\"%.*s\" holds letters beyond ASCII: write the domain in its xn-- form.",
                RV_FMT(rv_str_sub(address, 0, 100)));
    return rv_fail(cx, RV_INVALID, "\"%.*s\" is not a mail address.",
                   RV_FMT(rv_str_sub(address, 0, 100)));
}

/* Splits "Name <address>" or a bare address. */
static void split_mailbox(rv_str s, rv_str *ret_name, rv_str *ret_address)
{
    *ret_name = RV_NONE_STR;
    *ret_address = s;
    if (s.n < 2 || s.p[s.n - 1] != '>')
        return;
    size_t from = s.n - 1;
    while (from > 0 && s.p[from] != '<')
        from--;
    if (s.p[from] != '<')
        return;
    rv_str name = rv_str_trim(rv_str_sub(s, 0, from));
    if (name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"')
        name = rv_str_sub(name, 1, name.n - 2);
    *ret_name = name.n > 0 ? name : RV_NONE_STR;
    *ret_address = rv_str_trim(rv_str_sub(s, from + 1, s.n - from - 2));
}

static rv_str next_part(rv_str *rest)
{
    bool quoted = false;
    size_t i = 0;
    while (i < rest->n && (quoted || rest->p[i] != ',')) {
        if (rest->p[i] == '"')
            quoted = !quoted;
        i++;
    }
    rv_str part = rv_str_sub(*rest, 0, i);
    *rest = i < rest->n ? rv_str_sub(*rest, i + 1, rest->n) : RV_NONE_STR;
    return part;
}

bool rv_mail_next(rv_str *rest, rv_str *ret_name, rv_str *ret_address)
{
    while (rest->p != NULL) {
        rv_str part = rv_str_trim(next_part(rest));
        if (part.n == 0)
            continue; /* "a@b.example, " */
        split_mailbox(part, ret_name, ret_address);
        return true;
    }
    return false;
}

rv_status rv_mail_addresses(struct rv_cx *cx, rv_str list, rv_str **ret, size_t *ret_n)
{
    size_t max = 1, n = 0;
    for (size_t i = 0; i < list.n; i++) {
        max += list.p[i] == ',';
        if ((unsigned char)list.p[i] < 0x20 || list.p[i] == 0x7f)
            return rv_fail(
                cx, RV_INVALID,
                "A list of mail addresses cannot hold line breaks or control characters.");
    }
    rv_str *out = RV_NEW_N(cx, rv_str, max);
    if (out == NULL)
        return RV_BUSY; /* said by rv_alloc */
    rv_str name, address;
    while (rv_mail_next(&list, &name, &address)) {
        RV_TRY(rv_mail_address_check(cx, address));
        out[n] = rv_dup(cx, address);
        if (out[n++].p == NULL)
            return RV_BUSY;
    }
    *ret = out;
    *ret_n = n;
    return RV_OK;
}
