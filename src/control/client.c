/* The functions of a client that the files of src/control share. */
#include "control/client.h"

#include <utlist.h>

void client_touch(struct client *c)
{
	struct control *control = c->control;

	if (c->is_touched)
		return;
	c->is_touched = true;
	DL_APPEND2(control->touched, c, due_prev, due_next);
	ev_idle_start(control->loop, &control->awake);
}

void client_forget(struct client *c)
{
	if (!c->is_touched)
		return;
	c->is_touched = false;
	DL_DELETE2(c->control->touched, c, due_prev, due_next);
}

struct session *client_session(struct client *c)
{
	if (!c->session)
		c->session = session_open(c->control->controller);
	session_read(c->session, c->read);
	return c->session;
}

struct buffer *client_output(struct client *c)
{
	if (!c->gone)
		return &c->out;
	buffer_free(&c->control->dropped);
	return &c->control->dropped;
}
