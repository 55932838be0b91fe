/* cards/trigger.c: event cards that a clock starts (cards.md B.7: 2). */
#include "cards/cards_int.h"

/* clang-format off */
const struct rv_card rv_cards_trigger[] = {
    {
        .name = "control:scheduled", .label = "Scheduled Flow", .category = "Events",
        .help = "Starts the flow by a schedule: every few minutes or hours, or at times of chosen days.",
        .kind = RV_CARD_EVENT, .user_pins = RV_USER_BOTH,
        .out = RV_PINS({ "context", "execution_time", "Current Time", RV_T_DATE, 0, NULL, NULL, "the instant that the start was planned for" },
                       { "context", "execution_id", "Execution ID", RV_T_TEXT, 0, NULL, NULL, "id of this run" }),
        .run = rv_cards_start,
    },
    { .name = NULL },
};
