/* slow: requests that took long, and why. Answered at once. */
#include "control/cmd_slow.h"

#include "base/clock.h"
#include "control/call.h"
#include "controller/request/slow_log.h"
#include "wire/json_write.h"

static void cmd_slow_step(struct buffer *b, const struct step *step, uint64_t start)
{
	json_open_object(b, NULL);
	json_add_text(b, "name", step_name(step->what));
	json_add_text(b, "kind", step_kind_name(step_kind(step->what)));
	json_add_int(b, "begin_ns", (int64_t)(step->begin - start));
	json_add_int(b, "end_ns", (int64_t)(step->end - start));
	json_close_object(b);
}

static void cmd_slow_request(struct buffer *b, const struct slow_request *slow)
{
	const struct error_row *row = error_row((enum error_code)slow->code);
	char time[CLOCK_TEXT_SIZE];

	clock_text(slow->time, time);
	json_open_object(b, NULL);
	json_add_int(b, "request", (int64_t)slow->id);
	json_add_text(b, "time", time);
	json_add_text(b, "method", slow->kind);
	json_add_int(b, "id", slow->node);
	if (*slow->name)
		json_add_text(b, "name", slow->name);
	json_add_int(b, "session", (int64_t)slow->session);
	if (slow->code != ERR_NONE)
		json_add_text(b, "error", row ? row->name : "UNKNOWN");
	json_add_int(b, "total_ns", (int64_t)slow->ns);
	json_add_text(b, "step", step_name(slow->longest));
	json_add_text(b, "why", slow->why);
	if (*slow->traceparent)
		json_add_text(b, "traceparent", slow->traceparent);
	json_open_array(b, "steps");
	for (size_t i = 0; i < slow->steps.count; i++)
		cmd_slow_step(b, &slow->steps.items[i], slow->steps.items[0].begin);
	json_close_array(b);
	json_close_object(b);
}

typedef const struct slow_request *slow_at_fn(const struct slow_log *log, size_t i);

static void cmd_slow_list(struct buffer *b, const char *name, const struct slow_log *log,
                          slow_at_fn *at)
{
	const struct slow_request *slow;

	json_open_array(b, name);
	for (size_t i = 0; log && (slow = at(log, i)); i++)
		cmd_slow_request(b, slow);
	json_close_array(b);
}

static int cmd_slow_write(struct result *r)
{
	const struct slow_log *log = controller_slow(r->call->client->control->controller);

	json_add_int(r->b, "slow_request_ms", log ? slow_log_ms(log) : 0);
	json_add_int(r->b, "count", log ? (int64_t)slow_log_count(log) : 0);
	cmd_slow_list(r->b, "slowest", log, slow_log_slowest);
	cmd_slow_list(r->b, "newest", log, slow_log_newest);
	return 0;
}

#define EXAMPLE \
	"{\"request\":7,\"time\":\"2026-11-20T19:01:05.123456Z\",\"method\":\"exec\",\"id\":10," \
	"\"session\":1,\"total_ns\":250310000,\"step\":\"program\"," \
	"\"why\":\"the program of the service nap of node 10\",\"steps\":[{\"name\":" \
	"\"link down\",\"kind\":\"link\",\"begin_ns\":0,\"end_ns\":120000},{\"name\":" \
	"\"program\",\"kind\":\"program\",\"begin_ns\":120000,\"end_ns\":250310000}]}"

const struct method method_slow = {
    .name = "slow",
    .summary = "the requests that took long, and why",
    .role = ROLE_READ,
    .result =
        "{\"slow_request_ms\":100,\"count\":1,\"slowest\":[" EXAMPLE "],\"newest\":[" EXAMPLE "]}",
    .members = {members_slow},
    .write = cmd_slow_write,
};
