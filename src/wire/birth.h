/*
 * The protocol between dtreed (controller/process/fork_server.h) and its fork server
 * (worker/forkserver.h), over a SOCK_SEQPACKET pair that is the server's standard input.
 *
 * dtreed begins with one byte and the page's descriptor; the server answers 0 when it is ready.
 * Then, one request at a time: the words of a command line, each with a NUL, and the read end of
 * the worker's start barrier. The server answers with an int: 0, or an errno. All descriptors are
 * sent as SCM_RIGHTS.
 *
 * Both processes map the page. The worker's process id is in the page and not in the server's
 * answer: the kernel writes it while it makes the process (clone(2), CLONE_PARENT_SETTID), so that
 * dtreed knows of each of its children, whenever the server dies.
 */
#ifndef WIRE_BIRTH_H
#define WIRE_BIRTH_H

#include <stdint.h>

/* The server is the worker's program with this as its first argument. The second argument is as
 * long as a worker's command line may be to be seen whole in /proc/PID/cmdline. */
#define BIRTH_OPTION "--fork-server"
/* Bytes of a request. */
#define BIRTH_MAX 16384

struct birth_page {
	int32_t pid; /* of the worker that was requested last; 0: there is none. Atomic */
};

#endif
