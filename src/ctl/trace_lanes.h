/* The layout of a timeline: a lane for each process, its rows, and what lies where in pixels. */
#ifndef CTL_TRACE_LANES_H
#define CTL_TRACE_LANES_H

#include <stdbool.h>
#include <stddef.h>

#include "ctl/trace_nest.h"

/* In pixels. */
#define SVG_WIDTH 1200
#define SVG_LEFT  150
#define SVG_RIGHT 24
#define SVG_TOP   64
#define SVG_ROW   20
#define SVG_BAR   17
#define SVG_GAP   10
#define SVG_CHART (SVG_WIDTH - SVG_LEFT - SVG_RIGHT)

/* The spans of one process. */
struct trace_lane {
	size_t span;  /* its first one */
	int top;      /* pixels */
	size_t *rows; /* the last span in each */
	size_t row_count;
};

struct trace_place {
	size_t lane;
	size_t row;
	size_t next; /* span in its row; NEST_NONE: none */
	bool path;   /* the request waited for it, or for what is in it */
};

struct trace_lanes {
	struct trace_nest *nest;    /* owned */
	struct trace_place *places; /* of the spans */
	struct trace_lane *lanes;
	size_t lane_count;
	int bottom; /* of the last lane */
};

/* The trace is borrowed. */
void trace_lanes_fill(struct trace_lanes *l, const struct trace *trace);
void trace_lanes_clear(struct trace_lanes *l);

/* Of a time since the trace's start; of the row of a span, its upper edge. */
double trace_lanes_x(const struct trace_lanes *l, int64_t ns);
int trace_lanes_y(const struct trace_lanes *l, size_t span);

#endif
