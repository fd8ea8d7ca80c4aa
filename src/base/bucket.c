/* Nothing here keeps state. */
#include "base/bucket.h"

/* What is left of it by now. A clock that goes back takes nothing away. */
static int64_t bucket_used(const struct bucket *b, const struct bucket_rate *rate, int64_t now_ms)
{
	int64_t passed = now_ms - b->since;

	if (passed <= 0)
		return b->used;
	return passed >= b->used / rate->second + 1 ? 0 : b->used - passed * rate->second;
}

int64_t bucket_wait(const struct bucket *b, const struct bucket_rate *rate, int64_t now_ms,
                    int64_t cost)
{
	int64_t over = bucket_used(b, rate, now_ms) + (cost - rate->burst) * 1000;

	return over > 0 ? (over + rate->second - 1) / rate->second : 0;
}

bool bucket_take(struct bucket *b, const struct bucket_rate *rate, int64_t now_ms, int64_t cost)
{
	if (bucket_wait(b, rate, now_ms, cost) > 0)
		return false;
	b->used = bucket_used(b, rate, now_ms) + cost * 1000;
	b->since = now_ms;
	return true;
}
