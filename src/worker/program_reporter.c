/*
 * Owns the newest report. Invariant: from program_reporter_anew() on, the timer runs while the
 * controller has not seen the newest version.
 */
#include "worker/program_reporter.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/bucket.h"
#include "base/clock.h"
#include "base/mem.h"
#include "loop/timer.h"

static const struct bucket_rate report_rate = {.burst = PROGRAM_REPORTS_BURST,
                                               .second = PROGRAM_REPORTS_SECOND};
static const struct bucket_rate event_rate = {.burst = PROGRAM_EVENTS_BURST,
                                              .second = PROGRAM_EVENTS_SECOND};

struct program_reporter {
	program_say_fn *say;
	void *arg; /* borrowed */
	struct program_watch watch;
	bool open;
	uint64_t controller_epoch;
	struct program_report report;
	uint64_t version; /* of the report; 0: there is no program */
	uint64_t told;    /* version that was sent */
	uint64_t seen;    /* version that the controller has seen */
	bool urgent;      /* more than a count has changed since `told` */
	struct bucket reports;
	struct bucket events;
	uint64_t event; /* number of the newest */
	struct timer timer;
};

static void reporter_arm(struct program_reporter *r)
{
	if (r->seen >= r->version)
		timer_stop(&r->timer);
	else if (r->told >= r->version)
		timer_start(&r->timer, PROGRAM_AGAIN_MS);
	else if (r->urgent)
		timer_start(&r->timer, bucket_wait(&r->reports, &report_rate, clock_ms(), 1));
	else if (!timer_runs(&r->timer))
		timer_start(&r->timer, PROGRAM_COUNT_MS);
}

/* Now, or when it may. */
static void reporter_tell(struct program_reporter *r)
{
	struct buffer bytes = {0};

	r->urgent = true;
	if (r->open && bucket_take(&r->reports, &report_rate, clock_ms(), 1)) {
		r->report.events = r->event;
		program_report_write(&r->report, &bytes);
		r->told = r->version;
		r->urgent = false;
		r->say(r->arg, &(struct message){.type = MSG_PROGRAM,
		                                 .program.version = r->version,
		                                 .payload = buffer_bytes(&bytes),
		                                 .payload_size = buffer_size(&bytes)});
		buffer_free(&bytes);
	}
	if (r->open)
		reporter_arm(r);
}

static void reporter_on_time(void *arg)
{
	reporter_tell(arg);
}

static bool probes_differ(const struct probe_report *a, const struct probe_report *b)
{
	return a->failures != b->failures || a->passed != b->passed;
}

/* Is the number of processes all that differs, or of probes? */
static bool counts_differ_only(const struct program_report *a, const struct program_report *b)
{
	return (a->running != b->running || probes_differ(&a->probe, &b->probe)) &&
	       a->state == b->state && a->starts == b->starts && a->ends == b->ends &&
	       a->probe.state == b->probe.state && a->probe.outages == b->probe.outages;
}

static void reporter_on_changed(void *arg, const struct program_report *report)
{
	struct program_reporter *r = arg;
	bool count = r->version && counts_differ_only(&r->report, report);

	r->report = *report;
	r->version++;
	if (!count)
		reporter_tell(r);
	else if (r->open)
		reporter_arm(r);
}

static void reporter_on_event(void *arg, const char *type, const char *data, size_t size)
{
	struct program_reporter *r = arg;
	struct buffer bytes = {0};

	r->event++;
	if (!r->open ||
	    !bucket_take(&r->events, &event_rate, clock_ms(), 1 + (int64_t)(size / 1024)))
		return;
	event_payload_write(type, data, size, &bytes);
	r->say(r->arg, &(struct message){.type = MSG_EVENT,
	                                 .event.number = r->event,
	                                 .payload = buffer_bytes(&bytes),
	                                 .payload_size = buffer_size(&bytes)});
	buffer_free(&bytes);
}

void program_reporter_anew(struct program_reporter *r, uint64_t controller_epoch)
{
	r->open = true;
	r->controller_epoch = controller_epoch;
	r->seen = r->told = 0;
	if (r->version)
		reporter_tell(r);
}

void program_reporter_seen(struct program_reporter *r, const struct message *m)
{
	/* An answer of a former controller says nothing of what the present one knows. */
	if (m->program_seen.controller_epoch != r->controller_epoch ||
	    m->program_seen.version <= r->seen || m->program_seen.version > r->version)
		return;
	r->seen = m->program_seen.version;
	if (r->seen >= r->told) {
		timer_stop(&r->timer);
		reporter_arm(r);
	}
}

const struct program_watch *program_reporter_watch(struct program_reporter *r)
{
	return &r->watch;
}

struct program_reporter *program_reporter_new(struct ev_loop *loop, program_say_fn *say, void *arg)
{
	struct program_reporter *r = mem_new(sizeof *r);

	r->say = say;
	r->arg = arg;
	r->watch = (struct program_watch){
	    .changed = reporter_on_changed, .event = reporter_on_event, .arg = r};
	timer_init(&r->timer, loop, reporter_on_time, r);
	return r;
}

void program_reporter_free(struct program_reporter *r)
{
	if (!r)
		return;
	timer_stop(&r->timer);
	free(r);
}
