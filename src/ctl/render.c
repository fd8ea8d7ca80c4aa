/* The text form of replies. Bytes that came from dtreed are escaped before they are printed. */
#include "ctl/render.h"

#include <stdint.h>
#include <string.h>

#include "base/error.h"
#include "base/parse.h"
#include "ctl/words.h"

#define GREEN  "\033[32m"
#define RED    "\033[31m"
#define YELLOW "\033[33m"
#define PLAIN  "\033[0m"

static void add_color(struct buffer *out, const char *color, const struct style *style)
{
	if (style->color)
		buffer_add_string(out, color);
}

static bool has_control(const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (word_control(s[i]) || s[i] == '\t')
			return true;
	return false;
}

static void add_printable(struct buffer *out, const char *s, size_t n)
{
	parse_escape(out, s, n);
}

/* A whole reply line has one colour, so that no escape sequence splits text that a user searches
 * for. */
static void add_ok(struct buffer *out, const struct style *style)
{
	add_color(out, GREEN, style);
	buffer_add_string(out, "Ok");
}

void render_ok(struct buffer *out, const struct dtree_value *result, const struct style *style)
{
	(void)result;
	add_ok(out, style);
	add_color(out, PLAIN, style);
}

/* Adds a member that is a number; nothing if it is missing. */
static void add_int(struct buffer *out, const struct dtree_value *value, const char *name)
{
	long long number;

	if (dtree_value_int(value, name, &number) == 0)
		buffer_format(out, "%lld", number);
}

void render_pid(struct buffer *out, const struct dtree_value *result, const struct style *style)
{
	add_ok(out, style);
	buffer_add_string(out, ": ");
	add_int(out, result, "pid");
	add_color(out, PLAIN, style);
}

void render_available(struct buffer *out, const struct dtree_value *result,
                      const struct style *style)
{
	bool available = false;

	dtree_value_bool(result, "available", &available);
	add_ok(out, style);
	buffer_add_string(out, available ? ": 1" : ": 0");
	add_color(out, PLAIN, style);
}

void render_unavailable(struct buffer *out, const struct dtree_value *result,
                        const struct style *style)
{
	const struct dtree_value *id = dtree_value_first(result, "unavailable");

	add_ok(out, style);
	buffer_add_string(out, id ? ": " : ": -1");
	while (id) {
		add_int(out, id, NULL);
		id = dtree_value_next(id);
		if (id)
			buffer_add_string(out, ";");
	}
	add_color(out, PLAIN, style);
}

void render_result(struct buffer *out, const struct dtree_value *result, const struct style *style)
{
	size_t n;
	cleanup_free char *bytes = dtree_value_bytes(result, "result", &n);

	add_ok(out, style);
	buffer_add_string(out, ":");
	add_int(out, result, "id");
	if (bytes && n) {
		buffer_add_string(out, ": ");
		add_printable(out, bytes, n);
	}
	add_color(out, PLAIN, style);
}

static long long id_of(const struct dtree_value *value)
{
	long long id = 0;

	dtree_value_int(value, "id", &id);
	return id;
}

void render_failure(struct buffer *out, const struct dtree_value *failure,
                    const struct style *style)
{
	long long code = 0;
	cleanup_free char *who = mem_format("%lld", id_of(failure));
	const char *text = dtree_value_string(failure, "message", NULL);
	const struct error_row *row;

	dtree_value_int(failure, "code", &code);
	row = error_row(code);
	if (row && row->phrase)
		text = row->phrase;
	render_error(out, who, text ? text : "", style);
}

static void add_reduced(struct buffer *out, const struct dtree_value *result,
                        const struct style *style)
{
	size_t n;
	const char *value = dtree_value_string(result, "reduced", &n);

	if (!value)
		return;
	add_ok(out, style);
	buffer_add_string(out, ": ");
	add_printable(out, value, n);
	add_color(out, PLAIN, style);
}

void render_gathered(struct buffer *out, const struct dtree_value *result,
                     const struct style *style)
{
	const struct dtree_value *good = dtree_value_first(result, "results");
	const struct dtree_value *bad = dtree_value_first(result, "errors");
	size_t before = buffer_size(out);

	add_reduced(out, result, style);
	while (good || bad) {
		if (buffer_size(out) > before)
			buffer_add_string(out, "\n");
		if (good && (!bad || id_of(good) < id_of(bad))) {
			render_result(out, good, style);
			good = dtree_value_next(good);
		} else {
			render_failure(out, bad, style);
			bad = dtree_value_next(bad);
		}
	}
	if (buffer_size(out) == before)
		render_ok(out, result, style);
}

static void add_value(struct buffer *out, const struct dtree_value *value)
{
	size_t n;
	const char *text = dtree_value_string(value, NULL, &n);

	if (text) {
		add_printable(out, text, n);
	} else {
		cleanup_free char *json = dtree_value_json(value);
		buffer_add_string(out, json);
	}
}

/* A line; an object's members have a line each, as "NAME.MEMBER". */
static void add_member(struct buffer *out, const struct dtree_value *member)
{
	const struct dtree_value *inner = dtree_value_first(member, NULL);
	const char *name = dtree_value_name(member);

	if (!inner || !dtree_value_name(inner)) {
		buffer_format(out, "%s: ", name ? name : "-");
		add_value(out, member);
		return;
	}
	for (; inner; inner = dtree_value_next(inner)) {
		buffer_format(out, "%s.%s: ", name ? name : "-", dtree_value_name(inner));
		add_value(out, inner);
		if (dtree_value_next(inner))
			buffer_add_string(out, "\n");
	}
}

void render_members(struct buffer *out, const struct dtree_value *result, const struct style *style)
{
	const struct dtree_value *member = dtree_value_first(result, NULL);

	(void)style;
	for (; member; member = dtree_value_next(member)) {
		add_member(out, member);
		if (dtree_value_next(member))
			buffer_add_string(out, "\n");
	}
}

/* Strings have no quotes if they cannot be misread. */
static void add_field(struct buffer *out, const struct dtree_value *value)
{
	size_t n;
	const char *text = dtree_value_string(value, NULL, &n);

	if (text && n && !strpbrk(text, " \"=\\") && !has_control(text, n)) {
		buffer_add(out, text, n);
	} else {
		cleanup_free char *json = dtree_value_json(value);
		buffer_add_string(out, json);
	}
}

void render_event(struct buffer *out, const struct dtree_value *event, const struct style *style)
{
	size_t n;
	const char *time = dtree_value_string(event, "time", &n);
	const char *type = dtree_value_string(event, "type", NULL);
	const struct dtree_value *member = dtree_value_first(event, NULL);

	if (time)
		add_printable(out, time, n);
	buffer_add_string(out, " ");
	add_color(out, YELLOW, style);
	buffer_add_string(out, type ? type : "?");
	add_color(out, PLAIN, style);
	for (; member; member = dtree_value_next(member)) {
		const char *name = dtree_value_name(member);
		if (!name || strcmp(name, "time") == 0 || strcmp(name, "type") == 0)
			continue;
		buffer_format(out, " %s=", name);
		add_field(out, member);
	}
}

/* "node 10", to which the caller adds. */
static void open_news(struct buffer *out, const char *head, const struct dtree_value *event,
                      const struct style *style)
{
	add_color(out, YELLOW, style);
	buffer_format(out, "%snode ", head);
	add_int(out, event, "id");
}

void render_lost(struct buffer *out, const struct dtree_value *event, const struct style *style)
{
	open_news(out, "Heartbit: ", event, style);
	buffer_add_string(out, " is unavailable now");
	add_color(out, PLAIN, style);
}

void render_restored(struct buffer *out, const struct dtree_value *event, const struct style *style)
{
	open_news(out, "Heartbit: ", event, style);
	buffer_add_string(out, " is available again");
	add_color(out, PLAIN, style);
}

void render_died(struct buffer *out, const struct dtree_value *event, const struct style *style)
{
	size_t n;
	const char *cause = dtree_value_string(event, "cause", &n);

	open_news(out, "", event, style);
	buffer_add_string(out, " died");
	if (cause) {
		buffer_add_string(out, ": ");
		add_printable(out, cause, n);
	}
	add_color(out, PLAIN, style);
}

void render_program_died(struct buffer *out, const struct dtree_value *event,
                         const struct style *style)
{
	size_t n;
	const char *cause = dtree_value_string(event, "cause", &n);
	long long ms;

	open_news(out, "the program of ", event, style);
	buffer_add_string(out, " died: ");
	if (cause)
		add_printable(out, cause, n);
	if (dtree_value_int(event, "restart_in_ms", &ms) == 0)
		buffer_format(out, "; it is started again in %lld ms", ms);
	add_color(out, PLAIN, style);
}

void render_probe_failed(struct buffer *out, const struct dtree_value *event,
                         const struct style *style)
{
	size_t n;
	const char *cause = dtree_value_string(event, "cause", &n);

	open_news(out, "the program of ", event, style);
	buffer_add_string(out, " fails its probe: ");
	if (cause)
		add_printable(out, cause, n);
	add_color(out, PLAIN, style);
}

void render_probe_recovered(struct buffer *out, const struct dtree_value *event,
                            const struct style *style)
{
	open_news(out, "the program of ", event, style);
	buffer_add_string(out, " passes its probe again");
	add_color(out, PLAIN, style);
}

void render_restarted(struct buffer *out, const struct dtree_value *event,
                      const struct style *style)
{
	open_news(out, "", event, style);
	buffer_add_string(out, " lives again as process ");
	add_int(out, event, "pid");
	add_color(out, PLAIN, style);
}

void render_error(struct buffer *out, const char *who, const char *text, const struct style *style)
{
	add_color(out, RED, style);
	buffer_add_string(out, "Error");
	if (who) {
		buffer_add_string(out, ":");
		add_printable(out, who, strlen(who));
	}
	buffer_add_string(out, ": ");
	add_printable(out, text, strlen(text));
	add_color(out, PLAIN, style);
}
