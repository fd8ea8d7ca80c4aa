/* Invariant: no two spans of a row overlap; a span lies in a lower row than the one around it in
 * its lane. */
#include "ctl/trace_lanes.h"

#include <stdlib.h>

double trace_lanes_x(const struct trace_lanes *l, int64_t ns)
{
	double whole = l->nest->end > 0 ? (double)l->nest->end : 1;

	return SVG_LEFT + (double)ns / whole * SVG_CHART;
}

int trace_lanes_y(const struct trace_lanes *l, size_t i)
{
	return l->lanes[l->places[i].lane].top + (int)l->places[i].row * SVG_ROW;
}

static size_t lanes_find(struct trace_lanes *l, size_t span)
{
	for (size_t i = 0; i < l->lane_count; i++)
		if (trace_same_process(&l->nest->trace->spans[l->lanes[i].span],
		                       &l->nest->trace->spans[span]))
			return i;
	l->lanes = mem_resize(l->lanes, (l->lane_count + 1) * sizeof *l->lanes);
	l->lanes[l->lane_count] = (struct trace_lane){.span = span};
	return l->lane_count++;
}

/* The row for a span: the first that is free then, below that of the span around it. */
static size_t lanes_find_row(const struct trace_lanes *l, const struct trace_lane *lane, size_t row,
                             size_t span)
{
	for (; row < lane->row_count; row++)
		if (l->nest->spans[lane->rows[row]].end <= l->nest->spans[span].begin)
			break;
	return row;
}

static void lanes_place(struct trace_lanes *l, size_t i)
{
	size_t parent = l->nest->spans[i].parent;
	struct trace_place *place = &l->places[i];
	struct trace_lane *lane;
	size_t row = 0;

	place->lane = lanes_find(l, i);
	place->next = NEST_NONE;
	if (parent != NEST_NONE && l->places[parent].lane == place->lane)
		row = l->places[parent].row + 1;
	lane = &l->lanes[place->lane];
	place->row = lanes_find_row(l, lane, row, i);
	if (place->row == lane->row_count) {
		lane->rows = mem_resize(lane->rows, (lane->row_count + 1) * sizeof *lane->rows);
		lane->row_count++;
	} else {
		l->places[lane->rows[place->row]].next = i;
	}
	lane->rows[place->row] = i;
}

static void lanes_lay_out(struct trace_lanes *l)
{
	const struct trace_nested *spans = l->nest->spans;

	for (size_t i = 0; i < l->nest->trace->count; i++)
		lanes_place(l, i);
	for (size_t i = l->nest->trace->count; i-- > 0;) {
		l->places[i].path = l->places[i].path || l->nest->trace->spans[i].own > 0;
		if (l->places[i].path && spans[i].parent != NEST_NONE)
			l->places[spans[i].parent].path = true;
	}
	l->bottom = SVG_TOP;
	for (size_t i = 0; i < l->lane_count; i++) {
		l->lanes[i].top = l->bottom + SVG_GAP / 2;
		l->bottom += (int)l->lanes[i].row_count * SVG_ROW + SVG_GAP;
	}
}

void trace_lanes_fill(struct trace_lanes *l, const struct trace *trace)
{
	*l = (struct trace_lanes){.nest = trace_nest_new(trace)};
	l->places = mem_new_array(trace->count + 1, sizeof *l->places);
	lanes_lay_out(l);
}

void trace_lanes_clear(struct trace_lanes *l)
{
	for (size_t i = 0; i < l->lane_count; i++)
		free(l->lanes[i].rows);
	free(l->lanes);
	free(l->places);
	trace_nest_free(l->nest);
	*l = (struct trace_lanes){0};
}
