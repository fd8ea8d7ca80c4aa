/*
 * dtree-worker: one node of the tree. Started by dtreed only, never by hand; it has no
 * configuration of its own. It outlives the dtreed that started it by --orphan-timeout, in which
 * another dtreed may adopt it; with 0 it dies with that dtreed.
 *
 * Until dtreed has recorded this process, no dtreed could adopt it. So it waits at a start barrier,
 * its standard input, before it joins: a byte lets it go on, the end of the file ends it, and if
 * dtreed dies before, the kernel kills it.
 *
 * With --judge-library it is no node either, but opens a library of services (worker/library.h).
 *
 * With --fork-server it is no node, but makes the processes of nodes: main() continues in each of
 * them as if it had just been started, with other arguments.
 *
 * Owners: main owns the loop and the relay; the loop's watchers belong to the relay, which owns
 * both sides of the node's links and the reply cache, which owns the runner with the service
 * thread.
 */
#include <errno.h>
#include <ev.h>
#include <fcntl.h>
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
#include "service/service.h"
#include "wire/worker_options.h"
#include "worker/forkserver.h"
#include "worker/library.h"
#include "worker/log_retry.h"
#include "worker/relay.h"
#include "worker/service_source.h"

/* More than the largest message. */
#define MEMORY_RESERVE ((size_t)512 * 1024)

/* What is declared: a program, or what a library has. While that is opened anything may happen. */
static int configure_declared(const struct worker_options *o, struct relay_config *config,
                              struct error *err)
{
	char *runs = NULL;

	config->source = (struct service_source){
	    .name = o->service, .file = o->service_file, .ring_path = o->log_ring};
	if (service_source_read(&config->source, &config->work, &runs, err) < 0)
		return -1;
	service_source_taken(&config->source, runs);
	return 0;
}

/* Fills the relay's configuration from the options: 0, or -1 where they name something that does
 * not exist. */
static int configure(const struct worker_options *o, struct relay_config *config, struct error *err)
{
	*config = (struct relay_config){
	    .id = (int)o->node,
	    .incarnation = (uint32_t)o->incarnation,
	    .controller_epoch = (uint64_t)o->epoch,
	    .listen = o->listen,
	    .controller = o->controller,
	    .link_key = o->link_key,
	    .work.service = service_find(o->service),
	    .work.group = o->control_group,
	    .work.credentials = o->credentials,
	    .state_dir = o->state,
	    .dtreed = (pid_t)o->supervisor,
	    .lives = -1,
	    .orphan_timeout = o->orphan_timeout_ms,
	};
	if (durability_find(o->durability, &config->durability))
		return choice_refuse("durability", o->durability, durability_at, err);
	if (o->service_file)
		return configure_declared(o, config, err);
	if (!config->work.service)
		return choice_refuse("service", o->service, service_name_at, err);
	return 0;
}

/* Why it ends: dtreed's to tell, or a line of the log. */
static void tell_failure(const struct error *err)
{
	if (!log_socket_word("%s", err->text))
		log_error("start", "%s", err->text);
}

/* Makes the kernel kill this process when dtreed dies, and checks that dtreed has not died
 * before. */
static void follow_dtreed(pid_t dtreed)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != dtreed)
		_exit(EXIT_FAILURE);
}

/* Waits at the start barrier. 0: it may join. Then standard input is empty, and with an orphan
 * timeout the process outlives dtreed. */
static int pass_start_barrier(int64_t orphan_timeout, struct error *err)
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

/* dtreed sends it when the socket's file is gone. After the hang-up of a terminal it does no
 * harm. */
static void on_hangup(struct ev_loop *loop, ev_signal *hangup, int revents)
{
	(void)loop;
	(void)revents;
	relay_renew(hangup->data);
}

/* The process holds the place of its incarnation as long as it lives, so that dtreed can find it.
 * Nothing else in this process may open that file, as closing it would free the place
 * (base/lock.h). */
static int take_place(struct relay_config *config, const char *lives, struct error *err)
{
	config->lives = open(lives, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (config->lives < 0 || lock_take(config->lives, config->incarnation))
		return error_set(err, ERR_INTERNAL, "cannot take place %u of %s: %s",
		                 config->incarnation, lives, strerror(errno));
	return 0;
}

static int live(struct ev_loop *loop, const struct worker_options *options,
                struct relay_config *config, struct error *err)
{
	struct relay *relay = NULL;
	struct log_retry *retry;
	ev_signal hangup;
	int rc;

	if (take_place(config, options->lives, err) == 0)
		relay = relay_new(loop, config, err);
	if (!relay)
		return -1;
	retry = log_retry_new(loop);
	ev_signal_init(&hangup, on_hangup, SIGHUP);
	hangup.data = relay;
	ev_signal_start(loop, &hangup);
	rc = pass_start_barrier(config->orphan_timeout, err);
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
	struct worker_options options;
	struct relay_config config;
	struct error err;
	struct ev_loop *loop;
	int rc;

	inherit_reset(INHERIT_WORKER);
	log_open("dtree-worker", LOG_LEVEL_INFO);
	if (library_asked(argc, argv))
		library_judge(argv[2]);
	log_divert(NULL, true); /* it is dtreed that reads it */
	if (forkserver_asked(argc, argv))
		forkserver_serve(&argc, &argv);
	rc = worker_options_read(&options, argc, argv, &err);
	/* This is checked first: with another version no other option may have been understood. */
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
		log_warn("start", "%s", err.text);
	follow_dtreed((pid_t)options.supervisor);
	limits_raise(); /* a relay has a descriptor for each child */
	if (configure(&options, &config, &err)) {
		tell_failure(&err);
		return 2;
	}
	mem_reserve(MEMORY_RESERVE);
	ev_set_allocator(mem_for_loop);
	loop = ev_loop_new(EVFLAG_AUTO);
	if (!loop) {
		log_error("start", "no event loop");
		return EXIT_FAILURE;
	}
	rc = live(loop, &options, &config, &err);
	if (rc)
		tell_failure(&err);
	ev_loop_destroy(loop);
	return rc ? EXIT_FAILURE : EXIT_SUCCESS;
}
