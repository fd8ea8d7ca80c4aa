/* Shared by the fuzzers: checks that end the run, and cuts. */
#ifndef TESTS_FUZZ_H
#define TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define CHECK(condition) \
	do { \
		if (!(condition)) { \
			fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
			abort(); \
		} \
	} while (0)

/* Where a stream of bytes is cut: the fuzzer chooses by one byte. */
struct cuts {
	uint64_t state;
	size_t most;
};

/* For a stream of `size` bytes: small pieces mostly, but not tens of thousands of them. */
static inline struct cuts cuts_open(uint8_t choice, size_t size)
{
	size_t most = (size_t)1 << (choice % 13);

	return (struct cuts){.state = choice, .most = most > size / 1000 ? most : size / 1000};
}

/* The size of the next piece of `left` bytes, at least 1. */
static inline size_t cuts_next(struct cuts *cuts, size_t left)
{
	/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
	 */
	uint64_t z = (cuts->state += 0x9e3779b97f4a7c15U);
	size_t n;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	n = 1 + (size_t)((z ^ (z >> 31)) % cuts->most);
	return n < left ? n : left;
}

#endif
