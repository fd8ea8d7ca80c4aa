/* The worker's command line, and what is new in each life of a node. Owns nothing. */
#include "controller/launch.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/statedir.h"

static struct process *start(struct controller *c, const struct node *n, const struct node *up,
                             const char *socket_path, struct error *err)
{
	cleanup_free char *node = mem_format("%d", n->id);
	cleanup_free char *incarnation = mem_format("%u", n->incarnation);
	cleanup_free char *state = statedir_path(c->statedir, n->birth);
	cleanup_free char *supervisor = mem_format("%d", (int)getpid());
	cleanup_free char *log = mem_format("%d", (int)log_level());
	char *argv[] = {c->worker_path,
	                "--node",
	                node,
	                "--incarnation",
	                incarnation,
	                "--listen",
	                n->endpoint,
	                "--parent",
	                up ? up->endpoint : c->endpoint,
	                "--controller",
	                c->endpoint,
	                "--service",
	                (char *)(uintptr_t)n->service,
	                "--state",
	                state,
	                "--durability",
	                c->durability,
	                "--supervisor",
	                supervisor,
	                "--log",
	                log,
	                NULL};
	const struct process_tag tag = {
	    .node = n->id, .incarnation = n->incarnation, .birth = n->birth};

	return process_start(c->processes, argv, socket_path, &tag, err);
}

int launch_node(struct controller *c, struct node *n, struct node *up, struct error *err)
{
	cleanup_free char *path = NULL;

	n->incarnation = ++c->last_incarnation;
	if (!n->birth)
		n->birth = n->incarnation;
	n->epoch = 1;
	n->started = clock_ms();
	path = mem_format("%s/%x", c->runtime_dir, n->incarnation);
	free(n->endpoint);
	n->endpoint = mem_format("ipc://%s", path);
	n->process = start(c, n, up, path, err);
	if (!n->process)
		return -1;
	n->pid = process_pid(n->process);
	node_join(n, up, &c->top);
	return 0;
}
