/* Roles by user and groups; what each method takes; what is audited. */
#include "base/log_journal.h"
#include "control/test/rpc_fixture.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/peer.h"
#include "wire/json.h"

#define OWNER 1000

CONTROL_SUITE(audit, 60);
TestSuite(roles, .timeout = 60);

static enum role role_of(uid_t uid, gid_t gid, const gid_t *groups, size_t count)
{
	static const struct peer_groups may = {.operate = {true, OPERATORS},
	                                       .observe = {true, OBSERVERS}};

	return peer_role(&(struct peer_credentials){.uid = uid, .gid = gid}, groups, count, OWNER,
	                 &may);
}

Test(roles, root_and_the_owner_own_whatever_their_groups)
{
	static const gid_t groups[] = {OBSERVERS};

	cr_assert_eq(role_of(0, 0, NULL, 0), ROLE_OWN);
	cr_assert_eq(role_of(0, 5, groups, 1), ROLE_OWN);
	cr_assert_eq(role_of(OWNER, 5, groups, 1), ROLE_OWN);
}

Test(roles, a_member_has_the_role_of_its_group)
{
	static const gid_t both[] = {5, OBSERVERS, OPERATORS};
	static const gid_t others[] = {5, 0, OWNER};

	cr_assert_eq(role_of(7, OPERATORS, NULL, 0), ROLE_OPERATE);
	cr_assert_eq(role_of(7, OBSERVERS, NULL, 0), ROLE_READ);
	cr_assert_eq(role_of(7, 7, both, 2), ROLE_READ);
	cr_assert_eq(role_of(7, 7, both, 3), ROLE_OPERATE);
	cr_assert_eq(role_of(7, OBSERVERS, both, 3), ROLE_OPERATE);
	cr_assert_eq(role_of(7, 7, others, 3), ROLE_NONE);
}

Test(roles, a_group_that_is_not_there_has_no_members)
{
	static const struct peer_groups none = {0};
	static const gid_t groups[] = {0};
	const struct peer_credentials who = {.uid = 7, .gid = 0};

	cr_assert_eq(peer_role(&who, groups, 1, OWNER, &none), ROLE_NONE);
}

/* The roles of all methods are listed here, so that none has one by mistake. */
Test(audit, each_method_takes_the_role_that_is_meant)
{
	static const char *const operate[] = {"exec",        "exec_all", "exec_open", "exec_feed",
	                                      "exec_close",  "create",   "kill",      "start",
	                                      "stop",        "restart",  "start_all", "stop_all",
	                                      "restart_all", "change",   "heartbeat"};
	static const char *const own[] = {"shutdown", "reload"};
	cleanup_free char *line = NULL;
	struct cJSON *json;
	struct error err;

	peer_send(peer, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"rpc.discover\"}");
	line = peer_line(peer);
	json = json_parse(line, strlen(line), JSON_REPLY_VALUES, NULL, &err);
	for (const struct cJSON *m =
	         json_first(json_member(json_member(json, "result"), "methods"));
	     m; m = json_next(m)) {
		const char *name = NULL;
		const char *role = NULL;
		const char *wanted = "read";
		json_string(json_member(m, "name"), "name", &name, NULL, NULL);
		json_string(json_member(m, "x-role"), "x-role", &role, NULL, NULL);
		for (size_t i = 0; i < ARRAY_SIZE(operate); i++)
			wanted = strcmp(operate[i], name) == 0 ? "operate" : wanted;
		for (size_t i = 0; i < ARRAY_SIZE(own); i++)
			wanted = strcmp(own[i], name) == 0 ? "own" : wanted;
		cr_assert_str_eq(role, wanted, "%s", name);
	}
	json_free(json);
}

Test(audit, a_change_is_a_line_with_fields_in_the_journal)
{
	char path[] = "/tmp/dtree-audit-XXXXXX";
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char entry[1024];
	ssize_t n;

	cr_assert(mkdtemp(path));
	snprintf(address.sun_path, sizeof address.sun_path, "%s/j", path);
	cr_assert_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	log_open("dtreed", LOG_LEVEL_INFO);
	log_journal_open("dtreed", address.sun_path);
	fake->fails = ERR_ALREADY_EXISTS;
	peer_fail(peer, "create", "{\"id\":10,\"service\":\"a\\nb\"}", -32001, "");
	n = recv(fd, entry, sizeof entry - 1, 0);
	cr_assert_gt(n, 0);
	entry[n] = '\0';
	cr_assert(strstr(entry, "\nDTREE_AUDIT=create id=10 service=a\\x0ab\n"), "%s", entry);
	cr_assert(strstr(entry, "\nDTREE_AUDIT_RESULT=ALREADY_EXISTS: it is said to fail\n"), "%s",
	          entry);
	cr_assert(strstr(entry, "\nDTREE_AUDIT_UID="), "%s", entry);
	cr_assert(strstr(entry, "\nDTREE_AUDIT_PROGRAM="), "%s", entry);
	/* What asks services changes nothing. */
	fake->fails = ERR_NONE;
	peer_call(peer, "exec", "{\"id\":10,\"args\":[]}", "{\"id\":10,\"result\":null}");
	cr_assert_lt(recv(fd, entry, sizeof entry, 0), 0);
	log_journal_close();
	close(fd);
	unlink(address.sun_path);
	rmdir(path);
}
