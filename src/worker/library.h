/*
 * A service out of a shared object (include/dtree/service.h says what one exports). It is opened by
 * workers only, and stays open until the process ends: its code may be anywhere by then.
 *
 * What is run at the opening can do anything, so whoever opens it says before what he is about to
 * do; and dtreed has a process of its own judge it, `dtree-worker --judge-library PATH`, whose
 * answer is on standard output (LIBRARY_GOOD, LIBRARY_BAD).
 */
#ifndef WORKER_LIBRARY_H
#define WORKER_LIBRARY_H

#include <stdbool.h>

#include "base/error.h"
#include "dtree/service.h"

/* The service, borrowed for ever; NULL with ERR_SERVICE that names the library. No function of the
 * service is called. */
const struct dtree_service *library_open(const char *path, struct error *err);

/* Is that the command line of one that is to judge? */
bool library_asked(int argc, char *const argv[]);
/* Answers and ends the process. */
_Noreturn void library_judge(const char *path);

#endif
