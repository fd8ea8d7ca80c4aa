/*
 * The command line of a worker: dtreed writes it and the worker reads it from one table. It has
 * each option once, as two words: name and value. What may be missing is NULL then.
 */
#ifndef WIRE_WORKER_OPTIONS_H
#define WIRE_WORKER_OPTIONS_H

#include <stdint.h>

#include "base/error.h"

/* Strings are borrowed. */
struct worker_options {
	int64_t protocol; /* MESSAGE_VERSION of the writer. It comes first: programs of all versions
	                     know it */
	int64_t node;
	int64_t incarnation;
	const char *listen;     /* endpoint for children */
	const char *parent;     /* endpoint to join */
	const char *controller; /* endpoint to go to when the parent is lost */
	const char *link_key;   /* the file with the key of the links; NULL: they have none */
	const char *service;
	const char *service_file;  /* what a declared service is; NULL: it is a built-in one */
	const char *log_ring;      /* where what its program says is kept; NULL: nowhere */
	const char *control_group; /* of its programs; NULL: they have none */
	const char *credentials;   /* where its programs' are; NULL: they have none */
	const char *state;
	const char *lives; /* the file of places */
	const char *durability;
	int64_t supervisor; /* dtreed's process id */
	int64_t epoch;      /* the controller's */
	int64_t orphan_timeout_ms;
	int64_t log_level;
	const char *log_socket;
};

/* The words of a command line of this program, NULL behind the last; the caller frees them. */
char **worker_options_write(const char *program, const struct worker_options *o);
void worker_options_free(char **words);

/*
 * 0, or -1 with ERR_PARAMS that names the culprit. *o is filled up to the culprit, so that a
 * program of another version finds the protocol.
 */
int worker_options_read(struct worker_options *o, int argc, char *const argv[], struct error *err);

#endif
