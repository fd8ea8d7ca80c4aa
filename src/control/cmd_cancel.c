/* cancel: finds the call among those under way. Nothing is kept. */
#include "control/cmd_cancel.h"

#include <string.h>
#include <utlist.h>

#include "control/call.h"
#include "wire/json_write.h"

/* The oldest call with that id, except the asking one; NULL: there is none. */
static struct call *cmd_cancel_find(const struct call *asking, const char *id)
{
	struct call *call;

	DL_FOREACH (asking->client->calls, call) {
		if (call != asking && call->id && strcmp(call->id, id) == 0)
			return call;
	}
	return NULL;
}

static enum handled cmd_cancel_run(struct call *call, const struct value *v, struct error *err)
{
	cleanup_free char *id = NULL;
	struct call *other;

	if (call_read_id(v[0].id, &id, err))
		return HANDLED_FAILED;
	other = cmd_cancel_find(call, id);
	if (!other)
		return HANDLED_DONE;
	if (other->method->cancel && other->method->cancel(other)) {
		call->cancelled = true;
		return HANDLED_DONE;
	}
	/* The reply of the cancelled call is written before this one, if its lane allows that. */
	controller_cancel(client_session(call->client), other, call_on_outcome, call);
	return HANDLED_PENDING;
}

static int cmd_cancel_write(struct result *r)
{
	json_add_bool(r->b, "cancelled", r->outcome ? r->outcome->cancelled : r->call->cancelled);
	return 0;
}

const struct method method_cancel = {
    .name = "cancel",
    .summary = "give up a request of this connection: it fails with CANCELLED, unless it has begun "
               "and cannot be taken back",
    .role = ROLE_READ,
    .params = {{.name = "request", .type = PARAM_REQUEST, .required = true, .summary = "its id"}},
    .result = "{\"cancelled\":true}",
    .members = {members_cancel},
    .run = cmd_cancel_run,
    .write = cmd_cancel_write,
};
