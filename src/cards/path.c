/* cards/path.c: paths into objects and lists that cards read, set and unset (workflows.md 2.5).
 *
 * A given value is never changed: what lies on the way to a change is copied. */
#include "cards/cards_int.h"

static rv_status too_deep(struct rv_call *c)
{
    return rv_fail(rv_call_cx(c), RV_LIMIT, "the path has more than %d parts", RV_PARTS_MAX);
}

rv_status rv_parts_of_text(struct rv_call *c, rv_str text, struct rv_parts *p)
{
    rv_str part;
    p->n = 0;
    while (rv_str_split(&text, '.', &part)) {
        if (p->n == RV_PARTS_MAX)
            return too_deep(c);
        p->parts[p->n++] = part;
    }
    return RV_OK;
}

rv_status rv_in_parts(struct rv_call *c, const char *field, const json_t *object,
                           struct rv_parts *p)
{
    json_t *v = rv_in(c, field), *part;
    rv_str text;
    size_t i;
    if (!json_is_array(v)) {
        RV_TRY(rv_in_text(c, field, &text));
        if (text.n > 0 && json_object_getn(object, text.p, text.n) != NULL) {
            *p = (struct rv_parts){ .parts = { text }, .n = 1 };
            return RV_OK;
        }
        return rv_parts_of_text(c, text, p);
    }
    p->n = 0;
    json_array_foreach(v, i, part)
    {
        if (p->n == RV_PARTS_MAX)
            return too_deep(c);
        RV_TRY(rv_value_text(rv_call_cx(c), part, &p->parts[p->n++]));
    }
    return RV_OK;
}

static rv_status out_of_memory(struct rv_call *c)
{
    return rv_fail(rv_call_cx(c), RV_BUSY, "out of memory in an object");
}

static json_t *child(const json_t *j, rv_str key)
{
    int64_t i;
    if (json_is_array(j))
        return rv_str_to_int(key, &i) && i >= 0 ? json_array_get(j, (size_t)i) : NULL;
    return key.p != NULL ? json_object_getn(j, key.p, key.n) : NULL;
}

enum { LIST_MAX = 10000 }; /* the highest position that a path may make in a list */

static bool is_position(rv_str key)
{
    for (size_t i = 0; i < key.n; i++)
        if (key.p[i] < '0' || key.p[i] > '9')
            return false;
    return key.n > 0 && key.n < 10;
}

/* Takes the value, also when it fails. Positions that a list lacks are filled with null. */
static rv_status put_child(struct rv_call *c, json_t *parent, rv_str key, json_t *value)
{
    int64_t i;
    if (value == NULL)
        return out_of_memory(c);
    if (!json_is_array(parent))
        return json_object_setn_new(parent, key.p != NULL ? key.p : "", key.n, value) == 0
                   ? RV_OK
                   : out_of_memory(c);
    if (!is_position(key) || !rv_str_to_int(key, &i) || i > LIST_MAX) {
        json_decref(value);
        return rv_fail(rv_call_cx(c), RV_INVALID,
                       "\"%.*s\" is no position in a list; positions go from 0 to %d", RV_FMT(key),
                       LIST_MAX);
    }
    for (size_t n = json_array_size(parent); n <= (size_t)i; n++)
        if (json_array_append_new(parent, json_null()) != 0) {
            json_decref(value);
            return out_of_memory(c);
        }
    return json_array_set_new(parent, (size_t)i, value) == 0 ? RV_OK : out_of_memory(c);
}

rv_status rv_parts_set(struct rv_call *c, json_t *root, const struct rv_parts *p, json_t *value)
{
    json_t *at = root;
    for (size_t i = 0; i + 1 < p->n; i++) {
        json_t *old = child(at, p->parts[i]), *next;
        if (json_is_object(old) || json_is_array(old))
            next = json_copy(old);
        else
            next = is_position(p->parts[i + 1]) ? json_array() : json_object();
        RV_TRY(put_child(c, at, p->parts[i], next));
        at = next;
    }
    return put_child(c, at, p->parts[p->n - 1], value != NULL ? json_incref(value) : json_null());
}

json_t *rv_parts_at(const json_t *j, const struct rv_parts *p, size_t n)
{
    union {
        const json_t *c;
        json_t *m;
    } at = { .c = j }; /* borrowed like json_object_get: the caller may only add a reference */
    for (size_t i = 0; i < n && at.m != NULL; i++)
        at.m = child(at.m, p->parts[i]);
    return at.m;
}

rv_status rv_parts_unset(struct rv_call *c, json_t *root, const struct rv_parts *p)
{
    json_t *at = root;
    int64_t i;
    if (p->n == 0 || rv_parts_at(root, p, p->n) == NULL)
        return RV_OK; /* absent is as good */
    for (size_t k = 0; k + 1 < p->n; k++) {
        json_t *next = json_copy(child(at, p->parts[k]));
        RV_TRY(put_child(c, at, p->parts[k], next));
        at = next;
    }
    rv_str last = p->parts[p->n - 1];
    if (json_is_object(at))
        (void)json_object_deln(at, last.p, last.n); /* it is there, and so is the item */
    else if (rv_str_to_int(last, &i))
        (void)json_array_remove(at, (size_t)i);
    return RV_OK;
}
