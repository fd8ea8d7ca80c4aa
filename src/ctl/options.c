/* Options by getopt_long(3). Nothing is kept; strings stay where argv has them. */
#include "ctl/options.h"
#include "ctl/session.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/parse.h"
#include "ctl/verbs.h"

/* The longest --timeout: a day. */
#define TIMEOUT_MAX_S 86400

static const char usage_head[] =
    "Usage: dtreectl [OPTION...] COMMAND [ARG...]\n"
    "\n"
    "Speaks to dtreed, which keeps a tree of worker processes.\n"
    "\n"
    "Options:\n"
    "  --socket PATH                          the control socket; default $DTREE_SOCKET, else\n"
    "                                         as dtreed(8)\n"
    "  --json                                 print results as JSON\n"
    "  --timeout SECONDS                      give up after so much silence; default 60, none in\n"
    "                                         the shell\n"
    "  --color auto|always|never              colours; default auto\n"
    "  --version, --help\n"
    "\n"
    "Commands:\n";

static const char usage_tail[] =
    "\n"
    "Options of shell:\n"
    "  --private                              a tree of its own, which ends with the shell; with\n"
    "                                         it --topology NAME, --service NAME and\n"
    "                                         --heartbeat MS\n"
    "\n"
    "`exec ID -` and `exec ID N -` read the other arguments from standard input, separated by\n"
    "blanks or line ends. A bare `exec ID` in the shell, to a node whose service is search, takes\n"
    "two more lines: the text and the pattern. Where standard output is no terminal, tree prints\n"
    "a line for each node: id, parent, depth, state, service and pid, with tabs between them.\n"
    "\n"
    "Exit status: 0 done, 1 the reply was an error, 2 wrong usage, 3 no daemon at the socket or\n"
    "the connection was lost, 4 no answer in time.\n";

int usage_error(const char *text)
{
	fprintf(stderr, "dtreectl: %s\n", text);
	return STATUS_USAGE;
}

static int show_help(void)
{
	struct buffer text = {0};

	buffer_add_string(&text, usage_head);
	verb_list(&text, PLACE_ONCE);
	buffer_add_string(&text, usage_tail);
	fwrite(buffer_bytes(&text), 1, buffer_size(&text), stdout);
	buffer_free(&text);
	return fflush(stdout) ? STATUS_REFUSED : STATUS_OK;
}

/* Seconds, with at most three digits behind a point: 0, or -1 and *ms as it was. */
static int parse_timeout(const char *s, int64_t *ms)
{
	size_t whole = strcspn(s, ".");
	size_t n = strlen(s);
	int64_t seconds;
	int64_t rest = 0;

	if (parse_range(s, whole, "", 0, TIMEOUT_MAX_S, &seconds, NULL))
		return -1;
	if (s[whole] == '.') {
		size_t digits = n - whole - 1;
		if (digits > 3 || parse_range(s + whole + 1, digits, "", 0, 999, &rest, NULL))
			return -1;
		for (; digits < 3; digits++)
			rest *= 10;
	}
	if (seconds * 1000 + rest == 0)
		return -1;
	*ms = seconds * 1000 + rest;
	return 0;
}

static int parse_color(const char *s, enum output_color *color)
{
	static const char *const names[] = {
	    [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
		if (strcmp(s, names[i]) == 0) {
			*color = (enum output_color)i;
			return 0;
		}
	}
	return -1;
}

enum { OPT_SOCKET = 1, OPT_JSON, OPT_TIMEOUT, OPT_COLOR, OPT_VERSION, OPT_HELP };

static const struct option global_options[] = {
    {"socket", required_argument, NULL, OPT_SOCKET},
    {"json", no_argument, NULL, OPT_JSON},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"color", required_argument, NULL, OPT_COLOR},
    {"version", no_argument, NULL, OPT_VERSION},
    {"help", no_argument, NULL, OPT_HELP},
    {NULL, 0, NULL, 0},
};

int options_read(int argc, char **argv, struct options *o)
{
	int c;

	/* "+": a command's own words, ids below zero among them, are not options of ours. */
	while ((c = getopt_long(argc, argv, "+", global_options, NULL)) != -1) {
		switch (c) {
		case OPT_SOCKET:
			o->socket = optarg;
			break;
		case OPT_JSON:
			o->json = true;
			break;
		case OPT_TIMEOUT:
			if (parse_timeout(optarg, &o->timeout_ms))
				return usage_error("--timeout takes seconds, from 0.001 to 86400");
			break;
		case OPT_COLOR:
			if (parse_color(optarg, &o->color))
				return usage_error("--color takes auto, always or never");
			break;
		case OPT_VERSION:
			puts("dtreectl " PACKAGE_VERSION);
			return fflush(stdout) ? STATUS_REFUSED : STATUS_OK;
		case OPT_HELP:
			return show_help();
		default:
			return STATUS_USAGE;
		}
	}
	return -1;
}

enum { OPT_PRIVATE = 1, OPT_TOPOLOGY, OPT_SERVICE, OPT_HEARTBEAT };

static const struct option shell_long_options[] = {
    {"private", no_argument, NULL, OPT_PRIVATE},
    {"topology", required_argument, NULL, OPT_TOPOLOGY},
    {"service", required_argument, NULL, OPT_SERVICE},
    {"heartbeat", required_argument, NULL, OPT_HEARTBEAT},
    {NULL, 0, NULL, 0},
};

int options_read_shell(int argc, char **argv, const struct options *o, struct shell_options *s)
{
	static char name[] = "dtreectl";
	char *command = argv[0];
	int c;

	*s = (struct shell_options){.socket = o->socket, .timeout_ms = o->timeout_ms};
	/* 0 starts getopt anew. The command stands where it looks for the program's name. */
	optind = 0;
	argv[0] = name;
	while ((c = getopt_long(argc, argv, "+", shell_long_options, NULL)) != -1) {
		switch (c) {
		case OPT_PRIVATE:
			s->is_private = true;
			break;
		case OPT_TOPOLOGY:
			s->tree.topology = optarg;
			break;
		case OPT_SERVICE:
			s->tree.service = optarg;
			break;
		case OPT_HEARTBEAT:
			s->tree.heartbeat = optarg;
			break;
		default:
			return STATUS_USAGE;
		}
	}
	argv[0] = command;
	if (optind < argc)
		return usage_error("usage: shell [--private [OPTION...]]");
	if (!s->is_private && (s->tree.topology || s->tree.service || s->tree.heartbeat))
		return usage_error("--topology, --service and --heartbeat are for --private");
	if (s->is_private && s->socket)
		return usage_error("--private has a socket of its own: no --socket");
	return -1;
}
