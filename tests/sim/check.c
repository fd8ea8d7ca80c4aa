/* Looks only: at what dtreed says, at the processes, at the links as they are. */
#include "sim/check.h"

#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "controller/check.h"
#include "controller/node/core.h"
#include "controller/node/invariants.h"
#include "sim/daemon.h"
#include "sim/history.h"
#include "sim/links.h"
#include "sim/os.h"
#include "sim/places.h"
#include "sim/program.h"
#include "sim/reload.h"

#define IDS_MAX 512

struct look {
	char *why; /* the first thing that is wrong */
	size_t size;
	bool downs;
	pid_t pids[IDS_MAX];
	int goals[IDS_MAX]; /* where links of what is below lead: the node, or where its own does */
};

static void say_if(struct look *look, bool wrong, const char *what, const struct node_view *view)
{
	if (wrong && !*look->why)
		snprintf(look->why, look->size, "node %d (%s, pid %d, parent %d, link %d): %s",
		         view->id, view->state, (int)view->pid, view->parent, view->link, what);
}

static bool is_down(const struct node_view *view)
{
	return strcmp(view->state, "stopped") == 0 || strcmp(view->state, "dead") == 0 ||
	       strcmp(view->state, "given_up") == 0;
}

/* Parents come first. */
static void look_at(void *arg, const struct node_view *view)
{
	struct look *look = arg;
	const struct sim_process *p = view->pid ? os_find(view->pid) : NULL;
	const struct sim_process *up = daemon_process();
	int goal = view->parent == NODE_CONTROLLER ? NODE_CONTROLLER : look->goals[view->parent];

	look->pids[view->id] = view->pid;
	if (look->downs && is_down(view)) {
		look->goals[view->id] = goal;
		say_if(look, p, "it has a process", view);
		return;
	}
	look->goals[view->id] = view->id;
	if (goal != NODE_CONTROLLER)
		up = os_find(look->pids[goal]);
	say_if(look, strcmp(view->state, "available") != 0, "it is not available", view);
	say_if(look, !p || !os_alive(p), "it has no process", view);
	say_if(look, p && p->node != view->id, "its process is another node's", view);
	say_if(look, view->link != goal, "its link leads elsewhere", view);
	say_if(look, p && links_parent(p) != up, "it is connected elsewhere", view);
	say_if(look, p && !program_is_known(p, view->program), "its program is not known as it is",
	       view);
}

/* A worker that belongs to no node; NULL: there is none. */
static const struct sim_process *find_stray(const struct look *look)
{
	for (const struct sim_process *p = os_processes(); p; p = p->next)
		if (p->kind == PROCESS_WORKER && !p->dead && look->pids[p->node] != p->pid)
			return p;
	return NULL;
}

const char *check_all(bool downs)
{
	static char why[256];
	struct look look = {.why = why, .size = sizeof why, .downs = downs};
	const struct sim_process *stray;

	*why = '\0';
	if (!daemon_controller())
		return "there is no dtreed";
	if (daemon_ends())
		return "the tree is ending";
	controller_each_node(daemon_controller(), look_at, &look);
	if (*why)
		return why;
	stray = find_stray(&look);
	if (stray) {
		snprintf(why, sizeof why, "process %d, of %s, belongs to no node", (int)stray->pid,
		         stray->name);
		return why;
	}
	if (history_open()) {
		snprintf(why, sizeof why, "%zu requests are not answered", history_open());
		return why;
	}
	return NULL;
}

static void note(void *arg, const struct node_view *view)
{
	((bool *)arg)[view->id] = true;
	place_check(view->id, view->parent);
	mark_check(view->id, view->declared);
}

void check_members(void)
{
	bool there[IDS_MAX] = {false};

	controller_each_node(daemon_controller(), note, there);
	member_check(there);
}

static void tell_broken(const struct controller *c, const char *broken)
{
	for (const struct node *n = c->nodes; n; n = n->hh.next)
		if (node_check(n))
			world_fail("node %d: %s does not hold", n->id, node_check(n));
	world_fail("of dtreed: %s does not hold", broken);
}

void check_invariants(const struct controller *c)
{
	const char *broken = controller_valid(c);

	if (broken)
		tell_broken(c, broken);
}

/* What is broken does not end the program: the world looks itself, and goes on to the next seed. */
void __wrap_check_start(struct controller *c);

void __wrap_check_start(struct controller *c)
{
	(void)c;
}
