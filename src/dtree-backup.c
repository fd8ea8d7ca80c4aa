/*
 * dtree-backup: copies the state of a tree to a file, and from one. dtreectl executes it for
 * `backup` and `restore`.
 *
 *     dtree-backup [--json] [--config FILE] [--state-dir DIR] backup|restore FILE
 *
 * Without --state-dir the directory is that of a dtreed of this user with this configuration. Exit
 * status 0: done; 1: it cannot be done; 2: wrong usage, or a mistake in the configuration.
 *
 * A backup needs no dtreed, and takes no part in one that runs. A restore holds the lock of the
 * directory, so that no dtreed begins there meanwhile.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "backup/background.h"
#include "backup/backup.h"
#include "backup/restore.h"
#include "base/inherit.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/program.h"
#include "base/resolve.h"
#include "daemon/load.h"
#include "daemon/lockfile.h"
#include "daemon/runtime.h"
#include "wire/json_write.h"

#define EXIT_USAGE 2

struct wanted {
	const char *config; /* NULL: as dtreed finds it */
	const char *state_dir;
	const char *file;
	bool restores;
	bool json;
};

static int wanted_misused(const char *text)
{
	fprintf(stderr, "dtreectl: %s\n", text);
	return EXIT_USAGE;
}

static int wanted_read_options(struct wanted *w, int argc, char **argv)
{
	enum { OPT_JSON, OPT_CONFIG, OPT_STATE };
	static const struct option options[] = {{"json", no_argument, NULL, OPT_JSON},
	                                        {"config", required_argument, NULL, OPT_CONFIG},
	                                        {"state-dir", required_argument, NULL, OPT_STATE},
	                                        {0}};
	int c;

	while ((c = getopt_long(argc, argv, "+", options, NULL)) != -1)
		switch (c) {
		case OPT_JSON:
			w->json = true;
			break;
		case OPT_CONFIG:
			w->config = optarg;
			break;
		case OPT_STATE:
			w->state_dir = optarg;
			break;
		default:
			return EXIT_USAGE;
		}
	if (optind + 2 != argc)
		return wanted_misused("dtree-backup is started by dtreectl");
	w->restores = strcmp(argv[optind], "restore") == 0;
	w->file = argv[optind + 1];
	return 0;
}

/* Where a dtreed of this user with this configuration has its state. New memory; NULL: the
 * mistakes were told. */
static char *find_state_dir(const struct wanted *w)
{
	const struct surroundings around = {
	    .root = geteuid() == 0,
	    .home = getenv("HOME"),
	    .xdg_runtime_dir = getenv("XDG_RUNTIME_DIR"),
	    .xdg_state_home = getenv("XDG_STATE_HOME"),
	    .xdg_config_home = getenv("XDG_CONFIG_HOME"),
	    .system_config = SYSCONFDIR "/dtree/dtreed.conf",
	    .worker = "/",
	};
	char *load[] = {(char *)"dtreed", (char *)"--config", (char *)w->config, NULL};
	struct config config = {0};
	struct mistakes found = {0};
	char *dir;

	if (w->state_dir)
		return mem_string(w->state_dir);
	/* getopt begins anew. */
	optind = 0;
	config_load(w->config ? 3 : 1, load, &around, &config, &found);
	for (size_t i = 0; i < found.count; i++)
		fprintf(stderr, "dtreectl: %s\n", found.texts[i]);
	dir = found.count ? NULL : mem_string(config.state_dir);
	config_free(&config);
	mistakes_free(&found);
	return dir;
}

/* Signals that end a backup are blocked, and looked for between files. */
static const int ending[] = {SIGINT, SIGTERM, SIGHUP};

static bool interrupted(void)
{
	sigset_t pending;

	sigpending(&pending);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		if (sigismember(&pending, ending[i]) == 1)
			return true;
	return false;
}

static void block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	for (size_t i = 0; i < ARRAY_SIZE(ending); i++)
		sigaddset(&set, ending[i]);
	sigprocmask(SIG_BLOCK, &set, NULL);
}

/* What a restore has none of is 0. */
static int wanted_told(const struct wanted *w, const struct backup_result *r)
{
	struct buffer b = {0};

	if (!w->json) {
		printf("Ok: %zu nodes, %zu files, %lld bytes", r->nodes, r->files,
		       (long long)r->bytes);
		if (r->bare)
			printf("; %zu nodes that came last are without data", r->bare);
		if (r->skipped)
			printf("; %zu are no files, and left out", r->skipped);
		printf("\n");
		return EXIT_SUCCESS;
	}
	json_open_object(&b, NULL);
	json_add_int(&b, "nodes", (int64_t)r->nodes);
	json_add_int(&b, "files", (int64_t)r->files);
	json_add_int(&b, "bytes", r->bytes);
	json_add_int(&b, "bare", (int64_t)r->bare);
	json_add_int(&b, "skipped", (int64_t)r->skipped);
	json_close_object(&b);
	printf("%.*s\n", (int)buffer_size(&b), buffer_bytes(&b));
	buffer_free(&b);
	return EXIT_SUCCESS;
}

static int wanted_refused(const struct wanted *w, const struct error *err)
{
	const struct error_row *row = error_row(err->code);
	struct buffer b = {0};

	if (!w->json) {
		printf("Error: %s\n", err->text);
		return EXIT_FAILURE;
	}
	json_open_object(&b, NULL);
	json_add_int(&b, "code", err->code);
	json_add_text(&b, "message", err->text);
	json_open_object(&b, "data");
	json_add_text(&b, "name", row ? row->name : "INTERNAL_ERROR");
	json_close_object(&b);
	json_close_object(&b);
	printf("%.*s\n", (int)buffer_size(&b), buffer_bytes(&b));
	buffer_free(&b);
	return EXIT_FAILURE;
}

static int make_backup(const struct wanted *w, const char *dir)
{
	const struct backup_config config = {
	    .state_dir = dir, .file = w->file, .interrupted = interrupted};
	struct backup_result result;
	struct error err;

	block_signals();
	background_begin();
	if (backup_run(&config, &result, &err))
		return wanted_refused(w, &err);
	return wanted_told(w, &result);
}

static int restore_locked(const struct wanted *w, const struct resolved *dir, struct error *err)
{
	const struct restore_config config = {
	    .file = w->file, .state_dir = dir->path, .state = dir->fd};
	struct restore_result result;

	if (restore_run(&config, &result, err))
		return wanted_refused(w, err);
	return wanted_told(w, &(struct backup_result){.nodes = result.nodes,
	                                              .files = result.files,
	                                              .bytes = result.bytes});
}

static int restore_backup(const struct wanted *w, const char *path)
{
	cleanup_free char *where = mem_format("state directory %s", path);
	struct lockfile lock = {.fd = -1};
	struct resolved dir;
	struct error err;
	struct stat st;
	int status;

	if (resolve_directory(&dir, "state directory", path, RESOLVE_MAKE_ALL, 0700, &err))
		return wanted_refused(w, &err);
	if (lockfile_take(&lock, dir.fd, RUNTIME_LIVES, where, &err)) {
		resolved_free(&dir);
		return wanted_refused(w, &err);
	}
	/* It is for the dtreed that comes. */
	if (fstat(dir.fd, &st) || fchown(lock.fd, st.st_uid, st.st_gid)) {
		error_set(&err, ERR_INTERNAL, "%s: %s", where, strerror(errno));
		status = wanted_refused(w, &err);
	} else {
		status = restore_locked(w, &dir, &err);
	}
	lockfile_drop(&lock);
	resolved_free(&dir);
	return status;
}

int main(int argc, char **argv)
{
	struct wanted w = {0};
	char *dir;
	int status;

	inherit_reset(INHERIT_COMMAND);
	program_streams();
	log_open("dtree-backup", LOG_LEVEL_WARN);
	status = wanted_read_options(&w, argc, argv);
	if (status)
		return status;
	dir = find_state_dir(&w);
	status = !dir ? EXIT_USAGE : w.restores ? restore_backup(&w, dir) : make_backup(&w, dir);
	free(dir);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "dtreectl: standard output: %s\n", strerror(errno));
		status = EXIT_FAILURE;
	}
	return status;
}
