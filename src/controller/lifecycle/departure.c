/* Owns the members of departures. Invariant: a process in one carries the departure's id and its
 * own place in its tag. */
#include "controller/lifecycle/departure.h"

#include <signal.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/mem.h"
#include "controller/lifecycle/internal.h"
#include "controller/node/invariants.h"
#include "controller/registry/data_dirs.h"
#include "controller/registry/log_files.h"
#include "controller/registry/remover.h"

void departure_add(struct departure *d, struct departure_member member)
{
	if (d->count == d->room) {
		d->room = d->room ? 2 * d->room : 16;
		d->members = mem_resize(d->members, d->room * sizeof *d->members);
	}
	if (member.above != DEPARTURE_NONE)
		d->members[member.above].below++;
	if (member.process)
		process_depart(member.process, d->id, d->count);
	d->members[d->count++] = member;
	d->left++;
}

static void departure_ask(struct departure_member *m)
{
	if (!m->asked)
		process_signal(m->process, m->hung ? SIGKILL : SIGUSR2);
	m->asked = true;
}

/* The data first: a row that is left leads the next start to them. */
static void departure_erase(const struct departure *d, size_t place)
{
	const struct lifecycle *l = d->controller->lifecycle;
	uint32_t data_id = d->members[place].data_id;

	log_files_remove(d->controller->config.logs_dir, data_id);
	remover_remove(l->remover, data_dirs_path(l->data_dirs, data_id), d->id, place);
}

void departure_erase_gone(const struct departure *d)
{
	for (size_t i = d->count; i-- > 0;)
		if (d->members[i].gone)
			departure_erase(d, i);
}

void departure_erased(struct departure *d, size_t place)
{
	registry_drop(d->controller->registry, d->members[place].data_id);
	d->left--;
}

void departure_settle(struct departure *d, size_t place)
{
	while (place != DEPARTURE_NONE && !d->members[place].below && !d->members[place].gone) {
		struct departure_member *m = &d->members[place];
		if (m->process) {
			if (!d->held)
				departure_ask(m);
			return;
		}
		m->gone = true;
		if (!d->erase)
			d->left--;
		else if (d->recorded)
			departure_erase(d, place);
		place = m->above;
		if (place != DEPARTURE_NONE)
			d->members[place].below--;
	}
}

void departure_settle_all(struct departure *d)
{
	for (size_t i = d->count; i-- > 0;) {
		if (d->members[i].process && d->members[i].hung)
			departure_ask(&d->members[i]);
		departure_settle(d, i);
	}
}

void departure_kill_all(const struct departure *d)
{
	log_warn("end", "%zu processes did not end in time and are killed", d->left);
	for (size_t i = d->count; i-- > 0;)
		if (d->members[i].process)
			process_signal(d->members[i].process, SIGKILL);
}

/* Where no process is left, what takes so long is the disk. */
void departure_name_left(struct departure *d)
{
	const struct process *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct process *p = d->members[i].process;
		if (!p || !process_lives(p))
			continue;
		first = first ? first : p;
		count++;
	}
	if (first)
		error_set(&d->err, ERR_INTERNAL,
		          "left behind: process %d of node %d%s did not end, though it was killed",
		          (int)process_pid(first), process_node(first),
		          count > 1 ? " and others" : "");
	else if (d->err.code == ERR_NONE)
		error_set(&d->err, ERR_INTERNAL,
		          "left behind: data that is to be removed; the disk does not answer");
	log_error("end", "%s", d->err.text);
}

const char *departure_valid(const struct departure *d)
{
	size_t present = 0;
	size_t below = 0;
	size_t hanging = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct departure_member *m = &d->members[i];

		/* Parents come first. */
		CHECK(m->above == DEPARTURE_NONE || m->above < i);
		CHECK(!m->gone || (!m->process && !m->below));
		present += !m->gone;
		hanging += !m->gone && m->above != DEPARTURE_NONE;
		below += m->below;
	}
	CHECK(below == hanging);
	CHECK(d->erase ? d->left >= present : d->left == present);
	return NULL;
}

void departure_free(struct departure *d)
{
	free(d->members);
	free(d);
}
