/* cards/elements.c: cards about flows, folders and files: Export Flow, Export Folder, files of text
 * (cards.md B.7: 82, C.3, C.10).
 *
 * A file is an object with id, filename, extension, size, created, updated and its text under
 * content (workflows.md 2.1). */
#include "cards/cards_int.h"

#include <stdlib.h>

/* ---- files ----------------------------------------------------------------------------------- */

static rv_str extension_of(rv_str name)
{
    for (size_t i = name.n; i > 0 && name.p[i - 1] != '/'; i--)
        if (name.p[i - 1] == '.')
            return rv_str_sub(name, i, name.n);
    return RV_STR("");
}

static json_t *new_file(struct rv_call *c, rv_str name, rv_str content)
{
    struct rv_cx *cx = rv_call_cx(c);
    rv_str id = rv_call_effect_id(c), now = rv_time_str(cx, rv_now(cx->env)),
           ext = extension_of(name);
    if (id.p == NULL || now.p == NULL)
        return NULL;
    return json_pack("{s:s%, s:s%, s:s%, s:I, s:s%, s:s%, s:s%}", "id", id.p, id.n, "filename",
                     name.p != NULL ? name.p : "", name.n, "extension", ext.p != NULL ? ext.p : "",
                     ext.n, "size", (json_int_t)content.n, "created", now.p, now.n, "updated",
                     now.p, now.n, "content", content.p != NULL ? content.p : "", content.n);
}

static rv_status put_file(struct rv_call *c, const char *key, rv_str name, rv_str content)
{
    json_t *file = new_file(c, name, content);
    if (file == NULL)
        return rv_fail(rv_call_cx(c), RV_INVALID, "the content of the file is not text (UTF-8)");
    RV_TRY(rv_out(c, key, file));
    RV_TRY(rv_out_text(c, "Filename", name));
    return rv_out_num(c, "Size", (double)content.n);
}

static rv_status in_file(struct rv_call *c, const char *key, json_t **ret)
{
    *ret = rv_in(c, key);
    if (!json_is_string(json_object_get(*ret, "filename")) ||
        !json_is_string(json_object_get(*ret, "content")))
        return rv_fail(rv_call_cx(c), RV_INVALID, "the field \"%s\" must be a file, not %s", key,
                       rv_value_type_name(*ret));
    return RV_OK;
}

static rv_status card_create(struct rv_call *c)
{
    rv_str name, text;
    RV_TRY(rv_in_text(c, "Filename", &name));
    RV_TRY(rv_in_text(c, "Text", &text));
    return put_file(c, "File Content", name, text);
}

static rv_status card_read(struct rv_call *c)
{
    json_t *file;
    RV_TRY(in_file(c, "File Content", &file));
    return rv_out(c, "Text", json_incref(json_object_get(file, "content")));
}

static rv_status card_info(struct rv_call *c)
{
    static const struct {
        const char *pin, *member;
    } members[] = { { "Filename", "filename" },
                    { "Extension", "extension" },
                    { "Size", "size" },
                    { "Created", "created" },
                    { "Updated", "updated" } };
    json_t *file;
    RV_TRY(in_file(c, "File Content", &file));
    for (size_t i = 0; i < RV_LEN(members); i++)
        RV_TRY(rv_out(c, members[i].pin, json_incref(json_object_get(file, members[i].member))));
    return RV_OK;
}

/* A copy under another name. */
static rv_status card_copy(struct rv_call *c)
{
    json_t *file;
    rv_str name;
    RV_TRY(in_file(c, "File Content", &file));
    RV_TRY(rv_in_text(c, "Filename", &name));
    return put_file(c, "File Content", name.n > 0 ? name : rv_json_member_str(file, "filename"),
                    rv_json_member_str(file, "content"));
}

/* ---- exports --------------------------------------------------------------------------------- */

static rv_status pretty(struct rv_call *c, rv_str text, int64_t indent, rv_str *ret)
{
    static const struct rv_json_limits own = { 1000, 10000000, 64 << 20, 64 << 20, 400, true };
    struct rv_cx *cx = rv_call_cx(c);
    json_t *j;
    RV_TRY(rv_json_parse(cx, text, &own, &j)); /* bodies nest deeper than what others send */
    char *dump = json_dumps(j, JSON_INDENT((size_t)indent));
    *ret = rv_dup(cx, rv_str_of(dump));
    free(dump);
    return ret->p != NULL ? RV_OK : rv_fail(cx, RV_BUSY, "out of memory while exporting");
}

static rv_status export(struct rv_call *c, const char *key, bool folder)
{
    struct rv_cx *cx = rv_call_cx(c);
    rv_str id, name, text;
    int64_t indent;
    bool lines;
    RV_TRY(rv_in_text(c, key, &id));
    RV_TRY(rv_in_flag(c, "pretty", false, &lines));
    RV_TRY(rv_in_whole(c, "indent", 2, &indent));
    RV_TRY(rv_call_export(c, folder, id, &name, &text));
    if (lines)
        RV_TRY(pretty(c, text, indent < 1 ? 1 : indent > 8 ? 8 : indent, &text));
    for (size_t i = name.n; folder && i > 0; i--) /* the names of the folders above are not part of the file's */
        if (name.p[i - 1] == '/') {
            name = rv_str_sub(name, i, name.n);
            break;
        }
    return put_file(c, "output", rv_printf(cx, "%.*s.%s", RV_FMT(name), folder ? "folder" : "flow"),
                    text);
}

static rv_status card_export_flow(struct rv_call *c)
{
    return export(c, "flo", false);
}

static rv_status card_export_folder(struct rv_call *c)
{
    return export(c, "folder", true);
}

#define FILE_IN { "File", "File Content", "File Content", RV_T_FILE, RV_PIN_REQUIRED, NULL, NULL, "the file" }
#define NAME(flags, help) { "File", "Filename", "Filename", RV_T_TEXT, flags, NULL, NULL, help }
#define FILE_OUT { "File", "File Content", "File Content", RV_T_FILE, 0, NULL, NULL, "the file" }
#define NAMED { "File", "Filename", "Filename", RV_T_TEXT, 0, NULL, NULL, "its name" }, { "File", "Size", "Size", RV_T_NUM, 0, NULL, NULL, "its bytes" }
#define WHEN(key, help) { "File", key, key, RV_T_DATE, 0, NULL, NULL, help }
#define FORM { NULL, "pretty", "JSON Pretty Print?", RV_T_BOOL, 0, "false", NULL, "Yes: one line for each value" }, { NULL, "indent", "Number of Indented Spaces", RV_T_NUM, 0, "2", NULL, "1 to 8, when it is printed pretty" }
#define EXPORTED { NULL, "output", "File Content", RV_T_FILE, 0, NULL, NULL, "the export file" }, { NULL, "Filename", "Filename", RV_T_TEXT, 0, NULL, NULL, "its name" }, { NULL, "Size", "Size", RV_T_NUM, 0, NULL, NULL, "its bytes" }

/* clang-format off */
const struct rv_card rv_cards_elements[] = {
    { .name = "utility:exportFlo", .label = "Export Flow", .category = "Flows", .help = "Gives a flow of the same top-level folder as an export file.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "flo", "Flow", RV_T_FLOW, RV_PIN_REQUIRED, NULL, NULL, "the flow" }, FORM), .out = RV_PINS(EXPORTED), .run = card_export_flow },
    { .name = "utility:exportFolder", .label = "Export Folder", .category = "Folders", .help = "Gives a folder with all below it as an export file.", .kind = RV_CARD_PURE,
      .in = RV_PINS({ NULL, "folder", "Folder", RV_T_FOLDER, RV_PIN_REQUIRED, NULL, NULL, "the folder" }, FORM), .out = RV_PINS(EXPORTED), .run = card_export_folder },
    { .name = "filefunctions:createText", .label = "Create Text File", .category = "File", .help = "Makes a file of a text.", .kind = RV_CARD_PURE,
      .in = RV_PINS(NAME(RV_PIN_REQUIRED, "its name, such as report.txt"), { "File", "Text", "Text", RV_T_TEXT, 0, NULL, NULL, "what stands in it" }), .out = RV_PINS(FILE_OUT, NAMED), .run = card_create },
    { .name = "filefunctions:readText", .label = "Read Text File", .category = "File", .help = "Gives the text of a file.", .kind = RV_CARD_PURE,
      .in = RV_PINS(FILE_IN), .out = RV_PINS({ "File", "Text", "Text", RV_T_TEXT, 0, NULL, NULL, "what stands in it" }), .run = card_read },
    { .name = "filefunctions:info", .label = "Info", .category = "File", .help = "Name, size and times of a file.", .kind = RV_CARD_PURE,
      .in = RV_PINS(FILE_IN), .out = RV_PINS({ "File", "Filename", "Filename", RV_T_TEXT, 0, NULL, NULL, "its name" }, { "File", "Extension", "Extension", RV_T_TEXT, 0, NULL, NULL, "what follows the last dot" },
                                             { "File", "Size", "Size", RV_T_NUM, 0, NULL, NULL, "its bytes" }, WHEN("Created", "when it was made"), WHEN("Updated", "when it was changed last")), .run = card_info },
    { .name = "filefunctions:copy", .label = "Copy", .category = "File", .help = "A copy of a file under another name.", .kind = RV_CARD_PURE,
      .in = RV_PINS(FILE_IN, NAME(0, "the new name; empty: the same")), .out = RV_PINS(FILE_OUT, NAMED), .run = card_copy },
    { .name = NULL },
};
