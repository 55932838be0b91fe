/* cards/cards.h: the tables of function cards, one per category of the catalogue; main.c hands them
 * to the engine. */
#pragma once
#include "flows/card.h"

extern const struct rv_card rv_cards_control[];
extern const struct rv_card rv_cards_trigger[];
extern const struct rv_card rv_cards_text[];
extern const struct rv_card rv_cards_text_parts[];
extern const struct rv_card rv_cards_date[];
extern const struct rv_card rv_cards_date_parts[];
extern const struct rv_card rv_cards_boolean[];
extern const struct rv_card rv_cards_math[];
extern const struct rv_card rv_cards_list[];
extern const struct rv_card rv_cards_object[];
extern const struct rv_card rv_cards_encode[];
extern const struct rv_card rv_cards_helpers[];
extern const struct rv_card rv_cards_formula[];
extern const struct rv_card rv_cards_pattern[];
extern const struct rv_card rv_cards_text_more[];
extern const struct rv_card rv_cards_math_more[];
extern const struct rv_card rv_cards_date_more[];
extern const struct rv_card rv_cards_list_more[];
extern const struct rv_card rv_cards_object_more[];
extern const struct rv_card rv_cards_url[];
extern const struct rv_card rv_cards_xml[];
extern const struct rv_card rv_cards_query[];
extern const struct rv_card rv_cards_csv[];
extern const struct rv_card rv_cards_crypto[];
extern const struct rv_card rv_cards_jwt[];
extern const struct rv_card rv_cards_elements[];
extern const struct rv_limit rv_cards_limits[];
