/* Which clients the control socket accepts, and what the others are answered. */
#include <criterion/criterion.h>
#include <grp.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "control/test/control_fixture.h"

CONTROL_SUITE(accept, 120);
/* Tests with their own set-up. */
TestSuite(accept_config, .timeout = 120);

static void is_served(struct peer *p)
{
	peer_call(p, "ping", "{\"id\":5}", "{\"id\":5,\"available\":true}");
}

Test(accept, connecting_and_leaving_at_once_is_harmless)
{
	for (int i = 0; i < 200; i++) {
		peer_free(peer_new());
		if (i % 50 == 0)
			settle();
	}
	is_served(peer);
}

Test(accept_config, too_many_clients_are_turned_away)
{
	control_start(0, 3);
	struct peer *three[3];

	for (int i = 0; i < 3; i++) {
		three[i] = peer_new();
		is_served(three[i]);
	}
	peer = three[0];
	peer_expect_refusal(peer_new());
	is_served(peer);
	peer_free(three[2]);
	wait_for(fake->sessions == 2);
	three[2] = peer_new();
	is_served(three[2]);
	for (int i = 0; i < 3; i++)
		peer_free(three[i]);
	control_stop();
}

static void limit_descriptors(rlim_t n)
{
	struct rlimit limit;

	cr_assert_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = n;
	cr_assert_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
}

Test(accept, without_descriptors_to_spare_clients_are_turned_away)
{
	struct rlimit before;
	struct peer *one_more;

	getrlimit(RLIMIT_NOFILE, &before);
	is_served(peer);
	one_more = peer_new();
	limit_descriptors((rlim_t)one_more->fd + 6);
	settle();
	peer_expect_refusal(one_more);
	is_served(peer);
	limit_descriptors(before.rlim_cur);
	one_more = peer_new();
	is_served(one_more);
	peer_free(one_more);
}

Test(accept, without_any_descriptor_accepting_waits)
{
	struct rlimit before;
	struct peer *late;

	getrlimit(RLIMIT_NOFILE, &before);
	is_served(peer);
	late = peer_new();
	limit_descriptors((rlim_t)late->fd + 1);
	settle();
	is_served(peer);
	limit_descriptors(before.rlim_cur);
	is_served(late);
	peer_free(late);
}

/* A connection by another user. */
static struct peer *stranger(size_t count, const gid_t *groups)
{
	struct peer *p;

	if (setgroups(count, groups) || setegid(12345) || seteuid(12345))
		cr_skip_test("only root can become somebody else");
	p = peer_new();
	cr_assert_eq(seteuid(0), 0);
	cr_assert_eq(setegid(0), 0);
	return p;
}

Test(accept, strangers_are_denied)
{
	struct peer *p = stranger(0, NULL);

	peer_expect_part(p, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32008,");
	peer_expect_end(p);
	peer_free(p);
}

Test(accept, the_group_of_the_daemon_has_no_role)
{
	static const gid_t groups[] = {7, 0};
	struct peer *p = stranger(ARRAY_SIZE(groups), groups);

	peer_expect_part(p, "\"code\":-32008,\"message\":\"user 12345 may not use this dtreed");
	peer_expect_end(p);
	peer_free(p);
}

Test(accept, members_of_a_group_have_its_role)
{
	static const gid_t operators[] = {7, OPERATORS, OBSERVERS};
	static const gid_t observers[] = {OBSERVERS};
	struct peer *p = stranger(ARRAY_SIZE(operators), operators);

	is_served(p);
	peer_call(p, "kill", "{\"id\":10}", "{\"removed\":[10,11]}");
	peer_fail(p, "shutdown", NULL, -32008,
	          "user 12345 may not call 'shutdown': that takes the role 'own', and it has "
	          "'operate'");
	peer_free(p);
	p = stranger(ARRAY_SIZE(observers), observers);
	is_served(p);
	peer_fail(p, "kill", "{\"id\":10}", -32008, "\"data\":{\"name\":\"DENIED\"}");
	/* A notification is refused too, and not answered. */
	peer_send(p, "{\"jsonrpc\":\"2.0\",\"method\":\"kill\",\"params\":{\"id\":10}}");
	is_served(p);
	peer_free(p);
	cr_assert_eq(fake->asked, 4);
	cr_assert_eq(shutdowns, 0);
	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"status\"}");
	peer_expect_part(peer, "\"denied\":3,");
}
