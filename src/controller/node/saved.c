/* Owns the copy, for the time of a call. */
#include "controller/node/saved.h"

#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/remove.h"
#include "controller/node/restart_policy.h"
#include "controller/registry/registry.h"

#define REGISTRY "registry.db"
/* One that is written to while it is copied does not agree with itself; that is seen, and it is
 * copied again. */
#define TRIES 5

struct saved {
	size_t nodes;
};

static int saved_take_row(void *arg, const struct registry_row *row, struct error *err)
{
	struct saved *saved = arg;
	enum restart_policy policy;

	saved->nodes++;
	return restart_policy_parse(row->restart, &policy, err);
}

static int copy_bytes(int from, int to)
{
	ssize_t n;

	while ((n = sendfile(to, from, NULL, 1 << 20)) > 0)
		;
	return n < 0 ? -1 : 0;
}

/* A file that is missing is no error. */
static int copy_file(const char *dir, const char *copy, const char *name, struct error *err)
{
	cleanup_free char *from = mem_format("%s/%s", dir, name);
	cleanup_free char *to = mem_format("%s/%s", copy, name);
	cleanup_close int in = open(from, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	cleanup_close int out = -1;

	if (in < 0 && errno == ENOENT)
		return 0;
	out = in < 0 ? -1 : open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (out < 0 || copy_bytes(in, out))
		return error_set(err, ERR_INTERNAL, "cannot read %s: %s", from, strerror(errno));
	return 0;
}

/* In this order: the mark is never ahead, and the log is behind the database. */
static int copy_registry(const char *dir, const char *copy, struct error *err)
{
	static const char *const names[] = {REGISTRY "-mark", REGISTRY, REGISTRY "-wal"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (copy_file(dir, copy, names[i], err))
			return -1;
	return 0;
}

/* Text about the copy, said of what it was made of. */
static int say_place(const char *dir, const char *copy, const struct error *why, struct error *err)
{
	struct buffer text = {0};
	const char *rest = why->text;
	const char *at;

	while ((at = strstr(rest, copy))) {
		buffer_format(&text, "%.*s%s", (int)(at - rest), rest, dir);
		rest = at + strlen(copy);
	}
	buffer_format(&text, "%s", rest);
	buffer_add(&text, "", 1);
	error_set(err, why->code, "%s", text.data);
	buffer_free(&text);
	return -1;
}

static int judge(struct ev_loop *loop, const char *dir, const char *copy, const char *topology,
                 struct error *err)
{
	struct saved saved = {0};
	struct registry_head head;
	struct registry *registry;
	struct error why;
	int rc = 0;

	if (copy_registry(dir, copy, err))
		return -1;
	registry = registry_open(loop, copy, saved_take_row, &saved, &head, &why);
	if (!registry)
		return say_place(dir, copy, &why, err);
	if (saved.nodes && head.topology && strcmp(head.topology, topology) != 0)
		rc = error_set(err, ERR_PARAMS,
		               "%s/" REGISTRY
		               ": it holds a tree of %zu nodes of topology %s, not %s",
		               dir, saved.nodes, head.topology, topology);
	registry_close(registry, REGISTRY_FOR_EVER);
	return rc;
}

int saved_check(const char *state_dir, const char *topology, struct error *err)
{
	cleanup_free char *path = mem_format("%s/" REGISTRY, state_dir);
	const char *tmp = getenv("TMPDIR");
	cleanup_free char *copy = mem_format("%s/dtree-check-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	struct ev_loop *loop;
	struct stat st;
	int rc = -1;

	/* What keeps it from being looked at is told of the directory. */
	if (stat(path, &st))
		return 0;
	if (!mkdtemp(copy))
		return error_set(err, ERR_INTERNAL, "cannot copy %s to %s: %s", path, copy,
		                 strerror(errno));
	loop = ev_loop_new(EVFLAG_AUTO);
	if (!loop)
		error_set(err, ERR_INTERNAL, "there is no event loop to be had");
	for (int i = 0; loop && rc && i < TRIES; i++) {
		rc = judge(loop, state_dir, copy, topology, err);
		if (rc && err->code == ERR_PARAMS)
			break;
	}
	if (loop)
		ev_loop_destroy(loop);
	remove_all(copy, NULL);
	return rc;
}
