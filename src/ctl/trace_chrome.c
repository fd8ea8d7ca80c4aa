/*
 * Trace-event JSON. What its readers keep: "X" events only, none of them empty; those of one thread
 * strictly within each other or apart; one process, as each would begin at a time of its own.
 *
 * A "thread" is a lane: what overlaps, as the branches of a collective do, goes to another lane.
 * Spans that take no time are given a nanosecond, and between the ends of two, or an end and the
 * next begin, there is one, too: readers add ts and dur, as binary fractions, and what is equal may
 * come out in either order. What is behind and around them moves by as much.
 */
#include "ctl/trace_formats.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "ctl/trace_nest.h"
#include "wire/json_write.h"

struct chrome_lane {
	int64_t used;   /* the end of the last span that was left, as the trace has it */
	int64_t cursor; /* where the next may begin, or the one around it end, as it is written */
};

struct chrome_place {
	int64_t begin;
	int64_t end;
	size_t lane;
};

struct chrome {
	const struct trace_nest *nest; /* borrowed: the trace that is being placed */
	int64_t offset;                /* of its start from that of the first one */
	struct chrome_place *places;   /* of its spans */
	struct chrome_lane *lanes;
	size_t lane_count;
};

/* The first lane but `not` that is free from then on. */
static size_t chrome_find_lane(struct chrome *c, size_t not, int64_t begin)
{
	for (size_t lane = 0; lane < c->lane_count; lane++)
		if (lane != not &&c->lanes[lane].used <= begin)
			return lane;
	c->lanes = mem_resize(c->lanes, (c->lane_count + 1) * sizeof *c->lanes);
	c->lanes[c->lane_count] = (struct chrome_lane){.used = begin, .cursor = begin};
	return c->lane_count++;
}

static void chrome_enter(void *arg, size_t i)
{
	struct chrome *c = arg;
	const struct trace_nested *span = &c->nest->spans[i];
	struct chrome_place *place = &c->places[i];
	size_t lane = span->parent == NEST_NONE ? 0 : c->places[span->parent].lane;

	place->begin = c->offset + span->begin;
	if (c->lanes[lane].used > place->begin)
		lane = chrome_find_lane(c, lane, place->begin);
	if (c->lanes[lane].cursor > place->begin)
		place->begin = c->lanes[lane].cursor;
	place->lane = lane;
	c->lanes[lane].cursor = place->begin;
}

static void chrome_leave(void *arg, size_t i)
{
	struct chrome *c = arg;
	struct chrome_place *place = &c->places[i];
	struct chrome_lane *lane = &c->lanes[place->lane];
	int64_t end = c->offset + c->nest->spans[i].end;

	if (end > lane->used)
		lane->used = end;
	place->end = lane->cursor > place->begin ? lane->cursor : place->begin + 1;
	if (end > place->end)
		place->end = end;
	lane->cursor = place->end + 1;
}

/* Microseconds, to the nanosecond. */
static void chrome_add_us(struct buffer *out, const char *key, int64_t ns)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%" PRId64 ".%03d", ns / 1000, (int)(ns % 1000));

	json_add_raw(out, key, text, (size_t)n);
}

static void chrome_write_span(struct buffer *out, const struct trace_span *span,
                              const struct chrome_place *place)
{
	struct buffer name = {0};

	buffer_format(&name, "%s (", span->name);
	trace_add_process(&name, span);
	buffer_format(&name, ", %d)", span->pid);
	json_open_object(out, NULL);
	json_add_string(out, "name", buffer_bytes(&name), buffer_size(&name));
	json_add_text(out, "cat", step_kind_name(span->kind));
	json_add_text(out, "ph", "X");
	chrome_add_us(out, "ts", place->begin);
	chrome_add_us(out, "dur", place->end - place->begin);
	json_add_int(out, "pid", 1);
	json_add_int(out, "tid", (int64_t)place->lane + 1);
	/* speedscope shows them behind the name. */
	if (span->detail) {
		json_open_object(out, "args");
		json_add_text(out, "detail", span->detail);
		json_close_object(out);
	}
	json_close_object(out);
	buffer_free(&name);
}

static void chrome_write_trace(struct chrome *c, struct buffer *out, const struct trace *trace)
{
	struct trace_nest *nest = trace_nest_new(trace);

	c->nest = nest;
	c->places = mem_new_array(trace->count ? trace->count : 1, sizeof *c->places);
	trace_nest_walk(nest, chrome_enter, chrome_leave, c);
	for (size_t i = 0; i < trace->count; i++)
		chrome_write_span(out, &trace->spans[i], &c->places[i]);
	free(c->places);
	trace_nest_free(nest);
}

void trace_chrome_write(struct buffer *out, const struct trace_set *set)
{
	struct chrome c = {.lanes = mem_new(sizeof *c.lanes), .lane_count = 1};

	json_open_object(out, NULL);
	json_add_text(out, "displayTimeUnit", "ns");
	json_open_array(out, "traceEvents");
	for (size_t i = 0; i < set->count; i++) {
		c.offset = (set->traces[i]->start_us - set->traces[0]->start_us) * 1000;
		chrome_write_trace(&c, out, set->traces[i]);
	}
	json_close_array(out);
	json_close_object(out);
	buffer_add(out, "\n", 1);
	free(c.lanes);
}
