/*
 * Runs one exec through the service ABI, like a worker, and gives the user's line: "Ok", "Ok:
 * RESULT" or "Error: WHY". The bytes are cut at every place, and the line must not depend on that.
 */
#ifndef TESTS_SERVICE_RUN_H
#define TESTS_SERVICE_RUN_H

#include <criterion/criterion.h>
#include <string.h>

#include "base/mem.h"
#include "base/parse.h"
#include "dtree/service.h"

/* Arguments for the functions below. */
#define ARGS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* Feeds all bytes, at most `part` at a time; the first part has `first` bytes. Owned result. */
static inline char *service_run_cut(const struct dtree_service *service, void *state,
                                    const char *bytes, size_t n, size_t first, size_t part)
{
	struct dtree_result result = {0};
	void *request = service->open(state);
	size_t size = first < n ? first : n;
	int rc = service->feed(request, bytes, size);
	char *said;

	while (rc == 0 && n > size) {
		bytes += size;
		n -= size;
		size = part < n ? part : n;
		/* A copy, so that a sanitizer finds reads past the part. */
		cleanup_free char *copy = mem_copy(bytes, size);
		rc = service->feed(request, copy, size);
	}
	service->finish(request, &result);
	service->close(request);
	cr_assert(rc == 0 || !result.ok, "feed refused and finish did not");
	cr_assert(result.ok || result.text, "an error without a text");
	if (!result.text) {
		said = mem_string("Ok");
	} else {
		cr_assert(parse_utf8(result.text, result.size), "a result that is not UTF-8");
		said = mem_format("%s: %.*s", result.ok ? "Ok" : "Error", (int)result.size,
		                  result.text);
		cr_assert(result.ok ||
		              (result.size < 512 && !memchr(result.text, '\n', result.size)),
		          "an error is one short line: %s", said);
	}
	free(result.text);
	return said;
}

/* Feeds all in one piece. */
static inline char *service_run(const struct dtree_service *service, void *state, const char *bytes,
                                size_t n)
{
	return service_run_cut(service, state, bytes, n, n, n);
}

/* The bytes of arguments. */
static inline struct buffer service_bytes(const char *const *args)
{
	struct buffer bytes = {0};

	for (; *args; args++)
		buffer_add(&bytes, *args, strlen(*args) + 1);
	return bytes;
}

/* Runs it in one piece, cut in two at every place, byte by byte; cr_assert()s that all agree. */
static inline char *service_run_all(const struct dtree_service *service, void *state,
                                    const char *const *args)
{
	struct buffer bytes = service_bytes(args);
	size_t n = buffer_size(&bytes);
	char *said = service_run(service, state, buffer_bytes(&bytes), n);

	for (size_t cut = 0; cut <= n; cut++) {
		cleanup_free char *again =
		    service_run_cut(service, state, buffer_bytes(&bytes), n, cut, n);
		cr_assert_str_eq(again, said, "cut at %zu", cut);
	}
	cleanup_free char *slow = service_run_cut(service, state, buffer_bytes(&bytes), n, 1, 1);
	cr_assert_str_eq(slow, said, "byte by byte");
	buffer_free(&bytes);
	return said;
}

/* Arguments (in ARGS()) must give exactly `wanted`. */
static inline void service_expect(const struct dtree_service *service, void *state,
                                  const char *wanted, const char *const *args)
{
	cleanup_free char *said = service_run_all(service, state, args);

	cr_assert_str_eq(said, wanted);
}

#endif
