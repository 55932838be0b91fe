/* cards/cards_int.h: what the card files share: text by code points, numbers, lists. Private to the
 * folder. */
#pragma once
#include "cards/cards.h"

enum {
    RV_CARD_TEXT_MAX = 4 << 20,
    RV_ITERATION_MAX = 100000, /* calls of one iteration card */
    RV_PATTERN_MAX = 1024,
    RV_PATTERN_TEXT_MAX = 64 << 10,
    RV_PATTERN_STEPS_MAX = 100000,
    RV_PATTERN_DEPTH_MAX = 250,
    RV_PATTERN_MEMORY_MAX = 1 << 20,
    RV_PATTERN_TIME_MS = 5000
};

/* Code points from `from` up to, not including, `to`; clipped to s, which is valid UTF-8. */
rv_str rv_points(rv_str s, size_t from, size_t to);
/* How many code points stand before the byte at `at`. */
size_t rv_points_before(rv_str s, size_t at);
/* Puts a number out; NaN and infinity fail the card. */
RV_MUST_CHECK rv_status rv_out_num(struct rv_call *c, const char *key, double d);
/* The nearest whole number; halves go up: -10.5 gives -10. */
double rv_half_up(double d);
/* The nearest number with so many decimal places; halves go away from zero. */
double rv_round_places(double d, int64_t places);
/* Puts the builder's text out and frees the builder; st: what filling it gave. */
RV_MUST_CHECK rv_status rv_out_buf(struct rv_call *c, const char *key, struct rv_buf *b,
                                   rv_status st);
/* Random bytes that come out the same when the card runs again after a crash, and that nobody can
 * foretell (security.md 9.2). */
void rv_card_random(struct rv_call *c, uint64_t no, uint8_t ret[32]);
/* A whole number input; empty gives def. RV_INVALID names the field when it is no number. */
RV_MUST_CHECK rv_status rv_in_whole(struct rv_call *c, const char *key, int64_t def, int64_t *ret);
/* A yes/no input; empty gives def. */
RV_MUST_CHECK rv_status rv_in_flag(struct rv_call *c, const char *key, bool def, bool *ret);
/* Whether the comparison of "left-operand", "operator" and "right-operand" in a group (absent:
 * none) holds. What the author declared the operands to be decides how they are read: text in a
 * number field compares as a number, in a true/false field nothing is false, dates compare as
 * instants (flopack.md 20, workflows.md 2.4). */
RV_MUST_CHECK rv_status rv_in_condition(struct rv_call *c, rv_str group, bool *ret);
/* The same for v, which nobody declared, and the field of that key. */
RV_MUST_CHECK rv_status rv_in_compare(struct rv_call *c, json_t *v, rv_str op, const char *key,
                                      bool *ret);
/* A key in PEM form, without a password: the private one, or a public one, a certificate's or that
 * of a private one. For EVP_PKEY_free; NULL: it cannot be read. */
struct evp_pkey_st *rv_pem_read(struct rv_cx *cx, rv_str pem, bool secret);
/* Text that two values share exactly when they are deeply equal, for sets of values. */
RV_MUST_CHECK rv_status rv_value_key(struct rv_cx *cx, const json_t *v, rv_str *ret);
/* Fails the card after a failed rv_json_parse: "<said>: <what was found> at line 1, column 6". */
RV_MUST_CHECK rv_status rv_no_json(struct rv_call *c, const char *said);
/* A path of an input: text with dots, or a list of literal keys (workflows.md 2.5). */
struct rv_path {
    rv_str text;
    json_t *keys; /* texts; NULL: the text counts */
};
RV_MUST_CHECK rv_status rv_in_path(struct rv_call *c, const char *key, struct rv_path *ret);
/* Borrowed: what stands at the path of v; NULL: nothing. An empty path means v itself. */
json_t *rv_path_at(json_t *v, const struct rv_path *path);
/* The keys of a path, for cards that change what stands there. path.c */
enum { RV_PARTS_MAX = 64 };
struct rv_parts {
    rv_str parts[RV_PARTS_MAX];
    size_t n;
};
/* A path input: text with dots, or a list of literal keys. A key of the object that is the whole
 * text comes first. RV_LIMIT: more than 64 keys. */
RV_MUST_CHECK rv_status rv_in_parts(struct rv_call *c, const char *field, const json_t *object,
                                    struct rv_parts *p);
RV_MUST_CHECK rv_status rv_parts_of_text(struct rv_call *c, rv_str text, struct rv_parts *p);
/* Borrowed: what stands at the first n keys; NULL: nothing. */
json_t *rv_parts_at(const json_t *j, const struct rv_parts *p, size_t n);
/* Sets the value at the path in `root`, which is the caller's own shallow copy; what lies on the way
 * is copied, too. What is missing is made: a list where the next key is a position, else an object
 * (flopack.md 13). p->n is at least 1. */
RV_MUST_CHECK rv_status rv_parts_set(struct rv_call *c, json_t *root, const struct rv_parts *p,
                                     json_t *value);
/* Takes away the key, or the item of a list, at the path, in the same way. */
RV_MUST_CHECK rv_status rv_parts_unset(struct rv_call *c, json_t *root, const struct rv_parts *p);
/* A new empty list or object, bound to the card; NULL with RV_BUSY stored when memory is out. */
json_t *rv_new_list(struct rv_call *c);
json_t *rv_new_object(struct rv_call *c);
/* Lines of separated values by the fields "delimiter" and "header" of the card: objects by the
 * names of the first line, or lists. csv.c */
RV_MUST_CHECK rv_status rv_csv_rows(struct rv_call *c, rv_str text, json_t **ret); /* borrowed: of the card's arena */
/* Puts the list out as "sorted list", in the order of by (one borrowed value for each item, or
 * NULL): numbers, dates, texts, nothing last. */
RV_MUST_CHECK rv_status rv_put_sorted(struct rv_call *c, json_t *list, json_t *const *by);
RV_MUST_CHECK rv_status rv_list_add(struct rv_call *c, json_t *list, json_t *borrowed); /* NULL adds null */
/* Each output takes the input of the same group and key. */
RV_MUST_CHECK rv_status rv_cards_mirror(struct rv_call *c);
/* Delegated Flow, Helper Flow, Scheduled Flow, and a flow whose event is not chosen: what the
 * caller gave comes out. */
RV_MUST_CHECK rv_status rv_cards_start(struct rv_call *c);
