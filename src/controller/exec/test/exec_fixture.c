/* Takes the place of controller/overlay/route.c: nothing of that is linked with these tests. */
#include "controller/exec/test/exec_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>

#include "controller/exec/dispatch.h"
#include "controller/exec/exec.h"
#include "controller/exec/stream.h"
#include "controller/overlay/route.h"

struct controller world;
struct session *session;
struct session *other;
struct node node;
struct node fellows[2];
struct posted posted[POSTED_MAX];
size_t posted_count;
struct told told[TOLD_MAX];
size_t told_count;
size_t quiet_count;

void route_post(struct controller *c, struct node *n, const struct message *m)
{
	cr_assert_eq(c, &world);
	cr_assert_eq(n, node_find(world.nodes, n->id));
	cr_assert_lt(posted_count, POSTED_MAX);
	posted[posted_count++] =
	    (struct posted){.node = n->id,
	                    .type = m->type,
	                    .flags = m->flags,
	                    .request = m->request,
	                    .offset = m->type == MSG_DATA ? m->data.offset : 0,
	                    .newest = m->type == MSG_SWEEP ? m->sweep.newest : 0,
	                    .size = m->payload_size};
}

static void note_quiet(struct controller *c, struct node *n)
{
	cr_assert_eq(c, &world);
	cr_assert_eq(n, &node);
	quiet_count++;
}

static const struct exec_handlers handlers = {.quiet = note_quiet};

static void exec_node_set_up(struct node *n, int id)
{
	*n = (struct node){.id = id,
	                   .service = "sum",
	                   .life = LIFE_RUNNING,
	                   .link.state = LINK_UP,
	                   .restart.joined = 1};
	HASH_ADD_INT(world.nodes, id, n);
}

void exec_set_up(void)
{
	world = (struct controller){.loop = ev_loop_new(EVFLAG_AUTO)};
	world.config.request_timeout_ms = 60000;
	world.requests = requests_new(world.loop, &world, world.config.request_timeout_ms);
	exec_init(&world, &handlers);
	exec_node_set_up(&node, 5);
	exec_node_set_up(&fellows[0], 6);
	exec_node_set_up(&fellows[1], 7);
	session = requests_session(world.requests, &world);
	other = requests_session(world.requests, &world);
	posted_count = told_count = quiet_count = 0;
}

void exec_tear_down(void)
{
	stream_abandon_all(session);
	stream_abandon_all(other);
	requests_free(world.requests);
	exec_stop(&world);
	HASH_CLEAR(hh, world.nodes);
	ev_loop_destroy(world.loop);
}

void exec_turn(void)
{
	ev_run(world.loop, EVRUN_NOWAIT);
}

void exec_note(void *arg, const struct outcome *outcome)
{
	struct told *now = &told[told_count++];

	cr_assert_leq(told_count, TOLD_MAX);
	*now = (struct told){.who = (uintptr_t)arg,
	                     .id = outcome->id,
	                     .error = outcome->error,
	                     .available = outcome->available,
	                     .stream = outcome->stream,
	                     .credit = outcome->credit,
	                     .ended = outcome->ended};
	if (outcome->result)
		snprintf(now->result, sizeof now->result, "%.*s", (int)outcome->result_size,
		         outcome->result);
}

void exec_ask(struct session *s, size_t size, uintptr_t who)
{
	char *args = mem_new(size + 1);

	dispatch_exec(s, &(struct exec_request){.id = 5, .args = args, .size = size}, exec_note,
	              (void *)who);
	free(args);
}

void exec_answer(size_t place, unsigned flags, const char *text)
{
	cr_assert_lt(place, posted_count);
	dispatch_answer(
	    &world, node_find(world.nodes, posted[place].node),
	    &(struct message){.type = posted[place].type == MSG_PING ? MSG_PONG : MSG_RESULT,
	                      .flags = FLAG_LAST | flags,
	                      .request = posted[place].request,
	                      .payload = text,
	                      .payload_size = strlen(text)});
}

size_t exec_posted(enum message_type type)
{
	size_t count = 0;

	for (size_t i = 0; i < posted_count; i++)
		count += posted[i].type == type;
	return count;
}

size_t exec_place(enum message_type type, size_t nth)
{
	for (size_t i = 0; i < posted_count; i++)
		if (posted[i].type == type && nth-- == 0)
			return i;
	cr_assert_fail("it was not posted");
	return 0;
}
