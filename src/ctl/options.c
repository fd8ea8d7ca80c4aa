/* Options by getopt_long(3). Nothing is kept; strings point into argv. */
#include "ctl/options.h"
#include "ctl/session.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/choice.h"
#include "base/parse.h"
#include "base/program.h"
#include "ctl/reach.h"
#include "ctl/verb_help.h"
#include "ctl/verbs.h"

/* The longest --timeout: a day. */
#define TIMEOUT_MAX_MS 86400000

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
    "                                         it --topology NAME, --service NAME,\n"
    "                                         --heartbeat MS, --config FILE and\n"
    "                                         --define NAME='COMMAND'\n"
    "\n"
    "`exec ID -` and `exec ID N -` read the other arguments from standard input, separated by\n"
    "blanks or line ends. A bare `exec ID` in the shell, to a node whose service is search, takes\n"
    "two more lines: the text and the pattern. Where standard output is no terminal, tree prints\n"
    "a line for each node: id, parent, depth, state, service and pid, with tabs between them.\n"
    "\n"
    "Exit status: 0 done, 1 the reply was an error or somebody is unavailable, 2 wrong usage,\n"
    "3 no daemon at the socket or the connection was lost, 4 no answer in time.\n";

/* Flushes standard output: the exit status. */
static int print_end(void)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return STATUS_OK;
	if (errno != EPIPE)
		fprintf(stderr, "dtreectl: standard output: %s\n", strerror(errno));
	return STATUS_REFUSED;
}

void complain(bool json, int code, const char *text)
{
	struct dtree_reply *error;

	if (!json) {
		fprintf(stderr, "dtreectl: %s\n", text);
		return;
	}
	error = dtree_reply_error(code, text, false);
	puts(dtree_reply_json(error, NULL));
	print_end();
	dtree_reply_free(error);
}

int usage_error(const struct options *o, const char *text)
{
	complain(o->json, ERR_PARAMS, text);
	return STATUS_USAGE;
}

int show_help(const struct verb *command)
{
	struct buffer text = {0};

	if (command) {
		verb_describe(&text, command, PLACE_ONCE);
	} else {
		buffer_add_string(&text, usage_head);
		verb_list(&text, PLACE_ONCE);
		buffer_add_string(&text, usage_tail);
	}
	fwrite(buffer_bytes(&text), 1, buffer_size(&text), stdout);
	buffer_free(&text);
	return print_end();
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

static const char *global_option_at(size_t i)
{
	return global_options[i].name;
}

/* The option that getopt_long(3) refused with `c`. New memory. */
static char *options_bad_option(int c, char *const *argv, choice_fn *names)
{
	const char *word = argv[optind - 1];
	const char *near;
	size_t n = strcspn(word, "=");

	if (c == ':')
		return mem_format("option '%s' needs a value", word);
	/* optopt is the number of a long option that takes no value, or the letter of a short
	 * one. */
	if (optopt && optopt < ' ')
		return mem_format("option '%.*s' takes no value", (int)n, word);
	if (optopt)
		return mem_format("no option '-%c'; dtreectl --help lists them", optopt);
	near = n > 2 ? choice_nearest(word + 2, n - 2, names) : NULL;
	if (near)
		return mem_format("no option '%s'; did you mean --%s", word, near);
	return mem_format("no option '%s'; dtreectl --help lists them", word);
}

/* Stores the value of an option: NULL, or why it is wrong. */
static const char *options_read_value(int c, struct options *o)
{
	switch (c) {
	case OPT_SOCKET:
		o->socket = optarg;
		return NULL;
	case OPT_JSON:
		o->json = true;
		return NULL;
	case OPT_TIMEOUT:
		return parse_seconds(optarg, strlen(optarg), TIMEOUT_MAX_MS, &o->timeout_ms)
		           ? "--timeout takes seconds, from 0.001 to 86400"
		           : NULL;
	default:
		return parse_color(optarg, &o->color) ? "--color takes auto, always or never"
		                                      : NULL;
	}
}

int options_read(int argc, char **argv, struct options *o)
{
	cleanup_free char *wrong = NULL;
	int c;

	if (program_streams())
		return usage_error(o, "/dev/null cannot be opened");
	reach_take_traceparent();
	/* "+": words behind the command, for instance negative ids, are no options of dtreectl. It
	 * goes on after a mistake, as --json may follow. */
	while ((c = getopt_long(argc, argv, "+:h", global_options, NULL)) != -1) {
		const char *why;

		if ((c == OPT_HELP || c == 'h') && !wrong)
			return show_help(NULL);
		if (c == OPT_VERSION && !wrong) {
			puts("dtreectl " PACKAGE_VERSION);
			return print_end();
		}
		if (c == OPT_HELP || c == 'h' || c == OPT_VERSION)
			continue;
		if (c == ':' || c == '?') {
			wrong = wrong ? wrong : options_bad_option(c, argv, global_option_at);
			continue;
		}
		why = options_read_value(c, o);
		if (why && !wrong)
			wrong = mem_string(why);
	}
	return wrong ? usage_error(o, wrong) : -1;
}

void options_free_shell(struct shell_options *s)
{
	free(s->tree.defines);
	s->tree.defines = NULL;
}

enum { OPT_PRIVATE = 1, OPT_TOPOLOGY, OPT_SERVICE, OPT_HEARTBEAT, OPT_CONFIG, OPT_DEFINE };

static const struct option shell_long_options[] = {
    {"private", no_argument, NULL, OPT_PRIVATE},
    {"topology", required_argument, NULL, OPT_TOPOLOGY},
    {"service", required_argument, NULL, OPT_SERVICE},
    {"heartbeat", required_argument, NULL, OPT_HEARTBEAT},
    {"config", required_argument, NULL, OPT_CONFIG},
    {"define", required_argument, NULL, OPT_DEFINE},
    {NULL, 0, NULL, 0},
};

static const char *shell_option_at(size_t i)
{
	return shell_long_options[i].name;
}

int options_read_shell(int argc, char **argv, const struct options *o, struct shell_options *s)
{
	static char name[] = "dtreectl";
	char *command = argv[0];
	cleanup_free char *wrong = NULL;
	int c;

	*s = (struct shell_options){.socket = o->socket, .timeout_ms = o->timeout_ms};
	/* No more than there are words. */
	s->tree.defines = mem_new_array((size_t)argc, sizeof *s->tree.defines);
	/* 0 restarts getopt. The command is where it expects the program's name. */
	optind = 0;
	argv[0] = name;
	while ((c = getopt_long(argc, argv, "+:", shell_long_options, NULL)) != -1) {
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
		case OPT_CONFIG:
			s->tree.config = optarg;
			break;
		case OPT_DEFINE:
			s->tree.defines[s->tree.define_count++] = optarg;
			break;
		default:
			wrong = wrong ? wrong : options_bad_option(c, argv, shell_option_at);
			break;
		}
	}
	argv[0] = command;
	if (wrong)
		return usage_error(o, wrong);
	if (optind < argc)
		return usage_error(o, "usage: shell [--private [OPTION...]]");
	if (!s->is_private && (s->tree.topology || s->tree.service || s->tree.heartbeat ||
	                       s->tree.config || s->tree.define_count))
		return usage_error(o, "--topology, --service, --heartbeat, --config and --define "
		                      "are for --private");
	if (s->is_private && s->socket)
		return usage_error(o, "--private has a socket of its own: no --socket");
	return -1;
}
