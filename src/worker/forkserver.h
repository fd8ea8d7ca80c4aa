/*
 * The fork server: a dtree-worker that has loaded and linked its libraries and has not begun to be
 * a node. It makes workers for dtreed, which is the parent of all of them; they share its pages and
 * have nothing to load. wire/birth.h has the protocol.
 */
#ifndef WORKER_FORKSERVER_H
#define WORKER_FORKSERVER_H

#include <stdbool.h>

/* Is this the command line of a fork server? */
bool forkserver_asked(int argc, char *const argv[]);

/*
 * Serves until dtreed is gone, and then ends the process. It returns only in a new worker: as a
 * child of dtreed, with the command line that it was given in *argc and *argv (borrowed for ever),
 * its start barrier as standard input and no other descriptor but the two of output.
 * /proc/PID/cmdline shows that command line, cut after a word where it does not fit.
 *
 * The process must have one thread. Every worker inherits its state.
 */
void forkserver_serve(int *argc, char ***argv);

#endif
