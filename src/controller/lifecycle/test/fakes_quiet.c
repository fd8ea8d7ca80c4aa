/* What says nothing: directories, the workers' log, links. */
#include <stdlib.h>
#include <zmq.h>

#include "base/clock.h"
#include "base/mem.h"
#include "controller/lifecycle/test/fakes.h"
#include "controller/process/worker_log.h"
#include "controller/registry/data_dirs.h"
#include "controller/registry/epoch.h"
#include "controller/registry/remover.h"

/* Directories: removed when the loop turns. */

static struct {
	remover_done_fn *done;
	void *arg;
} removing;

struct remover *remover_new(struct ev_loop *loop, remover_done_fn *done, void *arg)
{
	(void)loop;
	removing.done = done;
	removing.arg = arg;
	return (struct remover *)&removing;
}

void remover_free(struct remover *r, int64_t limit_ms)
{
	(void)r;
	(void)limit_ms;
}

struct removal {
	struct deferred deferred;
	uint64_t number;
	size_t place;
};

static void on_removed(void *arg)
{
	struct removal *removal = arg;

	removing.done(removing.arg, removal->number, removal->place);
	free(removal);
}

void remover_remove(struct remover *r, char *path, uint64_t number, size_t place)
{
	struct removal *removal = mem_new(sizeof *removal);

	(void)r;
	free(path);
	removal->number = number;
	removal->place = place;
	deferred_init(&removal->deferred, fakes.controller->loop, on_removed, removal);
	deferred_call(&removal->deferred);
}

struct data_dirs *data_dirs_open(const char *state_dir, struct error *err)
{
	(void)state_dir;
	(void)err;
	return (struct data_dirs *)&removing;
}

void data_dirs_close(struct data_dirs *s)
{
	(void)s;
}

uint32_t data_dirs_last(const struct data_dirs *s)
{
	(void)s;
	return 0;
}

char *data_dirs_path(const struct data_dirs *s, uint32_t data_id)
{
	(void)s;
	return mem_format("/nowhere/%u", data_id);
}

/* What workers say. */

struct worker_log *worker_log_open(struct ev_loop *loop, const char *dir, worker_log_name_fn *name,
                                   worker_log_word_fn *word, void *arg, struct error *err)
{
	(void)loop;
	(void)dir;
	(void)name;
	(void)word;
	(void)arg;
	(void)err;
	return (struct worker_log *)&removing;
}

void worker_log_free(struct worker_log *w)
{
	(void)w;
}

const char *worker_log_path(const struct worker_log *w)
{
	(void)w;
	return "/nowhere/log";
}

int worker_log_speaker(const struct worker_log *w)
{
	(void)w;
	return -1;
}

void worker_log_read(struct worker_log *w)
{
	(void)w;
}

bool worker_log_stands(const struct worker_log *w)
{
	(void)w;
	return true;
}

int worker_log_renew(struct worker_log *w, struct error *err)
{
	(void)w;
	(void)err;
	return 0;
}

/* Links: everything is sent and nothing answers. */

struct children *children_new(struct link_context *context, struct ev_loop *loop,
                              const char *endpoint, const struct children_handlers *handlers,
                              void *arg, struct error *err)
{
	(void)context;
	(void)loop;
	(void)endpoint;
	(void)handlers;
	(void)arg;
	(void)err;
	return (struct children *)&removing;
}

void children_free(struct children *c)
{
	(void)c;
}

int children_renew(struct children *c, struct error *err)
{
	(void)c;
	(void)err;
	return 0;
}

void children_beat(struct children *c)
{
	(void)c;
}

bool children_send(struct children *c, int id, const struct message *m)
{
	(void)c;
	(void)id;
	if (m->type == MSG_FORGET) {
		fakes.forgets++;
		fakes.forgot = m->forget;
	}
	return true;
}

bool children_pass(struct children *c, int id, const struct frame *frame)
{
	(void)c;
	(void)id;
	(void)frame;
	return true;
}

void children_leaving(struct children *c, const struct peer_name *name)
{
	(void)c;
	(void)name;
}

void children_forget(struct children *c, const struct peer_name *name)
{
	(void)c;
	(void)name;
}

void children_interval(struct children *c, int64_t interval_ms)
{
	(void)c;
	(void)interval_ms;
}

void children_hear(struct children *c)
{
	(void)c;
}

int64_t children_clock(const struct children *c)
{
	(void)c;
	return clock_ms();
}

int64_t children_patience(const struct children *c)
{
	(void)c;
	return 4000;
}

struct link_context *link_context_new(struct ev_loop *loop,
                                      const struct link_context_config *config, struct error *err)
{
	(void)loop;
	(void)config;
	(void)err;
	return (struct link_context *)&removing;
}

void link_context_free(struct link_context *c)
{
	(void)c;
}

/* The number of the controller. */

uint64_t epoch_take(const char *runtime_dir, uint64_t recorded, bool *kept)
{
	(void)runtime_dir;
	*kept = true;
	return recorded + 1;
}

void epoch_drop(const char *runtime_dir)
{
	(void)runtime_dir;
}
