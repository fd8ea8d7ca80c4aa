#!/bin/sh
# Guess: cJSON keeps numbers as doubles, so that integers within 2^53 come through reading and
# writing, and only greater ones are rounded.
# Seen: reading keeps them, writing does not keep all. It tries 15 digits first and is content if what
# that gives is *nearly* the number, to one part in 2^52. From 2^52 on one off is near enough: every
# integer that ends in 1 or 9 is written as the one beside it that ends in 0, one in five, and 2^53
# itself as 9.00719925474099e+15, which is 2 less. Below 2^52 all are exact, so tests with small or
# round numbers find nothing. Who passes JSON on by cJSON changes such ids (random ones of 53 bits,
# half of which are above 2^52) one time in ten.
# Version: libcjson 1.7.15.
. "${0%/*}/common.sh"
pinned libcjson1=1.7.15-1+deb12u4 libcjson-dev=1.7.15-1+deb12u4

built through -lcjson <<'C'
#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>

/* How many of 1000 integers become others? */
static void run(const char *name, long long first)
{
	int changed = 0;
	long long one = 0;

	for (long long i = first; i < first + 1000; i++) {
		char text[32];
		cJSON *number;
		char *written;

		snprintf(text, sizeof text, "%lld", i);
		number = cJSON_Parse(text);
		written = cJSON_PrintUnformatted(number);
		if ((long long)number->valuedouble != i)
			printf("read otherwise: %lld\n", i);
		if ((long long)strtod(written, NULL) != i) {
			changed++;
			one = i;
		}
		free(written);
		cJSON_Delete(number);
	}
	printf("%s: %d of 1000 changed, the last of them %lld\n", name, changed, one);
}

int main(void)
{
	run("below 2^52", (1LL << 52) - 1000);
	run("above 2^52", (1LL << 52) + 1);
	run("up to 2^53", (1LL << 53) - 999);
	return 0;
}
C
"$work/through" >"$work/said"
sed 's/^/output: /' "$work/said"
same 'below 2^52' '0 of 1000 changed, the last of them 0' "$(sed -n 's/^below 2^52: //p' "$work/said")"
same 'above 2^52' '200 of 1000 changed, the last of them 4503599627371491' \
	"$(sed -n 's/^above 2^52: //p' "$work/said")"
same 'up to 2^53' '201 of 1000 changed, the last of them 9007199254740992' \
	"$(sed -n 's/^up to 2^53: //p' "$work/said")"
verdict
