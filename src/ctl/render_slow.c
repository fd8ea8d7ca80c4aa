/* Slow requests in text: the slowest, then the newest. One may be among both. */
#include "ctl/member.h"
#include "ctl/render.h"

static void slow_request(struct buffer *out, const struct dtree_value *slow)
{
	const struct dtree_value *step = dtree_value_first(slow, "steps");
	cleanup_free char *time = member_text(slow, "time", "");
	cleanup_free char *method = member_text(slow, "method", "");
	cleanup_free char *name = member_text(slow, "name", "");
	cleanup_free char *error = member_text(slow, "error", "");
	cleanup_free char *longest = member_text(slow, "step", "");
	cleanup_free char *why = member_text(slow, "why", "");

	buffer_format(out, "%s %s %lld%s%s, request %lld of session %lld: %.1f ms%s%s; %s: %s\n",
	              time, method, member_int(slow, "id"), *name ? " @" : "", name,
	              member_int(slow, "request"), member_int(slow, "session"),
	              (double)member_int(slow, "total_ns") / 1e6, *error ? ", " : "", error,
	              longest, why);
	for (; step; step = dtree_value_next(step)) {
		cleanup_free char *what = member_text(step, "name", "");
		long long ns = member_int(step, "end_ns") - member_int(step, "begin_ns");
		buffer_format(out, "  %12.3f ms  %s\n", (double)ns / 1e6, what);
	}
}

static void slow_list(struct buffer *out, const struct dtree_value *result, const char *name)
{
	const struct dtree_value *slow = dtree_value_first(result, name);

	if (slow)
		buffer_format(out, "%s:\n", name);
	for (; slow; slow = dtree_value_next(slow))
		slow_request(out, slow);
}

void render_slow(struct buffer *out, const struct dtree_value *result, const struct style *style)
{
	long long ms = member_int(result, "slow_request_ms");

	(void)style;
	slow_list(out, result, "slowest");
	slow_list(out, result, "newest");
	if (ms)
		buffer_format(out, "%lld requests took %lld ms or longer",
		              member_int(result, "count"), ms);
	else
		buffer_add_string(out, "slow requests are not kept: slow-request is 0");
}
