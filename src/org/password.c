/* org/password.c: what a password must be, and where its hash stands (security.md 1.3).
 *
 * Length is what counts; there is no rule of composition. A password is refused when it is one of
 * the well-known long ones, a short piece over and over, a row of neighbours in the alphabet or on
 * the keyboard, or contains the login, the name of the person or of the product. Hashing is base's
 * and slow: it is done outside of transactions. */
#include "org/org_int.h"

enum { Q_GET, Q_PUT, Q_DELETE, Q_END_SESSIONS, Q_END_LINKS, Q_N };
static const struct rv_sql password_sql[Q_N] = {
    [Q_GET] = { .name = "credential_get", .text = "SELECT hash FROM credential WHERE person_id = :id", .in = "id:text", .out = "hash:text" },
    [Q_PUT] = {
        .name = "credential_put",
        .text = "INSERT INTO credential (person_id, hash, changed_at) VALUES (:id, :hash, :now) "
                "ON CONFLICT (person_id) DO UPDATE SET hash = excluded.hash, changed_at = excluded.changed_at",
        .in = "id:text hash:text now:time",
    },
    [Q_DELETE] = { .name = "credential_delete", .text = "DELETE FROM credential WHERE person_id = :id", .in = "id:text" },
    [Q_END_SESSIONS] = {
        .name = "credential_end_sessions",
        .text = "DELETE FROM session WHERE person_id = :id AND (:keep IS NULL OR id <> :keep)",
        .in = "id:text keep:text",
    },
    [Q_END_LINKS] = { .name = "credential_end_links", .text = "DELETE FROM setup_link WHERE person_id = :id", .in = "id:text" },
};
RV_SQL_MODULE(password, password_sql);

/* Long ones from public lists of leaked passwords, in lower case without blanks. Shorter ones never
 * pass the length. */
static const char *const well_known[] = {
    "password", "passw0rd", "letmein", "iloveyou", "qwerty", "qwertyuiop", "qwertyuiopasdf", "qwertyuiopasdfghjkl", "asdfghjkl", "zxcvbnm",
    "1qaz2wsx3edc4rfv", "1qaz2wsx3edc4rfv5tgb", "q1w2e3r4t5y6u7i8", "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i", "qazwsxedcrfvtgb",
    "correcthorsebatterystaple", "thequickbrownfox", "thequickbrownfoxjumps", "administrator", "administrator123", "administrator1234", "welcome", "changeme",
    "changemeplease", "mypasswordispassword", "thisismypassword", "passwordpassword", "passwordpassword1", "password12345678", "password123456789",
    "password1234567890", "iloveyouforever", "iloveyousomuch", "iloveyouverymuch", "iloveyoumorethan", "supercalifragilistic",
    "supercalifragilisticexpialidocious", "trustno1trustno1", "letmeinletmein12", "opensesameopensesame", "maytheforcebewithyou", "tobeornottobe",
    "tobeornottobethatisthequestion", "onceuponatimeinthewest", "abcdefghijklmno", "abcdefghijklmnopqrstuvwxyz", "a1b2c3d4e5f6g7h8", "1a2b3c4d5e6f7g8h",
    "secretsecretsecret", "defaultpassword", "defaultpassword1", "temporarypassword", "superadministrator", "summer2024summer", "winter2024winter",
    "football1football", "chocolatechocolate", "princessprincess", "dragondragondragon",
};
static const char *const rows[] = { "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", "01234567890123456789012345678901234567890123456789",
                                    "98765432109876543210987654321098765432109876543210", "qwertyuiopasdfghjklzxcvbnmqwertyuiop" };

static rv_str without_blanks(struct rv_cx *cx, rv_str s)
{
    char *p = rv_alloc(cx, s.n + 1);
    size_t n = 0;
    for (size_t i = 0; p != NULL && i < s.n; i++) {
        if (s.p[i] != ' ')
            p[n++] = s.p[i];
    }
    return (rv_str){ p, p != NULL ? n : 0 };
}

static bool is_repetition(rv_str s)
{
    for (size_t unit = 1; unit <= 8 && unit * 2 <= s.n; unit++) {
        if (memcmp(s.p, s.p + unit, s.n - unit) == 0)
            return true;
    }
    return false;
}

static bool is_well_known(rv_str s)
{
    for (size_t i = 0; i < RV_LEN(well_known); i++) {
        if (rv_str_eq(s, rv_str_of(well_known[i])))
            return true;
    }
    for (size_t i = 0; i < RV_LEN(rows); i++) {
        if (rv_str_contains(rv_str_of(rows[i]), s))
            return true;
    }
    return is_repetition(s);
}

/* Words of less than four letters say nothing: "al" is in every other word. */
static bool holds_word_of(struct rv_cx *cx, rv_str lower, rv_str name)
{
    rv_str rest = rv_fold(cx, name), word;
    while (rv_str_split(&rest, ' ', &word)) {
        if (word.n >= 4 && rv_str_contains(lower, word))
            return true;
    }
    return false;
}

static const char *chosen_problem(struct rv_cx *cx, const struct rv_person *p, rv_str lower)
{
    rv_str login = rv_fold(cx, p->login), before;
    rv_str rest = login;
    if (is_well_known(without_blanks(cx, lower)))
        return "it is one of the first that somebody would try; choose one that is yours alone";
    if (rv_str_split(&rest, '@', &before) && before.n >= 4 && rv_str_contains(lower, before))
        return "it must not contain your login";
    if (holds_word_of(cx, lower, p->name))
        return "it must not contain your name";
    if (rv_str_contains(lower, RV_STR("reeve")))
        return "it must not contain the name of this product";
    return NULL;
}

rv_status rv_password_check(struct rv_tx *tx, const struct rv_person *p, rv_str password,
                            bool by_other, const char *pointer)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    int64_t min = rv_access_limit(by_other ? "password.minByOther" : "password.min"),
            max = rv_access_limit("password.max");
    if (password.p == NULL || !rv_utf8_valid(password))
        return rv_fail_field(cx, pointer, "REQUIRED_PROPERTY_MISSING",
                             "password: enter a password");
    int64_t n = (int64_t)rv_utf8_count(password);
    if (n < min)
        return rv_fail_field(cx, pointer, "TOO_SHORT",
                             "password: it has %" PRId64 " characters; it needs at least %" PRId64,
                             n, min);
    if (n > max)
        return rv_fail_field(cx, pointer, "TOO_LONG",
                             "password: it has %" PRId64 " characters; the most is %" PRId64, n,
                             max);
    rv_str lower = rv_fold(cx, password);
    rv_str login = rv_fold(cx, p->login);
    if (lower.p == NULL || login.p == NULL)
        return RV_BUSY;
    if (login.n > 0 && rv_str_contains(lower, login))
        return rv_fail_field(cx, pointer, "CONTAINS_LOGIN",
                             "password: it must not contain the login");
    const char *problem = by_other ? NULL : chosen_problem(cx, p, lower);
    return problem == NULL ? RV_OK
                           : rv_fail_field(cx, pointer, "TOO_EASY", "password: %s", problem);
}

rv_status rv_password_store(struct rv_tx *tx, rv_str person_id, rv_str encoded, rv_str keep_session)
{
    RV_TRY(rv_sql_exec(tx, &password_sql[Q_PUT], NULL, RV_ARGS(person_id, encoded, rv_tx_now(tx))));
    RV_TRY(rv_sql_exec(tx, &password_sql[Q_END_SESSIONS], NULL, RV_ARGS(person_id, keep_session)));
    RV_TRY(rv_sql_exec(tx, &password_sql[Q_END_LINKS], NULL, RV_ARGS(person_id)));
    return rv_person_password_set(tx, person_id);
}

rv_status rv_password_encoded(struct rv_tx *tx, rv_str person_id, rv_str *ret)
{
    struct rv_rows r;
    bool found;
    *ret = RV_NONE_STR;
    RV_TRY(rv_sql_first(tx, &password_sql[Q_GET], &r, &found, RV_ARGS(person_id)));
    if (!found)
        return RV_OK;
    *ret = rv_col_str(&r, 0);
    return rv_rows_end(&r);
}

rv_status rv_password_has(struct rv_tx *tx, rv_str person_id, bool *ret)
{
    rv_str encoded;
    RV_TRY(rv_password_encoded(tx, person_id, &encoded));
    *ret = encoded.p != NULL;
    return RV_OK;
}

rv_status rv_password_delete(struct rv_tx *tx, rv_str person_id)
{
    return rv_sql_exec(tx, &password_sql[Q_DELETE], NULL, RV_ARGS(person_id));
}
