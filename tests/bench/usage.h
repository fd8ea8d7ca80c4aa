/* What processes use, as /proc and their clocks tell. */
#ifndef BENCH_USAGE_H
#define BENCH_USAGE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/error.h"

struct pids {
	pid_t *all; /* owned */
	size_t count;
};

/* Adds the present children of a process, of all its threads. */
int pids_add_children(struct pids *pids, pid_t of, struct error *err);
void pids_add(struct pids *pids, pid_t pid);
void pids_free(struct pids *pids);

/* Nanoseconds that these processes have run, all their threads together. */
int usage_cpu(const struct pids *pids, long long *ns, struct error *err);
/* A row of /proc/PID/status in KiB, as "VmRSS". */
int usage_status(pid_t pid, const char *row, double *kib, struct error *err);
/* What of its memory is its own, and its share of what it shares, in KiB. */
int usage_pss(pid_t pid, double *kib, struct error *err);

#endif
