/*
 * The tree in text. Nodes come as a flat list; the drawing walks them depth first, without
 * recursion, as a list topology is as deep as it has nodes.
 */
#include <stdint.h>
#include <string.h>
#include <uthash.h>

#include "base/parse.h"
#include "ctl/member.h"
#include "ctl/render.h"

/* Of the cause of a program's end so many bytes are shown in a drawing. */
#define CAUSE_SHOWN 60

struct tree_node {
	long long id;
	const struct dtree_value *value; /* borrowed */
	struct tree_node *up;
	struct tree_node *first; /* child */
	struct tree_node *last;  /* child */
	struct tree_node *next;  /* sibling */
	UT_hash_handle hh;
};

static void child_add(struct tree_node *up, struct tree_node *node)
{
	node->up = up;
	if (up->last)
		up->last->next = node;
	else
		up->first = node;
	up->last = node;
}

static const char *render_tree_text_of(const struct dtree_value *value, const char *name)
{
	const char *text = dtree_value_string(value, name, NULL);

	return text ? text : "?";
}

/* "-": there is none. */
static const char *label_of(const struct dtree_value *value, const char *name)
{
	const char *text = dtree_value_string(value, name, NULL);

	return text ? text : "-";
}

/* Of a program that is neither ready nor waits to be needed: ", program backing_off: exit status
 * 3".
 */
static void add_program(struct buffer *out, const struct dtree_value *node,
                        const struct style *style)
{
	const struct dtree_value *program = member_find(node, "program");
	const char *state = dtree_value_string(program, "state", NULL);
	size_t n;
	const char *text = dtree_value_string(program, "cause", &n);
	cleanup_free char *cause = text ? parse_printable(text, n, CAUSE_SHOWN) : NULL;

	if (!state || strcmp(state, "ready") == 0 || strcmp(state, "waiting") == 0)
		return;
	buffer_format(out, ", %sprogram %s%s%s%s", style->color ? "\033[31m" : "", state,
	              cause ? ": " : "", cause ? cause : "", style->color ? "\033[0m" : "");
}

/* Of one that fails: ", probe failed: it did not answer within 10000 ms". */
static void add_probe(struct buffer *out, const struct dtree_value *node, const struct style *style)
{
	const struct dtree_value *probe = member_find(node, "probe");
	const char *state = dtree_value_string(probe, "state", NULL);
	cleanup_free char *message = member_text(probe, "message", "-");

	if (state && strcmp(state, "failed") == 0)
		buffer_format(out, ", %sprobe failed: %s%s", style->color ? "\033[31m" : "",
		              message, style->color ? "\033[0m" : "");
}

/* ", waits for 10 and 11" */
static void add_waits(struct buffer *out, const struct dtree_value *node)
{
	const struct dtree_value *other = dtree_value_first(node, "waits_for");
	const char *before = ", waits for ";

	for (; other; other = dtree_value_next(other), before = ", ")
		buffer_format(out, "%s%lld", before, member_int(other, NULL));
}

/* "10 available sum 3128"; with a name "10 @worker available sum 3128". */
static void add_node(struct buffer *out, const struct tree_node *node, const struct style *style)
{
	const char *state = render_tree_text_of(node->value, "state");
	const char *name = dtree_value_string(node->value, "name", NULL);
	const char *declared = dtree_value_string(node->value, "declared", NULL);
	const char *color = "";

	if (style->color)
		color = strcmp(state, "available") == 0 ? "\033[32m" : "\033[31m";
	buffer_format(out, "%lld %s%s%s%s%s%s %s %lld", node->id, name ? "@" : "", name ? name : "",
	              name ? " " : "", color, state, *color ? "\033[0m" : "",
	              render_tree_text_of(node->value, "service"), member_int(node->value, "pid"));
	if (declared && strcmp(declared, "undeclared") == 0)
		buffer_add_string(out, ", undeclared");
	if (member_find(node->value, "outdated"))
		buffer_add_string(out, ", older program");
	add_waits(out, node->value);
	add_program(out, node->value, style);
	add_probe(out, node->value, style);
	buffer_add_string(out, "\n");
}

/* The lines to the left of a node. `prefix` holds those of its ancestors, below the first level. */
static void add_branch(struct buffer *out, const struct buffer *prefix,
                       const struct tree_node *node)
{
	if (buffer_size(prefix))
		buffer_add(out, buffer_bytes(prefix), buffer_size(prefix));
	buffer_add_string(out, node->next ? "├── " : "└── ");
}

static const char *indent_of(const struct tree_node *node)
{
	return node->next ? "│   " : "    ";
}

static void render_tree_draw(struct buffer *out, const struct tree_node *root,
                             const struct style *style)
{
	const struct tree_node *node = root->first;
	struct buffer prefix = {0};

	buffer_add_string(out, "-1 dtreed\n");
	while (node) {
		add_branch(out, &prefix, node);
		add_node(out, node, style);
		if (node->first) {
			buffer_add_string(&prefix, indent_of(node));
			node = node->first;
			continue;
		}
		while (node != root && !node->next) {
			node = node->up;
			if (node != root)
				prefix.end -= strlen(indent_of(node));
		}
		node = node == root ? NULL : node->next;
	}
	buffer_free(&prefix);
}

static void draw_tree(struct buffer *out, const struct dtree_value *result,
                      const struct style *style)
{
	struct tree_node root = {.id = -1};
	struct tree_node *nodes = NULL;
	struct tree_node *node, *next, *up;
	const struct dtree_value *value = dtree_value_first(result, "nodes");

	for (; value; value = dtree_value_next(value)) {
		node = mem_new(sizeof *node);
		node->id = member_int(value, "id");
		node->value = value;
		HASH_ADD(hh, nodes, id, sizeof node->id, node);
	}
	HASH_ITER (hh, nodes, node, next) {
		long long parent = member_int(node->value, "parent");
		HASH_FIND(hh, nodes, &parent, sizeof parent, up);
		child_add(up ? up : &root, node);
	}
	render_tree_draw(out, &root, style);
	HASH_ITER (hh, nodes, node, next) {
		HASH_DEL(nodes, node);
		free(node);
	}
}

static void list_tree(struct buffer *out, const struct dtree_value *result)
{
	const struct dtree_value *node = dtree_value_first(result, "nodes");

	for (; node; node = dtree_value_next(node))
		buffer_format(out, "%lld\t%lld\t%lld\t%s\t%s\t%lld\t%s\t%s\n",
		              member_int(node, "id"), member_int(node, "parent"),
		              member_int(node, "depth"), render_tree_text_of(node, "state"),
		              render_tree_text_of(node, "service"), member_int(node, "pid"),
		              label_of(node, "name"), label_of(node, "group"));
}

void render_tree(struct buffer *out, const struct dtree_value *result, const struct style *style)
{
	size_t before = buffer_size(out);

	if (style->lines)
		draw_tree(out, result, style);
	else
		list_tree(out, result);
	/* The caller adds the end of the last line. */
	if (buffer_size(out) > before)
		out->end--;
}
