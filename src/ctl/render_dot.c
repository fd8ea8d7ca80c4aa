/* The tree as a graph for Graphviz. */
#include <string.h>

#include "base/parse.h"
#include "ctl/member.h"
#include "ctl/render.h"

/* So much of what a node says is shown. */
#define DOT_SHOWN 60

/* In quotes a graph has only these two escaped, and a line end as \n. */
static void render_dot_add(struct buffer *out, const char *text)
{
	cleanup_free char *shown = parse_printable(text, strlen(text), DOT_SHOWN);

	for (const char *c = shown; *c; c++)
		buffer_format(out, "%s%c", *c == '"' || *c == '\\' ? "\\" : "", *c);
}

static const char *render_dot_text(const struct dtree_value *node, const char *member)
{
	const char *text = dtree_value_string(node, member, NULL);

	return text ? text : "?";
}

static void render_dot_node(struct buffer *out, const struct dtree_value *node)
{
	const char *state = render_dot_text(node, "state");
	const char *name = dtree_value_string(node, "name", NULL);
	long long pid = member_int(node, "pid");
	bool good = strcmp(state, "available") == 0;

	buffer_format(out, "\t\"%lld\" [label=\"%lld", member_int(node, "id"),
	              member_int(node, "id"));
	if (name) {
		buffer_add_string(out, " @");
		render_dot_add(out, name);
	}
	buffer_add_string(out, "\\n");
	render_dot_add(out, render_dot_text(node, "service"));
	buffer_add_string(out, "\\n");
	render_dot_add(out, state);
	if (pid)
		buffer_format(out, " %lld", pid);
	buffer_format(out, "\"%s];\n", good ? "" : ", color=red, fontcolor=red");
}

/* Where the links do not follow the tree, as they do not for a while, both are drawn. */
static void render_dot_edges(struct buffer *out, const struct dtree_value *node)
{
	long long id = member_int(node, "id");
	long long parent = member_int(node, "parent");
	long long link = member_int(node, "link");

	buffer_format(out, "\t\"%lld\" -> \"%lld\";\n", parent, id);
	if (link != parent && member_int(node, "pid"))
		buffer_format(out, "\t\"%lld\" -> \"%lld\" [style=dashed, constraint=false];\n",
		              link, id);
}

void render_dot(struct buffer *out, const struct dtree_value *result, const struct style *style)
{
	const struct dtree_value *first = dtree_value_first(result, "nodes");

	(void)style;
	buffer_add_string(out, "digraph dtree {\n"
	                       "\tnode [shape=box, fontname=\"sans-serif\"];\n"
	                       "\t\"-1\" [label=\"-1\\ndtreed\"];\n");
	for (const struct dtree_value *n = first; n; n = dtree_value_next(n))
		render_dot_node(out, n);
	for (const struct dtree_value *n = first; n; n = dtree_value_next(n))
		render_dot_edges(out, n);
	buffer_add_string(out, "}");
}
