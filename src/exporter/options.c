/* Options by getopt_long(3), from one table of rows. Owns nothing. */
#include "exporter/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

#define DEFAULT_LISTEN "127.0.0.1:9797"

enum { OPT_SOCKET = 1, OPT_LISTEN, OPT_ANY, OPT_HOST, OPT_OTLP, OPT_VERSION, OPT_HELP };

static const struct {
	const char *name;
	int number;
	const char *value; /* NULL: it has none */
	const char *help;
} rows[] = {
    {"socket", OPT_SOCKET, "PATH",
     "dtreed's control socket; default $DTREE_SOCKET, else as dtreectl"},
    {"listen", OPT_LISTEN, "ADDRESS:PORT|unix:PATH", "where it is asked; default " DEFAULT_LISTEN},
    {"any-address", OPT_ANY, NULL, "--listen may be an address that other machines reach"},
    {"host", OPT_HOST, "NAME", "a further name by which it is asked; may be repeated"},
    {"otlp", OPT_OTLP, "URL", "where traces of slow requests are sent: http://HOST:PORT/v1/traces"},
    {"version", OPT_VERSION, NULL, "print the version"},
    {"help", OPT_HELP, NULL, "print this"},
};

static int options_add_host(struct options *o, const char *name, struct error *err)
{
	if (o->host_count == OPTIONS_HOSTS)
		return error_set(err, ERR_PARAMS, "more than %d --host", OPTIONS_HOSTS);
	o->hosts[o->host_count++] = name;
	return 0;
}

static int options_take(struct options *o, int number, char *value, struct error *err)
{
	switch (number) {
	case OPT_SOCKET:
		o->socket = value;
		return 0;
	case OPT_LISTEN:
		o->listen = value;
		return 0;
	case OPT_ANY:
		o->any_address = true;
		return 0;
	case OPT_HOST:
		return options_add_host(o, value, err);
	case OPT_OTLP:
		o->otlp = value;
		return 0;
	case OPT_VERSION:
		o->version = true;
		return 0;
	case OPT_HELP:
		o->help = true;
		return 0;
	default:
		return -1;
	}
}

int options_read(struct options *o, int argc, char **argv, struct error *err)
{
	struct option known[ARRAY_SIZE(rows) + 1] = {0};
	int number;

	*o = (struct options){.listen = DEFAULT_LISTEN};
	*err = (struct error){0};
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		known[i] =
		    (struct option){.name = rows[i].name,
		                    .has_arg = rows[i].value ? required_argument : no_argument,
		                    .val = rows[i].number};
	while ((number = getopt_long(argc, argv, "", known, NULL)) != -1)
		if (options_take(o, number, optarg, err))
			return -1;
	if (optind < argc)
		return error_set(err, ERR_PARAMS, "'%s' is no option", argv[optind]);
	return 0;
}

void options_help(void)
{
	printf("Usage: dtree-exporter [OPTION...]\n\n"
	       "Serves metrics for Prometheus, and a page that shows the tree, over HTTP.\n\n"
	       "Options:\n");
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		cleanup_free char *head =
		    mem_format("--%s%s%s", rows[i].name, rows[i].value ? " " : "",
		               rows[i].value ? rows[i].value : "");
		printf("  %-32s %s\n", head, rows[i].help);
	}
}
