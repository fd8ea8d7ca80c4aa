/* The start of a worker, and what is new in each life of a node. Owns nothing. */
#include "controller/lifecycle/launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/lifecycle/catalog.h"
#include "controller/lifecycle/head.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/last_word.h"
#include "controller/node/persist.h"
#include "controller/overlay/link_files.h"
#include "controller/overlay/link_form.h"
#include "controller/overlay/overlay.h"
#include "controller/process/remains.h"
#include "controller/registry/data_dirs.h"
#include "controller/registry/log_files.h"
#include "wire/message.h"
#include "wire/worker_options.h"

static struct process *launch_start(struct controller *c, const struct node *n,
                                    const struct node *up, struct error *err)
{
	cleanup_free char *path = link_files_path(c, n->incarnation);
	cleanup_free char *listen = link_files_endpoint(c, n);
	cleanup_free char *parent = link_files_endpoint(c, up);
	cleanup_free char *state = data_dirs_path(c->lifecycle->data_dirs, n->data_id);
	cleanup_free char *file = catalog_file(c, n->service);
	cleanup_free char *ring = file ? log_files_path(c->config.logs_dir, n->data_id) : NULL;
	cleanup_free char *group = remains_group(c->lifecycle->remains, n->incarnation);
	cleanup_free char *credentials = remains_credentials(c->lifecycle->remains, n->incarnation);
	const struct worker_options options = {
	    .protocol = MESSAGE_VERSION,
	    .node = n->id,
	    .incarnation = n->incarnation,
	    .listen = listen,
	    .parent = parent,
	    .controller = overlay_endpoint(c),
	    .link_key = link_form_key_path(c),
	    .service = n->service,
	    .service_file = file,
	    .log_ring = ring,
	    .control_group = file ? group : NULL,
	    .credentials = file ? credentials : NULL,
	    .state = state,
	    .lives = c->config.lives_path,
	    .durability = c->config.durability,
	    .supervisor = getpid(),
	    .epoch = (int64_t)c->controller_epoch,
	    .orphan_timeout_ms = c->config.orphan_timeout_ms,
	    .log_level = log_level(),
	    .log_socket = worker_log_path(c->lifecycle->worker_log),
	};
	const struct process_tag tag = {.node = n->id, .incarnation = n->incarnation};
	char **words = worker_options_write(c->config.worker_path, &options);
	struct process *process = process_start(c->lifecycle->processes, c->lifecycle->fork_server,
	                                        words, path, &tag, err);

	worker_options_free(words);
	return process;
}

/* Two processes of one node would write to the same data. */
static int check_former(const struct controller *c, const struct node *n, struct error *err)
{
	pid_t holder;

	if (n->departure.former)
		return error_set(err, ERR_INTERNAL, "its former process has not ended yet");
	if (!n->incarnation)
		return 0;
	switch (lock_look(c->config.lives, n->incarnation, &holder)) {
	case LOCK_FREE:
		return 0;
	case LOCK_HELD:
		return error_set(err, ERR_INTERNAL, "its former process%s has not ended yet",
		                 holder ? "" : ", which cannot be seen from here,");
	case LOCK_UNKNOWN:
		break;
	}
	return error_set(err, ERR_INTERNAL, "cannot tell whether its former process lives: %s",
	                 strerror(errno));
}

/* Skips places that are held: without a registry, a worker of a former dtreed may still be ending.
 */
static uint32_t next_incarnation(struct controller *c)
{
	pid_t holder;

	do
		c->lifecycle->last_incarnation++;
	while (lock_look(c->config.lives, c->lifecycle->last_incarnation, &holder) == LOCK_HELD);
	return c->lifecycle->last_incarnation;
}

void launch_reserve(struct controller *c, struct node *n)
{
	n->incarnation = n->data_id = next_incarnation(c);
}

int launch_node(struct controller *c, struct node *n, struct node *up, struct error *err)
{
	if (catalog_check(c, n->service, err) || check_former(c, n, err) || node_promise(n, err) ||
	    link_form_renew(c, err))
		return -1;
	/* What was promised is there, unless others took it: the whole machine may have run out. */
	if (!limits_room(LIMITS_RESERVE))
		return error_set(err, ERR_LIMIT, "no descriptors are left");
	last_word_forget(n);
	n->incarnation = next_incarnation(c);
	if (!n->data_id)
		n->data_id = n->incarnation;
	n->departure.id = 0;
	n->worker.started = clock_ms();
	n->times.start = (struct start_times){.begun = clock_ns()};
	n->worker.process = launch_start(c, n, up, err);
	if (!n->worker.process)
		return -1;
	n->times.start.made = clock_ns();
	n->worker.pid = process_pid(n->worker.process);
	overlay_join(c, n, up);
	persist_node(c, n);
	head_record(c);
	return 0;
}
