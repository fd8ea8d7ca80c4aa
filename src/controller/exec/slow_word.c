/* Owns the log of slow requests, and the bounds on how often they are told. */
#include "controller/exec/slow_word.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/log_fact.h"
#include "base/mem.h"
#include "base/parse.h"
#include "base/proc_stat.h"
#include "base/spool.h"
#include "controller/exec/internal.h"
#include "controller/exec/slow_look.h"
#include "controller/exec/slow_trace.h"
#include "controller/node/event.h"
#include "wire/message.h"

/* Nodes above one that are looked at: is their process stopped? */
#define SLOW_WAY_MAX 64

/* So long a look holds. */
#define LOOK_SHARED_MS 100

static const struct bucket_rate slow_looks = {.burst = 20, .second = 20};
static const struct bucket_rate slow_events = {.burst = 20, .second = 10};
static const struct bucket_rate slow_files = {.burst = 20, .second = 10};
static const struct bucket_rate slow_lines = {.burst = 5, .second = 1};

struct slow_words {
	struct slow_log *log;
	struct bucket events;
	struct bucket lines;
	struct bucket files;
	uint64_t silent; /* lines that were not written since the last one */
	struct bucket looks;
	uint32_t looked; /* incarnation of the node that was looked at last; 0: none yet */
	int64_t looked_at;
	int stopped; /* the node that was found; NODE_CONTROLLER: none */
	int pid;     /* of its process, or 0 */
};

static bool slow_word_is_stopped(pid_t pid)
{
	char text[PROC_STAT_SIZE];
	const char *state = proc_stat_read(pid, text);

	return state && (*state == 'T' || *state == 't');
}

/* The lowest stopped process on the way to the node; NULL: there is none. */
static const struct node *slow_word_stopped(const struct node *n)
{
	for (size_t i = 0; n && i < SLOW_WAY_MAX; i++, n = n->link.up)
		if (n->worker.pid && slow_word_is_stopped(n->worker.pid))
			return n;
	return NULL;
}

/* Many requests to one node may be late at once: they share a look. Beyond the rate it is not
 * looked, and such a request says less. */
static void slow_word_look(struct slow_words *words, const struct node *n, struct slow_known *known)
{
	const struct node *stopped;

	if (words->looked != n->incarnation || clock_ms() - words->looked_at > LOOK_SHARED_MS) {
		if (!bucket_take(&words->looks, &slow_looks, clock_ms(), 1))
			return;
		stopped = slow_word_stopped(n);
		words->looked = n->incarnation;
		words->looked_at = clock_ms();
		words->stopped = stopped ? stopped->id : NODE_CONTROLLER;
		words->pid = stopped ? (int)stopped->worker.pid : 0;
	}
	known->stopped = words->stopped;
	known->pid = words->pid;
}

/* How long the node was lost or silent since the request was sent. */
static int64_t slow_word_silence(const struct node *n, const struct request *r)
{
	if (n->health.since)
		return clock_ms() - n->health.since;
	return n->health.ended > clock_ns_ms(r->at.sent) ? n->health.last : 0;
}

bool slow_word_is_program(const struct controller *c, const struct node *n)
{
	for (size_t i = 0; n && i < c->config.service_count; i++)
		if (strcmp(c->config.services[i].name, n->service) == 0)
			return strcmp(c->config.services[i].kind, "library") != 0;
	return false;
}

static struct slow_known slow_word_know(struct slow_words *words, const struct node *n,
                                        const struct request *r)
{
	struct slow_known known = {.answered = r->at.node.received};

	if (!n)
		return known;
	known.service = n->service;
	if (!r->at.sent)
		return known;
	known.moves = (unsigned)(n->traffic.way - r->at.way);
	known.silent_ms = slow_word_silence(n, r);
	if (!known.answered)
		slow_word_look(words, n, &known);
	return known;
}

static void slow_word_publish(struct controller *c, const struct slow_request *slow,
                              const char *text)
{
	struct event event = {.type = EVENT_SLOW_REQUEST,
	                      .total_ms = (int64_t)(slow->ns / 1000000),
	                      .id = slow->node,
	                      .has_id = slow->node != NODE_CONTROLLER,
	                      .name = *slow->name ? slow->name : NULL,
	                      .cause = text};

	if (bucket_take(&c->exec->slow->events, &slow_events, clock_ms(), 1))
		event_publish(c->events, &event);
}

static void slow_word_write(struct slow_words *words, const struct slow_request *slow,
                            const char *service, const char *text)
{
	if (!bucket_take(&words->lines, &slow_lines, clock_ms(), 1)) {
		words->silent++;
		return;
	}
	log_fact(LOG_LEVEL_WARN, FACT_SLOW_REQUEST,
	         &(struct log_about){.has_node = slow->node != NODE_CONTROLLER,
	                             .node = slow->node,
	                             .service = service,
	                             .request = slow->id},
	         "slow", "%s of node %d, request %llu of session %llu: %lld ms: %s", slow->kind,
	         slow->node, (unsigned long long)slow->id, (unsigned long long)slow->session,
	         (long long)(slow->ns / 1000000), text);
	if (words->silent)
		log_warn("slow",
		         "%llu slow requests before it are not told here; "
		         "dtreectl slow has the last",
		         (unsigned long long)words->silent);
	words->silent = 0;
}

/* A file each, so many a second. */
static void slow_word_file(struct controller *c, const struct request *r, const struct node *n,
                           const struct slow_request *slow)
{
	cleanup_free char *name = NULL;
	char *text;
	size_t size;

	if (!c->config.slow_traces ||
	    !bucket_take(&c->exec->slow->files, &slow_files, clock_ms(), 1))
		return;
	name = slow_trace_name(slow);
	text = slow_trace_text(r, n, slow_word_is_program(c, n), slow, &size);
	spool_put(c->config.slow_traces, name, text, size);
}

/* A slow_fn. */
static void slow_word_take(struct controller *c, struct request *r, uint64_t now)
{
	const struct node *n = node_find(c->nodes, r->node);
	const char *name = n ? node_name(n) : NULL;
	struct slow_known known = slow_word_know(c->exec->slow, n, r);
	struct slow_request slow = {.id = message_ordinal(r->id),
	                            .time = clock_wall_us(),
	                            .node = r->node,
	                            .kind = r->kind->name,
	                            .session = message_ordinal(r->session->id),
	                            .code = r->outcome ? r->outcome->error.code : ERR_NONE};
	const struct step *longest;
	struct slow_seen seen;
	cleanup_free char *text = NULL;

	slow_steps(r, slow_word_is_program(c, n), now, &slow.steps);
	longest = slow_longest(&slow.steps);
	if (!longest)
		return;
	slow.ns = now - slow.steps.items[0].begin;
	slow.longest = longest->what;
	slow_why(r, longest->what, &known, slow.why);
	slow_look_seen(c, r, &seen);
	slow_seen_say(&seen, slow.longest, slow.why, sizeof slow.why);
	snprintf(slow.traceparent, sizeof slow.traceparent, "%s",
	         r->traceparent ? r->traceparent : "");
	snprintf(slow.name, sizeof slow.name, "%s", name ? name : "");
	slow_log_add(c->exec->slow->log, &slow);
	text = mem_format("%s %lld ms: %s", step_name(slow.longest),
	                  (long long)((longest->end - longest->begin) / 1000000), slow.why);
	slow_word_file(c, r, n, &slow);
	slow_word_publish(c, &slow, text);
	slow_word_write(c->exec->slow, &slow, n ? n->service : NULL, text);
}

void slow_word_node(struct request *r, const struct message *m)
{
	if (request_answered(r))
		return;
	if (m->type == MSG_PONG)
		r->at.node = m->pong.at;
	else if (m->type == MSG_RESULT)
		r->at.node = m->result.at;
}

void slow_word_set(struct controller *c, int64_t ms)
{
	struct slow_words *words = c->exec->slow;

	c->config.slow_request_ms = ms;
	if (ms && words->log) {
		slow_log_set(words->log, ms);
	} else if (ms) {
		words->log = slow_log_new(ms);
	} else {
		slow_log_free(words->log);
		words->log = NULL;
	}
	requests_tell_slow(c->requests, ms, slow_word_take);
}

void slow_word_init(struct controller *c)
{
	c->exec->slow = mem_new(sizeof *c->exec->slow);
	if (c->config.slow_request_ms)
		slow_word_set(c, c->config.slow_request_ms);
}

void slow_word_stop(struct controller *c)
{
	slow_log_free(c->exec->slow->log);
	free(c->exec->slow);
}

const struct slow_log *slow_word_log(const struct controller *c)
{
	return c->exec->slow->log;
}
