/* How the links are, in text: a line for each, and one below it for each cause of a stall. */
#include <string.h>

#include "ctl/member.h"
#include "ctl/render.h"

static void diagnosis_outage(struct buffer *out, const struct dtree_value *link)
{
	long long ms = member_int(link, "outage_ms");

	if (member_bool(link, "outage_lasts"))
		buffer_format(out, ", no sign of life for %lld ms", ms);
	else if (ms)
		buffer_format(out, ", was lost for %lld ms, %lld s ago", ms,
		              member_int(link, "outage_ended_ms") / 1000);
}

static void diagnosis_end(struct buffer *out, const struct dtree_value *link, const char *name)
{
	const struct dtree_value *end = member_find(link, name);

	if (end)
		buffer_format(out,
		              "\n  %s end: port %lld, round trip %lld us, %lld bytes queued, %lld "
		              "unread, window %lld, %lld segments sent again",
		              name, member_int(end, "port"), member_int(end, "rtt_us"),
		              member_int(end, "queued"), member_int(end, "unread"),
		              member_int(end, "window"), member_int(end, "resent"));
}

static void diagnosis_stalls(struct buffer *out, const struct dtree_value *link)
{
	const struct dtree_value *stall = dtree_value_first(link, "stalls");

	for (; stall; stall = dtree_value_next(stall)) {
		cleanup_free char *cause = member_text(stall, "cause", "-");
		cleanup_free char *from = member_text(stall, "from", "-");
		cleanup_free char *text = member_text(stall, "text", "-");
		buffer_format(out, "\n  stall (%s), %lld times, what the %s end sent: %s", cause,
		              member_int(stall, "times"), from, text);
	}
}

static void diagnosis_link(struct buffer *out, const struct dtree_value *link)
{
	cleanup_free char *state = member_text(link, "state", "-");
	cleanup_free char *transport = member_text(link, "transport", "-");

	buffer_format(out, "%lld at %lld: %s, %s", member_int(link, "id"),
	              member_int(link, "parent"), state, transport);
	if (member_int(link, "pings"))
		buffer_format(out,
		              ", round trip %lld us, at the worst %lld, of it over this link %lld",
		              member_int(link, "median_us"), member_int(link, "p99_us"),
		              member_int(link, "own_us"));
	else
		buffer_add_string(out, ", no answer");
	buffer_format(out, "; under way %lld of %lld%s, sent again %lld times",
	              member_int(link, "under_way"), member_int(link, "under_way_max"),
	              member_bool(link, "waits") ? " and more wait" : "",
	              member_int(link, "resends"));
	diagnosis_outage(out, link);
	if (strcmp(transport, "tcp") == 0 && !member_find(link, "upper"))
		buffer_add_string(out, ", its ends cannot be seen");
	diagnosis_end(out, link, "upper");
	diagnosis_end(out, link, "lower");
	diagnosis_stalls(out, link);
}

void render_diagnosis(struct buffer *out, const struct dtree_value *result,
                      const struct style *style)
{
	const struct dtree_value *link = dtree_value_first(result, "links");
	cleanup_free char *refused = member_text(result, "refused", "-");

	(void)style;
	for (; link; link = dtree_value_next(link)) {
		diagnosis_link(out, link);
		if (dtree_value_next(link))
			buffer_add_string(out, "\n");
	}
	if (member_find(result, "refused"))
		buffer_format(out, "\n%s", refused);
}
