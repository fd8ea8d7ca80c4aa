/* How links are made, and the file with their key. */
#include "controller/overlay/link_form.h"

#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"
#include "controller/overlay/internal.h"
#include "link/endpoint.h"
#include "support/scratch.h"

static struct controller one;
static struct error err;
static char *key_path;

static void set_up(void)
{
	scratch_set_up();
	one.config.state_dir = scratch_top;
	key_path = mem_format("%s/" LINK_KEY_NAME, scratch_top);
}

static void tear_down(void)
{
	free(key_path);
	scratch_tear_down();
}

TestSuite(link_form, .init = set_up, .fini = tear_down, .timeout = 60);

static void begin(const char *kind, const char *security)
{
	one.overlay = mem_new(sizeof *one.overlay);
	one.config.link = kind;
	one.config.link_security = security;
	cr_assert_eq(link_form_init(&one, &err), 0, "%s", err.text);
}

static void end(void)
{
	link_form_stop(&one);
	free(one.overlay);
}

/* The word of a dtreed with these settings, in new memory. */
static char *word_of(const char *kind, const char *security)
{
	char *word;

	begin(kind, security);
	word = mem_string(link_form_word(&one));
	end();
	return word;
}

Test(link_form, links_over_unix_sockets_need_no_key)
{
	begin("ipc", "curve");
	cr_assert_str_eq(link_form_word(&one), "");
	cr_assert_str_eq(link_form_scheme(&one), ENDPOINT_IPC);
	cr_assert_null(link_form_key_path(&one));
	cr_assert_eq(link_form_renew(&one, &err), 0);
	cr_assert_neq(access(key_path, F_OK), 0);
	end();
}

Test(link_form, links_over_tcp_without_a_key_are_no_links_with_one)
{
	cleanup_free char *open = word_of("tcp", "null");
	cleanup_free char *secured = word_of("tcp", "curve");

	cr_assert_str_eq(open, "tcp");
	cr_assert_eq(strncmp(secured, "tcp:", 4), 0);
	cr_assert_null(strchr(secured, ' '));
}

Test(link_form, the_next_dtreed_has_the_same_key)
{
	cleanup_free char *first = word_of("tcp", "curve");
	cleanup_free char *second = word_of("tcp", "curve");

	cr_assert_str_eq(first, second);
}

Test(link_form, where_the_key_was_lost_or_changed_another_is_made_and_is_known_as_such)
{
	cleanup_free char *first = word_of("tcp", "curve");
	cleanup_free char *second = NULL;
	cleanup_free char *third = NULL;

	cr_assert_eq(unlink(key_path), 0);
	second = word_of("tcp", "curve");
	cr_assert_str_neq(first, second);
	cr_assert_eq(truncate(key_path, 40), 0);
	third = word_of("tcp", "curve");
	cr_assert_str_neq(second, third);
}

Test(link_form, the_key_of_a_former_dtreed_goes_with_the_tree)
{
	begin("tcp", "curve");
	end();
	cr_assert_eq(access(key_path, F_OK), 0);
	begin("ipc", "curve");
	link_form_drop(&one);
	cr_assert_neq(access(key_path, F_OK), 0);
	end();
}

Test(link_form, a_key_that_was_removed_is_put_back)
{
	struct link_key before;
	struct link_key after;

	begin("tcp", "curve");
	cr_assert_eq(link_form_renew(&one, &err), 0);
	cr_assert_eq(link_key_read(key_path, &before, &err), 0);
	cr_assert_eq(unlink(key_path), 0);
	cr_assert_eq(link_form_renew(&one, &err), 0, "%s", err.text);
	cr_assert_eq(link_key_read(key_path, &after, &err), 0);
	cr_assert_str_eq(before.secret, after.secret);
	link_form_drop(&one);
	cr_assert_neq(access(key_path, F_OK), 0);
	end();
}
