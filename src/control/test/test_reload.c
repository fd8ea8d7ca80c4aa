/* The method reload: who asked hears what came of it, and nobody else. */
#include <criterion/criterion.h>
#include <string.h>

#include "base/clock.h"
#include "base/mem.h"
#include "control/reload.h"
#include "control/test/control_fixture.h"

CONTROL_SUITE(reload, 60);

static void ask(const char *params)
{
	cleanup_free char *line = mem_format(
	    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"reload\",\"params\":%s}", params);
	size_t before = reloads.count;

	peer_send(peer, line);
	wait_for(reloads.count == before + 1);
}

Test(reload, what_is_asked_for_is_passed_on)
{
	ask("{}");
	cr_expect(!reloads.request.dry_run && !reloads.request.prune);
	ask("{\"dry_run\":true}");
	cr_expect(reloads.request.dry_run && !reloads.request.prune);
	ask("[false,true]");
	cr_expect(!reloads.request.dry_run && reloads.request.prune);
	peer_fail(peer, "reload", "{\"prune\":1}", -32602, "'prune' is neither true nor false");
}

Test(reload, all_that_came_of_it_is_told)
{
	const struct reload_change setting = {"log-level", "info", NULL, "at the next start"};
	const struct reload_service service = {"calc", "added", "x"};
	const struct reload_change changes[] = {{"parent", "10", "20", NULL},
	                                        {"name", NULL, "a", NULL}};
	const struct reload_step steps[] = {{.what = "change",
	                                     .id = 5,
	                                     .origin = "f:1",
	                                     .changes = changes,
	                                     .count = 2,
	                                     .adopted = true,
	                                     .returned = true},
	                                    {.what = "remove", .id = 6, .error = "no"}};
	const char *const left[] = {"node 7: why"};
	const struct reload_report report = {.settings = &setting,
	                                     .setting_count = 1,
	                                     .services = &service,
	                                     .service_count = 1,
	                                     .steps = steps,
	                                     .step_count = 2,
	                                     .left = left,
	                                     .left_count = 1};

	ask("{}");
	control_reloaded(control, reloads.question + 1, &report);
	control_reloaded(control, reloads.question, &report);
	control_reloaded(control, reloads.question, &report);
	peer_expect(peer,
	            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"dry_run\":false,\"settings\":["
	            "{\"name\":\"log-level\",\"from\":\"info\",\"to\":null,"
	            "\"note\":\"at the next start\"}],\"services\":[{\"name\":\"calc\","
	            "\"what\":\"added\",\"note\":\"x\"}],\"nodes\":[{\"id\":5,\"what\":\"change\","
	            "\"origin\":\"f:1\",\"adopted\":true,\"started\":true,\"changes\":["
	            "{\"name\":\"parent\",\"from\":\"10\",\"to\":\"20\"},"
	            "{\"name\":\"name\",\"from\":null,\"to\":\"a\"}]},"
	            "{\"id\":6,\"what\":\"remove\",\"changes\":[],\"error\":\"no\"}],"
	            "\"failed\":1,\"left\":[\"node 7: why\"]}}");
}

Test(reload, mistakes_are_an_error_with_all_of_them)
{
	const char *const mistakes[] = {"f:1: a", "f:2: \"b\""};
	const struct reload_report report = {
	    .refused = "2 mistakes", .mistakes = mistakes, .mistake_count = 2};

	ask("{}");
	control_reloaded(control, reloads.question, &report);
	peer_expect(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32012,"
	                  "\"message\":\"2 mistakes\",\"data\":{\"name\":\"BAD_CONFIGURATION\","
	                  "\"mistakes\":[\"f:1: a\",\"f:2: \\\"b\\\"\"]}}}");
}

Test(reload, a_client_that_is_gone_is_not_told)
{
	const struct reload_report report = {0};
	struct peer *gone = peer_new();
	size_t before = reloads.count;

	peer_send(gone, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"reload\"}");
	wait_for(reloads.count == before + 1);
	peer_free(gone);
	settle();
	control_reloaded(control, reloads.question, &report);
	ask("{}");
	control_reloaded(control, reloads.question, &report);
	peer_expect_part(peer, "\"failed\":0");
}
