/* What service a node has: known from this session's creates, or asked of dtreed. Owns the question
 * in the session. */
#include "ctl/session_ask.h"

#include <string.h>

static void asked_answer(struct session *s, bool is_search)
{
	if (!s->asking)
		return;
	s->asking = false;
	s->asked(s->asked_arg, is_search);
}

/* Of a node by its name dtreed knows more. */
static const struct known_service *asked_known(const struct session *s)
{
	return s->asked_name ? NULL : known_find(&s->known, s->asked_id);
}

/* The assumption for a node that does not exist, or that dtreed cannot be asked about. */
static bool asked_guess(const struct session *s)
{
	const struct known_service *k = asked_known(s);

	return k ? k->search : s->default_search;
}

static void session_on_status(void *arg, const struct dtree_reply *reply)
{
	struct session *s = arg;
	const char *service = dtree_value_string(dtree_reply_result(reply), "service", NULL);

	asked_answer(s, service ? strcmp(service, SESSION_SEARCH) == 0 : asked_guess(s));
}

/* Answers the question, or asks dtreed; waits for a create under way. */
static void asked_look(struct session *s)
{
	const struct known_service *k = asked_known(s);
	struct dtree_request *request;

	if (k && k->pending)
		return;
	if (k && !k->stale) {
		asked_answer(s, k->search);
		return;
	}
	request = dtree_request_new("status");
	if (s->asked_name)
		dtree_request_string(request, "id", s->asked_name, strlen(s->asked_name));
	else
		dtree_request_int(request, "id", s->asked_id);
	if (dtree_client_send(s->client, request, session_on_status, s, NULL))
		asked_answer(s, asked_guess(s));
}

void session_ask_search(struct session *s, int id, const char *name, service_fn *fn, void *arg)
{
	s->asking = true;
	s->asked_id = id;
	free(s->asked_name);
	s->asked_name = *name ? mem_format("@%s", name) : NULL;
	s->asked = fn;
	s->asked_arg = arg;
	asked_look(s);
}

void session_ask_created(struct session *s, int id, bool good, bool search)
{
	known_end(&s->known, id, good, search);
	if (s->asking && !s->asked_name && s->asked_id == id)
		asked_look(s);
}

struct dtree_client *session_renew(struct session *s, struct dtree_client *client)
{
	struct dtree_client *former = s->client;

	s->client = client;
	known_doubt(s->known);
	return former;
}
