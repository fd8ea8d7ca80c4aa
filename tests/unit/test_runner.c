/* The runner's thread: no answer leaves before its commit, and commits are shared. */
#include "worker/runner.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/parse.h"

#define DEADLINE_S 30.0

static struct ev_loop *loop;
static struct runner *runner;
static atomic_int finished;  /* requests */
static atomic_int committed; /* of them */
static atomic_int commits;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER; /* finish goes through it */
static int answers;
static int wanted;
static bool commit_fails;

static void *fake_create(const struct dtree_node *node, char **why)
{
	static int state;

	(void)node;
	(void)why;
	return &state;
}

static void fake_destroy(void *state)
{
	(void)state;
}

static void *fake_open(void *state)
{
	return state;
}

static int fake_feed(void *request, const char *bytes, size_t n)
{
	(void)request;
	(void)bytes;
	(void)n;
	return 0;
}

/* The answer is its number. */
static void fake_finish(void *request, struct dtree_result *result)
{
	(void)request;
	pthread_mutex_lock(&gate);
	result->ok = true;
	result->tentative = true;
	result->text = mem_format("%d", atomic_fetch_add(&finished, 1) + 1);
	result->size = strlen(result->text);
	pthread_mutex_unlock(&gate);
}

static void fake_close(void *request)
{
	(void)request;
}

/* Takes its time, so that an answer that went before it is seen. */
static int fake_commit(void *state, char **why)
{
	(void)state;
	usleep(2000);
	atomic_fetch_add(&commits, 1);
	if (commit_fails) {
		*why = mem_string("no");
		return -1;
	}
	atomic_store(&committed, atomic_load(&finished));
	return 0;
}

static const struct dtree_service fake = {
    .abi = DTREE_SERVICE_ABI,
    .name = "fake",
    .summary = "",
    .usage = "",
    .create = fake_create,
    .destroy = fake_destroy,
    .open = fake_open,
    .feed = fake_feed,
    .finish = fake_finish,
    .close = fake_close,
    .commit = fake_commit,
};

static int64_t number_of(const struct job_news *news)
{
	int64_t number = 0;

	cr_assert_eq(parse_int64(news->text, news->size, &number), 0);
	return number;
}

static void on_news(void *arg, const struct job_news *news)
{
	(void)arg;
	if (!news->answered)
		return;
	if (commit_fails)
		cr_assert(news->flags == FLAG_REFUSED && news->size == 2);
	else
		cr_assert_leq(number_of(news), atomic_load(&committed));
	runner_unstore(runner, news->size);
	free(news->text);
	if (++answers == wanted)
		ev_break(loop, EVBREAK_ALL);
}

static void on_late(struct ev_loop *l, ev_timer *timer, int revents)
{
	(void)l;
	(void)timer;
	(void)revents;
	cr_assert_fail("%d of %d answers came", answers, wanted);
}

static void set_up(void)
{
	loop = ev_loop_new(EVFLAG_AUTO);
	runner = runner_new(loop, &(struct dtree_node){.id = 7}, &fake, on_news, NULL);
}

TestSuite(runner, .init = set_up, .timeout = 60);

static void ask(int count)
{
	for (int i = 0; i < count; i++)
		cr_assert_eq(runner_take(runner, &(struct message){.type = MSG_EXEC,
		                                                   .request = (uint64_t)i + 1,
		                                                   .session = 1,
		                                                   .flags = FLAG_LAST}),
		             0);
}

static void await_answers(int count)
{
	ev_timer late;

	ev_timer_init(&late, on_late, DEADLINE_S, 0.0);
	ev_timer_start(loop, &late);
	wanted = count;
	if (answers < wanted)
		ev_run(loop, 0);
	ev_timer_stop(loop, &late);
	cr_assert_eq(answers, wanted);
}

Test(runner, no_answer_leaves_before_its_commit)
{
	for (int i = 1; i <= 20; i++) {
		ask(3);
		await_answers(3 * i);
	}
}

Test(runner, what_waits_shares_commits)
{
	pthread_mutex_lock(&gate);
	ask(1000);
	pthread_mutex_unlock(&gate);
	await_answers(1000);
	/* 256 at the most in each. */
	cr_assert_geq(atomic_load(&commits), 4);
	cr_assert_leq(atomic_load(&commits), 6);
}

Test(runner, a_failed_commit_is_told_to_all)
{
	commit_fails = true;
	ask(10);
	await_answers(10);
}
