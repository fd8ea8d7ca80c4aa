/* Owns nothing: what was read is inheritance.c's. */
#include "controller/lifecycle/adopt.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/log_fact.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/lifecycle/head.h"
#include "controller/lifecycle/internal.h"
#include "controller/lifecycle/launch.h"
#include "controller/lifecycle/ordered_end.h"
#include "controller/lifecycle/placement.h"
#include "controller/lifecycle/restart.h"
#include "controller/lifecycle/terminate.h"
#include "controller/node/names.h"
#include "controller/node/persist.h"
#include "controller/overlay/link_files.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/orphan.h"
#include "controller/overlay/overlay.h"
#include "controller/overlay/reload_word.h"
#include "controller/registry/log_files.h"
#include "wire/message.h"

static enum process_found find_process(const struct adoption *a, const struct registry_row *row,
                                       struct process **p, struct error *err)
{
	struct controller *c = a->controller;
	cleanup_free char *path = link_files_path(c, row->incarnation);
	const struct process_tag tag = {.node = row->id, .incarnation = row->incarnation};
	const struct process_record record = {
	    .lives = c->config.lives,
	    .place = row->incarnation,
	    .places = row->life != REGISTRY_LIFE_UNKNOWN,
	    .same_boot = a->same_boot,
	    .id = {.pid = row->pid, .start = row->pid_start, .inode = row->pid_inode},
	};

	return process_find(c->lifecycle->processes, &record, path, &tag, p, err);
}

/* It was not answered: it is taken back. */
static void adopt_withdraw(struct controller *c, struct node *n)
{
	placement_withdraw(c, n->id);
	/* Its row goes when its data are gone; its id may be given anew before. */
	persist_phase(c, n, REGISTRY_DOOMED);
	names_leave(c, n);
	HASH_DEL(c->nodes, n);
	node_free(n);
}

static void begin_dead(struct adoption *a, const struct registry_row *row, struct node *n)
{
	struct controller *c = a->controller;

	n->worker.pid = row->pid;
	/* Before those that are yet to be created; without, its start says why it fails. */
	node_promise(n, NULL);
	switch (n->restart.recorded) {
	case REGISTRY_LIFE_RUNS:
		if (row->pid && !a->ended)
			liveness_found_ended(c, n);
		restart_revive(c, n);
		break;
	case REGISTRY_LIFE_STOPPED:
		node_set_life(n, LIFE_STOPPED, "it was before");
		break;
	case REGISTRY_LIFE_GIVEN_UP:
		node_set_life(n, LIFE_GIVEN_UP, "it was before");
		liveness_found_dead(c, n);
		break;
	case REGISTRY_LIFE_UNKNOWN:
	case REGISTRY_LIFE_DEAD:
		liveness_found_dead(c, n);
		break;
	}
}

/* One that a dtreed with a lower limit started may have to take links as well. */
static void heed_limit(const struct process *p)
{
	struct rlimit limit;

	if (prlimit(process_pid(p), RLIMIT_NOFILE, NULL, &limit) == 0 && process_lives(p))
		limits_lower((size_t)limit.rlim_cur);
}

static int begin_living(const struct adoption *a, struct node *n, struct process *p,
                        struct error *err)
{
	heed_limit(p);
	if (node_promise(n, err))
		return -1;
	if (n->restart.recorded != REGISTRY_LIFE_STOPPED)
		n->restart.recorded = REGISTRY_LIFE_RUNS;
	/* The end of the tree had begun. */
	n->link.ending = a->ended;
	node_set_life(n, LIFE_RUNNING, "its process is there");
	n->worker.process = p;
	n->worker.pid = process_pid(p);
	n->worker.started = clock_ms() - process_age_ms(p);
	n->restart.joined = n->worker.started;
	/* Its service may have been declared anew since. */
	reload_word_owe(a->controller, n);
	return 0;
}

static struct log_about row_about(const struct registry_row *row)
{
	return (struct log_about){.has_node = true, .node = row->id, .service = row->service};
}

/* It cannot be linked to us, or must not be; the node gets another one when it has ended. */
static void end_former(struct adoption *a, const struct registry_row *row, struct process *p,
                       const char *why)
{
	const struct log_about about = row_about(row);

	log_fact(LOG_LEVEL_WARN, FACT_NONE, &about, "adopt",
	         "node %d: process %d %s; it ends, and the node starts anew", row->id,
	         (int)process_pid(p), why);
	node_find(a->controller->nodes, row->id)->departure.former = true;
	terminate_add_former(a->formers, p);
}

static int take_kept(struct adoption *a, const struct registry_row *row, struct process *p,
                     bool holds, struct error *err)
{
	cleanup_free char *speaks =
	    mem_format("speaks version %u of the protocol between nodes, and dtreed %d",
	               row->protocol, MESSAGE_VERSION);
	bool other = row->protocol && row->protocol != MESSAGE_VERSION;

	if (holds && a->same_links && a->same_form && !other)
		return begin_living(a, node_find(a->controller->nodes, row->id), p, err);
	end_former(a, row, p,
	           other            ? speaks
	           : !holds         ? "is of another version, or its lock was removed"
	           : !a->same_links ? "has its links in another directory"
	                            : "has links of another kind, or with another key");
	return 0;
}

static int find_one(struct adoption *a, const struct registry_row *row, struct error *err)
{
	const struct log_about about = row_about(row);
	struct process *p;
	struct error why;
	enum process_found found = find_process(a, row, &p, &why);

	if (found == PROCESS_FAILED)
		return error_set(err, why.code, "node %d: %s", row->id, why.text);
	if (found == PROCESS_HIDDEN)
		log_fact(LOG_LEVEL_WARN, FACT_NONE, &about, "adopt",
		         "node %d: %s; it is waited for", row->id, why.text);
	if (found == PROCESS_APART && !a->here) {
		log_fact(
		    LOG_LEVEL_WARN, FACT_NONE, &about, "adopt",
		    "node %d: process %d lives and has its data in another directory, of which "
		    "this is a copy; it is left alone",
		    row->id, (int)process_pid(p));
		process_leave(p);
		p = NULL;
	}
	if (row->phase != REGISTRY_KEPT)
		terminate_add_stray(a->strays, p, row->data_id);
	else if (p && take_kept(a, row, p, found == PROCESS_LIVES, &why))
		return error_set(err, why.code, "node %d lives: %s", row->id, why.text);
	return 0;
}

/* Finds the living first: everything else depends on it. */
static int find_living(struct adoption *a, struct error *err)
{
	for (size_t i = 0; i < a->count; i++)
		if (find_one(a, &a->heirs[i].row, err))
			return -1;
	return 0;
}

static void inherit(struct adoption *a)
{
	struct controller *c = a->controller;
	struct tree_ids ids = {0};
	size_t living = 0;

	for (size_t i = 0; i < a->count; i++)
		if (a->heirs[i].row.phase == REGISTRY_STARTING)
			adopt_withdraw(c, node_find(c->nodes, a->heirs[i].row.id));
	tree_subtree(c->tree, NODE_CONTROLLER, &ids);
	for (size_t i = 0; i < ids.count; i++) {
		struct node *n = node_find(c->nodes, ids.items[i]);
		if (n->life != LIFE_RUNNING)
			continue;
		living++;
		if (n->restart.recorded != REGISTRY_LIFE_STOPPED) {
			orphan_inherit(c, n);
			continue;
		}
		/* It has no link to this dtreed, and gets none. */
		n->restart.joined = 0;
		node_set_life(n, LIFE_DEAD, "it was stopped before");
		ordered_end_inherited(c, n);
	}
	for (size_t i = 0; i < a->count; i++) {
		struct node *n = node_find(c->nodes, a->heirs[i].row.id);
		if (a->heirs[i].row.phase == REGISTRY_KEPT && node_is_down(n) && !n->worker.process)
			begin_dead(a, &a->heirs[i].row, n);
	}
	if (ids.count)
		log_fact(LOG_LEVEL_INFO, FACT_NONE, NULL, "adopt",
		         "%zu nodes were here before, %zu of them live", ids.count, living);
	tree_ids_free(&ids);
}

/* n NULL: the controller's? */
static bool is_path_of(const struct controller *c, const struct node *n, const char *path)
{
	cleanup_free char *its = link_files_path(c, n ? n->incarnation : 0);

	return strcmp(its, path) == 0;
}

/* Socket files of lives that are over. */
static void clean_links(const struct controller *c)
{
	DIR *d = opendir(c->config.runtime_dir);
	struct dirent *entry;

	while (d && (entry = readdir(d))) {
		cleanup_free char *path = mem_format("%s/%s", c->config.runtime_dir, entry->d_name);
		bool used = entry->d_name[0] == '.' || is_path_of(c, NULL, path) ||
		            strcmp(path, worker_log_path(c->lifecycle->worker_log)) == 0;

		for (const struct node *n = c->nodes; n && !used; n = n->hh.next)
			used = n->worker.process && is_path_of(c, n, path);
		if (!used)
			unlink(path);
	}
	if (d)
		closedir(d);
}

/* In another runtime directory the files are those of another tree. */
static bool adopt_keeps_log(const void *arg, uint32_t data_id)
{
	const struct adoption *a = arg;

	for (size_t i = 0; i < a->count && a->same_links; i++)
		if (a->heirs[i].row.data_id == data_id)
			return true;
	return false;
}

static void on_strays_gone(struct controller *c, uint64_t number, const struct error *err)
{
	(void)c;
	(void)number;
	if (err)
		log_error("adopt", "%s", err->text);
}

int adopt_carry_out(struct adoption *a, struct error *err)
{
	struct controller *c = a->controller;

	a->strays = terminate_new(c, 0, true, on_strays_gone, 0);
	a->formers = terminate_new(c, c->config.stop_grace_ms, false, on_strays_gone, 0);
	if (find_living(a, err))
		return -1;
	clean_links(c);
	log_files_tidy(c->config.logs_dir, adopt_keeps_log, a);
	/* No two controllers may ever have one epoch. Else nothing of this has to be written before
	 * the living are adopted: their orphan-timeout runs. */
	head_record(c);
	if (registry_write(c->registry, REGISTRY_FOR_EVER, err) && !a->epoch_kept)
		return -1;
	inherit(a);
	terminate_begin(a->strays);
	terminate_begin(a->formers);
	return 0;
}
