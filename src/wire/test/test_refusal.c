#include "wire/refusal.h"

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"

static char *join(const char *reason, size_t reason_size, const char *detail, size_t detail_size,
                  size_t *size)
{
	return refusal_join(&(struct refusal){.reason = reason,
	                                      .reason_size = reason_size,
	                                      .detail = detail,
	                                      .detail_size = detail_size},
	                    size);
}

Test(refusal, a_reason_alone_is_the_payload)
{
	size_t size;
	cleanup_free char *payload = join("no", 2, NULL, 0, &size);
	struct refusal got = refusal_split(payload, size);

	cr_assert_eq(size, 2);
	cr_assert_eq(got.reason_size, 2);
	cr_assert_null(got.detail);
}

Test(refusal, a_detail_stands_behind_the_reason)
{
	size_t size;
	cleanup_free char *payload = join("no", 2, "{\"status\":3}", 12, &size);
	struct refusal got = refusal_split(payload, size);

	cr_assert_eq(size, 15);
	cr_assert_eq(memcmp(got.reason, "no", 2), 0);
	cr_assert_eq(got.reason_size, 2);
	cr_assert_eq(got.detail_size, 12);
	cr_assert_eq(memcmp(got.detail, "{\"status\":3}", 12), 0);
}

Test(refusal, a_reason_cannot_be_taken_for_a_detail)
{
	size_t size;
	cleanup_free char *payload = join("a\0{}", 4, NULL, 0, &size);

	cr_assert_eq(size, 4);
	cr_assert_eq(memcmp(payload, "a?{}", 4), 0);
	cr_assert_null(refusal_split(payload, size).detail);
}

Test(refusal, a_long_reason_is_cut_between_characters)
{
	char reason[REFUSAL_REASON_MAX + 8];
	cleanup_free char *payload = NULL;
	size_t size;

	memset(reason, 'a', sizeof reason);
	memcpy(reason + REFUSAL_REASON_MAX - 1, "\xc3\xa4", 2);
	payload = join(reason, sizeof reason, "{}", 2, &size);
	cr_assert_eq(size, REFUSAL_REASON_MAX - 1 + 1 + 2);
	cr_assert_eq(refusal_split(payload, size).reason_size, REFUSAL_REASON_MAX - 1);
}

Test(refusal, a_detail_that_is_too_long_is_left_out)
{
	size_t most = REFUSAL_DETAIL_MAX;
	cleanup_free char *detail = mem_new(most + 1);
	cleanup_free char *payload = NULL;
	cleanup_free char *fits = NULL;
	size_t size;

	memset(detail, '{', most + 1);
	payload = join("no", 2, detail, most + 1, &size);
	cr_assert_eq(size, 2);
	fits = join("no", 2, detail, most, &size);
	cr_assert_eq(refusal_split(fits, size).detail_size, most);
}

Test(refusal, an_empty_payload_is_an_empty_reason)
{
	struct refusal got = refusal_split(NULL, 0);

	cr_assert_eq(got.reason_size, 0);
	cr_assert_null(got.detail);
}
