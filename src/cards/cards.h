/* cards/cards.h: the tables of function cards, one per category of the catalogue; main.c hands them to the engine. */
#pragma once
#include "flows/card.h"

extern const struct rv_card rv_cards_control[];
extern const struct rv_card rv_cards_text[];
extern const struct rv_card rv_cards_date[];
