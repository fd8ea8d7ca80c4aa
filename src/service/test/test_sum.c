/* sum through the ABI: exact sums, refusals, and bounded memory. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <malloc.h>
#include <time.h>

#include "service/rows.h"
#include "service/test/service_run.h"

static const struct dtree_service *const sum = &service_sum;
static void *state;

static void set_up(void)
{
	state = sum->create(&(struct dtree_node){.id = 10}, NULL);
}

static void tear_down(void)
{
	sum->destroy(state);
}

TestSuite(sum, .init = set_up, .fini = tear_down);

static void expect(const char *wanted, const char *const *args)
{
	service_expect(sum, state, wanted, args);
}

Test(sum, adds)
{
	expect("Ok: 6", ARGS("3", "1", "2", "3"));
	expect("Ok: 0", ARGS("1", "0"));
	expect("Ok: 4", ARGS("1", "4"));
	expect("Ok: -2", ARGS("2", "-5", "3"));
	expect("Ok: 0", ARGS("2", "-0", "+0"));
}

Test(sum, signs_and_leading_zeros_are_numbers)
{
	expect("Ok: 12", ARGS("+2", "+5", "007"));
	expect("Ok: -7", ARGS("001", "-007"));
	expect("Ok: 9223372036854775807",
	       ARGS("1", "00000000000000000000000000000000000000000000000000000000000000000000000"
	                 "000000000000000000009223372036854775807"));
}

Test(sum, ends_of_64_bits_are_numbers)
{
	expect("Ok: 9223372036854775807", ARGS("1", "9223372036854775807"));
	expect("Ok: -9223372036854775808", ARGS("1", "-9223372036854775808"));
	expect("Ok: -1", ARGS("2", "9223372036854775807", "-9223372036854775808"));
}

Test(sum, overflow_taken_back_is_no_error)
{
	expect("Ok: 9223372036854775807", ARGS("3", "9223372036854775807", "1", "-1"));
	expect("Ok: -9223372036854775808", ARGS("3", "-9223372036854775808", "-1", "1"));
	expect("Ok: 2",
	       ARGS("6", "9223372036854775807", "9223372036854775807", "9223372036854775807",
	            "-9223372036854775808", "-9223372036854775808", "-9223372036854775803"));
}

Test(sum, overflow_at_the_end_is_an_error)
{
	expect("Error: the sum does not fit in 64 bits", ARGS("2", "9223372036854775807", "1"));
	expect("Error: the sum does not fit in 64 bits", ARGS("2", "-9223372036854775808", "-1"));
	/* 2^64, which wraps to 0. */
	expect("Error: the sum does not fit in 64 bits",
	       ARGS("4", "9223372036854775807", "1", "9223372036854775807", "1"));
}

Test(sum, number_beyond_64_bits_is_named)
{
	static const char *const beyond[] = {
	    "9223372036854775808",
	    "-9223372036854775809",
	    "18446744073709551615",
	    "18446744073709551616",
	    "18446744073709551617",
	    "+184467440737095516160",
	    "99999999999999999999999999999999999999",
	};

	for (size_t i = 0; i < ARRAY_SIZE(beyond); i++) {
		cleanup_free char *wanted =
		    mem_format("Error: number '%s' is not a 64-bit integer", beyond[i]);
		expect(wanted, ARGS("1", beyond[i]));
		expect(wanted, ARGS("3", "1", beyond[i], "2"));
	}
}

Test(sum, what_is_no_integer_is_named)
{
	static const char *const wrong[] = {
	    "",   "-",  "+",   "x",  "1x", "x1", "1.5", "0x10",  "1e3", "--1", "+-1",   "1-",
	    " 1", "1 ", "1,2", "%s", "é",  "１", "-x",  "1+2+3", "NaN", "inf", "1_000", "12é34"};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_free char *number =
		    mem_format("Error: number '%s' is not a 64-bit integer", wrong[i]);
		cleanup_free char *count = mem_format(
		    "Error: count '%s' is not an integer from 1 to 1000000000", wrong[i]);
		expect(number, ARGS("2", "1", wrong[i]));
		expect(number, ARGS("2", wrong[i], "1"));
		expect(count, ARGS(wrong[i], "1"));
	}
	expect("Error: number '\\x1b[2J\\x0a' is not a 64-bit integer", ARGS("1", "\x1b[2J\n"));
}

Test(sum, count_out_of_range_is_named)
{
	static const char *const wrong[] = {
	    "0",         "-1", "-0", "1000000001", "9223372036854775808", "18446744073709551617",
	    "4294967297"};

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		cleanup_free char *wanted = mem_format(
		    "Error: count '%s' is not an integer from 1 to 1000000000", wrong[i]);
		expect(wanted, ARGS(wrong[i], "1"));
		expect(wanted, ARGS(wrong[i]));
	}
}

Test(sum, amount_must_match)
{
	expect("Error: expected 3 numbers, got 2", ARGS("3", "1", "2"));
	expect("Error: expected 3 numbers, got 0", ARGS("3"));
	expect("Error: expected 1 number, got 0", ARGS("1"));
	expect("Error: expected 1000000000 numbers, got 1", ARGS("1000000000", "1"));
	expect("Error: expected 3 numbers, got at least 4", ARGS("3", "1", "2", "3", "4"));
	expect("Error: expected 3 numbers, got at least 4", ARGS("3", "1", "2", "3", "x", "5"));
	expect("Error: expected 1 number, got at least 2", ARGS("1", "1", ""));
}

Test(sum, no_arguments_are_an_error)
{
	cleanup_free char *said = service_run(sum, state, "", 0);

	cr_assert_str_eq(said, "Error: expected N K1 ... KN, got 0 arguments");
}

Test(sum, argument_without_an_end_is_an_error)
{
	cleanup_free char *said = service_run(sum, state, "2\0001\0002", 5);

	cr_assert_str_eq(said, "Error: the last argument has no end");
}

Test(sum, refuses_as_soon_as_it_is_certain)
{
	void *request = sum->open(state);

	cr_assert_eq(sum->feed(request, "2\0001\0002\0", 6), 0);
	cr_assert_eq(sum->feed(request, "3", 1), -1);
	sum->close(request);
	request = sum->open(state);
	cr_assert_eq(sum->feed(request, "2\0x\0", 4), -1);
	sum->close(request);
	request = sum->open(state);
	cr_assert_eq(sum->feed(request, "0\0", 2), -1);
	sum->close(request);
}

Test(sum, requests_do_not_mix)
{
	struct dtree_result result = {0};
	void *one = sum->open(state);
	void *two = sum->open(state);

	cr_assert_eq(sum->feed(one, "2\0001", 3), 0);
	cr_assert_eq(sum->feed(two, "1\0007\0", 4), 0);
	cr_assert_eq(sum->feed(one, "0\0005\0", 4), 0);
	sum->finish(one, &result);
	cr_assert(result.ok && result.size == 2 && memcmp(result.text, "15", 2) == 0);
	free(result.text);
	sum->close(two);
	sum->close(one);
}

/* A token of any length: read if it is a number, shown only in part if it is not. */
static void expect_long(char fill, const char *end, const char *wanted, size_t part)
{
	const size_t n = 1024 * 1024;
	struct buffer bytes = {0};

	buffer_add(&bytes, "1", 2);
	memset(buffer_reserve(&bytes, n), fill, n);
	buffer_claim(&bytes, n);
	buffer_add(&bytes, end, strlen(end) + 1);
	cleanup_free char *said =
	    service_run_cut(sum, state, buffer_bytes(&bytes), buffer_size(&bytes), part, part);
	cr_assert_str_eq(said, wanted);
	buffer_free(&bytes);
}

Test(sum, a_long_token_is_not_kept)
{
	static const size_t parts[] = {1, 7, 65, 66, 67, 4096, 2 * 1024 * 1024};

	for (size_t i = 0; i < ARRAY_SIZE(parts); i++) {
		expect_long('0', "1", "Ok: 1", parts[i]);
		expect_long('0', "9223372036854775808",
		            "Error: number '000000000000000000000000000000000000000000000000...' "
		            "is not a 64-bit integer",
		            parts[i]);
		expect_long('A', "",
		            "Error: number 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA...' "
		            "is not a 64-bit integer",
		            parts[i]);
		expect_long('9', "x",
		            "Error: number '999999999999999999999999999999999999999999999999...' "
		            "is not a 64-bit integer",
		            parts[i]);
	}
}

Test(sum, message_depends_on_no_cut_near_its_end)
{
	char token[80];

	for (size_t n = 40; n < sizeof token; n++) {
		memset(token, '9', n);
		token[n] = '\0';
		cleanup_free char *said = service_run_all(sum, state, ARGS("1", token));
		cr_assert_eq(strstr(said, "...") != NULL, n > 48, "%zu: %s", n, said);
		token[n - 1] = 'x';
		cleanup_free char *other = service_run_all(sum, state, ARGS(token, "1"));
		cr_assert_eq(strstr(other, "...") != NULL, n > 48, "%zu: %s", n, other);
	}
}

/* Numbers at the edges and random ones against 128-bit arithmetic. */
Test(sum, agrees_with_a_plain_sum)
{
	unsigned seed = 1;

	for (int round = 0; round < 2000; round++) {
		struct buffer bytes = {0};
		__int128 total = 0;
		int count = 1 + (int)(rand_r(&seed) % 20);

		buffer_format(&bytes, "%d", count);
		buffer_add(&bytes, "", 1);
		for (int i = 0; i < count; i++) {
			int64_t value =
			    (int64_t)(((uint64_t)rand_r(&seed) << 62) ^
			              ((uint64_t)rand_r(&seed) << 31) ^ (uint64_t)rand_r(&seed));
			value >>= rand_r(&seed) % 64;
			total += value;
			buffer_format(&bytes, "%" PRId64, value);
			buffer_add(&bytes, "", 1);
		}
		size_t part = 1 + (size_t)rand_r(&seed) % 30;
		cleanup_free char *said = service_run_cut(sum, state, buffer_bytes(&bytes),
		                                          buffer_size(&bytes), part, part);
		cleanup_free char *wanted = mem_format("Ok: %" PRId64, (int64_t)total);
		if (total < INT64_MIN || total > INT64_MAX)
			cr_assert_str_eq(said, "Error: the sum does not fit in 64 bits");
		else
			cr_assert_str_eq(said, wanted);
		buffer_free(&bytes);
	}
}

Test(sum, takes_a_hundred_million_numbers_in_constant_memory)
{
	enum { PARTS = 1000, EACH = 100000 };
	struct dtree_result result = {0};
	void *request = sum->open(state);
	cleanup_free char *bytes = mem_new(2 * EACH);
	size_t before;

	for (size_t i = 0; i < EACH; i++)
		bytes[2 * i] = (char)('0' + i % 10);
	before = mallinfo2().uordblks;
	cr_assert_eq(sum->feed(request, "100000000", 10), 0);
	for (int i = 0; i < PARTS; i++)
		cr_assert(sum->feed(request, bytes, 2 * EACH) == 0);
	cr_assert_eq(mallinfo2().uordblks, before);
	sum->finish(request, &result);
	cr_assert(result.ok && result.size == 9 && memcmp(result.text, "450000000", 9) == 0);
	free(result.text);
	sum->close(request);
}
