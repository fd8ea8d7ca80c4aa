/*
 * Owns the sweeps under way and their timers; writes child_state.owed. Invariant: a sweep is in the
 * table until its last SWEPT was sent and the reply cache has answered.
 */
#include "worker/sweep.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "wire/refusal.h"
#include "wire/tally.h"
#include "worker/sweep_path.h"
#include "worker/sweep_words.h"

/* The largest answer of one node, without a result. */
#define OWN_ROOM ((size_t)1024)

struct sweep {
	uint64_t number;    /* the key */
	struct sweeps *all; /* borrowed */
	size_t most;        /* bytes of a listed result */
	int64_t deadline;
	bool own;     /* the reply cache has it, and has not answered */
	bool over;    /* the last SWEPT was sent */
	int *waiting; /* children that have not sent their last SWEPT */
	size_t waiting_count;
	struct tally tally; /* not sent yet */
	struct sweep_path path;
	ev_timer timer;
	UT_hash_handle hh;
};

struct sweeps {
	struct ev_loop *loop; /* borrowed */
	int id;
	struct reply_cache *cache; /* borrowed */
	struct children *children; /* borrowed */
	reply_cache_answer_fn *say;
	void *arg;                         /* borrowed */
	struct sweep *table;               /* by age */
	struct child_states *child_states; /* borrowed */
	struct traces *traces;             /* borrowed */
	uint64_t newest;                   /* the largest number of a sweep that came here */
};

static struct sweep *sweeps_find(struct sweeps *s, uint64_t number)
{
	struct sweep *sweep;

	HASH_FIND(hh, s->table, &number, sizeof number, sweep);
	return sweep;
}

static void sweep_free(struct sweep *sweep)
{
	struct sweeps *s = sweep->all;

	ev_timer_stop(s->loop, &sweep->timer);
	HASH_DEL(s->table, sweep);
	tally_clear(&sweep->tally);
	sweep_path_free(&sweep->path);
	free(sweep->waiting);
	free(sweep);
}

/* Sends the tally up and empties it. */
static void send_up(struct sweeps *s, uint64_t number, struct tally *tally, unsigned flags)
{
	struct buffer bytes = {0};

	tally_write(tally, &bytes);
	tally_clear(tally);
	s->say(s->arg, &(struct message){.type = MSG_SWEPT,
	                                 .request = number,
	                                 .flags = flags,
	                                 .payload = buffer_bytes(&bytes),
	                                 .payload_size = buffer_size(&bytes)});
	buffer_free(&bytes);
}

static void make_room(struct sweep *sweep, size_t size)
{
	if (tally_size(&sweep->tally) + size > MESSAGE_PAYLOAD_MAX)
		send_up(sweep->all, sweep->number, &sweep->tally, 0);
}

static void sweeps_finish(struct sweep *sweep)
{
	sweep->over = true;
	sweep->waiting_count = 0;
	ev_timer_stop(sweep->all->loop, &sweep->timer);
	if (sweep->path.traced)
		sweep_path_say(&sweep->path, sweep->number, sweep->all->say, sweep->all->arg);
	send_up(sweep->all, sweep->number, &sweep->tally, FLAG_LAST);
	if (!sweep->own)
		sweep_free(sweep);
}

static void finish_if_done(struct sweep *sweep)
{
	if (!sweep->over && !sweep->own && !sweep->waiting_count)
		sweeps_finish(sweep);
}

/* The time is over. A request that the service has not begun by now is cancelled. */
static void on_deadline(struct ev_loop *loop, ev_timer *timer, int revents)
{
	struct sweep *sweep = timer->data;
	struct sweeps *s = sweep->all;
	uint64_t number = sweep->number;

	(void)loop;
	(void)revents;
	log_debug(
	    "sweep", "node %d: its time is over; own word %s, %zu children did not answer%s%d",
	    s->id, sweep->own ? "missing" : "there", sweep->waiting_count,
	    sweep->waiting_count ? ", first " : " ", sweep->waiting_count ? sweep->waiting[0] : 0);
	if (sweep->own)
		reply_cache_take(s->cache,
		                 &(struct message){.type = MSG_CANCEL, .request = number});
	/* The reply cache may answer at once and end the sweep. */
	sweep = sweeps_find(s, number);
	if (sweep && !sweep->over)
		sweeps_finish(sweep);
}

static struct sweep *sweep_new(struct sweeps *s, const struct message *m)
{
	struct sweep *sweep = mem_new(sizeof *sweep);

	sweep->all = s;
	sweep->number = m->request;
	sweep->most = m->sweep.most < TALLY_TEXT_MAX ? (size_t)m->sweep.most : TALLY_TEXT_MAX;
	sweep->deadline = m->sweep.deadline;
	sweep->tally.kind = (enum tally_kind)m->sweep.kind;
	sweep->path.traced = m->flags & FLAG_TRACED;
	ev_init(&sweep->timer, on_deadline);
	sweep->timer.data = sweep;
	HASH_ADD(hh, s->table, number, sizeof sweep->number, sweep);
	return sweep;
}

static void start_timer(struct sweep *sweep)
{
	int64_t left = sweep->deadline - clock_ms();

	ev_now_update(sweep->all->loop);
	ev_timer_set(&sweep->timer, left > 0 ? (double)left / 1000.0 : 0.0, 0.0);
	ev_timer_start(sweep->all->loop, &sweep->timer);
}

static void ask_children(struct sweep *sweep, const struct message *m)
{
	struct sweeps *s = sweep->all;
	struct message down = *m;

	sweep->waiting = mem_new_array(HASH_COUNT(s->child_states->table), sizeof *sweep->waiting);
	down.sweep.deadline -= (int64_t)m->sweep.step_ms;
	down.route_len = down.hop = 0;
	for (struct child_state *child = s->child_states->table; child; child = child->hh.next) {
		if (child->state != REPORT_HERE || child->owed >= SWEEPS_OWED ||
		    child->name.incarnation > m->sweep.newest)
			continue;
		down.node = child->id;
		down.incarnation = child->name.incarnation;
		/* Before it is sent, as by a relay. */
		if (sweep->path.traced && !sweep->waiting_count)
			traces_left(s->traces, sweep->number);
		if (!children_send(s->children, child->id, &down))
			continue;
		child->owed++;
		sweep->waiting[sweep->waiting_count++] = child->id;
	}
}

static void do_own(struct sweep *sweep, const struct message *m)
{
	struct sweeps *s = sweep->all;

	if (sweep->tally.kind == TALLY_PING) {
		tally_add_id(&sweep->tally, s->id);
		finish_if_done(sweep);
		return;
	}
	sweep->own = true;
	/* It may be answered at once, and end the sweep. The EXEC settles no other request. */
	reply_cache_take(s->cache, &(struct message){.type = MSG_EXEC,
	                                             .flags = FLAG_LAST | (m->flags & FLAG_TRACED),
	                                             .request = m->request,
	                                             .exec.session = m->sweep.session,
	                                             .exec.deadline = m->sweep.deadline,
	                                             .exec.serial = UINT64_MAX,
	                                             .traceparent = m->traceparent,
	                                             .payload = m->payload,
	                                             .payload_size = m->payload_size});
}

/* Is there room for one more? Makes room by answering the oldest sweep that does not wait for the
 * reply cache. */
static bool find_room(struct sweeps *s)
{
	struct sweep *oldest = s->table;

	if (HASH_COUNT(s->table) < SWEEPS_MAX)
		return true;
	while (oldest && oldest->own)
		oldest = oldest->hh.next;
	if (oldest)
		sweeps_finish(oldest);
	return oldest;
}

void sweeps_take(struct sweeps *s, const struct message *m)
{
	struct sweep *sweep = sweeps_find(s, m->request);
	struct tally tally = {.kind = (enum tally_kind)m->sweep.kind};

	if (m->sweep.kind >= TALLY_KINDS || m->sweep.step_ms > INT64_MAX / 2 ||
	    !message_is_sweep(m->request)) {
		log_warn("sweep", "node %d: a sweep that cannot be", s->id);
		return;
	}
	if (m->request <= s->newest) {
		/* The sweep has come over another route before. If it is under way, it still
		 * answers. */
		if (!sweep || sweep->over)
			send_up(s, m->request, &tally, FLAG_LAST);
		return;
	}
	s->newest = m->request;
	if (!find_room(s)) {
		sweep_word_busy(s->id, &tally);
		send_up(s, m->request, &tally, FLAG_LAST);
		return;
	}
	sweep = sweep_new(s, m);
	if (!(m->flags & FLAG_ALONE))
		ask_children(sweep, m);
	if (sweep->waiting_count || sweep->tally.kind != TALLY_PING)
		start_timer(sweep);
	do_own(sweep, m);
}

static void add_own(struct sweep *sweep, const struct message *m)
{
	struct tally_word word = {.id = sweep->all->id, .kind = TALLY_LARGE};

	make_room(sweep, m->payload_size + OWN_ROOM);
	if (m->type == MSG_OFFER && sweep->tally.kind == TALLY_LIST) {
		tally_add_word(&sweep->tally, &word);
	} else if (m->type == MSG_OFFER) {
		/* Such a long result is no number, and a count does not need it. */
		tally_add_result(&sweep->tally, word.id, "", 0, 0);
	} else if ((m->flags & (FLAG_LATE | FLAG_REFUSED)) == FLAG_LATE) {
		word.kind = TALLY_LATE;
		tally_add_word(&sweep->tally, &word);
	} else if (m->flags & (FLAG_REFUSED | FLAG_UNKNOWN)) {
		word.kind = m->flags & FLAG_UNKNOWN ? TALLY_UNKNOWN : TALLY_REFUSED;
		word.text = m->payload;
		word.size = refusal_split(m->payload, m->payload_size).reason_size;
		tally_add_word(&sweep->tally, &word);
	} else {
		tally_add_result(&sweep->tally, word.id, m->flags & FLAG_NONE ? NULL : m->payload,
		                 m->payload_size, sweep->most);
	}
}

void sweeps_answer(struct sweeps *s, const struct message *m)
{
	struct sweep *sweep = sweeps_find(s, m->request);

	if (!sweep || !sweep->own)
		return;
	if (m->type == MSG_TRACE && !buffer_size(&sweep->path.own))
		buffer_add(&sweep->path.own, m->payload, m->payload_size);
	if (m->type != MSG_RESULT && m->type != MSG_OFFER)
		return;
	sweep->own = false;
	if (!sweep->over)
		add_own(sweep, m);
	/* The answer is never requested again: the number of a sweep has one answer. */
	reply_cache_take(s->cache, &(struct message){.type = MSG_SETTLED, .request = m->request});
	if (sweep->over)
		sweep_free(sweep);
	else
		finish_if_done(sweep);
}

/* The index of the child in `waiting`, or the count. Children answer roughly in the order in which
 * they were asked. */
static size_t sweeps_place_of(const struct sweep *sweep, int id)
{
	size_t i = 0;

	while (i < sweep->waiting_count && sweep->waiting[i] != id)
		i++;
	return i;
}

static void stop_waiting(struct sweep *sweep, size_t place)
{
	int *at = sweep->waiting + place;

	memmove(at, at + 1, (--sweep->waiting_count - place) * sizeof *at);
}

bool sweeps_swept(struct sweeps *s, const struct peer_name *from, const struct message *m)
{
	struct sweep *sweep = sweeps_find(s, m->request);
	struct child_state *child = child_state_find(s->child_states, from->id);
	struct tally_view view;
	struct error err;
	size_t place;

	if (m->node != from->id)
		return false;
	if (child)
		child->owed = 0;
	place = sweep ? sweeps_place_of(sweep, from->id) : 0;
	if (!sweep || place == sweep->waiting_count)
		return false;
	if (tally_read(m->payload, m->payload_size, sweep->tally.kind, &view, &err)) {
		log_warn("sweep", "node %d sent %s", from->id, err.text);
	} else {
		make_room(sweep, tally_growth(&view));
		tally_merge(&sweep->tally, &view);
	}
	if (m->flags & FLAG_LAST) {
		traces_back(s->traces, sweep->number);
		sweep_path_last(&sweep->path, from->id);
		stop_waiting(sweep, place);
	}
	finish_if_done(sweep);
	return true;
}

bool sweeps_hold(struct sweeps *s, const struct peer_name *from, const struct message *m)
{
	struct sweep *sweep = sweeps_find(s, m->request);

	if (!sweep || !sweep->path.traced || sweep->over)
		return false;
	sweep_path_hold(&sweep->path, from->id, m);
	return true;
}

void sweeps_child_lost(struct sweeps *s, int id)
{
	struct sweep *sweep;
	struct sweep *next;

	HASH_ITER (hh, s->table, sweep, next) {
		size_t place = sweeps_place_of(sweep, id);
		if (place == sweep->waiting_count)
			continue;
		stop_waiting(sweep, place);
		finish_if_done(sweep);
	}
}

void sweeps_adopt(struct sweeps *s)
{
	while (s->table)
		sweep_free(s->table);
}

struct sweeps *sweeps_new(struct ev_loop *loop, int id, struct reply_cache *cache,
                          struct children *children, struct child_states *child_states,
                          struct traces *traces, reply_cache_answer_fn *say, void *arg)
{
	struct sweeps *s = mem_new(sizeof *s);

	s->loop = loop;
	s->id = id;
	s->cache = cache;
	s->children = children;
	s->child_states = child_states;
	s->traces = traces;
	s->say = say;
	s->arg = arg;
	return s;
}

void sweeps_free(struct sweeps *s)
{
	if (!s)
		return;
	sweeps_adopt(s);
	free(s);
}
