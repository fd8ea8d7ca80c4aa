/*
 * Erlang: a call from one node to a supervised process of another, which owns an OS process that
 * answers. peer_node.erl is its side, and takes its own times.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "peer.h"
#include "process.h"

struct erlang {
	struct peer peer;
	char *erl;    /* a program; owned */
	char *port;   /* where the node that serves listens; owned */
	pid_t server; /* 0: not started */
	pid_t client;
	struct talk talk; /* to the client */
};

static int compile(struct error *err)
{
	cleanup_free char *erlc = peer_find("erlc");
	char source[] = BENCH_SOURCES "/peer_node.erl";
	cleanup_free char *directory = mem_string(process_directory());
	char *argv[] = {erlc, "-o", directory, source, NULL};
	struct process_cost cost;

	if (!erlc)
		return error_set(err, ERR_INTERNAL, "erlc is gone");
	return process_run(argv, -1, -1, &cost, err);
}

/* Starts a node, which runs that function of peer_node.erl. Erlang's port mapper is not started, as
 * the port is known. `listen`: the node accepts connections. */
static int start_node(struct erlang *erlang, const char *name, const char *listen,
                      const char *function, const char *argument, pid_t *pid, struct error *err)
{
	const char *argv[] = {erlang->erl,
	                      "-noshell",
	                      "-noinput",
	                      "-env",
	                      "ERL_CRASH_DUMP_SECONDS",
	                      "0",
	                      "-name",
	                      name,
	                      "-setcookie",
	                      "dtree",
	                      "-start_epmd",
	                      "false",
	                      "-erl_epmd_port",
	                      erlang->port,
	                      "-dist_listen",
	                      listen,
	                      "-kernel",
	                      "logger_level",
	                      "none",
	                      "-pa",
	                      process_directory(),
	                      "-s",
	                      "peer_node",
	                      function,
	                      argument,
	                      NULL};

	/* execv(3) changes no argument; its prototype lacks const for historical reasons. */
	return process_start((char *const *)(uintptr_t)argv, pid, err);
}

static int start(struct erlang *erlang, struct error *err)
{
	cleanup_free char *path = mem_format("%s/erlang.sock", process_directory());
	uint16_t port;
	int fd;

	erlang->erl = peer_find("erl");
	if (!erlang->erl)
		return error_set(err, ERR_INTERNAL, "erl is gone");
	if (compile(err) || peer_port(&port, err))
		return -1;
	erlang->port = mem_format("%u", port);
	if (start_node(erlang, "dtree_peer_server@127.0.0.1", "true", "serve", NULL,
	               &erlang->server, err) ||
	    start_node(erlang, "dtree_peer_client@127.0.0.1", "false", "client", path,
	               &erlang->client, err))
		return -1;
	fd = peer_connect_path(path, erlang->client, err);
	if (fd < 0)
		return -1;
	erlang->talk = (struct talk){.fd = fd, .lines.max = 4096};
	return 0;
}

static int erlang_open(void *stage, bool floor_only, struct error *err)
{
	struct erlang *erlang = stage;

	erlang->talk.fd = -1;
	peer_init(&erlang->peer);
	if (start(erlang, err))
		return -1;
	return floor_only ? 0 : peer_open(&erlang->peer, err);
}

static void erlang_close(void *stage)
{
	struct erlang *erlang = stage;

	peer_close(&erlang->peer);
	talk_close(&erlang->talk);
	if (erlang->client > 0)
		process_end(erlang->client);
	if (erlang->server > 0)
		process_end(erlang->server);
	free(erlang->erl);
	free(erlang->port);
}

static int order(struct erlang *erlang, const char *line, struct error *err)
{
	return talk_write(erlang->talk.fd, line, strlen(line), err);
}

static int read_number(struct erlang *erlang, long long *number, struct error *err)
{
	size_t n;
	char *line;

	if (talk_line(&erlang->talk, &line, &n, err))
		return -1;
	cleanup_free char *text = mem_copy(line, n);
	*number = strtoll(text, NULL, 10);
	return *number > 0 ? 0 : error_set(err, ERR_INTERNAL, "erlang said '%s'", text);
}

static int erlang_trip(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	cleanup_free char *line = mem_format("trip %zu\n", row->batch);

	if (order(stage, line, err))
		return -1;
	for (size_t i = 0; i < row->batch; i++) {
		long long ns;

		if (read_number(stage, &ns, err))
			return -1;
		samples_add(s, (double)ns / 1e3);
	}
	return 0;
}

static int erlang_rate(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	cleanup_free char *line = mem_format("rate %d %zu\n", PEER_FLOOD, row->window);

	for (size_t i = 0; i < row->batch; i++) {
		long long ns;

		if (order(stage, line, err) || read_number(stage, &ns, err))
			return -1;
		samples_add(s, PEER_FLOOD * 1e9 / (double)ns);
	}
	return 0;
}

static int erlang_replace(void *stage, const struct row *row, struct samples *s, struct error *err)
{
	for (size_t i = 0; i < row->batch; i++) {
		cleanup_free char *line = NULL;
		long long pid;
		long long up;
		long long began;

		if (order(stage, "pid\n", err) || read_number(stage, &pid, err))
			return -1;
		line = mem_format("up %lld\n", pid);
		began = process_clock();
		kill((pid_t)pid, SIGKILL);
		if (order(stage, line, err) || read_number(stage, &up, err))
			return -1;
		samples_add(s, (double)(process_clock() - began) / 1e6);
	}
	return 0;
}

static const struct row rows[] = {
    {"beside erlang: exec, a call", UNIT_US, peer_trip, erlang_trip, .full = 50, .warm = 2,
     .batch = 20},
    {"beside erlang: the same, 64 under way", UNIT_RATE, peer_rate, erlang_rate, .full = 20,
     .warm = 1, .batch = 1, .window = 64},
    {"beside erlang: kill -9 to replaced", UNIT_MS, peer_replace, erlang_replace, .full = 20,
     .warm = 1, .batch = 3},
};

static const char *const needs[] = {"erl", "erlc", NULL};

const struct stage stage_erlang = {
    .beside = "erlang",
    .needs = needs,
    .size = sizeof(struct erlang),
    .open = erlang_open,
    .close = erlang_close,
    .rows = rows,
    .row_count = ARRAY_SIZE(rows),
};
