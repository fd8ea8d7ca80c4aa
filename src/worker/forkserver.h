/*
 * The fork server: a dtree-worker that has loaded and linked its libraries and has not begun to be
 * a node. It makes workers for dtreed, which is the parent of all of them; they share its pages and
 * have nothing to load. wire/birth.h is what it is told and says.
 */
#ifndef WORKER_FORKSERVER_H
#define WORKER_FORKSERVER_H

#include <stdbool.h>

/* Is this the command line of a fork server? */
bool forkserver_asked(int argc, char *const argv[]);

/*
 * Serves until dtreed has gone, and ends the process then. It returns only in a new worker: as a
 * child of dtreed, with the command line that it was given in *argc and *argv (borrowed for ever),
 * its start barrier as standard input and no other descriptor but the two of output.
 * /proc/PID/cmdline shows that command line, cut after a word where it does not fit.
 *
 * The process must have one thread. What it has begun by then, every worker has begun.
 */
void forkserver_serve(int *argc, char ***argv);

#endif
