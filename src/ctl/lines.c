/* The history of libedit and its file. */
#include "ctl/lines.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mem.h"

#define HISTORY_SIZE 1000

struct lines {
	History *history; /* NULL: there is none */
	char *path;       /* owned; NULL: it is not saved */
	bool added;
};

/* Makes the directories above a path, for this user only. */
static void make_parents(const char *path)
{
	char *copy = mem_string(path);

	for (char *slash = strchr(copy + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0700);
		*slash = '/';
	}
	free(copy);
}

static char *history_file(void)
{
	const char *state = getenv("XDG_STATE_HOME");
	const char *home = getenv("HOME");

	if (state && state[0] == '/')
		return mem_format("%s/dtree/history", state);
	if (home && home[0] == '/')
		return mem_format("%s/.local/state/dtree/history", home);
	return NULL;
}

struct lines *lines_open(EditLine *edit)
{
	struct lines *lines = mem_new(sizeof *lines);
	HistEvent event;

	lines->path = history_file();
	lines->history = history_init();
	if (!lines->history)
		return lines;
	history(lines->history, &event, H_SETSIZE, HISTORY_SIZE);
	history(lines->history, &event, H_SETUNIQUE, 1);
	el_set(edit, EL_HIST, history, lines->history);
	if (lines->path)
		history(lines->history, &event, H_LOAD, lines->path);
	return lines;
}

void lines_add(struct lines *lines, const char *line)
{
	HistEvent event;

	lines->added = true;
	if (lines->history)
		history(lines->history, &event, H_ENTER, line);
}

void lines_close(struct lines *lines)
{
	HistEvent event;

	if (lines->history && lines->path && lines->added) {
		make_parents(lines->path);
		errno = 0;
		if (history(lines->history, &event, H_SAVE, lines->path) < 0)
			fprintf(stderr, "dtreectl: %s: the history is not kept: %s\n", lines->path,
			        strerror(errno));
	}
	if (lines->history)
		history_end(lines->history);
	free(lines->path);
	free(lines);
}
