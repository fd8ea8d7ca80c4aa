/* A reload, as a client asks for it and is told of it. */
#ifndef CONTROL_RELOAD_H
#define CONTROL_RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct control;

struct reload_request {
	bool dry_run; /* say what would be done */
	bool prune;   /* remove nodes that are declared no longer */
};

/* A value that changes; NULL: there is none. */
struct reload_change {
	const char *name;
	const char *from;
	const char *to;
	const char *note; /* NULL: none */
};

/* What is done with a node. */
struct reload_step {
	const char *what; /* "create", "change", "undeclare", "remove" */
	int id;
	const char *origin; /* where it is declared; NULL: nowhere */
	const struct reload_change *changes;
	size_t count;
	bool adopted;      /* it was made by hand */
	bool returned;     /* it was undeclared, and is started */
	const char *error; /* why it failed; NULL: it did not */
};

/* What is done with a service. */
struct reload_service {
	const char *name;
	const char *what; /* "added", "changed", "removed" */
	const char *note; /* NULL: none */
};

/* What came of it. Everything pointed to is borrowed for the call. */
struct reload_report {
	const char *refused;         /* why nothing is changed; NULL: it is */
	const char *const *mistakes; /* in the configuration, for which it is refused */
	size_t mistake_count;
	const struct reload_change *settings;
	size_t setting_count;
	const struct reload_service *services;
	size_t service_count;
	const struct reload_step *steps;
	size_t step_count;
	const char *const *left; /* nodes that stay as they are, and why: a line for each */
	size_t left_count;
};

/* A reload that was asked for is over: the question of that number is answered. Not from within
 * control_config.reload. */
void control_reloaded(struct control *control, uint64_t question,
                      const struct reload_report *report);

#endif
