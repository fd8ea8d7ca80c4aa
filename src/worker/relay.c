/*
 * Owns the node's parts: the uplink, the children and their states, the reply cache, the watch over
 * dtreed. Invariant: only requests of the controller of `controller_epoch` reach the reply cache.
 */
#include "worker/relay.h"

#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "link/children.h"
#include "worker/daemon_watch.h"
#include "worker/program_reporter.h"
#include "worker/reply_cache.h"
#include "worker/roster.h"
#include "worker/sweep.h"
#include "worker/sweep_words.h"
#include "worker/traces.h"
#include "worker/uplink.h"

struct relay {
	struct ev_loop *loop; /* borrowed */
	struct link_context *context;
	int id;
	uint32_t incarnation;
	uint64_t controller_epoch; /* the controller's */
	bool finishing;
	struct uplink *uplink;
	struct children *children;
	struct reply_cache *cache;
	struct sweeps *sweeps;
	struct traces *traces;
	struct roster *roster;
	struct program_reporter *programs;
	struct work work; /* without what is run: where its programs are */
	struct service_source source;
	struct daemon_watch *daemon_watch;
	ev_signal lost;   /* SIGUSR1: the parent is lost */
	ev_signal finish; /* SIGUSR2: dtreed asks the node to finish */
	ev_signal asked;  /* SIGTERM: any process asks for the end */
};

static void relay_say_trace(struct relay *r, struct message *m)
{
	struct buffer bytes = {0};

	if (traces_out(r->traces, m, &bytes))
		uplink_send(r->uplink, m);
	buffer_free(&bytes);
}

/* Sends a message to the controller: of this node, unless it is held for one below. */
static void relay_say(void *arg, struct message *m)
{
	struct relay *r = arg;
	bool own = !m->incarnation;

	if (own) {
		m->node = r->id;
		m->incarnation = r->incarnation;
	}
	if (own && m->type == MSG_TRACE)
		relay_say_trace(r, m);
	else
		uplink_send(r->uplink, m);
}

static void on_answer(void *arg, struct message *m)
{
	struct relay *r = arg;

	if (message_is_sweep(m->request))
		sweeps_answer(r->sweeps, m);
	else
		relay_say(r, m);
}

static void on_child_linked(void *arg, const struct peer_name *name)
{
	const struct relay *r = arg;

	roster_here(r->roster, name);
}

static void on_child_beat(void *arg, const struct peer_name *name, uint64_t digest)
{
	const struct relay *r = arg;

	roster_beat(r->roster, name, digest);
}

static void on_child_silent(void *arg, const struct peer_name *name, int64_t silent_ms)
{
	const struct relay *r = arg;

	roster_silent(r->roster, name, silent_ms);
}

static void on_child_message(void *arg, const struct peer_name *from, const struct message *m,
                             const struct frame *frame)
{
	struct relay *r = arg;

	if (m->type == MSG_LEFT && m->node == from->id)
		roster_left(r->roster, from);
	if ((m->type == MSG_SWEPT && sweeps_swept(r->sweeps, from, m)) ||
	    (m->type == MSG_TRACE && sweeps_hold(r->sweeps, from, m)))
		return;
	if (m->flags & FLAG_TRACED) {
		traces_back(r->traces, m->request);
		relay_say(r, &(struct message){.type = MSG_TRACE, .request = m->request});
	}
	uplink_pass(r->uplink, frame);
}

static const struct children_handlers children_handlers = {
    .linked = on_child_linked,
    .message = on_child_message,
    .beat = on_child_beat,
    .silent = on_child_silent,
    .back = on_child_linked,
};

static void on_finished(void *arg)
{
	struct relay *r = arg;

	ev_break(r->loop, EVBREAK_ALL);
}

static void begin_finish(struct relay *r)
{
	if (r->finishing)
		return;
	r->finishing = true;
	reply_cache_finish(r->cache, on_finished, r);
}

static void on_orphaned(void *arg, int64_t waited_ms)
{
	struct relay *r = arg;

	log_info("relay", "node %d leaves: no dtreed for %lld ms", r->id, (long long)waited_ms);
	begin_finish(r);
}

static void relay_on_signal(struct ev_loop *loop, ev_signal *signal, int revents)
{
	struct relay *r = signal->data;

	(void)loop;
	(void)revents;
	if (signal == &r->lost)
		uplink_lost(r->uplink);
	else if (signal == &r->finish)
		begin_finish(r);
	else
		daemon_watch_asked(r->daemon_watch);
}

static void adopt(struct relay *r, const struct parent *from, const struct message *m)
{
	struct error err;

	/* A node that is about to end adopts no controller: its end is noticed. */
	if (m->adopt.controller_epoch < r->controller_epoch || r->finishing)
		return;
	if (daemon_watch_follow(r->daemon_watch, m->adopt.pid, &err))
		log_warn("relay", "node %d: %s", r->id, err.text);
	if (m->adopt.controller_epoch > r->controller_epoch) {
		reply_cache_adopt(r->cache);
		sweeps_adopt(r->sweeps);
	}
	r->controller_epoch = m->adopt.controller_epoch;
	if (!uplink_keep(r->uplink, from))
		return; /* the controller learns of the new link, and sends ADOPT again */
	roster_anew(r->roster, r->controller_epoch);
	program_reporter_anew(r->programs, r->controller_epoch);
}

/* Is what the node runs what there is now? false: it can be asked again later. */
static bool relay_reread(struct relay *r, struct error *err)
{
	struct work work = r->work;
	char *runs = NULL;
	int rc;

	*err = (struct error){0};
	if (!r->source.file)
		return true;
	if (!reply_cache_may_reload(r->cache))
		return false;
	rc = service_source_read(&r->source, &work, &runs, err);
	if (rc <= 0)
		return true;
	if (reply_cache_reload(r->cache, &work)) {
		service_source_refused(&work, runs);
		return false;
	}
	service_source_taken(&r->source, runs);
	log_info("relay", "node %d runs its service %s as it is declared now", r->id,
	         r->source.name);
	return true;
}

/* What is not answered is said again. */
static void relay_reload(struct relay *r, const struct message *m)
{
	struct error err;

	if (m->reload.controller_epoch != r->controller_epoch || r->finishing)
		return;
	if (log_level_known(m->reload.log_level))
		log_set_level((enum log_level)m->reload.log_level);
	if (relay_reread(r, &err))
		relay_say(r, &(struct message){.type = MSG_RELOADED,
		                               .flags = err.code ? FLAG_REFUSED : 0,
		                               .reloaded.revision = m->reload.revision,
		                               .reloaded.controller_epoch = r->controller_epoch,
		                               .payload = err.code ? err.text : NULL,
		                               .payload_size = err.code ? strlen(err.text) : 0});
}

static void relay_pong(struct relay *r, const struct message *m)
{
	uint64_t now = clock_ns();

	if (m->flags & FLAG_TRACED)
		relay_say(r, &(struct message){.type = MSG_TRACE, .request = m->request});
	relay_say(r, &(struct message){.type = MSG_PONG,
	                               .flags = m->flags & FLAG_TRACED,
	                               .request = m->request,
	                               .pong.at = {now, now, now, now}});
}

/* Messages that belong to a request. */
static void relay_serve(struct relay *r, struct parent *from, const struct message *m)
{
	if (message_epoch(m->request) != r->controller_epoch)
		log_debug("relay", "node %d: dropped a %s from a former controller", r->id,
		          message_name(m->type));
	else if (m->type == MSG_PING)
		relay_pong(r, m);
	else if (m->type == MSG_SWEEP && !uplink_leads(r->uplink, from))
		sweep_word_decline(from, m);
	else if (m->type == MSG_SWEEP)
		sweeps_take(r->sweeps, m);
	else
		reply_cache_take(r->cache, m);
}

static void obey(struct relay *r, struct parent *from, const struct message *m)
{
	if (m->node != r->id || m->incarnation != r->incarnation) {
		log_debug("relay", "node %d: dropped a %s for a former life", r->id,
		          message_name(m->type));
		return;
	}
	switch (m->type) {
	case MSG_PING:
	case MSG_EXEC:
	case MSG_DATA:
	case MSG_CANCEL:
	case MSG_CREDIT:
	case MSG_SETTLED:
	case MSG_SWEEP:
		relay_serve(r, from, m);
		break;
	case MSG_REHOME:
		if (m->rehome.controller_epoch == r->controller_epoch)
			uplink_move(r->uplink, m);
		break;
	case MSG_LEAVE:
		uplink_leave(r->uplink, m->leave.link_generation);
		break;
	case MSG_RESUME:
		uplink_resume(r->uplink, from);
		break;
	case MSG_FORGET:
		roster_forget(r->roster,
		              &(struct peer_name){.id = m->forget.id,
		                                  .incarnation = m->forget.incarnation,
		                                  .generation = m->forget.link_generation});
		break;
	case MSG_SEEN:
		if (m->seen.controller_epoch == r->controller_epoch)
			roster_seen(r->roster, m);
		break;
	case MSG_PROGRAM_SEEN:
		program_reporter_seen(r->programs, m);
		if (m->program_seen.renew &&
		    m->program_seen.controller_epoch == r->controller_epoch)
			reply_cache_renew(r->cache, (pid_t)m->program_seen.renew);
		break;
	case MSG_RELOAD:
		relay_reload(r, m);
		break;
	case MSG_ADOPT:
		adopt(r, from, m);
		break;
	case MSG_HELLO:
	case MSG_WELCOME:
	case MSG_HEARTBEAT:
	case MSG_INTERVAL:
	case MSG_PONG:
	case MSG_TAKEN:
	case MSG_OFFER:
	case MSG_RESULT:
	case MSG_LEFT:
	case MSG_ARRIVED:
	case MSG_REPORT:
	case MSG_SWEPT:
	case MSG_PROGRAM:
	case MSG_EVENT:
	case MSG_PROGRESS:
	case MSG_TRACE:
	case MSG_RELOADED:
	case MSG_TYPES:
		break; /* these have no route */
	}
}

static void on_way_down(void *arg, struct parent *from, const struct message *m,
                        struct frame *frame)
{
	struct relay *r = arg;
	int child;

	if (m->flags & FLAG_TRACED)
		traces_in(r->traces, m);
	if (!message_hop(frame->bytes, &child)) {
		obey(r, from, m);
		return;
	}
	/* Before it is sent: the child may have it, and this processor, before the send returns. */
	if (m->flags & FLAG_TRACED)
		traces_left(r->traces, m->request);
	/* If the child is gone, the controller has seen it die and answers for it. */
	if (!children_pass(r->children, child, frame))
		log_debug("relay", "node %d: no way to %d", r->id, child);
}

static void on_interval(void *arg, int64_t interval_ms)
{
	struct relay *r = arg;

	children_interval(r->children, interval_ms);
}

static void on_renewed(void *arg)
{
	struct relay *r = arg;

	roster_anew(r->roster, r->controller_epoch);
	program_reporter_anew(r->programs, r->controller_epoch);
}

static const struct uplink_handlers uplink_handlers = {
    .message = on_way_down,
    .interval = on_interval,
    .renewed = on_renewed,
};

static int build(struct relay *r, const struct relay_config *config, struct error *err)
{
	const struct dtree_node node = {
	    .id = config->id, .state_dir = config->state_dir, .durability = config->durability};
	struct work work = config->work;

	r->traces = traces_new(r->loop);
	r->programs = program_reporter_new(r->loop, relay_say, r);
	work.watch = program_reporter_watch(r->programs);
	r->cache = reply_cache_new(r->loop, &node, &work, on_answer, r);
	r->daemon_watch =
	    daemon_watch_new(r->loop, config->orphan_timeout, config->lives, on_orphaned, r);
	if (daemon_watch_follow(r->daemon_watch, config->dtreed, err))
		return -1;
	r->context = link_context_join(r->loop, config->listen, config->link_key, err);
	if (!r->context)
		return -1;
	r->uplink = uplink_new(r->context, r->loop, r->id, r->incarnation, config->controller,
	                       &uplink_handlers, r);
	r->children = children_new(r->context, r->loop, config->listen, &children_handlers, r, err);
	if (!r->children)
		return -1;
	r->roster =
	    roster_new(r->loop, &(struct roster_config){.id = r->id,
	                                                .incarnation = r->incarnation,
	                                                .controller_epoch = r->controller_epoch,
	                                                .uplink = r->uplink,
	                                                .say = relay_say,
	                                                .arg = r});
	r->sweeps = sweeps_new(r->loop, r->id, r->cache, r->children,
	                       roster_child_states(r->roster), r->traces, relay_say, r);
	roster_connect(r->roster, r->children, r->sweeps);
	return 0;
}

static void relay_watch_signal(struct relay *r, ev_signal *signal, int number)
{
	ev_signal_init(signal, relay_on_signal, number);
	signal->data = r;
	ev_signal_start(r->loop, signal);
}

struct relay *relay_new(struct ev_loop *loop, const struct relay_config *config, struct error *err)
{
	struct relay *r = mem_new(sizeof *r);

	r->loop = loop;
	r->id = config->id;
	r->incarnation = config->incarnation;
	r->controller_epoch = config->controller_epoch;
	r->source = config->source;
	r->work = config->work;
	r->work.service = NULL;
	r->work.program = NULL;
	relay_watch_signal(r, &r->lost, SIGUSR1);
	relay_watch_signal(r, &r->finish, SIGUSR2);
	relay_watch_signal(r, &r->asked, SIGTERM);
	if (build(r, config, err) == 0)
		return r;
	relay_free(r);
	return NULL;
}

void relay_renew(struct relay *r)
{
	struct error err;

	if (children_renew(r->children, &err) < 0)
		log_error("relay", "node %d: %s", r->id, err.text);
}

void relay_free(struct relay *r)
{
	ev_signal_stop(r->loop, &r->asked);
	ev_signal_stop(r->loop, &r->finish);
	ev_signal_stop(r->loop, &r->lost);
	sweeps_free(r->sweeps);
	roster_free(r->roster);
	children_free(r->children);
	uplink_free(r->uplink);
	link_context_free(r->context);
	daemon_watch_free(r->daemon_watch);
	reply_cache_free(r->cache);
	program_reporter_free(r->programs);
	traces_free(r->traces);
	service_source_free(&r->source);
	free(r);
}

int relay_join(struct relay *r, const char *parent, struct error *err)
{
	if (uplink_join(r->uplink, parent, err))
		return -1;
	program_reporter_anew(r->programs, r->controller_epoch);
	return 0;
}
