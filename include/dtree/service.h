/*
 * The service ABI: what a node runs to answer `exec`.
 *
 * A service is one `const struct dtree_service`. Built-in services are rows of the table in
 * src/service/service.c; everything a service may use is in this header.
 *
 * Threads: a worker calls all functions of one node's service from one thread, its service
 * thread, never from the thread that relays messages. A handler may therefore take its time; it
 * delays other requests to its own node and nothing else. Between two feed() calls of one
 * request the worker may serve other requests (of other clients) on the same state.
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

#define DTREE_SERVICE_ABI 1

/* No result may be longer than this, in bytes (it travels in one reply line). */
#define DTREE_RESULT_MAX ((size_t)64 * 1024 * 1024)

struct dtree_result {
	bool ok;     /* false: the service refuses, and text says why, in one line of UTF-8 */
	char *text;  /* malloc()ed; the caller frees it. NULL with ok: done, without a result */
	size_t size; /* bytes of text, without the NUL that need not be there */
};

struct dtree_service {
	unsigned abi;        /* DTREE_SERVICE_ABI */
	const char *name;    /* [a-z]+, as given to --service */
	const char *summary; /* one line for help texts */
	const char *usage;   /* the arguments of exec, for help texts: "N K1 ... KN" */

	/* A node's state, made before its first request. NULL: out of memory. */
	void *(*create)(int node);
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
};

#ifdef __cplusplus
}
#endif

#endif
