/* The table of settings, and the functions of one row. */
#include "daemon/setting_row.h"

#include <limits.h>
#include <string.h>

#include "base/choice.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/controller.h"
#include "controller/node/link_kind.h"
#include "controller/node/on_hang.h"
#include "controller/node/restart_policy.h"
#include "service/service.h"
#include "tree/topology.h"

#define REQUEST_TIMEOUT_MAX 86400000
/* Of the name of a group. */
#define NAME_LONGEST 64
/* How much of a culprit an error message repeats. */
#define SHOWN 160

static const char *choice_give_up(size_t i)
{
	static const char *const words[] = {"nothing", "exit"};

	return i < ARRAY_SIZE(words) ? words[i] : NULL;
}

static const char *choice_log_level(size_t i)
{
	static const char *const levels[] = {"error", "warn", "info", "debug"};

	return i < ARRAY_SIZE(levels) ? levels[i] : NULL;
}

#define PATH(longest, field) \
	.kind = KIND_PATH, .max = (longest), .offset = offsetof(struct config, field)
#define WORD(words, field) \
	.kind = KIND_WORD, .choice = (words), .offset = offsetof(struct config, field)
#define SERVICE(words, field) \
	.kind = KIND_SERVICE, .choice = (words), .offset = offsetof(struct config, field)
#define NUMBER(least, most, field) \
	.kind = KIND_NUMBER, .min = (least), .max = (most), .offset = offsetof(struct config, field)
/* Rows that say nothing take effect at the next start. */
#define EFFECT(when) .effect = SETTING_##when
#define FLAG(field)  .kind = KIND_FLAG, .place = PLACE_LINE, .offset = offsetof(struct config, field)

static const struct setting rows[] = {
    {"config", "FILE", PATH(PATH_MAX - 1, config), .place = PLACE_LINE,
     .note = "dtree/dtreed.conf in the system's configuration directory as root, else in "
             "$XDG_CONFIG_HOME or ~/.config; none with --private",
     .summary = "read settings from FILE"},
    {"socket", "PATH", PATH(SOCKET_PATH_MAX, socket),
     .note = "control.sock in the runtime directory", .summary = "the control socket"},
    {"runtime-dir", "DIR", PATH(RUNTIME_DIR_MAX, runtime_dir),
     .note = "/run/dtree as root, else $XDG_RUNTIME_DIR/dtree",
     .summary = "sockets and the lock; one dtreed for each directory"},
    {"state-dir", "DIR", PATH(PATH_MAX - 1, state_dir),
     .note = "/var/lib/dtree as root, else dtree in $XDG_STATE_HOME or ~/.local/state; with "
             "--private, state in the runtime directory",
     .summary = "what outlives dtreed"},
    {"topology", "NAME", WORD(topology_name_at, topology), .preset = "tree",
     .summary = "where a new node goes"},
    {"service", "NAME", SERVICE(service_name_at, service), EFFECT(NEW), .preset = "sum",
     .summary = "what a node runs unless its creator says otherwise: built in, or declared"},
    {"durability", "WORD", WORD(durability_at, durability), EFFECT(NEW), .preset = "full",
     .note = "with --private none",
     .summary = "what an answered write of a dictionary survives: a loss of power, the death of "
                "its process, nothing"},
    {"link", "WORD", WORD(link_kind_at, link), .preset = "ipc",
     .summary = "what links between processes of the tree go over: Unix sockets, or TCP on the "
                "loopback address"},
    {"link-security", "WORD", WORD(link_security_at, link_security), .preset = "curve",
     .summary = "who may connect over TCP: who has the tree's key; or every user of this machine"},
    {"heartbeat", "MS", NUMBER(0, HEARTBEAT_MAX_MS, heartbeat), EFFECT(AT_ONCE), .preset = "1000",
     .note = "with --private 500",
     .summary = "how often each node shows its parent a sign of life; 0: never"},
    {"request-timeout", "MS", NUMBER(1, REQUEST_TIMEOUT_MAX, request_timeout), EFFECT(NEW),
     .preset = "10000", .summary = "when a request that got no answer fails"},
    {"slow-request", "MS", NUMBER(0, REQUEST_TIMEOUT_MAX, slow_request), EFFECT(AT_ONCE),
     .preset = "0",
     .summary = "requests that take so long are kept for `dtreectl slow`, and told; 0: none"},
    {"slow-traces", "DIR", PATH(PATH_MAX - 1, slow_traces), .preset = "none",
     .summary = "a directory for files with the traces of those requests, as OTLP/JSON; none: no "
                "files"},
    {"log-level", "LEVEL", WORD(choice_log_level, log_level), EFFECT(AT_ONCE), .preset = "info",
     .note = "with --private warn", .summary = "the least important lines that are logged"},
    {"worker", "PATH", PATH(PATH_MAX - 1, worker),
     .note = "$DTREE_WORKER, else dtree-worker where it was installed",
     .summary = "the program that is a node"},
    {"operate-group", "GROUP", PATH(NAME_LONGEST, operate_group), .preset = "dtree",
     .note = "none: none",
     .summary =
         "whose members use nodes and change the tree; others may not, but root and this user"},
    {"observe-group", "GROUP", PATH(NAME_LONGEST, observe_group), .preset = "dtree-observe",
     .note = "none: none", .summary = "whose members see the tree, and change nothing"},
    {"control-group", "DIR", PATH(PATH_MAX - 1, control_group), .preset = "auto",
     .note = "dtreed's own where a service manager has delegated that; none: none",
     .summary = "the control group (version 2) in which each program gets one of its own"},
    {"restart", "WORD", WORD(restart_policy_name_at, restart), EFFECT(NEW), .preset = "no",
     .summary = "after which deaths a node is started again unless its creator says otherwise"},
    {"restart-delay-max", "MS", NUMBER(0, 86400000, restart_delay_max), EFFECT(AT_ONCE),
     .preset = "30000",
     .summary = "the longest delay before a restart; it doubles from 100 ms, the first has none"},
    {"restart-quiet", "MS", NUMBER(0, 86400000, restart_quiet), EFFECT(AT_ONCE), .preset = "60000",
     .summary = "a life of so long forgives the deaths before it"},
    {"restart-limit", "N", NUMBER(1, 1000000, restart_limit), EFFECT(AT_ONCE), .preset = "10",
     .summary = "deaths in a row that are followed by a restart; then a node is given up"},
    {"on-hang", "WORD", WORD(on_hang_name_at, on_hang), EFFECT(AT_ONCE), .preset = "report",
     .summary = "what becomes of a node whose process is there and silent: it is reported; or "
                "killed, and started again"},
    {"hang-timeout", "MS", NUMBER(1, HANG_TIMEOUT_MAX_MS, hang_timeout), EFFECT(AT_ONCE),
     .preset = "30000", .summary = "the silence after which it is"},
    {"on-give-up", "WORD", WORD(choice_give_up, on_give_up), EFFECT(AT_ONCE), .preset = "nothing",
     .summary = "what dtreed does when a node is given up: nothing; or end the tree, with exit "
                "status 3"},
    {"orphan-timeout", "MS", NUMBER(0, 86400000, orphan_timeout), .preset = "60000",
     .note = "with --private 0",
     .summary = "how long nodes wait for another dtreed when this one died; 0: they die with it"},
    {"stop-grace", "MS", NUMBER(0, 60000, stop_grace), EFFECT(AT_ONCE), .preset = "2000",
     .note = "with --private 500",
     .summary = "how long requests, and then nodes that are to end, may take to finish"},
    {"max-nodes", "N", NUMBER(1, 1000000, max_nodes), EFFECT(AT_ONCE), .preset = "4096",
     .summary = "more nodes are refused"},
    {"max-clients", "N", NUMBER(1, 100000, max_clients), EFFECT(AT_ONCE), .preset = "2048",
     .summary = "more connections to the control socket are refused"},
    {"max-line", "BYTES", NUMBER(4096, 1073741824, max_line), EFFECT(NEW), .preset = "1048576",
     .summary = "longer request lines are refused"},
    {"define", "NAME='COMMAND'", .kind = KIND_DEFINITION, .place = PLACE_LINE,
     .offset = offsetof(struct config, services), .note = "none",
     .summary = "declare a service that is this program: a line in, a line out"},
    {"private", NULL, FLAG(private_tree),
     .summary = "be the tree of one shell: end with it, remove the runtime directory"},
    {"lifeline", "FD", NUMBER(3, INT_MAX, lifeline), .place = PLACE_LINE, .note = "none",
     .summary = "the socket whose end is the shell's end; only with --private"},
    {"check-config", NULL, FLAG(check_config), .summary = "print the effective settings and exit"},
    {"version", NULL, FLAG(version), .summary = "print the version and exit"},
    {"help", NULL, FLAG(help), .summary = "print this and exit"},
};
_Static_assert(ARRAY_SIZE(rows) == SETTING_COUNT, "SETTING_COUNT is the number of rows");

const struct setting *setting_at(size_t i)
{
	return i < ARRAY_SIZE(rows) ? &rows[i] : NULL;
}

const struct setting *setting_find(const char *name, bool in_file)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		if (strcmp(rows[i].name, name) == 0)
			return in_file && rows[i].place == PLACE_LINE ? NULL : &rows[i];
	return NULL;
}

/* Of those that a file may set. */
static const char *setting_file_name_at(size_t i)
{
	for (size_t row = 0; row < ARRAY_SIZE(rows); row++)
		if (rows[row].place != PLACE_LINE && i-- == 0)
			return rows[row].name;
	return NULL;
}

char *setting_unknown(const char *name)
{
	cleanup_free char *shown = parse_printable(name, strlen(name), SHOWN);
	const char *near = choice_nearest(name, strlen(name), setting_file_name_at);
	cleanup_free char *list = NULL;

	if (near)
		return mem_format("unknown setting '%s'; is '%s' meant?", shown, near);
	list = choice_list(setting_file_name_at);
	return mem_format("unknown setting '%s'; there are %s", shown, list);
}

const char *setting_name(const struct setting *s)
{
	return s->name;
}

bool setting_is_flag(const struct setting *s)
{
	return s->kind == KIND_FLAG;
}

const char *setting_preset(const struct setting *s)
{
	return s->preset;
}

const char *setting_origin(const struct setting *s, const struct config *config)
{
	return config->origins[s - rows];
}

static int check_path(const struct setting *s, const char *what, const char *text,
                      struct error *err)
{
	size_t n = strlen(text);
	cleanup_free char *shown = parse_printable(text, n, SHOWN);

	if (n == 0)
		return error_set(err, ERR_PARAMS, "%s is empty", what);
	if (n > (size_t)s->max)
		return error_set(err, ERR_PARAMS,
		                 "%s '%s' has %zu bytes; at most %lld are possible", what, shown, n,
		                 (long long)s->max);
	return 0;
}

static int setting_check_word(const struct setting *s, const char *what, const char *text,
                              struct error *err)
{
	cleanup_free char *shown = parse_printable(text, strlen(text), SHOWN);
	cleanup_free char *choices = choice_list(s->choice);

	for (size_t i = 0; s->choice(i); i++)
		if (strcmp(s->choice(i), text) == 0)
			return 0;
	return error_set(err, ERR_PARAMS, "%s '%s' is none of %s", what, shown, choices);
}

/* Quotes would be part of the value, which no user wants. */
static int check_quotes(const char *what, const char *text, struct error *err)
{
	size_t n = strlen(text);
	cleanup_free char *shown = NULL;

	if (!n || (!strchr("\"'", text[0]) && !strchr("\"'", text[n - 1])))
		return 0;
	shown = parse_printable(text, n, SHOWN);
	return error_set(err, ERR_PARAMS, "%s: the quotes are part of the value %s; take them away",
	                 what, shown);
}

int setting_check(const struct setting *s, const char *what, const char *text, struct error *err)
{
	int64_t ignored;

	if (s->kind != KIND_DEFINITION && check_quotes(what, text, err))
		return -1;
	switch (s->kind) {
	case KIND_PATH:
		return check_path(s, what, text, err);
	case KIND_WORD:
		return setting_check_word(s, what, text, err);
	case KIND_NUMBER:
		return parse_range(text, strlen(text), what, s->min, s->max, &ignored, err);
	case KIND_FLAG:
	case KIND_SERVICE: /* whether there is one is seen when all are known */
	case KIND_DEFINITION:
		return 0;
	}
	return 0;
}

void setting_want(const struct setting *s, const char *what, const char *text,
                  struct config *config)
{
	if (s->kind == KIND_SERVICE)
		declare_want(&config->services, what, text);
}

size_t setting_number(const struct setting *s)
{
	return (size_t)(s - rows);
}

void *setting_field(const struct setting *s, struct config *config)
{
	return (char *)config + s->offset;
}

static void store_string(char **string, const char *text)
{
	free(*string);
	*string = mem_string(text);
}

int setting_store(const struct setting *s, const char *what, const char *text, const char *origin,
                  struct config *config, struct error *err)
{
	if (setting_check(s, what, text, err))
		return -1;
	switch (s->kind) {
	case KIND_PATH:
	case KIND_WORD:
	case KIND_SERVICE:
		store_string(setting_field(s, config), text);
		break;
	case KIND_NUMBER:
		parse_range(text, strlen(text), what, s->min, s->max, setting_field(s, config),
		            err);
		break;
	case KIND_FLAG:
		*(bool *)setting_field(s, config) = true;
		break;
	case KIND_DEFINITION:
		if (declare_define(setting_field(s, config), text, err))
			return -1;
		break;
	}
	store_string(&config->origins[s - rows], origin);
	return 0;
}
