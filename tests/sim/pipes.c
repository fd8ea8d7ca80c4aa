/*
 * Frames on their way, in one direction of a connection.
 *
 * As real links do, a pipe delivers its frames in order or, with its end, not at all; frames of
 * different pipes meet in any order. What a process sends is with it for a moment, until its libzmq
 * has written it: what is there when it ends, or closes the socket, is lost (ZMQ_LINGER 0). While a
 * process is stopped, nothing of that goes on. A ROUTER reads from its connections in turn.
 *
 * Owns the frames.
 */
#include "sim/pipes.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "sim/os.h"

static struct {
	int64_t usual;
	int64_t worst;
	unsigned worst_per_mille;
	uint64_t frames;
} pipes;

void pipes_begin(void)
{
	memset(&pipes, 0, sizeof pipes);
}

void pipes_set_load(int64_t usual_us, int64_t worst_us, unsigned worst_per_mille)
{
	pipes.usual = usual_us;
	pipes.worst = worst_us;
	pipes.worst_per_mille = worst_per_mille;
}

uint64_t pipes_frames(void)
{
	return pipes.frames;
}

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

bool process_frozen(const struct sim_process *p)
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

void pipe_pump_at(struct pipe *pipe, int64_t when)
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

void conn_lose(struct conn *conn)
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
	pipes.frames++;
	notify(pipe->to);
}

/* What is there by now is handed over; the rest comes when it is due, or when those who are stopped
 * go on. */
static void pump(struct pipe *pipe)
{
	while (pipe->sent && !pipe->closed) {
		struct flight *flight = pipe->sent;
		const struct sim_process *from = pipe->from->process;

		if (process_frozen(pipe->to->process) ||
		    (!from->dead && process_frozen(from) &&
		     flight->wire > (from->dying ? from->died_at : from->stopped_at)))
			return;
		if (flight->arrival > world_now()) {
			pipe_pump_at(pipe, flight->arrival);
			return;
		}
		arrive(pipe, flight);
	}
}

void pipe_set_times(struct pipe *pipe, struct flight *flight)
{
	int64_t late = world_chance(pipes.worst_per_mille) ? world_between(pipes.usual, pipes.worst)
	                                                   : world_between(10, pipes.usual);
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
	pipe_set_times(pipe, flight);
	if (first)
		pipe_pump_at(pipe, flight->arrival);
}

void pipe_cut(struct pipe *pipe, int64_t written)
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
	pipe_pump_at(pipe, pipe->sent->arrival);
}

void pipe_forget(struct pipe *pipe)
{
	end_turn(pipe);
	pipe->closed = true;
	pipe->pumps++;
	flights_drop(&pipe->sent);
	flights_drop(&pipe->arrived);
}

void pipe_postpone(struct pipe *pipe)
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
