/*
 * The service ABI: what a node runs to answer `exec`.
 *
 * A service is one `const struct dtree_service`. Built-in services are rows of a table; a plug-in
 * is a shared object that exports one as dtree_service_plugin (below). Everything a service may use
 * is in this header; dtree-service(3) is its manual.
 *
 * Threads: a worker calls the functions of one node's service from one thread at a time: its
 * service thread, and never the one that relays messages, but for what the service itself calls
 * quick. A handler may therefore take its time; it delays other requests to its own node and
 * nothing else. Between two feed() calls of one request the worker may serve other requests (of
 * other clients) on the same state.
 *
 * A plug-in is opened (dlopen(3)) by the workers of its nodes before they join the tree, or while
 * they work where the service is declared anew, and by a process that judges it for dtreed when the
 * configuration is read; never by dtreed itself. Its constructors run then, on a thread that is the
 * only one but in a worker that works, with standard streams that are dtree's: they may do what a
 * program may, but a thread that they start blocks all signals first. What they
 * break is that node alone. The object is never closed: its destructors run when the worker ends
 * in order, and not where it is killed. Which plug-ins fit is told by `abi`, before any function is
 * called.
 *
 * Arguments reach feed() as a stream of bytes in which every argument is followed by one NUL
 * byte; an argument itself never holds a NUL and is valid UTF-8. A call may end anywhere, also in
 * the middle of an argument, so that 10^8 arguments need no memory.
 */
#ifndef DTREE_SERVICE_H
#define DTREE_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define DTREE_SERVICE_ABI 4

/* No result may be longer than this, in bytes (it travels in one reply line). */
#define DTREE_RESULT_MAX ((size_t)64 * 1024 * 1024)

/* What an answer promises of the data that it wrote. */
enum dtree_durability {
	DTREE_DURABILITY_NONE,    /* nothing: it may live in memory */
	DTREE_DURABILITY_PROCESS, /* it survives the death of the process */
	DTREE_DURABILITY_FULL,    /* it survives the loss of power */
};

/* The node that a service works for; what it points to lives as long as the state. */
struct dtree_node {
	int id;
	/* This node's own directory, to be made (0700) by the service if it keeps anything; the
	 * directory above exists. What lies there is there again when the node is started again,
	 * and removed when it is killed. NULL: nothing may be kept. */
	const char *state_dir;
	enum dtree_durability durability;
};

struct dtree_result {
	bool ok;     /* false: the service refuses, and text says why, in one line of UTF-8 */
	char *text;  /* malloc()ed; the caller frees it. NULL with ok: done, without a result */
	size_t size; /* bytes of text, without the NUL that need not be there */
	/* It rests on what the next commit() has still to make durable: a write, or a read of one.
	 * If the commit fails, or may have, the client is told that instead. */
	bool tentative;
};

/* See commit(). */
#define DTREE_COMMIT_UNKNOWN 1

struct dtree_service {
	unsigned abi;        /* DTREE_SERVICE_ABI */
	const char *name;    /* [a-z]+, as given to --service; of a plug-in, whatever it likes: its
	                      * section in the configuration says how it is called */
	const char *summary; /* one line of UTF-8 for help texts, up to 1024 bytes; NULL: none */
	const char *usage;   /* the arguments of exec: "N K1 ... KN"; the same */

	/* A node's state, made before its first request. NULL: it cannot be had now; the request is
	 * refused with *why, and the next one tries again. *why is malloc()ed one line of UTF-8
	 * that the caller frees, or stays NULL: out of memory. */
	void *(*create)(const struct dtree_node *node, char **why);
	void (*destroy)(void *state);

	/* One request: open, feed any number of times, finish once or never, close. open gives
	 * NULL when out of memory. */
	void *(*open)(void *state);
	/* Takes n bytes of arguments (n may be 0): 0, or -1 for "refused: feed no more, finish
	 * says why". Nothing may be changed in the node's state before finish. */
	int (*feed)(void *request, const char *bytes, size_t n);
	/* The arguments are complete, or feed refused. Fills *result, which is zeroed. */
	void (*finish)(void *request, struct dtree_result *result);
	/* Frees the request. Without a finish before it, the request was abandoned. */
	void (*close)(void *request);

	/* May be NULL: then answers leave as they are finished. Else they are kept, and this is
	 * called once the node has nothing more to do, or has done a good deal; then they leave.
	 * 0: all that was finished so far is as durable as the node's durability says. -1: nothing
	 * since the last commit has happened, the state is as it was then; *why as in create.
	 * DTREE_COMMIT_UNKNOWN: it cannot be known whether that has happened, as after a sync that
	 * failed; the state is what there is now; *why as in create. */
	int (*commit)(void *state, char **why);

	/* 0: no request is quick. Else one with fewer argument bytes than this is: for it, create,
	 * open, feed, finish and close take some microseconds together, whatever the state holds,
	 * and never block, be it on a file. The thread that relays may then call them. A service
	 * with commit has no quick requests. */
	size_t quick;
};

/* What a plug-in defines: a constant. Declared here so that it has C linkage and can be seen also
 * where everything else is hidden (-fvisibility=hidden). */
#define DTREE_PLUGIN_NAME "dtree_service_plugin"
__attribute__((visibility("default"))) extern const struct dtree_service dtree_service_plugin;

#ifdef __cplusplus
}
#endif

#endif
