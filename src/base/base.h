/* base/base.h: the ground floor: memory, text, errors, time, ids, JSON, crypto, log, configuration.
 *
 * Knows no word of what Reeve is for. Everything here is safe on any thread unless it says
 * otherwise; an arena, a buffer and a cx belong to one thread at a time. Nothing here logs: it
 * returns. */
#pragma once
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <jansson.h>

#define RV_MUST_CHECK __attribute__((warn_unused_result))
#define RV_PRINTF(f, a) __attribute__((format(printf, f, a)))
#define RV_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define RV_CLEANUP(f) __attribute__((cleanup(f)))

/* ---- text ------------------------------------------------------------------------------------ */

/* Bytes with a length, by value; never owns. p == NULL means "absent" (SQL NULL, JSON null). */
typedef struct {
    const char *p;
    size_t n;
} rv_str;

#define RV_STR(lit) ((rv_str){ "" lit, sizeof(lit) - 1 })
#define RV_STR_INIT(lit) { "" lit, sizeof(lit) - 1 } /* in const initialisers */
#define RV_NONE_STR ((rv_str){ NULL, 0 })
#define RV_FMT(s) (int)(s).n, ((s).p != NULL ? (s).p : "") /* for "%.*s" */

static inline rv_str rv_str_of(const char *z) /* z may be NULL: absent */
{
    return (rv_str){ z, z != NULL ? strlen(z) : 0 };
}
bool rv_str_eq(rv_str a, rv_str b); /* absent equals absent only */
int rv_str_cmp(rv_str a, rv_str b); /* bytewise; absent first */
/* FNV-1a of s, going on from h: of tables in memory, never of what is stored. */
uint64_t rv_str_hash(uint64_t h, rv_str s);
#define RV_HASH_FIRST UINT64_C(14695981039346656037)
bool rv_str_eq_nocase(rv_str a, rv_str b); /* ASCII only */
bool rv_str_starts(rv_str s, rv_str prefix);
bool rv_str_ends(rv_str s, rv_str suffix);
bool rv_str_contains(rv_str s, rv_str part);
rv_str rv_str_trim(rv_str s); /* ASCII blanks at both ends */
rv_str rv_str_sub(rv_str s, size_t from, size_t n); /* clipped to s */
/* Cuts the part before the next sep off *rest; false when *rest is used up (absent). */
bool rv_str_split(rv_str *rest, char sep, rv_str *ret_part);
bool rv_utf8_valid(rv_str s); /* RFC 3629, no surrogates */
void rv_utf8_mend(char *s, size_t n); /* what is no UTF-8 becomes '?', byte by byte */
rv_str rv_utf8_cut(rv_str s, size_t max); /* at most max bytes, whole letters */
void rv_utf8_copy(char *to, size_t size, rv_str s); /* the same into an array, with a NUL; to may not be where s stands */
size_t rv_utf8_count(rv_str s); /* code points of valid UTF-8 */
RV_MUST_CHECK bool rv_str_to_int(rv_str s, int64_t *ret); /* decimal, optional '-', whole text, no overflow */

/* ---- statuses and errors (style.md 5) -------------------------------------------------------- */

/* name, HTTP status, default wire code, meaning. Order is stable: statuses are never renumbered. */
#define RV_STATUS_TABLE(X)                                                                         \
    X(OK, 200, "", "success")                                                                      \
    X(INVALID, 400, "E0000001", "the input breaks a rule")                                         \
    X(MALFORMED, 400, "E0000003", "the body is not well-formed JSON")                              \
    X(UNAUTHENTICATED, 401, "E0000004", "wrong credentials")                                       \
    X(BAD_TOKEN, 401, "E0000011", "the token is unknown, expired or revoked")                      \
    X(NO_SESSION, 403, "E0000005", "no credentials, or the session ended")                         \
    X(FORBIDDEN, 403, "E0000006", "the caller may see but not do this")                            \
    X(NOT_FOUND, 404, "E0000007", "absent, or the caller may not know of it")                      \
    X(NO_ROUTE, 404, "E0000008", "no such path")                                                   \
    X(METHOD, 405, "E0000022", "the path does not take this method")                               \
    X(CONFLICT, 409, "E0000195", "the row changed, or the state forbids it")                       \
    X(STALE, 412, "E0000020", "the object changed since it was read")                              \
    X(TOO_LARGE, 413, "E0000020", "larger than the limit")                                         \
    X(MEDIA_TYPE, 400, "E0000021", "the body's media type is missing or not accepted")             \
    X(REUSED_KEY, 422, "E0000020", "an idempotency key came back with another body")               \
    X(RATE, 429, "E0000047", "too many calls")                                                     \
    X(INTERNAL, 500, "E0000009", "a defect of the server")                                         \
    X(BUSY, 503, "E0000181", "overload, read-only store, memory cap: retry")                       \
    X(UNCERTAIN, 503, "E0000181", "outcome of a commit or call unknown: look it up first")         \
    X(TIMEOUT, 503, "E0000181", "no answer in time")                                               \
    X(UNREACHABLE, 503, "E0000181", "the other side could not be reached")                         \
    X(REFUSED, 400, "E0000001", "the other side refused")                                          \
    X(FULL, 503, "E0000181", "the disk is full")                                                   \
    X(IO, 500, "E0000009", "an operating system call failed")                                      \
    X(LIMIT, 400, "E0000001", "a limit was exceeded; the message names it and the value")          \
    X(STOPPED, 503, "E0000181", "the server is shutting down")

typedef enum {
#define RV_X(name, http, code, help) RV_##name,
    RV_STATUS_TABLE(RV_X)
#undef RV_X
    RV_STATUS_N
} rv_status;

struct rv_status_info {
    const char *name; /* "NOT_FOUND" */
    int http;
    const char *code; /* default wire code */
    const char *help;
};
const struct rv_status_info *rv_status_info(rv_status st);

struct rv_cx;

/* One cause of an input error: where it is and what to change. */
struct rv_cause {
    const char *pointer; /* JSON pointer "/steps/2/text", or the name of a query parameter; "" when none */
    const char *in; /* "body", "query", "path", "header" */
    const char *reason; /* short upper-case word for programs ("REQUIRED_PROPERTY_MISSING"), or "" */
    const char *summary; /* a sentence for people */
    struct rv_cause *next;
};

/* What went wrong, kept in the cx by the first function that knew. */
struct rv_error {
    rv_status status; /* RV_OK: none */
    const char *message; /* sentence for people: no SQL, path or secret in it */
    const char *code; /* wire code instead of the status's default, or NULL */
    int http; /* HTTP status instead of the status's default, or 0 */
    const char *detail; /* for the log only, may name files and statements; or NULL */
    const char *file; /* where it was raised */
    int line;
    struct rv_cause *causes;
};

/* Store an error in cx and return st: `return rv_fail(cx, RV_NOT_FOUND, "team %.*s", RV_FMT(id));`
 * The message is truncated rather than lost when memory is short. */
#define rv_fail(cx, st, ...) rv_fail_at((cx), (st), __FILE__, __LINE__, __VA_ARGS__)
rv_status rv_fail_at(struct rv_cx *cx, rv_status st, const char *file, int line, const char *format,
                     ...) RV_PRINTF(5, 6);
/* Adds one cause to the cx's error (an RV_INVALID error "Api validation failed" is made when there
 * is none) and returns RV_INVALID. Several causes may be collected before returning. */
rv_status rv_fail_field(struct rv_cx *cx, const char *pointer, const char *reason,
                        const char *format, ...) RV_PRINTF(4, 5);
void rv_fail_code(struct rv_cx *cx, const char *code); /* other wire code for the error just raised */
void rv_fail_detail(struct rv_cx *cx, const char *format, ...) RV_PRINTF(2, 3); /* for the log only */
/* Puts "what: " before the message and returns st unchanged. */
rv_status rv_wrap(struct rv_cx *cx, rv_status st, const char *format, ...) RV_PRINTF(3, 4);
const struct rv_error *rv_error(const struct rv_cx *cx); /* never NULL; status RV_OK when none */
void rv_error_clear(struct rv_cx *cx);

#define RV_TRY(expr)                                                                               \
    do {                                                                                           \
        rv_status rv_try_ = (expr);                                                                \
        if (rv_try_ != RV_OK)                                                                      \
            return rv_try_;                                                                        \
    } while (0)

/* A state that cannot happen: prints and aborts. Also in release builds. */
#define RV_BUG(...) rv_bug_at(__FILE__, __LINE__, __VA_ARGS__)
_Noreturn void rv_bug_at(const char *file, int line, const char *format, ...) RV_PRINTF(3, 4);
#define RV_MAGIC(tag) (0x52560000u | (uint32_t)(tag))
#define RV_CHECK(p, tag)                                                                           \
    do {                                                                                           \
        if ((p) == NULL || (p)->magic != RV_MAGIC(tag))                                            \
            RV_BUG("bad object " #p);                                                              \
    } while (0)

/* ---- arenas ---------------------------------------------------------------------------------- */

struct rv_arena;
/* cap: bytes at most, 0 = 64 MiB. NULL when memory is out. */
struct rv_arena *rv_arena_new(size_t cap);
void rv_arena_free(struct rv_arena *a); /* NULL is fine; runs the on_free functions in reverse order */
void rv_arena_reset(struct rv_arena *a); /* empties, keeps one block, runs the on_free functions */
void *rv_arena_alloc(struct rv_arena *a, size_t n); /* 16-aligned, zeroed; NULL at the cap */
rv_status rv_arena_on_free(struct rv_arena *a, void (*fn)(void *arg), void *arg) RV_MUST_CHECK;

/* ---- context --------------------------------------------------------------------------------- */

struct rv_env; /* below */
struct rv_tx; /* store/store.h */
struct rv_principal; /* org/org.h */

/* First argument of anything that can fail or allocate. One HTTP request, one card of a run or one
 * job. */
struct rv_cx {
    struct rv_env *env;
    struct rv_arena *arena;
    const struct rv_principal *principal; /* who acts; NULL before authentication */
    int64_t deadline_ms; /* monotonic, 0 = none */
    const char *log_key; /* "req", "run", "job" and its value, first in every log line; or NULL */
    rv_str log_id;
    int32_t action_declared; /* security.md 2.1: of the route; 0 outside HTTP */
    int32_t action_refused; /* what the judge said no to last; 0: nothing yet */
    bool action_asked; /* set by rv_authz when asked for exactly that action */
    bool root; /* the process itself acts (start-up, jobs): rv_authz grants, events name the system */
    /* Runs at the end of every write transaction of this cx, in it (idempotency keys of HTTP
     * calls); or NULL. */
    rv_status (*also)(struct rv_tx *tx, void *arg);
    void *also_arg;
    struct rv_error err;
};
/* Makes a cx with an own arena of at most cap bytes (0 = default). rv_cx_done frees the arena. */
RV_MUST_CHECK rv_status rv_cx_init(struct rv_cx *cx, struct rv_env *env, size_t cap);
void rv_cx_done(struct rv_cx *cx);

/* Allocation in the cx's arena. NULL with RV_BUSY stored in cx when the cap is reached. */
void *rv_alloc(struct rv_cx *cx, size_t n);
#define RV_NEW(cx, type) ((type *)rv_alloc((cx), sizeof(type)))
#define RV_NEW_N(cx, type, n) ((type *)rv_alloc_n((cx), sizeof(type), (n)))
void *rv_alloc_n(struct rv_cx *cx, size_t size, size_t n); /* checked multiplication */
rv_str rv_dup(struct rv_cx *cx, rv_str s); /* NUL behind it; absent stays absent; absent when memory is out */
rv_str rv_fold(struct rv_cx *cx, rv_str s); /* without its case (Unicode), for comparison; absent stays absent */
const char *rv_z(struct rv_cx *cx, rv_str s); /* NUL-terminated copy, "" when absent */
rv_str rv_printf(struct rv_cx *cx, const char *format, ...) RV_PRINTF(2, 3);
rv_str rv_like_pattern(struct rv_cx *cx, rv_str part); /* "%part%" for LIKE … ESCAPE '\\'; absent when part is empty */

/* What the outside world is to the engine: supplied by main.c, and by the simulation test. */
struct rv_clock {
    int64_t (*now_ms)(void *arg); /* UTC milliseconds */
    int64_t (*mono_us)(void *arg); /* monotonic microseconds */
    void *arg;
};
struct rv_env {
    struct rv_clock clock;
    struct rv_config *config;
    struct rv_keys *keys;
    struct rv_log *log;
    struct rv_store *store; /* store/store.h */
    struct rv_client *client; /* net/net.h: outgoing HTTP and mail */
    struct rv_local *local; /* net/net.h: in-process dispatch into the route table */
    struct rv_server *server; /* net/net.h */
    struct rv_engine *engine; /* flows/flows.h */
    struct rv_org *org; /* org/org.h */
};
int64_t rv_now(const struct rv_env *env); /* UTC milliseconds */
int64_t rv_mono_us(const struct rv_env *env);
struct rv_clock rv_clock_system(void);

/* ---- threads --------------------------------------------------------------------------------- */

/* When all cores are busy, what was begun is brought to its end before more is begun: fewer things
 * are under way, and each holds its memory, its pages and its connection for less time. */
enum rv_thread_kind { RV_THREAD_BEGINS /* handlers, jobs, executors */, RV_THREAD_FINISHES /* writer, client, input and output */ };
/* Called by each thread when it starts. name: at most 15 bytes. */
void rv_thread_is(const char *name, enum rv_thread_kind kind);

/* ---- growing text ---------------------------------------------------------------------------- */

/* Sticky builder: after the first failure (cap, memory) every add does nothing and rv_buf_str says
 * so. */
struct rv_buf {
    char *p;
    size_t n, size, cap;
    bool failed;
};
void rv_buf_init(struct rv_buf *b, size_t cap); /* heap memory, grows up to cap bytes */
void rv_buf_done(struct rv_buf *b);
void rv_buf_clear(struct rv_buf *b); /* empties, keeps the memory, clears failed */
void rv_buf_add(struct rv_buf *b, rv_str s);
void rv_buf_char(struct rv_buf *b, char c);
void rv_buf_printf(struct rv_buf *b, const char *format, ...) RV_PRINTF(2, 3);
/* RV_LIMIT with the cap in the message when something did not fit. The text lives as long as b. */
RV_MUST_CHECK rv_status rv_buf_str(struct rv_cx *cx, const struct rv_buf *b, rv_str *ret);

/* ---- JSON ------------------------------------------------------------------------------------ */

struct rv_json_limits {
    size_t depth, values, key_bytes, string_bytes, number_chars;
    bool nul; /* U+0000 is taken in strings: of texts that this server wrote itself */
};
extern const struct rv_json_limits rv_json_limits_default; /* security.md 3: 64, 50,000, 256, 256 KiB, 64 */
extern const struct rv_json_limits rv_json_limits_import; /* 500,000 values, strings 1 MiB */
/* Strict RFC 8259 (security.md 3.3). RV_MALFORMED with line and column. *ret is released with cx.
 */
RV_MUST_CHECK rv_status rv_json_parse(struct rv_cx *cx, rv_str text,
                                      const struct rv_json_limits *limits, json_t **ret);
/* Binds a reference to cx's arena: it is dropped when the arena ends. NULL j is RV_BUSY. */
RV_MUST_CHECK rv_status rv_json_keep(struct rv_cx *cx, json_t *j);
rv_str rv_json_str(const json_t *j); /* absent unless a string; lives as long as j */
rv_str rv_json_member_str(const json_t *object, const char *key);
/* Compact text, members in insertion order, numbers as ECMAScript writes them, into the cx's arena.
 */
RV_MUST_CHECK rv_status rv_json_dump(struct rv_cx *cx, const json_t *j, rv_str *ret);
/* Shortest text that reads back as the same double, as ECMAScript writes it; buf has 32 bytes. */
size_t rv_double_format(double d, char *buf);

/* Append-only writer over an rv_buf: commas and quoting are its business, nesting is asserted. */
struct rv_jw {
    struct rv_buf *b;
    uint64_t first[4]; /* bit per level: nothing written on it yet */
    uint32_t depth; /* deeper than 255: the buffer fails, as it does when it is full */
};
void rv_jw_init(struct rv_jw *w, struct rv_buf *b);
void rv_jw_obj(struct rv_jw *w);
void rv_jw_obj_end(struct rv_jw *w);
void rv_jw_arr(struct rv_jw *w);
void rv_jw_arr_end(struct rv_jw *w);
void rv_jw_key(struct rv_jw *w, const char *key); /* key needs no escaping */
void rv_jw_key_str(struct rv_jw *w, rv_str key); /* any text */
void rv_jw_str(struct rv_jw *w, rv_str s); /* absent: null */
void rv_jw_int(struct rv_jw *w, int64_t i);
void rv_jw_num(struct rv_jw *w, double d);
void rv_jw_bool(struct rv_jw *w, bool v);
void rv_jw_null(struct rv_jw *w);
void rv_jw_time(struct rv_jw *w, int64_t ms); /* ISO 8601 UTC with milliseconds; RV_NO_TIME: null */
void rv_jw_json(struct rv_jw *w, const json_t *j); /* NULL: null */
void rv_jw_raw(struct rv_jw *w, rv_str json); /* JSON text that is known to be well-formed */
/* The same with a key before the value. */
void rv_jw_kstr(struct rv_jw *w, const char *key, rv_str s);
void rv_jw_kint(struct rv_jw *w, const char *key, int64_t i);
void rv_jw_kbool(struct rv_jw *w, const char *key, bool v);
void rv_jw_ktime(struct rv_jw *w, const char *key, int64_t ms);
void rv_jw_kraw(struct rv_jw *w, const char *key, rv_str json); /* absent: null */

/* Shapes: the members a body may have, decoded into a struct whose first two members are
 * `uint64_t seen, nulls;` (bit i = member i of the table came, came as null). */
enum rv_kind {
    RV_K_TEXT, /* rv_str; min/max count code points */
    RV_K_INT, /* int64_t; min/max are values */
    RV_K_NUM, /* double */
    RV_K_BOOL, /* bool */
    RV_K_TIME, /* int64_t, from ISO 8601 */
    RV_K_ENUM, /* rv_str; one of .choices */
    RV_K_OBJECT, /* json_t * (borrowed), must be an object */
    RV_K_ARRAY, /* json_t *, must be an array; min/max count items */
    RV_K_JSON /* json_t *, anything */
};
enum { RV_REQUIRED = 1, RV_NULLABLE = 2, RV_NO_CONTROL = 4 /* one line: refuses control characters */ };
struct rv_member {
    const char *name;
    uint8_t kind, flags;
    uint16_t offset;
    int64_t min, max; /* both 0: no limit */
    const char *const *choices; /* NULL-terminated, for RV_K_ENUM */
    const char *help; /* for the OpenAPI document */
};
struct rv_shape {
    const char *name; /* schema name in the OpenAPI document */
    const struct rv_member *members; /* ends with .name == NULL; at most 64 */
    bool lenient; /* unknown members are ignored (compatible endpoints), else refused */
};
/* Every problem becomes a cause with its JSON pointer below `at` ("" for the body); RV_INVALID if
 * any. */
RV_MUST_CHECK rv_status rv_json_decode(struct rv_cx *cx, const json_t *object,
                                       const struct rv_shape *shape, const char *at, void *ret);
#define RV_SEEN(in, i) (((in)->seen >> (i)) & 1u)
#define RV_NULLED(in, i) (((in)->nulls >> (i)) & 1u)

/* ---- time ------------------------------------------------------------------------------------ */

#define RV_NO_TIME INT64_MIN /* SQL NULL, JSON null */
#define RV_NO_INT INT64_MIN
/* "2026-01-31T09:00:00.000Z"; buf has 32 bytes. */
size_t rv_time_format(int64_t ms, char *buf);
rv_str rv_time_str(struct rv_cx *cx, int64_t ms);
/* ISO 8601 date or date-time with any offset and 0-9 fraction digits; date only = midnight UTC. */
RV_MUST_CHECK bool rv_time_parse(rv_str s, int64_t *ret_ms);
RV_MUST_CHECK bool rv_date_parse(rv_str s, int *ret_y, int *ret_m, int *ret_d); /* YYYY-MM-DD, checked */
/* IANA zones from the system's database, links and old names included, in any case. RV_INVALID for
 * an unknown name. */
struct rv_civil {
    int year, month, day, hour, minute, second, ms, weekday /* 0 = Sunday */, offset_s;
    char abbrev[8];
};
RV_MUST_CHECK rv_status rv_zone_to_local(struct rv_cx *cx, rv_str zone, int64_t ms,
                                         struct rv_civil *ret);
/* A skipped local time gives the next valid instant, a repeated one the first. */
RV_MUST_CHECK rv_status rv_zone_to_utc(struct rv_cx *cx, rv_str zone, const struct rv_civil *local,
                                       int64_t *ret_ms);

/* A calendar in five fields (cron.c): numbers and names, "*", "a-b", "a/n", lists; 0 and 7 are
 * Sunday. */
struct rv_cron_text {
    rv_str minutes, hours, days, months, weekdays;
};
struct rv_cron {
    uint64_t minutes, hours, days, months, weekdays; /* sets of bits */
};
#define RV_CRON_LAST_MS INT64_C(7258118400000) /* 2200-01-01: nothing is planned beyond */
/* RV_INVALID names the field and says how it is written. */
RV_MUST_CHECK rv_status rv_cron_parse(struct rv_cx *cx, const struct rv_cron_text *t,
                                      struct rv_cron *ret);
/* The first instant after after_ms; RV_NO_TIME when there is none. RV_INVALID for an unknown zone.
 * A time that the change to summer time skips comes at the next valid instant, a repeated one once;
 * what runs every hour means elapsed time. */
RV_MUST_CHECK rv_status rv_cron_next(struct rv_cx *cx, const struct rv_cron *c, rv_str zone,
                                     int64_t after_ms, int64_t *ret_ms);

/* ---- ids and randomness ---------------------------------------------------------------------- */

void rv_random(void *p, size_t n); /* getrandom; failure aborts */
/* prefix + random base62, 20 characters in all ("00u…", api.md 6). */
rv_str rv_id_prefixed(struct rv_cx *cx, const char *prefix);
rv_str rv_id_hex24(struct rv_cx *cx);
rv_str rv_id_ulid(struct rv_cx *cx, int64_t ms);
rv_str rv_id_uuid4(struct rv_cx *cx);
rv_str rv_id_uuid7(struct rv_cx *cx, int64_t ms);
rv_str rv_id_uuid5(struct rv_cx *cx, const uint8_t ns[16], rv_str name);
bool rv_id_is_hex24(rv_str s);
bool rv_id_is_ulid(rv_str s);
bool rv_id_is_uuid(rv_str s);
bool rv_id_is_prefixed(rv_str s, const char *prefix);

/* ---- crypto ---------------------------------------------------------------------------------- */

struct rv_keys; /* wrapping, token, cursor and audit keys, from the key file (security.md 6.1) */
/* Reads or, when create is set and it is absent, writes the key file (mode 0400). */
RV_MUST_CHECK rv_status rv_keys_open(struct rv_cx *cx, const char *path, bool create,
                                     struct rv_keys **ret);
void rv_keys_free(struct rv_keys *k);
/* A new key at the end of the file, durable, and in k: what is sealed from now on is sealed with it,
 * what the others sealed can still be opened. Nobody else may use k meanwhile. RV_CONFLICT: the file
 * holds 8 already. */
RV_MUST_CHECK rv_status rv_keys_add(struct rv_cx *cx, const char *path, struct rv_keys *k);
/* Once everything is sealed with the newest key: takes those between it and the first one out of the
 * file and of k. The first one stays, for what is hashed with it. */
RV_MUST_CHECK rv_status rv_keys_drop_old(struct rv_cx *cx, const char *path, struct rv_keys *k);
enum rv_key { RV_KEY_WRAP, RV_KEY_TOKEN, RV_KEY_CURSOR, RV_KEY_AUDIT, RV_KEY_N };
void rv_hmac(const struct rv_keys *k, enum rv_key which, rv_str data, uint8_t ret[32]);
void rv_hmac_key(rv_str key, rv_str data, uint8_t ret[32]); /* HMAC-SHA-256 under any key */
void rv_sha256(rv_str data, uint8_t ret[32]);
bool rv_same_secret(rv_str a, rv_str b); /* constant time for equal lengths */
rv_str rv_hex(struct rv_cx *cx, const void *p, size_t n);
rv_str rv_base64(struct rv_cx *cx, rv_str data); /* with padding */
rv_str rv_base64url(struct rv_cx *cx, rv_str data); /* without padding */
RV_MUST_CHECK bool rv_base64_decode(struct rv_cx *cx, rv_str text, rv_str *ret); /* both alphabets, strict */
/* PKCS #1 v1.5 signature over SHA-256, raw bytes. RV_INVALID: pem is no RSA key that is open. */
RV_MUST_CHECK rv_status rv_sign_rs256(struct rv_cx *cx, rv_str pem, rv_str data, rv_str *ret);
/* A signed JSON web token in compact form, read and not yet verified (jose.c; security.md 1.8). All
 * of it lives in cx. */
struct rv_jwt {
    json_t *head, *claims; /* objects */
    rv_str alg, kid; /* kid may be absent */
    rv_str text, signature; /* what is signed; raw bytes */
};
/* RV_INVALID: no such token, an algorithm that is not taken (none, HS*), or a header that brings a
 * key along. */
RV_MUST_CHECK rv_status rv_jwt_read(struct rv_cx *cx, rv_str token, struct rv_jwt *ret);
/* jwk: public key, RSA of 2048 bits or more, or EC; its kty and alg must fit the token's. */
RV_MUST_CHECK bool rv_jwt_verify(struct rv_cx *cx, const struct rv_jwt *t, const json_t *jwk);
/* An ECDSA signature as tokens carry it, its two numbers side by side, in DER as the crypto library
 * wants it; in cx. RV_NONE_STR: out of memory. */
rv_str rv_jose_der(struct rv_cx *cx, rv_str raw);
/* The certificate of an authority. pem: as the library writes it; not_*: RV_NO_TIME when unreadable;
 * authority: it may sign others. RV_INVALID: none, or more than one, in one sentence. */
struct rv_certificate {
    rv_str pem, subject, fingerprint /* SHA-256, hex */;
    int64_t not_before, not_after;
    bool authority;
};
RV_MUST_CHECK rv_status rv_certificate_read(struct rv_cx *cx, rv_str pem,
                                            struct rv_certificate *ret);
/* A new RSA key: private in PEM form, and the two numbers of its public JWK. */
RV_MUST_CHECK rv_status rv_rsa_make(struct rv_cx *cx, rv_str *ret_pem, rv_str *ret_n,
                                    rv_str *ret_e);
/* Sealed text bound to where it stands ("connection|id|secret"), AES-256-GCM (security.md 6.2). */
RV_MUST_CHECK rv_status rv_seal(struct rv_cx *cx, const struct rv_keys *k, rv_str aad, rv_str plain,
                                rv_str *ret);
RV_MUST_CHECK rv_status rv_unseal(struct rv_cx *cx, const struct rv_keys *k, rv_str aad,
                                  rv_str sealed, rv_str *ret);
/* argon2id, encoded form; at most `cores` at a time, 16 waiting, then RV_BUSY (security.md 6.3). */
RV_MUST_CHECK rv_status rv_password_hash(struct rv_cx *cx, rv_str password, rv_str *ret);
RV_MUST_CHECK rv_status rv_password_verify(struct rv_cx *cx, rv_str encoded, rv_str password,
                                           bool *ret);

/* ---- log ------------------------------------------------------------------------------------- */

enum rv_level { RV_LOG_ERROR, RV_LOG_WARN, RV_LOG_INFO, RV_LOG_DEBUG };
struct rv_log; /* one line, key=value, to standard error (style.md 8); json: one object a line */
struct rv_log *rv_log_new(enum rv_level level, bool json);
void rv_log_free(struct rv_log *l);
/* event is a constant from the caller ("flow.run.card"); format gives msg, or "" for none. cx may
 * be NULL with env's log. */
void rv_log_write(const struct rv_cx *cx, enum rv_level level, const char *event,
                  const char *format, ...) RV_PRINTF(4, 5);
void rv_log_error(const struct rv_cx *cx, enum rv_level level, const char *event); /* the cx's error, with its chain */

/* ---- configuration --------------------------------------------------------------------------- */

enum rv_conf_kind { RV_CONF_TEXT, RV_CONF_INT, RV_CONF_BOOL, RV_CONF_DURATION /* "24h" to ms */, RV_CONF_BYTES };
struct rv_config_key {
    const char *name; /* "sync.interval" */
    enum rv_conf_kind kind;
    const char *def;
    int64_t min, max;
    bool reloadable, secret;
    const char *help;
};
struct rv_config;
/* tables: NULL-terminated list of tables that end with .name == NULL. */
RV_MUST_CHECK rv_status rv_config_new(struct rv_cx *cx, const struct rv_config_key *const *tables,
                                      struct rv_config **ret);
void rv_config_free(struct rv_config *c);
/* "name = value" lines, '#' comments. RV_INVALID names file, line, key and what is allowed. */
RV_MUST_CHECK rv_status rv_config_load(struct rv_cx *cx, struct rv_config *c, const char *path);
RV_MUST_CHECK rv_status rv_config_set(struct rv_cx *cx, struct rv_config *c, rv_str name,
                                      rv_str value);
/* The key must exist in a table (else RV_BUG). Text lives as long as c. */
rv_str rv_config_text(const struct rv_env *env, const char *name);
int64_t rv_config_int(const struct rv_env *env, const char *name); /* ints, durations in ms, bytes */
bool rv_config_bool(const struct rv_env *env, const char *name);
size_t rv_config_count(const struct rv_config *c);
const struct rv_config_key *rv_config_at(const struct rv_config *c, size_t i, rv_str *ret_value);

/* ---- limits (access-requests.md 12.1): one table per folder that enforces them --------------- */

struct rv_limit {
    const char *name; /* "requestType.name" */
    int64_t value;
    const char *unit; /* "characters", "items", "ms" … */
    const char *help;
};
