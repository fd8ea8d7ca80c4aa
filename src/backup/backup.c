/* Owns a directory beside the archive, which has the new archive and the stage; it is removed at
 * the end. */
#include "backup/backup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "backup/archive.h"
#include "backup/stage.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/remove.h"

/* How often the registry is copied until it has no node that is not. Then nodes come and go all the
 * time, and those that came last are without data. */
#define ROUNDS 20
/* How often the data of one node, where it is found half removed. */
#define NODE_TRIES 5
#define DEPTH_MAX  100

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
	struct archive *archive;
	struct stage *stage;
	char *nodes_path;
	int state; /* descriptors of the directories */
	int nodes; /* -1: there is none */
	dev_t device;
	struct backup_node *items; /* by data_id */
	size_t count;
	size_t room;
};

static int backup_directory(struct backup *b, int dir, const char *path, const char *name,
                            int depth, struct error *err);

static int backup_check_interrupted(const struct backup *b, struct error *err)
{
	if (!b->config->interrupted())
		return 0;
	return error_set(err, ERR_CANCELLED, "interrupted");
}

static struct archive_entry backup_entry(const char *name, const struct stat *st)
{
	return (struct archive_entry){.name = name,
	                              .mode = st->st_mode,
	                              .uid = st->st_uid,
	                              .gid = st->st_gid,
	                              .mtime = st->st_mtim.tv_sec,
	                              .size = st->st_size};
}

static int backup_add(struct backup *b, const char *name, const struct stat *st, int fd,
                      struct error *err)
{
	const struct archive_entry entry = backup_entry(name, st);

	b->result->files++;
	b->result->bytes += st->st_size;
	return archive_add(b->archive, &entry, fd, err);
}

static int backup_add_staged(struct backup *b, const struct staged *staged, const char *name,
                             struct error *err)
{
	cleanup_free char *mark = mem_format("%s-mark", name);
	struct stat st = staged->mark;

	if (backup_add(b, name, &staged->st, staged->fd, err))
		return -1;
	return staged->store ? backup_add(b, mark, &st, staged->mark_fd, err) : 0;
}

/* path: of the directory, name: of the entry in the archive, whose last part is its name in the
 * directory. */
static int backup_file(struct backup *b, int dir, const char *path, const char *name,
                       struct error *err)
{
	struct staged staged;

	if (stage_copy(b->stage, dir, path, strrchr(name, '/') + 1, NULL, NULL, &staged, err))
		return -1;
	return backup_add_staged(b, &staged, name, err);
}

static int backup_link(struct backup *b, int dir, const char *name, const struct stat *st,
                       struct error *err)
{
	struct archive_entry entry = backup_entry(name, st);
	char to[4096];
	ssize_t n = readlinkat(dir, strrchr(name, '/') + 1, to, sizeof to - 1);

	if (n < 0)
		return error_set(err, errno == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "%s: %s",
		                 name, strerror(errno));
	to[n] = '\0';
	entry.link = to;
	b->result->files++;
	return archive_add(b->archive, &entry, -1, err);
}

/* One that is gone meanwhile is not in the backup. */
static int backup_one(struct backup *b, int dir, const char *path, const char *name, int depth,
                      struct error *err)
{
	const char *last = strrchr(name, '/') + 1;
	struct error why;
	struct stat st;
	int result = 0;

	if (backup_check_interrupted(b, err))
		return -1;
	if (fstatat(dir, last, &st, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT
		           ? 0
		           : error_set(err, ERR_INTERNAL, "%s/%s: %s", path, last, strerror(errno));
	if (!parse_utf8(last, strlen(last)))
		return error_set(err, ERR_INTERNAL, "%s has a file whose name is not UTF-8", path);
	if (S_ISREG(st.st_mode) && !stage_is_part(dir, last))
		result = backup_file(b, dir, path, name, &why);
	else if (S_ISLNK(st.st_mode))
		result = backup_link(b, dir, name, &st, &why);
	else if (S_ISDIR(st.st_mode) && st.st_dev == b->device)
		result = backup_directory(b, dir, path, name, depth + 1, &why);
	else if (!S_ISREG(st.st_mode))
		b->result->skipped++;
	if (result == 0 || why.code == ERR_NOT_FOUND)
		return 0;
	*err = why;
	return -1;
}

/* name: of the directory in the archive; its last part is its name in `dir`. */
static int backup_directory(struct backup *b, int dir, const char *path, const char *name,
                            int depth, struct error *err)
{
	const char *last = strrchr(name, '/') + 1;
	cleanup_free char *below = mem_format("%s/%s", path, last);
	int fd = openat(dir, last, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct archive_entry entry;
	struct dirent *found;
	struct stat st;
	int result = 0;

	if (!d || fstat(fd, &st)) {
		int why = errno;
		if (d)
			closedir(d);
		else
			mem_cleanup_close(&fd);
		return error_set(err, why == ENOENT ? ERR_NOT_FOUND : ERR_INTERNAL, "%s: %s", below,
		                 strerror(why));
	}
	entry = backup_entry(name, &st);
	if (depth > DEPTH_MAX)
		result = error_set(err, ERR_LIMIT, "%s is deeper than %d levels", below, DEPTH_MAX);
	else
		result = archive_add(b->archive, &entry, -1, err);
	while (result == 0 && (found = readdir(d))) {
		cleanup_free char *its = mem_format("%s/%s", name, found->d_name);
		if (strcmp(found->d_name, ".") != 0 && strcmp(found->d_name, "..") != 0)
			result = backup_one(b, fd, below, its, depth, err);
	}
	closedir(d);
	return result;
}

/* ---- Nodes. ---- */

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
	size_t files = b->result->files;
	int64_t bytes = b->result->bytes;

	if (b->nodes < 0 ||
	    backup_directory(b, b->nodes, b->nodes_path, name, 1, &node->why) == 0 ||
	    node->why.code == ERR_NOT_FOUND) {
		node->copied = true;
		return 0;
	}
	b->result->files = files;
	b->result->bytes = bytes;
	if (node->why.code != ERR_SERVICE || ++node->failed == NODE_TRIES) {
		*err = node->why;
		return -1;
	}
	return archive_drop(b->archive, name, err);
}

/* Copies the registry, and says in *left how many of its nodes are not copied. */
static int backup_registry(struct backup *b, struct staged *staged, size_t *left, struct error *err)
{
	for (size_t i = 0; i < b->count; i++)
		b->items[i].named = false;
	if (stage_copy(b->stage, b->state, b->config->state_dir, "registry.db", backup_name_node, b,
	               staged, err))
		return -1;
	*left = 0;
	for (size_t i = 0; i < b->count; i++)
		*left += b->items[i].named && !b->items[i].copied;
	return 0;
}

static int backup_nodes(struct backup *b, struct error *err)
{
	for (size_t i = 0; i < b->count; i++)
		if (b->items[i].named && !b->items[i].copied && backup_node(b, &b->items[i], err))
			return -1;
	return 0;
}

/* Those that were killed meanwhile. */
static int backup_drop_killed(struct backup *b, struct error *err)
{
	for (size_t i = 0; i < b->count; i++) {
		cleanup_free char *name = mem_format("nodes/%u", b->items[i].data_id);
		if (b->items[i].named)
			b->result->nodes++;
		else if (archive_drop(b->archive, name, err))
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
	const struct archive_entry above = {
	    .name = "nodes", .mode = S_IFDIR | 0700, .mtime = time(NULL)};
	struct staged staged;
	struct stat st;

	if (fstat(b->state, &st))
		return error_set(err, ERR_INTERNAL, "%s: %s", b->config->state_dir,
		                 strerror(errno));
	return archive_add(b->archive, &above, -1, err) || backup_settle(b, &staged, err) ||
	               backup_drop_killed(b, err) ||
	               backup_add_staged(b, &staged, "registry.db", err) ||
	               archive_set(b->archive, "uid", st.st_uid, err) ||
	               archive_set(b->archive, "gid", st.st_gid, err) ||
	               archive_set(b->archive, "time", time(NULL), err) ||
	               archive_set(b->archive, "nodes", (int64_t)b->result->nodes, err) ||
	               archive_finish(b->archive, err)
	           ? -1
	           : 0;
}

/* ---- The whole. ---- */

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
	b->device = b->nodes >= 0 ? st.st_dev : 0;
	return 0;
}

static void backup_close(struct backup *b)
{
	archive_free(b->archive);
	stage_free(b->stage);
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
	struct backup b = {.config = config, .result = result, .state = -1, .nodes = -1};
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
	b.archive = archive_new(made, err);
	rc = b.archive ? 0 : -1;
	if (rc == 0 && mkdir(stage, 0700))
		rc = error_set(err, ERR_INTERNAL, "%s: %s", stage, strerror(errno));
	b.stage = stage_new(stage);
	if (rc == 0)
		rc = backup_all(&b, err);
	backup_close(&b);
	if (rc == 0)
		rc = backup_install(made, config->file, err);
	remove_all(work, NULL);
	return rc;
}
