/* Finds the process of a worker that was written down, by the place that it holds or by what was
 * written. */
#ifndef CONTROLLER_PROCESS_LOOKUP_H
#define CONTROLLER_PROCESS_LOOKUP_H

#include "controller/process/process.h"

/* PROCESS_LIVES, PROCESS_APART: *pid is its process, *pidfd a descriptor of it. *pidfd is -1
 * before; whatever is found, the caller closes it if it is not -1 afterwards. */
enum process_found lookup_process(const struct process_record *record, pid_t *pid, int *pidfd,
                                  struct error *err);

#endif
