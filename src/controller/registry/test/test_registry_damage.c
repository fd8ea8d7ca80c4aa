/*
 * A registry whose files are cut off or changed at many places: either its content is what was
 * written, or it is refused and its files stay as they were. And intact stores whose content is no
 * registry.
 */
#include <criterion/criterion.h>
#include <dirent.h>

#include "controller/registry/test/registry_fixture.h"
#include "store/store.h"
#include "support/damage.h"

static struct told written;

/* Enough rows for a tree of pages, in many commits. */
static void write_all(unsigned from)
{
	struct registry *r = registry_open_any();
	struct registry_head head = registry_head_of(3);
	struct answers answers;

	registry_head(r, &head);
	told_head(&written, &head);
	for (uint32_t data_id = 0; data_id < BIRTHS; data_id++) {
		struct registry_row row = registry_row_of(data_id, data_id + from);
		registry_put(r, &row);
		told_put(&written, &row);
		if (data_id % 8 == 7)
			cr_assert(registry_written(r, &answers), "%s", answers.err.text);
	}
	registry_close(r, REGISTRY_FOR_EVER);
}

static damage_told_fn damage_told;

static void set_up(void)
{
	cr_assert_not_null(freopen("/dev/null", "w", stderr)); /* the log lines */
	registry_set_up();
	write_all(7);
	write_all(0);
	damage_set_up("registry.db", damage_told);
}

static void tear_down(void)
{
	damage_free();
	told_free(&written);
	registry_tear_down();
}

TestSuite(registry_damage, .init = set_up, .fini = tear_down, .timeout = 600);

static size_t files_there(void)
{
	DIR *d = opendir(scratch_dir);
	size_t count = 0;

	cr_assert_not_null(d);
	for (const struct dirent *entry; (entry = readdir(d));)
		count += entry->d_name[0] != '.';
	closedir(d);
	return count;
}

static bool damage_told(size_t which, const char *bytes, size_t size, const char *what, size_t at)
{
	struct told told = {.head = NULL};
	struct error err;
	struct registry *r = registry_try(&told, &err);
	bool same = told_same(&told, &written);

	told_free(&told);
	if (r) {
		cr_assert(same, "%s %s at %zu: it holds something else, and nothing said",
		          damage_files[which], what, at);
		registry_close(r, REGISTRY_FOR_EVER);
		return false;
	}
	cr_assert_not_null(strstr(err.text, "registry.db"), "%s", err.text);
	cr_assert_not_null(strstr(err.text, scratch_dir), "%s", err.text);
	for (size_t i = 0; i < DAMAGE_FILES; i++) {
		if (i != which)
			damage_assert_same(damage_files[i], damage_good[i], damage_sizes[i]);
		else if (bytes)
			damage_assert_same(damage_files[i], bytes, size);
	}
	cr_assert_eq(files_there(), DAMAGE_FILES - (bytes == NULL));
	return true;
}

DAMAGE_TESTS(registry_damage, 200, 150, 37)

Test(registry_damage, every_changed_row_is_told)
{
	size_t found = 0;

	damage_empty_log();
	for (size_t at = 0; at + 12 < damage_sizes[0]; at++) {
		if (memcmp(damage_good[0] + at, "incarnation=", 12) != 0)
			continue;
		cleanup_free char *bytes = mem_copy(damage_good[0], damage_sizes[0]);
		bytes[at + 12] ^= 1;
		damage_lay(0, bytes, damage_sizes[0]);
		found += damage_told(0, bytes, damage_sizes[0], "flipped", at);
	}
	cr_assert_geq(found, BIRTHS);
}

Test(registry_damage, a_missing_file_is_told)
{
	for (size_t i = 0; i < DAMAGE_FILES; i++) {
		damage_lay(i, NULL, 0);
		cr_assert(damage_told(i, NULL, 0, "missing", 0));
	}
}

Test(registry_damage, older_files_are_told)
{
	struct told told = {.head = NULL};
	struct error err;

	damage_lay(0, damage_good[0], damage_sizes[0]);
	write_all(20);
	scratch_write(damage_files[0], damage_good[0], damage_sizes[0]);
	scratch_write(damage_files[1], damage_good[1], damage_sizes[1]);
	cr_assert_null(registry_try(&told, &err));
	cr_assert_not_null(strstr(err.text, "acknowledged commits are missing"), "%s", err.text);
	told_free(&told);
}

Test(registry_damage, people_begin_anew_by_moving_it_away)
{
	struct told nothing = {.head = NULL};
	struct error err;

	damage_lay(2, damage_good[2], damage_sizes[2] - 1);
	cr_assert_null(registry_try(&nothing, &err));
	told_free(&nothing);
	for (size_t i = 0; i < DAMAGE_FILES; i++) {
		cleanup_free char *path = scratch_path(damage_files[i]);
		cleanup_free char *away = mem_format("%s.away", path);
		cr_assert_eq(rename(path, away), 0);
	}
	registry_expect(&nothing);
}

/* An intact store of one or two entries. */
static void write_store(const char *name, const char *text, size_t size)
{
	static const struct store_kind kind = {"registry.db", "registry", "registry", "TEXT",
	                                       false};
	cleanup_free char *row = registry_row_text(&(struct registry_row){
	    .id = 10, .parent = -1, .service = "dict", .restart = "no", .pid = 5});
	cleanup_free char *head = mem_string(written.head);
	struct error err;
	struct store *store;

	cr_assert_eq(remove_all(scratch_dir, NULL), 0);
	store = store_open(&kind, scratch_dir, false, NULL, NULL, &err);
	cr_assert(store, "%s", err.text);
	cr_assert_eq(store_begin(store, &err), 0);
	if (strcmp(name, "head") != 0)
		cr_assert_eq(store_put(store, (struct store_text){"head", 4}, NULL,
		                       (struct store_text){head, strlen(head)}, &err),
		             0);
	if (strcmp(name, "3") != 0)
		cr_assert_eq(store_put(store, (struct store_text){"3", 1}, NULL,
		                       (struct store_text){row, strlen(row)}, &err),
		             0);
	if (text)
		cr_assert_eq(store_put(store, (struct store_text){name, strlen(name)}, NULL,
		                       (struct store_text){text, size}, &err),
		             0);
	cr_assert_eq(store_commit(store, &err), 0);
	store_close(store);
	damage_take_files();
}

/* Checks that it is refused, for that reason, and not changed. */
static void refused(const char *name, const char *text, size_t size, const char *why)
{
	struct told told = {.head = NULL};
	struct error err;

	write_store(name, text, size);
	cr_assert_null(registry_try(&told, &err), "%s: %s", name, text ? text : "");
	cr_assert_not_null(strstr(err.text, "registry.db cannot be used: "), "%s", err.text);
	cr_assert_not_null(strstr(err.text, why), "%s: %s: %s", name, text ? text : "", err.text);
	cr_assert_eq(err.code, ERR_INTERNAL);
	for (size_t i = 0; i < DAMAGE_FILES; i++)
		damage_assert_same(damage_files[i], damage_good[i], damage_sizes[i]);
	told_free(&told);
}

/* `to` in the place of `from` in a good text. */
static void refused_with(const char *name, const char *good, const char *from, const char *to,
                         const char *why)
{
	const char *at = strstr(good, from);
	cleanup_free char *text = NULL;

	cr_assert_not_null(at, "%s", from);
	text = mem_format("%.*s%s%s", (int)(at - good), good, to, at + strlen(from));
	refused(name, text, strlen(text), why);
}

struct broken {
	const char *from;
	const char *to;
	const char *why;
};

static const char good_row[] =
    "id=10 phase=kept parent=-1 slot=any order=5 service=dict restart=no incarnation=3 pid=77 "
    "pid-start=1234 restarts=1 deaths=2 reported=no cause=signal 9 (Killed)";

static const struct broken broken_rows[] = {
    {"id=10", "id=-1", "row 3: id cannot be '-1'"},
    {"id=10", "id=010", "id cannot be '010'"},
    {"id=10", "id=+10", "id cannot be '+10'"},
    {"id=10", "id=2147483648", "id cannot be '2147483648'"},
    {"id=10", "id=", "id cannot be ''"},
    {"id=10", "ID=10", "it has no id in its place"},
    {"id=10 ", "", "it has no id in its place"},
    {"id=10", "id=10 id=10", "it has no phase in its place"},
    {"id=10", " id=10", "it has no id in its place"},
    {"id=10 ", "id=10  ", "it has no phase in its place"},
    {"reported=no", "reported=no life=sleeps", "life cannot be 'sleeps'"},
    {"reported=no", "reported=no life=", "it is not written as we write it"},
    {"reported=no", "life=dead reported=no", "it has no reported in its place"},
    {"id=10 ", "id=10\t", "id cannot be"},
    {"kept", "Kept", "phase cannot be 'Kept'"},
    {"kept", "", "phase cannot be ''"},
    {"parent=-1", "parent=x", "parent cannot be 'x'"},
    {"parent=-1", "parent=-2147483649", "parent cannot be '-2147483649'"},
    {"any", "middle", "slot cannot be 'middle'"},
    {"order=5", "order=18446744073709551616", "order cannot be '18446744073709551616'"},
    {"order=5", "order=99999999999999999999", "order cannot be"},
    {"order=5", "order=-5", "order cannot be '-5'"},
    {"order=5", "order=05", "it is not written as we write it"},
    {"order=5", "order=5x", "order cannot be '5x'"},
    {"service=dict", "service=", "service cannot be ''"},
    {"service=dict", "service=a b", "it has no restart in its place"},
    {"service=dict", "service=a%2", "service cannot be 'a%2'"},
    {"service=dict", "service=a%2g", "service cannot be 'a%2g'"},
    {"service=dict", "service=a%00", "service cannot be 'a%00'"},
    {"service=dict", "service=a%0a", "service cannot be 'a%0a'"},
    {"service=dict", "service=a%41", "it is not written as we write it"},
    {"restart=no", "restart=", "restart cannot be ''"},
    {"incarnation=3", "incarnation=4294967296", "incarnation cannot be '4294967296'"},
    {"pid=77", "pid=2147483648", "pid cannot be '2147483648'"},
    {"pid=77", "pid=-77", "pid cannot be '-77'"},
    {"pid-start=1234", "pid-start=", "pid-start cannot be ''"},
    {"restarts=1", "restarts=one", "restarts cannot be 'one'"},
    {"deaths=2", "deaths= 2", "deaths cannot be ''"},
    {"reported=no", "reported=0", "reported cannot be '0'"},
    {" cause=signal 9 (Killed)", "", "it has no cause in its place"},
    {"cause=signal", "cause=\n", "it is not written as we write it"},
    {"cause=signal", "cause=%", "cause cannot be '% 9 (Killed)'"},
    {"cause=signal", "cause=%20", "it is not written as we write it"},
    {good_row, "", "it has no id in its place"},
};

Test(registry_damage, a_row_that_cannot_be_is_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(broken_rows); i++)
		refused_with("3", good_row, broken_rows[i].from, broken_rows[i].to,
		             broken_rows[i].why);
	refused("3", good_row, sizeof good_row, "it holds a text that cannot be"); /* a NUL */
}

/* Cut off at each place before the text of the cause. */
Test(registry_damage, a_row_that_is_not_whole_is_refused)
{
	size_t most = (size_t)(strstr(good_row, "cause=") - good_row) + strlen("cause=");

	for (size_t size = 0; size < most; size++)
		refused("3", good_row, size, "row 3: ");
}

static const char good_head[] =
    "epoch=4 incarnation=12 ended=no heartbeat=-1 topology=bst boot=b-1 "
    "links=/run/dtree/links";

static const struct broken broken_heads[] = {
    {"epoch=4", "epoch=-4", "its head: epoch cannot be '-4'"},
    {"epoch=4", "epoch=", "epoch cannot be ''"},
    {"incarnation=12", "incarnation=1e2", "incarnation cannot be '1e2'"},
    {"ended=no", "ended=0", "ended cannot be '0'"},
    {"heartbeat=-1", "heartbeat=-2", "heartbeat cannot be '-2'"},
    {"heartbeat=-1", "heartbeat=+1", "it is not written as we write it"},
    {"heartbeat=-1", "heartbeat=9223372036854775808", "heartbeat cannot be"},
    {"topology=bst", "topology=", "topology cannot be ''"},
    {"boot=b-1", "boot=b 1", "it has no links in its place"},
    {"boot=b-1", "boot=", "boot cannot be ''"},
    {" links=/run/dtree/links", "", "it has no links in its place"},
    {"links=", "link= links=", "link cannot be ''"},
    {"links=", "link=a b links=", "it has no links in its place"},
    {"links=", "links=\x7f", "it is not written as we write it"},
};

Test(registry_damage, a_head_that_cannot_be_is_refused)
{
	for (size_t i = 0; i < ARRAY_SIZE(broken_heads); i++)
		refused_with("head", good_head, broken_heads[i].from, broken_heads[i].to,
		             broken_heads[i].why);
}

Test(registry_damage, rows_without_a_head_are_refused)
{
	refused("head", NULL, 0, "it has rows and no head");
}

Test(registry_damage, a_name_that_cannot_be_is_refused)
{
	static const char *const names[] = {
	    "", "-1", "+4", "04", "4 ", "4x", "Head", "he", "4294967296", "99999999999999999999"};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		refused(names[i], good_row, strlen(good_row), "it holds a name that cannot be");
}

static int refuse_row(void *arg, const struct registry_row *row, struct error *err)
{
	(void)arg;
	return error_set(err, ERR_SERVICE, "node %d: there is no service %s", row->id,
	                 row->service);
}

Test(registry_damage, who_cannot_use_a_row_refuses_all)
{
	struct registry_head head;
	struct error err;

	write_store("3", good_row, strlen(good_row));
	cr_assert_null(registry_open(registry_loop, scratch_dir, refuse_row, NULL, &head, &err));
	cr_assert_not_null(
	    strstr(err.text, "registry.db cannot be used: node 10: there is no service dict"), "%s",
	    err.text);
}
