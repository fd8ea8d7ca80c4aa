/* Owns the states of the children and the reporter. Invariant: the uplink's digest is the sum of
 * theirs. */
#include "worker/roster.h"

#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "worker/child_state.h"

struct roster {
	struct roster_config config;
	struct children *children; /* borrowed */
	struct sweeps *sweeps;     /* borrowed */
	struct child_states child_states;
	struct reporter *reporter;
};

static void digest(struct roster *r)
{
	const struct roster_config *config = &r->config;

	uplink_digest(config->uplink,
	              report_digest(config->id, config->incarnation, r->child_states.version) +
	                  r->child_states.digest);
}

static void changed(struct roster *r)
{
	digest(r);
	reporter_changed(r->reporter);
}

void roster_here(struct roster *r, const struct peer_name *name)
{
	const struct child_state *child = child_state_find(&r->child_states, name->id);

	/* Sweeps that it was sent over another link may be lost. */
	if (child && (child->name.incarnation != name->incarnation ||
	              child->name.generation != name->generation))
		sweeps_child_lost(r->sweeps, name->id);
	if (child_state_here(&r->child_states, name))
		changed(r);
}

void roster_beat(struct roster *r, const struct peer_name *name, uint64_t beat)
{
	if (child_state_beat(&r->child_states, name, beat))
		digest(r);
}

void roster_silent(struct roster *r, const struct peer_name *name, int64_t silent_ms)
{
	if (!child_state_silent(&r->child_states, name, silent_ms))
		return;
	sweeps_child_lost(r->sweeps, name->id);
	changed(r);
}

void roster_left(struct roster *r, const struct peer_name *name)
{
	children_leaving(r->children, name);
	if (!child_state_left(&r->child_states, name))
		return;
	sweeps_child_lost(r->sweeps, name->id);
	changed(r);
}

void roster_forget(struct roster *r, const struct peer_name *name)
{
	children_forget(r->children, name);
	if (!child_state_gone(&r->child_states, name))
		return;
	digest(r);
	sweeps_child_lost(r->sweeps, name->id);
}

void roster_seen(struct roster *r, const struct message *m)
{
	struct error err;
	size_t count;

	if (report_check(m->payload, m->payload_size, &count, &err)) {
		log_warn("roster", "node %d: dtreed sent %s", r->config.id, err.text);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		struct report_entry entry = report_read(m->payload, i);
		roster_forget(r, &(struct peer_name){.id = entry.id,
		                                     .incarnation = entry.incarnation,
		                                     .generation = entry.generation});
	}
	reporter_seen(r->reporter, m);
}

void roster_anew(struct roster *r, uint64_t controller_epoch)
{
	reporter_anew(r->reporter, controller_epoch);
}

struct child_states *roster_child_states(struct roster *r)
{
	return &r->child_states;
}

void roster_connect(struct roster *r, struct children *children, struct sweeps *sweeps)
{
	r->children = children;
	r->sweeps = sweeps;
}

struct roster *roster_new(struct ev_loop *loop, const struct roster_config *config)
{
	struct roster *r = mem_new(sizeof *r);

	r->config = *config;
	r->reporter = reporter_new(loop, &r->child_states, config->controller_epoch, config->say,
	                           config->arg);
	digest(r);
	return r;
}

void roster_free(struct roster *r)
{
	if (!r)
		return;
	reporter_free(r->reporter);
	child_states_free(&r->child_states);
	free(r);
}
