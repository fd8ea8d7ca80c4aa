/*
 * dtree-worker: one node of the tree. Started by dtreed only, never by hand; it has no
 * configuration of its own. It lives exactly as long as the dtreed that started it.
 *
 * Owners: main owns the loop; the loop's watchers belong to the relay, which owns both sides of
 * the node's links and the runner, which owns the service thread.
 */
#include <ev.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "base/limits.h"
#include "base/log.h"
#include "base/parse.h"
#include "service/service.h"
#include "worker/relay.h"

struct options {
	struct relay_config relay;
	int64_t supervisor; /* the pid of dtreed */
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
	OPT_LOG,
};

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
    {"log", required_argument, NULL, OPT_LOG},
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
		o->relay.parent = value;
		return 0;
	case OPT_CONTROLLER:
		o->relay.controller = value;
		return 0;
	case OPT_SERVICE:
		o->relay.service = service_find(value);
		return o->relay.service ? 0 : error_set(err, ERR_PARAMS, "no service '%s'", value);
	case OPT_STATE:
		o->relay.state_dir = value;
		return 0;
	case OPT_DURABILITY:
		if (durability_find(value, &o->relay.durability))
			return error_set(err, ERR_PARAMS, "no durability '%s'", value);
		return 0;
	case OPT_SUPERVISOR:
		return parse_range(value, n, "supervisor", 1, INT32_MAX, &o->supervisor, err);
	case OPT_LOG:
		return parse_range(value, n, "log", LOG_LEVEL_ERROR, LOG_LEVEL_DEBUG, &o->log_level,
		                   err);
	default:
		return error_set(err, ERR_PARAMS, "is started by dtreed only");
	}
}

static int read_options(struct options *o, int argc, char **argv, struct error *err)
{
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		if (read_option(o, option, optarg ? optarg : "", err))
			return -1;
	if (optind < argc || !o->relay.incarnation || !o->relay.listen || !o->relay.parent ||
	    !o->relay.controller || !o->relay.service || !o->supervisor)
		return error_set(err, ERR_PARAMS, "is started by dtreed only");
	return 0;
}

/* Dies with dtreed: by the kernel's hand, and by a look whether that came too late. */
static void follow_supervisor(int64_t supervisor)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != (pid_t)supervisor)
		_exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	struct options options = {.log_level = LOG_LEVEL_INFO};
	struct error err;
	struct ev_loop *loop;

	log_open("dtree-worker", LOG_LEVEL_INFO);
	if (read_options(&options, argc, argv, &err)) {
		log_error("start", "%s", err.text);
		return 2;
	}
	log_open("dtree-worker", (enum log_level)options.log_level);
	follow_supervisor(options.supervisor);
	limits_raise(); /* a relay has a descriptor for each child */
	/* Keys pressed in a terminal are for the shell and for dtreed, not for nodes. */
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	loop = ev_loop_new(EVFLAG_AUTO);
	if (!loop) {
		log_error("start", "no event loop");
		return EXIT_FAILURE;
	}
	if (!relay_new(loop, &options.relay, &err)) {
		log_error("start", "node %d: %s", options.relay.id, err.text);
		ev_loop_destroy(loop);
		return EXIT_FAILURE;
	}
	ev_run(loop, 0);
	return EXIT_SUCCESS;
}
