/* Owns the flows that are open. */
#include "sim/flows.h"

#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "base/mem.h"
#include "sim/history.h"

/* Fed at once. */
#define PART ((size_t)16384)

struct flow {
	uint64_t number; /* of the ask */
	struct session *session;
	uint64_t stream;
	bool input;
	char *args; /* owned; NULL: they are fed, or went with the opening */
	size_t args_size;
	uint64_t seq;
	size_t fed;        /* bytes of the text, or of the input */
	size_t left;       /* the same, to be fed yet */
	struct flow *prev; /* utlist */
	struct flow *next;
};

static struct {
	struct flow *all;
	bool closing;
} flows;

static void flow_free(struct flow *flow)
{
	DL_DELETE(flows.all, flow);
	free(flow->args);
	free(flow);
}

void flows_free(void)
{
	while (flows.all)
		flow_free(flows.all);
}

void flows_closing(bool closing)
{
	flows.closing = closing;
}

void flows_forget(const struct session *s)
{
	struct flow *flow;
	struct flow *next;

	DL_FOREACH_SAFE (flows.all, flow, next) {
		if (flow->session == s)
			flow_free(flow);
	}
}

static void flow_end(struct flow *flow, const struct outcome *outcome)
{
	uint64_t number = flow->number;

	flow_free(flow);
	history_answered(number, outcome);
}

static void on_closed(void *arg, const struct outcome *outcome)
{
	flow_end(arg, outcome);
}

static void fill(const struct flow *flow, char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		bytes[i] = flow->input ? input_byte(flow->seq, flow->fed + i) : 'x';
	if (!flow->input && n == flow->left)
		bytes[n - 1] = '\0';
}

static void on_fed(void *arg, const struct outcome *outcome)
{
	struct flow *flow = arg;
	char bytes[PART];
	size_t part = flow->left < sizeof bytes ? flow->left : sizeof bytes;

	if (flows.closing)
		return;
	if (part > outcome->credit)
		part = outcome->credit;
	if (outcome->error.code || outcome->ended || !part) {
		controller_stream_close(flow->session, flow->stream, on_closed, flow);
		return;
	}
	fill(flow, bytes, part);
	flow->left -= part;
	flow->fed += part;
	controller_stream_feed(flow->session, flow->stream, bytes, part, on_fed, flow);
}

static void on_opened(void *arg, const struct outcome *outcome)
{
	struct flow *flow = arg;

	if (outcome->error.code) {
		flow_end(flow, outcome);
		return;
	}
	if (flows.closing)
		return;
	flow->stream = outcome->stream;
	if (flow->input)
		on_fed(flow, outcome);
	else
		controller_stream_feed(flow->session, flow->stream, flow->args, flow->args_size,
		                       on_fed, flow);
}

static struct flow *flow_new(struct session *s, uint64_t number, size_t left)
{
	struct flow *flow = mem_new(sizeof *flow);

	flow->number = number;
	flow->session = s;
	flow->left = left;
	DL_APPEND(flows.all, flow);
	return flow;
}

void flow_begin(struct session *s, uint64_t number, int node, const char *args, size_t size,
                size_t text)
{
	struct flow *flow = flow_new(s, number, text);

	flow->args = mem_copy(args, size);
	flow->args_size = size;
	controller_stream_open(s, &(struct exec_request){.id = node}, on_opened, flow);
}

void flow_begin_input(struct session *s, uint64_t number, int node, const char *args, size_t size,
                      uint64_t seq, size_t bytes)
{
	struct flow *flow = flow_new(s, number, bytes);

	flow->input = true;
	flow->seq = seq;
	controller_stream_open_input(
	    s, &(struct exec_request){.id = node, .args = args, .size = size}, on_opened, flow);
}
