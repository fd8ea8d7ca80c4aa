/*
 * Where a node has its service from, if that is declared: the file that dtreed writes
 * (program/spec_file.h). It is read at the start, and again when dtreed says so.
 */
#ifndef WORKER_SERVICE_SOURCE_H
#define WORKER_SERVICE_SOURCE_H

#include "base/error.h"
#include "wire/log_ring.h"
#include "worker/executor.h"

/* Zeroed: the service is a built-in one. Strings are borrowed for ever. */
struct service_source {
	const char *name;
	const char *file;
	const char *ring_path; /* where what a program says is kept; NULL: nowhere */
	struct log_ring *ring; /* owned; NULL: there was no program yet */
	char *runs;            /* owned: what service_source_taken() was told of */
};

/*
 * 1: *work has what is declared now, a program or a service, and *runs, in new memory, says what
 * that is; 0: it is what was taken last; -1: it cannot be read or opened. While a library is opened
 * anything may happen.
 */
int service_source_read(struct service_source *s, struct work *work, char **runs,
                        struct error *err);
/* The work of the last read is run. runs: taken over. */
void service_source_taken(struct service_source *s, char *runs);
/* It is not. */
void service_source_refused(struct work *work, char *runs);
void service_source_free(struct service_source *s);

#endif
