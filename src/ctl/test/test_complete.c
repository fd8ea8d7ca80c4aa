/* Completion: what the last word of a command may become. */
#include "ctl/complete.h"

#include <criterion/criterion.h>
#include <string.h>

#include "client/internal.h"

TestSuite(complete, .timeout = 60);

static struct buffer complete_shown(const struct completion *all)
{
	struct buffer came = {0};

	for (size_t i = 0; i < all->count; i++)
		buffer_format(&came, "%s ", all->items[i].text);
	buffer_add(&came, "", 1);
	return came;
}

/* What is known without a dtreed. */
static void assert_once(const char *line, const char *wanted)
{
	struct completion all = {0};
	struct words words;
	struct buffer came;
	struct error err;

	/* A blank at the end stands for an empty last word. */
	cr_assert_eq(words_split(line, strlen(line), 0, &words, &err), 0);
	if (line[strlen(line) - 1] == ' ') {
		words.items = realloc(words.items, (words.count + 1) * sizeof *words.items);
		words.items[words.count++] = (struct word){"", 0};
	}
	complete_words(&all, &words, PLACE_ONCE);
	complete_result(&all, NULL);
	came = complete_shown(&all);
	cr_assert_str_eq(came.data, wanted, "%s", line);
	complete_free(&all);
	words_free(&words);
	buffer_free(&came);
}

Test(complete, the_rows_say_what_a_word_may_become)
{
	assert_once("ex", "exec ");
	assert_once("--js", "--json ");
	assert_once("--color ", "auto always never ");
	assert_once("--color=n", "--color=never ");
	assert_once("--json --timeout 5 ex", "exec ");
	assert_once("--json remo", "remove ");
	assert_once("create 10 --restart ", "no on-failure always ");
	assert_once("create 10 --restart=on", "--restart=on-failure ");
	assert_once("create 1", "");
	assert_once("wait 10 --for d", "dead ");
	assert_once("exec --red", "--reduce ");
	assert_once("exec -- --red", "");
	assert_once("exec --reduce m", "min max ");
	assert_once("logs 10 --l", "--lines ");
	assert_once("logs -n 5 --since ye", "yesterday ");
	assert_once("shell --private --topology b", "bst balanced ");
	assert_once("shell --service s", "sum search ");
	assert_once("help ex", "exec ");
	assert_once("help exec ", "");
	assert_once("trace --repeat 5 exec --red", "--reduce ");
	assert_once("nothing ", "");
	assert_once("start 10 --a", "--at-once --all ");
}

static const char tree[] =
    "{\"id\":1,\"jsonrpc\":\"2.0\",\"result\":{\"nodes\":["
    "{\"id\":1,\"name\":\"worker-1\",\"group\":\"workers\"},{\"id\":20},"
    "{\"id\":3,\"name\":\"worker-2\",\"group\":\"workers\"},"
    "{\"id\":4,\"name\":\"w\\u001b[2J\",\"group\":\"w x\"},{\"id\":5,\"group\":\"store\"}],"
    "\"services\":[{\"name\":\"calc\",\"summary\":\"a sum\"}],"
    "\"methods\":[{\"name\":\"subscribe\",\"params\":[{\"name\":\"since\"},{\"name\":\"types\","
    "\"schema\":{\"items\":{\"enum\":[\"node_died\",\"*\"]}}}]},{\"name\":\"ping\"}]}}";

/* In the shell, with that result. */
static void assert_line(const char *line, const char *method, const char *wanted, size_t common)
{
	uint64_t id;
	struct dtree_reply *reply = reply_read(tree, strlen(tree), &id, NULL);
	struct completion all = {0};
	struct buffer came;

	complete_line(&all, line, strlen(line));
	cr_assert_eq(!complete_method(&all), !method, "%s", line);
	if (method)
		cr_assert_str_eq(complete_method(&all), method, "%s", line);
	complete_result(&all, dtree_reply_result(reply));
	came = complete_shown(&all);
	cr_assert_str_eq(came.data, wanted, "%s", line);
	cr_assert_eq(complete_common(&all), common, "%s", line);
	complete_free(&all);
	buffer_free(&came);
	dtree_reply_free(reply);
}

Test(complete, nodes_and_groups_are_those_of_the_tree)
{
	assert_line("ping @", "tree", "@worker-1 @worker-2 ", strlen("@worker-"));
	assert_line("ping @worker-2", "tree", "@worker-2 ", strlen("@worker-2"));
	assert_line("ping @x", "tree", "", 0);
	assert_line("ping 2", "tree", "20 ", 2);
	assert_line("start 1 @worker-1 @worker-2 2", "tree", "20 ", 2);
	assert_line("create 7 --after 1,2", "tree", "1,20 ", 4);
	assert_line("create 7 --after=1,@worker-1,2", "tree", "--after=1,@worker-1,20 ",
	            strlen("--after=1,@worker-1,20"));
	assert_line("exec --any ", "tree", "workers store ", 0);
	assert_line("create 1 --group\two", "tree", "workers ", strlen("workers"));
	assert_line("exec --any wo 1", NULL, "", 0);
	assert_line("exec 1 @wo", NULL, "", 0);
	assert_line("create 7 --service ", "services", "calc ", 4);
	assert_line("call pi", "rpc.discover", "ping ", 4);
}

Test(complete, types_of_events_are_those_of_discovery)
{
	uint64_t id;
	struct dtree_reply *reply = reply_read(tree, strlen(tree), &id, NULL);
	struct word items[] = {{"events", 6}, {"", 0}};
	struct completion all = {0};

	complete_words(&all, &(struct words){items, ARRAY_SIZE(items)}, PLACE_ONCE);
	complete_result(&all, dtree_reply_result(reply));
	cr_assert_str_eq(all.items[all.count - 1].text, "node_died");
	complete_free(&all);
	dtree_reply_free(reply);
}

Test(complete, commands_are_those_of_the_shell)
{
	assert_line("ex", NULL, "exec exit ", 2);
	assert_line("  ex", NULL, "exec exit ", 2);
	assert_line("event", NULL, "", 0);
	assert_line("trace o", NULL, "on off ", 1);
	assert_line("@wo", NULL, "", 0);
}

Test(complete, files_are_left_to_the_users_shell)
{
	struct word items[] = {{"backup", 6}, {"x", 1}};
	struct completion all = {0};

	complete_words(&all, &(struct words){items, ARRAY_SIZE(items)}, PLACE_ONCE);
	cr_assert_str_eq(complete_kind(&all), "files");
	complete_free(&all);
	items[1] = (struct word){"--state-dir=x", strlen("--state-dir=x")};
	complete_words(&all, &(struct words){items, ARRAY_SIZE(items)}, PLACE_ONCE);
	cr_assert_str_eq(complete_kind(&all), "directories");
	complete_free(&all);
}
