/* Completion: what a word is, and what it may become. */
#include "ctl/complete.h"

#include <criterion/criterion.h>
#include <string.h>

#include "client/internal.h"

TestSuite(complete, .timeout = 60);

static void assert_word(const char *line, enum complete_kind kind, const char *wanted)
{
	const char *word;
	size_t size;

	cr_assert_eq(complete_word(line, strlen(line), &word, &size), kind, "%s", line);
	cr_assert_eq(size, strlen(wanted), "%s", line);
	cr_assert_eq(memcmp(word, wanted, size), 0, "%s", line);
}

Test(complete, a_word_is_of_a_kind)
{
	assert_word("", COMPLETE_COMMAND, "");
	assert_word("st", COMPLETE_COMMAND, "st");
	assert_word("  st", COMPLETE_COMMAND, "st");
	assert_word("ping ", COMPLETE_NONE, "");
	assert_word("ping 1", COMPLETE_NONE, "1");
	assert_word("ping @", COMPLETE_NAME, "@");
	assert_word("start 1 @wo", COMPLETE_NAME, "@wo");
	assert_word("ping a@wo", COMPLETE_NONE, "a@wo");
	assert_word("@wo", COMPLETE_COMMAND, "@wo");
	assert_word("exec --any ", COMPLETE_GROUP, "");
	assert_word("create 1 --group\two", COMPLETE_GROUP, "wo");
	assert_word("exec --any wo 1", COMPLETE_NONE, "1");
}

static const char tree[] =
    "{\"id\":1,\"jsonrpc\":\"2.0\",\"result\":{\"nodes\":["
    "{\"id\":1,\"name\":\"worker-1\",\"group\":\"workers\"},{\"id\":2},"
    "{\"id\":3,\"name\":\"worker-2\",\"group\":\"workers\"},"
    "{\"id\":4,\"name\":\"w\\u001b[2J\",\"group\":\"w x\"},{\"id\":5,\"group\":\"store\"}]}}";

static void assert_tree(enum complete_kind kind, const char *word, const char *wanted,
                        size_t common)
{
	uint64_t id;
	struct dtree_reply *reply = reply_read(tree, strlen(tree), &id, NULL);
	struct completion all = {0};
	struct buffer came = {0};

	complete_tree(&all, kind, word, strlen(word), dtree_reply_result(reply));
	for (size_t i = 0; i < all.count; i++)
		buffer_format(&came, "%s ", all.items[i]);
	buffer_add(&came, "", 1);
	cr_assert_str_eq(came.data, wanted);
	cr_assert_eq(complete_common(&all), common);
	complete_free(&all);
	buffer_free(&came);
	dtree_reply_free(reply);
}

Test(complete, names_and_groups_are_those_of_the_tree)
{
	assert_tree(COMPLETE_NAME, "@", "@worker-1 @worker-2 ", strlen("@worker-"));
	assert_tree(COMPLETE_NAME, "@worker-2", "@worker-2 ", strlen("@worker-2"));
	assert_tree(COMPLETE_NAME, "@x", "", 0);
	assert_tree(COMPLETE_GROUP, "", "workers store ", 0);
	assert_tree(COMPLETE_GROUP, "w", "workers ", strlen("workers"));
}

Test(complete, commands_are_those_of_the_shell)
{
	struct completion all = {0};

	complete_commands(&all, "ex", 2);
	cr_assert_eq(all.count, 2);
	cr_assert_str_eq(all.items[0], "exec");
	cr_assert_str_eq(all.items[1], "exit");
	cr_assert_eq(complete_common(&all), 2);
	complete_free(&all);
	complete_commands(&all, "event", 5);
	cr_assert_eq(all.count, 0);
	complete_free(&all);
}
