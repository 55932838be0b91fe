/* api/trust.c: certificate authorities that outgoing calls trust (workflows.md 14.1). */
#include "api/api_int.h"

#define ROOT "/reeve/api/v1/trusted-certificates"
#define ONE ROOT "/{certificateId}"

struct body {
    uint64_t seen, nulls;
    rv_str name, pem;
    int64_t version;
};
#define MEMBERS(required)                                                                                                                    \
    { "name", RV_K_TEXT, (required) | RV_NO_CONTROL, offsetof(struct body, name), 1, 100, NULL, "Name." },                                   \
    { "pem", RV_K_TEXT, (required), offsetof(struct body, pem), 1, 20000, NULL, "One certificate of an authority, in PEM form." }
static const struct rv_member create_members[] = { MEMBERS(RV_REQUIRED), { .name = NULL } };
static const struct rv_member update_members[] = {
    MEMBERS(0),
    { "version", RV_K_INT, RV_REQUIRED, offsetof(struct body, version), 0, 0, NULL, "Version that the change is made to." },
    { .name = NULL },
};
static const struct rv_shape create_shape = { "TrustedCertificateCreate", create_members, false }, update_shape = { "TrustedCertificateUpdate", update_members, false };

static rv_status list_certificates(struct rv_req *rq)
{
    struct rv_jw *w;
    RV_TRY(rv_list_begin(rq, &w));
    RV_TRY(rv_trust_list(rv_req_cx(rq), w));
    return rv_list_end(rq, RV_NONE_STR);
}

static rv_status create_certificate(struct rv_req *rq)
{
    struct body b = { 0 };
    rv_str id;
    RV_TRY(rv_req_decode(rq, &create_shape, &b));
    RV_TRY(rv_trust_create(rv_req_cx(rq), b.name, b.pem, &id));
    return rv_reply_created(rq, ROOT, rv_trust_get, id);
}

static rv_status get_certificate(struct rv_req *rq)
{
    RV_TRY(rv_trust_view(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status update_certificate(struct rv_req *rq)
{
    struct body b = { 0 };
    RV_TRY(rv_req_decode(rq, &update_shape, &b));
    RV_TRY(rv_trust_update(rv_req_cx(rq), rv_req_param(rq, 0), b.name, b.pem, b.version));
    return rv_reply_object(rq, 200, rv_trust_get, rv_req_param(rq, 0));
}

static rv_status delete_certificate(struct rv_req *rq)
{
    RV_TRY(rv_trust_delete(rv_req_cx(rq), rv_req_param(rq, 0)));
    return rv_reply_none(rq, 204);
}

const struct rv_route rv_routes_trust[] = {
    { "GET", ROOT, "listTrustedCertificates", RV_A_SETTINGS, RV_ENV_NATIVE, 0, NULL, NULL, list_certificates, "Certificate authorities that outgoing calls trust beside the system's." },
    { "POST", ROOT, "createTrustedCertificate", RV_A_SETTINGS, RV_ENV_NATIVE, 0, NULL, &create_shape, create_certificate, "Trust another certificate authority." },
    { "GET", ONE, "getTrustedCertificate", RV_A_SETTINGS, RV_ENV_NATIVE, 0, NULL, NULL, get_certificate, "One certificate, with its PEM text." },
    { "PATCH", ONE, "updateTrustedCertificate", RV_A_SETTINGS, RV_ENV_NATIVE, 0, NULL, &update_shape, update_certificate, "Rename a certificate, or put another in its place." },
    { "DELETE", ONE, "deleteTrustedCertificate", RV_A_SETTINGS, RV_ENV_NATIVE, 0, NULL, NULL, delete_certificate, "Do not trust it any more, from the next call on." },
    { .method = NULL },
};
