/*
 * Owns the directory's descriptor, the thread and what waits for it. Invariant: `lock` guards what
 * stands below it in the struct; what stands above belongs to the thread once it runs.
 */
#include "base/spool.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/resolve.h"
#include "base/thread.h"

/* What is being written has this before its name. */
#define SPOOL_HALF ".half-"

struct spool_file {
	char *name;  /* owned */
	char *bytes; /* owned; NULL: it is written */
	size_t size;
	struct spool_file *prev; /* utlist */
	struct spool_file *next;
};

struct spool {
	const char *what;
	const char *prefix;
	const char *suffix;
	struct spool_limits limits;
	struct resolved dir;
	struct spool_file *written; /* the oldest first */
	size_t files;
	size_t bytes;
	bool known;  /* what was there before is */
	bool failed; /* the last one, which was logged */
	bool running;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_cond_t over;
	struct spool_file *due;
	size_t waiting; /* bytes of them */
	uint64_t dropped;
	bool quit;  /* once nothing is due */
	bool ended; /* the thread */
};

static void spool_file_free(struct spool_file *file)
{
	free(file->name);
	free(file->bytes);
	free(file);
}

static void spool_files_free(struct spool_file **files)
{
	struct spool_file *file;
	struct spool_file *next;

	DL_FOREACH_SAFE (*files, file, next)
		spool_file_free(file);
	*files = NULL;
}

static bool spool_begins(const char *name, const char *prefix)
{
	return strncmp(name, prefix, strlen(prefix)) == 0;
}

static bool spool_is_own(const struct spool *s, const char *name)
{
	size_t n = strlen(name);
	size_t suffix = strlen(s->suffix);

	return spool_begins(name, s->prefix) && n > suffix &&
	       strcmp(name + n - suffix, s->suffix) == 0;
}

static int spool_by_name(const struct spool_file *a, const struct spool_file *b)
{
	return strcmp(a->name, b->name);
}

static void spool_add(struct spool *s, struct spool_file *file)
{
	DL_APPEND(s->written, file);
	s->files++;
	s->bytes += file->size;
}

/* A file that is there already, of a former process, or the half of one. */
static void spool_find(struct spool *s, const char *name)
{
	struct spool_file *file;
	struct stat st;

	if (spool_begins(name, SPOOL_HALF) && spool_is_own(s, name + strlen(SPOOL_HALF))) {
		unlinkat(s->dir.fd, name, 0);
		return;
	}
	if (!spool_is_own(s, name) || fstatat(s->dir.fd, name, &st, AT_SYMLINK_NOFOLLOW) ||
	    !S_ISREG(st.st_mode))
		return;
	file = mem_new(sizeof *file);
	file->name = mem_string(name);
	file->size = (size_t)st.st_size;
	spool_add(s, file);
}

static void spool_look(struct spool *s)
{
	int fd = openat(s->dir.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	s->known = true;
	if (!dir) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while ((entry = readdir(dir)))
		spool_find(s, entry->d_name);
	closedir(dir);
	DL_SORT(s->written, spool_by_name);
}

static void spool_trim(struct spool *s)
{
	while (s->written && (s->files > s->limits.files || s->bytes > s->limits.bytes)) {
		struct spool_file *oldest = s->written;

		/* It may be gone already, and one that cannot be removed is not tried for ever. */
		unlinkat(s->dir.fd, oldest->name, 0);
		DL_DELETE(s->written, oldest);
		s->files--;
		s->bytes -= oldest->size;
		spool_file_free(oldest);
	}
}

static int spool_fill(int fd, const char *bytes, size_t n)
{
	while (n) {
		ssize_t written = write(fd, bytes, n);

		if (written < 0 && errno != EINTR)
			return -1;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return 0;
}

static int spool_store(const struct spool *s, const struct spool_file *file)
{
	cleanup_free char *half = mem_format(SPOOL_HALF "%s", file->name);
	int fd =
	    openat(s->dir.fd, half, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	int rc = fd < 0 ? -1 : spool_fill(fd, file->bytes, file->size);

	if (fd >= 0 && close(fd))
		rc = -1;
	if (rc == 0)
		rc = renameat(s->dir.fd, half, s->dir.fd, file->name);
	if (rc && fd >= 0) {
		int saved = errno;
		unlinkat(s->dir.fd, half, 0);
		errno = saved;
	}
	return rc;
}

/* A failure is logged once, until one succeeds. */
static void spool_write(struct spool *s, struct spool_file *file)
{
	if (!s->known)
		spool_look(s);
	if (spool_store(s, file)) {
		if (!s->failed)
			log_error("spool", "%s %s: %s cannot be written: %s", s->what, s->dir.path,
			          file->name, strerror(errno));
		s->failed = true;
		spool_file_free(file);
		return;
	}
	s->failed = false;
	free(file->bytes);
	file->bytes = NULL;
	spool_add(s, file);
	spool_trim(s);
}

static void *spool_run(void *arg)
{
	struct spool *s = arg;

	pthread_mutex_lock(&s->lock);
	while (s->due || !s->quit) {
		struct spool_file *file = s->due;
		uint64_t dropped = s->dropped;

		if (!file) {
			pthread_cond_wait(&s->work, &s->lock);
			continue;
		}
		DL_DELETE(s->due, file);
		s->waiting -= file->size;
		s->dropped = 0;
		pthread_mutex_unlock(&s->lock);
		if (dropped)
			log_warn("spool", "%s %s: the disk is late: %llu files are not written",
			         s->what, s->dir.path, (unsigned long long)dropped);
		spool_write(s, file);
		pthread_mutex_lock(&s->lock);
	}
	s->ended = true;
	pthread_cond_signal(&s->over);
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

struct spool *spool_new(const char *what, const char *path, const char *prefix, const char *suffix,
                        const struct spool_limits *limits, struct error *err)
{
	struct resolved dir;
	struct spool *s;

	if (resolve_directory(&dir, what, path, RESOLVE_MAKE, 0700, err))
		return NULL;
	if (faccessat(dir.fd, ".", W_OK | X_OK, AT_EACCESS)) {
		error_set(err, ERR_INTERNAL, "%s %s: %s", what, path, strerror(errno));
		resolved_free(&dir);
		return NULL;
	}
	s = mem_new(sizeof *s);
	s->what = what;
	s->prefix = prefix;
	s->suffix = suffix;
	s->limits = *limits;
	s->dir = dir;
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->work, NULL);
	thread_condition(&s->over);
	return s;
}

/* false: it is still at work at the limit. */
static bool spool_join(struct spool *s, int64_t limit_ms)
{
	struct timespec until;
	bool ended;
	int rc = 0;

	if (!s->running)
		return true;
	clock_after(limit_ms, &until);
	pthread_mutex_lock(&s->lock);
	s->quit = true;
	pthread_cond_signal(&s->work);
	while (!s->ended && rc == 0)
		rc = pthread_cond_timedwait(&s->over, &s->lock, &until);
	ended = s->ended;
	pthread_mutex_unlock(&s->lock);
	if (ended)
		pthread_join(s->thread, NULL);
	else
		pthread_detach(s->thread);
	return ended;
}

void spool_free(struct spool *s, int64_t limit_ms)
{
	if (!s)
		return;
	if (!spool_join(s, limit_ms)) {
		log_error("spool", "left behind: %s %s does not take a file", s->what, s->dir.path);
		return; /* the thread has it for as long as the process lives */
	}
	spool_files_free(&s->due);
	spool_files_free(&s->written);
	resolved_free(&s->dir);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->work);
	pthread_cond_destroy(&s->over);
	free(s);
}

void spool_put(struct spool *s, const char *name, char *bytes, size_t n)
{
	struct spool_file *file = mem_new(sizeof *file);

	*file = (struct spool_file){.name = mem_string(name), .bytes = bytes, .size = n};
	pthread_mutex_lock(&s->lock);
	s->running = s->running || thread_start(&s->thread, spool_run, s) == 0;
	if (s->running && n <= s->limits.bytes && n <= s->limits.waiting - s->waiting) {
		DL_APPEND(s->due, file);
		s->waiting += n;
		pthread_cond_signal(&s->work);
		file = NULL;
	} else {
		s->dropped++;
	}
	pthread_mutex_unlock(&s->lock);
	if (file)
		spool_file_free(file);
}
