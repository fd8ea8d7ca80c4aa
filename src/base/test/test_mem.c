/* Allocation, the cleanup attributes, and the byte buffer against a plain model. */
#include "base/mem.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "support/sanitizer.h"

TestSuite(mem);

Test(mem, new_memory_is_zeroed)
{
	cleanup_free char *one = mem_new(1000);
	cleanup_free int *many = mem_new_array(100, sizeof *many);
	cleanup_free void *none = mem_new(0);

	for (size_t i = 0; i < 1000; i++)
		cr_assert_eq(one[i], 0);
	for (size_t i = 0; i < 100; i++)
		cr_assert_eq(many[i], 0);
	cr_assert(none);
}

Test(mem, copies_end_in_nul)
{
	cleanup_free char *string = mem_string("text");
	cleanup_free char *part = mem_copy("a\0bcd", 3);
	cleanup_free char *none = mem_copy(NULL, 0);
	cleanup_free char *made = mem_format("%d-%s", 5, "x");

	cr_assert_str_eq(string, "text");
	cr_assert(memcmp(part, "a\0b", 4) == 0);
	cr_assert_str_eq(none, "");
	cr_assert_str_eq(made, "5-x");
}

Test(mem, texts_are_the_same_by_what_they_say)
{
	const char text[] = "a";

	cr_expect(mem_same(text, "a") && mem_same(NULL, NULL) && mem_same("", ""));
	cr_expect_not(mem_same(text, "b") || mem_same(text, NULL) || mem_same(NULL, ""));
}

Test(mem, try_gives_null_where_there_is_none)
{
	volatile size_t all = SIZE_MAX / 2;

	if (SANITIZED)
		cr_skip_test("a sanitizer ends the process instead");
	cleanup_free char *kept = mem_string("kept");

	cr_assert_null(mem_try(all));
	cr_assert_null(mem_try_resize(kept, all));
	cr_assert_str_eq(kept, "kept");
	kept = mem_try_resize(kept, 100000);
	cr_assert_str_eq(kept, "kept");
	cleanup_free void *none = mem_try(0);
	cr_assert(none);
}

Test(mem, cleanup_closes_at_the_end_of_scope)
{
	int seen;

	{
		cleanup_close int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
		cleanup_close int none = -1;
		seen = fd;
		cr_assert_geq(fd, 0);
		cr_assert_eq(none, -1);
	}
	cr_assert_eq(fcntl(seen, F_GETFD), -1);
}

Test(mem, empty_buffer_is_usable)
{
	struct buffer b = {0};

	cr_assert_eq(buffer_size(&b), 0);
	cr_assert_null(buffer_bytes(&b));
	buffer_add(&b, NULL, 0);
	buffer_take(&b, 0);
	cr_assert(buffer_reserve(&b, 0));
	cr_assert_eq(buffer_size(&b), 0);
	buffer_free(&b);
	buffer_free(&b);
}

/* Formatted texts of any length, also those that just fit or just do not. */
Test(mem, formatted_text_is_whole)
{
	char text[2000];

	for (size_t n = 0; n < sizeof text; n += n < 140 || n > 340 ? 70 : 1) {
		struct buffer b = {0};

		memset(text, 'x', n);
		text[n] = '\0';
		buffer_add_string(&b, "before ");
		buffer_format(&b, "%s!", text);
		cr_assert_eq(buffer_size(&b), strlen("before ") + n + 1);
		cr_assert_arr_eq(buffer_bytes(&b) + strlen("before "), text, n);
		cr_assert_eq(buffer_bytes(&b)[buffer_size(&b) - 1], '!');
		buffer_free(&b);
	}
}

Test(mem, buffer_gives_back_what_was_put_in)
{
	struct buffer b = {0};

	buffer_add_string(&b, "one ");
	buffer_format(&b, "%s %d", "two", 3);
	memcpy(buffer_reserve(&b, 100), "!!", 2);
	buffer_claim(&b, 2);
	cr_assert_eq(buffer_size(&b), 11);
	cr_assert(memcmp(buffer_bytes(&b), "one two 3!!", 11) == 0);
	buffer_take(&b, 4);
	cr_assert(memcmp(buffer_bytes(&b), "two 3!!", 7) == 0);
	buffer_take(&b, 7);
	cr_assert_eq(buffer_size(&b), 0);
	buffer_free(&b);
}

Test(mem, empty_buffer_gives_large_memory_back)
{
	struct buffer b = {0};

	memset(buffer_reserve(&b, 1 << 20), 'x', 1 << 20);
	buffer_claim(&b, 1 << 20);
	buffer_take(&b, 1 << 20);
	cr_assert_eq(b.room, 0);
	buffer_add_string(&b, "small");
	buffer_take(&b, 5);
	cr_assert_neq(b.room, 0);
	buffer_free(&b);
}

/* Bytes are numbered; they must come out as they went in, in order. */
Test(mem, buffer_is_a_queue_of_bytes)
{
	unsigned seed = 3;
	struct buffer b = {0};
	uint64_t in = 0;
	uint64_t out = 0;

	for (int round = 0; round < 20000; round++) {
		size_t n = (size_t)rand_r(&seed) % (round % 100 ? 50 : 5000);
		char *room = buffer_reserve(&b, n);
		for (size_t i = 0; i < n; i++)
			room[i] = (char)(in++ * 31 % 251);
		buffer_claim(&b, n);
		n = (size_t)rand_r(&seed) % (buffer_size(&b) + 1);
		n = n % (round % 100 ? 60 : 8000);
		for (size_t i = 0; i < n; i++)
			cr_assert(buffer_bytes(&b)[i] == (char)(out++ * 31 % 251));
		buffer_take(&b, n);
		cr_assert(buffer_size(&b) == in - out);
		cr_assert(b.end <= b.room);
	}
	buffer_free(&b);
}

/* A long queue with small changes at both ends must not be moved for each change. */
Test(mem, buffer_moves_little)
{
	const size_t most = (size_t)4 << 20;
	struct buffer b = {0};
	struct timespec t;
	double before;

	memset(buffer_reserve(&b, most), 'x', most);
	buffer_claim(&b, most);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	before = (double)t.tv_sec + (double)t.tv_nsec / 1e9;
	for (int i = 0; i < 200000; i++) {
		buffer_take(&b, 100);
		memset(buffer_reserve(&b, 100), 'y', 100);
		buffer_claim(&b, 100);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	/* Moving it each time would copy 800 GB. */
	cr_assert_lt((double)t.tv_sec + (double)t.tv_nsec / 1e9 - before, 5.0);
	cr_assert_eq(buffer_size(&b), most);
	cr_assert_leq(b.room, 4 * most);
	buffer_free(&b);
}
