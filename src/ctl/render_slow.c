/* Slow requests in text: the slowest, then the newest of the others. */
#include <inttypes.h>
#include <string.h>

#include "base/parse.h"
#include "ctl/render.h"

static int64_t slow_int(const struct dtree_value *object, const char *name)
{
	long long n = 0;

	dtree_value_int(object, name, &n);
	return n;
}

static char *slow_text(const struct dtree_value *object, const char *name)
{
	size_t n;
	const char *text = dtree_value_string(object, name, &n);

	return text ? parse_printable(text, n, SIZE_MAX) : mem_string("");
}

static void slow_request(struct buffer *out, const struct dtree_value *slow)
{
	const struct dtree_value *step = dtree_value_first(slow, "steps");
	cleanup_free char *time = slow_text(slow, "time");
	cleanup_free char *method = slow_text(slow, "method");
	cleanup_free char *name = slow_text(slow, "name");
	cleanup_free char *error = slow_text(slow, "error");
	cleanup_free char *longest = slow_text(slow, "step");
	cleanup_free char *why = slow_text(slow, "why");

	buffer_format(out,
	              "%s %s %" PRId64 "%s%s, request %" PRId64 " of session %" PRId64
	              ": %.1f ms%s%s; %s: %s\n",
	              time, method, slow_int(slow, "id"), *name ? " @" : "", name,
	              slow_int(slow, "request"), slow_int(slow, "session"),
	              (double)slow_int(slow, "total_ns") / 1e6, *error ? ", " : "", error, longest,
	              why);
	for (; step; step = dtree_value_next(step)) {
		cleanup_free char *what = slow_text(step, "name");
		int64_t ns = slow_int(step, "end_ns") - slow_int(step, "begin_ns");
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
	int64_t ms = slow_int(result, "slow_request_ms");

	(void)style;
	slow_list(out, result, "slowest");
	slow_list(out, result, "newest");
	if (ms)
		buffer_format(out, "%" PRId64 " requests took %" PRId64 " ms or longer",
		              slow_int(result, "count"), ms);
	else
		buffer_add_string(out, "slow requests are not kept: slow-request is 0");
}
