/* search through the ABI: against a naive one, in the worst cases, and at its limits. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "service/rows.h"
#include "service/test/service_run.h"
#include "support/sanitizer.h"

#define MIB ((size_t)1024 * 1024)

static const struct dtree_service *const search = &service_search;
static void *state;

static void set_up(void)
{
	state = search->create(&(struct dtree_node){.id = 10}, NULL);
}

static void tear_down(void)
{
	search->destroy(state);
}

TestSuite(search, .init = set_up, .fini = tear_down);

static void expect(const char *wanted, const char *text, const char *pattern)
{
	service_expect(search, state, wanted, ARGS(text, pattern));
}

Test(search, finds_every_match)
{
	expect("Ok: 0;7", "abracadabra", "abra");
	expect("Ok: 0;1;2", "aaaa", "aa");
	expect("Ok: 0;3;5;7;10", "abracadabra", "a");
	expect("Ok: 0", "a", "a");
	expect("Ok: 0;2;4", "abababa", "aba");
	expect("Ok: 10", "0123456789x", "x");
}

Test(search, finds_none)
{
	expect("Ok: -1", "abc", "d");
	expect("Ok: -1", "abc", "abcd");
	expect("Ok: -1", "", "a");
	expect("Ok: -1", "aab", "abb");
	expect("Ok: -1", "abc", "ABC");
}

Test(search, counts_bytes)
{
	expect("Ok: 2;5", "éaéa", "a");
	expect("Ok: 0;3", "éaéa", "é");
	expect("Ok: 0;4", "a b a b", "a b");
	expect("Ok: 1", "\ta\t", "a\t");
}

Test(search, empty_pattern_is_an_error)
{
	expect("Error: the pattern is empty", "abc", "");
	expect("Error: the pattern is empty", "", "");
}

Test(search, amount_must_match)
{
	cleanup_free char *none = service_run(search, state, "", 0);
	cleanup_free char *cut = service_run(search, state, "abc\0b", 5);

	cr_assert_str_eq(none, "Error: expected TEXT and PATTERN, got 0 arguments");
	cr_assert_str_eq(cut, "Error: argument 2 has no end");
	service_expect(search, state, "Error: expected TEXT and PATTERN, got 1 argument",
	               ARGS("abc"));
	service_expect(search, state, "Error: expected TEXT and PATTERN, got at least 3 arguments",
	               ARGS("abc", "b", "c"));
	service_expect(search, state, "Error: expected TEXT and PATTERN, got at least 3 arguments",
	               ARGS("abc", "b", ""));
}

static char *naive(const char *text, const char *pattern)
{
	struct buffer said = {0};
	size_t n = strlen(text);
	size_t m = strlen(pattern);

	for (size_t i = 0; i + m <= n; i++)
		if (memcmp(text + i, pattern, m) == 0)
			buffer_format(&said, "%s%zu", buffer_size(&said) ? ";" : "Ok: ", i);
	if (!buffer_size(&said))
		buffer_add_string(&said, "Ok: -1");
	buffer_add(&said, "", 1);
	return said.data;
}

static void fill(char *s, size_t n, unsigned letters, unsigned *seed)
{
	for (size_t i = 0; i < n; i++)
		s[i] = (char)('a' + (unsigned)rand_r(seed) % letters);
	s[n] = '\0';
}

Test(search, agrees_with_a_naive_search)
{
	unsigned seed = 2;
	char text[201];
	char pattern[13];

	for (int round = 0; round < 20000; round++) {
		unsigned letters = 1 + (unsigned)rand_r(&seed) % 3;
		fill(text, (unsigned)rand_r(&seed) % sizeof text, letters, &seed);
		fill(pattern, 1 + (unsigned)rand_r(&seed) % (sizeof pattern - 1), letters, &seed);
		struct buffer bytes = service_bytes(ARGS(text, pattern));
		size_t part = 1 + (unsigned)rand_r(&seed) % 64;
		cleanup_free char *wanted = naive(text, pattern);
		cleanup_free char *said = service_run_cut(search, state, buffer_bytes(&bytes),
		                                          buffer_size(&bytes), part, part);
		cr_assert_str_eq(said, wanted, "'%s' in '%s'", pattern, text);
		buffer_free(&bytes);
	}
}

/* A text of n bytes 'a' but the last, a pattern of m of them but the last: "TEXT\0PATTERN\0". */
static char *request_of(size_t n, char text_end, size_t m, char pattern_end)
{
	char *bytes = mem_new(n + m + 2);

	memset(bytes, 'a', n);
	memset(bytes + n + 1, 'a', m);
	bytes[n - 1] = text_end;
	bytes[n + m] = pattern_end;
	return bytes;
}

static char *run(size_t n, char text_end, size_t m, char pattern_end)
{
	cleanup_free char *bytes = request_of(n, text_end, m, pattern_end);

	return service_run_cut(search, state, bytes, n + m + 2, 64 * 1024, 64 * 1024);
}

static double cpu_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

Test(search, is_linear_in_the_worst_cases)
{
	double before = cpu_seconds();
	cleanup_free char *all = run(MIB, 'a', MIB, 'a');
	cleanup_free char *half = run(MIB, 'a', MIB / 2, 'b');
	cleanup_free char *end = run(MIB, 'b', MIB / 2, 'b');
	cleanup_free char *many = run(MIB, 'a', MIB / 2, 'a');

	cr_assert_str_eq(all, "Ok: 0");
	cr_assert_str_eq(half, "Ok: -1");
	cr_assert_str_eq(end, "Ok: 524288");
	cr_assert_eq(strncmp(many, "Ok: 0;1;2;", 10), 0);
	/* A quadratic algorithm takes minutes. */
	cr_assert_lt(cpu_seconds() - before, 5.0);
}

Test(search, takes_a_text_of_64_mib)
{
	cleanup_free char *none = run(64 * MIB, 'a', 3, 'b');
	cleanup_free char *last = run(64 * MIB, 'b', 3, 'b');
	cleanup_free char *whole = run(64 * MIB, 'b', 64 * MIB, 'b');

	cr_assert_str_eq(none, "Ok: -1");
	cr_assert_str_eq(last, "Ok: 67108861");
	cr_assert_str_eq(whole, "Ok: 0");
}

Test(search, longer_text_is_an_error)
{
	cleanup_free char *said = run(64 * MIB + 1, 'a', 1, 'a');

	cr_assert_str_eq(said,
	                 "Error: text 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa...' is "
	                 "longer than 67108864 bytes");
}

Test(search, pattern_longer_than_the_text_is_dropped)
{
	cleanup_free char *said = run(1, 'a', 100 * MIB, 'a');
	cleanup_free char *one_more = run(1000, 'a', 1001, 'a');

	cr_assert_str_eq(said, "Ok: -1");
	cr_assert_str_eq(one_more, "Ok: -1");
}

/* The digits of 0..n-1 and the semicolons between them. */
static size_t result_size(size_t n)
{
	size_t size = n - 1;

	for (size_t from = 0, to = 10, digits = 1; from < n; from = to, to *= 10, digits++)
		size += ((to < n ? to : n) - from) * digits;
	return size;
}

Test(search, result_may_have_64_mib)
{
	size_t n = 7000000;

	while (result_size(n + 1) <= DTREE_RESULT_MAX)
		n++;
	cleanup_free char *most = run(n, 'a', 1, 'a');
	cleanup_free char *more = run(n + 1, 'a', 1, 'a');
	cleanup_free char *far = run(64 * MIB, 'a', 1, 'a');
	cr_assert_eq(strlen(most), 4 + result_size(n));
	cleanup_free char *tail = mem_format(";%zu;%zu", n - 2, n - 1);
	cr_assert_str_eq(most + strlen(most) - strlen(tail), tail);
	cr_assert_str_eq(more, "Error: the result is longer than 67108864 bytes");
	cr_assert_str_eq(far, more);
}

/* From now on this process may get `more` bytes of address space. */
static void limit_memory(size_t more)
{
	FILE *f = fopen("/proc/self/statm", "re");
	struct rlimit limit;
	size_t pages;

	cr_assert(f && fscanf(f, "%zu", &pages) == 1);
	fclose(f);
	getrlimit(RLIMIT_AS, &limit);
	limit.rlim_cur = pages * (size_t)sysconf(_SC_PAGESIZE) + more;
	setrlimit(RLIMIT_AS, &limit);
}

Test(search, is_refused_where_there_is_no_memory)
{
	if (SANITIZED)
		cr_skip_test("a sanitizer needs all of the address space");
	cleanup_free char *bytes = request_of(32 * MIB, 'a', 16 * MIB, 'a');
	for (size_t mib = 32; mib <= 512; mib += 96) {
		limit_memory(mib * MIB);
		cleanup_free char *said = service_run(search, state, bytes, 48 * MIB + 2);
		bool no_memory = strncmp(said, "Error: no memory for a ", 23) == 0;
		bool too_long = strncmp(said, "Error: the result is longer ", 28) == 0;
		cr_assert(no_memory || too_long, "%.60s", said);
		cr_assert(mib > 32 || no_memory);
		cr_assert(mib < 512 || too_long);
	}
}
