/*
 * Owns the engine and the requests that are half sent. Invariant: while results of STORED_MAX bytes
 * wait to be fetched, the engine is held.
 */
#include "worker/program_runner.h"

#include <stdlib.h>
#include <string.h>
#include <uthash.h>

#include "base/clock.h"
#include "base/mem.h"
#include "program/program.h"
#include "service/service.h"
#include "wire/json_pool.h"
#include "wire/refusal.h"

/* While so many bytes of results are kept, this node runs nothing more. */
#define STORED_MAX DTREE_RESULT_MAX

/* Former programs that still have something to finish. */
#define FORMERS_MAX 4

/* A request of which parts are still to come. */
struct half {
	uint64_t id; /* the key */
	struct buffer args;
	char *traceparent; /* owned; NULL: none */
	UT_hash_handle hh;
};

struct program_runner {
	struct engine *engine;
	runner_update_fn *update;
	void *arg; /* borrowed */
	struct half *halves;
	size_t stored;
	bool finishing;
};

/* What an answer is in the reply cache. */
static const unsigned flags_of[] = {
    [ANSWER_DONE] = 0,
    [ANSWER_REFUSED] = FLAG_REFUSED,
    [ANSWER_NOT_RUN] = FLAG_REFUSED | FLAG_LATE,
    [ANSWER_UNKNOWN] = FLAG_REFUSED | FLAG_UNKNOWN,
    [ANSWER_LATE] = FLAG_LATE,
};

/* The reason, with the detail behind it. */
static void program_refuse_with(struct job_update *update, const struct answer *answer)
{
	struct refusal refusal = {.reason = answer->text,
	                          .reason_size = answer->size,
	                          .detail = answer->detail,
	                          .detail_size = answer->detail ? strlen(answer->detail) : 0};

	update->text = refusal_join(&refusal, &update->size);
	free(answer->text);
	free(answer->detail);
}

static void program_on_answer(void *arg, uint64_t id, const struct answer *answer)
{
	struct program_runner *r = arg;
	struct job_update update = {.request = id,
	                            .answered = true,
	                            .flags = flags_of[answer->kind],
	                            .times.begun = answer->times.begun,
	                            .times.first = answer->times.first,
	                            .times.ended = clock_ns(),
	                            .times.requests = answer->times.before,
	                            .times.pid = answer->times.pid};

	if (update.flags & FLAG_REFUSED) {
		program_refuse_with(&update, answer);
	} else if (answer->text) {
		update.text = answer->text;
		update.size = answer->size;
	} else if (answer->kind == ANSWER_DONE) {
		update.flags = FLAG_NONE;
	}
	r->stored += update.size;
	engine_hold(r->engine, r->stored >= STORED_MAX);
	r->update(r->arg, &update);
}

static void program_on_taken(void *arg, uint64_t id, size_t n, bool sated)
{
	struct program_runner *r = arg;

	r->update(r->arg, &(struct job_update){.request = id, .taken = n, .sated = sated});
}

static void program_on_progress(void *arg, uint64_t id, const char *json)
{
	struct program_runner *r = arg;

	r->update(r->arg, &(struct job_update){.request = id, .progress = json});
}

struct program_runner *program_runner_new(struct ev_loop *loop, const struct dtree_node *node,
                                          const struct work *work, runner_update_fn *update,
                                          void *arg)
{
	struct program_runner *r = mem_new(sizeof *r);

	/* Nothing else in this process reads JSON: where there is a program there is no library. */
	json_pool_use();
	r->update = update;
	r->arg = arg;
	r->engine =
	    program_open(loop, work->program,
	                 &(struct program_node){.id = node->id,
	                                        .state_dir = node->state_dir,
	                                        .durability = durability_at(node->durability),
	                                        .ring = work->ring,
	                                        .watch = work->watch,
	                                        .group = work->group,
	                                        .credentials = work->credentials},
	                 program_on_answer, r);
	engine_on_taken(r->engine, program_on_taken);
	engine_on_progress(r->engine, program_on_progress);
	return r;
}

void program_runner_adopted(struct program_runner *r)
{
	engine_adopted(r->engine);
}

void program_runner_renew(struct program_runner *r, pid_t pid)
{
	engine_renew(r->engine, pid);
}

int program_runner_reload(struct program_runner *r, struct program_spec *spec)
{
	if (engine_formers(r->engine) >= FORMERS_MAX)
		return -1;
	program_reload(r->engine, spec);
	return 0;
}

void program_runner_retire(struct program_runner *r)
{
	engine_retire(r->engine);
}

static void half_drop(struct program_runner *r, struct half *half)
{
	HASH_DEL(r->halves, half);
	buffer_free(&half->args);
	free(half->traceparent);
	free(half);
}

static void program_drop_halves(struct program_runner *r)
{
	struct half *half;
	struct half *next;

	HASH_ITER (hh, r->halves, half, next) {
		half_drop(r, half);
	}
}

void program_runner_free(struct program_runner *r)
{
	program_drop_halves(r);
	engine_free(r->engine);
	free(r);
}

static void program_refuse(struct program_runner *r, uint64_t id, unsigned flags, const char *why)
{
	struct job_update update = {.request = id, .answered = true, .flags = flags};

	if (why) {
		update.text = mem_string(why);
		update.size = strlen(why);
		r->stored += update.size;
	}
	r->update(r->arg, &update);
}

static void program_take_half(struct program_runner *r, struct half *half, const struct message *m,
                              int64_t deadline)
{
	uint64_t id = half->id;
	size_t size = buffer_size(&half->args) + m->payload_size;
	bool fits = size <= ENGINE_ARGS_MAX && buffer_try(&half->args, m->payload_size);

	if (fits)
		buffer_add(&half->args, m->payload, m->payload_size);
	if (fits && !(m->flags & FLAG_LAST)) {
		r->update(r->arg, &(struct job_update){.request = id, .taken = m->payload_size});
		return;
	}
	if (fits) {
		struct engine_request whole = {.id = id,
		                               .deadline = deadline,
		                               .args = mem_copy(buffer_bytes(&half->args), size),
		                               .size = size,
		                               .traceparent = half->traceparent};
		half->traceparent = NULL;
		half_drop(r, half);
		engine_ask(r->engine, &whole);
	} else {
		half_drop(r, half);
		program_refuse(r, id, FLAG_REFUSED | FLAG_LATE,
		               "its arguments have more than 16777216 bytes");
	}
}

static struct half *half_find(struct program_runner *r, uint64_t id)
{
	struct half *half;

	HASH_FIND(hh, r->halves, &id, sizeof id, half);
	return half;
}

static void program_take_exec(struct program_runner *r, const struct message *m)
{
	char *traceparent = m->traceparent ? mem_copy(m->traceparent, TRACEPARENT_SIZE) : NULL;
	struct half *half;

	if (m->flags & (FLAG_INPUT | FLAG_LAST)) {
		struct engine_request whole = {.id = m->request,
		                               .deadline = m->exec.deadline,
		                               .args = mem_copy(m->payload, m->payload_size),
		                               .size = m->payload_size,
		                               .traceparent = traceparent};
		(m->flags & FLAG_INPUT ? engine_ask_input : engine_ask)(r->engine, &whole);
		return;
	}
	half = mem_new(sizeof *half);
	half->id = m->request;
	half->traceparent = traceparent;
	HASH_ADD(hh, r->halves, id, sizeof half->id, half);
	program_take_half(r, half, m, m->exec.deadline);
}

void program_runner_take(struct program_runner *r, const struct message *m)
{
	struct half *half = half_find(r, m->request);

	if (r->finishing)
		return;
	if (m->type == MSG_EXEC) {
		program_take_exec(r, m);
	} else if (m->type == MSG_DATA && half) {
		program_take_half(r, half, m, m->data.deadline);
	} else if (m->type == MSG_DATA) {
		engine_input(r->engine, m->request, m->payload, m->payload_size,
		             m->flags & FLAG_LAST, m->data.deadline);
	} else if (m->type == MSG_CANCEL && half) {
		half_drop(r, half);
		program_refuse(r, m->request, FLAG_LATE, NULL);
	} else if (m->type == MSG_CANCEL) {
		engine_cancel(r->engine, m->request);
	}
}

bool program_runner_takes_input(const struct program_runner *r)
{
	return engine_takes_input(r->engine);
}

void program_runner_unstore(struct program_runner *r, size_t size)
{
	r->stored -= size;
	engine_hold(r->engine, r->stored >= STORED_MAX);
}

void program_runner_finish(struct program_runner *r, runner_done_fn *done, void *arg)
{
	r->finishing = true;
	program_drop_halves(r);
	engine_finish(r->engine, done, arg);
}
