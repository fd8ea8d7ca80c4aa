/* Supervisor: a command from start to end, and a process that is killed and replaced. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/program.h"
#include "peer.h"
#include "process.h"

#define PATIENCE_NS 20000000000LL

struct supervisor {
	struct peer peer;
	char *ctl;    /* a program; owned */
	char *config; /* its file; owned */
	pid_t pid;    /* 0: not started */
	FILE *starts; /* a pipe into which each start of the process writes its pid */
	pid_t worker; /* its pid */
};

/* The process is the bare worker, as that one ends with supervisord, whatever ends it. */
static int write_config(const char *path, const char *starts, struct error *err)
{
	const char *directory = process_directory();
	cleanup_free char *worker = program_find("worker", NULL, NULL);
	FILE *file;

	if (!worker)
		return error_set(err, ERR_INTERNAL, "worker is not beside bench");
	file = fopen(path, "we");
	if (!file)
		return error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno));
	fprintf(file,
	        "[supervisord]\nnodaemon=true\nlogfile=%s/supervisord.log\n"
	        "pidfile=%s/supervisord.pid\n"
	        "[unix_http_server]\nfile=%s/supervisord.sock\n"
	        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = "
	        "supervisor.rpcinterface:make_main_rpcinterface\n"
	        "[supervisorctl]\nserverurl=unix://%s/supervisord.sock\n"
	        "[program:worker]\ncommand=/bin/sh -c \"echo $$ >%s; exec %s ipc://%s/nobody\"\n"
	        "autorestart=true\nstartsecs=0\n",
	        directory, directory, directory, directory, starts, worker, directory);
	return fclose(file) ? error_set(err, ERR_INTERNAL, "%s: %s", path, strerror(errno)) : 0;
}

/* Waits for the next start of the process. */
static int await_start(struct supervisor *s, struct error *err)
{
	struct pollfd wait = {.fd = fileno(s->starts), .events = POLLIN};
	long long until = process_clock() + PATIENCE_NS;
	char line[32];

	while (poll(&wait, 1, 200) <= 0)
		if (process_stopped() || process_ended(s->pid) || process_clock() > until)
			return error_set(err, ERR_INTERNAL, "supervisord starts nothing");
	if (!fgets(line, sizeof line, s->starts))
		return error_set(err, ERR_INTERNAL, "supervisord's process says nothing");
	s->worker = (pid_t)strtol(line, NULL, 10);
	return 0;
}

static int start(struct supervisor *s, struct error *err)
{
	cleanup_free char *program = peer_find("supervisord");
	cleanup_free char *starts = mem_format("%s/starts", process_directory());
	int fd = -1;

	s->ctl = peer_find("supervisorctl");
	if (!program || !s->ctl)
		return error_set(err, ERR_INTERNAL, "supervisord is gone");
	s->config = mem_format("%s/supervisord.conf", process_directory());
	/* Open for both, so that it never ends. */
	if (mkfifo(starts, 0600) == 0)
		fd = open(starts, O_RDWR | O_CLOEXEC);
	s->starts = fd < 0 ? NULL : fdopen(fd, "r+");
	if (!s->starts)
		return error_set(err, ERR_INTERNAL, "%s: %s", starts, strerror(errno));
	/* A line at a time, so that poll(2) tells of what was not read. */
	setvbuf(s->starts, NULL, _IONBF, 0);
	char *argv[] = {program, "-c", s->config, NULL};
	if (write_config(s->config, starts, err) || process_start(argv, &s->pid, err))
		return -1;
	return await_start(s, err);
}

static int supervisor_open(void *stage, bool floor_only, struct error *err)
{
	struct supervisor *s = stage;

	peer_init(&s->peer);
	if (start(s, err))
		return -1;
	return floor_only ? 0 : peer_open(&s->peer, err);
}

static void supervisor_close(void *stage)
{
	struct supervisor *s = stage;

	peer_close(&s->peer);
	if (s->pid > 0)
		process_end(s->pid);
	if (s->starts)
		fclose(s->starts);
	free(s->ctl);
	free(s->config);
}

static int supervisor_once(void *stage, const struct row *row, struct samples *samples,
                           struct error *err)
{
	struct supervisor *s = stage;
	char *argv[] = {s->ctl, "-c", s->config, "status", "worker", NULL};

	for (size_t i = 0; i < row->batch; i++) {
		struct process_cost cost;

		if (process_run(argv, -1, -1, &cost, err))
			return -1;
		samples_add(samples, cost.us);
	}
	return 0;
}

static int supervisor_replace(void *stage, const struct row *row, struct samples *samples,
                              struct error *err)
{
	struct supervisor *s = stage;

	for (size_t i = 0; i < row->batch; i++) {
		long long began = process_clock();

		kill(s->worker, SIGKILL);
		if (await_start(s, err))
			return -1;
		samples_add(samples, (double)(process_clock() - began) / 1e6);
	}
	return 0;
}

static const struct row rows[] = {
    {"beside supervisor: a command, whole process", UNIT_US, peer_once, supervisor_once, .full = 10,
     .warm = 1, .batch = 2},
    {"beside supervisor: kill -9 to replaced", UNIT_MS, peer_replace, supervisor_replace, .full = 8,
     .batch = 1},
};

static const char *const needs[] = {"supervisord", "supervisorctl", NULL};

const struct stage stage_supervisor = {
    .beside = "supervisor",
    .needs = needs,
    .size = sizeof(struct supervisor),
    .open = supervisor_open,
    .close = supervisor_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
