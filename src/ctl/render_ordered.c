/* What became of an order to many nodes, in text. Stateless. */
#include <limits.h>

#include "base/mem.h"
#include "ctl/member.h"
#include "ctl/render.h"

#define GREEN "\033[32m"
#define PLAIN "\033[0m"

static void ordered_add_done(struct buffer *out, const struct dtree_value *node,
                             const struct style *style)
{
	long long pid = member_int(node, "pid");

	buffer_format(out, "%sOk:%lld", style->color ? GREEN : "", member_int(node, "id"));
	if (pid)
		buffer_format(out, ": %lld", pid);
	if (style->color)
		buffer_add_string(out, PLAIN);
}

static void ordered_add_left(struct buffer *out, long long id, const struct style *style)
{
	cleanup_free char *who = mem_format("%lld", id);

	render_error(out, who, "not begun, as another node failed", style);
}

/* Ids ascend in each list; what is at its end comes last. */
static long long ordered_id(const struct dtree_value *value, const char *name)
{
	long long id;

	return value && dtree_value_int(value, name, &id) == 0 ? id : LLONG_MAX;
}

void render_ordered(struct buffer *out, const struct dtree_value *result, const struct style *style)
{
	const struct dtree_value *good = dtree_value_first(result, "results");
	const struct dtree_value *bad = dtree_value_first(result, "errors");
	const struct dtree_value *left = dtree_value_first(result, "left");
	size_t before = buffer_size(out);

	while (good || bad || left) {
		long long id_good = ordered_id(good, "id");
		long long id_bad = ordered_id(bad, "id");
		long long id_left = ordered_id(left, NULL);
		if (buffer_size(out) > before)
			buffer_add_string(out, "\n");
		if (good && id_good <= id_bad && id_good <= id_left) {
			ordered_add_done(out, good, style);
			good = dtree_value_next(good);
		} else if (bad && id_bad <= id_left) {
			render_failure(out, bad, style);
			bad = dtree_value_next(bad);
		} else {
			ordered_add_left(out, id_left, style);
			left = dtree_value_next(left);
		}
	}
	if (buffer_size(out) == before)
		render_ok(out, result, style);
}
