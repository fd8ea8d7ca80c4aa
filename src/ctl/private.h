/*
 * A private tree: a dtreed of our own, in a directory of its own, that ends with us.
 */
#ifndef CTL_PRIVATE_H
#define CTL_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "ctl/directory.h"

struct private_options {
	const char *topology;  /* NULL: dtreed's default; borrowed, as all of them */
	const char *service;   /* NULL: dtreed's default */
	const char *heartbeat; /* NULL: dtreed's default */
	const char *config;    /* a configuration file; NULL: none */
	char **defines;        /* services, NAME=COMMAND each; the array is owned */
	size_t define_count;
};

struct private_tree {
	struct directory directory;
	char *socket; /* owned: the path of the control socket */
	int lifeline; /* dtreed ends when the other end of its copy closes */
	int pidfd;
	pid_t pid;
};

/*
 * Starts dtreed and waits until it listens. The caller has blocked SIGCHLD, and gives a descriptor
 * that can be read once a signal wants us to end. -1: nothing is left behind; *usage where dtreed
 * did not like the options. dtreed's own words went to standard error.
 */
int private_start(struct private_tree *tree, const struct private_options *options, int signal_fd,
                  bool *usage, struct error *err);
/* Ends dtreed and all its workers, within 2 s, and removes the directory. */
void private_stop(struct private_tree *tree);

#endif
