/* Each life of a node, and what each event makes of it. */
#include <criterion/criterion.h>

#include "base/mem.h"
#include "base/parse.h"
#include "controller/check.h"
#include "controller/lifecycle/test/fakes.h"
#include "controller/overlay/link_events.h"

TestSuite(lives, .timeout = 60);

#define KILLED "signal 9 (Killed)"

static struct answer answers[2];
static struct session *other;

static void create(void)
{
	controller_create(fakes.session, &(struct create_request){.id = 1}, fakes_answer,
	                  &answers[0]);
	fakes_written();
}

static void commit(void)
{
	create();
	fakes_join(1);
}

static void run(void)
{
	commit();
	fakes_written();
}

static void stop(void)
{
	run();
	controller_stop(fakes.session, 1, fakes_answer, &answers[1]);
	fakes_written();
}

static void be_stopped(void)
{
	stop();
	fakes_end(1, "exit status 0");
	fakes_written();
}

static void die(void)
{
	run();
	fakes_node(1)->restart.policy = RESTART_NO;
	fakes_end(1, KILLED);
}

static void restart(void)
{
	run();
	fakes_end(1, KILLED);
	fakes_written();
}

static void back_off(void)
{
	restart();
	fakes_end(1, KILLED);
}

static void be_given_up(void)
{
	fakes.controller->config.restart_limit = 0;
	run();
	fakes_end(1, KILLED);
}

static void end(void)
{
	if (fakes_process(1))
		fakes_end(1, KILLED);
}

/* What inbound.c takes of it. */
static void join(void)
{
	struct node *n = fakes_node(1);

	if (link_events_expected(n, NODE_CONTROLLER, n->link.generation))
		link_events_made(fakes.controller, n, n->link.generation);
}

static void fail_to_write(void)
{
	fakes_not_written("no space");
}

static void ask_start(void)
{
	controller_start(other, 1, fakes_answer, &answers[1]);
}

static void ask_stop(void)
{
	controller_stop(other, 1, fakes_answer, &answers[1]);
}

static void ask_restart(void)
{
	controller_restart(other, 1, fakes_answer, &answers[1]);
}

static void ask_kill(void)
{
	controller_kill(other, 1, fakes_answer, &answers[1]);
}

static void wait_long(void)
{
	fakes_pass(TIMEOUT_MS);
}

static const struct {
	const char *name;
	void (*happen)(void);
} events[] = {
    {"its process ends", end},
    {"its parent hears it", join},
    {"the registry is written", fakes_written},
    {"the registry is not written", fail_to_write},
    {"start", ask_start},
    {"stop", ask_stop},
    {"restart", ask_restart},
    {"kill", ask_kill},
    {"time passes", wait_long},
};

static const struct {
	void (*get_there)(void);
	enum node_life life;
	enum node_life then[ARRAY_SIZE(events)]; /* the life after each event, in their order */
} lives[] = {
    {create,
     LIFE_STARTING,
     {LIFE_RETIRED, LIFE_COMMITTING, LIFE_STARTING, LIFE_STARTING, LIFE_STARTING, LIFE_STARTING,
      LIFE_STARTING, LIFE_RETIRED, LIFE_RETIRED}},
    {commit,
     LIFE_COMMITTING,
     {LIFE_RETIRED, LIFE_COMMITTING, LIFE_RUNNING, LIFE_RETIRED, LIFE_COMMITTING, LIFE_COMMITTING,
      LIFE_COMMITTING, LIFE_RETIRED, LIFE_RETIRED}},
    {run,
     LIFE_RUNNING,
     {LIFE_RESTARTING, LIFE_RUNNING, LIFE_RUNNING, LIFE_RUNNING, LIFE_RUNNING, LIFE_STOPPING,
      LIFE_STOPPING, LIFE_RETIRED, LIFE_RUNNING}},
    {stop,
     LIFE_STOPPING,
     {LIFE_STOPPED, LIFE_STOPPING, LIFE_STOPPING, LIFE_STOPPING, LIFE_STOPPING, LIFE_STOPPING,
      LIFE_STOPPING, LIFE_RETIRED, LIFE_STOPPING}},
    {be_stopped,
     LIFE_STOPPED,
     {LIFE_STOPPED, LIFE_STOPPED, LIFE_STOPPED, LIFE_STOPPED, LIFE_RESTARTING, LIFE_STOPPED,
      LIFE_RESTARTING, LIFE_RETIRED, LIFE_STOPPED}},
    {die,
     LIFE_DEAD,
     {LIFE_DEAD, LIFE_DEAD, LIFE_DEAD, LIFE_DEAD, LIFE_RESTARTING, LIFE_STOPPED, LIFE_RESTARTING,
      LIFE_RETIRED, LIFE_DEAD}},
    {back_off,
     LIFE_BACKOFF,
     {LIFE_BACKOFF, LIFE_BACKOFF, LIFE_BACKOFF, LIFE_BACKOFF, LIFE_RESTARTING, LIFE_STOPPED,
      LIFE_RESTARTING, LIFE_RETIRED, LIFE_RESTARTING}},
    {restart,
     LIFE_RESTARTING,
     {LIFE_BACKOFF, LIFE_RUNNING, LIFE_RESTARTING, LIFE_RESTARTING, LIFE_RESTARTING, LIFE_STOPPING,
      LIFE_RESTARTING, LIFE_RETIRED, LIFE_RESTARTING}},
    {be_given_up,
     LIFE_GIVEN_UP,
     {LIFE_GIVEN_UP, LIFE_GIVEN_UP, LIFE_GIVEN_UP, LIFE_GIVEN_UP, LIFE_RESTARTING, LIFE_STOPPED,
      LIFE_RESTARTING, LIFE_RETIRED, LIFE_GIVEN_UP}},
};

static enum node_life life(void)
{
	return fakes_node(1) ? fakes_node(1)->life : LIFE_RETIRED;
}

Test(lives, become_what_the_event_makes_of_them)
{
	cr_assert_eq(ARRAY_SIZE(lives), LIFE_RETIRED);
	for (size_t i = 0; i < ARRAY_SIZE(lives); i++)
		for (size_t event = 0; event < ARRAY_SIZE(events); event++) {
			fakes_set_up();
			other = session_open(fakes.controller);
			lives[i].get_there();
			cr_assert_eq(life(), lives[i].life, "%s is %s", life_name(lives[i].life),
			             life_name(life()));
			events[event].happen();
			fakes_turn();
			cr_assert_eq(life(), lives[i].then[event], "%s, %s: %s",
			             life_name(lives[i].life), events[event].name,
			             life_name(life()));
			cr_assert_null(controller_valid(fakes.controller));
			session_close(other);
			fakes_tear_down();
		}
}
