/*
 * The text form of results and events: one function for each kind of reply. Pure: a value in, text
 * added to a buffer. No line end at the end.
 */
#ifndef CTL_RENDER_H
#define CTL_RENDER_H

#include <stdbool.h>

#include "base/mem.h"
#include "dtree/client.h"

/* How text is drawn. */
struct style {
	bool color; /* with SGR sequences */
	bool lines; /* for a person: `tree` as a drawing, `services` aligned */
};

typedef void render_fn(struct buffer *out, const struct dtree_value *result,
                       const struct style *style);

/* "Ok: 3128", "Ok: 1", "Ok: 7;10", "Ok". */
render_fn render_pid;
render_fn render_available;
render_fn render_unavailable;
render_fn render_ok;
/* "Ok:10: 6", or "Ok:10" where there is no result. */
render_fn render_result;
/* "Ok:10: 6" or "Error:11: WHY" for each node, ascending; or "Ok: VALUE", if there is one, followed
 * by the errors. "Ok" if there is neither. */
render_fn render_gathered;
/* "Ok:10: 3128", "Ok:10", "Error:11: WHY" or "Error:12: not begun, as ..." for each node,
 * ascending; "Ok" if there is none. */
render_fn render_ordered;
/* One member a line: "NAME: VALUE"; those of an object in it: "NAME.MEMBER: VALUE". */
render_fn render_members;
/* The tree: a drawing, or a line "ID\tPARENT\tDEPTH\tSTATE\tSERVICE\tPID\tNAME\tGROUP" for each
 * node. */
render_fn render_tree;
/* The same for Graphviz: a digraph. */
render_fn render_dot;
/* The services: a line "NAME\tKIND\tUSAGE\tSUMMARY\tORIGIN" for each, "-" where nothing was said;
 * with blanks in place of the tabs for a person. */
render_fn render_services;
/* The links: a line for each, and lines below it for its ends and for causes of stalls. */
render_fn render_diagnosis;
/* Slow requests: a line for each, and one below it for each of its steps. */
render_fn render_slow;
/* A reload: "Ok: 2 created, 1 changed" and what does not hold at once; of a dry run the difference
 * of the configurations. Behind it "Error:10: WHY" for each node that failed, and "Error: WHY" for
 * each that stays as it is. */
render_fn render_reload;
/* An event in one line: "TIME TYPE NAME=VALUE ...". */
render_fn render_event;
/* "Heartbit: node 10 is unavailable now", "Heartbit: node 10 is available again". */
render_fn render_lost;
render_fn render_restored;
/* "node 10 died: CAUSE", "node 10 lives again as process 3128". */
render_fn render_died;
render_fn render_restarted;
/* "the program of node 10 died: CAUSE; it is started again in 100 ms". */
render_fn render_program_died;
render_fn render_probe_failed;
render_fn render_probe_recovered;

/* "Error: WHY", or of a node, by its id or as "@NAME", "Error:10: WHY"; what is not printable in
 * the text is escaped. */
void render_error(struct buffer *out, const char *who, const char *text, const struct style *style);
/* The error of one of many nodes, as for that node alone. */
void render_failure(struct buffer *out, const struct dtree_value *failure,
                    const struct style *style);

#endif
