/*
 * Links: a ROUTER that is bound to a path, DEALERs that connect to it. zmq.c is libzmq's side of
 * it.
 *
 * As real links do, one delivers its frames in order or, with its end, not at all; frames of
 * different links meet in any order. What a process sends is with it for a moment, until its
 * libzmq has written it: what is there when it ends, or closes the socket, is lost (ZMQ_LINGER 0).
 * While a process is stopped, nothing of that goes on. A connection that found nobody is not tried
 * again (ZMQ_RECONNECT_IVL -1). A ROUTER reads from its connections in turn.
 *
 * Owns the sockets, the connections and the frames on their way.
 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "sim/links.h"
#include "sim/os.h"
#include "sim/wires.h"

static struct {
	struct link_end *ends;
	struct conn *conns;
	struct link_end *listeners; /* the youngest first */
	int64_t usual;
	int64_t worst;
	unsigned worst_per_mille;
	unsigned refuse_per_mille;
	uint64_t frames;
} links;

void links_begin(void)
{
	memset(&links, 0, sizeof links);
	links_set_load(200, 2 * MS, 2, 0);
}

void links_set_load(int64_t usual_us, int64_t worst_us, unsigned worst_per_mille,
                    unsigned refuse_per_mille)
{
	links.usual = usual_us;
	links.worst = worst_us;
	links.worst_per_mille = worst_per_mille;
	links.refuse_per_mille = refuse_per_mille;
}

uint64_t links_frames(void)
{
	return links.frames;
}

/* ---- Frames. ---- */

void content_free(struct content *content)
{
	free(content->block);
	*content = (struct content){0};
}

static void flights_drop(struct flight **list)
{
	struct flight *flight;
	struct flight *next;

	DL_FOREACH_SAFE (*list, flight, next) {
		content_free(&flight->content);
		free(flight);
	}
	*list = NULL;
}

static bool is_frozen(const struct sim_process *p)
{
	return p->stopped || p->dying;
}

static void pump(struct pipe *pipe);

static void on_pump(void *arg, uint64_t number)
{
	struct pipe *pipe = arg;

	if (number == pipe->pumps)
		pump(pipe);
}

static void pump_at(struct pipe *pipe, int64_t when)
{
	world_at(when, on_pump, pipe, ++pipe->pumps);
}

static void notify(struct link_end *end)
{
	if (!end->closed)
		os_fd_set(end->fd, true);
}

static void begin_turn(struct pipe *pipe)
{
	if (!pipe->listed)
		DL_APPEND2(pipe->to->turns, pipe, turn_prev, turn_next);
	pipe->listed = true;
}

static void end_turn(struct pipe *pipe)
{
	if (pipe->listed)
		DL_DELETE2(pipe->to->turns, pipe, turn_prev, turn_next);
	pipe->listed = false;
}

static void conn_lose(struct conn *conn)
{
	conn->state = CONN_LOST;
	if (conn->known)
		HASH_DEL(conn->router->table, conn);
	conn->known = false;
}

static void arrive(struct pipe *pipe, struct flight *flight)
{
	DL_DELETE(pipe->sent, flight);
	if (flight->end) {
		free(flight);
		pipe->closed = true;
		conn_lose(pipe->conn);
		flights_drop(&pipe->sent);
		return;
	}
	DL_APPEND(pipe->arrived, flight);
	begin_turn(pipe);
	links.frames++;
	notify(pipe->to);
}

/* What is there by now is handed over; the rest comes when it is due, or when those who are stopped
 * go on. */
static void pump(struct pipe *pipe)
{
	while (pipe->sent && !pipe->closed) {
		struct flight *flight = pipe->sent;
		const struct sim_process *from = pipe->from->process;

		if (is_frozen(pipe->to->process) ||
		    (!from->dead && is_frozen(from) &&
		     flight->wire > (from->dying ? from->died_at : from->stopped_at)))
			return;
		if (flight->arrival > world_now()) {
			pump_at(pipe, flight->arrival);
			return;
		}
		arrive(pipe, flight);
	}
}

static void set_times(struct pipe *pipe, struct flight *flight)
{
	int64_t late = world_chance(links.worst_per_mille) ? world_between(links.usual, links.worst)
	                                                   : world_between(10, links.usual);
	int64_t wire = world_now() + world_between(5, 60);

	flight->wire = pipe->last_wire = wire > pipe->last_wire ? wire : pipe->last_wire + 1;
	flight->arrival = flight->wire + late;
	if (flight->arrival <= pipe->last_arrival)
		flight->arrival = pipe->last_arrival + 1;
	pipe->last_arrival = flight->arrival;
}

void wires_send(struct pipe *pipe, const struct content *content)
{
	struct flight *flight = mem_new(sizeof *flight);
	bool first = !pipe->sent;

	if (content)
		flight->content = *content;
	flight->end = !content;
	DL_APPEND(pipe->sent, flight);
	if (pipe->conn->state != CONN_OPEN)
		return;
	set_times(pipe, flight);
	if (first)
		pump_at(pipe, flight->arrival);
}

/* ---- Connections. ---- */

/* What was written by then comes; nothing else does, and then the other side knows. */
static void cut_pipe(struct pipe *pipe, int64_t written)
{
	struct flight *flight;
	struct flight *next;

	if (pipe->closed)
		return;
	DL_FOREACH_SAFE (pipe->sent, flight, next) {
		if (flight->wire <= written)
			continue;
		DL_DELETE(pipe->sent, flight);
		content_free(&flight->content);
		free(flight);
	}
	wires_send(pipe, NULL);
	pump_at(pipe, pipe->sent->arrival);
}

static void forget_pipe(struct pipe *pipe)
{
	end_turn(pipe);
	pipe->closed = true;
	pipe->pumps++;
	flights_drop(&pipe->sent);
	flights_drop(&pipe->arrived);
}

static void conn_leave(struct conn *conn, struct link_end *end, int64_t written)
{
	bool is_dealer = end == conn->dealer;

	if (conn->state == CONN_OPEN)
		cut_pipe(is_dealer ? &conn->up : &conn->down, written);
	else
		forget_pipe(is_dealer ? &conn->up : &conn->down);
	forget_pipe(is_dealer ? &conn->down : &conn->up);
	if (is_dealer) {
		if (conn->state == CONN_BEGUN)
			conn->state = CONN_LOST;
		return;
	}
	conn_lose(conn);
	DL_DELETE(end->conns, conn);
}

static struct link_end *find_listener(const char *endpoint)
{
	struct link_end *end;

	DL_FOREACH2(links.listeners, end, listener_next)
	{
		if (strcmp(end->endpoint, endpoint) == 0)
			return end;
	}
	return NULL;
}

static void try_open(void *arg, uint64_t number)
{
	struct conn *conn = arg;
	struct conn *same;
	struct flight *flight;

	(void)number;
	if (conn->state != CONN_BEGUN || conn->dealer->closed || conn->router->closed ||
	    is_frozen(conn->dealer->process) || is_frozen(conn->router->process))
		return; /* who goes on tries it again */
	HASH_FIND(hh, conn->router->table, conn->routing, PEER_NAME_SIZE, same);
	if (same) {
		/* What a second holder of an id sends is dropped in silence. */
		conn->state = CONN_LOST;
		return;
	}
	HASH_ADD(hh, conn->router->table, routing, PEER_NAME_SIZE, conn);
	conn->known = true;
	conn->state = CONN_OPEN;
	DL_FOREACH (conn->up.sent, flight)
		set_times(&conn->up, flight);
	if (conn->up.sent)
		pump_at(&conn->up, conn->up.sent->arrival);
}

static void on_knock(void *arg, uint64_t number)
{
	struct conn *conn = arg;
	struct link_end *router = find_listener(conn->endpoint);

	(void)number;
	if (conn->dealer->closed)
		return;
	/* Nobody listens, or there is no room for one more. */
	if (!router || world_chance(links.refuse_per_mille)) {
		world_log(conn->dealer->process->name, "finds nobody");
		conn->state = CONN_LOST;
		return;
	}
	conn->router = router;
	conn->up.to = conn->down.from = router;
	DL_APPEND(router->conns, conn);
	world_at(world_now() + world_between(50, 500), try_open, conn, 0);
}

static void for_conns(struct link_end *end, void (*fn)(struct conn *conn))
{
	if (end->conn)
		fn(end->conn);
	for (struct conn *conn = end->conns; conn; conn = conn->next)
		fn(conn);
}

static void postpone(struct pipe *pipe)
{
	const struct sim_process *p = pipe->from->process;
	int64_t by = world_now() - p->stopped_at;
	struct flight *flight;

	DL_FOREACH (pipe->sent, flight) {
		if (flight->wire <= p->stopped_at)
			continue;
		flight->wire += by;
		flight->arrival += by;
		pipe->last_wire = flight->wire;
		pipe->last_arrival = flight->arrival;
	}
}

static void go_on(struct conn *conn)
{
	if (conn->state == CONN_BEGUN && conn->router)
		world_at(world_now() + world_between(50, 500), try_open, conn, 0);
	if (conn->state != CONN_OPEN)
		return;
	pump_at(&conn->up, world_now() + world_between(20, 200));
	pump_at(&conn->down, world_now() + world_between(20, 200));
}

void links_continued(struct sim_process *p)
{
	for (struct link_end *end = p->ends; end; end = end->next) {
		if (end->conn && end->conn->state == CONN_OPEN)
			postpone(&end->conn->up);
		for (struct conn *conn = end->conns; conn; conn = conn->next)
			if (conn->state == CONN_OPEN)
				postpone(&conn->down);
		for_conns(end, go_on);
	}
}

static void end_close(struct link_end *end, int64_t written)
{
	struct conn *conn;

	if (end->closed)
		return;
	end->closed = true;
	if (end->endpoint)
		DL_DELETE2(links.listeners, end, listener_prev, listener_next);
	if (end->has_rest)
		content_free(&end->rest);
	end->has_rest = false;
	if (end->conn)
		conn_leave(end->conn, end, written);
	while ((conn = end->conns))
		conn_leave(conn, end, written);
	os_fd_close(end->fd);
}

void links_died(struct sim_process *p)
{
	for (struct link_end *end = p->ends; end; end = end->next)
		end_close(end, p->died_at);
}

void links_end(void)
{
	struct link_end *end;
	struct conn *conn;

	for (end = links.ends; end; end = end->after)
		end_close(end, 0);
	while ((conn = links.conns)) {
		links.conns = conn->next_of_all;
		forget_pipe(&conn->up);
		forget_pipe(&conn->down);
		free(conn->endpoint);
		free(conn);
	}
	while ((end = links.ends)) {
		links.ends = end->after;
		free(end->endpoint);
		free(end);
	}
}

/* ---- For zmq.c. ---- */

void wires_add(struct link_end *end)
{
	end->after = links.ends;
	links.ends = end;
}

void wires_bind(struct link_end *end)
{
	DL_PREPEND2(links.listeners, end, listener_prev, listener_next);
}

void wires_connect(struct conn *conn)
{
	conn->next_of_all = links.conns;
	links.conns = conn;
	world_at(world_now() + world_between(20, 200), on_knock, conn, 0);
}

void wires_close(struct link_end *end)
{
	end_close(end, world_now());
}

void wires_take(struct link_end *end, struct content *content, struct conn **from)
{
	struct pipe *pipe = end->turns;
	struct flight *flight = pipe->arrived;

	DL_DELETE(pipe->arrived, flight);
	*content = flight->content;
	*from = pipe->conn;
	free(flight);
	end_turn(pipe);
	if (pipe->arrived)
		begin_turn(pipe);
}

/* ---- For faults and checks. ---- */

bool links_cut(struct sim_process *p)
{
	for (struct link_end *end = p->ends; end; end = end->next) {
		struct conn *conn = end->conn;

		if (end->closed || !conn || conn->state != CONN_OPEN)
			continue;
		cut_pipe(&conn->up, world_now());
		cut_pipe(&conn->down, world_now());
		return true;
	}
	return false;
}

struct sim_process *links_parent(const struct sim_process *p)
{
	const struct link_end *found = NULL;

	for (const struct link_end *end = p->ends; end; end = end->next) {
		if (end->closed || end->type != ZMQ_DEALER)
			continue;
		if (found)
			return NULL;
		found = end;
	}
	return found && found->conn->state == CONN_OPEN ? found->conn->router->process : NULL;
}
