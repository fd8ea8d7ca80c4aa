/* Invariant: `lock` guards `calls`. */
#include "worker/test/fake_service.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

struct fake_service fake_service = {.gate = PTHREAD_MUTEX_INITIALIZER};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void record(const char *call, const char *bytes, size_t n)
{
	pthread_mutex_lock(&lock);
	buffer_format(&fake_service.calls, "%s%.*s ", call, (int)n, n ? bytes : "");
	pthread_mutex_unlock(&lock);
}

static void *fake_create(const struct dtree_node *node, char **why)
{
	static int state;
	const struct dtree_node *wanted = fake_service.node;

	if (wanted) {
		cr_assert_eq(node->id, wanted->id);
		cr_assert_str_eq(node->state_dir, wanted->state_dir);
		cr_assert_eq(node->durability, wanted->durability);
	}
	record("create", NULL, 0);
	if (fake_service.create_fails) {
		if (fake_service.create_says)
			*why = mem_string(fake_service.create_says);
		return NULL;
	}
	atomic_fetch_add(&fake_service.states, 1);
	return &state;
}

static void fake_destroy(void *state)
{
	cr_assert_not_null(state);
	record("destroy", NULL, 0);
	atomic_fetch_sub(&fake_service.states, 1);
}

static void *fake_open(void *state)
{
	cr_assert_not_null(state);
	if (fake_service.open_fails)
		return NULL;
	atomic_fetch_add(&fake_service.opened, 1);
	record("open", NULL, 0);
	return mem_new(sizeof(bool));
}

/* Refuses arguments that begin with '!'. */
static int fake_feed(void *request, const char *bytes, size_t n)
{
	bool *refused = request;

	record("feed:", bytes, n);
	*refused = n && bytes[0] == '!';
	return *refused ? -1 : 0;
}

static void fake_finish(void *request, struct dtree_result *result)
{
	const bool *refused = request;

	record("finish", NULL, 0);
	pthread_mutex_lock(&fake_service.gate);
	result->ok = result->tentative = !*refused;
	if (*refused)
		result->text = mem_string("no");
	else if (fake_service.result)
		result->text = mem_string(fake_service.result);
	else
		result->text = mem_format("%d", atomic_load(&fake_service.finished) + 1);
	result->size = strlen(result->text);
	atomic_fetch_add(&fake_service.finished, 1);
	if (fake_service.huge) {
		free(result->text);
		result->text = mem_try(DTREE_RESULT_MAX);
		result->size = DTREE_RESULT_MAX;
	}
	pthread_mutex_unlock(&fake_service.gate);
}

static void fake_close(void *request)
{
	record("close", NULL, 0);
	atomic_fetch_sub(&fake_service.opened, 1);
	free(request);
}

static int fake_commit(void *state, char **why)
{
	cr_assert_not_null(state);
	record("commit", NULL, 0);
	if (fake_service.committing)
		fake_service.committing();
	atomic_fetch_add(&fake_service.commits, 1);
	if (fake_service.commit_says) {
		*why = mem_string(fake_service.commit_says);
		return -1;
	}
	atomic_store(&fake_service.committed, atomic_load(&fake_service.finished));
	return 0;
}

const struct dtree_service fake_row = {
    .abi = DTREE_SERVICE_ABI,
    .name = "fake",
    .summary = "records its calls",
    .usage = "",
    .create = fake_create,
    .destroy = fake_destroy,
    .open = fake_open,
    .feed = fake_feed,
    .finish = fake_finish,
    .close = fake_close,
    .commit = fake_commit,
};

void fake_service_expect(const char *calls)
{
	buffer_add(&fake_service.calls, "", 1);
	cr_assert_str_eq(buffer_bytes(&fake_service.calls), calls);
	buffer_take(&fake_service.calls, buffer_size(&fake_service.calls));
}

void fake_service_tear_down(void)
{
	cr_assert_eq(atomic_load(&fake_service.states), 0);
	cr_assert_eq(atomic_load(&fake_service.opened), 0, "%d requests were never closed",
	             atomic_load(&fake_service.opened));
	buffer_free(&fake_service.calls);
}
