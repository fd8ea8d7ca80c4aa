/*
 * uthash for tables whose keys are integers: one multiplication instead of a function for bytes of
 * any number, which costs more than all else that it takes to find an entry. For the files that
 * find and add in such a table, after the headers that declare it.
 */
#ifndef BASE_NUMBER_HASH_H
#define BASE_NUMBER_HASH_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uthash.h>

/* By Fibonacci (Knuth, 6.4): uthash takes its lowest bits, on which all bits of the key act. */
static inline unsigned number_hash(const void *key, size_t size)
{
	uint64_t number = 0;

	/* The size is that of the key's type: this is decided by the compiler. */
	if (size > sizeof number)
		abort();
	memcpy(&number, key, size);
	return (unsigned)(number * UINT64_C(0x9e3779b97f4a7c15) >> 32);
}

#undef HASH_FUNCTION
#define HASH_FUNCTION(key, size, hash) ((hash) = number_hash(key, size))

#endif
