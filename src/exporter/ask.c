/* Owns what was asked and is not answered. */
#include "exporter/ask.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/parse.h"
#include "loop/timer.h"

#define JSON_TYPE   "application/json"
#define LINES       500
#define PATIENCE_MS 3000

struct ask {
	struct asks *all;   /* borrowed */
	struct exchange *e; /* borrowed */
	struct timer patience;
	struct ask *prev; /* utlist */
	struct ask *next;
};

static void ask_free(struct ask *ask)
{
	timer_stop(&ask->patience);
	DL_DELETE(ask->all->list, ask);
	free(ask);
}

static void ask_on_reply(void *arg, const struct dtree_reply *reply)
{
	struct ask *ask = arg;
	struct exchange *e = ask->e;
	struct buffer body = {0};
	size_t size;
	const char *json = dtree_reply_json(reply, &size);
	bool good = dtree_reply_code(reply) == DTREE_OK;
	bool unknown = dtree_reply_code(reply) == DTREE_NOT_FOUND;

	buffer_add(&body, json, size);
	ask_free(ask);
	exchange_answer(e, good ? 200 : unknown ? 404 : 502, JSON_TYPE, &body);
}

static void ask_on_impatience(void *arg)
{
	struct ask *ask = arg;
	struct exchange *e = ask->e;

	source_forget(ask->all->source, ask);
	ask_free(ask);
	exchange_refuse(e, 504, "dtreed does not answer");
}

static void ask_begin(struct asks *all, struct exchange *e, struct dtree_request *request)
{
	struct ask *ask;

	if (!source_is_up(all->source)) {
		dtree_request_free(request);
		exchange_refuse(e, 502, "dtreed is away");
		return;
	}
	ask = mem_new(sizeof *ask);
	ask->all = all;
	ask->e = e;
	DL_APPEND(all->list, ask);
	timer_init(&ask->patience, all->loop, ask_on_impatience, ask);
	timer_start(&ask->patience, PATIENCE_MS);
	exchange_wait(e);
	/* Where the connection is lost, that is told soon, or the time passes. */
	source_ask(all->source, request, ask_on_reply, ask);
}

void ask_log(struct asks *all, struct exchange *e)
{
	const char *text = exchange_param(e, "id");
	const char *after = exchange_param(e, "after");
	struct dtree_request *request;
	int64_t number = 0;
	int id;

	if (!text || parse_id(text, strlen(text), "id", &id, NULL) ||
	    (after && (parse_int64(after, strlen(after), &number) || number < 0))) {
		exchange_refuse(e, 400, "id is that of a node, after the number of a line");
		return;
	}
	request = dtree_request_new("logs");
	dtree_request_int(request, "id", id);
	dtree_request_int(request, "lines", LINES);
	if (after)
		dtree_request_int(request, "after", number);
	ask_begin(all, e, request);
}

void ask_slow(struct asks *all, struct exchange *e)
{
	ask_begin(all, e, dtree_request_new("slow"));
}

void ask_gone(struct asks *all, const struct exchange *e)
{
	struct ask *ask;
	struct ask *next;

	DL_FOREACH_SAFE (all->list, ask, next) {
		if (ask->e != e)
			continue;
		source_forget(all->source, ask);
		ask_free(ask);
	}
}

void ask_close_all(struct asks *all)
{
	while (all->list) {
		struct exchange *e = all->list->e;
		ask_gone(all, e);
		exchange_close(e);
	}
}
