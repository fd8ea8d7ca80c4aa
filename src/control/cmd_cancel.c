/* cancel: finds the request among those under way. Nothing is kept. */
#include "control/cmd_cancel.h"

#include <string.h>
#include <utlist.h>

#include "wire/json_write.h"

/* The oldest of that id, but for the one that asks; NULL: there is none. */
static struct request *request_of(const struct request *asking, const char *id)
{
	struct request *r;

	DL_FOREACH (asking->client->requests, r) {
		if (r != asking && r->id && strcmp(r->id, id) == 0)
			return r;
	}
	return NULL;
}

static enum handled run_cancel(struct request *r, const struct value *v, struct error *err)
{
	cleanup_free char *id = NULL;
	struct request *other;
	struct buffer *b;
	bool cancelled;

	if (request_read_id(v[0].id, &id, err))
		return HANDLED_FAILED;
	other = request_of(r, id);
	/* Its reply comes before this one, if it is its turn. */
	cancelled = other && controller_cancel(client_session(r->client), other);
	b = request_result(r);
	json_open_object(b, NULL);
	json_add_bool(b, "cancelled", cancelled);
	json_close_object(b);
	return HANDLED_DONE;
}

const struct method method_cancel = {
    .name = "cancel",
    .summary = "give up a request of this connection: it fails with CANCELLED, unless it has begun "
               "and cannot be taken back",
    .params = {{.name = "request", .type = PARAM_REQUEST, .required = true, .summary = "its id"}},
    .result = "{\"cancelled\":true}",
    .run = run_cancel,
};
