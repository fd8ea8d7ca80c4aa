/* A scheduler with the fake service, and helpers of its tests. */
#ifndef WORKER_TEST_SCHEDULER_FIXTURE_H
#define WORKER_TEST_SCHEDULER_FIXTURE_H

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"
#include "worker/scheduler.h"
#include "worker/test/fake_service.h"

static struct scheduler *scheduler;
static struct job_update update;

static const struct dtree_node node = {
    .id = 7, .state_dir = "/d", .durability = DTREE_DURABILITY_PROCESS};

static inline void start(void)
{
	fake_service.node = &node;
	fake_service.result = "yes";
	scheduler = scheduler_new(&node, &fake_row);
}

static inline void stop(void)
{
	scheduler_free(scheduler);
	fake_service_tear_down();
}

static inline struct job_part *part_new(enum message_type type, uint64_t request, uint64_t session,
                                        const char *bytes, size_t n, bool last)
{
	struct job_part *part = mem_new(sizeof *part + n);

	part->type = type;
	part->request = request;
	part->session = session;
	part->last = last;
	part->size = n;
	memcpy(part->bytes, bytes, n);
	return part;
}

static inline bool add(enum message_type type, uint64_t request, uint64_t session, const char *text,
                       bool last)
{
	return scheduler_add(scheduler, part_new(type, request, session, text, strlen(text), last),
	                     &update);
}

static inline void step(void)
{
	cr_assert(scheduler_step(scheduler, &update), "nothing to run");
}

static inline void assert_idle(void)
{
	cr_assert(!scheduler_step(scheduler, &update), "something to run");
}

static inline void assert_answer(uint64_t request, unsigned flags, const char *text)
{
	cr_assert_eq(update.request, request);
	cr_assert(update.answered);
	cr_assert_eq(update.flags, flags, "flags %#x", update.flags);
	if (text) {
		cr_assert_eq(update.size, strlen(text));
		cr_assert_eq(memcmp(update.text, text, update.size), 0);
	} else {
		cr_assert_null(update.text);
		cr_assert_eq(update.size, 0);
	}
	free(update.text);
	update = (struct job_update){0};
}

#endif
