/* org/mailq.c: mail to people: queued with the change that causes it, delivered by jobs, or
 * captured.
 *
 * While no mail server is set, mail is kept as CAPTURED and shown on the Mail screen; it is never
 * sent later. With a server a job delivers it: what the server refuses for now is tried again after
 * 1, 5, 15, 60 minutes and then hourly for a day, what it refuses for good ends as FAILED
 * (security.md 9.6). A Send Email card waits for its mail and keeps its own record, so that way
 * writes no row when a server is set. The Message-ID is fixed when the mail is made: a repeated
 * delivery is recognisably the same message. Text of a mail is shown to super administrators only.
 *
 * A new mail goes to the client's thread as soon as its row is durable, without being read again;
 * only when many are on their way already, and for every later try, a job worker reads it. */
#include "org/org_int.h"

enum { ERROR_MAX = 500 };

enum { Q_INSERT, Q_BODY, Q_BY_KEY, Q_GET, Q_PAGE, Q_PAGE_OF, Q_PAGE_SENT, Q_SENT, Q_FAILED, Q_TRIED, Q_CAPTURED, Q_DELETE_BODIES, Q_DELETE_FILES, Q_DELETE, Q_COUNTS, Q_FILE_INSERT, Q_FILES, Q_N };
#define MAIL_COLUMNS "m.seq, m.id, m.status, m.sender, m.sender_name, m.recipients, m.copies, m.blind, m.reply_to, m.subject, m.message_id, m.in_reply_to, " \
                     "m.created_at, m.sent_at, m.attempts, m.error, m.run_id, m.request_id"
#define MAIL_OUT "seq:int id:text status:text sender:text sender_name:text recipients:text copies:text blind:text reply_to:text subject:text " \
                 "message_id:text in_reply_to:text created_at:time sent_at:time attempts:int error:text run_id:text request_id:text"
#define INSERT_MAIL "INSERT INTO mail (id, status, key, sender, sender_name, recipients, copies, blind, reply_to, subject, message_id, in_reply_to, " \
                    "created_at, attempts, error, run_id, request_id) VALUES (:id, :status, :key, :sender, :sender_name, :recipients, :copies, :blind, " \
                    ":reply_to, :subject, :message_id, :in_reply_to, :created_at, 0, :error, :run_id, :request_id) ON CONFLICT DO NOTHING"
static const struct rv_sql mailq_sql[Q_N] = {
    [Q_INSERT] = {
        .name = "mail_insert",
        .text = INSERT_MAIL,
        .pg = INSERT_MAIL " RETURNING seq",
        .in = "id:text status:text key:text sender:text sender_name:text recipients:text copies:text blind:text reply_to:text subject:text "
              "message_id:text in_reply_to:text created_at:time error:text run_id:text request_id:text",
    },
    [Q_BODY] = {
        .name = "mail_body_insert", .text = "INSERT INTO mail_body (seq, text, html) VALUES (:seq, :text, :html)", .in = "seq:int text:text html:text",
    },
    [Q_BY_KEY] = { .name = "mail_by_key", .text = "SELECT id FROM mail WHERE key = :key", .in = "key:text", .out = "id:text" },
    [Q_GET] = {
        .name = "mail_get",
        .text = "SELECT " MAIL_COLUMNS ", b.text, b.html FROM mail m JOIN mail_body b ON b.seq = m.seq WHERE m.id = :id",
        .in = "id:text", .out = MAIL_OUT " text:text html:text",
    },
    [Q_PAGE] = {
        .name = "mail_page",
        .text = "SELECT " MAIL_COLUMNS " FROM mail m WHERE m.seq < :before ORDER BY m.seq DESC LIMIT :n",
        .in = "before:int n:int", .out = MAIL_OUT,
    },
    [Q_PAGE_OF] = {
        .name = "mail_page_of",
        .text = "SELECT " MAIL_COLUMNS " FROM mail m WHERE m.status = :status AND m.status <> 'SENT' AND m.seq < :before ORDER BY m.seq DESC LIMIT :n",
        .in = "status:text before:int n:int", .out = MAIL_OUT,
    },
    [Q_PAGE_SENT] = { /* nearly all are: no index */
        .name = "mail_page_sent",
        .text = "SELECT " MAIL_COLUMNS " FROM mail m WHERE m.status = 'SENT' AND m.seq < :before ORDER BY m.seq DESC LIMIT :n",
        .in = "before:int n:int", .out = MAIL_OUT,
    },
    [Q_SENT] = {
        .name = "mail_sent",
        .text = "UPDATE mail SET status = 'SENT', sent_at = :now, attempts = :attempts, error = NULL WHERE seq = :seq AND status = 'QUEUED'",
        .in = "now:time attempts:int seq:int",
    },
    [Q_FAILED] = {
        .name = "mail_failed",
        .text = "UPDATE mail SET status = 'FAILED', attempts = :attempts, error = :error WHERE seq = :seq AND status = 'QUEUED'",
        .in = "attempts:int error:text seq:int",
    },
    [Q_TRIED] = {
        .name = "mail_tried",
        .text = "UPDATE mail SET attempts = :attempts, error = :error WHERE seq = :seq AND status = 'QUEUED'",
        .in = "attempts:int error:text seq:int",
    },
    [Q_CAPTURED] = {
        .name = "mail_captured",
        .text = "UPDATE mail SET status = 'CAPTURED', error = NULL WHERE seq = :seq AND status = 'QUEUED'",
        .in = "seq:int",
    },
    [Q_DELETE_BODIES] = {
        .name = "mail_delete_bodies", .text = "DELETE FROM mail_body WHERE seq IN (SELECT seq FROM mail WHERE status = 'CAPTURED')",
    },
    [Q_DELETE_FILES] = {
        .name = "mail_delete_files", .text = "DELETE FROM mail_file WHERE seq IN (SELECT seq FROM mail WHERE status = 'CAPTURED')",
    },
    [Q_FILE_INSERT] = {
        .name = "mail_file_insert",
        .text = "INSERT INTO mail_file (seq, position, name, content) VALUES (:seq, :position, :name, :content)",
        .in = "seq:int position:int name:text content:text",
    },
    [Q_FILES] = {
        .name = "mail_files", .text = "SELECT name, content FROM mail_file WHERE seq = :seq ORDER BY position", .in = "seq:int", .out = "name:text content:text",
    },
    [Q_DELETE] = { .name = "mail_delete", .text = "DELETE FROM mail WHERE status = 'CAPTURED'" },
    [Q_COUNTS] = {
        .name = "mail_counts",
        .text = "SELECT (SELECT COUNT(*) FROM mail WHERE status = 'QUEUED') AS queued, (SELECT COUNT(*) FROM mail WHERE status = 'FAILED') AS failed",
        .out = "queued:int failed:int",
    },
};
RV_SQL_MODULE(mailq, mailq_sql);

/* ---- a mail's row ---------------------------------------------------------------------------- */

struct entry {
    int64_t seq, created_at, sent_at, attempts;
    rv_str id, status, key, error, run_id, request_id;
    struct rv_mail mail;
};

/* The part of the base URL that makes message ids ours. */
static rv_str host_of(struct rv_cx *cx)
{
    rv_str url = rv_base_url(cx), rest = url, part;
    const char *p = memmem(url.p != NULL ? url.p : "", url.n, "://", 3);
    if (p != NULL)
        rest = rv_str_sub(url, (size_t)(p - url.p) + 3, url.n);
    return rv_str_split(&rest, ':', &part) && part.n > 0 && part.p[0] != '[' ? part
                                                                             : RV_STR("localhost");
}

static rv_status check_addresses(struct rv_cx *cx, const struct rv_mail *m)
{
    const rv_str lists[] = { m->to, m->cc, m->bcc };
    rv_str *addresses;
    size_t n, all = 0;
    for (size_t i = 0; i < RV_LEN(lists); i++) {
        if (lists[i].n == 0)
            continue;
        RV_TRY(rv_mail_addresses(cx, lists[i], &addresses, &n));
        all += n;
    }
    return all > 0 ? RV_OK : rv_fail(cx, RV_INVALID, "the mail has no recipient");
}

static rv_status insert_files(struct rv_tx *tx, int64_t seq, const struct rv_mail *m)
{
    for (size_t i = 0; i < m->files_n; i++)
        RV_TRY(rv_sql_exec(tx, &mailq_sql[Q_FILE_INSERT], NULL,
                           RV_ARGS(seq, (int64_t)i, m->files[i].name,
                                   m->files[i].content.p != NULL ? m->files[i].content
                                                                 : RV_STR(""))));
    return RV_OK;
}

/* False: a mail with this key is there already, e->id is its id. */
static rv_status insert(struct rv_tx *tx, struct entry *e, bool *ret_new)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    const struct rv_mail *m = &e->mail;
    struct rv_rows r;
    bool found;
    e->id = rv_id_hex24(cx);
    rv_str message_id = m->message_id.n > 0
                            ? m->message_id
                            : rv_printf(cx, "%.*s@%.*s", RV_FMT(e->id), RV_FMT(host_of(cx)));
    if (e->id.p == NULL || message_id.p == NULL)
        return RV_BUSY;
    RV_TRY(
        rv_sql_insert(tx, &mailq_sql[Q_INSERT], &e->seq,
                      RV_ARGS(e->id, e->status, e->key, m->from, m->from_name,
                              m->to.p != NULL ? m->to : RV_STR(""), m->cc, m->bcc, m->reply_to,
                              m->subject.p != NULL ? m->subject : RV_STR(""), message_id,
                              m->in_reply_to, rv_tx_now(tx), e->error, e->run_id, e->request_id)));
    *ret_new = e->seq != RV_NO_INT;
    e->mail.message_id = message_id;
    e->mail.date_ms = rv_tx_now(tx);
    if (*ret_new) {
        RV_TRY(rv_sql_exec(tx, &mailq_sql[Q_BODY], NULL,
                           RV_ARGS(e->seq, m->text.p != NULL ? m->text : RV_STR(""), m->html)));
        RV_TRY(insert_files(tx, e->seq, m));
        return rv_tx_announce(tx, "mail", e->id);
    }
    RV_TRY(rv_sql_first(tx, &mailq_sql[Q_BY_KEY], &r, &found, RV_ARGS(e->key)));
    if (!found)
        return rv_fail(cx, RV_INTERNAL, "a mail's id came twice");
    e->id = rv_col_str(&r, 0);
    return rv_rows_end(&r);
}

/* Deep, into the arena of cx. */
static rv_status copy_entry(struct rv_cx *cx, const struct entry *from, struct entry *ret)
{
    rv_str *const all[] = { &ret->id,
                            &ret->status,
                            &ret->mail.from,
                            &ret->mail.from_name,
                            &ret->mail.to,
                            &ret->mail.cc,
                            &ret->mail.bcc,
                            &ret->mail.reply_to,
                            &ret->mail.subject,
                            &ret->mail.text,
                            &ret->mail.html,
                            &ret->mail.message_id,
                            &ret->mail.in_reply_to };
    *ret = *from;
    ret->key = ret->error = ret->run_id = ret->request_id = RV_NONE_STR; /* what sending does not need */
    for (size_t i = 0; i < RV_LEN(all); i++) {
        rv_str copy = rv_dup(cx, *all[i]);
        if (copy.p == NULL && all[i]->p != NULL)
            return RV_BUSY;
        *all[i] = copy;
    }
    if (from->mail.files_n == 0)
        return RV_OK;
    struct rv_mail_file *files = RV_NEW_N(cx, struct rv_mail_file, from->mail.files_n);
    for (size_t i = 0; i < from->mail.files_n && files != NULL; i++)
        files[i] = (struct rv_mail_file){ rv_dup(cx, from->mail.files[i].name),
                                          rv_dup(cx, from->mail.files[i].content) };
    ret->mail.files = files;
    return files != NULL ? RV_OK : RV_BUSY;
}

/* The job of a mail, which is sent as soon as it is durable. */
static rv_status add_job(struct rv_tx *tx, const struct entry *e)
{
    struct entry *memo = RV_NEW(rv_tx_cx(tx), struct entry);
    if (memo == NULL)
        return RV_BUSY;
    RV_TRY(copy_entry(rv_tx_cx(tx), e, memo));
    return rv_job_add_memo(tx, RV_STR("mail.send"), RV_NONE_STR, rv_tx_now(tx), memo->id,
                           (rv_str){ (const char *)memo, sizeof *memo });
}

rv_status rv_mail_queue_about(struct rv_tx *tx, const struct rv_mail *m, rv_str key,
                              rv_str request_id, rv_str run_id, rv_str *ret_id)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct entry e = { .key = key, .request_id = request_id, .run_id = run_id, .mail = *m };
    struct rv_error before = cx->err;
    bool is_new;
    e.status = rv_mail_configured(cx->env) ? RV_STR("QUEUED") : RV_STR("CAPTURED");
    rv_status st = check_addresses(cx, m);
    if (st != RV_OK && st != RV_INVALID)
        return st;
    if (st == RV_INVALID) {
        /* An address that nobody can write to must not stop the change that wanted to tell its
         * owner. */
        e.status = RV_STR("FAILED");
        e.error = rv_dup(cx, rv_str_of(rv_error(cx)->message));
        cx->err = before;
    }
    RV_TRY(insert(tx, &e, &is_new));
    if (is_new && rv_str_eq(e.status, RV_STR("QUEUED")))
        RV_TRY(add_job(tx, &e));
    if (ret_id != NULL)
        *ret_id = e.id;
    return RV_OK;
}

rv_status rv_mail_queue(struct rv_tx *tx, const struct rv_mail *m, rv_str key, rv_str *ret_id)
{
    return rv_mail_queue_about(tx, m, key, RV_NONE_STR, RV_NONE_STR, ret_id);
}

rv_status rv_mail_wake(struct rv_tx *tx)
{
    return rv_job_wake(tx, RV_STR("mail.send"));
}

/* ---- towards the server ---------------------------------------------------------------------- */

/* Fills what the mail leaves open from the settings and makes the message and its envelope. */
static rv_status prepare(struct rv_cx *cx, const struct rv_mail_settings *s, struct rv_mail *m,
                         struct rv_mail_send *send)
{
    const rv_str lists[] = { m->to, m->cc, m->bcc };
    rv_str *parts[RV_LEN(lists)], *all, *sender;
    size_t n[RV_LEN(lists)] = { 0 }, total = 0, k = 0, sender_n;
    if (m->from.n == 0) {
        m->from = s->from;
        m->from_name = s->from_name;
    }
    RV_TRY(check_addresses(cx, m));
    for (size_t i = 0; i < RV_LEN(lists); i++) {
        if (lists[i].n > 0)
            RV_TRY(rv_mail_addresses(cx, lists[i], &parts[i], &n[i]));
        total += n[i];
    }
    all = RV_NEW_N(cx, rv_str, total);
    if (all == NULL)
        return RV_BUSY;
    for (size_t i = 0; i < RV_LEN(lists); i++)
        for (size_t j = 0; j < n[i]; j++)
            all[k++] = parts[i][j];
    RV_TRY(rv_mail_addresses(cx, m->from, &sender, &sender_n));
    if (sender_n != 1)
        return rv_fail(cx, RV_INVALID, "From: one address is needed");
    send->cx = cx;
    send->server = s->server;
    send->sender = sender[0];
    send->recipients = all;
    send->recipients_n = total;
    return rv_mail_format(cx, m, &send->message);
}

static void sent(struct rv_mail_send *send)
{
    struct rv_mail_deliver *d = send->arg;
    d->st = send->st;
    d->done(d);
}

static rv_status capture_tx(struct rv_tx *tx, void *arg)
{
    struct rv_mail_deliver *d = arg;
    struct rv_cx *cx = rv_tx_cx(tx);
    bool run = cx->log_key != NULL && strcmp(cx->log_key, "run") == 0, is_new;
    struct entry e = { .status = RV_STR("CAPTURED"),
                       .mail = d->mail,
                       .run_id = run ? cx->log_id : RV_NONE_STR };
    /* The card's effect id is in the message id: a repeated card finds its mail. */
    e.key = d->mail.message_id.n > 0 ? rv_printf(cx, "deliver:%.*s", RV_FMT(d->mail.message_id))
                                     : RV_NONE_STR;
    return insert(tx, &e, &is_new);
}

static void captured(struct rv_write *w, rv_status st)
{
    struct rv_mail_deliver *d = w->arg;
    d->st = st;
    d->captured = st == RV_OK;
    d->done(d);
}

void rv_mail_deliver(struct rv_mail_deliver *d)
{
    struct rv_cx *cx = d->cx;
    struct rv_mail_settings s;
    rv_status st = rv_mail_settings(cx, &s);
    d->captured = false;
    if (st == RV_OK && s.server.host.n == 0) {
        if (d->mail.from.n == 0) {
            d->mail.from = s.from;
            d->mail.from_name = s.from_name;
        }
        d->write = (struct rv_write){ .cx = cx, .fn = capture_tx, .done = captured, .arg = d };
        rv_store_write_async(cx->env->store, &d->write);
        return;
    }
    d->send = (struct rv_mail_send){ .done = sent, .arg = d };
    if (st == RV_OK)
        st = prepare(cx, &s, &d->mail, &d->send);
    if (st != RV_OK) {
        d->st = st;
        d->done(d);
        return;
    }
    rv_mail_start(cx->env->client, &d->send);
}

/* ---- the job --------------------------------------------------------------------------------- */

static void read_row(struct rv_rows *r, struct entry *e)
{
    *e = (struct entry){
        .seq = rv_col_int(r, 0),
        .id = rv_col_str(r, 1),
        .status = rv_col_str(r, 2),
        .created_at = rv_col_int(r, 12),
        .sent_at = rv_col_int(r, 13),
        .attempts = rv_col_int(r, 14),
        .error = rv_col_str(r, 15),
        .run_id = rv_col_str(r, 16),
        .request_id = rv_col_str(r, 17),
        .mail = { .from = rv_col_str(r, 3),
                  .from_name = rv_col_str(r, 4),
                  .to = rv_col_str(r, 5),
                  .cc = rv_col_str(r, 6),
                  .bcc = rv_col_str(r, 7),
                  .reply_to = rv_col_str(r, 8),
                  .subject = rv_col_str(r, 9),
                  .message_id = rv_col_str(r, 10),
                  .in_reply_to = rv_col_str(r, 11) },
    };
    e->mail.date_ms = e->created_at;
}

struct loading {
    rv_str id;
    bool found;
    struct entry e;
};

static rv_status load_files(struct rv_tx *tx, struct entry *e)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    struct rv_mail_file *files = NULL;
    struct rv_rows r;
    size_t n = 0, size = 0;
    RV_TRY(rv_sql_query(tx, &mailq_sql[Q_FILES], &r, RV_ARGS(e->seq)));
    while (rv_rows_next(&r)) {
        if (n == size) {
            struct rv_mail_file *more = RV_NEW_N(cx, struct rv_mail_file, 2 * size + 4);
            if (more == NULL)
                break; /* said by rv_alloc: what follows fails, too */
            if (n > 0)
                memcpy(more, files, n * sizeof *files);
            files = more;
            size = 2 * size + 4;
        }
        files[n++] = (struct rv_mail_file){ rv_col_str(&r, 0), rv_col_str(&r, 1) };
    }
    e->mail.files = files;
    e->mail.files_n = n;
    return rv_rows_end(&r);
}

static rv_status load_tx(struct rv_tx *tx, void *arg)
{
    struct loading *l = arg;
    struct rv_rows r;
    RV_TRY(rv_sql_first(tx, &mailq_sql[Q_GET], &r, &l->found, RV_ARGS(l->id)));
    if (!l->found)
        return RV_OK;
    read_row(&r, &l->e);
    l->e.mail.text = rv_col_str(&r, 18);
    l->e.mail.html = rv_col_str(&r, 19);
    RV_TRY(rv_rows_end(&r));
    return load_files(tx, &l->e);
}

/* Minutes after each failed attempt, the last one for all further ones, until a day is over
 * (security.md 9.6). */
static const int64_t retry_minutes[] = { 1, 5, 15, 60 };
enum { ATTEMPTS_MAX = 27, UNDER_WAY_MAX = 256, AGAIN_MS = 60000 /* when the outcome could not be stored */ };

struct outcome {
    const struct rv_job *job;
    const struct entry *e;
    rv_status st; /* RV_OK: sent; RV_REFUSED: never; RV_CONFLICT: no server any more; else: later */
    rv_str error;
    int64_t attempt, version; /* version: of the settings that were used */
    bool goes_on; /* result: it is tried again */
};

static rv_status fail_mail(struct rv_tx *tx, const struct outcome *o)
{
    struct rv_cx *cx = rv_tx_cx(tx);
    RV_TRY(rv_sql_exec(tx, &mailq_sql[Q_FAILED], NULL, RV_ARGS(o->attempt, o->error, o->e->seq)));
    return rv_event_add(tx, "reeve.mail.fail", false, o->error,
                        RV_TARGETS({ .type = "Mail",
                                     .id = o->e->id,
                                     .name = o->e->mail.subject,
                                     .alternate = rv_z(cx, o->e->mail.to) }),
                        RV_NONE_STR);
}

/* The next try is planned here and not by the store: settings that changed while the mail was on
 * its way (rv_mail_wake) make it due at once, whichever transaction came first. */
static rv_status plan_next(struct rv_tx *tx, const struct outcome *o)
{
    size_t i = (size_t)o->attempt - 1;
    int64_t minutes = retry_minutes[i < RV_LEN(retry_minutes) ? i : RV_LEN(retry_minutes) - 1];
    int64_t wait = rv_settings_version(rv_tx_cx(tx)->env) != o->version ? 0 : minutes * 60000;
    RV_TRY(rv_sql_exec(tx, &mailq_sql[Q_TRIED], NULL, RV_ARGS(o->attempt, o->error, o->e->seq)));
    return rv_job_reschedule(tx, o->job->id, rv_tx_now(tx) + wait, o->job->payload);
}

static rv_status outcome_tx(struct rv_tx *tx, void *arg)
{
    struct outcome *o = arg;
    RV_TRY(rv_tx_announce(tx, "mail", o->e->id));
    o->goes_on =
        o->st != RV_OK && o->st != RV_CONFLICT && o->st != RV_REFUSED && o->attempt < ATTEMPTS_MAX;
    if (o->goes_on)
        return plan_next(tx, o);
    if (o->st == RV_OK)
        RV_TRY(rv_sql_exec(tx, &mailq_sql[Q_SENT], NULL,
                           RV_ARGS(rv_tx_now(tx), o->attempt, o->e->seq)));
    else if (o->st == RV_CONFLICT)
        RV_TRY(rv_sql_exec(tx, &mailq_sql[Q_CAPTURED], NULL, RV_ARGS(o->e->seq)));
    else
        RV_TRY(fail_mail(tx, o));
    return rv_job_done(tx, o->job);
}

static rv_str reason_of(struct rv_cx *cx, const struct rv_mail_send *send, rv_status st)
{
    rv_str message = send->reply.n > 0 ? send->reply : rv_str_of(rv_error(cx)->message);
    if (message.n == 0)
        message = rv_str_of(rv_status_info(st)->help);
    char text[ERROR_MAX + 1];
    rv_utf8_copy(text, sizeof text, message); /* a server may answer anything */
    return rv_dup(cx, rv_str_of(text));
}

/* A mail on its way: the worker that prepared it has gone on, the client's thread and the writer do
 * the rest. */
struct sending {
    struct rv_cx cx;
    struct rv_job job;
    struct loading l;
    struct rv_mail_settings settings;
    struct rv_mail_send send;
    struct outcome o;
    struct rv_write write;
};

static void free_sending(struct sending *s)
{
    atomic_fetch_sub(&s->cx.env->org->mails_under_way, 1);
    rv_cx_done(&s->cx);
    free(s);
}

static void judge_sending(struct sending *s, rv_status st)
{
    s->o.st = st;
    if (st != RV_OK && st != RV_CONFLICT) {
        s->o.error = reason_of(&s->cx, &s->send, st);
        rv_log_error(&s->cx, RV_LOG_WARN, "mail.attempt");
    }
    rv_error_clear(&s->cx);
}

/* Writer's thread. Who ended the job has freed its number: only a job that goes on may be touched.
 */
static void concluded(struct rv_write *w, rv_status st)
{
    struct sending *s = w->arg;
    struct rv_store *store = s->cx.env->store;
    int64_t id = s->job.id;
    bool goes_on = st != RV_OK || s->o.goes_on;
    if (st != RV_OK)
        rv_log_error(&s->cx, RV_LOG_WARN, "job.outcome");
    free_sending(s);
    if (goes_on)
        rv_job_retry(store, id, AGAIN_MS);
}

static rv_status conclude_tx(struct rv_tx *tx, void *arg)
{
    struct sending *s = arg;
    return outcome_tx(tx, &s->o);
}

/* Client's thread. */
static void delivered(struct rv_mail_send *send)
{
    struct sending *s = send->arg;
    if (send->st == RV_STOPPED) { /* the next start sends it */
        free_sending(s);
        return;
    }
    judge_sending(s, send->st);
    s->write = (struct rv_write){ .cx = &s->cx, .fn = conclude_tx, .done = concluded, .arg = s };
    rv_store_write_async(s->cx.env->store, &s->write);
}

/* Makes the message; s->o.st says what came of it. */
static rv_status make_message(struct sending *s)
{
    s->o = (struct outcome){ .job = &s->job, .e = &s->l.e, .attempt = s->l.e.attempts + 1 };
    RV_TRY(rv_mail_settings(&s->cx, &s->settings));
    s->o.version = s->settings.version;
    if (s->settings.server.host.n == 0) {
        s->o.st = RV_CONFLICT;
        return RV_OK;
    }
    s->o.st = prepare(&s->cx, &s->settings, &s->l.e.mail, &s->send);
    if (s->o.st == RV_INVALID)
        s->o.st = RV_REFUSED; /* it will not become valid by waiting */
    return RV_OK;
}

/* Reads and formats; *ret_there false: it is not to be sent any more. */
static rv_status make_ready(struct sending *s, bool *ret_there)
{
    RV_TRY(rv_store_read(&s->cx, load_tx, &s->l));
    *ret_there = s->l.found && rv_str_eq(s->l.e.status, RV_STR("QUEUED"));
    return *ret_there ? make_message(s) : RV_OK;
}

/* With many under way already the worker waits for its own, which slows the others down. */
static rv_status send_now(struct sending *s)
{
    bool waits =
        s->job.later == NULL || atomic_load(&s->cx.env->org->mails_under_way) > UNDER_WAY_MAX;
    if (s->o.st == RV_OK && !waits) {
        s->send.done = delivered;
        s->send.arg = s;
        rv_job_later(s->cx.env->store, &s->job);
        rv_mail_start(s->cx.env->client, &s->send);
        return RV_OK;
    }
    rv_status st = s->o.st == RV_OK ? rv_mail_wait(s->cx.env->client, &s->send) : s->o.st;
    if (st != RV_STOPPED) {
        judge_sending(s, st);
        st = rv_store_write(&s->cx, outcome_tx, &s->o);
    }
    free_sending(s);
    return st;
}

/* NULL: out of memory. */
static struct sending *new_sending(struct rv_env *env, const struct rv_job *job)
{
    struct sending *s = calloc(1, sizeof *s);
    if (s == NULL || rv_cx_init(&s->cx, env, 0) != RV_OK) {
        free(s);
        return NULL;
    }
    atomic_fetch_add(&env->org->mails_under_way, 1);
    s->cx.root = true;
    s->cx.log_key = "job";
    s->cx.log_id = RV_STR("mail.send");
    s->job = (struct rv_job){ .id = job->id,
                              .kind = RV_STR("mail.send"),
                              .payload = rv_dup(&s->cx, job->payload),
                              .later = job->later };
    s->l.id = s->job.payload;
    return s;
}

static rv_status send_job(struct rv_cx *cx, const struct rv_job *job)
{
    struct sending *s = new_sending(cx->env, job);
    bool there = false;
    if (s == NULL)
        return rv_fail(cx, RV_BUSY, "out of memory");
    rv_status st = make_ready(s, &there);
    if (st == RV_OK && there)
        return send_now(s);
    if (st != RV_OK)
        (void)rv_fail(cx, st, "%s", rv_z(cx, rv_str_of(rv_error(&s->cx)->message)));
    free_sending(s);
    return st;
}

/* Client's thread, for a mail that no worker has made ready. */
static rv_status make_now(struct rv_mail_send *send)
{
    struct sending *s = send->arg;
    RV_TRY(make_message(s));
    return s->o.st;
}

static bool send_at_once(struct rv_env *env, const struct rv_job *job)
{
    const struct entry *e = (const struct entry *)(const void *)job->memo.p; /* of add_job */
    if (atomic_load(&env->org->mails_under_way) > UNDER_WAY_MAX)
        return false;
    struct sending *s = new_sending(env, job);
    if (s == NULL)
        return false;
    if (copy_entry(&s->cx, e, &s->l.e) != RV_OK) {
        free_sending(s);
        return false;
    }
    s->send = (struct rv_mail_send){ .cx = &s->cx, .make = make_now, .done = delivered, .arg = s };
    rv_mail_start(env->client, &s->send);
    return true;
}

const struct rv_job_kind rv_org_jobs[] = {
    { .name = "mail.send", .run = send_job, .at_once = send_at_once, .help = "delivers one queued mail", .slow = true },
    { .name = NULL },
};

/* ---- the Mail screen ------------------------------------------------------------------------- */

/* A mail without a sender of its own goes out under the organisation's address. */
static void write_mail(struct rv_cx *cx, struct rv_jw *w, const struct entry *e, bool full)
{
    const struct rv_mail *m = &e->mail;
    rv_jw_obj(w);
    rv_jw_kstr(w, "id", e->id);
    rv_jw_kstr(w, "status", e->status);
    rv_jw_kstr(w, "from", m->from.n > 0 ? m->from : rv_setting_text(cx->env, cx, "mailFrom"));
    rv_jw_kstr(w, "to", m->to);
    rv_jw_kstr(w, "cc", m->cc);
    rv_jw_kstr(w, "subject", m->subject);
    rv_jw_ktime(w, "created", e->created_at);
    rv_jw_ktime(w, "sentAt", e->sent_at);
    rv_jw_kint(w, "attempts", e->attempts);
    rv_jw_kstr(w, "error", e->error);
    rv_jw_kstr(w, "runId", e->run_id);
    rv_jw_kstr(w, "requestId", e->request_id);
    if (full) {
        rv_jw_kstr(w, "text", m->text);
        rv_jw_kstr(w, "html", m->html);
        rv_jw_kstr(w, "messageId", m->message_id);
        rv_jw_key(w, "files");
        rv_jw_arr(w);
        for (size_t i = 0; i < m->files_n; i++) {
            rv_jw_obj(w);
            rv_jw_kstr(w, "name", m->files[i].name);
            rv_jw_kint(w, "bytes", (int64_t)m->files[i].content.n);
            rv_jw_obj_end(w);
        }
        rv_jw_arr_end(w);
    }
    rv_jw_obj_end(w);
}

struct page {
    rv_str status, next;
    int limit;
    int64_t before;
    struct rv_jw *w;
};

static rv_status page_tx(struct rv_tx *tx, void *arg)
{
    struct page *p = arg;
    struct rv_rows r;
    int shown = 0;
    struct entry e = { 0 };
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_MAIL, RV_NO_OBJECT));
    if (rv_str_eq(p->status, RV_STR("SENT")))
        RV_TRY(rv_sql_query(tx, &mailq_sql[Q_PAGE_SENT], &r, RV_ARGS(p->before, p->limit + 1)));
    else if (p->status.n > 0)
        RV_TRY(rv_sql_query(tx, &mailq_sql[Q_PAGE_OF], &r,
                            RV_ARGS(p->status, p->before, p->limit + 1)));
    else
        RV_TRY(rv_sql_query(tx, &mailq_sql[Q_PAGE], &r, RV_ARGS(p->before, p->limit + 1)));
    while (rv_rows_next(&r)) {
        if (shown++ == p->limit) {
            p->next = rv_printf(rv_tx_cx(tx), "%" PRId64, e.seq);
            break;
        }
        read_row(&r, &e);
        write_mail(rv_tx_cx(tx), p->w, &e, false);
    }
    return rv_rows_end(&r);
}

rv_status rv_mail_page(struct rv_cx *cx, rv_str status, int limit, rv_str after, struct rv_jw *w,
                       rv_str *ret_next)
{
    static const char *const states[] = { "CAPTURED", "QUEUED", "SENT", "FAILED" };
    struct page p = { .status = status, .limit = limit, .before = INT64_MAX, .w = w };
    bool known = status.n == 0;
    for (size_t i = 0; i < RV_LEN(states); i++)
        known = known || rv_str_eq(status, rv_str_of(states[i]));
    if (!known)
        return rv_fail_field(cx, "status", "INVALID_VALUE",
                             "status must be CAPTURED, QUEUED, SENT or FAILED");
    if (after.p != NULL && !rv_str_to_int(after, &p.before))
        return rv_fail_field(cx, "after", "INVALID_CURSOR", "after is not a cursor of this list");
    RV_TRY(rv_store_read(cx, page_tx, &p));
    *ret_next = p.next;
    return RV_OK;
}

static rv_status find(struct rv_cx *cx, rv_str id, struct loading *l)
{
    *l = (struct loading){ .id = id };
    RV_TRY(rv_authz(cx, NULL, RV_A_MAIL, RV_NO_OBJECT));
    RV_TRY(rv_store_read(cx, load_tx, l));
    return l->found ? RV_OK
                    : rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (Mail)",
                              (int)(id.n < 100 ? id.n : 100), id.p);
}

rv_status rv_mail_show(struct rv_cx *cx, rv_str id, struct rv_jw *w)
{
    struct loading l;
    RV_TRY(find(cx, id, &l));
    write_mail(cx, w, &l.e, true);
    return RV_OK;
}

rv_status rv_mail_file(struct rv_cx *cx, rv_str id, rv_str position, struct rv_mail_file *ret)
{
    struct loading l;
    int64_t i;
    RV_TRY(find(cx, id, &l));
    if (!rv_str_to_int(position, &i) || i < 0 || (size_t)i >= l.e.mail.files_n)
        return rv_fail(cx, RV_NOT_FOUND, "Not found: Resource not found: %.*s (MailFile)",
                       (int)(position.n < 20 ? position.n : 20), position.p);
    *ret = l.e.mail.files[i];
    return RV_OK;
}

static rv_status delete_tx(struct rv_tx *tx, void *arg)
{
    int64_t n;
    (void)arg;
    RV_TRY(rv_authz(rv_tx_cx(tx), tx, RV_A_MAIL, RV_NO_OBJECT));
    RV_TRY(rv_sql_exec(tx, &mailq_sql[Q_DELETE_BODIES], NULL, RV_ARGS()));
    RV_TRY(rv_sql_exec(tx, &mailq_sql[Q_DELETE_FILES], NULL, RV_ARGS()));
    RV_TRY(rv_sql_exec(tx, &mailq_sql[Q_DELETE], &n, RV_ARGS()));
    RV_TRY(rv_tx_announce(tx, "mail", RV_STR("")));
    return rv_event_add(tx, "reeve.mail.delete", true, RV_NONE_STR, NULL, 0,
                        rv_printf(rv_tx_cx(tx), "{\"count\":%" PRId64 "}", n));
}

rv_status rv_mail_delete_captured(struct rv_cx *cx)
{
    return rv_store_write(cx, delete_tx, NULL);
}

static rv_status counts_tx(struct rv_tx *tx, void *arg)
{
    int64_t *counts = arg;
    struct rv_rows r;
    bool found;
    RV_TRY(rv_sql_first(tx, &mailq_sql[Q_COUNTS], &r, &found, RV_ARGS()));
    counts[0] = rv_col_int(&r, 0);
    counts[1] = rv_col_int(&r, 1);
    return rv_rows_end(&r);
}

rv_status rv_mail_counts(struct rv_cx *cx, int64_t *ret_queued, int64_t *ret_failed)
{
    int64_t counts[2] = { 0, 0 };
    RV_TRY(rv_store_read(cx, counts_tx, counts));
    *ret_queued = counts[0];
    *ret_failed = counts[1];
    return RV_OK;
}

static rv_status tested_tx(struct rv_tx *tx, void *arg)
{
    const rv_str *to = arg;
    return rv_event_add(tx, "reeve.mail.test", true, RV_NONE_STR,
                        RV_TARGETS({ .type = "Mail", .id = *to, .name = *to }), RV_NONE_STR);
}

rv_status rv_mail_test(struct rv_cx *cx, rv_str to)
{
    struct rv_mail_settings s;
    struct rv_mail_send send = { 0 };
    RV_TRY(rv_authz(cx, NULL, RV_A_SETTINGS, RV_NO_OBJECT));
    RV_TRY(rv_mail_settings(cx, &s));
    if (s.server.host.n == 0)
        return rv_fail(cx, RV_CONFLICT, "no mail server is set; give its host first");
    struct rv_mail m = {
        .to = to,
        .subject = RV_STR("Test mail from Reeve"),
        .text =
            rv_printf(cx, "This is a test mail from Reeve at %.*s.\n\nThe mail server is set up.\n",
                      RV_FMT(rv_base_url(cx))),
        .message_id = rv_printf(cx, "%.*s@%.*s", RV_FMT(rv_id_hex24(cx)), RV_FMT(host_of(cx))),
        .date_ms = rv_now(cx->env),
    };
    if (m.text.p == NULL || m.message_id.p == NULL)
        return RV_BUSY;
    if (check_addresses(cx, &m) != RV_OK) {
        rv_error_clear(cx);
        return rv_fail_field(cx, "/to", "INVALID_ADDRESS", "to must be an e-mail address");
    }
    RV_TRY(prepare(cx, &s, &m, &send));
    rv_status st = rv_mail_wait(cx->env->client, &send);
    if (st != RV_OK)
        return rv_fail(cx, RV_REFUSED, "the mail server %.*s did not take the mail: %.*s",
                       RV_FMT(s.server.host), RV_FMT(reason_of(cx, &send, st)));
    return rv_store_write(cx, tested_tx, &to);
}
