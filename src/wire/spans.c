/* Owns nothing. Invariant: while spans are added, a parent stands before its children and holds
 * them. */
#include "wire/spans.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/intervals.h"

struct laid {
	struct span span;
	size_t place; /* in the order in which they were added */
};

/* The spans in the making, and of each visit its own, with the links that lead there and back. */
struct layout {
	struct laid *laid;
	size_t count;
	size_t room;
	size_t *stay;
	size_t *down;
	size_t *up;
	size_t *above; /* the visit that it came from */
};

/* Clips it into its parent; SPAN_TOP where nothing is left of it. */
static size_t spans_lay(struct layout *l, struct span span)
{
	const struct span *parent = span.parent == SPAN_TOP ? NULL : &l->laid[span.parent].span;

	if (parent && span.begin < parent->begin)
		span.begin = parent->begin;
	if (parent && span.end > parent->end)
		span.end = parent->end;
	if (span.end <= span.begin)
		return SPAN_TOP;
	if (l->count == l->room) {
		l->room = l->room ? 2 * l->room : 64;
		l->laid = mem_resize(l->laid, l->room * sizeof *l->laid);
	}
	l->laid[l->count] = (struct laid){.span = span, .place = l->count};
	return l->count++;
}

static struct span spans_of_visit(const struct visit *v, enum step_what what, size_t parent,
                                  uint64_t begin, uint64_t end)
{
	bool own = v->node == SPAN_DTREED;
	bool named = v->name && (what == STEP_CONTROL || what == STEP_SERVICE);

	return (struct span){.what = what,
	                     .name = named ? v->name : step_name(what),
	                     .process = own ? "dtreed" : "worker",
	                     .pid = v->pid,
	                     .node = v->node,
	                     .depth = v->depth,
	                     .begin = begin,
	                     .end = end,
	                     .parent = parent};
}

/* The visit above: that of the node at the upper end of the link, or else the lowest that was under
 * way. */
static size_t spans_above(const struct visit *visits, size_t count, size_t at)
{
	const struct visit *v = &visits[at];
	size_t found = 0;

	for (size_t i = 1; i < count; i++) {
		const struct visit *u = &visits[i];
		if (u->depth >= v->depth || u->in > v->in || u->out < v->in)
			continue;
		if (u->node == v->up)
			return i;
		if (u->depth > visits[found].depth)
			found = i;
	}
	return found;
}

static void spans_lay_visit(struct layout *l, const struct visit *visits, size_t at)
{
	const struct visit *v = &visits[at];
	const struct visit *above = &visits[l->above[at]];
	size_t parent = l->stay[l->above[at]];
	uint64_t left = above->left ? above->left : above->in;
	uint64_t back = l->above[at] ? above->back : v->heard;

	l->stay[at] = l->down[at] = l->up[at] = SPAN_TOP;
	if (parent == SPAN_TOP)
		return;
	l->down[at] = spans_lay(l, spans_of_visit(v, STEP_LINK_DOWN, parent, left, v->in));
	l->stay[at] = spans_lay(
	    l, spans_of_visit(v, v->left ? STEP_RELAY : STEP_NODE, parent, v->in, v->out));
	l->up[at] = spans_lay(l, spans_of_visit(above, STEP_LINK_UP, parent, v->out, back));
}

/* Is that the better place for a step that ends then? *best: SPAN_TOP for none. */
static void spans_try(const struct layout *l, size_t candidate, const struct step *step,
                      size_t *best)
{
	const struct span *span;
	const struct span *former;

	if (candidate == SPAN_TOP)
		return;
	span = &l->laid[candidate].span;
	if (step->end <= span->begin || step->end > span->end)
		return;
	former = *best == SPAN_TOP ? NULL : &l->laid[*best].span;
	if (!former || span->end - span->begin <= former->end - former->begin)
		*best = candidate;
}

/* Within the shortest of what holds its end: the visit's stay, the links to it and from below, its
 * steps before. */
static void spans_lay_steps(struct layout *l, const struct visit *visits, size_t count, size_t at)
{
	const struct visit *v = &visits[at];
	size_t first = l->count;

	for (size_t i = 0; i < v->steps.count; i++) {
		const struct step *step = &v->steps.items[i];
		size_t best = SPAN_TOP;
		struct span span;

		spans_try(l, l->stay[at], step, &best);
		spans_try(l, l->down[at], step, &best);
		for (size_t below = 1; below < count; below++)
			if (below != at && l->above[below] == at)
				spans_try(l, l->up[below], step, &best);
		for (size_t before = first; before < l->count; before++)
			spans_try(l, before, step, &best);
		if (best == SPAN_TOP)
			continue;
		span = spans_of_visit(v, step->what, best, step->begin, step->end);
		span.a = step->a;
		span.b = step->b;
		if (step_kind(step->what) == SPENT_PROGRAM) {
			span.process = "program";
			span.pid = (int)step->a;
			span.depth++;
		}
		spans_lay(l, span);
	}
}

static int spans_by_begin(const void *a, const void *b)
{
	const struct laid *x = a;
	const struct laid *y = b;

	if (x->span.begin != y->span.begin)
		return x->span.begin < y->span.begin ? -1 : 1;
	return (x->place > y->place) - (x->place < y->place);
}

/* In their order; the parents are where they went to. A parent was added before its children, and
 * does not begin after them: so it stays before them. */
static struct span *spans_sorted(struct layout *l)
{
	struct span *spans = mem_new_array(l->count, sizeof *spans);
	size_t *went = mem_new_array(l->count, sizeof *went);

	qsort(l->laid, l->count, sizeof *l->laid, spans_by_begin);
	for (size_t i = 0; i < l->count; i++)
		went[l->laid[i].place] = i;
	for (size_t i = 0; i < l->count; i++) {
		spans[i] = l->laid[i].span;
		if (spans[i].parent != SPAN_TOP)
			spans[i].parent = went[spans[i].parent];
	}
	free(went);
	return spans;
}

static void spans_account(struct span *spans, size_t count)
{
	struct interval *all = mem_new_array(count, sizeof *all);

	for (size_t i = 0; i < count; i++)
		all[i] = (struct interval){.begin = (int64_t)(spans[i].begin - spans[0].begin),
		                           .end = (int64_t)(spans[i].end - spans[0].begin),
		                           .parent = spans[i].parent};
	intervals_account(all, count);
	for (size_t i = 0; i < count; i++)
		spans[i].own = (uint64_t)all[i].own;
	free(all);
}

/* Those above first. */
static int spans_by_depth(const void *a, const void *b)
{
	const struct visit *x = *(const struct visit *const *)a;
	const struct visit *y = *(const struct visit *const *)b;

	return x->depth != y->depth ? (x->depth > y->depth) - (x->depth < y->depth)
	                            : (x > y) - (x < y);
}

/* The visits but the first, those above first. */
static struct visit *spans_ordered(const struct visit *visits, size_t count)
{
	const struct visit **order = mem_new_array(count, sizeof *order);
	struct visit *ordered = mem_new_array(count, sizeof *ordered);

	for (size_t i = 0; i < count; i++)
		order[i] = &visits[i];
	qsort(order + 1, count - 1, sizeof *order, spans_by_depth);
	for (size_t i = 0; i < count; i++)
		ordered[i] = *order[i];
	free(order);
	return ordered;
}

size_t spans_make(const struct visit *unordered, size_t count, struct span **spans)
{
	struct visit *visits = spans_ordered(unordered, count);
	struct layout l = {.stay = mem_new_array(count, sizeof(size_t)),
	                   .down = mem_new_array(count, sizeof(size_t)),
	                   .up = mem_new_array(count, sizeof(size_t)),
	                   .above = mem_new_array(count, sizeof(size_t))};

	l.down[0] = l.up[0] = SPAN_TOP;
	l.stay[0] =
	    spans_lay(&l, spans_of_visit(visits, STEP_CONTROL, SPAN_TOP, visits->in, visits->out));
	for (size_t i = 1; i < count; i++) {
		l.above[i] = spans_above(visits, count, i);
		spans_lay_visit(&l, visits, i);
	}
	for (size_t i = 0; i < count; i++)
		spans_lay_steps(&l, visits, count, i);
	*spans = spans_sorted(&l);
	spans_account(*spans, l.count);
	free(visits);
	free(l.laid);
	free(l.stay);
	free(l.down);
	free(l.up);
	free(l.above);
	return l.count;
}

void spans_shares(const struct span *spans, size_t count, uint64_t shares[STEP_KINDS])
{
	memset(shares, 0, STEP_KINDS * sizeof *shares);
	for (size_t i = 0; i < count; i++)
		shares[step_kind(spans[i].what)] += spans[i].own;
}

static const char *spans_plural(uint32_t n)
{
	return n == 1 ? "" : "s";
}

void span_detail(const struct span *span, struct buffer *text)
{
	if (span->what == STEP_SERVICE && span->a)
		buffer_format(text, "%u page fault%s", span->a, spans_plural(span->a));
	if ((span->what == STEP_SPAWN || span->what == STEP_JOIN) && span->a)
		buffer_format(text, "process %u", span->a);
	if (span->what == STEP_END && span->a)
		buffer_format(text, "%u process%s", span->a, span->a == 1 ? "" : "es");
	if ((span->what != STEP_QUEUE && span->what != STEP_WINDOW) || !span->a)
		return;
	buffer_format(text, "behind %u request%s", span->a, spans_plural(span->a));
	if (span->b)
		buffer_format(text, " of %u session%s", span->b, spans_plural(span->b));
}
