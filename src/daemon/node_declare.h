/*
 * The nodes that the configuration declares: [node ID] for one, [group NAME] for several that are
 * alike. The files add key by key; nodes_finish() (node_finish.h) makes of them the nodes, one by
 * one.
 *
 * HACKING.md says how a key is added.
 */
#ifndef DAEMON_NODE_DECLARE_H
#define DAEMON_NODE_DECLARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <uthash.h>

#include "base/error.h"
#include "daemon/declare.h"

/* What can be said of a node, beside how many there are. */
enum node_key {
	NODE_PARENT,
	NODE_SERVICE,
	NODE_RESTART,
	NODE_ON_HANG,
	NODE_HANG_TIMEOUT,
	NODE_AFTER, /* "10,11" */
	NODE_NAME,
	NODE_GROUP,
	NODE_KEYS
};

/* What a topology does with a parent: it is the one of the node; the node before it in the list; or
 * nothing, as the place is the topology's own. */
enum node_place { NODE_PLACE_BELOW, NODE_PLACE_BEHIND, NODE_PLACE_GIVEN };

/* The most that one group may have. */
#define NODE_INSTANCES_MAX 1000000

/* What a section says of a key. */
struct declared_value {
	char *value;  /* NULL: nothing, or an empty value took it back, or it was refused */
	char *origin; /* "dtreed.conf:12"; NULL: no file has the key */
	unsigned file;
	int line;
};

/* A section, from all files. */
struct node_section {
	char *title; /* the key of the table: "node 10", "group web" */
	bool is_group;
	int id;            /* of a node */
	const char *name;  /* of a group: in the title */
	char *origin;      /* where it stood first */
	unsigned file;     /* the last one that has it, */
	int line;          /* and where */
	int64_t instances; /* of a group; 0: none, or not said */
	struct declared_value words[NODE_KEYS];
	struct declared_value count; /* of `instances` */
	UT_hash_handle hh;
};

/* One node. */
struct declared_node {
	const struct node_section *section; /* borrowed */
	bool has_id;                        /* else it is one of a group, and known by its name */
	int id;
	char *member;                  /* owned: the name of one of a group; else NULL */
	const char *values[NODE_KEYS]; /* borrowed from the section; NULL: not said */
};

/* Zero-initialise it. */
struct node_declarations {
	struct node_section *sections; /* in the order of the files; uthash */
	struct declared_node *nodes;   /* after nodes_finish(); parents need not come first */
	size_t count;
};

/* [node ID], [group NAME]. NULL with ERR_PARAMS where it cannot be one, or stands in this file
 * already. */
struct node_section *nodes_section(struct node_declarations *d, bool is_group, const char *name,
                                   const struct declare_place *place, struct error *err);
/* Sets a key: later files win, key by key; an empty value takes back what former ones said. NULL
 * for the section: only that there is such a key is judged, of a node or a group. -1 with
 * ERR_PARAMS. */
int nodes_key(struct node_section *section, bool is_group, const char *key, const char *text,
              const struct declare_place *place, struct error *err);

/* By the topology's name; NULL: not known. */
enum node_place node_place_of(const char *topology);
/* The word in a file. */
const char *node_key_name(enum node_key key);
/* Where the key was said; where the section begins, if it was not. Borrowed. */
const char *node_key_origin(const struct node_section *section, enum node_key key);
/* In the form of a configuration file. */
void nodes_print(const struct node_declarations *d, FILE *out);
void nodes_free(struct node_declarations *d);

#endif
