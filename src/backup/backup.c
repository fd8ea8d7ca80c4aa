/* Owns a directory beside the archive, which has the new archive and the stage; it is removed at
 * the end. */
#include "backup/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backup/archive.h"
#include "backup/background.h"
#include "backup/directory.h"
#include "backup/stage.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/remove.h"

/* How often the registry is copied until it has no node that is not. Then nodes come and go all the
 * time, and those that came last are without data. */
#define ROUNDS 20
/* How often the data of one node, where it is found half removed. */
#define NODE_TRIES 5

/* A node's data, by its number. */
struct backup_node {
	uint32_t data_id;
	unsigned failed;
	bool copied;
	bool named; /* by the last copy of the registry */
	struct error why;
};

struct backup {
	const struct backup_config *config;
	struct backup_result *result;
	struct directory_copy copy; /* its archive and its stage are owned */
	char *nodes_path;
	int state;                 /* descriptors of the directories */
	int nodes;                 /* -1: there is none */
	struct backup_node *items; /* by data_id */
	size_t count;
	size_t room;
};

/* Where the node is, or would be. */
static size_t backup_place(const struct backup *b, uint32_t data_id)
{
	size_t low = 0;
	size_t high = b->count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (b->items[middle].data_id < data_id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* A row of the registry, or its head. */
static int backup_name_node(void *arg, struct store_text name, struct store_text value,
                            struct error *err)
{
	struct backup *b = arg;
	int64_t number;
	size_t at;

	(void)value;
	if (parse_range(name.bytes, name.size, "row", 1, UINT32_MAX, &number, NULL))
		return 0;
	(void)err;
	at = backup_place(b, (uint32_t)number);
	if (at == b->count || b->items[at].data_id != number) {
		if (b->count == b->room) {
			b->room = b->room ? 2 * b->room : 64;
			b->items = mem_resize(b->items, b->room * sizeof *b->items);
		}
		memmove(b->items + at + 1, b->items + at, (b->count - at) * sizeof *b->items);
		b->count++;
		b->items[at] = (struct backup_node){.data_id = (uint32_t)number};
	}
	b->items[at].named = true;
	return 0;
}

/* What is not good is tried again, as long as the registry names the node. */
static int backup_node(struct backup *b, struct backup_node *node, struct error *err)
{
	cleanup_free char *name = mem_format("nodes/%u", node->data_id);
	const struct backup_result before = *b->result;

	if (b->nodes < 0 ||
	    directory_add(&b->copy, b->nodes, b->nodes_path, name, &node->why) == 0 ||
	    node->why.code == ERR_NOT_FOUND) {
		node->copied = true;
		return 0;
	}
	*b->result = before;
	if (node->why.code != ERR_SERVICE || ++node->failed == NODE_TRIES) {
		*err = node->why;
		return -1;
	}
	return archive_drop(b->copy.archive, name, err);
}

/* Copies the registry, and says in *left how many of its nodes are not copied. */
static int backup_registry(struct backup *b, struct staged *staged, size_t *left, struct error *err)
{
	for (size_t i = 0; i < b->count; i++)
		b->items[i].named = false;
	if (stage_copy(b->copy.stage, b->state, b->config->state_dir, "registry.db",
	               backup_name_node, b, staged, err))
		return -1;
	*left = 0;
	for (size_t i = 0; i < b->count; i++)
		*left += b->items[i].named && !b->items[i].copied;
	return 0;
}

static int backup_nodes(struct backup *b, struct error *err)
{
	for (size_t i = 0; i < b->count; i++) {
		if (!b->items[i].named || b->items[i].copied)
			continue;
		if (backup_node(b, &b->items[i], err))
			return -1;
		background_pause();
	}
	return 0;
}

/* Those that were killed meanwhile. */
static int backup_drop_killed(struct backup *b, struct error *err)
{
	for (size_t i = 0; i < b->count; i++) {
		cleanup_free char *name = mem_format("nodes/%u", b->items[i].data_id);
		if (b->items[i].named)
			b->result->nodes++;
		else if (archive_drop(b->copy.archive, name, err))
			return -1;
	}
	return 0;
}

/* Copies nodes until the registry names none that is not copied, or for so many rounds. */
static int backup_settle(struct backup *b, struct staged *staged, struct error *err)
{
	for (int i = 1;; i++) {
		if (backup_registry(b, staged, &b->result->bare, err))
			return -1;
		if (!b->result->bare || i == ROUNDS)
			return 0;
		if (backup_nodes(b, err))
			return -1;
	}
}

static int backup_all(struct backup *b, struct error *err)
{
	struct archive_entry above;
	struct staged staged;
	struct stat st;
	struct stat nodes;

	if (fstat(b->state, &st) || fstat(b->nodes >= 0 ? b->nodes : b->state, &nodes))
		return error_set(err, ERR_INTERNAL, "%s: %s", b->config->state_dir,
		                 strerror(errno));
	/* A directory also where it is a link to one. */
	above = directory_entry("nodes", &nodes);
	return archive_add(b->copy.archive, &above, -1, err) || backup_settle(b, &staged, err) ||
	               backup_drop_killed(b, err) ||
	               directory_add_staged(&b->copy, &staged, "registry.db", err) ||
	               archive_set(b->copy.archive, "uid", st.st_uid, err) ||
	               archive_set(b->copy.archive, "gid", st.st_gid, err) ||
	               archive_set(b->copy.archive, "time", time(NULL), err) ||
	               archive_set(b->copy.archive, "nodes", (int64_t)b->result->nodes, err) ||
	               archive_finish(b->copy.archive, err)
	           ? -1
	           : 0;
}

static int backup_open(struct backup *b, struct error *err)
{
	const char *dir = b->config->state_dir;
	struct stat st;

	if (stat(b->config->file, &st) == 0 && !S_ISREG(st.st_mode))
		return error_set(err, ERR_PARAMS, "%s is %s", b->config->file,
		                 S_ISDIR(st.st_mode) ? "a directory" : "no regular file");
	b->nodes_path = mem_format("%s/nodes", dir);
	b->state = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->state < 0)
		return error_set(err, ERR_INTERNAL, "state directory %s: %s", dir, strerror(errno));
	/* It may be a link to another disk. */
	b->nodes = openat(b->state, "nodes", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if ((b->nodes < 0 && errno != ENOENT) || (b->nodes >= 0 && fstat(b->nodes, &st)))
		return error_set(err, ERR_INTERNAL, "%s: %s", b->nodes_path, strerror(errno));
	b->copy.device = b->nodes >= 0 ? st.st_dev : 0;
	return 0;
}

static void backup_close(struct backup *b)
{
	archive_free(b->copy.archive);
	stage_free(b->copy.stage);
	mem_cleanup_close(&b->nodes);
	mem_cleanup_close(&b->state);
	free(b->nodes_path);
	free(b->items);
}

/* The directory above that of the path, in new memory. */
static char *backup_above(const char *path)
{
	const char *slash = strrchr(path, '/');

	if (!slash)
		return mem_string(".");
	return slash == path ? mem_string("/") : mem_copy(path, (size_t)(slash - path));
}

static int backup_install(const char *made, const char *file, struct error *err)
{
	cleanup_free char *above = backup_above(file);
	cleanup_close int dir = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (dir < 0 || chmod(made, 0600) || rename(made, file) || fsync(dir))
		return error_set(err, ERR_INTERNAL, "%s: %s", file, strerror(errno));
	return 0;
}

int backup_run(const struct backup_config *config, struct backup_result *result, struct error *err)
{
	struct backup b = {
	    .config = config,
	    .result = result,
	    .copy = {.interrupted = config->interrupted, .result = result},
	    .state = -1,
	    .nodes = -1,
	};
	cleanup_free char *work = mem_format("%s.XXXXXX", config->file);
	cleanup_free char *stage = NULL;
	cleanup_free char *made = NULL;
	int rc;

	*result = (struct backup_result){0};
	if (backup_open(&b, err)) {
		backup_close(&b);
		return -1;
	}
	if (!mkdtemp(work)) {
		backup_close(&b);
		return error_set(err, ERR_INTERNAL, "%s: %s", config->file, strerror(errno));
	}
	stage = mem_format("%s/stage", work);
	made = mem_format("%s/archive", work);
	b.copy.archive = archive_new(made, err);
	rc = b.copy.archive ? 0 : -1;
	if (rc == 0 && mkdir(stage, 0700))
		rc = error_set(err, ERR_INTERNAL, "%s: %s", stage, strerror(errno));
	b.copy.stage = stage_new(stage);
	if (rc == 0)
		rc = backup_all(&b, err);
	backup_close(&b);
	if (rc == 0)
		rc = backup_install(made, config->file, err);
	remove_all(work, NULL);
	return rc;
}
