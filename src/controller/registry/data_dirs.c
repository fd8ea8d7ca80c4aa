/* Names directories; what is in them is the workers'. */
#include "controller/registry/data_dirs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"
#include "base/resolve.h"

/* So many nodes may be created after the last one on disk; far more than a dtreed lives to see. */
#define BIRTHS_LEFT 1000000000

struct data_dirs {
	char *dir;
	uint32_t last;
};

/* The data id of a name; 0: it is none that data_dirs_path() makes. */
static uint32_t data_id_of(const char *name)
{
	int64_t data_id;
	cleanup_free char *again = NULL;

	if (parse_range(name, strlen(name), "birth", 1, UINT32_MAX, &data_id, NULL))
		return 0;
	again = mem_format("%lld", (long long)data_id);
	return strcmp(again, name) == 0 ? (uint32_t)data_id : 0;
}

static int find_last(struct data_dirs *s, struct error *err)
{
	DIR *d = opendir(s->dir);
	struct dirent *entry;
	int why;

	if (!d)
		return error_set(err, ERR_INTERNAL, "cannot read %s: %s", s->dir, strerror(errno));
	for (errno = 0; (entry = readdir(d)); errno = 0) {
		uint32_t data_id = data_id_of(entry->d_name);
		if (data_id > s->last)
			s->last = data_id;
	}
	/* A number that was not seen would be given again, with what lies there. */
	why = errno;
	closedir(d);
	if (why)
		return error_set(err, ERR_INTERNAL, "cannot read %s: %s", s->dir, strerror(why));
	if (s->last > UINT32_MAX - BIRTHS_LEFT)
		return error_set(err, ERR_INTERNAL, "%s/%u: no numbers are left above it", s->dir,
		                 s->last);
	return 0;
}

/* A node's data is not there after a loss of power if the directory above is not. */
static int data_dirs_make(struct data_dirs *s, const char *above, struct error *err)
{
	cleanup_free char *path = mem_format("%s/nodes", above);
	cleanup_close int fd = open(above, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct resolved nodes;

	/* It may be a link to another disk; SQLite opens nothing behind one. */
	if (resolve_directory(&nodes, "directory", path, RESOLVE_MAKE, 0700, err))
		return -1;
	s->dir = mem_string(nodes.path);
	resolved_free(&nodes);
	if (fd < 0 || fsync(fd))
		return error_set(err, ERR_INTERNAL, "cannot sync %s: %s", above, strerror(errno));
	return 0;
}

struct data_dirs *data_dirs_open(const char *state_dir, struct error *err)
{
	struct data_dirs *s = mem_new(sizeof *s);

	if (data_dirs_make(s, state_dir, err) == 0 && find_last(s, err) == 0)
		return s;
	data_dirs_close(s);
	return NULL;
}

void data_dirs_close(struct data_dirs *s)
{
	if (!s)
		return;
	free(s->dir);
	free(s);
}

uint32_t data_dirs_last(const struct data_dirs *s)
{
	return s->last;
}

char *data_dirs_path(const struct data_dirs *s, uint32_t data_id)
{
	return mem_format("%s/%u", s->dir, data_id);
}
