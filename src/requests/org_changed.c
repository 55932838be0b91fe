/* requests/org_changed.c: what the directory and the features leave to be followed here.
 *
 * They lie a floor below and know nothing of requests, so a change that matters leaves the job
 * "org.changed" in its transaction (org/org.h): a feature was switched, a person or a group is not
 * there any more. Request types that used it are looked at again; open requests of a person who
 * left end. */
#include "requests/requests_int.h"

struct change {
    rv_str kind, id;
    int64_t job;
};

static rv_status follow_tx(struct rv_tx *tx, void *arg)
{
    const struct change *c = arg;
    if (rv_str_eq(c->kind, RV_STR("PERSON"))) {
        RV_TRY(rv_requests_requester_gone(tx, c->id));
        RV_TRY(rv_types_recheck(tx, RV_USE_PERSON, c->id));
    } else {
        RV_TRY(rv_types_recheck(tx, rv_str_eq(c->kind, RV_STR("GROUP")) ? RV_USE_GROUP : RV_USE_ALL,
                                c->id));
    }
    return rv_job_end(tx, c->job);
}

rv_status rv_org_changed_run(struct rv_cx *cx, const struct rv_job *job)
{
    struct change c = { .id = job->payload, .job = job->id };
    if (!rv_str_split(&c.id, ':', &c.kind))
        c.kind = RV_STR("");
    return rv_store_write(cx, follow_tx, &c);
}
