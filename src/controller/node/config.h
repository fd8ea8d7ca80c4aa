/* What the controller is told when it is made. */
#ifndef CONTROLLER_NODE_CONFIG_H
#define CONTROLLER_NODE_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A service that is a program of the user's own. The strings are borrowed. */
struct declared_service {
	const char *name;
	const char *kind;    /* how it is spoken to: "run", "lines", "json"; "library" */
	const char *summary; /* NULL: nobody said */
	const char *usage;
	const char *origin; /* where it was declared */
	bool anew;          /* in controller_reconfigure(): its nodes are to read its file anew */
};

struct spool;

/* The names of files in slow_traces. */
#define SLOW_TRACE_PREFIX "slow-"
#define SLOW_TRACE_SUFFIX ".json"

struct controller_config {
	const char *topology; /* a row of tree/topology.c */
	const char *service;  /* the tree's default: a row of service/service.c, or declared */
	const struct declared_service *services; /* borrowed */
	size_t service_count;
	const char *services_dir; /* a file NAME for each of them, for its workers */
	const char
	    *groups; /* control groups of their programs: the path up to a number; NULL: none */
	const char *credentials_dir; /* where their programs' credentials are; NULL: nowhere */
	const char *runtime_dir;     /* exists, 0700; the links' socket files go below it */
	const char *logs_dir;        /* exists, 0700; a file for each program's node; NULL: none */
	const char *state_dir;       /* exists; what nodes keep goes below it, and the registry */
	const char *lives_path; /* a file in it: each worker holds the place of its incarnation */
	int lives;              /* its descriptor, open for as long as the controller; borrowed */
	const char *durability; /* "full", "process" or "none": see service.h; static */
	const char *link;       /* words of link_kind.h: how the links are made, */
	const char *link_security; /* and over TCP, who may connect */
	const char *worker_path;   /* the program dtree-worker */
	bool fork_workers;         /* one process of it makes the others: see fork_server.h */
	int64_t heartbeat_ms;      /* 0: off */
	int64_t request_timeout_ms;
	int64_t slow_request_ms;   /* what takes so long is kept, and told; 0: nothing */
	struct spool *slow_traces; /* gets a file for each; borrowed; NULL: none */
	const char *restart;       /* "no", "on-failure" or "always": where a create says nothing */
	int64_t restart_delay_max_ms;
	int64_t restart_quiet_ms; /* a life of so long forgives the deaths before it */
	unsigned restart_limit;   /* deaths in a row that are followed by a restart */
	const char *on_hang; /* "report" or "restart": where a create says nothing; NULL: report */
	int64_t hang_timeout_ms; /* the silence after which a node hangs, the same */
	bool ends_at_give_up;    /* the owner of the controller ends then: none stays given up */
	size_t max_nodes;
	/* How long workers wait for another dtreed when this one died; 0: they die with it, and
	 * nothing is kept of the tree. */
	int64_t orphan_timeout_ms;
	int64_t stop_grace_ms; /* how long requests, and then workers, may take to finish */
};

#endif
