/*
 * dtreed: the controller of one tree. Reads options, builds the parts, runs the loop, and takes the
 * parts down.
 *
 * Who owns what; each part is freed before the one above it:
 *
 *	main
 *	`-- config                the settings
 *	`-- loop
 *	    `-- signals           signals, the lifeline of a private tree
 *	`-- runtime               directories, the lock
 *	    `-- services          the files of declared services
 *	        `-- controller    the tree, worker processes, links, requests, events
 *	            `-- reloads       the nodes that are declared, the configuration read again
 *	            `-- manager       what the service manager is told
 *	            `-- lines         events in the log
 *	            `-- files         what is made anew where somebody removes it
 *	            `-- listen        the control socket's file
 *	                `-- control   its descriptor, the clients
 */
#include <errno.h>
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/inherit.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/log_fact.h"
#include "base/log_journal.h"
#include "base/log_queue.h"
#include "base/mem.h"
#include "base/program.h"
#include "control/socket.h"
#include "controller/controller.h"
#include "daemon/check_config.h"
#include "daemon/delegation.h"
#include "daemon/event_lines.h"
#include "daemon/groups.h"
#include "daemon/judge.h"
#include "daemon/judge_services.h"
#include "daemon/listen.h"
#include "daemon/mistakes.h"
#include "daemon/notify.h"
#include "daemon/own_files.h"
#include "daemon/reload.h"
#include "daemon/reload_queue.h"
#include "daemon/room.h"
#include "daemon/runtime.h"
#include "daemon/service_files.h"
#include "daemon/service_manager.h"
#include "daemon/setting.h"
#include "daemon/signals.h"
#include "daemon/slow_traces.h"

#define EXIT_USAGE    2
#define EXIT_GIVEN_UP 3
/* More than a line of a client, or than anything else but results. */
#define MEMORY_RESERVE ((size_t)2 * 1024 * 1024)
/* What an end may take beside the two graces, on a busy machine. */
#define END_MS 10000
/* How long the end waits for the reader of standard error. */
#define LAST_LINES_MS 500

struct dtreed {
	struct config config;
	struct reload_source source; /* of the config */
	struct runtime *runtime;
	struct service_files *services;
	char *control_group; /* that is divided among programs; NULL: there is none */
	char *groups;        /* the path of a program's, up to a number; the same */
	struct ev_loop *loop;
	struct daemon_signals *signals;
	int passed;           /* a socket to listen at, until it is handed on; or -1 */
	struct spool *traces; /* of slow requests; NULL: none are kept in files */
	struct controller *controller;
	struct event_lines *lines;
	struct reload_queue *reloads;    /* NULL: not yet */
	struct service_manager *manager; /* NULL: not yet, or the tree is private */
	struct listen *listen;
	struct control *control;
	struct own_files *files;
	bool ends; /* the tree is ending */
	int status;
};

static void dtreed_on_ended(void *arg)
{
	struct dtreed *d = arg;

	ev_break(d->loop, EVBREAK_ALL);
}

/* Ends in order; a second call ends at once. */
static void dtreed_end(struct dtreed *d, const char *why)
{
	log_fact(LOG_LEVEL_INFO, FACT_CONTROLLER_STOPPING, NULL, "end", "%s", why);
	if (d->ends) {
		dtreed_on_ended(d);
		return;
	}
	d->ends = true;
	/* Files that are removed from now on must not be made again. */
	own_files_free(d->files);
	d->files = NULL;
	reload_queue_end(d->reloads);
	service_manager_ending(d->manager, 2 * d->config.stop_grace + END_MS);
	controller_end(d->controller, dtreed_on_ended, d);
}

static void on_ending(void *arg, const char *why)
{
	dtreed_end(arg, why);
}

static void dtreed_on_given_up(void *arg, const char *why)
{
	struct dtreed *d = arg;

	/* One that ends already is not ended at once by this. */
	if (d->ends)
		return;
	d->status = EXIT_GIVEN_UP;
	dtreed_end(d, why);
}

static void on_shutdown(void *arg)
{
	dtreed_end(arg, "a client asked for it");
}

static int make_groups(struct dtreed *d, struct error *err)
{
	if (delegation_find(d->config.control_group, &d->control_group, err) ||
	    (d->control_group && delegation_take(d->control_group, &d->config.services, err)))
		return -1;
	if (d->control_group)
		d->groups = delegation_prefix(d->control_group, runtime_state(d->runtime));
	delegation_warn(d->control_group, true, &d->config.services);
	return 0;
}

static int make_controller(struct dtreed *d, struct error *err)
{
	struct controller_config config = {
	    .services = service_files_list(d->services),
	    .service_count = d->config.services.count,
	    .services_dir = service_files_dir(d->services),
	    .groups = d->groups,
	    .credentials_dir = runtime_credentials(d->runtime),
	    .runtime_dir = runtime_links(d->runtime),
	    .logs_dir = runtime_logs(d->runtime),
	    .state_dir = runtime_state(d->runtime),
	    .lives_path = runtime_lives(d->runtime),
	    .lives = runtime_lives_fd(d->runtime),
	    .fork_workers = !d->source.worker_named,
	    .slow_traces = d->traces,
	};

	reconfigure_fill(&d->config, &config);
	d->controller = controller_new(d->loop, &config, err);
	if (!d->controller)
		return -1;
	d->lines = event_lines_new(d->controller);
	controller_when_given_up(d->controller, dtreed_on_given_up, d);
	return 0;
}

static void dtreed_on_reload(void *arg, uint64_t question, const struct reload_request *request)
{
	struct dtreed *d = arg;

	reload_queue_ask(d->reloads, question, request);
}

static int make_control(struct dtreed *d, struct error *err)
{
	struct control_config config = {
	    .line_max = (size_t)d->config.max_line,
	    .clients_max = (size_t)d->config.max_clients,
	    .audits = !d->config.private_tree,
	    .shutdown = on_shutdown,
	    .reload = dtreed_on_reload,
	    .arg = d,
	};

	if (groups_of(&d->config, &config.groups, err))
		return -1;
	d->listen = listen_new(d->config.socket, d->passed, groups_mode(&config.groups),
	                       runtime_former(d->runtime), err);
	d->passed = -1;
	if (!d->listen)
		return -1;
	config.listen_fd = listen_take(d->listen);
	d->control = control_new(d->loop, d->controller, &config, err);
	return d->control ? 0 : -1;
}

static void watch_files(struct dtreed *d)
{
	const struct own_files_config config = {
	    .runtime = d->runtime,
	    .services = d->services,
	    .has_services = d->config.services.count != 0,
	    .controller = d->controller,
	    .listen = d->listen,
	    .control = d->control,
	    .socket = d->config.socket,
	};

	d->files = own_files_new(d->loop, &config);
}

static void dtreed_on_hangup(void *arg)
{
	struct dtreed *d = arg;

	own_files_look(d->files);
	reload_queue_ask(d->reloads, 0, &(struct reload_request){0});
}

/* There may be services, and their directory, where there were none. */
static void dtreed_on_changed(void *arg)
{
	struct dtreed *d = arg;

	own_files_free(d->files);
	watch_files(d);
	own_files_look(d->files);
}

static void start_reloads(struct dtreed *d)
{
	const struct reload_queue_config config = {
	    .target = {.source = &d->source,
	               .running = &d->config,
	               .control_group = d->control_group,
	               .parts = {.controller = d->controller,
	                         .control = d->control,
	                         .files = d->services}},
	    .manager = d->manager,
	    .changed = dtreed_on_changed,
	    .arg = d,
	};

	d->reloads = reload_queue_new(d->loop, &config);
}

/* take_down() follows, whether it succeeds or not. */
static int dtreed_build(struct dtreed *d, struct error *err)
{
	const struct runtime_config directories = {
	    .runtime_dir = d->config.runtime_dir,
	    .state_dir = d->config.state_dir,
	    .remove = d->config.private_tree,
	};
	bool in_journal = log_to_journal();

	/* What was opened before is closed by it. */
	if (notify_open(d->config.private_tree, &d->passed, err))
		return -1;
	if (in_journal)
		log_journal_open("dtreed", LOG_JOURNAL_PATH);
	/* The loop, which sends them, does not turn yet. */
	notify_alive();
	if (judge_worker(d->config.worker, err))
		return -1;
	/* It is not the default loop: that one reaps every child, and the controller waits by
	 * pidfd. */
	d->loop = ev_loop_new(EVFLAG_AUTO);
	if (!d->loop)
		return error_set(err, ERR_INTERNAL, "there is no event loop to be had");
	d->signals =
	    daemon_signals_new(d->loop, d->config.private_tree ? (int)d->config.lifeline : -1,
	                       on_ending, dtreed_on_hangup, d, err);
	if (!d->signals)
		return -1;
	d->runtime = runtime_new(&directories, err);
	if (d->runtime)
		d->services = service_files_new(runtime_dir(d->runtime), &d->config.services, err);
	if (!d->services || make_groups(d, err) || slow_traces_open(&d->config, &d->traces, err) ||
	    make_controller(d, err))
		return -1;
	service_files_tidy(d->services, d->controller);
	daemon_signals_watch(d->signals);
	if (make_control(d, err))
		return -1;
	watch_files(d);
	return 0;
}

/* Nodes that the configuration asks for, and that were not tried yet. */
static size_t dtreed_left(void *arg)
{
	return reload_queue_left(((const struct dtreed *)arg)->reloads);
}

static void dtreed_run(struct dtreed *d)
{
	room_log(d->controller, &d->config);
	daemon_signals_announce(d->signals);
	if (!d->config.private_tree)
		d->manager =
		    service_manager_new(d->loop, d->controller, d->config.socket, dtreed_left, d);
	start_reloads(d);
	ev_run(d->loop, 0);
}

static void take_down(struct dtreed *d)
{
	notify_alive();
	own_files_free(d->files);
	if (d->control)
		control_free(d->control);
	listen_free(d->listen);
	reload_queue_free(d->reloads);
	service_manager_free(d->manager);
	event_lines_free(d->lines);
	mem_cleanup_close(&d->passed);
	if (d->controller)
		controller_free(d->controller);
	slow_traces_close(d->traces);
	service_files_free(d->services, d->ends);
	free(d->groups);
	free(d->control_group);
	runtime_free(d->runtime);
	daemon_signals_free(d->signals);
	if (d->loop)
		ev_loop_destroy(d->loop);
}

static int dtreed_serve(struct dtreed *d)
{
	struct error err;
	enum log_level level = LOG_LEVEL_INFO;

	log_level_parse(d->config.log_level, &level);
	log_open("dtreed", level);
	limits_raise();
	mem_keep();
	mem_reserve(MEMORY_RESERVE);
	judge_services_warn(&d->config.services);
	ev_set_allocator(mem_for_loop);
	if (dtreed_build(d, &err) == 0) {
		dtreed_run(d);
	} else {
		log_error("start", "%s", err.text);
		d->status = err.code == ERR_PARAMS ? EXIT_USAGE : EXIT_FAILURE;
	}
	take_down(d);
	notify_close();
	return d->status;
}

static int dtreed_obey(struct dtreed *d, const struct mistakes *found)
{
	/* All of them, so that a user need not correct one to see the next. */
	if (found->count) {
		mistakes_tell(found);
		return found->passing ? EXIT_FAILURE : EXIT_USAGE;
	}
	if (d->config.help)
		config_help(stdout);
	else if (d->config.version)
		puts("dtreed " PACKAGE_VERSION);
	else if (d->config.check_config)
		check_config_print(&d->source, &d->config);
	else
		return dtreed_serve(d);
	return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	struct dtreed d = {.passed = -1, .source = {.argc = argc, .argv = argv}};
	struct mistakes found = {0};
	struct confinement confinement = {.unit = NULL};
	struct error err;
	int status;

	inherit_reset(INHERIT_DAEMON);
	program_streams();
	log_open("dtreed", LOG_LEVEL_INFO);
	if (log_queue_start(&err))
		log_warn("start", "%s", err.text);
	if (check_config_assume(&d.source, &confinement, &found) == 0)
		reload_read(&d.source, &d.config, &found);
	status = dtreed_obey(&d, &found);
	config_free(&d.config);
	confinement_free(&confinement);
	mistakes_free(&found);
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "dtreed: standard output: %s\n", strerror(errno));
		status = EXIT_FAILURE;
	}
	log_queue_stop(LAST_LINES_MS);
	return status;
}
