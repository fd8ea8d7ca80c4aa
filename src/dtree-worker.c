/*
 * dtree-worker: one node of the tree. Started by dtreed only, never by hand; it has no
 * configuration of its own. It outlives the dtreed that started it by --orphan-timeout, in which
 * another dtreed may adopt it; with 0 it dies with it.
 *
 * Until dtreed has written down that there is this process, nobody could adopt it. So it stands at
 * a gate, its standard input, ready to join but unknown to all: a byte there lets it in, the end of
 * the file turns it away, and if dtreed dies before, the kernel kills it.
 *
 * With --fork-server it is no node, but makes the processes that are: main() goes on in each of
 * them as if it had just been started, with other arguments.
 *
 * Owners: main owns the loop and the relay; the loop's watchers belong to the relay, which owns
 * both sides of the node's links and the ledger, which owns the runner with the service thread.
 */
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/choice.h"
#include "base/inherit.h"
#include "base/limits.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/log_socket.h"
#include "base/mem.h"
#include "base/parse.h"
#include "service/service.h"
#include "worker/forkserver.h"
#include "worker/log_retry.h"
#include "worker/relay.h"

struct options {
	struct relay_config relay;
	const char *parent; /* its endpoint */
	const char *log_socket;
	int64_t protocol;  /* that dtreed speaks with nodes */
	const char *lives; /* the file of places */
	int64_t log_level;
};

enum {
	OPT_NODE,
	OPT_INCARNATION,
	OPT_LISTEN,
	OPT_PARENT,
	OPT_CONTROLLER,
	OPT_SERVICE,
	OPT_STATE,
	OPT_DURABILITY,
	OPT_SUPERVISOR,
	OPT_ORPHAN_TIMEOUT,
	OPT_EPOCH,
	OPT_LOG,
	OPT_LOG_SOCKET,
	OPT_PROTOCOL,
	OPT_LIVES,
};

/* More than the largest message. It is not touched. */
#define MEMORY_RESERVE     ((size_t)512 * 1024)
#define ORPHAN_TIMEOUT_MAX ((int64_t)24 * 3600 * 1000)

static const struct option long_options[] = {
    {"node", required_argument, NULL, OPT_NODE},
    {"incarnation", required_argument, NULL, OPT_INCARNATION},
    {"listen", required_argument, NULL, OPT_LISTEN},
    {"parent", required_argument, NULL, OPT_PARENT},
    {"controller", required_argument, NULL, OPT_CONTROLLER},
    {"service", required_argument, NULL, OPT_SERVICE},
    {"state", required_argument, NULL, OPT_STATE},
    {"durability", required_argument, NULL, OPT_DURABILITY},
    {"supervisor", required_argument, NULL, OPT_SUPERVISOR},
    {"orphan-timeout", required_argument, NULL, OPT_ORPHAN_TIMEOUT},
    {"epoch", required_argument, NULL, OPT_EPOCH},
    {"log", required_argument, NULL, OPT_LOG},
    {"log-socket", required_argument, NULL, OPT_LOG_SOCKET},
    {"protocol", required_argument, NULL, OPT_PROTOCOL},
    {"lives", required_argument, NULL, OPT_LIVES},
    {NULL, 0, NULL, 0},
};

static int read_option(struct options *o, int option, const char *value, struct error *err)
{
	size_t n = strlen(value);
	int64_t number = 0;

	switch (option) {
	case OPT_NODE:
		return parse_id(value, n, "node", &o->relay.id, err);
	case OPT_INCARNATION:
		if (parse_range(value, n, "incarnation", 1, UINT32_MAX, &number, err))
			return -1;
		o->relay.incarnation = (uint32_t)number;
		return 0;
	case OPT_LISTEN:
		o->relay.listen = value;
		return 0;
	case OPT_PARENT:
		o->parent = value;
		return 0;
	case OPT_CONTROLLER:
		o->relay.controller = value;
		return 0;
	case OPT_SERVICE:
		o->relay.service = service_find(value);
		return o->relay.service ? 0 : choice_refuse("service", value, service_name_at, err);
	case OPT_STATE:
		o->relay.state_dir = value;
		return 0;
	case OPT_DURABILITY:
		if (durability_find(value, &o->relay.durability))
			return choice_refuse("durability", value, durability_at, err);
		return 0;
	case OPT_SUPERVISOR:
		if (parse_range(value, n, "supervisor", 1, INT32_MAX, &number, err))
			return -1;
		o->relay.supervisor = (pid_t)number;
		return 0;
	case OPT_ORPHAN_TIMEOUT:
		return parse_range(value, n, "orphan-timeout", 0, ORPHAN_TIMEOUT_MAX,
		                   &o->relay.orphan_timeout, err);
	case OPT_EPOCH:
		if (parse_range(value, n, "epoch", 1, (int64_t)RELAY_EPOCH_MAX, &number, err))
			return -1;
		o->relay.epoch = (uint64_t)number;
		return 0;
	case OPT_LOG:
		return parse_range(value, n, "log", LOG_LEVEL_ERROR, LOG_LEVEL_DEBUG, &o->log_level,
		                   err);
	case OPT_PROTOCOL:
		return parse_range(value, n, "protocol", 1, INT32_MAX, &o->protocol, err);
	case OPT_LOG_SOCKET:
		o->log_socket = value;
		return 0;
	case OPT_LIVES:
		o->lives = value;
		return 0;
	default:
		return error_set(err, ERR_PARAMS, "is started by dtreed only");
	}
}

static int read_options(struct options *o, int argc, char **argv, struct error *err)
{
	int option;

	opterr = 0;
	optind = 0; /* glibc: start anew */
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (read_option(o, option, optarg ? optarg : "", err))
			return -1;
	if (optind < argc || !o->relay.incarnation || !o->relay.listen || !o->parent ||
	    !o->relay.controller || !o->log_socket || !o->protocol || !o->lives ||
	    !o->relay.service || !o->relay.supervisor || !o->relay.epoch ||
	    o->relay.orphan_timeout < 0)
		return error_set(err, ERR_PARAMS, "is started by dtreed only");
	return 0;
}

/* Dies with dtreed: by the kernel's hand, and by a look whether that came too late. */
static void follow_supervisor(pid_t supervisor)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor)
		_exit(EXIT_FAILURE);
}

/* 0: let in. From then on standard input is empty, and dtreed may die if it has the time. */
static int pass_gate(int64_t orphan_timeout, struct error *err)
{
	cleanup_close int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	ssize_t got;
	char byte;

	do
		got = read(STDIN_FILENO, &byte, sizeof byte);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return error_set(err, ERR_INTERNAL, "cannot read standard input: %s",
		                 strerror(errno));
	if (got == 0)
		return error_set(err, ERR_INTERNAL, "was not let in");
	if (null < 0 || dup2(null, STDIN_FILENO) < 0)
		return error_set(err, ERR_INTERNAL, "cannot open /dev/null: %s", strerror(errno));
	if (orphan_timeout)
		prctl(PR_SET_PDEATHSIG, 0);
	return 0;
}

/* dtreed says that the socket's file is gone; or a terminal hangs up, which is no matter. */
static void on_hangup(struct ev_loop *loop, ev_signal *hangup, int revents)
{
	(void)loop;
	(void)revents;
	relay_renew(hangup->data);
}

/* As long as this process lives, it holds the place of its incarnation: so it is known that it
 * does. Nothing else here opens that file, or the place would be free (base/lock.h). */
static int take_place(struct options *o, struct error *err)
{
	o->relay.lives = open(o->lives, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (o->relay.lives < 0 || lock_take(o->relay.lives, o->relay.incarnation))
		return error_set(err, ERR_INTERNAL, "cannot take place %u of %s: %s",
		                 o->relay.incarnation, o->lives, strerror(errno));
	return 0;
}

static int live(struct ev_loop *loop, struct options *options, struct error *err)
{
	struct relay *relay = NULL;
	struct log_retry *retry;
	ev_signal hangup;
	int rc;

	if (take_place(options, err) == 0)
		relay = relay_new(loop, &options->relay, err);
	if (!relay)
		return -1;
	retry = log_retry_new(loop);
	ev_signal_init(&hangup, on_hangup, SIGHUP);
	hangup.data = relay;
	ev_signal_start(loop, &hangup);
	rc = pass_gate(options->relay.orphan_timeout, err);
	if (rc == 0)
		rc = relay_join(relay, options->parent, err);
	if (rc == 0)
		ev_run(loop, 0);
	ev_signal_stop(loop, &hangup);
	relay_free(relay);
	log_retry_free(retry);
	return rc;
}

int main(int argc, char **argv)
{
	struct options options = {.relay = {.orphan_timeout = -1, .lives = -1},
	                          .log_level = LOG_LEVEL_INFO};
	struct error err;
	struct ev_loop *loop;
	int rc;

	inherit_reset(INHERIT_WORKER);
	log_open("dtree-worker", LOG_LEVEL_INFO);
	log_divert(NULL, true); /* it is dtreed that reads it */
	if (forkserver_asked(argc, argv))
		forkserver_serve(&argc, &argv);
	rc = read_options(&options, argc, argv, &err);
	/* First: then nothing else may have been understood. */
	if (options.protocol && options.protocol != RELAY_PROTOCOL) {
		log_error(
		    "start",
		    "this program speaks version %d of the protocol between nodes, and dtreed "
		    "%lld: it was replaced, restart dtreed",
		    RELAY_PROTOCOL, (long long)options.protocol);
		return 2;
	}
	if (rc) {
		log_error("start", "%s", err.text);
		return 2;
	}
	log_open("dtree-worker", (enum log_level)options.log_level);
	if (log_socket_open(options.log_socket, &err))
		log_warn("start", "node %d: %s", options.relay.id, err.text);
	follow_supervisor(options.relay.supervisor);
	limits_raise(); /* a relay has a descriptor for each child */
	mem_reserve(MEMORY_RESERVE);
	ev_set_allocator(mem_for_loop);
	loop = ev_loop_new(EVFLAG_AUTO);
	if (!loop) {
		log_error("start", "no event loop");
		return EXIT_FAILURE;
	}
	rc = live(loop, &options, &err);
	if (rc)
		log_error("start", "node %d: %s", options.relay.id, err.text);
	ev_loop_destroy(loop);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
