/*
 * A private tree: a dtreed of this program, in its own directory, that ends with the program.
 */
#ifndef CTL_PRIVATE_H
#define CTL_PRIVATE_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/error.h"
#include "ctl/directory.h"

struct private_options {
	const char *topology;  /* NULL: dtreed's default; borrowed, as the next ones */
	const char *service;   /* NULL: dtreed's default */
	const char *heartbeat; /* NULL: dtreed's default */
	const char *config;    /* a configuration file; NULL: none */
	char **defines;        /* services, NAME=COMMAND each; the array is owned */
	size_t define_count;
};

struct private_tree {
	struct directory directory;
	char *socket; /* owned; path of the control socket */
	int lifeline; /* dtreed ends when this is closed */
	int pidfd;
	pid_t pid;
};

/*
 * Starts dtreed and waits until it listens. The caller has blocked SIGCHLD, and gives a descriptor
 * that can be read once a signal ends the program. -1: nothing is left behind; *usage: dtreed
 * refused the options. dtreed's messages go to standard error.
 */
int private_start(struct private_tree *tree, const struct private_options *options, int signal_fd,
                  bool *usage, struct error *err);
/* Ends dtreed and all its workers, within 2 s, and removes the directory. */
void private_stop(struct private_tree *tree);

#endif
