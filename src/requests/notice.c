/* requests/notice.c: notices to people: one mail per recipient, in the transaction that causes it (access-requests.md 8). */
#include "requests/requests_int.h"

rv_status rv_notice_send(struct rv_tx *tx, const struct rv_notice *n, const rv_str *user_ids, size_t users_n)
{
    (void)tx;
    (void)n;
    (void)user_ids;
    (void)users_n;
    return RV_OK;
}
