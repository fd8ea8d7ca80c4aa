/* Owns node.program.told_*, .event. Each end and start is published once, in their order, and so is
 * each time that a probe fails, and passes again. */
#include "controller/overlay/program_word.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "controller/node/event.h"
#include "controller/node/names.h"
#include "controller/node/program.h"
#include "controller/overlay/hang.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/route.h"

/* Also while its first life is being recorded: it has joined by then. */
static bool is_heard(const struct node *n)
{
	return node_has_joined(n) || n->life == LIFE_COMMITTING;
}

static void publish_started(struct controller *c, const struct node *n, pid_t pid)
{
	const struct event_program program = {.service = n->service,
	                                      .restarts = n->program->report.restarts};

	event_publish(c->events, &(struct event){.type = EVENT_PROGRAM_STARTED,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .name = node_name(n),
	                                         .pid = pid,
	                                         .program = &program});
}

static void publish_ended(struct controller *c, const struct node *n)
{
	const struct program_report *report = &n->program->report;
	const int64_t left = report->due - clock_ms();
	const struct event_program program = {
	    .service = n->service,
	    .has_used = report->ended_pid != 0,
	    .used = report->used,
	    .restart_ms = report->due ? (left > 0 ? left : 1) : 0,
	};

	event_publish(c->events, &(struct event){.type = EVENT_PROGRAM_DIED,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .name = node_name(n),
	                                         .pid = report->ended_pid,
	                                         .cause = report->cause,
	                                         .program = &program});
}

static void publish_probe(struct controller *c, const struct node *n, enum event_type type)
{
	const struct probe_report *probe = &n->program->report.probe;
	const struct event_program program = {.service = n->service};
	const bool failed = type == EVENT_PROBE_FAILED;

	event_publish(c->events, &(struct event){.type = type,
	                                         .has_id = true,
	                                         .id = n->id,
	                                         .name = node_name(n),
	                                         .pid = failed ? probe->pid : 0,
	                                         .cause = failed ? probe->message : NULL,
	                                         .program = &program});
}

/* One that has failed several times between two reports is told of once. */
static void publish_probes(struct controller *c, const struct node *n)
{
	struct node_program *p = n->program;
	const struct probe_report *probe = &p->report.probe;

	if (probe->outages != p->told_outages) {
		p->told_failed = true;
		publish_probe(c, n, EVENT_PROBE_FAILED);
	}
	p->told_outages = probe->outages;
	if (p->told_failed && probe->state == PROBE_PASSED)
		publish_probe(c, n, EVENT_PROBE_RECOVERED);
	p->told_failed = p->told_failed && probe->state == PROBE_FAILED;
}

/* Of several starts or ends that came in one report, the last is told. */
static void publish_news(struct controller *c, const struct node *n)
{
	struct node_program *p = n->program;
	const struct program_report *report = &p->report;
	const bool started = report->starts != p->told_starts;
	const bool ended = report->ends != p->told_ends;

	p->told_starts = report->starts;
	p->told_ends = report->ends;
	if (started && ended && !report->pid && report->ended_pid)
		publish_started(c, n, report->ended_pid);
	if (ended)
		publish_ended(c, n);
	if (started && report->pid)
		publish_started(c, n, report->pid);
	publish_probes(c, n);
}

/* The first report of a life that another dtreed has begun tells of what was before this one. */
static void pass_over_former(const struct controller *c, const struct node *n)
{
	struct node_program *p = n->program;

	if (n->worker.started >= c->overlay->since)
		return;
	p->event = p->report.events;
	if (p->report.started < c->overlay->since)
		p->told_starts = p->report.starts;
	if (p->report.ended < c->overlay->since)
		p->told_ends = p->report.ends;
	if (p->report.probe.changed < c->overlay->since) {
		p->told_outages = p->report.probe.outages;
		p->told_failed = p->report.probe.state == PROBE_FAILED;
	}
}

/* The program that is to be started anew: one that has failed its probe, where a node that hangs
 * is. */
static pid_t program_to_renew(const struct controller *c, const struct node *n)
{
	const struct probe_report *probe = &n->program->report.probe;

	if (probe->state != PROBE_FAILED || hang_policy(c, n) != ON_HANG_RESTART)
		return 0;
	return probe->pid;
}

void program_word_joined(struct controller *c, struct node *n)
{
	if (n->program)
		publish_news(c, n);
}

void program_word_take(struct controller *c, struct node *n, const struct message *m)
{
	const bool first = !n->program;
	struct error err;
	int rc;

	if (!is_heard(n))
		return;
	rc = node_program_take(n, m->program.version, m->payload, m->payload_size, &err);
	if (rc < 0) {
		node_log(n, LOG_LEVEL_WARN, FACT_NONE, "program", "node %d sent %s", n->id,
		         err.text);
		return;
	}
	if (first)
		pass_over_former(c, n);
	if (node_has_joined(n))
		publish_news(c, n);
	route_now(c, n,
	          &(struct message){.type = MSG_PROGRAM_SEEN,
	                            .program_seen.version = n->program->version,
	                            .program_seen.renew = (uint32_t)program_to_renew(c, n),
	                            .program_seen.controller_epoch = c->controller_epoch});
}

void program_word_event(struct controller *c, struct node *n, const struct message *m)
{
	struct node_program *p = n->program;
	cleanup_free char *text = NULL;
	const char *type;
	const char *data;
	uint64_t dropped;
	struct error err;
	size_t size;

	/* The node says first that it has a program. */
	if (!p || m->event.number <= p->event)
		return;
	dropped = m->event.number - p->event - 1;
	p->event = m->event.number;
	if (event_payload_read(m->payload, m->payload_size, &type, &data, &size, &err)) {
		node_log(n, LOG_LEVEL_WARN, FACT_NONE, "program", "node %d sent %s", n->id,
		         err.text);
		return;
	}
	text = mem_copy(data, size);
	event_publish(c->events,
	              &(struct event){.type = EVENT_SERVICE_EVENT,
	                              .has_id = true,
	                              .id = n->id,
	                              .name = node_name(n),
	                              .program = &(struct event_program){.service = n->service,
	                                                                 .said = type,
	                                                                 .data = text,
	                                                                 .dropped = dropped}});
}
