/* Owns the list of programs. What is a child of this process and no program is an orphan. */
#include "program/orphans.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>

#include "base/descendants.h"
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

/* Nothing waits here: one that does not end, or may not be killed, is visited again at the next
 * SIGCHLD. */
static void visit_child(void *arg, pid_t pid)
{
	(void)arg;
	descendants_kill(pid);
	waitpid(pid, NULL, WNOHANG);
}

/* Those that have ended, which costs next to nothing: a program's own end is for subprocess.c, and
 * hides those behind it until then. */
static void orphans_reap(const struct orphans *o)
{
	siginfo_t info = {.si_pid = 0};

	while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid &&
	       !is_program(o, info.si_pid)) {
		waitpid(info.si_pid, NULL, WNOHANG);
		info.si_pid = 0;
	}
}

static bool orphans_any(void)
{
	siginfo_t info;

	return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
}

/* Without a program, whatever is left is to end. */
static void orphans_look(const struct orphans *o)
{
	if (o->count)
		orphans_reap(o);
	else if (orphans_any())
		descendants_visit(visit_child, NULL);
}

static void orphans_on_ended(struct ev_loop *loop, ev_signal *w, int revents)
{
	(void)loop;
	(void)revents;
	orphans_look(w->data);
}

struct orphans *orphans_new(struct ev_loop *loop)
{
	struct orphans *o = mem_new(sizeof *o);

	o->loop = loop;
	ev_signal_init(&o->ended, orphans_on_ended, SIGCHLD);
	o->ended.data = o;
	ev_signal_start(loop, &o->ended);
	descendants_adopt();
	return o;
}

void orphans_free(struct orphans *o)
{
	o->count = 0;
	orphans_look(o);
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
	orphans_look(o);
}
