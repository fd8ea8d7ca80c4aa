/* diagnose: how the links are. */
#include "control/cmd_diagnose.h"

#include "base/parse.h"
#include "control/call.h"
#include "wire/json_write.h"

static enum handled cmd_diagnose_run(struct call *call, const struct value *v, struct error *err)
{
	(void)err;
	controller_diagnose(client_session(call->client),
	                    v[0].given ? (int)v[0].number : NODE_CONTROLLER, call_on_outcome, call);
	return HANDLED_PENDING;
}

static void cmd_diagnose_end(struct buffer *b, const char *name, const struct tcp_end *end)
{
	json_open_object(b, name);
	json_add_int(b, "port", end->local);
	json_add_int(b, "rtt_us", end->rtt_us);
	json_add_int(b, "queued", end->queued);
	json_add_int(b, "unread", end->unread);
	json_add_int(b, "window", end->window);
	json_add_int(b, "resent", end->resent);
	json_close_object(b);
}

/* Late answers that had nothing to do with the link are none of its stalls. */
static void cmd_diagnose_stalls(struct buffer *b, const char *from,
                                const unsigned counts[TCP_STALLS])
{
	for (int i = TCP_STALL_NAGLE; i < TCP_STALLS; i++) {
		if (!counts[i] || i == TCP_STALL_PEER)
			continue;
		json_open_object(b, NULL);
		json_add_text(b, "cause", tcp_stall_name((enum tcp_stall)i));
		json_add_text(b, "from", from);
		json_add_int(b, "times", counts[i]);
		json_add_text(b, "text", tcp_stall_text((enum tcp_stall)i));
		json_close_object(b);
	}
}

static void cmd_diagnose_link(struct buffer *b, const struct diagnosed_link *l)
{
	json_open_object(b, NULL);
	json_add_int(b, "id", l->id);
	json_add_int(b, "parent", l->parent);
	json_add_text(b, "state", l->state);
	json_add_text(b, "transport", l->tcp ? "tcp" : "ipc");
	json_add_int(b, "pings", (int64_t)l->pings);
	json_add_int(b, "median_us", l->median_us);
	json_add_int(b, "p99_us", l->p99_us);
	json_add_int(b, "own_us", l->own_us);
	json_add_int(b, "under_way", (int64_t)l->under_way);
	json_add_int(b, "under_way_max", (int64_t)l->under_way_max);
	json_add_int(b, "bytes", (int64_t)l->bytes);
	json_add_int(b, "bytes_max", (int64_t)l->bytes_max);
	json_add_bool(b, "waits", l->waits);
	json_add_int(b, "resends", (int64_t)l->resends);
	json_add_int(b, "outage_ms", l->outage_ms);
	json_add_bool(b, "outage_lasts", l->outage_lasts);
	json_add_int(b, "outage_ended_ms", l->outage_ended_ms);
	if (l->seen) {
		cmd_diagnose_end(b, "lower", &l->lower);
		cmd_diagnose_end(b, "upper", &l->upper);
	}
	json_open_array(b, "stalls");
	cmd_diagnose_stalls(b, "lower", l->stalls_up);
	cmd_diagnose_stalls(b, "upper", l->stalls_down);
	json_close_array(b);
	json_close_object(b);
}

static int cmd_diagnose_write(struct result *r)
{
	const struct diagnosis *found = r->outcome->diagnosis;

	json_open_array(r->b, "links");
	for (size_t i = 0; i < found->count; i++)
		cmd_diagnose_link(r->b, &found->links[i]);
	json_close_array(r->b);
	if (found->refused)
		json_add_text(r->b, "refused", found->refused);
	return 0;
}

const struct method method_diagnose = {
    .name = "diagnose",
    .summary = "how the links to a node are, or all: round trips, queues, what the kernel says",
    .role = ROLE_READ,
    .params = {{.name = "id",
                .type = PARAM_ID,
                .summary = "the links on the way to this node; all if it is missing"}},
    .result = "{\"links\":[{\"id\":10,\"parent\":-1,\"state\":\"available\",\"transport\":\"ipc\","
              "\"pings\":20,\"median_us\":171,\"p99_us\":320,\"own_us\":171,\"under_way\":0,"
              "\"under_way_max\":4096,\"bytes\":0,\"bytes_max\":16777216,\"waits\":false,"
              "\"resends\":0,\"outage_ms\":0,\"outage_lasts\":false,\"outage_ended_ms\":0,"
              "\"stalls\":[]}]}",
    .members = {members_diagnose},
    .run = cmd_diagnose_run,
    .write = cmd_diagnose_write,
};
