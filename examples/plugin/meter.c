/*
 * A plug-in: a node that adds up. `exec ID N` adds N and answers the sum, which is there again when
 * the node's process has died; `exec ID` only answers it. See dtree-service(3).
 */
#include <dtree/service.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct meter {
	bool sync;     /* the sum is to survive a loss of power */
	int file;      /* it holds the sum as eight bytes; -1: it is kept in memory alone */
	long long sum; /* with what the next commit is to keep */
	long long kept;
};

struct request {
	struct meter *meter;
	char text[32]; /* the argument, so far */
	size_t size;
};

static void *refuse(char **why, const char *what)
{
	if (asprintf(why, "the sum cannot be %s: %s", what, strerror(errno)) < 0)
		*why = NULL;
	return NULL;
}

/* Opens a file that may be new: then its name must be on disk before anything in it counts. */
static int open_sum(const struct dtree_node *node)
{
	int dir = -1;
	int file = -1;

	if (mkdir(node->state_dir, 0700) == 0 || errno == EEXIST)
		dir = open(node->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir >= 0 && fsync(dir) == 0)
		file = openat(dir, "sum", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (file >= 0 && fsync(dir)) {
		close(file);
		file = -1;
	}
	if (dir >= 0)
		close(dir);
	return file;
}

static void *create(const struct dtree_node *node, char **why)
{
	struct meter *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->sync = node->durability == DTREE_DURABILITY_FULL;
	m->file = node->state_dir ? open_sum(node) : -1;
	if (node->state_dir && (m->file < 0 || pread(m->file, &m->kept, sizeof m->kept, 0) < 0)) {
		refuse(why, "read");
		if (m->file >= 0)
			close(m->file);
		free(m);
		return NULL;
	}
	m->sum = m->kept;
	return m;
}

static void destroy(void *state)
{
	struct meter *m = state;

	if (m->file >= 0)
		close(m->file);
	free(m);
}

static void *open_request(void *state)
{
	struct request *r = calloc(1, sizeof *r);

	if (r)
		r->meter = state;
	return r;
}

/* An argument comes in any number of pieces, and a NUL is behind it. */
static int feed(void *request, const char *bytes, size_t n)
{
	struct request *r = request;

	if (n >= sizeof r->text - r->size)
		return -1;
	memcpy(r->text + r->size, bytes, n);
	r->size += n;
	return 0;
}

static void finish(void *request, struct dtree_result *result)
{
	struct request *r = request;
	struct meter *m = r->meter;
	char *end = r->text;
	long long sum = m->sum;

	errno = 0;
	if (*r->text)
		result->ok = !__builtin_add_overflow(sum, strtoll(r->text, &end, 10), &sum);
	else
		result->ok = r->size == 0;
	if (errno || *end || (r->size && end + 1 != r->text + r->size))
		result->ok = false;
	if (result->ok)
		m->sum = sum;
	result->tentative = result->ok && m->sum != m->kept;
	if (!result->ok)
		result->text = strdup("one number is wanted, or nothing");
	else if (asprintf(&result->text, "%lld", m->sum) < 0)
		result->text = NULL;
	result->size = result->text ? strlen(result->text) : 0;
}

static void close_request(void *request)
{
	free(request);
}

/* Answers that rest on the sum leave when this has returned. Whether a write that failed has
 * happened after all nobody can say. */
static int commit(void *state, char **why)
{
	struct meter *m = state;

	if (m->file < 0 || m->sum == m->kept)
		return 0;
	m->kept = m->sum;
	if (pwrite(m->file, &m->sum, sizeof m->sum, 0) == sizeof m->sum &&
	    (!m->sync || fsync(m->file) == 0))
		return 0;
	refuse(why, "kept");
	return DTREE_COMMIT_UNKNOWN;
}

const struct dtree_service dtree_service_plugin = {
    .abi = DTREE_SERVICE_ABI,
    .name = "meter",
    .summary = "adds numbers up, and keeps the sum",
    .usage = "[N]",
    .create = create,
    .destroy = destroy,
    .open = open_request,
    .feed = feed,
    .finish = finish,
    .close = close_request,
    .commit = commit,
};
