/*
 * Shared by the stages that have another system in the floor's place: finding it, talking to it,
 * and dtree's side of the same work. Each such stage's state begins with a struct peer.
 */
#ifndef BENCH_PEER_H
#define BENCH_PEER_H

#include <stdint.h>

#include "dtree.h"
#include "stage.h"

/* Node 1 sums, node 2 keeps and is restarted always, both below the controller. */
struct peer {
	struct dtree dtree;
	struct talk events; /* of restarts */
};

/* The program's path, in PATH or where daemons are; owned by the caller; NULL: not installed. */
char *peer_find(const char *program);

/* dtree's side. */
int peer_open(struct peer *peer, struct error *err);
void peer_close(struct peer *peer);
/* Call it before peer_open(), so that peer_close() is always allowed. */
void peer_init(struct peer *peer);

/* A free port of this machine. */
int peer_port(uint16_t *port, struct error *err);
/* Tries until a process listens; the program `pid` must live. The descriptors, or -1. */
int peer_connect_port(uint16_t port, pid_t pid, struct error *err);
int peer_connect_path(const char *path, pid_t pid, struct error *err);

/* dtree's sides, for rows. */
side_fn peer_trip;    /* `exec 1 1 1` on a connection held open, in us */
side_fn peer_rate;    /* the same with row->window under way */
side_fn peer_put;     /* writes, acknowledged when they are on disk, row->window under way */
side_fn peer_once;    /* `dtreectl ping 1`, in us */
side_fn peer_replace; /* kill -9 of a worker until another answers, in ms */

/* Requests in one sample of a rate. */
#define PEER_FLOOD 5000

#endif
