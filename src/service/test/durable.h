/* A dictionary in the test's directory, used as by a worker. */
#ifndef TESTS_DURABLE_H
#define TESTS_DURABLE_H

#include <criterion/criterion.h>

#include "base/mem.h"
#include "service/rows.h"
#include "service/test/service_run.h"
#include "support/scratch.h"

/* NULL and *why, as a service's create(). */
static inline void *durable_try(enum dtree_durability durability, char **why)
{
	return service_dict.create(
	    &(struct dtree_node){.id = 7, .state_dir = scratch_dir, .durability = durability}, why);
}

static inline void *durable_open(enum dtree_durability durability)
{
	char *why = NULL;
	void *dict = durable_try(durability, &why);

	cr_assert(dict, "%s", why);
	return dict;
}

/* Closes it, and opens it as the next process would. */
static inline void *durable_again(void *dict, enum dtree_durability durability)
{
	service_dict.destroy(dict);
	return durable_open(durability);
}

/* One exec, without a commit. Owned. */
static inline char *durable_say(void *dict, const char *name, const char *value)
{
	struct buffer bytes = service_bytes(ARGS(name, value));
	char *said = service_run(&service_dict, dict, buffer_bytes(&bytes), buffer_size(&bytes));

	buffer_free(&bytes);
	return said;
}

static inline void durable_expect(void *dict, const char *wanted, const char *name,
                                  const char *value)
{
	cleanup_free char *said = durable_say(dict, name, value);

	cr_assert_str_eq(said, wanted);
}

static inline void durable_commit(void *dict)
{
	char *why = NULL;

	cr_assert_eq(service_dict.commit(dict, &why), 0, "%s", why);
}

/* A commit that must fail; the reason, owned. */
static inline char *durable_commit_fails(void *dict)
{
	char *why = NULL;

	cr_assert_eq(service_dict.commit(dict, &why), -1);
	cr_assert_not_null(why);
	return why;
}

#endif
