/* What another configuration changes, and when. */
#include "config_fixture.h"

#include "daemon/reconfigure.h"

TestSuite(reconfigure, .init = set_up, .fini = tear_down);

/* Each setting that a file may have, with another value than its default. */
static const struct {
	const char *name;
	const char *value;
	enum setting_effect effect;
} others[] = {
    {"socket", "/tmp/other", SETTING_AT_START},
    {"runtime-dir", "/tmp/other", SETTING_AT_START},
    {"state-dir", "/tmp/other", SETTING_AT_START},
    {"topology", "list", SETTING_AT_START},
    {"service", "dict", SETTING_NEW},
    {"durability", "process", SETTING_NEW},
    {"link", "tcp", SETTING_AT_START},
    {"link-security", "null", SETTING_AT_START},
    {"heartbeat", "1", SETTING_AT_ONCE},
    {"request-timeout", "1", SETTING_NEW},
    {"slow-request", "1", SETTING_AT_ONCE},
    {"slow-traces", "/somewhere", SETTING_AT_START},
    {"log-level", "debug", SETTING_AT_ONCE},
    {"worker", "/tmp/other", SETTING_AT_START},
    {"operate-group", "none", SETTING_AT_START},
    {"observe-group", "none", SETTING_AT_START},
    {"control-group", "none", SETTING_AT_START},
    {"restart", "always", SETTING_NEW},
    {"restart-delay-max", "1", SETTING_AT_ONCE},
    {"restart-quiet", "1", SETTING_AT_ONCE},
    {"restart-limit", "1", SETTING_AT_ONCE},
    {"on-hang", "restart", SETTING_AT_ONCE},
    {"hang-timeout", "1", SETTING_AT_ONCE},
    {"on-give-up", "exit", SETTING_AT_ONCE},
    {"orphan-timeout", "1", SETTING_AT_START},
    {"stop-grace", "1", SETTING_AT_ONCE},
    {"max-nodes", "1", SETTING_AT_ONCE},
    {"max-clients", "1", SETTING_AT_ONCE},
    {"max-line", "5000", SETTING_NEW},
};

static struct config running;
static struct reconfiguration plan;

/* The running configuration is that of the first text, the fresh one that of the other. */
static void plan_for(const char *before, const char *after)
{
	file_taken(before);
	running = config;
	config = (struct config){0};
	file_taken(after);
	reconfigure_plan(&running, &config, NULL, &plan);
}

static void forget(void)
{
	reconfiguration_free(&plan);
	config_free(&running);
}

Test(reconfigure, each_setting_says_when_it_counts)
{
	size_t known = 0;

	for (size_t i = 0; setting_at(i); i++)
		known += setting_find(setting_name(setting_at(i)), true) != NULL;
	cr_expect_eq(known, ARRAY_SIZE(others), "every setting is tested");
	for (size_t i = 0; i < ARRAY_SIZE(others); i++) {
		const struct setting *s = setting_find(others[i].name, true);
		cleanup_free char *text =
		    mem_format("[dtreed]\n%s = %s\n", others[i].name, others[i].value);
		cleanup_free char *before = NULL;
		cleanup_free char *after = NULL;
		char *held;
		plan_for("", text);
		cr_assert_not_null(s);
		cr_expect_eq(plan.service_count, 0);
		/* The socket's default depends on the runtime directory. */
		cr_assert_geq(plan.setting_count, 1, "%s", others[i].name);
		for (size_t k = 0; k < plan.setting_count; k++)
			if (strcmp(plan.settings[k].name, others[i].name) == 0)
				cr_expect_str_eq(plan.settings[k].to, others[i].value);
		cr_expect_eq(setting_effect(s), others[i].effect, "%s", others[i].name);
		before = setting_text(s, &running);
		held = running.runtime_dir;
		config_replace(&running, &config);
		after = setting_text(s, &running);
		cr_expect_str_eq(after,
		                 others[i].effect == SETTING_AT_START ? before : others[i].value,
		                 "%s", others[i].name);
		cr_expect_eq(running.runtime_dir, held, "who borrowed it has it still");
		forget();
	}
}

Test(reconfigure, what_stayed_for_the_next_start_is_told_again)
{
	plan_for("[dtreed]\nmax-nodes = 5\n", "[dtreed]\nmax-nodes = 6\ntopology = list\n");
	cr_expect_eq(plan.setting_count, 2);
	config_replace(&running, &config);
	reconfiguration_free(&plan);
	file_taken("[dtreed]\nmax-nodes = 6\ntopology = list\n");
	reconfigure_plan(&running, &config, NULL, &plan);
	cr_assert_eq(plan.setting_count, 1);
	cr_expect_str_eq(plan.settings[0].name, "topology");
	cr_expect_str_eq(plan.settings[0].from, "tree");
	forget();
}

static char said[1024];

static void hear(void *arg, bool warning, const char *line)
{
	size_t n = strlen(said);

	(void)arg;
	snprintf(said + n, sizeof said - n, "%s%s\n", warning ? "! " : "", line);
}

#define LINES_SERVICE(name, more) "[service " name "]\nprotocol = lines\ncommand = cat\n" more

Test(reconfigure, services_come_change_and_go)
{
	plan_for(LINES_SERVICE("a", "") LINES_SERVICE("b", "") LINES_SERVICE("c", "")
	             LINES_SERVICE("d", ""),
	         LINES_SERVICE("a", "") LINES_SERVICE("b", "hello = hi\n")
	             LINES_SERVICE("c", "summary = other\ninstances = 2\ncheck = x\n")
	                 LINES_SERVICE("e", ""));
	reconfigure_tell(&plan, hear, NULL);
	cr_expect_str_eq(said, "service b: changed, for 0 nodes\n"
	                       "service c: changed, but not what runs\n"
	                       "service e: new\n"
	                       "service d: declared no longer\n");
	forget();
}

Test(reconfigure, what_a_new_or_changed_service_lacks_is_a_mistake)
{
	struct mistakes warnings = {0};

	plan_for(LINES_SERVICE("a", "") LINES_SERVICE("ab", "") LINES_SERVICE("c", ""),
	         LINES_SERVICE("a", "hello = hi\n") LINES_SERVICE("ab", "")
	             LINES_SERVICE("c", "summary = other\n") LINES_SERVICE("d", ""));
	for (const char *const *name = (const char *const[]){"a", "ab", "c", "d", NULL}; *name;
	     name++)
		mistakes_add(&warnings, "conf:3: service %s: it is not there", *name);
	reconfigure_judge(&plan, &warnings, &found);
	cr_assert_eq(found.count, 2);
	cr_expect_str_eq(found.texts[0], "conf:3: service a: it is not there");
	cr_expect_str_eq(found.texts[1], "conf:3: service d: it is not there");
	cr_assert_eq(warnings.count, 2);
	cr_expect_str_eq(warnings.texts[0], "conf:3: service ab: it is not there");
	mistakes_free(&warnings);
	forget();
}

Test(reconfigure, lines_above_a_service_change_nothing_of_it)
{
	plan_for(LINES_SERVICE("a", ""), "# a line\n\n" LINES_SERVICE("a", ""));
	cr_expect_eq(plan.service_count, 0);
	forget();
}

Test(reconfigure, what_counts_later_is_told_as_a_warning)
{
	plan_for("", "[dtreed]\ntopology = bst\nrequest-timeout = 5\nlog-level = warn\n");
	reconfigure_tell(&plan, hear, NULL);
	cr_expect_str_eq(said, "! topology: tree -> bst, at the next start\n"
	                       "request-timeout: 10000 -> 5, for what begins from now on\n"
	                       "log-level: info -> warn, at once\n");
	forget();
}
