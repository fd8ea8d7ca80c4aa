/* Usages: what they say is read. */
#include "ctl/usage.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "ctl/verbs.h"

TestSuite(usage, .timeout = 60);

/* "--restart=no|always? ID ARG?..." */
static void assert_usage(const char *text, const char *wanted)
{
	struct usage usage = {0};
	struct buffer came = {0};

	usage_read(&usage, text);
	for (size_t i = 0; i < usage.count; i++) {
		const struct usage_item *item = &usage.items[i];
		buffer_format(&came, "%s%.*s%s%.*s%s%s%s", i ? " " : "", (int)item->option.n,
		              item->option.s ? item->option.s : "",
		              item->option.s && item->value.s ? "=" : "", (int)item->value.n,
		              item->value.s ? item->value.s : "", item->optional ? "?" : "",
		              item->repeats ? "..." : "", item->listed ? "," : "");
	}
	buffer_add(&came, "", 1);
	cr_assert_str_eq(came.data, wanted);
	buffer_free(&came);
}

Test(usage, options_have_values_and_words_have_places)
{
	assert_usage("", "");
	assert_usage("ID [PARENT]", "ID PARENT?");
	assert_usage("[--raw] [--timeout SECONDS] ID|--any GROUP [ARG...]",
	             "--raw? --timeout=SECONDS? ID --any=GROUP ARG?...");
	assert_usage("--all|--subtree ID [--reduce list|sum] [ARG...]",
	             "--all --subtree=ID --reduce=list|sum? ARG?...");
	assert_usage("ID... [--after ID[,ID...]]", "ID... --after=ID?,");
	assert_usage("ID [-n|--lines LINES] [-f|--follow]",
	             "ID -n=LINES? --lines=LINES? -f? --follow?");
	assert_usage("[--private [--service NAME] [--define NAME=COMMAND]]",
	             "--private? --service=NAME? --define=NAME=COMMAND?");
	assert_usage("on|off", "on|off");
}

Test(usage, every_row_can_be_read)
{
	for (size_t i = 0; verb_at(i); i++) {
		struct usage usage = {0};
		usage_read(&usage, verb_at(i)->args);
		cr_assert_eq(usage.count > 0, *verb_at(i)->args != '\0', "%s", verb_at(i)->name);
	}
}

Test(usage, a_second_form_adds_options_only)
{
	struct usage usage = {0};

	usage_read(&usage, "ID...");
	usage_read(&usage, "ID... --subtree [--at-once N]");
	usage_read(&usage, "--all [--at-once N]");
	cr_assert_eq(usage.count, 4);
	cr_assert_eq(usage_place(&usage, 0), &usage.items[0]);
	cr_assert_eq(usage_place(&usage, 7), &usage.items[0]);
}

Test(usage, an_option_is_found_by_its_word_or_a_similar_one)
{
	static const char *const near[][2] = {{"--restrat", "--restart"},
	                                      {"--rest", "--restart"},
	                                      {"--RAW", "--raw"},
	                                      {"--restrat=no", "--restart"},
	                                      {"--", NULL},
	                                      {"--other", NULL}};
	struct usage usage = {0};
	struct word word = {"--restart=no", strlen("--restart=no")};

	usage_read(&usage, "ID [--restart no|always] [--raw] [-n LINES]");
	cr_assert(word_is(&usage_option(&usage, &word)->option, "--restart"));
	word.n = strlen("--restart");
	cr_assert_not_null(usage_option(&usage, &word));
	word.n--;
	cr_assert_null(usage_option(&usage, &word));
	cr_assert_null(usage_place(&usage, 1));
	for (size_t i = 0; i < ARRAY_SIZE(near); i++) {
		cleanup_free char *found =
		    usage_nearest(&usage, &(struct word){near[i][0], strlen(near[i][0])});
		cr_assert_eq(!found, !near[i][1], "%s", near[i][0]);
		if (found)
			cr_assert_str_eq(found, near[i][1]);
	}
}
