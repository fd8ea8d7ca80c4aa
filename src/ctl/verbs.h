/*
 * The commands, a row each. Parsing, help, the shell's dispatch and completion come from the rows.
 */
#ifndef CTL_VERBS_H
#define CTL_VERBS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "base/mem.h"
#include "ctl/exec_options.h"
#include "ctl/render.h"
#include "ctl/words.h"
#include "dtree/client.h"

/* The type of the event that announces an orderly end of dtreed. */
#define STOPPING "controller_stopping"

/* The usage of dtreectl itself. */
#define VERB_LINE \
	"[--socket PATH] [--json] [--timeout SECONDS] [--color auto|always|never] [--version] " \
	"[--help] COMMAND [ARG...]"

enum verb_kind {
	VERB_REQUEST,  /* one request, one reply */
	VERB_EACH,     /* the same for each of its ids */
	VERB_EXEC,     /* a request that may have many arguments */
	VERB_EVENTS,   /* a request, then notifications until interrupted */
	VERB_SHELL,    /* reads commands */
	VERB_TOP,      /* becomes another program, which draws a screen */
	VERB_CHECK,    /* becomes another program */
	VERB_BACKUP,   /* the same, another one */
	VERB_TRACE,    /* another command is traced, or all that follow */
	VERB_COMPLETE, /* words of dtreectl's own command line are completed */
	VERB_HELP,
	VERB_EXIT,
};

/* Where a command can be given. */
enum verb_place {
	PLACE_ONCE = 1 << 0,  /* on dtreectl's command line */
	PLACE_SHELL = 1 << 1, /* in the shell */
	PLACE_BOTH = PLACE_ONCE | PLACE_SHELL,
};

/* A command that has been read. */
struct order {
	const struct verb *verb;
	struct dtree_request *request; /* owned; NULL for EACH, EXEC, SHELL, HELP, EXIT and
	                                  the like */
	bool follow;                   /* it goes on asking: see logs.h */
	bool json;                     /* its result is wanted as JSON */
	int64_t since_us;    /* events: those before are not printed; CLOCK_REALTIME; 0: all are */
	bool quiet_stop;     /* events: STOPPING is not printed, as the user did not ask for it */
	int id;              /* the node, where the command names one */
	struct word node;    /* the same as it was given, borrowed; s is NULL: it names none */
	struct word service; /* create: the service, borrowed; s is NULL for none */
	enum verb_place place;    /* where it was given */
	struct exec_options exec; /* EXEC: its options */
	bool on;                  /* TRACE in the shell */
	bool patient;             /* its reply may take any time */
	size_t rest;              /* EXEC: the word where its arguments begin */
	const struct verb *topic; /* HELP: its command; NULL: all commands */
	bool misused;             /* its form is wrong, and not just the value of an argument */
};

struct verb {
	const char *name;
	const char *alias; /* another name, or NULL */
	enum verb_kind kind;
	unsigned places; /* enum verb_place */
	bool creates;    /* it creates a node, whose service the session records */
	bool ordered; /* its replies name no node, so they are printed in the order of the commands
	               */
	bool alters;  /* it cannot be cancelled once it has begun */
	bool options; /* another form of the row before it */
	const char *form;   /* the option that chooses this row; NULL: another rule does */
	size_t words;       /* of a line: the last word takes the rest unchanged; 0: any number */
	const char *method; /* NULL: none, or the command names it */
	const char *args;   /* for help */
	const char *help;   /* for help */
	/* Reads the words behind the command into order->request and order->id. NULL: it takes
	 * no words. */
	int (*parse)(const struct words *args, struct order *order, struct error *err);
	render_fn *render; /* the text form of its result; NULL: the result as JSON */
	/* Does a successful reply tell of a node that failed or is unavailable? NULL: never. */
	bool (*told)(const struct dtree_value *result);
};

/* The row for a word, or NULL. */
const struct verb *verb_find(const struct word *word);
/* The rows in order: NULL behind the last. */
const struct verb *verb_at(size_t index);
/* The row behind; NULL: it is the last. */
const struct verb *verb_next(const struct verb *verb);
struct usage;
/* Reads the usages of all forms of the command there; zero-initialise. */
void verb_usage(const struct verb *verb, enum verb_place place, struct usage *usage);
/* -1: there is no such command there; *err names one that is like it. */
int verb_unknown(const struct word *word, enum verb_place place, struct error *err);

/* Splits a line into the words of its command: 0, or -1 as words_split(). */
int verb_split(const char *line, size_t n, struct words *words, struct error *err);

/*
 * Reads a command: 0, and the caller frees order->request by sending it; -1 with ERR_PARAMS.
 * order->verb is set also on failure, NULL where there is no such command; so is order->misused.
 */
int verb_parse(const struct words *words, enum verb_place place, struct order *order,
               struct error *err);

/* Reads a command of kind EACH for one id: the id and the command's options (each.h), as
 * verb_parse() reads a command. */
int verb_parse_each(const struct verb *verb, const struct words *words, struct order *order,
                    struct error *err);

#endif
