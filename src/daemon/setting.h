/*
 * The settings of dtreed: one table whose rows feed the command line, the configuration file,
 * --help and --check-config. Adding a setting: a row in setting.c, a field and a count here.
 */
#ifndef DAEMON_SETTING_H
#define DAEMON_SETTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/error.h"
#include "daemon/declare.h"
#include "daemon/node_declare.h"

#define SETTING_COUNT 36

/* The directory of the links' socket files below the runtime directory. */
#define LINKS_NAME "links"
#define LOGS_NAME  "logs"
/* Bytes in the path of a Unix socket, without the NUL (unix(7)). */
#define SOCKET_PATH_MAX 107
/* The longest name of a link's socket file. */
#define LINK_NAME_MAX   24
#define RUNTIME_DIR_MAX (SOCKET_PATH_MAX - (int)sizeof("/" LINKS_NAME) - LINK_NAME_MAX)

/* The effective settings. Zero-initialise it; strings are owned; config_free() ends it. */
struct config {
	char *config; /* path of the file that was read; NULL: none */
	char *socket;
	char *runtime_dir;
	char *state_dir;
	char *topology;            /* a row of tree/topology.c */
	char *service;             /* a row of service/service.c, or a declared one */
	char *durability;          /* a word of durability_find() */
	char *log_level;           /* a word of log_level_parse() */
	char *link;                /* a word of link_kind_at() */
	char *link_security;       /* a word of link_security_at() */
	char *worker;              /* NULL: the program was not found */
	char *restart;             /* a word of restart_policy_name() */
	char *operate_group;       /* as groups_find() takes it */
	char *observe_group;       /* the same */
	char *control_group;       /* as delegation_find() takes it */
	char *on_hang;             /* a word of on_hang_name_at() */
	char *on_give_up;          /* "nothing" or "exit" */
	int64_t restart_delay_max; /* ms */
	int64_t restart_quiet;     /* ms */
	int64_t restart_limit;
	int64_t hang_timeout;    /* ms */
	int64_t orphan_timeout;  /* ms; 0: workers die with dtreed */
	int64_t stop_grace;      /* ms */
	int64_t heartbeat;       /* ms; 0: off */
	int64_t request_timeout; /* ms */
	int64_t slow_request;    /* ms; 0: off */
	char *slow_traces;       /* "none", or a directory */
	int64_t max_nodes;
	int64_t max_clients;
	int64_t max_line; /* bytes */
	int64_t lifeline; /* a descriptor; only with private_tree */
	struct declarations services;
	struct node_declarations nodes;
	bool private_tree;
	bool check_config;
	bool version;
	bool help;
	/* The origin of each value (SETTING_DEFAULT, "dtreed.conf:3"), by row; NULL: it has
	 * none. */
	char *origins[SETTING_COUNT];
};

struct setting;

/* When another value counts in a dtreed that runs: a column of the table. */
enum setting_effect {
	SETTING_AT_START, /* at the next start */
	SETTING_AT_ONCE,
	SETTING_NEW, /* for what begins from now on: nodes, requests, connections */
};

/* The row of that name, or NULL. in_file: only rows that a configuration file may set. */
const struct setting *setting_find(const char *name, bool in_file);
/* Refuses a name that a file may not set: "unknown setting 'topolgy'; is 'topology' meant?", or
 * with all that there are. New memory. */
char *setting_unknown(const char *name);
/* Rows by number; NULL past the last. */
const struct setting *setting_at(size_t i);
const char *setting_name(const struct setting *s);
/* Is it given without a value? */
bool setting_is_flag(const struct setting *s);
/* The default as text; NULL where it depends on who runs dtreed. */
const char *setting_preset(const struct setting *s);

/* Is the text a value for this row? 0, or -1 with ERR_PARAMS; `what` names the row in the error. */
int setting_check(const struct setting *s, const char *what, const char *text, struct error *err);
/* Checks and stores it. A flag takes no text: NULL. The origin is copied. */
int setting_store(const struct setting *s, const char *what, const char *text, const char *origin,
                  struct config *config, struct error *err);
/* Of a value that names what may be declared elsewhere: notes that it must be known when all was
 * read. `what` begins the mistake then. */
void setting_want(const struct setting *s, const char *what, const char *text,
                  struct config *config);
#define SETTING_BY_OPTION "command line"
/* The origin of its value, SETTING_DEFAULT or a place; NULL: it has none. Borrowed. */
#define SETTING_DEFAULT "default"
const char *setting_origin(const struct setting *s, const struct config *config);

enum setting_effect setting_effect(const struct setting *s);
/* "at the next start", and so on. */
const char *setting_effect_text(enum setting_effect effect);
/* Its value as it would stand in a file: new memory. "": it has none. */
char *setting_text(const struct setting *s, const struct config *config);
/* The running configuration becomes the fresh one, but what counts at the next start only stays,
 * and its strings stay where they are. Fresh is what is left, and the caller's to free. */
void config_replace(struct config *running, struct config *fresh);

void config_free(struct config *config);
/* The effective settings, in the form of a configuration file. */
void config_print(const struct config *config, FILE *out);
/* Prints the text of --help. */
void config_help(FILE *out);

#endif
