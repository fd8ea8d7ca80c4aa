/* The table of commands. Stateless. */
#include <string.h>

#include "base/parse.h"
#include "ctl/arguments.h"
#include "ctl/backup_words.h"
#include "ctl/check_words.h"
#include "ctl/events.h"
#include "ctl/hint.h"
#include "ctl/logs.h"
#include "ctl/told.h"
#include "ctl/top_options.h"
#include "ctl/verbs.h"

/* "" is similar to no word. */
static const char *name_at(size_t i, enum verb_place place)
{
	const struct verb *verb = verb_at(i);

	if (!verb)
		return NULL;
	return verb->places & place ? verb->name : "";
}

static const char *once_name_at(size_t i)
{
	return name_at(i, PLACE_ONCE);
}

static const char *shell_name_at(size_t i)
{
	return name_at(i, PLACE_SHELL);
}

int verb_unknown(const struct word *word, enum verb_place place, struct error *err)
{
	cleanup_free char *shown = parse_printable(word->s, word->n, 48);
	const char *near = hint_command(word, place == PLACE_ONCE ? once_name_at : shell_name_at);

	if (near)
		return error_set(err, ERR_PARAMS, "unknown command '%s'; did you mean %s?", shown,
		                 near);
	return error_set(err, ERR_PARAMS, "unknown command '%s'; help lists them", shown);
}

static int verb_parse_help(const struct words *args, struct order *order, struct error *err)
{
	if (args->count > 1)
		return arguments_usage(order, err);
	if (args->count == 0)
		return 0;
	order->topic = verb_find(&args->items[0]);
	order->misused = !order->topic;
	return order->topic ? 0 : verb_unknown(&args->items[0], PLACE_BOTH, err);
}

/* What the forms of an order to many nodes have in common. */
#define MANY_FORM \
	.places = PLACE_BOTH, .ordered = true, .options = true, .told = told_unfinished, \
	.render = render_ordered
#define MANY_SUBTREE \
	MANY_FORM, .kind = VERB_EACH, .form = "--subtree", .parse = arguments_subtree, \
	           .args = "ID... --subtree [--at-once N]"
#define MANY_ALL \
	MANY_FORM, .kind = VERB_REQUEST, .form = "--all", .parse = arguments_all, \
	           .args = "--all [--at-once N]"

static const struct verb verbs[] = {
    {.name = "create",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .creates = true,
     .ordered = true,
     .alters = true,
     .method = "create",
     .args = "ID [PARENT] [--service SERVICE] [--restart no|on-failure|always] [--name NAME] "
             "[--group GROUP] [--on-hang report|restart] [--hang-timeout MS] "
             "[--after ID[,ID...]]",
     .help = "start a node",
     .parse = arguments_create,
     .render = render_pid},
    {.name = "exec",
     .kind = VERB_EXEC,
     .places = PLACE_BOTH,
     .method = "exec",
     .args = "[--stdin] [--raw] [--timeout SECONDS] [--unordered] ID|--any GROUP [ARG...]",
     .help = "run the node's service",
     .parse = arguments_exec,
     .render = render_result},
    {.name = "exec",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .options = true,
     .told = told_errors,
     .method = "exec_all",
     .args = "--all|--subtree ID [--reduce list|count|sum|min|max] [--timeout SECONDS] [ARG...]",
     .help = "run the services of many nodes",
     .parse = arguments_exec_all,
     .render = render_gathered},
    {.name = "ping",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "ping",
     .args = "ID",
     .help = "is the node available?",
     .parse = arguments_id,
     .told = told_ping,
     .render = render_available},
    {.name = "pingall",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "pingall",
     .args = "",
     .help = "the nodes that are not available",
     .told = told_unavailable,
     .render = render_unavailable},
    {.name = "heartbit",
     .alias = "heartbeat",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .alters = true,
     .method = "heartbeat",
     .args = "MS",
     .help = "let every node report each MS milliseconds",
     .parse = arguments_heartbit,
     .render = render_ok},
    {.name = "kill",
     .alias = "remove",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .alters = true,
     .method = "kill",
     .args = "ID",
     .help = "remove a node and all below it",
     .parse = arguments_id,
     .render = render_ok},
    {.name = "start",
     .kind = VERB_EACH,
     .places = PLACE_BOTH,
     .ordered = true,
     .alters = true,
     .method = "start",
     .args = "ID...",
     .help = "let nodes live again, with their data",
     .parse = arguments_id,
     .render = render_pid},
    {.name = "start",
     MANY_SUBTREE,
     .method = "start_all",
     .help = "the same, and all below them, from the top down"},
    {.name = "start",
     MANY_ALL,
     .method = "start_all",
     .help = "the same with all nodes that are dead, stopped or given up"},
    {.name = "stop",
     .kind = VERB_EACH,
     .places = PLACE_BOTH,
     .ordered = true,
     .alters = true,
     .method = "stop",
     .args = "ID...",
     .help = "end the processes of nodes, and keep the nodes",
     .parse = arguments_id,
     .render = render_ok},
    {.name = "stop",
     MANY_SUBTREE,
     .method = "stop_all",
     .help = "the same, and all below them, leaves first"},
    {.name = "stop", MANY_ALL, .method = "stop_all", .help = "the same with all nodes"},
    {.name = "restart",
     .kind = VERB_EACH,
     .places = PLACE_BOTH,
     .ordered = true,
     .alters = true,
     .method = "restart",
     .args = "ID...",
     .help = "stop nodes and start them again",
     .parse = arguments_id,
     .render = render_pid},
    {.name = "restart",
     MANY_SUBTREE,
     .method = "restart_all",
     .help = "the same, and all below them, leaves first"},
    {.name = "restart",
     MANY_ALL,
     .method = "restart_all",
     .help = "the same with all nodes that have processes"},
    {.name = "wait",
     .kind = VERB_EACH,
     .places = PLACE_BOTH,
     .ordered = true,
     .method = "wait",
     .args = "ID... [--for available|dead|removed] [--timeout SECONDS]",
     .help = "wait until nodes are what is said",
     .parse = arguments_wait,
     .render = render_ok},
    {.name = "change",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .ordered = true,
     .alters = true,
     .method = "change",
     .args = "ID [--parent PARENT] [--restart no|on-failure|always] [--name NAME] "
             "[--group GROUP] [--on-hang report|restart] [--hang-timeout MS] "
             "[--after ID[,ID...]]",
     .help = "give a node another parent, policy, name or group",
     .parse = arguments_change,
     .render = render_ok},
    {.name = "tree",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "tree",
     .args = "",
     .help = "show the tree",
     .render = render_tree},
    {.name = "tree",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .options = true,
     .form = "--json",
     .method = "tree",
     .args = "--json",
     .help = "the same as JSON",
     .parse = arguments_json},
    {.name = "tree",
     .kind = VERB_REQUEST,
     .places = PLACE_ONCE,
     .options = true,
     .form = "--dot",
     .method = "tree",
     .args = "--dot",
     .help = "the same for Graphviz",
     .parse = arguments_json,
     .render = render_dot},
    {.name = "tree",
     .kind = VERB_TOP,
     .places = PLACE_ONCE,
     .options = true,
     .form = "--watch",
     .args = "--watch",
     .help = "the same on the whole terminal, as it changes",
     .parse = arguments_json},
    {.name = "top",
     .kind = VERB_TOP,
     .places = PLACE_ONCE,
     .args = "[--batch] [--json] [--delay SECONDS] "
             "[--sort id|state|rate|mean|p99|pending|cpu|memory|restarts|service|name] "
             "[--filter TEXT]",
     .help = "show what the nodes do, as it changes",
     .parse = arguments_top},
    {.name = "services",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "services",
     .args = "",
     .help = "show what a node may run",
     .render = render_services},
    {.name = "check-service",
     .kind = VERB_CHECK,
     .places = PLACE_ONCE,
     .args = "SERVICE [--check ARGS] [--error ARGS] [--config FILE] [--define NAME=COMMAND]",
     .help = "does its program answer as a service has to?",
     .parse = arguments_check},
    {.name = "backup",
     .kind = VERB_BACKUP,
     .places = PLACE_ONCE,
     .args = "FILE [--state-dir DIR] [--config FILE]",
     .help = "copy the registry and all data of nodes to a file",
     .parse = arguments_backup},
    {.name = "restore",
     .kind = VERB_BACKUP,
     .places = PLACE_ONCE,
     .args = "FILE [--state-dir DIR] [--config FILE]",
     .help = "put a backup into an empty state directory",
     .parse = arguments_backup},
    {.name = "status",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "status",
     .args = "[ID]",
     .help = "show the daemon, or a node",
     .parse = arguments_optional_id,
     .render = render_members},
    {.name = "diagnose",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "diagnose",
     .args = "[ID]",
     .help = "how are the links to a node, or all?",
     .parse = arguments_optional_id,
     .render = render_diagnosis},
    {.name = "diagnose",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .options = true,
     .form = "--json",
     .method = "diagnose",
     .args = "[ID] --json",
     .help = "the same as JSON",
     .parse = arguments_optional_id_json},
    {.name = "slow",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "slow",
     .args = "",
     .help = "which requests took long, and why?",
     .render = render_slow},
    {.name = "slow",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .options = true,
     .form = "--json",
     .method = "slow",
     .args = "--json",
     .help = "the same as JSON",
     .parse = arguments_json},
    {.name = "logs",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .method = "logs",
     .args = "ID [-n|--lines LINES] [-f|--follow] [--since TIME]",
     .help = "show what the node's program has said",
     .parse = arguments_logs,
     .render = render_logs},
    {.name = "events",
     .kind = VERB_EVENTS,
     .places = PLACE_ONCE,
     .method = "subscribe",
     .args = "[--since TIME] [--type TYPE] [--json] [TYPE...]",
     .help = "print events as they happen, until interrupted",
     .parse = arguments_events,
     .render = render_event},
    {.name = "call",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .words = 3,
     .args = "METHOD [JSON]",
     .help = "send any request, print its result",
     .parse = arguments_call},
    {.name = "trace",
     .kind = VERB_TRACE,
     .places = PLACE_ONCE,
     .args = "[--output FILE] [--json] [--format chrome|otlp|svg] [--svg] [--repeat N] "
             "COMMAND [ARG...]",
     .help = "run a command, and show where its time went",
     .parse = arguments_trace},
    {.name = "trace",
     .kind = VERB_TRACE,
     .places = PLACE_SHELL,
     .options = true,
     .args = "on|off",
     .help = "show where the time of each command goes",
     .parse = arguments_trace},
    {.name = "reload",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .alters = true,
     .method = "reload",
     .args = "[--dry-run] [--prune]",
     .help = "read the configuration again",
     .parse = arguments_reload,
     .told = told_reload,
     .render = render_reload},
    {.name = "shutdown",
     .kind = VERB_REQUEST,
     .places = PLACE_BOTH,
     .alters = true,
     .method = "shutdown",
     .args = "",
     .help = "end the tree",
     .render = render_ok},
    {.name = "shell",
     .kind = VERB_SHELL,
     .places = PLACE_ONCE,
     .args = "[--private [--topology list|tree|bst|balanced] [--service SERVICE] "
             "[--heartbeat MS] [--config FILE] [--define NAME=COMMAND]]",
     .help = "read commands from standard input",
     .parse = arguments_any},
    {.name = "complete",
     .kind = VERB_COMPLETE,
     .places = PLACE_ONCE,
     .args = "[--] [WORD...]",
     .help = "print what the last word may become",
     .parse = arguments_any},
    {.name = "help",
     .kind = VERB_HELP,
     .places = PLACE_BOTH,
     .args = "[COMMAND]",
     .help = "show the commands, or what one takes",
     .parse = verb_parse_help},
    {.name = "exit",
     .kind = VERB_EXIT,
     .places = PLACE_SHELL,
     .args = "",
     .help = "leave the shell"},
};

const struct verb *verb_at(size_t index)
{
	return index < ARRAY_SIZE(verbs) ? &verbs[index] : NULL;
}

const struct verb *verb_next(const struct verb *verb)
{
	return verb_at((size_t)(verb - verbs) + 1);
}

const struct verb *verb_find(const struct word *word)
{
	for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
		if (word_is(word, verbs[i].name) ||
		    (verbs[i].alias && word_is(word, verbs[i].alias)))
			return &verbs[i];
	return NULL;
}
