/* Owns controller.overlay and controller.children, and the state of a link at both ends of a life.
 */
#include "controller/overlay/overlay.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "base/parse.h"
#include "controller/node/invariants.h"
#include "controller/overlay/hang.h"
#include "controller/overlay/internal.h"
#include "controller/overlay/link_files.h"
#include "controller/overlay/link_form.h"
#include "controller/overlay/liveness.h"
#include "controller/overlay/orphan.h"
#include "controller/overlay/rehome.h"
#include "controller/overlay/rehome_watch.h"
#include "controller/overlay/reload_word.h"
#include "controller/overlay/steady.h"
#include "link/endpoint.h"

void overlay_init(struct controller *c, const struct overlay_handlers *handlers)
{
	c->overlay = mem_new(sizeof *c->overlay);
	c->overlay->handlers = handlers;
	c->overlay->since = clock_ms();
	liveness_init(c);
	hang_init(c);
	orphan_init(c);
	rehome_watch_init(c);
	steady_init(c);
	reload_word_init(c);
}

int overlay_listen(struct controller *c, const struct children_handlers *handlers,
                   struct error *err)
{
	c->overlay->endpoint = link_files_endpoint(c, NULL);
	c->children = children_new(c->context, c->loop, c->overlay->endpoint, handlers, c, err);
	if (!c->children)
		return -1;
	children_beat(c->children);
	return 0;
}

void overlay_stop(struct controller *c)
{
	liveness_stop(c);
	hang_stop(c);
	orphan_stop(c);
	rehome_watch_stop(c);
	steady_stop(c);
	reload_word_stop(c);
	if (c->children) {
		children_free(c->children);
		/* ZeroMQ leaves it. */
		unlink(endpoint_path(c->overlay->endpoint));
	}
	link_form_stop(c);
	free(c->overlay->endpoint);
	free(c->overlay);
}

const char *overlay_endpoint(const struct controller *c)
{
	return c->overlay->endpoint;
}

int64_t overlay_heartbeat_ms(const struct controller *c)
{
	return c->overlay->heartbeat_ms;
}

void overlay_join(struct controller *c, struct node *n, struct node *up)
{
	n->link.generation = 1;
	n->link.newest = 0;
	n->link.hushed = n->link.ending = false;
	n->link.report = (struct node_report){0};
	reload_word_forget(c, n);
	node_join(n, up, &c->overlay->top);
	node_set_link(n, LINK_JOINING, "it has a process");
}

void overlay_joined(struct controller *c, struct node *n)
{
	n->link.published = node_link_parent(n);
	node_set_link(n, LINK_UP, "it joined");
	if (n->link.hushed)
		rehome_all(c);
}

void overlay_ended(struct controller *c, struct node *n, const char *cause)
{
	rehome_forget(c, n);
	reload_word_forget(c, n);
	n->link.unadopted = false;
	node_set_link(n, LINK_NONE, cause);
}

void overlay_part(struct controller *c, struct node *n)
{
	reload_word_forget(c, n);
	node_part(n, &c->overlay->top);
	node_set_link(n, LINK_NONE, "its place is taken away");
}

/* The node and all that are below it by links. */
static size_t overlay_count(const struct node *top)
{
	size_t count = 0;

	for (const struct node *n = top; n; n = node_next_below(top, n))
		count++;
	return count;
}

const char *overlay_valid(const struct controller *c)
{
	size_t count = 0;

	for (const struct node *n = c->overlay->top; n; n = n->link.kid_next) {
		CHECK(n->link.joined && !n->link.up);
		count += overlay_count(n);
	}
	for (const struct node *n = c->nodes; n; n = n->hh.next)
		count += n->link.joined ? 0 : overlay_count(n);
	/* Also where nodes change their places, none hangs below itself. */
	CHECK(count == HASH_COUNT(c->nodes));
	return reload_word_valid(c);
}
