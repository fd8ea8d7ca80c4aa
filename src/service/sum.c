/*
 * sum: the exact sum of N integers of 64 bits, read as they come. Invariant: the size of a request
 * does not depend on N or on the length of arguments. The total is kept in 128 bits: 10^9 numbers
 * below 2^63 stay under 2^93.
 */
#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "base/parse.h"
#include "service/args.h"
#include "service/rows.h"

#define COUNT_MOST 1000000000
/* One more digit fits into a magnitude up to this. */
#define MAGNITUDE_SAFE ((UINT64_MAX - 9) / 10)
/* Bytes of an argument that are kept for a message: more than is shown, so that the message tells
 * that it was cut. */
#define HEAD (ARGS_SHOWN + 16)

/* Argument bytes that are summed in a few microseconds. */
#define QUICK_BYTES 4096

/* The argument being read. */
struct number {
	size_t length; /* bytes so far */
	size_t sign;   /* 1 with a sign */
	uint64_t magnitude;
	bool negative;
	bool bad;        /* cannot become an integer of 64 bits */
	char head[HEAD]; /* its first bytes; filled if needed, if it was cut, or if it is bad */
};

struct request {
	bool counted; /* N is known */
	uint64_t count;
	uint64_t got; /* numbers added */
	__int128 total;
	struct number number;
	struct error err;
};

static void number_keep(struct number *x, const char *bytes, size_t n)
{
	size_t left = x->length < HEAD ? HEAD - x->length : 0;

	if (left)
		memcpy(x->head + x->length, bytes, n < left ? n : left);
}

/*
 * Reads up to the NUL or to the end of the bytes; gives where it stopped. A bad number is read to
 * its NUL too, as the message shows its head. `keep`: the head of a good number may be needed too.
 */
static const char *number_read(struct number *x, const char *from, const char *end, bool keep)
{
	const char *p = from;
	uint64_t magnitude = x->magnitude;

	if (!x->length && (*p == '-' || *p == '+')) {
		x->negative = *p == '-';
		x->sign = 1;
		p++;
	}
	for (; p < end; p++) {
		unsigned digit = (unsigned)(unsigned char)*p - '0';
		if (digit > 9)
			break;
		if (magnitude > MAGNITUDE_SAFE)
			x->bad = true;
		else
			magnitude = magnitude * 10 + digit;
	}
	x->magnitude = magnitude;
	if (p < end && *p) {
		x->bad = true;
		p = memchr(p, '\0', (size_t)(end - p));
		p = p ? p : end;
	}
	size_t n = (size_t)(p - from);
	if (p < end && (x->length + n == x->sign || magnitude > (uint64_t)INT64_MAX + x->negative))
		x->bad = true;
	if (keep || x->bad || p == end)
		number_keep(x, from, n);
	x->length += n;
	return p;
}

static int refuse_number(struct request *r)
{
	struct number *x = &r->number;
	cleanup_free char *shown =
	    parse_printable(x->head, x->length < HEAD ? x->length : HEAD, ARGS_SHOWN);

	if (r->counted)
		return error_set(&r->err, ERR_SERVICE, "number '%s' is not a 64-bit integer",
		                 shown);
	return error_set(&r->err, ERR_SERVICE, "count '%s' is not an integer from 1 to %d", shown,
	                 COUNT_MOST);
}

/* Takes the complete number as N or adds it. */
static int number_take(struct request *r)
{
	struct number *x = &r->number;

	if (r->counted) {
		r->total += x->negative ? -(__int128)x->magnitude : (__int128)x->magnitude;
		r->got++;
	} else if (x->magnitude < 1 || x->magnitude > COUNT_MOST || x->negative) {
		return refuse_number(r);
	} else {
		r->count = x->magnitude;
		r->counted = true;
	}
	x->length = x->sign = 0;
	x->magnitude = 0;
	x->negative = false;
	return 0;
}

static int refuse_amount(struct request *r, const char *least, uint64_t got)
{
	return error_set(&r->err, ERR_SERVICE, "expected %" PRIu64 " number%s, got %s%" PRIu64,
	                 r->count, r->count == 1 ? "" : "s", least, got);
}

static int sum_feed(void *request, const char *bytes, size_t n)
{
	struct request *r = request;
	const char *end = n ? bytes + n : bytes;

	if (r->err.code)
		return -1;
	while (bytes < end) {
		if (r->counted && r->got == r->count)
			return refuse_amount(r, "at least ", r->got + 1);
		bytes = number_read(&r->number, bytes, end, !r->counted);
		if (r->number.bad && (bytes < end || r->number.length >= HEAD))
			return refuse_number(r);
		if (bytes == end)
			break;
		if (number_take(r))
			return -1;
		bytes++;
	}
	return 0;
}

/* The arguments are complete: is there a sum? */
static int sum_check(struct request *r)
{
	if (r->err.code)
		return -1;
	if (r->number.length)
		return error_set(&r->err, ERR_SERVICE, "the last argument has no end");
	if (!r->counted)
		return error_set(&r->err, ERR_SERVICE, "expected N K1 ... KN, got 0 arguments");
	if (r->got < r->count)
		return refuse_amount(r, "", r->got);
	if (r->total < INT64_MIN || r->total > INT64_MAX)
		return error_set(&r->err, ERR_SERVICE, "the sum does not fit in 64 bits");
	return 0;
}

static void sum_finish(void *request, struct dtree_result *result)
{
	struct request *r = request;
	char text[DECIMAL_SIZE];

	if (sum_check(r)) {
		result_refuse(result, &r->err);
		return;
	}
	result_give_copy(result, decimal_write((int64_t)r->total, text));
}

/* sum has no state, but the state must not be NULL. */
static void *sum_create(const struct dtree_node *node, char **why)
{
	(void)node;
	(void)why;
	return mem_new(1);
}

static void *sum_open(void *state)
{
	(void)state;
	return mem_new(sizeof(struct request));
}

const struct dtree_service service_sum = {
    .abi = DTREE_SERVICE_ABI,
    .name = "sum",
    .summary = "the exact sum of 64-bit integers",
    .usage = "N K1 ... KN",
    .create = sum_create,
    .destroy = free,
    .open = sum_open,
    .feed = sum_feed,
    .finish = sum_finish,
    .close = free,
    .quick = QUICK_BYTES,
};
