/* Owns the list of programs. What is a child of this process and no program is an orphan. */
#include "program/orphans.h"

#include <dirent.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"

struct orphans {
	struct ev_loop *loop; /* borrowed */
	ev_signal ended;      /* SIGCHLD */
	pid_t *programs;
	size_t count;
};

static bool is_program(const struct orphans *o, pid_t pid)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->programs[i] == pid)
			return true;
	return false;
}

/* Those of one thread: what it started, and what came to it (proc_pid_task(5), "children"). Nothing
 * waits here: one that does not end, or may not be killed, is visited again at the next SIGCHLD. */
static void visit_thread(const struct orphans *o, const char *thread)
{
	cleanup_free char *path = mem_format("/proc/self/task/%s/children", thread);
	FILE *file = fopen(path, "re");
	int pid;

	while (file && fscanf(file, "%d", &pid) == 1) {
		if (is_program(o, pid))
			continue;
		if (!o->count)
			kill(pid, SIGKILL);
		waitpid(pid, NULL, WNOHANG);
	}
	if (file)
		fclose(file);
}

static void visit(const struct orphans *o)
{
	DIR *threads = opendir("/proc/self/task");
	const struct dirent *thread;

	while (threads && (thread = readdir(threads)))
		if (thread->d_name[0] != '.')
			visit_thread(o, thread->d_name);
	if (threads)
		closedir(threads);
}

static void orphans_on_ended(struct ev_loop *loop, ev_signal *w, int revents)
{
	(void)loop;
	(void)revents;
	visit(w->data);
}

struct orphans *orphans_new(struct ev_loop *loop)
{
	struct orphans *o = mem_new(sizeof *o);

	o->loop = loop;
	ev_signal_init(&o->ended, orphans_on_ended, SIGCHLD);
	o->ended.data = o;
	ev_signal_start(loop, &o->ended);
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	return o;
}

void orphans_free(struct orphans *o)
{
	o->count = 0;
	visit(o);
	ev_signal_stop(o->loop, &o->ended);
	free(o->programs);
	free(o);
}

void orphans_add(struct orphans *o, pid_t program)
{
	o->programs = mem_resize(o->programs, (o->count + 1) * sizeof *o->programs);
	o->programs[o->count++] = program;
}

void orphans_remove(struct orphans *o, pid_t program)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->programs[i] == program)
			o->programs[i--] = o->programs[--o->count];
	if (!o->count)
		visit(o);
}
