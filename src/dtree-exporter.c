/*
 * dtree-exporter: metrics of a tree, and a page that shows it, over HTTP. A client of dtreed like
 * any other, which changes nothing.
 *
 * Who owns what; each part is freed before the one above it:
 *
 *	main
 *	`-- loop
 *	    `-- otlp              traces on their way to a collector
 *	    `-- source            the connection to dtreed
 *	        `-- gather        what dtreed counts, in pieces
 *	            `-- scrapes   answers to Prometheus that wait for that
 *	            `-- asks      answers to pages that wait for dtreed
 *	            `-- live      open pages
 *	            `-- kept      slow requests that become traces
 *	            `-- server    HTTP
 */
#include <ev.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/inherit.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/program.h"
#include "exporter/address.h"
#include "exporter/ask.h"
#include "exporter/files.h"
#include "exporter/gather.h"
#include "exporter/kept.h"
#include "exporter/live.h"
#include "exporter/options.h"
#include "exporter/otlp.h"
#include "exporter/scrape.h"
#include "exporter/server.h"
#include "exporter/source.h"

#define EXIT_USAGE 2

struct exporter {
	struct ev_loop *loop;
	struct source *source;
	struct gather *gather;
	struct scrapes scrapes;
	struct asks asks;
	struct live *live;
	struct otlp *otlp; /* NULL: traces are not sent */
	struct kept *kept; /* the same */
	struct server *server;
	ev_signal signals[3];
};

static void exporter_on_changed(void *arg, bool up)
{
	struct exporter *x = arg;

	if (up)
		kept_look(x->kept);
}

static void exporter_on_event(void *arg, const struct dtree_reply *reply)
{
	struct exporter *x = arg;
	const char *type = dtree_value_string(dtree_reply_result(reply), "type", NULL);

	live_event(x->live, reply);
	if (type && strcmp(type, "slow_request") == 0)
		kept_look(x->kept);
}

static void serve_metrics(void *arg, struct exchange *e)
{
	struct exporter *x = arg;

	scrape_serve(&x->scrapes, e);
}

static void gone_metrics(void *arg, struct exchange *e)
{
	struct exporter *x = arg;

	scrape_gone(&x->scrapes, e);
}

static void serve_stream(void *arg, struct exchange *e)
{
	struct exporter *x = arg;

	live_serve(x->live, e);
}

static void gone_stream(void *arg, struct exchange *e)
{
	struct exporter *x = arg;

	live_gone(x->live, e);
}

static void serve_log(void *arg, struct exchange *e)
{
	struct exporter *x = arg;

	ask_log(&x->asks, e);
}

static void serve_slow(void *arg, struct exchange *e)
{
	struct exporter *x = arg;

	ask_slow(&x->asks, e);
}

static void gone_ask(void *arg, struct exchange *e)
{
	struct exporter *x = arg;

	ask_gone(&x->asks, e);
}

static void serve_file(void *arg, struct exchange *e)
{
	static const struct {
		const char *suffix;
		const char *type;
	} types[] = {{".html", "text/html; charset=utf-8"},
	             {".css", "text/css; charset=utf-8"},
	             {".js", "text/javascript; charset=utf-8"},
	             {".svg", "image/svg+xml"}};
	const char *name = exchange_path(e) + 1;
	const struct file *file = files;
	size_t i = 0;

	(void)arg;
	while (*name && strcmp(file->name, name) != 0)
		file++;
	while (i + 1 < ARRAY_SIZE(types) && !strstr(file->name, types[i].suffix))
		i++;
	exchange_answer_static(e, types[i].type, file->bytes, file->size);
}

/* The first of the files is the page. */
static const struct route routes[] = {
    {"/", serve_file, NULL},
    {"/icon.svg", serve_file, NULL},
    {"/style.css", serve_file, NULL},
    {"/main.js", serve_file, NULL},
    {"/tree.js", serve_file, NULL},
    {"/node.js", serve_file, NULL},
    {"/trace.js", serve_file, NULL},
    {"/stream", serve_stream, gone_stream},
    {"/log", serve_log, gone_ask},
    {"/slow", serve_slow, gone_ask},
    {"/metrics", serve_metrics, gone_metrics},
    {0},
};

static void fill_own(void *arg, struct own_counts *own)
{
	const struct exporter *x = arg;

	*own = (struct own_counts){.pages = live_pages(x->live),
	                           .traces_sent = otlp_sent(x->otlp),
	                           .traces_dropped = otlp_dropped(x->otlp),

	                           .connections = source_connections(x->source)};
}

static void exporter_on_signal(struct ev_loop *loop, ev_signal *signal, int revents)
{
	(void)signal;
	(void)revents;
	ev_break(loop, EVBREAK_ALL);
}

static void watch_signals(struct exporter *x)
{
	static const int numbers[ARRAY_SIZE(x->signals)] = {SIGINT, SIGTERM, SIGHUP};

	signal(SIGPIPE, SIG_IGN);
	for (size_t i = 0; i < ARRAY_SIZE(numbers); i++) {
		ev_signal_init(&x->signals[i], exporter_on_signal, numbers[i]);
		ev_signal_start(x->loop, &x->signals[i]);
	}
}

/* Until a signal comes. */
static int serve(const struct options *o, int fd, bool checks_host, struct otlp *otlp,
                 struct error *err)
{
	static const struct source_handlers handlers = {.changed = exporter_on_changed,
	                                                .event = exporter_on_event};
	struct exporter x = {.loop = ev_default_loop(EVFLAG_AUTO), .otlp = otlp};
	cleanup_free char *found = o->socket ? mem_string(o->socket) : dtree_socket_path();
	const struct server_config config = {.fd = fd,
	                                     .checks_host = checks_host,
	                                     .hosts = o->hosts,
	                                     .host_count = o->host_count,
	                                     .routes = routes,
	                                     .arg = &x};

	x.server = server_new(x.loop, &config, err);
	if (!x.server)
		return -1;
	watch_signals(&x);
	x.source = source_new(x.loop, found, &handlers, &x);
	x.gather = gather_new(x.loop, x.source);
	x.scrapes = (struct scrapes){.gather = x.gather, .own = fill_own, .arg = &x};
	x.asks = (struct asks){.loop = x.loop, .source = x.source};
	x.live = live_new(x.loop, x.gather);
	if (x.otlp)
		x.kept = kept_new(x.loop, x.source, x.otlp);
	ev_run(x.loop, 0);
	scrape_close_all(&x.scrapes);
	ask_close_all(&x.asks);
	live_close(x.live);
	kept_free(x.kept);
	server_free(x.server);
	live_free(x.live);
	gather_free(x.gather);
	source_free(x.source);
	return 0;
}

static int listen_and_serve(const struct options *o, struct otlp *otlp, struct error *err)
{
	struct address address;
	int fd;
	int rc;

	if (address_read(o->listen, &address, err))
		return -1;
	if (!address.local && !o->any_address)
		return error_set(err, ERR_PARAMS,
		                 "other machines reach it, and nothing is asked of them: give "
		                 "--any-address, too, if that is wanted");
	fd = address_listen(&address, err);
	if (fd < 0)
		return -1;
	cleanup_free char *shown = address_shown(fd);
	log_info("http", "listens at %s", shown);
	rc = serve(o, fd, address.at.ss_family != AF_UNIX, otlp, err);
	address_close(&address);
	return rc;
}

int main(int argc, char **argv)
{
	struct options o;
	struct otlp *otlp;
	struct error err;
	int status;

	inherit_reset(INHERIT_COMMAND);
	program_streams();
	log_open("dtree-exporter", LOG_LEVEL_INFO);
	if (options_read(&o, argc, argv, &err)) {
		if (*err.text)
			fprintf(stderr, "dtree-exporter: %s\n", err.text);
		return EXIT_USAGE;
	}
	if (o.help)
		options_help();
	else if (o.version)
		printf("dtree-exporter %s\n", PACKAGE_VERSION);
	if (o.help || o.version)
		return fflush(stdout) || ferror(stdout) ? EXIT_FAILURE : EXIT_SUCCESS;
	limits_raise();
	otlp = o.otlp ? otlp_new(ev_default_loop(EVFLAG_AUTO), o.otlp, &err) : NULL;
	if (o.otlp && !otlp) {
		fprintf(stderr, "dtree-exporter: --otlp: %s\n", err.text);
		return EXIT_USAGE;
	}
	status = listen_and_serve(&o, otlp, &err);
	otlp_free(otlp);
	ev_loop_destroy(ev_default_loop(EVFLAG_AUTO));
	if (status == 0)
		return EXIT_SUCCESS;
	fprintf(stderr, "dtree-exporter: --listen %s: %s\n", o.listen, err.text);
	return err.code == ERR_PARAMS ? EXIT_USAGE : EXIT_FAILURE;
}
