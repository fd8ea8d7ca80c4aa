/*
 * Shared by the built-in services: collecting a few whole arguments from the stream of bytes, and
 * giving results.
 */
#ifndef SERVICE_ARGS_H
#define SERVICE_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "dtree/service.h"

/* The most arguments that are collected. */
#define ARGS_MOST 2
/* How much of a culprit an error message repeats. */
#define ARGS_SHOWN ((size_t)48)

struct arg {
	/* Set by the service: */
	const char *what; /* borrowed: the argument's name in messages */
	size_t most;      /* bytes that are kept */
	bool drop;        /* further bytes are dropped; else they are an error */
	/* Set here: */
	size_t size; /* bytes that came, the dropped ones too */
	char *bytes; /* owned; no NUL behind; NULL while there are none */
	size_t room;
};

/* Zero-initialise it, then set the service's fields. */
struct args {
	const char *expected; /* borrowed: "NAME [VALUE]" */
	size_t least;         /* the smallest number of arguments */
	size_t count;         /* the largest */
	struct arg arg[ARGS_MOST];
	size_t got;       /* arguments that are complete */
	bool begun;       /* the next one has begun */
	struct error err; /* why these arguments are refused; ERR_NONE: they are not */
};

/*
 * Takes bytes up to the end of the argument that is being read, and no more than n > 0: how many
 * were taken, or 0: refused, and args->err says why.
 */
size_t args_take(struct args *args, const char *bytes, size_t n);
/* Takes all n bytes: 0, or -1 with args->err. */
int args_feed(struct args *args, const char *bytes, size_t n);
/* There are no more bytes. 0 if the arguments are complete and enough, or -1 with args->err. */
int args_end(struct args *args);
void args_free(struct args *args);

/* The service refuses. */
void result_refuse(struct dtree_result *result, const struct error *err);
/* Done; text is malloc()ed and handed over. NULL, 0: without a result. */
void result_give(struct dtree_result *result, char *text, size_t size);
/* Done; a copy of the string s. */
void result_give_copy(struct dtree_result *result, const char *s);

#endif
