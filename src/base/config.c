/* base/config.c: configuration keys from tables, values from a file of "name = value" lines and
 * from the command line. */
#include "base/base.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

struct entry {
    const struct rv_config_key *key;
    char *text; /* own copy, or NULL: the default */
    int64_t number;
};
struct rv_config {
    struct entry *entries;
    size_t n;
};

static struct entry *find(const struct rv_config *c, rv_str name)
{
    for (size_t i = 0; i < c->n; i++) {
        if (rv_str_eq(rv_str_of(c->entries[i].key->name), name))
            return &c->entries[i];
    }
    return NULL;
}

/* A number with one of the units; the unit's factor is in the second column. */
struct unit {
    const char *name;
    int64_t factor;
};
static const struct unit durations[] = { { "ms", 1 }, { "s", 1000 }, { "min", 60000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 } };
static const struct unit sizes[] = { { "KiB", 1024 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 }, { "B", 1 }, { "", 1 }, { NULL, 0 } };

static bool with_unit(rv_str s, const struct unit *units, int64_t *ret)
{
    size_t n = 0;
    int64_t v;
    while (n < s.n && s.p[n] >= '0' && s.p[n] <= '9')
        n++;
    if (!rv_str_to_int(rv_str_sub(s, 0, n), &v))
        return false;
    rv_str unit = rv_str_trim(rv_str_sub(s, n, s.n));
    for (; units->name != NULL; units++) {
        if (rv_str_eq(unit, rv_str_of(units->name)))
            return !__builtin_mul_overflow(v, units->factor, ret);
    }
    return false;
}

static const char *parse(const struct rv_config_key *k, rv_str s, int64_t *ret)
{
    *ret = 0;
    switch (k->kind) {
    case RV_CONF_TEXT:
        return NULL;
    case RV_CONF_INT:
        if (!rv_str_to_int(s, ret))
            return "a whole number";
        break;
    case RV_CONF_BOOL:
        *ret = rv_str_eq(s, RV_STR("true")) || rv_str_eq(s, RV_STR("on")) ||
               rv_str_eq(s, RV_STR("yes"));
        return *ret != 0 || rv_str_eq(s, RV_STR("false")) || rv_str_eq(s, RV_STR("off")) ||
                       rv_str_eq(s, RV_STR("no"))
                   ? NULL
                   : "true or false";
    case RV_CONF_DURATION:
        if (!with_unit(s, durations, ret))
            return "a duration such as 500ms, 30s, 15min, 24h or 7d";
        break;
    case RV_CONF_BYTES:
        if (!with_unit(s, sizes, ret))
            return "a size such as 512KiB or 16MiB";
        break;
    }
    return NULL;
}

static rv_status assign(struct rv_cx *cx, struct entry *e, rv_str value)
{
    int64_t number;
    const struct rv_config_key *k = e->key;
    const char *wanted = parse(k, value, &number);
    if (wanted != NULL)
        return rv_fail(cx, RV_INVALID, "%s is \"%.*s\"; it must be %s", k->name, RV_FMT(value),
                       wanted);
    if (k->min != k->max && k->kind != RV_CONF_TEXT && (number < k->min || number > k->max))
        return rv_fail(cx, RV_INVALID, "%s is \"%.*s\"; it must be %" PRId64 " to %" PRId64 "%s",
                       k->name, RV_FMT(value), k->min, k->max,
                       k->kind == RV_CONF_DURATION ? " milliseconds"
                       : k->kind == RV_CONF_BYTES  ? " bytes"
                                                   : "");
    char *copy = malloc(value.n + 1);
    if (copy == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    if (value.n > 0)
        memcpy(copy, value.p, value.n);
    copy[value.n] = '\0';
    free(e->text);
    e->text = copy;
    e->number = number;
    return RV_OK;
}

rv_status rv_config_new(struct rv_cx *cx, const struct rv_config_key *const *tables,
                        struct rv_config **ret)
{
    struct rv_config *c = calloc(1, sizeof *c);
    size_t n = 0;
    for (const struct rv_config_key *const *t = tables; *t != NULL; t++) {
        for (const struct rv_config_key *k = *t; k->name != NULL; k++)
            n++;
    }
    if (c != NULL)
        c->entries = calloc(n + 1, sizeof *c->entries);
    if (c == NULL || c->entries == NULL) {
        free(c);
        return rv_fail(cx, RV_BUSY, "out of memory");
    }
    for (const struct rv_config_key *const *t = tables; *t != NULL; t++) {
        for (const struct rv_config_key *k = *t; k->name != NULL; k++) {
            if (find(c, rv_str_of(k->name)) != NULL)
                RV_BUG("configuration key %s stands in two tables", k->name);
            c->entries[c->n].key = k;
            rv_status st = assign(cx, &c->entries[c->n++], rv_str_of(k->def != NULL ? k->def : ""));
            if (st != RV_OK) {
                rv_config_free(c);
                return st;
            }
        }
    }
    *ret = c;
    return RV_OK;
}

void rv_config_free(struct rv_config *c)
{
    if (c == NULL)
        return;
    for (size_t i = 0; i < c->n; i++)
        free(c->entries[i].text);
    free(c->entries);
    free(c);
}

rv_status rv_config_set(struct rv_cx *cx, struct rv_config *c, rv_str name, rv_str value)
{
    struct entry *e = find(c, name);
    if (e == NULL)
        return rv_fail(cx, RV_INVALID,
                       "there is no configuration key %.*s; 'reeve config show' lists them",
                       RV_FMT(name));
    return assign(cx, e, value);
}

static rv_status take_line(struct rv_cx *cx, struct rv_config *c, rv_str line)
{
    rv_str name;
    line = rv_str_trim(line);
    if (line.n == 0 || line.p[0] == '#')
        return RV_OK;
    if (!rv_str_split(&line, '=', &name) || line.p == NULL)
        return rv_fail(cx, RV_INVALID, "write name = value");
    return rv_config_set(cx, c, rv_str_trim(name), rv_str_trim(line));
}

rv_status rv_config_load(struct rv_cx *cx, struct rv_config *c, const char *path)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    rv_status st = RV_OK;
    if (f == NULL)
        return rv_fail(cx, RV_INVALID, "the configuration file %s cannot be read: %s", path,
                       strerror(errno));
    int number = 1;
    for (ssize_t n; st == RV_OK && (n = getline(&line, &size, f)) >= 0; number++) {
        st = take_line(cx, c, (rv_str){ line, (size_t)n });
        if (st != RV_OK)
            st = rv_wrap(cx, st, "%s, line %d", path, number);
    }
    if (st == RV_OK && ferror(f) != 0)
        st = rv_fail(cx, RV_INVALID, "the configuration file %s cannot be read: %s", path,
                     strerror(errno));
    free(line);
    (void)fclose(f); /* only read */
    return st;
}

static const struct entry *need(const struct rv_env *env, const char *name)
{
    const struct entry *e = find(env->config, rv_str_of(name));
    if (e == NULL)
        RV_BUG("no table declares the configuration key %s", name);
    return e;
}

rv_str rv_config_text(const struct rv_env *env, const char *name)
{
    return rv_str_of(need(env, name)->text);
}

int64_t rv_config_int(const struct rv_env *env, const char *name)
{
    return need(env, name)->number;
}

bool rv_config_bool(const struct rv_env *env, const char *name)
{
    return need(env, name)->number != 0;
}

size_t rv_config_count(const struct rv_config *c)
{
    return c->n;
}

const struct rv_config_key *rv_config_at(const struct rv_config *c, size_t i, rv_str *ret_value)
{
    *ret_value = rv_str_of(c->entries[i].text);
    return c->entries[i].key;
}
