/* Nothing is kept. systemctl is asked, as the protocol of its manager would need a library. */
#include "daemon/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "program/identity.h"

#define ASK_MS 5000
/* A list of all system calls has 5 KiB. */
#define ANSWER_MAX ((size_t)131072)
/* What a service has unless its unit says otherwise (systemd.exec(5)). */
#define SERVICE_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

static const char *const unit_names[UNIT_KEYS] = {
    [UNIT_LOAD_STATE] = "LoadState",
    [UNIT_USER] = "User",
    [UNIT_GROUP] = "Group",
    [UNIT_RUNTIME_DIRECTORY] = "RuntimeDirectory",
    [UNIT_STATE_DIRECTORY] = "StateDirectory",
    [UNIT_CONFIGURATION_DIRECTORY] = "ConfigurationDirectory",
    [UNIT_BOUNDING] = "CapabilityBoundingSet",
    [UNIT_AMBIENT] = "AmbientCapabilities",
    [UNIT_CALLS] = "SystemCallFilter",
    [UNIT_FAMILIES] = "RestrictAddressFamilies",
    [UNIT_DELEGATE] = "Delegate",
    [UNIT_HOMES] = "ProtectHome",
    [UNIT_FILES] = "LimitNOFILE",
    [UNIT_NICE] = "LimitNICE",
};

/* The process, and in *answer the read end of its standard output; or -1. */
static pid_t unit_start(const char *name, int *answer)
{
	char *const argv[] = {"systemctl", "show", "--no-pager", "--", (char *)(uintptr_t)name,
	                      NULL};
	posix_spawn_file_actions_t actions;
	int ends[2];
	pid_t pid;
	int rc;

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	rc = posix_spawnp(&pid, argv[0], &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (rc) {
		close(ends[0]);
		return -1;
	}
	*answer = ends[0];
	return pid;
}

/* All that it says, until it ends or is late. */
static void unit_read(int answer, struct buffer *text)
{
	int64_t until = clock_ms() + ASK_MS;
	struct pollfd readable = {.fd = answer, .events = POLLIN};
	char bytes[4096];
	ssize_t n = 1;

	while (n && buffer_size(text) < ANSWER_MAX && clock_ms() < until) {
		if (poll(&readable, 1, (int)(until - clock_ms())) <= 0)
			continue;
		n = read(answer, bytes, sizeof bytes);
		if (n > 0)
			buffer_add(text, bytes, (size_t)n);
		else if (errno != EINTR)
			break;
	}
}

static void unit_take(struct unit *unit, const char *line)
{
	const char *equals = strchr(line, '=');

	for (size_t i = 0; equals && i < UNIT_KEYS; i++)
		if (strlen(unit_names[i]) == (size_t)(equals - line) &&
		    strncmp(line, unit_names[i], (size_t)(equals - line)) == 0) {
			free(unit->values[i]);
			unit->values[i] = mem_string(equals + 1);
		}
}

bool unit_ask(const char *name, struct unit *unit)
{
	struct buffer text = {0};
	cleanup_free char *lines = NULL;
	int answer = -1;
	pid_t pid = unit_start(name, &answer);
	char *rest;
	const char *line;

	if (pid < 0)
		return false;
	unit_read(answer, &text);
	close(answer);
	kill(pid, SIGKILL);
	while (waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	lines = mem_copy(buffer_size(&text) ? buffer_bytes(&text) : "", buffer_size(&text));
	buffer_free(&text);
	rest = lines;
	while ((line = strsep(&rest, "\n")))
		unit_take(unit, line);
	return strcmp(unit_value(unit, UNIT_LOAD_STATE), "loaded") == 0;
}

const char *unit_value(const struct unit *unit, enum unit_key key)
{
	return unit->values[key] ? unit->values[key] : "";
}

bool unit_allows(const struct unit *unit, enum unit_key key, const char *word)
{
	const char *list = unit_value(unit, key);
	bool none = *list == '~';
	size_t size = strlen(word);

	list += none;
	while (*list) {
		size_t n = strcspn(list, " ");
		/* A call may have its error behind it. */
		size_t own = strcspn(list, " :");
		if (own == size && strncmp(list, word, size) == 0)
			return !none;
		list += n + strspn(list + n, " ");
	}
	return none;
}

/* The first of its words, below that directory. */
static void unit_name_directory(const struct unit *unit, enum unit_key key, const char *above,
                                const char *variable)
{
	const char *list = unit_value(unit, key);
	cleanup_free char *path = mem_format("%s/%.*s", above, (int)strcspn(list, " "), list);

	if (*list)
		setenv(variable, path, 1);
}

int unit_assume(const struct unit *unit, const char *system_config, struct error *err)
{
	const char *user = unit_value(unit, UNIT_USER);
	const char *group = unit_value(unit, UNIT_GROUP);
	struct identity who = {.change = false};

	setenv("PATH", SERVICE_PATH, 1);
	unit_name_directory(unit, UNIT_RUNTIME_DIRECTORY, "/run", "RUNTIME_DIRECTORY");
	unit_name_directory(unit, UNIT_STATE_DIRECTORY, "/var/lib", "STATE_DIRECTORY");
	setenv("CONFIGURATION_DIRECTORY", system_config, 1);
	unit_name_directory(unit, UNIT_CONFIGURATION_DIRECTORY, "/etc", "CONFIGURATION_DIRECTORY");
	if ((*user && identity_user(user, &who, err)) ||
	    (*group && identity_group(group, &who, err)))
		return -1;
	if (who.change &&
	    (setgroups((size_t)who.count, who.groups) || setresgid(who.gid, who.gid, who.gid) ||
	     setresuid(who.uid, who.uid, who.uid)))
		return error_set(err, ERR_INTERNAL, "cannot become user '%s': %s", user,
		                 strerror(errno));
	return 0;
}

void unit_free(struct unit *unit)
{
	for (size_t i = 0; i < UNIT_KEYS; i++)
		free(unit->values[i]);
	*unit = (struct unit){0};
}
