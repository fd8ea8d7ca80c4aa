/* The text form of a reload: what was done, as a line, or what would be, as a difference between
 * two configurations. */
#include <stdint.h>
#include <string.h>

#include "ctl/member.h"
#include "ctl/render.h"

/* A line of the difference: begins a new one behind a former one. */
static void diff_line(struct buffer *out, const char *sign)
{
	if (buffer_size(out))
		buffer_add_string(out, "\n");
	buffer_add_string(out, sign);
}

static void diff_note(struct buffer *out, const char *note)
{
	if (note && *note)
		buffer_format(out, " ; %s", note);
}

/* One side of a change; nothing where there is no value. */
static void diff_side(struct buffer *out, const char *sign, const struct dtree_value *change,
                      const char *side, const char *note)
{
	cleanup_free char *name = member_text(change, "name", "");
	cleanup_free char *value = NULL;

	if (!dtree_value_string(change, side, NULL))
		return;
	value = member_text(change, side, "");
	diff_line(out, sign);
	buffer_format(out, "%s = %s", name, value);
	diff_note(out, note);
}

static void diff_changes(struct buffer *out, const struct dtree_value *object, const char *name)
{
	const struct dtree_value *change = dtree_value_first(object, name);

	for (; change; change = dtree_value_next(change)) {
		cleanup_free char *note = member_text(change, "note", "");
		diff_side(out, "-", change, "from", NULL);
		diff_side(out, "+", change, "to", note);
	}
}

/* What is done with a node or a service, and how it begins. */
static const struct diff_row {
	const char *what;
	const char *sign;
	const char *note;
	const char *done; /* of nodes: as it is counted */
} diff_rows[] = {
    {"create", "+", NULL, "created"},
    {"change", " ", NULL, "changed"},
    {"undeclare", "-", "is stopped and kept", "undeclared"},
    {"remove", "-", "is removed, with its data", "removed"},
    {"added", "+", NULL, NULL},
    {"changed", " ", "has changed", NULL},
    {"removed", "-", NULL, NULL},
};

static const struct diff_row *diff_row_of(const struct dtree_value *object)
{
	const char *what = dtree_value_string(object, "what", NULL);

	for (size_t i = 0; what && i < ARRAY_SIZE(diff_rows); i++)
		if (strcmp(diff_rows[i].what, what) == 0)
			return &diff_rows[i];
	return NULL;
}

static void diff_node(struct buffer *out, const struct dtree_value *step)
{
	const struct diff_row *row = diff_row_of(step);
	cleanup_free char *origin = member_text(step, "origin", "");

	diff_line(out, row ? row->sign : " ");
	buffer_format(out, "[node %lld]", member_int(step, "id"));
	diff_note(out, origin);
	diff_note(out, row ? row->note : NULL);
	if (member_bool(step, "adopted"))
		diff_note(out, "was made by hand, and is declared");
	if (member_bool(step, "started"))
		diff_note(out, "was undeclared, and is started");
	diff_changes(out, step, "changes");
}

static void diff_service(struct buffer *out, const struct dtree_value *service)
{
	const struct diff_row *row = diff_row_of(service);
	cleanup_free char *name = member_text(service, "name", "");
	cleanup_free char *note = member_text(service, "note", "");

	diff_line(out, row ? row->sign : " ");
	buffer_format(out, "[service %s]", name);
	diff_note(out, row ? row->note : NULL);
	diff_note(out, note);
}

static void diff_add(struct buffer *out, const struct dtree_value *result)
{
	const struct dtree_value *item;

	if (dtree_value_first(result, "settings")) {
		diff_line(out, " [dtreed]");
		diff_changes(out, result, "settings");
	}
	item = dtree_value_first(result, "services");
	for (; item; item = dtree_value_next(item))
		diff_service(out, item);
	for (item = dtree_value_first(result, "nodes"); item; item = dtree_value_next(item))
		diff_node(out, item);
}

/* What has failed does not count. */
static size_t diff_count_of(const struct dtree_value *result, const char *list, const char *what)
{
	const struct dtree_value *item = dtree_value_first(result, list);
	size_t count = 0;

	for (; item; item = dtree_value_next(item)) {
		const char *is = dtree_value_string(item, "what", NULL);
		if (!dtree_value_string(item, "error", NULL))
			count += !what || (is && strcmp(is, what) == 0);
	}
	return count;
}

static void diff_add_count(struct buffer *out, size_t count, const char *what)
{
	if (count)
		buffer_format(out, "%s%zu %s", buffer_size(out) ? ", " : ": ", count, what);
}

/* "Ok: 2 created, 1 undeclared". */
static void diff_add_counts(struct buffer *out, const struct dtree_value *result,
                            const struct style *style)
{
	struct buffer counts = {0};
	size_t settings = diff_count_of(result, "settings", NULL);
	size_t services = diff_count_of(result, "services", NULL);

	for (size_t i = 0; i < ARRAY_SIZE(diff_rows); i++)
		if (diff_rows[i].done)
			diff_add_count(&counts, diff_count_of(result, "nodes", diff_rows[i].what),
			               diff_rows[i].done);
	diff_add_count(&counts, settings, settings == 1 ? "setting" : "settings");
	diff_add_count(&counts, services, services == 1 ? "service" : "services");
	render_ok(out, result, style);
	if (buffer_size(&counts))
		buffer_add(out, buffer_bytes(&counts), buffer_size(&counts));
	buffer_free(&counts);
}

/* Settings that do not hold at once, and services that somebody still has. */
static void diff_add_notes(struct buffer *out, const struct dtree_value *result)
{
	static const char *const lists[] = {"settings", "services"};

	for (size_t i = 0; i < ARRAY_SIZE(lists); i++) {
		const struct dtree_value *item = dtree_value_first(result, lists[i]);
		for (; item; item = dtree_value_next(item)) {
			cleanup_free char *name = member_text(item, "name", "");
			cleanup_free char *note = member_text(item, "note", "");
			if (*note) {
				diff_line(out, name);
				buffer_format(out, ": %s", note);
			}
		}
	}
}

static void diff_add_error_line(struct buffer *out, const char *who, const char *text,
                                const struct style *style)
{
	if (buffer_size(out))
		buffer_add_string(out, "\n");
	render_error(out, who, text, style);
}

static void diff_add_errors(struct buffer *out, const struct dtree_value *result,
                            const struct style *style)
{
	const struct dtree_value *item = dtree_value_first(result, "nodes");
	const char *text;

	for (; item; item = dtree_value_next(item)) {
		cleanup_free char *who = mem_format("%lld", member_int(item, "id"));
		text = dtree_value_string(item, "error", NULL);
		if (text)
			diff_add_error_line(out, who, text, style);
	}
	for (item = dtree_value_first(result, "left"); item; item = dtree_value_next(item)) {
		text = dtree_value_string(item, NULL, NULL);
		diff_add_error_line(out, NULL, text ? text : "", style);
	}
}

void render_reload(struct buffer *out, const struct dtree_value *result, const struct style *style)
{
	struct buffer text = {0};

	if (member_bool(result, "dry_run")) {
		diff_add(&text, result);
		if (!buffer_size(&text))
			render_ok(&text, result, style);
	} else {
		diff_add_counts(&text, result, style);
		diff_add_notes(&text, result);
	}
	diff_add_errors(&text, result, style);
	buffer_add(out, buffer_bytes(&text), buffer_size(&text));
	buffer_free(&text);
}
