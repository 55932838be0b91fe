/* requests/request.c: requests: submit, change, and what other files of the folder ask about them. */
#include "requests/requests_int.h"

rv_status rv_team_has_open_requests(struct rv_tx *tx, rv_str team_id, bool *ret)
{
    (void)tx;
    (void)team_id;
    *ret = false;
    return RV_OK;
}

rv_status rv_type_typical_ms(struct rv_tx *tx, rv_str type_id, int64_t *ret)
{
    (void)tx;
    (void)type_id;
    *ret = RV_NO_INT;
    return RV_OK;
}

rv_status rv_type_last_used(struct rv_tx *tx, rv_str type_id, rv_str user_id, int64_t *ret_at)
{
    (void)tx;
    (void)type_id;
    (void)user_id;
    *ret_at = RV_NO_TIME;
    return RV_OK;
}

rv_status rv_requests_erase_of_type(struct rv_tx *tx, rv_str type_id)
{
    (void)tx;
    (void)type_id;
    return RV_OK;
}
