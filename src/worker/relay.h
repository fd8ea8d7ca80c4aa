/*
 * A node: passes messages between its parent and its children without looking at their payloads,
 * runs its own service, and moves to another parent when the controller says so.
 *
 * Moving, in order: REHOME comes over the old link. The node says LEFT as its last word there,
 * says hello to the new parent, and holds back whatever wants to go up. Once the controller has
 * seen both, it sends RESUME over the new link; the old one is closed, what was held back goes up.
 * So the controller hears every word once and in order.
 *
 * A node whose parent is lost is told so by SIGUSR1, and goes to the controller itself.
 */
#ifndef WORKER_RELAY_H
#define WORKER_RELAY_H

#include <ev.h>
#include <stdint.h>

#include "base/error.h"
#include "dtree/service.h"

struct relay_config {
	int id;
	uint32_t incarnation;
	const char *listen;                  /* endpoint for children; borrowed for the call */
	const char *parent;                  /* endpoint of the parent; borrowed for the call */
	const char *controller;              /* where to go when the parent is lost; the same */
	const struct dtree_service *service; /* borrowed for ever */
	const char *state_dir;               /* borrowed for ever; see dtree/service.h */
	enum dtree_durability durability;
};

struct relay;

/* Joins the tree; from then on the loop does everything. It lives as long as the process. */
struct relay *relay_new(struct ev_loop *loop, const struct relay_config *config, struct error *err);

#endif
