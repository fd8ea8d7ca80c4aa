/*
 * A timeline: a lane for each process, in it a row for each span that lies in another one. A span
 * is pale where it waits for those inside it, and full where the time is its own; faint where
 * nothing waited for that. Lines join the steps that the request waited for from process to
 * process.
 *
 * Kinds differ in lightness and in pattern, not just in hue.
 */
#include "ctl/trace_formats.h"

#include "ctl/trace_lanes.h"
#include "ctl/xml.h"

/* A letter of a label, on average: in pixels. */
#define SVG_LETTER 6.3
/* A label has at least so many letters, or all; a heading has at most so many. */
#define SVG_LABEL_LEAST    4
#define SVG_HEADING        110
#define SVG_TICKS          8
#define SVG_LEGEND_COLUMNS 5
#define SVG_LEGEND_WIDTH   ((SVG_WIDTH - 2 * SVG_RIGHT) / SVG_LEGEND_COLUMNS)
#define SVG_LEGEND_ROW     20

/* What a kind is filled with: a colour, and lines over it. */
static const struct {
	const char *colour;
	const char *lines; /* a path in a square of 6 by 6; "": none */
	const char *ink;
} kinds[STEP_KINDS] = {
    [SPENT_CONTROL] = {"#2f4b7c", "", ""},
    [SPENT_QUEUE] = {"#f5a742", "M-1,1 l2,-2 M0,6 l6,-6 M5,7 l2,-2", "#9c5700"},
    [SPENT_LINK] = {"#a9cbe8", "", ""},
    [SPENT_SERVICE] = {"#3f9b5b", "", ""},
    [SPENT_PROGRAM] = {"#c5e59a", "M0,1.5 h2 M3,4.5 h2", "#4d7a10"},
    [SPENT_DISK] = {"#8c5aa8", "M0,3 h6", "#e6d3f0"},
    [SPENT_RUNNING] = {"#93a0ae", "M-1,5 l2,2 M0,0 l6,6 M5,-1 l2,2", "#e8ecf0"},
    [SPENT_CPU_WAIT] = {"#d64545", "M0,0 l6,6 M0,6 l6,-6", "#ffd9d9"},
    [SPENT_WAKE_UP] = {"#fdf3c4", "M3,0 v6", "#c9a400"},
    [SPENT_PROCESS] = {"#d98c5f", "M0,2 h6 M0,5 h6", "#7a3b12"},
};

struct svg {
	struct buffer *out;        /* borrowed */
	const struct trace *trace; /* borrowed */
	struct trace_lanes lanes;
};

static double svg_x(const struct svg *s, int64_t ns)
{
	return trace_lanes_x(&s->lanes, ns);
}

static int svg_y(const struct svg *s, size_t i)
{
	return trace_lanes_y(&s->lanes, i);
}

/* "391.2 us", "12.51 ms", "1.204 s". */
static void svg_add_time(struct buffer *out, int64_t ns)
{
	if (ns < 10000000)
		buffer_format(out, "%.1f us", (double)ns / 1e3);
	else if (ns < INT64_C(10000000000))
		buffer_format(out, "%.2f ms", (double)ns / 1e6);
	else
		buffer_format(out, "%.3f s", (double)ns / 1e9);
}

static void svg_write_patterns(struct buffer *out)
{
	buffer_add_string(out, "<defs>\n");
	for (size_t i = 0; i < STEP_KINDS; i++)
		buffer_format(out,
		              "<pattern id=\"k%zu\" width=\"6\" height=\"6\" "
		              "patternUnits=\"userSpaceOnUse\"><rect width=\"6\" height=\"6\" "
		              "fill=\"%s\"/>%s%s%s%s%s</pattern>\n",
		              i, kinds[i].colour, *kinds[i].lines ? "<path d=\"" : "",
		              kinds[i].lines, *kinds[i].lines ? "\" stroke=\"" : "", kinds[i].ink,
		              *kinds[i].lines ? "\"/>" : "");
	buffer_add_string(out, "</defs>\n");
}

static void svg_write_head(const struct svg *s, int height)
{
	const char *name = s->trace->count ? s->trace->spans[0].name : "trace";

	buffer_format(s->out,
	              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
	              "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" "
	              "viewBox=\"0 0 %d %d\" role=\"img\" font-size=\"11\" "
	              "font-family=\"DejaVu Sans, Verdana, Helvetica, sans-serif\">\n<title>",
	              SVG_WIDTH, height, SVG_WIDTH, height);
	xml_add_text(s->out, name, SVG_HEADING);
	buffer_add_string(s->out, "</title>\n"
	                          "<style>.lb{paint-order:stroke;stroke:#fff;stroke-width:3px;"
	                          "stroke-linejoin:round;stroke-opacity:.85}"
	                          "g:hover .br{stroke:#000;stroke-opacity:1}</style>\n");
	svg_write_patterns(s->out);
	buffer_format(s->out, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", SVG_WIDTH,
	              height);
	buffer_format(s->out, "<text x=\"%d\" y=\"26\" font-size=\"15\" font-weight=\"bold\">",
	              SVG_RIGHT);
	xml_add_text(s->out, name, SVG_HEADING);
	buffer_format(s->out,
	              "</text>\n<text x=\"%d\" y=\"26\" font-size=\"15\" text-anchor=\"end\">",
	              SVG_WIDTH - SVG_RIGHT);
	svg_add_time(s->out, s->trace->total);
	buffer_add_string(s->out, "</text>\n");
}

/* The next of 1, 2 and 5, times a power of ten. */
static int64_t svg_tick(int64_t least)
{
	static const int steps[] = {1, 2, 5};

	for (int64_t ten = 1;; ten *= 10)
		for (size_t i = 0; i < ARRAY_SIZE(steps); i++)
			if (steps[i] * ten >= least)
				return steps[i] * ten;
}

static void svg_write_axis(const struct svg *s)
{
	int64_t end = s->lanes.nest->end;
	int64_t tick = svg_tick(end / SVG_TICKS);
	double unit = end < 10000000 ? 1e3 : end < INT64_C(10000000000) ? 1e6 : 1e9;
	const char *name = end < 10000000 ? "us" : end < INT64_C(10000000000) ? "ms" : "s";

	for (int64_t ns = 0; ns <= end; ns += tick)
		buffer_format(s->out,
		              "<path d=\"M%.2f,%d V%d\" stroke=\"#dcdfe3\"/><text x=\"%.2f\" "
		              "y=\"%d\" fill=\"#555\" text-anchor=\"middle\">%g%s%s</text>\n",
		              svg_x(s, ns), SVG_TOP - 4, s->lanes.bottom, svg_x(s, ns), SVG_TOP - 9,
		              (double)ns / unit, ns ? "" : " ", ns ? "" : name);
}

static void svg_write_lane(const struct svg *s, size_t lane)
{
	const struct trace_lane *l = &s->lanes.lanes[lane];
	const struct trace_span *span = &s->trace->spans[l->span];
	struct buffer label = {0};

	if (lane % 2 == 0)
		buffer_format(s->out,
		              "<rect y=\"%d\" width=\"%d\" height=\"%zu\" fill=\"#4a6a8a\" "
		              "fill-opacity=\".07\"/>\n",
		              l->top - SVG_GAP / 2, SVG_WIDTH, l->row_count * SVG_ROW + SVG_GAP);
	trace_add_process(&label, span);
	buffer_add(&label, "", 1);
	buffer_format(s->out, "<text x=\"%d\" y=\"%d\"><tspan font-weight=\"bold\">", SVG_RIGHT / 2,
	              l->top + 13);
	xml_add_text(s->out, buffer_bytes(&label), 16);
	buffer_format(s->out, "</tspan> <tspan fill=\"#666\">%d</tspan></text>\n", span->pid);
	buffer_free(&label);
}

/* From the bar of the span around it in another lane to its own, where it begins and where it ends.
 */
static void svg_write_lines(const struct svg *s, size_t i)
{
	size_t parent = s->lanes.nest->spans[i].parent;
	int from, to;

	if (!s->lanes.places[i].path || parent == NEST_NONE ||
	    s->lanes.places[parent].lane == s->lanes.places[i].lane)
		return;
	from = svg_y(s, parent) + SVG_BAR;
	to = svg_y(s, i);
	buffer_format(s->out,
	              "<path d=\"M%.2f,%d V%d M%.2f,%d V%d\" stroke=\"#333\" fill=\"none\"/>\n",
	              svg_x(s, s->lanes.nest->spans[i].begin), from, to,
	              svg_x(s, s->lanes.nest->spans[i].end), from, to);
}

static void svg_write_own(void *arg, size_t i, int64_t begin, int64_t end)
{
	const struct svg *s = arg;
	const struct trace_span *span = &s->trace->spans[i];
	double width = svg_x(s, end) - svg_x(s, begin);

	buffer_format(
	    s->out, "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"url(#k%d)\"%s/>",
	    svg_x(s, begin), svg_y(s, i), width > 0.4 ? width : 0.4, SVG_BAR, (int)span->kind,
	    span->own > 0 ? "" : " fill-opacity=\".45\"");
}

/* What is shown where the pointer rests on a span. */
static void svg_write_hover(const struct svg *s, size_t i)
{
	const struct trace_span *span = &s->trace->spans[i];
	struct buffer process = {0};

	trace_add_process(&process, span);
	buffer_add(&process, "", 1);
	buffer_add_string(s->out, "<title>");
	xml_add_text(s->out, span->name, SIZE_MAX);
	buffer_add_string(s->out, "\n");
	xml_add_text(s->out, buffer_bytes(&process), SIZE_MAX);
	buffer_format(s->out, ", process %d\n%s: ", span->pid, step_kind_name(span->kind));
	svg_add_time(s->out, span->end - span->begin);
	buffer_add_string(s->out, ", its own ");
	svg_add_time(s->out, span->own);
	buffer_add_string(s->out, "\nfrom ");
	svg_add_time(s->out, span->begin);
	buffer_add_string(s->out, " to ");
	svg_add_time(s->out, span->end);
	if (span->detail) {
		buffer_add_string(s->out, "\n");
		xml_add_text(s->out, span->detail, SIZE_MAX);
	}
	buffer_add_string(s->out, "</title>");
	buffer_free(&process);
}

/* The longest part of a span that it waits in for those inside it: 0 where there is none. */
static double svg_find_pale(const struct svg *s, size_t i, double *at)
{
	const struct trace_nested *spans = s->lanes.nest->spans;
	double widest = 0;
	size_t c = spans[i].first;

	while (c != NEST_NONE) {
		int64_t begin = spans[c].begin;
		int64_t end = spans[c].end;
		for (; c != NEST_NONE && spans[c].begin <= end; c = spans[c].next)
			if (spans[c].end > end)
				end = spans[c].end;
		if (svg_x(s, end) - svg_x(s, begin) > widest) {
			widest = svg_x(s, end) - svg_x(s, begin);
			*at = svg_x(s, begin);
		}
	}
	return widest;
}

/* In the bar's pale part, or anywhere in it, if that is wide enough, or else behind it, where
 * nothing else is. */
static void svg_write_label(const struct svg *s, size_t i)
{
	const struct trace_nested *span = &s->lanes.nest->spans[i];
	size_t next = s->lanes.places[i].next;
	const char *name = s->trace->spans[i].name;
	double begin = svg_x(s, span->begin);
	double end = svg_x(s, span->end);
	double limit = next == NEST_NONE ? SVG_WIDTH - SVG_RIGHT / 2
	                                 : svg_x(s, s->lanes.nest->spans[next].begin);
	double letters = (double)xml_letters(name);
	double most = (end - begin - 8) / SVG_LETTER;
	double at = begin;

	if (most < letters && (limit - end - 8) / SVG_LETTER > most) {
		most = (limit - end - 8) / SVG_LETTER;
		at = end;
	} else if ((svg_find_pale(s, i, &at) - 8) / SVG_LETTER < letters) {
		at = begin;
	}
	if (most < letters && most < SVG_LABEL_LEAST)
		return;
	buffer_format(s->out, "<text class=\"lb\" x=\"%.2f\" y=\"%d\">", at + 4, svg_y(s, i) + 12);
	xml_add_text(s->out, name, most < letters ? (size_t)most : SIZE_MAX);
	buffer_add_string(s->out, "</text>");
}

static void svg_write_span(struct svg *s, size_t i)
{
	const struct trace_nested *span = &s->lanes.nest->spans[i];
	double width = svg_x(s, span->end) - svg_x(s, span->begin);

	buffer_add_string(s->out, "<g>");
	svg_write_hover(s, i);
	buffer_format(s->out,
	              "<rect x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" fill=\"%s\" "
	              "fill-opacity=\".22\"/>",
	              svg_x(s, span->begin), svg_y(s, i), width > 1 ? width : 1, SVG_BAR,
	              kinds[s->trace->spans[i].kind].colour);
	trace_nest_own(s->lanes.nest, i, svg_write_own, s);
	buffer_format(s->out,
	              "<rect class=\"br\" x=\"%.2f\" y=\"%d\" width=\"%.2f\" height=\"%d\" "
	              "fill=\"none\" stroke=\"#222\" stroke-opacity=\".35\" stroke-width=\".8\"/>",
	              svg_x(s, span->begin), svg_y(s, i), width > 1 ? width : 1, SVG_BAR);
	buffer_add_string(s->out, "</g>\n");
}

static bool svg_has_kind(const struct svg *s, int kind)
{
	for (size_t i = 0; i < s->trace->count; i++)
		if ((int)s->trace->spans[i].kind == kind)
			return true;
	return s->trace->shares[kind] > 0;
}

static int svg_legend_rows(const struct svg *s)
{
	int shown = 0;

	for (int kind = 0; kind < STEP_KINDS; kind++)
		shown += svg_has_kind(s, kind);
	return (shown + SVG_LEGEND_COLUMNS - 1) / SVG_LEGEND_COLUMNS;
}

static void svg_write_legend(const struct svg *s, int top)
{
	size_t shown = 0;

	for (int kind = 0; kind < STEP_KINDS; kind++) {
		if (!svg_has_kind(s, kind))
			continue;
		int x = SVG_RIGHT + (int)(shown % SVG_LEGEND_COLUMNS) * SVG_LEGEND_WIDTH;
		int y = top + (int)(shown / SVG_LEGEND_COLUMNS) * SVG_LEGEND_ROW;
		double share = s->trace->total ? 100.0 * (double)s->trace->shares[kind] /
		                                     (double)s->trace->total
		                               : 0;
		shown++;
		buffer_format(
		    s->out,
		    "<rect x=\"%d\" y=\"%d\" width=\"26\" height=\"13\" fill=\"url(#k%d)\" "
		    "stroke=\"#222\" stroke-opacity=\".5\" stroke-width=\".8\"/>"
		    "<text x=\"%d\" y=\"%d\">%s ",
		    x, y, kind, x + 32, y + 11, step_kind_name((enum step_kind)kind));
		svg_add_time(s->out, s->trace->shares[kind]);
		buffer_format(s->out, ", %.1f %%</text>\n", share);
	}
}

static void svg_write(struct svg *s)
{
	int rows = svg_legend_rows(s);

	svg_write_head(s, s->lanes.bottom + 16 + rows * SVG_LEGEND_ROW + 26);
	for (size_t i = 0; i < s->lanes.lane_count; i++)
		svg_write_lane(s, i);
	svg_write_axis(s);
	for (size_t i = 0; i < s->trace->count; i++)
		svg_write_lines(s, i);
	for (size_t i = 0; i < s->trace->count; i++)
		svg_write_span(s, i);
	for (size_t i = 0; i < s->trace->count; i++)
		svg_write_label(s, i);
	svg_write_legend(s, s->lanes.bottom + 16);
	buffer_format(
	    s->out,
	    "<text x=\"%d\" y=\"%d\" fill=\"#555\">full: its own time; pale: it waits for "
	    "a step inside it; faint: nothing waits for it. The lines are the way of the "
	    "request.</text>\n</svg>\n",
	    SVG_RIGHT, s->lanes.bottom + 16 + rows * SVG_LEGEND_ROW + 14);
}

void trace_svg_write(struct buffer *out, const struct trace_set *set)
{
	struct svg s = {.out = out, .trace = set->traces[0]};

	trace_lanes_fill(&s.lanes, s.trace);
	svg_write(&s);
	trace_lanes_clear(&s.lanes);
}
