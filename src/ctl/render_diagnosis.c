/* How the links are, in text: a line for each, and one below it for each cause of a stall. */
#include <inttypes.h>
#include <string.h>

#include "base/parse.h"
#include "ctl/render.h"

static int64_t diagnosis_int(const struct dtree_value *object, const char *name)
{
	long long n = 0;

	dtree_value_int(object, name, &n);
	return n;
}

static const struct dtree_value *diagnosis_member(const struct dtree_value *object,
                                                  const char *name)
{
	const struct dtree_value *member = dtree_value_first(object, NULL);

	while (member && strcmp(dtree_value_name(member), name) != 0)
		member = dtree_value_next(member);
	return member;
}

static char *diagnosis_text(const struct dtree_value *object, const char *name)
{
	size_t n;
	const char *text = dtree_value_string(object, name, &n);

	return text ? parse_printable(text, n, SIZE_MAX) : mem_string("-");
}

static bool diagnosis_bool(const struct dtree_value *object, const char *name)
{
	bool yes = false;

	dtree_value_bool(object, name, &yes);
	return yes;
}

static void diagnosis_outage(struct buffer *out, const struct dtree_value *link)
{
	int64_t ms = diagnosis_int(link, "outage_ms");

	if (diagnosis_bool(link, "outage_lasts"))
		buffer_format(out, ", no sign of life for %" PRId64 " ms", ms);
	else if (ms)
		buffer_format(out, ", was lost for %" PRId64 " ms, %" PRId64 " s ago", ms,
		              diagnosis_int(link, "outage_ended_ms") / 1000);
}

static void diagnosis_end(struct buffer *out, const struct dtree_value *link, const char *name)
{
	const struct dtree_value *end = diagnosis_member(link, name);

	if (end)
		buffer_format(out,
		              "\n  %s end: port %" PRId64 ", round trip %" PRId64 " us, %" PRId64
		              " bytes queued, %" PRId64 " unread, window %" PRId64 ", %" PRId64
		              " segments sent again",
		              name, diagnosis_int(end, "port"), diagnosis_int(end, "rtt_us"),
		              diagnosis_int(end, "queued"), diagnosis_int(end, "unread"),
		              diagnosis_int(end, "window"), diagnosis_int(end, "resent"));
}

static void diagnosis_stalls(struct buffer *out, const struct dtree_value *link)
{
	const struct dtree_value *stall = dtree_value_first(link, "stalls");

	for (; stall; stall = dtree_value_next(stall)) {
		cleanup_free char *cause = diagnosis_text(stall, "cause");
		cleanup_free char *from = diagnosis_text(stall, "from");
		cleanup_free char *text = diagnosis_text(stall, "text");
		buffer_format(out, "\n  stall (%s), %" PRId64 " times, what the %s end sent: %s",
		              cause, diagnosis_int(stall, "times"), from, text);
	}
}

static void diagnosis_link(struct buffer *out, const struct dtree_value *link)
{
	cleanup_free char *state = diagnosis_text(link, "state");
	cleanup_free char *transport = diagnosis_text(link, "transport");

	buffer_format(out, "%" PRId64 " at %" PRId64 ": %s, %s", diagnosis_int(link, "id"),
	              diagnosis_int(link, "parent"), state, transport);
	if (diagnosis_int(link, "pings"))
		buffer_format(out,
		              ", round trip %" PRId64 " us, at the worst %" PRId64
		              ", of it over this link %" PRId64,
		              diagnosis_int(link, "median_us"), diagnosis_int(link, "p99_us"),
		              diagnosis_int(link, "own_us"));
	else
		buffer_add_string(out, ", no answer");
	buffer_format(out, "; under way %" PRId64 " of %" PRId64 "%s, sent again %" PRId64 " times",
	              diagnosis_int(link, "under_way"), diagnosis_int(link, "under_way_max"),
	              diagnosis_bool(link, "waits") ? " and more wait" : "",
	              diagnosis_int(link, "resends"));
	diagnosis_outage(out, link);
	if (strcmp(transport, "tcp") == 0 && !diagnosis_member(link, "upper"))
		buffer_add_string(out, ", its ends cannot be seen");
	diagnosis_end(out, link, "upper");
	diagnosis_end(out, link, "lower");
	diagnosis_stalls(out, link);
}

void render_diagnosis(struct buffer *out, const struct dtree_value *result,
                      const struct style *style)
{
	const struct dtree_value *link = dtree_value_first(result, "links");
	cleanup_free char *refused = diagnosis_text(result, "refused");

	(void)style;
	for (; link; link = dtree_value_next(link)) {
		diagnosis_link(out, link);
		if (dtree_value_next(link))
			buffer_add_string(out, "\n");
	}
	if (diagnosis_member(result, "refused"))
		buffer_format(out, "\n%s", refused);
}
