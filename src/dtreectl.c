/*
 * dtreectl: the client. Reads its options, then runs one command, or executes dtree-shell. Only
 * that needs a library for editing lines, which would take a third of a command's time to load.
 *
 * main owns the output; the command owns the connection.
 */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/inherit.h"
#include "base/mem.h"
#include "base/program.h"
#include "ctl/backup.h"
#include "ctl/check.h"
#include "ctl/complete_ask.h"
#include "ctl/once.h"
#include "ctl/options.h"
#include "ctl/session.h"
#include "ctl/tracing.h"
#include "ctl/verbs.h"

/* The same command line, for that program. Returns only if it fails. */
static int become_other(const char *name, char **argv, const struct options *o)
{
	cleanup_free char *program = program_find(name, "../libexec/dtree", PKGLIBEXECDIR);
	cleanup_free char *why = NULL;

	if (program)
		execv(program, argv);
	why = mem_format("the program %s cannot be run: %s", program ? program : name,
	                 program ? strerror(errno) : "it was not found");
	complain(o->json, ERR_INTERNAL, why);
	return STATUS_NO_DAEMON;
}

/* The command is at argv[at]. Returns only if it fails. */
static int become_shell(int argc, char **argv, int at, const struct options *o)
{
	struct shell_options ignored;
	int status = options_read_shell(argc - at, argv + at, o, &ignored);

	options_free_shell(&ignored);
	return status >= 0 ? status : become_other("dtree-shell", argv, o);
}

/* Reports a command that was not sent. A wrong value gets the answer that dtreed would give. */
static int dtreectl_refuse(const struct options *o, struct output *out, const struct order *order,
                           const struct error *err)
{
	struct buffer line = {0};

	if (order->misused)
		return usage_error(o, err->text);
	output_error(out, &line, NULL, err->code, err->text);
	output_add_error(out, &line);
	output_flush(out);
	return STATUS_REFUSED;
}

static bool dtreectl_traces(const struct verb *verb)
{
	return verb->kind == VERB_REQUEST || verb->kind == VERB_EXEC || verb->kind == VERB_EACH ||
	       verb->kind == VERB_HELP;
}

/* May the command be traced like that? */
static int dtreectl_check_traced(const struct words *words, const struct order *order,
                                 const struct trace_options *trace, struct error *err)
{
	const struct verb *verb = order->verb;

	if (!dtreectl_traces(verb))
		return error_set(err, ERR_PARAMS, "%s cannot be traced", verb->name);
	if (order->follow)
		return error_set(err, ERR_PARAMS, "%s -f cannot be traced", verb->name);
	if (trace->repeat && verb->alters)
		return error_set(err, ERR_PARAMS, "trace --repeat: %s changes the tree",
		                 verb->name);
	if (trace->repeat && once_reads_input(words, order))
		return error_set(err, ERR_PARAMS, "trace --repeat: standard input is read once");
	if (order->exec.raw && trace->format && !trace->output)
		return error_set(err, ERR_PARAMS, "trace --format of exec --raw needs --output");
	return 0;
}

/* The command behind `trace` takes its place. 0, or -1 with what is wrong. */
static int dtreectl_unwrap(struct words *words, struct order *order, struct trace_options *trace,
                           struct error *err)
{
	struct words rest = {words->items + 1, words->count - 1};
	int width = trace_options_read(&rest, trace, err);

	order->misused = true;
	if (width < 0)
		return -1;
	rest.items += width;
	rest.count -= (size_t)width;
	if (!rest.count)
		return error_set(err, ERR_PARAMS, "trace needs a command");
	if (verb_parse(&rest, PLACE_ONCE, order, err))
		return -1;
	*words = rest;
	if (dtreectl_check_traced(words, order, trace, err) == 0)
		return 0;
	order->misused = true;
	dtree_request_free(order->request);
	order->request = NULL;
	return -1;
}

static int run_complete(const struct options *o, const struct words *words, struct output *out)
{
	complete_ask(o, &(struct words){words->items + 1, words->count - 1}, out);
	return STATUS_OK;
}

static int run_command(int argc, char **argv, int at, const struct options *o)
{
	struct once_options once = {o->socket, o->timeout_ms, NULL};
	struct trace_options trace;
	struct words given;
	struct words words;
	struct order order;
	struct error err;
	struct output out;
	bool good;
	int status;

	words_from_argv(argv + at, (size_t)(argc - at), &given);
	words = given;
	output_open(&out, STDOUT_FILENO, o->json, o->color);
	good = verb_parse(&words, PLACE_ONCE, &order, &err) == 0;
	if (good && order.verb->kind == VERB_TRACE) {
		good = dtreectl_unwrap(&words, &order, &trace, &err) == 0;
		trace.json |= o->json;
		/* Standard output is a file of that form, then. */
		if (good && trace.format && !trace.output)
			output_open(&out, STDERR_FILENO, o->json, o->color);
		once.trace = &trace;
	}
	if (good && order.json && !o->json)
		output_open(&out, STDOUT_FILENO, true, o->color);
	if (order.exec.raw)
		output_set_raw(&out);
	if (order.exec.raw && o->json)
		status = usage_error(o, "exec --raw writes no JSON");
	else if (!good)
		status = dtreectl_refuse(o, &out, &order, &err);
	else if (order.verb->kind == VERB_HELP)
		status = show_help(order.topic);
	else if (order.verb->kind == VERB_COMPLETE)
		status = run_complete(o, &words, &out);
	else if (order.verb->kind == VERB_SHELL)
		status = become_shell(argc, argv, at, o);
	else if (order.verb->kind == VERB_TOP)
		status = become_other("dtree-top", argv, o);
	else if (order.verb->kind == VERB_CHECK)
		status = check_become(o, &(struct words){words.items + 1, words.count - 1});
	else if (order.verb->kind == VERB_BACKUP)
		status = backup_become(o, &words);
	else
		status = once_run(&once, &words, &order, &out);
	if (!output_close(&out) && status == STATUS_OK)
		status = STATUS_REFUSED;
	words_free(&given);
	return status;
}

int main(int argc, char **argv)
{
	struct options o = {.color = COLOR_AUTO};
	int status;

	inherit_reset(INHERIT_COMMAND);
	status = options_read(argc, argv, &o);
	if (status >= 0)
		return status;
	if (optind == argc)
		return usage_error(&o, "no command; see dtreectl --help");
	return run_command(argc, argv, optind, &o);
}
