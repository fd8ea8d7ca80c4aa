/* Processes in a loop, and the reports of their ends. */
#ifndef CONTROLLER_PROCESS_TEST_PROCESS_FIXTURE_H
#define CONTROLLER_PROCESS_TEST_PROCESS_FIXTURE_H

#include <criterion/criterion.h>
#include <stdint.h>
#include <stdio.h>

#include "controller/process/process.h"

struct seen {
	int count;
	struct process_tag tag;
	char cause[64];
};

static inline void on_exit_seen(void *arg, const struct process_tag *tag, const char *cause)
{
	struct seen *seen = arg;

	seen->count++;
	seen->tag = *tag;
	snprintf(seen->cause, sizeof seen->cause, "%s", cause);
}

static struct ev_loop *loop;
static struct processes *all;
static struct seen seen;

static inline void set_up(void)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	all = processes_new(loop, NULL, on_exit_seen, &seen);
}

static inline void tear_down(void)
{
	processes_free(all, 60000);
	ev_loop_destroy(loop);
}

static const struct process_tag tag = {.node = 7, .incarnation = 3};

static inline struct process *start(const char *script)
{
	char *argv[] = {"/bin/sh", "-c", (char *)(uintptr_t)script, NULL};
	struct error err;
	struct process *p = process_start(all, NULL, argv, "/nonexistent/socket", &tag, &err);

	cr_assert(p, "%s", err.text);
	return p;
}

static inline void await(int count)
{
	while (seen.count < count)
		ev_run(loop, EVRUN_ONCE);
}

#endif
