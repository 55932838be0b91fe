/* api/tree.c: which route a path belongs to.
 *
 * The paths of the table as a tree, one node per word. A fixed word wins over a {…}; when the rest
 * does not fit below it, the {…} is tried. Words are decoded once, each by itself, so that nothing
 * decoded is ever split again. */
#include "api/api_int.h"

const rv_str rv_methods[RV_M_N] = { RV_STR_INIT("GET"), RV_STR_INIT("POST"), RV_STR_INIT("PUT"), RV_STR_INIT("PATCH"), RV_STR_INIT("DELETE") };

static struct rv_node *child(struct rv_cx *cx, struct rv_node *at, rv_str word)
{
    bool param = word.n > 0 && word.p[0] == '{';
    if (param && at->param != NULL)
        return at->param;
    for (struct rv_node *c = param ? NULL : at->children; c != NULL; c = c->next) {
        if (rv_str_eq(c->word, word))
            return c;
    }
    struct rv_node *n = RV_NEW(cx, struct rv_node);
    if (n == NULL)
        return NULL;
    n->word = word;
    if (param) {
        at->param = n;
    } else {
        n->next = at->children;
        at->children = n;
    }
    return n;
}

rv_status rv_tree_add(struct rv_cx *cx, struct rv_node *root, const struct rv_route *r)
{
    rv_str rest = rv_str_of(r->path), word;
    struct rv_node *at = root;
    if (rest.n == 0 || rest.p[0] != '/')
        RV_BUG("route %s: the path does not begin with /", r->path);
    rest = rv_str_sub(rest, 1, rest.n);
    while (rest.n > 0 && rv_str_split(&rest, '/', &word)) {
        at = child(cx, at, word);
        if (at == NULL)
            return RV_BUSY;
    }
    for (size_t m = 0; m < RV_M_N; m++) {
        if (!rv_str_eq(rv_methods[m], rv_str_of(r->method)))
            continue;
        if (at->routes[m] != NULL)
            RV_BUG("two routes answer %s %s: %s and %s", r->method, r->path, at->routes[m]->op,
                   r->op);
        at->routes[m] = r;
        at->any = true;
        return RV_OK;
    }
    RV_BUG("route %s: unknown method %s", r->path, r->method);
}

static const struct rv_node *find(const struct rv_node *at, const rv_str *words, size_t n,
                                  rv_str *params, size_t params_n)
{
    if (n == 0)
        return at->any ? at : NULL;
    for (const struct rv_node *c = at->children; c != NULL; c = c->next) {
        if (!rv_str_eq(c->word, words[0]))
            continue;
        const struct rv_node *found = find(c, words + 1, n - 1, params, params_n);
        if (found != NULL)
            return found;
        break;
    }
    if (at->param == NULL || words[0].n == 0 || params_n == RV_PARAMS_MAX)
        return NULL;
    params[params_n] = words[0];
    return find(at->param, words + 1, n - 1, params, params_n + 1);
}

const struct rv_node *rv_tree_find(const struct rv_node *root, const rv_str *words, size_t n,
                                   rv_str params[RV_PARAMS_MAX])
{
    return find(root, words, n, params, 0);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* One word of a path, or (form) one part of a query or form. */
static rv_status decode(struct rv_cx *cx, rv_str raw, bool form, const char *where, rv_str *ret)
{
    *ret = raw;
    if (memchr(raw.p, '%', raw.n) == NULL && (!form || memchr(raw.p, '+', raw.n) == NULL))
        return rv_utf8_valid(raw) ? RV_OK : rv_fail(cx, RV_INVALID, "The %s is not UTF-8.", where);
    char *out = rv_alloc(cx, raw.n + 1);
    size_t n = 0;
    if (out == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < raw.n; i++) {
        char c = raw.p[i];
        if (c == '%') {
            int hi = i + 2 < raw.n ? hex_digit(raw.p[i + 1]) : -1;
            int lo = hi >= 0 ? hex_digit(raw.p[i + 2]) : -1;
            if (lo < 0)
                return rv_fail(cx, RV_INVALID,
                               "The %s has a '%%' that is not followed by two hexadecimal digits.",
                               where);
            c = (char)(hi * 16 + lo);
            i += 2;
            if (c == '\0' || (!form && (c == '/' || c == '\\')))
                return rv_fail(cx, RV_INVALID,
                               "The %s holds an encoded character that is not allowed there.",
                               where);
        } else if (form && c == '+') {
            c = ' ';
        }
        out[n++] = c;
    }
    *ret = (rv_str){ out, n };
    return rv_utf8_valid(*ret) ? RV_OK : rv_fail(cx, RV_INVALID, "The %s is not UTF-8.", where);
}

rv_status rv_path_split(struct rv_cx *cx, rv_str path, rv_str words[RV_SEGMENTS_MAX], size_t *ret_n)
{
    size_t n = 0;
    if (path.n == 0 || path.p[0] != '/')
        return rv_fail(cx, RV_INVALID, "The path does not begin with '/'.");
    rv_str rest = rv_str_sub(path, 1, path.n), raw;
    while (rest.n > 0 && rv_str_split(&rest, '/', &raw)) {
        if (n == RV_SEGMENTS_MAX)
            return rv_fail(cx, RV_NO_ROUTE, "Not found: there is no such path.");
        RV_TRY(decode(cx, raw, false, "path", &words[n]));
        if (rv_str_eq(words[n], RV_STR(".")) || rv_str_eq(words[n], RV_STR("..")))
            return rv_fail(cx, RV_INVALID, "The path holds '.' or '..'.");
        n++;
    }
    *ret_n = n;
    return RV_OK;
}

enum { PAIRS_MAX = 100 };

rv_status rv_pairs_parse(struct rv_cx *cx, rv_str text, struct rv_pairs *ret)
{
    size_t n = 1;
    rv_str rest = text, one;
    for (size_t i = 0; i < text.n; i++)
        n += text.p[i] == '&';
    if (n > PAIRS_MAX)
        return rv_fail(cx, RV_LIMIT, "There are %zu parameters, at most %d are allowed.", n,
                       PAIRS_MAX);
    *ret = (struct rv_pairs){ .at = RV_NEW_N(cx, struct rv_pair, n) };
    if (ret->at == NULL)
        return RV_BUSY;
    while (rest.n > 0 && rv_str_split(&rest, '&', &one)) {
        rv_str name;
        if (one.n == 0)
            continue;
        rv_str value = one;
        if (!rv_str_split(&value, '=', &name) || value.p == NULL)
            value = RV_STR("");
        struct rv_pair *p = &ret->at[ret->n++];
        RV_TRY(decode(cx, name, true, "query or form", &p->name));
        RV_TRY(decode(cx, value, true, "query or form", &p->value));
    }
    return RV_OK;
}

rv_str rv_pairs_get(const struct rv_pairs *p, const char *name)
{
    rv_str wanted = rv_str_of(name);
    for (size_t i = 0; i < p->n; i++) {
        if (rv_str_eq(p->at[i].name, wanted))
            return p->at[i].value;
    }
    return RV_NONE_STR;
}
