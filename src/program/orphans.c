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

/* Of orphans that make others as fast as they are ended. */
#define ROUNDS 16

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

/* Those of one thread: what it started, and what came to it (proc_pid_task(5), "children"). */
static size_t visit_thread(struct orphans *o, const char *thread, bool end)
{
	cleanup_free char *path = mem_format("/proc/self/task/%s/children", thread);
	FILE *file = fopen(path, "re");
	size_t found = 0;
	int pid;

	while (file && fscanf(file, "%d", &pid) == 1) {
		if (is_program(o, pid))
			continue;
		if (end)
			kill(pid, SIGKILL);
		waitpid(pid, NULL, end ? 0 : WNOHANG);
		found++;
	}
	if (file)
		fclose(file);
	return found;
}

/* How many there were. */
static size_t visit(struct orphans *o, bool end)
{
	DIR *threads = opendir("/proc/self/task");
	const struct dirent *thread;
	size_t found = 0;

	while (threads && (thread = readdir(threads)))
		if (thread->d_name[0] != '.')
			found += visit_thread(o, thread->d_name, end);
	if (threads)
		closedir(threads);
	return found;
}

/* One that ends leaves its own children to us. */
static void end_all(struct orphans *o)
{
	for (int i = 0; i < ROUNDS && visit(o, true); i++)
		;
}

static void orphans_on_ended(struct ev_loop *loop, ev_signal *w, int revents)
{
	(void)loop;
	(void)revents;
	visit(w->data, false);
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
	end_all(o);
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
		end_all(o);
}
