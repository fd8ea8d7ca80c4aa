/*
 * Owns the versions that the controller was sent and has seen. Invariant: the timer runs while the
 * controller has not seen the last version, or has not answered since reporter_anew().
 */
#include "worker/reporter.h"

#include <stdlib.h>
#include <utlist.h>

#include "base/clock.h"
#include "base/mem.h"

/* Seconds until a report that was not seen is sent again: an answer takes a fraction of that, and a
 * lost report delays the controller by no more. */
#define AGAIN_S 0.25
/* Entries of one message. */
#define ENTRIES_MAX (MESSAGE_PAYLOAD_MAX / REPORT_ENTRY)

struct reporter {
	struct ev_loop *loop;                    /* borrowed */
	const struct child_states *child_states; /* borrowed */
	reporter_say_fn *say;
	void *arg; /* borrowed */
	uint64_t controller_epoch;
	uint64_t seen; /* version that the controller has seen */
	uint64_t told; /* version that it was sent */
	ev_timer again;
};

static void reporter_add(const struct child_state *child, struct buffer *bytes)
{
	int64_t silent = child->state == REPORT_SILENT ? clock_ms() - child->heard : 0;

	report_write(&(struct report_entry){.id = child->id,
	                                    .incarnation = child->name.incarnation,
	                                    .generation = child->name.generation,
	                                    .state = child->state,
	                                    .silent_ms = silent < UINT32_MAX ? (uint32_t)silent
	                                                                     : UINT32_MAX},
	             bytes);
}

/* The first child that changed since the version. */
static const struct child_state *first_since(const struct child_states *m, uint64_t version)
{
	const struct child_state *child = m->changed ? m->changed->prev : NULL;

	if (!child || child->version <= version)
		return NULL;
	while (child != m->changed && child->prev->version > version)
		child = child->prev;
	return child;
}

/* Says what changed since that version, in as many messages as it takes. */
static void tell_since(struct reporter *r, uint64_t version)
{
	const struct child_state *child = first_since(r->child_states, version);
	struct buffer bytes = {0};
	uint64_t base = version;
	uint64_t upto;

	do {
		upto = r->child_states->version;
		for (size_t n = 0; child && n < ENTRIES_MAX; n++, child = child->next) {
			reporter_add(child, &bytes);
			upto = child->next ? child->version : r->child_states->version;
		}
		r->say(r->arg, &(struct message){.type = MSG_REPORT,
		                                 .flags = child ? 0 : FLAG_LAST,
		                                 .report.version = upto,
		                                 .report.since = base,
		                                 .report.controller_epoch = r->controller_epoch,
		                                 .payload = buffer_bytes(&bytes),
		                                 .payload_size = buffer_size(&bytes)});
		buffer_take(&bytes, buffer_size(&bytes));
		base = upto;
	} while (child);
	r->told = r->child_states->version;
	buffer_free(&bytes);
	if (!ev_is_active(&r->again))
		ev_timer_again(r->loop, &r->again);
}

static void on_again(struct ev_loop *loop, ev_timer *again, int revents)
{
	struct reporter *r = again->data;

	(void)loop;
	(void)revents;
	tell_since(r, r->seen);
}

void reporter_changed(struct reporter *r)
{
	tell_since(r, r->told);
}

void reporter_anew(struct reporter *r, uint64_t controller_epoch)
{
	r->controller_epoch = controller_epoch;
	r->seen = 0;
	tell_since(r, 0);
}

void reporter_seen(struct reporter *r, const struct message *m)
{
	if (m->flags & FLAG_AGAIN) {
		/* It does not report at once, because further reports under way may be answered in
		 * the same way. */
		r->seen = m->seen.version < r->seen ? m->seen.version : r->seen;
		r->told = r->seen;
		if (!ev_is_active(&r->again))
			ev_timer_again(r->loop, &r->again);
		return;
	}
	if (m->seen.version > r->seen && m->seen.version <= r->child_states->version)
		r->seen = m->seen.version;
	if (r->seen >= r->child_states->version)
		ev_timer_stop(r->loop, &r->again);
}

struct reporter *reporter_new(struct ev_loop *loop, const struct child_states *child_states,
                              uint64_t controller_epoch, reporter_say_fn *say, void *arg)
{
	struct reporter *r = mem_new(sizeof *r);

	r->loop = loop;
	r->child_states = child_states;
	r->controller_epoch = controller_epoch;
	r->say = say;
	r->arg = arg;
	ev_init(&r->again, on_again);
	r->again.repeat = AGAIN_S;
	r->again.data = r;
	return r;
}

void reporter_free(struct reporter *r)
{
	if (!r)
		return;
	ev_timer_stop(r->loop, &r->again);
	free(r);
}
