/* api/features.c: features that an administrator may switch, in the compatible wire format (api.md
 * 15). */
#include "api/api.h"

static rv_status list_features(struct rv_req *rq)
{
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_arr(w);
    RV_TRY(rv_feature_page(rv_req_cx(rq), w));
    rv_jw_arr_end(w);
    return rv_reply(rq, 200);
}

static rv_status show(struct rv_req *rq)
{
    RV_TRY(rv_feature_show(rv_req_cx(rq), rv_req_param(rq, 0), rv_reply_json(rq)));
    return rv_reply(rq, 200);
}

static rv_status related(struct rv_req *rq, bool dependents)
{
    struct rv_jw *w = rv_reply_json(rq);
    rv_jw_arr(w);
    RV_TRY(rv_feature_related(rv_req_cx(rq), rv_req_param(rq, 0), dependents, w));
    rv_jw_arr_end(w);
    return rv_reply(rq, 200);
}

static rv_status list_dependencies(struct rv_req *rq)
{
    return related(rq, false);
}

static rv_status list_dependents(struct rv_req *rq)
{
    return related(rq, true);
}

/* The verb may come in any case: libraries send ENABLE, links show enable. */
static rv_status switch_feature(struct rv_req *rq)
{
    struct rv_cx *cx = rv_req_cx(rq);
    rv_str verb = rv_req_param(rq, 1), mode = rv_req_query(rq, "mode");
    bool on = rv_str_eq_nocase(verb, RV_STR("enable"));
    if (!on && !rv_str_eq_nocase(verb, RV_STR("disable")))
        return rv_fail(cx, RV_NO_ROUTE, "The requested path was not found");
    if (mode.n > 0 && !rv_str_eq_nocase(mode, RV_STR("force")))
        return rv_fail_field(cx, "mode", "INVALID_VALUE", "mode: It can only be force");
    RV_TRY(rv_feature_switch(cx, rv_req_param(rq, 0), on, mode.n > 0));
    return show(rq);
}

#define READ "okta.features.read"
#define FEATURES "/api/v1/features"
#define FEATURE FEATURES "/{featureId}"
/* clang-format off */
const struct rv_route rv_routes_features[] = {
    { "GET", FEATURES, "listFeatures", RV_A_FEATURE_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_features, "Features in early access or beta." },
    { "GET", FEATURE, "getFeature", RV_A_FEATURE_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, show, "One feature." },
    { "GET", FEATURE "/dependencies", "listFeatureDependencies", RV_A_FEATURE_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_dependencies, "Features that this one needs." },
    { "GET", FEATURE "/dependents", "listFeatureDependents", RV_A_FEATURE_READ, RV_ENV_MANAGEMENT, 0, READ, NULL, list_dependents, "Features that need this one." },
    { "POST", FEATURE "/{lifecycle}", "updateFeatureLifecycle", RV_A_FEATURE_MANAGE, RV_ENV_MANAGEMENT, RV_ROUTE_JSON, "okta.features.manage", NULL, switch_feature, "Switches a feature on or off; mode=force takes others with it." },
    { .method = NULL },
};
/* clang-format on */
