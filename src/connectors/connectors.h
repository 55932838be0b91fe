/* connectors/connectors.h: the tables of cards that reach outside, one file per application. */
#pragma once
#include "flows/card.h"

extern const struct rv_card rv_cards_okta[];
extern const struct rv_card rv_cards_okta_events[];
extern const struct rv_card rv_cards_mail[];
extern const struct rv_card rv_cards_tables[];
extern const struct rv_card rv_cards_described[]; /* of src/connectors/described */
extern const struct rv_connector rv_connectors_described[];
extern const struct rv_connector rv_connectors_okta[];
