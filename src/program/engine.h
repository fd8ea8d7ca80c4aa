/*
 * Serves a node's requests by a program: a process for each of them (run.c), or one that stays
 * (resident.c), which is spoken to by lines or by JSON-RPC.
 *
 * Calls begin in their order, `concurrency` of them at a time. Each gets one answer. At its
 * deadline it is answered, and its program told or ended; an answer that comes later is dropped.
 *
 * One thread: the loop's, which is the process's main thread (spawn.h). Nothing here waits.
 */
#ifndef PROGRAM_ENGINE_H
#define PROGRAM_ENGINE_H

#include <ev.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "program/call.h"
#include "program/environment.h"
#include "program/spec.h"

/* Bytes of arguments of one request. */
#define ENGINE_ARGS_MAX ((size_t)16 * 1024 * 1024)

struct engine;

/* May be called from within engine_ask() and engine_cancel(). */
typedef void engine_answer_fn(void *arg, uint64_t id, const struct answer *answer);
/* A process has taken so many more bytes of its input. sated: it takes no more, and what still
 * comes is dropped. May be called from within engine_input(). */
typedef void engine_taken_fn(void *arg, uint64_t id, size_t n, bool sated);
/* How far it has come: one JSON object, borrowed for the call. Tells nothing of the engine's calls,
 * and changes none. */
typedef void engine_progress_fn(void *arg, uint64_t id, const char *json);
typedef void engine_done_fn(void *arg);

/* With the arg of the answers. Before the first request. */
void engine_on_taken(struct engine *e, engine_taken_fn *taken);
void engine_on_progress(struct engine *e, engine_progress_fn *progress);

/* Kills what is left; nobody is answered. */
void engine_free(struct engine *e);

struct engine_request {
	uint64_t id;
	int64_t deadline; /* clock_ms(); 0: none */
	char *args;       /* each argument with a NUL behind it; taken over: malloc()ed */
	size_t size;
	char *traceparent; /* taken over, the same; NULL: none */
};

/* A whole request. */
void engine_ask(struct engine *e, const struct engine_request *request);
/* Do its requests have standard input? */
bool engine_takes_input(const struct engine *e);
/* A request whose standard input follows; only then. It begins without that. It has no deadline
 * before its input is whole. */
void engine_ask_input(struct engine *e, const struct engine_request *request);
/* More of its input, n bytes, which are copied; the caller bounds what was not taken. last: it ends
 * behind them, and the deadline counts. Nothing happens where the request is answered. */
void engine_input(struct engine *e, uint64_t id, const char *bytes, size_t n, bool last,
                  int64_t deadline);
/* It is not wanted any more: it is answered, if it is there and was not. */
void engine_cancel(struct engine *e, uint64_t id);
/* Another dtreed has taken the node over: what limits its programs is set anew. */
void engine_adopted(struct engine *e);
/* If its program is that process, and has failed its probe, it is ended and started again, as if it
 * had ended by itself. */
void engine_renew(struct engine *e, pid_t pid);
/* Its program is said to be gone, and nothing is said of it any more. */
void engine_retire(struct engine *e);
/* How many programs that were replaced still finish what they have. */
size_t engine_formers(const struct engine *e);
/* While it holds, nothing begins and no output is read. */
void engine_hold(struct engine *e, bool hold);
/* Nothing new comes. What was asked is answered; then the program is ended, and done called. */
void engine_finish(struct engine *e, engine_done_fn *done, void *arg);

#endif
