/* Owns the report. Invariant: the watch was told of the report as it is. */
#include "program/announce.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"

/* What parse_printable() may add behind that. */
#define CAUSE_EXTRA 16

static void announce_tell(const struct announce *a)
{
	if (a->watch)
		a->watch->changed(a->watch->arg, &a->report);
}

void announce_begin(struct announce *a, const struct program_watch *watch, bool stays)
{
	a->watch = watch;
	a->ended = false;
	a->report.state = stays ? PROGRAM_WAITING : PROGRAM_READY;
	a->report.pid = 0;
	a->report.running = 0;
	a->report.due = 0;
	announce_tell(a);
}

void announce_started(struct announce *a, pid_t pid, bool ready)
{
	a->report.state = ready ? PROGRAM_READY : PROGRAM_STARTING;
	a->report.pid = pid;
	a->report.started = clock_ms();
	a->report.due = 0;
	a->report.starts++;
	a->report.restarts += a->ended;
	a->ended = false;
	announce_tell(a);
}

void announce_ready(struct announce *a)
{
	a->report.state = PROGRAM_READY;
	announce_tell(a);
}

void announce_ending(struct announce *a)
{
	a->report.state = PROGRAM_ENDING;
	announce_tell(a);
}

void announce_waiting(struct announce *a)
{
	a->report.state = PROGRAM_WAITING;
	a->report.pid = 0;
	a->report.due = 0;
	announce_tell(a);
}

void announce_ended(struct announce *a, pid_t pid, const char *cause,
                    const struct program_usage *used, int64_t due)
{
	cleanup_free char *shown =
	    parse_printable(cause, strlen(cause), PROGRAM_CAUSE - CAUSE_EXTRA);

	a->report.state = due ? PROGRAM_BACKING_OFF : PROGRAM_WAITING;
	a->report.pid = 0;
	a->report.due = due;
	a->report.ends++;
	a->report.ended = clock_ms();
	a->report.ended_pid = pid;
	a->report.used = *used;
	snprintf(a->report.cause, sizeof a->report.cause, "%s", shown);
	a->ended = true;
	announce_tell(a);
}

void announce_running(struct announce *a, size_t running)
{
	a->report.running = (uint32_t)running;
	announce_tell(a);
}

static bool announce_probe(struct announce *a, enum probe_state state)
{
	struct probe_report *probe = &a->report.probe;
	const bool changed = probe->state != state;

	if (changed)
		probe->changed = clock_ms();
	probe->state = state;
	return changed;
}

void announce_probe_declared(struct announce *a, bool declared)
{
	const enum probe_state was = a->report.probe.state;

	if (!declared && announce_probe(a, PROBE_NONE))
		announce_tell(a);
	else if (declared && was != PROBE_FAILED && announce_probe(a, PROBE_AWAITED))
		announce_tell(a);
}

bool announce_probe_passed(struct announce *a)
{
	const bool failed = a->report.probe.state == PROBE_FAILED;

	announce_probe(a, PROBE_PASSED);
	a->report.probe.passed = clock_ms();
	a->report.probe.failures = 0;
	announce_tell(a);
	return failed;
}

bool announce_probe_failed(struct announce *a, pid_t pid, const char *why)
{
	struct probe_report *probe = &a->report.probe;
	cleanup_free char *shown = parse_printable(why, strlen(why), PROBE_MESSAGE - CAUSE_EXTRA);
	const bool begins = announce_probe(a, PROBE_FAILED);

	probe->pid = pid;
	probe->failures++;
	probe->outages += begins;
	snprintf(probe->message, sizeof probe->message, "%s", shown);
	announce_tell(a);
	return begins;
}

void announce_event(const struct announce *a, const char *type, const char *data, size_t size)
{
	if (a->watch)
		a->watch->event(a->watch->arg, type, data, size);
}
