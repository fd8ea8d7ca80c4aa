/*
 * What holds of a node whenever the loop has turned, by the states of its tables. A program that
 * was configured with --enable-asserts looks at all nodes after each turn (controller/check.c), and
 * ends at the first that is wrong.
 *
 * Stateless. Inside a turn, while several fields change, none of it has to hold.
 */
#ifndef CONTROLLER_NODE_INVARIANTS_H
#define CONTROLLER_NODE_INVARIANTS_H

struct node;

/* In a function that returns NULL where all holds, else what does not: static storage. */
#define CHECK(holds) \
	do { \
		if (!(holds)) \
			return #holds; \
	} while (0)

/* The invariants of the node's life, and those of its link: NULL, or the one that is broken. */
const char *node_check_life(const struct node *n);
const char *node_check_link(const struct node *n);
const char *node_check(const struct node *n); /* both */

/* Prints the node, its states and what is wrong to standard error, and aborts; or returns. */
void node_assert(const struct node *n);
/* The same for what is not of one node. */
void check_assert(const char *what, const char *wrong);

#endif
