/*
 * Links: a ROUTER that is bound to a path, DEALERs that connect to it. zmq.c is libzmq's side of
 * it. A connection that found nobody is not tried again (ZMQ_RECONNECT_IVL -1).
 *
 * Owns the sockets and the connections.
 */
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "sim/links.h"
#include "sim/os.h"
#include "sim/pipes.h"
#include "sim/wires.h"

static struct {
	struct link_end *ends;
	struct conn *conns;
	struct link_end *listeners; /* the youngest first */
	unsigned refuse_per_mille;
} links;

void links_begin(void)
{
	memset(&links, 0, sizeof links);
	pipes_begin();
	links_set_load(200, 2 * MS, 2, 0);
}

void links_set_load(int64_t usual_us, int64_t worst_us, unsigned worst_per_mille,
                    unsigned refuse_per_mille)
{
	pipes_set_load(usual_us, worst_us, worst_per_mille);
	links.refuse_per_mille = refuse_per_mille;
}

uint64_t links_frames(void)
{
	return pipes_frames();
}

/* ---- Connections. ---- */

static void conn_leave(struct conn *conn, struct link_end *end, int64_t written)
{
	bool is_dealer = end == conn->dealer;

	if (conn->state == CONN_OPEN)
		pipe_cut(is_dealer ? &conn->up : &conn->down, written);
	else
		pipe_forget(is_dealer ? &conn->up : &conn->down);
	pipe_forget(is_dealer ? &conn->down : &conn->up);
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
	    process_frozen(conn->dealer->process) || process_frozen(conn->router->process))
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
	conn->dealer->process->refused = false;
	DL_FOREACH (conn->up.sent, flight)
		pipe_set_times(&conn->up, flight);
	if (conn->up.sent)
		pipe_pump_at(&conn->up, conn->up.sent->arrival);
}

static void on_knock(void *arg, uint64_t number)
{
	struct conn *conn = arg;
	struct link_end *router = find_listener(conn->endpoint);
	struct sim_process *p = conn->dealer->process;
	bool refused;

	(void)number;
	if (conn->dealer->closed)
		return;
	/* Nobody listens, or there is no room for one more. */
	refused = router && world_chance(links.refuse_per_mille);
	if (!router || refused) {
		world_log(p->name, "finds %s at %s", refused ? "no room" : "nobody",
		          conn->endpoint);
		p->refused = refused;
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

static void go_on(struct conn *conn)
{
	if (conn->state == CONN_BEGUN && conn->router)
		world_at(world_now() + world_between(50, 500), try_open, conn, 0);
	if (conn->state != CONN_OPEN)
		return;
	pipe_pump_at(&conn->up, world_now() + world_between(20, 200));
	pipe_pump_at(&conn->down, world_now() + world_between(20, 200));
}

void links_continued(struct sim_process *p)
{
	for (struct link_end *end = p->ends; end; end = end->next) {
		if (end->conn && end->conn->state == CONN_OPEN)
			pipe_postpone(&end->conn->up);
		for (struct conn *conn = end->conns; conn; conn = conn->next)
			if (conn->state == CONN_OPEN)
				pipe_postpone(&conn->down);
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
		pipe_forget(&conn->up);
		pipe_forget(&conn->down);
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

/* ---- For faults and checks. ---- */

bool links_cut(struct sim_process *p)
{
	for (struct link_end *end = p->ends; end; end = end->next) {
		struct conn *conn = end->conn;

		if (end->closed || !conn || conn->state != CONN_OPEN)
			continue;
		pipe_cut(&conn->up, world_now());
		pipe_cut(&conn->down, world_now());
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
