/* Walks from the end to the begin: what ended when the next began, or last, was waited for. Owns
 * nothing. */
#include "base/intervals.h"

#include <stdbool.h>

/* Was this one waited for, and not the former, which ends later or earlier? */
static bool intervals_is_waited_for(const struct interval *one, const struct interval *former,
                                    int64_t before)
{
	bool leads = one->end == before;

	return leads == (former->end == before) ? one->end >= former->end : leads;
}

/* Of the children of `parent` that begin before `before` the one that ends just then, or else that
 * ends last; `count` where there is none. */
static size_t intervals_last(const struct interval *all, size_t count, size_t parent,
                             int64_t before)
{
	size_t found = count;

	for (size_t i = parent == INTERVAL_TOP ? 0 : parent + 1; i < count && all[i].begin < before;
	     i++)
		if (all[i].parent == parent && all[i].end > all[i].begin &&
		    (found == count || intervals_is_waited_for(&all[i], &all[found], before)))
			found = i;
	return found;
}

/* Shares out the time from `from` to `to` among the children of `parent`: gives what is left of it.
 */
static int64_t intervals_walk(struct interval *all, size_t count, size_t parent, int64_t from,
                              int64_t to)
{
	int64_t left = 0;

	while (to > from) {
		size_t i = intervals_last(all, count, parent, to);
		int64_t begin, end;

		if (i == count || all[i].end <= from)
			break;
		begin = all[i].begin > from ? all[i].begin : from;
		end = all[i].end < to ? all[i].end : to;
		left += to - end;
		all[i].own += intervals_walk(all, count, i, begin, end);
		to = begin;
	}
	return left + (to - from);
}

int64_t intervals_account(struct interval *all, size_t count)
{
	int64_t end = count ? all[0].end : 0;

	for (size_t i = 0; i < count; i++) {
		all[i].own = 0;
		if (all[i].end > end)
			end = all[i].end;
	}
	return intervals_walk(all, count, INTERVAL_TOP, count ? all[0].begin : 0, end);
}
