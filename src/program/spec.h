/*
 * What a declared service is: one program, how it is spoken to, and what it is started with; or a
 * shared object instead (library). Made of the keys of a [service NAME] section; a worker gets the
 * same keys again in a file (spec_file.h).
 *
 * One table of keys (spec.c) feeds the configuration, its check, and the manual's list.
 */
#ifndef PROGRAM_SPEC_H
#define PROGRAM_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

enum program_protocol {
	PROGRAM_RUN,     /* a process for each request */
	PROGRAM_LINES,   /* a line in, a line out */
	PROGRAM_JSON,    /* JSON-RPC 2.0, a message a line */
	PROGRAM_LIBRARY, /* none of them: there is no program */
};

/* When the program is started. */
enum program_start {
	PROGRAM_START_CREATE, /* with its node */
	PROGRAM_START_DEMAND, /* by the first request */
};

/* How JSON messages are told apart. */
enum program_framing {
	PROGRAM_FRAMING_LINES,
	PROGRAM_FRAMING_HEADERS, /* Content-Length */
};

/* Strings and arrays are owned; arrays end with NULL. Zero-initialise, then program_spec_init(). */
struct program_spec {
	char *name;
	char *origin;  /* where it was declared: "dtreed.conf:12" */
	char *summary; /* NULL: none */
	char *usage;   /* NULL: "ARG..." */
	char *library; /* path of a shared object; NULL: it is a program */
	enum program_protocol protocol;
	char **command; /* an argument vector, never NULL once checked, but for a library */
	enum program_start start;
	enum program_framing framing;
	int64_t concurrency;       /* requests at once, from 1 */
	int64_t instances;         /* nodes of it that dtreed makes */
	int64_t start_timeout_ms;  /* until the first answer */
	int64_t stop_grace_ms;     /* between SIGTERM and SIGKILL */
	int64_t idle_timeout_ms;   /* 0: never ended for idling; only with start = demand */
	int64_t reply_max;         /* bytes of one answer */
	bool terminal_output;      /* its standard output is a pseudo-terminal */
	char **hello;              /* lines sent at the start */
	char *sentinel;            /* lines: sent behind each request; NULL: none */
	char *sentinel_answer;     /* what the program says to it */
	char *error_prefix;        /* lines: marks a line that is an error; NULL: none does */
	char **check;              /* arguments to try it with; NULL: nobody said */
	char **check_error;        /* the same, that are an error */
	char **probe;              /* arguments to ask it now and then; NULL: it is not */
	int64_t probe_interval_ms; /* from the end of one to the next */
	int64_t probe_timeout_ms;  /* for one */
	bool method_first;         /* json: the method is the first argument */
	char *cancel_method;       /* json: of the notification; never NULL */
	char *directory;           /* NULL: that of the worker */
	char **environment;        /* "NAME=value" */
	char **environment_files;  /* read by the worker when the program starts */
	char **credentials;        /* "NAME:PATH"; the same */
	char *user;                /* NULL: that of the worker */
	char *group;
	int64_t umask;        /* -1: as the worker's */
	int64_t nice;         /* from -20 to 19; INT64_MAX: as the worker's */
	int64_t limit_files;  /* -1: as the worker's */
	int64_t limit_memory; /* bytes of address space; -1: the same */
	int64_t limit_core;   /* bytes; -1: the same */
	int64_t memory_max;   /* of all processes of a node's program; bytes; -1: no limit */
	int64_t tasks_max;    /* the same: processes and threads */
	int64_t cpu_weight;   /* the same; -1: as others */
	uint64_t given;       /* which keys have a value that was set, by their numbers */
	char *text;           /* all that was set, as it was: "key = value\n" for each */
};

/* The longest value, in bytes. */
#define PROGRAM_VALUE_MAX     65535
#define PROGRAM_INSTANCES_MAX 1024
/* The longest name of a service. */
#define PROGRAM_NAME_MAX 32

/* With the defaults of all keys. */
void program_spec_init(struct program_spec *s, const char *name, const char *origin);
void program_spec_free(struct program_spec *s);

/*
 * One key with its value. What is repeatable adds, and an empty value of it clears; anything else
 * takes the place of what was set before. 0, or -1 with ERR_PARAMS that names the key, and nothing
 * has changed.
 */
int program_spec_set(struct program_spec *s, const char *key, const char *value, struct error *err);
/* After the last key: what is missing or does not go together. The first of such mistakes. */
int program_spec_check(const struct program_spec *s, struct error *err);
/*
 * The same one by one: mistake number i, from 0. False past the last. *key: the one it is about.
 */
bool program_spec_mistake(const struct program_spec *s, size_t i, const char **key,
                          struct error *err);

/* All that was set on which what a node runs depends: new memory. */
char *program_spec_runs(const struct program_spec *s);
/* Would the same run for a node? Not what is said of a service, nor what dtreed does with it. */
bool program_spec_runs_same(const struct program_spec *a, const struct program_spec *b);

/* Is the probe all in which they differ of that? */
bool program_spec_differs_by_probe(const struct program_spec *a, const struct program_spec *b);
/* They differ by no more: the probe of `from` takes the place of its own, and the other way round.
 */
void program_spec_take_probe(struct program_spec *s, struct program_spec *from);

/* Keys by number, for documents and tests; NULL past the last. */
const char *program_spec_key_at(size_t i);
/* Which protocols know key i: bit 1 << PROGRAM_RUN, and so on; 1 << PROGRAM_LIBRARY for a library.
 */
unsigned program_spec_protocols(size_t i);
/* May the key stand more than once, each adding to those before? */
bool program_spec_repeatable(const char *key);
/* Words of `protocol` by number; NULL past the last. */
const char *program_protocol_name(size_t i);
/* Its protocol, or that it has none; and what that is called: "run", "library". */
enum program_protocol program_spec_kind(const struct program_spec *s);
const char *program_spec_kind_name(const struct program_spec *s);
/* `[a-z][a-z0-9-]*`, at most PROGRAM_NAME_MAX bytes? */
int program_name_check(const char *name, struct error *err);

#endif
