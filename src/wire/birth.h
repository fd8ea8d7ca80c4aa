/*
 * What dtreed (controller/process/fork_server.h) and its fork server (worker/forkserver.h) say to
 * each other, over a SOCK_SEQPACKET pair that is the server's standard input.
 *
 * dtreed begins with one byte and the page's descriptor; the server says 0 when it can be asked.
 * Then, one at a time: the words of a command line, NUL after each, with the read end of the
 * worker's start barrier; and the server's word, an int: 0, or an errno. All descriptors go as
 * SCM_RIGHTS.
 *
 * The page is memory that both have. Who the worker is stands there and not in the server's word:
 * the kernel writes it while the process is made (clone(2), CLONE_PARENT_SETTID), so that whenever
 * the server dies, dtreed knows of every child that it was given.
 */
#ifndef WIRE_BIRTH_H
#define WIRE_BIRTH_H

#include <stdint.h>

/* The server is the program of a worker with this as its first argument. The second is as long as
 * the command lines of workers may be to be seen whole in /proc/PID/cmdline. */
#define BIRTH_OPTION "--fork-server"
/* Bytes of a request. */
#define BIRTH_MAX 16384

struct birth_page {
	int32_t pid; /* of the worker that was asked for last; 0: there is none. Atomic */
};

#endif
