/* Owns overlay.files_failing and node.link.file_gone. Each missing file is logged once. */
#include "controller/overlay/link_files.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "controller/node/core.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/link_form.h"
#include "controller/registry/epoch.h"
#include "link/endpoint.h"

#define AREA "files"
/* The name of a life's file, of its incarnation. */
#define LIFE_NAME "%" PRIx32

char *link_files_path(const struct controller *c, uint32_t incarnation)
{
	return mem_format("%s/" LIFE_NAME, c->config.runtime_dir, incarnation);
}

char *link_files_endpoint(const struct controller *c, const struct node *n)
{
	/* No life has incarnation 0. */
	cleanup_free char *path = link_files_path(c, n ? n->incarnation : 0);

	return mem_format("%s%s", link_form_scheme(c), path);
}

static bool is_named(const char *path, const char *name)
{
	const char *slash = strrchr(path, '/');

	return strcmp(slash ? slash + 1 : path, name) == 0;
}

/* A process that has not joined yet may not have made its file. */
static bool has_file(const struct node *n)
{
	return n->worker.process && node_has_joined(n);
}

static bool is_of(const struct node *n, const char *name)
{
	char own[9];

	snprintf(own, sizeof own, LIFE_NAME, n->incarnation);
	return strcmp(own, name) == 0;
}

static bool is_missing(const struct controller *c, const struct node *n)
{
	cleanup_free char *path = link_files_path(c, n->incarnation);

	return access(path, F_OK);
}

bool link_files_expect(const struct controller *c, const struct worker_log *log, const char *name)
{
	if (is_named(c->overlay->endpoint, name) || is_named(worker_log_path(log), name) ||
	    strcmp(name, EPOCH_NAME) == 0)
		return true;
	for (const struct node *n = c->nodes; n; n = n->hh.next)
		if (has_file(n) && is_of(n, name))
			return true;
	return false;
}

/* rc: as of bound_renew(). */
static void tell(struct controller *c, const char *path, int rc, const struct error *err)
{
	if (rc > 0)
		log_warn(AREA, "%s was gone: made anew", path);
	else if (rc < 0 && !c->overlay->files_failing)
		log_error(AREA, "%s is gone: %s", path, err->text);
	c->overlay->files_failing = c->overlay->files_failing || rc < 0;
}

static int renew_log(struct worker_log *log, struct error *err)
{
	if (worker_log_stands(log))
		return 0;
	return worker_log_renew(log, err) ? -1 : 1;
}

/* The file held this epoch: the registry may hold a lower one. */
static void check_epoch(struct controller *c)
{
	cleanup_free char *path = mem_format("%s/" EPOCH_NAME, c->config.runtime_dir);
	bool kept;

	if (access(path, F_OK))
		epoch_take(c->config.runtime_dir, c->controller_epoch - 1, &kept);
}

static void check_nodes(struct controller *c)
{
	size_t gone = 0;
	int first = 0;

	for (struct node *n = c->nodes; n; n = n->hh.next) {
		bool missing = has_file(n) && is_missing(c, n);

		if (missing)
			process_signal(n->worker.process, SIGHUP);
		if (missing && !n->link.file_gone && gone++ == 0)
			first = n->id;
		n->link.file_gone = missing;
	}
	if (gone)
		log_warn(AREA,
		         "the sockets' files of %zu nodes were gone, of node %d for one: "
		         "they make them anew",
		         gone, first);
}

bool link_files_check(struct controller *c, struct worker_log *log)
{
	bool failing = c->overlay->files_failing;
	struct error err;
	int links = children_renew(c->children, &err);
	int said;

	tell(c, endpoint_path(c->overlay->endpoint), links, &err);
	said = renew_log(log, &err);
	tell(c, worker_log_path(log), said, &err);
	if (links >= 0 && said >= 0)
		c->overlay->files_failing = false;
	if (failing && !c->overlay->files_failing)
		log_info(AREA, "the files in %s can be made again", c->config.runtime_dir);
	check_epoch(c);
	check_nodes(c);
	return !c->overlay->files_failing;
}
